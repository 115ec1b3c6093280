//! Rights given by document: they reach whom they concern and nobody else, connected or late.

use std::collections::{BTreeSet, VecDeque};

use dossier::{
    DossierId, Hash, Review, Timestamp, UnitId,
    account::Paper,
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
    inspection::{Finding, InspectAct},
};
use protocol::{
    Answer, Command,
    core::{ConnId, Entry, Event, IncidentKind},
    limits::LIMITS,
    notice::{Alert, AlertKind, Posting, Saying, SignedNotice},
    wire::Frame,
};

use simulation::cores::{A, B, C, HUYEN, PROVINCE, SO, World, meta, set};

fn unit(text: &str) -> UnitId {
    text.parse().expect("unit")
}

fn paper() -> Paper {
    Paper { number: "12/GP".to_owned(), signed_on: "1970-01-01".parse().expect("a day") }
}

fn officer() -> Officer {
    Officer { full_name: "Hà Văn Tú".to_owned(), login: None }
}

/// A consent of `so.a` to somebody of `c`.
fn consent() -> GrantAct {
    GrantAct::Give(Giving {
        kind: GrantKind::Consent,
        document: paper(),
        issuer: "Trường A".to_owned(),
        by: officer(),
        grantee: Grantee::Person { unit: unit("c"), login: "hoa.lt".parse().expect("login") },
        scope: Scope {
            units: BTreeSet::from([unit("so.a")]),
            dossiers: BTreeSet::from([DossierId::from_bytes([1; 16])]),
            sections: BTreeSet::new(),
        },
        period: Period {
            from: "1970-01-01".parse().expect("a day"),
            to: "1970-03-01".parse().expect("a day"),
        },
        purpose: "xác minh".to_owned(),
    })
}

/// `so` lets `so.a` enter for it.
pub(super) fn delegation() -> GrantAct {
    let GrantAct::Give(consent) = consent() else { unreachable!("a consent is given") };
    GrantAct::Give(Giving {
        kind: GrantKind::Delegation,
        grantee: Grantee::Unit(unit("so.a")),
        scope: Scope { units: BTreeSet::from([unit("so")]), ..Scope::default() },
        ..consent
    })
}

fn signed(world: &World, place: usize, saying: Saying) -> SignedNotice {
    let node = &world.nodes[place];
    let notice = node.core.notice(Timestamp::from_millis(world.now), saying);
    SignedNotice::issue(notice, &node.key)
}

pub(super) fn say(world: &mut World, place: usize, saying: Saying) -> Hash {
    let notice = signed(world, place, saying);
    let id = notice.id();
    assert_eq!(world.ask(place, Command::Notices(vec![notice])), Answer::Done);
    id
}

fn held(world: &World) -> Vec<usize> {
    world.nodes.iter().map(|node| node.core.board().len()).collect()
}

fn ended(world: &World, place: usize, id: &Hash) -> bool {
    let grant = world.nodes[place].core.board().grants().get(id);
    grant.is_some_and(|grant| grant.terms.ended.is_some())
}

#[test]
fn a_consent_reaches_the_units_it_names_and_all_above() {
    for seed in 1..10 {
        let mut world = World::new(seed);
        world.connect_all();
        world.settle();
        let id = say(&mut world, A, Saying::Grant(Box::new(consent())));
        world.settle();
        assert_eq!(held(&world), [1, 1, 1, 1, 0, 1], "so.b has no part in it");
        let end = GrantAct::End { grant: id, reason: "xong".to_owned(), by: officer() };
        say(&mut world, A, Saying::Grant(Box::new(end)));
        world.settle();
        assert!([PROVINCE, SO, HUYEN, A, C].iter().all(|place| ended(&world, *place, &id)));
        assert!(!ended(&world, B, &id));
    }
}

#[test]
fn who_was_away_is_told_and_a_node_is_rebuilt_from_its_store() {
    let mut world = World::new(3);
    let id = say(&mut world, A, Saying::Grant(Box::new(consent())));
    let end = GrantAct::End { grant: id, reason: "xong".to_owned(), by: officer() };
    say(&mut world, A, Saying::Grant(Box::new(end)));
    assert_eq!(held(&world), [0, 0, 0, 2, 0, 0]);
    world.connect(A, SO);
    world.settle();
    assert_eq!(held(&world), [0, 2, 0, 2, 0, 0]);
    world.cut(A);
    // What the superior holds goes on without the node that said it.
    world.connect_all();
    world.settle();
    assert_eq!(held(&world), [2, 2, 2, 2, 0, 2]);
    let store = world.nodes[C].store.clone();
    world.restart(C, store);
    assert!(ended(&world, C, &id));
    // A store that went back behind the end hears of it again.
    let empty = World::new(3).nodes[HUYEN].store.clone();
    world.restart(HUYEN, empty);
    assert_eq!(world.nodes[HUYEN].core.board().len(), 0);
    for _ in 0..3 {
        world.connect_all();
        world.settle();
    }
    assert!(ended(&world, HUYEN, &id));
}

fn review(world: &mut World, place: usize, dossier: DossierId) -> Option<Review> {
    match world.ask(place, Command::Show(dossier)) {
        Answer::Shown(shown) => {
            shown.fields.first()?.provenance.as_ref().map(|provenance| provenance.meta.review)
        }
        _ => None,
    }
}

#[test]
fn what_is_entered_under_delegation_waits_for_review_at_the_body_and_above() {
    let mut world = World::new(11);
    world.connect(A, SO);
    world.settle();
    let entry = Entry {
        key: None,
        unit: unit("so"),
        edits: vec![set("full_name", "Hà Thị Mai")],
        meta: meta("so.a"),
    };
    let enter = || Command::Enter(vec![entry.clone()]);
    let refused = |answer: &Answer| matches!(answer, Answer::Entered(made) if made[0].is_err());
    let answer = world.order(A, enter());
    assert!(refused(&answer), "nothing is delegated: {answer:?}");
    let grant = say(&mut world, SO, Saying::Grant(Box::new(delegation())));
    world.settle();
    let answer = world.order(A, enter());
    let Answer::Entered(made) = answer else { panic!("{answer:?}") };
    let (dossier, _) = made[0].clone().expect("delegated");
    world.settle();
    assert_eq!(review(&mut world, SO, dossier), Some(Review::Awaiting));
    // Tier 3 hears of entry and delegation together, in whatever order.
    world.connect_all();
    world.settle();
    assert_eq!(review(&mut world, PROVINCE, dossier), Some(Review::Awaiting));
    world.now += 1_000;
    let end = GrantAct::End { grant, reason: "xong".to_owned(), by: officer() };
    say(&mut world, SO, Saying::Grant(Box::new(end)));
    world.settle();
    world.now += 1_000;
    let answer = world.order(A, enter());
    assert!(refused(&answer), "it has ended: {answer:?}");
    assert_eq!(review(&mut world, PROVINCE, dossier), Some(Review::Awaiting), "what came stays");
}

#[test]
fn an_entry_that_comes_before_its_delegation_comes_in_when_that_is_heard_of() {
    let mut world = World::new(12);
    world.connect_all();
    world.settle();
    world.cut(SO);
    world.connect(A, SO);
    world.settle();
    say(&mut world, SO, Saying::Grant(Box::new(delegation())));
    world.settle();
    let edits = vec![set("full_name", "Hà Thị Mai")];
    let entry = Entry { key: None, unit: unit("so"), edits, meta: meta("so.a") };
    let answer = world.order(A, Command::Enter(vec![entry]));
    let Answer::Entered(made) = answer else { panic!("{answer:?}") };
    let (dossier, _) = made[0].clone().expect("delegated");
    world.settle();
    world.connect(SO, PROVINCE);
    world.settle();
    assert_eq!(review(&mut world, PROVINCE, dossier), Some(Review::Awaiting));
    let province = &world.nodes[PROVINCE];
    assert_eq!(province.core.totals().quarantined, 0);
    assert_eq!(province.alarms, [], "nothing went wrong");
    world.pass(LIMITS.inquiry_interval_ms_max);
    assert_eq!(world.nodes[A].core.totals().own_tier3, 1);
    world.assert_converged();
}

#[test]
fn ids_told_in_pages_are_compared_when_the_last_has_come() {
    let mut world = World::new(13);
    world.connect_all();
    world.settle();
    let consent = say(&mut world, A, Saying::Grant(Box::new(consent())));
    let alert = Alert { kind: AlertKind::ManyOpened { opened: 61 }, person: "An".to_owned() };
    say(&mut world, A, Saying::Alert(alert));
    world.settle();
    world.cut(A);
    world.connect(A, SO);
    let greeted = |(_, queue): &&(ConnId, &mut VecDeque<Vec<u8>>)| !queue.is_empty();
    let conn = world.under_way_to(SO).iter().find(greeted).expect("a greeting").0;
    world.settle();
    let mut page = |ids: Vec<Hash>, ends| {
        let frame = Frame::Notices(Posting::Page { ids, ends });
        world.handle(SO, Event::Frame { conn, bytes: frame.encode() });
        let queues = world.under_way_to(A).into_iter().flat_map(|(_, queue)| queue.drain(..));
        let frames = queues.filter_map(|bytes| Frame::decode(&bytes).ok());
        frames.collect::<Vec<_>>()
    };
    assert_eq!(page(vec![consent], false), []);
    let answer = page(Vec::new(), true);
    let [Frame::Notices(Posting::Some(lacking))] = answer.as_slice() else { panic!("{answer:?}") };
    assert!(lacking.len() == 1 && lacking[0].id() != consent, "what was not told");
    // The same told again is not answered again, until there is more to answer.
    assert_eq!(page(vec![consent], true), []);
    let alert = Alert { kind: AlertKind::ManyOpened { opened: 61 }, person: "Bình".to_owned() };
    say(&mut world, A, Saying::Alert(alert));
    world.settle();
    let frame = Frame::Notices(Posting::Page { ids: vec![consent], ends: true });
    world.handle(SO, Event::Frame { conn, bytes: frame.encode() });
    let answered = world.under_way_to(A).into_iter().flat_map(|(_, queue)| queue.drain(..));
    let lacking: usize = answered
        .filter_map(|bytes| match Frame::decode(&bytes) {
            Ok(Frame::Notices(Posting::Some(lacking))) => Some(lacking.len()),
            _ => None,
        })
        .sum();
    assert_eq!(lacking, 2);
}

#[test]
fn what_a_delegate_entered_before_the_end_and_sends_after_it_is_told_to_the_body() {
    let mut world = World::new(13);
    world.connect(A, SO);
    let grant = say(&mut world, SO, Saying::Grant(Box::new(delegation())));
    world.settle();
    let entry = |name: &str| Entry {
        key: None,
        unit: unit("so"),
        edits: vec![set("full_name", name)],
        meta: meta("so.a"),
    };
    let enter = |name: &str| Command::Enter(vec![entry(name)]);
    world.order(A, enter("Hà Thị Mai"));
    world.settle();
    let late = |world: &World| {
        let kinds = world.nodes[SO].alarms.iter();
        kinds.filter(|kind| matches!(kind, IncidentKind::LateEntry(_))).count()
    };
    assert_eq!(late(&world), 0, "the grant holds");
    world.cut(A);
    world.now += 1_000;
    let answer = world.order(A, enter("Bùi Thị Hòa"));
    let Answer::Entered(made) = answer else { panic!("{answer:?}") };
    let (dossier, _) = made[0].clone().expect("delegated");
    world.now += 1_000;
    let end = GrantAct::End { grant, reason: "xong".to_owned(), by: officer() };
    say(&mut world, SO, Saying::Grant(Box::new(end)));
    world.now += 1_000;
    world.connect(A, SO);
    world.settle();
    // It was written while the grant held, as far as anybody can know: in, and to be looked at.
    assert_eq!(review(&mut world, SO, dossier), Some(Review::Awaiting));
    assert_eq!(late(&world), 1);
}

// a finding reaches its unit, and the answer comes back.
#[test]
fn a_finding_goes_to_its_unit_and_the_answer_back_whatever_came_first() {
    let mut world = World::new(17);
    world.connect_all();
    world.settle();
    let GrantAct::Give(consent) = consent() else { unreachable!("a consent is given") };
    let mission = GrantAct::Give(Giving {
        kind: GrantKind::Mission,
        grantee: Grantee::Person {
            unit: world.nodes[PROVINCE].core.identity().unit.clone(),
            login: "lan.bt".parse().expect("login"),
        },
        scope: Scope { units: BTreeSet::from([unit("so")]), ..Scope::default() },
        ..consent
    });
    let mission = say(&mut world, PROVINCE, Saying::Grant(Box::new(mission)));
    let found = InspectAct::Find(Finding {
        mission,
        unit: unit("so.a"),
        text: "thiếu quyết định".to_owned(),
        due: "1970-03-01".parse().expect("a day"),
        by: officer(),
    });
    let finding = say(&mut world, PROVINCE, Saying::Inspection(Box::new(found)));
    world.settle();
    assert_eq!(held(&world), [2, 2, 0, 2, 1, 0], "so.b hears of the mission alone");
    let answer = InspectAct::Answer { finding, text: "đã bổ sung".to_owned(), by: officer() };
    say(&mut world, A, Saying::Inspection(Box::new(answer)));
    world.settle();
    let standing = |world: &World, place: usize| {
        let known = world.nodes[place].core.board().findings().get(&finding);
        known.map(|known| known.standing())
    };
    assert_eq!(standing(&world, PROVINCE), Some("answered"));
    // A node is rebuilt from its store, in whose order the answer may come first.
    let store = world.nodes[PROVINCE].store.clone();
    world.restart(PROVINCE, store);
    assert_eq!(standing(&world, PROVINCE), Some("answered"));
}

#[test]
fn alerts_go_up_and_not_aside() {
    let mut world = World::new(5);
    world.connect_all();
    world.settle();
    let alert = Alert {
        kind: AlertKind::ManyOpened { opened: 61 },
        person: "Hà Văn Tú (tu.hv)".to_owned(),
    };
    say(&mut world, C, Saying::Alert(alert));
    world.settle();
    assert_eq!(held(&world), [1, 0, 1, 0, 0, 1]);
    let kept = world.nodes[PROVINCE].core.board().alerts().next().expect("an alert").1.clone();
    assert_eq!((kept.unit, kept.alert.person.as_str()), (unit("c"), "Hà Văn Tú (tu.hv)"));
}

#[test]
fn where_there_are_no_notices_nothing_is_said_about_them() {
    let mut world = World::new(7);
    world.connect_all();
    let (steps, seen) = seen_until_settled(&mut world);
    assert!(steps > 20, "all of them greeted one another: {steps}");
    assert_eq!(seen, 0);

    let mut world = World::new(7);
    say(&mut world, A, Saying::Grant(Box::new(consent())));
    world.connect_all();
    assert!(seen_until_settled(&mut world).1 > 0, "one is spoken of");
}

/// Delivers frame by frame; how many there were, and how often one about notices was under way.
fn seen_until_settled(world: &mut World) -> (usize, usize) {
    let (mut steps, mut seen) = (0, 0);
    loop {
        for place in [PROVINCE, SO, HUYEN, A, B, C] {
            for (_, queue) in world.under_way_to(place) {
                let frames = queue.iter().map(|bytes| Frame::decode(bytes).expect("a frame"));
                seen += frames.filter(|frame| matches!(frame, Frame::Notices(_))).count();
            }
        }
        if !world.step() {
            return (steps, seen);
        }
        steps += 1;
    }
}
