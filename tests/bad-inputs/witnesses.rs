//! Checkpoints of audit logs that a superior must not sign.

use dossier::{Hash, Timestamp};
use protocol::audit::{Checkpoint, SignedCheckpoint, tree::Frontier, tree::leaf_hash};
use protocol::wire::{Frame, Offer, RefusalCode};
use protocol::{LIMITS, Op, Table};

use crate::door::{Door, Reply};
use simulation::cores::{A, C, SO, World};

/// The checkpoint of a log with these leaves, signed by the node at `signer` in the name of `node`.
fn checkpoint(world: &World, node: usize, signer: usize, leaves: &[u8]) -> SignedCheckpoint {
    let mut edge = Frontier::default();
    leaves.iter().for_each(|leaf| edge.push(leaf_hash(&[*leaf]), |_| ()));
    let core = &world.nodes[node].core;
    let checkpoint = Checkpoint {
        node: core.identity().node,
        incarnation: core.incarnation(),
        size: edge.size(),
        root: edge.root(),
        head: Hash::of(leaves),
        at: Timestamp::from_millis(world.now),
    };
    SignedCheckpoint::issue(checkpoint, &world.nodes[signer].key)
}

fn show(door: &Door, world: &mut World, signed: SignedCheckpoint, proof: (u64, &[Hash])) -> Reply {
    let offer = Offer { from: proof.0, proof: proof.1.to_vec(), signed };
    door.say(world, &Frame::Checkpoints(vec![offer]))
}

fn is_signed(reply: &Reply) -> bool {
    reply.said.iter().any(|frame| matches!(frame, Frame::Cosigned(_)))
}

fn tables(reply: &Reply) -> Vec<Table> {
    reply.written.iter().map(|op: &Op| op.table).collect()
}

#[test]
fn a_log_that_goes_on_is_kept_and_signed_and_one_that_does_not_is_told_and_then_an_incident() {
    let mut world = World::new(21);
    let door = Door::seated(&mut world, SO, A);
    let first = checkpoint(&world, A, A, b"ab");
    let reply = show(&door, &mut world, first.clone(), (0, &[]));
    assert!(is_signed(&reply));
    assert_eq!(tables(&reply), [Table::Checkpoint, Table::Checkpoint]);
    let again = show(&door, &mut world, first, (0, &[]));
    assert!(is_signed(&again) && again.written.is_empty(), "the same is signed once more");

    let next = checkpoint(&world, A, A, b"abc");
    let reply = show(&door, &mut world, next.clone(), (0, &[]));
    assert!(matches!(reply.said[..], [Frame::Prove { from: 2, .. }]), "{:?}", reply.said);
    assert!(reply.written.is_empty());
    let proof = [leaf_hash(b"c")];
    assert!(is_signed(&show(&door, &mut world, next, (2, &proof))));

    let other = checkpoint(&world, A, A, b"xbcd");
    for telling in 0..3 {
        // Shown again at once, it cannot have heard.
        for _ in 0..2 {
            let reply = show(&door, &mut world, other.clone(), (3, &proof));
            assert!(!is_signed(&reply) && reply.written.is_empty(), "{telling}");
            let [Frame::Checkpoints(kept)] = &reply.said[..] else { panic!("{:?}", reply.said) };
            assert_eq!(kept[0].signed.checkpoint.size, 3, "it is shown what it signed");
        }
        world.now += LIMITS.dispute_interval_ms;
    }
    let reply = show(&door, &mut world, other, (3, &proof));
    assert_eq!((is_signed(&reply), tables(&reply)), (false, vec![Table::Incident]));
    for forked in [b"xbc".as_slice(), b"a"] {
        let forked = checkpoint(&world, A, A, forked);
        let reply = show(&door, &mut world, forked, (0, &[]));
        assert!(!is_signed(&reply), "another log of a size that was shown, or a shorter one");
        // Told once an hour.
        assert!(reply.written.is_empty());
    }
}

#[test]
fn a_node_that_finds_its_own_word_on_what_it_does_not_hold_begins_a_new_life() {
    let mut world = World::new(24);
    let door = Door::seated(&mut world, A, SO);
    let before = world.nodes[A].core.incarnation();
    let forged = checkpoint(&world, A, C, b"abc");
    let reply = show(&door, &mut world, forged, (0, &[]));
    assert_eq!((reply.written.len(), world.nodes[A].core.incarnation()), (0, before));
    let lost = checkpoint(&world, A, A, b"abc");
    let reply = show(&door, &mut world, lost, (0, &[]));
    assert!(tables(&reply).contains(&Table::Incident), "its people are told");
    assert_ne!(world.nodes[A].core.incarnation(), before);
}

#[test]
fn a_checkpoint_that_its_node_did_not_sign_ends_the_session() {
    let mut world = World::new(22);
    let door = Door::seated(&mut world, SO, A);
    let forged = checkpoint(&world, A, C, b"ab");
    let reply = show(&door, &mut world, forged, (0, &[]));
    reply.assert_refused(RefusalCode::Protocol, "a forged checkpoint");
}

#[test]
fn a_checkpoint_of_a_node_elsewhere_in_the_tree_is_passed_over() {
    let mut world = World::new(23);
    let door = Door::seated(&mut world, SO, A);
    let elsewhere = checkpoint(&world, C, C, b"ab");
    let reply = show(&door, &mut world, elsewhere, (0, &[]));
    assert_eq!((is_signed(&reply), reply.written.len(), reply.closed), (false, 0, None));
}
