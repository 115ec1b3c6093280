//! The second lock: who may speak at all.

use dossier::{Hash, Incarnation, NodeId};
use protocol::{
    FeedPosition, LIMITS, Table,
    wire::{Cursor, Frame, RefusalCode},
};

use crate::door::{Door, hello};
use simulation::cores::{A, C, PROVINCE, SO, World};

#[test]
fn another_version_of_the_conversation_is_refused() {
    for version in [0, 1, 3, 255, 65_535] {
        let mut world = World::new(1);
        let door = Door::open(&mut world, SO, "so.a", "so.a");
        let mut hello = hello(&world, SO, A);
        hello.version = version;
        let reply = door.say(&mut world, &Frame::Hello(hello));
        reply.assert_refused(RefusalCode::Version, &format!("version {version}"));
    }
}

// a node that is not enrolled stays outside.
#[test]
fn a_node_that_is_not_on_the_member_list_is_refused() {
    let mut world = World::new(2);
    let door = Door::open(&mut world, SO, "so.a", "so.a");
    let mut stranger = hello(&world, SO, A);
    stranger.node = NodeId::from_bytes([9; 16]);
    let reply = door.say(&mut world, &Frame::Hello(stranger));
    reply.assert_refused(RefusalCode::Unlisted, "a stranger");
    let door = Door::open(&mut world, SO, "a key of another hand", "so.a");
    let genuine = hello(&world, SO, A);
    let reply = door.say(&mut world, &Frame::Hello(genuine));
    reply.assert_refused(RefusalCode::Unlisted, "a TLS key that is not the member's");
}

#[test]
fn a_hello_that_contradicts_the_certificate_is_refused() {
    let mut world = World::new(3);
    let door = Door::open(&mut world, SO, "so.a", "so.a");
    let mut other = hello(&world, SO, A);
    other.unit = "so.b".parse().expect("unit");
    let reply = door.say(&mut world, &Frame::Hello(other));
    reply.assert_refused(RefusalCode::Identity, "another unit in the HELLO");
    let door = Door::open(&mut world, SO, "so.a", "so.b");
    let genuine = hello(&world, SO, A);
    let reply = door.say(&mut world, &Frame::Hello(genuine));
    reply.assert_refused(RefusalCode::Identity, "another unit in the certificate");
}

#[test]
fn a_node_of_another_branch_is_refused() {
    let mut world = World::new(4);
    let door = Door::open(&mut world, SO, "c", "c");
    let hello = hello(&world, SO, C);
    let reply = door.say(&mut world, &Frame::Hello(hello));
    reply.assert_refused(RefusalCode::NotNeighbour, "a commune of a district, at a department");
}

#[test]
fn a_node_that_was_shut_out_is_refused() {
    let mut world = World::new(5);
    world.revoke(A);
    let door = Door::open(&mut world, PROVINCE, "so.a", "so.a");
    let hello = hello(&world, PROVINCE, A);
    let reply = door.say(&mut world, &Frame::Hello(hello));
    reply.assert_refused(RefusalCode::Revoked, "a revoked node");
}

#[test]
fn a_life_that_was_replaced_is_refused() {
    let mut world = World::new(6);
    Door::seated(&mut world, SO, A).close(&mut world);
    let door = Door::open(&mut world, SO, "so.a", "so.a");
    let mut renewed = hello(&world, SO, A);
    renewed.incarnation = Incarnation::from_bytes([8; 16]);
    assert_eq!(door.say(&mut world, &Frame::Hello(renewed)).closed, None);
    door.close(&mut world);
    let door = Door::open(&mut world, SO, "so.a", "so.a");
    let replayed = hello(&world, SO, A);
    let reply = door.say(&mut world, &Frame::Hello(replayed));
    reply.assert_refused(RefusalCode::StaleIncarnation, "a replayed HELLO of the old life");
}

#[test]
fn a_cursor_beyond_the_feed_begins_a_new_life_once_in_a_while_and_not_at_every_call() {
    let mut world = World::new(7);
    let call = |world: &mut World| {
        let door = Door::open(world, SO, "so.a", "so.a");
        let mut hello = hello(world, SO, A);
        let incarnation = world.nodes[SO].core.incarnation();
        let position = FeedPosition { sequence: 10_000, digest: Hash::of(b"never written") };
        hello.cursor = Some(Cursor { incarnation, position });
        let reply = door.say(world, &Frame::Hello(hello));
        assert_eq!(reply.closed, Some(RefusalCode::Renewing));
        reply.assert_only(&[Table::Incident, Table::Meta], "a cursor beyond the feed");
        world.nodes[SO].core.incarnation() != incarnation
    };
    assert!(call(&mut world), "its store may have gone back in time");
    for _ in 0..3 {
        world.now += LIMITS.renewal_interval_ms / 4;
        assert!(!call(&mut world), "a rogue must not keep it beginning anew");
    }
    world.now += LIMITS.renewal_interval_ms / 4;
    assert!(call(&mut world));
}
