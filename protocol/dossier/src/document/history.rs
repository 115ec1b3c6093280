//! Looking back: every writing of one place, and what one change did.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, Op, OpType};
use automerge::{ObjId, ObjType};

use super::state::RowKey;
use super::{Document, encoding};
use crate::{Edit, FieldId, FieldPath, Hash, Value};

/// One writing of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The change that wrote.
    pub change: Hash,
    /// What it wrote; `None` for a clearing, or the removal of the row.
    pub value: Option<Value>,
}

/// An operation of this room's layout, with its object and key resolved.
enum Act<'a> {
    Field(&'a str, Option<Value>),
    AddRow,
    Cell(&'a str, Option<Value>),
    Removed(bool),
}

/// Objects by the operation that made them.
struct Objects {
    fields: ObjectId,
    tables: ObjectId,
    rows: BTreeMap<(u64, Vec<u8>), RowKey>,
}

impl Document {
    /// Every writing of a place, earliest first; concurrent ones in the order of their counters.
    pub fn history(&self, path: &FieldPath) -> Vec<Write> {
        let mut writes = Vec::new();
        let objects = self.objects();
        let mut changes = self.automerge.get_changes(&[]);
        changes.sort_by_key(|change| (change.start_op(), change.hash()));
        for change in changes {
            let hash = Hash::from_bytes(change.hash().0);
            let ops = change.decode().operations;
            let last = ops.iter().filter_map(|op| objects.value_at(op, path)).next_back();
            writes.extend(last.map(|value| Write { change: hash, value }));
        }
        writes
    }

    /// Every writing of every place, as [`Self::history`] tells them of one.
    pub fn chronicle(&self) -> BTreeMap<FieldPath, Vec<Write>> {
        let mut chronicle: BTreeMap<FieldPath, Vec<Write>> = BTreeMap::new();
        let objects = self.objects();
        let mut changes = self.automerge.get_changes(&[]);
        changes.sort_by_key(|change| (change.start_op(), change.hash()));
        for change in changes {
            let hash = Hash::from_bytes(change.hash().0);
            let expanded = change.decode();
            for (op, counter) in expanded.operations.iter().zip(expanded.start_op.get()..) {
                let act = objects.act(op, counter, &expanded.actor_id);
                let Some((path, value)) = act.and_then(|(row, act)| place_of(row, act)) else {
                    continue;
                };
                let writes = chronicle.entry(path).or_default();
                // Of several writings of one change the last counts.
                writes.pop_if(|write| write.change == hash);
                writes.push(Write { change: hash, value });
            }
        }
        chronicle
    }

    /// What a change did, as edits that would do it again; `None` for an unknown change.
    pub fn edits_of(&self, hash: &Hash) -> Option<Vec<Edit>> {
        let change = self.change(hash).and_then(|header| self.stored_change(&header.hash))?;
        let objects = self.objects();
        let mut edits = Vec::new();
        let mut rows: Vec<(RowKey, RowActs)> = Vec::new();
        let expanded = change.decode();
        for (op, counter) in expanded.operations.iter().zip(expanded.start_op.get()..) {
            let Some((row, act)) = objects.act(op, counter, &expanded.actor_id) else { continue };
            let Some(key) = row else {
                edits.extend(field_edit(act));
                continue;
            };
            let known = rows.iter().position(|(one, _)| one == key);
            let at = known.unwrap_or_else(|| {
                rows.push((key.clone(), RowActs::default()));
                rows.len() - 1
            });
            rows[at].1.note(act);
        }
        edits.extend(rows.into_iter().map(|(key, acts)| acts.into_edit(key)));
        Some(edits)
    }

    fn objects(&self) -> Objects {
        let rows = self.row_maps().into_iter().filter_map(|(map, key)| match map {
            ObjId::Id(counter, actor, _) => Some(((counter, actor.to_bytes().to_vec()), key)),
            ObjId::Root => None,
        });
        Objects {
            fields: object_id(&self.fields),
            tables: object_id(&self.tables),
            rows: rows.collect(),
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
    fn row(&self, object: &ObjectId) -> Option<&RowKey> {
        let ObjectId::Id(id) = object else { return None };
        self.rows.get(&(id.counter(), id.actor().to_bytes().to_vec()))
    }

    /// Outer `None`: the operation wrote elsewhere.
    fn value_at(&self, op: &Op, path: &FieldPath) -> Option<Option<Value>> {
        let (Key::Map(key), value) = (&op.key, written(op)?) else { return None };
        if path.row.is_none() {
            return (op.obj == self.fields && key == path.field.as_str()).then_some(value);
        }
        let (table, row) = self.row(&op.obj)?;
        let here = Some(table.as_str()) == path.field.table() && Some(*row) == path.row;
        (here && key == path.field.column()).then_some(value)
    }

    fn act<'a>(
        &self,
        op: &'a Op,
        counter: u64,
        author: &automerge::ActorId,
    ) -> Option<(Option<&RowKey>, Act<'a>)> {
        let Key::Map(key) = &op.key else { return None };
        if op.obj == self.fields {
            let OpType::Put(_) = op.action else { return None };
            return Some((None, Act::Field(key, written(op)?)));
        }
        if op.obj == self.tables {
            let made = ObjectId::Id(automerge::legacy::OpId::new(counter, author));
            return Some((Some(self.row(&made)?), Act::AddRow));
        }
        let row = self.row(&op.obj)?;
        let act = if key == encoding::REMOVED {
            Act::Removed(!matches!(op.action, OpType::Delete))
        } else {
            Act::Cell(key, written(op)?)
        };
        Some((Some(row), act))
    }
}

/// The place an act wrote, and what it wrote there.
fn place_of(row: Option<&RowKey>, act: Act<'_>) -> Option<(FieldPath, Option<Value>)> {
    match (row, act) {
        (None, Act::Field(name, value)) => {
            Some((FieldPath { field: encoding::single(name)?, row: None }, value))
        }
        (Some((table, row)), Act::Cell(name, value)) => {
            let field: FieldId = format!("{table}.{name}").parse().ok()?;
            Some((FieldPath { field, row: Some(*row) }, value))
        }
        _ => None,
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

fn field_edit(act: Act<'_>) -> Option<Edit> {
    let Act::Field(name, value) = act else { return None };
    let field = encoding::single(name)?;
    Some(match value {
        Some(value) => Edit::Set { field, value },
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
    fn note(&mut self, act: Act<'_>) {
        match act {
            Act::AddRow => self.added = true,
            Act::Cell(name, Some(value)) => {
                self.cells.insert(name.to_owned(), value);
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
