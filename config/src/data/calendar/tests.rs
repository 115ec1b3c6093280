//! The decided years against independent counts, and tables that are refused.

use dossier::calendar::DayKind;
use jiff::civil::{Weekday, date};

use super::*;
use crate::load_calendar;

/// Events and terms with their last day, counted by other programs.
const VECTORS: &str = include_str!("working_day_vectors.csv");
/// Working days of each year, counted by other programs.
const PER_YEAR: &str = include_str!("working_days_per_year.csv");

fn calendar() -> Calendar {
    load_calendar(&Files::embedded()).expect("the embedded calendar")
}

// R-9.1b, R-9.2a: known terms end on the day that other programs counted.
#[test]
fn every_known_term_ends_on_its_day() {
    let calendar = calendar();
    let rows = table::read("vectors", VECTORS).expect("a table");
    assert_eq!(rows.len(), 10);
    for row in rows {
        let start: Date = row.parsed("event_date").expect("a date");
        let number: u32 = row.parsed("working_days").expect("a number");
        let last: Date = row.parsed("last_on_time_day").expect("a date");
        let count = calendar.count_working_days(start, number).expect("in range");
        assert_eq!((count.last, count.provisional), (last, false), "{}", row.get("why"));
        assert_eq!(calendar.working_days_between(start, last), Ok(number), "{}", row.get("why"));
    }
}

#[test]
fn every_year_has_its_number_of_working_days() {
    let calendar = calendar();
    let rows = table::read("years", PER_YEAR).expect("a table");
    assert_eq!(rows.len(), calendar.decided_years().count());
    for row in rows {
        let year: i16 = row.parsed("year").expect("a year");
        let expected: u32 = row.parsed("working_days").expect("a number");
        let counted = calendar.working_days_between(date(year - 1, 12, 31), date(year, 12, 31));
        assert_eq!(counted, Ok(expected), "{year}");
        assert!(!calendar.is_provisional(year), "{year}");
    }
    assert!(calendar.is_provisional(2013) && calendar.is_provisional(2027));
}

/// What the law alone gives is what was announced, swaps apart: the rule can be trusted for years
/// to come. Tết of 2014 began one day before mùng 1, since then two.
#[test]
fn the_announced_years_are_the_provisional_ones_but_for_swaps() {
    let (decided, assumed) = (calendar(), Calendar::provisional());
    let off = |calendar: &Calendar, year| -> Vec<Date> {
        let holiday = |special: &&SpecialDay| {
            !special.kind.is_swap()
                && !matches!(special.day.weekday(), Weekday::Saturday | Weekday::Sunday)
        };
        calendar.days_of(year).iter().filter(holiday).map(|special| special.day).collect()
    };
    for year in 2015..=2026 {
        assert_eq!(off(&assumed, year), off(&decided, year), "{year}");
    }
}

#[test]
fn the_thirteen_swaps_are_pairs() {
    let calendar = calendar();
    let swapped: Vec<&SpecialDay> = calendar
        .decided_years()
        .flat_map(CalendarYear::days)
        .filter(|special| special.kind == SpecialKind::SwappedOff)
        .collect();
    assert_eq!(swapped.len(), 13);
    for off in swapped {
        let work = off.paired.expect("a pair");
        assert!(matches!(calendar.kind_of(off.day), Ok(DayKind::SwappedOff(_))), "{}", off.day);
        assert!(matches!(calendar.kind_of(work), Ok(DayKind::SwappedWork(_))), "{work}");
    }
}

#[test]
fn a_wrong_line_is_named() {
    let files = Files::embedded();
    let (years, days) = (files.text(YEARS).expect("text"), files.text(DAYS).expect("text"));
    let line_3 = days.lines().nth(2).expect("a line");
    let refused = |file: &str, text: &str| {
        let over = |name: &str| (name == file).then(|| text.to_owned());
        match load_calendar(&Files::overridden(&over)) {
            Err(DataError::Table { file, line, .. } | DataError::Calendar { file, line, .. }) => {
                (file, line)
            }
            other => panic!("{other:?}"),
        }
    };
    for (from, to, line) in [
        ("2014-01-25,T7", "2014-01-25,T6", 3),
        ("2014-01-25,T7", "2014-01-26,T7", 3),
        ("2014-01-25,T7", "2014-13-25,T7", 3),
        ("2014-01-25,T7,swap_work", "2014-01-25,T7,swap", 3),
        ("2014-01-25,T7,swap_work", "2014-01-25,T7,swap_off", 3),
        ("2014-01-28,yes", "2014-01-30,yes", 3),
        (line_3, &format!("{line_3}\n{line_3}"), 4),
        ("2014-04-09,T4", "2013-04-09,T3", 12),
        ("2014-12-27,T7,swap_work", "2014-12-28,CN,swap_work", 20),
    ] {
        assert!(days.contains(from), "{from}");
        let expected = (DAYS.to_owned(), line);
        assert_eq!(refused(DAYS, &days.replacen(from, to, 1)), expected, "{to}");
    }
    for (from, to, line) in [
        ("2015,1,", "2014,1,", 3),
        ("2015,1,", "1815,1,", 3),
        ("2015,1,", "2015,0,", 3),
        ("2015,1,", "2015,eins,", 3),
    ] {
        let expected = (YEARS.to_owned(), line);
        assert_eq!(refused(YEARS, &years.replacen(from, to, 1)), expected, "{to}");
    }
    let short: String = years.lines().take(13).map(|line| format!("{line}\n")).collect();
    assert_eq!(refused(YEARS, &short).0, DAYS, "days of a year that is not named");
}
