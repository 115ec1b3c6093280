//! Which thing a row of a table names: the columns that stay when a list is corrected.
//!
//! **Invariant:** a row that is imported has a key made of person, table and what it names, so that
//! the same thing has the same key in every later list.

use std::collections::BTreeMap;

use dossier::fold::written;
use dossier::{Hash, RowId, Value};

/// For each table the columns that name the thing; every column of a table that is not here.
const NAMING: [(&str, &[&str]); 16] = [
    ("allowance", &["kind", "from"]),
    ("award", &["form", "year"]),
    ("concurrent_posts", &["post"]),
    ("discipline", &["form", "from"]),
    ("evaluation", &["year"]),
    ("family", &["relation", "full_name"]),
    ("foreign_languages", &["language"]),
    ("mass_org_rows", &["organisation", "from"]),
    ("minority_language", &["language"]),
    ("party_position", &["post", "from"]),
    ("planned_posts", &["post", "period"]),
    ("policy_family", &["kind"]),
    ("salary", &["from"]),
    ("state_titles", &["title"]),
    ("training", &["institution", "field", "qualification"]),
    ("work", &["from", "unit"]),
];

/// What a row names, as bytes: equal for equal things however they are written, empty for a row
/// that names nothing.
pub(super) fn identity(table: &str, cells: &BTreeMap<String, Value>) -> Vec<u8> {
    let naming = NAMING.iter().find(|(name, _)| *name == table).map(|(_, columns)| *columns);
    let names = |column: &str| naming.is_none_or(|columns| columns.contains(&column));
    let mut bytes = Vec::new();
    for (column, value) in cells.iter().filter(|(column, _)| names(column)) {
        let text = match value {
            Value::Text(text) => format!("t{}", written(text)),
            Value::Integer(number) => format!("i{number}"),
            Value::Hundredths(number) => format!("h{number}"),
            Value::Date(date) => format!("d{date}"),
            Value::Flag(flag) => format!("f{flag}"),
            Value::Coded(coded) => format!("c{}", coded.code),
        };
        for part in [column, &text] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
    }
    bytes
}

/// The key of a row: person, table and what it names, and how many of the same name come before.
pub(super) fn row_id(person: &Hash, table: &str, identity: &[u8], twin: u32) -> RowId {
    let parts = [&person.as_bytes()[..], table.as_bytes(), identity, &twin.to_be_bytes()[..]];
    let hash = Hash::tagged("hoso import row v1", &parts);
    let (half, _) = hash.as_bytes().split_at(RowId::LENGTH);
    RowId::from_slice(half).expect("half a hash is as long as a row id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_naming_column_is_one_of_the_form() {
        let form = config::load_form(&config::Files::embedded()).expect("form");
        for (table, columns) in NAMING {
            for column in columns {
                assert!(form.column(table, column).is_some(), "{table}.{column}");
            }
        }
    }

    #[test]
    fn a_thing_keeps_its_name_when_the_rest_is_corrected() {
        let row = |unit: &str, title: &str| {
            BTreeMap::from([
                ("unit".to_owned(), Value::Text(unit.to_owned())),
                ("title".to_owned(), Value::Text(title.to_owned())),
            ])
        };
        let named = identity("work", &row("Xã Hòa", "Kế toán"));
        assert_eq!(named, identity("work", &row("XÃ HOÀ", "Văn thư")));
        assert_ne!(named, identity("work", &row("Xã Tân Pheo", "Kế toán")));
        assert_ne!(named, identity("unknown", &row("Xã Hòa", "Kế toán")));
    }
}
