//! What goes out of the province and comes back (Điều 10.3), as a node holds it.
//!
//! **Invariant:** while it is outside, the node of tier 3 alone holds it, and nobody enters anything.

use dossier::{DossierId, LegalBasis, UnitId, permission::Action};

use super::{Core, Staged, TransferOrder};
use crate::{
    Fault, Op, Records, abroad,
    core::Refused,
    custody::{self, Chain, Comeback, Order, TransferId},
};

impl Core {
    /// Among whose dossiers one lies: those of its custodian; outside the province those of the unit
    /// whose node keeps the register.
    pub(super) fn lies_with(&self, chain: &Chain) -> UnitId {
        let current = chain.current();
        let keeper = self.members.get(&current.next_registrar).filter(|_| chain.is_outside());
        keeper.map_or_else(|| current.to.clone(), |member| member.unit.clone())
    }

    /// The transfer by which a dossier went out of the province.
    pub(super) fn sent_by(
        &self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Option<TransferId>, Fault> {
        let chain = custody::read_chain(&Staged::new(records, &[]), id)?;
        let sent = chain.filter(Chain::is_outside);
        Ok(sent.and_then(|chain| chain.current().tid).map(TransferId))
    }

    /// REOPEN in the words of the machines. What the other side refused comes back on the document it
    /// was sent by.
    pub(super) fn reopening(
        &self,
        id: &DossierId,
        why: Comeback,
        basis: Option<LegalBasis>,
    ) -> Order {
        let nonce = self.moment.draw("hoso/reopening/1", 0);
        Order::Reopen { dossier: *id, basis, why, nonce }
    }
}

/// What the law is asked. What is outside lies with the permanent copy (Điều 7.3): who keeps that one
/// notes the other side's word. Without its word two officers order it back, as a take-over.
pub(super) fn action(order: &TransferOrder) -> Action {
    match order {
        TransferOrder::SendOut(_) => Action::SendOut,
        _ => Action::Archive,
    }
}

/// Whether the other side said what an order rests on: its word lies in the store.
pub(super) fn is_grounded(
    id: &DossierId,
    order: &Order,
    records: &dyn Records,
) -> Result<Result<(), Refused>, Fault> {
    let wanted = match order {
        Order::Confirm(_) => abroad::Word::Taken,
        Order::Reopen { why: Comeback::Refused(digest), .. } => abroad::Word::Refused(*digest),
        _ => return Ok(Ok(())),
    };
    let chain = custody::read_chain(&Staged::new(records, &[]), id)?;
    let heard = match chain {
        Some(chain) => abroad::word(records, abroad::Kind::Heard, &chain.head())?,
        None => None,
    };
    let fits = match (&wanted, heard.map(|(word, _)| word)) {
        (abroad::Word::Taken, Some(abroad::Word::Taken)) => true,
        (abroad::Word::Refused(digest), Some(abroad::Word::Refused(heard))) => *digest == heard,
        _ => false,
    };
    Ok(if fits { Ok(()) } else { Err(Refused::new("custody-unheard", id)) })
}

/// Keeps in mind which dossiers are outside, so that a node that starts again knows.
pub(super) fn note_outside(
    id: &DossierId,
    records: &dyn Records,
    ops: &mut Vec<Op>,
) -> Result<(), Fault> {
    let Some(chain) = custody::read_chain(&Staged::new(records, ops), id)? else { return Ok(()) };
    let known = abroad::is_sent_out(records, id)?;
    match (chain.is_outside(), known) {
        (true, false) => ops.push(abroad::sent_out_op(id)),
        (false, true) => ops.push(abroad::came_back_op(id)),
        _ => {}
    }
    Ok(())
}
