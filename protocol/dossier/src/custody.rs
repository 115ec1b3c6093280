//! Custody: who answers for a dossier, as a chain of records that anyone can check offline.
//!
//! One record per epoch; each names the digest of the one before. The epoch is the fencing token:
//! a change is judged by the right its author had at the epoch it was made under (Điều 10, 11;
//! security.md 3.4). Signatures and digests belong to the protocol; the chain takes digests as
//! arguments.

use serde::{Deserialize, Serialize};

use crate::{DossierId, Hash, LegalBasis, Timestamp, UnitId};

/// Heads a record may close.
pub const CLOSE_HEADS_MAX: usize = 64;

/// What opened an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CustodyKind {
    /// The dossier was begun (lập hồ sơ).
    Genesis,
    /// Custody moved between bodies (điều chuyển, Điều 10).
    Transfer,
    /// Two officers took over from a custodian that is gone.
    Takeover,
    /// The dossier left the province (Điều 10.3).
    Export,
    /// The dossier came from another province.
    Import,
    /// The person left service; the dossier stays, read-only (Điều 11.3).
    Retire,
    /// A closed dossier opened again.
    Reopen,
    /// The units themselves changed.
    Reorganisation,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyRecord {
    /// The dossier.
    pub dossier: DossierId,
    /// Counts up from 0.
    pub epoch: u32,
    /// Digest of the record of the epoch before; [`Hash::ZERO`] at 0.
    pub previous: Hash,
    /// What opened the epoch.
    pub kind: CustodyKind,
    /// The transfer it ends, if any.
    pub transfer: Option<Hash>,
    /// The case several transfers belong to, if any.
    pub case: Option<Hash>,
    /// Custodian before.
    pub from: Option<UnitId>,
    /// Custodian from here on.
    pub to: UnitId,
    /// The tier-2 unit that registered the change of custody.
    pub registrar: Option<UnitId>,
    /// The registrar of the next one.
    pub next_registrar: Option<UnitId>,
    /// Sorted heads of the document that end the epoch before.
    pub close_heads: Vec<Hash>,
    /// Digest of the set of envelopes admitted in the epoch before.
    pub close_set: Hash,
    /// On what document.
    pub basis: LegalBasis,
    /// When it was issued, for people.
    pub issued_at: Timestamp,
}

impl CustodyRecord {
    /// The record that begins a dossier held by `to`.
    pub fn genesis(dossier: DossierId, to: UnitId, basis: LegalBasis, issued_at: Timestamp) -> Self {
        Self {
            dossier,
            epoch: 0,
            previous: Hash::ZERO,
            kind: CustodyKind::Genesis,
            transfer: None,
            case: None,
            from: None,
            to,
            registrar: None,
            next_registrar: None,
            close_heads: Vec::new(),
            close_set: Hash::ZERO,
            basis,
            issued_at,
        }
    }
}

/// Why a record does not continue a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CustodyError {
    /// Of another dossier.
    #[error("record of another dossier")]
    Dossier,
    /// Not the next epoch.
    #[error("record is not of the next epoch")]
    Epoch,
    /// Names another record before it.
    #[error("record does not link to the one before")]
    Link,
    /// A kind that cannot stand there, or a custodian that does not follow.
    #[error("record does not follow from the one before")]
    Sequence,
    /// Unsorted or too many heads, or a basis without words.
    #[error("record is malformed")]
    Malformed,
}

/// A chain that links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyChain {
    dossier: DossierId,
    custodians: Vec<UnitId>,
    head: Hash,
}

impl CustodyChain {
    /// Begins a chain with the record whose digest is `hash`.
    ///
    /// # Errors
    /// [`CustodyError`] when the record cannot be a first one.
    pub fn begin(record: CustodyRecord, hash: Hash) -> Result<Self, CustodyError> {
        check_shape(&record)?;
        if record.epoch != 0 || record.previous != Hash::ZERO {
            return Err(CustodyError::Epoch);
        }
        let first = matches!(record.kind, CustodyKind::Genesis | CustodyKind::Import);
        if !first || record.from.is_some() || !record.close_heads.is_empty() {
            return Err(CustodyError::Sequence);
        }
        Ok(Self { dossier: record.dossier, custodians: vec![record.to], head: hash })
    }

    /// Adds the next record, whose digest is `hash`.
    ///
    /// # Errors
    /// [`CustodyError`]; the chain is then as before.
    pub fn push(&mut self, record: CustodyRecord, hash: Hash) -> Result<(), CustodyError> {
        check_shape(&record)?;
        if record.dossier != self.dossier {
            return Err(CustodyError::Dossier);
        }
        if usize::try_from(record.epoch) != Ok(self.custodians.len()) {
            return Err(CustodyError::Epoch);
        }
        if record.previous != self.head {
            return Err(CustodyError::Link);
        }
        let first_again = matches!(record.kind, CustodyKind::Genesis | CustodyKind::Import);
        if first_again || record.from.as_ref() != Some(self.current()) {
            return Err(CustodyError::Sequence);
        }
        self.custodians.push(record.to);
        self.head = hash;
        Ok(())
    }

    /// The custodian of an epoch.
    pub fn custodian(&self, epoch: u32) -> Option<&UnitId> {
        self.custodians.get(usize::try_from(epoch).ok()?)
    }

    /// The custodian.
    pub fn current(&self) -> &UnitId {
        self.custodians.last().expect("a chain has a first record")
    }

    /// Digest of the newest record.
    pub fn head(&self) -> Hash {
        self.head
    }
}

fn check_shape(record: &CustodyRecord) -> Result<(), CustodyError> {
    let sorted = record.close_heads.windows(2).all(|pair| pair[0] < pair[1]);
    let fits = record.close_heads.len() <= CLOSE_HEADS_MAX && record.basis.is_well_formed();
    if sorted && fits { Ok(()) } else { Err(CustodyError::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genesis() -> CustodyRecord {
        let basis = LegalBasis::Correction { reason: "lập hồ sơ".to_owned() };
        let unit = "d150".parse().expect("unit");
        CustodyRecord::genesis(
            DossierId::from_bytes([1; 16]),
            unit,
            basis,
            Timestamp::from_millis(0),
        )
    }

    fn transfer(previous: Hash) -> CustodyRecord {
        CustodyRecord {
            epoch: 1,
            previous,
            kind: CustodyKind::Transfer,
            from: Some("d150".parse().expect("unit")),
            to: "d151".parse().expect("unit"),
            ..genesis()
        }
    }

    #[test]
    fn a_chain_links_and_names_its_custodians() {
        let head = Hash::of(b"genesis");
        let mut chain = CustodyChain::begin(genesis(), head).expect("first");
        chain.push(transfer(head), Hash::of(b"transfer")).expect("second");
        assert_eq!(chain.custodian(0).map(UnitId::as_str), Some("d150"));
        assert_eq!(chain.current().as_str(), "d151");
        assert_eq!(chain.custodian(2), None);
    }

    #[test]
    fn a_record_that_does_not_follow_is_refused() {
        let head = Hash::of(b"genesis");
        let chain = CustodyChain::begin(genesis(), head).expect("first");
        let refuse = |record: CustodyRecord, why| {
            let mut copy = chain.clone();
            assert_eq!(copy.push(record, Hash::ZERO), Err(why));
            assert_eq!(copy, chain);
        };
        refuse(transfer(Hash::ZERO), CustodyError::Link);
        refuse(CustodyRecord { epoch: 2, ..transfer(head) }, CustodyError::Epoch);
        refuse(CustodyRecord { kind: CustodyKind::Genesis, ..transfer(head) }, CustodyError::Sequence);
        let stranger = Some("d152".parse().expect("unit"));
        refuse(CustodyRecord { from: stranger, ..transfer(head) }, CustodyError::Sequence);
        let other = DossierId::from_bytes([2; 16]);
        refuse(CustodyRecord { dossier: other, ..transfer(head) }, CustodyError::Dossier);
        let unsorted = vec![Hash::of(b"a"), Hash::ZERO];
        refuse(CustodyRecord { close_heads: unsorted, ..transfer(head) }, CustodyError::Malformed);
        assert_eq!(CustodyChain::begin(transfer(head), head), Err(CustodyError::Epoch));
    }
}
