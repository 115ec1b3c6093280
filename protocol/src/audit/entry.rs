//! What is recorded of one act or one reading.

use dossier::{Hash, Incarnation, NodeId, Role, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

use super::seal::Pseudonym;

/// Where the time of an entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeSource {
    /// The machine's clock.
    Clock,
    /// The entry before: the clock showed a moment less than it, too little to be a step.
    Held,
}

/// What was done or read. Kinds are added at the end; a number is never given twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// The node's program started.
    Started,
    /// The node's program stopped in good order.
    Stopped,
    /// A person logged in, or tried to.
    LogIn,
    /// A person logged out.
    LogOut,
    /// An account or a source was locked after too many tries.
    Locked,
    /// A dossier was opened; the entry names the sections that were shown.
    Opened,
    /// The writings of one place of a dossier were read.
    HistoryRead,
    /// An attachment was read.
    AttachmentRead(Hash),
    /// Dossiers were listed.
    Listed {
        /// Rows that were shown.
        rows: u32,
    },
    /// Dossiers were searched for.
    Searched {
        /// The words, as a keyed hash.
        terms: Pseudonym,
        /// Rows that were shown.
        rows: u32,
    },
    /// Conflicts or parcels kept outside were listed.
    FindingsRead {
        /// Rows that were shown.
        rows: u32,
    },
    /// A dossier or a list was printed.
    Printed {
        /// Copies.
        copies: u32,
    },
    /// Dossiers left the system in a file.
    Exported {
        /// Dossiers.
        rows: u32,
    },
    /// Figures over few people were asked for.
    Counted {
        /// How many people stand behind the figure.
        people: u32,
    },
    /// Dossiers were begun.
    Created {
        /// New ones.
        new: u32,
        /// Rows that had been entered before.
        known: u32,
        /// Rows that were refused.
        refused: u32,
    },
    /// As [`Act::Created`], from a list.
    Imported {
        /// New ones.
        new: u32,
        /// Rows that had been entered before.
        known: u32,
        /// Rows that were refused.
        refused: u32,
    },
    /// A dossier was edited.
    Edited {
        /// The change; [`Hash::ZERO`] where it was refused.
        change: Hash,
    },
    /// A change was reviewed.
    Approved {
        /// The change.
        change: Hash,
    },
    /// A message of the custody protocol was taken or sent.
    Custody {
        /// The record.
        record: Hash,
    },
    /// A grant, a delegation or a consent was given or withdrawn.
    Granted {
        /// The record.
        record: Hash,
    },
    /// An account was issued, restricted, widened or revoked.
    AccountChanged {
        /// The record.
        record: Hash,
    },
    /// The member list grew by an entry.
    MemberListed {
        /// Its number.
        number: u64,
    },
    /// An org tree came into force.
    TreeTaken {
        /// Digest of the control record.
        record: Hash,
    },
    /// A node was invited for a unit.
    Invited {
        /// The unit.
        unit: UnitId,
    },
    /// The node of a unit was shut out.
    Revoked {
        /// The unit.
        unit: UnitId,
    },
    /// The address of a unit's node was put on the list.
    Addressed {
        /// The unit.
        unit: UnitId,
    },
    /// A request to join or to come back was judged.
    Enrolled,
    /// A next org tree was judged or issued.
    TreeDrawn,
    /// The node's own certificate was asked about or renewed.
    KeyAct,
    /// Settings were changed.
    SettingsChanged,
    /// The machine's clock was set back by so many milliseconds since the entry before.
    ClockStepped {
        /// How far, in milliseconds.
        back_ms: u64,
    },
    /// A new log begins because the node began a new life: its store went back in time.
    LifeBegan {
        /// Entries of the log before, as far as this store knows it.
        entries: u64,
        /// Its chain head.
        head: Hash,
    },
    /// Something a person must see; the stable name of its kind.
    Incident(String),
    /// A parcel was kept outside.
    Quarantined,
    /// The audit log was read.
    AuditRead {
        /// Entries of the log when the reading began.
        entries: u64,
    },
    /// The audit log was exported for an inspection.
    AuditExported {
        /// Entries of the log before this one.
        entries: u64,
    },
    /// Detailed logging was turned on.
    DebugEnabled,
    /// A year of the calendar was entered.
    CalendarDecided {
        /// The year.
        year: i16,
    },
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Done, or shown.
    Done,
    /// Refused, with the stable code.
    Refused(String),
}

/// Who did what, as the shell hands it to the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The person, as the unit's list of persons names them; empty for the node itself.
    pub person: String,
    /// In what capacity, where it was said.
    pub role: Option<Role>,
    /// What was done.
    pub act: Act,
    /// Keyed hashes of the dossiers concerned, at most [`Record::DOSSIERS_MAX`].
    pub dossiers: Vec<Pseudonym>,
    /// Sections or fields that were shown; `*` for the whole form.
    pub sections: Vec<String>,
    /// To what purpose.
    pub purpose: String,
    /// Number of the document it rests on.
    pub document: String,
    /// Through what: the program and the account of the operating system.
    pub client: String,
    /// How it ended.
    pub outcome: Outcome,
}

impl Record {
    /// The most dossiers one entry names; of a longer list the count is in the act.
    pub const DOSSIERS_MAX: usize = 64;
    /// The most sections one entry names.
    pub const SECTIONS_MAX: usize = 64;
    /// The longest text of an entry, in bytes.
    pub const TEXT_MAX: usize = 512;

    /// An act of the node itself, done.
    pub fn of(act: Act) -> Self {
        Self {
            person: String::new(),
            role: None,
            act,
            dossiers: Vec::new(),
            sections: Vec::new(),
            purpose: String::new(),
            document: String::new(),
            client: String::new(),
            outcome: Outcome::Done,
        }
    }

    /// The same within the limits: what is too long is cut, so that nothing a person types keeps
    /// an act from being recorded.
    #[must_use]
    pub fn clipped(mut self) -> Self {
        self.dossiers.truncate(Self::DOSSIERS_MAX);
        self.sections.truncate(Self::SECTIONS_MAX);
        self.sections.iter_mut().for_each(|text| clip(text, 64));
        for text in [&mut self.person, &mut self.purpose, &mut self.document, &mut self.client] {
            clip(text, Self::TEXT_MAX);
        }
        if let Act::Incident(kind) = &mut self.act {
            clip(kind, 64);
        }
        if let Outcome::Refused(code) = &mut self.outcome {
            clip(code, 64);
        }
        self
    }
}

fn clip(text: &mut String, max: usize) {
    if text.len() > max {
        let end = (0..=max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

/// A record at its place in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Place in the log, from 1.
    pub sequence: u64,
    /// Chain head of all entries before; [`Hash::ZERO`] for the first.
    pub previous: Hash,
    /// When.
    pub at: Timestamp,
    /// By what clock.
    pub source: TimeSource,
    /// The unit whose node records.
    pub unit: UnitId,
    /// The node.
    pub node: NodeId,
    /// Its life.
    pub incarnation: Incarnation,
    /// What is recorded.
    pub record: Record,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_letters() {
        let mut record = Record::of(Act::Opened);
        record.purpose = "ờ".repeat(400);
        record.sections = vec!["s".repeat(100); 100];
        let record = record.clipped();
        assert!(record.purpose.len() <= Record::TEXT_MAX && record.purpose.ends_with('ờ'));
        assert_eq!(record.sections.len(), Record::SECTIONS_MAX);
        assert!(record.sections.iter().all(|section| section.len() == 64));
    }
}
