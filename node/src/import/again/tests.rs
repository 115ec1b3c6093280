//! A person's dossier, edited by hand and compared with later lists.

use std::collections::BTreeMap;
use std::convert::Infallible;

use dossier::document::Document;
use dossier::finding::Record;
use dossier::{ActorId, DossierId, Hash, Incarnation, NodeId, Review, Role, Timestamp};
use protocol::core::Provenance;
use protocol::envelope::Meta;

use super::*;

/// A dossier with the basis of each of its changes.
struct Desk {
    document: Document,
    bases: BTreeMap<Hash, LegalBasis>,
}

fn listed() -> LegalBasis {
    LegalBasis::Import { list: "ds.csv".to_owned(), file: Hash::ZERO, row: 2 }
}

fn typed() -> LegalBasis {
    LegalBasis::Correction { reason: "ghi nhầm".to_owned() }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn cells(pairs: &[(&str, &str)]) -> Cells {
    pairs.iter().map(|(column, value)| ((*column).to_owned(), text(value))).collect()
}

fn person(phone: &str, table: &str, rows: &[Cells]) -> Person {
    let fields = BTreeMap::from([
        ("full_name".parse().expect("field"), text("Lò Văn Trung")),
        ("phone".parse().expect("field"), text(phone)),
    ]);
    Person {
        sheet: String::new(),
        row: 2,
        staff_code: None,
        import_key: Hash::of(b"person"),
        record: Record { fields, ..Record::default() },
        rows: BTreeMap::from([(table.to_owned(), rows.to_vec())]),
        unit: None,
        held_back: false,
    }
}

impl Desk {
    fn begin(person: &Person) -> Self {
        let id = DossierId::from_bytes([1; 16]);
        let at = Timestamp::from_millis(1_000);
        let (document, change) =
            Document::create(id, "2c-bnv-2008", actor(), at, &person.edits()).expect("created");
        Self { document, bases: BTreeMap::from([(change.header.hash, listed())]) }
    }

    fn write(&mut self, edits: &[Edit], basis: LegalBasis) {
        let at = Timestamp::from_millis(2_000);
        let change = self.document.edit(actor(), at, edits).expect("edited");
        self.bases.insert(change.header.hash, basis);
    }

    /// Compares and takes what the list changes.
    fn import(&mut self, person: &Person) -> Amendment {
        let was_written =
            |path: &FieldPath| Ok::<_, Infallible>(!self.document.history(path).is_empty());
        let amendment = compare(person, &self.shown(), was_written).expect("compared");
        if !amendment.edits.is_empty() {
            self.write(&amendment.edits, listed());
        }
        amendment
    }

    fn shown(&self) -> DossierShown {
        let view = self.document.view();
        let writers = self.document.provenance();
        let rows = view.tables.iter().flat_map(|(table, rows)| {
            rows.iter().flat_map(move |(row, cells)| {
                let path = move |column: &String| place(table, *row, column).expect("column");
                cells.iter().map(move |(column, value)| (path(column), value.clone()))
            })
        });
        let single = view
            .fields
            .iter()
            .map(|(field, value)| (FieldPath { field: field.clone(), row: None }, value.clone()));
        let fields = single.chain(rows).map(|(path, value)| {
            let provenance = writers.get(&path).map(|change| self.provenance(*change));
            let review = dossier::docket::ReviewState::NotRequired;
            FieldShown { path, value, provenance, review, form: None }
        });
        DossierShown {
            dossier: self.document.id(),
            unit: "d150".parse().expect("unit"),
            form: self.document.form().to_owned(),
            digest: self.document.digest(),
            fields: fields.collect(),
            conflicts: Vec::new(),
            changes: 1,
            status: None,
            closed: false,
        }
    }

    fn provenance(&self, change: Hash) -> Provenance {
        let basis = self.bases[&change].clone();
        let review = Review::NotRequired;
        Provenance {
            change,
            node: NodeId::from_slice(&[1; 16]).expect("id"),
            unit: None,
            at_seconds: 0,
            meta: Meta { person: "Hà Văn Tú".to_owned(), role: Role::Clerk, basis, review },
            held_above: [false, false],
        }
    }

    fn rows(&self, table: &str) -> Vec<Cells> {
        let view = self.document.view();
        view.tables.get(table).map_or_else(Vec::new, |rows| rows.values().cloned().collect())
    }

    fn row(&self, table: &str) -> RowId {
        let view = self.document.view();
        *view.tables[table].keys().next().expect("a row")
    }
}

fn actor() -> ActorId {
    ActorId::from_slice(Incarnation::from_bytes([7; 16]).as_bytes()).expect("16 bytes")
}

fn course(year: &str) -> Cells {
    cells(&[("institution", "Đại học Luật"), ("qualification", "Cử nhân"), ("to", year)])
}

#[test]
fn the_same_list_again_changes_nothing() {
    let list = person("0912", "training", &[course("2005"), course("2005"), course("2010")]);
    let mut desk = Desk::begin(&list);
    assert_eq!(desk.import(&list), Amendment::default());
    let mut turned = list.clone();
    turned.rows.get_mut("training").expect("rows").reverse();
    assert_eq!(desk.import(&turned), Amendment::default());
}

#[test]
fn a_corrected_row_corrects_the_row_it_was_imported_as() {
    let mut desk = Desk::begin(&person("0912", "training", &[course("2005")]));
    let amendment = desk.import(&person("0912", "training", &[course("2006")]));
    let [correction] = amendment.corrections.as_slice() else { panic!("{amendment:?}") };
    assert_eq!(correction.path.field.as_str(), "training.to");
    assert_eq!((&correction.before, &correction.after), (&Some(text("2005")), &text("2006")));
    assert_eq!(desk.rows("training"), [course("2006")]);
    let path = correction.path.clone();
    assert_eq!(desk.document.history(&path).len(), 2);
}

#[test]
fn of_two_rows_of_one_name_the_changed_one_is_corrected() {
    let mut desk = Desk::begin(&person("0912", "training", &[course("2005"), course("2010")]));
    let amendment = desk.import(&person("0912", "training", &[course("2011"), course("2005")]));
    assert_eq!(amendment.corrections.len(), 1);
    let years: Vec<Value> = desk.rows("training").iter().map(|row| row["to"].clone()).collect();
    assert!(years.contains(&text("2005")) && years.contains(&text("2011")), "{years:?}");
}

#[test]
fn another_thing_is_a_new_row_and_what_is_not_listed_stays() {
    let mut desk = Desk::begin(&person("0912", "training", &[course("2005")]));
    let other = cells(&[("institution", "Học viện Hành chính"), ("to", "2015")]);
    let amendment = desk.import(&person("0912", "training", std::slice::from_ref(&other)));
    assert!(amendment.corrections.iter().all(|correction| correction.before.is_none()));
    assert_eq!(desk.rows("training").len(), 2);
}

#[test]
fn what_a_person_wrote_cleared_or_removed_stands() {
    let list = person("0912", "training", &[course("2005"), cells(&[("field", "Luật")])]);
    let mut desk = Desk::begin(&list);
    let phone = "phone".parse().expect("field");
    desk.write(&[Edit::Set { field: phone, value: text("0999") }], typed());
    let gone = desk.row("training");
    desk.write(&[Edit::RemoveRow { table: "training".to_owned(), row: gone }], typed());
    let rows = desk.rows("training");
    let amendment = desk.import(&list);
    assert_eq!((amendment.edits.len(), amendment.kept.len()), (0, 2), "{amendment:?}");
    assert_eq!(desk.rows("training"), rows);
    let field = "phone".parse().expect("field");
    desk.write(&[Edit::Clear { field }], typed());
    assert!(desk.import(&list).edits.is_empty());
}

#[test]
fn a_row_typed_by_hand_is_completed_and_not_doubled() {
    let mut desk = Desk::begin(&person("0912", "work", &[]));
    let row = RowId::from_bytes([9; 16]);
    let by_hand = cells(&[("from", "2015"), ("unit", "Xã Hòa"), ("title", "Kế toán")]);
    desk.write(&[Edit::PutRow { table: "work".to_owned(), row, cells: by_hand }], typed());
    let listed = [("from", "2015"), ("unit", "XÃ HOÀ"), ("title", "Văn thư"), ("to", "2019")];
    let amendment = desk.import(&person("0912", "work", &[cells(&listed)]));
    assert_eq!((amendment.corrections.len(), amendment.kept.len()), (1, 2), "{amendment:?}");
    let rows = desk.rows("work");
    assert_eq!((rows.len(), &rows[0]["title"]), (1, &text("Kế toán")));
    assert_eq!(rows[0]["to"], text("2019"));
}
