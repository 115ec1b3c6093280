//! R, the new custodian: NONE, INVITED, ACCEPTED, FETCHING, CUSTODIAN.

use dossier::DossierId;

use super::{
    Alarm, Answer, AnswerCode, Chain, Effect, Fit, Message, Proposal, Receipt, Receiving,
    ReceivingState, Refusal, Said, TransferId, desk::Turn, rows,
};
use crate::{Fault, Table};

impl Turn<'_> {
    /// The registrar passes on a proposal: a person has to answer.
    pub(super) fn receiver_hears_proposal(&mut self, said: &Said<Proposal>) -> Result<(), Fault> {
        let proposal = &said.what;
        let (dossier, tid) = (proposal.dossier, proposal.tid());
        let outside = proposal.addressee().is_some();
        if outside || self.province().serving(&proposal.to) != Some(self.me()) {
            return Ok(());
        }
        if let Some(row) = self.receiving(&dossier, &tid)? {
            if row.is_open()
                && let Some(answer) = row.answer
            {
                self.post(proposal.registrar, Message::Answer(answer));
            }
            return Ok(());
        }
        let signers = &self.province().signers;
        let known = self.chain(&dossier)?;
        let gone = known.is_some_and(|chain| chain.current().epoch > proposal.epoch);
        let over = gone || rows::read_aborted(self, &dossier, &tid)?.is_some();
        let spoken = signers.speaks_for(&said.by, &proposal.from, &proposal.registrar);
        if over || !spoken || !self.is_said(said) {
            return Ok(());
        }
        let row = Receiving {
            epoch: proposal.epoch,
            proposal: Some(said.clone()),
            answer: None,
            state: ReceivingState::Invited,
        };
        self.keep(rows::RECEIVING, &dossier, &tid, &row)?;
        self.then(Effect::Alarm(Alarm::Invited(dossier, tid)));
        Ok(())
    }

    /// ACCEPT or REJECT: once, and durable before anybody hears of it.
    pub(super) fn answer(
        &mut self,
        dossier: &DossierId,
        tid: TransferId,
        code: AnswerCode,
    ) -> Result<Result<(), Refusal>, Fault> {
        let row = self.receiving(dossier, &tid)?;
        let Some(row) = row.filter(|row| row.is_open() && row.proposal.is_some()) else {
            return Ok(Err(Refusal::NoTransfer));
        };
        if row.answer.is_some() {
            return Ok(Err(Refusal::Answered));
        }
        if self.is_forked(dossier)? {
            return Ok(Err(Refusal::Forked));
        }
        let answer = self.say(Answer { dossier: *dossier, tid, code });
        let registrar = row.proposal.as_ref().map(|said| said.what.registrar);
        let row =
            Receiving { answer: Some(answer.clone()), state: ReceivingState::Answered, ..row };
        self.keep(rows::RECEIVING, dossier, &tid, &row)?;
        if let Some(registrar) = registrar {
            self.post(registrar, Message::Answer(answer));
        }
        Ok(Ok(()))
    }

    /// FETCHING: when exactly the closing heads are here, the receipt is written and sent.
    pub(super) fn receive(&mut self, chain: &Chain, tid: &TransferId) -> Result<(), Fault> {
        let dossier = chain.dossier();
        let Some(row) = self.receiving(&dossier, tid)? else { return Ok(()) };
        let Some(record) = chain.records().record(row.epoch + 1).cloned() else { return Ok(()) };
        if row.state != ReceivingState::Fetching || record.tid != Some(tid.0) {
            return Ok(());
        }
        let Some(closing) = chain.closing(row.epoch) else { return Ok(()) };
        let entries = self.entries(&dossier)?;
        let fit = self.sorted(chain, &entries).compare(row.epoch, &entries, &closing);
        if fit != Fit::Same {
            self.sync(dossier, record.registrar);
            return Ok(());
        }
        let receipt = self.say(Receipt { dossier, tid: *tid, epoch: record.epoch, closing });
        let row = Receiving { state: ReceivingState::Custodian, ..row };
        self.keep(rows::RECEIVING, &dossier, tid, &row)?;
        self.put(Table::Custody, rows::by_epoch(&dossier, rows::RECEIPT, record.epoch), &receipt);
        self.then(Effect::Alarm(Alarm::Arrived(dossier)));
        self.show_receipt(chain, record.epoch, receipt);
        Ok(())
    }

    /// Sends a receipt to registrar, register and sender.
    fn show_receipt(&mut self, chain: &Chain, epoch: u32, receipt: Said<Receipt>) {
        let Some(record) = chain.records().record(epoch) else { return };
        let sender = record.from.as_ref().and_then(|from| self.province().serving(from));
        let mut told = vec![record.registrar, self.province().signers.register];
        told.extend(sender);
        if told.contains(&self.me()) {
            self.inbox.push_back(Message::Receipt(receipt.clone()));
        }
        self.tell(told, &Message::Receipt(receipt));
    }

    /// The registrar says again that custody came: it has not heard of the receipt.
    pub(super) fn repeat_receipt(&mut self, chain: &Chain, epoch: u32) -> Result<(), Fault> {
        let receipt = rows::read_receipt(self, &chain.dossier(), epoch)?;
        if let Some(receipt) = receipt.filter(|said| said.by == self.me()) {
            self.show_receipt(chain, epoch, receipt);
        }
        Ok(())
    }

    pub(super) fn receiver_ticks(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        row: &Receiving,
    ) -> Result<(), Fault> {
        match row.state {
            ReceivingState::Invited | ReceivingState::Answered => {
                let Some(proposal) = row.proposal.clone() else { return Ok(()) };
                let registrar = proposal.what.registrar;
                // The registrar may have forgotten it, and then it has to be ended again.
                self.post(registrar, Message::Propose(proposal));
                if let Some(answer) = row.answer.clone() {
                    self.post(registrar, Message::Answer(answer));
                }
                self.inquire(dossier, Some(*tid), registrar)
            }
            ReceivingState::Fetching => {
                let Some(chain) = self.chain(dossier)? else { return Ok(()) };
                self.receive(&chain, tid)
            }
            ReceivingState::Custodian | ReceivingState::Over => Ok(()),
        }
    }
}
