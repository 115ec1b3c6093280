//! What an import would do: persons with their values, findings, and all that is left out.

use std::collections::BTreeMap;

use dossier::finding::{Finding, FindingKind, Level, Record, judge};
use dossier::{FieldId, Hash, UnitId, Value};
use jiff::civil::Date;
use serde::Serialize;

use super::clean::CleanSheet;
use super::convert::{Converter, Domain};
use super::draft::{Draft, Spot};
use super::error::ImportError;
use super::header::{Layout, Mapping, UnmappedColumn};
use super::rows::{self, IgnoredRow};
use super::sheet::{Book, FileKind};
use super::vocabulary::SheetKind;
use super::{date, edits, people, tables};

/// What the clerk says about a list beside the file.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Name of the list, as it will stand in the legal basis of every change.
    pub list: String,
    /// Unit whose list this is, where the file does not say.
    pub unit: Option<UnitId>,
    /// Columns chosen by hand.
    pub mapping: Mapping,
    /// Date of the list; else the one its title names.
    pub list_date: Option<Date>,
    /// Day of the import, for a list without any date.
    pub today: Date,
}

/// One person of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Sheet of the person's row; empty for a text file.
    pub sheet: String,
    /// Row as the spreadsheet shows it.
    pub row: u32,
    /// Staff code, where the list has one.
    pub staff_code: Option<String>,
    /// Names the person whatever list and row they stand in: the same person imported again has
    /// the same key.
    pub import_key: Hash,
    /// What the list says, and was judged.
    pub record: Record,
    /// Rows of tables, the flat columns of the list among them.
    pub rows: edits::Tables,
    /// Unit that uses the person.
    pub unit: Option<UnitId>,
    /// Whether an error keeps the person from being imported.
    pub held_back: bool,
}

impl Person {
    /// The edits that give a new dossier this content. Keys of rows follow from person, table and
    /// content, so the same list gives the same edits.
    pub fn edits(&self) -> Vec<dossier::Edit> {
        edits::edits(self)
    }
}

/// Rows that share an identifier that must be unique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DuplicateGroup {
    /// The identifier: citizen number or staff code.
    pub field: FieldId,
    /// Sheet and row of each.
    pub rows: Vec<(String, u32)>,
}

/// A sheet and how it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SheetReport {
    /// Sheet.
    pub sheet: String,
    /// Last row of its header as the spreadsheet shows it; `None` where none was recognised, and
    /// nothing of the sheet is imported.
    pub header_row: Option<u32>,
    /// Column counted from 0, heading, and how sure its meaning is in percent.
    pub columns: Vec<(u32, String, u8)>,
    /// Rows with content below the header.
    pub entries: usize,
}

/// What an import would do.
#[derive(Debug, Clone)]
pub struct ImportPlan {
    /// Name of the list.
    pub list: String,
    /// Hash of the file's bytes.
    pub file: Hash,
    /// Kind of file.
    pub kind: FileKind,
    /// Date of the list, where it is known.
    pub list_date: Option<Date>,
    /// Persons in the order of the list.
    pub people: Vec<Person>,
    /// Findings in the order of sheets and rows.
    pub findings: Vec<Finding>,
    /// Required fields the list has no column for.
    pub not_asked: Vec<FieldId>,
    /// Sheets in the order of the file.
    pub sheets: Vec<SheetReport>,
    /// Columns whose content is not imported.
    pub unmapped: Vec<UnmappedColumn>,
    /// Rows that are not imported.
    pub ignored: Vec<IgnoredRow>,
    /// Rows that share an identifier.
    pub duplicates: Vec<DuplicateGroup>,
}

impl ImportPlan {
    /// Persons that would be imported.
    pub fn ready(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| !person.held_back)
    }

    /// Makes the plan of a list that was read.
    ///
    /// # Errors
    /// [`ImportError::UnknownUnit`], [`ImportError::NoHeader`] and [`ImportError::NoPersons`].
    pub fn make(
        book: &Book,
        file: Hash,
        domain: Domain<'_>,
        options: &ImportOptions,
    ) -> Result<Self, ImportError> {
        if let Some(unit) = options.unit.as_ref().filter(|unit| domain.tree.get(unit).is_none()) {
            return Err(ImportError::UnknownUnit(unit.to_string()));
        }
        let sheets: Vec<CleanSheet> = book.sheets.iter().map(CleanSheet::new).collect();
        let understood: Vec<Option<Layout>> =
            sheets.iter().map(|sheet| Layout::recognise(sheet, &options.mapping)).collect();
        let main = main_sheet(&understood).ok_or(ImportError::NoHeader)?;
        let (sheet, layout) = (&sheets[main], understood[main].as_ref());
        let layout = layout.ok_or(ImportError::NoHeader)?;
        let list_date = options.list_date.or_else(|| title_date(sheet, layout, options.today));
        let converter = Converter::new(domain, list_date.unwrap_or(options.today));
        let mut building = Building::new(options, file, book.kind, list_date);
        let unit = options.unit.as_ref();
        let mut drafts = {
            let entries = building.entries(sheet, layout);
            people::read(&sheet.name, layout, &entries, &converter, unit)
        };
        if drafts.is_empty() {
            return Err(ImportError::NoPersons);
        }
        for (position, (sheet, layout)) in sheets.iter().zip(&understood).enumerate() {
            let further = layout.as_ref().filter(|layout| layout.words.kind != SheetKind::People);
            match further {
                Some(layout) => {
                    let entries = building.entries(sheet, layout);
                    let orphans =
                        tables::read(&sheet.name, layout, &entries, &converter, &mut drafts);
                    building.plan.findings.extend(orphans);
                }
                None if position != main => building.leave_out(sheet),
                None => {}
            }
        }
        building.plan.not_asked = people::not_asked(layout, &converter, unit).into_iter().collect();
        building.judge(drafts, domain, list_date.unwrap_or(options.today));
        let order: BTreeMap<&str, usize> =
            sheets.iter().enumerate().map(|(place, sheet)| (sheet.name.as_str(), place)).collect();
        Ok(building.finish(&order))
    }
}

/// The list of persons: of several such sheets the first with the most columns.
fn main_sheet(understood: &[Option<Layout>]) -> Option<usize> {
    understood
        .iter()
        .enumerate()
        .filter_map(|(place, layout)| Some((place, layout.as_ref()?)))
        .filter(|(_, layout)| layout.words.kind == SheetKind::People)
        .max_by_key(|(place, layout)| (layout.columns.len(), std::cmp::Reverse(*place)))
        .map(|(place, _)| place)
}

/// The day that a title above the header names: `(Tính đến ngày 31/12/2024)`.
fn title_date(sheet: &CleanSheet, layout: &Layout, today: Date) -> Option<Date> {
    let rows = sheet
        .rows
        .range(..layout.top)
        .flat_map(|(row, cells)| cells.keys().filter_map(|column| sheet.text(*row, *column)));
    let words = rows.flat_map(|text| {
        text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ':' | ';'))
    });
    words.filter_map(|word| date::parse_text(word, today).ok()?.civil()).next_back()
}

struct Building {
    plan: ImportPlan,
}

impl Building {
    fn new(options: &ImportOptions, file: Hash, kind: FileKind, list_date: Option<Date>) -> Self {
        Self {
            plan: ImportPlan {
                list: options.list.clone(),
                file,
                kind,
                list_date,
                people: Vec::new(),
                findings: Vec::new(),
                not_asked: Vec::new(),
                sheets: Vec::new(),
                unmapped: Vec::new(),
                ignored: Vec::new(),
                duplicates: Vec::new(),
            },
        }
    }

    /// The entries of a sheet; what is left out goes into the report.
    fn entries<'a>(&mut self, sheet: &'a CleanSheet, layout: &Layout) -> Vec<rows::Entry<'a>> {
        let (entries, ignored) = rows::split(sheet, layout);
        self.plan.ignored.extend(ignored);
        self.plan.unmapped.extend(layout.unmapped.iter().map(|unmapped| {
            let filled = entries.iter().filter(|(_, cells)| cells.contains_key(&unmapped.column));
            UnmappedColumn { filled: filled.count(), ..unmapped.clone() }
        }));
        let sure = layout
            .columns
            .iter()
            .map(|column| (column.column, column.heading.clone(), column.confidence.min(100)));
        self.plan.sheets.push(SheetReport {
            sheet: sheet.name.clone(),
            header_row: Some(layout.bottom + 1),
            columns: sure.collect(),
            entries: entries.len(),
        });
        entries
    }

    fn leave_out(&mut self, sheet: &CleanSheet) {
        self.plan.sheets.push(SheetReport {
            sheet: sheet.name.clone(),
            header_row: None,
            columns: Vec::new(),
            entries: sheet.rows.len(),
        });
    }

    fn judge(&mut self, mut drafts: Vec<Draft>, domain: Domain<'_>, list_date: Date) {
        for draft in &mut drafts {
            let judgement =
                judge(&draft.record, Some(list_date), domain.form, domain.catalogs, domain.tree);
            draft.take_judgement(judgement);
        }
        for field in ["citizen_id", "staff_code"] {
            self.find_duplicates(&mut drafts, field);
        }
        for mut draft in drafts {
            let findings = std::mem::take(&mut draft.findings);
            self.plan.people.push(person(draft, &findings, domain));
            self.plan.findings.extend(findings);
        }
    }

    fn find_duplicates(&mut self, drafts: &mut [Draft], field: &str) {
        let Ok(field) = field.parse::<FieldId>() else { return };
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (position, draft) in drafts.iter().enumerate() {
            let usable = !draft.record.unreadable.contains(&(None, field.clone()));
            if let Some(Value::Text(text)) = draft.record.fields.get(&field).filter(|_| usable) {
                groups.entry(text.to_lowercase()).or_default().push(position);
            }
        }
        for group in groups.into_values().filter(|group| group.len() > 1) {
            let spots: Vec<Spot> = group.iter().map(|place| drafts[*place].spot.clone()).collect();
            for place in group {
                let draft = &mut drafts[place];
                let others: Vec<String> = spots
                    .iter()
                    .filter(|spot| **spot != draft.spot)
                    .map(|spot| spot.row.to_string())
                    .collect();
                let message =
                    format!("Trùng với dòng {}. Hãy giữ lại một người.", others.join(", "));
                let finding = draft.spot.finding(field.clone(), FindingKind::Duplicate, message);
                draft.findings.push(finding);
            }
            let rows = spots.into_iter().map(|spot| (spot.sheet, spot.row)).collect();
            self.plan.duplicates.push(DuplicateGroup { field: field.clone(), rows });
        }
    }

    fn finish(mut self, order: &BTreeMap<&str, usize>) -> ImportPlan {
        let place = |sheet: &str| order.get(sheet).copied().unwrap_or(usize::MAX);
        self.plan.findings.sort_by_cached_key(|finding| {
            let path = &finding.path;
            let sheet = path.sheet.as_deref().map(place);
            (sheet, path.row, path.field.clone(), finding.kind)
        });
        self.plan.findings.dedup();
        self.plan.sheets.sort_by_key(|report| place(&report.sheet));
        self.plan.ignored.sort_by_key(|row| (place(&row.sheet), row.row));
        self.plan
    }
}

fn person(draft: Draft, findings: &[Finding], domain: Domain<'_>) -> Person {
    let text = |field: &str| match draft.record.fields.get(&field.parse().ok()?)? {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    let unit = people::unit_in(&draft, "using_unit");
    Person {
        staff_code: text("staff_code"),
        import_key: edits::import_key(&draft.record),
        rows: edits::tables(&draft.record, domain.catalogs),
        unit,
        held_back: findings.iter().any(|finding| finding.level == Level::Error),
        sheet: draft.spot.sheet,
        row: draft.spot.row,
        record: draft.record,
    }
}
