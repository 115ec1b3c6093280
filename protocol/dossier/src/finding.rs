//! Findings: what is wrong with a record, told to a person.
//!
//! [`judge`] applies every rule that needs no other record; rules on cells (formulas, lost zeros)
//! and across records (duplicates) belong to the reader of the list. All of them share the closed
//! list [`FindingKind`].
//!
//! **Invariant:** judging is pure and total: any record gives findings, in an order that depends
//! on the record alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Catalogs, Entry};
use crate::form::{FieldDefinition, FieldKind, FormDefinition};
use crate::unit::UnitTree;
use crate::{FieldId, PartialDate, Value};

mod dates;
mod derived;
mod identity;
mod kind;
mod pay;
mod presence;
mod text;

pub use identity::tidy_identifier;
pub use kind::{FindingKind, Level};
pub use text::text_fault;

/// Where a finding stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Where {
    /// Sheet of the list; [`judge`] leaves it open.
    pub sheet: Option<String>,
    /// Row: of the sheet as the spreadsheet shows it; from [`judge`] the position of the row in
    /// its table, counted from 0, or `None` for a single field.
    pub row: Option<u32>,
    /// Field or column.
    pub field: FieldId,
}

/// Something a person must look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where it stands.
    pub path: Where,
    /// How grave it is.
    pub level: Level,
    /// What it is; its code is stable.
    pub kind: FindingKind,
    /// What is wrong and what to do, in Vietnamese.
    pub message_vi: String,
    /// The text the rule rests on, where there is one.
    pub legal_basis: Option<String>,
}

impl Finding {
    /// A finding with the grade and the legal basis of its kind.
    pub fn new(path: Where, kind: FindingKind, message_vi: String) -> Self {
        let legal_basis = kind.legal_basis().map(str::to_owned);
        Self { path, level: kind.level(), kind, message_vi, legal_basis }
    }
}

/// A cell of a record: the position of its row in the table, and the field.
pub type Cell = (Option<u32>, FieldId);

/// What a list or a form says about one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Single fields. A column's id stands here where a list gives the current row flat, e.g.
    /// `salary.step` in the list of staff.
    pub fields: BTreeMap<FieldId, Value>,
    /// Rows of tables in the order of the list: column name without the table, and its value.
    pub rows: BTreeMap<String, Vec<BTreeMap<String, Value>>>,
    /// Cells that could not be read and have their finding: not missing, and no rule uses them.
    pub unreadable: BTreeSet<Cell>,
    /// Fields the list has no column for: not asked of a single record.
    pub not_asked: BTreeSet<FieldId>,
}

/// Judges one record by every rule that needs nothing but the record itself.
///
/// A closed catalog value or a unit that was not found is passed as [`Value::Text`], and reported.
/// Without a `list_date` no day counts as in the future.
pub fn judge(
    record: &Record,
    list_date: Option<Date>,
    form: &FormDefinition,
    catalogs: &Catalogs,
    tree: &UnitTree,
) -> Vec<Finding> {
    let mut bench = Bench {
        record,
        list_date,
        form,
        catalogs,
        tree,
        closed: record.unreadable.clone(),
        findings: Vec::new(),
    };
    text::judge(&mut bench);
    presence::judge(&mut bench);
    identity::judge(&mut bench);
    dates::judge(&mut bench);
    pay::judge(&mut bench);
    derived::judge(&mut bench);
    bench.findings.sort_by(|a, b| (&a.path, a.kind).cmp(&(&b.path, b.kind)));
    bench.findings
}

/// The record before its judges, and what they found.
struct Bench<'a> {
    record: &'a Record,
    list_date: Option<Date>,
    form: &'a FormDefinition,
    catalogs: &'a Catalogs,
    tree: &'a UnitTree,
    /// Cells no further rule may use.
    closed: BTreeSet<Cell>,
    findings: Vec<Finding>,
}

/// One row, or the single fields: where a rule looks up its neighbours.
#[derive(Clone, Copy)]
enum Scope<'a> {
    /// The single fields.
    Fields,
    /// A row of a table, with its position.
    Row(&'a str, u32),
}

impl<'a> Bench<'a> {
    /// A value that rules may use.
    fn value(&self, scope: Scope<'_>, field: &str) -> Option<&'a Value> {
        let id: FieldId = field.parse().ok()?;
        let position = match scope {
            Scope::Fields => None,
            Scope::Row(_, position) => Some(position),
        };
        let value = match scope {
            Scope::Fields => self.record.fields.get(&id)?,
            Scope::Row(table, position) => {
                self.record.rows.get(table)?.get(position as usize)?.get(id.column())?
            }
        };
        (!self.closed.contains(&(position, id))).then_some(value)
    }

    fn date(&self, scope: Scope<'_>, field: &str) -> Option<PartialDate> {
        match self.value(scope, field)? {
            Value::Date(date) => Some(*date),
            _ => None,
        }
    }

    fn day(&self, scope: Scope<'_>, field: &str) -> Option<Date> {
        self.date(scope, field)?.civil()
    }

    fn number(&self, scope: Scope<'_>, field: &str) -> Option<i64> {
        match self.value(scope, field)? {
            Value::Integer(number) | Value::Hundredths(number) => Some(*number),
            _ => None,
        }
    }

    /// The catalog entry a field's value means.
    fn entry(&self, scope: Scope<'_>, field: &str, catalog: &str) -> Option<&'a Entry> {
        self.catalogs.get(catalog)?.entry_of(self.value(scope, field)?)
    }

    /// The positions of a table's rows.
    fn rows(&self, table: &str) -> impl Iterator<Item = u32> + use<> {
        0..self.record.rows.get(table).map_or(0, Vec::len).min(u32::MAX as usize) as u32
    }

    /// The single fields, then every row, for rules on a table that a list may give flat.
    fn scopes<'t>(&self, table: &'t str) -> Vec<Scope<'t>> {
        std::iter::once(Scope::Fields)
            .chain(self.rows(table).map(|position| Scope::Row(table, position)))
            .collect()
    }

    /// Every value with its cell and definition, closed cells left out.
    fn cells(&self) -> Vec<(Cell, &'a FieldDefinition, &'a Value)> {
        let singles = self.record.fields.iter().map(|(id, value)| ((None, id.clone()), value));
        let rows = self.record.rows.iter().flat_map(|(table, rows)| {
            rows.iter().zip(0u32..).flat_map(move |(row, position)| {
                row.iter().filter_map(move |(column, value)| {
                    let id = format!("{table}.{column}").parse().ok()?;
                    Some(((Some(position), id), value))
                })
            })
        });
        singles
            .chain(rows)
            .filter(|(cell, _)| !self.closed.contains(cell))
            .filter_map(|(cell, value)| Some((cell.clone(), self.form.field(&cell.1)?, value)))
            .collect()
    }

    fn report(&mut self, scope: Scope<'_>, field: &str, kind: FindingKind, message_vi: String) {
        let row = match scope {
            Scope::Fields => None,
            Scope::Row(_, position) => Some(position),
        };
        if let Ok(id) = field.parse() {
            self.report_at((row, id), kind, message_vi);
        }
    }

    fn report_at(&mut self, (row, field): Cell, kind: FindingKind, message_vi: String) {
        if kind.stands_alone() {
            self.closed.insert((row, field.clone()));
        }
        let path = Where { sheet: None, row, field };
        self.findings.push(Finding::new(path, kind, message_vi));
    }

    /// The catalog that rules a field, `None` for free kinds.
    fn catalog_of(&self, field: &FieldDefinition) -> Option<&'a Catalog> {
        match &field.kind {
            FieldKind::Enum { catalog, .. } => self.catalogs.get(catalog),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
