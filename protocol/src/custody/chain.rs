//! The custody chain of a dossier with its proofs: append-only, and anybody can check it offline.

use dossier::{
    DossierId, Hash, UnitId,
    custody::{CustodyChain, CustodyError, CustodyRecord},
};
use serde::{Deserialize, Serialize};

use super::{Closing, Outcome, OutcomeFault, Signers, ValidOutcome};
use crate::{Crypto, envelope::SignedCustody};

/// One record with what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// The record that opened the dossier, signed by the node that did.
    Opened(Box<SignedCustody>),
    /// A record that closed an epoch.
    Closed(Box<ValidOutcome>),
}

impl Link {
    /// The signed record; `None` where an outcome moves nothing.
    pub fn signed(&self) -> Option<&SignedCustody> {
        match self {
            Self::Opened(signed) => Some(signed),
            Self::Closed(valid) => match valid.outcome() {
                Outcome::Commit(signed) => Some(signed),
                Outcome::Abort(_) => None,
            },
        }
    }
}

/// Why links make no chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// There is no link, or the first opens nothing.
    #[error("the chain does not begin with an opening record")]
    Opening,
    /// A record is not signed by the node it names.
    #[error("a record is not signed by its issuer")]
    Signature,
    /// An outcome that does not count, or moves nothing.
    #[error(transparent)]
    Outcome(#[from] OutcomeFault),
    /// An outcome that moves nothing stands in it.
    #[error("the outcome moves no custody")]
    Abort,
    /// Registered by another than the last record named, and not released by its unit's own node.
    #[error("the registrar is not the one the last record named")]
    Registrar,
    /// Records that do not follow one another.
    #[error(transparent)]
    Custody(#[from] CustodyError),
}

/// The verified chain of one dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    records: CustodyChain,
    links: Vec<Link>,
}

impl Chain {
    /// Checks every signature and every link; needs nothing but the member list.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(
        links: &[Link],
        signers: &Signers<'_>,
        crypto: &dyn Crypto,
    ) -> Result<Self, ChainFault> {
        let mut chain: Option<Self> = None;
        for link in links {
            match (&mut chain, link) {
                (None, Link::Opened(signed)) => {
                    let hash = signed.hash();
                    let record = &signed.record;
                    if !signers.speaks_for(&signed.issuer, &record.to, &record.registrar)
                        || !signers.has_signed(&signed.issuer, &hash, &signed.signature, crypto)
                    {
                        return Err(ChainFault::Signature);
                    }
                    chain = Some(Self::open(signed)?);
                }
                (Some(chain), Link::Closed(valid)) => {
                    valid.verify(signers, crypto)?;
                    chain.follow(valid, signers)?;
                }
                _ => return Err(ChainFault::Opening),
            }
        }
        chain.ok_or(ChainFault::Opening)
    }

    /// Reads links of the own store, which were verified when they were taken.
    ///
    /// # Errors
    /// As [`Chain::verify`], signatures aside.
    pub fn read(links: &[Link]) -> Result<Self, ChainFault> {
        let Some((Link::Opened(first), rest)) = links.split_first() else {
            return Err(ChainFault::Opening);
        };
        let mut chain = Self::open(first)?;
        for link in rest {
            let Link::Closed(valid) = link else { return Err(ChainFault::Opening) };
            chain.push(valid)?;
        }
        Ok(chain)
    }

    /// Begins a chain with a record whose signature was checked.
    ///
    /// # Errors
    /// When it opens nothing.
    pub fn open(signed: &SignedCustody) -> Result<Self, ChainFault> {
        let records = CustodyChain::new(signed.record.clone(), signed.hash())?;
        Ok(Self { records, links: vec![Link::Opened(Box::new(signed.clone()))] })
    }

    /// Adds the outcome that closes the newest epoch, from outside; its signatures were checked.
    ///
    /// # Errors
    /// What does not follow; the chain is as before.
    pub fn follow(
        &mut self,
        valid: &ValidOutcome,
        signers: &Signers<'_>,
    ) -> Result<(), ChainFault> {
        if !valid.entry.what.request.what.may_follow(self.current(), signers) {
            return Err(ChainFault::Registrar);
        }
        self.push(valid)
    }

    /// Adds the outcome that closes the newest epoch; its signatures were checked.
    ///
    /// # Errors
    /// What does not follow; the chain is as before.
    pub fn push(&mut self, valid: &ValidOutcome) -> Result<(), ChainFault> {
        let Outcome::Commit(signed) = valid.outcome() else { return Err(ChainFault::Abort) };
        self.records.push(signed.record.clone(), signed.hash())?;
        self.links.push(Link::Closed(Box::new(valid.clone())));
        Ok(())
    }

    /// The dossier.
    pub fn dossier(&self) -> DossierId {
        self.records.dossier()
    }

    /// The newest record.
    pub fn current(&self) -> &CustodyRecord {
        self.records.current()
    }

    /// The hash of the newest record.
    pub fn head(&self) -> Hash {
        self.records.head()
    }

    /// The unit that keeps, or kept, the dossier in an epoch.
    pub fn custodian(&self, epoch: u32) -> Option<&UnitId> {
        self.records.custodian(epoch)
    }

    /// The record of an epoch with its hash.
    pub fn record(&self, epoch: u32) -> Option<(&CustodyRecord, Hash)> {
        self.records.records().nth(usize::try_from(epoch).ok()?)
    }

    /// What closed an epoch; `None` while it is open.
    pub fn closing(&self, epoch: u32) -> Option<Closing> {
        let next = self.records.record(epoch.checked_add(1)?)?;
        Some(Closing { heads: next.close_heads.clone(), set: next.close_set })
    }

    /// The records, linked.
    pub fn records(&self) -> &CustodyChain {
        &self.records
    }

    /// The links, oldest first.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Whether a unit keeps or ever kept the dossier.
    pub fn concerns(&self, unit: &UnitId) -> bool {
        self.records.records().any(|(record, _)| record.to == *unit)
    }
}

/// Two records of one epoch that both count: the register and the witness lied (R12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkProof {
    /// The one that was known first.
    pub first: Box<ValidOutcome>,
    /// The other.
    pub second: Box<ValidOutcome>,
}

impl ForkProof {
    /// The dossier.
    pub fn dossier(&self) -> DossierId {
        self.first.outcome().dossier()
    }

    /// Whether it proves a fork; anybody can ask, offline.
    pub fn holds(&self, signers: &Signers<'_>, crypto: &dyn Crypto) -> bool {
        let (Outcome::Commit(one), Outcome::Commit(two)) =
            (self.first.outcome(), self.second.outcome())
        else {
            return false;
        };
        let place = |signed: &SignedCustody| (signed.record.dossier, signed.record.epoch);
        place(one) == place(two)
            && one.hash() != two.hash()
            && self.first.verify(signers, crypto).is_ok()
            && self.second.verify(signers, crypto).is_ok()
    }
}
