//! Rights given by document: delegation, consent, inspection, correction, copies by the dozen (Điều
//! 5.3, 8.1, 14.4, 15.1).
//!
//! What an account and the org tree do not give by themselves is given by a signed record with a
//! document number, a scope and days. [`GrantAct::Give`] never changes once it is signed; what
//! comes after can only take away. So the records may arrive in any order and from any side: what
//! remains of a grant is [`Terms`], the meet of everything said about it, and the narrower holds.
//!
//! The law is asked in two steps. [`lawful`] knows the org tree and one act; [`Grants::apply`]
//! knows the records taken so far. A node that takes a record asks both.
//!
//! **Invariants:** terms only narrow; a grant holds between two days that are looked at from both
//! sides of a doubtful clock ([`Today`]), so that no clock widens it; an act that is refused leaves
//! the records as they were.

mod access;
mod act;
mod fault;
mod law;
mod period;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

use crate::{DossierId, Hash, Timestamp, UnitId, account::Login, unit::UnitTree};

pub use access::{Access, Ground, Reach, Shows, who};
pub use act::{Giving, GrantAct, GrantKind, Grantee, Officer, Scope};
pub use fault::GrantFault;
pub use law::{judge_days, lawful};
pub use period::{Period, Today, day_in_vietnam, end_in_vietnam};
pub use terms::Terms;

/// Where a record comes from: its digest, the unit whose node signed it, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Digest of the signed record; for a giving the id of the grant.
    pub id: Hash,
    /// The unit whose node signed.
    pub unit: UnitId,
    /// When, by that node's clock.
    pub at: Timestamp,
}

/// When something was done by a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// At this moment, by what was said of the grant until then.
    At(Timestamp),
    /// At this moment, and let in by who gave the grant: what is said of it afterwards, by whatever
    /// clock, takes nothing of that back.
    LetIn(Timestamp),
}

impl Done {
    /// The moment.
    pub fn at(self) -> Timestamp {
        match self {
            Self::At(at) | Self::LetIn(at) => at,
        }
    }
}

impl From<Timestamp> for Done {
    fn from(at: Timestamp) -> Self {
        Self::At(at)
    }
}

/// A grant with what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Where it comes from.
    pub origin: Origin,
    /// As it was given.
    pub giving: Giving,
    /// What remains today.
    pub terms: Terms,
    /// The acts that followed, by the digests of their records.
    pub after: BTreeMap<Hash, Followed>,
}

/// An act that followed on a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// When, by the clock of the node that signed.
    pub at: Timestamp,
    /// The act.
    pub act: GrantAct,
    /// What it alone leaves.
    left: Terms,
}

/// Every grant a node knows, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    all: BTreeMap<Hash, Grant>,
    /// How many each unit gave.
    given: BTreeMap<UnitId, usize>,
    /// Delegations by the unit that enters and the body that gave.
    delegations: BTreeMap<(UnitId, UnitId), BTreeSet<Hash>>,
    /// Orders of correction.
    corrections: BTreeSet<Hash>,
}

impl Grants {
    /// The most grants of one unit; further ones are refused.
    pub const PER_UNIT_MAX: usize = 8_192;
    /// The most acts that follow on one grant, its ends not counted.
    pub const AFTER_MAX: usize = 64;
    /// The most ends of one grant: the earliest counts, and one is enough.
    pub const ENDS_MAX: usize = 8;

    /// A grant by its id.
    pub fn get(&self, id: &Hash) -> Option<&Grant> {
        self.all.get(id)
    }

    /// Every grant with its id.
    pub fn iter(&self) -> impl Iterator<Item = (&Hash, &Grant)> {
        self.all.iter()
    }

    /// Takes a record on what the records before it say.
    ///
    /// # Errors
    /// The rule it breaks; nothing is then changed.
    pub fn apply(&mut self, origin: Origin, act: &GrantAct) -> Result<(), GrantFault> {
        if !act.is_well_formed() {
            return Err(GrantFault::Malformed);
        }
        let GrantAct::Give(giving) = act else { return self.follow(&origin, act) };
        if self.all.contains_key(&origin.id) {
            return Err(GrantFault::GivenBefore);
        }
        let given = self.given.entry(origin.unit.clone()).or_default();
        if *given >= Self::PER_UNIT_MAX {
            return Err(GrantFault::TooMany);
        }
        *given += 1;
        let terms = Terms::of(giving);
        let (id, giving) = (origin.id, giving.clone());
        match (giving.kind, &giving.grantee) {
            (GrantKind::Delegation, Grantee::Unit(to)) => {
                let between = (to.clone(), origin.unit.clone());
                self.delegations.entry(between).or_default().insert(id);
            }
            (GrantKind::Correction, _) => {
                self.corrections.insert(id);
            }
            _ => {}
        }
        self.all.insert(id, Grant { origin, giving, terms, after: BTreeMap::new() });
        Ok(())
    }

    fn follow(&mut self, origin: &Origin, act: &GrantAct) -> Result<(), GrantFault> {
        let grant = act.grant().and_then(|id| self.all.get_mut(&id));
        let grant = grant.ok_or(GrantFault::UnknownGrant)?;
        if grant.origin.unit != origin.unit {
            return Err(GrantFault::ForeignIssuer);
        }
        if grant.after.contains_key(&origin.id) {
            return Err(GrantFault::GivenBefore);
        }
        // Ends are counted by themselves: who fills the place of acts takes nothing from those who
        // end, and what was taken in one order can be taken in any other.
        let ends = |act: &GrantAct| matches!(act, GrantAct::End { .. });
        let most = if ends(act) { Self::ENDS_MAX } else { Self::AFTER_MAX };
        if grant.after.values().filter(|it| ends(&it.act) == ends(act)).count() >= most {
            return Err(GrantFault::TooMany);
        }
        let left = Terms::after(&grant.giving, origin.at, act)?;
        grant.terms = grant.terms.meet(&left);
        let followed = Followed { at: origin.at, act: act.clone(), left };
        grant.after.insert(origin.id, followed);
        Ok(())
    }

    /// The grants by which persons of `unit` may enter into `dossier`, which the body `custodian`
    /// itself keeps, each with what was left of it then (Điều 15.1). The moment is the one the change
    /// names, and no org tree is asked, so that every node with the same records comes to the same
    /// answer.
    pub fn delegations<'a>(
        &'a self,
        unit: &UnitId,
        custodian: &'a UnitId,
        dossier: Option<&'a DossierId>,
        done: impl Into<Done>,
    ) -> impl Iterator<Item = (&'a Grant, Terms)> {
        let done = done.into();
        let between = (unit.clone(), custodian.clone());
        self.delegations
            .get(&between)
            .into_iter()
            .flatten()
            .filter_map(|id| self.all.get(id))
            .map(move |grant| (grant, grant.terms_when(done)))
            .filter(move |(_, terms)| terms.held_at(done.at()) && terms.names(custodian, dossier))
    }

    /// The bodies that ever delegated entry to `unit`.
    pub fn delegators<'a>(&'a self, unit: &'a UnitId) -> impl Iterator<Item = &'a UnitId> {
        self.delegations.keys().filter(move |(to, _)| to == unit).map(|(_, body)| body)
    }

    /// Whether `body` ever delegated entry to `unit`: what was entered then still has to reach it.
    pub fn delegated(&self, body: &UnitId, unit: &UnitId) -> bool {
        self.delegations.contains_key(&(unit.clone(), body.clone()))
    }

    /// The approval by which persons of `unit`, or the one with `login`, may take copies of a dossier
    /// that `custodian` keeps by the dozen today (Điều 5.3).
    pub fn bulk_copies(
        &self,
        (unit, login): (&UnitId, Option<&Login>),
        (custodian, dossier): (&UnitId, &DossierId),
        today: Today,
        tree: &UnitTree,
    ) -> Option<&Grant> {
        self.all.values().find(|grant| {
            let named = match &grant.giving.grantee {
                Grantee::Unit(to) => to == unit,
                Grantee::Person { login: to, .. } => Some(to) == login,
                Grantee::Outsider { .. } => false,
            };
            named
                && grant.giving.kind == GrantKind::BulkCopies
                // A copy is of the whole dossier.
                && grant.terms.sections.is_none()
                && grant.terms.holds(today)
                && grant.terms.covers(custodian, Some(dossier), tree)
        })
    }

    /// Whether an order lets tier 3 put `dossier` right (Điều 7.3).
    pub fn corrects(&self, custodian: &UnitId, dossier: &DossierId, done: impl Into<Done>) -> bool {
        let done = done.into();
        self.corrections.iter().filter_map(|id| self.all.get(id)).any(|grant| {
            let terms = grant.terms_when(done);
            terms.held_at(done.at()) && terms.names(custodian, Some(dossier))
        })
    }

    /// The grants of reading that hold for a dossier today, with their ids (Điều 8.1, 14.4): those
    /// of a body that answers for it today. Who handed a unit over opens its dossiers to nobody.
    pub fn readings<'a>(
        &'a self,
        custodian: &'a UnitId,
        dossier: &'a DossierId,
        today: Today,
        tree: &'a UnitTree,
    ) -> impl Iterator<Item = (&'a Hash, &'a Grant)> {
        self.all.iter().filter(move |(_, grant)| {
            grant.giving.kind.reads()
                && grant.terms.holds(today)
                && tree.is_within(custodian, &grant.origin.unit)
                && grant.terms.covers(custodian, Some(dossier), tree)
        })
    }
}

impl Grant {
    /// What was left of it when something was done by it: what was entered by the grant of its day
    /// stands, whatever is taken away later.
    pub fn terms_when(&self, done: Done) -> Terms {
        let counts = |it: &&Followed| match (&it.act, done) {
            (GrantAct::Confirm { .. }, _) => true,
            (_, Done::LetIn(_)) => false,
            (GrantAct::Narrow { .. }, Done::At(at)) => it.at <= at,
            _ => true,
        };
        let after = self.after.values().filter(counts);
        after.fold(Terms::of(&self.giving), |terms, it| terms.meet(&it.left))
    }

    /// How it stands today, as a stable code: `waiting` for a second officer, `coming`, `active`,
    /// `over`, `ended`.
    pub fn standing(&self, today: Today) -> &'static str {
        if self.terms.ended.is_some() {
            "ended"
        } else if self.terms.period.is_over(today) {
            "over"
        } else if self.terms.waits {
            "waiting"
        } else if self.terms.holds(today) {
            "active"
        } else {
            "coming"
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
