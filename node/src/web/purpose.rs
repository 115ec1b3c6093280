//! To what purpose a person looks under what is covered: said for one place, kept while her sitting
//! lasts, and recorded with every reading that rests on it (Điều 5, 8.1).

use std::collections::VecDeque;

use dossier::{DossierId, Role};
use pages::cover::{Cover, Outside};
use pages::frame::Place as Menu;

use super::answer::{Answer, status_of, troubled};
use super::routes::{Asked, Form, Outcome, text};
use super::shown::dossier_of;
use super::visit::Visit;
use crate::audit::Claim;
use crate::cli::shared::{Asker, CliError};
use crate::grant::{PURPOSES, purpose};

/// Places that stay uncovered in one sitting; the one uncovered first is covered again.
const OPEN: usize = 32;

/// What may be uncovered for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A dossier and the forms that write to it.
    Dossier(DossierId),
    /// What waits for review.
    Reviews,
}

impl Place {
    /// The page of the place.
    fn address(self) -> String {
        match self {
            Self::Dossier(id) => format!("/ho-so/{id}"),
            Self::Reviews => "/kiem-duyet".to_owned(),
        }
    }
}

/// What a person said to be looking for, and on which document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    purpose: String,
    document: String,
}

impl Said {
    fn of(form: &Form) -> Self {
        let document = text(form, "van-ban").to_owned();
        Self { purpose: purpose(text(form, "muc-dich")), document }
    }

    /// As the node is told it.
    fn claim(self) -> Claim {
        let Self { purpose, document } = self;
        Claim { unmask: !purpose.is_empty(), purpose, document, ..Claim::default() }
    }
}

/// What is uncovered in a sitting.
#[derive(Debug, Clone, Default)]
pub(super) struct Purposes {
    open: VecDeque<(Place, Said)>,
    last: String,
}

impl Purposes {
    /// Uncovers a place.
    pub(super) fn open(&mut self, place: Place, said: Said) {
        self.cover(place);
        self.last.clone_from(&said.purpose);
        self.open.push_back((place, said));
        if self.open.len() > OPEN {
            self.open.pop_front();
        }
    }

    /// Covers it again.
    pub(super) fn cover(&mut self, place: Place) {
        self.open.retain(|(known, _)| *known != place);
    }

    /// What was said to uncover a place.
    pub(super) fn said(&self, place: Place) -> Option<Said> {
        self.open.iter().find(|(known, _)| *known == place).map(|(_, said)| said.clone())
    }

    /// What was said last, anywhere.
    fn last(&self) -> &str {
        &self.last
    }
}

impl Visit {
    /// Asks about a place to the purpose that was said there.
    pub(super) fn on_purpose<T>(
        &mut self,
        place: Place,
        ask: impl FnOnce(&mut Asker) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let said = self.house.sittings.purposes(&self.name).said(place);
        self.asker.claim(said.map(Said::claim).unwrap_or_default())?;
        let answer = ask(&mut self.asker);
        self.asker.claim(Claim::default())?;
        answer
    }

    /// The box in which the purpose is said, where `covered` items are covered or were.
    pub(super) fn cover(&self, place: Place, covered: usize, back: String) -> Option<Cover> {
        let purposes = self.house.sittings.purposes(&self.name);
        let said = purposes.said(place);
        let open = said.is_some();
        (open || covered > 0).then(|| Cover {
            action: format!("{}/muc-dich", place.address()),
            back,
            covered,
            purpose: said.map_or_else(|| self.usual(&purposes), |said| said.purpose),
            purposes: sentences(),
            open,
        })
    }

    /// What the person most likely looks for: what she said last, or her office.
    fn usual(&self, purposes: &Purposes) -> String {
        let of_office = match self.who.role {
            Role::Clerk => "cap-nhat",
            Role::Approver => "kiem-duyet",
            Role::Inspector => "kiem-tra",
            _ => "",
        };
        match purposes.last() {
            "" => purpose(of_office),
            last => last.to_owned(),
        }
    }

    /// The page of a dossier out of the person's reach: it opens by a document alone (Điều 8.1).
    pub(super) fn outside(&mut self, place: Place, error: &CliError) -> Outcome {
        let said = self.house.sittings.purposes(&self.name).said(place).unwrap_or_default();
        let asked = !said.document.is_empty();
        let frame = self.frame("Hồ sơ ngoài phạm vi của bạn", Menu::Dossiers)?;
        // Whoever has named no document is asked for one; whoever has is told what is wrong with it.
        let frame = if asked { troubled(frame, error) } else { frame };
        let page = Outside {
            frame,
            action: format!("{}/muc-dich", place.address()),
            purpose: said.purpose,
            document: said.document,
            purposes: sentences(),
            code: error.code.clone(),
        };
        Ok(Answer::page(&page).status(status_of(error)))
    }
}

/// Whether a refusal is for lack of reach, which a document may give.
pub(super) fn is_of_reach(error: &CliError) -> bool {
    matches!(error.code.as_str(), "UQ-0210" | "UQ-0211" | "UQ-0212")
}

fn sentences() -> Vec<&'static str> {
    PURPOSES.iter().map(|(_, sentence)| *sentence).collect()
}

/// Notes the purpose of a dossier, or covers it again.
pub(super) fn of_dossier(visit: &mut Visit, asked: &Asked) -> Outcome {
    let place = Place::Dossier(dossier_of(asked)?);
    note(visit, place, &asked.form)
}

/// Notes the purpose of what waits for review, or covers it again.
pub(super) fn of_reviews(visit: &mut Visit, asked: &Asked) -> Outcome {
    note(visit, Place::Reviews, &asked.form)
}

fn note(visit: &mut Visit, place: Place, form: &Form) -> Outcome {
    let sittings = &visit.house.sittings;
    let back = back(place, form);
    if text(form, "che") == "1" {
        sittings.with_purposes(&visit.name, |purposes| purposes.cover(place));
        return Ok(Answer::go(back));
    }
    let said = Said::of(form);
    if said.purpose.is_empty() {
        let error = CliError::usage("HS-0421", "Chưa ghi mục đích xem.")
            .hint("Chọn một mục đích có sẵn hoặc tự ghi; mục đích được ghi vào nhật ký (Điều 5).");
        return Ok(visit.refuse(&error, &back));
    }
    sittings.with_purposes(&visit.name, |purposes| purposes.open(place, said));
    Ok(Answer::go(back))
}

/// The page of the place that the box stood on; no other.
fn back(place: Place, form: &Form) -> String {
    let (address, back) = (place.address(), text(form, "ve"));
    let rest = back.strip_prefix(&address);
    let within = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#']));
    if within { back.to_owned() } else { address }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(purpose: &str) -> Said {
        Said { purpose: purpose.to_owned(), document: String::new() }
    }

    fn place(number: u8) -> Place {
        Place::Dossier(DossierId::from_bytes([number; 16]))
    }

    #[test]
    fn a_purpose_uncovers_its_own_place_until_it_is_covered_again() {
        let mut purposes = Purposes::default();
        purposes.open(place(1), said("xác minh lý lịch"));
        assert_eq!(purposes.said(place(1)), Some(said("xác minh lý lịch")));
        assert_eq!(purposes.said(place(2)), None);
        assert_eq!(purposes.said(Place::Reviews), None);
        purposes.cover(place(1));
        assert_eq!(purposes.said(place(1)), None);
        assert_eq!(purposes.last(), "xác minh lý lịch");
    }

    #[test]
    fn few_places_stay_uncovered() {
        let mut purposes = Purposes::default();
        let many = u8::try_from(OPEN).expect("few");
        (0..=many).for_each(|number| purposes.open(place(number), said("kiểm tra")));
        assert_eq!(purposes.said(place(0)), None);
        assert!((1..=many).all(|number| purposes.said(place(number)).is_some()));
    }

    #[test]
    fn what_is_typed_becomes_a_claim() {
        let form = |pairs: &[(&str, &str)]| -> Form {
            pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
        };
        let claim = Said::of(&form(&[("muc-dich", " xac-minh "), ("van-ban", "12/SNV")])).claim();
        assert!(claim.unmask);
        assert_eq!(
            (claim.purpose.as_str(), claim.document.as_str()),
            ("xác minh lý lịch", "12/SNV")
        );
        assert!(!Said::of(&form(&[])).claim().unmask);
    }
}
