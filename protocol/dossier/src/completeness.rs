//! How complete a dossier is: a meter for each of the seven areas (Điều 3.1).
//!
//! An area that holds nothing, or a required item that is missing, keeps the dossier from being
//! called complete. Other items may stay empty by right (who never served has no military rank), so
//! a meter tells how much is there, not how much is wrong.
//!
//! **Invariant:** more values never lower a meter.

use jiff::civil::Date;

use crate::finding::Record;
use crate::form::{Area, FieldDefinition, FieldKind, FormDefinition};
use crate::{FieldId, Value};

/// What a dossier holds of one area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// Which.
    pub area: Area,
    /// Items of the paper that hold something.
    pub filled: usize,
    /// Items of the paper that hold nothing, in paper order.
    pub empty: Vec<FieldId>,
}

impl Meter {
    /// Items the paper asks for.
    pub fn asked(&self) -> usize {
        self.filled + self.empty.len()
    }
}

/// What a dossier holds, and what keeps it from being complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completeness {
    /// The seven areas in the order of Điều 3.1.
    pub meters: Vec<Meter>,
    /// Required items that are missing, of any section, in paper order.
    pub missing: Vec<FieldId>,
}

impl Completeness {
    /// Measures what a dossier holds of what its form asks on a day. A table counts as one item.
    pub fn measure(record: &Record, form: &FormDefinition, today: Date) -> Self {
        let asked: Vec<&FieldDefinition> =
            form.items().iter().filter(|item| item.validity.covers(today)).collect();
        let meters = Area::ALL.map(|area| {
            let mut meter = Meter { area, filled: 0, empty: Vec::new() };
            let sections = form.sections().iter().filter(|section| section.area == Some(area));
            let mut seen = Vec::new();
            for section in sections {
                for item in asked.iter().filter(|item| item.section == section.id) {
                    let place = place(item);
                    if seen.contains(&place) {
                        continue;
                    }
                    if is_filled(record, place) {
                        meter.filled += 1;
                    } else {
                        meter.empty.push(item.id.clone());
                    }
                    seen.push(place);
                }
            }
            meter
        });
        let missing = asked.iter().filter(|item| item.is_required());
        let missing = missing.filter(|item| !is_filled(record, place(item)));
        Self { meters: meters.to_vec(), missing: missing.map(|item| item.id.clone()).collect() }
    }

    /// Whether no area is empty and nothing required is missing (Điều 3.1).
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.meters.iter().all(|meter| meter.filled > 0)
    }
}

/// Where an item's content lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    Field(&'a FieldId),
    Table(&'a str),
}

fn place(item: &FieldDefinition) -> Place<'_> {
    match (&item.kind, item.id.table()) {
        (FieldKind::Table, _) => Place::Table(item.id.as_str()),
        (_, Some(table)) => Place::Table(table),
        (_, None) => Place::Field(&item.id),
    }
}

fn is_filled(record: &Record, place: Place<'_>) -> bool {
    match place {
        Place::Field(field) => record.fields.get(field).is_some_and(|value| !value.is_blank()),
        Place::Table(table) => record
            .rows
            .get(table)
            .is_some_and(|rows| rows.iter().any(|row| !row.values().all(Value::is_blank))),
    }
}

#[cfg(test)]
mod tests;
