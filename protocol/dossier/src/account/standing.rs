//! What an account and an assignment come to on a given day.

use jiff::civil::Date;

use super::{Accounts, Activation, Agreement, Decision, Login, Person, Rights};
use crate::validity::{Validity, first_day};
use crate::{PartialDate, UnitId};

/// The account of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitAccount {
    /// What its users may do.
    pub rights: Rights,
    /// The written agreement, for a unit under a body.
    pub agreement: Option<Agreement>,
    /// Number of the act that issued it.
    pub issued: u64,
    /// Number of the newest act that took something away; sessions begun before it end.
    pub limited: u64,
    /// Why it was revoked.
    pub revoked: Option<String>,
}

/// The newest assignment of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Whose account she uses.
    pub unit: UnitId,
    /// Who.
    pub person: Person,
    /// By which decision.
    pub decision: Decision,
    /// On which days.
    pub validity: Validity,
    /// The newest one-time code.
    pub activation: Activation,
    /// Number of the act that gave the code; a password set with an older one is dead.
    pub activated: u64,
    /// Number of the newest act that took something away; sessions begun before it end.
    pub limited: u64,
    /// Why it was ended before its time.
    pub ended: Option<String>,
}

/// How a person stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// She may use the account.
    Active(&'a Assignment),
    /// Nobody has this login.
    Unknown,
    /// The assignment begins on a day to come (Điều 15.2).
    NotYet(PartialDate),
    /// Its days are over (Điều 15.2).
    Lapsed(PartialDate),
    /// It was ended before its time (Điều 15.2).
    Ended,
    /// The unit's account was revoked, or issued anew since (Điều 6.2).
    Revoked,
    /// The unit's account does not carry her capacity, since it was restricted (Điều 16.1).
    Unentitled,
}

impl Standing<'_> {
    /// The stable code, e.g. `lapsed`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Active(_) => "active",
            Self::Unknown => "unknown",
            Self::NotYet(_) => "not_yet",
            Self::Lapsed(_) => "lapsed",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
            Self::Unentitled => "unentitled",
        }
    }
}

impl Accounts {
    /// How the person with this login stands on `day`.
    pub fn standing(&self, login: &Login, day: Date) -> Standing<'_> {
        let Some(assignment) = self.person(login) else { return Standing::Unknown };
        let Some(account) = self.unit(&assignment.unit) else { return Standing::Revoked };
        // An account issued anew does not revive the assignments of the one before it.
        if account.revoked.is_some() || account.issued > assignment.activated {
            return Standing::Revoked;
        }
        if assignment.ended.is_some() {
            return Standing::Ended;
        }
        if !account.rights.carry(assignment.person.role) {
            return Standing::Unentitled;
        }
        match (assignment.validity.from, assignment.validity.to) {
            (Some(from), _) if day < first_day(from) => Standing::NotYet(from),
            (_, Some(to)) if day >= first_day(to) => Standing::Lapsed(to),
            _ => Standing::Active(assignment),
        }
    }

    /// Number of the newest act that took something from this person; a session begun at an
    /// earlier number has ended.
    pub fn limited(&self, login: &Login) -> u64 {
        let assignment = self.person(login);
        let own = assignment.map_or(0, |assignment| assignment.limited);
        let account = assignment.and_then(|assignment| self.unit(&assignment.unit));
        account.map_or(own, |account| own.max(account.limited))
    }
}
