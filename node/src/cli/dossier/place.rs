//! Places of a dossier in the order of the paper, and what they are called.

use std::collections::BTreeMap;

use dossier::form::{FieldDefinition, FieldKind, FormDefinition};
use dossier::{FieldId, FieldPath, RowId, Value};
use protocol::core::{DossierShown, FieldShown};

use crate::cli::ask::PREFIX_MIN;
use crate::cli::error::CliError;

/// One item of the paper with what a dossier holds there.
#[derive(Debug)]
pub(crate) enum Item<'a> {
    /// A single field; `None` where it is empty.
    Single(&'a FieldDefinition, Option<&'a FieldShown>),
    /// A table: its name, its title, and its rows with their cells in paper order.
    Table(&'a str, &'a str, Vec<(RowId, Vec<(&'a FieldDefinition, &'a FieldShown)>)>),
    /// A value the form does not know, from a newer one.
    Unknown(&'a FieldShown),
}

/// The items of a section; each table stands where its first item stands.
pub(crate) fn section<'a>(
    form: &'a FormDefinition,
    section: &str,
    shown: &'a DossierShown,
) -> Vec<Item<'a>> {
    let (mut items, mut tables) = (Vec::new(), Vec::new());
    for definition in form.items_of(section) {
        let table = match (&definition.kind, definition.id.table()) {
            (FieldKind::Table, _) => Some(definition.id.as_str()),
            (_, table) => table,
        };
        match table {
            None => {
                let path = FieldPath { field: definition.id.clone(), row: None };
                let field = shown.fields.iter().find(|field| field.path == path);
                items.push(Item::Single(definition, field));
            }
            Some(table) if !tables.contains(&table) => {
                tables.push(table);
                let title =
                    form.named(table).map_or(definition.name_vi.as_str(), |it| it.name_vi.as_str());
                items.push(Item::Table(table, title, rows(form, table, shown)));
            }
            Some(_) => {}
        }
    }
    items
}

/// Values the form has no place for.
pub(crate) fn unknown<'a>(form: &FormDefinition, shown: &'a DossierShown) -> Vec<Item<'a>> {
    let fields = shown.fields.iter().filter(|field| form.field(&field.path.field).is_none());
    fields.map(Item::Unknown).collect()
}

/// A row with its cells in paper order.
type Row<'a> = (RowId, Vec<(&'a FieldDefinition, &'a FieldShown)>);

/// Rows by their first day, then by their key.
pub(crate) fn rows<'a>(
    form: &'a FormDefinition,
    table: &str,
    shown: &'a DossierShown,
) -> Vec<Row<'a>> {
    let mut rows: BTreeMap<RowId, Vec<(&FieldDefinition, &FieldShown)>> = BTreeMap::new();
    for column in form.columns(table) {
        for field in shown.fields.iter().filter(|field| field.path.field == column.id) {
            if let Some(row) = field.path.row {
                rows.entry(row).or_default().push((column, field));
            }
        }
    }
    let mut rows: Vec<Row<'_>> = rows.into_iter().collect();
    rows.sort_by_key(|(id, cells)| {
        let day = cells.iter().find_map(|(_, field)| match &field.value {
            Value::Date(day) => Some(*day),
            _ => None,
        });
        (day.is_none(), day, *id)
    });
    rows
}

/// What a place is called: the item's name, and the row where there is one.
pub(crate) fn name(form: &FormDefinition, path: &FieldPath) -> String {
    let name = item(form, &path.field);
    match path.row {
        Some(row) => format!("{name}, dòng {}", short(row)),
        None => name,
    }
}

/// What an item is called, with its code.
pub(super) fn item(form: &FormDefinition, field: &FieldId) -> String {
    form.field(field).map_or_else(
        || field.to_string(),
        |definition| format!("{} ({})", definition.name_vi, definition.id),
    )
}

/// The beginning of a row's key, as people see it.
pub(super) fn short(row: RowId) -> String {
    row.to_string()[..8].to_owned()
}

/// The row of a table that a whole key or its beginning names.
pub(in crate::cli) fn row(
    shown: &DossierShown,
    table: &str,
    text: &str,
) -> Result<RowId, CliError> {
    if let Ok(row) = text.parse() {
        return Ok(row);
    }
    let wanted = text.to_ascii_lowercase();
    let mut rows: Vec<RowId> = shown
        .fields
        .iter()
        .filter(|field| field.path.field.table() == Some(table))
        .filter_map(|field| field.path.row)
        .filter(|row| wanted.len() >= PREFIX_MIN && row.to_string().starts_with(&wanted))
        .collect();
    rows.sort_unstable();
    rows.dedup();
    match rows.as_slice() {
        [row] => Ok(*row),
        _ => Err(CliError::usage("DL-0137", format!("Bảng «{table}» không có dòng «{text}»."))
            .hint("Mã dòng xem trong «hoso dossier show»; dòng mới ghi là new.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::library::Library;

    fn field(id: &str, row: Option<u8>, value: Value) -> FieldShown {
        let row = row.map(|byte| RowId::from_bytes([byte; 16]));
        let path = FieldPath { field: id.parse().expect("field"), row };
        let review = dossier::docket::ReviewState::NotRequired;
        FieldShown { path, value, provenance: None, review, form: None }
    }

    fn dossier() -> DossierShown {
        let date = |text: &str| Value::Date(text.parse().expect("date"));
        DossierShown {
            dossier: dossier::DossierId::from_bytes([1; 16]),
            unit: "snv".parse().expect("unit"),
            form: "2c-bnv-2008".to_owned(),
            digest: dossier::Hash::ZERO,
            fields: vec![
                field("full_name", None, Value::Text("Bùi Thị Hòa".to_owned())),
                field("work.from", Some(1), date("2015-01")),
                field("work.from", Some(2), date("2009-05")),
                field("next_century", None, Value::Flag(true)),
            ],
            conflicts: Vec::new(),
            changes: 1,
            status: None,
            closed: false,
        }
    }

    #[test]
    fn a_dossier_is_laid_out_whole_in_paper_order() {
        let (library, shown) = (Library::load().expect("loads"), dossier());
        let form = &library.form;
        let items: Vec<Item<'_>> =
            form.sections().iter().flat_map(|part| section(form, &part.id, &shown)).collect();
        let filled = items.iter().map(|item| match item {
            Item::Single(_, field) => usize::from(field.is_some()),
            Item::Table(_, _, rows) => rows.iter().map(|(_, cells)| cells.len()).sum(),
            Item::Unknown(_) => 1,
        });
        let total = filled.sum::<usize>() + unknown(form, &shown).len();
        assert_eq!(total, shown.fields.len());
        let work = items.iter().find_map(|item| match item {
            Item::Table("work", _, rows) => Some(rows),
            _ => None,
        });
        let first = work.and_then(|rows| rows.first()).map(|(row, _)| *row);
        assert_eq!(first, Some(RowId::from_bytes([2; 16])), "earliest row first");
    }

    #[test]
    fn a_row_is_named_by_the_beginning_of_its_key() {
        let shown = dossier();
        let found = row(&shown, "work", "020202").expect("found");
        assert_eq!(found, RowId::from_bytes([2; 16]));
        for wrong in ["02", "030303", "zz"] {
            assert_eq!(row(&shown, "work", wrong).expect_err("none").code, "DL-0137");
        }
    }
}
