//! Looking back: every writing of one place, and what one change did.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::legacy::{Key, ObjectId, Op, OpType};
use automerge::{ObjId, ObjType};

use super::state::RowKey;
use super::{Document, encoding};
use crate::{Edit, FieldPath, Hash, Value};

/// One writing of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The change that wrote.
    pub change: Hash,
    /// What it wrote; `None` for a clearing, or the removal of the row.
    pub value: Option<Value>,
}

/// What an operation of this room's layout did, with its object and key resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Field(String, Option<Value>),
    AddRow,
    Cell(String, Option<Value>),
    Removed(bool),
}

/// One operation of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) change: Hash,
    /// The row it is about, where it is about one.
    pub(super) row: Option<Arc<RowKey>>,
    pub(super) act: Act,
}

/// Objects by the operation that made them.
struct Objects {
    fields: ObjectId,
    tables: ObjectId,
    rows: BTreeMap<(u64, Vec<u8>), Arc<RowKey>>,
}

impl Document {
    /// Every writing of a place, earliest first; concurrent ones in the order of their counters.
    pub fn history(&self, path: &FieldPath) -> Vec<Write> {
        let mut writes = Vec::new();
        for step in self.steps().iter() {
            let place = step.place();
            note(&mut writes, step, place.filter(|(place, _)| place == path).map(|(_, it)| it));
        }
        writes
    }

    /// Every writing of every place, as [`Self::history`] tells them of one.
    pub fn chronicle(&self) -> BTreeMap<FieldPath, Vec<Write>> {
        let mut chronicle: BTreeMap<FieldPath, Vec<Write>> = BTreeMap::new();
        for step in self.steps().iter() {
            let Some((path, value)) = step.place() else { continue };
            note(chronicle.entry(path).or_default(), step, Some(value));
        }
        chronicle
    }

    /// The change that first wrote a value at each place.
    pub fn first_writings(&self) -> BTreeMap<FieldPath, Hash> {
        let steps = self.steps();
        let mut first: BTreeMap<(Option<&RowKey>, &str), &Step> = BTreeMap::new();
        for step in steps.iter() {
            if let Act::Field(name, Some(_)) | Act::Cell(name, Some(_)) = &step.act {
                first.entry((step.row.as_deref(), name)).or_insert(step);
            }
        }
        first.values().filter_map(|step| Some((step.place()?.0, step.change))).collect()
    }

    /// What a change did, as edits that would do it again; `None` for an unknown change.
    pub fn edits_of(&self, hash: &Hash) -> Option<Vec<Edit>> {
        self.change(hash)?;
        let mut edits = Vec::new();
        let mut rows: Vec<(RowKey, RowActs)> = Vec::new();
        let steps = match self.engine.transcript() {
            Some(_) => self.steps(),
            None => Cow::Owned(self.objects().steps(&self.stored_change(hash)?)),
        };
        for Step { row, act, .. } in steps.iter().filter(|step| step.change == *hash) {
            let Some(key) = row else {
                edits.extend(field_edit(act));
                continue;
            };
            let known = rows.iter().position(|(one, _)| *one == **key);
            let at = known.unwrap_or_else(|| {
                rows.push((RowKey::clone(key), RowActs::default()));
                rows.len() - 1
            });
            rows[at].1.note(act);
        }
        edits.extend(rows.into_iter().map(|(key, acts)| acts.into_edit(key)));
        Some(edits)
    }

    /// What was done, earliest first; of concurrent changes in the order of their counters.
    fn steps(&self) -> Cow<'_, [Step]> {
        if let Some(transcript) = self.engine.transcript() {
            return Cow::Borrowed(transcript.steps());
        }
        let objects = self.objects();
        let mut changes = self.engine.built().automerge.get_changes(&[]);
        changes.sort_by_key(|change| (change.start_op(), change.hash()));
        Cow::Owned(changes.iter().flat_map(|change| objects.steps(change)).collect())
    }

    fn objects(&self) -> Objects {
        let rows = self.row_maps().into_iter().filter_map(|(map, key)| match map {
            ObjId::Id(counter, actor, _) => {
                Some(((counter, actor.to_bytes().to_vec()), Arc::new(key)))
            }
            ObjId::Root => None,
        });
        let built = self.engine.built();
        Objects {
            fields: object_id(&built.fields),
            tables: object_id(&built.tables),
            rows: rows.collect(),
        }
    }
}

/// Notes what a step wrote at a place; of several writings of one change the last counts.
fn note(writes: &mut Vec<Write>, step: &Step, value: Option<Option<&Value>>) {
    if let Some(value) = value {
        writes.pop_if(|write| write.change == step.change);
        writes.push(Write { change: step.change, value: value.cloned() });
    }
}

impl Step {
    /// The place it wrote, and what it wrote there.
    fn place(&self) -> Option<(FieldPath, Option<&Value>)> {
        match (&self.row, &self.act) {
            (None, Act::Field(name, value)) => {
                Some((FieldPath { field: encoding::single(name)?, row: None }, value.as_ref()))
            }
            (Some(row), Act::Cell(name, value)) => {
                let (table, row) = &**row;
                let field = encoding::column(table, name)?;
                Some((FieldPath { field, row: Some(*row) }, value.as_ref()))
            }
            _ => None,
        }
    }
}

pub(super) fn object_id(id: &ObjId) -> ObjectId {
    match id {
        ObjId::Root => ObjectId::Root,
        ObjId::Id(counter, actor, _) => ObjectId::Id(automerge::legacy::OpId::new(*counter, actor)),
    }
}

impl Objects {
    fn row(&self, object: &ObjectId) -> Option<&Arc<RowKey>> {
        let ObjectId::Id(id) = object else { return None };
        self.rows.get(&(id.counter(), id.actor().to_bytes().to_vec()))
    }

    /// What a change did.
    fn steps(&self, change: &automerge::Change) -> Vec<Step> {
        let hash = Hash::from_bytes(change.hash().0);
        let expanded = change.decode();
        let operations = expanded.operations.iter().zip(expanded.start_op.get()..);
        let steps = operations.filter_map(|(op, counter)| {
            let (row, act) = self.act(op, counter, &expanded.actor_id)?;
            Some(Step { change: hash, row: row.cloned(), act })
        });
        steps.collect()
    }

    fn act(
        &self,
        op: &Op,
        counter: u64,
        author: &automerge::ActorId,
    ) -> Option<(Option<&Arc<RowKey>>, Act)> {
        let Key::Map(key) = &op.key else { return None };
        if op.obj == self.fields {
            return Some((None, Act::Field(key.to_string(), written(op)?)));
        }
        if op.obj == self.tables {
            let made = ObjectId::Id(automerge::legacy::OpId::new(counter, author));
            return Some((Some(self.row(&made)?), Act::AddRow));
        }
        let row = self.row(&op.obj)?;
        let act = if key == encoding::REMOVED {
            Act::Removed(!matches!(op.action, OpType::Delete))
        } else {
            Act::Cell(key.to_string(), written(op)?)
        };
        Some((Some(row), act))
    }
}

/// Outer `None`: the operation makes an object.
fn written(op: &Op) -> Option<Option<Value>> {
    match &op.action {
        OpType::Put(scalar) => Some(encoding::decode(scalar).ok().flatten()),
        OpType::Delete => Some(None),
        OpType::Make(ObjType::Map) => None,
        _ => None,
    }
}

fn field_edit(act: &Act) -> Option<Edit> {
    let Act::Field(name, value) = act else { return None };
    let field = encoding::single(name)?;
    Some(match value {
        Some(value) => Edit::Set { field, value: value.clone() },
        None => Edit::Clear { field },
    })
}

/// What one change did to one row.
#[derive(Default)]
struct RowActs {
    cells: BTreeMap<String, Value>,
    added: bool,
    removed: bool,
    restored: bool,
}

impl RowActs {
    fn note(&mut self, act: &Act) {
        match act {
            Act::AddRow => self.added = true,
            Act::Cell(name, Some(value)) => {
                self.cells.insert(name.clone(), value.clone());
            }
            Act::Removed(true) => self.removed = true,
            Act::Removed(false) => self.restored = true,
            // Cells go with their row, or where a twin of the row takes over.
            Act::Cell(_, None) | Act::Field(..) => {}
        }
    }

    fn into_edit(self, (table, row): RowKey) -> Edit {
        let puts = self.added || self.restored || !self.cells.is_empty();
        if self.removed || !puts {
            Edit::RemoveRow { table, row }
        } else {
            Edit::PutRow { table, row, cells: self.cells }
        }
    }
}
