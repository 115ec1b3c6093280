//! Stories of branches: what disks that went back and copies of disks wrote beside what stands.

use dossier::{
    DossierId, Edit, LegalBasis, PartialDate, Role, RowId,
    docket::{Event as Recorded, Status},
};
use protocol::{
    Answer, Command, Event, Records, Table,
    admission::{Outside, QuarantineReason},
    core::{DocketOrder, DocketQuestion, IncidentKind},
    envelope::Meta,
    holding::read_holding,
    limits::LIMITS,
    parcel::hint,
    wire::Frame,
};

use simulation::cores::{A, C, HUYEN, PROVINCE, SO, World, meta, set, tree};

/// The code of a parcel that found no room outside its dossier.
const NO_ROOM: u16 = 4;

/// Everybody calls again and again, until nothing is left to say.
fn meet(world: &mut World) {
    for _ in 0..3 {
        world.connect_all();
        world.settle();
        world.pass(LIMITS.repair_interval_ms + 1_000);
    }
}

/// Why parcels of a node lie outside their dossiers.
fn outside(world: &mut World, place: usize) -> Vec<Outside> {
    let Answer::Quarantine(rows) = world.order(place, Command::Quarantine) else { panic!() };
    rows.into_iter().map(|(_, _, _, outside)| outside).collect()
}

fn forked() -> Outside {
    Outside::Quarantined(QuarantineReason::Fork)
}

#[test]
fn what_a_restored_department_said_is_said_again_though_only_a_unit_below_still_holds_it() {
    for seed in 1..20 {
        let mut world = World::new(seed);
        world.connect(A, SO);
        let id = world.create(A, "so.a", "Hà Văn Tâm");
        world.settle();
        let backup = world.backup(SO);
        world.edit(SO, id, "main_post", "Văn thư");
        world.settle();
        world.restart(SO, backup);
        // Under the number that the other edit had.
        world.edit(SO, id, "current_address", "xóm Bai");
        meet(&mut world);
        for place in [A, SO, PROVINCE] {
            let texts = ["main_post", "current_address"].map(|field| world.text(place, id, field));
            let texts = texts.each_ref().map(Option::as_deref);
            assert_eq!(texts, [Some("Văn thư"), Some("xóm Bai")], "seed {seed}, {place}");
            let totals = world.nodes[place].core.totals();
            assert_eq!(totals.own, totals.own_tier3, "seed {seed}, {place}");
        }
        world.assert_converged();
    }
}

#[test]
fn what_was_said_again_is_not_said_twice_over_what_was_written_since() {
    let mut world = World::new(61);
    world.connect(A, SO);
    let id = world.create(A, "so.a", "Hà Văn Tâm");
    world.settle();
    let backup = world.backup(SO);
    world.edit(SO, id, "main_post", "Văn thư");
    world.settle();
    // A disk that holds what the department is going to forget.
    let old = world.backup(A);
    world.restart(SO, backup);
    world.edit(SO, id, "current_address", "xóm Bai");
    meet(&mut world);
    assert_eq!(world.text(SO, id, "main_post").as_deref(), Some("Văn thư"), "said again");
    world.edit(SO, id, "main_post", "Kế toán");
    world.settle();
    world.cut(A);
    world.restart(A, old);
    meet(&mut world);
    for place in [A, SO, PROVINCE] {
        assert_eq!(world.text(place, id, "main_post").as_deref(), Some("Kế toán"), "{place}");
    }
    world.assert_converged();
}

#[test]
fn nobody_vouches_for_a_branch_that_gave_way() {
    let mut world = World::new(62);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Văn Tâm");
    world.settle();
    let (unit, department) = (world.backup(A), world.backup(SO));
    world.edit(A, id, "phone", "0911111111");
    world.settle();
    world.restart(A, unit);
    world.restart(SO, department);
    world.edit(A, id, "phone", "0922222222");
    world.connect(A, SO);
    world.settle();
    let tip = read_holding(&world.nodes[A].store, &id).expect("row").expect("held").lines[0].tip;
    assert_eq!(world.nodes[A].core.totals().own_tier2, 2, "SO holds the second branch");
    meet(&mut world);
    assert_eq!(world.text(SO, id, "phone").as_deref(), Some("0922222222"), "said again");
    assert_eq!(outside(&mut world, SO), [forked()], "what it vouched for is still on its disk");
    let there = world.nodes[SO].store.get(Table::Tip, tip.as_bytes()).expect("a row");
    assert_eq!(there, None, "hint {:?}", hint(&tip));
    world.assert_converged();
}

#[test]
fn a_department_that_gives_way_keeps_what_those_below_were_told_it_holds() {
    let mut world = World::new(63);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Văn Tâm");
    world.settle();
    let backup = world.backup(SO);
    world.edit(SO, id, "phone", "0911111111");
    world.cut(A);
    world.settle();
    world.restart(SO, backup);
    world.edit(SO, id, "phone", "0922222222");
    world.connect(A, SO);
    world.settle();
    world.cut(A);
    // A's page says that SO holds the second branch, and goes on saying so until A calls again.
    for _ in 0..2 {
        world.connect(SO, PROVINCE);
        world.settle();
    }
    assert_eq!(outside(&mut world, SO), [forked()]);
    meet(&mut world);
    assert_eq!(world.text(PROVINCE, id, "phone").as_deref(), Some("0922222222"), "said again");
    world.assert_converged();
}

#[test]
fn what_others_wrote_in_a_copy_that_goes_is_shown_above_though_a_new_life_begins_at_once() {
    let mut world = World::new(64);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Văn Tâm");
    world.settle();
    let backup = world.backup(SO);
    world.cut(A);
    world.edit(SO, id, "main_post", "Văn thư");
    world.settle();
    world.restart(SO, backup);
    world.edit(SO, id, "main_post", "Kế toán");
    world.connect(A, SO);
    world.settle();
    world.edit(A, id, "phone", "0911111111");
    world.settle();
    world.cut(A);
    // Nobody remembers how far SO's feed had been read: it is still in the life of both branches.
    world.forget_cursors(PROVINCE);
    world.forget_cursors(SO);
    let life = world.nodes[SO].core.incarnation();
    world.connect(SO, PROVINCE);
    world.settle();
    assert_ne!(world.nodes[SO].core.incarnation(), life, "its words are said under a new life");
    assert!(!world.is_connected(SO, PROVINCE), "which ends every conversation");
    assert_eq!(outside(&mut world, SO), [forked()]);
    assert_eq!(outside(&mut world, PROVINCE), []);
    world.connect(SO, PROVINCE);
    world.settle();
    assert_eq!(outside(&mut world, PROVINCE), [forked()], "shown at the next conversation");
    let alarms = world.nodes[PROVINCE].alarms.len();
    meet(&mut world);
    assert_eq!(world.text(PROVINCE, id, "phone").as_deref(), Some("0911111111"), "said again");
    assert_eq!(outside(&mut world, PROVINCE).len(), 1, "and not again");
    let again = world.nodes[PROVINCE].alarms[alarms..]
        .iter()
        .filter(|kind| matches!(kind, IncidentKind::Forked(_)));
    assert_eq!(again.count(), 0);
    world.assert_converged();
}

/// A department wrote in a dossier of a unit that has left it since, was told that tier 3 holds
/// it, and tier 3 has gone back to its first day.
fn written_before_a_unit_left(seed: u64) -> (World, DossierId) {
    let mut world = World::new(seed);
    world.connect_all();
    let id = world.create(C, "c", "Lò Văn Trung");
    world.settle();
    world.replant(tree("so"));
    world.settle();
    world.connect(C, SO);
    world.settle();
    for place in [C, HUYEN] {
        world.cut(place);
    }
    world.edit(SO, id, "main_post", "Văn thư");
    world.settle();
    assert_eq!(world.nodes[SO].core.totals().own_tier3, 1, "acknowledged, and then lost");
    world.replant(tree("huyen"));
    world.settle();
    // From its first day, so that no cursor brings it back.
    let backup = World::new(seed).backup(PROVINCE);
    world.restart(PROVINCE, backup);
    (world, id)
}

#[test]
fn a_department_brings_back_what_it_wrote_in_a_dossier_that_has_left_it() {
    let (mut world, id) = written_before_a_unit_left(65);
    world.tell_trees();
    meet(&mut world);
    for place in [PROVINCE, HUYEN, C] {
        assert_eq!(world.text(place, id, "main_post").as_deref(), Some("Văn thư"), "{place}");
    }
}

#[test]
fn a_unit_that_moves_during_a_repair_leaves_no_dossier_between_the_two_scopes() {
    let (mut world, id) = written_before_a_unit_left(69);
    world.connect(SO, PROVINCE);
    world.settle();
    assert!(!world.is_connected(SO, PROVINCE), "tier 3 begins a new life");
    world.replant(tree("so"));
    world.connect(SO, PROVINCE);
    // To the end of the repair that the greeting began, and not to the comparison after it.
    for _ in 0..3 {
        world.deliver_to(PROVINCE);
        world.deliver_to(SO);
    }
    world.cut(SO);
    world.replant(tree("huyen"));
    meet(&mut world);
    for place in [PROVINCE, HUYEN, C] {
        assert_eq!(world.text(place, id, "main_post").as_deref(), Some("Văn thư"), "{place}");
    }
}

#[test]
fn a_fork_in_a_dossier_that_has_left_is_shown_to_people_and_waits_for_no_receipt() {
    let mut world = World::new(66);
    world.connect_all();
    let id = world.create(C, "c", "Lò Văn Trung");
    world.settle();
    world.replant(tree("so"));
    world.settle();
    world.connect(C, SO);
    world.settle();
    let clone = world.clone_disk(SO);
    world.cut(SO);
    world.cut(C);
    world.edit(SO, id, "main_post", "Văn thư");
    world.edit(clone, id, "main_post", "Kế toán");
    world.connect(clone, PROVINCE);
    world.settle();
    world.cut(clone);
    world.replant(tree("huyen"));
    meet(&mut world);
    // What was written while the unit was away is found missing by the daily comparison.
    world.pass(LIMITS.check_interval_ms + 1_000);
    assert_eq!(world.text(PROVINCE, id, "main_post").as_deref(), Some("Kế toán"));
    assert_eq!(world.text(SO, id, "main_post"), None, "it is not SO's to hold");
    for place in [SO, PROVINCE] {
        assert!(outside(&mut world, place).contains(&forked()), "{place}");
    }
    let totals = world.nodes[SO].core.totals();
    assert_eq!((totals.dossiers, totals.own, totals.own_tier3), (0, 0, 0));
    assert!(world.nodes[SO].alarms.contains(&IncidentKind::Forked(id)));
    world.assert_converged();
}

#[test]
fn what_may_not_be_said_again_in_a_closed_dossier_is_seen_outside() {
    let mut world = World::new(74);
    world.connect_all();
    let id = world.create(HUYEN, "huyen", "Lò Thị Ơn");
    world.settle();
    let clone = world.clone_disk(HUYEN);
    world.cut(HUYEN);
    let decided = |role: Role| {
        let day: PartialDate = "2026-03-02".parse().expect("a day");
        let basis = LegalBasis::Decision {
            issuer: "UBND huyện".to_owned(),
            number: "7/QĐ-UBND".to_owned(),
            signed_on: day,
            effective_on: None,
            scan: None,
        };
        Meta { role, basis, ..meta("huyen") }
    };
    let mut write = |place: usize, edit: Edit, role: Role| {
        let edit = Command::Edit { dossier: id, edits: vec![edit], meta: decided(role) };
        assert!(matches!(world.order(place, edit), Answer::Edited { .. }), "{place}");
    };
    write(HUYEN, set("main_post", "Kế toán"), Role::Clerk);
    let effective_on = "2026-03-02".parse().expect("a day");
    let left =
        Recorded::Became {
            status: Status::Retired, effective_on, reason: "đủ tuổi".to_owned()
        };
    let (table, row) = ("statuses".to_owned(), RowId::from_bytes([7; 16]));
    write(clone, Edit::PutRow { table, row, cells: left.cells() }, Role::Approver);
    world.connect(clone, PROVINCE);
    world.settle();
    world.cut(clone);
    meet(&mut world);
    world.pass(LIMITS.check_interval_ms + 1_000);
    for place in [HUYEN, PROVINCE] {
        assert_eq!(world.text(place, id, "main_post"), None, "closed at {place}");
    }
    assert!(outside(&mut world, HUYEN).contains(&forked()), "and not lost");
    let totals = world.nodes[HUYEN].core.totals();
    assert_eq!(totals.own, totals.own_tier3, "what is held is told truly");
    world.assert_converged();
}

#[test]
fn what_finds_no_room_outside_is_refused_aloud_and_comes_in_its_turn() {
    let mut world = World::new(67);
    world.connect_all();
    world.settle();
    let id = world.create(A, "so.a", "Bùi Thị Tuyết");
    let most = LIMITS.quarantine_per_dossier_max;
    for number in 0..most + 4 {
        world.edit(A, id, "phone", &format!("09{number:08}"));
    }
    let (conn, first) = {
        let (conn, queue) = world
            .under_way_to(SO)
            .into_iter()
            .max_by_key(|(_, queue)| queue.len())
            .expect("a wire");
        (conn, queue.pop_front().expect("the beginning of the dossier"))
    };
    world.deliver_to(SO);
    let outside = outside(&mut world, SO).len();
    assert!((most - 32..most).contains(&outside), "{outside} lie outside");
    assert!(world.nodes[SO].alarms.contains(&IncidentKind::Overfull(id)));
    let queues = world.under_way_to(A).into_iter().flat_map(|(_, queue)| queue.iter());
    let turned_away: usize = queues
        .filter_map(|bytes| match Frame::decode(bytes) {
            Ok(Frame::Taken(taken)) => Some(taken.refused),
            _ => None,
        })
        .map(|refused| refused.iter().filter(|(_, code)| *code == NO_ROOM).count())
        .sum();
    assert_eq!(turned_away, most + 4 - outside, "each by its name");
    assert_eq!(world.nodes[A].core.totals().own_tier2, 0, "nothing of it was acknowledged");
    world.handle(SO, Event::Frame { conn, bytes: first });
    world.settle();
    let totals = world.nodes[A].core.totals();
    assert_eq!((totals.own, totals.own_tier3), (most as u64 + 5, most as u64 + 5));
    world.assert_converged();
}

#[test]
fn a_tree_of_the_past_that_comes_after_the_newest_is_passed_on_in_the_same_conversation() {
    let mut world = World::new(68);
    world.connect_all();
    let id = world.create(C, "c", "Lò Văn Trung");
    world.settle();
    world.cut(HUYEN);
    world.connect(C, HUYEN);
    world.settle();
    world.replant(tree("so"));
    world.pass(LIMITS.check_interval_ms + 1_000);
    world.edit(SO, id, "main_post", "Văn thư");
    world.settle();
    assert_eq!(world.text(PROVINCE, id, "main_post").as_deref(), Some("Văn thư"));
    world.replant(tree("huyen"));
    assert!(world.is_connected(C, HUYEN), "the conversation that goes on");
    world.connect(HUYEN, PROVINCE);
    world.settle();
    world.pass(LIMITS.check_interval_ms + 1_000);
    assert_eq!(world.text(C, id, "main_post").as_deref(), Some("Văn thư"), "lawful in its time");
    assert_eq!(outside(&mut world, C), []);
    world.assert_converged();
}

#[test]
fn a_department_brings_back_what_nobody_but_it_still_holds_of_a_unit_that_has_left() {
    let mut world = World::new(70);
    world.connect_all();
    let id = world.create(C, "c", "Lò Văn Trung");
    world.settle();
    world.replant(tree("so"));
    world.settle();
    world.connect(C, SO);
    world.settle();
    world.edit(SO, id, "main_post", "Văn thư");
    world.settle();
    assert_eq!(world.nodes[SO].core.totals().own_tier3, 1, "acknowledged, and then lost");
    // The unit's machine is gone, and the department it goes back to never heard of the edit.
    for place in [C, HUYEN] {
        world.cut(place);
    }
    world.replant(tree("huyen"));
    world.settle();
    // From its first day, when it had read nothing of anybody.
    let backup = World::new(70).backup(PROVINCE);
    world.restart(PROVINCE, backup);
    world.replant(tree("huyen"));
    for _ in 0..3 {
        if !world.is_connected(SO, PROVINCE) {
            world.connect(SO, PROVINCE);
        }
        world.settle();
        world.pass(LIMITS.repair_interval_ms + 1_000);
    }
    assert_eq!(world.text(PROVINCE, id, "main_post").as_deref(), Some("Văn thư"));
}

#[test]
fn the_same_words_said_before_and_after_others_are_said_as_often_as_they_were() {
    let mut world = World::new(71);
    world.connect(A, SO);
    let id = world.create(A, "so.a", "Hà Văn Tâm");
    world.settle();
    let backup = world.backup(SO);
    for post in ["Văn thư", "Kế toán", "Văn thư"] {
        world.edit(SO, id, "main_post", post);
    }
    world.settle();
    world.restart(SO, backup);
    // The first of them is written again by hand; the last one must still come behind the other.
    world.now += 1_000;
    world.edit(SO, id, "main_post", "Văn thư");
    meet(&mut world);
    for place in [A, SO, PROVINCE] {
        assert_eq!(world.text(place, id, "main_post").as_deref(), Some("Văn thư"), "{place}");
    }
    world.assert_converged();
}

#[test]
fn a_verdict_follows_what_it_is_on_to_where_that_is_said_again() {
    let mut world = World::new(73);
    world.connect_all();
    let id = world.create(SO, "so", "Hà Văn Tâm");
    world.settle();
    let backup = world.backup(SO);
    world.edit(SO, id, "phone", "0911111111");
    world.settle();
    world.cut(SO);
    world.restart(SO, backup);
    world.now += 1_000;
    let Answer::Edited { change, .. } = world.edit(SO, id, "phone", "0922222222") else { panic!() };
    let order = DocketOrder::Judge {
        change,
        items: Vec::new(),
        approve: false,
        reason: "thiếu bản gốc".to_owned(),
    };
    let meta = Meta { person: "Trần Thị B".to_owned(), role: Role::Approver, ..meta("so") };
    let answer = world.order(SO, Command::Docket { dossier: id, order: Box::new(order), meta });
    assert!(matches!(answer, Answer::Edited { .. }), "{answer:?}");
    meet(&mut world);
    let question = DocketQuestion::Reviews(id);
    for place in [SO, PROVINCE] {
        assert_eq!(world.text(place, id, "phone").as_deref(), Some("0922222222"), "said again");
        let Answer::Reviews(all) = world.order(place, Command::AskDocket(question.clone())) else {
            panic!("no reviews")
        };
        let judged: Vec<_> = all.iter().filter(|it| !it.verdicts.is_empty()).collect();
        assert!(judged.len() == 1 && judged[0].provenance.change != change, "{place}");
    }
    world.assert_converged();
}
