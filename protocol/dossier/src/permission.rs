//! Who may do what: the law in one function.
//!
//! **Invariant:** every way into a dossier (web, CLI, import, replication) asks [`authorize`]; what
//! no arm allows is refused. One arm per rule, with its article of the regulation.

mod granted;

use serde::{Deserialize, Serialize};

pub use granted::{Delegated, Granted, Sections};

use crate::basis::{LegalBasis, Role};
use crate::form::ChangedBy;
use crate::unit::{Holding, Tier, UnitTree};
use crate::{NodeId, UnitId};

/// What someone wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open a dossier kept at `unit` (Điều 9.1).
    CreateDossier {
        /// Unit that will keep it.
        unit: UnitId,
    },
    /// Read the content of a dossier (Điều 8.1).
    ReadDossier,
    /// Change fields by decision of a state body (Điều 9.2 a).
    EditState,
    /// Change fields by declaration of the person (Điều 9.2 b).
    EditPersonal,
    /// Put an entry right, on this basis (Điều 7.3).
    Correct {
        /// What the correction rests on.
        basis: LegalBasis,
    },
    /// Mark entries as reviewed (Điều 15.1).
    ReviewMark,
    /// See heads, counts and lateness, without content (Điều 7.2, 13).
    ReadStatus,
    /// Add, renew or remove nodes of the federation (Điều 12).
    ManageMembers,
    /// Publish the organisation tree (Điều 7.3).
    ManageTree,
}

impl Action {
    /// The action that changes a field, by who brings its changes about; a field of both sides is
    /// edited by decision.
    pub fn edit(changed_by: ChangedBy) -> Self {
        match changed_by {
            ChangedBy::State | ChangedBy::Both => Self::EditState,
            ChangedBy::Personal => Self::EditPersonal,
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Node the person sits at.
    pub node: NodeId,
    /// Unit of that node; its place in the tree gives the tier.
    pub unit: UnitId,
    /// Capacity.
    pub role: Role,
    /// Name, for the record; no rule reads it.
    pub person: String,
}

/// What the decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'a> {
    /// The organisation.
    pub tree: &'a UnitTree,
    /// Unit that keeps the dossier; `None` where the action is not about one.
    pub custodian: Option<&'a UnitId>,
    /// Whether units with an optional right, e.g. communes, keep dossiers.
    pub allow_optional_holders: bool,
    /// The grants that hold for the actor and the dossier at this moment.
    pub granted: &'a Granted,
}

/// Why not. The name is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The actor's unit is not in the tree.
    UnknownUnit,
    /// The action is about a dossier, and none was named.
    NoDossier,
    /// The dossier belongs to another unit.
    ForeignUnit,
    /// The unit does not keep dossiers (Điều 2a, 8.2).
    DoesNotHold,
    /// Tier 3 does not enter data (Điều 7.3).
    TierThreeDoesNotEdit,
    /// A correction needs a decision or a reason (Điều 7.3).
    BasisRequired,
    /// The role does not carry this right (Điều 15, 16).
    WrongRole,
    /// Only tier 3 manages the system (Điều 7.3, 12).
    TierThreeOnly,
}

impl Refusal {
    /// The stable code, e.g. `foreign_unit`.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownUnit => "unknown_unit",
            Self::NoDossier => "no_dossier",
            Self::ForeignUnit => "foreign_unit",
            Self::DoesNotHold => "does_not_hold",
            Self::TierThreeDoesNotEdit => "tier_three_does_not_edit",
            Self::BasisRequired => "basis_required",
            Self::WrongRole => "wrong_role",
            Self::TierThreeOnly => "tier_three_only",
        }
    }

    /// What a person reads, in Vietnamese.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::UnknownUnit => "Đơn vị của máy này không có trong cơ cấu tổ chức.",
            Self::NoDossier => "Chưa chọn hồ sơ.",
            Self::ForeignUnit => "Hồ sơ này do đơn vị khác quản lý.",
            Self::DoesNotHold => {
                "Đơn vị này không trực tiếp quản lý hồ sơ; hồ sơ do cơ quan cấp trên quản lý (Điều 8)."
            }
            Self::TierThreeDoesNotEdit => {
                "Sở Nội vụ không cập nhật hồ sơ của đơn vị, chỉ đính chính khi có căn cứ (Điều 7)."
            }
            Self::BasisRequired => "Đính chính phải có quyết định hoặc lý do ghi rõ (Điều 7).",
            Self::WrongRole => "Vai trò của bạn không có quyền này (Điều 15, 16).",
            Self::TierThreeOnly => "Chỉ quản trị hệ thống ở Sở Nội vụ được làm việc này (Điều 12).",
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}

/// Decides whether `actor` may do `action`.
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn authorize(action: &Action, actor: &Actor, authority: &Authority<'_>) -> Result<(), Refusal> {
    let tree = authority.tree;
    let own = tree.get(&actor.unit).ok_or(Refusal::UnknownUnit)?;
    let tier_three = own.tier == Tier::Three;
    match action {
        // Điều 9.1, 8.2: the unit that keeps dossiers opens them, or the body above that manages
        // its subtree (Điều 7.2); the unit must be one that keeps dossiers (Điều 2a).
        Action::CreateDossier { unit } => {
            manages(actor, unit, authority)?;
            holds(unit, authority)?;
            enters(actor)
        }
        // Điều 7.3: tier 3 does not enter data. Điều 7.2, 9.2: the keeping unit and the body above
        // it do, by the hands of their clerks.
        Action::EditState | Action::EditPersonal => {
            manages(actor, custodian(authority)?, authority)?;
            enters(actor)
        }
        // Điều 7.3: tier 3 puts an error right where a decision or a stated reason calls for it,
        // by its administrator; below, a correction is an edit.
        Action::Correct { basis } => {
            corrects(basis)?;
            let unit = custodian(authority)?;
            if tier_three && tree.is_within(unit, &own.id) {
                role(actor, &[Role::Administrator])
            } else {
                manages(actor, unit, authority)?;
                enters(actor)
            }
        }
        // Điều 8.1, 7.2, 7.3: a dossier is read by its unit and by the bodies above it.
        Action::ReadDossier | Action::ReadStatus => above(actor, custodian(authority)?, tree),
        // Điều 15.1: the body that answers for the dossier reviews, by its approver.
        Action::ReviewMark => {
            manages(actor, custodian(authority)?, authority)?;
            role(actor, &[Role::Approver])
        }
        // Điều 7.3, 12: the system is managed by the administrator at tier 3.
        Action::ManageMembers | Action::ManageTree => {
            if !tier_three {
                return Err(Refusal::TierThreeOnly);
            }
            role(actor, &[Role::Administrator])
        }
    }
}

fn custodian<'a>(authority: &Authority<'a>) -> Result<&'a UnitId, Refusal> {
    authority.custodian.ok_or(Refusal::NoDossier)
}

/// Điều 7.1, 7.2: a unit manages its own dossiers, a body of tier 2 also those under it.
fn manages(actor: &Actor, unit: &UnitId, authority: &Authority<'_>) -> Result<(), Refusal> {
    let tree = authority.tree;
    let tier = tree.get(&actor.unit).map(|own| own.tier);
    match tier {
        Some(Tier::Three) if tree.is_within(unit, &actor.unit) => {
            Err(Refusal::TierThreeDoesNotEdit)
        }
        Some(Tier::Two) if tree.is_within(unit, &actor.unit) => Ok(()),
        Some(Tier::One) if *unit == actor.unit => Ok(()),
        _ => Err(Refusal::ForeignUnit),
    }
}

/// Điều 2a, 8.2: only some units keep dossiers; communes by a switch.
fn holds(unit: &UnitId, authority: &Authority<'_>) -> Result<(), Refusal> {
    match authority.tree.get(unit).map(|unit| unit.holds_dossiers) {
        Some(Holding::Yes) => Ok(()),
        Some(Holding::Optional) if authority.allow_optional_holders => Ok(()),
        Some(Holding::Optional | Holding::No) => Err(Refusal::DoesNotHold),
        None => Err(Refusal::UnknownUnit),
    }
}

/// Điều 8.1: within the actor's own subtree; the province above all tiers runs no node.
fn above(actor: &Actor, unit: &UnitId, tree: &UnitTree) -> Result<(), Refusal> {
    let runs_node = tree.get(&actor.unit).is_some_and(|own| own.tier != Tier::Province);
    if runs_node && tree.is_within(unit, &actor.unit) { Ok(()) } else { Err(Refusal::ForeignUnit) }
}

/// Điều 16.1: data is entered by clerks; an approver may put in what she approves.
fn enters(actor: &Actor) -> Result<(), Refusal> {
    role(actor, &[Role::Clerk, Role::Approver])
}

fn corrects(basis: &LegalBasis) -> Result<(), Refusal> {
    let grounds = matches!(basis, LegalBasis::Correction { .. } | LegalBasis::Decision { .. });
    if grounds && basis.is_well_formed() { Ok(()) } else { Err(Refusal::BasisRequired) }
}

fn role(actor: &Actor, allowed: &[Role]) -> Result<(), Refusal> {
    if allowed.contains(&actor.role) { Ok(()) } else { Err(Refusal::WrongRole) }
}

#[cfg(test)]
mod tests;
