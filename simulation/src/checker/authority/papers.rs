//! Rights given by document, counted again: who may give which, and which of them held when.
//!
//! Days are numbers counted from 1970, in the country's one time zone.

use std::collections::BTreeSet;

use dossier::{
    DossierId, Hash, PartialDate, UnitId,
    grant::{Giving, GrantAct, GrantKind, Grantee, Period, Scope},
    unit::{Tier, UnitTree},
};

/// What somebody said about a right given by document.
#[derive(Debug, Clone)]
pub struct Paper {
    /// By which it is named.
    pub id: Hash,
    /// The unit that said it.
    pub by: UnitId,
    /// When, by its clock, in milliseconds.
    pub at_ms: i64,
    /// What.
    pub act: GrantAct,
}

/// All that was said.
#[derive(Debug, Clone, Default)]
pub struct Papers(Vec<Paper>);

const DAY_MS: i64 = 86_400_000;
/// The country is seven hours east.
const EAST_MS: i64 = 7 * 3_600_000;

/// The day it is in the country at an instant, counted from 01/01/1970.
pub fn day_number(at_ms: i64) -> i64 {
    (at_ms + EAST_MS).div_euclid(DAY_MS)
}

fn day_of(date: PartialDate) -> i64 {
    crate::checker::deadline::number(&date.to_string())
}

fn days(period: &Period) -> (i64, i64) {
    (day_of(period.from), day_of(period.to))
}

impl Papers {
    /// Notes what was said.
    pub fn say(&mut self, paper: Paper) {
        self.0.push(paper);
    }

    /// Those that somebody knows.
    #[must_use]
    pub fn known(&self, knows: impl Fn(&Hash) -> bool) -> Self {
        Self(self.0.iter().filter(|paper| knows(&paper.id)).cloned().collect())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Paper> {
        self.0.iter()
    }

    /// A grant by its name.
    pub fn giving(&self, id: &Hash) -> Option<(&Paper, &Giving)> {
        self.0.iter().find_map(|paper| match &paper.act {
            GrantAct::Give(giving) if paper.id == *id => Some((paper, giving)),
            _ => None,
        })
    }

    /// Whether `keeper` lets `unit` enter into a dossier at a moment (Điều 15.1).
    pub fn delegate(&self, unit: &UnitId, keeper: &UnitId, id: &DossierId, moment_s: i64) -> bool {
        self.0.iter().any(|paper| match &paper.act {
            GrantAct::Give(giving) => {
                giving.kind == GrantKind::Delegation
                    && giving.grantee == Grantee::Unit(unit.clone())
                    && paper.by == *keeper
                    && self.held(paper, giving, keeper, id, moment_s * 1_000)
            }
            _ => false,
        })
    }

    /// Whether an order of two officers lets tier 3 put a dossier right at a moment (Điều 7.3).
    pub fn order(&self, keeper: &UnitId, id: &DossierId, moment_s: i64) -> bool {
        self.0.iter().any(|paper| match &paper.act {
            GrantAct::Give(giving) => {
                giving.kind == GrantKind::Correction
                    && self.after(paper).any(|it| matches!(it.act, GrantAct::Confirm { .. }))
                    && self.held(paper, giving, keeper, id, moment_s * 1_000)
            }
            _ => false,
        })
    }

    /// Whether `unit` was ever let enter for `keeper`.
    pub fn ever_delegate(&self, unit: &UnitId, keeper: &UnitId) -> bool {
        self.0.iter().any(|paper| {
            paper.by == *keeper
                && matches!(&paper.act, GrantAct::Give(giving)
                    if giving.kind == GrantKind::Delegation
                        && giving.grantee == Grantee::Unit(unit.clone()))
        })
    }

    fn after<'a>(&'a self, of: &'a Paper) -> impl Iterator<Item = &'a Paper> {
        self.0.iter().filter(move |it| it.act.grant() == Some(of.id))
    }

    fn held(
        &self,
        paper: &Paper,
        giving: &Giving,
        keeper: &UnitId,
        id: &DossierId,
        at_ms: i64,
    ) -> bool {
        let covers = |scope: &Scope, period: &Period| {
            let (from, to) = days(period);
            scope.units.contains(keeper)
                && (scope.dossiers.is_empty() || scope.dossiers.contains(id))
                && (from..=to).contains(&day_number(at_ms))
        };
        let left = |it: &Paper| match &it.act {
            GrantAct::End { .. } => at_ms < it.at_ms,
            // What was entered before it was narrowed stands.
            GrantAct::Narrow { scope, period, .. } if it.at_ms <= at_ms => {
                covers(scope.as_ref().unwrap_or(&giving.scope), &period.unwrap_or(giving.period))
            }
            _ => true,
        };
        covers(&giving.scope, &giving.period) && self.after(paper).all(left)
    }
}

/// Whether the law lets the node of `by` say this, on what it knows.
pub fn may_give(act: &GrantAct, by: &UnitId, papers: &Papers, tree: &UnitTree) -> bool {
    let Some(own) = tree.get(by) else { return false };
    match act {
        GrantAct::Give(giving) => {
            let (from, to) = days(&giving.period);
            let most = match giving.kind {
                GrantKind::Delegation => 5 * 366,
                GrantKind::Consent | GrantKind::Mission => 366,
                GrantKind::Correction | GrantKind::BulkCopies => 31,
            };
            from <= to && to - from < most && gives(giving, by, own.tier, tree)
        }
        GrantAct::Narrow { grant, scope, period, .. } => {
            papers.giving(grant).is_some_and(|(paper, giving)| {
                let (from, to) = days(&giving.period);
                let inside =
                    period.is_none_or(|period| from <= days(&period).0 && days(&period).1 <= to);
                paper.by == *by
                    && inside
                    && scope.as_ref().is_none_or(|it| lies_in(it, &giving.scope))
            })
        }
        GrantAct::End { grant, .. } => {
            papers.giving(grant).is_some_and(|(paper, _)| paper.by == *by)
        }
        GrantAct::Confirm { grant, by: second } => {
            papers.giving(grant).is_some_and(|(paper, giving)| {
                paper.by == *by
                    && matches!(giving.kind, GrantKind::Correction | GrantKind::BulkCopies)
                    && second.login.is_some()
                    && second.login != giving.by.login
            })
        }
    }
}

fn lies_in(scope: &Scope, given: &Scope) -> bool {
    let part =
        |list: &BTreeSet<DossierId>| given.dossiers.is_empty() || list.is_subset(&given.dossiers);
    let named = given.dossiers.is_empty() || !scope.dossiers.is_empty();
    scope.units.is_subset(&given.units) && part(&scope.dossiers) && named
}

fn gives(giving: &Giving, by: &UnitId, tier: Tier, tree: &UnitTree) -> bool {
    let units = &giving.scope.units;
    let own = units.iter().all(|unit| unit == by);
    let below = units.iter().all(|unit| tree.is_within(unit, by));
    let listed = !giving.scope.dossiers.is_empty();
    let person = !matches!(giving.grantee, Grantee::Unit(_));
    match (giving.kind, tier) {
        // Điều 15.1: of what a body of tier 2 keeps itself, to a unit below it.
        (GrantKind::Delegation, Tier::Two) => {
            own && matches!(&giving.grantee, Grantee::Unit(to) if to != by && tree.is_within(to, by))
        }
        // Điều 8.1: for listed dossiers, by the body that manages them.
        (GrantKind::Consent, Tier::Two) => below && person && listed,
        (GrantKind::Consent, Tier::One | Tier::Three) => own && person && listed,
        // Điều 14.4: persons named in the plan.
        (GrantKind::Mission, Tier::Three) => person,
        // Điều 7.3: two officers of Sở Nội vụ, for itself.
        (GrantKind::Correction, Tier::Three) => {
            giving.grantee == Grantee::Unit(by.clone()) && giving.by.login.is_some() && listed
        }
        // Điều 5.3: copies by the dozen, of what their taker reads by post.
        (GrantKind::BulkCopies, Tier::Three) => {
            let taker = match &giving.grantee {
                Grantee::Unit(unit) | Grantee::Person { unit, .. } => unit,
                Grantee::Outsider { .. } => return false,
            };
            let reads = units.iter().all(|unit| tree.is_within(unit, taker));
            reads && giving.by.login.is_some()
        }
        _ => false,
    }
}
