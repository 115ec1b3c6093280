//! `field=value` on the command line to the edits of one change, by the rules of the form.

use std::collections::BTreeMap;

use dossier::catalog::Catalog;
use dossier::finding::{FindingKind, Level, Record, judge};
use dossier::form::{FieldDefinition, FieldKind};
use dossier::{Edit, FieldId, RowId, UnitId, Value};
use jiff::civil::Date;

use super::error::CliError;
use super::library::Library;
use crate::import::clean::CleanCell;
use crate::import::convert::{Converter, unit_value};
use crate::import::sheet::RawCell;

/// What a row is called that does not exist yet.
pub(crate) const NEW_ROW: &str = "new";

/// Names and the text typed for them.
type Pairs = Vec<(String, String)>;

/// What was typed, not yet measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// Single fields and their text; empty text clears.
    pub(crate) fields: Pairs,
    /// Table, row as written, and the cells.
    pub(crate) rows: Vec<(String, String, Pairs)>,
}

impl Typed {
    /// Takes the words apart: `field=value` for fields; for rows `table:ROW` followed by
    /// `column=value`, as often as wanted.
    pub(super) fn read(fields: &[String], rows: &[String]) -> Result<Self, CliError> {
        let mut typed = Self { fields: pairs(fields)?, rows: Vec::new() };
        for word in rows {
            if let Some((name, text)) = word.split_once('=') {
                let Some((_, _, cells)) = typed.rows.last_mut() else {
                    return Err(row_shape(word));
                };
                cells.push((name.trim().to_owned(), text.to_owned()));
            } else {
                let (table, row) = word.split_once(':').ok_or_else(|| row_shape(word))?;
                typed.rows.push((table.to_owned(), row.to_owned(), Vec::new()));
            }
        }
        match typed.rows.iter().find(|(_, _, cells)| cells.is_empty()) {
            Some((table, row, _)) => Err(row_shape(&format!("{table}:{row}"))),
            None => Ok(typed),
        }
    }

    /// Whether nothing was typed.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.rows.is_empty()
    }
}

fn pairs(words: &[String]) -> Result<Pairs, CliError> {
    words
        .iter()
        .map(|word| {
            let (name, text) = word.split_once('=').ok_or_else(|| {
                CliError::usage("DL-0131", format!("«{word}» không có dạng mục=giá_trị."))
                    .hint("Ví dụ: phone=0999123456. Giá trị có dấu cách thì đặt trong ngoặc kép.")
            })?;
            Ok((name.trim().to_owned(), text.to_owned()))
        })
        .collect()
}

fn row_shape(word: &str) -> CliError {
    CliError::usage("DL-0132", format!("--row sai ở «{word}»."))
        .hint("Ví dụ: --row work:new from=9/2020 title=\"Công chức địa chính\"")
}

/// Edits of one change, and what a person should look at again.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Measured {
    pub(crate) edits: Vec<Edit>,
    pub(crate) notes: Vec<String>,
}

/// Makes values of what was typed. `row_of` finds or makes the key of a row.
///
/// Nothing that was typed is left out: the first thing that can't be read ends it, and what the
/// rules of the form call an error does too.
pub(crate) fn measure(
    typed: &Typed,
    library: &Library,
    today: Date,
    mut row_of: impl FnMut(&str, &str) -> Result<RowId, CliError>,
) -> Result<Measured, CliError> {
    let clerk = Clerk { library, converter: Converter::new(library.domain(), today) };
    let (mut measured, mut record) = (Measured::default(), Record::default());
    for (name, text) in &typed.fields {
        let definition = library.field(name)?;
        if definition.kind == FieldKind::Table || definition.id.table().is_some() {
            let table = definition.id.table().unwrap_or(definition.id.as_str());
            let message = format!("«{name}» là mục nhiều dòng, phải chỉ rõ dòng.");
            return Err(CliError::usage("DL-0133", message)
                .hint(format!("Ví dụ: --row {table}:{NEW_ROW} cột=giá_trị")));
        }
        let field = definition.id.clone();
        measured.edits.push(match clerk.value(definition, text, &mut measured.notes)? {
            Some(value) => {
                record.fields.insert(field.clone(), value.clone());
                Edit::Set { field, value }
            }
            None => Edit::Clear { field },
        });
    }
    for (table, row, cells) in &typed.rows {
        let cells = clerk.cells(table, cells, &mut measured.notes)?;
        record.rows.entry(table.clone()).or_default().push(cells.clone());
        let row = row_of(table, row)?;
        measured.edits.push(Edit::PutRow { table: table.clone(), row, cells });
    }
    clerk.judge(record, today, &mut measured.notes)?;
    Ok(measured)
}

struct Clerk<'a> {
    library: &'a Library,
    converter: Converter<'a>,
}

impl Clerk<'_> {
    fn value(
        &self,
        field: &FieldDefinition,
        text: &str,
        notes: &mut Vec<String>,
    ) -> Result<Option<Value>, CliError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let cell = CleanCell { raw: RawCell::Text(text.to_owned()), legacy: None };
        let root = &self.library.tree.root().id;
        let converted = self.converter.convert(field, &cell, root);
        let messages = converted.findings.into_iter().map(|(_, message)| message);
        let Some(value) = converted.value else {
            let messages: Vec<String> = messages.collect();
            return Err(unreadable(field, &messages));
        };
        notes.extend(messages);
        Ok(Some(self.by_code(field, value)))
    }

    /// A catalog's or a unit's code typed in the place of its name.
    fn by_code(&self, field: &FieldDefinition, value: Value) -> Value {
        let Value::Text(text) = &value else { return value };
        let found = match &field.kind {
            FieldKind::Enum { catalog, .. } => self.catalog(catalog).and_then(|catalog| {
                let entry = catalog.get(text)?;
                Some(catalog.coded(entry, &entry.label))
            }),
            FieldKind::Unit => text.parse::<UnitId>().ok().and_then(|id| {
                let unit = self.library.tree.get(&id)?;
                Some(unit_value(&unit.id, &unit.name))
            }),
            _ => None,
        };
        found.map_or(value, Value::Coded)
    }

    fn catalog(&self, id: &str) -> Option<&Catalog> {
        self.library.catalogs.get(id)
    }

    fn cells(
        &self,
        table: &str,
        typed: &[(String, String)],
        notes: &mut Vec<String>,
    ) -> Result<BTreeMap<String, Value>, CliError> {
        if !self.library.form.is_table(table) {
            let tables: Vec<&str> = self.library.form.tables().collect();
            return Err(CliError::usage("DL-0134", format!("Phiếu không có bảng «{table}»."))
                .hint(format!("Các bảng: {}", tables.join(", "))));
        }
        let mut cells = BTreeMap::new();
        for (column, text) in typed {
            let definition = self.library.field(&format!("{table}.{column}"))?;
            let value = self.value(definition, text, notes)?.ok_or_else(|| {
                CliError::usage("DL-0135", format!("Cột «{column}» để trống."))
                    .hint("Muốn bỏ cả dòng: --remove-row bảng:dòng")
            })?;
            cells.insert(column.clone(), value);
        }
        Ok(cells)
    }

    /// The rules of the form over what was typed; what was not typed is not missing.
    fn judge(
        &self,
        mut record: Record,
        today: Date,
        notes: &mut Vec<String>,
    ) -> Result<(), CliError> {
        let Library { form, catalogs, tree } = self.library;
        let required = form.items().iter().filter(|field| field.is_required());
        let given = |id: &FieldId| record.fields.contains_key(id);
        record.not_asked = required.map(|field| field.id.clone()).filter(|id| !given(id)).collect();
        let findings = judge(&record, Some(today), form, catalogs, tree);
        let (wrong, right): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .filter(|finding| finding.kind != FindingKind::RequiredMissing)
            .partition(|finding| finding.level == Level::Error);
        notes.extend(right.into_iter().map(|finding| finding.message_vi));
        if wrong.is_empty() {
            return Ok(());
        }
        let messages: Vec<String> = wrong
            .iter()
            .map(|finding| {
                let like = self
                    .suggestion(&record, &finding.path.field)
                    .filter(|_| finding.kind == FindingKind::NotInCatalog);
                like.map_or(finding.message_vi.clone(), |label| {
                    format!("{} Có phải là «{label}»?", finding.message_vi)
                })
            })
            .collect();
        Err(CliError::usage("HS-0413", "Giá trị không hợp lệ, chưa ghi gì.")
            .hint(messages.join("\n  ")))
    }

    fn suggestion(&self, record: &Record, field: &FieldId) -> Option<String> {
        let Some(Value::Text(text)) = record.fields.get(field) else { return None };
        let FieldKind::Enum { catalog, .. } = &self.library.form.field(field)?.kind else {
            return None;
        };
        self.catalog(catalog)?.suggest(text).map(|entry| entry.label.clone())
    }
}

fn unreadable(field: &FieldDefinition, messages: &[String]) -> CliError {
    let message = format!("Không đọc được giá trị của «{}» ({}).", field.id, field.name_vi);
    let error = CliError::usage("HS-0414", message);
    if messages.is_empty() { error } else { error.hint(messages.join("\n  ")) }
}

#[cfg(test)]
mod tests;
