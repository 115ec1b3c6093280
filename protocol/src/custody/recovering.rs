//! RECOVERING: a node whose store went back in time proposes, accepts, releases, registers and edits
//! nothing before it has read back from its superior what it forgot (R9).
//!
//! Units ask their registrar, registrars the register, the register the witness. Each question names
//! the new life, so an answer to an older question ends nothing.

use dossier::{
    DossierId, Hash, Incarnation, NodeId,
    plant::{self, Plant},
};

use super::{
    LogEntry, Message, Place, Proposal, Recall, Recalled, Receiving, ReceivingState, Resume, Said,
    Sending, SendingState, desk::Turn, rows,
};
use crate::{Fault, Records as _, Table};

/// The most chains in one answer; as many tell that there may be more.
const PAGE: usize = 64;

/// A life for a register that learns from the witness that it went back.
pub(super) fn life_of(word: &Hash) -> Incarnation {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&word.as_bytes()[..16]);
    Incarnation::from_bytes(bytes)
}

impl Turn<'_> {
    pub(super) fn begin_recovery(&mut self, incarnation: Incarnation) -> Result<(), Fault> {
        let register = self.province().signers.register == self.me();
        if self.superior().is_none() || (register && plant::is(Plant::SkipReread)) {
            return Ok(());
        }
        self.put(Table::Meta, rows::RECOVERING.to_vec(), &incarnation);
        if self.recalled()? > 0 {
            self.remove(Table::Meta, rows::RECALLED.to_vec());
        }
        self.recall()
    }

    /// Whom this node asks.
    fn superior(&self) -> Option<NodeId> {
        self.province().asks(&self.me())
    }

    /// How many chains of this life's question were answered.
    fn recalled(&self) -> Result<u64, Fault> {
        Ok(rows::read(self, Table::Meta, rows::RECALLED)?.unwrap_or(0))
    }

    pub(super) fn recall(&mut self) -> Result<(), Fault> {
        let (Some(incarnation), Some(superior)) = (self.recovering()?, self.superior()) else {
            return Ok(());
        };
        let register = self.province().signers.register == self.me();
        let after = if register { self.log_head()?.0 } else { self.recalled()? };
        let recall = self.say(Recall { incarnation, after });
        self.post(superior, Message::Recall(recall));
        Ok(())
    }

    pub(super) fn hear_recall(&mut self, said: &Said<Recall>) -> Result<(), Fault> {
        let signers = self.province().signers;
        if !self.is_said(said) {
            return Ok(());
        }
        if self.is_witness() && said.by == signers.register {
            return self.witness_recalls(&said.what);
        }
        let unit = self.province().unit_of(&said.by);
        if unit.map(|unit| self.province().registrar(unit)) != Some(self.me()) {
            return Ok(());
        }
        let resume = self.resume(said.by, &said.what)?;
        let resume = self.say(resume);
        self.post(said.by, Message::Resume(Box::new(resume)));
        Ok(())
    }

    /// What this node knows that concerns another one, a page of it.
    fn resume(&self, node: NodeId, asked: &Recall) -> Result<Resume, Fault> {
        let mut before = asked.after;
        let mut resume = Resume {
            incarnation: asked.incarnation,
            chains: Vec::new(),
            proposals: Vec::new(),
            answers: Vec::new(),
            releases: Vec::new(),
            frontier: Vec::new(),
        };
        let opened = rows::key(&DossierId::from_bytes([0; 16]), rows::LINK, &0_u32.to_be_bytes());
        for (key, _) in self.scan(Table::Custody, &[], None, usize::MAX)? {
            let (front, rest) = key.split_at(DossierId::LENGTH.min(key.len()));
            let Some(dossier) = DossierId::from_slice(front) else { continue };
            if !opened.ends_with(rest) || rest.len() != 5 {
                continue;
            }
            let Some(chain) = self.chain(&dossier)? else { continue };
            if !self.is_named(&chain, &node) {
                continue;
            }
            // The order of the rows is the same at every call, and none goes.
            if before > 0 {
                before -= 1;
                continue;
            }
            if resume.chains.len() >= PAGE {
                break;
            }
            let current = chain.current();
            if self.province().closing(current) == node
                || self.province().serving(&current.to) == Some(node)
            {
                let entries = self.entries(&dossier)?;
                let closing = self.sorted(&chain, &entries).closing(current.epoch, &entries);
                resume.frontier.push((dossier, closing.heads));
            }
            resume.chains.push(chain.links().to_vec());
        }
        for (dossier, tid) in rows::open_transfers(self.desk.records)? {
            let Some(row) = self.registering(&dossier, &tid)? else { continue };
            let Some(proposal) = row.proposal else { continue };
            let serves = |unit| self.province().serving(unit) == Some(node);
            if serves(&proposal.what.from) || serves(&proposal.what.to) {
                resume.answers.extend(row.answer.filter(|said| said.by == node));
                resume.releases.extend(row.release.filter(|said| said.by == node));
                resume.proposals.push(proposal);
            }
        }
        Ok(resume)
    }

    /// RESUME: the node goes on when it knows what its superior knows and holds what it holds.
    pub(super) fn hear_resume(&mut self, said: &Said<Resume>) -> Result<(), Fault> {
        let resume = &said.what;
        let due = self.recovering()? == Some(resume.incarnation);
        if !due || self.superior() != Some(said.by) || !self.is_said(said) {
            return Ok(());
        }
        for chain in &resume.chains {
            self.hear_chain(chain)?;
        }
        self.remember(resume)?;
        for (dossier, heads) in &resume.frontier {
            let Some(chain) = self.chain(dossier)? else { continue };
            let entries = self.entries(dossier)?;
            let sorting = self.sorted(&chain, &entries);
            if heads.iter().any(|head| sorting.place(head) != Some(Place::Admitted)) {
                self.sync(*dossier, said.by);
                return Ok(());
            }
        }
        if resume.chains.len() >= PAGE {
            let recalled = self.recalled()? + resume.chains.len() as u64;
            self.put(Table::Meta, rows::RECALLED.to_vec(), &recalled);
            return self.recall();
        }
        if self.recalled()? > 0 {
            self.remove(Table::Meta, rows::RECALLED.to_vec());
        }
        self.remove(Table::Meta, rows::RECOVERING.to_vec());
        Ok(())
    }

    /// What this node said itself before it forgot.
    fn remember(&mut self, resume: &Resume) -> Result<(), Fault> {
        let me = self.me();
        let proposals: Vec<_> =
            resume.proposals.iter().filter(|said| self.is_said(*said)).collect();
        for proposal in &proposals {
            let (dossier, tid) = (proposal.what.dossier, proposal.what.tid());
            let Some(chain) = self.chain(&dossier)? else { continue };
            let epoch = proposal.what.epoch;
            let mut releases = resume.releases.iter().filter(|it| it.by == me);
            let mine = releases.find(|it| it.what.tid == tid && self.is_said(*it)).cloned();
            let sends = self.province().serving(&proposal.what.from) == Some(me);
            if sends && chain.current().epoch == epoch && !self.is_over(&proposal.what)? {
                let row = self.sending(&dossier, &tid)?.unwrap_or(Sending {
                    epoch,
                    proposal: Some((*proposal).clone()),
                    release: None,
                    withdrawal: None,
                    state: SendingState::Open,
                });
                let release = row.release.clone().or(mine);
                self.keep(rows::SENDING, &dossier, &tid, &Sending { release, ..row })?;
            }
        }
        let answers: Vec<_> =
            resume.answers.iter().filter(|it| it.by == me && self.is_said(*it)).collect();
        for answer in answers {
            let (dossier, tid) = (answer.what.dossier, answer.what.tid);
            if let Some(proposal) = proposals.iter().find(|it| it.what.tid() == tid)
                && !self.is_over(&proposal.what)?
                && self
                    .receiving(&dossier, &tid)?
                    .is_none_or(|row| row.is_open() && row.answer.is_none())
            {
                let row = Receiving {
                    epoch: proposal.what.epoch,
                    proposal: Some((*proposal).clone()),
                    answer: Some(answer.clone()),
                    state: ReceivingState::Answered,
                };
                self.keep(rows::RECEIVING, &dossier, &tid, &row)?;
            }
        }
        Ok(())
    }

    /// Whether this node knows how a transfer ended, whatever its superior still waits for.
    fn is_over(&self, proposal: &Proposal) -> Result<bool, Fault> {
        let (dossier, tid) = (proposal.dossier, proposal.tid());
        let chain = self.chain(&dossier)?;
        let gone = chain.is_some_and(|chain| chain.current().epoch > proposal.epoch);
        Ok(gone || rows::read_aborted(self, &dossier, &tid)?.is_some())
    }

    /// The register reads its log back, entry by entry, until it is as long as the witness's.
    pub(super) fn hear_recalled(&mut self, said: &Said<Recalled>) -> Result<(), Fault> {
        let signers = self.province().signers;
        let due = self.recovering()? == Some(said.what.incarnation);
        let by = signers.register == self.me() && said.by == signers.witness;
        if !due || !by || !self.is_said(said) {
            return Ok(());
        }
        for valid in &said.what.entries {
            let LogEntry { number, previous, .. } = valid.entry.what;
            if (number.wrapping_sub(1), previous) == self.log_head()?
                && valid.verify(&signers, self.desk.crypto).is_ok()
            {
                self.enter(valid)?;
            }
        }
        let head = self.log_head()?;
        if head.0 < said.what.number {
            return self.recall();
        }
        if rows::pending(self)?.is_some_and(|entry| entry.what.number != head.0 + 1) {
            self.remove(Table::Meta, rows::PENDING.to_vec());
        }
        self.remove(Table::Meta, rows::RECOVERING.to_vec());
        Ok(())
    }
}
