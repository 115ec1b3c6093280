//! The acts of Sở Nội vụ on accounts, and the papers they rest on.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::permission::AccountStep;
use crate::validity::Validity;
use crate::{Hash, LegalBasis, PartialDate, Role, Timestamp, UnitId};

/// What a person types to say who she is; one for life and for the whole province.
///
/// 3 to 32 characters of `a-z`, `0-9`, `.`, `-`; the first is a letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Login(String);

/// Text that is no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a login")]
pub struct InvalidLogin;

impl Login {
    /// The text of the login.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Login {
    type Err = InvalidLogin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-')
        };
        let shaped = (3..=32).contains(&text.len())
            && text.bytes().all(allowed)
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if shaped { Ok(Self(text.to_owned())) } else { Err(InvalidLogin) }
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Logs name no persons: a login is told apart by the front of its digest.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = Hash::tagged("hoso/login/1", &[self.0.as_bytes()]).to_string();
        write!(f, "Login({})", &digest[..8])
    }
}

impl<'de> Deserialize<'de> for Login {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A written document, by its number and day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Number and symbol, e.g. `12/BC-PNV`.
    pub number: String,
    /// Day of signing.
    pub signed_on: PartialDate,
}

/// The decision by which the head of a body assigns a person (Điều 15.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Number and symbol, e.g. `07/QĐ-PNV`.
    pub number: String,
    /// Day of signing.
    pub signed_on: PartialDate,
    /// The body whose head signed.
    pub issuer: String,
}

/// What a body and Sở Nội vụ agreed in writing about accounts of units under the body (Điều 6.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Number and symbol.
    pub number: String,
    /// Day of signing.
    pub signed_on: PartialDate,
    /// Who signed, on both sides.
    pub signers: Vec<String>,
    /// The units that are to have accounts.
    pub list: BTreeSet<UnitId>,
    /// Hash of the scanned paper.
    pub scan: Option<Hash>,
}

/// What the users of an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Read dossiers (Điều 8.1).
    Read,
    /// Enter and update them (Điều 9, 16.1).
    Enter,
    /// Review and approve entries (Điều 15.1).
    Approve,
    /// Take copies out (Điều 10).
    Export,
    /// Run the system; Sở Nội vụ alone (Điều 6.2, 14.3).
    Administer,
    /// Print dossiers (Điều 12.1).
    Print,
}

/// Rights of an account, and over which units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// What may be done.
    pub acts: BTreeSet<Right>,
    /// The units whose subtrees it reaches; empty for all of the account's own subtree.
    pub scope: BTreeSet<UnitId>,
}

impl AccountAct {
    /// The step it is in the life of an account, as the law asks about it.
    pub fn step(&self) -> AccountStep {
        match self {
            // By these Sở Nội vụ begins and stops issuing (Điều 7).
            Self::DelegateAdministration { .. } | Self::WithdrawAdministration { .. } => {
                AccountStep::Issue
            }
            Self::Issue { .. } => AccountStep::Issue,
            Self::Restrict { .. } => AccountStep::Restrict,
            Self::Widen { .. } => AccountStep::Widen,
            Self::Revoke { .. } => AccountStep::Revoke,
            Self::Assign(_) | Self::EndAssignment { .. } => AccountStep::Assign,
            Self::Reissue { .. } => AccountStep::Reissue,
        }
    }
}

impl Rights {
    /// Whether these rights reach further than `other` in something and are behind in nothing.
    pub fn is_wider_than(&self, other: &Self) -> bool {
        let reaches = self.scope.is_empty()
            || (!other.scope.is_empty() && self.scope.is_superset(&other.scope));
        self != other && self.acts.is_superset(&other.acts) && reaches
    }

    /// Whether a person may act in this capacity.
    pub fn carry(&self, role: Role) -> bool {
        self.acts.contains(&match role {
            Role::Clerk => Right::Enter,
            Role::Approver => Right::Approve,
            Role::Administrator => Right::Administer,
            Role::Inspector => Right::Read,
        })
    }
}

/// The named user of an account (Điều 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// How she signs in.
    pub login: Login,
    /// Her name.
    pub full_name: String,
    /// Her capacity.
    pub role: Role,
}

impl Person {
    /// How she is named beside what she does: two persons may share a name, none a login.
    pub fn signature(&self) -> String {
        format!("{} ({})", self.full_name, self.login)
    }
}

/// A one-time code, known by its digest, with which a person sets her first password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The digest of login and code.
    pub code: Hash,
    /// When it ends.
    pub until: Timestamp,
}

impl Activation {
    /// The digest of a code given to `login`.
    pub fn digest(login: &Login, code: &[u8; 16]) -> Hash {
        Hash::tagged("hoso/activation/1", &[login.as_str().as_bytes(), code])
    }
}

/// A person is given the use of a unit's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigning {
    /// Whose account.
    pub unit: UnitId,
    /// Who.
    pub person: Person,
    /// By which decision.
    pub decision: Decision,
    /// On which days.
    pub validity: Validity,
    /// How she begins.
    pub activation: Activation,
}

/// One act on the accounts of the province.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountAct {
    /// UBND tỉnh lets Sở Nội vụ administer (Điều 7). It has no key of its own: the document is
    /// the proof, and Sở Nội vụ answers for having entered it.
    DelegateAdministration {
        /// The document.
        document: Paper,
        /// What it delegates, as it is written there.
        scope: String,
    },
    /// UBND tỉnh takes it back: nothing is administered until it is delegated anew.
    WithdrawAdministration {
        /// The document.
        document: Paper,
    },
    /// A unit gets its account (Điều 6.1, 6.2).
    Issue {
        /// Which.
        unit: UnitId,
        /// What its users may do.
        rights: Rights,
        /// The written agreement, for a unit under a body.
        agreement: Option<Agreement>,
    },
    /// An account may do less from here on.
    Restrict {
        /// Whose.
        unit: UnitId,
        /// All that remains.
        rights: Rights,
        /// Why, for people.
        reason: String,
    },
    /// An account may do more from here on.
    Widen {
        /// Whose.
        unit: UnitId,
        /// All that it comes to.
        rights: Rights,
    },
    /// An account ends, and with it the assignments of its persons.
    Revoke {
        /// Whose.
        unit: UnitId,
        /// Why, for people.
        reason: String,
    },
    /// A person is assigned (Điều 15.2).
    Assign(Assigning),
    /// A person's assignment ends before its time.
    EndAssignment {
        /// Whose account.
        unit: UnitId,
        /// Who.
        login: Login,
        /// Why, for people.
        reason: String,
    },
    /// A lost password is replaced (Điều 16.6).
    Reissue {
        /// Whose account.
        unit: UnitId,
        /// Who lost it.
        login: Login,
        /// Her report to the head of her body.
        report_to_head: Option<Paper>,
        /// The written report to Sở Nội vụ.
        report_to_province: Option<Paper>,
        /// How she begins again.
        activation: Activation,
    },
}

/// The longest name of a person, in bytes: it must fit into an envelope beside the login.
const NAME_MAX: usize = 90;
/// The most signers of an agreement.
const SIGNERS_MAX: usize = 16;
/// The most units of an agreement or a scope.
const UNITS_MAX: usize = 256;

fn speaks(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LegalBasis::TEXT_MAX
}

impl AccountAct {
    /// Whether every text says something within its limit and every list is bounded.
    pub(super) fn is_well_formed(&self) -> bool {
        let bounded = |rights: &Rights| rights.scope.len() <= UNITS_MAX;
        match self {
            Self::DelegateAdministration { document, scope } => {
                speaks(&document.number) && speaks(scope)
            }
            Self::WithdrawAdministration { document } => speaks(&document.number),
            Self::Issue { rights, agreement, .. } => {
                bounded(rights) && agreement.as_ref().is_none_or(Agreement::is_well_formed)
            }
            Self::Restrict { rights, reason, .. } => bounded(rights) && speaks(reason),
            Self::Widen { rights, .. } => bounded(rights),
            Self::Revoke { reason, .. } | Self::EndAssignment { reason, .. } => speaks(reason),
            Self::Assign(Assigning { person, decision, validity, .. }) => {
                speaks(&person.full_name)
                    && person.full_name.len() <= NAME_MAX
                    && speaks(&decision.number)
                    && speaks(&decision.issuer)
                    && validity.is_well_formed()
            }
            Self::Reissue { report_to_head, report_to_province, .. } => {
                let mut reports = report_to_head.iter().chain(report_to_province);
                reports.all(|paper| speaks(&paper.number))
            }
        }
    }
}

impl Agreement {
    fn is_well_formed(&self) -> bool {
        speaks(&self.number)
            && (1..=SIGNERS_MAX).contains(&self.signers.len())
            && self.signers.iter().all(|signer| speaks(signer))
            && self.list.len() <= UNITS_MAX
    }
}
