//! What a unit enters for the body above it, and what three hands write at once.

use std::collections::BTreeSet;

use dossier::{
    DossierId, LegalBasis, Review, Role,
    account::Paper,
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
};
use protocol::{
    Answer, Command, core::Entry, envelope::Meta, limits::LIMITS, notice::Saying, wire::Frame,
};

use super::notices::{delegation, say};
use simulation::cores::{A, C, HUYEN, PROVINCE, SO, World, meta, set, tree};

#[test]
fn a_unit_brings_back_what_it_entered_for_a_body_that_went_back_in_time() {
    let mut world = World::new(71);
    world.connect(A, SO);
    world.settle();
    say(&mut world, SO, Saying::Grant(Box::new(delegation())));
    world.settle();
    // From its first day, when it had read nothing of anybody.
    let backup = World::new(71).backup(SO);
    let edits = vec![set("full_name", "Hà Thị Mai")];
    let entry = Entry { key: None, unit: "so".parse().expect("unit"), edits, meta: meta("so.a") };
    let Answer::Entered(made) = world.order(A, Command::Enter(vec![entry])) else { panic!() };
    let (id, _) = made[0].clone().expect("delegated");
    world.settle();
    assert_eq!(world.nodes[A].core.totals().own_tier2, 1, "acknowledged, and then lost");
    world.restart(SO, backup);
    for _ in 0..3 {
        world.connect_all();
        world.settle();
        world.pass(LIMITS.repair_interval_ms + 1_000);
    }
    for place in [SO, PROVINCE] {
        assert_eq!(world.text(place, id, "full_name").as_deref(), Some("Hà Thị Mai"), "{place}");
    }
    world.assert_converged();
}

/// `so.a` enters a dossier for `so`.
fn entered_for_so(world: &mut World, name: &str) -> DossierId {
    let edits = vec![set("full_name", name)];
    let entry = Entry { key: None, unit: "so".parse().expect("unit"), edits, meta: meta("so.a") };
    let Answer::Entered(made) = world.order(A, Command::Enter(vec![entry])) else { panic!() };
    made[0].clone().expect("delegated").0
}

/// Everybody talks, and `so` has delegated entry to `so.a`.
fn delegated(seed: u64) -> World {
    let mut world = World::new(seed);
    world.connect_all();
    world.settle();
    say(&mut world, SO, Saying::Grant(Box::new(delegation())));
    world.settle();
    world
}

/// A line that lost changes is opened anew, and both sides compare.
fn reconnect(world: &mut World, place: usize) {
    world.cut(place);
    world.connect_all();
    world.settle();
    world.pass(LIMITS.check_interval_ms + 1_000);
    world.settle();
}

/// The changes that are under way to a machine are lost.
fn lose(world: &mut World, place: usize) {
    for (_, frames) in world.under_way_to(place) {
        frames.retain(|bytes| !matches!(Frame::decode(bytes), Ok(Frame::Items { .. })));
    }
}

#[test]
fn what_was_lost_of_a_lent_dossier_is_found_by_comparing() {
    let mut world = delegated(76);
    let one = entered_for_so(&mut world, "Hà Thị Mai");
    let other = entered_for_so(&mut world, "Lò Thị Ơn");
    world.settle();
    for (place, unit, there) in [(A, "so.a", SO), (SO, "so", A)] {
        for id in [one, other] {
            let edits = vec![set("main_post", unit)];
            let edit = Command::Edit { dossier: id, edits, meta: meta(unit) };
            assert!(matches!(world.order(place, edit), Answer::Edited { .. }), "{unit}");
            if id == one {
                lose(&mut world, there);
            }
            world.settle();
        }
        assert_eq!(world.text(there, other, "main_post").as_deref(), Some(unit), "and beyond it");
        assert_ne!(world.text(there, one, "main_post").as_deref(), Some(unit), "one is lost");
        reconnect(&mut world, A);
        assert_eq!(world.text(there, one, "main_post").as_deref(), Some(unit));
    }
    assert_eq!(world.nodes[A].core.totals().own_tier3, 4);
    world.assert_converged();
}

#[test]
fn what_was_lost_of_a_dossier_that_has_left_is_missed_by_who_wrote_it() {
    let mut world = World::new(78);
    world.connect_all();
    let one = world.create(C, "c", "Lò Văn Trung");
    let other = world.create(C, "c", "Hà Thị Mai");
    world.settle();
    for id in [one, other] {
        let edits = vec![set("main_post", "Kế toán")];
        let edit = Command::Edit { dossier: id, edits, meta: meta("huyen") };
        assert!(matches!(world.order(HUYEN, edit), Answer::Edited { .. }));
        if id == one {
            lose(&mut world, PROVINCE);
        }
        world.settle();
    }
    world.replant(tree("so"));
    world.settle();
    assert_eq!(world.text(PROVINCE, one, "main_post"), None, "lost, and of another body");
    reconnect(&mut world, HUYEN);
    assert_eq!(world.text(PROVINCE, one, "main_post").as_deref(), Some("Kế toán"));
    assert_eq!(world.nodes[HUYEN].core.totals().own_tier3, 2);
    world.assert_converged();
}

#[test]
fn what_a_body_let_in_stands_whatever_its_clock_says_afterwards() {
    let mut world = delegated(77);
    let id = entered_for_so(&mut world, "Hà Thị Mai");
    world.deliver_to(SO);
    lose(&mut world, PROVINCE);
    assert_eq!(world.text(SO, id, "full_name").as_deref(), Some("Hà Thị Mai"));
    // The battery of its clock is flat, and the delegation ends years before it was given.
    world.nodes[SO].clock_ahead_ms = -8 * 366 * 24 * 3_600_000;
    let grants = world.nodes[SO].core.board().grants().iter();
    let grant = *grants.map(|(id, _)| id).next().expect("it was given");
    let by = Officer { full_name: "cán bộ mot".to_owned(), login: None };
    let end = GrantAct::End { grant, reason: "hết việc".to_owned(), by };
    say(&mut world, SO, Saying::Grant(Box::new(end)));
    world.settle();
    world.nodes[SO].clock_ahead_ms = 0;
    assert_eq!(world.text(PROVINCE, id, "full_name"), None, "it hears of the end first");
    reconnect(&mut world, SO);
    assert_eq!(world.text(PROVINCE, id, "full_name").as_deref(), Some("Hà Thị Mai"));
    assert_eq!(world.nodes[PROVINCE].core.totals().quarantined, 0);
    // Nor is it kept from the body that let it in, and lost its disk.
    let backup = World::new(77).backup(SO);
    world.restart(SO, backup);
    for _ in 0..3 {
        reconnect(&mut world, SO);
    }
    assert_eq!(world.text(SO, id, "full_name").as_deref(), Some("Hà Thị Mai"));
    world.assert_converged();
}

#[test]
fn what_a_unit_entered_for_a_body_it_has_left_is_shown_to_that_body_alone() {
    let mut world = World::new(73);
    world.connect_all();
    world.settle();
    let GrantAct::Give(giving) = delegation() else { panic!("a delegation is given") };
    let to_c = Giving {
        grantee: Grantee::Unit("c".parse().expect("unit")),
        scope: Scope { units: BTreeSet::from(["huyen".parse().expect("unit")]), ..giving.scope },
        ..giving
    };
    say(&mut world, HUYEN, Saying::Grant(Box::new(GrantAct::Give(to_c))));
    world.settle();
    world.cut(C);
    let edits = vec![set("full_name", "Lò Văn Trung")];
    let entry = Entry { key: None, unit: "huyen".parse().expect("unit"), edits, meta: meta("c") };
    let Answer::Entered(made) = world.order(C, Command::Enter(vec![entry])) else { panic!() };
    let (id, _) = made[0].clone().expect("delegated");
    world.replant(tree("so"));
    world.settle();
    // A repair, and a feed after it.
    for _ in 0..2 {
        world.connect(C, SO);
        world.settle();
        world.pass(LIMITS.check_interval_ms + 1_000);
    }
    assert!(world.is_connected(C, SO), "they do talk");
    assert_eq!(world.text(SO, id, "full_name"), None, "it is of another body");
    assert_eq!(world.nodes[SO].core.totals().quarantined, 0, "nor does it lie there outside");
    world.replant(tree("huyen"));
    for _ in 0..2 {
        world.connect_all();
        world.settle();
        world.pass(LIMITS.check_interval_ms + 1_000);
    }
    for place in [HUYEN, PROVINCE] {
        assert_eq!(world.text(place, id, "full_name").as_deref(), Some("Lò Văn Trung"), "{place}");
    }
    assert_eq!(world.nodes[C].core.totals().own_tier3, 1);
}

/// Sở Nội vụ orders the correction of a dossier of `so.a`, signed by two officers.
fn order_correction(world: &mut World, id: DossierId) {
    let officer = |login: &str| Officer {
        full_name: format!("cán bộ {login}"),
        login: Some(login.parse().expect("login")),
    };
    let day = |text: &str| text.parse().expect("a day");
    let giving = Giving {
        kind: GrantKind::Correction,
        document: Paper { number: "7/QĐ".to_owned(), signed_on: day("1970-01-01") },
        issuer: "Sở Nội vụ".to_owned(),
        by: officer("mot"),
        grantee: Grantee::Unit("tier3".parse().expect("unit")),
        scope: Scope {
            units: BTreeSet::from(["so.a".parse().expect("unit")]),
            dossiers: BTreeSet::from([id]),
            sections: BTreeSet::new(),
        },
        period: Period { from: day("1970-01-01"), to: day("1970-01-20") },
        purpose: "sửa sai".to_owned(),
    };
    let grant = say(world, PROVINCE, Saying::Grant(Box::new(GrantAct::Give(giving))));
    let confirm = GrantAct::Confirm { grant, by: officer("hai") };
    say(world, PROVINCE, Saying::Grant(Box::new(confirm)));
}

/// How many values stand side by side.
fn sides(world: &mut World, place: usize) -> usize {
    match world.order(place, Command::Conflicts) {
        Answer::Conflicts(all) => all.first().map_or(0, |met| met.candidates.len()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_three_hands_wrote_stands_side_by_side_until_somebody_who_knows_all_writes() {
    let mut world = World::new(72);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Văn Tâm");
    world.settle();
    order_correction(&mut world, id);
    world.settle();
    for place in [A, SO] {
        world.cut(place);
    }
    world.edit(A, id, "main_post", "Văn thư");
    world.edit(SO, id, "main_post", "Kế toán");
    let basis = LegalBasis::Correction { reason: "theo lệnh".to_owned() };
    let (person, role) = ("cán bộ hai".to_owned(), Role::Administrator);
    let meta = Meta { person, role, basis, review: Review::NotRequired };
    let edits = vec![set("main_post", "Thủ quỹ")];
    let answer = world.order(PROVINCE, Command::Edit { dossier: id, edits, meta });
    assert!(matches!(answer, Answer::Edited { .. }), "{answer:?}");
    assert_eq!([A, SO, PROVINCE].map(|place| sides(&mut world, place)), [0, 0, 0]);
    world.connect_all();
    world.settle();
    assert_eq!([A, SO, PROVINCE].map(|place| sides(&mut world, place)), [3, 3, 3]);
    world.assert_converged();
    world.edit(SO, id, "main_post", "Văn thư");
    world.settle();
    assert_eq!([A, SO, PROVINCE].map(|place| sides(&mut world, place)), [0, 0, 0]);
    world.assert_converged();
}
