//! Meters over a small form; the real form is measured in `config`.

use std::collections::BTreeMap;

use jiff::civil::date;

use super::*;
use crate::form::FormSource;

const TODAY: Date = date(2026, 1, 5);

/// One required item for each area, a table, and an item that is asked from 2030 on.
fn form() -> FormDefinition {
    let sections: String = Area::ALL
        .iter()
        .map(|area| {
            let id = serde_json::to_string(area).expect("text");
            format!(r#"{{"id":{id},"name_vi":"-","area":{id}}},"#)
        })
        .collect();
    let item = |id: &str, section: &str, kind: &str, cardinality: &str, more: &str| {
        format!(
            r#"{{"id":"{id}","name_vi":"-","section":"{section}","kind":"{kind}",
            "cardinality":"{cardinality}","changed_by":"both","sensitivity":"basic"{more}}}"#
        )
    };
    let mut items: Vec<String> = ["origin", "work_history", "economy", "morality"]
        .into_iter()
        .chain(["qualification", "ability", "relations"])
        .map(|section| item(&format!("of_{section}"), section, "text", "required", ""))
        .collect();
    items.push(item("school.name", "qualification", "text", "many", ""));
    items.push(item("school.year", "qualification", "integer", "many", ""));
    let later = r#","validity":{"from":"2030"}"#;
    items.push(item("later", "origin", "text", "required", later));
    items.push(item("staff", "header", "text", "required", ""));
    let source = format!(
        r#"{{"id":"thu","name_vi":"-","basis":"-","version":1,
        "sections":[{sections}{{"id":"header","name_vi":"-"}}],"items":[{}]}}"#,
        items.join(",")
    );
    let source: FormSource = serde_json::from_str(&source).expect("source");
    FormDefinition::new(source).expect("form")
}

fn full(form: &FormDefinition) -> Record {
    let mut record = Record::default();
    for item in form.items().iter().filter(|item| item.id.table().is_none()) {
        record.fields.insert(item.id.clone(), Value::Text("có".to_owned()));
    }
    record
}

// R-3.1: an area without data blocks "complete".
#[test]
fn an_empty_area_or_a_missing_item_keeps_a_dossier_from_being_complete() {
    let form = form();
    let record = full(&form);
    assert!(Completeness::measure(&record, &form, TODAY).is_complete());
    for field in record.fields.keys().filter(|field| field.as_str() != "later") {
        let mut less = record.clone();
        less.fields.insert(field.clone(), Value::Text(" ".to_owned()));
        let measured = Completeness::measure(&less, &form, TODAY);
        assert!(!measured.is_complete(), "{field}");
        assert_eq!(measured.missing, std::slice::from_ref(field));
    }
    let nothing = Completeness::measure(&Record::default(), &form, TODAY);
    assert!(nothing.meters.iter().all(|meter| meter.filled == 0 && meter.asked() > 0));
}

#[test]
fn a_table_is_one_item_and_a_blank_row_no_content() {
    let form = form();
    let mut record = full(&form);
    let meter = |record: &Record| {
        let measured = Completeness::measure(record, &form, TODAY);
        let meter = measured.meters.into_iter().find(|it| it.area == Area::Qualification);
        meter.map(|meter| (meter.filled, meter.asked())).expect("meter")
    };
    assert_eq!(meter(&record), (1, 2));
    let row = |text: &str| BTreeMap::from([("name".to_owned(), Value::Text(text.to_owned()))]);
    record.rows.insert("school".to_owned(), vec![row(""), row("  ")]);
    assert_eq!(meter(&record), (1, 2));
    record.rows.insert("school".to_owned(), vec![row(""), row("ĐH Tây Bắc"), row("ĐH Vinh")]);
    assert_eq!(meter(&record), (2, 2));
}

#[test]
fn an_item_is_asked_only_while_it_is_on_the_form() {
    let form = form();
    let mut record = full(&form);
    record.fields.remove(&"later".parse().expect("field"));
    assert!(Completeness::measure(&record, &form, TODAY).is_complete());
    assert!(!Completeness::measure(&record, &form, date(2030, 1, 1)).is_complete());
}
