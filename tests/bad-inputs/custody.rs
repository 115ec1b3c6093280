//! Words about custody that are none, that nobody said, and records that nobody registered.

use dossier::custody::{CustodyKind, CustodyRecord};
use dossier::{DossierId, Hash, LegalBasis, NodeId, PartialDate, Timestamp};
use protocol::custody::{About, Cover, Message, Note, Proposal, Road, Said, TakeOver};
use protocol::envelope::SignedCustody;
use protocol::holding::{read_holding, read_parcels};
use protocol::parcel::Parcel;
use protocol::wire::{Frame, RefusalCode};
use protocol::{LIMITS, Records as _, Table};
use simulation::cores::{A, B, PROVINCE, SO, World};

use crate::door::Door;

/// The code of a parcel that waits for what it rests on.
const HELD: u16 = 1;

fn frame(world: &World, message: Vec<u8>) -> Frame {
    Frame::Custody { to: world.nodes[SO].identity.node, message: message.into() }
}

fn decision() -> LegalBasis {
    LegalBasis::Decision {
        issuer: "UBND".to_owned(),
        number: "1/QĐ".to_owned(),
        signed_on: PartialDate::day(2026, 3, 2).expect("a day"),
        effective_on: None,
        scan: None,
    }
}

/// A dossier of A that its department holds.
fn held() -> (World, DossierId) {
    let mut world = World::new(31);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Thị Mai");
    world.settle();
    // Whoever speaks at the door is the only one of its name.
    world.cut(SO);
    (world, id)
}

fn proposal(world: &World, id: DossierId) -> Proposal {
    let holding = read_holding(&world.nodes[SO].store, &id).expect("reads").expect("held");
    Proposal {
        dossier: id,
        epoch: 0,
        prev: holding.record(0).expect("the first record"),
        from: "so.a".parse().expect("a unit"),
        to: "so.b".parse().expect("a unit"),
        registrar: world.nodes[SO].identity.node,
        road: Road::Within,
        basis: decision(),
        deadline: Timestamp::from_millis(world.now + 1_000_000),
        nonce: [7; 16],
    }
}

#[test]
fn who_says_what_is_no_word_is_hung_up_on() {
    let (mut world, _) = held();
    let door = Door::seated(&mut world, SO, A);
    let word = frame(&world, b"nothing".to_vec());
    for strike in 1..=LIMITS.strikes_max {
        let reply = door.say(&mut world, &word);
        match strike == LIMITS.strikes_max {
            true => reply.assert_refused(RefusalCode::Strikes, "the last one"),
            false => assert_eq!(reply.closed, None, "strike {strike}"),
        }
    }
}

#[test]
fn a_word_for_nobody_is_passed_to_nobody() {
    let (mut world, _) = held();
    let door = Door::seated(&mut world, SO, A);
    let to = NodeId::from_bytes([9; 16]);
    let reply = door.say(&mut world, &Frame::Custody { to, message: b"nothing".to_vec().into() });
    assert!(reply.said.is_empty() && reply.written.is_empty());
    assert_eq!(reply.closed, None);
}

#[test]
fn what_another_key_signed_was_not_said() {
    let (mut world, id) = held();
    let door = Door::seated(&mut world, SO, B);
    let what = proposal(&world, id);
    let (by, forger) = (world.nodes[A].identity.node, world.nodes[B].key.clone());
    let forged = Message::Propose(Said::issue(by, what.clone(), &forger)).encode();
    let forged = frame(&world, forged);
    let reply = door.say(&mut world, &forged);
    assert!(reply.written.is_empty(), "{:?}", reply.written);
    // Whoever does not keep the dossier proposes nothing in his own name either.
    let foreign = world.nodes[B].identity.node;
    let own = Message::Propose(Said::issue(foreign, what.clone(), &forger)).encode();
    let own = frame(&world, own);
    let reply = door.say(&mut world, &own);
    assert!(reply.written.is_empty(), "{:?}", reply.written);
    let keeper = world.nodes[A].key.clone();
    let genuine = Message::Propose(Said::issue(by, what, &keeper)).encode();
    let genuine = frame(&world, genuine);
    let reply = door.say(&mut world, &genuine);
    assert!(!reply.written.is_empty(), "the custodian's own word counts, whoever brings it");
}

// A take-over is ordered by the register alone, for two officers, on a document.
#[test]
fn a_take_over_that_the_register_did_not_order_moves_nothing() {
    let (mut world, id) = held();
    let door = Door::seated(&mut world, SO, A);
    let Proposal { dossier, epoch, prev, from, to, basis, nonce, .. } = proposal(&world, id);
    let officers = ["mot.snv", "hai.snv"].map(|login| login.parse().expect("a login"));
    let order = TakeOver { dossier, epoch, prev, from, to, basis, officers, nonce };
    let register = (world.nodes[PROVINCE].identity.node, world.nodes[PROVINCE].key.clone());
    let school = (world.nodes[A].identity.node, world.nodes[A].key.clone());
    let alone = TakeOver {
        officers: [order.officers[0].clone(), order.officers[0].clone()],
        ..order.clone()
    };
    let undecided = TakeOver { basis: LegalBasis::Office, ..order.clone() };
    let stale = TakeOver { prev: Hash::of(b"another chain"), ..order.clone() };
    let orders = [
        (school.0, &school.1, order.clone()),
        (register.0, &school.1, order.clone()),
        (register.0, &register.1, alone),
        (register.0, &register.1, undecided),
        (register.0, &register.1, stale),
    ];
    for (number, (by, key, what)) in orders.into_iter().enumerate() {
        let message = Message::TakeOver(Box::new(Said::issue(by, what, key))).encode();
        let message = frame(&world, message);
        let reply = door.say(&mut world, &message);
        assert!(reply.written.is_empty(), "order {number}: {:?}", reply.written);
    }
    let genuine = Message::TakeOver(Box::new(Said::issue(register.0, order, &register.1)));
    let genuine = frame(&world, genuine.encode());
    let reply = door.say(&mut world, &genuine);
    assert!(!reply.written.is_empty(), "the register's order is taken");
}

#[test]
fn a_note_of_nobody_or_without_end_is_not_kept() {
    let (mut world, id) = held();
    let what = proposal(&world, id);
    let (keeper, key) = (world.nodes[A].identity.node, world.nodes[A].key.clone());
    let door = Door::seated(&mut world, SO, A);
    let proposed = Message::Propose(Said::issue(keeper, what.clone(), &key)).encode();
    let proposed = frame(&world, proposed);
    door.say(&mut world, &proposed);
    let (stranger, strange) = (world.nodes[B].identity.node, world.nodes[B].key.clone());
    let note = |about| Note { dossier: id, tid: what.tid(), about };
    let cover = |name: &str| {
        let staff_type = "cong_chuc".to_owned();
        let (name, counts) = (name.to_owned(), 0);
        About::Cover(Cover {
            name,
            staff_type,
            changes: counts,
            attachments: counts,
            conflicts: counts,
            unreviewed: counts,
        })
    };
    let notes = [
        Said::issue(stranger, note(cover("Hà Thị Mai")), &strange),
        Said::issue(keeper, note(cover("Hà Thị Mai")), &strange),
        Said::issue(keeper, note(cover(&"x".repeat(Cover::TEXT_MAX + 1))), &key),
        Said::issue(keeper, note(About::Remark("của bên giao".to_owned())), &key),
    ];
    for (number, said) in notes.into_iter().enumerate() {
        let message = frame(&world, Message::Note(Box::new(said)).encode());
        let reply = door.say(&mut world, &message);
        let kept = reply.written.iter().any(|op| op.table == Table::Custody);
        assert!(!kept, "note {number}: {:?}", reply.written);
    }
    let genuine = Said::issue(keeper, note(cover("Hà Thị Mai")), &key);
    let genuine = frame(&world, Message::Note(Box::new(genuine)).encode());
    let reply = door.say(&mut world, &genuine);
    let kept = reply.written.iter().any(|op| op.table == Table::Custody);
    assert!(kept, "the custodian's own word is kept");
}

#[test]
fn a_record_that_a_parcel_shows_moves_nothing() {
    let (mut world, id) = held();
    let store = &world.nodes[SO].store;
    let holding = read_holding(store, &id).expect("reads").expect("held");
    let stored = read_parcels(store, &id, &holding).expect("reads");
    let mut parcel = Parcel::decode(&stored[0].parcel).expect("a parcel");
    let first = holding.custody[0].clone();
    let record = CustodyRecord {
        epoch: 1,
        prev: first.hash(),
        kind: CustodyKind::Transfer,
        tid: Some(Hash::of(b"none")),
        from: Some(first.record.to.clone()),
        to: "so.b".parse().expect("a unit"),
        registrar: first.record.next_registrar,
        close_heads: holding.heads.clone(),
        basis: decision(),
        ..first.record.clone()
    };
    let (node, key) = (world.nodes[A].identity.node, world.nodes[A].key.clone());
    parcel.custody = vec![first, SignedCustody::issue(record, node, &key)];
    let door = Door::seated(&mut world, SO, A);
    let reply = door.offer(&mut world, &parcel.encode());
    assert_eq!(reply.refused(), [HELD], "it waits for an outcome that nobody has");
    reply.assert_only(&[Table::Quarantine, Table::Incident, Table::Cursor], "a forged record");
    let after = world.nodes[SO].store.get(Table::Dossier, id.as_bytes()).expect("reads");
    let after = protocol::holding::Holding::decode(&after.expect("held")).expect("a row");
    assert_eq!(after, holding, "the dossier stays where it was");
}
