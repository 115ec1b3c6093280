//! Further sheets: many rows a person, joined by staff code.

use std::collections::BTreeMap;

use dossier::finding::{Finding, FindingKind};
use dossier::fold::{fold, tidy};
use dossier::form::{FieldDefinition, FieldKind};
use dossier::{FieldId, Value};

use super::clean::CleanCell;
use super::convert::{Converter, plain};
use super::draft::{DocumentParts, Draft, Spot, part_definition};
use super::header::Layout;
use super::rows::Entry;
use super::vocabulary::{Part, SheetKind, Target};

/// Adds the rows of a sheet to the persons they name; answers the findings of rows that name none.
pub(super) fn read(
    sheet: &str,
    layout: &Layout,
    entries: &[Entry<'_>],
    converter: &Converter<'_>,
    drafts: &mut [Draft],
) -> Vec<Finding> {
    let by_code = index(drafts);
    let mut orphans = Vec::new();
    for (row, cells) in entries {
        let spot = Spot { sheet: sheet.to_owned(), row: row + 1 };
        let code = staff_code(layout, cells);
        match code.as_ref().and_then(|code| by_code.get(code)) {
            Some(position) => {
                RowReader { layout, cells, converter, spot }.read(&mut drafts[*position]);
            }
            None => orphans.extend(orphan(&spot, code.as_deref())),
        }
    }
    orphans
}

fn index(drafts: &[Draft]) -> BTreeMap<String, usize> {
    let mut by_code = BTreeMap::new();
    for (position, draft) in drafts.iter().enumerate() {
        let code = "staff_code".parse().ok().and_then(|id: FieldId| draft.record.fields.get(&id));
        if let Some(Value::Text(code)) = code {
            by_code.entry(code.to_lowercase()).or_insert(position);
        }
    }
    by_code
}

fn staff_code(layout: &Layout, cells: &BTreeMap<u32, CleanCell>) -> Option<String> {
    let is_code =
        |target: &Target| matches!(target, Target::Field(id) if id.as_str() == "staff_code");
    let column = layout.columns.iter().find(|column| is_code(&column.target))?;
    let code = plain(&cells.get(&column.column)?.raw).to_lowercase();
    (!code.is_empty()).then_some(code)
}

fn orphan(spot: &Spot, code: Option<&str>) -> Option<Finding> {
    let message = match code {
        Some(code) => format!(
            "Số hiệu {} không có trong danh sách. Hãy sửa số hiệu hoặc bổ sung người này.",
            code.to_uppercase()
        ),
        None => "Dòng không có số hiệu CBCCVC nên không biết của ai. Hãy ghi số hiệu.".to_owned(),
    };
    Some(spot.finding("staff_code".parse().ok()?, FindingKind::OrphanRow, message))
}

/// One row of a further sheet.
struct RowReader<'a> {
    layout: &'a Layout,
    cells: &'a BTreeMap<u32, CleanCell>,
    converter: &'a Converter<'a>,
    spot: Spot,
}

impl RowReader<'_> {
    fn read(&self, draft: &mut Draft) {
        let Some(table) = self.table() else { return };
        let position = draft.next_position(&table);
        let mut row: BTreeMap<String, Value> = BTreeMap::new();
        let mut documents: BTreeMap<FieldId, DocumentParts> = BTreeMap::new();
        for column in &self.layout.columns {
            let Some(cell) = self.cells.get(&column.column) else { continue };
            let Some((field, part)) = self.field(&table, &column.target) else { continue };
            let definition =
                part.map_or_else(|| field.clone(), |part| part_definition(field, part));
            let root = &self.converter.domain.tree.root().id;
            let converted = self.converter.convert(&definition, cell, root);
            let Some(value) = draft.note(Some(position), &field.id, converted, &self.spot) else {
                continue;
            };
            match part {
                Some(part) => {
                    documents.entry(field.id.clone()).or_default().set(part, shown(&value));
                }
                None => drop(row.insert(field.id.column().to_owned(), value)),
            }
        }
        for (field, parts) in documents {
            if let Some(sentence) = parts.sentence() {
                row.insert(field.column().to_owned(), Value::Text(sentence));
            }
        }
        self.resolve_levels(&table, &mut row);
        if table == "discipline" {
            self.resolve_discipline(draft, &mut row);
        }
        draft.push_row(&table, row, &self.spot, None);
    }

    /// The table of the row; a sheet of merits says in each row which of two it is.
    fn table(&self) -> Option<String> {
        let table = self.layout.words.table.clone()?;
        if self.layout.words.kind != SheetKind::Merits {
            return Some(table);
        }
        let kind = self.layout.columns.iter().find(|column| column.target == Target::MeritKind)?;
        let word = self.cells.get(&kind.column).map(|cell| fold(&cell.raw.shown()));
        let discipline = word.is_some_and(|word| word.trim().starts_with("ky luat"));
        Some(if discipline { "discipline".to_owned() } else { table })
    }

    fn field(&self, table: &str, target: &Target) -> Option<(&FieldDefinition, Option<Part>)> {
        let form = self.converter.domain.form;
        match target {
            Target::Field(id) if id.table().is_some() => Some((form.field(id)?, None)),
            Target::Document(id, part) => Some((form.field(id)?, Some(*part))),
            Target::Merit(column, part) => {
                let (column, part) = match (table, column.as_str(), part) {
                    ("discipline", "reason", _) => ("act", None),
                    ("discipline", "decision", Some(Part::Issuer)) => ("body", None),
                    (_, column, part) => (column, *part),
                };
                Some((form.column(table, column)?, part))
            }
            _ => None,
        }
    }

    /// Values whose catalog another column of the row chooses.
    fn resolve_levels(&self, table: &str, row: &mut BTreeMap<String, Value>) {
        let domain = self.converter.domain;
        for field in domain.form.columns(table) {
            let FieldKind::Level { by } = &field.kind else { continue };
            let chooser = domain.form.column(table, by).and_then(|by| match &by.kind {
                FieldKind::Enum { catalog, .. } => domain.catalogs.get(catalog),
                _ => None,
            });
            let catalog =
                row.get(by).and_then(|value| chooser?.entry_of(value)?.attribute("levels"));
            if let (Some(catalog), Some(Value::Text(label))) = (catalog, row.get(field.id.column()))
            {
                let value = self.converter.value_of(catalog, &tidy(label));
                row.insert(field.id.column().to_owned(), value);
            }
        }
    }

    /// The form of discipline that fits the person: the same words name one for each staff type.
    fn resolve_discipline(&self, draft: &Draft, row: &mut BTreeMap<String, Value>) {
        let catalogs = self.converter.domain.catalogs;
        let staff_type = "staff_type".parse().ok().and_then(|id: FieldId| {
            match draft.record.fields.get(&id)? {
                Value::Coded(coded) => Some(coded.code.as_str()),
                _ => None,
            }
        });
        let label = match row.get("form") {
            Some(Value::Coded(coded)) => coded.label.clone(),
            Some(Value::Text(label)) => label.clone(),
            _ => return,
        };
        if let (Some(entry), Some(catalog)) =
            (catalogs.discipline(&label, staff_type), catalogs.get("discipline_form"))
        {
            row.insert("form".to_owned(), Value::Coded(catalog.coded(entry, &label)));
        }
    }
}

/// A part of a document as its sentence writes it.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Date(date) => match date.parts() {
            (year, Some(month), Some(day)) => format!("{day:02}/{month:02}/{year}"),
            (year, Some(month), None) => format!("{month:02}/{year}"),
            (year, ..) => year.to_string(),
        },
        Value::Integer(number) | Value::Hundredths(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Coded(coded) => coded.label.clone(),
    }
}
