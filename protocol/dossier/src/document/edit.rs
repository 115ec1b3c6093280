//! Making changes: edits of a person become one Automerge change.

use std::collections::BTreeMap;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{Automerge, AutomergeError, ObjId, ObjType, ReadDoc, ScalarValue};

use super::encoding::{self, InvalidValue};
use super::engine::{Built, Engine};
use super::{CHANGES_MAX, ChangeHeader, Document, KEYS_MAX};
use crate::precheck::PrecheckError;
use crate::{ActorId, DossierId, Edit, FieldId, RowId, Timestamp, Value};

/// Why edits were not made; the document is as before.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// A column where a single field belongs.
    #[error("{0} is not a single field")]
    NotSingle(FieldId),
    /// A table or column name that is none.
    #[error("not a column of a table")]
    InvalidColumn,
    /// A form name that is none.
    #[error("not a form name")]
    InvalidForm,
    /// A value that cannot be stored.
    #[error("value cannot be stored")]
    Value(#[from] InvalidValue),
    /// A row that is not there or was removed.
    #[error("no row {0} to remove")]
    NoSuchRow(RowId),
    /// Every value is already what the edits say.
    #[error("edits change nothing")]
    Unchanged,
    /// The document would pass its limits.
    #[error("document would be too large")]
    TooLarge,
    /// The change itself would pass its limits.
    #[error("change refused by the pre-check")]
    Precheck(#[from] PrecheckError),
    /// Automerge refused.
    #[error("document engine refused the edit")]
    Engine(#[from] AutomergeError),
}

/// A change just made, to be signed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// The uncompressed chunk.
    pub bytes: Vec<u8>,
    /// What it says about itself.
    pub header: ChangeHeader,
}

impl Document {
    /// Opens a dossier's document; its first change lays out the structure and makes `edits`.
    ///
    /// # Errors
    /// [`EditError`].
    pub fn create(
        id: DossierId,
        form: &str,
        actor: ActorId,
        at: Timestamp,
        edits: &[Edit],
    ) -> Result<(Self, NewChange), EditError> {
        if !encoding::is_form(form) {
            return Err(EditError::InvalidForm);
        }
        check_edits(edits)?;
        let mut automerge = Automerge::new().with_actor(actor.as_bytes().into());
        let mut transaction = automerge.transaction();
        let root = automerge::ROOT;
        transaction.put(&root, encoding::ID, ScalarValue::Bytes(id.as_bytes().to_vec()))?;
        transaction.put(&root, encoding::FORM, form)?;
        transaction.put(&root, encoding::SCHEMA, encoding::SCHEMA_VERSION)?;
        let fields = transaction.put_object(&root, encoding::FIELDS, ObjType::Map)?;
        let tables = transaction.put_object(&root, encoding::TABLES, ObjType::Map)?;
        Pen { transaction: &mut transaction, fields: &fields, tables: &tables }.write(edits)?;
        commit(transaction, at);

        let lineage = super::Lineage::default();
        let form = form.to_owned();
        let engine = Engine::of(Built { automerge, fields, tables });
        let mut document = Self { engine, lineage, id, form };
        let change = document.take_last_change()?;
        Ok((document, change))
    }

    /// Makes `edits` as one change of `actor`, on top of everything the document holds.
    ///
    /// # Errors
    /// [`EditError`]; the document is then as before.
    pub fn edit(
        &mut self,
        actor: ActorId,
        at: Timestamp,
        edits: &[Edit],
    ) -> Result<NewChange, EditError> {
        check_edits(edits)?;
        if self.lineage.len() as u64 >= CHANGES_MAX {
            return Err(EditError::TooLarge);
        }
        let edited = self.engine.transcript().and_then(|read| read.edited(actor, at, edits));
        if let Some((read, change)) = edited {
            *self = Self::of(read);
            return Ok(change);
        }
        let before = self.engine.clone();
        let result = self.try_edit(actor, at, edits);
        if result.is_err() {
            self.engine = before;
        }
        result
    }

    fn try_edit(
        &mut self,
        actor: ActorId,
        at: Timestamp,
        edits: &[Edit],
    ) -> Result<NewChange, EditError> {
        let Built { automerge, fields, tables } = self.engine.open();
        automerge.set_actor(actor.as_bytes().into());
        let mut transaction = automerge.transaction();
        Pen { transaction: &mut transaction, fields, tables }.write(edits)?;
        if transaction.pending_ops() == 0 {
            return Err(EditError::Unchanged);
        }
        commit(transaction, at);
        self.take_last_change()
    }

    /// Reads back the change just committed, as every other node will read it.
    fn take_last_change(&mut self) -> Result<NewChange, EditError> {
        let automerge = &mut self.engine.open().automerge;
        let change = automerge.get_last_local_change().ok_or(EditError::Unchanged)?;
        let bytes = change.raw_bytes().to_vec();
        let header = ChangeHeader::read(&bytes)?;
        if self.lineage.operations() + header.op_count > KEYS_MAX as u64
            && self.count_keys() > KEYS_MAX
        {
            return Err(EditError::TooLarge);
        }
        self.lineage.push(header.clone());
        Ok(NewChange { bytes, header })
    }
}

fn commit(transaction: Transaction<'_>, at: Timestamp) {
    transaction.commit_with(CommitOptions::default().with_time(at.as_seconds()));
}

/// What can be known to be wrong without the document.
pub(super) fn check_edits(edits: &[Edit]) -> Result<(), EditError> {
    for edit in edits {
        match edit {
            Edit::Set { field, .. } | Edit::Clear { field } => {
                if encoding::single(field.as_str()).is_none() {
                    return Err(EditError::NotSingle(field.clone()));
                }
            }
            Edit::PutRow { table, cells, .. } => {
                let named = |name: &String| encoding::column(table, name).is_some();
                if encoding::column(table, "x").is_none() || !cells.keys().all(named) {
                    return Err(EditError::InvalidColumn);
                }
            }
            Edit::RemoveRow { .. } => {}
        }
    }
    Ok(())
}

/// A transaction that knows where things stand.
struct Pen<'a, 'b> {
    transaction: &'a mut Transaction<'b>,
    fields: &'a ObjId,
    tables: &'a ObjId,
}

impl Pen<'_, '_> {
    fn write(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        for edit in edits {
            match edit {
                Edit::Set { field, value } => {
                    let scalar = encoding::encode(value)?;
                    self.put(self.fields, field.as_str(), scalar)?;
                }
                Edit::Clear { field } => {
                    if self.transaction.get(self.fields, field.as_str())?.is_some() {
                        self.put(self.fields, field.as_str(), ScalarValue::Null)?;
                    }
                }
                Edit::PutRow { table, row, cells } => self.put_row(table, row, cells)?,
                Edit::RemoveRow { table, row } => self.remove_row(table, row)?,
            }
        }
        Ok(())
    }

    /// The maps of a row; the last is written to. There are several only when two nodes made the
    /// same row key, which random keys exclude and a re-issued change does not.
    fn maps(&self, key: &str) -> Result<Vec<ObjId>, EditError> {
        let all = self.transaction.get_all(self.tables, key)?;
        Ok(all.into_iter().map(|(_, id)| id).collect())
    }

    fn put_row(
        &mut self,
        table: &str,
        row: &RowId,
        cells: &BTreeMap<String, Value>,
    ) -> Result<(), EditError> {
        let key = encoding::row_key(table, row);
        let mut maps = self.maps(&key)?;
        let target = match maps.pop() {
            Some(map) => map,
            None => self.transaction.put_object(self.tables, key, ObjType::Map)?,
        };
        // The twins first: of what a change does to a place the last counts in the history.
        for other in &maps {
            self.delete_if_there(other, encoding::REMOVED)?;
            for name in cells.keys() {
                self.delete_if_there(other, name)?;
            }
        }
        self.delete_if_there(&target, encoding::REMOVED)?;
        for (name, value) in cells {
            self.put(&target, name.as_str(), encoding::encode(value)?)?;
        }
        Ok(())
    }

    fn remove_row(&mut self, table: &str, row: &RowId) -> Result<(), EditError> {
        let maps = self.maps(&encoding::row_key(table, row))?;
        let target = maps.last().ok_or(EditError::NoSuchRow(*row))?;
        let mut lives = self.transaction.get(target, encoding::REMOVED)?.is_none();
        for map in &maps {
            let names: Vec<String> = self.transaction.keys(map).collect();
            for name in names.iter().filter(|name| *name != encoding::REMOVED) {
                self.transaction.delete(map, name.as_str())?;
                lives = true;
            }
        }
        if !lives {
            return Err(EditError::NoSuchRow(*row));
        }
        self.put(target, encoding::REMOVED, ScalarValue::Boolean(true))
    }

    /// Of two values that met, Automerge would keep the one equal to the new one and its old
    /// writer; deleting both first makes the person who decided the writer.
    fn put(&mut self, map: &ObjId, name: &str, scalar: ScalarValue) -> Result<(), EditError> {
        if self.transaction.get_all(map, name)?.len() > 1 {
            self.transaction.delete(map, name)?;
        }
        self.transaction.put(map, name, scalar)?;
        Ok(())
    }

    fn delete_if_there(&mut self, map: &ObjId, name: &str) -> Result<(), EditError> {
        if self.transaction.get(map, name)?.is_some() {
            self.transaction.delete(map, name)?;
        }
        Ok(())
    }
}
