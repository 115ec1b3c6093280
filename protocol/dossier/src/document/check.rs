//! What a change may do: exactly what an edit of this room does, and nothing else.
//!
//! The check reads the decoded operations against the change's ancestors alone, so its answer is the
//! same at every node; what each operation overwrites is checked in [`overwrite`](super::overwrite).

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, Change, ExpandedChange, ObjId, ObjType, ReadDoc, ScalarValue};

use super::encoding::{self, InvalidValue};
use super::history::object_id;
use super::{ChangeHeader, Lineage};
use crate::{ActorId, Hash};

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

/// A change on its way in.
pub(super) struct Incoming<'a> {
    pub(super) header: &'a ChangeHeader,
    pub(super) change: &'a Change,
    pub(super) expanded: ExpandedChange,
}

/// The refused change and why.
pub(super) type Refused = (Hash, ForbiddenOperation);

/// Checks all that can be known before Automerge applies the changes, so that it meets only objects
/// and actors it knows: it panics at others. The lineage holds the changes, in causal order.
pub(super) fn check_shape(
    automerge: &Automerge,
    lineage: &Lineage,
    incoming: &[Incoming<'_>],
) -> Result<(), Refused> {
    let mut rows = BTreeMap::new();
    for one in incoming {
        let mut shape = Shape { ground: Ground::of(automerge, lineage, one.header)?, rows };
        shape.change(one).map_err(|reason| (one.header.hash, reason))?;
        rows = shape.rows;
    }
    Ok(())
}

/// Checks that a change is spelled as Automerge would spell it: whatever is not would come back
/// from a saved document under another hash.
pub(super) fn check_spelling(incoming: Vec<Incoming<'_>>) -> Result<(), Refused> {
    for one in incoming {
        if Change::from(one.expanded).raw_bytes() != one.change.raw_bytes() {
            return Err((one.header.hash, ForbiddenOperation::NotCanonical));
        }
    }
    Ok(())
}

/// What a check stands on. The first change makes both maps by its fourth and fifth operation.
pub(super) struct Ground<'a> {
    pub(super) automerge: &'a Automerge,
    lineage: &'a Lineage,
    header: &'a ChangeHeader,
    pub(super) fields: ObjectId,
    tables: ObjectId,
}

impl<'a> Ground<'a> {
    pub(super) fn of(
        automerge: &'a Automerge,
        lineage: &'a Lineage,
        header: &'a ChangeHeader,
    ) -> Result<Self, Refused> {
        let founder = lineage.iter().next().ok_or((header.hash, ForbiddenOperation::Place))?;
        let founder = automerge::ActorId::from(&founder.actor.as_bytes()[..]);
        let map = |counter| ObjectId::Id(OpId::new(counter, &founder));
        Ok(Self { automerge, lineage, header, fields: map(4), tables: map(5) })
    }

    /// Whether this very change makes the object.
    pub(super) fn makes(&self, object: &OpId) -> bool {
        object.actor().to_bytes() == self.header.actor.as_bytes()
            && object.counter() >= self.header.start_op
    }
}

/// Rows added by the changes of this batch: who made the row's map, and its table.
type NewRows = BTreeMap<(u64, Vec<u8>), String>;

struct Shape<'a> {
    ground: Ground<'a>,
    rows: NewRows,
}

impl Shape<'_> {
    fn change(&mut self, one: &Incoming<'_>) -> Result<(), ForbiddenOperation> {
        let change = one.change;
        if change.message().is_some() || !change.extra_bytes().is_empty() {
            return Err(ForbiddenOperation::Baggage);
        }
        let known = |actor: &automerge::ActorId| {
            let actor = ActorId::from_slice(actor.to_bytes());
            actor.is_some_and(|actor| self.ground.lineage.length_of(&actor) > 0)
        };
        if !change.other_actor_ids().iter().all(known) {
            return Err(ForbiddenOperation::Place);
        }
        let expanded = &one.expanded;
        for (op, counter) in expanded.operations.iter().zip(one.header.start_op..) {
            self.operation(op, &OpId::new(counter, &expanded.actor_id))?;
        }
        Ok(())
    }

    fn operation(&mut self, op: &Op, id: &OpId) -> Result<(), ForbiddenOperation> {
        let Key::Map(key) = &op.key else { return Err(ForbiddenOperation::Kind) };
        if op.insert {
            return Err(ForbiddenOperation::Kind);
        }
        match self.place(&op.obj)? {
            Place::Root => self.root(op, key, id.counter())?,
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
                let made = (id.counter(), id.actor().to_bytes().to_vec());
                self.rows.insert(made, table.to_owned());
            }
            Place::Row(table) => cell(op, &table, key)?,
        }
        Ok(())
    }

    /// The five operations that lay out the root, at their places in the first change.
    fn root(&self, op: &Op, key: &str, counter: u64) -> Result<(), ForbiddenOperation> {
        let first = self.ground.header.deps.is_empty() && op.pred.is_empty();
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
        if *object == self.ground.fields {
            return Ok(Place::Fields);
        }
        if *object == self.ground.tables {
            return Ok(Place::Tables);
        }
        let actor = ActorId::from_slice(id.actor().to_bytes()).ok_or(ForbiddenOperation::Place)?;
        if !self.ground.makes(id) {
            // The row must have been added before the change, not merely be here.
            let lineage = &self.ground.lineage;
            let maker = lineage.writer(&actor, id.counter()).ok_or(ForbiddenOperation::Place)?;
            if !lineage.covers(&self.ground.header.deps, maker) {
                return Err(ForbiddenOperation::Place);
            }
        }
        match self.rows.get(&(id.counter(), id.actor().to_bytes().to_vec())) {
            Some(table) => Ok(Place::Row(table.clone())),
            None => self.known_row(id).map(Place::Row).ok_or(ForbiddenOperation::Place),
        }
    }

    /// The table of a row that Automerge holds.
    fn known_row(&self, id: &OpId) -> Option<String> {
        let id = ObjId::Id(id.counter(), id.actor().clone(), 0);
        let parent = self.ground.automerge.parents(id).ok()?.next()?;
        let automerge::Prop::Map(key) = parent.prop else { return None };
        let (table, _) = encoding::parse_row_key(&key)?;
        (object_id(&parent.obj) == self.ground.tables).then(|| table.to_owned())
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
