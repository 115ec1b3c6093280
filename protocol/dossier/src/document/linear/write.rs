//! Edits of a linear history, as the document engine would make them.
//!
//! **Invariant:** what is written here is byte for byte what
//! [`Document::edit`](super::super::Document::edit) writes. Edits that it would refuse, and those that
//! few people make, are left to it.

use automerge::ScalarValue;

use super::rules::{FIELDS, TABLES};
use super::runs::signed;
use super::sheet::Sheet;
use super::standing::Place;
use super::{Change, DELETE, MAKE_MAP, Operation, SET, chunk};
use crate::document::encoding;
use crate::{ActorId, Edit, Hash, Timestamp};

/// Operations of one change that are written here.
const OPERATIONS_MAX: usize = 256;

/// An operation to be made.
struct Draft {
    object: u32,
    key: String,
    action: u64,
    meta: u64,
    value: Vec<u8>,
    overwrites: u32,
}

/// Spells `edits` as the next change of `actor`, after `head`, the last of the history.
pub(super) fn write(
    sheet: &mut Sheet<'_>,
    head: Hash,
    actor: ActorId,
    at: Timestamp,
    edits: &[Edit],
) -> Option<Vec<u8>> {
    let first = u32::try_from(sheet.authorship.of.len()).ok()? + 1;
    let mut pen = Pen { sheet, first, drafts: Vec::new() };
    for edit in edits {
        pen.write(edit)?;
    }
    let drafts = pen.drafts;
    let last = first + u32::try_from(drafts.len()).ok()?.checked_sub(1)?;

    let author = sheet.authorship.index_or_new(&actor);
    let before = sheet.authorship.changes.len().checked_sub(1)?;
    let mut deps = vec![head];
    let mut seq = 1;
    if let Some(own) = sheet.authorship.last_of(author) {
        seq += sheet.authorship.changes[own].seq;
        if own != before {
            deps.push(sheet.hash_of(own)?);
            deps.sort_unstable();
        }
    }
    let time_seconds = at.as_seconds();
    let change = Change { actor: author, seq, first, last, time_seconds, deps: Vec::new() };
    let operations: Vec<Operation<'_>> = drafts.iter().map(Draft::operation).collect();
    // The speller asks who made what these name, themselves among it.
    sheet.authorship.of.resize(last as usize, author);
    let bytes = chunk::Speller::default().chunk(&sheet.authorship, &change, &operations, &deps);
    sheet.authorship.of.truncate(first as usize - 1);
    bytes
}

impl Draft {
    fn operation(&self) -> Operation<'_> {
        let Self { object, key, action, meta, value, overwrites } = self;
        Operation {
            object: *object,
            key,
            action: *action,
            meta: *meta,
            value,
            overwrites: *overwrites,
        }
    }
}

/// The change being written, on top of what stands.
struct Pen<'s, 'a> {
    sheet: &'s Sheet<'a>,
    first: u32,
    drafts: Vec<Draft>,
}

impl Pen<'_, '_> {
    fn write(&mut self, edit: &Edit) -> Option<()> {
        match edit {
            Edit::Set { field, value } => {
                self.put(FIELDS, field.as_str(), &encoding::encode(value).ok()?)
            }
            Edit::Clear { field } => match self.at(FIELDS, field.as_str()) {
                Some(_) => self.put(FIELDS, field.as_str(), &ScalarValue::Null),
                None => Some(()),
            },
            Edit::PutRow { table, row, cells } => {
                let key = encoding::row_key(table, row);
                let map = match self.at(TABLES, &key) {
                    Some((map, _)) => map,
                    None => self.push(TABLES, &key, MAKE_MAP, (0, Vec::new()))?,
                };
                if self.at(map, encoding::REMOVED).is_some() {
                    self.push(map, encoding::REMOVED, DELETE, (0, Vec::new()))?;
                }
                for (name, cell) in cells {
                    self.put(map, name, &encoding::encode(cell).ok()?)?;
                }
                Some(())
            }
            Edit::RemoveRow { table, row } => {
                let (map, _) = self.at(TABLES, &encoding::row_key(table, row))?;
                self.remove(map)
            }
        }
    }

    /// Deletes the cells of a row that this change has not touched, and marks it.
    fn remove(&mut self, map: u32) -> Option<()> {
        if map >= self.first || self.drafts.iter().any(|draft| draft.object == map) {
            return None;
        }
        if self.at(map, encoding::REMOVED).is_some() {
            return None;
        }
        for name in self.sheet.standing.keys(map) {
            self.push(map, name, DELETE, (0, Vec::new()))?;
        }
        self.put(map, encoding::REMOVED, &ScalarValue::Boolean(true))
    }

    /// Puts a value, unless it stands there.
    fn put(&mut self, object: u32, key: &str, scalar: &ScalarValue) -> Option<()> {
        let (meta, value) = packed(scalar)?;
        let stands = self
            .at(object, key)
            .is_some_and(|(_, one)| one.action == SET && one.meta == meta && one.value == value);
        if stands { Some(()) } else { self.push(object, key, SET, (meta, value)).map(|_| ()) }
    }

    fn push(
        &mut self,
        object: u32,
        key: &str,
        action: u64,
        (meta, value): (u64, Vec<u8>),
    ) -> Option<u32> {
        if self.drafts.len() == OPERATIONS_MAX {
            return None;
        }
        let counter = self.first + self.drafts.len() as u32;
        let overwrites = self.at(object, key).map_or(0, |(counter, _)| counter);
        self.drafts.push(Draft { object, key: key.to_owned(), action, meta, value, overwrites });
        Some(counter)
    }

    /// What stands at a place, with its counter.
    fn at(&self, object: u32, key: &str) -> Option<(u32, Operation<'_>)> {
        let own = self.drafts.iter().rposition(|one| one.object == object && one.key == key);
        if let Some(own) = own {
            let draft = &self.drafts[own];
            return (draft.action != DELETE).then(|| (self.first + own as u32, draft.operation()));
        }
        let counter = self.sheet.standing.at(Place { object, key });
        self.sheet.operation(counter).map(|operation| (counter, operation))
    }
}

/// Length, kind and bytes of a value, as Automerge packs them.
fn packed(scalar: &ScalarValue) -> Option<(u64, Vec<u8>)> {
    let (kind, value) = match scalar {
        ScalarValue::Null => (0, Vec::new()),
        ScalarValue::Boolean(false) => (1, Vec::new()),
        ScalarValue::Boolean(true) => (2, Vec::new()),
        ScalarValue::Int(number) => {
            let mut bytes = Vec::new();
            signed(&mut bytes, *number);
            (4, bytes)
        }
        ScalarValue::Str(text) => (6, text.as_bytes().to_vec()),
        _ => return None,
    };
    Some(((value.len() as u64) << 4 | kind, value))
}
