//! What of a dossier the law's clocks and the meters of quality need, read for the program itself.
//!
//! It is no answer to anybody: the shell judges it, and lets out counts and days, never contents.

use std::collections::BTreeMap;

use dossier::{
    DossierId, FieldPath, Hash, PartialDate, Review, UnitId,
    docket::{Destination, Life, item_of},
    document::{ChangeHeader, View},
};

mod moves;

use super::{Core, custody::name_of, docket::Docket};
use crate::{Fault, Records, envelope::Meta, holding::Opened, reconciliation::ScopeSum};

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

/// A decision that moves the person, with what was done on it (Điều 10): recorded in the dossier, or
/// the document of a transfer alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyedMove {
    /// The change that recorded it; the case or the custody record of a transfer alone.
    pub change: Hash,
    /// Number of the decision.
    pub number: String,
    /// The day it was signed.
    pub signed_on: PartialDate,
    /// The unit that kept the dossier then.
    pub from: UnitId,
    /// Where the dossier is to go.
    pub to: Destination,
    /// The day it was handed over, by the delivery paper or by the custody record.
    pub handed_over_on: Option<PartialDate>,
    /// The day it was received and given on, likewise.
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

    /// How the dossiers of a scope stand, in one figure: another one when any of them changed.
    pub fn held_sum(&self, scope: &UnitId) -> ScopeSum {
        self.ledger.sum(scope, &self.tree.tree)
    }

    /// The mark of a dossier, as [`Core::held_within`] gives it.
    pub fn held_mark(&self, id: &DossierId) -> Option<Hash> {
        self.ledger.mark(id)
    }

    /// The name of a dossier as lists show it; empty where it has none.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn listed_name(&self, id: &DossierId, records: &dyn Records) -> Result<String, Fault> {
        name_of(id, records)
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
        // A look at every dossier puts none of those that people work with out of memory.
        let kept = self.cache.has(id);
        let Some(opened) = self.cache.take(records, id)? else { return Ok(None) };
        let surveyed = surveyed(&opened);
        if kept {
            self.cache.put(opened);
        }
        Ok(Some(surveyed))
    }
}

/// Who wrote what stands at each place.
fn writers(opened: &Opened, written: BTreeMap<FieldPath, Hash>) -> BTreeMap<FieldPath, String> {
    let named = written.into_iter().filter_map(|(path, change)| {
        let (_, meta) = opened.provenance(opened.document.change(&change)?)?;
        Some((path, meta.person.clone()))
    });
    named.collect()
}

/// What of a dossier counts.
fn reviewed(
    opened: &Opened,
    docket: &Docket,
    view: &View,
    written: &BTreeMap<FieldPath, Hash>,
) -> View {
    let mut reviewed = view.clone();
    for (path, change) in written {
        if docket.state(opened, change, Some(&item_of(path))).counts() {
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
    for (path, change) in document.first_writings() {
        let Some(header) = document.change(&change) else { continue };
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
    let written = document.provenance();
    let conflicts = if opened.document.is_linear() { 0 } else { opened.document.conflicts().len() };
    Surveyed {
        dossier: opened.id,
        unit: opened.holding.unit.clone(),
        reviewed: reviewed(opened, &docket, &view, &written),
        view,
        changes,
        first_written,
        writers: writers(opened, written),
        conflicts: u32::try_from(conflicts).unwrap_or(u32::MAX),
        life: document.life(),
        moves: moves::of(opened, &events),
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
