//! One person while the sheets are read: the record, where each row came from, and the findings
//! of its cells.

use std::collections::BTreeMap;

use dossier::finding::{Finding, FindingKind, Record, Where};
use dossier::form::{FieldDefinition, FieldKind, PlaceLevel};
use dossier::{FieldId, UnitId, Value};

use super::clean::CleanCell;
use super::convert::{Converted, Converter, plain};
use super::place;
use super::sheet::RawCell;
use super::vocabulary::Part;

/// A row of a sheet, as the spreadsheet shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// Sheet; empty for a text file.
    pub(super) sheet: String,
    /// Row, counted from 1.
    pub(super) row: u32,
}

impl Spot {
    /// A finding of this row.
    pub(super) fn finding(&self, field: FieldId, kind: FindingKind, message: String) -> Finding {
        let path = Where { sheet: Some(self.sheet.clone()), row: Some(self.row), field };
        Finding::new(path, kind, message)
    }
}

/// Where a row of a table was read.
#[derive(Debug, Clone)]
struct Origin {
    spot: Spot,
    /// The single column of the list that gave it, where the list has no rows of its own.
    field: Option<FieldId>,
}

/// One person in the making.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Row of the list of persons.
    pub(super) spot: Spot,
    /// What the list says.
    pub(super) record: Record,
    /// Findings of cells.
    pub(super) findings: Vec<Finding>,
    origins: BTreeMap<(String, u32), Origin>,
}

impl Draft {
    /// A person of whom nothing is read yet.
    pub(super) fn new(spot: Spot) -> Self {
        Self { spot, record: Record::default(), findings: Vec::new(), origins: BTreeMap::new() }
    }

    /// Reads a cell of the list of persons.
    pub(super) fn read_field(
        &mut self,
        field: &FieldDefinition,
        cell: &CleanCell,
        converter: &Converter<'_>,
        scope: &UnitId,
    ) {
        if field.kind == FieldKind::Table {
            return self.read_flat_table(field, cell, converter, scope);
        }
        let converted = converter.convert(field, cell, scope);
        let value = self.note(None, &field.id, converted, &self.spot.clone());
        if let Some(value) = value {
            self.record.fields.insert(field.id.clone(), value);
        }
    }

    /// Sets a single field that the list implies.
    pub(super) fn set(&mut self, field: &str, value: Value) {
        if let Ok(field) = field.parse() {
            self.record.fields.insert(field, value);
        }
    }

    /// Reads a place in one text into the three fields of its levels; the province speaks for all.
    pub(super) fn read_place(
        &mut self,
        prefix: &str,
        cell: &CleanCell,
        converter: &Converter<'_>,
        scope: &UnitId,
    ) {
        let form = converter.domain.form;
        let [commune, district, province] = ["commune", "district", "province"]
            .map(|level| form.named(&format!("{prefix}_{level}")));
        let (Some(commune), Some(district), Some(province)) = (commune, district, province) else {
            return;
        };
        let converted = converter.convert(province, cell, scope);
        let closed = converted.closed;
        let read = self.note(None, &province.id, converted, &self.spot.clone()).is_some();
        if closed {
            for field in [commune, district] {
                self.record.unreadable.insert((None, field.id.clone()));
            }
        }
        if read {
            let place = place::split(&plain(&cell.raw));
            for (field, name) in
                [(commune, place.commune), (district, place.district), (province, place.province)]
            {
                if let Some(name) = name {
                    self.record.fields.insert(field.id.clone(), Value::Text(name));
                }
            }
        }
    }

    /// Reads one cell of the list into rows of a table that is an item of its own, e.g.
    /// `Tiếng Anh - Chứng chỉ B; Tiếng Trung - Bậc 2`.
    fn read_flat_table(
        &mut self,
        field: &FieldDefinition,
        cell: &CleanCell,
        converter: &Converter<'_>,
        scope: &UnitId,
    ) {
        let table = field.id.as_str();
        let columns: Vec<&FieldDefinition> = converter.domain.form.columns(table).collect();
        let Some(first) = columns.first() else { return };
        let spot = self.spot.clone();
        // The whole cell is judged once, as text; its parts are not.
        let as_text = FieldDefinition { kind: FieldKind::Text, ..(*first).clone() };
        let whole = converter.convert(&as_text, cell, scope);
        let closed = whole.closed;
        if self.note(None, &field.id, whole, &spot).is_none() {
            return;
        }
        for part in plain(&cell.raw).split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let second = columns.get(1).filter(|column| column.id.column() == "level");
            let (head, tail) = match (second, part.split_once(" - ")) {
                (Some(_), Some((head, tail))) => (head, Some(tail)),
                _ => (part, None),
            };
            let mut row = BTreeMap::new();
            for (column, text) in [(Some(first), Some(head)), (second, tail)]
                .into_iter()
                .filter_map(|(c, t)| c.zip(t))
            {
                let raw = RawCell::Text(text.trim().to_owned());
                let converted = converter.convert(column, &CleanCell { raw, legacy: None }, scope);
                if let Some(value) = converted.value {
                    row.insert(column.id.column().to_owned(), value);
                }
            }
            let position = self.push_row(table, row, &spot, Some(field.id.clone()));
            if closed {
                for column in &columns {
                    self.record.unreadable.insert((Some(position), column.id.clone()));
                }
            }
        }
    }

    /// Adds a row to a table; answers its position.
    pub(super) fn push_row(
        &mut self,
        table: &str,
        cells: BTreeMap<String, Value>,
        spot: &Spot,
        field: Option<FieldId>,
    ) -> u32 {
        let position = self.next_position(table);
        let origin = Origin { spot: spot.clone(), field };
        self.origins.insert((table.to_owned(), position), origin);
        self.record.rows.entry(table.to_owned()).or_default().push(cells);
        position
    }

    /// The position that the next row of a table will have.
    pub(super) fn next_position(&self, table: &str) -> u32 {
        self.record.rows.get(table).map_or(0, |rows| rows.len() as u32)
    }

    /// Keeps the findings of a cell; hands its value on.
    pub(super) fn note(
        &mut self,
        position: Option<u32>,
        field: &FieldId,
        converted: Converted,
        spot: &Spot,
    ) -> Option<Value> {
        for (kind, message) in converted.findings {
            self.findings.push(spot.finding(field.clone(), kind, message));
        }
        if converted.closed {
            self.record.unreadable.insert((position, field.clone()));
        }
        converted.value
    }

    /// Takes over the findings of the rules, each at the row of the sheet it speaks of.
    pub(super) fn take_judgement(&mut self, judgement: Vec<Finding>) {
        for mut finding in judgement {
            let origin = finding
                .path
                .field
                .table()
                .zip(finding.path.row)
                .and_then(|(table, position)| self.origins.get(&(table.to_owned(), position)));
            let spot = origin.map_or(&self.spot, |origin| &origin.spot);
            finding.path.sheet = Some(spot.sheet.clone());
            finding.path.row = Some(spot.row);
            if let Some(field) = origin.and_then(|origin| origin.field.clone()) {
                finding.path.field = field;
            }
            self.findings.push(finding);
        }
    }
}

/// A document whose parts stand in several columns.
#[derive(Debug, Clone, Default)]
pub(super) struct DocumentParts {
    number: Option<String>,
    date: Option<String>,
    issuer: Option<String>,
}

impl DocumentParts {
    /// Sets a part.
    pub(super) fn set(&mut self, part: Part, text: String) {
        match part {
            Part::Number => self.number = Some(text),
            Part::Date => self.date = Some(text),
            Part::Issuer => self.issuer = Some(text),
        }
    }

    /// Number, day and issuer as one sentence, e.g. `45/QĐ-UBND ngày 04/03/2021 của UBND huyện`.
    pub(super) fn sentence(&self) -> Option<String> {
        let parts = [("", &self.number), ("ngày ", &self.date), ("của ", &self.issuer)];
        let words: Vec<String> = parts
            .into_iter()
            .filter_map(|(word, part)| part.as_ref().map(|part| format!("{word}{part}")))
            .collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// The definition under which a part of a document is read.
pub(super) fn part_definition(field: &FieldDefinition, part: Part) -> FieldDefinition {
    let kind = if part == Part::Date { FieldKind::Date } else { FieldKind::Text };
    FieldDefinition { kind, ..field.clone() }
}

/// The three fields a place in one text fills.
pub(super) fn place_fields(prefix: &str) -> impl Iterator<Item = String> {
    [PlaceLevel::Commune, PlaceLevel::District, PlaceLevel::Province].into_iter().map(
        move |level| {
            let name = match level {
                PlaceLevel::Commune => "commune",
                PlaceLevel::District => "district",
                PlaceLevel::Province => "province",
            };
            format!("{prefix}_{name}")
        },
    )
}
