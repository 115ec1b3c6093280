//! Rights given by document: delegation, consent, inspection, correction (Điều 8.1, 14.4, 15.1).
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

use std::collections::BTreeMap;

use crate::{DossierId, Hash, Timestamp, UnitId, unit::UnitTree};

pub use access::{Access, Ground, Reach, Shows, who};
pub use act::{Giving, GrantAct, GrantKind, Grantee, Officer, Scope};
pub use fault::GrantFault;
pub use law::{judge_days, lawful};
pub use period::{Period, Today, day_in_vietnam};
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

/// A grant with what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Where it comes from.
    pub origin: Origin,
    /// As it was given.
    pub giving: Giving,
    /// What remains.
    pub terms: Terms,
    /// The acts that followed, by the digests of their records.
    pub after: BTreeMap<Hash, GrantAct>,
}

/// Every grant a node knows, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    all: BTreeMap<Hash, Grant>,
}

impl Grants {
    /// The most grants of one unit; further ones are refused.
    pub const PER_UNIT_MAX: usize = 8_192;
    /// The most acts that follow on one grant.
    pub const AFTER_MAX: usize = 64;

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
        let given = self.all.values().filter(|grant| grant.origin.unit == origin.unit).count();
        if given >= Self::PER_UNIT_MAX {
            return Err(GrantFault::TooMany);
        }
        let terms = Terms::of(giving);
        let (id, giving) = (origin.id, giving.clone());
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
        // An end is always taken: who fills the place of acts takes nothing from those who end.
        if grant.after.len() >= Self::AFTER_MAX && !matches!(act, GrantAct::End { .. }) {
            return Err(GrantFault::TooMany);
        }
        grant.terms = grant.terms.meet(&Terms::after(&grant.giving, origin.at, act)?);
        grant.after.insert(origin.id, act.clone());
        Ok(())
    }

    /// The grant by which persons of `unit` may enter into `dossier`, which the body `custodian`
    /// itself keeps, at a moment (Điều 15.1). The moment is the one the change names, and no org
    /// tree is asked, so that every node with the same records comes to the same answer.
    pub fn delegation(
        &self,
        unit: &UnitId,
        custodian: &UnitId,
        dossier: Option<&DossierId>,
        at: Timestamp,
    ) -> Option<(&Hash, &Grant)> {
        self.all.iter().find(|(_, grant)| {
            grant.giving.kind == GrantKind::Delegation
                && grant.giving.grantee == Grantee::Unit(unit.clone())
                && grant.origin.unit == *custodian
                && grant.terms.held_at(at)
                && grant.terms.names(custodian, dossier)
        })
    }

    /// Whether `body` ever delegated entry to `unit`: what was entered then still has to reach it.
    pub fn delegated(&self, body: &UnitId, unit: &UnitId) -> bool {
        self.all.values().any(|grant| {
            grant.giving.kind == GrantKind::Delegation
                && grant.origin.unit == *body
                && matches!(&grant.giving.grantee, Grantee::Unit(to) if to == unit)
        })
    }

    /// The order by which tier 3 may put `dossier` right at a moment (Điều 7.3).
    pub fn correction(
        &self,
        custodian: &UnitId,
        dossier: &DossierId,
        at: Timestamp,
    ) -> Option<(&Hash, &Grant)> {
        self.all.iter().find(|(_, grant)| {
            grant.giving.kind == GrantKind::Correction
                && grant.terms.held_at(at)
                && grant.terms.names(custodian, Some(dossier))
        })
    }

    /// The grants of reading that hold for a dossier today, with their ids (Điều 8.1, 14.4).
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
                && grant.terms.covers(custodian, Some(dossier), tree)
        })
    }
}

impl Grant {
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
