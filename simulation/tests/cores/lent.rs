//! What a unit enters for the body above it, and what three hands write at once.

use std::collections::BTreeSet;

use dossier::{
    DossierId, LegalBasis, Review, Role,
    account::Paper,
    grant::{Giving, GrantAct, GrantKind, Grantee, Officer, Period, Scope},
};
use protocol::{Answer, Command, core::Entry, envelope::Meta, limits::LIMITS, notice::Saying};

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
