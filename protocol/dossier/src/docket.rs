//! The docket of a dossier: what was done with it, beside what it says.
//!
//! Reviews, versions of the phiếu, statuses and comparisons with the paper are rows of reserved
//! tables, so that they travel, merge, are signed and proven as everything in a dossier. The law
//! judges a change that writes here by an act of its own ([`acts_of`](crate::permission::acts_of)),
//! on every node.
//!
//! **Invariants:** an entry is whole in the change that made it and is never altered; what is decided
//! otherwise is a later entry. What an entry says is read from its change alone, so twins of a row
//! cannot mix.

mod scribe;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use crate::{Hash, Value};

pub(crate) use scribe::Scribe;
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
}

impl Table {
    /// Every reserved table.
    pub const ALL: [Self; 4] = [Self::Reviews, Self::RecordForms, Self::Statuses, Self::Parities];

    /// Its name in the document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reviews => "reviews",
            Self::RecordForms => "record_forms",
            Self::Statuses => "statuses",
            Self::Parities => "parities",
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
    /// It records an event that closes the dossier.
    pub closes: bool,
    /// It records an event that opens the dossier again.
    pub reopens: bool,
    /// It compares with the paper.
    pub parities: bool,
    /// Something no entry of the docket may be.
    pub fault: Option<DocketFault>,
}

impl Docketed {
    /// Whether nothing is entered.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How many kinds of entries there are.
    pub(crate) fn kinds(&self) -> usize {
        let kinds =
            [!self.verdicts.is_empty(), self.forms, self.closes || self.reopens, self.parities];
        kinds.into_iter().filter(|kind| *kind).count()
    }

    /// Whether this enters all that `other` enters.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.verdicts.is_superset(&other.verdicts)
            && (self.forms || !other.forms)
            && (self.closes || !other.closes)
            && (self.reopens || !other.reopens)
            && (self.parities || !other.parities)
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
            Table::RecordForms => self.forms = true,
            Table::Statuses => match cells.get(STATUS) {
                Some(Value::Text(status)) if status == WORKING => self.reopens = true,
                Some(Value::Text(_)) => self.closes = true,
                _ => self.fail(DocketFault::Unreadable),
            },
            Table::Parities => self.parities = true,
        }
    }

    fn fail(&mut self, fault: DocketFault) {
        self.fault = self.fault.max(Some(fault));
    }
}

/// The column of a recorded event that names the status it leads to.
pub const STATUS: &str = "status";
/// The status of a dossier that is open (đang công tác).
pub const WORKING: &str = "working";

/// What no entry of the docket may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocketFault {
    /// Not an entry of its table.
    Unreadable,
    /// An entry that stood before is altered or taken away.
    Altered,
}
