//! Plans: what follows from each act, and what no plan may say.

use super::*;
use crate::validity::Validity;

fn id(text: &str) -> UnitId {
    text.parse().expect("a unit id")
}

fn unit(name: &str, parent: Option<&str>, tier: Tier, holds_dossiers: Holding) -> Unit {
    Unit {
        id: id(name),
        parent: parent.map(id),
        tier,
        name: name.to_owned(),
        kind: "x".to_owned(),
        holds_dossiers,
        validity: Validity::ALWAYS,
        successor: None,
    }
}

fn tree() -> UnitTree {
    let units = vec![
        unit("tinh", None, Tier::Province, Holding::No),
        unit("snv", Some("tinh"), Tier::Three, Holding::Yes),
        unit("d148", Some("snv"), Tier::Two, Holding::Yes),
        unit("d151", Some("snv"), Tier::Two, Holding::Yes),
        unit("d148.a", Some("d148"), Tier::One, Holding::Optional),
        unit("d151.a", Some("d151"), Tier::One, Holding::Optional),
        unit("d151.b", Some("d151"), Tier::One, Holding::No),
    ];
    UnitTree::new(units).expect("a tree")
}

fn plan(acts: Vec<ReorgAct>) -> ReorgPlan {
    let decision = LegalBasis::Decision {
        issuer: "UBTVQH".to_owned(),
        number: "830/NQ-UBTVQH14".to_owned(),
        signed_on: "2019-12-17".parse().expect("a day"),
        effective_on: None,
        scan: None,
    };
    let effective = "2020-01-01".parse().expect("a day");
    ReorgPlan { decision, effective, without_nodes: false, acts }
}

fn end(unit: &str, rest: Option<&str>) -> ReorgAct {
    let (unit, rest) = (id(unit), rest.map(id));
    ReorgAct::End(Ending { unit, rest, listed: BTreeMap::new() })
}

#[test]
fn what_stood_under_an_ended_body_stands_under_its_successor() {
    let rename = ReorgAct::Rename {
        unit: id("d148.a"),
        name: "Phường A".to_owned(),
        kind: Some("phuong".to_owned()),
    };
    let next = plan(vec![rename, end("d151", Some("d148"))]).next(&tree()).expect("a tree");
    let at = |name: &str| next.get(&id(name)).expect("a unit");
    assert_eq!((at("d148.a").name.as_str(), at("d148.a").kind.as_str()), ("Phường A", "phuong"));
    assert_eq!(at("d151").successor, Some(id("d148")));
    assert_eq!(at("d151").validity.to, "2020-01-01".parse().ok());
    assert_eq!(at("d151.a").parent, Some(id("d148")));
    // To a commune nobody is handed down: its people stand under Sở Nội vụ.
    let flat = plan(vec![end("d151", Some("d148.a"))]).next(&tree()).expect("a tree");
    assert_eq!(flat.get(&id("d151.a")).expect("a unit").parent, Some(id("snv")));
}

#[test]
fn a_divided_unit_gives_by_list_and_the_rest_by_rule() {
    let listed = DossierId::from_bytes([7; 16]);
    let ending = Ending {
        unit: id("d151.a"),
        rest: Some(id("d148.a")),
        listed: BTreeMap::from([(listed, id("d151"))]),
    };
    assert_eq!(ending.successor_of(&listed), Some(&id("d151")));
    assert_eq!(ending.successor_of(&DossierId::from_bytes([8; 16])), Some(&id("d148.a")));
    assert_eq!(ending.successors().len(), 2);
    let again = Ending { unit: id("d148"), rest: Some(id("snv")), ..ending.clone() };
    let both = plan(vec![ReorgAct::End(ending), ReorgAct::End(again)]);
    assert_eq!(both.next(&tree()), Err(ReorgFault::Twice(listed)));
}

#[test]
fn what_can_not_be_is_refused_with_the_unit() {
    let go = |acts| plan(acts).next(&tree()).expect_err("no tree");
    let moved = |unit: &str, under: &str| ReorgAct::Move { unit: id(unit), under: id(under) };
    assert_eq!(go(vec![]), ReorgFault::Size);
    assert_eq!(go(vec![end("d199", Some("d148"))]), ReorgFault::Unknown(id("d199")));
    assert_eq!(go(vec![end("d151", Some("d199"))]), ReorgFault::Unknown(id("d199")));
    assert_eq!(go(vec![end("snv", Some("d148"))]), ReorgFault::Root(id("snv")));
    assert_eq!(
        go(vec![end("d151", Some("d148")), end("d148", Some("d151"))]),
        ReorgFault::SuccessorEnds { unit: id("d151"), successor: id("d148") }
    );
    assert_eq!(
        go(vec![end("d151.a", Some("d151.b"))]),
        ReorgFault::NotHolder { unit: id("d151.a"), successor: id("d151.b") }
    );
    let twice = vec![end("d151", Some("d148")), end("d151", Some("d148"))];
    assert_eq!(go(twice), ReorgFault::Ended(id("d151")));
    assert_eq!(go(vec![moved("d148", "d148.a")]), {
        let lowest = ["d148", "d148.a"].map(id).into_iter().min().expect("two");
        ReorgFault::Tree(TreeError::CycleOrTooDeep(lowest))
    });
    assert_eq!(go(vec![moved("d148.a", "d151.a")]), ReorgFault::Misplaced(id("d148.a")));
    let known = unit("d151", Some("snv"), Tier::Two, Holding::Yes);
    assert_eq!(go(vec![ReorgAct::Add(known)]), ReorgFault::Exists(id("d151")));
    let undecided = ReorgPlan { decision: LegalBasis::Office, ..plan(vec![end("d151", None)]) };
    assert_eq!(undecided.next(&tree()), Err(ReorgFault::NoDecision));
}
