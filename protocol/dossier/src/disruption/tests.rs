use jiff::civil::{Date, date, datetime};

use super::*;
use crate::deadline::{Clock, Profile, State};
use crate::obligation::Bench;

fn at(day: i8, hour: i8) -> Timestamp {
    instant(datetime(2026, 3, day, hour, 0, 0, 0)).expect("in range")
}

fn record(from: Timestamp, to: Option<Timestamp>, risk: bool) -> DisruptionAct {
    let disruption = Disruption { from, to, risk, what: "mất điện phòng máy".to_owned() };
    DisruptionAct::Record { disruption, by: "Hà Văn Tú".to_owned() }
}

fn publish(board: Board, on: &str) -> DisruptionAct {
    DisruptionAct::Publish {
        disruption: id(1),
        board,
        on: on.parse().expect("a day"),
        proof: "https://hoabinh.gov.vn/thong-bao/1".to_owned(),
        by: "Hà Văn Tú".to_owned(),
    }
}

fn id(number: u8) -> Hash {
    Hash::from_bytes([number; 32])
}

fn known(acts: &[(u8, DisruptionAct)]) -> Disruptions {
    let mut known = Disruptions::default();
    for (number, act) in acts {
        known.apply(id(*number), at(9, 8), act).expect("is lawful");
    }
    known
}

fn due(known: &Disruptions, number: u8, reading: OutageReading) -> Option<Date> {
    let (now, hours) = (datetime(2026, 3, 31, 12, 0, 0, 0), WorkingHours::default());
    known.due_from(&id(number), now, reading, &hours, &Calendar::provisional())
}

// two working days without service bind, weekends aside, by both readings.
#[test]
fn an_outage_over_two_working_days_binds_and_a_risk_at_once() {
    let whole = OutageReading::default();
    // Friday afternoon to Tuesday morning: Monday alone is whole.
    let weekend = known(&[(1, record(at(6, 13), Some(at(10, 9)), false))]);
    assert_eq!(due(&weekend, 1, whole), None);
    assert_eq!(due(&weekend, 1, OutageReading::Touched), Some(date(2026, 3, 9)));
    let longer = known(&[(1, record(at(6, 7), Some(at(9, 18)), false))]);
    assert_eq!(due(&longer, 1, whole), Some(date(2026, 3, 9)));
    // Two outages of one day each are two consecutive working days.
    let (first, second) =
        (record(at(6, 7), Some(at(6, 18)), false), record(at(9, 7), Some(at(9, 18)), false));
    let apart = known(&[(1, first), (2, second)]);
    assert_eq!((due(&apart, 1, whole), due(&apart, 2, whole)), (None, Some(date(2026, 3, 9))));
    let risk = known(&[(1, record(at(7, 10), None, true))]);
    assert_eq!(due(&risk, 1, whole), Some(date(2026, 3, 7)));
}

fn states(known: &Disruptions, as_of: Date) -> Vec<State> {
    let calendar = Calendar::provisional();
    let bench = Bench { as_of, calendar: &calendar, profile: &Profile::REGULATION_2014 };
    let owed = bench.of_disruptions(&"snv".parse().expect("a unit"), known);
    assert!(owed.iter().all(|it| it.due.clock == Clock::OutageNotice));
    owed.into_iter().map(|it| it.state).collect()
}

// the alarm stays until notice is given at both places, or waived with a reason.
#[test]
fn notice_is_owed_until_it_is_given_at_both_places_or_waived() {
    let outage = || record(at(5, 7), Some(at(6, 18)), false);
    let both = [(1, outage()), (2, publish(Board::Portal, "2026-03-09"))];
    let overdue = |known: &Disruptions| {
        matches!(states(known, date(2026, 3, 11))[..], [State::Overdue { .. }])
    };
    assert!(overdue(&known(&both[..1])) && overdue(&known(&both)));
    assert!(states(&known(&both[..1]), date(2026, 3, 5)).is_empty(), "not due on the first day");
    let mut given = known(&both);
    given.apply(id(3), at(9, 9), &publish(Board::Department, "2026-03-09")).expect("is lawful");
    assert!(
        matches!(states(&given, date(2026, 3, 11))[..], [State::Met { late_by }] if !late_by.is_late())
    );
    let waive = |reason: &str| DisruptionAct::Waive {
        disruption: id(1),
        reason: reason.to_owned(),
        by: "Hà Văn Tú".to_owned(),
    };
    let mut waived = known(&both[..1]);
    assert_eq!(waived.apply(id(4), at(9, 9), &waive(" ")), Err(DisruptionFault::Text));
    waived.apply(id(4), at(9, 9), &waive("diễn tập")).expect("is lawful");
    assert!(matches!(states(&waived, date(2026, 3, 11))[..], [State::Met { .. }]));
}

#[test]
fn acts_come_to_the_same_in_any_order_and_are_judged() {
    let end = |day| DisruptionAct::End { disruption: id(1), at: at(day, 9), by: "B".to_owned() };
    let first = (1, record(at(5, 7), None, false));
    let (late, early, seen) =
        ((2, end(10)), (3, end(9)), (4, publish(Board::Portal, "2026-03-09")));
    let one = known(&[first.clone(), late.clone(), early.clone(), seen.clone()]);
    let other = known(&[first.clone(), seen, early, late]);
    assert_eq!(one, other);
    let mut known = known(&[first]);
    assert_eq!(known.apply(id(5), at(9, 9), &end(4)), Err(DisruptionFault::Time));
    let backwards = record(at(6, 7), Some(at(5, 7)), false);
    assert_eq!(known.judge(&backwards), Err(DisruptionFault::Time));
    let stranger = DisruptionAct::End { disruption: id(9), at: at(9, 9), by: "B".to_owned() };
    assert_eq!(known.judge(&stranger), Err(DisruptionFault::UnknownDisruption));
}
