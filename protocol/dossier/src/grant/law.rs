//! The law of rights given by document, against an org tree: one arm a kind, one article a rule.

use super::{Giving, GrantAct, GrantFault, GrantKind, Grantee, Grants, Today};
use crate::unit::{Tier, Unit, UnitTree};
use crate::{Hash, UnitId};

/// Judges a record that the node of `from` signed, against the org tree and the grants known.
///
/// # Errors
/// The rule that stands in the way.
pub fn lawful(
    act: &GrantAct,
    from: &UnitId,
    grants: &Grants,
    tree: &UnitTree,
) -> Result<(), GrantFault> {
    let issuer = tree.get(from).ok_or(GrantFault::UnknownUnit)?;
    match act {
        GrantAct::Give(giving) => give(giving, issuer, tree),
        GrantAct::Narrow { grant, scope: Some(scope), .. } => {
            let given = grants.get(grant).ok_or(GrantFault::UnknownGrant)?;
            let units = &given.giving.scope.units;
            let inside = |unit: &UnitId| units.iter().any(|wide| tree.is_within(unit, wide));
            if scope.units.iter().all(inside) { Ok(()) } else { Err(GrantFault::Wider) }
        }
        // Whose grant it is, and who the second officer may be, is known without a tree.
        GrantAct::Narrow { .. } | GrantAct::End { .. } | GrantAct::Confirm { .. } => Ok(()),
    }
}

fn give(giving: &Giving, issuer: &Unit, tree: &UnitTree) -> Result<(), GrantFault> {
    if giving.period.days() > giving.kind.days_max() {
        return Err(GrantFault::TooLong);
    }
    let known = giving.scope.units.iter().all(|unit| tree.get(unit).is_some());
    let grantee = match &giving.grantee {
        Grantee::Unit(unit) | Grantee::Person { unit, .. } => Some(unit),
        Grantee::Outsider { .. } => None,
    };
    if !known || grantee.is_some_and(|unit| tree.get(unit).is_none()) {
        return Err(GrantFault::UnknownUnit);
    }
    match giving.kind {
        GrantKind::Delegation => delegation(giving, issuer, tree),
        // Điều 8.1: the managing body consents, to a person, for dossiers that are listed.
        GrantKind::Consent => {
            manages(giving, issuer, tree)?;
            let person = !matches!(giving.grantee, Grantee::Unit(_));
            if !person {
                return Err(GrantFault::WrongGrantee);
            }
            listed(giving)
        }
        // Điều 14.4: Sở Nội vụ inspects units, by persons named in the plan.
        GrantKind::Mission => {
            tier_three(issuer)?;
            let person = !matches!(giving.grantee, Grantee::Unit(_));
            if person { Ok(()) } else { Err(GrantFault::WrongGrantee) }
        }
        // Điều 7.3: Sở Nội vụ enters nothing but what an order of two officers lets it put right.
        GrantKind::Correction => {
            tier_three(issuer)?;
            if giving.grantee != Grantee::Unit(issuer.id.clone()) {
                return Err(GrantFault::WrongGrantee);
            }
            if giving.by.login.is_none() {
                return Err(GrantFault::SameOfficer);
            }
            listed(giving)
        }
        // Điều 5.3: copies by the dozen leave by the word of two officers of Sở Nội vụ, for the
        // dossiers that a unit or a person reads by post.
        GrantKind::BulkCopies => {
            tier_three(issuer)?;
            let Some(taker) = grantee else { return Err(GrantFault::WrongGrantee) };
            if giving.by.login.is_none() {
                return Err(GrantFault::SameOfficer);
            }
            let reads = giving.scope.units.iter().all(|unit| tree.is_within(unit, taker));
            if reads { Ok(()) } else { Err(GrantFault::WrongGrantee) }
        }
    }
}

/// Điều 15.1: a body of tier 2 lets a unit below it enter; what it was let do goes no further.
fn delegation(giving: &Giving, issuer: &Unit, tree: &UnitTree) -> Result<(), GrantFault> {
    let Grantee::Unit(unit) = &giving.grantee else { return Err(GrantFault::WrongGrantee) };
    match issuer.tier {
        Tier::One => return Err(GrantFault::Onward),
        Tier::Two => {}
        Tier::Three | Tier::Province => return Err(GrantFault::NotManagingBody),
    }
    if *unit == issuer.id || !tree.is_within(unit, &issuer.id) {
        return Err(GrantFault::NotBelow);
    }
    // What units below keep themselves is theirs to enter.
    let own = giving.scope.units.iter().all(|it| *it == issuer.id);
    if own { Ok(()) } else { Err(GrantFault::NotManagingBody) }
}

/// Điều 7.1, 7.2: a unit manages its own dossiers, a body of tier 2 also those under it.
fn manages(giving: &Giving, issuer: &Unit, tree: &UnitTree) -> Result<(), GrantFault> {
    let own = |unit: &UnitId| match issuer.tier {
        Tier::Two => tree.is_within(unit, &issuer.id),
        Tier::One | Tier::Three => *unit == issuer.id,
        Tier::Province => false,
    };
    if giving.scope.units.iter().all(own) { Ok(()) } else { Err(GrantFault::NotManagingBody) }
}

fn tier_three(issuer: &Unit) -> Result<(), GrantFault> {
    if issuer.tier == Tier::Three { Ok(()) } else { Err(GrantFault::TierThreeOnly) }
}

fn listed(giving: &Giving) -> Result<(), GrantFault> {
    if giving.scope.dossiers.is_empty() { Err(GrantFault::DossiersMissing) } else { Ok(()) }
}

/// Judges an act where it is made, on the day it is made: what is over is not given, and what has
/// ended or was signed by the second officer is not acted upon again.
///
/// # Errors
/// The rule that stands in the way.
pub fn judge_days(act: &GrantAct, grants: &Grants, today: Today) -> Result<(), GrantFault> {
    let of = |id: &Hash| grants.get(id).ok_or(GrantFault::UnknownGrant);
    match act {
        GrantAct::Give(giving) if giving.period.is_over(today) => Err(GrantFault::Over),
        GrantAct::Give(_) => Ok(()),
        GrantAct::Narrow { grant, .. } | GrantAct::End { grant, .. } => {
            let ended = of(grant)?.terms.ended.is_some();
            if ended { Err(GrantFault::EndedAlready) } else { Ok(()) }
        }
        GrantAct::Confirm { grant, .. } => {
            let known = of(grant)?;
            match (known.terms.ended, known.terms.waits) {
                (Some(_), _) => Err(GrantFault::EndedAlready),
                (None, false) if known.giving.kind.asks_two() => Err(GrantFault::ConfirmedAlready),
                _ => Ok(()),
            }
        }
    }
}
