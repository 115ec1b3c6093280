//! Which side changes what (Điều 9.2): the part of a form that the law reads.
//!
//! Admission asks this of every change, so every node must answer alike. What a form's name says of
//! a field therefore never changes: a field that moves to the other side gets a form of another name.
//! Of a field that is not known here, a newer form's, nothing is demanded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ChangedBy, FormDefinition};
use crate::Edit;
use crate::attachment::{REMOVED, TABLE};
use crate::docket::{Docketed, Scribe, Table as Reserved};
use crate::docket::{FormRules, FormVersion, SubmissionFault};

/// What a change touches, as the law divides the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Touched {
    /// Anything that is not an entry of the docket.
    pub content: bool,
    /// A field that a decision changes.
    pub state: bool,
    /// A field that the person's declaration changes.
    pub personal: bool,
    /// It is the change that opens the dossier.
    pub opens: bool,
    /// What is said of an attached file.
    pub attaches: bool,
    /// The word that a file was taken off the list.
    pub detaches: bool,
    /// What is entered in the docket.
    pub docket: Docketed,
    /// Sections, one bit each; the highest is what no form here knows.
    sections: u64,
}

impl Touched {
    /// Nothing yet; `opens` for the change that opens the dossier.
    pub fn nothing(opens: bool) -> Self {
        Self { opens, ..Self::default() }
    }

    /// Fields of a form that is not known here.
    pub fn beyond(opens: bool) -> Self {
        Self { content: true, sections: 1 << UNKNOWN.section, ..Self::nothing(opens) }
    }

    /// Whether this touches all that `other` touches.
    pub fn covers(&self, other: &Self) -> bool {
        (self.content || !other.content)
            && (self.state || !other.state)
            && (self.personal || !other.personal)
            && (self.attaches || !other.attaches)
            && (self.detaches || !other.detaches)
            && self.docket.covers(&other.docket)
            && self.sections | other.sections == self.sections
    }

    /// Whether it writes anything of the form, beside what is said of attached files.
    pub fn writes_form(&self) -> bool {
        self.sections != 0 && self.sections != 1 << FILES
    }

    /// What no form says: a word about an attached file.
    fn add_file(&mut self, column: Option<&str>) {
        match column {
            Some(REMOVED) => self.detaches = true,
            _ => self.attaches = true,
        }
        self.content = true;
        self.sections |= 1 << FILES;
    }

    fn add(&mut self, law: Law) {
        self.content = true;
        self.state |= law.side == ChangedBy::State;
        self.personal |= law.side == ChangedBy::Personal;
        self.sections |= 1 << law.section;
    }
}

#[derive(Debug, Clone, Copy)]
struct Law {
    side: ChangedBy,
    section: u8,
}

/// The bit of fields that no form here knows.
const UNKNOWN: Law = Law { side: ChangedBy::Both, section: 63 };

/// The bit of the table of attached files, which stands in no form.
const FILES: u8 = 62;

#[derive(Debug, Clone, Default)]
struct Table {
    columns: BTreeMap<String, Law>,
}

impl Table {
    /// The side of a row as such: that of its columns, where they agree.
    fn row(&self) -> Law {
        let mut laws = self.columns.values();
        let Some(first) = laws.next().copied() else { return UNKNOWN };
        let agree = laws.all(|law| law.side == first.side);
        if agree { first } else { Law { side: ChangedBy::Both, ..first } }
    }
}

/// Who brings a change of each field about, by forms.
#[derive(Debug, Clone, Default)]
pub struct Sides {
    form: String,
    sections: Vec<String>,
    single: BTreeMap<String, Law>,
    tables: BTreeMap<String, Table>,
    rows: BTreeMap<String, Law>,
    /// What the phiếu asks of each kind of staff.
    asked: Option<Arc<(FormRules, FormDefinition)>>,
}

impl Sides {
    /// The sides of one form; dossiers of other forms know no side.
    pub fn of(form: &FormDefinition) -> Self {
        let sections: Vec<String> = form.sections().iter().map(|it| it.id.clone()).collect();
        let mut sides = Self { form: form.id().to_owned(), sections, ..Self::default() };
        for field in form.fields() {
            let place = sides.sections.iter().position(|known| *known == field.section);
            let section = place.and_then(|it| u8::try_from(it).ok()).unwrap_or(63);
            let section = if section < FILES { section } else { UNKNOWN.section };
            let law = Law { side: field.changed_by, section };
            let name = field.id.as_str();
            match name.split_once('.') {
                Some((table, column)) => {
                    let table = sides.tables.entry(table.to_owned()).or_default();
                    table.columns.insert(column.to_owned(), law);
                }
                None => {
                    sides.single.insert(name.to_owned(), law);
                }
            }
        }
        sides.rows = sides.tables.iter().map(|(name, table)| (name.clone(), table.row())).collect();
        sides
    }

    /// The same with what the phiếu asks of each kind of staff.
    pub fn asking(self, rules: FormRules, form: FormDefinition) -> Self {
        Self { asked: Some(Arc::new((rules, form))), ..self }
    }

    /// Judges whether a phiếu may be submitted (Điều 9.1 b); without rules everything may.
    ///
    /// # Errors
    /// [`SubmissionFault`].
    pub fn judge_form(&self, version: &FormVersion) -> Result<(), SubmissionFault> {
        let Some(asked) = &self.asked else { return Ok(()) };
        asked.0.judge(&version.sheet, &version.staff_type, &asked.1)
    }

    /// Whether a dossier of this form has sides here.
    pub fn knows(&self, form: &str) -> bool {
        self.form == form
    }

    /// Notes a write to a single field.
    pub fn touch_field(&self, field: &str, touched: &mut Touched) {
        touched.add(self.single.get(field).copied().unwrap_or(UNKNOWN));
    }

    /// Notes a write to a cell.
    pub fn touch_cell(&self, table: &str, column: &str, touched: &mut Touched) {
        if table == TABLE {
            return touched.add_file(Some(column));
        }
        let law = self.tables.get(table).and_then(|table| table.columns.get(column));
        touched.add(law.copied().unwrap_or(UNKNOWN));
    }

    /// Notes that a row comes or goes.
    pub fn touch_row(&self, table: &str, touched: &mut Touched) {
        if table == TABLE {
            return touched.add_file(None);
        }
        touched.add(self.rows.get(table).copied().unwrap_or(UNKNOWN));
    }

    /// What edits touch at most; a row that goes takes all its cells, and a row of a reserved table is
    /// a new one.
    pub fn of_edits(&self, form: &str, edits: &[Edit]) -> Touched {
        let mut scribe = Scribe::default();
        let mut touched = Touched::default();
        for edit in edits {
            match edit {
                Edit::PutRow { table, row, cells } if Reserved::named(table).is_some() => {
                    let Some(table) = Reserved::named(table) else { continue };
                    scribe.row(table, *row);
                    for (name, value) in cells {
                        scribe.cell(table, *row, name, Some(value.clone()));
                    }
                }
                Edit::RemoveRow { table, .. } if Reserved::named(table).is_some() => scribe.alter(),
                _ if !self.knows(form) => touched = Touched::beyond(false),
                Edit::Set { field, .. } | Edit::Clear { field } => {
                    self.touch_field(field.as_str(), &mut touched);
                }
                Edit::PutRow { table, cells, .. } => {
                    self.touch_row(table, &mut touched);
                    cells.keys().for_each(|name| self.touch_cell(table, name, &mut touched));
                }
                Edit::RemoveRow { table, .. } => {
                    self.touch_row(table, &mut touched);
                    let columns = self.tables.get(table).into_iter();
                    columns
                        .flat_map(|table| table.columns.values())
                        .for_each(|law| touched.add(*law));
                }
            }
        }
        touched.docket = scribe.finish();
        touched
    }

    /// The sections of the form that were touched; what no form here knows stands in the section
    /// without a name.
    pub fn sections(&self, touched: &Touched) -> BTreeSet<String> {
        let name = |bit: usize| self.sections.get(bit).cloned().unwrap_or_default();
        let set = |bit: &usize| touched.sections & (1 << bit) != 0;
        (0..64).filter(set).map(name).collect()
    }
}
