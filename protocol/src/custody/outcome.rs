//! Outcomes: how a transfer ends, as the registrar asks for it, the register numbers it and the
//! witness cosigns it. Only all three together count (R1, R2).

use dossier::{
    DossierId, Hash,
    custody::{CustodyKind, CustodyRecord},
    plant::{self, Plant},
};
use serde::{Deserialize, Serialize};

use super::{
    Addressee, Answer, AnswerCode, Cosignature, Proposal, Release, Reopening, Said, Signers,
    Statement, Succession, TakeOver, TransferId, Withdrawal,
};
use crate::{Crypto, envelope::SignedCustody};

/// What an epoch ends with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The ends of the admitted changes, sorted.
    pub heads: Vec<Hash>,
    /// Digest of every change admitted in the epoch.
    pub set: Hash,
}

/// Why a transfer came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// The receiver sent it back, or the registrar found it unlawful.
    Rejected,
    /// Its deadline passed.
    Expired,
    /// The sender took it back.
    Cancelled,
    /// Another transfer of the same epoch came first.
    Conflict,
}

/// A transfer that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abort {
    /// The dossier.
    pub dossier: DossierId,
    /// The epoch it would have closed.
    pub epoch: u32,
    /// The transfer.
    pub tid: TransferId,
    /// Why.
    pub reason: Reason,
    /// Hash of the record that came first, of a conflict.
    pub winner: Option<Hash>,
}

/// How a transfer ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Custody moves by this record, which the registrar signed.
    Commit(Box<SignedCustody>),
    /// It stays.
    Abort(Abort),
}

impl Outcome {
    /// The dossier.
    pub fn dossier(&self) -> DossierId {
        match self {
            Self::Commit(signed) => signed.record.dossier,
            Self::Abort(abort) => abort.dossier,
        }
    }

    /// The epoch it closes or would have closed.
    pub fn epoch(&self) -> u32 {
        match self {
            Self::Commit(signed) => signed.record.epoch.saturating_sub(1),
            Self::Abort(abort) => abort.epoch,
        }
    }

    /// The transfer.
    pub fn tid(&self) -> TransferId {
        match self {
            Self::Commit(signed) => TransferId(signed.record.tid.unwrap_or(Hash::ZERO)),
            Self::Abort(abort) => abort.tid,
        }
    }
}

/// What a registrar shows with its request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// Proposed, accepted, released.
    Transfer {
        /// PROPOSE.
        proposal: Said<Proposal>,
        /// ACCEPT.
        answer: Said<Answer>,
        /// RELEASE.
        release: Box<Said<Release>>,
    },
    /// Ordered by two officers.
    TakeOver(TakeOver),
    /// The receiver's REJECT.
    Rejected {
        /// PROPOSE.
        proposal: Said<Proposal>,
        /// REJECT.
        answer: Said<Answer>,
    },
    /// The sender's CANCEL.
    Withdrawn {
        /// PROPOSE.
        proposal: Said<Proposal>,
        /// CANCEL.
        withdrawal: Said<Withdrawal>,
    },
    /// The deadline in the proposal, by the register's clock.
    Overdue(Said<Proposal>),
    /// The registrar finds it unlawful, or another transfer came first.
    Refused(Said<Proposal>),
    /// Proposed and released out of the province, where nobody of it accepts (Điều 10.3).
    Outside {
        /// PROPOSE.
        proposal: Said<Proposal>,
        /// RELEASE.
        release: Box<Said<Release>>,
    },
    /// What went out comes back.
    Reopening(Reopening),
    /// Ordered by the register for the successor of a unit that ended.
    Reorganised(Box<Said<Succession>>),
}

impl Evidence {
    /// What was proposed, where something was.
    pub fn proposal(&self) -> Option<&Said<Proposal>> {
        match self {
            Self::Transfer { proposal, .. }
            | Self::Rejected { proposal, .. }
            | Self::Withdrawn { proposal, .. }
            | Self::Outside { proposal, .. }
            | Self::Overdue(proposal)
            | Self::Refused(proposal) => Some(proposal),
            Self::TakeOver(_) | Self::Reopening(_) | Self::Reorganised(_) => None,
        }
    }
}

/// COMMIT_REQ, ABORT_REQ or TAKEOVER_REQ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What the registrar asks for.
    pub outcome: Outcome,
    /// What it shows.
    pub evidence: Evidence,
}

impl Statement for Request {
    const TAG: &'static str = "hoso/custody-request/1";
}

/// One entry of the register's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Place, from 1.
    pub number: u64,
    /// Digest of the entry before; [`Hash::ZERO`] for the first.
    pub previous: Hash,
    /// What was decided.
    pub outcome: Outcome,
    /// On whose request.
    pub request: Said<Request>,
}

impl Statement for LogEntry {
    const TAG: &'static str = "hoso/outcome/1";
}

/// An outcome that counts: entered by the register and cosigned by the witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidOutcome {
    /// The register's entry.
    pub entry: Said<LogEntry>,
    /// The witness's word.
    pub cosigned: Said<Cosignature>,
}

/// Why an outcome does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutcomeFault {
    /// Not signed by the register.
    #[error("the register did not sign it")]
    Register,
    /// Not cosigned by the witness.
    #[error("the witness did not cosign it")]
    Witness,
    /// Not asked for by the registrar, or not what it asked for.
    #[error("the registrar did not ask for it")]
    Registrar,
    /// What was shown does not prove what was asked.
    #[error("the evidence does not hold")]
    Evidence,
}

impl ValidOutcome {
    /// How the transfer ended.
    pub fn outcome(&self) -> &Outcome {
        &self.entry.what.outcome
    }

    /// Whether it counts; anybody can ask, offline.
    ///
    /// # Errors
    /// What is missing.
    pub fn verify(&self, signers: &Signers<'_>, crypto: &dyn Crypto) -> Result<(), OutcomeFault> {
        let LogEntry { outcome, request, number, .. } = &self.entry.what;
        if !decided_by_registrar(outcome) {
            // R1, R2: the register numbers each outcome once, the witness saw that it did.
            if !signers.stands_for(&self.entry.by, &signers.register)
                || !self.entry.holds(signers, crypto)
            {
                return Err(OutcomeFault::Register);
            }
            let Cosignature { number: cosigned, digest } = &self.cosigned.what;
            let same = cosigned == number && *digest == self.entry.digest();
            let by_witness = signers.stands_for(&self.cosigned.by, &signers.witness);
            if !same || !by_witness || !self.cosigned.holds(signers, crypto) {
                return Err(OutcomeFault::Witness);
            }
        }
        if !request.holds(signers, crypto) || !follows(outcome, request) {
            return Err(OutcomeFault::Registrar);
        }
        if request.what.holds(signers, crypto) { Ok(()) } else { Err(OutcomeFault::Evidence) }
    }
}

/// The registrar's word alone counts (planted faults only).
pub(super) fn decided_by_registrar(outcome: &Outcome) -> bool {
    plant::is(Plant::NoWitness)
        || (plant::is(Plant::AbortsUnwitnessed) && matches!(outcome, Outcome::Abort(_)))
}

/// Whether the register decided what was asked, or that another transfer came first.
fn follows(outcome: &Outcome, request: &Said<Request>) -> bool {
    let asked = &request.what.outcome;
    let about = |it: &Outcome| (it.dossier(), it.epoch(), it.tid());
    let conflict = matches!(outcome, Outcome::Abort(Abort { reason: Reason::Conflict, .. }));
    about(outcome) == about(asked) && (conflict || outcome == asked)
}

impl Said<Request> {
    /// Whether the registrar asked for this before the register and shows what it must.
    pub(super) fn is_proven(&self, signers: &Signers<'_>, crypto: &dyn Crypto) -> bool {
        self.holds(signers, crypto) && self.what.holds(signers, crypto)
    }
}

impl Request {
    /// Whether every statement in it is signed by whom it must be, and says what is asked.
    pub(super) fn holds(&self, signers: &Signers<'_>, crypto: &dyn Crypto) -> bool {
        match &self.outcome {
            Outcome::Commit(signed) => {
                let record = &signed.record;
                signers.stands_for(&signed.issuer, &record.registrar)
                    && signers.has_signed(&signed.issuer, &signed.hash(), &signed.signature, crypto)
                    && self.proves_commit(record, signers, crypto)
            }
            Outcome::Abort(abort) => self.proves_abort(abort, signers, crypto),
        }
    }

    /// Whether it may close the epoch that `before` began: asked for by the registrar named there, or
    /// ordered. After the unit moved to another body that one asks, and then the unit's own node has
    /// released: register and new body together take nothing away.
    pub(super) fn may_follow(&self, before: &CustodyRecord, signers: &Signers<'_>) -> bool {
        let Outcome::Commit(signed) = &self.outcome else { return true };
        let own = |node| signers.members.get(node).is_some_and(|it| it.unit == before.to);
        signers.stands_for(&signed.record.registrar, &before.next_registrar)
            || match &self.evidence {
                Evidence::Transfer { release, .. } | Evidence::Outside { release, .. } => {
                    own(&release.by)
                }
                evidence => {
                    matches!(evidence, Evidence::TakeOver(_) | Evidence::Reorganised(_))
                }
            }
    }

    fn proves_commit(
        &self,
        record: &CustodyRecord,
        signers: &Signers<'_>,
        crypto: &dyn Crypto,
    ) -> bool {
        match &self.evidence {
            Evidence::Transfer { proposal, answer, release } => {
                let what = &proposal.what;
                let accepted = answer.what.tid == what.tid()
                    && answer.what.code == AnswerCode::Accepted
                    && signers.speaks_for(&answer.by, &what.to, &record.next_registrar)
                    && answer.holds(signers, crypto);
                what.addressee().is_none()
                    && accepted
                    && gives(proposal, release, record, signers, crypto)
            }
            Evidence::Outside { proposal, release } => {
                let sent = proposal.what.addressee().is_some_and(Addressee::is_well_formed);
                sent && gives(proposal, release, record, signers, crypto)
            }
            Evidence::Reopening(order) => order.proves(record),
            Evidence::TakeOver(order) => {
                let closing = Closing { heads: record.close_heads.clone(), set: record.close_set };
                let at = record.issued_at;
                let made = order.record(&closing, record.registrar, record.next_registrar, at);
                record.kind == CustodyKind::Takeover
                    && order.officers[0] != order.officers[1]
                    && made == *record
            }
            Evidence::Reorganised(said) => {
                let order = &said.what;
                let closing = Closing { heads: record.close_heads.clone(), set: record.close_set };
                let at = record.issued_at;
                let made = order.record(&closing, record.registrar, record.next_registrar, at);
                signers.stands_for(&said.by, &signers.register)
                    && said.holds(signers, crypto)
                    && order.order.officers[0] != order.order.officers[1]
                    && made == *record
            }
            _ => false,
        }
    }

    fn proves_abort(&self, abort: &Abort, signers: &Signers<'_>, crypto: &dyn Crypto) -> bool {
        let Some(proposal) = self.evidence.proposal() else { return false };
        let what = &proposal.what;
        let named =
            (what.dossier, what.epoch, what.tid()) == (abort.dossier, abort.epoch, abort.tid);
        if !named || !proposal.holds(signers, crypto) {
            return false;
        }
        match (&self.evidence, abort.reason) {
            (Evidence::Rejected { answer, .. }, Reason::Rejected) => {
                answer.what.tid == abort.tid
                    && answer.what.code != AnswerCode::Accepted
                    && answer.holds(signers, crypto)
            }
            (Evidence::Withdrawn { withdrawal, .. }, Reason::Cancelled) => {
                withdrawal.what.tid == abort.tid
                    && signers.speaks_for(&withdrawal.by, &what.from, &what.registrar)
                    && withdrawal.holds(signers, crypto)
            }
            (Evidence::Overdue(_), Reason::Expired) => true,
            (Evidence::Refused(_), Reason::Rejected | Reason::Conflict) => true,
            _ => false,
        }
    }
}

/// Whether a proposal and a release, both said for the unit that gives the dossier up, come to this
/// record.
fn gives(
    proposal: &Said<Proposal>,
    release: &Said<Release>,
    record: &CustodyRecord,
    signers: &Signers<'_>,
    crypto: &dyn Crypto,
) -> bool {
    let what = &proposal.what;
    let made = what.record(&release.what.closing, record.next_registrar, record.issued_at);
    // Between bodies the body that sends out proposes for the unit under it.
    let proposed = signers.speaks_for(&proposal.by, &what.from, &what.registrar);
    let released = release.what.tid == what.tid()
        && signers.speaks_for(&release.by, &what.from, &what.registrar);
    let said = proposal.holds(signers, crypto) && release.holds(signers, crypto);
    said && proposed && released && made == *record
}
