//! What the docket of a document comes to: how the dossier stands, and how it agrees with the paper.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ReadDoc;

use super::{Document, encoding};
use crate::attachment::{self, Link};
use crate::docket::{Compared, Comparison, Event, Life, Parity, Recorded, Table};
use crate::{Hash, RowId};

impl Document {
    /// The events recorded in the life of the dossier, in the order of rows.
    pub fn events(&self) -> Vec<(RowId, Recorded)> {
        if !self.has_rows(Table::Statuses) {
            return Vec::new();
        }
        let entries = self.entries(Table::Statuses).into_iter();
        let events = entries.filter_map(|entry| {
            let event = Event::read(&entry.cells).ok()?;
            Some((entry.row, Recorded { change: entry.change, event }))
        });
        events.collect()
    }

    /// How the dossier stands.
    pub fn life(&self) -> Life {
        let events: Vec<Recorded> = self.events().into_iter().map(|(_, event)| event).collect();
        Life::of(&events, &|one, other| self.builds_on(one, other))
    }

    /// Whether the dossier was closed as far as a change knew, by the events it builds on.
    pub fn was_closed(&self, events: &[Recorded], change: &Hash) -> bool {
        let known = events.iter().filter(|event| self.builds_on(change, &event.change));
        let known: Vec<Recorded> = known.cloned().collect();
        Life::of(&known, &|one, other| self.builds_on(one, other)).is_closed()
    }

    /// The comparisons with the paper, in the order of rows.
    pub fn comparisons(&self) -> Vec<(RowId, Compared)> {
        if !self.has_rows(Table::Parities) {
            return Vec::new();
        }
        let entries = self.entries(Table::Parities).into_iter();
        let comparisons = entries.filter_map(|entry| {
            let comparison = Comparison::read(&entry.cells).ok()?;
            Some((entry.row, Compared { change: entry.change, comparison }))
        });
        comparisons.collect()
    }

    /// How what the dossier says agrees with the paper: fields and rows, without attachments and what
    /// stands in the docket.
    pub fn parity(&self) -> Parity {
        let mut written: BTreeMap<Link, BTreeSet<Hash>> = BTreeMap::new();
        for (place, writings) in self.state().places {
            let Some(newest) = writings.last().filter(|it| it.value.is_some()) else { continue };
            let item = match (place.field.table(), place.row) {
                (None, _) => Link::Field(place.field),
                (Some(table), Some(row)) => {
                    if table == attachment::TABLE || Table::named(table).is_some() {
                        continue;
                    }
                    Link::Row { table: table.to_owned(), row }
                }
                (Some(_), None) => continue,
            };
            written.entry(item).or_default().insert(newest.change);
        }
        let compared: Vec<Compared> = self.comparisons().into_iter().map(|(_, it)| it).collect();
        Parity::of(&written, &compared, &|one, other| self.builds_on(one, other))
    }

    fn has_rows(&self, table: Table) -> bool {
        self.automerge
            .keys(&self.tables)
            .any(|key| encoding::parse_row_key(&key).is_some_and(|(name, _)| name == table.name()))
    }
}
