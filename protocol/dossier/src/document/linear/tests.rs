//! The reader against the engine: what it vouches for must load there, whatever was done to it.

mod filed;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::document::Document;
use crate::document::tests::{actor, at, create, grown, put, put_in, remove, set, sides, text};
use crate::precheck::Cursor;
use crate::precheck::hostile::seal;
use crate::{Coded, Edit, PartialDate};

/// A saved document taken apart.
#[derive(Clone)]
struct Parts {
    actors: Vec<ActorId>,
    changes: Vec<(u32, Vec<u8>)>,
    operations: Vec<(u32, Vec<u8>)>,
}

impl Parts {
    fn of(bytes: &[u8]) -> Self {
        let columns = precheck::open_saved(bytes).expect("genuine");
        let own = |all: &[(u32, std::borrow::Cow<'_, [u8]>)]| {
            all.iter().map(|(spec, data)| (*spec, data.to_vec())).collect()
        };
        Self {
            actors: columns.actors.clone(),
            changes: own(&columns.changes),
            operations: own(&columns.operations),
        }
    }

    fn pack(&self, head: Hash, position: u64) -> Vec<u8> {
        let mut body = Vec::new();
        runs::unsigned(&mut body, self.actors.len() as u64);
        self.actors.iter().for_each(|one| chunk::actor(&mut body, one));
        runs::unsigned(&mut body, 1);
        body.extend(head.as_bytes());
        for columns in [&self.changes, &self.operations] {
            runs::unsigned(&mut body, columns.len() as u64);
            for (spec, data) in columns {
                runs::unsigned(&mut body, u64::from(*spec));
                runs::unsigned(&mut body, data.len() as u64);
            }
        }
        for (_, data) in self.changes.iter().chain(&self.operations) {
            body.extend(data);
        }
        runs::unsigned(&mut body, position);
        seal(0, &body)
    }

    /// As a forger would: whatever head follows from the columns is the one named.
    fn forge(&self) -> Option<Vec<u8>> {
        let bytes = self.pack(Hash::ZERO, 0);
        let columns = precheck::open_saved(&bytes).ok()?;
        let found = guarded(|| judge(&columns, &[], &sides())).flatten()?;
        Some(self.pack(found.head(), found.changes.len() as u64 - 1))
    }
}

/// Whether the reader vouches; then the engine must agree in everything.
fn vouched(bytes: &[u8]) -> bool {
    let Some(read) = LinearDocument::read(bytes, &["full_name", "none"], &sides()) else {
        return false;
    };
    let loaded = Document::load_foreign(bytes).expect("what is vouched for loads");
    assert_eq!(read.id, loaded.id());
    assert_eq!(read.form, loaded.form());
    assert_eq!(vec![read.head()], loaded.heads());
    assert!(read.changes.iter().eq(loaded.changes()));
    let touched = loaded.changes().map(|change| loaded.touched(&change.hash, &sides()));
    assert!(read.touched.iter().cloned().map(Some).eq(touched), "both ways see the same touched");
    let name = loaded.field(&"full_name".parse().expect("field"));
    assert_eq!(read.values, [name, None]);
    assert!(loaded.is_linear() && loaded.conflicts().is_empty());
    reads_as(&Document::filed(bytes, &[]).expect("what is vouched for reads"), &loaded);
    true
}

/// Whether a document says, before its engine is built and after, what another one says.
fn reads_as(read: &Document, built: &Document) {
    use crate::docket::Table;
    for _ in 0..2 {
        assert_eq!(read.state(), built.state());
        assert_eq!(read.chronicle(), built.chronicle());
        assert_eq!(read.first_writings(), built.first_writings());
        assert_eq!((read.view(), read.heads()), (built.view(), built.heads()));
        for table in [Table::Parities, Table::Reviews, Table::Statuses] {
            assert_eq!(read.entries(table), built.entries(table));
        }
        for change in built.changes() {
            assert_eq!(read.edits_of(&change.hash), built.edits_of(&change.hash));
            assert_eq!(read.change_bytes(&change.hash), built.change_bytes(&change.hash));
        }
        let name = "full_name".parse().expect("field");
        assert_eq!(read.field(&name), built.field(&name));
        assert_eq!(read.digest(), built.digest());
        assert_eq!(read.save(), built.save());
    }
}

/// Every kind of value and edit, by three actors.
fn varied() -> Document {
    let coded = Coded { code: "01".into(), label: "Kinh".into(), version: 2 };
    let date: PartialDate = "1971-09".parse().expect("date");
    let (mut document, _) = create(&[
        set("full_name", text("Trần Thị Bích")),
        set("a", Value::Integer(-7)),
        set("b", Value::Flag(false)),
        set("c", Value::Coded(coded)),
        set("d", Value::Date(date)),
        set("e", Value::Hundredths(234)),
    ]);
    let clear = Edit::Clear { field: "a".parse().expect("field") };
    let rounds: [Vec<Edit>; 10] = [
        vec![put(1, &[("step", 1), ("rank", 2)]), put(2, &[("step", 3)])],
        vec![clear, put(1, &[("step", 4)])],
        vec![remove(1), set("full_name", text("Trần Thị Bích Ngọc"))],
        vec![put(1, &[("rank", 5)]), set("b", Value::Flag(true))],
        vec![put(3, &[("step", 6)]), remove(3)],
        vec![remove(2), put(2, &[("step", 8)])],
        vec![set("a", Value::Integer(1)), set("a", Value::Integer(2))],
        vec![put_in("parities", 4, &[("same", 1)]), set("b", Value::Flag(false))],
        vec![put_in("parities", 4, &[("same", 2)])],
        vec![put_in("reviews", 5, &[])],
    ];
    for (round, edits) in rounds.iter().enumerate() {
        document.edit(actor(round as u8 % 3 + 1), at(round as i64), edits).expect("edits");
    }
    document
}

#[test]
fn reads_what_the_engine_loads() {
    for changes in [1, 2, 17, 100] {
        assert!(vouched(&grown(changes).save()), "{changes} changes");
    }
    assert!(vouched(&varied().save()));
}

#[test]
fn the_engine_judges_what_met() {
    let mut left = varied();
    let mut right = Document::load(&left.save()).expect("loads");
    left.edit(actor(1), at(50), &[set("note", text("L"))]).expect("edits");
    let change = right.edit(actor(2), at(50), &[set("note", text("R"))]).expect("edits");
    left.apply(&[change.bytes]).expect("applies");
    assert!(!left.is_linear());
    assert!(!vouched(&left.save()));
    left.edit(actor(1), at(51), &[set("note", text("M"))]).expect("settles");
    assert!(!vouched(&left.save()));
}

#[test]
fn a_wrong_head_is_not_vouched_for() {
    let document = varied();
    let (parts, last) = (Parts::of(&document.save()), document.changes().count() as u64 - 1);
    assert!(vouched(&parts.pack(document.heads()[0], last)));
    assert!(!vouched(&parts.pack(document.heads()[0], last - 1)));
    assert!(!vouched(&parts.pack(Hash::ZERO, last)));
}

#[test]
fn forbidden_changes_are_not_vouched_for() {
    for case in crate::precheck::hostile::saved() {
        assert!(!vouched(&case.bytes), "{}", case.name);
    }
}

/// Where bytes or numbers are turned: column, place in it, what with, and how.
type Stroke = (prop::sample::Index, prop::sample::Index, u8, u8);

fn strokes() -> impl Strategy<Value = Vec<Stroke>> {
    let one = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0u8..4);
    prop::collection::vec(one, 1..4)
}

fn specimen(small: bool) -> Parts {
    static SMALL: LazyLock<Parts> = LazyLock::new(|| Parts::of(&varied().save()));
    static LARGE: LazyLock<Parts> = LazyLock::new(|| Parts::of(&grown(9).save()));
    if small { SMALL.clone() } else { LARGE.clone() }
}

fn column<'a>(parts: &'a mut Parts, at: &prop::sample::Index) -> &'a mut (u32, Vec<u8>) {
    let all = parts.changes.len() + parts.operations.len();
    let mut columns = parts.changes.iter_mut().chain(&mut parts.operations);
    columns.nth(at.index(all)).expect("a column")
}

/// Turns bytes of a column, inserts and drops some.
fn scratch(parts: &mut Parts, (at, place, byte, how): &Stroke) {
    let (_, data) = column(parts, at);
    if data.is_empty() {
        return;
    }
    let place = place.index(data.len());
    match how {
        0 => data[place] = *byte,
        1 => data[place] ^= 1 << (byte % 8),
        2 => data.insert(place, *byte),
        _ => drop(data.remove(place)),
    }
}

/// Turns one number of a column of numbers, and spells the column as Automerge would.
fn restate(parts: &mut Parts, (at, place, byte, how): &Stroke) {
    let turn = |numbers: &mut Vec<Option<i64>>| {
        if numbers.is_empty() {
            return;
        }
        let (place, length) = (place.index(numbers.len()), numbers.len());
        match how {
            0 => numbers[place] = Some(i64::from(*byte % 32)),
            1 => numbers[place] = numbers[place].map(|number| (number ^ 1).max(0)),
            2 => numbers.swap(place, (place + 1) % length),
            _ => numbers[place] = None,
        }
    };
    let (spec, data) = column(parts, at);
    let read = if *spec & 7 == 3 {
        Cursor::signed
    } else {
        |cursor: &mut Cursor<'_>| {
            cursor.unsigned().map(|number| i64::try_from(number).unwrap_or_default())
        }
    };
    if !matches!(*spec & 7, 0..=3 | 6) {
        return;
    }
    let numbers = runs::nullable(data, |cursor| read(cursor).ok());
    let mut numbers = numbers.expect("genuine, or restated before");
    let delta = *spec & 7 == 3;
    if delta {
        let mut sum = 0;
        numbers.iter_mut().flatten().for_each(|number| {
            sum += *number;
            *number = sum;
        });
    }
    turn(&mut numbers);
    if delta {
        let mut sum = 0;
        numbers.iter_mut().flatten().for_each(|number| {
            (*number, sum) = (*number - sum, *number);
        });
    }
    data.clear();
    runs::spell(
        data,
        numbers.len(),
        |row| numbers[row],
        |out, number| {
            if delta {
                runs::signed(out, *number)
            } else {
                runs::unsigned(out, number.unsigned_abs())
            }
        },
    );
}

#[test]
fn an_author_of_the_wrong_change_is_not_vouched_for() {
    let mut parts = specimen(true);
    parts.actors.reverse();
    assert_eq!(parts.forge(), None);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever is done to the columns, with the head made to fit.
    #[test]
    fn scratched_columns_load_or_are_not_vouched_for(small in any::<bool>(), strokes in strokes()) {
        let mut parts = specimen(small);
        strokes.iter().for_each(|stroke| scratch(&mut parts, stroke));
        if let Some(bytes) = parts.forge() {
            prop_assert!(vouched(&bytes));
        }
    }

    #[test]
    fn restated_columns_load_or_are_not_vouched_for(small in any::<bool>(), strokes in strokes()) {
        let mut parts = specimen(small);
        strokes.iter().for_each(|stroke| restate(&mut parts, stroke));
        if let Some(bytes) = parts.forge() {
            prop_assert!(vouched(&bytes));
        }
    }
}
