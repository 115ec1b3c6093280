use super::*;
use crate::LegalBasis;
use crate::account::Paper;
use crate::grant::Officer;
use crate::grant::tests::{id, noon, officer, origin, tree, unit};

fn tu() -> Officer {
    officer("Hà Văn Tú", Some("tu.hv"))
}

fn login() -> Login {
    "tu.hv".parse().expect("login")
}

fn acknowledge(year: i16) -> ConductAct {
    ConductAct::Acknowledge { login: login(), year, duties: duties() }
}

/// Rules that deal with these articles.
fn rules(articles: &[u8]) -> Regulation {
    Regulation {
        document: Paper { number: "3/QĐ".to_owned(), signed_on: "2026-01-05".parse().expect("") },
        in_force: "2026-02-01".parse().expect("a day"),
        file: None,
        covers: articles.iter().map(|it| (*it, format!("mục {it}"))).collect(),
        by: tu(),
    }
}

fn raise(kind: TicketKind, to: &str) -> ConductAct {
    let text = "không gửi được phiếu".to_owned();
    ConductAct::Raise(Ticket { kind, to: unit(to), text, by: tu() })
}

const PROBLEM: TicketKind = TicketKind::Problem(Severity::Major);

fn answer(ticket: u8) -> ConductAct {
    ConductAct::Answer { ticket: id(ticket), text: "đang xem".to_owned(), by: tu() }
}

fn close(ticket: u8) -> ConductAct {
    ConductAct::Close { ticket: id(ticket), text: "đã xong".to_owned(), by: tu() }
}

fn pass(ticket: u8, to: &str) -> ConductAct {
    ConductAct::Pass {
        ticket: id(ticket), to: unit(to), text: "vượt quyền".to_owned(), by: tu()
    }
}

/// A problem that a school laid before its district, as record 1.
fn reported() -> Conduct {
    let mut known = Conduct::default();
    known.apply(origin(1, "huyen.truong", 1), &raise(PROBLEM, "huyen")).expect("taken");
    known
}

// the check list names what is open, and is not closed while something is.
#[test]
fn a_check_list_is_closed_when_every_article_is_dealt_with() {
    let mut known = Conduct::default();
    let lacking = rules(&[6, 7, 8, 9, 11, 12, 13]);
    assert_eq!(lacking.open_articles().collect::<Vec<_>>(), [10]);
    known.apply(origin(1, "huyen", 1), &ConductAct::Publish(lacking)).expect("published");
    let settle = |number| ConductAct::Settle { regulation: id(number), by: tu() };
    let before = known.clone();
    assert_eq!(known.apply(origin(2, "huyen", 2), &settle(1)), Err(ConductFault::ArticlesOpen));
    assert_eq!(known.apply(origin(2, "huyen", 2), &settle(9)), Err(ConductFault::Unknown));
    assert_eq!(known, before);
    let whole = rules(&[6, 7, 8, 9, 10, 11, 12, 13]);
    known.apply(origin(3, "huyen", 3), &ConductAct::Publish(whole)).expect("published");
    assert_eq!(known.apply(origin(4, "so", 4), &settle(3)), Err(ConductFault::ForeignBody));
    known.apply(origin(5, "huyen", 5), &settle(3)).expect("closed");
    known.apply(origin(6, "huyen", 4), &settle(3)).expect("said before, heard later");
    let settled: Vec<_> = known.regulations().map(|(_, it)| it.settled).collect();
    assert_eq!(settled, [None, Some(noon(4))]);
}

// who says what to whom, one row a rule.
#[test]
fn each_rule_refuses_by_its_code() {
    let (tree, known) = (tree(), reported());
    let publish = || ConductAct::Publish(rules(&[6]));
    let rows: [(&str, &str, ConductAct, Option<ConductFault>); 18] = [
        ("a body makes rules", "huyen", publish(), None),
        ("so does Sở Nội vụ", "snv", publish(), None),
        ("a school does not", "huyen.truong", publish(), Some(ConductFault::NoBody)),
        ("a school reports", "huyen.truong", raise(PROBLEM, "huyen"), None),
        ("or higher up", "huyen.truong", raise(PROBLEM, "snv"), None),
        ("not aside", "huyen.truong", raise(PROBLEM, "so"), Some(ConductFault::NotAbove)),
        ("not to itself", "huyen", raise(PROBLEM, "huyen"), Some(ConductFault::NotAbove)),
        ("not to UBND tỉnh", "huyen", raise(PROBLEM, "tinh"), Some(ConductFault::NotAbove)),
        ("nor to nobody", "huyen", raise(PROBLEM, "mat"), Some(ConductFault::UnknownUnit)),
        ("a proposal to the province", "huyen", raise(TicketKind::Proposal, "snv"), None),
        (
            "and nowhere else",
            "huyen.truong",
            raise(TicketKind::Proposal, "huyen"),
            Some(ConductFault::NotProvince),
        ),
        ("the district answers", "huyen", answer(1), None),
        ("so may the body above it", "snv", answer(1), None),
        ("no other", "so", answer(1), Some(ConductFault::ForeignBody)),
        ("passed upward", "huyen", pass(1, "snv"), None),
        ("not downward", "huyen", pass(1, "huyen.xa"), Some(ConductFault::NotAbove)),
        ("who reported may close", "huyen.truong", close(1), None),
        ("another school may not", "huyen.xa", close(1), Some(ConductFault::ForeignBody)),
    ];
    for (name, from, act, fault) in rows {
        assert_eq!(lawful(&act, &unit(from), &known, &tree).err(), fault, "{name}");
        assert!(fault.is_none_or(|fault| fault.message_vi().ends_with('.')), "{name}");
    }
    let unheard = lawful(&answer(7), &unit("huyen"), &known, &tree);
    assert_eq!(unheard, Err(ConductFault::Unknown));
}

// a ticket has its route and its answer, in whatever order they come.
#[test]
fn what_follows_on_a_ticket_comes_to_the_same_in_any_order() {
    let acts = [
        (origin(2, "huyen", 2), answer(1)),
        (origin(3, "huyen", 3), pass(1, "snv")),
        (origin(4, "snv", 4), close(1)),
    ];
    let mut ends = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut known = reported();
        for place in order {
            let (origin, act) = acts[place].clone();
            known.apply(origin, &act).expect("taken");
        }
        ends.push(known);
    }
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]));
    let ticket = ends[0].ticket(&id(1)).expect("known");
    assert_eq!(ticket.standing(), "closed");
    assert_eq!(ticket.bodies().collect::<Vec<_>>(), [&unit("huyen"), &unit("snv")]);
    let mut step = reported();
    let waits =
        |known: &Conduct, body: &str| known.ticket(&id(1)).expect("known").waits_for(&unit(body));
    assert!(waits(&step, "huyen") && !waits(&step, "snv"));
    for (at, standing) in [(1, "passed"), (0, "answered")] {
        step.apply(acts[at].0.clone(), &acts[at].1).expect("taken");
        assert_eq!(step.ticket(&id(1)).expect("known").standing(), standing);
        assert!(!waits(&step, "huyen"), "it was passed on");
        assert_eq!(waits(&step, "snv"), standing == "passed");
    }
}

// once a year, at the unit of the person or above it.
#[test]
fn an_acknowledgement_holds_for_its_person_and_its_year() {
    let (tree, mut known) = (tree(), Conduct::default());
    let school = unit("huyen.truong");
    known.apply(origin(1, "huyen", 1), &acknowledge(2026)).expect("taken");
    assert!(known.acknowledged(&login(), &school, 2026, &tree), "she sits at the district");
    assert!(!known.acknowledged(&login(), &school, 2027, &tree), "each year anew");
    assert!(!known.acknowledged(&login(), &unit("so.a"), 2026, &tree), "not said by her unit");
    let other: Login = "hoa.lt".parse().expect("login");
    assert!(!known.acknowledged(&other, &school, 2026, &tree));
    assert_eq!(known.last_acknowledged(&login()), Some(2026));
    assert_eq!(known.last_acknowledged(&other), None);
    assert_ne!(duties(), Hash::tagged("hoso/duties/1", &[]));
}

#[test]
fn what_is_malformed_or_too_much_is_refused_and_leaves_nothing() {
    let text = |text: &str| {
        let to = unit("huyen");
        ConductAct::Raise(Ticket { kind: PROBLEM, to, text: text.to_owned(), by: tu() })
    };
    let with = |change: &dyn Fn(&mut Regulation)| {
        let mut regulation = rules(&[6]);
        change(&mut regulation);
        ConductAct::Publish(regulation)
    };
    let wrong = [
        text(" "),
        text("một\ndòng"),
        text(&"x".repeat(4_001)),
        acknowledge(1999),
        with(&|it| it.document.number.clear()),
        with(&|it| it.in_force = "2026-02".parse().expect("a month")),
        with(&|it| drop(it.covers.insert(5, "mục 5".to_owned()))),
        with(&|it| drop(it.covers.insert(7, "x".repeat(LegalBasis::TEXT_MAX + 1)))),
        with(&|it| it.by.full_name.clear()),
    ];
    for act in wrong {
        let mut known = Conduct::default();
        let answer = known.apply(origin(1, "huyen.truong", 1), &act);
        assert_eq!((answer, known), (Err(ConductFault::Malformed), Conduct::default()), "{act:?}");
    }
    let mut known = reported();
    for number in 2..=65 {
        known.apply(origin(number, "huyen", 2), &answer(1)).expect("taken");
    }
    let more = known.apply(origin(66, "huyen", 2), &answer(1));
    assert_eq!(more, Err(ConductFault::TooMany));
    known.apply(origin(67, "huyen", 2), &close(1)).expect("a close is taken all the same");
}

fn checked(kind: CheckKind, passed: bool) -> ConductAct {
    let note = "mọi bản ghi đúng".to_owned();
    ConductAct::Check(Check { kind, passed, looked: 7, note, by: tu() })
}

// the newest check of each kind counts, whichever order they come in; each kind has its time.
#[test]
fn the_newest_check_of_a_kind_counts_and_the_next_falls_due() {
    let acts = [
        (origin(1, "huyen", 1), checked(CheckKind::Integrity, false)),
        (origin(2, "huyen", 5), checked(CheckKind::Integrity, true)),
        (origin(3, "huyen", 3), checked(CheckKind::Access, true)),
        (origin(4, "so.a", 9), checked(CheckKind::Integrity, false)),
    ];
    let (mut known, mut turned) = (Conduct::default(), Conduct::default());
    acts.iter().for_each(|(origin, act)| known.apply(origin.clone(), act).expect("taken"));
    acts.iter().rev().for_each(|(origin, act)| turned.apply(origin.clone(), act).expect("taken"));
    assert_eq!(known, turned);
    let last = |kind| known.last_check(&unit("huyen"), kind).map(|(at, it)| (at.id, it.passed));
    assert_eq!(last(CheckKind::Integrity), Some((id(2), true)));
    assert_eq!(last(CheckKind::Access), Some((id(3), true)));
    assert_eq!(last(CheckKind::Restore), None);
    let day = |days: i64| Timestamp::from_millis(days * 24 * 60 * 60 * 1000);
    for kind in CheckKind::ALL {
        assert!(kind.is_due(None, day(0)), "none was made");
        assert!(!kind.is_due(Some(day(0)), day(kind.every_days())));
        assert!(
            kind.is_due(
                Some(day(0)),
                Timestamp::from_millis(day(kind.every_days()).as_millis() + 1)
            )
        );
    }
}

fn report(period: &str, missing: &[&str], despite: &str) -> ConductAct {
    ConductAct::Report(Report {
        period: period.parse().expect("a period"),
        figures: BTreeMap::from([("dossiers".to_owned(), 12)]),
        remarks: String::new(),
        missing: missing.iter().map(|it| unit(it)).collect(),
        despite: despite.to_owned(),
        by: tu(),
    })
}

// who is missing is named with a reason, and the head who accepts is not who made it.
#[test]
fn a_report_explains_who_is_missing_and_is_accepted_by_another() {
    let mut known = Conduct::default();
    for wrong in [report("2026-1", &["huyen.truong"], " "), report("2026-1", &[], "mất mạng")] {
        let answer = known.apply(origin(1, "huyen", 1), &wrong);
        assert_eq!(answer, Err(ConductFault::Malformed));
    }
    known.apply(origin(1, "huyen", 1), &report("2026-1", &["huyen.truong"], "mất mạng")).expect("");
    let half = |text: &str| text.parse().expect("a period");
    assert!(known.reported(&unit("huyen"), half("2026-1")));
    assert!(!known.reported(&unit("huyen"), half("2026-2")));
    assert!(!known.reported(&unit("so.a"), half("2026-1")));
    let accept = |by| ConductAct::Accept { report: id(1), by };
    let word = |known: &mut Conduct, number, from: &str, by| {
        known.apply(origin(number, from, i64::from(number)), &accept(by))
    };
    let head = || officer("Bùi Thị Lan", Some("lan.bt"));
    assert_eq!(word(&mut known, 2, "huyen", tu()), Err(ConductFault::SamePerson));
    assert_eq!(word(&mut known, 3, "so.a", head()), Err(ConductFault::ForeignBody));
    word(&mut known, 4, "huyen", head()).expect("accepted");
    word(&mut known, 5, "huyen", officer("Hà Thị Mai", None)).expect("again");
    let accepted = known.reports().next().and_then(|(_, kept)| kept.accepted.clone());
    assert_eq!(accepted.map(|(_, by)| by).as_deref(), Some("Bùi Thị Lan (lan.bt)"), "the first");
    let unknown = ConductAct::Accept { report: id(9), by: head() };
    let answer = known.apply(origin(6, "huyen", 6), &unknown);
    assert_eq!(answer, Err(ConductFault::Unknown));
}

#[test]
fn a_period_has_its_days() {
    let days = |text: &str| text.parse::<Period>().expect("a period").days().expect("days");
    let day = |year, month, day| jiff::civil::Date::constant(year, month, day);
    assert_eq!(days("2026-1"), (day(2025, 12, 15), day(2026, 6, 14)));
    assert_eq!(days("2026-2"), (day(2026, 6, 15), day(2026, 12, 14)));
    for wrong in ["2026", "2026-0", "2026-3", "1999-1", "a-1"] {
        assert_eq!(wrong.parse::<Period>(), Err(InvalidPeriod), "{wrong}");
    }
}
