//! What every node does with an outcome, and how it hears of one it missed.

use dossier::{
    DossierId, Hash,
    custody::{CustodyKind, CustodyRecord},
};

use super::{
    Alarm, Chain, Effect, ForkProof, Inquiry, Link, Message, Outcome, Reason, Receiving,
    ReceivingState, Registering, RegisteringState, Said, Sending, SendingState, TransferId,
    ValidOutcome, desk::Turn, rows,
};
use crate::{Fault, Table};

impl Turn<'_> {
    pub(super) fn hear_outcome(&mut self, valid: &ValidOutcome) -> Result<(), Fault> {
        let outcome = valid.outcome();
        let (dossier, tid) = (outcome.dossier(), outcome.tid());
        let chain = self.chain(&dossier)?;
        let link = chain.as_ref().and_then(|chain| chain.links().get(outcome.epoch() as usize + 1));
        if matches!((link, outcome), (Some(Link::Closed(known)), Outcome::Commit(_)) if **known == *valid)
        {
            let epoch = outcome.epoch() + 1;
            return chain.map_or(Ok(()), |chain| self.repeat_receipt(&chain, epoch));
        }
        if rows::read_aborted(self, &dossier, &tid)?.as_ref() == Some(valid) {
            return Ok(());
        }
        if valid.verify(&self.province().signers, self.desk.crypto).is_err() {
            return Ok(());
        }
        self.take_outcome(valid)
    }

    /// Takes an outcome that counts.
    pub(super) fn take_outcome(&mut self, valid: &ValidOutcome) -> Result<(), Fault> {
        let outcome = valid.outcome();
        let (dossier, tid) = (outcome.dossier(), outcome.tid());
        let Outcome::Commit(signed) = outcome else { return self.give_up(valid, dossier, tid) };
        let epoch = signed.record.epoch;
        let Some(mut chain) = self.chain(&dossier)? else {
            return self.inquire(&dossier, Some(tid), signed.record.registrar);
        };
        if let Some(link) = chain.links().get(epoch as usize).cloned() {
            return self.compare_links(link, valid);
        }
        if chain.follow(valid, &self.province().signers).is_err() {
            // Records between are missing, or it continues another chain.
            let register = self.province().signers.register;
            return self.inquire(&dossier, Some(tid), register);
        }
        self.put(
            Table::Custody,
            rows::by_epoch(&dossier, rows::LINK, epoch),
            &Link::Closed(Box::new(valid.clone())),
        );
        self.conclude(&chain, &signed.record)
    }

    /// R12: a second record of an epoch that counts is a fork.
    fn compare_links(&mut self, link: Link, valid: &ValidOutcome) -> Result<(), Fault> {
        let Link::Closed(known) = link else { return Ok(()) };
        let proof = ForkProof { first: known, second: Box::new(valid.clone()) };
        self.hear_fork(proof)
    }

    pub(super) fn hear_fork(&mut self, proof: ForkProof) -> Result<(), Fault> {
        let dossier = proof.dossier();
        let Some(chain) = self.chain(&dossier)? else { return Ok(()) };
        let signers = self.province().signers;
        if self.is_forked(&dossier)? || !proof.holds(&signers, self.desk.crypto) {
            return Ok(());
        }
        self.put(Table::Custody, rows::key(&dossier, rows::FORK, &[]), &proof);
        self.then(Effect::Alarm(Alarm::Forked(dossier)));
        let mut told = vec![signers.register, signers.witness];
        for (record, _) in chain.records().records() {
            told.extend([record.registrar, record.next_registrar]);
            told.extend(self.province().serving(&record.to));
        }
        if let Outcome::Commit(signed) = proof.second.outcome() {
            told.extend(self.province().serving(&signed.record.to));
        }
        self.tell(told, &Message::Fork(Box::new(proof)));
        Ok(())
    }

    /// ABORT: the dossier stays, and whoever was frozen goes on (R3).
    fn give_up(
        &mut self,
        valid: &ValidOutcome,
        dossier: DossierId,
        tid: TransferId,
    ) -> Result<(), Fault> {
        let key = rows::by_tid(&dossier, rows::ABORTED, &tid);
        let (sends, receives) = (self.sending(&dossier, &tid)?, self.receiving(&dossier, &tid)?);
        let registers = self.registering(&dossier, &tid)?;
        let mine = sends.is_some() || receives.is_some() || registers.is_some();
        let asked = valid.entry.what.request.by == self.me();
        if !(mine || asked) || self.read::<ValidOutcome>(&key)?.is_some() {
            return Ok(());
        }
        self.put(Table::Custody, key, valid);
        self.forget_cover(&dossier, &tid)?;
        if let Some(row) = sends.filter(|row| row.state == SendingState::Open) {
            let row = Sending { state: SendingState::Over, ..row };
            self.keep(rows::SENDING, &dossier, &tid, &row)?;
        }
        if let Some(row) = receives.filter(Receiving::is_open) {
            let row = Receiving { state: ReceivingState::Over, ..row };
            self.keep(rows::RECEIVING, &dossier, &tid, &row)?;
        }
        if let Some(row) = registers.filter(Registering::is_open) {
            let row = Registering { state: RegisteringState::Aborted, ..row };
            self.keep_registering(&dossier, &tid, &row)?;
        }
        self.then(Effect::Alarm(Alarm::Aborted(dossier, tid)));
        Ok(())
    }

    /// COMMIT: every role of this node moves on.
    fn conclude(&mut self, chain: &Chain, record: &CustodyRecord) -> Result<(), Fault> {
        let dossier = chain.dossier();
        let epoch = record.epoch - 1;
        let won = TransferId(record.tid.unwrap_or(Hash::ZERO));
        for tid in self.open_of(&dossier)? {
            self.sender_concludes(&dossier, &tid, epoch, tid == won)?;
            self.receiver_concludes(&dossier, &tid, epoch, tid == won)?;
            self.registrar_concludes(&dossier, &tid, epoch, tid == won)?;
            self.order_concludes(&dossier, &tid, epoch)?;
            self.succession_concludes(&dossier, &tid, epoch)?;
        }
        if record.kind == CustodyKind::Export {
            return self.conclude_export(chain, record);
        }
        if record.kind == CustodyKind::Reopen {
            self.conclude_reopening(chain)?;
        }
        let serves = |unit| self.province().serving(unit) == Some(self.me());
        let (gives, takes) = (record.from.as_ref().is_some_and(serves), serves(&record.to));
        let receipt = rows::read_receipt(self, &dossier, record.epoch)?;
        if gives && record.kind != CustodyKind::Reopen && self.sending(&dossier, &won)?.is_none() {
            let ends = receipt.is_some().then_some(self.desk.clock.key_ends);
            let state = SendingState::Retired(ends);
            let row = Sending { epoch, proposal: None, release: None, withdrawal: None, state };
            self.keep(rows::SENDING, &dossier, &won, &row)?;
        }
        if takes && self.receiving(&dossier, &won)?.is_none() {
            let state = ReceivingState::Fetching;
            let row = Receiving { epoch, proposal: None, answer: None, state };
            self.keep(rows::RECEIVING, &dossier, &won, &row)?;
        }
        if self.acts_for(&record.registrar)
            && receipt.is_none()
            && self.registering(&dossier, &won)?.is_none()
        {
            let due = self.desk.clock.receipt_due;
            let row = Registering {
                state: RegisteringState::Committed { due, told: false },
                ..Registering::new(epoch)
            };
            self.keep_registering(&dossier, &won, &row)?;
        }
        if self.acts_for(&record.registrar) {
            self.unseal(chain, epoch, &won);
        }
        self.receive(chain, &won)
    }

    fn sender_concludes(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        epoch: u32,
        won: bool,
    ) -> Result<(), Fault> {
        let Some(row) = self.sending(dossier, tid)? else { return Ok(()) };
        if row.state != SendingState::Open || row.epoch != epoch {
            return Ok(());
        }
        let receipt = rows::read_receipt(self, dossier, epoch + 1)?;
        let ends = receipt.is_some().then_some(self.desk.clock.key_ends);
        let state = if won { SendingState::Retired(ends) } else { SendingState::Over };
        self.keep(rows::SENDING, dossier, tid, &Sending { state, ..row })
    }

    fn receiver_concludes(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        epoch: u32,
        won: bool,
    ) -> Result<(), Fault> {
        let Some(row) = self.receiving(dossier, tid)?.filter(Receiving::is_open) else {
            return Ok(());
        };
        let state = match row.state {
            ReceivingState::Fetching if row.epoch < epoch => ReceivingState::Over,
            ReceivingState::Fetching => return Ok(()),
            _ if row.epoch != epoch => return Ok(()),
            _ if won => ReceivingState::Fetching,
            _ => ReceivingState::Over,
        };
        self.keep(rows::RECEIVING, dossier, tid, &Receiving { state, ..row })
    }

    fn registrar_concludes(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        epoch: u32,
        won: bool,
    ) -> Result<(), Fault> {
        let Some(row) = self.registering(dossier, tid)? else { return Ok(()) };
        let state = match row.state {
            RegisteringState::Open if row.epoch == epoch && won => {
                let due = self.desk.clock.receipt_due;
                RegisteringState::Committed { due, told: false }
            }
            RegisteringState::Open if row.epoch == epoch => {
                return self.ask_abort(dossier, tid, Reason::Conflict);
            }
            // Custody went on before the receipt came: people are told, and nobody waits for it.
            RegisteringState::Committed { told, .. } if row.epoch < epoch => {
                if !told {
                    self.then(Effect::Alarm(Alarm::NoReceipt(*dossier, *tid)));
                }
                RegisteringState::Delivered
            }
            _ => return Ok(()),
        };
        self.keep_registering(dossier, tid, &Registering { state, ..row })
    }

    pub(super) fn sender_hears_receipt(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
    ) -> Result<(), Fault> {
        let Some(row) = self.sending(dossier, tid)? else { return Ok(()) };
        if row.state != SendingState::Retired(None) {
            return Ok(());
        }
        let state = SendingState::Retired(Some(self.desk.clock.key_ends));
        self.keep(rows::SENDING, dossier, tid, &Sending { state, ..row })
    }

    /// SYNC: asks what became of a dossier and of a transfer.
    pub(super) fn inquire(
        &mut self,
        dossier: &DossierId,
        tid: Option<TransferId>,
        of: dossier::NodeId,
    ) -> Result<(), Fault> {
        if of == self.me() {
            return Ok(());
        }
        let epoch = self.chain(dossier)?.map_or(0, |chain| chain.current().epoch + 1);
        let inquiry = self.say(Inquiry { dossier: *dossier, epoch, tid });
        self.post(of, Message::Inquire(inquiry));
        Ok(())
    }

    pub(super) fn hear_inquiry(&mut self, said: &Said<Inquiry>) -> Result<(), Fault> {
        let Inquiry { dossier, epoch, tid } = said.what;
        let Some(chain) = self.chain(&dossier)? else { return Ok(()) };
        if !self.is_said(said) {
            return Ok(());
        }
        if let Some(tid) = tid
            && let Some(aborted) = rows::read_aborted(self, &dossier, &tid)?
        {
            self.post(said.by, Message::Outcome(Box::new(aborted)));
        }
        let links = chain.links().get(epoch as usize..).unwrap_or_default();
        if !links.is_empty() && self.is_named(&chain, &said.by) {
            self.post(said.by, Message::Chain(links.to_vec()));
        }
        // Who names a transfer had a part in it, if only as the body above the unit for a while.
        let mut records = chain.records().records();
        let told = records.find(|(record, _)| record.tid == tid.map(|tid| tid.0));
        if let Some((record, _)) = told.filter(|_| tid.is_some())
            && let Some(receipt) = rows::read_receipt(self, &dossier, record.epoch)?
        {
            self.post(said.by, Message::Receipt(receipt));
        }
        Ok(())
    }

    /// Whether a chain names a node, as registrar or as the node of a unit.
    pub(super) fn is_named(&self, chain: &Chain, node: &dossier::NodeId) -> bool {
        let province = self.province();
        *node == province.signers.register
            || chain.records().records().any(|(record, _)| {
                let named = [record.registrar, record.next_registrar];
                named.iter().any(|it| province.signers.stands_for(node, it))
                    || province.serving(&record.to) == Some(*node)
            })
            // The unit that keeps it has moved to another body.
            || province.closing(chain.current()) == *node
    }

    /// Takes links that follow one another; a chain that is new here has to concern this node.
    pub(super) fn hear_chain(&mut self, links: &[Link]) -> Result<(), Fault> {
        let Some(first) = links.iter().find_map(Link::signed) else { return Ok(()) };
        let dossier = first.record.dossier;
        if self.chain(&dossier)?.is_none() {
            let signers = self.province().signers;
            let Ok(whole) = Chain::verify(links, &signers, self.desk.crypto) else {
                return Ok(());
            };
            let me = self.me();
            if !self.is_named(&whole, &me) {
                return Ok(());
            }
            if let Some(opened) = links.first() {
                let key = rows::by_epoch(&dossier, rows::LINK, 0);
                self.put(Table::Custody, key, opened);
            }
        }
        for link in links {
            if let Link::Closed(valid) = link
                && valid.outcome().dossier() == dossier
            {
                self.hear_outcome(valid)?;
            }
        }
        Ok(())
    }

    /// Changes came: whoever waited for them goes on.
    pub(super) fn go_on(&mut self, dossier: &DossierId) -> Result<(), Fault> {
        if self.recovering()?.is_some() {
            return self.recall();
        }
        for tid in self.open_of(dossier)? {
            if let Some(row) = self.sending(dossier, &tid)?
                && row.release.is_some()
                && row.state == SendingState::Open
                && let Some(chain) = self.chain(dossier)?
            {
                self.release(&chain, tid)?;
            }
            if let Some(chain) = self.chain(dossier)? {
                self.receive(&chain, &tid)?;
            }
            self.consider(dossier, &tid)?;
        }
        Ok(())
    }

    pub(super) fn tick(&mut self) -> Result<(), Fault> {
        if self.recovering()?.is_some() {
            return self.recall();
        }
        for (dossier, tid) in rows::open_transfers(self.desk.records)? {
            if let Some(row) = self.sending(&dossier, &tid)? {
                self.sender_ticks(&dossier, &tid, &row)?;
            }
            if let Some(row) = self.receiving(&dossier, &tid)? {
                self.receiver_ticks(&dossier, &tid, &row)?;
            }
            if let Some(row) = self.registering(&dossier, &tid)? {
                self.registrar_ticks(&dossier, &tid, &row)?;
            }
            self.order_ticks(&dossier, &tid)?;
            self.succession_ticks(&dossier, &tid)?;
            self.note_ticks(&dossier, &tid)?;
        }
        self.register_ticks()
    }
}
