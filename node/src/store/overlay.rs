//! Writes that are not in the index yet: staged ones, which are not durable, above recent ones,
//! which are.

use std::collections::{BTreeMap, btree_map};
use std::iter::Peekable;
use std::ops::{Bound, Range};
use std::sync::Arc;

use super::StoreError;
use super::frame::HEADER;
use super::payload::{self, Lock, Measured, Write};
use super::pointer::{Place, Row};
use crate::seal::Vault;

/// Most bytes of memory kept from one batch for the next.
const KEPT_MAX: usize = 1024 * 1024;

/// Transactions waiting for the next commit.
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// Frames back to back as they will lie in the journal, their headers still empty.
    batch: Vec<u8>,
    /// Where each frame begins.
    starts: Vec<usize>,
    writes: BTreeMap<Vec<u8>, StagedWrite>,
}

/// The last staged write of a key.
#[derive(Debug, Clone)]
enum StagedWrite {
    /// The sealed value lies so in the batch.
    Put {
        key: Vec<u8>,
        value: Range<usize>,
        lock: Lock,
    },
    Remove,
}

impl Staged {
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Bytes that the staged transactions will take in the journal.
    pub(super) fn bytes(&self) -> usize {
        self.batch.len()
    }

    /// The frames, for the journal to fill in their headers, and where each begins.
    pub(super) fn batch(&mut self) -> (&mut [u8], &[usize]) {
        (&mut self.batch, &self.starts)
    }

    /// Forgets all; the memory of a usual batch is kept for the next one.
    pub(super) fn clear(&mut self) {
        self.batch.clear();
        self.batch.shrink_to(KEPT_MAX);
        self.starts.clear();
        self.writes.clear();
    }

    /// Seals a transaction that is to become frame `sequence` behind the others. After an error
    /// there is no trace of it.
    pub(super) fn add(
        &mut self,
        vault: &Vault,
        sequence: u64,
        transaction: Measured<'_>,
    ) -> Result<(), StoreError> {
        let start = self.batch.len();
        self.batch.resize(start + HEADER, 0);
        let sealed = payload::seal(vault, sequence, transaction, &mut self.batch);
        let writes = sealed.inspect_err(|_| self.batch.truncate(start))?;
        let begin = start + HEADER;
        for Write { index_key, key, value, .. } in writes {
            let staged = match value {
                Some((value, lock)) => {
                    let value = begin + value.start..begin + value.end;
                    StagedWrite::Put { key, value, lock }
                }
                None => StagedWrite::Remove,
            };
            self.writes.insert(index_key, staged);
        }
        self.starts.push(start);
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Option<Fresh<'_>> {
        self.writes.get(key).map(|write| self.fresh(write))
    }

    fn fresh<'a>(&'a self, write: &'a StagedWrite) -> Fresh<'a> {
        match write {
            StagedWrite::Put { key, value, lock } => {
                Fresh::Value { key, lock: *lock, sealed: &self.batch[value.clone()] }
            }
            StagedWrite::Remove => Fresh::Removed,
        }
    }
}

/// Durable rows by the keys of the index, not sealed yet: that is left to whoever moves them, so
/// that no commit waits for it. `None` removes the key.
pub(super) type RecentRows = BTreeMap<Vec<u8>, Option<Row>>;

/// Durable rows on their way into the index.
#[derive(Debug, Default)]
pub(super) struct Recent {
    rows: RecentRows,
    /// Older rows that are being written to the index.
    moving: Arc<RecentRows>,
    bytes: usize,
}

impl Recent {
    /// Takes over the writes of a commit whose batch came to lie at `place`.
    pub(super) fn absorb(&mut self, staged: &mut Staged, place: Place) {
        for (index_key, write) in std::mem::take(&mut staged.writes) {
            let row = match write {
                StagedWrite::Put { key, value, lock } => {
                    let place = place.forward(value.start);
                    Some(Row::new(key, lock, place, &staged.batch[value]))
                }
                StagedWrite::Remove => None,
            };
            self.bytes += index_key.len() + row.as_ref().map_or(0, Row::sealed_len);
            self.rows.insert(index_key, row);
        }
        staged.clear();
    }

    /// Bytes that keys and rows will take in the index.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Sets the rows apart that are to move to the index; reads keep seeing them.
    pub(super) fn set_apart(&mut self) -> Arc<RecentRows> {
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

    fn get(&self, key: &[u8]) -> Option<&Option<Row>> {
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
    Row(&'a Row),
    Removed,
}

/// What the overlay says of `key`; `None` sends the reader to the index.
pub(super) fn get<'a>(staged: &'a Staged, recent: &'a Recent, key: &[u8]) -> Option<Fresh<'a>> {
    staged.get(key).or_else(|| recent.get(key).map(row))
}

fn row(row: &Option<Row>) -> Fresh<'_> {
    row.as_ref().map_or(Fresh::Removed, Fresh::Row)
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

type RowRange<'a> = Peekable<btree_map::Range<'a, Vec<u8>, Option<Row>>>;

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
