//! The road out of the province (Điều 10.3): EXPORT closes the chain, and the register keeps the case
//! until the other side's signed word has come.
//!
//! **Invariants:** an exported dossier has no custodian in the province and is *in transit*; it ends
//! by the receipt that the register vouches for, or by REOPEN, and by no clock.

use dossier::{
    DossierId, Hash, LegalBasis, NodeId, Timestamp, UnitId,
    account::Login,
    custody::{CustodyKind, CustodyRecord},
    docket::Outside,
};
use serde::{Deserialize, Serialize};

use super::{
    Chain, Closing, Evidence, Link, Outcome, Proposal, Receipt, Refusal, Registering,
    RegisteringState, Request, Road, Sending, SendingState, TransferId, desk::Turn, rows,
};
use crate::{Fault, codec, envelope::SignedCustody};

/// Who is to receive a dossier outside the province.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addressee {
    /// What kind of body (Điều 10.3).
    pub kind: Outside,
    /// Its name.
    pub name: String,
    /// How it is reached: address, telephone.
    pub contact: String,
    /// Another province: the SHA-256 of its root certificate.
    pub province: Option<Hash>,
    /// Another province: the unit there that is to keep the dossier.
    pub unit: Option<UnitId>,
}

impl Addressee {
    /// The longest name or contact, in bytes.
    pub const TEXT_MAX: usize = 512;

    /// Whether it names somebody whom a package can be given to.
    pub fn is_well_formed(&self) -> bool {
        let speaks = |text: &str| !text.trim().is_empty() && text.len() <= Self::TEXT_MAX;
        let federated = self.province.is_some() == self.unit.is_some();
        let another = self.kind == Outside::OtherProvince || self.province.is_none();
        speaks(&self.name) && speaks(&self.contact) && federated && another
    }
}

/// Why an exported dossier comes back to the unit that gave it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comeback {
    /// The other side signed that it does not take it; the digest of what it signed.
    Refused(Hash),
    /// Two officers of Sở Nội vụ order it in writing: the package is lost, nobody answers.
    Ordered([Login; 2]),
}

/// REOPEN: a dossier that went out comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// The dossier.
    pub dossier: DossierId,
    /// The epoch that EXPORT opened.
    pub epoch: u32,
    /// Hash of the record of EXPORT.
    pub prev: Hash,
    /// The unit that gave it up, and keeps it again.
    pub unit: UnitId,
    /// The document: that of EXPORT where the other side refused, the order otherwise.
    pub basis: LegalBasis,
    /// Why.
    pub why: Comeback,
    /// Fresh randomness.
    pub nonce: [u8; 16],
}

impl Reopening {
    /// Its name.
    pub fn tid(&self) -> TransferId {
        TransferId(Hash::tagged("hoso/reopening/1", &[&codec::encode(self)]))
    }

    /// The record that concludes it, registered by the register.
    pub fn record(
        &self,
        closing: &Closing,
        registrar: NodeId,
        next: NodeId,
        issued_at: Timestamp,
    ) -> CustodyRecord {
        CustodyRecord {
            dossier: self.dossier,
            epoch: self.epoch.saturating_add(1),
            prev: self.prev,
            kind: CustodyKind::Reopen,
            tid: Some(self.tid().0),
            case_id: None,
            from: Some(self.unit.clone()),
            to: self.unit.clone(),
            registrar,
            next_registrar: next,
            close_heads: closing.heads.clone(),
            close_set: closing.set,
            basis: self.basis.clone(),
            issued_at,
        }
    }

    /// Whether `current`, the newest record, may be followed by it.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn lawful(&self, current: &CustodyRecord) -> Result<(), Refusal> {
        if current.kind != CustodyKind::Export || self.epoch != current.epoch {
            return Err(Refusal::NotOutside);
        }
        if self.unit != current.to {
            return Err(Refusal::NotCustodian);
        }
        match &self.why {
            Comeback::Refused(_) if self.basis != current.basis => Err(Refusal::OtherDocument),
            Comeback::Refused(_) => Ok(()),
            Comeback::Ordered([one, other]) if one == other => Err(Refusal::Officers),
            Comeback::Ordered(_) if self.basis.decision().is_none() => Err(Refusal::NoDecision),
            Comeback::Ordered(_) if !self.basis.is_well_formed() => Err(Refusal::NoDecision),
            Comeback::Ordered(_) => Ok(()),
        }
    }

    /// Whether it proves the record of a commit.
    pub(super) fn proves(&self, record: &CustodyRecord) -> bool {
        let closing = Closing { heads: record.close_heads.clone(), set: record.close_set };
        let at = record.issued_at;
        let differ = !matches!(&self.why, Comeback::Ordered([one, other]) if one == other);
        differ && self.record(&closing, record.registrar, record.next_registrar, at) == *record
    }
}

impl Proposal {
    /// Whom it names outside the province; `None` of every other road.
    pub fn addressee(&self) -> Option<&Addressee> {
        match &self.road {
            Road::Outside(addressee) => Some(addressee),
            _ => None,
        }
    }
}

impl Chain {
    /// Whom the newest record sent the dossier to outside the province; `None` while it is kept in it.
    pub fn addressee(&self) -> Option<&Addressee> {
        let Some(Link::Closed(valid)) = self.links().last() else { return None };
        valid.entry.what.request.what.evidence.proposal().and_then(|said| said.what.addressee())
    }

    /// Until when what the newest record sent out may be taken in; `None` while it is kept here.
    pub fn open_until(&self) -> Option<Timestamp> {
        let Some(Link::Closed(valid)) = self.links().last() else { return None };
        let proposal = valid.entry.what.request.what.evidence.proposal()?;
        proposal.what.addressee().map(|_| proposal.what.deadline)
    }

    /// Whether the newest record sent the dossier out of the province.
    pub fn is_outside(&self) -> bool {
        self.current().kind == CustodyKind::Export
    }
}

impl Turn<'_> {
    /// A receipt of what went out is said by the register alone, which saw the other side's.
    pub(super) fn may_confirm(&self, by: &NodeId, record: &CustodyRecord) -> bool {
        let signers = &self.province().signers;
        record.kind != CustodyKind::Export || signers.stands_for(by, &record.next_registrar)
    }

    /// COMMIT of EXPORT: nobody in the province takes it; the register waits for the other side.
    pub(super) fn conclude_export(
        &mut self,
        chain: &Chain,
        record: &CustodyRecord,
    ) -> Result<(), Fault> {
        let (dossier, epoch) = (chain.dossier(), record.epoch - 1);
        let tid = TransferId(record.tid.unwrap_or(Hash::ZERO));
        let Some(Link::Closed(valid)) = chain.links().last() else { return Ok(()) };
        let proposal = valid.entry.what.request.what.evidence.proposal().cloned();
        let due = proposal.as_ref().map_or(record.issued_at, |said| said.what.deadline);
        let state = RegisteringState::Committed { due, told: false };
        if let Some(row) = self.registering(&dossier, &tid)? {
            if matches!(row.state, RegisteringState::Committed { .. }) {
                self.keep_registering(&dossier, &tid, &Registering { state, ..row })?;
            }
        } else if self.acts_for(&record.next_registrar) {
            let row = Registering { proposal, state, ..Registering::new(epoch) };
            self.keep_registering(&dossier, &tid, &row)?;
        }
        let serves = self.province().serving(&record.to) == Some(self.me());
        if serves && self.sending(&dossier, &tid)?.is_none() {
            let state = SendingState::Retired(None);
            let row = Sending { epoch, proposal: None, release: None, withdrawal: None, state };
            self.keep(rows::SENDING, &dossier, &tid, &row)?;
        }
        Ok(())
    }

    /// COMMIT of REOPEN: what waited for the other side waits no more.
    pub(super) fn conclude_reopening(&mut self, chain: &Chain) -> Result<(), Fault> {
        let dossier = chain.dossier();
        for tid in self.open_of(&dossier)? {
            if let Some(row) = self.sending(&dossier, &tid)?
                && matches!(row.state, SendingState::Retired(_))
            {
                let row = Sending { state: SendingState::Over, ..row };
                self.keep(rows::SENDING, &dossier, &tid, &row)?;
            }
            if let Some(row) = self.registering(&dossier, &tid)?
                && matches!(row.state, RegisteringState::Committed { .. })
                && chain.record(row.epoch + 1).is_some_and(|it| it.0.kind == CustodyKind::Export)
            {
                let row = Registering { state: RegisteringState::Delivered, ..row };
                self.keep_registering(&dossier, &tid, &row)?;
            }
        }
        Ok(())
    }

    /// The other side's receipt was seen: the register says so to everybody who waits.
    pub(super) fn confirm_outside(
        &mut self,
        dossier: DossierId,
    ) -> Result<Result<TransferId, Refusal>, Fault> {
        let chain = match self.outside(&dossier)? {
            Ok(chain) => chain,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let record = chain.current().clone();
        let tid = TransferId(record.tid.unwrap_or(Hash::ZERO));
        let closing = Closing { heads: record.close_heads.clone(), set: record.close_set };
        let epoch = record.epoch;
        let receipt = self.say(Receipt { dossier, tid, epoch, closing });
        let mut told = vec![record.registrar];
        told.extend(self.province().serving(&record.to));
        let message = super::Message::Receipt(receipt);
        self.inbox.push_back(message.clone());
        self.tell(told, &message);
        Ok(Ok(tid))
    }

    /// REOPEN_REQ: asked of itself, for the register is the registrar of what is outside.
    pub(super) fn reopen(
        &mut self,
        dossier: DossierId,
        basis: Option<LegalBasis>,
        why: Comeback,
        nonce: [u8; 16],
    ) -> Result<Result<TransferId, Refusal>, Fault> {
        let chain = match self.outside(&dossier)? {
            Ok(chain) => chain,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let current = chain.current();
        // Nobody orders back what the other side may still take in.
        let open = chain.open_until().is_some_and(|until| self.desk.clock.now <= until);
        if open && matches!(why, Comeback::Ordered(_)) {
            return Ok(Err(Refusal::NotOverdue));
        }
        // What the other side has confirmed is its own.
        if rows::read_receipt(self, &dossier, current.epoch)?.is_some() {
            return Ok(Err(Refusal::Answered));
        }
        let (epoch, prev, unit) = (current.epoch, chain.head(), current.to.clone());
        let basis = basis.unwrap_or_else(|| current.basis.clone());
        let order = Reopening { dossier, epoch, prev, unit, basis, why, nonce };
        if let Err(refusal) = order.lawful(current) {
            return Ok(Err(refusal));
        }
        let tid = order.tid();
        let entries = self.entries(&dossier)?;
        let closing = self.sorted(&chain, &entries).closing(epoch, &entries);
        let next = self.province().registrar(&order.unit);
        let record = order.record(&closing, self.me(), next, self.desk.clock.now);
        let signed = SignedCustody::issue(record, self.me(), self.desk.crypto);
        let outcome = Outcome::Commit(Box::new(signed));
        let request = Request { outcome, evidence: Evidence::Reopening(order) };
        self.ask(&dossier, &tid, Registering::new(epoch), request)?;
        Ok(Ok(tid))
    }

    /// The chain of a dossier that is outside, at the register.
    fn outside(&self, dossier: &DossierId) -> Result<Result<Chain, Refusal>, Fault> {
        let Some(chain) = self.chain(dossier)? else { return Ok(Err(Refusal::Unknown)) };
        if !chain.is_outside() {
            return Ok(Err(Refusal::NotOutside));
        }
        if !self.acts_for(&chain.current().next_registrar) {
            return Ok(Err(Refusal::NotRegistrar));
        }
        if self.is_forked(dossier)? {
            return Ok(Err(Refusal::Forked));
        }
        for tid in self.open_of(dossier)? {
            if self
                .registering(dossier, &tid)?
                .is_some_and(|row| row.asked.is_some() && row.state == RegisteringState::Open)
            {
                return Ok(Err(Refusal::Moving));
            }
        }
        Ok(Ok(chain))
    }
}
