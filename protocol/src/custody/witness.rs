//! W, the witness: it sees hashes, units and documents, no content, and cosigns the register's log
//! while that only grows.
//!
//! It keeps the entries themselves: a register whose store went back in time between a cosignature
//! and the telling of it could go on from nowhere else.

use dossier::plant::{self, Plant};

use super::{
    Cosignature, LogEntry, Message, Recall, Recalled, Said, Standing, ValidOutcome, desk::Turn,
    rows,
};
use crate::Fault;

impl Turn<'_> {
    pub(super) fn is_witness(&self) -> bool {
        self.province().signers.witness == self.me()
    }

    /// What a witness answers even while it waits itself: two that wait for each other wait for ever.
    pub(super) fn is_for_the_witness(&self, message: &Message) -> bool {
        let by_register = |by| self.is_witness() && by == self.province().signers.register;
        match message {
            Message::Register(said) => by_register(said.by),
            Message::Recall(said) => by_register(said.by),
            _ => false,
        }
    }

    /// R1: an entry is cosigned when it continues the copy, and the same entry as often as it comes.
    pub(super) fn hear_entry(&mut self, entry: Said<LogEntry>) -> Result<(), Fault> {
        let register = self.province().signers.register;
        if !self.is_witness() || entry.by != register || !self.is_said(&entry) {
            return Ok(());
        }
        let LogEntry { number, previous, .. } = entry.what;
        let head = self.log_head()?;
        if let Some(known) = rows::logged(self, number)?
            && known.entry == entry
        {
            self.post(register, Message::Cosigned(known.cosigned));
            return Ok(());
        }
        let continues = number == head.0 + 1 && previous == head.1;
        if !continues && !plant::is(Plant::SkipReread) {
            let standing = self.say(Standing { number: head.0 });
            self.post(register, Message::Standing(standing));
            return Ok(());
        }
        let cosigned = self.say(Cosignature { number, digest: entry.digest() });
        self.write_log(&ValidOutcome { entry, cosigned: cosigned.clone() });
        self.post(register, Message::Cosigned(cosigned));
        Ok(())
    }

    /// The register asks what it forgot.
    pub(super) fn witness_recalls(&mut self, recall: &Recall) -> Result<(), Fault> {
        let number = self.log_head()?.0;
        let mut entries = Vec::new();
        let mut next = recall.after + 1;
        while entries.len() < Message::ENTRIES_MAX
            && let Some(valid) = rows::logged(self, next)?
        {
            entries.push(valid);
            next += 1;
        }
        let recalled = self.say(Recalled { incarnation: recall.incarnation, entries, number });
        let register = self.province().signers.register;
        self.post(register, Message::Recalled(Box::new(recalled)));
        Ok(())
    }

    /// The witness's copy and the register's log differ in length: the shorter one is filled.
    pub(super) fn hear_standing(&mut self, said: &Said<Standing>) -> Result<(), Fault> {
        let signers = self.province().signers;
        let own = self.me() == signers.register && said.by == signers.witness;
        if !own || !self.is_said(said) {
            return Ok(());
        }
        let (head, _) = self.log_head()?;
        if said.what.number > head {
            // R9: somebody else went on with this log; the life is another one then.
            let life = super::recovering::life_of(&said.digest());
            return self.begin_recovery(life);
        }
        let mut next = said.what.number + 1;
        while next <= head
            && let Some(valid) = rows::logged(self, next)?
        {
            self.post(signers.witness, Message::Register(Box::new(valid.entry)));
            next += 1;
        }
        Ok(())
    }
}
