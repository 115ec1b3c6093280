//! Calendars that are refused, and counts that can't be made.

use super::*;

fn year_of(days: Vec<SpecialDay>) -> Result<CalendarYear, CalendarError> {
    CalendarYear::new(2014, 1, "CV 6".to_owned(), days)
}

#[test]
fn a_malformed_year_is_refused_with_the_day() {
    use SpecialKind::{Compensation, Holiday, SwappedOff, SwappedWork};
    let (monday, tuesday, saturday) = (date(2014, 9, 1), date(2014, 9, 2), date(2014, 9, 6));
    let holiday = |day| special(day, Holiday, None);
    let cases = [
        (vec![holiday(tuesday), holiday(tuesday)], CalendarError::Twice(tuesday)),
        (
            vec![holiday(monday), special(monday, SwappedOff, Some(saturday))],
            CalendarError::Twice(monday),
        ),
        (vec![holiday(tuesday), holiday(monday)], CalendarError::Order(monday)),
        (
            vec![holiday(date(2015, 1, 1))],
            CalendarError::Elsewhere { year: 2014, day: date(2015, 1, 1) },
        ),
        (vec![special(saturday, Compensation, None)], CalendarError::Weekday(saturday)),
        (vec![special(saturday, SwappedOff, None)], CalendarError::Weekday(saturday)),
        (vec![special(monday, SwappedWork, None)], CalendarError::Weekday(monday)),
        (vec![special(monday, SwappedOff, None)], CalendarError::Swap(monday)),
        (vec![special(monday, SwappedOff, Some(saturday))], CalendarError::Swap(monday)),
        (vec![special(monday, SwappedOff, Some(monday))], CalendarError::Swap(monday)),
        (vec![special(monday, SwappedOff, Some(date(2016, 1, 2)))], CalendarError::Swap(monday)),
        (vec![special(tuesday, Holiday, Some(date(2015, 1, 3)))], CalendarError::Swap(tuesday)),
        (
            vec![
                special(monday, SwappedOff, Some(saturday)),
                special(saturday, SwappedWork, Some(tuesday)),
            ],
            CalendarError::Swap(monday),
        ),
        (
            vec![SpecialDay { reason: " ".to_owned(), ..holiday(monday) }],
            CalendarError::Text(monday),
        ),
        (
            vec![SpecialDay { document: "x".repeat(513), ..holiday(monday) }],
            CalendarError::Text(monday),
        ),
    ];
    for (days, error) in cases {
        assert_eq!(year_of(days), Err(error));
    }
}

#[test]
fn a_malformed_head_is_refused() {
    let build = |year, version, document: &str| {
        CalendarYear::new(year, version, document.to_owned(), Vec::new())
    };
    assert_eq!(build(1899, 1, "CV"), Err(CalendarError::Year(1899)));
    assert_eq!(build(i16::MAX, 1, "CV"), Err(CalendarError::Year(i16::MAX)));
    assert_eq!(build(2014, 0, "CV"), Err(CalendarError::Head(2014)));
    assert_eq!(build(2014, 1, ""), Err(CalendarError::Head(2014)));
    let many = (0..121).map(|day| {
        special(date(2014, 1, 1) + jiff::Span::new().days(day), SpecialKind::Holiday, None)
    });
    assert_eq!(year_of(many.collect()), Err(CalendarError::TooMany { year: 2014, days: 121 }));
}

#[test]
fn the_serialised_year_is_canonical_and_checked() {
    let year = autumn_2014();
    let text = serde_json::to_string(&year).expect("serialises");
    assert_eq!(serde_json::from_str::<CalendarYear>(&text).expect("reads"), year);
    assert!(text.starts_with(r#"{"year":2014,"version":1,"document":"CV 1","days":[{"day":"2014-09-01","kind":"swapped_off""#));
    for (from, to) in [
        ("2014-09-02", "2014-09-01"),
        ("\"2014-09-02\"", "\"20140902\""),
        ("\"2014-09-02\"", "\"2014-09-31\""),
        ("\"version\":1", "\"version\":0"),
        ("\"version\":1", "\"version\":1,\"extra\":1"),
        ("\"holiday\"", "\"party\""),
    ] {
        assert!(text.contains(from), "{from}");
        let bent = text.replacen(from, to, 1);
        assert!(serde_json::from_str::<CalendarYear>(&bent).is_err(), "{bent}");
    }
}

#[test]
fn a_fork_is_refused_and_an_older_version_changes_nothing() {
    let mut calendar = calendar();
    let other =
        |version| CalendarYear::new(2014, version, "CV 7".to_owned(), Vec::new()).expect("a year");
    assert_eq!(calendar.insert(other(1)), Err(CalendarError::Fork { year: 2014, version: 1 }));
    assert_eq!(calendar.insert(autumn_2014()), Ok(false));
    assert_eq!(calendar.insert(other(3)), Ok(true));
    assert_eq!(calendar.insert(other(2)), Ok(false));
    assert_eq!(calendar.decided(2014).map(CalendarYear::version), Some(3));
    assert_eq!(calendar.kind_of(date(2014, 9, 2)), Ok(DayKind::Working));
}

#[test]
fn no_count_runs_without_end() {
    let calendar = calendar();
    let (first, last) = (date(1900, 1, 1), date(2200, 12, 31));
    let outside = CountError::OutOfRange;
    assert_eq!(calendar.add_working_days(first, 10_001), Err(CountError::TooMany));
    assert_eq!(calendar.add_working_days(first, u32::MAX), Err(CountError::TooMany));
    assert!(calendar.add_working_days(first, 10_000).is_ok());
    assert_eq!(calendar.working_days_between(first, last), Err(CountError::TooMany));
    assert_eq!(calendar.add_working_days(Date::MAX, 1), Err(outside(Date::MAX)));
    assert_eq!(calendar.add_working_days(last, 1), Err(outside(date(2201, 1, 1))));
    assert_eq!(calendar.working_days_between(Date::MIN, last), Err(outside(Date::MIN)));
    assert_eq!(calendar.working_days_between(last, Date::MAX), Err(outside(Date::MAX)));
    assert_eq!(calendar.kind_of(date(1899, 12, 31)), Err(outside(date(1899, 12, 31))));
    assert!(calendar.count_calendar_days(Date::MAX, 1).is_err());
    assert!(calendar.days_of(i16::MIN).is_empty() && calendar.days_of(i16::MAX).is_empty());
}

#[test]
fn a_gap_between_decided_years_is_provisional() {
    let far = CalendarYear::new(2020, 1, "CV 8".to_owned(), Vec::new()).expect("a year");
    let calendar = Calendar::new([far, autumn_2014()]).expect("a calendar");
    let count = calendar.count_working_days(date(2014, 12, 25), 10).expect("a count");
    assert!(count.provisional, "it goes on in 2015");
    assert!(!calendar.is_provisional_between(date(2014, 1, 1), date(2014, 12, 31)));
    assert!(calendar.is_provisional_between(date(2014, 1, 1), date(2020, 12, 31)));
    assert_eq!(calendar.working_days_between(date(2015, 4, 27), date(2015, 5, 4)), Ok(2));
}
