//! What becomes of a dossier and of the right to it: grants, its life, reports, the node's own safety.

use super::content::delegated;
use super::place::{Place, above, custodian, holds, place, subordinate};
use super::{
    Action, Actor, Authority, GrantAct, HEAD, OFFICERS, Officers, Refusal, another, at_tier, role,
};
use crate::UnitId;
use crate::basis::Role;
use crate::unit::{Tier, UnitTree};

/// Giving a grant and ending it (Điều 7.3, 8.1, 14.4, 15.1).
pub(super) fn grant(
    act: &GrantAct,
    actor: &Actor,
    authority: &Authority<'_>,
) -> Result<(), Refusal> {
    let tree = authority.tree;
    match act {
        // Điều 15.1: a body of tier 2 delegates what it keeps, to a unit below it, once.
        GrantAct::Delegation { to } => {
            let unit = custodian(authority)?;
            if delegated(actor, unit, authority) {
                return Err(Refusal::OnwardDelegation);
            }
            keeps(actor, unit, tree)?;
            at_tier(Tier::Two, actor, authority)?;
            if !subordinate(to, &actor.unit, tree) {
                return Err(Refusal::NotBelow);
            }
            role(actor, HEAD)
        }
        // Điều 8.1: the body that manages the dossier consents in writing.
        GrantAct::Consent => {
            keeps(actor, custodian(authority)?, tree)?;
            role(actor, HEAD)
        }
        // Điều 14.4: Sở Nội vụ inspects.
        GrantAct::Mission => {
            at_tier(Tier::Three, actor, authority)?;
            role(actor, OFFICERS)
        }
        // Điều 7.3: tier 3 orders a correction by two officers; Điều 5.3: so it lets copies out by the
        // dozen.
        GrantAct::CorrectionOrder(officers) | GrantAct::BulkCopies(officers) => {
            two_officers(officers, actor, authority)
        }
    }
}

/// What becomes of a dossier and of the work on it (Điều 7.3, 10, 11, 12.2, 13).
pub(super) fn live(
    action: &Action,
    actor: &Actor,
    authority: &Authority<'_>,
) -> Result<(), Refusal> {
    let tree = authority.tree;
    match action {
        // Điều 11.3: who leaves stays with the unit, closed; recruited again, opened again.
        Action::Retire | Action::Reopen | Action::Release => {
            keeps(actor, custodian(authority)?, tree)?;
            role(actor, HEAD)
        }
        // Điều 7.3, 11.1: tier 3 archives for the whole province.
        Action::Archive => {
            at_tier(Tier::Three, actor, authority)?;
            above(actor, custodian(authority)?, tree)?;
            role(actor, OFFICERS)
        }
        // Điều 12.2 against 11.1: taken away by two officers of tier 3. Điều 7.3: so is custody.
        Action::Tombstone(officers) | Action::TakeOver(officers) => {
            two_officers(officers, actor, authority)?;
            above(actor, custodian(authority)?, tree)
        }
        // Điều 7.3: units are Sở Nội vụ's to set, and what moves with them.
        Action::Reorganise(officers) => two_officers(officers, actor, authority),
        // Điều 10.1: within one body its units hand over; 10.2: between bodies, the body does.
        Action::ProposeTransfer { to } => {
            let unit = custodian(authority)?;
            if !matches!(place(actor, unit, tree), Place::Keeps | Place::TierTwo) {
                return Err(Refusal::ForeignUnit);
            }
            holds(to, authority)?;
            if tree.body_of(unit) != tree.body_of(to) {
                at_tier(Tier::Two, actor, authority)?;
            }
            role(actor, HEAD)
        }
        // Điều 10.3: the body with the right to recruit sends out of the system; 10.1, 10.2: the unit that
        // keeps a dossier, or the body above it, records that it was handed over.
        Action::SendOut | Action::RecordHandover => {
            let unit = custodian(authority)?;
            if !matches!(place(actor, unit, tree), Place::Keeps | Place::TierTwo) {
                return Err(Refusal::ForeignUnit);
            }
            if *action == Action::SendOut {
                at_tier(Tier::Two, actor, authority)?;
            }
            role(actor, HEAD)
        }
        // Điều 9.2 b: a body asks the persons of its own units, by who answers for it.
        Action::RunCampaign => {
            above(actor, custodian(authority)?, tree)?;
            role(actor, OFFICERS)
        }
        // Điều 10.2: the unit that receives answers, or the body that receives for it.
        Action::AnswerTransfer { to } => match place(actor, to, tree) {
            Place::Keeps | Place::TierTwo => role(actor, HEAD),
            Place::TierThree | Place::Elsewhere => Err(Refusal::ForeignUnit),
        },
        // Điều 13.1, 16.5: each unit reports on itself; 13.1 b: Sở Nội vụ on the province.
        Action::MakeReport => {
            itself(actor, custodian(authority)?)?;
            role(actor, &[Role::Clerk, Role::Approver, Role::Administrator])
        }
        Action::ApproveReport { made_by } => {
            itself(actor, custodian(authority)?)?;
            role(actor, HEAD)?;
            another(actor, made_by)
        }
        // Điều 12.3, 16.3, 16.4: whoever is assigned answers for her duties and reports problems.
        Action::AcknowledgeDuties | Action::ReportProblem => itself(actor, custodian(authority)?),
        // Điều 15.4, 16.4: a body above answers.
        Action::AnswerProblem => match place(actor, custodian(authority)?, tree) {
            Place::TierTwo | Place::TierThree => role(actor, OFFICERS),
            Place::Keeps | Place::Elsewhere => Err(Refusal::ForeignUnit),
        },
        // Điều 15.3: sở, ban, ngành, UBND huyện make rules for themselves, and so does Sở Nội vụ.
        Action::MakeRules => {
            itself(actor, custodian(authority)?)?;
            if at_tier(Tier::Three, actor, authority).is_err() {
                at_tier(Tier::Two, actor, authority)?;
            }
            role(actor, OFFICERS)
        }
        _ => Err(Refusal::WrongRole),
    }
}

/// Keeping a node safe and accountable (Điều 8.5, 11.2, 14.4).
pub(super) fn keep(
    action: &Action,
    actor: &Actor,
    authority: &Authority<'_>,
) -> Result<(), Refusal> {
    let unit = custodian(authority)?;
    match action {
        // Điều 8.5: the unit looks into its own log, the bodies above into those below.
        Action::ShowAudit | Action::ExportAudit if actor.role != Role::Inspector => {
            above(actor, unit, authority.tree)?;
            role(actor, if *action == Action::ShowAudit { &ALL } else { OFFICERS })
        }
        // Điều 14.4: an inspector by mission.
        Action::ShowAudit | Action::ExportAudit => {
            if authority.granted.mission {
                Ok(())
            } else {
                Err(Refusal::MissionRequired)
            }
        }
        // Điều 8.5, 11.2: each unit keeps its own store safe.
        _ => {
            itself(actor, unit)?;
            role(actor, OFFICERS)
        }
    }
}

const ALL: [Role; 3] = [Role::Clerk, Role::Approver, Role::Administrator];

/// Điều 7.3, 12.2: two officers of tier 3, who are not one person.
fn two_officers(
    officers: &Officers,
    actor: &Actor,
    authority: &Authority<'_>,
) -> Result<(), Refusal> {
    at_tier(Tier::Three, actor, authority)?;
    role(actor, OFFICERS)?;
    match officers {
        Officers::First => Ok(()),
        Officers::Second { first } => another(actor, first),
    }
}

fn keeps(actor: &Actor, unit: &UnitId, tree: &UnitTree) -> Result<(), Refusal> {
    match place(actor, unit, tree) {
        Place::Keeps => Ok(()),
        Place::TierThree => Err(Refusal::TierThreeDoesNotEdit),
        Place::TierTwo => Err(Refusal::CustodianEnters),
        Place::Elsewhere => Err(Refusal::ForeignUnit),
    }
}

fn itself(actor: &Actor, unit: &UnitId) -> Result<(), Refusal> {
    if actor.unit == *unit { Ok(()) } else { Err(Refusal::ForeignUnit) }
}
