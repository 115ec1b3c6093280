//! S, the old custodian: ACTIVE, FROZEN, RETIRED, STUB.

use dossier::{
    DossierId, Hash, LegalBasis, Timestamp, UnitId,
    custody::{CustodyKind, CustodyRecord},
    plant::{self, Plant},
};

use super::{
    Call, Chain, Effect, Fit, Message, Proposal, Refusal, Release, Road, Said, Sending,
    SendingState, SyncFirst, TransferId, Withdrawal, desk::Turn, rows,
};
use crate::Fault;

impl Turn<'_> {
    /// See [`super::Desk::may_edit`].
    pub(super) fn may_edit(
        &self,
        dossier: &DossierId,
    ) -> Result<Result<(u32, Hash), Refusal>, Fault> {
        Ok(match self.chain(dossier)? {
            None => Err(Refusal::Unknown),
            Some(chain) => self.working(&chain)?.map(|()| (chain.current().epoch, chain.head())),
        })
    }

    fn working(&self, chain: &Chain) -> Result<Result<(), Refusal>, Fault> {
        let dossier = chain.dossier();
        if let Err(refusal) = self.ready(chain)? {
            return Ok(Err(refusal));
        }
        // What a unit left behind when it ended is its successor's to work on.
        if self.province().has_ended(&chain.current().to) {
            return Ok(Err(Refusal::UnitEnded));
        }
        // R4: what is frozen is not edited.
        if self.frozen(&dossier, chain.current().epoch)?.is_some()
            && !plant::is(Plant::EditAfterRelease)
        {
            return Ok(Err(Refusal::Moving));
        }
        Ok(Ok(()))
    }

    /// Whether this node is the custodian and holds everything the epoch before ended with.
    pub(super) fn ready(&self, chain: &Chain) -> Result<Result<(), Refusal>, Fault> {
        let (dossier, current) = (chain.dossier(), chain.current());
        if self.recovering()?.is_some() {
            return Ok(Err(Refusal::Recovering));
        }
        // R12: a fork stops everybody.
        if self.is_forked(&dossier)? {
            return Ok(Err(Refusal::Forked));
        }
        // Điều 10.3: nobody in the province writes into what went out of it.
        if chain.is_outside() {
            return Ok(Err(Refusal::Outside));
        }
        if !self.keeps(current) {
            return Ok(Err(Refusal::NotCustodian));
        }
        // R7: nobody writes before the closing heads are here.
        if let Some(before) = current.epoch.checked_sub(1)
            && let Some(closing) = chain.closing(before)
        {
            let entries = self.entries(&dossier)?;
            let fit = self.sorted(chain, &entries).compare(before, &entries, &closing);
            if fit != Fit::Same {
                return Ok(Err(Refusal::Incomplete));
            }
        }
        Ok(Ok(()))
    }

    /// The transfer for which a dossier is frozen (R3: only an outcome ends that).
    pub(super) fn frozen(
        &self,
        dossier: &DossierId,
        epoch: u32,
    ) -> Result<Option<TransferId>, Fault> {
        for tid in self.open_of(dossier)? {
            let row = self.sending(dossier, &tid)?;
            let holds = |row: &Sending| {
                row.epoch == epoch && row.state == SendingState::Open && row.release.is_some()
            };
            if row.as_ref().is_some_and(holds) {
                let deadline = row.and_then(|row| row.proposal).map(|said| said.what.deadline);
                let lapsed = deadline.is_some_and(|at| at < self.desk.clock.now);
                if !(lapsed && plant::is(Plant::UnfreezeByTimer)) {
                    return Ok(Some(tid));
                }
            }
        }
        Ok(None)
    }

    pub(super) fn propose(
        &mut self,
        dossier: DossierId,
        to: UnitId,
        road: Road,
        basis: LegalBasis,
        deadline: Timestamp,
        nonce: [u8; 16],
    ) -> Result<Result<(), Refusal>, Fault> {
        let Some(chain) = self.chain(&dossier)? else { return Ok(Err(Refusal::Unknown)) };
        let current = chain.current();
        let registers = self.closes(current);
        if !self.keeps(current) && !registers {
            return Ok(Err(Refusal::NotCustodian));
        }
        if self.is_forked(&dossier)? {
            return Ok(Err(Refusal::Forked));
        }
        if self.keeps(current)
            && let Err(refusal) = self.ready(&chain)?
        {
            return Ok(Err(refusal));
        }
        if self.is_moving(&dossier, current)? {
            return Ok(Err(Refusal::Moving));
        }
        let entries = self.entries(&dossier)?;
        if self.sorted(&chain, &entries).admitted().next().is_none() {
            return Ok(Err(Refusal::Draft));
        }
        let Some(by) = self.province().unit_of(&self.me()).cloned() else {
            return Ok(Err(Refusal::NotCustodian));
        };
        // A machine that was replaced goes on being named; who serves its unit acts for it.
        let (named, today) = (current.next_registrar, self.province().closing(current));
        let stays = self.province().signers.stands_for(&today, &named);
        let proposal = Proposal {
            dossier,
            epoch: current.epoch,
            prev: chain.head(),
            from: current.to.clone(),
            to,
            registrar: if stays { named } else { today },
            road,
            basis,
            deadline,
            nonce,
        };
        // A node that holds in trust speaks as the unit itself.
        let by = if self.keeps(current) && by != current.to { current.to.clone() } else { by };
        if let Err(refusal) = proposal.lawful(&by, current, self.province()) {
            let trusted = self
                .province()
                .body(&current.to)
                .filter(|body| self.province().unit_of(&self.me()) == Some(body));
            let again = trusted.map(|body| proposal.lawful(&body, current, self.province()));
            if again != Some(Ok(())) {
                return Ok(Err(refusal));
            }
        }
        let said = self.say(proposal);
        let registrar = said.what.registrar;
        if self.keeps(current) {
            self.keep_proposal(&said)?;
        } else if let Some(sender) = self.province().serving(&current.to) {
            self.post(sender, Message::Propose(said.clone()));
        }
        self.post(registrar, Message::Propose(said));
        Ok(Ok(()))
    }

    /// Whether a transfer of this epoch is open here.
    fn is_moving(&self, dossier: &DossierId, current: &CustodyRecord) -> Result<bool, Fault> {
        for tid in self.open_of(dossier)? {
            let sends = self.sending(dossier, &tid)?;
            let registers = self.registering(dossier, &tid)?;
            if sends
                .is_some_and(|row| row.state == SendingState::Open && row.epoch == current.epoch)
                || registers.is_some_and(|row| row.is_open() && row.epoch == current.epoch)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn keep_proposal(&mut self, said: &Said<Proposal>) -> Result<(), Fault> {
        let row = Sending {
            epoch: said.what.epoch,
            proposal: Some(said.clone()),
            release: None,
            withdrawal: None,
            state: SendingState::Open,
        };
        self.keep(rows::SENDING, &said.what.dossier, &said.what.tid(), &row)
    }

    /// The body above proposes for a unit under it (Điều 10.2, matrix 3.1).
    pub(super) fn sender_hears_proposal(&mut self, said: &Said<Proposal>) -> Result<(), Fault> {
        let proposal = &said.what;
        let tid = proposal.tid();
        let Some(chain) = self.chain(&proposal.dossier)? else { return Ok(()) };
        let current = chain.current();
        let signers = &self.province().signers;
        // Or this unit itself, by a machine that served it before or that has forgotten it since.
        let registrar = self.province().closing(current);
        let spoken =
            signers.stands_for(&said.by, &registrar) || signers.stands_for(&said.by, &self.me());
        let due = spoken
            && proposal.epoch == current.epoch
            && proposal.prev == chain.head()
            && proposal.from == current.to
            && signers.stands_for(&proposal.registrar, &registrar);
        if !due || !self.keeps(current) || self.sending(&proposal.dossier, &tid)?.is_some() {
            return Ok(());
        }
        if self.is_said(said) { self.keep_proposal(said) } else { Ok(()) }
    }

    /// R11: the dossier is frozen when everything else is there, and not before.
    pub(super) fn hear_call(&mut self, said: &Said<Call>) -> Result<(), Fault> {
        let Call { dossier, tid } = said.what;
        let Some(chain) = self.chain(&dossier)? else { return Ok(()) };
        let signers = &self.province().signers;
        let calls = signers.stands_for(&said.by, &self.province().closing(chain.current()));
        if !calls || !self.is_said(said) {
            return Ok(());
        }
        self.release(&chain, tid)
    }

    /// Freezes the dossier for a transfer and releases what is here, or says again what it said,
    /// or more than it said.
    pub(super) fn release(&mut self, chain: &Chain, tid: TransferId) -> Result<(), Fault> {
        let (dossier, current) = (chain.dossier(), chain.current());
        let Some(mut row) = self.sending(&dossier, &tid)? else { return Ok(()) };
        let Some(proposal) = row.proposal.as_ref().map(|said| said.what.clone()) else {
            return self.release_to_successor(chain, tid, row);
        };
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
            let content = self.desk.content;
            let sealed = content.sealed_key(&dossier, &tid, &proposal.to, &proposal.registrar)?;
            row.release = Some(self.say(Release { dossier, tid, closing, sealed }));
            self.keep(rows::SENDING, &dossier, &tid, &row)?;
        }
        if let Some(release) = row.release {
            self.post(proposal.registrar, Message::Release(release));
        }
        Ok(())
    }

    /// The officer who hands over does not wait for the call: what was released is used when the
    /// receiver has accepted.
    pub(super) fn release_early(
        &mut self,
        dossier: &DossierId,
        tid: TransferId,
    ) -> Result<Result<(), Refusal>, Fault> {
        let Some(chain) = self.chain(dossier)? else { return Ok(Err(Refusal::Unknown)) };
        if let Err(refusal) = self.ready(&chain)? {
            return Ok(Err(refusal));
        }
        let row = self.sending(dossier, &tid)?;
        if row.is_none_or(|row| row.state != SendingState::Open || row.proposal.is_none()) {
            return Ok(Err(Refusal::NoTransfer));
        }
        let entries = self.entries(dossier)?;
        let closing = self.sorted(&chain, &entries).closing(chain.current().epoch, &entries);
        if closing.heads.len() > CustodyRecord::HEADS_MAX {
            return Ok(Err(Refusal::TooManyHeads));
        }
        self.release(&chain, tid).map(Ok)
    }

    /// The registrar holds more of this epoch than was released: fetch it and release again (R5).
    pub(super) fn sender_fetches(&mut self, said: &Said<SyncFirst>) -> Result<(), Fault> {
        let SyncFirst { dossier, tid, .. } = said.what;
        let Some(chain) = self.chain(&dossier)? else { return Ok(()) };
        let frozen = self.frozen(&dossier, chain.current().epoch)? == Some(tid);
        let registrar = self.province().closing(chain.current());
        let asks = self.province().signers.stands_for(&said.by, &registrar);
        if frozen && asks && self.is_said(said) {
            self.sync(dossier, said.by);
            self.release(&chain, tid)?;
        }
        Ok(())
    }

    pub(super) fn withdraw(
        &mut self,
        dossier: &DossierId,
        tid: TransferId,
    ) -> Result<Result<(), Refusal>, Fault> {
        let row = self.sending(dossier, &tid)?.filter(|row| row.state == SendingState::Open);
        let Some(mut row) = row else { return Ok(Err(Refusal::NoTransfer)) };
        if row.withdrawal.is_none() {
            row.withdrawal = Some(self.say(Withdrawal { dossier: *dossier, tid }));
            self.keep(rows::SENDING, dossier, &tid, &row)?;
        }
        self.sender_ticks(dossier, &tid, &row)?;
        Ok(Ok(()))
    }

    /// Says again what was not answered; destroys the key when its time has come (D14).
    pub(super) fn sender_ticks(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
        row: &Sending,
    ) -> Result<(), Fault> {
        match row.state {
            SendingState::Open => {
                let Some(proposal) = row.proposal.clone() else {
                    let Some(chain) = self.chain(dossier)? else { return Ok(()) };
                    self.release(&chain, *tid)?;
                    let registrar = self.province().closing(chain.current());
                    return self.inquire(dossier, Some(*tid), registrar);
                };
                let registrar = proposal.what.registrar;
                // Where the unit has moved since, either body may end what was proposed.
                let today = self.chain(dossier)?.map(|it| self.province().closing(it.current()));
                if let Some(other) = today.filter(|it| *it != self.province().acting(&registrar)) {
                    self.post(other, Message::Propose(proposal.clone()));
                }
                self.post(registrar, Message::Propose(proposal));
                if row.release.is_some()
                    && let Some(chain) = self.chain(dossier)?
                {
                    self.release(&chain, *tid)?;
                }
                if let Some(withdrawal) = row.withdrawal.clone() {
                    self.post(registrar, Message::Withdraw(withdrawal));
                }
                self.inquire(dossier, Some(*tid), registrar)
            }
            SendingState::Retired(Some(ends)) if ends <= self.desk.clock.now => {
                let stub = Sending { state: SendingState::Stub, ..row.clone() };
                self.keep(rows::SENDING, dossier, tid, &stub)?;
                if !self.is_entitled(dossier)? {
                    self.then(Effect::DestroyKey(*dossier));
                }
                Ok(())
            }
            SendingState::Retired(None) => {
                let Some(chain) = self.chain(dossier)? else { return Ok(()) };
                // Of what went out of the province the register hears first.
                let by = chain.records().record(row.epoch + 1).map(|record| match record.kind {
                    CustodyKind::Export => record.next_registrar,
                    _ => record.registrar,
                });
                by.map_or(Ok(()), |by| self.inquire(dossier, Some(*tid), by))
            }
            _ => Ok(()),
        }
    }

    /// Whether the dossier came back here, or lies with a unit below.
    fn is_entitled(&self, dossier: &DossierId) -> Result<bool, Fault> {
        let (own, province) = (self.province().unit_of(&self.me()), self.province());
        let chain = self.chain(dossier)?;
        Ok(own.zip(chain).is_some_and(|(own, chain)| {
            let current = chain.current();
            self.keeps(current) || province.tree.is_within(&current.to, own)
        }))
    }
}
