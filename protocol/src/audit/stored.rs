//! How logs and checkpoints lie in the store: keys of fixed width, in the order of the log.

use dossier::{Hash, Incarnation};
use serde::{Deserialize, Serialize};

use super::{
    Kept, LogId,
    tree::{Completed, Frontier, Subtrees, leaf_hash},
};
use crate::{Fault, Op, Records, Table, codec};

/// Subtrees of fewer leaves are computed from the entries.
const LEVEL_MIN: u8 = 8;

const ENTRY: u8 = 0;
const SUBTREE: u8 = 1;
const KEPT: u8 = 0;
const NEWEST: u8 = 1;

/// The log of an earlier life of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Which of the node's logs it is.
    pub generation: u32,
    /// The life.
    pub incarnation: Incarnation,
    /// Its entries.
    pub size: u64,
    /// Its chain head.
    pub head: Hash,
}

fn entry_key(generation: u32, sequence: u64) -> Vec<u8> {
    [&[ENTRY][..], &generation.to_be_bytes(), &sequence.to_be_bytes()].concat()
}

fn subtree_key(generation: u32, level: u8, index: u64) -> Vec<u8> {
    [&[SUBTREE][..], &generation.to_be_bytes(), &[level], &index.to_be_bytes()].concat()
}

fn kept_key(log: &LogId, size: u64) -> Vec<u8> {
    [&[KEPT][..], log.0.as_bytes(), &size.to_be_bytes()].concat()
}

fn newest_key(log: &LogId) -> Vec<u8> {
    [&[NEWEST][..], log.0.as_bytes()].concat()
}

pub(super) fn entry_op(generation: u32, sequence: u64, sealed: Vec<u8>) -> Op {
    Op::put(Table::Audit, entry_key(generation, sequence), sealed)
}

pub(super) fn subtree_op(generation: u32, subtree: &Completed) -> Option<Op> {
    (subtree.level >= LEVEL_MIN).then(|| {
        let key = subtree_key(generation, subtree.level, subtree.index);
        Op::put(Table::Audit, key, subtree.root.as_bytes().to_vec())
    })
}

/// Sealed entries of one of the node's logs after `sequence`, in order, at most `limit`.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn entries_after(
    records: &dyn Records,
    generation: u32,
    sequence: u64,
    limit: usize,
) -> Result<Vec<(u64, Vec<u8>)>, Fault> {
    let prefix = [&[ENTRY][..], &generation.to_be_bytes()].concat();
    let after = entry_key(generation, sequence);
    let rows = records.scan(Table::Audit, &prefix, Some(&after), limit)?;
    let read = |(key, sealed): (Vec<u8>, Vec<u8>)| {
        let sequence = key.get(5..).and_then(|bytes| bytes.try_into().ok());
        let sequence = sequence.map(u64::from_be_bytes);
        Ok((sequence.ok_or_else(|| Fault("audit key".to_owned()))?, sealed))
    };
    rows.into_iter().map(read).collect()
}

/// The tree over one of the node's logs, as the store holds it.
pub struct StoredTree<'a> {
    records: &'a dyn Records,
    generation: u32,
}

impl<'a> StoredTree<'a> {
    /// The tree of the log with this number.
    pub fn new(records: &'a dyn Records, generation: u32) -> Self {
        Self { records, generation }
    }
}

impl std::fmt::Debug for StoredTree<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredTree").field("generation", &self.generation).finish_non_exhaustive()
    }
}

impl Subtrees for StoredTree<'_> {
    fn subtree(&self, level: u8, index: u64) -> Result<Hash, Fault> {
        let missing = || Fault(format!("audit subtree {level}/{index} is missing"));
        if level >= LEVEL_MIN {
            let row =
                self.records.get(Table::Audit, &subtree_key(self.generation, level, index))?;
            return row.and_then(|root| Hash::from_slice(&root)).ok_or_else(missing);
        }
        let width = 1_usize << level;
        let first = index << level;
        let rows = entries_after(self.records, self.generation, first, width)?;
        if rows.len() != width || rows.first().is_none_or(|(sequence, _)| *sequence != first + 1) {
            return Err(missing());
        }
        let mut edge = Frontier::default();
        rows.iter().for_each(|(_, sealed)| edge.push(leaf_hash(sealed), |_| ()));
        Ok(edge.root())
    }
}

/// The writes that keep a checkpoint, as the newest of its log or beside it.
pub fn kept_op(kept: &Kept, newest: bool) -> Vec<Op> {
    let checkpoint = &kept.signed.checkpoint;
    let (log, size) = (checkpoint.log(), checkpoint.size);
    let mut ops = vec![Op::put(Table::Checkpoint, kept_key(&log, size), codec::encode(kept))];
    if newest {
        ops.push(Op::put(Table::Checkpoint, newest_key(&log), size.to_be_bytes()));
    }
    ops
}

fn read_kept(row: &[u8]) -> Result<Kept, Fault> {
    codec::decode(row).map_err(|error| Fault(format!("checkpoint row: {error}")))
}

/// The checkpoint of `log` at `size`, if it is kept.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn kept(records: &dyn Records, log: &LogId, size: u64) -> Result<Option<Kept>, Fault> {
    records.get(Table::Checkpoint, &kept_key(log, size))?.map(|row| read_kept(&row)).transpose()
}

/// The newest checkpoint of `log` that is kept.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn newest(records: &dyn Records, log: &LogId) -> Result<Option<Kept>, Fault> {
    let row = records.get(Table::Checkpoint, &newest_key(log))?;
    let size = row.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
    size.map_or(Ok(None), |size| kept(records, log, size))
}

/// The newest checkpoint of every log that is kept, at most `limit`.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn newest_of_all(records: &dyn Records, limit: usize) -> Result<Vec<Kept>, Fault> {
    let mut all = Vec::new();
    for (key, _) in records.scan(Table::Checkpoint, &[NEWEST], None, limit)? {
        let log = key.get(1..).and_then(Hash::from_slice).map(LogId);
        if let Some(log) = log {
            all.extend(newest(records, &log)?);
        }
    }
    Ok(all)
}

/// Every checkpoint that is kept, in the order of logs and sizes, after a key that an earlier call
/// gave, at most `limit`.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn all_kept(
    records: &dyn Records,
    after: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<(Vec<u8>, Kept)>, Fault> {
    let rows = records.scan(Table::Checkpoint, &[KEPT], after, limit)?;
    rows.into_iter().map(|(key, row)| Ok((key, read_kept(&row)?))).collect()
}
