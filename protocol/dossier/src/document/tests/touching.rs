//! What changes touch, as the law divides a form.

use super::*;
use crate::docket::{Comparison, DocketFault, Docketed, Match, Ruling, Table, Verdict};
use crate::form::{
    Cardinality, ChangedBy, FieldDefinition, FieldKind, FormDefinition, FormSource, Section,
    Sensitivity, Sides, Touched,
};
use crate::validity::Validity;

/// Fields of both sides, and a table that has both.
pub(in crate::document) fn sides() -> Sides {
    let item = |id: &str, section: &str, changed_by| FieldDefinition {
        id: id.parse().expect("field"),
        name_vi: id.to_owned(),
        section: section.to_owned(),
        kind: FieldKind::Text,
        cardinality: if id.contains('.') { Cardinality::Many } else { Cardinality::Optional },
        changed_by,
        sensitivity: Sensitivity::Basic,
        items: Vec::new(),
        pattern: None,
        may_be_future: false,
        validity: Validity::ALWAYS,
        columns: Vec::new(),
    };
    let section = |id: &str| Section { id: id.to_owned(), name_vi: id.to_owned(), area: None };
    let source = FormSource {
        id: "2c-bnv-2008".to_owned(),
        name_vi: "Mẫu".to_owned(),
        basis: "-".to_owned(),
        version: 1,
        sections: vec![section("identity"), section("pay")],
        items: vec![
            item("full_name", "identity", ChangedBy::Personal),
            item("a", "identity", ChangedBy::State),
            item("b", "pay", ChangedBy::Both),
            item("salary.step", "pay", ChangedBy::State),
            item("salary.rank", "pay", ChangedBy::Personal),
        ],
    };
    Sides::of(&FormDefinition::new(source).expect("a form"))
}

fn told(touched: &Touched) -> (bool, bool, Vec<String>) {
    (touched.state, touched.personal, sides().sections(touched).into_iter().collect())
}

#[test]
fn a_change_touches_what_its_edits_write_and_no_more() {
    let sides = sides();
    let (mut document, first) = create(&[set("full_name", text("Trần Thị Bích"))]);
    assert!(document.touched(&first.header.hash, &sides).is_some_and(|first| first.opens));
    for (edits, expected) in [
        (vec![set("a", text("1"))], (true, false, vec!["identity"])),
        (vec![set("full_name", text("Ngọc"))], (false, true, vec!["identity"])),
        (vec![set("b", text("1"))], (false, false, vec!["pay"])),
        (vec![set("unheard", text("1"))], (false, false, vec![""])),
        (vec![put(1, &[("step", 1)])], (true, false, vec!["pay"])),
        (vec![put(1, &[("rank", 1)])], (false, true, vec!["pay"])),
        (vec![remove(1)], (true, true, vec!["pay"])),
        (vec![put(2, &[]), set("a", text("2"))], (true, false, vec!["identity", "pay"])),
        (vec![remove(2)], (false, false, vec!["pay"])),
    ] {
        let change = document.edit(actor(2), at(5), &edits).expect("edits").header.hash;
        let touched = document.touched(&change, &sides).expect("is here");
        let expected =
            (expected.0, expected.1, expected.2.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(told(&touched), expected, "{edits:?}");
        let typed = sides.of_edits(document.form(), &edits);
        assert!(!touched.opens && typed.covers(&touched), "{edits:?}");
    }
    assert_eq!(document.touched(&Hash::ZERO, &sides), None);
}

#[test]
fn what_is_said_of_a_file_touches_no_field() {
    let sides = sides();
    let (mut document, _) = create(&[set("full_name", text("Trần Thị Bích"))]);
    let row = crate::RowId::from_bytes([9; 16]);
    let table = || crate::attachment::TABLE.to_owned();
    let words = |cells| Edit::PutRow { table: table(), row, cells };
    let titled = |title| std::collections::BTreeMap::from([("title".to_owned(), text(title))]);
    let removal = crate::attachment::Attachment::removal("nhầm người");
    for (edits, attaches, detaches, form) in [
        (vec![words(titled("Bằng"))], true, false, false),
        (vec![words(removal)], false, true, false),
        (vec![words(titled("Bằng cấp")), set("a", text("1"))], true, false, true),
        (vec![set("a", text("2"))], false, false, true),
    ] {
        let change = document.edit(actor(2), at(5), &edits).expect("edits").header.hash;
        let touched = document.touched(&change, &sides).expect("is here");
        assert_eq!((touched.attaches, touched.detaches), (attaches, detaches), "{edits:?}");
        assert_eq!(touched.writes_form(), form, "{edits:?}");
        assert!(sides.of_edits(document.form(), &edits).covers(&touched), "{edits:?}");
    }
}

#[test]
fn entries_of_the_docket_are_told_apart_and_never_altered() {
    let (mut document, _) = create(&[set("full_name", text("Trần Thị Bích"))]);
    let verdict = |ruling| Verdict {
        change: Hash::of(b"change"),
        item: None,
        ruling,
        reason: "đủ".to_owned(),
        replaces: std::collections::BTreeSet::new(),
    };
    let review = |number: u8, ruling| Edit::PutRow {
        table: "reviews".to_owned(),
        row: row(number),
        cells: verdict(ruling).cells(),
    };
    let compared = |number: u8| {
        let items = [("full_name".parse().expect("a place"), Match::Same)].into();
        let comparison =
            Comparison { reference: "HS 12".to_owned(), items, ..Comparison::default() };
        Edit::PutRow { table: "parities".to_owned(), row: row(number), cells: comparison.cells() }
    };
    let altered = Docketed { fault: Some(DocketFault::Altered), ..Docketed::default() };
    let parities = Docketed { parities: true, ..Docketed::default() };
    let unreadable = Docketed { fault: Some(DocketFault::Unreadable), ..Docketed::default() };
    let verdicts = [(Hash::of(b"change"), Ruling::Approved)].into();
    let approved = Docketed { verdicts, ..Docketed::default() };
    for sides in [sides(), Sides::default()] {
        let mut document = document.clone();
        for (edits, content, expected) in [
            (vec![review(1, Ruling::Approved)], false, &approved),
            (vec![review(1, Ruling::Returned)], false, &altered),
            (vec![Edit::RemoveRow { table: "reviews".into(), row: row(1) }], false, &altered),
            (vec![put_in("reviews", 2, &[])], false, &unreadable),
            (vec![compared(3), set("a", text("1"))], true, &parities),
            (vec![put_in("parities", 4, &[("same", 1)])], false, &unreadable),
            (vec![put_in("parities", 3, &[("same", 1), ("more", 2)])], false, &altered),
        ] {
            let change = document.edit(actor(2), at(5), &edits).expect("edits").header.hash;
            let touched = document.touched(&change, &sides).expect("is here");
            assert_eq!((touched.content, &touched.docket), (content, expected), "{edits:?}");
        }
    }
    let typed = |edits: &[Edit]| sides().of_edits(document.form(), edits).docket;
    assert_eq!(typed(&[review(1, Ruling::Approved)]), approved);
    assert_eq!(typed(&[Edit::RemoveRow { table: "reviews".into(), row: row(1) }]), altered);
    document.edit(actor(2), at(5), &[review(1, Ruling::Approved)]).expect("edits");
    // A twin of the row says what its own change says.
    let entries = document.entries(Table::Reviews);
    assert_eq!(entries.len(), 1);
    assert_eq!(Verdict::read(&entries[0].cells), Ok(verdict(Ruling::Approved)));
}

#[test]
fn a_form_without_sides_demands_nothing() {
    let (mut document, _) = create(&[set("full_name", text("Trần Thị Bích"))]);
    let change = document.edit(actor(2), at(5), &[set("a", text("1"))]).expect("edits").header.hash;
    let touched = document.touched(&change, &Sides::default()).expect("is here");
    assert_eq!((touched.state, touched.personal, touched.opens), (false, false, false));
}

#[test]
fn a_refused_result_leaves_the_document_as_it_was() {
    let (mut document, _) = create(&[set("full_name", text("Trần Thị Bích"))]);
    let mut other = document.clone();
    let change = other.edit(actor(2), at(5), &[set("a", text("1"))]).expect("edits");
    let before = document.digest();
    let judged = document.apply_when(&[change.bytes], |after| {
        after.touched(&change.header.hash, &sides()).is_some_and(|touched| !touched.state)
    });
    assert_eq!(judged, Err(ApplyError::Unlawful));
    assert_eq!((document.digest(), document.has_change(&change.header.hash)), (before, false));
}
