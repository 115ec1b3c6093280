//! What a document refuses, and that it is then as before.

use super::*;
use crate::precheck::hostile;

fn genuine() -> Document {
    create(&[set("full_name", text("A")), put(1, &[("step", 1), ("rank", 2)])]).0
}

#[test]
fn harmful_changes_leave_no_trace() {
    let mut document = genuine();
    let (digest, saved) = (document.digest(), document.save());
    for case in hostile::changes() {
        let refused = document.apply(std::slice::from_ref(&case.bytes));
        assert!(matches!(refused, Err(ApplyError::Precheck(_))), "{}: {refused:?}", case.name);
    }
    for author in [actor(1), actor(2)] {
        for case in hostile::forbidden(&document, author) {
            let refused = document.apply(std::slice::from_ref(&case.bytes));
            assert!(refused.is_err(), "{}", case.name);
            let engine = matches!(refused, Err(ApplyError::Engine | ApplyError::Precheck(_)));
            assert!(!engine, "{}: {refused:?}", case.name);
        }
    }
    assert_eq!(document.digest(), digest);
    assert_eq!(document.save(), saved);
}

#[test]
fn harmful_documents_do_not_load() {
    for case in hostile::saved() {
        let refused = Document::load_foreign(&case.bytes);
        assert!(matches!(refused, Err(LoadError::Precheck(_))), "{}", case.name);
    }
    let saved = genuine().save();
    for at in 0..saved.len() {
        let mut flipped = saved.clone();
        flipped[at] ^= 0x10;
        assert!(Document::load_foreign(&flipped).is_err(), "byte {at}");
        assert!(Document::load_foreign(&saved[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn mutated_changes_are_refused_or_harmless() {
    let mut author = grown(12);
    let before = copy(&author);
    let edits = [put(7, &[("step", 1)]), set("note", text("ghi chú")), put(4, &[("rank", 9)])];
    let change = author.edit(actor(3), at(5), &edits).expect("edits");
    let mut applied = 0;
    for mutated in hostile::mutations(&change.bytes, 1).take(4_000) {
        let mut document = before.clone();
        if document.apply(&[mutated]).is_ok() {
            applied += 1;
            let again = Document::load_foreign(&document.save()).expect("survives a save");
            assert_eq!(again.heads(), document.heads());
            assert_eq!(again.digest(), document.digest());
        } else {
            assert_eq!(document.heads(), before.heads());
        }
    }
    assert!(applied > 10, "{applied} mutations were legal edits");
}

#[test]
fn missing_dependencies_are_named() {
    let mut author = genuine();
    let mut reader = copy(&author);
    let one = author.edit(actor(2), at(2), &[set("note", text("1"))]).expect("edits");
    let two = author.edit(actor(3), at(3), &[set("note", text("2"))]).expect("edits");
    assert_eq!(
        reader.apply(std::slice::from_ref(&two.bytes)),
        Err(ApplyError::MissingDependencies(vec![one.header.hash]))
    );
    assert!(!reader.has_change(&two.header.hash));
    reader.apply(&[two.bytes.clone(), one.bytes, two.bytes]).expect("applies in any order");
    assert_eq!(reader.digest(), author.digest());
}

#[test]
fn a_restored_author_is_found_out() {
    let mut node = genuine();
    let mut backup = copy(&node);
    let mut reader = copy(&node);
    let one = node.edit(actor(1), at(2), &[set("note", text("before"))]).expect("edits");
    let two = backup.edit(actor(1), at(3), &[set("note", text("after"))]).expect("edits");
    reader.apply(&[one.bytes]).expect("applies");
    assert_eq!(
        reader.apply(&[two.bytes]),
        Err(ApplyError::Fork {
            actor: actor(1),
            seq: 2,
            known: one.header.hash,
            offered: two.header.hash,
        })
    );
    let edits = backup.edits_of(&two.header.hash).expect("is there");
    reader.edit(actor(9), at(4), &edits).expect("re-issued under a new actor");
    assert_eq!(reader.view().fields[&"note".parse().expect("field")], text("after"));
}

#[test]
fn a_line_that_does_not_build_on_itself_is_refused() {
    let mut left = genuine();
    let mut right = copy(&left);
    let one = left.edit(actor(2), at(2), &[set("note", text("1"))]).expect("edits");
    right.edit(actor(3), at(2), &[set("note", text("2"))]).expect("edits");
    let forged = hostile::forbidden(&right, actor(2))
        .into_iter()
        .find(|case| case.name == "a gap in the line")
        .expect("is there");
    right.apply(&[one.bytes]).expect("applies");
    let refused = right.apply(&[forged.bytes]);
    assert_eq!(refused, Err(ApplyError::Detached { actor: actor(2), seq: 2 }));
}

#[test]
fn edits_outside_the_form_of_paths_are_refused() {
    let mut document = genuine();
    let mut refused = |edit: Edit| document.edit(actor(1), at(2), &[edit]).expect_err("refuses");
    assert!(matches!(refused(set("salary.step", text("A"))), EditError::NotSingle(_)));
    assert!(matches!(refused(put(1, &[("a.b", 1)])), EditError::InvalidColumn));
    assert!(matches!(refused(put(1, &[("-", 1)])), EditError::InvalidColumn));
    let long = set("note", text(&"a".repeat(Value::TEXT_MAX + 1)));
    assert!(matches!(refused(long), EditError::Value(InvalidValue::TooLong)));
    let many: Vec<Edit> =
        (0..6).map(|number| set(&format!("n{number}"), text(&"a".repeat(60_000)))).collect();
    let huge = document.edit(actor(1), at(2), &many);
    assert!(matches!(huge, Err(EditError::Precheck(PrecheckError::TooLong))));
    let late = document.edit(actor(1), Timestamp::from_millis(i64::MAX), &[set("note", text("A"))]);
    assert!(matches!(late, Err(EditError::Precheck(PrecheckError::Time))));
    assert!(Document::create(document.id(), "", actor(1), at(1), &[]).is_err());
    assert_eq!(document.heads().len(), 1);
    assert!(Document::load_foreign(&document.save()).is_ok());
}

#[test]
fn keys_have_a_limit() {
    let mut document = genuine();
    let fill = |from: usize, count: usize| -> Vec<Edit> {
        (from..from + count).map(|at| set(&format!("k{at}"), Value::Flag(true))).collect()
    };
    // The field, and the row with its two cells, are there.
    document.edit(actor(1), at(2), &fill(0, KEYS_MAX - 4)).expect("at the limit");
    let beyond = document.edit(actor(1), at(3), &fill(KEYS_MAX, 1));
    assert!(matches!(beyond, Err(EditError::TooLarge)));
    assert!(document.edit(actor(1), at(3), &[set("k1", Value::Flag(false))]).is_ok());
}
