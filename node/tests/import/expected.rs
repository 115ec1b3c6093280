//! Compares a plan with what an import of the list must give, field by field.

use dossier::{FieldId, Value};
use node::import::{ImportPlan, Person};

use super::support::sample;

/// The most differences that are told.
const TOLD: usize = 20;

/// Compares every column of every row of an expected file; panics with the first differences.
pub(crate) fn compare_with_expected(plan: &ImportPlan, file: &str) {
    let mut reader = csv::Reader::from_path(sample(file)).expect("expected file");
    let columns: Vec<String> = reader
        .headers()
        .expect("columns")
        .iter()
        .map(|c| c.trim_start_matches('\u{feff}').to_owned())
        .collect();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
    assert_eq!(plan.people.len(), rows.len(), "number of persons");
    let mut differences = Vec::new();
    for (person, row) in plan.people.iter().zip(&rows) {
        for (column, wanted) in columns.iter().zip(row) {
            let found = shown(person, column);
            if found != wanted {
                differences.push(format!("row {} {column}: {found:?}, not {wanted:?}", person.row));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences, the first:\n{}",
        differences.len(),
        differences[..differences.len().min(TOLD)].join("\n")
    );
}

/// A field of a person as the expected files write it.
fn shown(person: &Person, column: &str) -> String {
    if column == "row" {
        return person.row.to_string();
    }
    let field: FieldId = column.parse().expect("a field id");
    if let Some(value) = person.record.fields.get(&field) {
        return value_shown(column, value);
    }
    let rows = person.record.rows.get(column).map(Vec::as_slice).unwrap_or_default();
    let rows = rows.iter().map(|row| {
        let cell = |name: &str| row.get(name).map(|value| value_shown(column, value));
        match column {
            "foreign_languages" => [cell("language"), cell("level")]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(":"),
            "policy_family" => cell("kind").unwrap_or_default(),
            _ => cell("post").unwrap_or_default(),
        }
    });
    rows.collect::<Vec<_>>().join(";")
}

fn value_shown(column: &str, value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) | Value::Hundredths(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Flag(flag) => flag.to_string(),
        // Names, where the catalog's own codes are only numbers or free.
        Value::Coded(coded) => match column {
            "ethnic_group" | "religion" | "family_class" | "recruitment_method" => {
                coded.label.clone()
            }
            _ => coded.code.clone(),
        },
    }
}
