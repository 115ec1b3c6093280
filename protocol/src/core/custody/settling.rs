//! What was entered for a custody that is over: shown to whoever keeps the dossier since, and adopted
//! or dismissed there with a reason (R10).
//!
//! **Invariants:** nothing of it enters the dossier by itself; what was settled stays where it lay, and
//! who settled it, how and why is an entry of the dossier, so that everybody above reads it too.

use std::collections::BTreeMap;

use dossier::{
    DossierId, Edit, FieldPath, Hash, LegalBasis, RowId, Timestamp, UnitId, Value,
    docket::{Event, Table as Docketed},
    document::View,
};
use serde::{Deserialize, Serialize};

use super::{Core, CustodyAnswer, late::is_late, shown::name_of};
use crate::{
    Answer, Crypto, Fault, Records, Table,
    admission::{LateChange, read_late},
    core::{EDITS_MAX, Editing, Refused, docket::values_of, waiting::Aside},
    envelope::Meta,
    holding::{self, Opened},
    limits::LIMITS,
    parcel::Parcel,
};

/// Late changes that one entry settles.
const TOGETHER: usize = 64;

/// A late change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateShown {
    /// The dossier.
    pub dossier: DossierId,
    /// The name in the list here.
    pub name: String,
    /// Which.
    pub change: Hash,
    /// Since when it is known here.
    pub since: Timestamp,
    /// When it was made, as it says, in seconds since the Unix epoch.
    pub at_seconds: i64,
    /// The unit whose node made it.
    pub unit: Option<UnitId>,
    /// Who entered it.
    pub person: String,
    /// On what it rests.
    pub basis: LegalBasis,
    /// What it wrote and where; empty where all dossiers were asked about.
    pub values: Vec<(FieldPath, Option<Value>)>,
    /// What became of it, where somebody looked.
    pub settled: Option<SettledShown>,
}

/// What became of a late change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledShown {
    /// Whether it was entered again.
    pub adopted: bool,
    /// Why.
    pub reason: String,
    /// Who settled it.
    pub person: String,
}

/// A late change, and what of it the dossier does not say.
struct Late {
    shown: LateShown,
    edits: Vec<Edit>,
}

impl Core {
    /// Late changes of one dossier with what they did, or of all without it.
    pub(super) fn late_shown(
        &self,
        of: Option<&DossierId>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Vec<LateShown>, Fault> {
        let all: Vec<DossierId> = match of {
            Some(id) => vec![*id],
            None => self.ledger.asides().dossiers().copied().collect(),
        };
        let mut shown = Vec::new();
        for id in all {
            for Late { shown: late, .. } in self.late_of(&id, records, crypto)? {
                let values = if of.is_some() { late.values } else { Vec::new() };
                shown.push(LateShown { values, ..late });
            }
        }
        Ok(shown)
    }

    fn late_of(
        &self,
        id: &DossierId,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Vec<Late>, Fault> {
        let mut asides = Vec::new();
        let most = LIMITS.quarantine_per_dossier_max;
        for (_, row) in records.scan(Table::Quarantine, id.as_bytes(), None, most)? {
            let aside = Aside::decode(&row)?;
            if is_late(&aside)
                && let Ok(parcel) = Parcel::decode(&aside.parcel)
            {
                asides.push((aside.since, parcel));
            }
        }
        if asides.is_empty() {
            return Ok(Vec::new());
        }
        // Whoever does not keep the dossier sees that something lies outside, and no more.
        let Some(mut copy) = holding::open(records, id)? else { return Ok(Vec::new()) };
        let (settled, view) = (settled(&copy), copy.document.view());
        let name = name_of(id, records)?;
        asides.sort_by_key(|(since, parcel)| {
            (parcel.lines.iter().map(|line| line.first).max(), *since)
        });
        let mut late: Vec<Late> = Vec::new();
        for (since, parcel) in asides {
            let Ok(read) = read_late(&parcel, &mut copy, self.authority(), crypto) else {
                continue;
            };
            for LateChange { change, author, meta, at_seconds, edits } in read {
                let unit = self.members.get(&author.node).map(|member| member.unit.clone());
                let settled = settled.get(&change).cloned();
                let (person, basis) = (meta.person, meta.basis);
                let (dossier, name) = (*id, name.clone());
                let values = edits.iter().flat_map(values_of).collect();
                let shown = LateShown {
                    dossier,
                    name,
                    change,
                    since,
                    at_seconds,
                    unit,
                    person,
                    basis,
                    values,
                    settled,
                };
                let edits = missing(edits, &view);
                late.push(Late { shown, edits });
            }
        }
        // Of one second, as they were read: a line is read in its order.
        late.sort_by_key(|it| it.shown.at_seconds);
        Ok(late)
    }

    /// Settles late changes, all that wait where none is named: all of it, or nothing.
    pub(super) fn settle_late(
        &mut self,
        id: &DossierId,
        (wanted, adopt, reason): (&[Hash], bool, &str),
        meta: &Meta,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        let mut late = self.late_of(id, records, crypto)?;
        late.retain(|it| it.shown.settled.is_none());
        late.retain(|it| wanted.is_empty() || wanted.contains(&it.shown.change));
        late.truncate(EDITS_MAX / 4);
        if late.is_empty() {
            return Ok(Answer::Refused(Refused::new("custody-no-late", "nothing waits")));
        }
        if adopt && late.iter().any(|it| Self::touches_attachments(&it.edits)) {
            let refused = Refused::new("custody-late-file", "a file is attached anew");
            return Ok(Answer::Refused(refused));
        }
        let mut all = Vec::new();
        for one in late.iter().filter(|it| adopt && !it.edits.is_empty()) {
            // What it says rests on what it rested on; who enters it answers for it.
            let meta = Meta { basis: one.shown.basis.clone(), ..meta.clone() };
            all.push(Editing { dossier: *id, edits: one.edits.clone(), meta });
        }
        let changes: Vec<Hash> = late.iter().map(|it| it.shown.change).collect();
        let rows: Vec<Edit> = (0..)
            .zip(&changes)
            .map(|(number, change)| {
                let (change, reason) = (*change, reason.to_owned());
                let cells = Event::LateSettled { change, adopted: adopt, reason }.cells();
                let row = RowId::from_bytes(self.moment.draw("hoso/late/1", number));
                Edit::PutRow { table: Docketed::Statuses.name().to_owned(), row, cells }
            })
            .collect();
        let meta = Meta { basis: LegalBasis::Office, ..meta.clone() };
        all.extend(rows.chunks(TOGETHER).map(|rows| {
            let (edits, meta) = (rows.to_vec(), meta.clone());
            Editing { dossier: *id, edits, meta }
        }));
        Ok(match self.edit_all(all, records, crypto)? {
            Answer::EditedAll(_) => {
                Answer::Custody(CustodyAnswer::Settled { dossier: *id, changes })
            }
            refused => refused,
        })
    }
}

/// What of the edits the dossier does not say already.
fn missing(edits: Vec<Edit>, view: &View) -> Vec<Edit> {
    let is_missing = |edit: &Edit| match edit {
        Edit::Set { field, value } => view.fields.get(field) != Some(value),
        Edit::Clear { field } => view.fields.contains_key(field),
        Edit::PutRow { table, row, cells } => {
            let known = view.tables.get(table).and_then(|rows| rows.get(row));
            known.is_none_or(|known| cells.iter().any(|(name, it)| known.get(name) != Some(it)))
        }
        Edit::RemoveRow { table, row } => {
            view.tables.get(table).is_some_and(|rows| rows.contains_key(row))
        }
    };
    edits.into_iter().filter(is_missing).collect()
}

/// What was settled before, by entries of the dossier; of two the first by its hash.
fn settled(opened: &Opened) -> BTreeMap<Hash, SettledShown> {
    let mut settled = BTreeMap::new();
    let mut events = opened.document.events();
    events.sort_by_key(|(_, recorded)| recorded.change);
    for (_, recorded) in events {
        let Event::LateSettled { change, adopted, reason } = recorded.event else { continue };
        let header = opened.document.change(&recorded.change);
        let by = header.and_then(|header| opened.provenance(header));
        let person = by.map(|(_, meta)| meta.person.clone()).unwrap_or_default();
        settled.entry(change).or_insert(SettledShown { adopted, reason, person });
    }
    settled
}
