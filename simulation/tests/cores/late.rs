//! Parcels that could not be admitted when they came, and are when what they wait for does.

use protocol::{
    Answer, Command, Event, Records, Table,
    holding::StoredParcel,
    wire::{Frame, Item},
};

use simulation::cores::{A, PROVINCE, SO, World};

#[test]
fn what_waited_for_earlier_changes_is_acknowledged_with_them() {
    let mut world = World::new(11);
    world.connect_all();
    world.settle();
    let id = world.create(A, "so.a", "Bùi Thị Tuyết");
    world.edit(A, id, "phone", "0911111111");
    world.edit(A, id, "phone", "0922222222");
    for (_, queue) in world.under_way_to(SO) {
        queue.make_contiguous().reverse();
    }
    world.deliver_to(SO);
    assert_eq!(world.nodes[SO].core.totals().changes, 3);
    assert_eq!(world.nodes[SO].core.totals().quarantined, 0);
    // The receipts alone: no later question, no copy that was asked for.
    world.deliver_to(A);
    let totals = world.nodes[A].core.totals();
    assert_eq!((totals.own, totals.own_tier2), (3, 3));
    world.settle();
    assert_eq!(world.nodes[A].core.totals().own_tier3, 3);
    world.assert_converged();
}

#[test]
fn changes_of_one_frame_are_admitted_in_whatever_order_they_stand() {
    let mut world = World::new(12);
    world.connect_all();
    world.settle();
    let id = world.create(A, "so.a", "Bùi Thị Tuyết");
    world.edit(A, id, "phone", "0911111111");
    world.edit(A, id, "phone", "0922222222");
    let mut items = parcels(&world, A);
    items.reverse();
    let bytes = Frame::Items { cursor: None, items }.encode();
    let queues = world.under_way_to(SO);
    let (conn, queue) = queues.into_iter().find(|(_, queue)| !queue.is_empty()).expect("a wire");
    queue.clear();
    world.handle(SO, Event::Frame { conn, bytes });
    let totals = world.nodes[SO].core.totals();
    assert_eq!((totals.changes, totals.quarantined), (3, 0));
}

#[test]
fn what_waited_for_the_member_list_is_acknowledged_to_whoever_brought_it() {
    let mut world = World::new(13);
    world.connect_all();
    world.settle();
    let (newcomer, entry) = world.join("so.d", "so.d");
    world.create(newcomer, "so.d", "Đinh Công Sơn");
    let items = parcels(&world, newcomer);
    let (conn, _) = world.under_way_to(PROVINCE).remove(0);
    let bytes = Frame::Items { cursor: None, items }.encode();
    world.handle(PROVINCE, Event::Frame { conn, bytes });
    assert_eq!(world.nodes[PROVINCE].core.totals().dossiers, 0);
    assert_eq!(world.nodes[PROVINCE].core.totals().quarantined, 1);
    let said = acknowledged(&mut world, SO);
    assert_eq!(world.order(PROVINCE, Command::Member(entry)), Answer::Done);
    assert_eq!(world.nodes[PROVINCE].core.totals().dossiers, 1);
    assert_eq!(world.nodes[PROVINCE].core.totals().quarantined, 0);
    assert_eq!(acknowledged(&mut world, SO), said + 1);
}

/// The parcels a node holds, in the order of their arrival.
fn parcels(world: &World, place: usize) -> Vec<Item> {
    let rows = world.nodes[place].store.scan(Table::Parcel, &[], None, 100).expect("rows");
    let stored = rows.iter().map(|(_, row)| StoredParcel::decode(row).expect("parcel"));
    stored.map(|stored| Item::Parcel(stored.parcel)).collect()
}

/// How many acknowledgements are under way to a node outside receipts.
fn acknowledged(world: &mut World, place: usize) -> usize {
    let queues = world.under_way_to(place);
    let frames = queues.iter().flat_map(|(_, queue)| queue.iter());
    let said = frames.filter_map(|bytes| match Frame::decode(bytes).expect("frame") {
        Frame::Acknowledged(all) => Some(all.len()),
        _ => None,
    });
    said.sum()
}
