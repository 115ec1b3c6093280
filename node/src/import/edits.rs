//! From what a list says to the edits of a dossier. Everything here follows from the person's own
//! content: neither the row in the list nor the time has a part in it.

use std::collections::BTreeMap;

use dossier::catalog::Catalogs;
use dossier::finding::Record;
use dossier::fold::written;
use dossier::{Coded, Edit, FieldId, Hash, Value};

use super::identity::{identity, row_id};
use super::plan::Person;

/// Rows of tables: column name without the table, and its value.
pub type Tables = BTreeMap<String, Vec<BTreeMap<String, Value>>>;

/// Names a person independent of list and row: by the citizen number, else by staff code, name and
/// birth date together.
pub fn import_key(record: &Record) -> Hash {
    let text = |field: &str| {
        let id: Option<FieldId> = field.parse().ok();
        match id.and_then(|id| record.fields.get(&id)) {
            Some(Value::Text(text)) => written(text),
            Some(Value::Date(date)) => date.to_string(),
            _ => String::new(),
        }
    };
    let citizen = text("citizen_id");
    let numbered = matches!(citizen.len(), 9 | 12) && citizen.bytes().all(|b| b.is_ascii_digit());
    if numbered {
        return Hash::tagged("hoso import person by number v1", &[citizen.as_bytes()]);
    }
    let parts = ["staff_code", "full_name", "birth_date"].map(text);
    let parts = parts.each_ref().map(|part| part.as_bytes());
    Hash::tagged("hoso import person by name v1", &parts)
}

/// The rows of a record, with the flat columns of the list (`salary.step` beside the name) put
/// into the row they belong to.
pub fn tables(record: &Record, catalogs: &Catalogs) -> Tables {
    let mut tables = record.rows.clone();
    let mut flat: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
    for (field, value) in &record.fields {
        if let Some(table) = field.table() {
            flat.entry(table).or_default().insert(field.column().to_owned(), value.clone());
        }
    }
    for (table, mut cells) in flat {
        let implied = match table {
            "allowance" => Some(("allowance", "position")),
            "training" => Some(("training_kind", "chuyen_mon")),
            _ => None,
        };
        if let Some(value) = implied.and_then(|(catalog, code)| coded(catalogs, catalog, code)) {
            cells.entry("kind".to_owned()).or_insert(value);
        }
        // Pay rows are known by their first day, courses by their subject.
        let key = if table == "training" { "field" } else { "from" };
        let rows = tables.entry(table.to_owned()).or_default();
        let known = cells.get(key).cloned();
        match rows.iter_mut().rev().find(|row| known.is_some() && row.get(key) == known.as_ref()) {
            Some(row) => cells.into_iter().for_each(|(column, value)| {
                row.entry(column).or_insert(value);
            }),
            None => rows.push(cells),
        }
    }
    tables.values_mut().for_each(|rows| rows.retain(|row| !row.is_empty()));
    tables.retain(|_, rows| !rows.is_empty());
    tables
}

fn coded(catalogs: &Catalogs, catalog: &str, code: &str) -> Option<Value> {
    let catalog = catalogs.get(catalog)?;
    let entry = catalog.get(code)?;
    Some(Value::Coded(Coded {
        code: entry.code.clone(),
        label: entry.label.clone(),
        version: catalog.version(),
    }))
}

/// The edits of a whole person: single fields first, then rows, in the order of their names.
pub(super) fn edits(person: &Person) -> Vec<Edit> {
    let single = person.record.fields.iter().filter(|(field, _)| field.table().is_none());
    let mut edits: Vec<Edit> = single
        .map(|(field, value)| Edit::Set { field: field.clone(), value: value.clone() })
        .collect();
    for (table, rows) in &person.rows {
        let mut twins: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
        for cells in rows {
            let identity = identity(table, cells);
            let twin = twins.entry(identity.clone()).or_default();
            let row = row_id(&person.import_key, table, &identity, *twin);
            *twin += 1;
            edits.push(Edit::PutRow { table: table.clone(), row, cells: cells.clone() });
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use dossier::RowId;

    use super::*;

    fn record(fields: &[(&str, Value)]) -> Record {
        let fields = fields.iter().map(|(id, value)| (id.parse().expect("field"), value.clone()));
        Record { fields: fields.collect(), ..Record::default() }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn the_key_follows_the_person_not_the_writing() {
        let day = |text: &str| Value::Date(text.parse().expect("date"));
        let key = |code: &str, name: &str, born: &str| {
            import_key(&record(&[
                ("staff_code", text(code)),
                ("full_name", text(name)),
                ("birth_date", day(born)),
            ]))
        };
        assert_eq!(key("A1", "Hòa", "1970"), key("a1", "HOÀ", "1970"));
        assert_ne!(key("A1", "Hòa", "1970"), key("A1", "Hòa", "1971"));
        let numbered = |code: &str| {
            import_key(&record(&[("citizen_id", text("017085912345")), ("staff_code", text(code))]))
        };
        assert_eq!(numbered("A1"), numbered("B2"));
    }

    #[test]
    fn equal_rows_get_keys_of_their_own() {
        let row = BTreeMap::from([("year".to_owned(), Value::Integer(2020))]);
        let person = Person {
            sheet: String::new(),
            row: 2,
            staff_code: None,
            import_key: Hash::ZERO,
            record: Record::default(),
            rows: BTreeMap::from([("award".to_owned(), vec![row.clone(), row])]),
            unit: None,
            held_back: false,
        };
        let keys: std::collections::BTreeSet<RowId> = person
            .edits()
            .into_iter()
            .filter_map(|edit| match edit {
                Edit::PutRow { row, .. } => Some(row),
                _ => None,
            })
            .collect();
        assert_eq!(keys.len(), 2);
        assert_eq!(person.edits(), person.edits());
    }
}
