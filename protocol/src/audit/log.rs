//! One node's log: appends, checkpoints, and a new log for each life of the node.

use dossier::{Hash, Incarnation, NodeId, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

use super::{
    Act, Checkpoint, Entry, Kept, LogId, Place, Record, Sealer, SignedCheckpoint, TimeSource, seal,
    stored::{self, Closed},
    tree::{Frontier, leaf_hash},
};
use crate::{Crypto, Fault, Op, Records, Table, codec};

/// Entries after which a checkpoint is made.
pub const CHECKPOINT_ENTRIES: u64 = 256;

/// Time after which entries without a checkpoint get one, in milliseconds.
pub const CHECKPOINT_MS: i64 = 5 * 60 * 1000;

/// A clock that shows less than the entry before by no more than this, in milliseconds, is not
/// called set back: the earlier time is held.
const JITTER_MS: u64 = 1_000;

/// The row of the log's state among the singletons.
const STATE: &[u8] = b"audit";

/// The chain head after a sealed entry.
pub fn chain(previous: &Hash, sealed: &[u8]) -> Hash {
    Hash::tagged("hoso/audit/chain/1", &[previous.as_bytes(), sealed])
}

/// What is stored of a log at each checkpoint; the few entries behind it are read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    generation: u32,
    incarnation: Incarnation,
    size: u64,
    head: Hash,
    peaks: Vec<Hash>,
    /// When it was written.
    at: Timestamp,
    /// The logs of earlier lives.
    former: Vec<Closed>,
}

/// A node's log, open for appending.
#[derive(Debug, Clone)]
pub struct Log {
    node: NodeId,
    unit: UnitId,
    generation: u32,
    incarnation: Incarnation,
    frontier: Frontier,
    head: Hash,
    /// Time of the newest entry.
    last: Option<Timestamp>,
    /// Entries that a checkpoint covers, and when it was made or the log was begun.
    covered: (u64, Option<Timestamp>),
    former: Vec<Closed>,
}

impl Log {
    /// Reads the log a store holds, or begins the first one.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer or its log cannot be read with this audit key.
    pub fn open(
        node: NodeId,
        unit: UnitId,
        incarnation: Incarnation,
        records: &dyn Records,
        sealer: &dyn Sealer,
    ) -> Result<Self, Fault> {
        let mut log = Self {
            node,
            unit,
            generation: 0,
            incarnation,
            frontier: Frontier::default(),
            head: Hash::ZERO,
            last: None,
            covered: (0, None),
            former: Vec::new(),
        };
        if let Some(state) = read_state(records)? {
            log.generation = state.generation;
            log.incarnation = state.incarnation;
            log.frontier = Frontier::restore(state.size, state.peaks)
                .ok_or_else(|| Fault("audit state: peaks do not fit".to_owned()))?;
            log.head = state.head;
            log.covered = (state.size, Some(state.at));
            log.former = state.former;
        }
        log.replay(records, sealer)?;
        Ok(log)
    }

    /// Takes up the entries behind the last checkpoint, and the time of the newest.
    fn replay(&mut self, records: &dyn Records, sealer: &dyn Sealer) -> Result<(), Fault> {
        let mut newest = None;
        loop {
            let rows = stored::entries_after(records, self.generation, self.size(), 256)?;
            if rows.is_empty() {
                break;
            }
            for (sequence, sealed) in rows {
                if sequence != self.size() + 1 {
                    return Err(Fault(format!("audit entry {} is missing", self.size() + 1)));
                }
                self.head = chain(&self.head, &sealed);
                self.frontier.push(leaf_hash(&sealed), |_| ());
                newest = Some(sealed);
            }
        }
        if newest.is_none() && self.size() > 0 {
            let rows = stored::entries_after(records, self.generation, self.size() - 1, 1)?;
            newest = rows.into_iter().next().map(|(_, sealed)| sealed);
        }
        if let Some(sealed) = newest {
            let place = Place { log: self.id(), sequence: self.size() };
            let entry = Entry::open(&sealed, &place, sealer)
                .ok_or_else(|| Fault("the audit key does not open the log".to_owned()))?;
            self.last = Some(entry.at);
        }
        Ok(())
    }

    /// The log's name.
    pub fn id(&self) -> LogId {
        LogId::of(&self.node, &self.incarnation)
    }

    /// Which of the node's logs it is, from 0.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The life it belongs to.
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// How many entries it has.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The chain head.
    pub fn head(&self) -> Hash {
        self.head
    }

    /// How many entries no checkpoint covers.
    pub fn open_entries(&self) -> u64 {
        self.size() - self.covered.0
    }

    /// The logs of earlier lives, oldest first.
    pub fn former(&self) -> &[Closed] {
        &self.former
    }

    /// Appends a record; answers the writes that make it durable. A clock that was set back since
    /// the entry before is recorded first.
    pub fn append(&mut self, at: Timestamp, record: Record, sealer: &dyn Sealer) -> Vec<Op> {
        let mut ops = Vec::new();
        if self.covered.1.is_none() {
            // The store is to know whose log it is before it holds an entry.
            self.covered.1 = Some(at);
            ops.push(self.state_op(at));
        }
        let back = self.last.map_or(0, |last| last.as_millis().saturating_sub(at.as_millis()));
        let back_ms = u64::try_from(back).unwrap_or(0);
        let (at, source) = if back_ms > JITTER_MS {
            let stepped = Record::of(Act::ClockStepped { back_ms });
            self.push(at, TimeSource::Clock, stepped, sealer, &mut ops);
            (at, TimeSource::Clock)
        } else if back_ms > 0 {
            (self.last.unwrap_or(at), TimeSource::Held)
        } else {
            (at, TimeSource::Clock)
        };
        self.push(at, source, record.clipped(), sealer, &mut ops);
        ops
    }

    fn push(
        &mut self,
        at: Timestamp,
        source: TimeSource,
        record: Record,
        sealer: &dyn Sealer,
        ops: &mut Vec<Op>,
    ) {
        let entry = Entry {
            sequence: self.size() + 1,
            previous: self.head,
            at,
            source,
            unit: self.unit.clone(),
            node: self.node,
            incarnation: self.incarnation,
            record,
        };
        let sealed = seal::seal(&entry, self.id(), sealer);
        self.head = chain(&self.head, &sealed);
        self.last = Some(at);
        let generation = self.generation;
        self.frontier.push(leaf_hash(&sealed), |subtree| {
            ops.extend(stored::subtree_op(generation, &subtree));
        });
        ops.push(stored::entry_op(generation, entry.sequence, sealed));
    }

    /// Whether entries have waited long enough for a checkpoint, or are many enough.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.open_entries() >= CHECKPOINT_ENTRIES || self.rest(now) == Some(0)
    }

    /// How long, in milliseconds, until open entries are to get a checkpoint; `None` without any.
    pub fn rest(&self, now: Timestamp) -> Option<u64> {
        let since = self.covered.1.map_or(0, |at| now.as_millis().abs_diff(at.as_millis()));
        let rest = CHECKPOINT_MS.unsigned_abs().saturating_sub(since);
        self.has_open().then_some(rest)
    }

    /// Whether there are entries that no checkpoint covers.
    pub fn has_open(&self) -> bool {
        self.open_entries() > 0
    }

    /// Signs what the log is; answers the writes, which must be durable before anybody is shown it.
    pub fn checkpoint(&mut self, at: Timestamp, crypto: &dyn Crypto) -> Vec<Op> {
        let checkpoint = Checkpoint {
            node: self.node,
            incarnation: self.incarnation,
            size: self.size(),
            root: self.frontier.root(),
            head: self.head,
            at,
        };
        let signed = SignedCheckpoint::issue(checkpoint, crypto);
        self.covered = (self.size(), Some(at));
        let mut ops = stored::kept_op(&Kept { signed, cosigned: Vec::new() }, true);
        ops.push(self.state_op(at));
        ops
    }

    /// Ends this log with a last checkpoint and begins the one of a new life.
    pub fn begin_life(
        &mut self,
        incarnation: Incarnation,
        at: Timestamp,
        sealer: &dyn Sealer,
        crypto: &dyn Crypto,
    ) -> Vec<Op> {
        let mut ops = if self.has_open() { self.checkpoint(at, crypto) } else { Vec::new() };
        let (entries, head) = (self.size(), self.head);
        self.former.push(Closed {
            generation: self.generation,
            incarnation: self.incarnation,
            size: entries,
            head,
        });
        self.generation += 1;
        self.incarnation = incarnation;
        self.frontier = Frontier::default();
        self.head = Hash::ZERO;
        self.covered = (0, Some(at));
        self.last = None;
        ops.push(self.state_op(at));
        ops.extend(self.append(at, Record::of(Act::LifeBegan { entries, head }), sealer));
        ops
    }

    fn state_op(&self, at: Timestamp) -> Op {
        let state = State {
            generation: self.generation,
            incarnation: self.incarnation,
            size: self.covered.0,
            head: self.head,
            peaks: self.frontier.peaks().to_vec(),
            at,
            former: self.former.clone(),
        };
        Op::put(Table::Meta, STATE, codec::encode(&state))
    }
}

fn read_state(records: &dyn Records) -> Result<Option<State>, Fault> {
    let row = records.get(Table::Meta, STATE)?;
    row.map(|bytes| codec::decode(&bytes).map_err(|error| Fault(format!("audit state: {error}"))))
        .transpose()
}

/// The logs of a store, oldest first: the number of each and the life it belongs to.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn lives(records: &dyn Records) -> Result<Vec<(u32, Incarnation)>, Fault> {
    let Some(state) = read_state(records)? else { return Ok(Vec::new()) };
    let former = state.former.iter().map(|closed| (closed.generation, closed.incarnation));
    Ok(former.chain([(state.generation, state.incarnation)]).collect())
}

/// The number of the log a store writes at present, and the life it belongs to.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub(crate) fn present(records: &dyn Records) -> Result<Option<(u32, Incarnation)>, Fault> {
    Ok(read_state(records)?.map(|state| (state.generation, state.incarnation)))
}
