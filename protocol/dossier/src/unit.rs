//! Organisational units and the tree they form (Điều 3, 7 of the regulation).
//!
//! **Invariant:** a [`UnitTree`] has one root, no cycle, no orphan, and is within its limits;
//! it serialises as the list of its units ordered by id, so equal trees have equal bytes.

mod change;
mod reorg;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fold::{fold, written};
use crate::{UnitId, validity::Validity};

pub use change::{UnitChange, UnitChangeKind};
pub use reorg::{Ending, ReorgAct, ReorgFault, ReorgPlan};

/// The levels of the system (Điều 7); the province itself stands above them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Tier {
    /// UBND tỉnh, root of the tree; no node of the system.
    Province,
    /// A unit that keeps dossiers (cấp một).
    One,
    /// A department, provincial body or district (cấp hai).
    Two,
    /// Sở Nội vụ as keeper of the whole system (cấp ba).
    Three,
}

/// A number that is no tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tier {0} does not exist")]
pub struct InvalidTier(u8);

impl Tier {
    /// The tier's number; 0 for the province.
    pub fn number(self) -> u8 {
        self.into()
    }
}

impl From<Tier> for u8 {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Province => 0,
            Tier::One => 1,
            Tier::Two => 2,
            Tier::Three => 3,
        }
    }
}

impl TryFrom<u8> for Tier {
    type Error = InvalidTier;

    fn try_from(number: u8) -> Result<Self, InvalidTier> {
        match number {
            0 => Ok(Self::Province),
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            3 => Ok(Self::Three),
            other => Err(InvalidTier(other)),
        }
    }
}

/// Whether a unit keeps the dossiers of its people itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holding {
    /// It does.
    Yes,
    /// It does not: the body above does.
    No,
    /// It does where the province lets such units, e.g. communes (Điều 2a).
    Optional,
}

/// One unit of the province.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Identifier for life; a renamed unit keeps it.
    pub id: UnitId,
    /// Unit above; `None` for the root.
    pub parent: Option<UnitId>,
    /// Level of the system.
    pub tier: Tier,
    /// Name in Vietnamese.
    pub name: String,
    /// Kind of body, e.g. `truong_thpt`.
    pub kind: String,
    /// Whether it keeps dossiers.
    pub holds_dossiers: Holding,
    /// Days on which it exists.
    #[serde(default)]
    pub validity: Validity,
    /// Unit that took over when it ended.
    #[serde(default)]
    pub successor: Option<UnitId>,
}

/// Units that form no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// There is no unit at all.
    #[error("the tree has no unit")]
    Empty,
    /// More units than [`UnitTree::UNITS_MAX`].
    #[error("the tree has {0} units, more than the limit")]
    TooMany(usize),
    /// Two units share an id.
    #[error("unit {0} occurs twice")]
    Duplicate(UnitId),
    /// A second unit without a parent.
    #[error("unit {0} is a second root")]
    SecondRoot(UnitId),
    /// The parent or the successor is not in the tree.
    #[error("unit {unit} names {missing}, which is not in the tree")]
    Orphan {
        /// The unit that points elsewhere.
        unit: UnitId,
        /// The unit it names.
        missing: UnitId,
    },
    /// The unit is its own ancestor, or lies deeper than [`UnitTree::DEPTH_MAX`].
    #[error("unit {0} lies in a cycle or too deep")]
    CycleOrTooDeep(UnitId),
    /// Empty or overlong name or kind, or a validity that ends before it starts.
    #[error("unit {0} has a malformed name, kind or validity")]
    Malformed(UnitId),
}

/// The organisation of a province; immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Unit>", into = "Vec<Unit>")]
pub struct UnitTree {
    root: UnitId,
    units: BTreeMap<UnitId, Unit>,
    children: BTreeMap<UnitId, Vec<UnitId>>,
    folded: BTreeMap<String, Vec<UnitId>>,
}

impl UnitTree {
    /// The most units a tree may have.
    pub const UNITS_MAX: usize = 10_000;
    /// The most steps from a unit up to the root.
    pub const DEPTH_MAX: usize = 8;
    /// The longest name or kind, in bytes.
    pub const TEXT_MAX: usize = 512;

    /// Builds and checks a tree.
    ///
    /// # Errors
    /// [`TreeError`] says which unit breaks which rule.
    pub fn new(list: Vec<Unit>) -> Result<Self, TreeError> {
        if list.len() > Self::UNITS_MAX {
            return Err(TreeError::TooMany(list.len()));
        }
        let mut units = BTreeMap::new();
        for unit in list {
            check_shape(&unit)?;
            if let Some(twin) = units.insert(unit.id.clone(), unit) {
                return Err(TreeError::Duplicate(twin.id));
            }
        }
        let root = sole_root(&units)?;
        let mut children: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
        let mut folded: BTreeMap<String, Vec<UnitId>> = BTreeMap::new();
        for unit in units.values() {
            check_place(&units, unit)?;
            if let Some(parent) = &unit.parent {
                children.entry(parent.clone()).or_default().push(unit.id.clone());
            }
            folded.entry(fold(&unit.name)).or_default().push(unit.id.clone());
        }
        Ok(Self { root, units, children, folded })
    }

    /// The province.
    pub fn root(&self) -> &Unit {
        &self.units[&self.root]
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Always false: a tree has a root.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// A unit by its id.
    pub fn get(&self, id: &UnitId) -> Option<&Unit> {
        self.units.get(id)
    }

    /// The first unit that stands where its tier does not (Điều 7): the province above all, Sở Nội vụ
    /// below it, bodies of tier 2 below Sở Nội vụ, units of tier 1 below either.
    pub fn misplaced(&self) -> Option<&Unit> {
        self.units().find(|unit| {
            let above = self.parent(&unit.id).map(|parent| parent.tier);
            let fits = match unit.tier {
                Tier::Province => above.is_none(),
                Tier::Three => above == Some(Tier::Province),
                Tier::Two => above == Some(Tier::Three),
                Tier::One => matches!(above, Some(Tier::Two | Tier::Three)),
            };
            !fits
        })
    }

    /// Every unit, ordered by id.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    /// The unit directly above.
    pub fn parent(&self, id: &UnitId) -> Option<&Unit> {
        self.get(self.get(id)?.parent.as_ref()?)
    }

    /// The units above, nearest first; the unit itself is not among them.
    pub fn ancestors(&self, id: &UnitId) -> impl Iterator<Item = &Unit> {
        std::iter::successors(self.parent(id), |unit| self.parent(&unit.id))
    }

    /// The body of tier 2 a unit belongs to, itself where it is one (Điều 10.1).
    pub fn body_of(&self, unit: &UnitId) -> Option<&UnitId> {
        let mut own = self.get(unit).into_iter().chain(self.ancestors(unit));
        own.find(|unit| unit.tier == Tier::Two).map(|unit| &unit.id)
    }

    /// Whether `unit` is `scope` or lies under it.
    pub fn is_within(&self, unit: &UnitId, scope: &UnitId) -> bool {
        self.units.contains_key(unit)
            && (unit == scope || self.ancestors(unit).any(|above| above.id == *scope))
    }

    /// The units directly below, ordered by id.
    pub fn children(&self, id: &UnitId) -> impl Iterator<Item = &Unit> {
        self.children.get(id).into_iter().flatten().filter_map(|child| self.get(child))
    }

    /// The unit and everything under it, a parent always before its children.
    pub fn subtree(&self, id: &UnitId) -> impl Iterator<Item = &Unit> {
        let mut waiting: Vec<&Unit> = self.get(id).into_iter().collect();
        std::iter::from_fn(move || {
            let unit = waiting.pop()?;
            let below = self.children.get(&unit.id).map_or(&[][..], Vec::as_slice);
            waiting.extend(below.iter().rev().filter_map(|child| self.get(child)));
            Some(unit)
        })
    }

    /// The nearest unit above that runs a node of tier 2 or 3 and so answers for this one.
    pub fn superior_holder(&self, id: &UnitId) -> Option<&Unit> {
        self.ancestors(id).find(|unit| matches!(unit.tier, Tier::Two | Tier::Three))
    }

    /// The units within `scope` whose name is `name`: those written the same way, or where there
    /// is none, those that differ in marks only.
    pub fn find(&self, name: &str, scope: &UnitId) -> Vec<&Unit> {
        let near: Vec<&Unit> = self
            .folded
            .get(&fold(name))
            .into_iter()
            .flatten()
            .filter(|id| self.is_within(id, scope))
            .filter_map(|id| self.get(id))
            .collect();
        let key = written(name);
        let exact: Vec<&Unit> =
            near.iter().copied().filter(|unit| written(&unit.name) == key).collect();
        if exact.is_empty() { near } else { exact }
    }
}

impl TryFrom<Vec<Unit>> for UnitTree {
    type Error = TreeError;

    fn try_from(list: Vec<Unit>) -> Result<Self, TreeError> {
        Self::new(list)
    }
}

impl From<UnitTree> for Vec<Unit> {
    fn from(tree: UnitTree) -> Self {
        tree.units.into_values().collect()
    }
}

fn check_shape(unit: &Unit) -> Result<(), TreeError> {
    let speaks = |text: &str| !text.trim().is_empty() && text.len() <= UnitTree::TEXT_MAX;
    if speaks(&unit.name) && speaks(&unit.kind) && unit.validity.is_well_formed() {
        Ok(())
    } else {
        Err(TreeError::Malformed(unit.id.clone()))
    }
}

fn sole_root(units: &BTreeMap<UnitId, Unit>) -> Result<UnitId, TreeError> {
    let mut roots = units.values().filter(|unit| unit.parent.is_none());
    match (roots.next(), roots.next()) {
        (Some(root), None) => Ok(root.id.clone()),
        (Some(_), Some(second)) => Err(TreeError::SecondRoot(second.id.clone())),
        (None, _) => Err(match units.keys().next() {
            Some(id) => TreeError::CycleOrTooDeep(id.clone()),
            None => TreeError::Empty,
        }),
    }
}

fn check_place(units: &BTreeMap<UnitId, Unit>, unit: &Unit) -> Result<(), TreeError> {
    for named in [&unit.parent, &unit.successor].into_iter().flatten() {
        if !units.contains_key(named) {
            return Err(TreeError::Orphan { unit: unit.id.clone(), missing: named.clone() });
        }
    }
    let mut above = unit;
    for _ in 0..=UnitTree::DEPTH_MAX {
        match above.parent.as_ref().and_then(|parent| units.get(parent)) {
            Some(parent) => above = parent,
            None => return Ok(()),
        }
    }
    Err(TreeError::CycleOrTooDeep(unit.id.clone()))
}

#[cfg(test)]
mod tests;
