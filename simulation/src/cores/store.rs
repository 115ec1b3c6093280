//! A store in memory: a list of transactions and the rows they come to. A clone of it is a backup.
//!
//! Like the real one it shows staged writes to whoever reads and keeps them out of the feed until
//! they are committed; a power cut leaves as many whole transactions of a batch as luck would have.

use std::collections::BTreeMap;
use std::rc::Rc;

use dossier::Hash;
use protocol::{Entry, Fault, FeedPosition, Op, Records, Table, Transaction};

type Key = (Table, Vec<u8>);

/// A store that forgets nothing but what was staged.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    journal: Vec<(Hash, Rc<Vec<Op>>)>,
    rows: BTreeMap<Key, Vec<u8>>,
    staged: Vec<Staged>,
    bytes: u64,
}

/// A transaction that waits for a commit.
#[derive(Debug, Clone)]
struct Staged {
    ops: Vec<Op>,
    /// What its rows were before it.
    before: Vec<(Key, Option<Vec<u8>>)>,
}

impl Memory {
    /// Adds one transaction to the next commit.
    pub fn stage(&mut self, ops: Vec<Op>) {
        let mut before = Vec::with_capacity(ops.len());
        for op in &ops {
            let key = (op.table, op.key.clone());
            let old = match &op.value {
                Some(value) => self.rows.insert(key.clone(), value.clone()),
                None => self.rows.remove(&key),
            };
            before.push((key, old));
        }
        self.staged.push(Staged { ops, before });
    }

    /// Whether anything waits for a commit.
    pub fn has_staged(&self) -> bool {
        !self.staged.is_empty()
    }

    /// Makes durable what is staged.
    pub fn commit(&mut self) {
        for Staged { ops, .. } in std::mem::take(&mut self.staged) {
            let mut digest = vec![self.feed_head().digest.as_bytes().to_vec()];
            for op in &ops {
                digest.push(vec![op.table as u8, u8::from(op.feed), u8::from(op.value.is_some())]);
                digest.push(op.key.clone());
                digest.extend(op.value.clone());
                self.bytes += (op.key.len() + op.value.as_ref().map_or(0, Vec::len)) as u64;
            }
            let parts: Vec<&[u8]> = digest.iter().map(Vec::as_slice).collect();
            self.journal.push((Hash::tagged("hoso/cores/frame/1", &parts), Rc::new(ops)));
        }
    }

    /// The power is cut during a commit: the first `kept` staged transactions reached the disk.
    pub fn tear(&mut self, kept: usize) {
        for Staged { before, .. } in self.staged.drain(kept.min(self.staged.len())..).rev() {
            for (key, old) in before.into_iter().rev() {
                match old {
                    Some(value) => self.rows.insert(key, value),
                    None => self.rows.remove(&key),
                };
            }
        }
        self.commit();
    }

    /// Stages and commits one transaction.
    pub fn append(&mut self, ops: Vec<Op>) {
        self.stage(ops);
        self.commit();
    }

    /// Bytes of all keys and values that were ever written.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A row, without a copy of it.
    pub(super) fn row(&self, table: Table, key: &[u8]) -> Option<&[u8]> {
        self.rows.get(&(table, key.to_vec())).map(Vec::as_slice)
    }

    /// The rows of a table, in the order of their keys.
    pub(super) fn table(&self, table: Table) -> impl Iterator<Item = (&[u8], &[u8])> {
        let from = self.rows.range((table, Vec::new())..);
        from.take_while(move |((at, _), _)| *at == table)
            .map(|((_, key), value)| (key.as_slice(), value.as_slice()))
    }
}

impl Records for Memory {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.row(table, key).map(<[u8]>::to_vec))
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, Fault> {
        let from = after.unwrap_or(prefix).to_vec();
        Ok(self
            .rows
            .range((table, from)..)
            .take_while(|((at, key), _)| *at == table && key.starts_with(prefix))
            .filter(|((_, key), _)| after.is_none_or(|after| key.as_slice() > after))
            .take(limit)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect())
    }

    fn feed_head(&self) -> FeedPosition {
        self.journal.last().map_or(FeedPosition::START, |(digest, _)| FeedPosition {
            sequence: self.journal.len() as u64,
            digest: *digest,
        })
    }

    fn feed_digest(&self, sequence: u64) -> Result<Option<Hash>, Fault> {
        let Some(place) = sequence.checked_sub(1) else { return Ok(Some(Hash::ZERO)) };
        Ok(self.journal.get(place as usize).map(|(digest, _)| *digest))
    }

    fn feed_after(
        &self,
        sequence: u64,
        bytes_max: usize,
        transactions_max: usize,
    ) -> Result<Vec<Transaction>, Fault> {
        let mut bytes = 0;
        let mut all = Vec::new();
        for (place, (digest, ops)) in self.journal.iter().enumerate().skip(sequence as usize) {
            let published: Vec<Op> = ops.iter().filter(|op| op.feed).cloned().collect();
            bytes += published.iter().flat_map(|op| &op.value).map(Vec::len).sum::<usize>();
            let position = FeedPosition { sequence: place as u64 + 1, digest: *digest };
            all.push(Transaction { position, published });
            if bytes >= bytes_max || all.len() >= transactions_max {
                break;
            }
        }
        Ok(all)
    }
}
