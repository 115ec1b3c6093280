//! What a document says, read once for all stores that hold the same.
//!
//! Beside the texts it works out what the judges compare with: who signed each change, by the
//! envelopes spelled again, and which writings no other writing has seen.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dossier::{Document, DossierId, Edit, Hash, NodeId, Timestamp, Value, document::ChangeHeader};
use protocol::{
    Fault, Table,
    admission::{Outside, QuarantineReason},
    codec,
    envelope::{Author, Envelope, Meta},
    holding::{self, Holding, Opened},
    parcel::{Body, Parcel},
};
use serde_bytes::ByteBuf;

use super::store::Memory;
use crate::checker::authority::Deed;

/// A change in a document.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) change: Hash,
    pub(super) author: Author,
    pub(super) meta: Meta,
    /// What it does.
    pub(super) deed: Deed,
    /// Digest of its envelope, which its author must have signed.
    pub(super) envelope: Hash,
}

/// A document.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Every text that was ever written.
    pub(super) tokens: BTreeSet<String>,
    /// Every change.
    pub(super) changes: BTreeSet<Hash>,
    /// Every change with who answers for it.
    pub(super) acts: Vec<Act>,
    /// Changes nobody answers for.
    pub(super) anonymous: Vec<Hash>,
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

fn parcels_aside(store: &Memory, id: &DossierId, own: bool) -> impl Iterator<Item = Parcel> {
    let rows = store.table(Table::Quarantine).filter(|(key, _)| key.starts_with(id.as_bytes()));
    rows.filter_map(move |(_, row)| {
        let aside: (Timestamp, Option<NodeId>, Outside, ByteBuf) = codec::decode(row).ok()?;
        let went = aside.1.is_none() && aside.2 == Outside::Quarantined(QuarantineReason::Fork);
        if own && !went { None } else { Parcel::decode(&aside.3).ok() }
    })
}

/// Whether a text lies outside a dossier in a store, where people see it and may adopt it.
pub(super) fn is_aside(store: &Memory, id: &DossierId, text: &str) -> bool {
    parcels_aside(store, id, false).any(|parcel| match &parcel.body {
        Body::Saved(saved) => Document::load_foreign(saved).is_ok_and(|document| {
            document.changes().any(|header| {
                let edits = document.edits_of(&header.hash);
                edits.into_iter().flatten().any(|edit| is_text(&edit, text))
            })
        }),
        Body::Changes(changes) => changes.iter().any(|change| spells(change, text)),
    })
}

fn is_text(edit: &Edit, text: &str) -> bool {
    matches!(edit, Edit::Set { value: Value::Text(written), .. } if written == text)
}

/// Whether a change spells a text that ends in a number, and not a longer number.
fn spells(change: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    let at = |place: usize| change[place..].starts_with(text);
    let ends = |place: usize| !change.get(place + text.len()).is_some_and(u8::is_ascii_digit);
    (0..change.len()).any(|place| at(place) && ends(place))
}

fn read(opened: &Opened) -> Reading {
    let mut reading = Reading::default();
    let mut writings: BTreeMap<String, Vec<Writing>> = BTreeMap::new();
    let mut seen: BTreeMap<Hash, BTreeSet<Hash>> = BTreeMap::new();
    for header in opened.document.changes() {
        let mut past = BTreeSet::new();
        for dep in &header.deps {
            past.insert(*dep);
            past.extend(seen.get(dep).into_iter().flatten().copied());
        }
        seen.insert(header.hash, past);
        reading.changes.insert(header.hash);
        for edit in opened.document.edits_of(&header.hash).into_iter().flatten() {
            if let Edit::Set { field, value: Value::Text(text) } = edit {
                reading.tokens.insert(text.clone());
                let written = writings.entry(field.to_string()).or_default();
                written.push(Writing { change: header.hash, text });
            }
        }
    }
    answer_for(opened, &mut reading);
    let happened = collisions(&writings, &seen);
    reading.collisions = happened.len() as u64;
    reading.misjudged = misjudged(opened, &happened);
    reading
}

/// Spells every envelope again, line by line.
fn answer_for(opened: &Opened, reading: &mut Reading) {
    let mut answered = BTreeSet::new();
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
            answered.insert(change.hash);
            reading.acts.push(Act {
                change: change.hash,
                author: history.author,
                meta: meta.clone(),
                deed: Deed::of(&opened.document, change),
                envelope: previous,
            });
        }
    }
    reading.anonymous = reading.changes.difference(&answered).copied().collect();
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
