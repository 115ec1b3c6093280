//! Days that count and days that don't, decided and provisional years, and the rules of counting.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

mod hostile;

fn special(day: Date, kind: SpecialKind, paired: Option<Date>) -> SpecialDay {
    let reason = match kind {
        SpecialKind::Holiday => "Quốc khánh",
        SpecialKind::Compensation => "Nghỉ bù Quốc khánh",
        SpecialKind::SwappedOff => "Nghỉ hoán đổi Quốc khánh",
        SpecialKind::SwappedWork => "Làm bù Quốc khánh",
    };
    let document = "thông báo hằng năm".to_owned();
    SpecialDay { day, kind, reason: reason.to_owned(), document, paired }
}

/// The autumn of 2014: National Day on a Tuesday, the Monday before it worked on Saturday.
fn autumn_2014() -> CalendarYear {
    let (off, work) = (date(2014, 9, 1), date(2014, 9, 6));
    let days = vec![
        special(off, SpecialKind::SwappedOff, Some(work)),
        special(date(2014, 9, 2), SpecialKind::Holiday, None),
        special(work, SpecialKind::SwappedWork, Some(off)),
    ];
    CalendarYear::new(2014, 1, "CV 1".to_owned(), days).expect("a year")
}

fn calendar() -> Calendar {
    Calendar::new([autumn_2014()]).expect("a calendar")
}

#[test]
fn a_day_is_what_the_year_says_before_what_its_weekday_says() {
    let calendar = calendar();
    for (day, kind) in [
        (date(2014, 9, 1), DayKind::SwappedOff("Nghỉ hoán đổi Quốc khánh")),
        (date(2014, 9, 2), DayKind::Holiday("Quốc khánh")),
        (date(2014, 9, 3), DayKind::Working),
        (date(2014, 9, 6), DayKind::SwappedWork("Làm bù Quốc khánh")),
        (date(2014, 9, 7), DayKind::Weekend),
        (date(2026, 4, 26), DayKind::Holiday("Giỗ Tổ Hùng Vương (10/3 âm lịch)")),
        (date(2026, 4, 27), DayKind::Compensation("Nghỉ bù Giỗ Tổ Hùng Vương (10/3 âm lịch)")),
    ] {
        assert_eq!(calendar.kind_of(day), Ok(kind), "{day}");
    }
    assert!(!calendar.is_provisional(2014) && calendar.is_provisional(2015));
}

/// Each block against the announcement of its year, swaps apart.
#[test]
fn a_provisional_year_has_the_days_that_are_announced_later() {
    let calendar = Calendar::provisional();
    for (year, expected) in [
        (2016, "1/1 8/2 9/2 10/2 11/2 12/2 18/4 2/5 3/5 2/9"),
        (2017, "2/1 26/1 27/1 30/1 31/1 1/2 6/4 1/5 2/5 4/9"),
        (2020, "1/1 23/1 24/1 27/1 28/1 29/1 2/4 30/4 1/5 2/9"),
        (2022, "3/1 31/1 1/2 2/2 3/2 4/2 11/4 2/5 3/5 1/9 2/9"),
        (2023, "2/1 20/1 23/1 24/1 25/1 26/1 1/5 2/5 3/5 1/9 4/9"),
        (2026, "1/1 16/2 17/2 18/2 19/2 20/2 27/4 30/4 1/5 1/9 2/9 24/11"),
    ] {
        let off: Vec<String> = calendar
            .days_of(year)
            .iter()
            .filter(|special| !year::is_weekend(special.day))
            .map(|special| format!("{}/{}", special.day.day(), special.day.month()))
            .collect();
        assert_eq!(off.join(" "), expected, "{year}");
    }
}

#[test]
fn a_count_shows_every_day_with_its_reason() {
    let calendar = calendar();
    let count = calendar.count_working_days(date(2014, 8, 29), 3).expect("a count");
    assert_eq!((count.last, count.provisional), (date(2014, 9, 5), false));
    let lines: Vec<String> =
        count.steps(&calendar).expect("steps").iter().map(Step::to_string).collect();
    assert_eq!(
        lines,
        [
            "bỏ qua T7 30/08/2014: nghỉ hằng tuần",
            "bỏ qua CN 31/08/2014: nghỉ hằng tuần",
            "bỏ qua T2 01/09/2014: Nghỉ hoán đổi Quốc khánh",
            "bỏ qua T3 02/09/2014: Quốc khánh",
            "ngày 1: T4 03/09/2014",
            "ngày 2: T5 04/09/2014",
            "ngày 3: T6 05/09/2014",
        ]
    );
    let moved = calendar.count_calendar_days(date(2014, 8, 30), 2).expect("a count");
    assert_eq!(moved.last, date(2014, 9, 3), "an end on a swapped day off moves on");
    let roles: Vec<StepRole> =
        moved.steps(&calendar).expect("steps").iter().map(|step| step.role).collect();
    assert_eq!(roles[..2], [StepRole::Counted(1), StepRole::Counted(2)]);
    assert_eq!(roles[2..], [StepRole::PassedOver, StepRole::MovedTo]);
}

#[test]
fn a_swap_across_new_year_reaches_into_a_provisional_year() {
    let (work, off) = (date(2026, 12, 26), date(2027, 1, 4));
    let days = vec![special(work, SpecialKind::SwappedWork, Some(off))];
    let year = CalendarYear::new(2026, 1, "CV 2".to_owned(), days).expect("a year");
    let mut calendar = Calendar::provisional();
    assert_eq!(calendar.kind_of(off), Ok(DayKind::Working));
    assert_eq!(calendar.insert(year), Ok(true));
    let expected = DayKind::SwappedOff("Nghỉ hoán đổi với ngày 26/12/2026");
    assert_eq!(calendar.kind_of(off), Ok(expected));
    assert!(calendar.is_provisional(2027) && calendar.one_sided().is_empty());

    let without = CalendarYear::new(2027, 1, "CV 3".to_owned(), Vec::new()).expect("a year");
    assert_eq!(calendar.insert(without), Ok(true));
    let alone: Vec<Date> = calendar.one_sided().iter().map(|special| special.day).collect();
    assert_eq!(alone, [work], "the decision of 2027 does not know the swap");
}

/// Any decided years over the provisional ones: random holidays, days in lieu and swaps.
fn calendars() -> impl Strategy<Value = Calendar> {
    let ordinals = proptest::collection::btree_set(1_i16..=365, 0..40);
    let year = (2014_i16..=2027, ordinals).prop_map(|(year, ordinals)| {
        let days = ordinals.into_iter().map(|ordinal| {
            let span = jiff::Span::new().days(ordinal - 1);
            special(date(year, 1, 1) + span, SpecialKind::Holiday, None)
        });
        CalendarYear::new(year, 1, "CV 4".to_owned(), days.collect()).expect("a year")
    });
    proptest::collection::vec(year, 0..4).prop_map(|years| {
        let mut calendar = calendar();
        for year in years {
            if calendar.is_provisional(year.year()) {
                calendar.insert(year).expect("no fork");
            }
        }
        calendar
    })
}

fn days() -> impl Strategy<Value = Date> {
    (0_i32..5_000).prop_map(|days| date(2014, 1, 1) + jiff::Span::new().days(days))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn the_rules_of_counting_hold(
        calendar in calendars(), start in days(), a in 1_u32..60, b in 1_u32..60,
    ) {
        let first = calendar.add_working_days(start, a).expect("in range");
        let both = calendar.add_working_days(start, a + b).expect("in range");
        prop_assert!(calendar.is_working(first).expect("in range"));
        prop_assert!(start < first && first < both);
        prop_assert_eq!(calendar.add_working_days(first, b).expect("in range"), both);
        prop_assert_eq!(calendar.working_days_between(start, first).expect("in range"), a);
        prop_assert_eq!(calendar.working_days_between(first, both).expect("in range"), b);
        prop_assert_eq!(calendar.working_days_between(both, start).expect("in range"), 0);
    }

    #[test]
    fn a_shown_count_is_the_count(calendar in calendars(), start in days(), n in 1_u32..80) {
        for count in [
            calendar.count_working_days(start, n).expect("in range"),
            calendar.count_calendar_days(start, n).expect("in range"),
        ] {
            let steps = count.steps(&calendar).expect("in range");
            let numbers: Vec<u32> = steps
                .iter()
                .filter_map(|step| match step.role {
                    StepRole::Counted(number) => Some(number),
                    _ => None,
                })
                .collect();
            prop_assert_eq!(numbers, (1..=n).collect::<Vec<u32>>());
            prop_assert_eq!(steps.last().map(|step| step.day), Some(count.last));
            prop_assert!(calendar.is_working(count.last).expect("in range"));
            let right = steps.iter().all(|step| {
                count.unit == Unit::Calendar
                    || step.kind.is_working() == matches!(step.role, StepRole::Counted(_))
            });
            prop_assert!(right, "a working day counts and no other");
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        versions in proptest::collection::vec((2014_i16..2018, 1_u32..4), 1..8),
    ) {
        let years: Vec<CalendarYear> = versions
            .iter()
            .map(|(year, version)| {
                let day = date(*year, 6, 1) + jiff::Span::new().days(i64::from(*version));
                let days = vec![special(day, SpecialKind::Holiday, None)];
                CalendarYear::new(*year, *version, "CV 5".to_owned(), days).expect("a year")
            })
            .collect();
        let forward = Calendar::new(years.iter().cloned()).expect("no fork");
        let backward = Calendar::new(years.into_iter().rev()).expect("no fork");
        let day = date(2020, 1, 1);
        prop_assert!(forward.is_working(day).is_ok_and(|working| !working));
        prop_assert_eq!(forward, backward, "though one has reckoned a year");
    }
}
