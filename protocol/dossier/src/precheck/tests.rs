//! Tests of the walk: what must pass, what must not, and that nothing panics.

use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::Transactable;
use automerge::{Automerge, Change, ObjType, ROOT, ScalarValue};

use super::*;
use crate::document::ChangeHeader;

/// Changes of every kind plain Automerge knows, by several authors, with conflicts.
fn plain() -> Automerge {
    let mut document = Automerge::new().with_actor([1; 16].into());
    let mut t = document.transaction();
    let list = t.put_object(ROOT, "list", ObjType::List).expect("puts");
    let text = t.put_object(ROOT, "text", ObjType::Text).expect("puts");
    t.splice_text(&text, 0, 0, "Cộng hòa xã hội chủ nghĩa Việt Nam").expect("splices");
    let mark = Mark::new("bold".into(), true, 0, 4);
    t.mark(&text, mark, ExpandMark::Both).expect("marks");
    for number in 0..300 {
        t.insert(&list, number, number as i64 % 7).expect("inserts");
    }
    t.commit();
    for author in 2..6u8 {
        let mut fork = document.fork();
        fork.set_actor([author; 16].into());
        for round in 0..5i64 {
            let mut t = fork.transaction();
            t.put(ROOT, "number", round * 1_000_000_007 - 5).expect("puts");
            t.put(ROOT, "unsigned", u64::MAX).expect("puts");
            t.put(ROOT, "float", 2.5).expect("puts");
            t.put(ROOT, "null", ScalarValue::Null).expect("puts");
            t.put(ROOT, "bytes", vec![author; 40]).expect("puts");
            t.put(ROOT, "time", ScalarValue::Timestamp(-round)).expect("puts");
            t.put(ROOT, "counter", ScalarValue::counter(round)).expect("puts");
            t.increment(ROOT, "counter", -3).expect("increments");
            t.delete(&list, 0).expect("deletes");
            t.splice_text(&text, 2, 1, "é").expect("splices");
            let options = automerge::transaction::CommitOptions::default();
            t.commit_with(options.with_message("cập nhật").with_time(round * 86_400));
        }
        document.merge(&mut fork).expect("merges");
    }
    document
}

fn chunks(document: &Automerge) -> Vec<Vec<u8>> {
    document.get_changes(&[]).iter().map(|change| change.raw_bytes().to_vec()).collect()
}

#[test]
fn every_genuine_change_passes_and_is_read_right() {
    let document = plain();
    for change in document.get_changes(&[]) {
        let header = ChangeHeader::read(change.raw_bytes()).expect("passes");
        assert_eq!(header.hash.as_bytes(), &change.hash().0);
        assert_eq!(&header.actor.as_bytes()[..], change.actor_id().to_bytes());
        assert_eq!(header.seq, change.seq());
        assert_eq!(header.start_op, change.start_op().get());
        assert_eq!(header.op_count, change.len() as u64);
        assert_eq!(header.time_seconds, change.timestamp());
        let deps: Vec<_> = change.deps().iter().map(|dep| Hash::from_bytes(dep.0)).collect();
        assert_eq!(header.deps, deps);
    }
    assert_eq!(check_saved(&document.save()), Ok(()));
    assert_eq!(check_saved(&document.save_nocompress()), Ok(()));
}

#[test]
fn the_forger_can_make_a_good_change() {
    let chunk = hostile::Forged::default().chunk();
    assert_eq!(check_change(&chunk).map(|outline| outline.op_count), Ok(1));
    assert!(Change::try_from(&chunk[..]).is_ok());
    let at_limit = hostile::Forged::with_column(66, vec![0xa0, 0x9c, 0x01, 1]).chunk();
    assert_eq!(check_change(&at_limit).map(|outline| outline.op_count), Ok(ROWS_MAX));
}

#[test]
fn harmful_changes_are_refused() {
    let cases = hostile::changes();
    assert!(cases.len() > 70);
    for case in cases {
        assert!(check_change(&case.bytes).is_err(), "{}", case.name);
    }
}

#[test]
fn harmful_documents_are_refused() {
    for case in hostile::saved() {
        assert!(check_saved(&case.bytes).is_err(), "{}", case.name);
    }
}

#[test]
fn the_bomb_is_small() {
    assert!(hostile::million_operations().len() < 64);
}

/// What passes the walk, Automerge must decode without panic into as many operations.
#[test]
fn mutated_changes_never_panic() {
    let genuine = chunks(&plain());
    let mut passed = 0;
    for (chunk, seed) in genuine.iter().zip(0..) {
        for mutated in hostile::mutations(chunk, seed).take(400) {
            let Ok(outline) = check_change(&mutated) else { continue };
            if let Ok(change) = Change::try_from(&mutated[..]) {
                assert_eq!(change.len() as u64, outline.op_count);
                let _ = change.decode();
                passed += 1;
            }
        }
    }
    assert!(passed > 100, "{passed} mutations reached Automerge");
}

#[test]
fn mutated_documents_never_panic() {
    let document = crate::document::Document::create(
        crate::DossierId::from_bytes([1; 16]),
        "2c",
        ActorId::from_bytes([2; 16]),
        crate::Timestamp::from_millis(0),
        &[],
    );
    let small = document.expect("creates").0.save();
    let large = plain();
    for (chunk, seed) in [small, large.save(), large.save_nocompress()].iter().zip(0..) {
        for mutated in hostile::mutations(chunk, seed).take(1_500) {
            let _ = check_saved(&mutated);
            let _ = crate::document::Document::load_foreign(&mutated);
        }
    }
}
