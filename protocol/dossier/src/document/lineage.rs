//! Who wrote which change on top of which: the part of a document that is not its content.

use std::collections::{BTreeMap, BTreeSet};

use crate::{ActorId, Hash, precheck, precheck::PrecheckError};

/// What a change says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeHeader {
    /// SHA-256 of the chunk.
    pub hash: Hash,
    /// Author.
    pub actor: ActorId,
    /// Position in the author's line, from 1.
    pub seq: u64,
    /// Counter of the first operation.
    pub start_op: u64,
    /// Number of operations.
    pub op_count: u64,
    /// Seconds since the Unix epoch, as the author's clock said.
    pub time_seconds: i64,
    /// The changes this one builds on.
    pub deps: Vec<Hash>,
}

impl ChangeHeader {
    /// Reads the header of a change chunk after the whole pre-check, its hash verified.
    ///
    /// # Errors
    /// [`PrecheckError`] for anything but one well-formed change within the limits.
    pub fn read(bytes: &[u8]) -> Result<Self, PrecheckError> {
        Ok(Self::of(&precheck::check_change(bytes)?))
    }

    /// What the pre-check learnt.
    pub(super) fn of(outline: &precheck::Outline<'_>) -> Self {
        Self {
            hash: outline.hash,
            actor: outline.actor,
            seq: outline.seq,
            start_op: outline.start_op,
            op_count: outline.op_count,
            time_seconds: outline.time_seconds,
            deps: outline.dependencies().collect(),
        }
    }

    /// The counter after the last operation.
    pub(super) fn next_op(&self) -> u64 {
        self.start_op + self.op_count
    }
}

/// The changes of a document by hash and by author.
#[derive(Debug, Clone, Default)]
pub(super) struct Lineage {
    headers: Vec<ChangeHeader>,
    positions: BTreeMap<Hash, usize>,
    lines: BTreeMap<ActorId, Vec<usize>>,
    operations: u64,
}

impl Lineage {
    /// Appends a change whose dependencies are here and which continues its author's line.
    pub(super) fn push(&mut self, header: ChangeHeader) {
        let position = self.headers.len();
        self.positions.insert(header.hash, position);
        self.lines.entry(header.actor).or_default().push(position);
        self.operations += header.op_count;
        self.headers.push(header);
    }

    /// How many changes stand before one.
    pub(super) fn position(&self, change: &Hash) -> Option<usize> {
        self.positions.get(change).copied()
    }

    /// Forgets every change after the first `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        for header in self.headers.drain(length..) {
            self.positions.remove(&header.hash);
            self.operations -= header.op_count;
        }
        self.lines.retain(|_, line| {
            line.retain(|position| *position < length);
            !line.is_empty()
        });
    }

    pub(super) fn last(&self) -> Option<&ChangeHeader> {
        self.headers.last()
    }

    pub(super) fn len(&self) -> usize {
        self.headers.len()
    }

    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    /// Whether every change builds on the one before it.
    pub(super) fn is_linear(&self) -> bool {
        let known = |pair: &[ChangeHeader]| pair[1].deps.contains(&pair[0].hash);
        self.headers.windows(2).all(known)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ChangeHeader> {
        self.headers.iter()
    }

    pub(super) fn get(&self, hash: &Hash) -> Option<&ChangeHeader> {
        self.positions.get(hash).and_then(|position| self.headers.get(*position))
    }

    /// The change at a place in an author's line, counted from 1.
    pub(super) fn at(&self, actor: &ActorId, seq: u64) -> Option<&ChangeHeader> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        let position = self.lines.get(actor)?.get(index)?;
        self.headers.get(*position)
    }

    /// How many changes an author has here.
    pub(super) fn length_of(&self, actor: &ActorId) -> u64 {
        self.lines.get(actor).map_or(0, |line| line.len() as u64)
    }

    /// The change that holds an operation.
    pub(super) fn writer(&self, actor: &ActorId, counter: u64) -> Option<&ChangeHeader> {
        let line = self.lines.get(actor)?;
        let after = line.partition_point(|position| self.headers[*position].start_op <= counter);
        let header = &self.headers[*line.get(after.checked_sub(1)?)?];
        (counter < header.next_op()).then_some(header)
    }

    /// Whether `ancestor` is one of `heads` or before one of them.
    pub(super) fn covers(&self, heads: &[Hash], ancestor: &ChangeHeader) -> bool {
        let mut waiting: Vec<&Hash> = heads.iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(hash) = waiting.pop() {
            if *hash == ancestor.hash {
                return true;
            }
            // Counters rise along dependencies, so what starts lower cannot come after.
            let Some(header) = self.get(hash).filter(|one| one.start_op > ancestor.start_op) else {
                continue;
            };
            waiting.extend(header.deps.iter().filter(|dep| seen.insert(**dep)));
        }
        false
    }

    /// The counter the next operation above `heads` must have.
    pub(super) fn next_op(&self, heads: &[Hash]) -> u64 {
        heads.iter().filter_map(|hash| self.get(hash)).map(ChangeHeader::next_op).max().unwrap_or(1)
    }
}
