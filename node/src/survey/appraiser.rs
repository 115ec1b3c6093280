//! Judges dossiers by form and catalogs, and remembers what it found.

use std::collections::BTreeMap;

use config::{DataError, Files};
use dossier::{
    DossierId, FieldId, FieldPath, Hash, PartialDate, Value,
    attachment::{self, Attachment, Kind},
    catalog::Catalogs,
    completeness::Completeness,
    docket::Destination,
    document::View,
    finding::{Finding, Level, Record, judge},
    form::FormDefinition,
    obligation::{DossierFacts, Entered, Moving, OnFile, PaperSide, Reach},
    unit::UnitTree,
};
use jiff::{civil::Date, tz::Offset};
use protocol::core::{Surveyed, SurveyedChange, SurveyedMove};

use super::{Appraisal, Packed};

/// Vietnam's offset in hours.
const HOURS_EAST: i8 = 7;

/// Form and catalogs, and what was found by them.
#[derive(Debug)]
pub struct Appraiser {
    form: FormDefinition,
    catalogs: Catalogs,
    known: BTreeMap<DossierId, (Hash, Packed)>,
    /// Day and version of the org tree for which that holds.
    of: Option<(Date, u64)>,
}

impl Appraiser {
    /// With the form and the catalogs of the program.
    ///
    /// # Errors
    /// [`DataError`] when the embedded data is none, which a test excludes.
    pub fn new() -> Result<Self, DataError> {
        let files = Files::embedded();
        let (form, catalogs) = (config::load_form(&files)?, config::load_catalogs(&files)?);
        Ok(Self { form, catalogs, known: BTreeMap::new(), of: None })
    }

    /// Says for which day and which version of the org tree it judges from here on.
    pub fn turn_to(&mut self, day: Date, tree: u64) {
        if self.of != Some((day, tree)) {
            self.known.clear();
            self.of = Some((day, tree));
        }
    }

    /// What was found of a dossier in the state `mark`.
    pub fn recall(&self, dossier: &DossierId, mark: &Hash) -> Option<&Packed> {
        self.known.get(dossier).filter(|(of, _)| of == mark).map(|(_, known)| known)
    }

    /// Judges a dossier and remembers it as that of `mark`.
    pub fn take(&mut self, surveyed: &Surveyed, mark: Hash, tree: &UnitTree) -> Packed {
        let packed = Packed::of(self.appraise(surveyed, tree));
        self.known.insert(surveyed.dossier, (mark, packed.clone()));
        packed
    }

    /// Forgets dossiers that are not held.
    pub fn keep_only(&mut self, held: impl Fn(&DossierId) -> bool) {
        self.known.retain(|id, _| held(id));
    }

    /// Judges a dossier.
    pub fn appraise(&self, surveyed: &Surveyed, tree: &UnitTree) -> Appraisal {
        let today = self.of.map_or(Date::MIN, |(day, _)| day);
        let record = record(&surveyed.reviewed, &self.form);
        let measured = Completeness::measure(&record, &self.form, today);
        let found = judge(&record, Some(today), &self.form, &self.catalogs, tree);
        let of_level = |level| count(found.iter().filter(|it| it.level == level).count());
        let mut findings = BTreeMap::new();
        for finding in &found {
            *findings.entry(finding.kind.code().to_owned()).or_insert(0) += 1;
        }
        let recorded = surveyed.life.status.map(|(status, _)| status.code().to_owned());
        let status = recorded.unwrap_or_else(|| code(&surveyed.view, "dossier_status"));
        Appraisal {
            facts: facts(surveyed, &self.form, measured.missing.is_empty(), tree),
            complete: measured.is_complete(),
            missing: count(measured.missing.len()),
            findings,
            errors: of_level(Level::Error),
            warnings: of_level(Level::Warning),
            conflicts: surveyed.conflicts,
            unreviewed: count(surveyed.changes.iter().filter(|it| it.waits).count()),
            in_service: surveyed.life.removed.is_none() && self.serves(&status),
            status,
            authors: surveyed
                .changes
                .iter()
                .map(|it| (it.change, it.meta.person.clone()))
                .collect(),
            wrong: wrong(surveyed, &found),
            matched: surveyed.matched,
        }
    }
}

impl Appraiser {
    /// Whether a person of this status counts as staff; who has none yet, does (Điều 9.1 a, 11.3).
    fn serves(&self, status: &str) -> bool {
        let entry = self.catalogs.get("dossier_status").and_then(|it| it.get(status));
        entry.is_none_or(|entry| entry.attribute("in_service") == Some("yes"))
    }
}

/// Errors by who wrote the value they stand at; what is missing nobody wrote.
fn wrong(surveyed: &Surveyed, found: &[Finding]) -> BTreeMap<String, u32> {
    let mut wrong = BTreeMap::new();
    for finding in found.iter().filter(|it| it.level == Level::Error) {
        let row = match (finding.path.field.table(), finding.path.row) {
            (Some(table), Some(place)) => {
                let rows = surveyed.reviewed.tables.get(table);
                rows.and_then(|rows| rows.keys().nth(place as usize)).copied()
            }
            _ => None,
        };
        let path = FieldPath { field: finding.path.field.clone(), row };
        if let Some(person) = surveyed.writers.get(&path) {
            *wrong.entry(person.clone()).or_insert(0) += 1;
        }
    }
    wrong
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A dossier as the judges take it: what the form knows of it.
fn record(view: &View, form: &FormDefinition) -> Record {
    let known = view.fields.iter().filter(|(field, _)| form.field(field).is_some());
    let fields = known.map(|(field, value)| (field.clone(), value.clone())).collect();
    let mut record = Record { fields, ..Record::default() };
    for (table, rows) in view.tables.iter().filter(|(table, _)| form.is_table(table)) {
        let column = |name: &String| form.column(table, name).is_some();
        for cells in rows.values() {
            let cells = cells.iter().filter(|(name, _)| column(name));
            let cells = cells.map(|(name, value)| (name.clone(), value.clone())).collect();
            record.rows.entry(table.clone()).or_default().push(cells);
        }
    }
    record
}

fn code(view: &View, field: &str) -> String {
    match single(view, field) {
        Some(Value::Coded(coded)) => coded.code.clone(),
        _ => String::new(),
    }
}

fn single<'a>(view: &'a View, field: &str) -> Option<&'a Value> {
    let field: FieldId = field.parse().ok()?;
    view.fields.get(&field)
}

fn facts(
    surveyed: &Surveyed,
    form: &FormDefinition,
    filled: bool,
    tree: &UnitTree,
) -> DossierFacts {
    let entered = surveyed.changes.iter().filter_map(|change| {
        let SurveyedChange { change, at_seconds, opens, meta, .. } = change;
        let (on, basis) = (day_of(*at_seconds)?, meta.basis.clone());
        Some(Entered { change: *change, on, opens: *opens, basis })
    });
    DossierFacts {
        dossier: surveyed.dossier,
        unit: surveyed.unit.clone(),
        entered: entered.collect(),
        on_file: on_file(surveyed),
        recruited_on: match single(&surveyed.view, "recruitment_decision_date") {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        },
        moving: surveyed.moves.iter().map(|it| moving(it, tree)).collect(),
        kept_since: surveyed.kept_since.and_then(day_of),
        completed_on: filled.then(|| completed_on(surveyed, form)).flatten(),
        reasons: surveyed.reasons.clone(),
    }
}

/// How far a dossier goes by a decision (Điều 10).
fn moving(of: &SurveyedMove, tree: &UnitTree) -> Moving {
    let (to, reach) = match &of.to {
        Destination::Outside { .. } => (None, Reach::Out),
        Destination::Unit(to) if tree.body_of(to) == tree.body_of(&of.from) => {
            (Some(to.clone()), Reach::Within)
        }
        Destination::Unit(to) => (Some(to.clone()), Reach::Between),
    };
    let SurveyedMove { change, number, signed_on, from, handed_over_on, taken_over_on, .. } = of;
    Moving {
        change: *change,
        number: number.clone(),
        signed_on: *signed_on,
        from: from.clone(),
        reach,
        to,
        handed_over_on: *handed_over_on,
        taken_over_on: *taken_over_on,
    }
}

/// The day on which the last required item was first filled.
fn completed_on(surveyed: &Surveyed, form: &FormDefinition) -> Option<PartialDate> {
    let required = form.items().iter().filter(|item| item.is_required());
    let written = required.filter_map(|item| {
        let place = item.id.table().unwrap_or(item.id.as_str());
        surveyed.first_written.get(place)
    });
    written.max().and_then(|seconds| day_of(*seconds))
}

/// Decisions and declarations among the attachments that were not taken away.
fn on_file(surveyed: &Surveyed) -> Vec<OnFile> {
    let rows = surveyed.view.tables.get(attachment::TABLE).into_iter().flatten();
    let papers = rows.filter_map(|(row, cells)| {
        let attached = Attachment::read(cells).ok().filter(|it| it.removed.is_none())?;
        let side = match attached.description.kind {
            Kind::Decision => PaperSide::State,
            Kind::Declaration | Kind::Assets => PaperSide::Person,
            _ => return None,
        };
        let written = surveyed.first_written.get(&format!("{}/{row}", attachment::TABLE))?;
        Some(OnFile {
            row: *row,
            number: attached.description.number,
            issued_on: attached.description.issued_on?,
            on: day_of(*written)?,
            side,
        })
    });
    papers.collect()
}

/// The day of an instant in Vietnam.
fn day_of(seconds: i64) -> Option<PartialDate> {
    let at = jiff::Timestamp::from_second(seconds).ok()?;
    let day = Offset::constant(HOURS_EAST).to_datetime(at).date();
    let month = u8::try_from(day.month()).ok()?;
    PartialDate::day(day.year(), month, u8::try_from(day.day()).ok()?).ok()
}
