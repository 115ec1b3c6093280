//! One story a test; the names say what must hold.

use dossier::LegalBasis;
use protocol::{
    Answer, Command,
    core::{IncidentKind, Totals},
};

use simulation::cores::{A, B, C, HUYEN, PROVINCE, SO, World, tree};

fn totals(world: &World, place: usize) -> Totals {
    world.nodes[place].core.totals()
}

#[test]
fn a_change_climbs_to_the_province_and_every_level_says_so() {
    let mut world = World::new(1);
    let id = world.create(A, "so.a", "Bùi Thị Tuyết");
    assert_eq!(totals(&world, A), Totals { dossiers: 1, changes: 1, own: 1, ..Totals::default() });
    world.connect(A, SO);
    world.settle();
    assert_eq!((totals(&world, A).own_tier2, totals(&world, A).own_tier3), (1, 0));
    world.connect(SO, PROVINCE);
    world.settle();
    assert_eq!(world.text(PROVINCE, id, "full_name").as_deref(), Some("Bùi Thị Tuyết"));
    assert_eq!((totals(&world, A).own_tier2, totals(&world, A).own_tier3), (1, 1));
    assert_eq!(world.digests(A), world.digests(PROVINCE));
}

#[test]
fn a_superior_edit_comes_down_and_collisions_are_kept_with_both_sources() {
    let mut world = World::new(2);
    world.connect_all();
    let id = world.create(C, "c", "Lò Văn Trung");
    world.settle();
    world.cut(C);
    world.edit(C, id, "phone", "0912345678");
    world.edit(C, id, "main_post", "Chủ tịch");
    world.edit(HUYEN, id, "current_address", "Đà Bắc");
    world.edit(HUYEN, id, "main_post", "Phó Chủ tịch");
    world.settle();
    world.connect(C, HUYEN);
    world.settle();
    world.assert_converged();
    for place in [C, HUYEN, PROVINCE] {
        assert_eq!(world.text(place, id, "phone").as_deref(), Some("0912345678"));
        assert_eq!(world.text(place, id, "current_address").as_deref(), Some("Đà Bắc"));
        let Answer::Conflicts(conflicts) = world.order(place, Command::Conflicts) else { panic!() };
        assert_eq!(conflicts.len(), 1);
        let sides: Vec<String> = conflicts[0]
            .candidates
            .iter()
            .filter_map(|side| side.provenance.as_ref())
            .map(|from| from.meta.person.clone())
            .collect();
        assert!(
            sides.contains(&"cán bộ c".to_owned()) && sides.contains(&"cán bộ huyen".to_owned())
        );
        assert_eq!(totals(&world, place).conflicts, 1);
    }
    world.edit(C, id, "main_post", "Chủ tịch UBND");
    world.settle();
    assert_eq!(totals(&world, PROVINCE).conflicts, 0);
    world.assert_converged();
}

#[test]
fn a_node_restored_from_an_old_copy_loses_nothing_and_wedges_nobody() {
    let mut world = World::new(3);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Văn Tâm");
    world.settle();
    let backup = world.nodes[A].store.clone();
    world.edit(A, id, "phone", "0911111111");
    let second = world.create(A, "so.a", "Đinh Thị Thơ");
    world.settle();
    let old_life = world.nodes[A].core.incarnation();
    world.restart(A, backup);
    // Written after the restore, under the numbers the lost edits had.
    world.edit(A, id, "current_address", "xóm Bai");
    world.connect_all();
    world.settle();
    world.connect_all();
    world.settle();
    assert_ne!(world.nodes[A].core.incarnation(), old_life);
    assert!(world.nodes[A].alarms.contains(&IncidentKind::RolledBack));
    for place in [A, SO, PROVINCE] {
        assert_eq!(world.text(place, id, "phone").as_deref(), Some("0911111111"), "{place}");
        assert_eq!(world.text(place, id, "current_address").as_deref(), Some("xóm Bai"), "{place}");
        assert!(world.text(place, second, "full_name").is_some());
    }
    world.edit(A, id, "phone", "0922222222");
    world.settle();
    assert_eq!(world.text(PROVINCE, id, "phone").as_deref(), Some("0922222222"));
    assert_eq!(totals(&world, A).own, totals(&world, A).own_tier3);
    world.assert_converged();
}

#[test]
fn a_restored_superior_gets_back_what_it_lost_from_below() {
    let mut world = World::new(4);
    world.connect_all();
    let first = world.create(A, "so.a", "Một");
    world.settle();
    let backup = world.nodes[SO].store.clone();
    let second = world.create(B, "so.b", "Hai");
    world.edit(A, first, "phone", "0900000001");
    world.edit(SO, first, "main_post", "Văn thư");
    world.settle();
    world.restart(SO, backup);
    for _ in 0..3 {
        world.connect_all();
        world.settle();
    }
    assert!(world.text(SO, second, "full_name").is_some());
    assert_eq!(world.text(SO, first, "main_post").as_deref(), Some("Văn thư"));
    world.edit(SO, first, "main_post", "Kế toán");
    world.settle();
    assert_eq!(world.text(A, first, "main_post").as_deref(), Some("Kế toán"));
    world.assert_converged();
}

#[test]
fn a_cloned_node_is_refused_while_the_original_lives_and_people_are_told() {
    let mut world = World::new(5);
    world.connect_all();
    let id = world.create(A, "so.a", "Một");
    world.settle();
    let clone = world.clone_disk(A);
    world.connect(clone, SO);
    world.settle();
    assert!(world.nodes[SO].alarms.contains(&IncidentKind::Cloned));
    assert!(!world.is_connected(clone, SO));
    assert!(world.is_connected(A, SO));
    world.edit(A, id, "phone", "0900000001");
    world.settle();
    world.assert_converged();
}

#[test]
fn a_revoked_node_is_hung_up_on_and_stays_out() {
    let mut world = World::new(6);
    world.connect_all();
    world.settle();
    world.revoke(A);
    world.settle();
    assert!(!world.is_connected(A, SO));
    world.create(A, "so.a", "Sau thu hồi");
    world.connect(A, SO);
    world.settle();
    assert!(!world.is_connected(A, SO));
    assert_eq!(totals(&world, SO).dossiers, 0);
}

#[test]
fn a_node_without_right_is_refused_at_home_and_its_forgery_stays_outside_everywhere() {
    let mut world = World::new(7);
    world.connect_all();
    let id = world.create(B, "so.b", "Của B");
    world.settle();
    // A never receives B's dossier; at home the order is refused.
    assert!(matches!(world.edit(A, id, "phone", "1"), Answer::Refused(_)));
    let entry = protocol::core::Entry {
        key: None,
        unit: "so.b".parse().expect("unit"),
        edits: vec![],
        meta: simulation::cores::meta("so.a"),
    };
    let Answer::Entered(made) = world.order(A, Command::Enter(vec![entry])) else { panic!() };
    assert_eq!(made[0].as_ref().map_err(|refused| refused.code.as_str()), Err("foreign_unit"));
    let entry = protocol::core::Entry {
        key: None,
        unit: "so.phong".parse().expect("unit"),
        edits: vec![],
        meta: simulation::cores::meta("so"),
    };
    let Answer::Entered(made) = world.order(SO, Command::Enter(vec![entry])) else { panic!() };
    assert_eq!(made[0].as_ref().map_err(|refused| refused.code.as_str()), Err("does_not_hold"));
    let entry = protocol::core::Entry {
        key: None,
        unit: "so.a".parse().expect("unit"),
        edits: vec![],
        meta: simulation::cores::meta("so"),
    };
    let Answer::Entered(made) = world.order(SO, Command::Enter(vec![entry])) else { panic!() };
    assert_eq!(made[0].as_ref().map_err(|refused| refused.code.as_str()), Err("custodian_enters"));
}

#[test]
fn a_unit_moved_under_another_department_takes_its_dossiers_along() {
    let mut world = World::new(8);
    world.connect_all();
    let id = world.create(C, "c", "Đi theo");
    world.settle();
    world.replant(tree("so"));
    world.settle();
    assert!(!world.is_connected(C, HUYEN));
    world.connect(C, SO);
    world.settle();
    assert_eq!(world.text(SO, id, "full_name").as_deref(), Some("Đi theo"));
    world.edit(SO, id, "phone", "0900000009");
    world.settle();
    assert_eq!(world.text(C, id, "phone").as_deref(), Some("0900000009"));
    assert_eq!(world.text(PROVINCE, id, "phone").as_deref(), Some("0900000009"));
}

#[test]
fn nothing_changed_costs_two_small_frames_whatever_the_number() {
    let mut world = World::new(9);
    world.connect_all();
    for number in 0..200 {
        world.create(A, "so.a", &format!("Người {number}"));
    }
    world.settle();
    let before = world.carried;
    assert_eq!(world.ask(A, Command::Sync), Answer::Synced(Some(true)));
    assert!(world.carried - before <= 80, "{} bytes", world.carried - before);
}

#[test]
fn a_person_and_a_basis_are_demanded_of_every_change() {
    let mut world = World::new(10);
    let id = world.create(A, "so.a", "Một");
    let mut nameless = simulation::cores::meta("so.a");
    nameless.person = " ".to_owned();
    let mut baseless = simulation::cores::meta("so.a");
    baseless.basis = LegalBasis::Correction { reason: String::new() };
    for meta in [nameless, baseless] {
        let edits = vec![simulation::cores::set("phone", "1")];
        let answer = world.order(A, Command::Edit { dossier: id, edits, meta });
        let Answer::Refused(refused) = answer else { panic!("{answer:?}") };
        assert!(refused.code.starts_with("basis"), "{refused:?}");
    }
    assert_eq!(totals(&world, A).changes, 1);
}
