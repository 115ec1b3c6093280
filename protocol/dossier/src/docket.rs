//! The docket of a dossier: what was done with it, beside what it says.
//!
//! Reviews, versions of the phiếu, statuses, comparisons with the paper and what was chosen where
//! values met are rows of reserved
//! tables, so that they travel, merge, are signed and proven as everything in a dossier. The law
//! judges a change that writes here by an act of its own ([`acts_of`](crate::permission::acts_of)),
//! on every node.
//!
//! **Invariants:** an entry is whole in the change that made it and is never altered; what is decided
//! otherwise is a later entry. What an entry says is read from its change alone, so twins of a row
//! cannot mix.

mod choice;
mod form;
mod parity;
mod review;
mod scribe;
mod status;
#[cfg(test)]
mod tests;
mod transfer;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use crate::{Hash, Value};

pub use choice::{Choice, ChoiceFault, Choices, Chosen, SIDES_MAX};
pub use form::{FormEntry, FormFault, FormRules, FormVersion, Sheet, StaffRules, SubmissionFault};
pub use parity::{Compared, Comparison, ComparisonFault, Match, Parity};
pub use review::{Given, ReviewState, Reviews, item_of};
pub(crate) use scribe::Scribe;
pub use status::{Event, EventFault, Life, Recorded, Status};
pub use transfer::{Destination, Outside};
pub use verdict::{REPLACED_MAX, Ruling, Verdict, VerdictFault};

/// A reserved table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Verdicts on what was entered (Điều 15.1).
    Reviews,
    /// Versions of the phiếu, and what was fed from them (Điều 3.2).
    RecordForms,
    /// Recorded events in the life of the dossier (Điều 11).
    Statuses,
    /// Comparisons with the paper (Điều 8.3).
    Parities,
    /// What was chosen where values met, undone, or passed up.
    Choices,
}

impl Table {
    /// Every reserved table.
    pub const ALL: [Self; 5] =
        [Self::Reviews, Self::RecordForms, Self::Statuses, Self::Parities, Self::Choices];

    /// Its name in the document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reviews => "reviews",
            Self::RecordForms => "record_forms",
            Self::Statuses => "statuses",
            Self::Parities => "parities",
            Self::Choices => "choices",
        }
    }

    /// The reserved table of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// What a change enters in the docket, as far as the law asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Docketed {
    /// The changes it gives a verdict on, and which.
    pub verdicts: BTreeSet<(Hash, Ruling)>,
    /// It enters a version of the phiếu, or notes what is fed from one.
    pub forms: bool,
    /// The campaigns and requests that its phiếu answers.
    pub filed: BTreeSet<Hash>,
    /// It records an event that closes the dossier.
    pub closes: bool,
    /// It records an event that opens the dossier again.
    pub reopens: bool,
    /// It records another status of a person in service.
    pub serves: bool,
    /// It proposes to take the dossier out of sight.
    pub proposes: bool,
    /// It agrees to what these changes proposed.
    pub removes: BTreeSet<Hash>,
    /// It brings the dossier back.
    pub restores: bool,
    /// It records that a decision moves the person, and where (Điều 10).
    pub moves: BTreeSet<Destination>,
    /// It records that the dossier was handed over or received.
    pub hands_over: bool,
    /// It says why something was done late.
    pub explains: bool,
    /// It compares with the paper.
    pub parities: bool,
    /// It chooses where values met, or undoes a choice.
    pub chooses: bool,
    /// It passes a conflict up.
    pub raises: bool,
    /// Something no entry of the docket may be.
    pub fault: Option<DocketFault>,
}

impl Docketed {
    /// Whether nothing is entered.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether phiếu are entered, and nothing else.
    pub fn is_form_alone(&self) -> bool {
        self.forms && self.kinds() == 1 && self.fault.is_none()
    }

    /// How many kinds of entries there are.
    pub(crate) fn kinds(&self) -> usize {
        let kinds = [
            !self.verdicts.is_empty(),
            self.forms,
            self.closes,
            self.reopens,
            self.serves,
            self.proposes,
            !self.removes.is_empty(),
            self.restores,
            !self.moves.is_empty(),
            self.hands_over,
            self.explains,
            self.parities,
            self.chooses,
            self.raises,
        ];
        kinds.into_iter().filter(|kind| *kind).count()
    }

    /// Whether this enters all that `other` enters.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.verdicts.is_superset(&other.verdicts)
            && (self.forms || !other.forms)
            && (self.closes || !other.closes)
            && (self.reopens || !other.reopens)
            && (self.serves || !other.serves)
            && (self.proposes || !other.proposes)
            && self.removes.is_superset(&other.removes)
            && (self.restores || !other.restores)
            && (self.explains || !other.explains)
            && (self.parities || !other.parities)
            && self.moves.is_superset(&other.moves)
            && (self.hands_over || !other.hands_over)
            && (self.chooses || !other.chooses)
            && (self.raises || !other.raises)
            && (self.fault.is_some() || other.fault.is_none())
    }

    fn enter(&mut self, table: Table, cells: &BTreeMap<String, Value>) {
        match table {
            Table::Reviews => match Verdict::read(cells) {
                Ok(verdict) => {
                    self.verdicts.insert((verdict.change, verdict.ruling));
                }
                Err(_) => self.fail(DocketFault::Unreadable),
            },
            Table::RecordForms => match FormEntry::read(cells) {
                Ok(FormEntry::Version(version)) => {
                    self.forms = true;
                    self.filed.extend(version.campaign);
                }
                Ok(FormEntry::Fed(_)) => self.forms = true,
                Err(_) => self.fail(DocketFault::Unreadable),
            },
            Table::Statuses => match Event::read(cells) {
                Ok(event) => self.record(&event),
                Err(_) => self.fail(DocketFault::Unreadable),
            },
            Table::Parities => match Comparison::read(cells) {
                Ok(_) => self.parities = true,
                Err(_) => self.fail(DocketFault::Unreadable),
            },
            Table::Choices => match Choice::read(cells) {
                Ok(Choice::Taken { .. } | Choice::Undone { .. }) => self.chooses = true,
                Ok(Choice::Raised { .. }) => self.raises = true,
                Err(_) => self.fail(DocketFault::Unreadable),
            },
        }
    }

    fn record(&mut self, event: &Event) {
        match event {
            Event::Became { status: Status::Working, .. } => self.reopens = true,
            Event::Became { status, .. } if status.serves() => self.serves = true,
            Event::Became { .. } => self.closes = true,
            Event::RemovalProposed { .. } => self.proposes = true,
            Event::Removed { proposal } => {
                self.removes.insert(*proposal);
            }
            Event::Restored { .. } => self.restores = true,
            Event::Explained { .. } | Event::LateSettled { .. } => self.explains = true,
            Event::Moves { to, .. } => {
                self.moves.insert(to.clone());
            }
            Event::HandedOver { .. } | Event::TakenOver { .. } => self.hands_over = true,
        }
    }

    /// Whether an event in the life of the dossier is recorded.
    pub fn is_of_life(&self) -> bool {
        let closing = self.closes || self.reopens || self.serves;
        let moving = !self.moves.is_empty();
        closing || moving || self.proposes || self.restores || !self.removes.is_empty()
    }

    fn fail(&mut self, fault: DocketFault) {
        self.fault = self.fault.max(Some(fault));
    }
}

/// What no entry of the docket may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocketFault {
    /// Not an entry of its table.
    Unreadable,
    /// An entry that stood before is altered or taken away.
    Altered,
}
