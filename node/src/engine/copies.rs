//! Copies of dossiers that leave the node, and who opens or takes more than work asks for.
//!
//! A copy bears the number of the entry that records it, so that whoever holds the paper finds who
//! took it, when and why, and no two copies of a node are alike. What is counted by the hour is
//! counted from the log again when the program starts.

use dossier::{DossierId, permission::Action};
use protocol::{
    Answer, Command, Effect, Event,
    audit::{Act, Record},
    core::{DossierShown, Refused},
    notice::{Alert, AlertKind, Saying},
};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view};
use crate::{
    audit::{Caller, Came, Deed},
    control::{Copied, CopyKind, CopyOrder, Response, Taken},
    grant::{COPIES_PER_HOUR, Cover, HOUR_MS, Passage, Watch},
};

/// Entries that are read again at a start; an hour of a busy node has fewer.
const RECALLED: usize = 20_000;

impl Engine {
    /// Counts the openings and copies of the last hour anew, from the log.
    pub(super) fn recall_openings(&mut self) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        let since = dossier::Timestamp::from_millis(now.as_millis().saturating_sub(HOUR_MS));
        let entries = self.entries_since(since, RECALLED)?;
        self.sitting.watch = Watch::recall(&entries);
        Ok(())
    }

    /// Proves the person of the session a second time, by what came with the claim: for what leaves the
    /// system, and for taking a dossier over from whoever cannot give it up (Điều 5, 7.3).
    pub(super) fn confirm(&mut self) -> Result<Result<(), Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let digits = self.sitting.claim.second.as_ref();
        let (ops, outcome) = self.porter.confirm(seen, self.bearer.as_ref(), digits)?;
        self.stage(&ops)?;
        Ok(outcome)
    }

    /// Makes a numbered copy, recorded before it leaves.
    pub(super) fn take_copy(
        &mut self,
        order: &CopyOrder,
        reply: oneshot::Sender<Response>,
        caller: &Caller,
    ) -> Result<(), EngineError> {
        let shown = match self.judge_copy(order, &caller.claim.person)? {
            Ok(passage) => {
                self.sitting.passage = passage;
                self.read_copy(order.dossier)?
            }
            Err(refusal) => Err(refusal),
        };
        let deed = Deed::of_copy(order, caller, &self.audit.key);
        let deed = deed.through(self.sitting.passage(), self.sitting.unmasked());
        let person = deed.person().to_owned();
        let came = shown.as_ref().map_or_else(Came::Refused, |_| Came::Done);
        let record = deed.ended(came, &self.audit.key);
        match self.record(record) {
            Err(EngineError::Store(error)) if error.is_disk_full() => {
                let response = super::refused("disk-full", "no room to record it");
                self.pending.push(Pending::Respond(reply, response));
                return Ok(());
            }
            outcome => outcome?,
        }
        let response = match shown {
            Err(refusal) => Response::Refused(refusal),
            Ok(shown) => {
                let document = self.sitting.passage.document.clone().unwrap_or_default();
                let taken = self.taken(&person, caller, document);
                Response::Copied(Box::new(Copied { taken, shown }))
            }
        };
        let made = matches!(response, Response::Copied(_));
        self.pending.push(Pending::Respond(reply, response));
        if made {
            let name = self.audit.key.dossier(&order.dossier);
            self.sitting.watch.note_copy(&person, name, self.environment.clock.now());
            self.watch_opening(&person, order.dossier)?;
        }
        Ok(())
    }

    /// What a paper says of whoever took it: its number is that of the newest entry of the log.
    pub(super) fn taken(&self, person: &str, caller: &Caller, document: String) -> Taken {
        let log = &self.audit.log;
        let number = match log.generation() {
            0 => log.size().to_string(),
            generation => format!("{}-{}", generation + 1, log.size()),
        };
        let (person, purpose) = (person.to_owned(), caller.claim.purpose.clone());
        Taken { number, person, at: self.environment.clock.now(), purpose, document }
    }

    fn judge_copy(
        &mut self,
        order: &CopyOrder,
        person: &str,
    ) -> Result<Result<Passage, Refused>, EngineError> {
        // Điều 5: what leaves states its purpose each time; that of a session is not enough.
        if self.sitting.claim.purpose.is_empty() {
            return Ok(Err(no("purpose-needed", "nothing was said")));
        }
        let now = self.environment.clock.now();
        let action = match order.kind {
            CopyKind::Print => Action::Print,
            CopyKind::Export => Action::Export,
        };
        let seen = view(&self.core, &self.store, now);
        let (token, document) = (self.bearer.as_ref(), &self.sitting.claim.document);
        let mut opened = self.porter.open_copy(seen, token, &order.dossier, &action, document)?;
        let name = self.audit.key.dossier(&order.dossier);
        let others = self.sitting.watch.other_copies(person, &name, now);
        if let Ok(passage) = &mut opened
            && others >= COPIES_PER_HOUR
        {
            let approval = self.porter.bulk_approval(seen, token, &order.dossier)?;
            let Some(approval) = approval else { return Ok(Err(no("bulk-export", others))) };
            passage.document.get_or_insert(approval);
        }
        if opened.is_ok()
            && order.kind == CopyKind::Export
            && let Err(refusal) = self.confirm()?
        {
            return Ok(Err(refusal));
        }
        Ok(opened)
    }

    /// The dossier as the core shows it, with what is sensitive covered.
    fn read_copy(
        &mut self,
        dossier: DossierId,
    ) -> Result<Result<DossierShown, Refused>, EngineError> {
        let before = self.pending.len();
        // Request 0 is nobody's: its answer is taken out before it is let go.
        let command = Box::new(Command::Show(dossier));
        self.decide(Event::Command { request: 0, command })?;
        let at = self.pending[before..].iter().position(|pending| {
            matches!(pending, Pending::Effect(Effect::Answer { request: 0, .. }))
        });
        let answer = at.map(|at| self.pending.remove(before + at));
        let Some(Pending::Effect(Effect::Answer { mut answer, .. })) = answer else {
            return Ok(Err(no("unexpected", "no answer")));
        };
        let sensitive = self.sitting.outside && !self.sitting.claim.unmask;
        Cover { passage: &self.sitting.passage, sensitive }.draw_over(&mut answer);
        Ok(match *answer {
            Answer::Shown(shown) => Ok(*shown),
            Answer::Refused(refusal) => Err(refusal),
            _ => Err(no("unexpected", "another answer")),
        })
    }

    /// Counts an opening; one person's too many within an hour are recorded and told upward.
    pub(super) fn watch_opening(
        &mut self,
        person: &str,
        dossier: DossierId,
    ) -> Result<(), EngineError> {
        if !self.sitting.outside || self.room.is_full() {
            return Ok(());
        }
        let now = self.environment.clock.now();
        let name = self.audit.key.dossier(&dossier);
        let Some(opened) = self.sitting.watch.note(person, name, now) else { return Ok(()) };
        tracing::warn!(opened, "one person opens many dossiers");
        let act = Act::Incident(Watch::INCIDENT.to_owned());
        self.record(Record { person: person.to_owned(), ..Record::of(act) })?;
        let mut person = person.to_owned();
        let end = (0..=protocol::LIMITS.person_bytes_max.min(person.len()))
            .rev()
            .find(|at| person.is_char_boundary(*at));
        person.truncate(end.unwrap_or(0));
        let alert = Alert { kind: AlertKind::ManyOpened { opened }, person };
        if let Err(refusal) = self.say(Saying::Alert(alert))? {
            tracing::warn!(code = refusal.code, "the alert is in the audit log alone");
        }
        Ok(())
    }
}

fn no(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}
