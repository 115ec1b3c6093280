//! Where somebody stands to a dossier: keeps it, stands above it, or has nothing to do with it.

use super::{Actor, Authority, Refusal};
use crate::UnitId;
use crate::unit::{Holding, Tier, UnitTree};

/// Where an actor stands to the unit that keeps a dossier (Điều 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is his own unit.
    Keeps,
    /// His is the body of tier 2 above it.
    TierTwo,
    /// His is Sở Nội vụ.
    TierThree,
    /// Neither.
    Elsewhere,
}

pub(super) fn place(actor: &Actor, unit: &UnitId, tree: &UnitTree) -> Place {
    match tree.get(&actor.unit).map(|own| own.tier) {
        Some(Tier::Three) if tree.is_within(unit, &actor.unit) => Place::TierThree,
        Some(Tier::Two | Tier::One) if *unit == actor.unit => Place::Keeps,
        Some(Tier::Two) if tree.is_within(unit, &actor.unit) => Place::TierTwo,
        _ => Place::Elsewhere,
    }
}

/// The unit that keeps the dossier the action is about.
pub(super) fn custodian<'a>(authority: &Authority<'a>) -> Result<&'a UnitId, Refusal> {
    authority.custodian.ok_or(Refusal::NoDossier)
}

/// Điều 8.1: within the actor's own subtree; the province above all tiers runs no node.
pub(super) fn above(actor: &Actor, unit: &UnitId, tree: &UnitTree) -> Result<(), Refusal> {
    let runs_node = tree.get(&actor.unit).is_some_and(|own| own.tier != Tier::Province);
    if runs_node && tree.is_within(unit, &actor.unit) { Ok(()) } else { Err(Refusal::ForeignUnit) }
}

/// Whether `lower` stands below `upper`, and is not it.
pub(super) fn subordinate(lower: &UnitId, upper: &UnitId, tree: &UnitTree) -> bool {
    lower != upper && tree.is_within(lower, upper)
}

/// Điều 2a, 8.2: only some units keep dossiers; communes by a switch.
pub(super) fn holds(unit: &UnitId, authority: &Authority<'_>) -> Result<(), Refusal> {
    match authority.tree.get(unit).map(|unit| unit.holds_dossiers) {
        Some(Holding::Yes) => Ok(()),
        Some(Holding::Optional) if authority.allow_optional_holders => Ok(()),
        Some(Holding::Optional | Holding::No) => Err(Refusal::DoesNotHold),
        None => Err(Refusal::UnknownUnit),
    }
}
