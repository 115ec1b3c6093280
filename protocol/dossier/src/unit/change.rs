//! What the next version of a tree changes, unit by unit, for the person who issues it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Tier, Unit, UnitTree};
use crate::{PartialDate, UnitId};

/// One difference between two versions of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitChange {
    /// The unit.
    pub unit: UnitId,
    /// Its name, in the later version where there is one.
    pub name: String,
    /// What happens to it.
    pub kind: UnitChangeKind,
}

/// What happens to a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnitChangeKind {
    /// It is not in the later version.
    Removed,
    /// It is new, under this unit.
    Added(Option<UnitId>),
    /// It stands under another unit.
    Moved {
        /// The unit above it so far.
        from: Option<UnitId>,
        /// The unit above it from here on.
        to: Option<UnitId>,
    },
    /// It stands at another tier.
    Retiered {
        /// Its tier so far.
        from: Tier,
        /// Its tier from here on.
        to: Tier,
    },
    /// It has another name; the earlier one is told.
    Renamed(String),
    /// It ends.
    Closed {
        /// The first day on which it exists no more.
        to: PartialDate,
        /// Who takes over.
        successor: Option<UnitId>,
    },
    /// Its kind, its holding of dossiers or its dates are stated differently.
    Amended,
}

impl fmt::Display for UnitChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Removed => "removed",
            Self::Added(_) => "added",
            Self::Moved { .. } => "moved",
            Self::Retiered { .. } => "retiered",
            Self::Renamed(_) => "renamed",
            Self::Closed { .. } => "closed",
            Self::Amended => "amended",
        })
    }
}

impl UnitTree {
    /// What `next` changes, ordered by unit; a unit may change in several ways.
    pub fn changes_to(&self, next: &Self) -> Vec<UnitChange> {
        let gone = self.units().filter(|unit| next.get(&unit.id).is_none());
        let mut changes: Vec<UnitChange> =
            gone.map(|unit| change(unit, UnitChangeKind::Removed)).collect();
        for unit in next.units() {
            match self.get(&unit.id) {
                Some(before) => changes.extend(differences(before, unit)),
                None => changes.push(change(unit, UnitChangeKind::Added(unit.parent.clone()))),
            }
        }
        changes.sort_by(|a, b| a.unit.cmp(&b.unit));
        changes
    }
}

fn change(unit: &Unit, kind: UnitChangeKind) -> UnitChange {
    UnitChange { unit: unit.id.clone(), name: unit.name.clone(), kind }
}

fn differences(before: &Unit, after: &Unit) -> Vec<UnitChange> {
    let mut kinds = Vec::new();
    if before.parent != after.parent {
        let (from, to) = (before.parent.clone(), after.parent.clone());
        kinds.push(UnitChangeKind::Moved { from, to });
    }
    if before.tier != after.tier {
        kinds.push(UnitChangeKind::Retiered { from: before.tier, to: after.tier });
    }
    if before.name != after.name {
        kinds.push(UnitChangeKind::Renamed(before.name.clone()));
    }
    let ends = after.validity.to.filter(|_| before.validity.to.is_none());
    if let Some(to) = ends {
        kinds.push(UnitChangeKind::Closed { to, successor: after.successor.clone() });
    }
    let restated = before.kind != after.kind
        || before.holds_dossiers != after.holds_dossiers
        || before.validity.from != after.validity.from
        || (ends.is_none() && before.validity.to != after.validity.to)
        || (ends.is_none() && before.successor != after.successor);
    if restated {
        kinds.push(UnitChangeKind::Amended);
    }
    kinds.into_iter().map(|kind| change(after, kind)).collect()
}
