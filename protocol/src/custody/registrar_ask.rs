//! What the registrar asks of the register: COMMIT_REQ, ABORT_REQ, TAKEOVER_REQ.

use dossier::{
    DossierId,
    plant::{self, Plant},
};

use super::{
    Abort, AnswerCode, Chain, Closing, Cosignature, Effect, Evidence, Fit, LogEntry, Message,
    Outcome, Reason, Registering, RegisteringState, Release, Request, Said, SyncFirst, TransferId,
    ValidOutcome, desk::Turn, outcome, rows,
};
use crate::{Fault, envelope::SignedCustody};

impl Turn<'_> {
    /// Asks for the commit when everything is there: release and acceptance, and content that the
    /// release covers exactly (R5, R6).
    pub(super) fn consider(&mut self, dossier: &DossierId, tid: &TransferId) -> Result<(), Fault> {
        let Some(row) = self.registering(dossier, tid)? else { return Ok(()) };
        let Some(chain) = self.chain(dossier)? else { return Ok(()) };
        let open = row.state == RegisteringState::Open && row.asked.is_none();
        if !open || chain.current().epoch != row.epoch || self.is_forked(dossier)? {
            return Ok(());
        }
        if let Some(row_of) = rows::read_succeeding(self, dossier, tid)? {
            return self.consider_succession(&chain, row_of.order, row);
        }
        if row.order.is_some() {
            return self.ask_take_over(&chain, tid, row);
        }
        let Some(release) = row.release.clone().filter(|_| row.is_accepted()) else {
            return Ok(());
        };
        let Some(said) = &row.proposal else { return Ok(()) };
        // A machine that was replaced has not frozen what its successor writes.
        if self.province().serving(&said.what.from) != Some(release.by) {
            return Ok(());
        }
        if !self.may_carry_out(said, chain.current()) {
            return self.ask_refusal(dossier, tid);
        }
        if self.fits_exactly(&chain, &release)? {
            return self.ask_commit(&chain, tid, row);
        }
        Ok(())
    }

    /// R5: whether a release says what is here, no more and no less; what is missing is asked for.
    pub(super) fn fits_exactly(
        &mut self,
        chain: &Chain,
        release: &Said<Release>,
    ) -> Result<bool, Fault> {
        let Release { dossier, tid, .. } = release.what;
        let entries = self.entries(&dossier)?;
        let sorting = self.sorted(chain, &entries);
        match sorting.compare(chain.current().epoch, &entries, &release.what.closing) {
            Fit::Same => return Ok(true),
            // R5: a release that leaves out what is here is none.
            Fit::Beyond if plant::is(Plant::StaleRelease) => return Ok(true),
            Fit::Beyond => {
                let first = self.say(SyncFirst { dossier, tid, refused: release.digest() });
                self.post(release.by, Message::SyncFirst(first));
                self.sync(dossier, release.by);
            }
            Fit::Lacking => self.sync(dossier, release.by),
            Fit::False => {}
        }
        Ok(false)
    }

    fn ask_commit(
        &mut self,
        chain: &Chain,
        tid: &TransferId,
        row: Registering,
    ) -> Result<(), Fault> {
        let (Some(proposal), Some(release)) = (row.proposal.clone(), row.release.clone()) else {
            return Ok(());
        };
        let outside = proposal.what.addressee().is_some();
        let next = match outside {
            true => self.province().signers.register,
            false => self.province().registrar(&proposal.what.to),
        };
        let record = proposal.what.record(&release.what.closing, next, self.desk.clock.now);
        let signed = SignedCustody::issue(record, self.me(), self.desk.crypto);
        let release = Box::new(release);
        let evidence = match row.answer.clone() {
            _ if outside => Evidence::Outside { proposal, release },
            Some(answer) => Evidence::Transfer { proposal, answer, release },
            None => return Ok(()),
        };
        let request = Request { outcome: Outcome::Commit(Box::new(signed)), evidence };
        self.ask(&chain.dossier(), tid, row, request)
    }

    fn ask_take_over(
        &mut self,
        chain: &Chain,
        tid: &TransferId,
        row: Registering,
    ) -> Result<(), Fault> {
        let Some(order) = row.order.clone() else { return Ok(()) };
        let (dossier, current) = (chain.dossier(), chain.current());
        if !self.closes(current) || order.lawful(current, self.province()).is_err() {
            // The unit has moved: the register tells the order to the body above it today. Or the tree
            // forbids what it let be ordered, as where the receiving unit has ended since.
            let row = Registering { state: RegisteringState::Aborted, ..row };
            return self.keep_registering(&dossier, tid, &row);
        }
        let entries = self.entries(&dossier)?;
        let closing: Closing = self.sorted(chain, &entries).closing(row.epoch, &entries);
        let next = self.province().registrar(&order.to);
        let record = order.record(&closing, self.me(), next, self.desk.clock.now);
        let signed = SignedCustody::issue(record, self.me(), self.desk.crypto);
        let outcome = Outcome::Commit(Box::new(signed));
        let request = Request { outcome, evidence: Evidence::TakeOver(order) };
        self.ask(&dossier, tid, row, request)
    }

    /// The receiver's REJECT, or a proposal that breaks the law.
    pub(super) fn ask_refusal(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
    ) -> Result<(), Fault> {
        self.ask_abort(dossier, tid, Reason::Rejected)
    }

    pub(super) fn ask_withdrawal(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
    ) -> Result<(), Fault> {
        self.ask_abort(dossier, tid, Reason::Cancelled)
    }

    pub(super) fn ask_expiry(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
    ) -> Result<(), Fault> {
        self.ask_abort(dossier, tid, Reason::Expired)
    }

    /// R2: an abort goes through the register as a commit does.
    pub(super) fn ask_abort(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        reason: Reason,
    ) -> Result<(), Fault> {
        let Some(row) = self.registering(dossier, tid)? else { return Ok(()) };
        let conflict = reason == Reason::Conflict;
        if row.state != RegisteringState::Open || (row.asked.is_some() && !conflict) {
            return Ok(());
        }
        let Some(proposal) = row.proposal.clone() else {
            // A take-over that came too late has nothing to give back.
            let row = Registering { state: RegisteringState::Aborted, ..row };
            return self.keep_registering(dossier, tid, &row);
        };
        if row.asks_to_commit() && conflict {
            // The register finds the conflict itself when it hears of the request again.
            return Ok(());
        }
        let evidence = match (reason, row.answer.clone(), row.withdrawal.clone()) {
            (Reason::Rejected, Some(answer), _) if answer.what.code != AnswerCode::Accepted => {
                Evidence::Rejected { proposal, answer }
            }
            (Reason::Cancelled, _, Some(withdrawal)) => {
                Evidence::Withdrawn { proposal, withdrawal }
            }
            (Reason::Expired, ..) => Evidence::Overdue(proposal),
            _ => Evidence::Refused(proposal),
        };
        let (dossier, epoch, tid) = (*dossier, row.epoch, *tid);
        let chain = self.chain(&dossier)?.filter(|_| conflict);
        let winner = chain.and_then(|chain| chain.record(epoch + 1).map(|(_, hash)| hash));
        let abort = Abort { dossier, epoch, tid, reason, winner };
        let request = Request { outcome: Outcome::Abort(abort), evidence };
        self.ask(&dossier, &tid, row, request)
    }

    /// ASKED: durable before it is said.
    pub(super) fn ask(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        row: Registering,
        request: Request,
    ) -> Result<(), Fault> {
        let alone = outcome::decided_by_registrar(&request.outcome);
        let asked = self.say(request);
        let row = Registering { asked: Some(asked.clone()), ..row };
        self.keep_registering(dossier, tid, &row)?;
        if alone {
            return self.decide_alone(asked);
        }
        let register = self.province().signers.register;
        self.post(register, Message::Request(Box::new(asked)));
        Ok(())
    }

    /// A registrar that needs nobody (planted faults only).
    fn decide_alone(&mut self, request: Said<Request>) -> Result<(), Fault> {
        let outcome = request.what.outcome.clone();
        let previous = dossier::Hash::ZERO;
        let entry = self.say(LogEntry { number: 0, previous, outcome, request });
        let cosigned = self.say(Cosignature { number: 0, digest: entry.digest() });
        let valid = ValidOutcome { entry, cosigned };
        self.tell_outcome(&valid)?;
        self.inbox.push_back(Message::Outcome(Box::new(valid)));
        Ok(())
    }

    /// R6: the key goes to the receiver with the committed record, and never before.
    pub(super) fn unseal(&mut self, chain: &Chain, epoch: u32, tid: &TransferId) {
        let Some(super::Link::Closed(valid)) = chain.links().get(epoch as usize + 1) else {
            return;
        };
        let Evidence::Transfer { release, proposal, .. } = &valid.entry.what.request.what.evidence
        else {
            return;
        };
        if let Some(to) = self.province().serving(&proposal.what.to) {
            let (dossier, sealed) = (chain.dossier(), release.what.sealed.clone());
            self.then(Effect::Unseal { dossier, tid: *tid, to, sealed });
        }
    }
}
