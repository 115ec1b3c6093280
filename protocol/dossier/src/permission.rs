//! The law in one function: who may do what to a dossier.
//!
//! [`authorize`] is pure; every road into the system goes through it: commands of this machine,
//! and each change when it is admitted, on every node. One arm per rule, with its article.

use std::fmt;

use crate::{
    LegalBasis, Role, UnitId,
    unit::{Holding, Tier, UnitTree},
};

/// An act on a dossier or on the province.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Begin a dossier (lập hồ sơ).
    CreateDossier,
    /// Enter what a decision of a state body proves (Điều 9.2 a).
    EditState,
    /// Enter what the person declares (Điều 9.2 b).
    EditPersonal,
    /// Correct an entry error.
    Correct,
    /// Take over a list with approval.
    TakeOverList,
    /// Read a dossier.
    ReadDossier,
    /// Change the member list or the org tree.
    ManageProvince,
}

impl Action {
    /// Every act, for tables.
    pub const ALL: [Self; 7] = [
        Self::CreateDossier,
        Self::EditState,
        Self::EditPersonal,
        Self::Correct,
        Self::TakeOverList,
        Self::ReadDossier,
        Self::ManageProvince,
    ];

    /// The act a change on this basis is.
    pub fn for_basis(basis: &LegalBasis) -> Self {
        match basis {
            LegalBasis::Decision { .. } => Self::EditState,
            LegalBasis::Declaration { .. } => Self::EditPersonal,
            LegalBasis::Correction { .. } => Self::Correct,
            LegalBasis::Import { .. } => Self::TakeOverList,
        }
    }
}

/// Who acts: a person of a unit, through the unit's node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The unit of the node.
    pub unit: UnitId,
    /// Its tier.
    pub tier: Tier,
    /// In what capacity the person acts.
    pub role: Role,
}

impl Actor {
    /// The actor of a unit of the tree; `None` for a unit the tree does not have.
    pub fn of_unit(tree: &UnitTree, unit: &UnitId, role: Role) -> Option<Self> {
        tree.get(unit).map(|found| Self { unit: unit.clone(), tier: found.tier, role })
    }
}

/// By whose word a right is judged.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'a> {
    /// The org tree.
    pub tree: &'a UnitTree,
    /// The unit that holds the dossier, or is to hold it.
    pub custodian: &'a UnitId,
    /// Whether units marked optional hold dossiers (decision D2).
    pub optional_holders: bool,
}

/// Why an act is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The unit that is to hold the dossier holds none (Điều 2 a, 6.1).
    NotHolder,
    /// The dossier belongs to a unit outside the actor's own subtree (Điều 7.2, 8.1).
    OutsideScope,
    /// Tier 3 reads all and corrects by order; it does not keep dossiers of others (Điều 7.3).
    CorrectionOnly,
    /// Only the administrator at tier 3 (Điều 6.2).
    AdministratorOnly,
}

impl Refusal {
    /// A code that stays.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotHolder => "Q-2A",
            Self::OutsideScope => "Q-72",
            Self::CorrectionOnly => "Q-73",
            Self::AdministratorOnly => "Q-62",
        }
    }

    /// What to tell a person.
    pub fn message_vi(self) -> &'static str {
        match self {
            Self::NotHolder => {
                "Đơn vị này không được giao giữ hồ sơ (Điều 2a, 6.1). Hãy chọn đơn vị quản lý hồ sơ."
            }
            Self::OutsideScope => {
                "Hồ sơ thuộc đơn vị khác, ngoài phạm vi của đơn vị này (Điều 7.2, 8.1)."
            }
            Self::CorrectionOnly => {
                "Cấp ba chỉ được đính chính có lý do, không nhập thay đơn vị (Điều 7.3)."
            }
            Self::AdministratorOnly => {
                "Chỉ quản trị của Sở Nội vụ (cấp ba) được làm việc này (Điều 6.2)."
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Decides whether `actor` may do `action`.
///
/// # Errors
/// The [`Refusal`] whose rule forbids it.
pub fn authorize(action: &Action, actor: &Actor, authority: &Authority<'_>) -> Result<(), Refusal> {
    let own = actor.unit == *authority.custodian;
    let below = authority.tree.is_within(authority.custodian, &actor.unit);
    match (action, actor.tier) {
        // Điều 6.2: accounts, nodes and the tree are the administrator's.
        (Action::ManageProvince, Tier::Three) if actor.role == Role::Administrator => Ok(()),
        (Action::ManageProvince, _) => Err(Refusal::AdministratorOnly),
        // Điều 2 a, 6.1: a dossier is begun only for a unit that holds dossiers.
        (Action::CreateDossier, _) if !holds(authority) => Err(Refusal::NotHolder),
        // Điều 7.3: tier 3 reads all, and corrects by order.
        (Action::ReadDossier | Action::Correct, Tier::Three) => Ok(()),
        (_, Tier::Three) => Err(Refusal::CorrectionOnly),
        // Điều 7.1, 8.2: the custodian keeps its dossiers.
        (_, _) if own => Ok(()),
        // Điều 7.2: tier 2 keeps and aggregates the dossiers of its own subtree.
        (_, Tier::Two) if below => Ok(()),
        // Điều 8.1: nobody else without written consent.
        (_, _) => Err(Refusal::OutsideScope),
    }
}

fn holds(authority: &Authority<'_>) -> bool {
    authority.tree.get(authority.custodian).is_some_and(|unit| match unit.holds_dossiers {
        Holding::Yes => true,
        Holding::Optional => authority.optional_holders,
        Holding::No => false,
    })
}
