//! The custody chain of a dossier: who kept it, epoch by epoch.
//!
//! **Invariant:** a chain starts with one genesis record of epoch 0 and each further record names
//! the hash of the one before; the epoch is the fencing token and never goes back. Encoding,
//! hashing and signatures belong to the protocol: a record enters with its hash.

use serde::{Deserialize, Serialize};

use crate::basis::LegalBasis;
use crate::{DossierId, Hash, NodeId, Timestamp, UnitId};

/// What a custody record does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CustodyKind {
    /// Opens the dossier (Điều 9.1).
    Genesis,
    /// Hands it to another unit (Điều 10.1, 10.2).
    Transfer,
    /// Takes it from a unit that can't act any more.
    Takeover,
    /// Hands it out of the system (Điều 10.3).
    Export,
    /// Opens a dossier that comes from another system.
    Import,
    /// Closes it where it is (Điều 11.3).
    Retire,
    /// Opens a retired dossier again.
    Reopen,
    /// Moves it because units changed, not persons.
    Reorg,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyRecord {
    /// The dossier.
    pub dossier: DossierId,
    /// Number of this period of custody, from 0.
    pub epoch: u32,
    /// Hash of the record before; [`Hash::ZERO`] for the first.
    pub prev: Hash,
    /// What it does.
    pub kind: CustodyKind,
    /// Transfer it concludes.
    pub tid: Option<Hash>,
    /// Case that joins the two epochs of a transfer between bodies (Điều 10.2).
    pub case_id: Option<Hash>,
    /// Unit that gives it up.
    pub from: Option<UnitId>,
    /// Unit that keeps it from here on; of an export, the unit that keeps the trace.
    pub to: UnitId,
    /// Node that registers the close of the epoch before.
    pub registrar: NodeId,
    /// Node that will register the close of this one.
    pub next_registrar: NodeId,
    /// Heads of the document that end the epoch before, sorted.
    pub close_heads: Vec<Hash>,
    /// Digest of every change admitted in the epoch before.
    pub close_set: Hash,
    /// On what document it rests.
    pub basis: LegalBasis,
    /// When it was issued; evidence, never an ordering.
    pub issued_at: Timestamp,
}

impl CustodyRecord {
    /// The most heads that may end an epoch.
    pub const HEADS_MAX: usize = 64;

    /// The record that opens a dossier at `to`.
    pub fn genesis(
        dossier: DossierId,
        to: UnitId,
        registrar: NodeId,
        basis: LegalBasis,
        issued_at: Timestamp,
    ) -> Self {
        Self {
            dossier,
            epoch: 0,
            prev: Hash::ZERO,
            kind: CustodyKind::Genesis,
            tid: None,
            case_id: None,
            from: None,
            to,
            registrar,
            next_registrar: registrar,
            close_heads: Vec::new(),
            close_set: Hash::ZERO,
            basis,
            issued_at,
        }
    }

    /// Whether the record agrees with itself, whatever stands before it.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn check_shape(&self) -> Result<(), CustodyError> {
        let rising = self.close_heads.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || self.close_heads.len() > Self::HEADS_MAX {
            return Err(CustodyError::Heads);
        }
        if !self.basis.is_well_formed() {
            return Err(CustodyError::Basis);
        }
        let opens = matches!(self.kind, CustodyKind::Genesis | CustodyKind::Import);
        let first = self.epoch == 0 && self.prev == Hash::ZERO;
        let closes_nothing = self.close_heads.is_empty() && self.close_set == Hash::ZERO;
        if opens != first || (opens && (!closes_nothing || self.from.is_some())) {
            return Err(CustodyError::Opening);
        }
        if opens {
            return Ok(());
        }
        let Some(from) = &self.from else { return Err(CustodyError::Movement) };
        let moves = match self.kind {
            CustodyKind::Transfer | CustodyKind::Takeover | CustodyKind::Reorg => *from != self.to,
            _ => *from == self.to,
        };
        let concluded = self.kind != CustodyKind::Transfer || self.tid.is_some();
        if moves && concluded { Ok(()) } else { Err(CustodyError::Movement) }
    }
}

/// A record that does not continue the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CustodyError {
    /// Heads unsorted, doubled, or too many.
    #[error("closing heads are not a sorted set within the limit")]
    Heads,
    /// The basis is empty or too long.
    #[error("the legal basis is malformed")]
    Basis,
    /// A genesis that closes something, or a first record that opens nothing.
    #[error("the record does not open a chain as it must")]
    Opening,
    /// The units do not fit what the record does, or a transfer has no id.
    #[error("units or transfer id do not fit the kind of record")]
    Movement,
    /// Another dossier.
    #[error("the record belongs to another dossier")]
    Dossier,
    /// Not the next epoch.
    #[error("epoch {found} where {expected} is next")]
    Epoch {
        /// The next epoch of the chain.
        expected: u32,
        /// The record's.
        found: u32,
    },
    /// Does not name the record before.
    #[error("the record does not follow the last one")]
    Link,
    /// Given up by a unit that did not keep it.
    #[error("the unit that gives the dossier up does not keep it")]
    NotCustodian,
    /// A retired or exported dossier goes on only by the kinds made for it.
    #[error("a record of this kind can't follow the last one")]
    Order,
    /// More than [`CustodyChain::RECORDS_MAX`] records.
    #[error("the chain has too many records")]
    TooLong,
}

/// The records of one dossier, linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyChain {
    links: Vec<(CustodyRecord, Hash)>,
}

impl CustodyChain {
    /// The most records of one dossier.
    pub const RECORDS_MAX: usize = 1_000;

    /// Starts a chain with its first record and that record's hash.
    ///
    /// # Errors
    /// [`CustodyError`] when the record opens no chain.
    pub fn new(record: CustodyRecord, record_hash: Hash) -> Result<Self, CustodyError> {
        record.check_shape()?;
        if record.epoch != 0 {
            return Err(CustodyError::Opening);
        }
        Ok(Self { links: vec![(record, record_hash)] })
    }

    /// Adds the next record.
    ///
    /// # Errors
    /// [`CustodyError`] says what does not fit; the chain is as before.
    pub fn push(&mut self, record: CustodyRecord, record_hash: Hash) -> Result<(), CustodyError> {
        record.check_shape()?;
        let (last, last_hash) = self.last();
        if record.dossier != last.dossier {
            return Err(CustodyError::Dossier);
        }
        let expected = last.epoch.saturating_add(1);
        if record.epoch != expected {
            return Err(CustodyError::Epoch { expected, found: record.epoch });
        }
        if record.prev != *last_hash {
            return Err(CustodyError::Link);
        }
        if record.from.as_ref() != Some(&last.to) {
            return Err(CustodyError::NotCustodian);
        }
        if !may_follow(last.kind, record.kind) {
            return Err(CustodyError::Order);
        }
        if self.links.len() >= Self::RECORDS_MAX {
            return Err(CustodyError::TooLong);
        }
        self.links.push((record, record_hash));
        Ok(())
    }

    /// The dossier.
    pub fn dossier(&self) -> DossierId {
        self.last().0.dossier
    }

    /// The newest record.
    pub fn current(&self) -> &CustodyRecord {
        &self.last().0
    }

    /// The hash of the newest record.
    pub fn head(&self) -> Hash {
        self.last().1
    }

    /// The unit that keeps, or kept, the dossier in an epoch.
    pub fn custodian(&self, epoch: u32) -> Option<&UnitId> {
        self.record(epoch).map(|record| &record.to)
    }

    /// The record of an epoch.
    pub fn record(&self, epoch: u32) -> Option<&CustodyRecord> {
        self.links.get(usize::try_from(epoch).ok()?).map(|(record, _)| record)
    }

    /// Every record with its hash, oldest first.
    pub fn records(&self) -> impl Iterator<Item = (&CustodyRecord, Hash)> {
        self.links.iter().map(|(record, hash)| (record, *hash))
    }

    fn last(&self) -> &(CustodyRecord, Hash) {
        self.links.last().expect("a chain is built from its first record")
    }
}

/// A retired dossier is reopened or moved with its unit; an exported one only moves as a trace.
fn may_follow(last: CustodyKind, next: CustodyKind) -> bool {
    match last {
        CustodyKind::Retire => {
            matches!(next, CustodyKind::Reopen | CustodyKind::Reorg | CustodyKind::Takeover)
        }
        CustodyKind::Export => matches!(next, CustodyKind::Reorg | CustodyKind::Reopen),
        _ => next != CustodyKind::Reopen,
    }
}

#[cfg(test)]
mod tests;
