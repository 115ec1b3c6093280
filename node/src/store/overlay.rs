//! Writes that are not in the index yet: staged ones, which are not durable, above recent ones,
//! which are.

use std::collections::{BTreeMap, btree_map};
use std::iter::Peekable;
use std::ops::{Bound, Range};
use std::sync::Arc;

use super::frame::HEADER;
use super::mover::Rows;
use super::payload::{Lock, Write};
use super::pointer::{self, Place};
use crate::seal::Vault;

/// Transactions waiting for the next commit.
#[derive(Debug, Default)]
pub(super) struct Staged {
    payloads: Vec<Vec<u8>>,
    writes: BTreeMap<Vec<u8>, StagedWrite>,
    bytes: usize,
}

/// The last staged write of a key.
#[derive(Debug, Clone)]
enum StagedWrite {
    Put { transaction: usize, key: Vec<u8>, value: Range<usize>, lock: Lock },
    Remove,
}

impl Staged {
    pub(super) fn len(&self) -> usize {
        self.payloads.len()
    }

    /// Bytes that the staged transactions will take in the journal.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn payloads(&self) -> &[Vec<u8>] {
        &self.payloads
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Adds a sealed transaction and what it writes.
    pub(super) fn add(&mut self, payload: Vec<u8>, writes: Vec<Write>) {
        let transaction = self.payloads.len();
        for Write { index_key, key, value, .. } in writes {
            let staged = match value {
                Some((value, lock)) => StagedWrite::Put { transaction, key, value, lock },
                None => StagedWrite::Remove,
            };
            self.writes.insert(index_key, staged);
        }
        self.bytes += HEADER + payload.len();
        self.payloads.push(payload);
    }

    fn get(&self, key: &[u8]) -> Option<Fresh<'_>> {
        self.writes.get(key).map(|write| self.fresh(write))
    }

    fn fresh<'a>(&'a self, write: &'a StagedWrite) -> Fresh<'a> {
        match write {
            StagedWrite::Put { transaction, key, value, lock } => {
                let sealed = &self.payloads[*transaction][value.clone()];
                Fresh::Value { key, lock: *lock, sealed }
            }
            StagedWrite::Remove => Fresh::Removed,
        }
    }
}

/// Durable rows on their way into the index.
#[derive(Debug, Default)]
pub(super) struct Recent {
    rows: Rows,
    /// Older rows that are being written to the index.
    moving: Arc<Rows>,
    bytes: usize,
}

impl Recent {
    /// Takes over the writes of a commit whose payloads came to lie at `places`.
    pub(super) fn absorb(&mut self, vault: &Vault, staged: &mut Staged, places: &[Place]) {
        let payloads = std::mem::take(&mut staged.payloads);
        for (index_key, write) in std::mem::take(&mut staged.writes) {
            let row = match write {
                StagedWrite::Put { transaction, key, value, lock } => {
                    let place = places[transaction].forward(value.start);
                    let sealed = &payloads[transaction][value];
                    Some(pointer::seal(vault, (&index_key, &key), lock, place, sealed))
                }
                StagedWrite::Remove => None,
            };
            self.bytes += index_key.len() + row.as_ref().map_or(0, Vec::len);
            self.rows.insert(index_key, row);
        }
        staged.clear();
    }

    /// Bytes of the keys and rows.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Sets the rows apart that are to move to the index; reads keep seeing them.
    pub(super) fn set_apart(&mut self) -> Arc<Rows> {
        self.moving = Arc::new(std::mem::take(&mut self.rows));
        self.bytes = 0;
        Arc::clone(&self.moving)
    }

    /// The rows set apart have arrived in the index.
    pub(super) fn arrived(&mut self) {
        self.moving = Arc::default();
    }

    /// The index has everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn get(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        self.rows.get(key).or_else(|| self.moving.get(key))
    }
}

/// What the overlay knows of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fresh<'a> {
    /// The sealed value itself.
    Value {
        key: &'a [u8],
        lock: Lock,
        sealed: &'a [u8],
    },
    /// A row of the index-to-be.
    Row(&'a [u8]),
    Removed,
}

/// What the overlay says of `key`; `None` sends the reader to the index.
pub(super) fn get<'a>(staged: &'a Staged, recent: &'a Recent, key: &[u8]) -> Option<Fresh<'a>> {
    staged.get(key).or_else(|| recent.get(key).map(row))
}

fn row(row: &Option<Vec<u8>>) -> Fresh<'_> {
    row.as_deref().map_or(Fresh::Removed, Fresh::Row)
}

/// The overlay's entries with `prefix` after `after`, in key order, staged over recent.
pub(super) fn range<'a>(
    staged: &'a Staged,
    recent: &'a Recent,
    prefix: &'a [u8],
    after: Option<&'a [u8]>,
) -> Merged<'a> {
    let start = match after {
        Some(after) if after >= prefix => Bound::Excluded(after),
        _ => Bound::Included(prefix),
    };
    let bounds = (start, Bound::Unbounded);
    Merged {
        staged,
        prefix,
        upper: staged.writes.range::<[u8], _>(bounds).peekable(),
        middle: recent.rows.range::<[u8], _>(bounds).peekable(),
        lower: recent.moving.range::<[u8], _>(bounds).peekable(),
    }
}

type RowRange<'a> = Peekable<btree_map::Range<'a, Vec<u8>, Option<Vec<u8>>>>;

/// Three ordered maps read as one; an upper one hides those below.
pub(super) struct Merged<'a> {
    staged: &'a Staged,
    prefix: &'a [u8],
    upper: Peekable<btree_map::Range<'a, Vec<u8>, StagedWrite>>,
    middle: RowRange<'a>,
    lower: RowRange<'a>,
}

impl<'a> Iterator for Merged<'a> {
    type Item = (&'a [u8], Fresh<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let upper = self.upper.peek().map(|(key, _)| key.as_slice());
        let middle = self.middle.peek().map(|(key, _)| key.as_slice());
        let lower = self.lower.peek().map(|(key, _)| key.as_slice());
        let key = [upper, middle, lower].into_iter().flatten().min()?;
        if !key.starts_with(self.prefix) {
            return None;
        }
        let of_upper = self.upper.next_if(|(next, _)| *next == key);
        let of_middle = self.middle.next_if(|(next, _)| *next == key);
        let of_lower = self.lower.next_if(|(next, _)| *next == key);
        let fresh = match (of_upper, of_middle.or(of_lower)) {
            (Some((_, write)), _) => self.staged.fresh(write),
            (None, stored) => row(stored?.1),
        };
        Some((key, fresh))
    }
}
