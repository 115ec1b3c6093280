//! What dossiers say, kept folded in memory.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use config::{DataError, Files};
use dossier::{
    DossierId, FieldId, Hash, UnitId, Value,
    catalog::Catalogs,
    docket::Life,
    document::View,
    form::FormDefinition,
    lookup::{Cell, Query, Said, sides},
    unit::UnitTree,
};
use protocol::core::Surveyed;

use super::{Answering, Axis, Hit};
use crate::grant::is_sensitive;

/// Values that are kept before those that nobody says any more are let go.
const SAID_SWEEP: usize = 65_536;

/// What dossiers say.
#[derive(Debug)]
pub struct Index {
    catalogs: Catalogs,
    form: FormDefinition,
    fields: Vec<(FieldId, bool)>,
    numbers: BTreeMap<FieldId, u16>,
    said: BTreeSet<Shared>,
    sweep_at: usize,
    known: BTreeMap<DossierId, Known>,
}

/// A value that dossiers share, found by what was entered.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shared(Arc<Said>);

impl Borrow<Value> for Shared {
    fn borrow(&self) -> &Value {
        &self.0.value
    }
}

/// What of a dossier is looked up.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// Which.
    pub dossier: DossierId,
    /// Who keeps it.
    pub unit: &'a UnitId,
    /// What it says.
    pub view: &'a View,
    /// The same without what was not reviewed (Điều 15.1).
    pub reviewed: &'a View,
    /// How it stands.
    pub life: &'a Life,
}

impl<'a> From<&'a Surveyed> for Content<'a> {
    fn from(surveyed: &'a Surveyed) -> Self {
        let Surveyed { dossier, unit, view, reviewed, life, .. } = surveyed;
        Self { dossier: *dossier, unit, view, reviewed, life }
    }
}

/// What one dossier says.
#[derive(Debug)]
struct Known {
    mark: Hash,
    unit: UnitId,
    status: Box<str>,
    serves: bool,
    /// Whether it was taken out of sight (Điều 12.2).
    removed: bool,
    places: Box<[Place]>,
}

#[derive(Debug)]
struct Place {
    field: u16,
    row: Option<u16>,
    said: Arc<Said>,
    counts: bool,
}

/// Who looks: how far, and whether what is sensitive is shown to her.
#[derive(Debug)]
pub struct Looker<'a> {
    /// The units whose dossiers, with those under them, are open to her.
    pub scope: &'a [UnitId],
    /// The unit, with those under it, beyond which she does not look.
    pub unit: Option<&'a UnitId>,
    /// The organisation.
    pub tree: &'a UnitTree,
    /// Whether sensitive values are open to her.
    pub unmask: bool,
}

impl Looker<'_> {
    fn covers(&self, unit: &UnitId) -> bool {
        self.scope.iter().any(|root| self.tree.is_within(unit, root))
            && self.unit.is_none_or(|wanted| self.tree.is_within(unit, wanted))
    }
}

impl Index {
    /// An empty one.
    ///
    /// # Errors
    /// [`DataError`] when the embedded data is none, which a test excludes.
    pub fn new() -> Result<Self, DataError> {
        let files = Files::embedded();
        let (catalogs, form) = (config::load_catalogs(&files)?, config::load_form(&files)?);
        let (fields, numbers, known) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self {
            catalogs,
            form,
            fields,
            numbers,
            said: BTreeSet::new(),
            sweep_at: SAID_SWEEP,
            known,
        })
    }

    /// Whether a dossier is known in the state `mark`.
    pub fn knows(&self, dossier: &DossierId, mark: &Hash) -> bool {
        self.known.get(dossier).is_some_and(|known| known.mark == *mark)
    }

    /// Takes what a dossier says in the state `mark`.
    pub fn take(&mut self, content: Content<'_>, mark: Hash) {
        let Content { dossier, unit, view, reviewed, life } = content;
        let recorded = life.status.map(|(status, _)| status.code().to_owned());
        let status = recorded.unwrap_or_else(|| code(view, "dossier_status"));
        let entry = self.catalogs.get("dossier_status").and_then(|it| it.get(&status));
        let serves = entry.is_none_or(|entry| entry.attribute("in_service") == Some("yes"));
        let mut places = Vec::new();
        for (field, value) in &view.fields {
            let counts = reviewed.fields.get(field) == Some(value);
            places.extend(self.place(field, None, value, counts));
        }
        let mut number = 0_u16;
        for (table, rows) in &view.tables {
            for (row, cells) in rows {
                number = number.saturating_add(1);
                let counted = reviewed.tables.get(table).and_then(|rows| rows.get(row));
                for (column, value) in cells {
                    let counts = counted.and_then(|it| it.get(column)) == Some(value);
                    let Ok(field) = format!("{table}.{column}").parse() else { continue };
                    places.extend(self.place(&field, Some(number), value, counts));
                }
            }
        }
        let known = Known {
            mark,
            unit: unit.clone(),
            status: status.into_boxed_str(),
            serves,
            removed: life.removed.is_some(),
            places: places.into_boxed_slice(),
        };
        self.known.insert(dossier, known);
        self.sweep();
    }

    /// Forgets dossiers that are not held: what went from the store is not to be found here.
    pub fn keep_only(&mut self, held: &[(DossierId, Hash)]) {
        let held: BTreeSet<&DossierId> = held.iter().map(|(id, _)| id).collect();
        self.known.retain(|id, _| held.contains(id));
        self.said.retain(|said| Arc::strong_count(&said.0) > 1);
    }

    /// What of a dossier answers a query; `None` where it does not, or is not for this person.
    pub fn find(&self, dossier: &DossierId, query: &Query, looker: &Looker<'_>) -> Option<Hit> {
        let known = self.open(dossier, looker)?;
        if !query.may_be_answered(self.uncovered(known, looker)) {
            return None;
        }
        let cells = self.cells(known, looker);
        let answered = query.answered(&cells)?;
        let why = answered.into_iter().map(|at| Answering {
            field: cells[at].field.clone(),
            value: cells[at].said.value.clone(),
            waits: !cells[at].counts,
        });
        let why = why.collect();
        let single = |name: &str| {
            let cell = cells.iter().find(|cell| cell.field.as_str() == name && !cell.covered);
            cell.map(|cell| &cell.said.value)
        };
        let text = |name: &str| match single(name) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let birth_date = match single("birth_date") {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        };
        let (name, staff_code) = (text("full_name"), text("staff_code"));
        let (unit, status) = (known.unit.clone(), known.status.to_string());
        let serves = known.serves;
        Some(Hit { dossier: *dossier, unit, name, staff_code, birth_date, status, serves, why })
    }

    /// What a dossier that answers says along two axes; `None` where it does not count.
    pub fn sides(
        &self,
        dossier: &DossierId,
        query: &Query,
        (rows, columns): (&Axis, Option<&Axis>),
        looker: &Looker<'_>,
    ) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
        let known = self.open(dossier, looker).filter(|known| known.serves)?;
        if !query.may_be_answered(self.uncovered(known, looker)) {
            return None;
        }
        let mut cells = self.cells(known, looker);
        // Điều 15.1: what nobody reviewed is in no figure, and so it answers no condition of one.
        cells.retain(|cell| cell.counts);
        query.answered(&cells)?;
        let along = |axis: &Axis| match axis {
            Axis::Field(field) => sides(&cells, field),
            Axis::Unit => BTreeSet::from([known.unit.to_string()]),
        };
        Some((along(rows), columns.map(along).unwrap_or_default()))
    }

    fn open(&self, dossier: &DossierId, looker: &Looker<'_>) -> Option<&Known> {
        let known = self.known.get(dossier).filter(|known| !known.removed)?;
        looker.covers(&known.unit).then_some(known)
    }

    /// What somebody may look at of what a dossier says.
    fn uncovered<'a>(
        &'a self,
        known: &'a Known,
        looker: &Looker<'_>,
    ) -> impl Iterator<Item = (&'a FieldId, &'a Said)> + Clone {
        let unmask = looker.unmask;
        known.places.iter().filter_map(move |place| {
            let (field, sensitive) = &self.fields[usize::from(place.field)];
            (unmask || !sensitive).then_some((field, &*place.said))
        })
    }

    fn cells<'a>(&'a self, known: &'a Known, looker: &Looker<'_>) -> Vec<Cell<'a>> {
        let cell = |place: &'a Place| {
            let (field, sensitive) = &self.fields[usize::from(place.field)];
            let covered = *sensitive && !looker.unmask;
            Cell { field, row: place.row, said: &place.said, covered, counts: place.counts }
        };
        known.places.iter().map(cell).collect()
    }

    /// A place for a value; `None` for what the form does not know, as what the docket keeps.
    fn place(
        &mut self,
        field: &FieldId,
        row: Option<u16>,
        value: &Value,
        counts: bool,
    ) -> Option<Place> {
        let number = match self.numbers.get(field) {
            Some(number) => *number,
            None => {
                self.form.field(field)?;
                let number = u16::try_from(self.fields.len()).ok()?;
                self.fields.push((field.clone(), is_sensitive(field)));
                self.numbers.insert(field.clone(), number);
                number
            }
        };
        let said = match self.said.get(value) {
            Some(said) => Arc::clone(&said.0),
            None => {
                let said = Arc::new(Said::of(value));
                self.said.insert(Shared(Arc::clone(&said)));
                said
            }
        };
        Some(Place { field: number, row, said, counts })
    }

    fn sweep(&mut self) {
        if self.said.len() >= self.sweep_at {
            self.said.retain(|said| Arc::strong_count(&said.0) > 1);
            self.sweep_at = (2 * self.said.len()).max(SAID_SWEEP);
        }
    }
}

fn code(view: &View, field: &str) -> String {
    let field: Option<FieldId> = field.parse().ok();
    match field.and_then(|field| view.fields.get(&field)) {
        Some(Value::Coded(coded)) => coded.code.clone(),
        _ => String::new(),
    }
}
