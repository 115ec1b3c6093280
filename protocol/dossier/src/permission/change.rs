//! A change as the acts it is.

use super::{Action, Entered, Entering, Grounds, Officers, Refusal};
use crate::basis::{LegalBasis, Review};
use crate::docket::{Destination, DocketFault, Docketed, Ruling};
use crate::form::{Sides, Touched};
use crate::{Hash, UnitId};

/// The acts that one change to a dossier kept by `custodian` is (Điều 9); each must be allowed.
///
/// The change that opens a dossier puts in what the person filled in and what was decided on her,
/// whichever it rests on (Điều 9.1 b). Of a field that both sides change, the basis tells the side.
/// `entered` tells of a change that this one builds on who entered it.
///
/// # Errors
/// [`Refusal`] for a change that is no act at all.
pub fn acts_of(
    basis: &LegalBasis,
    review: Review,
    touched: &Touched,
    sides: &Sides,
    custodian: &UnitId,
    entered: &dyn Fn(&Hash) -> Option<Entered>,
) -> Result<Vec<Action>, Refusal> {
    let grounds = Grounds::of(basis);
    let entering = || Entering { grounds, sections: sides.sections(touched), review };
    let mut acts = docketed(touched, entered, entering)?;
    if touched.opens {
        acts.push(Action::CreateDossier { unit: custodian.clone(), review });
        if grounds == Grounds::Office {
            acts.push(Action::Correct(entering()));
        }
        return Ok(acts);
    }
    if !acts.is_empty() && !touched.content {
        return Ok(acts);
    }
    let declared = grounds == Grounds::Declaration;
    // Điều 3.1, 12.2: what is said of an attached file has acts of its own.
    acts.extend(touched.attaches.then(|| Action::Attach(entering())));
    acts.extend(touched.detaches.then(|| Action::RemoveAttachment(entering())));
    if (touched.attaches || touched.detaches) && !touched.writes_form() {
        return Ok(acts);
    }
    match grounds {
        // What does not say on what it rests is told to.
        Grounds::Correction | Grounds::Missing | Grounds::Office => {
            acts.push(Action::Correct(entering()));
        }
        _ if touched.state && touched.personal => {
            acts.extend([Action::EditState(entering()), Action::EditPersonal(entering())]);
        }
        _ if touched.personal || (declared && !touched.state) => {
            acts.push(Action::EditPersonal(entering()));
        }
        _ => acts.push(Action::EditState(entering())),
    }
    Ok(acts)
}

/// The acts that the entries of the docket are: each kind by itself; only a phiếu stands beside what
/// it feeds (Điều 3.2) and a choice beside what it writes, and only a phiếu may be there when a dossier
/// is opened.
fn docketed(
    touched: &Touched,
    entered: &dyn Fn(&Hash) -> Option<Entered>,
    entering: impl Fn() -> Entering,
) -> Result<Vec<Action>, Refusal> {
    let docket = &touched.docket;
    let Docketed { verdicts, forms, closes, reopens, serves, parities, fault, .. } = docket;
    let Docketed { proposes, removes, restores, explains, .. } = docket;
    let Docketed { moves, hands_over, chooses, raises, .. } = docket;
    match fault {
        Some(DocketFault::Altered) => return Err(Refusal::Settled),
        Some(DocketFault::Unreadable) => return Err(Refusal::Unreadable),
        None => {}
    }
    let alone = !touched.content && !touched.opens;
    if docket.kinds() > 1 || (docket.kinds() == 1 && !forms && !chooses && !alone) {
        return Err(Refusal::Mixed);
    }
    // Values meet in a dossier that is there.
    if *chooses && touched.opens {
        return Err(Refusal::Mixed);
    }
    let mut acts = Vec::new();
    for (change, ruling) in verdicts {
        let entered = entered(change).ok_or(Refusal::NothingToReview)?;
        acts.push(match ruling {
            Ruling::Approved => Action::Approve(entered),
            Ruling::Returned => Action::Return(entered),
        });
    }
    if *forms {
        acts.push(Action::EnterForm(entering()));
    }
    if *chooses {
        acts.push(Action::Resolve(entering()));
    }
    // Điều 11.3, 12.2: what becomes of a dossier is recorded with its document.
    if docket.is_of_life() && entering().grounds != Grounds::Decision {
        return Err(Refusal::DecisionRequired);
    }
    for proposal in removes {
        let proposed = entered(proposal).filter(|it| it.proposes);
        let first = proposed.ok_or(Refusal::NothingToReview)?.by;
        acts.push(Action::Tombstone(Officers::Second { first }));
    }
    acts.extend(moves.iter().map(|to| match to {
        Destination::Unit(to) => Action::ProposeTransfer { to: to.clone() },
        Destination::Outside { .. } => Action::SendOut,
    }));
    let done = [
        (Action::Retire, *closes),
        (Action::Reopen, *reopens),
        (Action::Tombstone(Officers::First), *proposes || *restores),
        (Action::ExplainLateness, *explains),
        (Action::VerifyPaper, *parities),
        (Action::RecordHandover, *hands_over),
        (Action::RaiseConflict, *raises),
    ];
    acts.extend(done.into_iter().filter(|(_, done)| *done).map(|(act, _)| act));
    if *serves {
        acts.push(Action::EditState(entering()));
    }
    Ok(acts)
}

/// Whether the acts may be done on a dossier that is closed: who left stays as she left, but for
/// corrections with a reason, reviews, comparisons, and her return (Điều 11.3).
///
/// # Errors
/// [`Refusal::Closed`].
pub fn withstand_closing(acts: &[Action]) -> Result<(), Refusal> {
    let lives = |act: &Action| {
        matches!(
            act,
            Action::Correct(_)
                | Action::Retire
                | Action::Reopen
                | Action::Tombstone(_)
                | Action::Approve(_)
                | Action::Return(_)
                | Action::ExplainLateness
                | Action::VerifyPaper
                | Action::Resolve(_)
                | Action::RaiseConflict
                | Action::RecordHandover
        )
    };
    if acts.iter().all(lives) { Ok(()) } else { Err(Refusal::Closed) }
}

/// Whether a change may be made to a dossier that was opened by a phiếu of which nothing is approved yet:
/// no data is entered there but by a phiếu (Điều 3.2).
///
/// # Errors
/// [`Refusal::FormNotApproved`].
pub fn withstand_lacking(touched: &Touched) -> Result<(), Refusal> {
    if touched.writes_form() { Err(Refusal::FormNotApproved) } else { Ok(()) }
}
