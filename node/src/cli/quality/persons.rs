//! What each person who enters wrote, how much of it late, and what of it is wrong (Điều 16.2).

use std::collections::BTreeMap;

use dossier::Hash;
use dossier::deadline::State;
use dossier::obligation::{Bench, Matter};
use serde_json::{Value as Json, json};

use crate::cli::desk::Desk;
use crate::survey::Appraisal;

/// The figures of a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Written {
    /// Changes.
    changes: u32,
    /// Changes that had a last day.
    timed: u32,
    /// Of these, entered after it.
    late: u32,
    /// Values of hers that stand and are errors.
    errors: u32,
}

/// The figures of every person who wrote something.
fn persons(
    appraisals: impl Iterator<Item = Appraisal>,
    bench: &Bench<'_>,
) -> BTreeMap<String, Written> {
    let mut persons: BTreeMap<String, Written> = BTreeMap::new();
    for appraisal in appraisals {
        let authors: BTreeMap<&Hash, &String> =
            appraisal.authors.iter().map(|(change, person)| (change, person)).collect();
        for person in authors.values() {
            persons.entry((*person).clone()).or_default().changes += 1;
        }
        for owed in bench.of_dossier(&appraisal.facts) {
            let Matter::Entry(change) = owed.matter else { continue };
            let (Some(person), State::Met { late_by }) = (authors.get(&change), owed.state) else {
                continue;
            };
            let written = persons.entry((*person).clone()).or_default();
            written.timed += 1;
            written.late += u32::from(late_by.is_late());
        }
        for (person, errors) in &appraisal.wrong {
            persons.entry(person.clone()).or_default().errors += errors;
        }
    }
    persons
}

/// Tells the figures of persons.
pub(super) fn tell(
    desk: &mut Desk<'_>,
    appraisals: impl Iterator<Item = Appraisal>,
    bench: &Bench<'_>,
) {
    let persons = persons(appraisals, bench);
    if desk.out.is_json() {
        let rows: Vec<Json> = persons
            .iter()
            .map(|(person, it)| {
                json!({ "person": person, "changes": it.changes, "timed": it.timed,
                    "late": it.late, "errors": it.errors })
            })
            .collect();
        desk.out.answer(&json!({ "persons": rows }));
        return;
    }
    let headings = ["Người ghi", "Lần ghi", "Có hạn", "Muộn", "Giá trị lỗi"];
    let rows = persons.into_iter().map(|(person, it)| {
        let Written { changes, timed, late, errors } = it;
        [person, changes.to_string(), timed.to_string(), late.to_string(), errors.to_string()]
    });
    desk.out.table(headings, rows);
}

#[cfg(test)]
mod tests {
    use super::*;
    use dossier::obligation::{DossierFacts, Entered};
    use dossier::{DossierId, LegalBasis};
    use jiff::civil::Date;

    fn entered(number: u8, on: &str) -> Entered {
        let day = |text: &str| text.parse().expect("a day");
        let basis = LegalBasis::Decision {
            issuer: "UBND huyện".to_owned(),
            number: format!("{number}/QĐ"),
            signed_on: day("2026-03-02"),
            effective_on: None,
            scan: None,
        };
        Entered { change: Hash::from_bytes([number; 32]), on: day(on), opens: false, basis }
    }

    // every change names its author, and what came late or is wrong counts for her.
    #[test]
    fn late_and_wrong_entries_count_for_their_authors() {
        let facts = DossierFacts {
            dossier: DossierId::from_bytes([1; 16]),
            unit: "d150".parse().expect("a unit"),
            entered: vec![
                entered(1, "2026-03-03"),
                entered(2, "2026-06-01"),
                entered(3, "2026-03-04"),
            ],
            on_file: Vec::new(),
            recruited_on: None,
            moving: Vec::new(),
            kept_since: None,
            completed_on: None,
            reasons: BTreeMap::new(),
        };
        let by = |number: u8, person: &str| (Hash::from_bytes([number; 32]), person.to_owned());
        let appraisal = Appraisal {
            facts,
            complete: false,
            missing: 0,
            findings: BTreeMap::new(),
            errors: 1,
            warnings: 0,
            conflicts: 0,
            unreviewed: 0,
            status: String::new(),
            in_service: true,
            matched: false,
            authors: vec![by(1, "Tú"), by(2, "Tú"), by(3, "Mai"), by(4, "Mai")],
            wrong: BTreeMap::from([("Mai".to_owned(), 2)]),
        };
        let calendar = config::load_calendar(&config::Files::embedded()).expect("a calendar");
        let profile = dossier::deadline::Profile::default();
        let as_of = Date::constant(2026, 7, 1);
        let bench = Bench { as_of, calendar: &calendar, profile: &profile };
        let persons = persons([appraisal].into_iter(), &bench);
        let tu = Written { changes: 2, timed: 2, late: 1, errors: 0 };
        let mai = Written { changes: 2, timed: 1, late: 0, errors: 2 };
        assert_eq!(persons, BTreeMap::from([("Mai".to_owned(), mai), ("Tú".to_owned(), tu)]));
    }
}
