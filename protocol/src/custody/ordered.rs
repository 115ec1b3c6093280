//! A dossier is taken over from a unit that can't give it up: two officers of tier 3 order it, and the
//! registrar of the epoch carries the order out, because it holds what the unit had acknowledged (R5).

use dossier::{DossierId, LegalBasis, Timestamp, UnitId, account::Login};
use serde::{Deserialize, Serialize};

use super::{
    Message, Refusal, Registering, Said, Statement, TakeOver, TransferId, desk::Turn, rows,
};
use crate::{Fault, Records, Table};

impl Statement for TakeOver {
    const TAG: &'static str = "hoso/takeover-order/1";
}

/// What the register ordered of a registrar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// The order.
    pub order: Said<TakeOver>,
    /// Whether the epoch is not closed yet.
    pub open: bool,
}

/// What a first officer orders, and a second one has not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunTakeOver {
    /// The unit that is to keep the dossier.
    pub to: UnitId,
    /// The order, on paper.
    pub basis: LegalBasis,
    /// The first officer, as her entries are signed.
    pub person: String,
    /// Her login.
    pub login: Login,
    /// When.
    pub at: Timestamp,
}

/// The key of what was begun for a dossier.
pub(crate) fn begun_key(dossier: &DossierId) -> Vec<u8> {
    rows::key(dossier, rows::BEGUN, &[])
}

/// The dossier of which something was begun, where a key is of such a row.
pub(crate) fn begun_of(key: &[u8]) -> Option<DossierId> {
    let (front, rest) = key.split_at_checked(DossierId::LENGTH)?;
    (rest == [rows::BEGUN]).then(|| DossierId::from_slice(front))?
}

/// What was begun for a dossier.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn read_begun(
    records: &dyn Records,
    dossier: &DossierId,
) -> Result<Option<BegunTakeOver>, Fault> {
    rows::read(records, Table::Custody, &begun_key(dossier))
}

impl Turn<'_> {
    /// TAKEOVER: the epoch ends with what registrar and register hold.
    pub(super) fn take_over(
        &mut self,
        dossier: DossierId,
        to: UnitId,
        basis: LegalBasis,
        officers: [Login; 2],
        nonce: [u8; 16],
    ) -> Result<Result<(), Refusal>, Fault> {
        let Some(chain) = self.chain(&dossier)? else { return Ok(Err(Refusal::Unknown)) };
        let current = chain.current();
        let registrar = self.province().closing(current);
        if registrar != self.me() && self.province().signers.register != self.me() {
            return Ok(Err(Refusal::NotRegistrar));
        }
        if self.is_forked(&dossier)? {
            return Ok(Err(Refusal::Forked));
        }
        let (epoch, prev, from) = (current.epoch, chain.head(), current.to.clone());
        let order = TakeOver { dossier, epoch, prev, from, to, basis, officers, nonce };
        if let Err(refusal) = order.lawful(current, self.province()) {
            return Ok(Err(refusal));
        }
        if registrar == self.me() {
            return self.carry_out(order).map(Ok);
        }
        let tid = order.tid();
        let order = self.say(order);
        let row = Ordered { order: order.clone(), open: true };
        self.keep(rows::ORDERED, &dossier, &tid, &row)?;
        self.post(registrar, Message::TakeOver(Box::new(order)));
        Ok(Ok(()))
    }

    fn carry_out(&mut self, order: TakeOver) -> Result<(), Fault> {
        let (dossier, tid) = (order.dossier, order.tid());
        let mut row = Registering::new(order.epoch);
        row.order = Some(order);
        self.keep_registering(&dossier, &tid, &row)?;
        self.consider(&dossier, &tid)
    }

    /// The register's order reaches the registrar.
    pub(super) fn hear_order(&mut self, said: &Said<TakeOver>) -> Result<(), Fault> {
        let order = &said.what;
        let (dossier, tid) = (order.dossier, order.tid());
        let Some(chain) = self.chain(&dossier)? else { return Ok(()) };
        let current = chain.current();
        let due = said.by == self.province().signers.register
            && self.closes(current)
            && order.prev == chain.head()
            && order.lawful(current, self.province()).is_ok();
        let known = self.registering(&dossier, &tid)?.is_some_and(|row| row.is_open());
        if !due || known || self.is_forked(&dossier)? {
            return Ok(());
        }
        if self.is_said(said) { self.carry_out(order.clone()) } else { Ok(()) }
    }

    /// The epoch is closed, by this order or by something that came first.
    pub(super) fn order_concludes(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        epoch: u32,
    ) -> Result<(), Fault> {
        let Some(row) = rows::read_ordered(self, dossier, tid)? else { return Ok(()) };
        if !row.open || row.order.what.epoch > epoch {
            return Ok(());
        }
        self.keep(rows::ORDERED, dossier, tid, &Ordered { open: false, ..row })
    }

    /// Says the order again.
    pub(super) fn order_ticks(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
    ) -> Result<(), Fault> {
        let Some(row) = rows::read_ordered(self, dossier, tid)?.filter(|row| row.open) else {
            return Ok(());
        };
        let Some(chain) = self.chain(dossier)? else { return Ok(()) };
        let current = chain.current();
        if row.order.what.lawful(current, self.province()).is_err() {
            // The tree has changed under it, as where the receiving unit has ended.
            return self.keep(rows::ORDERED, dossier, tid, &Ordered { open: false, ..row });
        }
        let registrar = self.province().closing(current);
        self.post(registrar, Message::TakeOver(Box::new(row.order)));
        Ok(())
    }
}
