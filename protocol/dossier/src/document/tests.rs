//! Tests of the document as its callers see it.

mod merging;
mod refusal;
mod touching;

use std::collections::BTreeMap;

pub(super) use touching::sides;

use super::*;
use crate::{ActorId, Edit, FieldPath, RowId, Timestamp, Value};

pub(super) fn actor(number: u8) -> ActorId {
    ActorId::from_bytes([number; 16])
}

pub(super) fn row(number: u8) -> RowId {
    RowId::from_bytes([number; 16])
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn set(field: &str, value: Value) -> Edit {
    Edit::Set { field: field.parse().expect("field"), value }
}

pub(super) fn put(number: u8, cells: &[(&str, i64)]) -> Edit {
    put_in("salary", number, cells)
}

pub(super) fn put_in(table: &str, number: u8, cells: &[(&str, i64)]) -> Edit {
    let cells: BTreeMap<_, _> =
        cells.iter().map(|(name, cell)| ((*name).to_owned(), Value::Integer(*cell))).collect();
    Edit::PutRow { table: table.into(), row: row(number), cells }
}

pub(super) fn remove(number: u8) -> Edit {
    Edit::RemoveRow { table: "salary".into(), row: row(number) }
}

pub(super) fn single(field: &str) -> FieldPath {
    FieldPath { field: field.parse().expect("field"), row: None }
}

pub(super) fn cell(number: u8, column: &str) -> FieldPath {
    FieldPath { field: format!("salary.{column}").parse().expect("column"), row: Some(row(number)) }
}

pub(super) fn create(edits: &[Edit]) -> (Document, NewChange) {
    let id = DossierId::from_bytes([9; 16]);
    Document::create(id, "2c-bnv-2008", actor(1), at(100), edits).expect("creates")
}

/// A copy, as another node has it.
pub(super) fn copy(document: &Document) -> Document {
    Document::load_foreign(&document.save()).expect("loads")
}

/// A document of 100 changes by four actors, as an old dossier has them.
pub(super) fn grown(changes: u8) -> Document {
    let names = ["full_name", "birth_date", "hometown", "ethnicity", "note"];
    let first: Vec<Edit> = names.iter().map(|name| set(name, text("Nguyễn Văn Đức"))).collect();
    let (mut document, _) = create(&first);
    for number in 1..changes {
        let edit = match number % 4 {
            0 => put(number, &[("step", i64::from(number)), ("rank", 3), ("factor", 234)]),
            1 => put(number & 0xf0, &[("step", i64::from(number))]),
            _ => set(names[usize::from(number) % 5], text(&format!("Đã sửa lần {number}"))),
        };
        document.edit(actor(number % 4 + 1), at(i64::from(number)), &[edit]).expect("edits");
    }
    document
}

#[test]
fn a_document_keeps_what_was_written() {
    let (mut document, first) = create(&[set("full_name", text("Trần Thị Bích"))]);
    let change = document
        .edit(actor(2), at(200), &[put(1, &[("step", 3)]), set("birth_date", Value::Flag(true))])
        .expect("edits");
    assert_eq!(change.header.deps, [first.header.hash]);
    assert_eq!(change.header.time_seconds, 200);
    assert_eq!(document.heads(), [change.header.hash]);
    let loaded = copy(&document);
    assert_eq!(loaded.view(), document.view());
    assert_eq!(loaded.digest(), document.digest());
    assert_eq!((loaded.id(), loaded.form()), (document.id(), "2c-bnv-2008"));
    assert_eq!(loaded.changes().collect::<Vec<_>>(), document.changes().collect::<Vec<_>>());
    assert_eq!(loaded.change_bytes(&change.header.hash), Some(change.bytes.clone()));
    assert_eq!(ChangeHeader::read(&change.bytes), Ok(change.header));
    assert_eq!(document.view().tables["salary"][&row(1)]["step"], Value::Integer(3));
}

#[test]
fn a_change_of_one_field_is_small() {
    let mut document = grown(100);
    let change = document.edit(actor(2), at(9), &[set("note", text("Tổ trưởng"))]).expect("edits");
    assert!(change.bytes.len() < 200, "{} bytes", change.bytes.len());
    let saved = document.save().len();
    assert!(saved < 5_000, "{saved} bytes");
}

#[test]
fn replay_gives_the_same_document() {
    let document = grown(60);
    let mut changes: Vec<Vec<u8>> =
        document.changes().map(|one| document.change_bytes(&one.hash).expect("is there")).collect();
    changes.reverse();
    let replayed = Document::replay(&changes).expect("replays");
    assert_eq!(replayed.digest(), document.digest());
    assert_eq!(replayed.heads(), document.heads());
    assert_eq!(replayed.save(), document.save());
}

#[test]
fn edits_that_change_nothing_make_no_change() {
    let (mut document, _) = create(&[set("full_name", text("A"))]);
    let again = document.edit(actor(2), at(2), &[set("full_name", text("A"))]);
    assert!(matches!(again, Err(EditError::Unchanged)));
    let gone = document.edit(actor(2), at(2), &[set("note", text("B")), remove(7)]);
    assert!(matches!(gone, Err(EditError::NoSuchRow(_))));
    assert_eq!(document.view().fields.len(), 1, "the edits stand or fall together");
    assert!(document.edit(actor(2), at(2), &[set("note", text("B"))]).is_ok());
    assert!(Document::load_foreign(&document.save()).is_ok());
}

#[test]
fn history_and_provenance_name_the_writers() {
    let (mut document, first) = create(&[set("full_name", text("A")), put(1, &[("step", 1)])]);
    let second = document.edit(actor(2), at(2), &[set("full_name", text("B"))]).expect("edits");
    let clear = Edit::Clear { field: "full_name".parse().expect("field") };
    let third = document.edit(actor(3), at(3), &[clear.clone(), remove(1)]).expect("edits");
    let write = |change: &NewChange, value| Write { change: change.header.hash, value };
    assert_eq!(
        document.history(&single("full_name")),
        [write(&first, Some(text("A"))), write(&second, Some(text("B"))), write(&third, None)]
    );
    assert_eq!(
        document.history(&cell(1, "step")),
        [write(&first, Some(Value::Integer(1))), write(&third, None)]
    );
    assert_eq!(document.provenance()[&single("full_name")], third.header.hash);
    assert_eq!(document.view(), View::default());
    assert_eq!(document.edits_of(&third.header.hash), Some(vec![clear, remove(1)]));
    assert_eq!(
        document.edits_of(&first.header.hash),
        Some(vec![set("full_name", text("A")), put(1, &[("step", 1)])])
    );
    assert_eq!(document.edits_of(&Hash::ZERO), None);
}

#[test]
fn a_removed_row_can_be_put_back() {
    let (mut document, _) = create(&[put(1, &[("step", 1), ("rank", 2)])]);
    document.edit(actor(1), at(2), &[remove(1)]).expect("removes");
    assert_eq!(document.removals("salary", row(1)).len(), 1);
    let again = document.edit(actor(1), at(3), &[remove(1)]);
    assert!(matches!(again, Err(EditError::NoSuchRow(_))));
    let back = document.edit(actor(2), at(4), &[put(1, &[("step", 5)])]).expect("puts back");
    assert_eq!(document.view().tables["salary"][&row(1)].len(), 1);
    assert_eq!(document.edits_of(&back.header.hash), Some(vec![put(1, &[("step", 5)])]));
    assert!(document.conflicts().is_empty());
    assert_eq!(copy(&document).digest(), document.digest());
}
