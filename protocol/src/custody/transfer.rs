//! What is asked for: a transfer by one of the legal roads, or a take-over; and what the law says of it.

use dossier::{
    DossierId, Hash, LegalBasis, NodeId, Timestamp, UnitId,
    account::Login,
    custody::{CustodyKind, CustodyRecord},
};
use serde::{Deserialize, Serialize};

use super::{Addressee, Closing, Province, Refusal, Statement};
use crate::codec;

/// Names one transfer for ever: the digest of everything that was proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransferId(pub Hash);

/// Joins the two epochs of a transfer between bodies (Điều 10.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub Hash);

/// By which clause of Điều 10 a dossier moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Road {
    /// Inside one body (10.1).
    Within,
    /// To another body, which receives (10.2, first half).
    Between,
    /// From the receiving body to the unit that uses the person (10.2, second half).
    Forward(CaseId),
    /// Out of the province (10.3).
    Outside(Box<Addressee>),
}

/// PROPOSE: the dossier is to pass to another unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The dossier.
    pub dossier: DossierId,
    /// The epoch it closes.
    pub epoch: u32,
    /// Hash of the custody record of that epoch.
    pub prev: Hash,
    /// The unit that gives it up.
    pub from: UnitId,
    /// The unit that is to keep it.
    pub to: UnitId,
    /// The node that registers the close.
    pub registrar: NodeId,
    /// By which clause.
    pub road: Road,
    /// The decision behind it.
    pub basis: LegalBasis,
    /// When the registrar lets it lapse.
    pub deadline: Timestamp,
    /// Fresh randomness.
    pub nonce: [u8; 16],
}

impl Statement for Proposal {
    const TAG: &'static str = "hoso/proposal/1";
}

impl Proposal {
    /// Its name.
    pub fn tid(&self) -> TransferId {
        TransferId(Hash::tagged("hoso/tid/1", &[&codec::encode(self)]))
    }

    /// The case it belongs to: a new one between bodies, the one it names where it forwards.
    pub fn case(&self) -> Option<CaseId> {
        match &self.road {
            Road::Within | Road::Outside(_) => None,
            Road::Between => Some(CaseId(Hash::tagged(
                "hoso/case/1",
                &[self.dossier.as_bytes(), &self.epoch.to_be_bytes(), &self.nonce],
            ))),
            Road::Forward(case) => Some(*case),
        }
    }

    /// The record that concludes it.
    pub fn record(&self, closing: &Closing, next: NodeId, issued_at: Timestamp) -> CustodyRecord {
        CustodyRecord {
            dossier: self.dossier,
            epoch: self.epoch.saturating_add(1),
            prev: self.prev,
            kind: match self.road {
                Road::Outside(_) => CustodyKind::Export,
                _ => CustodyKind::Transfer,
            },
            tid: Some(self.tid().0),
            case_id: self.case().map(|case| case.0),
            from: Some(self.from.clone()),
            to: self.to.clone(),
            registrar: self.registrar,
            next_registrar: next,
            close_heads: closing.heads.clone(),
            close_set: closing.set,
            basis: self.basis.clone(),
            issued_at,
        }
    }

    /// Whether the law lets the unit `by` ask for it while `current` is the newest record.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn lawful(
        &self,
        by: &UnitId,
        current: &CustodyRecord,
        province: &Province<'_>,
    ) -> Result<(), Refusal> {
        // The document whose day of issue starts the clock (Điều 10.1-10.3).
        if self.basis.decision().is_none() || !self.basis.is_well_formed() {
            return Err(Refusal::NoDecision);
        }
        if self.from != current.to || self.epoch != current.epoch {
            return Err(Refusal::NotCustodian);
        }
        if current.kind == CustodyKind::Export {
            return Err(Refusal::Outside);
        }
        if province.has_ended(&self.from) {
            return Err(Refusal::UnitEnded);
        }
        if let Road::Outside(addressee) = &self.road {
            return self.lawful_outside(addressee, by, province);
        }
        if self.from == self.to {
            return Err(Refusal::SameUnit);
        }
        if !province.keeps_dossiers(&self.to).ok_or(Refusal::InactiveUnit)? {
            return Err(Refusal::NotHolder);
        }
        let bodies = (province.body(&self.from), province.body(&self.to));
        let (Some(giving), Some(taking)) = bodies else { return Err(Refusal::InactiveUnit) };
        match &self.road {
            Road::Within if giving != taking => Err(Refusal::OtherBody),
            Road::Between if giving == taking => Err(Refusal::OneBody),
            Road::Between if *by != giving => Err(Refusal::NotRecruiting),
            Road::Between if self.to != taking => Err(Refusal::NotReceived),
            Road::Forward(_) if giving != taking => Err(Refusal::OtherBody),
            Road::Forward(case) if current.case_id != Some(case.0) => Err(Refusal::NotReceived),
            Road::Forward(_) if current.basis != self.basis => Err(Refusal::OtherDocument),
            _ if *by != self.from && *by != giving => Err(Refusal::NotCustodian),
            _ => Ok(()),
        }
    }

    /// Out of the province: the body with recruiting authority sends, and nobody in it receives.
    fn lawful_outside(
        &self,
        addressee: &Addressee,
        by: &UnitId,
        province: &Province<'_>,
    ) -> Result<(), Refusal> {
        if self.from != self.to || !addressee.is_well_formed() {
            return Err(Refusal::Addressee);
        }
        let giving = province.body(&self.from).ok_or(Refusal::InactiveUnit)?;
        if *by == giving { Ok(()) } else { Err(Refusal::NotRecruiting) }
    }
}

/// TAKEOVER_REQ: the custodian can't act any more; two officers of the body above order it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeOver {
    /// The dossier.
    pub dossier: DossierId,
    /// The epoch it closes.
    pub epoch: u32,
    /// Hash of the custody record of that epoch.
    pub prev: Hash,
    /// The unit that is gone.
    pub from: UnitId,
    /// The unit that is to keep the dossier.
    pub to: UnitId,
    /// The order.
    pub basis: LegalBasis,
    /// Who gave it; two different persons.
    pub officers: [Login; 2],
    /// Fresh randomness.
    pub nonce: [u8; 16],
}

impl TakeOver {
    /// Its name.
    pub fn tid(&self) -> TransferId {
        TransferId(Hash::tagged("hoso/takeover/1", &[&codec::encode(self)]))
    }

    /// The record that concludes it, registered by `registrar`.
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
            kind: CustodyKind::Takeover,
            tid: Some(self.tid().0),
            case_id: None,
            from: Some(self.from.clone()),
            to: self.to.clone(),
            registrar,
            next_registrar: next,
            close_heads: closing.heads.clone(),
            close_set: closing.set,
            basis: self.basis.clone(),
            issued_at,
        }
    }

    /// Whether the law lets a registrar ask for it while `current` is the newest record.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn lawful(&self, current: &CustodyRecord, province: &Province<'_>) -> Result<(), Refusal> {
        if self.basis.decision().is_none() || !self.basis.is_well_formed() {
            return Err(Refusal::NoDecision);
        }
        // One officer, or one twice, orders nothing.
        if self.officers[0] == self.officers[1] {
            return Err(Refusal::Officers);
        }
        if self.from != current.to || self.epoch != current.epoch {
            return Err(Refusal::NotCustodian);
        }
        if current.kind == CustodyKind::Export {
            return Err(Refusal::Outside);
        }
        if self.from == self.to {
            return Err(Refusal::SameUnit);
        }
        if !province.keeps_dossiers(&self.to).ok_or(Refusal::InactiveUnit)? {
            return Err(Refusal::NotHolder);
        }
        Ok(())
    }
}
