//! Who may say what, against an org tree: one arm a statement, one article a rule.

use super::{Conduct, ConductAct, ConductFault, TicketKind};
use crate::UnitId;
use crate::unit::{Tier, Unit, UnitTree};

/// Judges a statement that the node of `from` signed, against the org tree and what is known.
///
/// # Errors
/// The rule that stands in the way.
pub fn lawful(
    act: &ConductAct,
    from: &UnitId,
    known: &Conduct,
    tree: &UnitTree,
) -> Result<(), ConductFault> {
    let unit = tree.get(from).ok_or(ConductFault::UnknownUnit)?;
    match act {
        // Điều 8.5, 16.5: each unit checks its own system and reports on itself.
        ConductAct::Acknowledge { .. }
        | ConductAct::Check(_)
        | ConductAct::Report(_)
        | ConductAct::Accept { .. } => Ok(()),
        // Điều 15.3: sở, ban, ngành, UBND huyện make rules for themselves; so does Sở Nội vụ.
        ConductAct::Publish(_) | ConductAct::Settle { .. } => match unit.tier {
            Tier::Two | Tier::Three => Ok(()),
            Tier::One | Tier::Province => Err(ConductFault::NoBody),
        },
        // Điều 16.4: to a competent body, which stands above; Điều 15.4, 17: proposals to Sở Nội vụ.
        ConductAct::Raise(ticket) => {
            let to = above(&ticket.to, from, tree)?;
            match ticket.kind {
                TicketKind::Proposal if to.tier != Tier::Three => Err(ConductFault::NotProvince),
                _ => Ok(()),
            }
        }
        ConductAct::Answer { ticket, .. } => {
            let ticket = known.ticket(ticket).ok_or(ConductFault::Unknown)?;
            answers(&ticket.ticket.to, from, tree)
        }
        ConductAct::Pass { ticket, to, .. } => {
            let ticket = known.ticket(ticket).ok_or(ConductFault::Unknown)?;
            answers(&ticket.ticket.to, from, tree)?;
            above(to, from, tree).map(|_| ())
        }
        ConductAct::Close { ticket, .. } => {
            let ticket = known.ticket(ticket).ok_or(ConductFault::Unknown)?;
            if ticket.origin.unit == *from {
                return Ok(());
            }
            answers(&ticket.ticket.to, from, tree)
        }
    }
}

/// A body that stands above a unit and has officers: UBND tỉnh has none here.
fn above<'a>(body: &UnitId, unit: &UnitId, tree: &'a UnitTree) -> Result<&'a Unit, ConductFault> {
    let body = tree.get(body).ok_or(ConductFault::UnknownUnit)?;
    let competent = matches!(body.tier, Tier::Two | Tier::Three);
    let stands = body.id != *unit && tree.is_within(unit, &body.id);
    if competent && stands { Ok(body) } else { Err(ConductFault::NotAbove) }
}

/// The body a ticket was laid before answers, and those above it.
fn answers(to: &UnitId, from: &UnitId, tree: &UnitTree) -> Result<(), ConductFault> {
    if tree.is_within(to, from) { Ok(()) } else { Err(ConductFault::ForeignBody) }
}
