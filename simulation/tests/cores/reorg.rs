//! Reorganisations: two officers of tier 3 end a unit by decision, and what it kept is its successor's.

use std::collections::BTreeMap;

use dossier::unit::{Ending, ReorgAct, ReorgPlan};
use dossier::{DossierId, Hash, PartialDate, Role};
use protocol::core::{
    ReorgAnswer, ReorgOrder, ReorgQuestion, ReorgShown, ReorgStage, TransferStage,
};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use simulation::cores::{A, B, C, PROVINCE, SO, World, grounds, meta};

use super::custody::{keepers, late, propose, stage};

/// The day of the world.
fn day(date: u8) -> PartialDate {
    PartialDate::day(1970, 1, date).expect("a day")
}

fn ending(unit: &str, rest: &str) -> ReorgAct {
    let (unit, rest) = (unit.parse().expect("a unit"), rest.parse().ok());
    ReorgAct::End(Ending { unit, rest, listed: BTreeMap::new() })
}

fn plan(effective: u8, acts: Vec<ReorgAct>) -> ReorgPlan {
    let effective = day(effective);
    ReorgPlan { decision: grounds(false), effective, without_nodes: false, acts }
}

fn reorganise(world: &mut World, person: &str, order: ReorgOrder) -> Result<ReorgShown, String> {
    let meta = Meta { role: Role::Approver, ..meta(person) };
    match world.order(PROVINCE, Command::Reorganise { order: Box::new(order), meta }) {
        Answer::Reorg(answer) => match *answer {
            ReorgAnswer::All(mut all) => Ok(all.remove(0)),
            other => panic!("{other:?}"),
        },
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

fn begin(plan: ReorgPlan) -> ReorgOrder {
    ReorgOrder::Begin { plan: Box::new(plan), login: "mot.snv".parse().expect("a login") }
}

fn confirm(id: Hash) -> ReorgOrder {
    ReorgOrder::Confirm { id, login: "hai.snv".parse().expect("a login") }
}

fn shown(world: &mut World) -> ReorgShown {
    match world.order(PROVINCE, Command::AskReorg(ReorgQuestion::All)) {
        Answer::Reorg(answer) => match *answer {
            ReorgAnswer::All(mut all) => all.remove(0),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn go_on(world: &mut World, rounds: usize, nodes: &[(usize, usize)]) {
    for _ in 0..rounds {
        for (lower, upper) in nodes.iter().copied() {
            world.connect(lower, upper);
        }
        world.settle();
        world.pass(6_000);
    }
    world.settle();
}

const ALL: [(usize, usize); 3] = [(SO, PROVINCE), (A, SO), (B, SO)];

#[test]
fn a_merged_units_dossiers_are_its_successors_by_its_own_release() {
    let mut world = World::new(941);
    world.connect_all();
    let ids: Vec<DossierId> =
        (0..5).map(|number| world.create(A, "so.a", &format!("Bùi Văn {number}"))).collect();
    world.settle();
    let tid = propose(&mut world, A, ids[0], "so").expect("proposed");
    world.settle();

    let merge = plan(1, vec![ending("so.a", "so.b")]);
    let begun = reorganise(&mut world, "Một", begin(merge)).expect("ordered");
    assert_eq!((begun.stage, begun.ended[0].dossiers), (ReorgStage::Begun, 5));
    assert!(!world.issue_due(), "one officer is not two");
    assert!(reorganise(&mut world, "Một", confirm(begun.id)).is_err(), "one person");
    let waiting = reorganise(&mut world, "Hai", confirm(begun.id)).expect("confirmed");
    assert_eq!(waiting.stage, ReorgStage::Waiting);
    // What the unit has not sent when it hears of its end is in the closing all the same.
    world.cut(A);
    assert!(matches!(world.edit(A, ids[1], "phone", "0911111111"), Answer::Edited { .. }));
    assert!(world.issue_due());
    world.pass(2_000);
    world.kill(PROVINCE);
    go_on(&mut world, 6, &ALL);

    let done = shown(&mut world);
    assert_eq!((done.stage, done.ended[0].dossiers), (ReorgStage::Done, 0), "{done:?}");
    assert_eq!(done.ended[0].before, Some(5));
    for id in &ids {
        for place in [SO, B, PROVINCE] {
            assert_eq!(keepers(&mut world, place, *id), ["so.a", "so.b"], "{place}");
        }
        assert_eq!(world.text(A, *id, "full_name"), None, "the old unit reads no more");
        assert!(matches!(world.edit(B, *id, "main_post", "Văn thư"), Answer::Edited { .. }));
    }
    assert_eq!(world.text(B, ids[1], "phone").as_deref(), Some("0911111111"));
    assert_eq!(late(&mut world, B), 0);
    assert!(matches!(stage(&mut world, A, tid), TransferStage::Ended(_)), "what was open is over");
    assert_eq!(world.violations(), []);
}

#[test]
fn the_register_decides_on_all_that_it_is_asked_for_without_being_asked_again() {
    let mut world = World::new(943);
    world.connect_all();
    let ids: Vec<DossierId> =
        (0..20).map(|number| world.create(A, "so.a", &format!("Hà Thị {number}"))).collect();
    world.settle();
    let merge = plan(1, vec![ending("so.a", "so.b")]);
    let begun = reorganise(&mut world, "Một", begin(merge)).expect("ordered");
    reorganise(&mut world, "Hai", confirm(begun.id)).expect("confirmed");
    assert!(world.issue_due());
    // Each of them waits for the witness of the one before; asking again would take a round each.
    go_on(&mut world, 3, &ALL);
    assert_eq!(shown(&mut world).stage, ReorgStage::Done, "{:?}", shown(&mut world).ended);
    for id in ids {
        assert_eq!(keepers(&mut world, PROVINCE, id), ["so.a", "so.b"]);
    }
    assert_eq!(world.violations(), []);
}

#[test]
fn an_ended_unit_that_is_not_heard_is_waited_for_and_then_not() {
    let mut world = World::new(942);
    world.connect_all();
    let id = world.create(A, "so.a", "Quách Thị Lan");
    world.settle();
    world.cut(A);
    assert!(matches!(world.edit(A, id, "phone", "0922222222"), Answer::Edited { .. }));
    let begun = reorganise(&mut world, "Một", begin(plan(2, vec![ending("so.a", "so.b")])));
    let begun = begun.expect("ordered");
    reorganise(&mut world, "Hai", confirm(begun.id)).expect("confirmed");
    assert!(!world.issue_due(), "its day has not come");
    world.pass(24 * 3_600_000);
    assert!(world.issue_due());
    let without_a = [(SO, PROVINCE), (B, SO)];
    go_on(&mut world, 3, &without_a);
    assert_eq!(shown(&mut world).stage, ReorgStage::Working, "its node is waited for");
    assert_eq!(shown(&mut world).ended[0].moving, 1);
    world.pass(10 * 24 * 3_600_000);
    go_on(&mut world, 4, &without_a);
    assert_eq!(shown(&mut world).stage, ReorgStage::Done);
    assert_eq!(keepers(&mut world, B, id), ["so.a", "so.b"]);
    go_on(&mut world, 5, &ALL);
    assert_eq!(world.text(A, id, "full_name"), None);
    assert!(late(&mut world, B) > 0, "what it had not sent is seen by its successor");
}

#[test]
fn what_a_divided_unit_kept_goes_by_list_and_the_rest_by_rule() {
    let mut world = World::new(943);
    world.connect_all();
    let ids: Vec<DossierId> =
        (0..4).map(|number| world.create(A, "so.a", &format!("Hà Thị {number}"))).collect();
    world.settle();
    let listed = BTreeMap::from([(ids[2], "so".parse().expect("a unit"))]);
    let end = |rest: Option<&str>| {
        let rest = rest.map(|rest| rest.parse().expect("a unit"));
        plan(
            1,
            vec![ReorgAct::End(Ending {
                unit: "so.a".parse().expect("a unit"),
                rest,
                listed: listed.clone(),
            })],
        )
    };
    let lost = reorganise(&mut world, "Một", begin(end(None)));
    assert_eq!(lost.map(|it| it.stage), Err("reorg-unassigned".to_owned()));
    let begun = reorganise(&mut world, "Một", begin(end(Some("so.b")))).expect("ordered");
    reorganise(&mut world, "Hai", confirm(begun.id)).expect("confirmed");
    assert!(world.issue_due());
    go_on(&mut world, 6, &ALL);
    for (number, id) in ids.iter().enumerate() {
        let to = if number == 2 { "so" } else { "so.b" };
        assert_eq!(keepers(&mut world, PROVINCE, *id), ["so.a", to]);
    }
    assert_eq!(shown(&mut world).stage, ReorgStage::Done);
    assert!(reorganise(&mut world, "Ba", ReorgOrder::Drop { id: begun.id }).is_err());
}

#[test]
fn a_body_that_ends_leaves_its_own_dossiers_and_its_units_to_its_successor() {
    let mut world = World::new(944);
    world.connect_all();
    let kept = world.create(C, "c", "Đinh Thị Sao");
    let own = world.create(SO, "so", "Nguyễn Văn Sở");
    world.settle();
    let begun = reorganise(&mut world, "Một", begin(plan(1, vec![ending("huyen", "so")])));
    reorganise(&mut world, "Hai", confirm(begun.expect("ordered").id)).expect("confirmed");
    assert!(world.issue_due());
    go_on(&mut world, 6, &[(SO, PROVINCE), (C, SO)]);
    assert_eq!(shown(&mut world).stage, ReorgStage::Done);
    assert_eq!(keepers(&mut world, PROVINCE, kept), ["c"], "it follows its unit");
    assert_eq!(keepers(&mut world, PROVINCE, own), ["so"]);
    assert!(matches!(world.edit(C, kept, "phone", "1"), Answer::Edited { .. }));
}
