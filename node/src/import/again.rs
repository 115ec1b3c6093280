//! A list imported again: what it says otherwise than the dossier that was begun from it.
//!
//! What a clerk can rely on:
//!
//! - A row of the list is the row of the dossier that names the same thing: the row it was imported
//!   as, else one with equal [naming columns](super::identity). Of several the one with the same
//!   content comes first, then the order of the list. A row without a counterpart is new.
//! - A value that an import wrote gives way to the list's; one that a person wrote stands, and so
//!   does what a person cleared, removed, or has still to choose between.
//! - What the list does not say stays. Nothing is ever removed.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{Edit, FieldId, FieldPath, LegalBasis, RowId, Value};
use protocol::core::{DossierShown, FieldShown};

use super::identity::{identity, row_id};
use super::plan::Person;

/// What a list changes in a dossier that exists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Amendment {
    /// The edits of one change; none when the dossier says what the list says.
    pub edits: Vec<Edit>,
    /// Values that change, in the order of their places.
    pub corrections: Vec<Correction>,
    /// Places where a person wrote something else, which stands.
    pub kept: Vec<FieldPath>,
}

/// One value that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// Where.
    pub path: FieldPath,
    /// What the dossier says; `None` where it says nothing.
    pub before: Option<Value>,
    /// What the list says.
    pub after: Value,
}

type Cells = BTreeMap<String, Value>;

/// Compares a person of a list with the dossier begun for the same import key. `was_written` is
/// asked of empty places: whether anything was ever written there.
///
/// # Errors
/// Those of `was_written`.
pub fn compare<E>(
    person: &Person,
    shown: &DossierShown,
    was_written: impl FnMut(&FieldPath) -> Result<bool, E>,
) -> Result<Amendment, E> {
    let present: BTreeMap<&FieldPath, &FieldShown> =
        shown.fields.iter().map(|field| (&field.path, field)).collect();
    let disputed = shown.conflicts.iter().map(|conflict| &conflict.path).collect();
    let amendment = Amendment::default();
    let mut comparison = Comparison { present, disputed, was_written, amendment };
    for (field, value) in &person.record.fields {
        if field.table().is_some() {
            continue;
        }
        let path = FieldPath { field: field.clone(), row: None };
        if comparison.gives_way(&path, value)? {
            comparison.correct(path, value);
            let edit = Edit::Set { field: field.clone(), value: value.clone() };
            comparison.amendment.edits.push(edit);
        }
    }
    for (table, rows) in &person.rows {
        comparison.compare_table(person, table, rows)?;
    }
    Ok(comparison.amendment)
}

struct Comparison<'a, F> {
    present: BTreeMap<&'a FieldPath, &'a FieldShown>,
    disputed: BTreeSet<&'a FieldPath>,
    was_written: F,
    amendment: Amendment,
}

impl<E, F: FnMut(&FieldPath) -> Result<bool, E>> Comparison<'_, F> {
    /// Whether a place takes the list's value; a place that stands against it is noted.
    fn gives_way(&mut self, path: &FieldPath, value: &Value) -> Result<bool, E> {
        let gives_way = match self.present.get(path) {
            Some(field) if is_same(&field.value, value) => return Ok(false),
            Some(field) => !self.disputed.contains(path) && is_imported(field),
            None => !(self.was_written)(path)?,
        };
        if !gives_way {
            self.amendment.kept.push(path.clone());
        }
        Ok(gives_way)
    }

    fn correct(&mut self, path: FieldPath, value: &Value) {
        let before = self.present.get(&path).map(|field| field.value.clone());
        self.amendment.corrections.push(Correction { path, before, after: value.clone() });
    }

    fn compare_table(&mut self, person: &Person, table: &str, rows: &[Cells]) -> Result<(), E> {
        let mut things: BTreeMap<Vec<u8>, Vec<&Cells>> = BTreeMap::new();
        for cells in rows {
            things.entry(identity(table, cells)).or_default().push(cells);
        }
        let held = self.rows(table);
        let most = u32::try_from(rows.len() + held.len()).unwrap_or(u32::MAX);
        let key = |thing: &[u8], twin| row_id(&person.import_key, table, thing, twin);
        let imported: BTreeSet<RowId> =
            things.keys().flat_map(|thing| (0..most).map(|twin| key(thing, twin))).collect();
        for (thing, listed) in &things {
            let mut candidates: Vec<RowId> =
                (0..most).map(|twin| key(thing, twin)).filter(|id| held.contains_key(id)).collect();
            let named = |(id, cells): &(&RowId, &Cells)| {
                !thing.is_empty() && !imported.contains(id) && identity(table, cells) == *thing
            };
            candidates.extend(held.iter().filter(named).map(|(id, _)| *id));
            let mut free =
                (0..most).map(|twin| key(thing, twin)).filter(|id| !held.contains_key(id));
            for (cells, row) in pair(listed, &candidates, &held) {
                match row {
                    Some(row) => self.compare_row(table, row, cells)?,
                    None => {
                        if let Some(row) = free.next() {
                            self.add_row(table, row, cells)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The rows of a table as the dossier holds them.
    fn rows(&self, table: &str) -> BTreeMap<RowId, Cells> {
        let mut rows: BTreeMap<RowId, Cells> = BTreeMap::new();
        for (path, field) in &self.present {
            if let Some(row) = path.row.filter(|_| path.field.table() == Some(table)) {
                let cells = rows.entry(row).or_default();
                cells.insert(path.field.column().to_owned(), field.value.clone());
            }
        }
        rows
    }

    fn compare_row(&mut self, table: &str, row: RowId, cells: &Cells) -> Result<(), E> {
        let mut changed = Cells::new();
        for (column, value) in cells {
            let Some(path) = place(table, row, column) else { continue };
            if self.gives_way(&path, value)? {
                self.correct(path, value);
                changed.insert(column.clone(), value.clone());
            }
        }
        if !changed.is_empty() {
            let edit = Edit::PutRow { table: table.to_owned(), row, cells: changed };
            self.amendment.edits.push(edit);
        }
        Ok(())
    }

    /// Adds a row, unless it stood there once and a person removed it.
    fn add_row(&mut self, table: &str, row: RowId, cells: &Cells) -> Result<(), E> {
        let places: Vec<FieldPath> =
            cells.keys().filter_map(|column| place(table, row, column)).collect();
        for path in &places {
            if (self.was_written)(path)? {
                self.amendment.kept.push(path.clone());
                return Ok(());
            }
        }
        for (path, value) in places.into_iter().zip(cells.values()) {
            self.correct(path, value);
        }
        let edit = Edit::PutRow { table: table.to_owned(), row, cells: cells.clone() };
        self.amendment.edits.push(edit);
        Ok(())
    }
}

/// Pairs rows of the list with rows of the dossier that name the same thing: equal ones first.
fn pair<'a>(
    listed: &[&'a Cells],
    candidates: &[RowId],
    held: &BTreeMap<RowId, Cells>,
) -> Vec<(&'a Cells, Option<RowId>)> {
    let mut left: Vec<RowId> = candidates.to_vec();
    let says = |row: &RowId, cells: &Cells| {
        let here = &held[row];
        cells.iter().all(|(column, value)| here.get(column).is_some_and(|it| is_same(it, value)))
    };
    let mut pairs: Vec<(&Cells, Option<RowId>)> = Vec::with_capacity(listed.len());
    for cells in listed {
        let equal = left.iter().position(|row| says(row, cells));
        pairs.push((cells, equal.map(|place| left.remove(place))));
    }
    let mut rest = left.into_iter();
    for (_, row) in pairs.iter_mut().filter(|(_, row)| row.is_none()) {
        *row = rest.next();
    }
    pairs
}

/// Whether two values say the same; a coded one however it was written.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Coded(a), Value::Coded(b)) => a.code == b.code,
        (a, b) => a == b,
    }
}

fn is_imported(field: &FieldShown) -> bool {
    let basis = field.provenance.as_ref().map(|from| &from.meta.basis);
    matches!(basis, Some(LegalBasis::Import { .. }))
}

fn place(table: &str, row: RowId, column: &str) -> Option<FieldPath> {
    let field: FieldId = format!("{table}.{column}").parse().ok()?;
    Some(FieldPath { field, row: Some(row) })
}

#[cfg(test)]
mod tests;
