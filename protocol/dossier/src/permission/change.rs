//! A change as the acts it is.

use super::{Action, Entering, Grounds};
use crate::UnitId;
use crate::basis::{LegalBasis, Review};
use crate::form::{Sides, Touched};

/// The acts that one change to a dossier kept by `custodian` is (Điều 9); each must be allowed.
///
/// The change that opens a dossier puts in what the person filled in and what was decided on her,
/// whichever it rests on (Điều 9.1 b). Of a field that both sides change, the basis tells the side.
pub fn acts_of(
    basis: &LegalBasis,
    review: Review,
    touched: Touched,
    sides: &Sides,
    custodian: &UnitId,
) -> Vec<Action> {
    if touched.opens {
        return vec![Action::CreateDossier { unit: custodian.clone(), review }];
    }
    let grounds = Grounds::of(basis);
    let entering = || Entering { grounds, sections: sides.sections(touched), review };
    let declared = grounds == Grounds::Declaration;
    let mut acts = Vec::new();
    // Điều 3.1, 12.2: what is said of an attached file has acts of its own.
    acts.extend(touched.attaches.then(|| Action::Attach(entering())));
    acts.extend(touched.detaches.then(|| Action::RemoveAttachment(entering())));
    if !acts.is_empty() && !touched.writes_form() {
        return acts;
    }
    acts.extend(match grounds {
        // What does not say on what it rests is told to.
        Grounds::Correction | Grounds::Missing => vec![Action::Correct(entering())],
        _ if touched.state && touched.personal => {
            vec![Action::EditState(entering()), Action::EditPersonal(entering())]
        }
        _ if touched.personal || (declared && !touched.state) => {
            vec![Action::EditPersonal(entering())]
        }
        _ => vec![Action::EditState(entering())],
    });
    acts
}
