//! The register changes the province while it works: units move, nodes are shut out and replaced.

use dossier::DossierId;
use protocol::{Answer, Command, member::MemberAct, notice::Saying};

use simulation::cores::{A, C, HUYEN, PROVINCE, SO, World, tree};

use super::notices::{delegation, say};

fn quarantined(world: &World, place: usize) -> u64 {
    world.nodes[place].core.totals().quarantined
}

fn same_everywhere(world: &mut World, id: DossierId, field: &str, text: &str, places: &[usize]) {
    for place in places {
        assert_eq!(world.text(*place, id, field).as_deref(), Some(text), "{field} at {place}");
        assert_eq!(quarantined(world, *place), 0, "outside at {place}");
    }
}

/// A dossier of unit C, with an edit of its department, held by all three.
fn begun(world: &mut World) -> DossierId {
    world.connect_all();
    let id = world.create(C, "c", "Lò Thị Mai");
    world.settle();
    world.edit(HUYEN, id, "main_post", "Văn thư");
    world.settle();
    id
}

/// A new node for the unit of `place`, whose old one is shut out; the province knows of both.
fn replaced(world: &mut World, place: usize, name: &str) -> usize {
    world.revoke(place);
    world.settle();
    let unit = world.nodes[place].identity.unit.to_string();
    let (fresh, entry) = world.join(&unit, name);
    assert_eq!(world.order(PROVINCE, Command::Member(entry)), Answer::Done);
    world.settle();
    fresh
}

#[test]
fn what_a_department_wrote_stays_lawful_when_the_unit_moves_away() {
    let mut world = World::new(31);
    let id = begun(&mut world);
    world.replant(tree("so"));
    world.settle();
    world.connect(C, SO);
    world.settle();
    same_everywhere(&mut world, id, "main_post", "Văn thư", &[C, SO, PROVINCE]);
    world.edit(SO, id, "phone", "0900000001");
    world.settle();
    same_everywhere(&mut world, id, "phone", "0900000001", &[C, SO, PROVINCE]);
    let Answer::Refused(refused) = world.edit(HUYEN, id, "phone", "0900000002") else {
        panic!("the former department still writes");
    };
    assert_eq!(refused.detail, "no right");
    assert_eq!(world.digests(SO).get(&id), world.digests(PROVINCE).get(&id));
}

#[test]
fn what_a_department_wrote_before_it_heard_of_the_move_still_arrives() {
    let mut world = World::new(32);
    let id = begun(&mut world);
    world.cut(HUYEN);
    world.edit(HUYEN, id, "phone", "0900000003");
    world.replant(tree("so"));
    world.connect(C, SO);
    world.settle();
    world.connect(HUYEN, PROVINCE);
    world.settle();
    world.connect(C, SO);
    world.settle();
    same_everywhere(&mut world, id, "phone", "0900000003", &[C, SO, PROVINCE]);
    let totals = world.nodes[HUYEN].core.totals();
    assert_eq!(totals.own, totals.own_tier3, "and is acknowledged");
}

#[test]
fn a_unit_that_was_away_hears_from_its_former_department_where_it_belongs() {
    let mut world = World::new(36);
    begun(&mut world);
    world.cut(C);
    world.settle();
    let address = "so.hoabinh.gov.vn:7443";
    let node = world.nodes[SO].identity.node;
    world.register(MemberAct::Address { node, address: address.to_owned() });
    world.replant(tree("so"));
    world.settle();
    world.connect(C, HUYEN);
    world.settle();
    let core = &world.nodes[C].core;
    let superior = core.members().superior_of(&core.identity().unit, &core.tree().tree);
    let superior = superior.expect("a superior");
    assert_eq!(superior.unit, world.nodes[SO].identity.unit);
    assert_eq!(superior.address.as_deref(), Some(address), "or nobody could dial it");
    assert!(!world.is_connected(C, HUYEN));
}

// Seed 2019 of the full world: a unit was put under a department whose new node nobody could dial.
#[test]
fn a_new_node_is_reached_where_the_one_before_it_was() {
    let mut world = World::new(34);
    begun(&mut world);
    let (address, moved_to) = ("so.hoabinh.gov.vn:7443", "so-2.hoabinh.gov.vn:7443");
    let unit = world.nodes[SO].identity.unit.clone();
    let node = world.nodes[SO].identity.node;
    world.register(MemberAct::Address { node, address: address.to_owned() });
    world.cut(SO);
    let fresh = replaced(&mut world, SO, "so (2)");
    let reached = |world: &World| {
        let members = world.nodes[PROVINCE].core.members();
        members.active_for(&unit).and_then(|member| member.address.clone())
    };
    assert_eq!(reached(&world).as_deref(), Some(address));
    let node = world.nodes[fresh].identity.node;
    world.register(MemberAct::Address { node, address: moved_to.to_owned() });
    assert_eq!(reached(&world).as_deref(), Some(moved_to), "until the register says otherwise");
}

#[test]
fn a_newcomer_learns_the_trees_of_the_past_and_takes_in_what_was_lawful_under_them() {
    let mut world = World::new(33);
    let id = begun(&mut world);
    world.replant(tree("so"));
    world.settle();
    world.connect(C, SO);
    world.settle();
    world.cut(SO);
    let fresh = replaced(&mut world, SO, "so (2)");
    world.connect(C, fresh);
    world.settle();
    world.connect(fresh, PROVINCE);
    world.settle();
    same_everywhere(&mut world, id, "main_post", "Văn thư", &[C, fresh, PROVINCE]);
}

#[test]
fn a_unit_that_does_not_know_its_new_superior_yet_hears_who_it_is_before_anything_else() {
    let mut world = World::new(37);
    world.connect_all();
    world.settle();
    // Something that concerns both: it is told about at the beginning of every conversation.
    say(&mut world, SO, Saying::Grant(Box::new(delegation())));
    world.settle();
    for place in [A, SO] {
        world.cut(place);
    }
    let fresh = replaced(&mut world, SO, "so (2)");
    world.connect(fresh, PROVINCE);
    world.settle();
    assert_eq!(world.nodes[fresh].core.board().len(), 1, "its predecessor's word");
    world.connect(A, fresh);
    world.settle();
    assert!(world.is_connected(A, fresh));
    let uppers = world.nodes[A].core.sessions().filter(|one| one.is_live());
    assert_eq!(uppers.count(), 1);
}

#[test]
fn a_replaced_node_gets_back_what_its_predecessor_wrote() {
    let mut world = World::new(34);
    let id = begun(&mut world);
    world.edit(C, id, "phone", "0911111111");
    world.settle();
    let fresh = replaced(&mut world, C, "c (2)");
    assert!(!world.is_connected(C, HUYEN));
    world.connect(fresh, HUYEN);
    world.settle();
    same_everywhere(&mut world, id, "phone", "0911111111", &[fresh, HUYEN, PROVINCE]);
    world.edit(fresh, id, "phone", "0922222222");
    world.settle();
    same_everywhere(&mut world, id, "phone", "0922222222", &[fresh, HUYEN, PROVINCE]);
}

#[test]
fn a_node_that_is_shut_out_in_the_middle_of_its_sync_leaves_nobody_apart() {
    let mut world = World::new(35);
    let id = begun(&mut world);
    world.cut(HUYEN);
    world.connect(C, HUYEN);
    world.edit(C, id, "phone", "0933333333");
    world.settle();
    world.revoke(C);
    world.edit(HUYEN, id, "main_post", "Kế toán");
    world.connect(HUYEN, PROVINCE);
    world.settle();
    same_everywhere(&mut world, id, "phone", "0933333333", &[HUYEN, PROVINCE]);
    same_everywhere(&mut world, id, "main_post", "Kế toán", &[HUYEN, PROVINCE]);
    assert_eq!(world.digests(HUYEN).get(&id), world.digests(PROVINCE).get(&id));
    assert!(!world.is_connected(C, HUYEN));
}
