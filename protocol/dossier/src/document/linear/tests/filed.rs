//! The filed document against the built one: the same verdicts and the same changes.

use std::collections::BTreeMap;

use super::*;
use crate::RowId;
use crate::document::{ApplyError, EditError, NewChange};
use crate::precheck::hostile;

const WANTED: [&str; 3] = ["full_name", "a", "none"];

/// A saved document and changes since, as a store has them.
struct Shelf {
    saved: Vec<u8>,
    since: Vec<Vec<u8>>,
}

impl Shelf {
    fn of(document: &Document) -> Self {
        Self { saved: document.save(), since: Vec::new() }
    }

    fn filed(&self) -> FiledDocument<'_> {
        let since = self.since.iter().map(Vec::as_slice).collect();
        FiledDocument { saved: &self.saved, since }
    }

    /// The engine's document of it.
    fn built(&self) -> Document {
        let mut document = Document::build(&self.saved).expect("loads");
        document.apply(&self.since).expect("applies");
        document
    }

    /// Judges a change both ways; whether the filed document admits it.
    fn judge(&self, built: &Document, bytes: &[u8]) -> (bool, Result<Document, ApplyError>) {
        let appended = self.filed().append(&[bytes], &WANTED, &sides());
        let mut document = built.clone();
        let applied = document.apply(&[bytes.to_vec()]).map(|()| document);
        if let Some(appended) = &appended {
            let document = applied.as_ref().expect("what is appended applies");
            assert!(document.is_linear() && document.conflicts().is_empty());
            assert_eq!(document.heads(), [appended.head]);
            let [header] = appended.changes.as_slice() else { panic!("one change") };
            assert_eq!(document.changes().last(), Some(header));
            let touched = document.touched(&header.hash, &sides());
            assert_eq!(appended.touched.first().cloned(), touched);
            assert!(!built.has_change(&header.hash));
            assert_eq!(appended.values, values(document));
            assert!(vouched(&document.save()));
        }
        (appended.is_some(), applied)
    }

    /// Judges a change both ways, and says that they agree: whatever the document takes and stays
    /// linear by, knowing its last change, is appended.
    fn agree(&self, built: &Document, bytes: &[u8], name: &str) -> bool {
        let (appended, applied) = self.judge(built, bytes);
        let plain = applied.is_ok_and(|document| {
            let header = ChangeHeader::read(bytes).expect("applied");
            let own = built.changes().filter(|one| one.actor == header.actor).last();
            let named = |dep| built.heads() == [dep] || own.is_some_and(|own| own.hash == dep);
            let news = !built.has_change(&header.hash);
            news && document.is_linear() && header.deps.into_iter().all(named)
        });
        assert_eq!(appended, plain, "{name}");
        appended
    }
}

fn values(document: &Document) -> Vec<Option<Value>> {
    WANTED.iter().map(|name| document.field(&name.parse().expect("field"))).collect()
}

fn shelves() -> Vec<Shelf> {
    let young = create(&[set("full_name", text("A")), put(1, &[("rank", 1)])]).0;
    let mut shelves: Vec<Shelf> = [young, varied(), grown(30)].iter().map(Shelf::of).collect();
    let mut document = varied();
    let mut tail = Shelf::of(&document);
    for number in 1..5 {
        let edits = [set("note", Value::Integer(i64::from(number))), put(number, &[("step", 9)])];
        let change = document.edit(actor(number), at(90), &edits).expect("edits");
        tail.since.push(change.bytes);
    }
    shelves.push(tail);
    shelves
}

/// What is read of a shelf says what is built of it, and takes the same changes.
#[test]
fn what_is_read_is_what_is_built() {
    for shelf in shelves() {
        let since: Vec<&[u8]> = shelf.since.iter().map(Vec::as_slice).collect();
        let read = Document::filed(&shelf.saved, &since).expect("is linear");
        let mut built = Document::load_foreign(&shelf.saved).expect("loads");
        built.apply(&shelf.since).expect("applies");
        reads_as(&read, &built);
        let mut fresh = Document::filed(&shelf.saved, &since).expect("is linear");
        let edits = [set("note", text("N")), put(9, &[("rank", 2)])];
        let change = fresh.edit(actor(3), at(95), &edits).expect("edits");
        assert_eq!(change, built.edit(actor(3), at(95), &edits).expect("edits"));
        reads_as(&fresh, &built);
        let mut taking = Document::filed(&shelf.saved, &since).expect("is linear");
        taking.apply(&[vec![0; 40]]).expect_err("no change");
        taking.apply(&[change.bytes]).expect("applies");
        reads_as(&taking, &built);
    }
}

#[test]
fn hostile_changes_are_judged_alike() {
    for shelf in shelves() {
        let built = shelf.built();
        for case in hostile::changes() {
            assert!(!shelf.agree(&built, &case.bytes, &case.name), "{}", case.name);
        }
        for author in 1..7 {
            for case in hostile::forbidden(&built, actor(author)) {
                assert!(!shelf.agree(&built, &case.bytes, &case.name), "{}", case.name);
            }
        }
        let known = built.change_bytes(&built.heads()[0]).expect("is there");
        assert!(!shelf.agree(&built, &known, "known"));
    }
}

#[test]
fn mutated_changes_are_judged_alike() {
    let (mut appended, mut judged) = (0, 0);
    for (place, shelf) in shelves().into_iter().enumerate() {
        let built = shelf.built();
        let edits = [put(7, &[("step", 1)]), set("note", text("ghi chú")), put(1, &[("rank", 9)])];
        for author in [1, 3, 6] {
            let change = built.clone().edit(actor(author), at(99), &edits).expect("edits");
            assert!(shelf.agree(&built, &change.bytes, "genuine"));
            for mutated in hostile::mutations(&change.bytes, place as u64).take(400) {
                appended += usize::from(shelf.agree(&built, &mutated, "mutated"));
                judged += 1;
            }
        }
    }
    assert!(judged > 4_000 && appended > 50, "{appended} of {judged} appended");
}

#[test]
fn what_met_is_left_to_the_engine() {
    let shelf = Shelf::of(&varied());
    let built = shelf.built();
    let (mut left, mut right) = (built.clone(), built.clone());
    let one = left.edit(actor(1), at(50), &[set("note", text("L"))]).expect("edits");
    let two = right.edit(actor(2), at(50), &[set("note", text("R"))]).expect("edits");
    assert!(shelf.filed().append(&[&one.bytes], &[], &sides()).is_some());
    assert_eq!(shelf.filed().append(&[&one.bytes, &two.bytes], &[], &sides()), None);
    left.apply(&[two.bytes]).expect("applies");
    let settled = left.edit(actor(3), at(51), &[set("note", text("M"))]).expect("edits");
    assert_eq!(shelf.filed().append(&[&settled.bytes], &[], &sides()), None);
    let met = Shelf::of(&left);
    assert_eq!(met.filed().append(&[], &[], &sides()), None);
    assert!(met.filed().edit(actor(3), at(52), &[set("note", text("N"))], &[]).is_none());
}

fn edit() -> impl Strategy<Value = Edit> {
    let value = prop_oneof![
        (-3i64..3).prop_map(Value::Integer),
        any::<i64>().prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Flag),
        "[a-cĐấ]{0,3}".prop_map(Value::Text),
        (-200i64..200).prop_map(Value::Hundredths),
        Just(Value::Text("e\u{301}".into())),
    ];
    let field = prop::sample::select(vec!["full_name", "a", "b", "note"]);
    let set_one = (field.clone(), value.clone()).prop_map(|(field, value)| set(field, value));
    let clear = field.prop_map(|field| Edit::Clear { field: field.parse().expect("field") });
    let cells = prop::collection::btree_map("[a-c]|-|_x", value, 0..4);
    let table = prop::sample::select(vec!["salary", "salary", "kin", "_t"]);
    let rows = (table, 1u8..4, cells).prop_map(|(table, row, cells): (_, _, BTreeMap<_, _>)| {
        Edit::PutRow { table: table.to_owned(), row: RowId::from_bytes([row; 16]), cells }
    });
    let gone = (1u8..4).prop_map(remove);
    prop_oneof![4 => set_one, 2 => clear, 4 => rows, 2 => gone]
}

/// Who edits, what, and whether the changes since are then absorbed.
fn rounds() -> impl Strategy<Value = Vec<(u8, Vec<Edit>, bool)>> {
    let round = (1u8..5, prop::collection::vec(edit(), 1..4), prop::bool::weighted(0.2));
    prop::collection::vec(round, 1..16)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// The same edits make the same change, byte for byte, or are left to the document.
    #[test]
    fn edits_are_made_alike(rounds in rounds()) {
        let mut document = create(&[set("full_name", text("A"))]).0;
        let mut shelf = Shelf::of(&document);
        for (number, (author, edits, absorb)) in rounds.into_iter().enumerate() {
            let when = at(number as i64 * 7 - 20);
            let filed = shelf.filed().edit(actor(author), when, &edits, &WANTED);
            let made: Result<NewChange, EditError> = document.edit(actor(author), when, &edits);
            match (made, filed) {
                (Ok(made), Some((change, shown))) => {
                    prop_assert_eq!(&change, &made);
                    prop_assert_eq!(shown, values(&document));
                    shelf.since.push(made.bytes);
                }
                (Ok(made), None) => {
                    let removes = edits.iter().any(|one| matches!(one, Edit::RemoveRow { .. }));
                    prop_assert!(edits.len() > 1 && removes, "{:?}", edits);
                    shelf.since.push(made.bytes);
                }
                (Err(_), None) => {}
                (Err(error), Some(_)) => prop_assert!(false, "refused: {error}"),
            }
            let appended = shelf.filed().append(&[], &WANTED, &sides()).map(|one| (one.head, one.values));
            prop_assert_eq!(appended, Some((document.heads()[0], values(&document))));
            if absorb {
                shelf = Shelf::of(&document);
            }
        }
        prop_assert_eq!(shelf.built().digest(), document.digest());
    }
}
