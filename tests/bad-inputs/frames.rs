//! Bytes that are no frame, and frames out of place.

use std::time::Instant;

use protocol::LIMITS;
use protocol::codec::{self, DecodeError};
use protocol::wire::{Frame, RefusalCode, ScopeState};
use serde_bytes::ByteBuf;

use crate::door::{Door, PATIENCE, hello};
use simulation::cores::{A, SO, World};

fn genuine() -> Vec<u8> {
    hello_frame(&World::new(1)).encode()
}

fn hello_frame(world: &World) -> Frame {
    Frame::Hello(hello(world, SO, A))
}

/// Name and bytes of what no decoder may take.
fn malformed() -> Vec<(String, Vec<u8>)> {
    let genuine = genuine();
    let mut longer = genuine.clone();
    longer.push(0);
    let mut newer = genuine.clone();
    newer[0] = codec::VERSION + 1;
    let too_many =
        Frame::Inquire { here: vec![[0; 8]; LIMITS.tips_max], above: vec![[0; 8]] }.encode();
    let too_long = vec![0; LIMITS.reconcile_bytes_max + 1];
    let reconcile = Frame::Reconcile(ByteBuf::from(too_long));
    let claims = |tag: u8| [vec![codec::VERSION, tag, 253], vec![0xff; 8]].concat();
    let mut cases = vec![
        ("nothing".to_owned(), Vec::new()),
        ("only a version".to_owned(), vec![codec::VERSION]),
        ("a byte too many".to_owned(), longer),
        ("a newer encoding".to_owned(), newer),
        ("an unknown frame".to_owned(), vec![codec::VERSION, 200]),
        ("a frame number of four bytes".to_owned(), vec![codec::VERSION, 252, 1, 2, 3, 4]),
        ("more tips than allowed".to_owned(), too_many),
        ("a reconciliation too long".to_owned(), reconcile.encode()),
        ("longer than any frame".to_owned(), vec![1; LIMITS.frame_bytes_max + 1]),
        ("2^64 members".to_owned(), claims(2)),
        ("2^64 tips".to_owned(), claims(10)),
        ("2^64 bytes of request".to_owned(), claims(16)),
    ];
    cases.extend((0..genuine.len()).map(|at| (format!("cut at {at}"), genuine[..at].to_vec())));
    cases
}

#[expect(clippy::disallowed_methods, reason = "bounds the real time a refusal takes")]
#[test]
fn what_is_no_frame_is_an_error() {
    for (name, bytes) in malformed() {
        let started = Instant::now();
        assert!(Frame::decode(&bytes).is_err(), "{name}");
        assert!(started.elapsed() < PATIENCE, "{name}");
    }
    let newer = [&[codec::VERSION + 1], &genuine()[1..]].concat();
    assert_eq!(Frame::decode(&newer), Err(DecodeError::Version(codec::VERSION + 1)));
}

#[test]
fn a_node_hangs_up_on_what_is_no_frame_and_writes_nothing() {
    let mut world = World::new(2);
    for (name, bytes) in malformed() {
        let door = Door::open(&mut world, SO, "so.a", "so.a");
        let reply = door.say_bytes(&mut world, bytes);
        reply.assert_refused(RefusalCode::Protocol, &name);
        assert!(reply.written.is_empty(), "{name}");
    }
}

#[test]
fn a_flipped_bit_is_refused_or_says_something_else() {
    let genuine = genuine();
    let frame = Frame::decode(&genuine).expect("genuine");
    for bit in 0..genuine.len() * 8 {
        let mut flipped = genuine.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Frame::decode(&flipped) {
            assert_ne!(other, frame, "bit {bit}");
        }
    }
}

#[test]
fn a_frame_before_the_hello_or_a_second_hello_ends_the_session() {
    let state = ScopeState { fingerprint: [0; 16], dossiers: 0, sequence: 0, drained: false };
    let early = [
        Frame::Check(state),
        Frame::RepairNeeded,
        Frame::Inquire { here: Vec::new(), above: Vec::new() },
        Frame::Items { cursor: None, items: Vec::new() },
        Frame::Alive,
    ];
    let mut world = World::new(3);
    for frame in early {
        let door = Door::open(&mut world, SO, "so.a", "so.a");
        let reply = door.say(&mut world, &frame);
        reply.assert_refused(RefusalCode::Protocol, &format!("{frame:?}"));
    }
    let door = Door::seated(&mut world, SO, A);
    let again = hello_frame(&world);
    let reply = door.say(&mut world, &again);
    reply.assert_refused(RefusalCode::Protocol, "a second HELLO");
}
