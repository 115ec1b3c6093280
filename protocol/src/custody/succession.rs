//! A unit ended: what it kept becomes its successor's, by order of two officers of tier 3 and without
//! anybody's acceptance. The registrar of the epoch carries the order out.
//!
//! A unit that ended has a node as a rule, which is asked for its release first, so that what it has not
//! sent yet is in the closing (R5); after the term of the order the registrar goes on without it.

use dossier::{
    DossierId, LegalBasis, NodeId, Timestamp, UnitId,
    account::Login,
    custody::{CustodyKind, CustodyRecord},
};
use serde::{Deserialize, Serialize};

use super::{
    Chain, Closing, Evidence, Message, Outcome, Province, Refusal, Registering, RegisteringState,
    Release, Request, Said, Sending, SendingState, Statement, TakeOver, TransferId, desk::Turn,
    rows,
};
use crate::{Fault, codec, envelope::SignedCustody};

/// SUCCESSION_REQ: the custodian ended by a reorganisation; two officers of tier 3 order its dossier to a
/// successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    /// Which dossier, from whom, to whom, by which decision.
    pub order: TakeOver,
    /// Until when the node of the unit that ended is waited for.
    pub until: Timestamp,
}

impl Statement for Succession {
    const TAG: &'static str = "hoso/succession/1";
}

/// What the register ordered for the successor of a unit, as the register and the registrar keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succeeding {
    /// The order.
    pub order: Said<Succession>,
    /// Whether this node has to tell the registrar of it still.
    pub open: bool,
}

impl Succession {
    /// Its name.
    pub fn tid(&self) -> TransferId {
        TransferId(dossier::Hash::tagged("hoso/succession/1", &[&codec::encode(self)]))
    }

    /// The record that concludes it, registered by `registrar`.
    pub fn record(
        &self,
        closing: &Closing,
        registrar: NodeId,
        next: NodeId,
        issued_at: Timestamp,
    ) -> CustodyRecord {
        let record = self.order.record(closing, registrar, next, issued_at);
        CustodyRecord { kind: CustodyKind::Reorg, tid: Some(self.tid().0), ..record }
    }

    /// Whether the law lets a registrar ask for it while `current` is the newest record.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn lawful(&self, current: &CustodyRecord, province: &Province<'_>) -> Result<(), Refusal> {
        self.order.lawful(current, province)?;
        // A reorganisation moves what a unit left behind, and nothing of one that lives on.
        if province.has_ended(&self.order.from) { Ok(()) } else { Err(Refusal::UnitLives) }
    }
}

impl Turn<'_> {
    /// The register orders it.
    pub(super) fn succeed(
        &mut self,
        dossier: DossierId,
        to: UnitId,
        basis: LegalBasis,
        (officers, nonce): ([Login; 2], [u8; 16]),
        until: Timestamp,
    ) -> Result<Result<(), Refusal>, Fault> {
        if self.province().signers.register != self.me() {
            return Ok(Err(Refusal::NotRegistrar));
        }
        let Some(chain) = self.chain(&dossier)? else { return Ok(Err(Refusal::Unknown)) };
        let current = chain.current();
        if self.is_forked(&dossier)? {
            return Ok(Err(Refusal::Forked));
        }
        let (epoch, prev, from) = (current.epoch, chain.head(), current.to.clone());
        let order = TakeOver { dossier, epoch, prev, from, to, basis, officers, nonce };
        let order = Succession { order, until };
        if let Err(refusal) = order.lawful(current, self.province()) {
            return Ok(Err(refusal));
        }
        let tid = order.tid();
        // What a machine before this one ordered is said again as this one's.
        let known = rows::read_succeeding(self, &dossier, &tid)?
            .is_some_and(|row| row.open && row.order.by == self.me());
        if known || self.registering(&dossier, &tid)?.is_some_and(|row| row.is_open()) {
            return Ok(Ok(()));
        }
        let registrar = self.province().closing(current);
        let order = self.say(order);
        if registrar == self.me() {
            return self.carry_succession_out(order).map(Ok);
        }
        let row = Succeeding { order: order.clone(), open: true };
        self.keep(rows::SUCCEEDING, &dossier, &tid, &row)?;
        self.post(registrar, Message::Succession(Box::new(order)));
        Ok(Ok(()))
    }

    fn carry_succession_out(&mut self, order: Said<Succession>) -> Result<(), Fault> {
        let (dossier, tid) = (order.what.order.dossier, order.what.tid());
        let mut row = Registering::new(order.what.order.epoch);
        row.order = Some(order.what.order.clone());
        self.keep(rows::SUCCEEDING, &dossier, &tid, &Succeeding { order, open: false })?;
        self.keep_registering(&dossier, &tid, &row)?;
        self.call_the_ended(&dossier, &tid, &row)?;
        self.consider(&dossier, &tid)
    }

    /// The register's order reaches the registrar, or the node of the unit that ended.
    pub(super) fn hear_succession(&mut self, said: &Said<Succession>) -> Result<(), Fault> {
        let order = &said.what;
        let (dossier, tid) = (order.order.dossier, order.tid());
        let Some(chain) = self.chain(&dossier)? else { return Ok(()) };
        let current = chain.current();
        let due = said.by == self.province().signers.register
            && order.order.prev == chain.head()
            && order.lawful(current, self.province()).is_ok();
        if !due || self.is_forked(&dossier)? || !self.is_said(said) {
            return Ok(());
        }
        if self.closes(current) {
            let known = self.registering(&dossier, &tid)?.is_some_and(|row| row.is_open());
            return if known { Ok(()) } else { self.carry_succession_out(said.clone()) };
        }
        if !self.keeps(current) {
            return Ok(());
        }
        let row = self.sending(&dossier, &tid)?.unwrap_or(Sending {
            epoch: current.epoch,
            proposal: None,
            release: None,
            withdrawal: None,
            state: SendingState::Open,
        });
        self.release_to_successor(&chain, tid, row)
    }

    /// The node of the unit that ended is told the order: it freezes the dossier and releases it.
    pub(super) fn call_the_ended(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        row: &Registering,
    ) -> Result<(), Fault> {
        let said = rows::read_succeeding(self, dossier, tid)?.map(|row| row.order);
        let Some(said) = said.filter(|_| row.asked.is_none()) else { return Ok(()) };
        if let Some(node) = self.waited_for(&said.what) {
            self.post(node, Message::Succession(Box::new(said)));
        }
        Ok(())
    }

    /// The unit's own node, while its release is waited for.
    fn waited_for(&self, order: &Succession) -> Option<NodeId> {
        let own = self.province().signers.members.active_for(&order.order.from);
        let other = own.map(|member| member.node).filter(|node| *node != self.me());
        other.filter(|_| self.desk.clock.now < order.until)
    }

    /// Freezes the dossier for its successor and releases what is here, or says again what it said, or
    /// more than it said. A transfer for which it was released before ends first (R3).
    pub(super) fn release_to_successor(
        &mut self,
        chain: &Chain,
        tid: TransferId,
        mut row: Sending,
    ) -> Result<(), Fault> {
        let (dossier, current) = (chain.dossier(), chain.current());
        let other = self.frozen(&dossier, current.epoch)?.is_some_and(|frozen| frozen != tid);
        let open = row.state == SendingState::Open && row.epoch == current.epoch;
        if !open || other || self.ready(chain)?.is_err() {
            return Ok(());
        }
        let entries = self.entries(&dossier)?;
        let closing = self.sorted(chain, &entries).closing(current.epoch, &entries);
        if closing.heads.len() > CustodyRecord::HEADS_MAX {
            return Ok(());
        }
        if row.release.as_ref().is_none_or(|said| said.what.closing != closing) {
            // The content goes by those above: there is no key to hand over.
            row.release = Some(self.say(Release { dossier, tid, closing, sealed: Vec::new() }));
            self.keep(rows::SENDING, &dossier, &tid, &row)?;
        }
        if let Some(release) = row.release {
            let registrar = self.province().closing(current);
            self.post(registrar, Message::Release(release));
        }
        Ok(())
    }

    /// Asks for the commit of an order: by the release of the ended unit's node, or by what is held
    /// here where none is waited for.
    pub(super) fn consider_succession(
        &mut self,
        chain: &Chain,
        said: Said<Succession>,
        row: Registering,
    ) -> Result<(), Fault> {
        let (dossier, current) = (chain.dossier(), chain.current());
        let (order, tid) = (&said.what, said.what.tid());
        if !self.closes(current) || order.lawful(current, self.province()).is_err() {
            // The unit has moved: the register tells the order to the body above it today. Or the tree
            // forbids what it let be ordered, as where the successor has ended since.
            let row = Registering { state: RegisteringState::Aborted, ..row };
            return self.keep_registering(&dossier, &tid, &row);
        }
        if let Some(node) = self.waited_for(order) {
            let release = row.release.clone().filter(|said| said.by == node);
            let fits = match release {
                Some(release) => self.fits_exactly(chain, &release)?,
                None => false,
            };
            if !fits {
                return Ok(());
            }
        }
        let entries = self.entries(&dossier)?;
        let closing = self.sorted(chain, &entries).closing(row.epoch, &entries);
        let next = self.province().registrar(&order.order.to);
        let record = order.record(&closing, self.me(), next, self.desk.clock.now);
        let signed = SignedCustody::issue(record, self.me(), self.desk.crypto);
        let outcome = Outcome::Commit(Box::new(signed));
        let evidence = Evidence::Reorganised(Box::new(said));
        self.ask(&dossier, &tid, row, Request { outcome, evidence })
    }

    /// The epoch is closed, by this order or by something that came first.
    pub(super) fn succession_concludes(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        epoch: u32,
    ) -> Result<(), Fault> {
        let Some(row) = rows::read_succeeding(self, dossier, tid)? else { return Ok(()) };
        if !row.open || row.order.what.order.epoch > epoch {
            return Ok(());
        }
        self.keep(rows::SUCCEEDING, dossier, tid, &Succeeding { open: false, ..row })
    }

    /// Says the order again, as long as the tree lets it be carried out.
    pub(super) fn succession_ticks(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
    ) -> Result<(), Fault> {
        let Some(row) = rows::read_succeeding(self, dossier, tid)?.filter(|row| row.open) else {
            return Ok(());
        };
        let Some(chain) = self.chain(dossier)? else { return Ok(()) };
        let current = chain.current();
        if row.order.what.lawful(current, self.province()).is_err() {
            return self.keep(rows::SUCCEEDING, dossier, tid, &Succeeding { open: false, ..row });
        }
        let registrar = self.province().closing(current);
        self.post(registrar, Message::Succession(Box::new(row.order)));
        Ok(())
    }
}
