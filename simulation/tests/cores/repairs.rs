//! Repair: what it costs, and histories that only one side can see to differ.

use simulation::cores::{A, SO, World};

/// Most bytes of a repair over 200 dossiers of which 4 differ, HELLO and comparison included.
const REPAIR_BYTES_MAX: usize = 8_000;

#[test]
fn repair_sends_what_differs_and_little_else() {
    let mut world = World::new(21);
    world.connect_all();
    let ids: Vec<_> =
        (0..200).map(|number| world.create(A, "so.a", &format!("Người {number}"))).collect();
    world.settle();
    for round in 0..20 {
        for place in [0, 50, 100, 150] {
            world.edit(A, ids[place], "current_address", &format!("xóm số {round}, xã Tân Pheo"));
        }
    }
    world.settle();
    world.cut(A);
    for place in [0, 50] {
        world.edit(A, ids[place], "phone", "0911111111");
        world.edit(SO, ids[place + 100], "phone", "0922222222");
    }
    world.forget_cursors(A);
    world.forget_cursors(SO);
    let before = world.carried;
    world.connect(A, SO);
    world.settle();
    world.assert_converged();
    assert_eq!(world.text(SO, ids[50], "phone").as_deref(), Some("0911111111"));
    assert_eq!(world.text(A, ids[150], "phone").as_deref(), Some("0922222222"));
    let carried = world.carried - before;
    assert!(carried <= REPAIR_BYTES_MAX, "{carried} bytes");
}

#[test]
fn a_longer_history_below_gives_way_though_only_its_own_node_sees_both() {
    let mut world = World::new(22);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Văn Tâm");
    world.settle();
    let backup = world.nodes[A].store.clone();
    world.edit(A, id, "phone", "0911111111");
    world.settle();
    world.restart(A, backup);
    for number in 0..3 {
        world.edit(A, id, "current_address", &format!("xóm {number}"));
    }
    // Nobody remembers how far A's feed had been read: only the lines themselves tell.
    world.forget_cursors(A);
    world.forget_cursors(SO);
    for _ in 0..3 {
        world.connect_all();
        world.settle();
    }
    world.assert_converged();
    for place in [A, SO] {
        assert_eq!(world.text(place, id, "phone").as_deref(), Some("0911111111"), "{place}");
        assert_eq!(world.text(place, id, "current_address").as_deref(), Some("xóm 2"), "{place}");
    }
}
