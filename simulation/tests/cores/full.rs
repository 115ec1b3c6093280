//! Disks without room, clones that dial on, and comparisons in the middle of a commit: what must
//! neither be lost nor be told without end.

use dossier::Timestamp;
use protocol::{
    Answer, Command, Effect, Event, Moment,
    core::IncidentKind,
    wire::{Frame, RefusalCode},
};

use simulation::cores::{A, SO, World, meta, set};

#[test]
fn a_full_disk_takes_nothing_in_shows_everything_and_goes_on_when_there_is_room() {
    let mut world = World::new(41);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Công Đức");
    world.settle();
    world.handle(SO, Event::Disk { full: true });
    let Answer::Refused(refused) = world.edit(SO, id, "phone", "1") else { panic!("it writes") };
    assert_eq!(refused.code, "disk-full");
    assert_eq!(world.text(SO, id, "full_name").as_deref(), Some("Hà Công Đức"));
    world.edit(A, id, "phone", "0911111111");
    world.connect(A, SO);
    world.settle();
    assert!(!world.is_connected(A, SO));
    let Answer::Status(told) = world.order(A, Command::Status) else { panic!() };
    assert_eq!(told.refused.map(|refused| refused.code), Some(RefusalCode::Full as u16));
    assert_eq!((told.totals.own, told.totals.own_tier2), (2, 1), "and nothing is claimed");
    world.handle(SO, Event::Disk { full: false });
    world.connect_all();
    world.settle();
    assert_eq!(world.text(SO, id, "phone").as_deref(), Some("0911111111"));
    world.assert_converged();
}

#[test]
fn a_clone_that_dials_all_day_is_told_of_once_an_hour() {
    let mut world = World::new(42);
    world.connect_all();
    world.settle();
    let clone = world.clone_disk(A);
    let told = |world: &World| {
        let alarms = world.nodes[SO].alarms.iter();
        alarms.filter(|kind| **kind == IncidentKind::Cloned).count()
    };
    for minute in 0..180 {
        world.connect(clone, SO);
        world.settle();
        assert!(!world.is_connected(clone, SO), "refused each time");
        world.pass(60_000);
        assert_eq!(told(&world), 1 + minute / 60);
    }
    let Answer::Incidents(all) = world.order(SO, Command::Incidents) else { panic!() };
    assert_eq!(all.len(), 3);
}

#[test]
fn an_edit_that_is_not_durable_yet_is_no_difference() {
    let mut world = World::new(43);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Công Đức");
    world.settle();
    world.handle(A, Event::Command { request: 900, command: Box::new(Command::Sync) });
    let (conn, check) = world
        .under_way_to(SO)
        .into_iter()
        .find_map(|(conn, queue)| Some((conn, queue.pop_front()?)))
        .expect("a comparison");
    let answer = |world: &mut World, event: Event| -> Vec<Effect> {
        let node = &mut world.nodes[SO];
        let moment = Moment { now: Timestamp::from_millis(world.now), seed: [3; 32] };
        node.core.handle(moment, event, &node.store, &node.key).expect("no fault")
    };
    let edits = vec![set("phone", "0911111111")];
    let edit = Command::Edit { dossier: id, edits, meta: meta("so") };
    let effects = answer(&mut world, Event::Command { request: 901, command: Box::new(edit) });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Commit(_))));
    let effects = answer(&mut world, Event::Frame { conn, bytes: check });
    let said = effects.iter().find_map(|effect| match effect {
        Effect::Send { frame, .. } => match Frame::decode(frame).expect("frame") {
            Frame::Checked(state) => Some(state),
            _ => None,
        },
        _ => None,
    });
    assert!(!said.expect("an answer").drained, "the sum is ahead of the feed");
}
