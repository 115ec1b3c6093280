//! Years of the calendar: decided at tier 3, counted by everywhere, refused from anyone else.

use dossier::{
    Hash, PartialDate, Timestamp,
    calendar::{Calendar, CalendarYear, Decision, SpecialDay, SpecialKind},
    grant::Officer,
};
use protocol::{
    Answer, Command,
    notice::{Saying, SignedNotice},
};

use simulation::checker::deadline::{Almanac, days_of};
use simulation::cores::{A, B, C, HUYEN, PROVINCE, SO, World};

fn year(version: u32, document: &str, holidays: &[u8]) -> Saying {
    let civil = |day: u8| PartialDate::day(2027, 9, day).ok().and_then(PartialDate::civil);
    let day = |day: &u8| SpecialDay {
        day: civil(*day).expect("a day"),
        kind: SpecialKind::Holiday,
        reason: "Quốc khánh".to_owned(),
        document: document.to_owned(),
        paired: None,
    };
    let days = holidays.iter().map(day).collect();
    let year = CalendarYear::new(2027, version, document.to_owned(), days).expect("a year");
    let by = Officer { full_name: "Lò Thị Mơ".to_owned(), login: None };
    Saying::CalendarYear(Box::new(Decision { year, by }))
}

/// The program's own table of days, read by the judge as text.
const DAYS: &str = include_str!("../../../config/calendar/days.csv");

fn special(day: &str, kind: SpecialKind, paired: Option<&str>) -> SpecialDay {
    let civil = |text: &str| text.parse::<PartialDate>().ok().and_then(PartialDate::civil);
    SpecialDay {
        day: civil(day).expect("a day"),
        kind,
        reason: "Sửa lịch".to_owned(),
        document: "QĐ 2".to_owned(),
        paired: paired.and_then(civil),
    }
}

fn signed(world: &World, place: usize, saying: Saying) -> SignedNotice {
    let node = &world.nodes[place];
    let notice = node.core.notice(Timestamp::from_millis(world.now), saying);
    SignedNotice::issue(notice, &node.key)
}

fn decide(world: &mut World, version: u32, document: &str, holidays: &[u8]) -> Hash {
    let notice = signed(world, PROVINCE, year(version, document, holidays));
    let id = notice.id();
    assert_eq!(world.ask(PROVINCE, Command::Notices(vec![notice])), Answer::Done);
    id
}

/// What each node counts by, and how many decisions it keeps.
fn known(world: &World) -> Vec<(Option<String>, usize)> {
    let of = |calendar: &Calendar| calendar.decided(2027).map(|year| year.document().to_owned());
    let base = Calendar::provisional();
    let boards = world.nodes.iter().map(|node| node.core.board().calendar());
    boards.map(|calendar| (of(&calendar.over(&base)), calendar.iter().count())).collect()
}

// R-9.2a: every count of working days uses the newest decision that is known.
#[test]
fn a_decided_year_reaches_every_node_and_a_later_decision_corrects_it() {
    let mut world = World::new(4);
    world.connect_all();
    world.settle();
    decide(&mut world, 1, "QĐ 1", &[2]);
    world.settle();
    assert_eq!(known(&world), vec![(Some("QĐ 1".to_owned()), 1); 6]);
    // One that is cut off counts by what it knows, and hears of the correction later.
    world.cut(A);
    let second = decide(&mut world, 2, "QĐ 2", &[2, 3]);
    world.settle();
    assert_eq!(known(&world)[A], (Some("QĐ 1".to_owned()), 1));
    world.connect(A, SO);
    world.settle();
    assert_eq!(known(&world), vec![(Some("QĐ 2".to_owned()), 2); 6], "both are kept");
    let calendar = world.nodes[B].core.board().calendar();
    let before = calendar.before(&second, &Calendar::provisional());
    assert_eq!(before.decided(2027).map(CalendarYear::document), Some("QĐ 1"));
    // It stands in the store, and not in memory alone.
    let store = world.nodes[C].store.clone();
    world.restart(C, store);
    assert_eq!(known(&world)[C], (Some("QĐ 2".to_owned()), 2));
}

#[test]
fn nobody_but_tier_three_decides_a_year() {
    let mut world = World::new(5);
    for place in [SO, HUYEN, A] {
        let notice = signed(&world, place, year(1, "QĐ 1", &[2]));
        for judge in [PROVINCE, place] {
            let answer = world.ask(judge, Command::Notices(vec![notice.clone()]));
            let Answer::Refused(refused) = answer else { panic!("{answer:?}") };
            assert_eq!(refused.code, "tier_three_only");
            assert!(world.nodes[judge].core.board().is_empty());
        }
    }
}

/// Every day of 2026 as the start of terms of the law's lengths, at every node.
fn compare(world: &World, almanac: &Almanac) {
    let base = config::load_calendar(&config::Files::embedded()).expect("a calendar");
    for node in &world.nodes {
        let calendar = node.core.board().calendar().over(&base);
        for start in days_of(2026) {
            let day = start.parse::<PartialDate>().ok().and_then(PartialDate::civil);
            let day = day.expect("a day");
            for length in [1, 3, 5, 15, 30] {
                let expected = almanac.last(&start, length);
                // The table tells nothing of the next year.
                if expected.starts_with("2026") {
                    let last = calendar.add_working_days(day, length).expect("counted");
                    assert_eq!(last.to_string(), expected, "{start} + {length}");
                }
            }
        }
    }
}

// R-9.1b, R-9.2a: the clocks agree with an independent count over a year with Tết and swap days, and
// again when the year is corrected.
#[test]
fn an_independent_count_agrees_over_a_year_and_its_correction() {
    let mut world = World::new(6);
    world.connect_all();
    world.settle();
    let mut almanac = Almanac::read(DAYS);
    compare(&world, &almanac);

    let base = config::load_calendar(&config::Files::embedded()).expect("a calendar");
    let mut days = base.days_of(2026).to_vec();
    days.push(special("2026-07-27", SpecialKind::Holiday, None));
    days.push(special("2026-10-05", SpecialKind::SwappedOff, Some("2026-10-10")));
    days.push(special("2026-10-10", SpecialKind::SwappedWork, Some("2026-10-05")));
    days.sort_by_key(|special| special.day);
    let year = CalendarYear::new(2026, 2, "QĐ 2".to_owned(), days).expect("a year");
    let by = Officer { full_name: "Lò Thị Mơ".to_owned(), login: None };
    let saying = Saying::CalendarYear(Box::new(Decision { year, by }));
    let notice = signed(&world, PROVINCE, saying);
    assert_eq!(world.ask(PROVINCE, Command::Notices(vec![notice])), Answer::Done);
    world.settle();
    for (date, worked) in [("2026-07-27", false), ("2026-10-05", false), ("2026-10-10", true)] {
        almanac.note(date, worked);
    }
    compare(&world, &almanac);
}

#[test]
fn the_judge_speaks_when_a_day_is_counted_otherwise() {
    let mut almanac = Almanac::read(DAYS);
    let right = almanac.last("2026-07-20", 15);
    almanac.note("2026-07-27", false);
    assert_ne!(almanac.last("2026-07-20", 15), right);
    // 30/4 and 1/5/2026 are a Thursday and a Friday: one working day after the 29th is the 4th.
    assert_eq!(Almanac::read(DAYS).last("2026-04-29", 1), "2026-05-04");
}
