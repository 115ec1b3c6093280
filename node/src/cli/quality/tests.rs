//! Faults that were put in, on the way from a dossier to the figures of its unit.

use std::collections::BTreeMap;

use dossier::docket::Life;
use dossier::document::View;
use dossier::{DossierId, Hash, LegalBasis, PartialDate, Review, Role, Value};
use jiff::civil::Date;
use protocol::core::{Surveyed, SurveyedChange};
use protocol::envelope::Meta;

use super::*;
use crate::survey::{Appraiser, Packed};

const TODAY: Date = Date::constant(2026, 7, 1);

fn day(text: &str) -> PartialDate {
    text.parse().expect("a day")
}

fn change(number: u8, on: Date, waits: bool) -> SurveyedChange {
    let basis = LegalBasis::Decision {
        issuer: "UBND huyện".to_owned(),
        number: format!("{number}/QĐ"),
        signed_on: day("2026-03-02"),
        effective_on: None,
        scan: None,
    };
    let review = if waits { Review::Awaiting } else { Review::NotRequired };
    let at = on.to_zoned(jiff::tz::TimeZone::UTC).expect("a moment").timestamp();
    SurveyedChange {
        change: Hash::from_bytes([number; 32]),
        at_seconds: at.as_second(),
        opens: number == 0,
        waits,
        meta: Meta { person: "Tú".to_owned(), role: Role::Clerk, basis, review },
    }
}

/// A dossier in which nothing is wrong but that it says little.
fn sound() -> Surveyed {
    let fields = [
        ("full_name", Value::Text("Bùi Thị Hòa".to_owned())),
        ("birth_date", Value::Date(day("1985-09-02"))),
    ];
    let fields: BTreeMap<_, _> =
        fields.map(|(name, value)| (name.parse().expect("a field"), value)).into();
    let view = View { fields, ..View::default() };
    Surveyed {
        dossier: DossierId::from_bytes([1; 16]),
        unit: "d150".parse().expect("a unit"),
        reviewed: view.clone(),
        view,
        changes: vec![
            change(0, Date::constant(2026, 3, 3), false),
            change(1, Date::constant(2026, 3, 4), false),
        ],
        first_written: BTreeMap::new(),
        writers: BTreeMap::new(),
        conflicts: 0,
        life: Life::default(),
        moves: Vec::new(),
        kept_since: None,
        reasons: BTreeMap::new(),
        matched: true,
    }
}

fn figures_of(surveyed: &Surveyed) -> Figures {
    let files = config::Files::embedded();
    let tree = config::load_tree(&files).expect("a tree");
    let calendar = config::load_calendar(&files).expect("a calendar");
    let mut appraiser = Appraiser::new().expect("a form");
    appraiser.turn_to(TODAY, 1);
    let packed: Packed = appraiser.take(surveyed, Hash::ZERO, &tree);
    let profile = dossier::deadline::Profile::default();
    let bench = Bench { as_of: TODAY, calendar: &calendar, profile: &profile };
    figures(&packed.open().expect("an appraisal"), &bench)
}

// each fault that is put into a dossier shows in the figures of its unit, and in its own alone.
#[test]
fn every_fault_that_was_put_in_shows() {
    let before = figures_of(&sound());
    assert_eq!((before.conflicts, before.unreviewed, before.unmatched), (0, 0, 0));
    assert_eq!((before.errors, before.unexplained), (before.missing, 0), "{before:?}");

    let mut met = sound();
    met.conflicts = 2;
    assert_eq!(figures_of(&met), Figures { conflicts: 2, ..before });

    let mut waiting = sound();
    waiting.changes.push(change(2, Date::constant(2026, 3, 5), true));
    assert_eq!(figures_of(&waiting), Figures { unreviewed: 1, ..before });

    let unmatched = Surveyed { matched: false, ..sound() };
    assert_eq!(figures_of(&unmatched), Figures { unmatched: 1, ..before });

    let mut late = sound();
    late.changes.push(change(2, Date::constant(2026, 6, 1), false));
    assert_eq!(figures_of(&late), Figures { unexplained: 1, ..before });

    let mut emptied = sound();
    emptied.reviewed.fields.remove(&"birth_date".parse().expect("a field"));
    let missing = figures_of(&emptied);
    assert_eq!(missing.missing, before.missing + 1);

    let mut wrong = sound();
    let birth = "birth_date".parse().expect("a field");
    wrong.reviewed.fields.insert(birth, Value::Date(day("2090-01-01")));
    let wrong = figures_of(&wrong);
    assert_eq!((wrong.faulty, wrong.missing), (1, before.missing));
    assert!(wrong.errors > before.errors, "{wrong:?}");
}
