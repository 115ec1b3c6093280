//! What officers order of a transfer: propose, accept, return, withdraw, release (Điều 10).

use dossier::{
    DossierId, LegalBasis, Timestamp, UnitId,
    permission::{Action, Actor},
};
use serde::{Deserialize, Serialize};

use super::{Core, CustodyAnswer, Staged, entering::refused};
use crate::{
    Answer, Crypto, Fault, Records, Table,
    admission::Asked,
    core::Refused,
    custody::{self, AnswerCode, CaseId, Chain, Effect, Order, Refusal, Road, TransferId},
    envelope::Meta,
};

/// When the registrar lets a proposal lapse that nobody answers, in milliseconds: the longest of the
/// law's clocks, 30 working days, with its weekends.
const LAPSE_MS: i64 = 42 * 24 * 3_600_000;

/// What an officer orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransferOrder {
    /// Propose that a unit keeps the dossier from then on; the road follows from the two units.
    Propose {
        /// The unit.
        to: UnitId,
    },
    /// Accept, or send back with a reason.
    Answer {
        /// The transfer.
        tid: TransferId,
        /// Which.
        code: AnswerCode,
    },
    /// Take the proposal back.
    Withdraw {
        /// The transfer.
        tid: TransferId,
    },
    /// Close the dossier for the transfer at once.
    Release {
        /// The transfer.
        tid: TransferId,
    },
}

impl Core {
    /// Carries out what an officer orders of a transfer, when the law lets him.
    pub(in crate::core) fn order_transfer(
        &mut self,
        id: &DossierId,
        order: &TransferOrder,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let made = match self.prepare_transfer(id, order, meta, records)? {
            Ok(made) => made,
            Err(refusal) => return Ok(Answer::Refused(refusal)),
        };
        let named = match &made {
            Order::Answer { tid, .. }
            | Order::Withdraw { tid, .. }
            | Order::Release { tid, .. } => Some(*tid),
            Order::Propose { .. } | Order::TakeOver { .. } => None,
        };
        let view = Staged::new(records, &[]);
        let Some(done) = self.at_desk(&view, crypto, |desk| desk.order(made))? else {
            return Ok(Answer::Refused(Refused::new(
                "custody-nobody",
                "no register or no witness",
            )));
        };
        let effects = match done {
            Ok(effects) => effects,
            Err(refusal) => return Ok(Answer::Refused(refused(refusal))),
        };
        let begun = effects.iter().find_map(begun);
        self.carry_out(effects, records, crypto)?;
        let Some(tid) = named.or(begun) else {
            return Ok(Answer::Refused(refused(Refusal::NotCustodian)));
        };
        Ok(Answer::Custody(CustodyAnswer::Ordered { dossier: *id, tid }))
    }

    /// Asks the law, and puts an order in the words of the machines.
    fn prepare_transfer(
        &self,
        id: &DossierId,
        order: &TransferOrder,
        meta: &Meta,
        records: &dyn Records,
    ) -> Result<Result<Order, Refused>, Fault> {
        let view = Staged::new(records, &[]);
        let chain = custody::read_chain(&view, id)?;
        let (action, custodian) = match order {
            TransferOrder::Propose { to } => {
                let Some(chain) = &chain else { return Ok(Err(refused(Refusal::Unknown))) };
                (Action::ProposeTransfer { to: to.clone() }, chain.current().to.clone())
            }
            TransferOrder::Answer { tid, .. } => {
                let row = custody::read_receiving(&view, id, tid)?;
                let Some(said) = row.and_then(|row| row.proposal) else {
                    return Ok(Err(refused(Refusal::NoTransfer)));
                };
                (Action::AnswerTransfer { to: said.what.to }, said.what.from)
            }
            TransferOrder::Withdraw { .. } | TransferOrder::Release { .. } => {
                let Some(chain) = &chain else { return Ok(Err(refused(Refusal::NoTransfer))) };
                (Action::Release, chain.current().to.clone())
            }
        };
        let actor = Actor {
            node: self.identity.node,
            unit: self.identity.unit.clone(),
            role: meta.role,
            person: meta.person.clone(),
        };
        let at_seconds = self.moment.now.as_seconds();
        let (dossier, let_in) = (Some(id), false);
        let asked = Asked { actor: &actor, dossier, custodian: &custodian, at_seconds, let_in };
        if let Err(refusal) = self.authority().permit(&action, &asked) {
            return Ok(Err(Refused::new(refusal.code(), "no right")));
        }
        Ok(match (order, chain) {
            (TransferOrder::Propose { to }, Some(chain)) => self.proposal(&chain, to, meta),
            (TransferOrder::Propose { .. }, None) => Err(refused(Refusal::Unknown)),
            (TransferOrder::Answer { tid, code }, _) => {
                Ok(Order::Answer { dossier: *id, tid: *tid, code: *code })
            }
            (TransferOrder::Withdraw { tid }, _) => Ok(Order::Withdraw { dossier: *id, tid: *tid }),
            (TransferOrder::Release { tid }, _) => Ok(Order::Release { dossier: *id, tid: *tid }),
        })
    }

    /// A proposal that may go out: nothing of the dossier is still on its way to those above.
    fn proposal(&self, chain: &Chain, to: &UnitId, meta: &Meta) -> Result<Order, Refused> {
        let dossier = chain.dossier();
        if self.custodies.recovering {
            return Err(refused(Refusal::Recovering));
        }
        if self.owes_contents(&dossier) {
            return Err(Refused::new("custody-attachments", "contents are not above yet"));
        }
        let road = self.road(chain, to, &meta.basis);
        let basis = match road {
            // Điều 10.2: what is given on goes by the document it came by.
            Road::Forward(_) => chain.current().basis.clone(),
            Road::Within | Road::Between => meta.basis.clone(),
        };
        let now = self.moment.now.as_millis();
        Ok(Order::Propose {
            dossier,
            to: to.clone(),
            road,
            basis,
            deadline: Timestamp::from_millis(now.saturating_add(LAPSE_MS)),
            nonce: self.moment.draw("hoso/transfer/1", 0),
        })
    }

    fn road(&self, chain: &Chain, to: &UnitId, basis: &LegalBasis) -> Road {
        let current = chain.current();
        let body = |unit| self.custody_province().and_then(|province| province.body(unit));
        let giving = body(&current.to);
        if giving != body(to) {
            return Road::Between;
        }
        let received = giving.as_ref() == Some(&current.to);
        let same = *basis == LegalBasis::Office || *basis == current.basis;
        match current.case_id {
            Some(case) if received && same => Road::Forward(CaseId(case)),
            _ => Road::Within,
        }
    }
}

/// The transfer that an order begins.
fn begun(effect: &Effect) -> Option<TransferId> {
    let Effect::Commit(ops) = effect else { return None };
    let mut moving = ops.iter().filter(|op| op.table == Table::Moving && op.value.is_some());
    moving.find_map(|op| custody::read_moving(&op.key)).map(|(_, tid)| tid)
}
