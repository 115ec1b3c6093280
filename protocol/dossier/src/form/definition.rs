//! The checked definition: every field under its id, every table with its columns.

use std::collections::BTreeMap;

use super::{Cardinality, FieldDefinition, FieldKind, FormSource, Section};
use crate::FieldId;

/// A definition that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Two items share an id.
    #[error("field {0} occurs twice")]
    Duplicate(FieldId),
    /// The item names a section that does not exist.
    #[error("field {0} names an unknown section")]
    UnknownSection(FieldId),
    /// A table without columns, columns without a table, or a name that is no field id.
    #[error("field {0} has malformed columns")]
    Columns(FieldId),
    /// A column that is not `Many`, a single field that is, or limits the wrong way round.
    #[error("field {0} contradicts itself")]
    Contradiction(FieldId),
    /// A level that names a column its table does not have.
    #[error("field {0} depends on an unknown column")]
    UnknownColumn(FieldId),
    /// More items than [`FormDefinition::FIELDS_MAX`].
    #[error("the form has too many fields")]
    TooMany,
}

/// A form, checked and indexed; immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormDefinition {
    source: FormSource,
    fields: BTreeMap<FieldId, FieldDefinition>,
    tables: BTreeMap<String, Vec<FieldId>>,
}

impl FormDefinition {
    /// The most fields and columns a form may have.
    pub const FIELDS_MAX: usize = 2_000;

    /// Checks a definition.
    ///
    /// # Errors
    /// [`FormError`] names the field that breaks a rule.
    pub fn new(source: FormSource) -> Result<Self, FormError> {
        let mut form =
            Self { source: source.clone(), fields: BTreeMap::new(), tables: BTreeMap::new() };
        for item in source.items {
            if !form.source.sections.iter().any(|section| section.id == item.section) {
                return Err(FormError::UnknownSection(item.id));
            }
            for column in columns_of(&item)? {
                form.insert(column)?;
            }
            form.insert(item)?;
        }
        for field in form.fields.values() {
            form.check_level(field)?;
        }
        Ok(form)
    }

    /// Name of the form, e.g. `2c-bnv-2008`.
    pub fn id(&self) -> &str {
        &self.source.id
    }

    /// Version of the definition.
    pub fn version(&self) -> u16 {
        self.source.version
    }

    /// Title in Vietnamese.
    pub fn name_vi(&self) -> &str {
        &self.source.name_vi
    }

    /// Sections in paper order.
    pub fn sections(&self) -> &[Section] {
        &self.source.sections
    }

    /// Items in paper order: single fields, tables, and columns that are items themselves.
    pub fn items(&self) -> &[FieldDefinition] {
        &self.source.items
    }

    /// The items of a section, in paper order.
    pub fn items_of(&self, section: &str) -> impl Iterator<Item = &FieldDefinition> {
        self.source.items.iter().filter(move |item| item.section == section)
    }

    /// A field or a column by its id.
    pub fn field(&self, id: &FieldId) -> Option<&FieldDefinition> {
        self.fields.get(id)
    }

    /// A field or a column by the text of its id.
    pub fn named(&self, id: &str) -> Option<&FieldDefinition> {
        self.fields.get(&id.parse().ok()?)
    }

    /// Every field and column, ordered by id.
    pub fn fields(&self) -> impl Iterator<Item = &FieldDefinition> {
        self.fields.values()
    }

    /// Names of the tables, ordered.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// Whether rows are kept under this name.
    pub fn is_table(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// The columns of a table in paper order; the first one speaks for the row.
    pub fn columns(&self, table: &str) -> impl Iterator<Item = &FieldDefinition> {
        self.tables.get(table).into_iter().flatten().filter_map(|id| self.fields.get(id))
    }

    /// One column of a table.
    pub fn column(&self, table: &str, column: &str) -> Option<&FieldDefinition> {
        self.named(&format!("{table}.{column}"))
    }

    fn insert(&mut self, field: FieldDefinition) -> Result<(), FormError> {
        let column = field.id.table().is_some();
        let many = field.cardinality == Cardinality::Many;
        let table = field.kind == FieldKind::Table;
        let reversed = matches!(field.kind, FieldKind::Integer { min, max } if min > max);
        if reversed || !field.validity.is_well_formed() || (many != (column || table)) {
            return Err(FormError::Contradiction(field.id));
        }
        if self.fields.len() >= Self::FIELDS_MAX {
            return Err(FormError::TooMany);
        }
        if let Some(table) = field.id.table() {
            self.tables.entry(table.to_owned()).or_default().push(field.id.clone());
        }
        match self.fields.insert(field.id.clone(), field) {
            Some(twin) => Err(FormError::Duplicate(twin.id)),
            None => Ok(()),
        }
    }

    fn check_level(&self, field: &FieldDefinition) -> Result<(), FormError> {
        let FieldKind::Level { by } = &field.kind else { return Ok(()) };
        let known = field.id.table().is_some_and(|table| self.column(table, by).is_some());
        if known { Ok(()) } else { Err(FormError::UnknownColumn(field.id.clone())) }
    }
}

/// The columns an item brings with it, as fields of their own.
fn columns_of(item: &FieldDefinition) -> Result<Vec<FieldDefinition>, FormError> {
    let table = item.kind == FieldKind::Table;
    if table == item.columns.is_empty() || (table && item.id.table().is_some()) {
        return Err(FormError::Columns(item.id.clone()));
    }
    let malformed = || FormError::Columns(item.id.clone());
    item.columns
        .iter()
        .map(|column| {
            Ok(FieldDefinition {
                id: format!("{}.{}", item.id, column.id).parse().map_err(|_| malformed())?,
                name_vi: column.name_vi.clone(),
                kind: column.kind.clone(),
                may_be_future: column.may_be_future,
                columns: Vec::new(),
                pattern: None,
                ..item.clone()
            })
        })
        .collect()
}
