//! Who may do what: the law in one function.
//!
//! **Invariant:** every way into a dossier (web, CLI, import, replication) asks [`authorize`]; what
//! no arm allows is refused. One arm per rule, with its article of the regulation. What a post does
//! not give, a grant may: adding one never takes a right away.
//!
//! The whole of it, act by act, stands in `permission/matrix.txt`; why the body above a custodian
//! corrects and does not edit is told in `permission/README.md`.

mod action;
mod change;
mod content;
mod granted;
mod life;
mod manager;
mod place;
mod refusal;

pub use action::{AccountStep, Action, Entered, Entering, GrantAct, Grounds, Officers};
pub use change::{acts_of, withstand_closing, withstand_lacking};
pub use granted::{Delegated, Granted, Sections};
pub use manager::may_manage;
pub use refusal::Refusal;

use crate::basis::Role;
use crate::unit::{Tier, UnitTree};
use crate::{NodeId, UnitId};
use content::{enter, read, review};
use life::{grant, keep, live};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Node the person sits at.
    pub node: NodeId,
    /// Unit of that node; its place in the tree gives the tier.
    pub unit: UnitId,
    /// Capacity.
    pub role: Role,
    /// Name, as it stands beside what the person does; who reviews must bear another.
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

/// Roles that put data in: clerks, and the approver who may put in what she approves (Điều 16.1).
const ENTER: &[Role] = &[Role::Clerk, Role::Approver];
/// Who acts for the head of a body.
const HEAD: &[Role] = &[Role::Approver];
/// Officers of Sở Nội vụ.
const OFFICERS: &[Role] = &[Role::Approver, Role::Administrator];
/// Who runs the system.
const SYSTEM: &[Role] = &[Role::Administrator];

/// Decides whether `actor` may do `action`.
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn authorize(action: &Action, actor: &Actor, authority: &Authority<'_>) -> Result<(), Refusal> {
    // Điều 14.4: a package of the log proves itself to whoever holds it.
    if *action == Action::VerifyAudit {
        return Ok(());
    }
    authority.tree.get(&actor.unit).ok_or(Refusal::UnknownUnit)?;
    match action {
        Action::VerifyAudit => Ok(()),
        Action::ReadStatus
        | Action::ReadDossier
        | Action::ReadSection { .. }
        | Action::ReadAttachment { .. }
        | Action::List
        | Action::Search
        | Action::Statistics
        | Action::Print
        | Action::Export => read(action, actor, authority),
        Action::CreateDossier { .. }
        | Action::EditState(_)
        | Action::EditPersonal(_)
        | Action::Correct(_)
        | Action::Attach(_)
        | Action::RemoveAttachment(_)
        | Action::EnterForm(_)
        | Action::Resolve(_)
        | Action::RaiseConflict
        | Action::VerifyPaper
        | Action::ExplainLateness => enter(action, actor, authority),
        Action::Approve(entered) | Action::Return(entered) => review(entered, actor, authority),
        Action::Give(act) | Action::End(act) => grant(act, actor, authority),
        Action::Retire
        | Action::Reopen
        | Action::Archive
        | Action::Tombstone(_)
        | Action::ProposeTransfer { .. }
        | Action::AnswerTransfer { .. }
        | Action::SendOut
        | Action::RecordHandover
        | Action::RunCampaign
        | Action::Release
        | Action::TakeOver(_)
        | Action::Reorganise(_)
        | Action::MakeReport
        | Action::ApproveReport { .. }
        | Action::AcknowledgeDuties
        | Action::ReportProblem
        | Action::AnswerProblem
        | Action::MakeRules => live(action, actor, authority),
        // Điều 6.2, 7.3, 14.3, 16.6: Sở Nội vụ runs the system, by its administrator.
        Action::AnnounceIncident => {
            at_tier(Tier::Three, actor, authority)?;
            role(actor, OFFICERS)
        }
        Action::Account(_)
        | Action::ManageMembers
        | Action::ManageTree
        | Action::ManageKinds
        | Action::ManageCalendar => {
            at_tier(Tier::Three, actor, authority)?;
            role(actor, SYSTEM)
        }
        Action::ShowAudit | Action::ExportAudit | Action::Backup | Action::ManageKeys => {
            keep(action, actor, authority)
        }
    }
}

fn another(actor: &Actor, person: &str) -> Result<(), Refusal> {
    if actor.person == person { Err(Refusal::FourEyes) } else { Ok(()) }
}

fn at_tier(tier: Tier, actor: &Actor, authority: &Authority<'_>) -> Result<(), Refusal> {
    match authority.tree.get(&actor.unit) {
        Some(own) if own.tier == tier => Ok(()),
        Some(_) if tier == Tier::Two => Err(Refusal::TierTwoOnly),
        Some(_) => Err(Refusal::TierThreeOnly),
        None => Err(Refusal::UnknownUnit),
    }
}

fn role(actor: &Actor, allowed: &[Role]) -> Result<(), Refusal> {
    if allowed.contains(&actor.role) { Ok(()) } else { Err(Refusal::WrongRole) }
}

#[cfg(test)]
mod tests;
