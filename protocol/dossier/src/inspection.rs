//! What an inspection finds, what the unit answers, and how it is closed (Điều 14.4).
//!
//! A finding rests on a mission of Sở Nội vụ and is about one unit of its scope. Like grants, the
//! records are signed statements that never change and may come in any order.
//!
//! **Invariants:** only the body whose mission it is records and closes, only the unit that it is
//! about answers; an act that is refused leaves the records as they were.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::grant::{GrantFault, GrantKind, Grants, Officer, Origin};
use crate::unit::UnitTree;
use crate::{Hash, PartialDate, UnitId};

/// The longest text of a finding or an answer, in bytes.
pub const TEXT_MAX: usize = 4_000;

/// Something that an inspection found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The mission it was found on.
    pub mission: Hash,
    /// The unit it is about.
    pub unit: UnitId,
    /// What, for people; no content of a dossier.
    pub text: String,
    /// The day by which the unit is to put it right.
    pub due: PartialDate,
    /// Who records it.
    pub by: Officer,
}

/// One act on what an inspection found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InspectAct {
    /// It is recorded.
    Find(Finding),
    /// The unit says what it did.
    Answer {
        /// Which finding.
        finding: Hash,
        /// What the unit says.
        text: String,
        /// Who says it.
        by: Officer,
    },
    /// The body is content.
    Close {
        /// Which finding.
        finding: Hash,
        /// With what conclusion.
        text: String,
        /// Who closes it.
        by: Officer,
    },
}

/// A finding with what followed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// Where it comes from.
    pub origin: Origin,
    /// What was found.
    pub finding: Finding,
    /// The acts that followed, by the digests of their records.
    pub after: BTreeMap<Hash, (Origin, InspectAct)>,
}

impl Tracked {
    /// How it stands, as a stable code: `open`, `answered`, `closed`.
    pub fn standing(&self) -> &'static str {
        let has = |wanted: fn(&InspectAct) -> bool| self.after.values().any(|(_, it)| wanted(it));
        if has(|act| matches!(act, InspectAct::Close { .. })) {
            "closed"
        } else if has(|act| matches!(act, InspectAct::Answer { .. })) {
            "answered"
        } else {
            "open"
        }
    }
}

/// Every finding a node knows, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    all: BTreeMap<Hash, Tracked>,
}

impl InspectAct {
    /// The finding it follows on; `None` for one that is recorded.
    pub fn finding(&self) -> Option<Hash> {
        match self {
            Self::Find(_) => None,
            Self::Answer { finding, .. } | Self::Close { finding, .. } => Some(*finding),
        }
    }

    /// Names who enters it.
    pub fn set_by(&mut self, officer: Officer) {
        match self {
            Self::Find(Finding { by, .. }) | Self::Answer { by, .. } | Self::Close { by, .. } => {
                *by = officer;
            }
        }
    }

    fn is_well_formed(&self) -> bool {
        let (text, by) = match self {
            Self::Find(Finding { text, by, .. })
            | Self::Answer { text, by, .. }
            | Self::Close { text, by, .. } => (text, by),
        };
        let says = !text.trim().is_empty() && text.len() <= TEXT_MAX;
        let due = match self {
            Self::Find(Finding { due, .. }) => due.civil().is_some(),
            _ => true,
        };
        says && due && by.is_well_formed() && !text.chars().any(char::is_control)
    }
}

/// Judges an act that the node of `from` signed, against the org tree and the grants known.
///
/// # Errors
/// The rule that stands in the way.
pub fn lawful(
    act: &InspectAct,
    from: &UnitId,
    grants: &Grants,
    tree: &UnitTree,
) -> Result<(), GrantFault> {
    let InspectAct::Find(finding) = act else { return Ok(()) };
    let mission = grants.get(&finding.mission).ok_or(GrantFault::UnknownGrant)?;
    if mission.giving.kind != GrantKind::Mission || mission.origin.unit != *from {
        return Err(GrantFault::ForeignIssuer);
    }
    tree.get(&finding.unit).ok_or(GrantFault::UnknownUnit)?;
    let inspected = mission.giving.scope.units.iter().any(|it| tree.is_within(&finding.unit, it));
    if inspected { Ok(()) } else { Err(GrantFault::Wider) }
}

impl Findings {
    /// The most findings of one unit's records; further ones are refused.
    pub const PER_UNIT_MAX: usize = 8_192;
    /// The most acts that follow on one.
    pub const AFTER_MAX: usize = 64;

    /// A finding by its id.
    pub fn get(&self, id: &Hash) -> Option<&Tracked> {
        self.all.get(id)
    }

    /// Every finding with its id.
    pub fn iter(&self) -> impl Iterator<Item = (&Hash, &Tracked)> {
        self.all.iter()
    }

    /// Takes a record on what the records before it say.
    ///
    /// # Errors
    /// The rule it breaks; nothing is then changed.
    pub fn apply(&mut self, origin: Origin, act: &InspectAct) -> Result<(), GrantFault> {
        if !act.is_well_formed() {
            return Err(GrantFault::Malformed);
        }
        let InspectAct::Find(finding) = act else { return self.follow(origin, act) };
        let recorded = self.all.values().filter(|it| it.origin.unit == origin.unit).count();
        if recorded >= Self::PER_UNIT_MAX {
            return Err(GrantFault::TooMany);
        }
        let (id, finding) = (origin.id, finding.clone());
        self.all.entry(id).or_insert(Tracked { origin, finding, after: BTreeMap::new() });
        Ok(())
    }

    fn follow(&mut self, origin: Origin, act: &InspectAct) -> Result<(), GrantFault> {
        let known = act.finding().and_then(|id| self.all.get_mut(&id));
        let known = known.ok_or(GrantFault::UnknownGrant)?;
        let closes = matches!(act, InspectAct::Close { .. });
        let whose = if closes { &known.origin.unit } else { &known.finding.unit };
        if *whose != origin.unit {
            return Err(GrantFault::ForeignIssuer);
        }
        // A close is always taken: whoever answers without end keeps nobody from closing.
        if known.after.len() >= Self::AFTER_MAX && !closes {
            return Err(GrantFault::TooMany);
        }
        known.after.insert(origin.id, (origin, act.clone()));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
