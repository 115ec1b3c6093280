//! What a document says, read once for all stores that hold the same.
//!
//! Beside the texts it works out what the judges compare with: who signed each change, by the
//! envelopes spelled again, and which writings no other writing has seen.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use automerge::{Change, ScalarValue, legacy::OpType};
use dossier::{
    Document, DossierId, Edit, Hash, NodeId, RowId, Timestamp, Value, document::ChangeHeader,
};
use protocol::{
    Fault, Table,
    admission::{Outside, QuarantineReason},
    codec,
    envelope::Envelope,
    holding::{self, Holding, Opened},
    parcel::{Body, Parcel},
};
use serde_bytes::ByteBuf;

use super::store::Memory;
use crate::checker::authority::Cases;

/// A document.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Every change, with all that the law asks of it, and every text that was ever written.
    pub(super) cases: Cases,
    /// Every change.
    pub(super) changes: BTreeSet<Hash>,
    /// The digest of each change's envelope, which its author must have signed; spelled again.
    pub(super) envelopes: BTreeMap<Hash, Hash>,
    /// The rows of the versions of the phiếu.
    pub(super) forms: Vec<RowId>,
    /// The rows of attachments that are not taken away.
    pub(super) files: Vec<RowId>,
    /// How many fields hold texts of which none has seen the others.
    pub(super) collisions: u64,
    /// Fields whose shown collisions are not those that happened.
    pub(super) misjudged: Vec<String>,
}

/// The documents that were read.
#[derive(Debug, Default)]
pub(super) struct Readings(BTreeMap<Hash, Rc<Reading>>);

/// The dossiers in a store.
pub(super) fn holdings(store: &Memory) -> Result<Vec<(DossierId, Holding)>, Fault> {
    let rows = store.table(Table::Dossier);
    rows.filter_map(|(key, row)| Some((DossierId::from_slice(key)?, row)))
        .map(|(id, row)| Ok((id, Holding::decode(row)?)))
        .collect()
}

impl Readings {
    /// A dossier as it lies in a store; `None` when it does not.
    ///
    /// # Errors
    /// The store's, when it cannot be opened.
    pub(super) fn of(
        &mut self,
        store: &Memory,
        id: &DossierId,
    ) -> Result<Option<Rc<Reading>>, Fault> {
        let Some(row) = store.row(Table::Dossier, id.as_bytes()) else { return Ok(None) };
        let holding = Holding::decode(row)?;
        let mut parts: Vec<&[u8]> = vec![id.as_bytes()];
        parts.extend(holding.heads.iter().map(|head| &head.as_bytes()[..]));
        parts.extend(holding.lines.iter().map(|line| &line.tip.as_bytes()[..]));
        let key = Hash::tagged("hoso/cores/reading/1", &parts);
        if let Some(known) = self.0.get(&key) {
            return Ok(Some(Rc::clone(known)));
        }
        let Some(opened) = holding::open(store, id)? else { return Ok(None) };
        let reading = Rc::new(read(&opened));
        self.0.insert(key, Rc::clone(&reading));
        Ok(Some(reading))
    }
}

/// The changes of a dossier in the copies of the node itself that had to go, where people see them:
/// what a neighbour brought and this node set aside it vouches for to nobody.
pub(super) fn changes_aside(store: &Memory, id: &DossierId) -> BTreeSet<Hash> {
    let mut changes = BTreeSet::new();
    for parcel in parcels_aside(store, id, true) {
        match &parcel.body {
            Body::Saved(saved) => {
                let document = Document::load_foreign(saved);
                let headers = document.iter().flat_map(Document::changes);
                changes.extend(headers.map(|header| header.hash));
            }
            Body::Changes(some) => {
                let headers = some.iter().filter_map(|bytes| ChangeHeader::read(bytes).ok());
                changes.extend(headers.map(|header| header.hash));
            }
        }
    }
    changes
}

/// The parcels outside a dossier; of the node's `own` alone, those it held in the dossier and that
/// had to go.
fn parcels_aside(store: &Memory, id: &DossierId, own: bool) -> impl Iterator<Item = Parcel> {
    let rows = store.table(Table::Quarantine).filter(|(key, _)| key.starts_with(id.as_bytes()));
    rows.filter_map(move |(_, row)| {
        let aside: (Timestamp, Option<NodeId>, Outside, ByteBuf) = codec::decode(row).ok()?;
        let gone = [QuarantineReason::Fork, QuarantineReason::Late].map(Outside::Quarantined);
        let went = aside.1.is_none() && gone.contains(&aside.2);
        if own && !went { None } else { Parcel::decode(&aside.3).ok() }
    })
}

/// The changes outside a dossier that were refused there for want of a right.
pub(super) fn refused_rights(store: &Memory) -> Vec<(DossierId, Hash)> {
    let mut refused = Vec::new();
    for (key, row) in store.table(Table::Quarantine) {
        let aside: Option<(Timestamp, Option<NodeId>, Outside, ByteBuf)> = codec::decode(row).ok();
        let Some((_, _, Outside::Quarantined(QuarantineReason::NoRight(_)), bytes)) = aside else {
            continue;
        };
        let parcel = Parcel::decode(&bytes).ok();
        let Some(Parcel { body: Body::Changes(changes), dossier, .. }) = parcel else { continue };
        debug_assert!(key.starts_with(dossier.as_bytes()));
        let headers = changes.iter().filter_map(|bytes| ChangeHeader::read(bytes).ok());
        refused.extend(headers.map(|header| (dossier, header.hash)));
    }
    refused
}

/// Whether a text lies outside a dossier in a store, where people see it and may adopt it; where
/// only what the node held itself counts, in its `own` copies.
pub(super) fn is_aside(store: &Memory, id: &DossierId, text: &str, own: bool) -> bool {
    parcels_aside(store, id, own).any(|parcel| match &parcel.body {
        Body::Saved(saved) => Document::load_foreign(saved).is_ok_and(|document| {
            document.changes().any(|header| {
                let edits = document.edits_of(&header.hash);
                edits.into_iter().flatten().any(|edit| says(&edit, text))
            })
        }),
        Body::Changes(changes) => changes.iter().any(|change| spells(change, text)),
    })
}

fn says(edit: &Edit, text: &str) -> bool {
    let is_text = |value: &Value| matches!(value, Value::Text(written) if written == text);
    match edit {
        Edit::Set { value, .. } => is_text(value),
        Edit::PutRow { cells, .. } => cells.values().any(|value| match value {
            // A phiếu is one text, in which each word stands by itself.
            Value::Text(written) => written == text || holds(written.as_bytes(), text),
            _ => false,
        }),
        Edit::Clear { .. } | Edit::RemoveRow { .. } => false,
    }
}

/// Whether a change spells a text that ends in a number, and not a longer number.
#[expect(clippy::disallowed_methods, reason = "what lies outside passed the pre-check as it came")]
fn spells(change: &[u8], text: &str) -> bool {
    let decoded = Change::from_bytes(change.to_vec()).map(|change| change.decode());
    decoded.is_ok_and(|change| {
        change.operations.iter().any(|op| match &op.action {
            OpType::Put(ScalarValue::Str(written)) => holds(written.as_bytes(), text),
            OpType::Put(ScalarValue::Bytes(written)) => holds(written, text),
            _ => false,
        })
    })
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    let at = |place: usize| bytes[place..].starts_with(text);
    let ends = |place: usize| !bytes.get(place + text.len()).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).any(|place| at(place) && ends(place))
}

fn read(opened: &Opened) -> Reading {
    let mut reading = Reading { cases: Cases::of(opened), ..Reading::default() };
    let mut writings: BTreeMap<String, Vec<Writing>> = BTreeMap::new();
    for header in opened.document.changes() {
        reading.changes.insert(header.hash);
        for edit in opened.document.edits_of(&header.hash).into_iter().flatten() {
            match edit {
                Edit::Set { field, value: Value::Text(text) } => {
                    let written = writings.entry(field.to_string()).or_default();
                    written.push(Writing { change: header.hash, text });
                }
                Edit::PutRow { table, row, cells } if table == "record_forms" => {
                    reading.forms.extend(cells.contains_key("number").then_some(row));
                }
                Edit::PutRow { table, row, cells } if table == "attachment" => {
                    match cells.contains_key("content") {
                        true => reading.files.push(row),
                        false => reading.files.retain(|known| *known != row),
                    }
                }
                _ => {}
            }
        }
    }
    spell_envelopes(opened, &mut reading);
    let happened = collisions(&writings, &reading.cases.past);
    reading.collisions = happened.len() as u64;
    reading.misjudged = misjudged(opened, &happened);
    reading
}

/// Spells every envelope again, line by line.
fn spell_envelopes(opened: &Opened, reading: &mut Reading) {
    for (actor, history) in &opened.history {
        let Some(record) = opened.holding.record(history.author.epoch) else { continue };
        let mut previous = Hash::ZERO;
        for (change, meta) in opened.line_changes(actor).iter().zip(&history.metas) {
            let envelope = Envelope {
                dossier: opened.id,
                record,
                author: history.author,
                actor: *actor,
                change: change.hash,
                sequence: change.seq,
                previous,
                meta,
            };
            previous = envelope.hash();
            reading.envelopes.insert(change.hash, previous);
        }
    }
}

/// One text written to one field.
struct Writing {
    change: Hash,
    text: String,
}

/// Fields with the changes whose texts met there, by the causes of the changes alone.
fn collisions(
    writings: &BTreeMap<String, Vec<Writing>>,
    seen: &BTreeMap<Hash, BTreeSet<Hash>>,
) -> BTreeMap<String, BTreeSet<Hash>> {
    let mut happened = BTreeMap::new();
    for (field, written) in writings {
        let pasts: Vec<&BTreeSet<Hash>> =
            written.iter().filter_map(|one| seen.get(&one.change)).collect();
        let is_seen = |one: &&Writing| pasts.iter().any(|past| past.contains(&one.change));
        let standing: Vec<&Writing> = written.iter().filter(|one| !is_seen(one)).collect();
        if standing.iter().any(|one| one.text != standing[0].text) {
            happened.insert(field.clone(), standing.iter().map(|one| one.change).collect());
        }
    }
    happened
}

/// Fields where the document shows other collisions than those that happened.
fn misjudged(opened: &Opened, happened: &BTreeMap<String, BTreeSet<Hash>>) -> Vec<String> {
    let conflicts = opened.document.conflicts().into_iter();
    let shown: BTreeMap<String, BTreeSet<Hash>> = conflicts
        .map(|conflict| {
            let sides = conflict.candidates.iter().map(|side| side.change).collect();
            (conflict.path.field.to_string(), sides)
        })
        .collect();
    let fields: BTreeSet<&String> = shown.keys().chain(happened.keys()).collect();
    let wrong = fields.into_iter().filter(|field| shown.get(*field) != happened.get(*field));
    wrong.cloned().collect()
}
