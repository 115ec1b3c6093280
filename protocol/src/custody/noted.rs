//! What the two sides tell each other beside the transfer itself: what the dossier is about before it is
//! accepted, and what the receiver remarks on it (Điều 10).
//!
//! **Invariants:** a note moves nothing and holds nothing up; before the record counts, the receiver is
//! told what a cover tells and no content; what was told of a transfer that came to nothing goes.

use dossier::{DossierId, LegalBasis};
use serde::{Deserialize, Serialize};

use super::{
    AnswerCode, Message, Proposal, Refusal, Said, SendingState, Statement, TransferId, desk::Turn,
    rows,
};
use crate::{Fault, Records, Table};

/// What stands on the cover of a dossier, and how it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// Họ và tên.
    pub name: String,
    /// Code of the kind of staff; empty where the dossier does not say it.
    pub staff_type: String,
    /// Changes in it.
    pub changes: u32,
    /// Files attached to it.
    pub attachments: u32,
    /// Places where two writings met and nobody chose.
    pub conflicts: u32,
    /// Changes that wait for review (Điều 15.1).
    pub unreviewed: u32,
}

impl Cover {
    /// The longest text in it, in bytes.
    pub const TEXT_MAX: usize = 512;
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    /// Whoever proposes tells what it is about.
    Cover(Cover),
    /// The receiver accepts, and remarks this.
    Remark(String),
}

/// NOTE: something told beside a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The dossier.
    pub dossier: DossierId,
    /// The transfer.
    pub tid: TransferId,
    /// What.
    pub about: About,
}

impl Statement for Note {
    const TAG: &'static str = "hoso/transfer-note/1";
}

impl Note {
    /// Whether its texts are within their limits, and a remark says something.
    pub(super) fn is_within_limits(&self) -> bool {
        match &self.about {
            About::Cover(Cover { name, staff_type, .. }) => {
                name.len() <= Cover::TEXT_MAX && staff_type.len() <= Cover::TEXT_MAX
            }
            About::Remark(text) => !text.trim().is_empty() && text.len() <= LegalBasis::TEXT_MAX,
        }
    }

    fn row(&self) -> u8 {
        match self.about {
            About::Cover(_) => rows::COVER,
            About::Remark(_) => rows::REMARK,
        }
    }
}

/// What was told of a transfer: its cover, and the remark on it.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn read_notes(
    records: &dyn Records,
    dossier: &DossierId,
    tid: &TransferId,
) -> Result<(Option<Cover>, Option<String>), Fault> {
    let read = |kind| -> Result<Option<About>, Fault> {
        let said: Option<Said<Note>> =
            rows::read(records, Table::Custody, &rows::by_tid(dossier, kind, tid))?;
        Ok(said.map(|said| said.what.about))
    };
    let cover = match read(rows::COVER)? {
        Some(About::Cover(cover)) => Some(cover),
        _ => None,
    };
    let remark = match read(rows::REMARK)? {
        Some(About::Remark(text)) => Some(text),
        _ => None,
    };
    Ok((cover, remark))
}

impl Turn<'_> {
    /// Tells something beside a transfer in which this node has a part.
    pub(super) fn note(&mut self, note: Note) -> Result<Result<(), Refusal>, Fault> {
        let (dossier, tid) = (note.dossier, note.tid);
        if !note.is_within_limits() {
            return Ok(Err(Refusal::NoTransfer));
        }
        let accepted = match self.receiving(&dossier, &tid)? {
            Some(row) => {
                row.is_open() && row.answer.is_some_and(|it| it.what.code == AnswerCode::Accepted)
            }
            None => false,
        };
        let proposed = self.proposed(&dossier, &tid)?;
        let known = self.get(Table::Custody, &rows::by_tid(&dossier, note.row(), &tid))?.is_some();
        let Some(proposal) = proposed.filter(|_| !known) else {
            return Ok(Err(Refusal::NoTransfer));
        };
        if matches!(note.about, About::Remark(_)) && !accepted {
            return Ok(Err(Refusal::NoTransfer));
        }
        let said = self.say(note);
        self.hear_note(said.clone())?;
        if !self.acts_for(&proposal.registrar) {
            self.put_note(&said)?;
            self.post(proposal.registrar, Message::Note(Box::new(said)));
        }
        Ok(Ok(()))
    }

    /// What was proposed, by any open part this node has in it.
    fn proposed(&self, of: &DossierId, tid: &TransferId) -> Result<Option<Proposal>, Fault> {
        let sends = self.sending(of, tid)?.filter(|row| row.is_open());
        let takes = self.receiving(of, tid)?.filter(|row| row.is_open());
        let registers = self.registering(of, tid)?.filter(|row| row.is_open());
        let said = sends.and_then(|row| row.proposal);
        let said = said.or(takes.and_then(|row| row.proposal));
        let said = said.or(registers.and_then(|row| row.proposal));
        Ok(said.map(|said| said.what))
    }

    fn put_note(&mut self, said: &Said<Note>) -> Result<(), Fault> {
        let Note { dossier, tid, .. } = said.what;
        let key = rows::by_tid(&dossier, said.what.row(), &tid);
        if self.get(Table::Custody, &key)?.is_none() {
            self.put(Table::Custody, key, said);
        }
        Ok(())
    }

    /// The first word of each kind counts; the registrar passes it on.
    pub(super) fn hear_note(&mut self, said: Said<Note>) -> Result<(), Fault> {
        let Note { dossier, tid, .. } = said.what;
        let Some(proposal) = self.proposed(&dossier, &tid)? else { return Ok(()) };
        let signers = &self.province().signers;
        let (by, to) = match said.what.about {
            About::Cover(_) => {
                (signers.speaks_for(&said.by, &proposal.from, &proposal.registrar), &proposal.to)
            }
            About::Remark(_) => {
                (self.province().serving(&proposal.to) == Some(said.by), &proposal.from)
            }
        };
        if !by || !self.is_said(&said) {
            return Ok(());
        }
        let to = self.province().serving(to);
        self.put_note(&said)?;
        if self.acts_for(&proposal.registrar)
            && let Some(to) = to.filter(|to| *to != self.me())
        {
            self.post(to, Message::Note(Box::new(said)));
        }
        Ok(())
    }

    /// Says again what was told, to whoever is next on the way.
    pub(super) fn note_ticks(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
    ) -> Result<(), Fault> {
        let sends = self.sending(dossier, tid)?.is_some_and(|it| it.state == SendingState::Open);
        let takes = self.receiving(dossier, tid)?.is_some_and(|it| it.is_open());
        let registers = self.registering(dossier, tid)?.is_some_and(|it| it.is_open());
        if !(sends || takes || registers) {
            return Ok(());
        }
        let Some(proposal) = self.proposed(dossier, tid)? else { return Ok(()) };
        for (kind, to) in [(rows::COVER, &proposal.to), (rows::REMARK, &proposal.from)] {
            let said: Option<Said<Note>> = self.read(&rows::by_tid(dossier, kind, tid))?;
            let Some(said) = said else { continue };
            let next = match self.acts_for(&proposal.registrar) {
                true => self.province().serving(to),
                false => Some(proposal.registrar).filter(|_| said.by == self.me()),
            };
            if let Some(next) = next.filter(|next| *next != self.me()) {
                self.post(next, Message::Note(Box::new(said)));
            }
        }
        Ok(())
    }

    /// The transfer came to nothing: who does not keep the dossier forgets what it is about.
    pub(super) fn forget_cover(
        &mut self,
        dossier: &DossierId,
        tid: &TransferId,
    ) -> Result<(), Fault> {
        let key = rows::by_tid(dossier, rows::COVER, tid);
        let receives = self.receiving(dossier, tid)?.is_some();
        if receives && self.get(Table::Custody, &key)?.is_some() {
            self.remove(Table::Custody, key);
        }
        Ok(())
    }
}
