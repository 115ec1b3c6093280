//! The two time axes: what holds in law on a day, as far as it was recorded by a day.
//!
//! A decision is recorded after it was signed and may hold from another day than either. Every writing
//! has both days; asking for one place on two days picks the writing that stood there.
//!
//! **Invariant:** what is recorded later never changes an answer about an earlier recorded day.

use jiff::civil::Date;

use crate::LegalBasis;

/// Where a writing stands in both axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// From when it holds in law; `None` where its basis names no day, so that it holds as long as
    /// nothing is known to have held before.
    pub effective: Option<Date>,
    /// The day it was recorded, by the writer's clock.
    pub recorded: Date,
}

/// From when what rests on `basis` holds: the decision's effect, the declaration's day. Of a month or a
/// year, its first day. A correction holds as what it corrects: `corrected`.
pub fn effective(basis: &LegalBasis, corrected: Option<Date>) -> Option<Date> {
    let day = match basis {
        LegalBasis::Decision { signed_on, effective_on, .. }
        | LegalBasis::OfKind { signed_on, effective_on, .. } => effective_on.unwrap_or(*signed_on),
        LegalBasis::Declaration { signed_on } | LegalBasis::Received { signed_on, .. } => {
            *signed_on
        }
        LegalBasis::Correction { .. } => return corrected,
        LegalBasis::Import { .. } | LegalBasis::Office => return None,
    };
    let (year, month, date) = day.parts();
    let [month, date] = [month, date].map(|part| i8::try_from(part.unwrap_or(1)).unwrap_or(1));
    Date::new(year, month, date).ok()
}

/// The writing of a place that holds on the day `effective`, as it was known at the end of `known`; the
/// place of it in `writings`, which are in the order in which they were made.
///
/// Of those that hold, the one with the latest effect stands; a back-dated decision that is entered late
/// thus governs its own time, and nothing of what a later decision brought.
pub fn standing(writings: &[Moment], effective: Date, known: Date) -> Option<usize> {
    let holds = |writing: &&(usize, &Moment)| {
        writing.1.recorded <= known && writing.1.effective.is_none_or(|day| day <= effective)
    };
    let written: Vec<(usize, &Moment)> = writings.iter().enumerate().collect();
    let latest = written.iter().filter(holds).max_by_key(|(place, it)| (it.effective, *place));
    latest.map(|(place, _)| *place)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(effective: Option<Date>, recorded: Date) -> Moment {
        Moment { effective, recorded }
    }

    // R-9.2a.1: effective day and recorded day are two axes; a back-dated decision governs its time.
    #[test]
    fn a_back_dated_decision_governs_its_own_time() {
        let imported = at(None, date(2020, 1, 10));
        let raised = at(Some(date(2023, 1, 1)), date(2023, 1, 20));
        let late = at(Some(date(2021, 6, 1)), date(2024, 2, 1));
        let writings = [imported, raised, late];
        let asked = |effective, known| standing(&writings, effective, known);
        let (old, between, new) = (date(2020, 6, 1), date(2022, 1, 1), date(2023, 6, 1));
        assert_eq!(
            [old, between, new].map(|day| asked(day, date(2024, 3, 1))),
            [Some(0), Some(2), Some(1)]
        );
        // Before it was recorded nobody knew of it.
        assert_eq!(
            [old, between, new].map(|day| asked(day, date(2024, 1, 31))),
            [Some(0), Some(0), Some(1)]
        );
        assert_eq!(asked(new, date(2020, 1, 9)), None);
    }

    #[test]
    fn what_is_recorded_later_changes_no_earlier_answer() {
        let mut writings = vec![at(Some(date(2020, 1, 1)), date(2020, 2, 1))];
        let before = standing(&writings, date(2022, 1, 1), date(2021, 1, 1));
        for year in 2021..2030 {
            writings.push(at(Some(date(year - 5, 1, 1)), date(year, 6, 1)));
            assert_eq!(standing(&writings, date(2022, 1, 1), date(2021, 1, 1)), before, "{year}");
        }
    }

    #[test]
    fn a_basis_tells_from_when_it_holds() {
        let decision = |effective: Option<&str>| LegalBasis::Decision {
            issuer: "UBND".to_owned(),
            number: "1".to_owned(),
            signed_on: "2024-03-15".parse().expect("a day"),
            effective_on: effective.map(|day| day.parse().expect("a day")),
            scan: None,
        };
        assert_eq!(effective(&decision(None), None), Some(date(2024, 3, 15)));
        assert_eq!(effective(&decision(Some("2024-04")), None), Some(date(2024, 4, 1)));
        let corrected = LegalBasis::Correction { reason: "gõ nhầm".to_owned() };
        let of_then = Some(date(2019, 5, 1));
        assert_eq!(effective(&corrected, of_then), of_then);
    }
}
