//! A take-over by two officers of tier 3: the first orders it on a document, the second confirms it
//! (Điều 7.3, 10). By the same two a dossier that went out of the province, and that nobody took in, comes
//! back.
//!
//! **Invariant:** until the second officer confirms, nothing has left this node; the two are two persons
//! with two logins.

use dossier::{
    DossierId, LegalBasis, Timestamp, UnitId,
    account::Login,
    permission::{Action, Actor, Officers},
};
use serde::{Deserialize, Serialize};

use super::{Core, CustodyAnswer, Staged, entering::refused, shown::name_of};
use crate::{
    Answer, Crypto, Fault, Op, Records, Table,
    admission::Asked,
    codec,
    core::Refused,
    custody::{self, BegunTakeOver, Comeback, Order, Refusal, read_begun},
    envelope::Meta,
};

/// Rows that are read at once.
const PAGE: usize = 512;

/// What an officer does for a take-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TakeOverStep {
    /// The first officer orders it; the decision is the basis.
    Begin {
        /// The unit that is to keep the dossier.
        to: UnitId,
        /// Her login.
        login: Login,
    },
    /// The second officer confirms it.
    Confirm {
        /// Her login.
        login: Login,
    },
    /// An officer of tier 3 takes it back before it is confirmed.
    Drop,
}

impl TakeOverStep {
    /// Whose login the step names.
    pub fn login_mut(&mut self) -> Option<&mut Login> {
        match self {
            Self::Begin { login, .. } | Self::Confirm { login } => Some(login),
            Self::Drop => None,
        }
    }
}

/// A take-over that waits for the second officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeOverShown {
    /// The dossier.
    pub dossier: DossierId,
    /// The name in the list here.
    pub name: String,
    /// Who keeps it.
    pub from: Option<UnitId>,
    /// Who is to keep it.
    pub to: UnitId,
    /// On what document.
    pub basis: LegalBasis,
    /// The first officer.
    pub person: String,
    /// When she ordered it.
    pub at: Timestamp,
}

impl Core {
    /// Carries out a step of a take-over, when the law lets the officer take it.
    pub(super) fn take_over(
        &mut self,
        id: &DossierId,
        step: &TakeOverStep,
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let Some(chain) = custody::read_chain(&Staged::new(records, &[]), id)? else {
            return Ok(Answer::Refused(refused(Refusal::Unknown)));
        };
        let begun = read_begun(records, id)?;
        let first = begun.as_ref().map(|it| it.person.clone());
        let officers = match (step, first) {
            (TakeOverStep::Confirm { .. }, Some(first)) => Officers::Second { first },
            (TakeOverStep::Confirm { .. } | TakeOverStep::Drop, None) => {
                return Ok(Answer::Refused(refused(Refusal::NoTransfer)));
            }
            (TakeOverStep::Begin { .. } | TakeOverStep::Drop, _) => Officers::First,
        };
        let actor = Actor {
            node: self.identity.node,
            unit: self.identity.unit.clone(),
            role: meta.role,
            person: meta.person.clone(),
        };
        let (custodian, at_seconds) = (&chain.current().to, self.moment.now.as_seconds());
        let (dossier, let_in) = (Some(id), false);
        let asked = Asked { actor: &actor, dossier, custodian, at_seconds, let_in };
        if let Err(refusal) = self.authority().permit(&Action::TakeOver(officers), &asked) {
            return Ok(Answer::Refused(Refused::new(refusal.code(), "no right")));
        }
        let key = custody::begun_key(id);
        match (step, begun) {
            (TakeOverStep::Begin { to, login }, _) => {
                if meta.basis.decision().is_none() || !meta.basis.is_well_formed() {
                    return Ok(Answer::Refused(refused(Refusal::NoDecision)));
                }
                // Điều 10.3: what nobody outside took in goes back to the unit that gave it up.
                if chain.is_outside() && chain.current().to != *to {
                    return Ok(Answer::Refused(refused(Refusal::Outside)));
                }
                let begun = BegunTakeOver {
                    to: to.clone(),
                    basis: meta.basis.clone(),
                    person: meta.person.clone(),
                    login: login.clone(),
                    at: self.moment.now,
                };
                self.commit(vec![Op::put(Table::Custody, key, codec::encode(&begun))]);
                Ok(Answer::Custody(CustodyAnswer::Begun(*id)))
            }
            (TakeOverStep::Confirm { login }, Some(begun)) => {
                if begun.login == *login {
                    return Ok(Answer::Refused(refused(Refusal::Officers)));
                }
                let officers = [begun.login, login.clone()];
                let order = if chain.is_outside() {
                    self.reopening(id, Comeback::Ordered(officers), Some(begun.basis))
                } else {
                    Order::TakeOver {
                        dossier: *id,
                        to: begun.to,
                        basis: begun.basis,
                        officers,
                        nonce: self.moment.draw("hoso/takeover/1", 0),
                    }
                };
                let answer = self.order_at_desk(id, (order, None), None, records, crypto)?;
                if matches!(answer, Answer::Custody(_)) {
                    self.commit(vec![Op::remove(Table::Custody, key)]);
                }
                Ok(answer)
            }
            _ => {
                self.commit(vec![Op::remove(Table::Custody, key)]);
                Ok(Answer::Custody(CustodyAnswer::Begun(*id)))
            }
        }
    }

    /// The take-overs that wait for the second officer.
    pub(super) fn take_overs(&self, records: &dyn Records) -> Result<Vec<TakeOverShown>, Fault> {
        let view = Staged::new(records, &[]);
        let (mut shown, mut after) = (Vec::new(), None::<Vec<u8>>);
        loop {
            let rows = records.scan(Table::Custody, &[], after.as_deref(), PAGE)?;
            let Some((last, _)) = rows.last() else { return Ok(shown) };
            after = Some(last.clone());
            for id in rows.iter().filter_map(|(key, _)| custody::begun_of(key)) {
                let Some(BegunTakeOver { to, basis, person, at, .. }) = read_begun(records, &id)?
                else {
                    continue;
                };
                let from = custody::read_chain(&view, &id)?.map(|it| it.current().to.clone());
                let name = name_of(&id, records)?;
                shown.push(TakeOverShown { dossier: id, name, from, to, basis, person, at });
            }
        }
    }

    /// Orders the dossier of a unit that ended to its successor; answers whether the order was taken.
    /// What is outside the province, or forked, stays where it is.
    pub(in crate::core) fn order_succession(
        &mut self,
        order: Order,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<bool, Fault> {
        self.count_terms();
        let view = Staged::new(records, &self.custodies.written);
        let done = self.at_desk(&view, crypto, |desk| desk.order(order))?;
        let Some(Ok(effects)) = done else { return Ok(false) };
        self.carry_out(effects, records, crypto)?;
        Ok(true)
    }

    /// Until when the nodes of units that end at this moment are waited for.
    pub(in crate::core) fn term_of_nodes(&mut self) -> Timestamp {
        self.count_terms();
        self.custodies.terms.receipt(self.moment.now)
    }

    /// Whether this node waits for its superior's word (R9).
    pub(in crate::core) fn is_recovering(&self) -> bool {
        self.custodies.recovering
    }
}
