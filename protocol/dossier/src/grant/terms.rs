//! What remains of a grant: a semilattice whose meet is what both sides leave.
//!
//! Units are kept as the lists that were said, each of which must cover: which unit lies under
//! which is the org tree's business, and nodes may hold different versions of it.

use std::collections::BTreeSet;

use super::{Giving, GrantAct, GrantFault, Period, Scope, Today, day_in_vietnam};
use crate::{DossierId, Timestamp, UnitId, unit::UnitTree};

/// What remains of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Lists of units, each of which must cover.
    pub units: BTreeSet<BTreeSet<UnitId>>,
    /// Only these dossiers; `None` for all of the units.
    pub dossiers: Option<BTreeSet<DossierId>>,
    /// Only these sections; `None` for the whole form.
    pub sections: Option<BTreeSet<String>>,
    /// On which days.
    pub period: Period,
    /// When it was ended.
    pub ended: Option<Timestamp>,
    /// Whether it waits for a second officer.
    pub waits: bool,
}

impl Terms {
    /// As the grant was given.
    pub fn of(giving: &Giving) -> Self {
        Self { waits: giving.kind.asks_two(), ..Self::within(&giving.scope, giving.period) }
    }

    fn within(scope: &Scope, period: Period) -> Self {
        let some = |set: &BTreeSet<String>| (!set.is_empty()).then(|| set.clone());
        Self {
            units: BTreeSet::from([scope.units.clone()]),
            dossiers: (!scope.dossiers.is_empty()).then(|| scope.dossiers.clone()),
            sections: some(&scope.sections),
            period,
            ended: None,
            waits: true,
        }
    }

    /// What an act leaves of a grant that was given so, said by itself: the order in which acts
    /// arrive has no part in it.
    pub(super) fn after(
        giving: &Giving,
        at: Timestamp,
        act: &GrantAct,
    ) -> Result<Self, GrantFault> {
        let given = Self { waits: true, ..Self::of(giving) };
        match act {
            GrantAct::Give(_) => Err(GrantFault::GivenBefore),
            GrantAct::Narrow { scope, period, .. } => {
                let scope = scope.as_ref().unwrap_or(&giving.scope);
                let period = period.unwrap_or(giving.period);
                let inside = giving.period.contains(&period)
                    && narrows(&scope.dossiers, &giving.scope.dossiers)
                    && narrows(&scope.sections, &giving.scope.sections);
                let left = Self::within(scope, period);
                if inside { Ok(left) } else { Err(GrantFault::Wider) }
            }
            GrantAct::End { .. } => Ok(Self { ended: Some(at), ..given }),
            GrantAct::Confirm { by, .. } => {
                if !giving.kind.asks_two() {
                    return Err(GrantFault::NeedsNoSecond);
                }
                // Two officers are two accounts; a name alone tells nobody apart.
                match (&giving.by.login, &by.login) {
                    (Some(first), Some(second)) if first != second => {
                        Ok(Self { waits: false, ..given })
                    }
                    _ => Err(GrantFault::SameOfficer),
                }
            }
        }
    }

    /// What both leave: the units both cover, the dossiers and sections in both, the days in
    /// both, the earlier end. A confirmation, once said, stays said.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self {
            units: self.units.union(&other.units).cloned().collect(),
            dossiers: both(self.dossiers.as_ref(), other.dossiers.as_ref()),
            sections: both(self.sections.as_ref(), other.sections.as_ref()),
            period: self.period.meet(&other.period),
            ended: self.ended.into_iter().chain(other.ended).min(),
            waits: self.waits && other.waits,
        }
    }

    /// Whether the grant holds today.
    pub fn holds(&self, today: Today) -> bool {
        !self.waits && self.ended.is_none() && self.reaches() && self.period.covers(today)
    }

    /// Whether narrowings from several sides left anything.
    fn reaches(&self) -> bool {
        self.dossiers.as_ref().is_none_or(|list| !list.is_empty())
            && self.sections.as_ref().is_none_or(|list| !list.is_empty())
    }

    /// Whether it held when something was done by it.
    pub fn held_at(&self, at: Timestamp) -> bool {
        let before_end = self.ended.is_none_or(|ended| at < ended);
        !self.waits && before_end && self.period.covers(Today::certain(day_in_vietnam(at)))
    }

    /// Whether a dossier that `custodian` keeps is within it; `None` for one that is yet to be
    /// opened, which no list of dossiers names.
    pub fn covers(&self, custodian: &UnitId, dossier: Option<&DossierId>, tree: &UnitTree) -> bool {
        let some = |list: &BTreeSet<UnitId>| list.iter().any(|it| tree.is_within(custodian, it));
        self.lists(dossier) && self.units.iter().all(some)
    }

    /// The same without an org tree: every list of units must name `custodian` itself.
    pub fn names(&self, custodian: &UnitId, dossier: Option<&DossierId>) -> bool {
        self.lists(dossier) && self.units.iter().all(|list| list.contains(custodian))
    }

    fn lists(&self, dossier: Option<&DossierId>) -> bool {
        match (&self.dossiers, dossier) {
            (None, _) => true,
            (Some(list), Some(dossier)) => list.contains(dossier),
            (Some(_), None) => false,
        }
    }
}

/// What is in both, where `None` is everything.
fn both<T: Ord + Clone>(
    one: Option<&BTreeSet<T>>,
    other: Option<&BTreeSet<T>>,
) -> Option<BTreeSet<T>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.intersection(other).cloned().collect()),
        (one, other) => one.or(other).cloned(),
    }
}

/// Whether a list, empty for everything, stays within another.
fn narrows<T: Ord>(list: &BTreeSet<T>, given: &BTreeSet<T>) -> bool {
    given.is_empty() || (!list.is_empty() && list.is_subset(given))
}
