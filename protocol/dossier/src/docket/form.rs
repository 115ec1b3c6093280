//! The phiếu (Điều 3.2, 9.1 b): filled before the dossier, reviewed item by item, and fed into it.
//!
//! A version is one entry of the docket, submitted in one change; the verdicts on that change are the
//! review of its items. What was fed is noted by an entry in the change that feeds, so that every value
//! leads back to the version it came from. The change that opens a dossier by a list or from paper is
//! its version 1.
//!
//! **Invariant:** [`FormEntry::read`] gives back what [`FormEntry::cells`] wrote.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::attachment::Link;
use crate::document::Row;
use crate::form::{FieldKind, FormDefinition};
use crate::{Edit, FieldId, Hash, PartialDate, RowId, Value};

/// What a phiếu says: the items of the paper that are filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Single fields.
    pub fields: BTreeMap<FieldId, Value>,
    /// Rows by table.
    pub tables: BTreeMap<String, BTreeMap<RowId, Row>>,
}

/// A version of the phiếu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormVersion {
    /// Its number within the dossier; the row, not the number, is its identity.
    pub number: u32,
    /// The kind of staff it is filled for, a code of the catalog `staff_type`.
    pub staff_type: String,
    /// The campaign or request it answers.
    pub campaign: Option<Hash>,
    /// When the person was guided to fill it in (Điều 9.1 b).
    pub guided_on: Option<PartialDate>,
    /// What it says.
    pub sheet: Sheet,
}

/// An entry of the table of phiếu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormEntry {
    /// A version, submitted.
    Version(FormVersion),
    /// The change that carries this feeds what was accepted of the version in this row.
    Fed(RowId),
}

/// A row that is no phiếu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormFault {
    /// A cell is missing or holds another kind of value.
    #[error("a cell is missing or of another kind")]
    Cell,
    /// What it says cannot be read, or is longer than a cell holds.
    #[error("the sheet cannot be read or is too long")]
    Sheet,
}

impl FormEntry {
    /// The cells of the row.
    ///
    /// # Errors
    /// [`FormFault::Sheet`] for a sheet longer than a cell holds.
    pub fn cells(&self) -> Result<Row, FormFault> {
        let text = |words: &str| Value::Text(words.to_owned());
        let version = match self {
            Self::Fed(row) => {
                return Ok([("fed".to_owned(), text(&row.to_string()))].into());
            }
            Self::Version(version) => version,
        };
        let sheet = serde_json::to_string(&version.sheet).map_err(|_| FormFault::Sheet)?;
        if sheet.len() > Value::TEXT_MAX {
            return Err(FormFault::Sheet);
        }
        let mut cells = Row::from([
            ("number".to_owned(), Value::Integer(i64::from(version.number))),
            ("staff_type".to_owned(), text(&version.staff_type)),
            ("sheet".to_owned(), Value::Text(sheet)),
        ]);
        if let Some(campaign) = &version.campaign {
            cells.insert("campaign".to_owned(), text(&campaign.to_string()));
        }
        if let Some(day) = version.guided_on {
            cells.insert("guided_on".to_owned(), Value::Date(day));
        }
        Ok(cells)
    }

    /// Reads a row, which may have come from anywhere.
    ///
    /// # Errors
    /// [`FormFault`] for anything but an entry within its limits.
    pub fn read(cells: &Row) -> Result<Self, FormFault> {
        let cell = FormFault::Cell;
        let words = |column: &str| match cells.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.as_str())),
            None => Ok(None),
            Some(_) => Err(cell),
        };
        if let Some(fed) = words("fed")? {
            let alone = cells.len() == 1;
            return fed.parse().ok().filter(|_| alone).map(Self::Fed).ok_or(cell);
        }
        let number = match cells.get("number") {
            Some(Value::Integer(number)) => u32::try_from(*number).map_err(|_| cell)?,
            _ => return Err(cell),
        };
        let guided_on = match cells.get("guided_on") {
            Some(Value::Date(day)) => Some(*day),
            None => None,
            Some(_) => return Err(cell),
        };
        let campaign = words("campaign")?.map(str::parse).transpose().map_err(|_| cell)?;
        let sheet = words("sheet")?.ok_or(cell)?;
        Ok(Self::Version(FormVersion {
            number,
            staff_type: words("staff_type")?.ok_or(cell)?.to_owned(),
            campaign,
            guided_on,
            sheet: serde_json::from_str(sheet).map_err(|_| FormFault::Sheet)?,
        }))
    }
}

impl Sheet {
    /// The items it fills in, each with the edit that would put it into a dossier.
    pub fn items(&self) -> BTreeMap<Link, Edit> {
        let singles = self.fields.iter().map(|(field, value)| {
            let edit = Edit::Set { field: field.clone(), value: value.clone() };
            (Link::Field(field.clone()), edit)
        });
        let rows = self.tables.iter().flat_map(|(table, rows)| {
            rows.iter().map(move |(row, cells)| {
                let (table, row, cells) = (table.clone(), *row, cells.clone());
                let link = Link::Row { table: table.clone(), row };
                (link, Edit::PutRow { table, row, cells })
            })
        });
        singles.chain(rows).collect()
    }

    /// Takes an edit in as it was typed; an emptied item goes.
    pub fn write(&mut self, edit: Edit) {
        match edit {
            Edit::Set { field, value } => {
                self.fields.insert(field, value);
            }
            Edit::Clear { field } => {
                self.fields.remove(&field);
            }
            Edit::PutRow { table, row, cells } => {
                self.tables.entry(table).or_default().entry(row).or_default().extend(cells);
            }
            Edit::RemoveRow { table, row } => {
                if let Some(rows) = self.tables.get_mut(&table) {
                    rows.remove(&row);
                }
            }
        }
    }

    fn is_filled(&self, field: &FieldId, form: &FormDefinition) -> bool {
        let definition = form.named(field.as_str());
        let is_table = definition.is_some_and(|it| it.kind == FieldKind::Table);
        match field.table().or(is_table.then_some(field.as_str())) {
            Some(table) => self
                .tables
                .get(table)
                .is_some_and(|rows| rows.values().any(|row| !row.values().all(Value::is_blank))),
            None => self.fields.get(field).is_some_and(|value| !value.is_blank()),
        }
    }
}

/// What the phiếu asks of each kind of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormRules {
    /// Name of the form, e.g. `phieu-cbccvc`.
    pub id: String,
    /// Its title, as it is printed.
    pub name_vi: String,
    /// Legal source.
    pub basis: String,
    /// Kinds of staff.
    pub staff: Vec<StaffRules>,
}

/// What the phiếu asks of one kind of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffRules {
    /// Code of the catalog `staff_type`.
    pub staff_type: String,
    /// Items that must be filled in; a table by its name.
    pub required: Vec<FieldId>,
    /// Items that do not apply to them; a table by its name.
    #[serde(default)]
    pub barred: BTreeSet<FieldId>,
}

/// Why a phiếu is not submitted (Điều 9.1 b).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionFault {
    /// The form does not know the kind of staff.
    #[error("the form does not know the kind of staff {0}")]
    StaffType(String),
    /// Required items are empty, in the order of the rules.
    #[error("{} required items are missing", .0.len())]
    Missing(Vec<FieldId>),
    /// Items that do not apply to the kind of staff are filled in.
    #[error("{} items do not apply", .0.len())]
    Barred(Vec<FieldId>),
}

impl FormRules {
    /// Judges whether a sheet may be submitted for a kind of staff.
    ///
    /// # Errors
    /// [`SubmissionFault`], the whole list of what is wrong of one sort.
    pub fn judge(
        &self,
        sheet: &Sheet,
        staff_type: &str,
        form: &FormDefinition,
    ) -> Result<(), SubmissionFault> {
        let rules = self.staff.iter().find(|it| it.staff_type == staff_type);
        let rules = rules.ok_or_else(|| SubmissionFault::StaffType(staff_type.to_owned()))?;
        let filled = |field: &&FieldId| sheet.is_filled(field, form);
        let missing: Vec<FieldId> =
            rules.required.iter().filter(|it| !filled(it)).cloned().collect();
        if !missing.is_empty() {
            return Err(SubmissionFault::Missing(missing));
        }
        let barred: Vec<FieldId> = rules.barred.iter().filter(filled).cloned().collect();
        if barred.is_empty() { Ok(()) } else { Err(SubmissionFault::Barred(barred)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(id: &str) -> FieldId {
        id.parse().expect("a field")
    }

    fn sheet() -> Sheet {
        let mut sheet = Sheet::default();
        let name = Value::Text("Bùi Thị Hòa".to_owned());
        sheet.write(Edit::Set { field: field("full_name"), value: name });
        let cells = Row::from([("full_name".to_owned(), Value::Text("Bùi Văn A".to_owned()))]);
        let row = RowId::from_bytes([3; 16]);
        sheet.write(Edit::PutRow { table: "family".to_owned(), row, cells });
        sheet
    }

    fn version() -> FormVersion {
        FormVersion {
            number: 2,
            staff_type: "vien_chuc".to_owned(),
            campaign: Some(Hash::of(b"campaign")),
            guided_on: Some("2026-03-02".parse().expect("a day")),
            sheet: sheet(),
        }
    }

    /// each version is kept as it was filled in.
    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let bare = FormVersion { campaign: None, guided_on: None, ..version() };
        for entry in [
            FormEntry::Version(version()),
            FormEntry::Version(bare),
            FormEntry::Fed(RowId::from_bytes([9; 16])),
        ] {
            assert_eq!(FormEntry::read(&entry.cells().expect("fits")), Ok(entry));
        }
    }

    #[test]
    fn a_row_that_is_no_form_is_told() {
        let with = |column: &str, value: Value| {
            let mut cells = FormEntry::Version(version()).cells().expect("fits");
            cells.insert(column.to_owned(), value);
            FormEntry::read(&cells)
        };
        let text = |words: &str| Value::Text(words.to_owned());
        assert_eq!(with("number", Value::Integer(-1)), Err(FormFault::Cell));
        assert_eq!(with("campaign", text("none")), Err(FormFault::Cell));
        assert_eq!(with("guided_on", text("2026")), Err(FormFault::Cell));
        assert_eq!(with("sheet", text("{")), Err(FormFault::Sheet));
        assert_eq!(with("fed", text("0")), Err(FormFault::Cell));
        assert_eq!(FormEntry::read(&Row::new()), Err(FormFault::Cell));
        let mut long = version();
        long.sheet.fields.insert(field("note"), text(&"a".repeat(Value::TEXT_MAX)));
        assert_eq!(FormEntry::Version(long).cells(), Err(FormFault::Sheet));
    }

    /// R-9.1b.1: a phiếu that lacks a required item is not submitted; R-2b.2: each kind has its own.
    #[test]
    fn what_is_missing_or_does_not_apply_stands_in_the_way() {
        let asks = |staff_type: &str, required: &[&str], barred: &[&str]| StaffRules {
            staff_type: staff_type.to_owned(),
            required: required.iter().map(|it| field(it)).collect(),
            barred: barred.iter().map(|it| field(it)).collect(),
        };
        let rules = FormRules {
            id: "phieu".to_owned(),
            name_vi: "Phiếu".to_owned(),
            basis: "-".to_owned(),
            staff: vec![
                asks("cong_chuc", &["birth_date", "full_name"], &[]),
                asks("contract_68", &["full_name"], &["family.full_name"]),
                asks("vien_chuc", &["full_name", "family.full_name"], &["main_post"]),
            ],
        };
        let source = crate::form::FormSource {
            id: "2c".to_owned(),
            name_vi: "Mẫu".to_owned(),
            basis: "-".to_owned(),
            version: 1,
            sections: Vec::new(),
            items: Vec::new(),
        };
        let form = FormDefinition::new(source).expect("a form");
        let judge = |staff_type: &str| rules.judge(&sheet(), staff_type, &form);
        let missing = SubmissionFault::Missing(vec![field("birth_date")]);
        assert_eq!(judge("cong_chuc"), Err(missing));
        let barred = SubmissionFault::Barred(vec![field("family.full_name")]);
        assert_eq!(judge("contract_68"), Err(barred));
        assert_eq!(judge("vien_chuc"), Ok(()));
        assert_eq!(judge("khac"), Err(SubmissionFault::StaffType("khac".to_owned())));
    }

    #[test]
    fn items_are_fields_and_rows() {
        let mut sheet = sheet();
        let items: Vec<String> = sheet.items().keys().map(Link::to_string).collect();
        let row = RowId::from_bytes([3; 16]);
        assert_eq!(items, ["full_name".to_owned(), format!("family/{row}")]);
        sheet.write(Edit::Clear { field: field("full_name") });
        sheet.write(Edit::RemoveRow { table: "family".to_owned(), row });
        assert!(sheet.items().is_empty());
    }
}
