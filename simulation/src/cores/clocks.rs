//! The deadline judge in layer 1: what a node tells of its obligations, by the decisions on the
//! calendar that it has heard of, against an independent count.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use dossier::{
    Hash, LegalBasis, PartialDate,
    calendar::Calendar,
    deadline::Profile,
    obligation::{Bench, Matter},
};
use node::survey::Appraiser;
use protocol::Table;

use super::life::Life;
use super::reading::holdings;
use crate::checker::deadline::{Almanac, Term, faults};

/// The program's own table of days, read by the judge as text.
const DAYS: &str = include_str!("../../../config/calendar/days.csv");
/// Working days in which a change is entered, by Điều 9.2 and by the setting of this province.
const DAYS_TO_ENTER: u32 = 15;
/// The day that is asked about.
const ASKED_ON: &str = "2026-06-30";

static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| {
    config::load_calendar(&config::Files::embedded()).expect("the embedded calendar is one")
});
static ALMANAC: LazyLock<Almanac> = LazyLock::new(|| Almanac::read(DAYS));

thread_local! {
    static APPRAISER: RefCell<Appraiser> =
        RefCell::new(Appraiser::new().expect("the embedded form is one"));
}

/// The calendar of the program.
pub(super) fn calendar() -> &'static Calendar {
    &CALENDAR
}

impl Life {
    /// One machine is asked what is owed for the dossiers it holds.
    pub(super) fn judge_deadlines(&mut self, seed: u64) {
        let places: Vec<usize> = self.places().collect();
        let Some(place) = places.get(self.luck.below(places.len() as u64) as usize).copied() else {
            return;
        };
        let mut almanac = ALMANAC.clone();
        let store = &self.world.nodes[place].store;
        let heard = |id: &Hash| store.row(Table::Notice, id.as_bytes()).is_some();
        // The newest decision on the year is in force, and it alone.
        if let Some((_, day)) = self.office.decisions.iter().rev().find(|(id, _)| heard(id)) {
            almanac.note(day, false);
        }
        let held = holdings(store).unwrap_or_default();
        for (dossier, _) in held {
            let Some(reading) = self.read(place, &dossier) else { continue };
            let owed: BTreeMap<Hash, Term> = reading
                .cases
                .all
                .iter()
                .filter(|case| !case.deed.opens)
                .filter_map(|case| {
                    Some((case.change, (signed_on(&case.meta.basis)?, DAYS_TO_ENTER)))
                })
                .collect();
            let told = self.told(place, &dossier, seed);
            for words in faults(&told, &owed, &almanac) {
                self.world.violate("deadline", format!("{words}, at {place}"));
            }
        }
    }

    /// What a node tells of entries that were owed: the last day of each.
    fn told(
        &mut self,
        place: usize,
        dossier: &dossier::DossierId,
        seed: u64,
    ) -> BTreeMap<Hash, String> {
        let node = &mut self.world.nodes[place];
        let Ok(Some(surveyed)) = node.core.survey(dossier, &node.store) else {
            return BTreeMap::new();
        };
        let as_of = ASKED_ON.parse::<PartialDate>().ok().and_then(PartialDate::civil);
        let as_of = as_of.expect("a day");
        let (board, tree) = (node.core.board(), &node.core.tree().tree);
        let facts = APPRAISER.with_borrow_mut(|appraiser| {
            appraiser.turn_to(as_of, seed);
            appraiser.appraise(&surveyed, tree).facts
        });
        let calendar = board.calendar().over(calendar());
        let bench = Bench { as_of, calendar: &calendar, profile: &Profile::REGULATION_2014 };
        let owed = bench.of_dossier(&facts).into_iter();
        owed.filter_map(|it| match it.matter {
            Matter::Entry(change) => Some((change, it.due.last_on_time.to_string())),
            _ => None,
        })
        .collect()
    }
}

/// The day from which the term of an entry counts (Điều 9.2).
fn signed_on(basis: &LegalBasis) -> Option<String> {
    match basis {
        LegalBasis::Decision { signed_on, effective_on, .. }
        | LegalBasis::OfKind { signed_on, effective_on, .. } => {
            Some((*signed_on).max(effective_on.unwrap_or(*signed_on)).to_string())
        }
        LegalBasis::Declaration { signed_on } => Some(signed_on.to_string()),
        LegalBasis::Received { received_on, .. } => Some(received_on.to_string()),
        LegalBasis::Correction { .. } | LegalBasis::Import { .. } | LegalBasis::Office => None,
    }
}
