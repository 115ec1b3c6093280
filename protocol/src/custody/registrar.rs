//! K, the registrar: OPEN, ASKED, COMMITTED, DELIVERED; or ABORTED.
//!
//! It gathers what the three sides say and never decides alone (R1, R2): what it asks of the register
//! is in `registrar_ask`.

use dossier::{DossierId, NodeId, Timestamp, custody::CustodyKind};

use super::{
    Alarm, Answer, AnswerCode, Call, Effect, Message, Outcome, Proposal, Reason, Receipt,
    Registering, RegisteringState, Release, Request, Said, SyncFirst, TransferId, Withdrawal,
    desk::Turn, rows,
};
use crate::{Fault, Table};

impl Registering {
    pub(super) fn new(epoch: u32) -> Self {
        Self {
            epoch,
            proposal: None,
            order: None,
            answer: None,
            withdrawal: None,
            release: None,
            asked: None,
            state: RegisteringState::Open,
        }
    }

    /// Whether the receiver took it; outside the province nobody is asked beforehand (Điều 10.3).
    pub(super) fn is_accepted(&self) -> bool {
        let accepted = |it: &Said<Answer>| it.what.code == AnswerCode::Accepted;
        let outside = |it: &Said<Proposal>| it.what.addressee().is_some();
        self.answer.as_ref().is_some_and(accepted) || self.proposal.as_ref().is_some_and(outside)
    }

    pub(super) fn asks_to_commit(&self) -> bool {
        matches!(self.asks_for(), Some(Request { outcome: Outcome::Commit(_), .. }))
    }
}

impl Turn<'_> {
    pub(super) fn keep_registering(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        row: &Registering,
    ) -> Result<(), Fault> {
        self.keep(rows::REGISTERING, dossier, tid, row)
    }

    /// OPEN: the proposal is passed on to the receiver.
    pub(super) fn registrar_hears_proposal(&mut self, said: &Said<Proposal>) -> Result<(), Fault> {
        let proposal = &said.what;
        let (dossier, tid) = (proposal.dossier, proposal.tid());
        let chain = self.chain(&dossier)?;
        let named = self.acts_for(&proposal.registrar);
        let ends = chain.as_ref().is_some_and(|chain| self.closes(chain.current()));
        if !(named || ends) || self.registering(&dossier, &tid)?.is_some() {
            return Ok(());
        }
        let Some(chain) = chain.filter(|chain| chain.current().epoch >= proposal.epoch) else {
            // A registrar that is new to the dossier learns its chain from the register.
            let register = self.province().signers.register;
            return self.inquire(&dossier, None, register);
        };
        let Some((record, hash)) = chain.record(proposal.epoch) else { return Ok(()) };
        let fits = proposal.prev == hash && proposal.from == record.to;
        let custodian = self.province().serving(&record.to);
        let signers = &self.province().signers;
        let stands = |named| signers.stands_for(&said.by, &named);
        let spoken = stands(self.me()) || custodian.is_some_and(stands);
        let won =
            chain.record(proposal.epoch.wrapping_add(1)).is_some_and(|it| it.0.tid == Some(tid.0));
        let over = won || rows::read_aborted(self, &dossier, &tid)?.is_some();
        if !fits || !spoken || over || self.is_forked(&dossier)? || !self.is_said(said) {
            return Ok(());
        }
        let mut row = Registering::new(proposal.epoch);
        row.proposal = Some(said.clone());
        self.keep_registering(&dossier, &tid, &row)?;
        if proposal.epoch < chain.current().epoch {
            // It comes too late, or this node forgot it: whoever waits for its end hears of one.
            return self.ask_abort(&dossier, &tid, Reason::Conflict);
        }
        // Of a unit that has moved since to another body, nothing proposed before is carried out.
        if !(named && self.may_carry_out(said, record)) {
            return self.ask_refusal(&dossier, &tid);
        }
        self.registrar_ticks(&dossier, &tid, &row)
    }

    /// The receiver's first answer counts, and no second one.
    pub(super) fn hear_answer(&mut self, said: Said<Answer>) -> Result<(), Fault> {
        let Answer { dossier, tid, code } = said.what;
        let Some(mut row) = self.registering(&dossier, &tid)? else { return Ok(()) };
        let Some(proposal) = row.proposal.as_ref().map(|it| it.what.clone()) else {
            return Ok(());
        };
        let by = self.province().serving(&proposal.to) == Some(said.by);
        let open = row.state == RegisteringState::Open && row.asked.is_none();
        if row.answer.is_some() || !open || !by || !self.is_said(&said) {
            return Ok(());
        }
        row.answer = Some(said);
        self.keep_registering(&dossier, &tid, &row)?;
        if code == AnswerCode::Accepted {
            self.registrar_ticks(&dossier, &tid, &row)
        } else {
            self.ask_refusal(&dossier, &tid)
        }
    }

    /// The newest release counts until the register is asked.
    pub(super) fn hear_release(&mut self, said: Said<Release>) -> Result<(), Fault> {
        let Release { dossier, tid, .. } = said.what;
        let Some(mut row) = self.registering(&dossier, &tid)? else { return Ok(()) };
        let Some(from) = row.from() else { return Ok(()) };
        let by = self.province().serving(from) == Some(said.by);
        let open = row.state == RegisteringState::Open && row.asked.is_none();
        if !open || !by || row.release.as_ref() == Some(&said) || !self.is_said(&said) {
            return if open { self.consider(&dossier, &tid) } else { Ok(()) };
        }
        row.release = Some(said);
        self.keep_registering(&dossier, &tid, &row)?;
        self.consider(&dossier, &tid)
    }

    /// CANCEL counts while the register was not asked to commit.
    pub(super) fn hear_withdrawal(&mut self, said: Said<Withdrawal>) -> Result<(), Fault> {
        let Withdrawal { dossier, tid } = said.what;
        let Some(mut row) = self.registering(&dossier, &tid)? else { return Ok(()) };
        let Some(proposal) = row.proposal.as_ref().map(|it| it.what.clone()) else {
            return Ok(());
        };
        let by = self.province().signers.speaks_for(&said.by, &proposal.from, &proposal.registrar);
        let open = row.state == RegisteringState::Open && row.asked.is_none();
        if row.withdrawal.is_some() || !open || !by || !self.is_said(&said) {
            return Ok(());
        }
        row.withdrawal = Some(said);
        self.keep_registering(&dossier, &tid, &row)?;
        self.ask_withdrawal(&dossier, &tid)
    }

    /// SYNC_FIRST, from the register or from the registrar.
    pub(super) fn hear_sync_first(&mut self, said: &Said<SyncFirst>) -> Result<(), Fault> {
        let SyncFirst { dossier, tid, refused } = said.what;
        self.sender_fetches(said)?;
        let register = self.province().signers.register;
        let Some(mut row) = self.registering(&dossier, &tid)? else { return Ok(()) };
        let about = row.asked.as_ref().is_some_and(|asked| asked.digest() == refused);
        if row.state != RegisteringState::Open
            || said.by != register
            || !about
            || !self.is_said(said)
        {
            return Ok(());
        }
        // Back to OPEN: the register holds more or less than was asked for, or knows another tree.
        row.asked = None;
        self.keep_registering(&dossier, &tid, &row)?;
        self.sync(dossier, register);
        Ok(())
    }

    /// DELIVERED.
    pub(super) fn hear_receipt(&mut self, said: Said<Receipt>) -> Result<(), Fault> {
        let Receipt { dossier, tid, epoch, .. } = said.what;
        let Some(chain) = self.chain(&dossier)? else { return Ok(()) };
        let Some(record) = chain.records().record(epoch).cloned() else { return Ok(()) };
        let signers = &self.province().signers;
        let fits = record.tid == Some(tid.0)
            && chain.closing(epoch.wrapping_sub(1)) == Some(said.what.closing.clone())
            && signers.speaks_for(&said.by, &record.to, &record.next_registrar)
            && self.may_confirm(&said.by, &record);
        if !fits || !self.is_said(&said) {
            return Ok(());
        }
        if rows::read_receipt(self, &dossier, epoch)?.is_none() {
            self.put(Table::Custody, rows::by_epoch(&dossier, rows::RECEIPT, epoch), &said);
        }
        if let Some(row) = self.registering(&dossier, &tid)?
            && matches!(row.state, RegisteringState::Committed { .. })
        {
            let row = Registering { state: RegisteringState::Delivered, ..row };
            self.keep_registering(&dossier, &tid, &row)?;
            if let Some(sender) =
                record.from.as_ref().and_then(|from| self.province().serving(from))
            {
                self.post(sender, Message::Receipt(said.clone()));
            }
        }
        self.sender_hears_receipt(&dossier, &tid)
    }

    /// Says again what was not answered; asks for the end when the deadline is over.
    pub(super) fn registrar_ticks(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        row: &Registering,
    ) -> Result<(), Fault> {
        match row.state {
            RegisteringState::Open => self.press(dossier, tid, row),
            RegisteringState::Committed { due, told } => {
                let Some(chain) = self.chain(dossier)? else { return Ok(()) };
                let Some(record) = chain.records().record(row.epoch + 1) else { return Ok(()) };
                if record.kind == CustodyKind::Export {
                    let register = record.next_registrar;
                    self.inquire(dossier, Some(*tid), register)?;
                    return self.tell_overdue(dossier, tid, row, (due, told));
                }
                if !self.acts_for(&record.registrar) {
                    // Another body closed it after the unit had moved, and is shown the receipt.
                    self.inquire(dossier, Some(*tid), record.registrar)?;
                }
                let receiver = self.province().serving(&record.to);
                let sender = record.from.as_ref().and_then(|from| self.province().serving(from));
                for to in receiver.into_iter().chain(sender) {
                    if to != self.me() {
                        self.post(to, Message::Chain(chain.links().to_vec()));
                    }
                }
                self.unseal(&chain, row.epoch, tid);
                self.tell_overdue(dossier, tid, row, (due, told))
            }
            RegisteringState::Delivered | RegisteringState::Aborted => Ok(()),
        }
    }

    /// People are told once that no receipt came in time.
    fn tell_overdue(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        row: &Registering,
        (due, told): (Timestamp, bool),
    ) -> Result<(), Fault> {
        if due > self.desk.clock.now || told {
            return Ok(());
        }
        let state = RegisteringState::Committed { due, told: true };
        self.keep_registering(dossier, tid, &Registering { state, ..row.clone() })?;
        self.then(Effect::Alarm(Alarm::NoReceipt(*dossier, *tid)));
        Ok(())
    }

    fn press(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        row: &Registering,
    ) -> Result<(), Fault> {
        let register = self.province().signers.register;
        if let Some(asked) = row.asked.clone() {
            if self.is_nobody_in(dossier, row)? {
                return self.let_go(dossier, tid);
            }
            self.post(register, Message::Request(Box::new(asked)));
            return self.inquire(dossier, Some(*tid), register);
        }
        let Some(proposal) = row.proposal.clone() else {
            self.call_the_ended(dossier, tid, row)?;
            return self.consider(dossier, tid);
        };
        if proposal.what.deadline < self.desk.clock.now {
            return self.ask_expiry(dossier, tid);
        }
        if let Some(chain) = self.chain(dossier)?
            && let Some((record, _)) = chain.record(row.epoch)
            && !self.may_carry_out(&proposal, record)
        {
            return self.ask_refusal(dossier, tid);
        }
        let province = self.province();
        let (sender, receiver) =
            (province.serving(&proposal.what.from), province.serving(&proposal.what.to));
        let accepted = row.is_accepted();
        // What a body proposes for a unit below it the sender hears from nobody else; when it is
        // called it may have forgotten the transfer with its disk.
        let calls = accepted && self.desk.upstream;
        let tells = |it: &NodeId| *it != self.me() && (calls || *it != proposal.by);
        if let Some(sender) = sender.filter(tells) {
            self.post(sender, Message::Propose(proposal.clone()));
        }
        if !accepted {
            if let Some(receiver) = receiver {
                self.post(receiver, Message::Propose(proposal));
            }
        } else if let Some(sender) = sender
            && row.release.as_ref().is_none_or(|said| said.by != sender)
            && self.desk.upstream
        {
            // R11: the window in which the dossier is frozen is kept short.
            let call = self.say(Call { dossier: *dossier, tid: *tid });
            self.post(sender, Message::Call(call));
        }
        self.consider(dossier, tid)
    }

    /// Whether this node asked to end what it has no part in: the unit stood under it for a while
    /// after the proposal, and the register hears no end from it.
    fn is_nobody_in(&self, dossier: &DossierId, row: &Registering) -> Result<bool, Fault> {
        let Some(proposal) = row.proposal.as_ref().filter(|_| !row.asks_to_commit()) else {
            return Ok(false);
        };
        let Some(chain) = self.chain(dossier)? else { return Ok(false) };
        let Some((record, _)) = chain.record(row.epoch) else { return Ok(false) };
        let named = [record.next_registrar, proposal.what.registrar];
        Ok(!self.closes(record) && !named.iter().any(|it| self.acts_for(it)))
    }

    /// Forgets a transfer that others carry on, as a node does that starts from an old backup: should
    /// the unit come back under this one, it is told of the transfer anew.
    fn let_go(&mut self, dossier: &DossierId, tid: &TransferId) -> Result<(), Fault> {
        self.remove(Table::Custody, rows::by_tid(dossier, rows::REGISTERING, tid));
        self.touched.insert((*dossier, *tid));
        Ok(())
    }
}
