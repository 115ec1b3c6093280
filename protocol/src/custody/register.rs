//! P, the province register: `out[tid]` and `rec[dossier, epoch]`, each written once.
//!
//! An entry is signed, then cosigned by the witness, and only then written and told. One entry waits
//! at a time, so what the witness has not seen binds nobody and is lost without harm.

use dossier::{
    DossierId, Hash, NodeId,
    custody::{CustodyKind, CustodyRecord},
    plant::{self, Plant},
};

use super::{
    Abort, AnswerCode, Chain, Closing, Cosignature, Effect, Evidence, Fit, LogEntry, Message,
    Outcome, Proposal, Reason, Release, Request, Said, SyncFirst, TransferId, ValidOutcome,
    desk::Turn, rows,
};
use crate::{Fault, Table};

/// Key in [`Table::Meta`] of the number and digest of the newest entry of the log.
const HEAD: &[u8] = b"custody-log";

impl Turn<'_> {
    fn is_register(&self) -> bool {
        self.province().signers.register == self.me()
    }

    /// Number and digest of the newest entry of the log here, the register's or the witness's.
    pub(super) fn log_head(&self) -> Result<(u64, Hash), Fault> {
        Ok(rows::read(self, Table::Meta, HEAD)?.unwrap_or((0, Hash::ZERO)))
    }

    /// Adds an entry to the log.
    pub(super) fn write_log(&mut self, valid: &ValidOutcome) {
        let LogEntry { number, .. } = valid.entry.what;
        self.put(Table::Register, number.to_be_bytes().to_vec(), valid);
        self.put(Table::Meta, HEAD.to_vec(), &(number, valid.entry.digest()));
    }

    /// The outcome that was decided for a transfer.
    fn decided(&self, of: &DossierId, tid: &TransferId) -> Result<Option<ValidOutcome>, Fault> {
        match self.read::<u64>(&rows::by_tid(of, rows::OUT, tid))? {
            Some(number) => rows::logged(self, number),
            None => Ok(None),
        }
    }

    /// The outcome that closed an epoch.
    fn recorded(&self, of: &DossierId, epoch: u32) -> Result<Option<ValidOutcome>, Fault> {
        match self.read::<u64>(&rows::by_epoch(of, rows::REC, epoch))? {
            Some(number) => rows::logged(self, number),
            None => Ok(None),
        }
    }

    /// COMMIT_REQ, ABORT_REQ, TAKEOVER_REQ: the first request wins, a repeated one is answered with
    /// what was decided (R1, R2).
    pub(super) fn hear_request(&mut self, said: &Said<Request>) -> Result<(), Fault> {
        if !self.is_register() {
            return Ok(());
        }
        let asked = &said.what.outcome;
        let (dossier, epoch, tid) = (asked.dossier(), asked.epoch(), asked.tid());
        if let Some(valid) = self.decided(&dossier, &tid)? {
            self.post(said.by, Message::Outcome(Box::new(valid)));
            return Ok(());
        }
        if let Some(waiting) = rows::pending(self)? {
            let witness = self.province().signers.witness;
            let same = waiting.what.request == *said;
            self.post(witness, Message::Register(Box::new(waiting)));
            if !same {
                self.then(Effect::Later(Box::new(said.clone())));
            }
            return Ok(());
        }
        let Some(chain) = self.chain(&dossier)? else {
            self.sync(dossier, said.by);
            return Ok(());
        };
        if !said.is_proven(&self.province().signers, self.desk.crypto) {
            return Ok(());
        }
        if !self.is_lawful(said, &chain)? {
            return self.send_back(said, &chain);
        }
        let winner = self.recorded(&dossier, epoch)?;
        let outcome = match winner {
            // R1: one record for an epoch; whoever comes second learns who was first.
            Some(winner) if !plant::is(Plant::RegisterByTransfer) => {
                let Outcome::Commit(record) = winner.outcome() else { return Ok(()) };
                let (reason, winner) = (Reason::Conflict, Some(record.hash()));
                Outcome::Abort(Abort { dossier, epoch, tid, reason, winner })
            }
            _ => asked.clone(),
        };
        if let Outcome::Commit(_) = &outcome
            && !self.covers(said, &chain)?
        {
            return Ok(());
        }
        let (number, previous) = self.log_head()?;
        let entry = LogEntry { number: number + 1, previous, outcome, request: said.clone() };
        let entry = self.say(entry);
        self.put(Table::Meta, rows::PENDING.to_vec(), &entry);
        let witness = self.province().signers.witness;
        self.post(witness, Message::Register(Box::new(entry)));
        Ok(())
    }

    /// What a registrar asks by another tree or member list than this one's is not signed; it may ask
    /// again when it has heard, or end it.
    fn send_back(&mut self, said: &Said<Request>, chain: &Chain) -> Result<(), Fault> {
        let outcome = &said.what.outcome;
        let at = chain.records().record(outcome.epoch());
        let asks = at.is_some_and(|it| self.may_end(said, it));
        if asks && matches!(outcome, Outcome::Commit(_)) {
            self.refuse(said);
        }
        Ok(())
    }

    fn refuse(&mut self, said: &Said<Request>) {
        let outcome = &said.what.outcome;
        let (dossier, tid) = (outcome.dossier(), outcome.tid());
        let first = self.say(SyncFirst { dossier, tid, refused: said.digest() });
        self.post(said.by, Message::SyncFirst(first));
    }

    /// Whether a request comes from who closes the epoch today, or closed it when the transfer began.
    fn may_end(&self, said: &Said<Request>, at: &CustodyRecord) -> bool {
        let province = self.province();
        let proposed = said.what.evidence.proposal().map(|it| it.what.registrar);
        let named = [Some(at.next_registrar), proposed].into_iter().flatten();
        province.closing(at) == said.by
            || named.into_iter().any(|it| province.acting(&it) == said.by)
    }

    /// Whether whoever closes the epoch asks, and the law lets it; an end may also be asked for by who
    /// closed it when the transfer began.
    fn is_lawful(&self, said: &Said<Request>, chain: &Chain) -> Result<bool, Fault> {
        let outcome = &said.what.outcome;
        let epoch = outcome.epoch();
        let Some(at) = chain.records().record(epoch) else { return Ok(false) };
        let province = self.province();
        let asks = match outcome {
            Outcome::Commit(_) => province.closing(at) == said.by,
            Outcome::Abort(_) => self.may_end(said, at),
        };
        if !asks
            || !said.what.may_follow(at, &province.signers)
            || self.is_forked(&chain.dossier())?
        {
            return Ok(false);
        }
        let open = epoch == chain.current().epoch;
        let stands = |node: &NodeId, named: NodeId| province.signers.stands_for(node, &named);
        let serves =
            |node: &NodeId, unit| province.serving(unit).is_some_and(|it| stands(node, it));
        let gives = |proposal: &Said<Proposal>, release: &Said<Release>| {
            let from = &proposal.what.from;
            province.serving(from) == Some(release.by)
                && (stands(&proposal.by, said.by) || stands(&proposal.by, release.by))
                && (!open || self.is_lawful_at(proposal, at, &said.by))
        };
        let spoken = match &said.what.evidence {
            Evidence::Transfer { proposal, answer, release } => {
                serves(&answer.by, &proposal.what.to)
                    && answer.what.code == AnswerCode::Accepted
                    && gives(proposal, release)
            }
            Evidence::TakeOver(order) => !open || order.lawful(at, province).is_ok(),
            Evidence::Reorganised(said) => !open || said.what.lawful(at, province).is_ok(),
            Evidence::Rejected { proposal, answer } => serves(&answer.by, &proposal.what.to),
            Evidence::Outside { proposal, release } => gives(proposal, release),
            Evidence::Reopening(order) => {
                said.by == self.me() && (!open || order.lawful(at).is_ok())
            }
            // No expiry but by the register's own clock.
            Evidence::Overdue(proposal) => proposal.what.deadline < self.desk.clock.now,
            Evidence::Withdrawn { .. } | Evidence::Refused(_) => true,
        };
        let named = match outcome {
            Outcome::Commit(signed) => {
                let next = match signed.record.kind {
                    CustodyKind::Export => self.me(),
                    _ => province.registrar(&signed.record.to),
                };
                signed.record.next_registrar == next
                    && chain.record(epoch).is_some_and(|(_, hash)| signed.record.prev == hash)
            }
            Outcome::Abort(_) => true,
        };
        Ok(spoken && named)
    }

    /// R5 once more: what the register has acknowledged is in the closing, or nothing is signed.
    fn covers(&mut self, said: &Said<Request>, chain: &Chain) -> Result<bool, Fault> {
        let Outcome::Commit(signed) = &said.what.outcome else { return Ok(true) };
        let record = &signed.record;
        let (dossier, epoch) = (record.dossier, record.epoch - 1);
        if epoch != chain.current().epoch && !plant::is(Plant::RegisterByTransfer) {
            return Ok(false);
        }
        let entries = self.entries(&dossier)?;
        let closing = Closing { heads: record.close_heads.clone(), set: record.close_set };
        let fit = self.sorted(chain, &entries).compare(epoch, &entries, &closing);
        if fit == Fit::Same || (fit == Fit::Beyond && plant::is(Plant::StaleRelease)) {
            return Ok(true);
        }
        // What lacks here may be on its way, or be gone: then the registrar has to ask for less.
        self.sync(dossier, said.by);
        self.refuse(said);
        Ok(false)
    }

    /// The witness has seen it: only from here on it is an outcome.
    pub(super) fn hear_cosigned(&mut self, said: Said<Cosignature>) -> Result<(), Fault> {
        let Some(entry) = rows::pending(self)? else { return Ok(()) };
        let fits = said.what.number == entry.what.number && said.what.digest == entry.digest();
        let by = said.by == self.province().signers.witness;
        if !fits || !by || !self.is_said(&said) {
            return Ok(());
        }
        let valid = ValidOutcome { entry, cosigned: said };
        self.enter(&valid)?;
        self.tell_outcome(&valid)
    }

    /// Writes an outcome into the log and both registers, and into the chain.
    pub(super) fn enter(&mut self, valid: &ValidOutcome) -> Result<(), Fault> {
        let outcome = valid.outcome();
        let (dossier, epoch, tid) = (outcome.dossier(), outcome.epoch(), outcome.tid());
        let number = valid.entry.what.number;
        self.write_log(valid);
        self.put(Table::Custody, rows::by_tid(&dossier, rows::OUT, &tid), &number);
        if let Outcome::Commit(_) = outcome {
            self.put(Table::Custody, rows::by_epoch(&dossier, rows::REC, epoch), &number);
        }
        self.remove(Table::Meta, rows::PENDING.to_vec());
        self.take_outcome(valid)
    }

    /// Tells an outcome to everybody whom it concerns.
    pub(super) fn tell_outcome(&mut self, valid: &ValidOutcome) -> Result<(), Fault> {
        let mut told = vec![valid.entry.what.request.by, self.province().signers.register];
        let request = &valid.entry.what.request.what;
        if let Some(proposal) = request.evidence.proposal() {
            told.extend(self.province().serving(&proposal.what.from));
            told.extend(self.province().serving(&proposal.what.to));
        }
        if let Outcome::Commit(signed) = valid.outcome() {
            let record = &signed.record;
            told.push(record.next_registrar);
            told.extend(self.province().serving(&record.to));
            told.extend(record.from.as_ref().and_then(|from| self.province().serving(from)));
        }
        self.tell(told, &Message::Outcome(Box::new(valid.clone())));
        Ok(())
    }

    /// Says the waiting entry again.
    pub(super) fn register_ticks(&mut self) -> Result<(), Fault> {
        if self.is_register()
            && let Some(waiting) = rows::pending(self)?
        {
            let witness = self.province().signers.witness;
            self.post(witness, Message::Register(Box::new(waiting)));
        }
        Ok(())
    }
}
