//! What the docket of a document comes to: how the dossier stands, and how it agrees with the paper.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ReadDoc;

use super::{Candidate, Conflict, Document, encoding, state::State};
use crate::attachment::{self, Link};
use crate::docket::{
    Choice, Choices, Chosen, Compared, Comparison, Event, Life, Parity, Recorded, Ruling, Table,
    Verdict,
};
use crate::document::Entry;
use crate::{FieldPath, Hash, RowId};

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
        for (place, writings) in &self.state().places {
            let Some(newest) = writings.last().filter(|it| it.value.is_some()) else { continue };
            let item = match (place.field.table(), place.row) {
                (None, _) => Link::Field(place.field.clone()),
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

    /// What was chosen where values met, undone or passed up.
    pub fn choices(&self) -> Choices {
        if self.has_rows(Table::Choices) {
            Choices::read(self.entries(Table::Choices))
        } else {
            Choices::default()
        }
    }

    /// The conflicts that wait again because a choice between their sides was undone and nobody wrote
    /// there since.
    pub(super) fn reopened(&self, state: &State) -> Vec<Conflict> {
        let choices = self.choices();
        let knew = |one: &Hash, other: &Hash| self.builds_on(one, other);
        let mut open: BTreeMap<_, Conflict> = BTreeMap::new();
        for Chosen { choice, .. } in choices.iter() {
            let Choice::Taken { at, .. } = choice else { continue };
            let undone = choices.last_at(at, &knew).and_then(|last| match last.choice {
                Choice::Undone { choice } => choices.get(choice),
                Choice::Taken { .. } | Choice::Raised { .. } => None,
            });
            let Some(Chosen { choice: Choice::Taken { among, .. }, .. }) = undone else { continue };
            let alone = state.places.get(at).is_some_and(|writings| writings.len() == 1);
            if alone && self.wrote_by_choice(&choices, at) {
                let candidates = self.sides_of(at, among);
                open.insert(at.clone(), Conflict { path: at.clone(), candidates });
            }
        }
        open.into_values().collect()
    }

    /// Whether nobody wrote to a place since it was chosen there: what stands, or that it went, is the
    /// work of a choice, of what undid one, or of a side that was chosen among.
    pub fn wrote_by_choice(&self, choices: &Choices, at: &FieldPath) -> bool {
        let state = self.state();
        let chose = |change: &Hash| {
            choices.at(at).any(|it| {
                let among =
                    matches!(&it.choice, Choice::Taken { among, .. } if among.contains(change));
                among || it.change == *change
            })
        };
        match (state.places.get(at).and_then(|writings| writings.last()), at.field.table(), at.row)
        {
            (Some(newest), _, _) => chose(&newest.change),
            (None, Some(table), Some(row)) => self.removals(table, row).iter().any(chose),
            (None, _, _) => false,
        }
    }

    fn sides_of(&self, at: &FieldPath, among: &[Hash]) -> Vec<Candidate> {
        let history = self.history(at);
        let wrote = |change: &Hash| history.iter().find(|write| write.change == *change);
        let side = |change: &Hash| Candidate {
            value: wrote(change).and_then(|write| write.value.clone()),
            change: *change,
        };
        among.iter().map(side).collect()
    }

    /// Whether the dossier was opened by a phiếu alone, so that data come into it by an approved phiếu
    /// (Điều 3.2).
    pub fn is_bare(&self) -> bool {
        let first = self.changes().next().filter(|_| self.has_rows(Table::RecordForms));
        let edits = first.and_then(|first| self.edits_of(&first.hash)).unwrap_or_default();
        let reserved = |edit: &crate::Edit| match edit {
            crate::Edit::PutRow { table, .. } => Table::named(table).is_some(),
            _ => false,
        };
        !edits.is_empty() && edits.iter().all(reserved)
    }

    /// Whether nothing of the phiếu of a bare dossier was approved, as far as `change` knew; as far as is
    /// known here, where it is `None`.
    pub fn lacks_approval(&self, change: Option<&Hash>) -> bool {
        let knew = |by: &Hash| change.is_none_or(|change| self.builds_on(change, by));
        let submitted: BTreeSet<Hash> =
            self.entries(Table::RecordForms).into_iter().map(|entry| entry.change).collect();
        let approves = |entry: &Entry| {
            Verdict::read(&entry.cells).is_ok_and(|verdict| {
                verdict.ruling == Ruling::Approved && submitted.contains(&verdict.change)
            })
        };
        let verdicts = self.entries(Table::Reviews);
        !verdicts.iter().any(|entry| knew(&entry.change) && approves(entry))
    }

    fn has_rows(&self, table: Table) -> bool {
        if let Some(transcript) = self.engine.transcript() {
            return transcript.has_rows(table.name());
        }
        let built = self.engine.built();
        built
            .automerge
            .keys(&built.tables)
            .any(|key| encoding::parse_row_key(&key).is_some_and(|(name, _)| name == table.name()))
    }
}
