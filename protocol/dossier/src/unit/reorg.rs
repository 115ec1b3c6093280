//! A reorganisation: one decision that renames, moves, adds and ends units from a day on, and says whose
//! the dossiers of each ended unit become.
//!
//! **Invariant:** what a plan makes of a tree is a tree in which every ended unit with a successor has one
//! that lives on, and every unit that lives on stands under one that does.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Holding, Tier, TreeError, Unit, UnitTree};
use crate::validity::first_day;
use crate::{DossierId, LegalBasis, PartialDate, UnitId};

/// What a state body decided about units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReorgPlan {
    /// The decision.
    pub decision: LegalBasis,
    /// The day from which it holds.
    pub effective: PartialDate,
    /// Whether dossiers move by what those above hold, without waiting for the nodes of ended units.
    pub without_nodes: bool,
    /// What is done, in the order of the document.
    pub acts: Vec<ReorgAct>,
}

/// One thing that is done to a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReorgAct {
    /// A unit is set up.
    Add(Unit),
    /// A unit gets another name, or becomes of another kind; it stays the same unit.
    Rename {
        /// The unit.
        unit: UnitId,
        /// Its name from then on.
        name: String,
        /// Its kind from then on, where that changes.
        kind: Option<String>,
    },
    /// A unit stands under another one.
    Move {
        /// The unit.
        unit: UnitId,
        /// The unit above it from then on.
        under: UnitId,
    },
    /// A unit ends: it is merged, divided or abolished.
    End(Ending),
}

/// A unit that ends, and whose its dossiers become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The unit.
    pub unit: UnitId,
    /// Whose all dossiers become that are not listed.
    pub rest: Option<UnitId>,
    /// Whose single dossiers become, of a unit that is divided.
    pub listed: BTreeMap<DossierId, UnitId>,
}

impl Ending {
    /// Whose a dossier of the unit becomes.
    pub fn successor_of(&self, dossier: &DossierId) -> Option<&UnitId> {
        self.listed.get(dossier).or(self.rest.as_ref())
    }

    /// The units that take something over, each once.
    pub fn successors(&self) -> BTreeSet<&UnitId> {
        self.rest.iter().chain(self.listed.values()).collect()
    }
}

/// Why a plan makes no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReorgFault {
    /// No decision of a state body, or a malformed one.
    #[error("no decision is named")]
    NoDecision,
    /// Nothing is done, or more than a plan may hold.
    #[error("the plan holds nothing or too much")]
    Size,
    /// The unit is not in the tree.
    #[error("unit {0} is unknown")]
    Unknown(UnitId),
    /// The unit is there already.
    #[error("unit {0} exists")]
    Exists(UnitId),
    /// The unit has ended, or ends twice.
    #[error("unit {0} has ended")]
    Ended(UnitId),
    /// Whoever is to take over does not exist from that day on.
    #[error("{successor}, which takes over from {unit}, does not live on")]
    SuccessorEnds {
        /// The unit that ends.
        unit: UnitId,
        /// Its successor.
        successor: UnitId,
    },
    /// Whoever is to take over keeps no dossiers (Điều 2, 3).
    #[error("{successor}, which takes over from {unit}, keeps no dossiers")]
    NotHolder {
        /// The unit that ends.
        unit: UnitId,
        /// Its successor.
        successor: UnitId,
    },
    /// Two endings speak of one dossier.
    #[error("dossier {0} is assigned twice")]
    Twice(DossierId),
    /// The province and Sở Nội vụ do not end by a plan of this province.
    #[error("unit {0} is none that a plan ends")]
    Root(UnitId),
    /// The units form no tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A unit would stand where its tier does not (Điều 7).
    #[error("unit {0} stands where its tier does not")]
    Misplaced(UnitId),
}

impl ReorgPlan {
    /// The most acts of a plan.
    pub const ACTS_MAX: usize = 10_000;
    /// The most dossiers that are listed one by one.
    pub const LISTED_MAX: usize = 20_000;

    /// The units that end.
    pub fn endings(&self) -> impl Iterator<Item = &Ending> {
        self.acts.iter().filter_map(|act| match act {
            ReorgAct::End(ending) => Some(ending),
            _ => None,
        })
    }

    /// The tree that follows from the plan. Whoever stood under a unit that ends stands under its
    /// successor, or where that can carry nobody, under the unit above.
    ///
    /// # Errors
    /// The first [`ReorgFault`].
    pub fn next(&self, tree: &UnitTree) -> Result<UnitTree, ReorgFault> {
        if self.decision.decision().is_none() || !self.decision.is_well_formed() {
            return Err(ReorgFault::NoDecision);
        }
        let listed: usize = self.endings().map(|ending| ending.listed.len()).sum();
        if self.acts.is_empty() || self.acts.len() > Self::ACTS_MAX || listed > Self::LISTED_MAX {
            return Err(ReorgFault::Size);
        }
        let mut units: BTreeMap<UnitId, Unit> =
            tree.units().map(|unit| (unit.id.clone(), unit.clone())).collect();
        let mut assigned: BTreeSet<DossierId> = BTreeSet::new();
        for act in &self.acts {
            self.apply(act, &mut units)?;
            let ReorgAct::End(ending) = act else { continue };
            if let Some(twice) = ending.listed.keys().find(|id| !assigned.insert(**id)) {
                return Err(ReorgFault::Twice(*twice));
            }
        }
        for ending in self.endings() {
            self.check_successors(ending, &units)?;
        }
        for ending in self.endings() {
            hand_down(ending, tree, &mut units);
        }
        let next = UnitTree::new(units.into_values().collect())?;
        match next.misplaced() {
            Some(unit) => Err(ReorgFault::Misplaced(unit.id.clone())),
            None => Ok(next),
        }
    }

    /// Whether a tree says all that the plan does.
    pub fn is_done_in(&self, tree: &UnitTree) -> bool {
        let done = |act: &ReorgAct| match act {
            ReorgAct::Add(unit) => tree.get(&unit.id).is_some(),
            ReorgAct::Rename { unit, name, .. } => {
                tree.get(unit).is_some_and(|it| it.name == *name)
            }
            ReorgAct::Move { unit, under } => {
                tree.get(unit).is_some_and(|it| it.parent.as_ref() == Some(under))
            }
            ReorgAct::End(ending) => {
                let to = tree.get(&ending.unit).and_then(|it| it.validity.to);
                to == Some(self.effective)
            }
        };
        self.acts.iter().all(done)
    }

    fn apply(&self, act: &ReorgAct, units: &mut BTreeMap<UnitId, Unit>) -> Result<(), ReorgFault> {
        match act {
            ReorgAct::Add(unit) => {
                if units.contains_key(&unit.id) {
                    return Err(ReorgFault::Exists(unit.id.clone()));
                }
                let mut unit = unit.clone();
                unit.validity.from = Some(self.effective);
                units.insert(unit.id.clone(), unit);
            }
            ReorgAct::Rename { unit, name, kind } => {
                let unit = self.living(unit, units)?;
                name.clone_into(&mut unit.name);
                if let Some(kind) = kind {
                    kind.clone_into(&mut unit.kind);
                }
            }
            ReorgAct::Move { unit, under } => {
                self.living(under, units)?;
                self.living(unit, units)?.parent = Some(under.clone());
            }
            ReorgAct::End(ending) => {
                let first = ending.rest.as_ref().or(ending.listed.values().next()).cloned();
                let unit = self.living(&ending.unit, units)?;
                if matches!(unit.tier, Tier::Province | Tier::Three) {
                    return Err(ReorgFault::Root(unit.id.clone()));
                }
                unit.validity.to = Some(self.effective);
                unit.successor = first;
            }
        }
        Ok(())
    }

    /// A unit that exists on the day of the plan, so far as the acts before say.
    fn living<'a>(
        &self,
        unit: &UnitId,
        units: &'a mut BTreeMap<UnitId, Unit>,
    ) -> Result<&'a mut Unit, ReorgFault> {
        let found = units.get_mut(unit).ok_or_else(|| ReorgFault::Unknown(unit.clone()))?;
        if found.validity.to.is_some_and(|to| first_day(to) <= first_day(self.effective)) {
            return Err(ReorgFault::Ended(unit.clone()));
        }
        Ok(found)
    }

    fn check_successors(
        &self,
        ending: &Ending,
        units: &BTreeMap<UnitId, Unit>,
    ) -> Result<(), ReorgFault> {
        for successor in ending.successors() {
            let Some(found) = units.get(successor) else {
                return Err(ReorgFault::Unknown(successor.clone()));
            };
            let (unit, successor) = (ending.unit.clone(), successor.clone());
            if !found.validity.covers(first_day(self.effective)) {
                return Err(ReorgFault::SuccessorEnds { unit, successor });
            }
            if found.holds_dossiers == Holding::No {
                return Err(ReorgFault::NotHolder { unit, successor });
            }
        }
        Ok(())
    }
}

/// Whoever stood under an ended unit, and was not moved by the plan, gets another unit above.
fn hand_down(ending: &Ending, before: &UnitTree, units: &mut BTreeMap<UnitId, Unit>) {
    let carries = |id: &UnitId| {
        units.get(id).is_some_and(|unit| matches!(unit.tier, Tier::Two | Tier::Three))
    };
    let successor = ending.rest.clone().filter(carries);
    let above = successor.or_else(|| {
        let mut up = before.ancestors(&ending.unit);
        up.find(|unit| unit.validity.to.is_none() && carries(&unit.id)).map(|unit| unit.id.clone())
    });
    let Some(above) = above else { return };
    for unit in units.values_mut().filter(|unit| unit.parent.as_ref() == Some(&ending.unit)) {
        unit.parent = Some(above.clone());
    }
}

#[cfg(test)]
mod tests;
