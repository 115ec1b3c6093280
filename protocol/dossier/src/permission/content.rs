//! What a dossier holds: who reads it, who puts data in, who reviews.

use std::collections::BTreeSet;

use super::place::{Place, above, custodian, holds, place, subordinate};
use super::{
    Action, Actor, Authority, ENTER, Entered, Entering, Granted, Grounds, HEAD, OFFICERS, Refusal,
    Sections, another, role,
};
use crate::UnitId;
use crate::basis::{Review, Role};
use crate::plant::{self, Plant};

/// Reading and what is drawn from it (Điều 7, 8.1, 12.1, 14.4).
pub(super) fn read(
    action: &Action,
    actor: &Actor,
    authority: &Authority<'_>,
) -> Result<(), Refusal> {
    let unit = custodian(authority)?;
    let granted = authority.granted;
    let inspects = actor.role == Role::Inspector;
    // Điều 7.1, 7.2, 7.3: a dossier is read by its unit and by the bodies above it.
    let by_post = above(actor, unit, authority.tree);
    if by_post.is_ok() && !inspects {
        return Ok(());
    }
    // Điều 14.4: an inspector reads by mission, and takes no copy.
    let copies = matches!(action, Action::Print | Action::Export);
    if inspects && granted.mission && !copies {
        return Ok(());
    }
    // Điều 15.1: who enters under delegation reads what he enters into.
    if delegated(actor, unit, authority) && !inspects && !copies {
        return Ok(());
    }
    // Điều 8.1: others read one dossier by the written consent of the body that manages it.
    let consent = granted.consent.as_ref();
    match (action, consent) {
        (Action::List | Action::Search | Action::Statistics, _) | (_, None) => {
            Err(if inspects { Refusal::MissionRequired } else { Refusal::ForeignUnit })
        }
        (Action::ReadSection { section } | Action::ReadAttachment { section }, Some(consent)) => {
            if consent.contain(section) {
                Ok(())
            } else {
                Err(Refusal::OutsideGrant)
            }
        }
        (Action::ReadStatus, Some(_)) => Ok(()),
        (_, Some(consent)) => {
            if *consent == Sections::All {
                Ok(())
            } else {
                Err(Refusal::OutsideGrant)
            }
        }
    }
}

/// Putting data in (Điều 7, 8.2, 9, 12.2, 15.1).
pub(super) fn enter(
    action: &Action,
    actor: &Actor,
    authority: &Authority<'_>,
) -> Result<(), Refusal> {
    let unit = match action {
        Action::CreateDossier { unit, .. } => unit,
        _ => custodian(authority)?,
    };
    if let Action::CreateDossier { .. } = action {
        // Điều 2a, 8.2: only some units keep dossiers.
        if place(actor, unit, authority.tree) != Place::Elsewhere {
            holds(unit, authority)?;
        }
    }
    let permitted = match place(actor, unit, authority.tree) {
        // Điều 7.1, 8.2, 9: the unit that keeps a dossier opens it, enters and corrects.
        Place::Keeps => role(actor, ENTER),
        // Điều 7.2, 15.1: the body above vets and corrects; it does not enter for the custodian.
        Place::TierTwo => match action {
            Action::Correct(_) | Action::Resolve(_) => role(actor, ENTER),
            _ if plant::is(Plant::TierTwoEdits) => role(actor, ENTER),
            _ => Err(Refusal::CustodianEnters),
        },
        // Điều 7.3: tier 3 does not enter; it corrects by an order of two officers.
        Place::TierThree => match action {
            Action::Correct(_) | Action::Resolve(_) if authority.granted.correction_order => {
                role(actor, OFFICERS)
            }
            Action::Correct(_) | Action::Resolve(_) => Err(Refusal::OrderRequired),
            _ => Err(Refusal::TierThreeDoesNotEdit),
        },
        // Điều 15.1: a lower unit enters what was delegated to it, under review.
        Place::Elsewhere if delegated(actor, unit, authority) => {
            within_delegation(action, authority.granted)?;
            role(actor, ENTER)
        }
        Place::Elsewhere => Err(Refusal::ForeignUnit),
    };
    permitted.and_then(|()| grounds(action))
}

/// Điều 9.2: what changes from the state's side follows a decision, from the person's side a
/// declaration; an approved list (Điều 9.1 a) carries both. Điều 7.3: a correction states why.
fn grounds(action: &Action) -> Result<(), Refusal> {
    match action {
        _ if plant::is(Plant::SkipSides) => Ok(()),
        Action::EditState(Entering { grounds, .. }) => match grounds {
            Grounds::Decision | Grounds::Import => Ok(()),
            _ => Err(Refusal::DecisionRequired),
        },
        Action::EditPersonal(Entering { grounds, .. }) => match grounds {
            Grounds::Declaration | Grounds::Import => Ok(()),
            _ => Err(Refusal::DeclarationRequired),
        },
        Action::Correct(Entering { grounds, .. }) => match grounds {
            Grounds::Correction | Grounds::Decision => Ok(()),
            _ => Err(Refusal::BasisRequired),
        },
        Action::Resolve(Entering { grounds, .. })
        | Action::Attach(Entering { grounds, .. })
        | Action::RemoveAttachment(Entering { grounds, .. }) => match grounds {
            Grounds::Missing | Grounds::Office => Err(Refusal::BasisRequired),
            _ => Ok(()),
        },
        // Điều 9.1 b, 9.2: a phiếu is declared, or follows a decision or an approved list.
        Action::EnterForm(Entering { grounds, .. }) => match grounds {
            Grounds::Declaration | Grounds::Decision | Grounds::Import => Ok(()),
            _ => Err(Refusal::DeclarationRequired),
        },
        _ => Ok(()),
    }
}

/// Điều 15.1: delegated by the body that keeps the dossier, to a unit below it.
pub(super) fn delegated(actor: &Actor, unit: &UnitId, authority: &Authority<'_>) -> bool {
    let delegation = authority.granted.delegation.as_ref();
    delegation.is_some_and(|delegation| {
        delegation.by == *unit && subordinate(&actor.unit, unit, authority.tree)
    })
}

fn within_delegation(action: &Action, granted: &Granted) -> Result<(), Refusal> {
    let nothing = BTreeSet::new();
    let (sections, review) = match action {
        Action::EditState(entering)
        | Action::EditPersonal(entering)
        | Action::Correct(entering)
        | Action::Attach(entering)
        | Action::RemoveAttachment(entering)
        | Action::Resolve(entering)
        | Action::EnterForm(entering) => (&entering.sections, entering.review),
        Action::CreateDossier { review, .. } => (&nothing, *review),
        // Điều 8.3, 15.1: the body that answers for the dossier compares it with the paper.
        _ => return Err(Refusal::OutsideGrant),
    };
    let opened = granted.delegation.as_ref().map(|delegation| &delegation.sections);
    let reached = opened.is_some_and(|opened| sections.iter().all(|it| opened.contain(it)));
    // A new dossier has every section.
    let whole = opened == Some(&Sections::All) || !matches!(action, Action::CreateDossier { .. });
    if !reached || !whole {
        Err(Refusal::OutsideGrant)
    } else if review != Review::Awaiting {
        Err(Refusal::ReviewRequired)
    } else {
        Ok(())
    }
}

/// Điều 15.1: the body that answers for the dossier, or the one above it, reviews by its approver;
/// neither a person nor a unit that entered under delegation reviews what it entered itself.
pub(super) fn review(
    entered: &Entered,
    actor: &Actor,
    authority: &Authority<'_>,
) -> Result<(), Refusal> {
    let unit = custodian(authority)?;
    match place(actor, unit, authority.tree) {
        Place::Keeps | Place::TierTwo => role(actor, HEAD)?,
        Place::TierThree => return Err(Refusal::TierThreeDoesNotEdit),
        Place::Elsewhere if delegated(actor, unit, authority) => return Err(Refusal::FourEyes),
        Place::Elsewhere => return Err(Refusal::ForeignUnit),
    }
    if entered.delegated_to.as_ref() == Some(&actor.unit) {
        return Err(Refusal::FourEyes);
    }
    another(actor, &entered.by)
}
