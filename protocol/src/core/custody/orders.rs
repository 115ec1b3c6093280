//! What officers order of a transfer: propose, accept, return, withdraw, release (Điều 10).

use dossier::{
    DossierId, Hash, LegalBasis, UnitId,
    permission::{Action, Actor},
};
use serde::{Deserialize, Serialize};

use super::{Arrival, Core, CustodyAnswer, Staged, TakeOverStep, entering::refused, outside};
use crate::{
    Answer, Crypto, Fault, Records, Table,
    admission::Asked,
    core::Refused,
    custody::{
        self, About, Addressee, AnswerCode, CaseId, Chain, Comeback, Cover, Effect, Note, Order,
        Refusal, Road, TransferId,
    },
    envelope::Meta,
};

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
    /// Remark something on a transfer that was accepted and is not over.
    Remark {
        /// The transfer.
        tid: TransferId,
        /// What.
        text: String,
    },
    /// Two officers of tier 3 take the dossier over from a unit that can't give it up.
    TakeOver(TakeOverStep),
    /// Say what becomes of changes that came late for a custody that is over.
    SettleLate {
        /// Which; all that wait where none is named.
        changes: Vec<Hash>,
        /// Whether what they say is entered again.
        adopt: bool,
        /// Why.
        reason: String,
    },
    /// Close the dossier for the transfer at once.
    Release {
        /// The transfer.
        tid: TransferId,
    },
    /// Send the dossier out of the province (Điều 10.3).
    SendOut(Box<Addressee>),
    /// The other side's receipt of what went out was seen, and is kept.
    Confirm,
    /// Let what went out come back, for the other side refused it.
    SentBack {
        /// Digest of the other side's word.
        word: Hash,
    },
    /// Take in what another province sent out.
    Arrive(Box<Arrival>),
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
        self.count_terms();
        if let TransferOrder::SettleLate { changes, adopt, reason } = order {
            return self.settle_late(id, (changes, *adopt, reason), meta, records, crypto);
        }
        if let TransferOrder::Arrive(arrival) = order {
            return self.arrive(id, arrival, meta, records, crypto);
        }
        if let TransferOrder::TakeOver(step) = order {
            return self.take_over(id, step, meta, records, crypto);
        }
        let made = match self.prepare_transfer(id, order, meta, records)? {
            Ok(made) => made,
            Err(refusal) => return Ok(Answer::Refused(refusal)),
        };
        if let Err(refusal) = outside::is_grounded(id, &made, records)? {
            return Ok(Answer::Refused(refusal));
        }
        let named = match &made {
            Order::Answer { tid, .. }
            | Order::Withdraw { tid, .. }
            | Order::Release { tid, .. } => Some(*tid),
            Order::Note(note) => Some(note.tid),
            Order::Confirm(_) => self.sent_by(id, records)?,
            Order::Propose { .. }
            | Order::TakeOver { .. }
            | Order::Succeed { .. }
            | Order::Reopen { .. } => None,
        };
        let cover = match made {
            Order::Propose { .. } => self.cover_of(id, records)?,
            _ => None,
        };
        self.order_at_desk(id, (made, cover), named, records, crypto)
    }

    /// Gives the desk an order, and does what follows; `named` is the transfer it is about, where
    /// it begins none.
    pub(super) fn order_at_desk(
        &mut self,
        id: &DossierId,
        (made, cover): (Order, Option<Cover>),
        named: Option<TransferId>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let view = Staged::new(records, &self.custodies.written);
        let Some(done) = self.at_desk(&view, crypto, |desk| desk.order_with(made, cover))? else {
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
            TransferOrder::SendOut(_)
            | TransferOrder::Confirm
            | TransferOrder::SentBack { .. }
            | TransferOrder::Arrive(_) => {
                let Some(chain) = &chain else { return Ok(Err(refused(Refusal::Unknown))) };
                (outside::action(order), chain.current().to.clone())
            }
            TransferOrder::Answer { tid, .. } | TransferOrder::Remark { tid, .. } => {
                let row = custody::read_receiving(&view, id, tid)?;
                let Some(said) = row.and_then(|row| row.proposal) else {
                    return Ok(Err(refused(Refusal::NoTransfer)));
                };
                (Action::AnswerTransfer { to: said.what.to }, said.what.from)
            }
            TransferOrder::Withdraw { .. }
            | TransferOrder::Release { .. }
            | TransferOrder::TakeOver(_)
            | TransferOrder::SettleLate { .. } => {
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
            (TransferOrder::Propose { to }, Some(chain)) => {
                let road = self.road(&chain, to, &meta.basis);
                self.proposal(&chain, to, road, meta)
            }
            (TransferOrder::SendOut(addressee), Some(chain)) => {
                let road = Road::Outside(addressee.clone());
                self.proposal(&chain, &chain.current().to, road, meta)
            }
            (TransferOrder::Propose { .. } | TransferOrder::SendOut(_), None) => {
                Err(refused(Refusal::Unknown))
            }
            (TransferOrder::Arrive(_), _) => Err(refused(Refusal::Unknown)),
            (TransferOrder::Confirm, _) => Ok(Order::Confirm(*id)),
            (TransferOrder::SentBack { word }, _) => {
                Ok(self.reopening(id, Comeback::Refused(*word), None))
            }
            (TransferOrder::Answer { tid, code }, _) => {
                Ok(Order::Answer { dossier: *id, tid: *tid, code: *code })
            }
            (TransferOrder::Remark { tid, text }, _) => {
                let about = About::Remark(text.clone());
                Ok(Order::Note(Note { dossier: *id, tid: *tid, about }))
            }
            (TransferOrder::Withdraw { tid }, _) => Ok(Order::Withdraw { dossier: *id, tid: *tid }),
            (TransferOrder::Release { tid }, _) => Ok(Order::Release { dossier: *id, tid: *tid }),
            (TransferOrder::TakeOver(_) | TransferOrder::SettleLate { .. }, _) => {
                Err(refused(Refusal::NoTransfer))
            }
        })
    }

    /// A proposal that may go out: nothing of the dossier is still on its way to those above.
    fn proposal(
        &self,
        chain: &Chain,
        to: &UnitId,
        road: Road,
        meta: &Meta,
    ) -> Result<Order, Refused> {
        let dossier = chain.dossier();
        if self.custodies.recovering {
            return Err(refused(Refusal::Recovering));
        }
        if self.owes_contents(&dossier) {
            return Err(Refused::new("custody-attachments", "contents are not above yet"));
        }
        let basis = match &road {
            // Điều 10.2: what is given on goes by the document it came by.
            Road::Forward(_) => chain.current().basis.clone(),
            Road::Within | Road::Between | Road::Outside(_) => meta.basis.clone(),
        };
        Ok(Order::Propose {
            dossier,
            to: to.clone(),
            road,
            basis,
            deadline: self.custodies.terms.lapse(self.moment.now),
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
