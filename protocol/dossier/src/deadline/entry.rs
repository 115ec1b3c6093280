//! How promptly a change was entered, by the document it rests on (Điều 9.2).

use jiff::civil::Date;

use super::{Clock, Due, Facts, Profile, State, due};
use crate::LegalBasis;
use crate::calendar::{Calendar, CountError};

/// The term in which a change on `basis` was to be entered, and how its entry on `entered` stands
/// to it; `None` for a basis that starts no clock or whose day is not known.
///
/// # Errors
/// [`CountError`] when a day lies outside the calendar or its limits.
pub fn of_entry(
    basis: &LegalBasis,
    entered: Date,
    calendar: &Calendar,
    profile: &Profile,
) -> Result<Option<(Due, State)>, CountError> {
    // Of a declaration without a day of receipt nothing is said here (Điều 9.2 b).
    if let LegalBasis::Received { received_on, .. } = basis {
        let facts = Facts { received_on: received_on.civil(), ..Facts::default() };
        return judge(Clock::PersonChange, &facts, entered, calendar, profile);
    }
    let Some(decided) = basis.decision() else { return Ok(None) };
    let Some(signed_on) = decided.signed_on.civil() else { return Ok(None) };
    let effective_on = match decided.effective_on {
        Some(day) => match day.civil() {
            Some(day) => day,
            None => return Ok(None),
        },
        None => signed_on,
    };
    let facts = Facts { effective_on: Some(effective_on), ..Facts::signed(signed_on) };
    judge(Clock::StateChange, &facts, entered, calendar, profile)
}

fn judge(
    clock: Clock,
    facts: &Facts,
    entered: Date,
    calendar: &Calendar,
    profile: &Profile,
) -> Result<Option<(Due, State)>, CountError> {
    let Some(due) = due(clock, facts, calendar, profile)? else { return Ok(None) };
    let state = due.state(Some(entered), entered, calendar)?;
    Ok(Some((due, state)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::deadline::Lateness;

    fn decision(signed_on: &str, effective_on: Option<&str>) -> LegalBasis {
        LegalBasis::Decision {
            issuer: "UBND huyện".to_owned(),
            number: "1/QĐ".to_owned(),
            signed_on: signed_on.parse().expect("date"),
            effective_on: effective_on.map(|day| day.parse().expect("date")),
            scan: None,
        }
    }

    fn entered(basis: &LegalBasis, on: Date) -> Option<(Date, State)> {
        let calendar = Calendar::provisional();
        let found = of_entry(basis, on, &calendar, &Profile::REGULATION_2014).expect("counted");
        found.map(|(due, state)| (due.last_on_time, state))
    }

    #[test]
    fn an_entry_is_late_from_the_day_after_the_fifteenth() {
        // 15 working days after Friday 6/3/2026, without a holiday between.
        let basis = decision("2026-03-06", None);
        let last = date(2026, 3, 27);
        let on_time = State::Met { late_by: Lateness::default() };
        assert_eq!(entered(&basis, last), Some((last, on_time)));
        let late_by = Lateness { days: 3, working_days: 1 };
        assert_eq!(entered(&basis, date(2026, 3, 30)), Some((last, State::Met { late_by })));
    }

    #[test]
    fn the_later_of_signing_and_effect_counts() {
        let last = entered(&decision("2026-03-06", Some("2026-03-16")), date(2026, 3, 20));
        assert_eq!(last.map(|(last, _)| last), Some(date(2026, 4, 6)));
        let backdated = entered(&decision("2026-03-06", Some("2025-01-01")), date(2026, 3, 20));
        assert_eq!(backdated.map(|(last, _)| last), Some(date(2026, 3, 27)));
    }

    #[test]
    fn without_a_whole_day_or_a_decision_no_clock_runs() {
        for basis in [
            decision("2026-03", None),
            decision("2026-03-06", Some("2026")),
            LegalBasis::Declaration { signed_on: "2026-03-06".parse().expect("date") },
            LegalBasis::Correction { reason: "ghi nhầm".to_owned() },
        ] {
            assert_eq!(entered(&basis, date(2026, 5, 4)), None, "{basis:?}");
        }
    }
}
