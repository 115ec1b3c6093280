//! What a change may do: exactly what an edit of this room does, and nothing else.
//!
//! The check reads the decoded operations and compares what each one overwrites with what stood
//! there in the state the change builds on, so its answer depends on the change and its ancestors
//! alone and is the same at every node.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Change, ChangeHash, ObjId, ObjType, ReadDoc, ScalarValue};

use super::encoding::{self, InvalidValue};
use super::history::object_id;
use super::{ChangeHeader, Document};
use crate::ActorId;

/// What a change must not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForbiddenOperation {
    /// Bytes that the document would not give back unchanged.
    #[error("not spelled as the document engine spells it")]
    NotCanonical,
    /// A message or trailing bytes, which no edit writes.
    #[error("carries a message or trailing bytes")]
    Baggage,
    /// Lists, texts, counters, marks, or a kind of operation no edit has.
    #[error("unknown kind of operation")]
    Kind,
    /// An object that is not here, or no place for this operation.
    #[error("writes where nothing may be written")]
    Place,
    /// A key that names no field, row or column.
    #[error("key names no field, row or column")]
    Key,
    /// A value no field can hold.
    #[error("value cannot be stored")]
    Value(#[from] InvalidValue),
    /// Overwrites something else than what stood there.
    #[error("does not overwrite what stood there")]
    Overwrite,
}

/// Where an operation writes.
enum Place {
    Root,
    Fields,
    Tables,
    Row(String),
}

/// Checks the content of a change that `document` already holds.
pub(super) fn check_content(
    document: &Document,
    change: &Change,
    header: &ChangeHeader,
) -> Result<(), ForbiddenOperation> {
    if change.message().is_some() || !change.extra_bytes().is_empty() {
        return Err(ForbiddenOperation::Baggage);
    }
    let expanded = change.decode();
    let mut check = Check {
        document,
        header,
        heads: header.deps.iter().map(|dep| ChangeHash(*dep.as_bytes())).collect(),
        fields: object_id(&document.fields),
        tables: object_id(&document.tables),
        made: BTreeMap::new(),
        written: BTreeMap::new(),
    };
    for (op, counter) in expanded.operations.iter().zip(header.start_op..) {
        check.operation(op, OpId::new(counter, &expanded.actor_id))?;
    }
    if check.leaves_a_field_deleted() {
        return Err(ForbiddenOperation::Kind);
    }
    // Whatever is spelled otherwise would come back from a saved document under another hash.
    if Change::from(expanded).raw_bytes() != change.raw_bytes() {
        return Err(ForbiddenOperation::NotCanonical);
    }
    Ok(())
}

struct Check<'a> {
    document: &'a Document,
    header: &'a ChangeHeader,
    heads: Vec<ChangeHash>,
    fields: ObjectId,
    tables: ObjectId,
    /// Rows added by this change: counter and table.
    made: BTreeMap<u64, String>,
    /// What stands at each place this change wrote, as far as it got: the object's counter and
    /// actor, the key, and the operation.
    written: BTreeMap<(u64, Vec<u8>, String), Option<u64>>,
}

impl Check<'_> {
    fn operation(&mut self, op: &Op, id: OpId) -> Result<(), ForbiddenOperation> {
        let Key::Map(key) = &op.key else { return Err(ForbiddenOperation::Kind) };
        if op.insert {
            return Err(ForbiddenOperation::Kind);
        }
        match self.place(&op.obj)? {
            Place::Root => return self.root(op, key, id.counter()),
            Place::Fields => {
                encoding::single(key).ok_or(ForbiddenOperation::Key)?;
                match &op.action {
                    // Two values that met go before the deciding one is put.
                    OpType::Delete => {}
                    OpType::Put(scalar) => {
                        encoding::decode(scalar)?;
                    }
                    _ => return Err(ForbiddenOperation::Kind),
                }
            }
            Place::Tables => {
                let (table, _) = encoding::parse_row_key(key).ok_or(ForbiddenOperation::Key)?;
                if op.action != OpType::Make(ObjType::Map) {
                    return Err(ForbiddenOperation::Kind);
                }
                if !op.pred.is_empty() {
                    return Err(ForbiddenOperation::Overwrite);
                }
                self.made.insert(id.counter(), table.to_owned());
            }
            Place::Row(table) => cell(op, &table, key)?,
        }
        self.overwrites(op, key, id)
    }

    /// The five operations that lay out the root, at their places in the first change.
    fn root(&self, op: &Op, key: &str, counter: u64) -> Result<(), ForbiddenOperation> {
        let first = self.header.deps.is_empty() && op.pred.is_empty();
        let laid = match (counter, key, &op.action) {
            (1, encoding::ID, OpType::Put(ScalarValue::Bytes(id))) => id.len() == 16,
            (2, encoding::FORM, OpType::Put(ScalarValue::Str(form))) => encoding::is_form(form),
            (3, encoding::SCHEMA, OpType::Put(ScalarValue::Int(version))) => {
                *version == encoding::SCHEMA_VERSION
            }
            (4, encoding::FIELDS, OpType::Make(ObjType::Map))
            | (5, encoding::TABLES, OpType::Make(ObjType::Map)) => true,
            _ => false,
        };
        if first && laid { Ok(()) } else { Err(ForbiddenOperation::Place) }
    }

    fn place(&self, object: &ObjectId) -> Result<Place, ForbiddenOperation> {
        let ObjectId::Id(id) = object else { return Ok(Place::Root) };
        if *object == self.fields {
            return Ok(Place::Fields);
        }
        if *object == self.tables {
            return Ok(Place::Tables);
        }
        let actor = ActorId::from_slice(id.actor().to_bytes()).ok_or(ForbiddenOperation::Place)?;
        if actor == self.header.actor && id.counter() >= self.header.start_op {
            let table = self.made.get(&id.counter()).ok_or(ForbiddenOperation::Place)?;
            return Ok(Place::Row(table.clone()));
        }
        // The row must have been added before the change, not merely be here.
        let lineage = &self.document.lineage;
        let maker = lineage.writer(&actor, id.counter()).ok_or(ForbiddenOperation::Place)?;
        if !lineage.covers(&self.header.deps, maker) {
            return Err(ForbiddenOperation::Place);
        }
        let mut parents = self
            .document
            .automerge
            .parents(ObjId::Id(id.counter(), id.actor().clone(), 0))
            .map_err(|_| ForbiddenOperation::Place)?;
        let parent = parents.next().ok_or(ForbiddenOperation::Place)?;
        let automerge::Prop::Map(key) = parent.prop else { return Err(ForbiddenOperation::Place) };
        match encoding::parse_row_key(&key) {
            Some((table, _)) if object_id(&parent.obj) == self.tables => {
                Ok(Place::Row(table.to_owned()))
            }
            _ => Err(ForbiddenOperation::Place),
        }
    }

    /// An operation names as overwritten exactly what stood at its place before it.
    fn overwrites(&mut self, op: &Op, key: &str, id: OpId) -> Result<(), ForbiddenOperation> {
        let ObjectId::Id(object) = &op.obj else { return Err(ForbiddenOperation::Place) };
        let place = (object.counter(), object.actor().to_bytes().to_vec(), key.to_owned());
        let expected: Vec<OpId> = match self.written.get(&place) {
            Some(own) => own.iter().map(|counter| OpId::new(*counter, id.actor())).collect(),
            None => self.stood_before(object, key)?,
        };
        let named = op.pred.len() == expected.len()
            && expected.iter().all(|one| op.pred.iter().any(|pred| pred == one));
        let deletes = op.action == OpType::Delete;
        if !named || (deletes && expected.is_empty()) {
            return Err(ForbiddenOperation::Overwrite);
        }
        self.written.insert(place, (!deletes).then(|| id.counter()));
        Ok(())
    }

    /// A field is emptied by null, which a concurrent value cannot hide.
    fn leaves_a_field_deleted(&self) -> bool {
        let ObjectId::Id(fields) = &self.fields else { return true };
        let here = |counter: u64, actor: &[u8]| {
            counter == fields.counter() && actor == fields.actor().to_bytes()
        };
        self.written.iter().any(|((at, by, _), stands)| stands.is_none() && here(*at, by))
    }

    fn stood_before(&self, object: &OpId, key: &str) -> Result<Vec<OpId>, ForbiddenOperation> {
        let made_here = object.actor().to_bytes() == &self.header.actor.as_bytes()[..]
            && object.counter() >= self.header.start_op;
        if made_here || self.heads.is_empty() {
            return Ok(Vec::new());
        }
        let id = ObjId::Id(object.counter(), object.actor().clone(), 0);
        let all = self.document.automerge.get_all_at(&id, key, &self.heads);
        let all = all.map_err(|_| ForbiddenOperation::Place)?;
        let ids = all.into_iter().filter_map(|(_, id)| match id {
            ObjId::Id(counter, actor, _) => Some(OpId::new(counter, &actor)),
            ObjId::Root => None,
        });
        Ok(ids.collect())
    }
}

fn cell(op: &Op, table: &str, key: &str) -> Result<(), ForbiddenOperation> {
    if key == encoding::REMOVED {
        return match op.action {
            OpType::Delete | OpType::Put(ScalarValue::Boolean(true)) => Ok(()),
            _ => Err(ForbiddenOperation::Kind),
        };
    }
    encoding::column(table, key).ok_or(ForbiddenOperation::Key)?;
    match &op.action {
        OpType::Delete => Ok(()),
        OpType::Put(ScalarValue::Null) => Err(ForbiddenOperation::Value(InvalidValue::Kind)),
        OpType::Put(scalar) => encoding::decode(scalar).map(|_| ()).map_err(Into::into),
        _ => Err(ForbiddenOperation::Kind),
    }
}
