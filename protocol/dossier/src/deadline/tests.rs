//! The clocks by article, in both sets of rules and every reading.

use std::fmt::Write as _;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::calendar::{CalendarYear, SpecialDay, SpecialKind};

const PROFILE: Profile = Profile::REGULATION_2014;

fn calendar() -> Calendar {
    Calendar::provisional()
}

fn of(clock: Clock, facts: &Facts, profile: &Profile) -> Due {
    due(clock, facts, &calendar(), profile).expect("in range").expect("started")
}

fn late(days: u32, working_days: u32) -> Lateness {
    Lateness { days, working_days }
}

/// D1: the same events, judged by the regulation and with the decree's terms.
#[test]
fn both_sets_of_rules_side_by_side() {
    let friday = date(2026, 11, 20);
    let facts = Facts {
        signed_on: Some(friday),
        effective_on: Some(friday),
        received_on: Some(friday),
        outage_on: Some(friday),
        year: Some(2026),
    };
    let mut table = String::new();
    for clock in Clock::ALL {
        let (old, new) = (of(clock, &facts, &PROFILE), of(clock, &facts, &Profile::DECREE_2026));
        let name = format!("{clock:?}");
        let cell = |due: &Due| format!("{} {}", due.last_on_time, due.rule.article);
        writeln!(table, "{name:<12} | {:<22} | {}", cell(&old), cell(&new)).expect("a string");
    }
    assert_eq!(
        table,
        "\
Recruitment  | 2027-01-05 Điều 9.1b   | 2026-11-23 NĐ 27/2026/NĐ-CP
StateChange  | 2026-12-14 Điều 9.2a   | 2026-11-26 NĐ 27/2026/NĐ-CP
PersonChange | 2026-12-14 Điều 9.2b   | 2026-11-26 NĐ 27/2026/NĐ-CP
MoveWithin   | 2026-12-14 Điều 10.1   | 2026-12-14 Điều 10.1
MoveSend     | 2026-12-14 Điều 10.2   | 2026-12-14 Điều 10.2
MoveReceive  | 2026-12-14 Điều 10.2   | 2026-12-14 Điều 10.2
MoveOut      | 2027-01-05 Điều 10.3   | 2027-01-05 Điều 10.3
FirstReport  | 2026-06-14 Điều 13.1a  | 2026-06-14 Điều 13.1a
SecondReport | 2026-12-14 Điều 13.1a  | 2026-12-14 Điều 13.1a
OutageNotice | 2026-11-23 Điều 14.7   | 2026-11-23 Điều 14.7
"
    );
    let eve = Facts::signed(date(2026, 6, 30));
    let rule = of(Clock::Recruitment, &eve, &Profile::DECREE_2026).rule;
    assert_eq!(rule.article, "Điều 9.1b", "the decree does not reach back");
}

#[test]
fn every_clock_has_its_rule_and_one_event_in_every_text() {
    for (clock, rule) in Clock::ALL.iter().zip(&rules::REGULATION) {
        assert_eq!(*clock, rule.clock);
    }
    for rule in &rules::DECREE {
        let regulation = RuleSet::Regulation2014.rule(rule.clock, date(2026, 7, 1));
        assert_eq!((rule.start, rule.debtor), (regulation.start, regulation.debtor));
    }
    for clock in Clock::ALL {
        let none = due(clock, &Facts::default(), &calendar(), &PROFILE);
        assert_eq!(none, Ok(None), "{clock:?} starts by nothing");
    }
}

/// R-D2: the regulation takes effect 10 days after 04/9/2014, in two readings.
#[test]
fn nothing_before_the_regulation_is_charged() {
    let late_reading = Profile { in_force: InForceReading::AfterTenDays, ..PROFILE };
    let far = date(2015, 6, 1);
    for (signed, profile, charged) in [
        (date(2014, 9, 3), PROFILE, false),
        (date(2014, 9, 13), PROFILE, false),
        (date(2014, 9, 14), PROFILE, true),
        (date(2014, 9, 14), late_reading, false),
        (date(2014, 9, 15), late_reading, true),
    ] {
        let due = of(Clock::MoveWithin, &Facts::signed(signed), &profile);
        let state = due.state(None, far, &calendar()).expect("in range");
        assert_eq!(due.charged, charged, "{signed}");
        assert_eq!(matches!(state, State::Overdue { .. }), charged, "{signed}: {state:?}");
        let met = due.state(Some(far), far, &calendar()).expect("in range");
        let State::Met { late_by } = met else { panic!("{met:?}") };
        assert_eq!(late_by.is_late(), charged, "{signed}");
    }
    let reports = [Clock::FirstReport, Clock::SecondReport]
        .map(|clock| of(clock, &Facts::of_year(2014), &PROFILE).charged);
    assert_eq!(reports, [false, true], "the report of December 2014 is the first");
}

/// R-9.1b: a decision of 06/10/2014 has until 17/11; entry on 18/11 is late by one.
#[test]
fn a_deadline_goes_from_open_to_overdue() {
    let due = of(Clock::Recruitment, &Facts::signed(date(2014, 10, 6)), &PROFILE);
    assert_eq!(due.last_on_time, date(2014, 11, 17));
    for (today, state) in [
        (date(2014, 10, 5), State::NotStarted),
        (date(2014, 10, 6), State::Open { left: 30 }),
        (date(2014, 11, 7), State::Open { left: 6 }),
        (date(2014, 11, 8), State::Open { left: 6 }),
        (date(2014, 11, 10), State::DueSoon { left: 5 }),
        (date(2014, 11, 17), State::DueSoon { left: 0 }),
        (date(2014, 11, 18), State::Overdue { by: late(1, 1) }),
        (date(2014, 11, 23), State::Overdue { by: late(6, 4) }),
    ] {
        assert_eq!(due.state(None, today, &calendar()), Ok(state), "{today}");
    }
    for (done, late_by) in [
        (date(2014, 10, 1), late(0, 0)),
        (date(2014, 11, 17), late(0, 0)),
        (date(2014, 11, 18), late(1, 1)),
    ] {
        let state = due.state(Some(done), date(2015, 1, 1), &calendar());
        assert_eq!(state, Ok(State::Met { late_by }), "{done}");
    }
    let calendar = calendar();
    let steps = due.counting.expect("counted").steps(&calendar).expect("in range");
    assert_eq!(steps.last().map(ToString::to_string).as_deref(), Some("ngày 30: T2 17/11/2014"));
}

/// R-9.2a.1, D6: a document that takes effect on another day than it was signed.
#[test]
fn a_back_dated_document_counts_from_its_signing_or_by_the_letter() {
    let literal = Profile { effect: EffectReading::Literal, ..PROFILE };
    let (early, tardy) = (date(2015, 7, 1), date(2015, 8, 3));
    for (signed, effective, later_start, literal_start) in [
        (Some(tardy), Some(early), tardy, early),
        (Some(early), Some(tardy), tardy, tardy),
        (Some(early), None, early, early),
        (None, Some(tardy), tardy, tardy),
    ] {
        let facts = Facts { signed_on: signed, effective_on: effective, ..Facts::default() };
        assert_eq!(of(Clock::StateChange, &facts, &PROFILE).start, later_start);
        assert_eq!(of(Clock::StateChange, &facts, &literal).start, literal_start);
    }
}

/// R-9.2b.2: no number of days is given for declarations; the unit sets its own.
#[test]
fn a_unit_sets_its_own_days_for_declarations() {
    let facts = Facts { received_on: Some(date(2014, 10, 6)), ..Facts::default() };
    let quick = Profile { person_days: 5, ..PROFILE };
    assert_eq!(of(Clock::PersonChange, &facts, &PROFILE).last_on_time, date(2014, 10, 27));
    assert_eq!(of(Clock::PersonChange, &facts, &quick).last_on_time, date(2014, 10, 13));
}

/// R-10.2b, R-10.2c, D3: both clocks start on one day; the receiver's two figures.
#[test]
fn a_receiver_is_late_for_the_senders_time() {
    let facts = Facts::signed(date(2014, 10, 6));
    let send = of(Clock::MoveSend, &facts, &PROFILE);
    let receive = of(Clock::MoveReceive, &facts, &PROFILE);
    assert_eq!((send.last_on_time, receive.last_on_time), (date(2014, 10, 27), date(2014, 10, 27)));
    for (sent, done, literal, from_sending, sent_late) in [
        (date(2014, 10, 27), date(2014, 10, 28), late(1, 1), late(0, 0), true),
        (date(2014, 10, 27), date(2014, 11, 18), late(22, 16), late(1, 1), false),
        (date(2014, 10, 7), date(2014, 10, 27), late(0, 0), late(0, 0), false),
    ] {
        let judged =
            Forwarding::judge(&receive, sent, done, &calendar(), &PROFILE).expect("in range");
        assert_eq!(judged, Forwarding { literal, from_sending }, "{sent} {done}");
        assert_eq!(judged.is_sent_late(), sent_late, "{sent} {done}");
    }
}

/// R-13.1a.1, D5: "before 15 June" is the 14th; 14/6/2025 is a Saturday.
#[test]
fn a_report_is_due_on_the_14th_and_not_moved_by_weekends() {
    let facts = Facts::of_year(2025);
    for (before, rest_day, last) in [
        (BeforeReading::Strict, RestDay::Stay, date(2025, 6, 14)),
        (BeforeReading::Strict, RestDay::Before, date(2025, 6, 13)),
        (BeforeReading::Strict, RestDay::After, date(2025, 6, 16)),
        (BeforeReading::Inclusive, RestDay::Stay, date(2025, 6, 15)),
    ] {
        let profile = Profile { before, rest_day, ..PROFILE };
        let report = of(Clock::FirstReport, &facts, &profile);
        assert_eq!(report.last_on_time, last);
        assert_eq!(report.provisional, rest_day != RestDay::Stay, "no calendar moves the 14th");
    }
    let report = of(Clock::FirstReport, &facts, &PROFILE);
    let on = |day| report.state(None, day, &calendar()).expect("in range");
    assert_eq!(on(date(2024, 12, 31)), State::NotStarted);
    assert_eq!(on(date(2025, 6, 14)), State::DueSoon { left: 0 });
    assert_eq!(on(date(2025, 6, 15)), State::Overdue { by: late(1, 0) });
    let outside = due(Clock::FirstReport, &Facts::of_year(i16::MAX), &calendar(), &PROFILE);
    assert_eq!(outside, Err(CountError::Year(i16::MAX)));
}

#[test]
fn days_and_months_end_on_a_working_day() {
    let end =
        |length: Length, start| length.end(start, &calendar(), &PROFILE).map(|(last, _)| last);
    for (length, start, last) in [
        (Length::Days(3), date(2026, 11, 18), date(2026, 11, 23)),
        (Length::Days(0), date(2026, 11, 18), date(2026, 11, 18)),
        (Length::Months(1), date(2026, 3, 31), date(2026, 5, 4)),
        (Length::Months(12), date(2024, 2, 29), date(2025, 2, 28)),
    ] {
        assert_eq!(end(length, start), Ok(last), "{length:?} {start}");
    }
    for length in [Length::Days(10_001), Length::Months(u32::MAX), Length::Months(1_200)] {
        assert_eq!(end(length, date(2026, 1, 1)), Err(CountError::TooMany), "{length:?}");
    }
}

/// A decision for 2027 that swaps 4 January for 30 January.
fn decided_2027() -> Calendar {
    let (off, work) = (date(2027, 1, 4), date(2027, 1, 30));
    let entry = |day, kind, paired| SpecialDay {
        day,
        kind,
        reason: "Tết Dương lịch".to_owned(),
        document: "CV 1".to_owned(),
        paired,
    };
    let days = vec![
        entry(date(2027, 1, 1), SpecialKind::Holiday, None),
        entry(off, SpecialKind::SwappedOff, Some(work)),
        entry(work, SpecialKind::SwappedWork, Some(off)),
    ];
    let year = CalendarYear::new(2027, 1, "CV 1".to_owned(), days).expect("a year");
    Calendar::new([year]).expect("a calendar")
}

#[test]
fn a_decided_year_moves_what_it_touches_and_nothing_else() {
    let calendars = (&calendar(), &decided_2027());
    let of = |clock, signed| {
        recompute(clock, &Facts::signed(signed), calendars, &PROFILE).expect("in range")
    };
    let moved = Recomputed {
        clock: Clock::MoveWithin,
        old: date(2027, 1, 18),
        new: date(2027, 1, 19),
        provisional: true,
    };
    assert_eq!(of(Clock::MoveWithin, date(2026, 12, 25)), Some(moved), "2026 is not decided");
    assert_eq!(of(Clock::MoveWithin, date(2026, 11, 2)), None);
    assert_eq!(of(Clock::StateChange, date(2014, 10, 6)), None);
    let report = recompute(Clock::SecondReport, &Facts::of_year(2027), calendars, &PROFILE);
    assert_eq!(report, Ok(None));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Day by day a deadline only ever gets nearer, then later.
    #[test]
    fn a_state_never_goes_back(offset in 0_i32..4_000, clock in 0_usize..9, wait in 0_i32..90) {
        let signed = date(2014, 9, 14) + jiff::Span::new().days(offset);
        let facts = Facts {
            effective_on: Some(signed + jiff::Span::new().days(wait)),
            received_on: Some(signed),
            year: Some(signed.year()),
            ..Facts::signed(signed)
        };
        let due = of(Clock::ALL[clock], &facts, &Profile::DECREE_2026);
        let rank = |state: State| match state {
            State::NotStarted => (0, 0),
            State::Open { left } => (1, u32::MAX - left),
            State::DueSoon { left } => (2, u32::MAX - left),
            State::Overdue { by } => (3, by.days),
            State::Met { .. } | State::Exempt => (4, 0),
        };
        let (calendar, mut before) = (calendar(), (0, 0));
        for day in 0..120 {
            let today = signed + jiff::Span::new().days(day);
            let state = due.state(None, today, &calendar).expect("in range");
            prop_assert!(rank(state) >= before, "{today}: {state:?}");
            let overdue = matches!(state, State::Overdue { .. });
            prop_assert_eq!(overdue, due.charged && today > due.last_on_time);
            before = rank(state);
        }
    }
}
