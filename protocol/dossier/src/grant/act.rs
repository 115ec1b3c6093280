//! The acts by which rights are given and taken back, and the papers they rest on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Period;
use crate::account::{Login, Paper};
use crate::{DossierId, Hash, LegalBasis, UnitId};

/// What a grant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// A body lets a unit below enter data for it (Điều 15.1).
    Delegation,
    /// The managing body lets a person read (Điều 8.1).
    Consent,
    /// Sở Nội vụ inspects: reading of whole units (Điều 14.4).
    Mission,
    /// Sở Nội vụ puts entries right, by order of two officers (Điều 7.3).
    Correction,
    /// Sở Nội vụ lets many dossiers leave in copies, by two officers (Điều 5.3).
    BulkCopies,
}

impl GrantKind {
    /// The stable code, e.g. `consent`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delegation => "delegation",
            Self::Consent => "consent",
            Self::Mission => "mission",
            Self::Correction => "correction",
            Self::BulkCopies => "bulk_copies",
        }
    }

    /// Whether it waits for a second officer of Sở Nội vụ.
    pub fn asks_two(self) -> bool {
        matches!(self, Self::Correction | Self::BulkCopies)
    }

    /// Whether it lets somebody read who otherwise may not.
    pub fn reads(self) -> bool {
        matches!(self, Self::Consent | Self::Mission)
    }

    /// The most days it may last. The regulation says "from, to" and no length: a year for what
    /// opens dossiers to others, a month for a correction and for copies by the dozen, five years
    /// for a delegation.
    pub fn days_max(self) -> i32 {
        match self {
            Self::Delegation => 5 * 366,
            Self::Consent | Self::Mission => 366,
            Self::Correction | Self::BulkCopies => 31,
        }
    }
}

/// Who gets the right.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grantee {
    /// The persons of a unit.
    Unit(UnitId),
    /// One user of an account.
    Person {
        /// Whose account she uses.
        unit: UnitId,
        /// Who.
        login: Login,
    },
    /// Somebody without an account.
    Outsider {
        /// Her name.
        full_name: String,
        /// By which papers she is known, e.g. a letter of introduction and its number.
        papers: String,
    },
}

/// Logs name no persons.
impl std::fmt::Debug for Grantee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unit(unit) => write!(f, "Unit({unit:?})"),
            Self::Person { unit, login } => write!(f, "Person({unit:?}, {login:?})"),
            Self::Outsider { .. } => f.write_str("Outsider(…)"),
        }
    }
}

/// What a grant reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Dossiers kept by these units and those under them; at least one.
    pub units: BTreeSet<UnitId>,
    /// Only these dossiers; empty for all of the units.
    pub dossiers: BTreeSet<DossierId>,
    /// Only these sections of the form; empty for the whole form.
    pub sections: BTreeSet<String>,
}

/// The person who acts, as the unit's list of persons names her.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// Her name.
    pub full_name: String,
    /// Her login, where the unit has an account.
    pub login: Option<Login>,
}

/// Logs name no persons.
impl std::fmt::Debug for Officer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Officer({:?})", self.login)
    }
}

/// A right as it is given. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Giving {
    /// What it is.
    pub kind: GrantKind,
    /// The document: decision, letter of consent, plan of inspection, order.
    pub document: Paper,
    /// The body that signed the document, as it is written there.
    pub issuer: String,
    /// Who enters it, for the unit whose node signs.
    pub by: Officer,
    /// Who gets the right.
    pub grantee: Grantee,
    /// What it reaches.
    pub scope: Scope,
    /// On which days.
    pub period: Period,
    /// To what purpose, or for what reason (Điều 5.1, 8.1).
    pub purpose: String,
}

/// One act on rights given by document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantAct {
    /// A right is given.
    Give(Giving),
    /// Less is left of it.
    Narrow {
        /// Which grant.
        grant: Hash,
        /// What it reaches from here on, beside what was said before.
        scope: Option<Scope>,
        /// On which days, beside what was said before.
        period: Option<Period>,
        /// By which document.
        document: Paper,
        /// Who enters it.
        by: Officer,
    },
    /// It ends.
    End {
        /// Which grant.
        grant: Hash,
        /// Why, for people.
        reason: String,
        /// Who enters it.
        by: Officer,
    },
    /// A second officer signs a correction order.
    Confirm {
        /// Which grant.
        grant: Hash,
        /// The second officer.
        by: Officer,
    },
}

/// The longest name of a person, in bytes.
const NAME_MAX: usize = 128;
/// The most units of a scope.
const UNITS_MAX: usize = 64;
/// The most dossiers of a scope.
const DOSSIERS_MAX: usize = 512;
/// The most sections of a scope.
const SECTIONS_MAX: usize = 32;
/// The longest name of a section, in bytes.
const SECTION_BYTES_MAX: usize = 64;

fn speaks(text: &str, max: usize) -> bool {
    !text.trim().is_empty() && text.len() <= max && !text.chars().any(char::is_control)
}

fn says(text: &str) -> bool {
    speaks(text, LegalBasis::TEXT_MAX)
}

impl Scope {
    fn is_well_formed(&self) -> bool {
        (1..=UNITS_MAX).contains(&self.units.len())
            && self.dossiers.len() <= DOSSIERS_MAX
            && self.sections.len() <= SECTIONS_MAX
            && self.sections.iter().all(|section| speaks(section, SECTION_BYTES_MAX))
    }
}

impl Officer {
    pub(crate) fn is_well_formed(&self) -> bool {
        speaks(&self.full_name, NAME_MAX)
    }

    /// How she is named beside what she does.
    pub fn signature(&self) -> String {
        match &self.login {
            Some(login) => format!("{} ({login})", self.full_name),
            None => self.full_name.clone(),
        }
    }
}

impl Giving {
    fn is_well_formed(&self) -> bool {
        let named = match &self.grantee {
            Grantee::Unit(_) | Grantee::Person { .. } => true,
            Grantee::Outsider { full_name, papers } => speaks(full_name, NAME_MAX) && says(papers),
        };
        named
            && says(&self.document.number)
            && says(&self.issuer)
            && says(&self.purpose)
            && self.by.is_well_formed()
            && self.scope.is_well_formed()
            && self.period.is_well_formed()
    }
}

impl GrantAct {
    /// The grant it is about; `None` for a giving, which is one itself.
    pub fn grant(&self) -> Option<Hash> {
        match self {
            Self::Give(_) => None,
            Self::Narrow { grant, .. } | Self::End { grant, .. } | Self::Confirm { grant, .. } => {
                Some(*grant)
            }
        }
    }

    /// Who enters it.
    pub fn by(&self) -> &Officer {
        match self {
            Self::Give(giving) => &giving.by,
            Self::Narrow { by, .. } | Self::End { by, .. } | Self::Confirm { by, .. } => by,
        }
    }

    /// Names who enters it.
    pub fn set_by(&mut self, officer: Officer) {
        match self {
            Self::Give(giving) => giving.by = officer,
            Self::Narrow { by, .. } | Self::End { by, .. } | Self::Confirm { by, .. } => {
                *by = officer;
            }
        }
    }

    /// Whether every text says something within its limit and every list is bounded.
    pub(super) fn is_well_formed(&self) -> bool {
        let named = self.by().is_well_formed();
        named
            && match self {
                Self::Give(giving) => giving.is_well_formed(),
                Self::Narrow { scope, period, document, .. } => {
                    says(&document.number)
                        && scope.as_ref().is_none_or(Scope::is_well_formed)
                        && period.as_ref().is_none_or(Period::is_well_formed)
                        && (scope.is_some() || period.is_some())
                }
                Self::End { reason, .. } => says(reason),
                Self::Confirm { .. } => true,
            }
    }
}
