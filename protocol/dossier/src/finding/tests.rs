//! Records judged against a small form; the real form and catalogs are judged in `config`.

use super::*;
use crate::catalog::Scales;
use crate::form::FormSource;

fn empty() -> (FormDefinition, Catalogs, UnitTree) {
    let form = FormSource {
        id: "thu".to_owned(),
        name_vi: "Mẫu thử".to_owned(),
        basis: "-".to_owned(),
        version: 1,
        sections: Vec::new(),
        items: Vec::new(),
    };
    let root = serde_json::from_str(
        r#"[{"id":"tinh","parent":null,"tier":0,"name":"Tỉnh","kind":"province","holds_dossiers":"no"}]"#,
    );
    (
        FormDefinition::new(form).expect("form"),
        Catalogs::new(Vec::new(), Scales::default()).expect("catalogs"),
        root.expect("tree"),
    )
}

#[test]
fn judging_is_total_even_without_form_and_catalogs() {
    let (form, catalogs, tree) = empty();
    let mut record = Record::default();
    record.fields.insert("x".parse().expect("id"), Value::Text("<b>".to_owned()));
    record.rows.insert("salary".to_owned(), vec![BTreeMap::new(); 3]);
    record.rows.insert("BAD NAME".to_owned(), vec![BTreeMap::new()]);
    assert!(judge(&record, None, &form, &catalogs, &tree).is_empty());
}

#[test]
fn rules_on_rows_need_no_form() {
    let (form, catalogs, tree) = empty();
    let date = |text: &str| Value::Date(text.parse().expect("date"));
    let row = |from: &str, to: &str| {
        BTreeMap::from([("from".to_owned(), date(from)), ("to".to_owned(), date(to))])
    };
    let mut record = Record::default();
    record.rows.insert(
        "work".to_owned(),
        vec![row("2007-01", "2011-07"), row("2011-03", "2014-07"), row("2014-08", "2013")],
    );
    let found: Vec<(Option<u32>, String, &str)> = judge(&record, None, &form, &catalogs, &tree)
        .into_iter()
        .map(|finding| (finding.path.row, finding.path.field.to_string(), finding.kind.code()))
        .collect();
    assert_eq!(
        found,
        [
            (Some(1), "work.from".to_owned(), "overlap"),
            (Some(2), "work.to".to_owned(), "date_order")
        ]
    );
    let cell = (Some(1), "work.from".parse().expect("id"));
    record.unreadable.insert(cell);
    assert_eq!(
        judge(&record, None, &form, &catalogs, &tree).len(),
        1,
        "an unreadable cell is not judged"
    );
}
