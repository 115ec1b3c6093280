//! What of a dossier the law's clocks and the meters of quality need, read for the program itself.
//!
//! It is no answer to anybody: the shell judges it, and lets out counts and days, never contents.

use std::collections::BTreeMap;

use dossier::{
    DossierId, FieldPath, Hash, PartialDate, Review, UnitId,
    docket::{Destination, Event, Life, Recorded, item_of},
    document::{ChangeHeader, View},
};

use super::{Core, docket::Docket};
use crate::{Fault, Records, envelope::Meta, holding::Opened};

/// A change, and what its envelope says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyedChange {
    /// Which.
    pub change: Hash,
    /// Seconds since the Unix epoch by the writer's clock.
    pub at_seconds: i64,
    /// Whether it opened the dossier.
    pub opens: bool,
    /// Whether something of it waits for review (Điều 15.1).
    pub waits: bool,
    /// Person, role, basis, review.
    pub meta: Meta,
}

/// A decision that moves the person, with what was done on it (Điều 10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyedMove {
    /// The change that recorded it.
    pub change: Hash,
    /// Number of the decision.
    pub number: String,
    /// The day it was signed.
    pub signed_on: PartialDate,
    /// The unit that kept the dossier then.
    pub from: UnitId,
    /// Where the dossier is to go.
    pub to: Destination,
    /// The day it was handed over.
    pub handed_over_on: Option<PartialDate>,
    /// The day it was received and given on.
    pub taken_over_on: Option<PartialDate>,
}

/// A dossier as it stands here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// Which.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// Its present content.
    pub view: View,
    /// The same without what was not reviewed, which counts in no figure (Điều 15.1).
    pub reviewed: View,
    /// Its changes, each after those it builds on.
    pub changes: Vec<SurveyedChange>,
    /// When something was first written into a field, a table or a row `table/row`, in seconds since
    /// the Unix epoch.
    pub first_written: BTreeMap<String, i64>,
    /// Who wrote what stands at each place.
    pub writers: BTreeMap<FieldPath, String>,
    /// Places where two writings met.
    pub conflicts: u32,
    /// How it stands after the events of its life.
    pub life: Life,
    /// Decisions that move the person, without those that another one replaced.
    pub moves: Vec<SurveyedMove>,
    /// When its unit took it over, in seconds since the Unix epoch, where it did.
    pub kept_since: Option<i64>,
    /// Why what was owed was done late.
    pub reasons: BTreeMap<Hash, String>,
    /// Whether it agrees with the paper (Điều 8.3).
    pub matched: bool,
}

impl Core {
    /// The dossiers held here, after one, of the units within `scope`, each with a mark that is
    /// another one when the dossier changed.
    pub fn held_within<'a>(
        &'a self,
        scope: &'a UnitId,
        after: Option<DossierId>,
    ) -> impl Iterator<Item = (DossierId, Hash)> + 'a {
        self.ledger.marks(scope, &self.tree.tree, after)
    }

    /// Reads a dossier; `None` when it is not held here.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn survey(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Option<Surveyed>, Fault> {
        let Some(opened) = self.cache.take(records, id)? else { return Ok(None) };
        let surveyed = surveyed(&opened);
        self.cache.put(opened);
        self.cache.trim();
        Ok(Some(surveyed))
    }
}

/// The moves that were decided; one that knew another takes its place.
fn moves(opened: &Opened, events: &[Recorded]) -> Vec<SurveyedMove> {
    let (document, chain) = (&opened.document, opened.holding.chain());
    let mut moves = Vec::new();
    for Recorded { change, event } in events {
        let Event::Moves { to, .. } = event else { continue };
        let replaced = events.iter().any(|other| {
            matches!(other.event, Event::Moves { .. }) && document.builds_on(&other.change, change)
        });
        let Some((author, meta)) =
            document.change(change).and_then(|header| opened.provenance(header))
        else {
            continue;
        };
        let from = chain.as_ref().and_then(|it| it.custodian(author.epoch)).cloned();
        let basis = Some(&meta.basis);
        let decided = basis.filter(|_| !replaced).and_then(|basis| basis.decision());
        let Some(decided) = decided else { continue };
        let done = |wanted: &dyn Fn(&Event) -> Option<PartialDate>| {
            events.iter().filter_map(|it| wanted(&it.event)).min()
        };
        moves.push(SurveyedMove {
            change: *change,
            number: decided.number.to_owned(),
            signed_on: decided.signed_on,
            from: from.unwrap_or_else(|| opened.holding.unit.clone()),
            to: to.clone(),
            handed_over_on: done(&|event| match event {
                Event::HandedOver { transfer, on } if transfer == change => Some(*on),
                _ => None,
            }),
            taken_over_on: done(&|event| match event {
                Event::TakenOver { transfer, on } if transfer == change => Some(*on),
                _ => None,
            }),
        });
    }
    moves
}

/// Who wrote what stands at each place.
fn writers(opened: &Opened) -> BTreeMap<FieldPath, String> {
    let places = opened.document.provenance().into_iter();
    let named = places.filter_map(|(path, change)| {
        let (_, meta) = opened.provenance(opened.document.change(&change)?)?;
        Some((path, meta.person.clone()))
    });
    named.collect()
}

/// What of a dossier counts.
fn reviewed(opened: &Opened, docket: &Docket, view: &View) -> View {
    let mut reviewed = view.clone();
    for (path, change) in opened.document.provenance() {
        if docket.state(opened, &change, Some(&item_of(&path))).counts() {
            continue;
        }
        match (path.field.table(), path.row) {
            (Some(table), Some(row)) => {
                let rows = reviewed.tables.get_mut(table);
                if let Some(cells) = rows.and_then(|rows| rows.get_mut(&row)) {
                    cells.remove(path.field.column());
                }
            }
            _ => drop(reviewed.fields.remove(&path.field)),
        }
    }
    reviewed
}

fn surveyed(opened: &Opened) -> Surveyed {
    let document = &opened.document;
    let (docket, view) = (Docket::of(opened), document.view());
    let events: Vec<_> = document.events().into_iter().map(|(_, event)| event).collect();
    let mut headers: Vec<&ChangeHeader> = opened.document.changes().collect();
    headers.sort_by_key(|header| (header.start_op, header.hash));
    let mut first_written: BTreeMap<String, i64> = BTreeMap::new();
    for (path, writes) in document.chronicle() {
        let first = writes.iter().find(|write| write.value.is_some());
        let Some(header) = first.and_then(|write| document.change(&write.change)) else { continue };
        let places = match (path.field.table(), path.row) {
            (Some(table), Some(row)) => vec![table.to_owned(), format!("{table}/{row}")],
            _ => vec![path.field.to_string()],
        };
        for place in places {
            let known = first_written.entry(place).or_insert(header.time_seconds);
            *known = header.time_seconds.min(*known);
        }
    }
    let changes: Vec<_> = headers
        .into_iter()
        .filter_map(|header| {
            let (_, meta) = opened.provenance(header)?;
            let opens = header.deps.is_empty();
            let (change, at_seconds) = (header.hash, header.time_seconds);
            let waits = meta.review == Review::Awaiting && docket.waits(opened, &view, &change);
            Some(SurveyedChange { change, at_seconds, opens, waits, meta: meta.clone() })
        })
        .collect();
    let conflicts = if opened.document.is_linear() { 0 } else { opened.document.conflicts().len() };
    Surveyed {
        dossier: opened.id,
        unit: opened.holding.unit.clone(),
        reviewed: reviewed(opened, &docket, &view),
        view,
        changes,
        first_written,
        writers: writers(opened),
        conflicts: u32::try_from(conflicts).unwrap_or(u32::MAX),
        life: document.life(),
        moves: moves(opened, &events),
        kept_since: opened
            .holding
            .custody
            .last()
            .filter(|it| it.record.epoch > 0)
            .map(|it| it.record.issued_at.as_seconds()),
        reasons: Life::explained(&events, &|one, other| document.builds_on(one, other)),
        matched: document.parity().is_verified(),
    }
}
