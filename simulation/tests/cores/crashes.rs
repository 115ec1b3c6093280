//! Nodes that die without a word: what they had said is true, what they had not heard is asked for.

use protocol::{core::IncidentKind, limits::LIMITS};

use simulation::cores::{A, PROVINCE, SO, World};

#[test]
fn a_receipt_that_died_with_its_connection_is_asked_for_on_the_way_up() {
    for killed in [SO, PROVINCE] {
        let mut world = World::new(41);
        world.connect(A, SO);
        world.connect(SO, PROVINCE);
        world.settle();
        world.create(A, "so.a", "Bùi Thị Tuyết");
        while world.nodes[PROVINCE].core.totals().dossiers == 0 {
            assert!(world.step(), "the dossier is on its way");
        }
        assert_eq!(world.nodes[A].core.totals().own_tier3, 0, "the receipt is on its way");
        world.restart(killed, world.nodes[killed].store.clone());
        if killed == SO {
            world.connect(A, SO);
        }
        world.connect(SO, PROVINCE);
        world.settle();
        world.pass(LIMITS.inquiry_interval_ms);
        assert_eq!(world.nodes[A].core.totals().own_tier3, 1, "{killed} was killed");
    }
}

#[test]
fn a_receipt_is_asked_for_once() {
    let mut world = World::new(42);
    world.connect_all();
    world.create(A, "so.a", "Bùi Thị Tuyết");
    world.settle();
    for _ in 0..2 {
        world.cut(SO);
        world.connect_all();
        world.settle();
    }
    let before = world.carried;
    world.cut(SO);
    world.connect(SO, PROVINCE);
    world.settle();
    assert!(world.carried - before < 1_000, "{} bytes", world.carried - before);
}

#[test]
fn a_node_killed_again_and_again_is_served_though_its_dead_connections_linger() {
    let mut world = World::new(43);
    world.connect(A, SO);
    let id = world.create(A, "so.a", "Bùi Thị Tuyết");
    world.settle();
    for _ in 0..3 {
        world.kill(A);
        world.connect(A, SO);
        world.settle();
    }
    world.edit(A, id, "phone", "0912345678");
    for _ in 0..4 {
        world.pass(LIMITS.challenge_timeout_ms + 1);
    }
    assert_eq!(world.text(SO, id, "phone").as_deref(), Some("0912345678"));
    assert_eq!(world.nodes[SO].alarms, [], "nobody was cloned");
}

#[test]
fn a_clone_is_not_listened_to_while_it_is_found_out() {
    for seed in 0..16 {
        let mut world = World::new(44 + seed);
        world.connect_all();
        let id = world.create(A, "so.a", "Bùi Thị Tuyết");
        world.settle();
        let clone = world.clone_disk(A);
        world.edit(clone, id, "phone", "0912345678");
        world.connect(clone, SO);
        world.settle();
        assert!(world.nodes[SO].alarms.contains(&IncidentKind::Cloned));
        assert_eq!(world.text(SO, id, "phone"), None, "seed {seed}");
        world.edit(A, id, "phone", "0987654321");
        world.settle();
        world.assert_converged();
    }
}
