//! A dossier as a node holds it: the summary row, and the document opened for reading or writing.
//!
//! Envelopes and change bytes are the truth; the saved copy is a cache that is rebuilt from them. A
//! copy absorbs the single parcels behind it once [`TAIL_MAX`] have gathered.

mod closed;

use std::collections::BTreeMap;

pub use closed::Closed;
use dossier::{
    ActorId, DossierId, Hash, UnitId,
    custody::CustodyChain,
    document::{ChangeHeader, Document},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    Fault, Records, Table, codec,
    envelope::{Author, Envelope, Meta, SignedCustody},
    parcel::{Body, LineProof, LineTip, Parcel, fold_runs, hint},
};

/// How many single parcels a dossier gathers before they are folded into its copy.
pub const TAIL_MAX: u32 = 8;

/// The summary row of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The custodian unit.
    pub unit: UnitId,
    /// The custody chain.
    pub custody: Vec<SignedCustody>,
    /// The newest envelope of every author line, in the order of actors.
    pub lines: Vec<LineTip>,
    /// Sorted heads of the document.
    pub heads: Vec<Hash>,
    /// How many changes the document has.
    pub changes: u32,
    /// Whether a copy row exists.
    pub copied: bool,
    /// Arrival number of the next single parcel.
    pub arrivals: u32,
    /// Arrival number of the oldest single parcel not in the copy.
    pub tail: u32,
}

impl Holding {
    /// Decodes a row of the dossier table.
    ///
    /// # Errors
    /// [`Fault`] when the row is not one.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        codec::decode(bytes).map_err(|error| Fault(format!("dossier row: {error}")))
    }

    /// The line of `actor`.
    pub fn line(&self, actor: &ActorId) -> Option<&LineTip> {
        self.lines.iter().find(|line| line.actor == *actor)
    }

    /// Digest of the custody record of `epoch`.
    pub fn record(&self, epoch: u32) -> Option<Hash> {
        self.custody.get(epoch as usize).map(SignedCustody::hash)
    }

    /// The custody chain, proved when the dossier was first admitted.
    pub fn chain(&self) -> Option<CustodyChain> {
        let mut links = self.custody.iter();
        let first = links.next()?;
        let mut chain = CustodyChain::new(first.record.clone(), first.hash()).ok()?;
        for link in links {
            chain.push(link.record.clone(), link.hash()).ok()?;
        }
        Some(chain)
    }

    /// The newest custody epoch.
    pub fn epoch(&self) -> u32 {
        u32::try_from(self.custody.len().saturating_sub(1)).expect("epochs are counted in u32")
    }

    /// Replaces or adds lines.
    pub fn set_lines(&mut self, lines: impl IntoIterator<Item = LineTip>) {
        for line in lines {
            match self.lines.binary_search_by(|known| known.actor.cmp(&line.actor)) {
                Ok(place) => self.lines[place] = line,
                Err(place) => self.lines.insert(place, line),
            }
        }
    }
}

/// Who wrote each change of a line, from its first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineHistory {
    /// The author.
    pub author: Author,
    /// What each envelope says.
    pub metas: Vec<Meta>,
}

/// A dossier with its document in memory.
#[derive(Debug)]
pub struct Opened {
    /// The dossier.
    pub id: DossierId,
    /// Its summary.
    pub holding: Holding,
    /// Its document.
    pub document: Document,
    /// Who wrote what, by actor.
    pub history: BTreeMap<ActorId, LineHistory>,
}

/// A parcel as it lies in the store: who brought it, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredParcel {
    /// The peer it came from; `None` for this node's own.
    pub from: Option<dossier::NodeId>,
    /// The custodian unit when it was stored, so that scopes are told apart without a lookup.
    pub unit: UnitId,
    /// The encoded parcel.
    pub parcel: ByteBuf,
}

impl StoredParcel {
    /// Decodes a row of the copy or parcel table.
    ///
    /// # Errors
    /// [`Fault`] when the row is not one.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        codec::decode(bytes).map_err(|error| Fault(format!("parcel row: {error}")))
    }
}

/// Key of a single parcel: dossier, then arrival number.
pub fn parcel_key(dossier: &DossierId, arrival: u32) -> Vec<u8> {
    let mut key = dossier.as_bytes().to_vec();
    key.extend(arrival.to_be_bytes());
    key
}

/// Reads the summary of a dossier.
///
/// # Errors
/// [`Fault`] when the store cannot answer.
pub fn read_holding(records: &dyn Records, id: &DossierId) -> Result<Option<Holding>, Fault> {
    let row = records.get(Table::Dossier, id.as_bytes())?;
    row.map(|bytes| Holding::decode(&bytes)).transpose()
}

/// Reads the stored parcels that make up a dossier: the copy if any, then the single ones.
///
/// # Errors
/// [`Fault`] when the store cannot answer or a row is missing.
pub fn read_parcels(
    records: &dyn Records,
    id: &DossierId,
    holding: &Holding,
) -> Result<Vec<StoredParcel>, Fault> {
    let mut parcels = Vec::new();
    let missing = || Fault(format!("a parcel of dossier {id} is missing"));
    if holding.copied {
        let row = records.get(Table::Copy, id.as_bytes())?.ok_or_else(missing)?;
        parcels.push(StoredParcel::decode(&row)?);
    }
    for arrival in holding.tail..holding.arrivals {
        let row = records.get(Table::Parcel, &parcel_key(id, arrival))?.ok_or_else(missing)?;
        parcels.push(StoredParcel::decode(&row)?);
    }
    Ok(parcels)
}

/// Opens a dossier from the store.
///
/// # Errors
/// [`Fault`] when the store cannot answer or its bytes are damaged.
pub fn open(records: &dyn Records, id: &DossierId) -> Result<Option<Opened>, Fault> {
    Closed::read(records, id)?.map(Closed::open).transpose()
}

fn damaged(id: &DossierId, error: &dyn std::fmt::Display) -> Fault {
    Fault(format!("stored parcel of {id}: {error}"))
}

fn extend(document: Option<Document>, parcel: &Parcel) -> Result<Document, Fault> {
    let damaged = |error: &dyn std::fmt::Display| damaged(&parcel.dossier, error);
    match (&parcel.body, document) {
        (Body::Saved(bytes), _) => Document::load(bytes).map_err(|error| damaged(&error)),
        (Body::Changes(changes), None) => {
            let all: Vec<Vec<u8>> = changes.iter().map(|bytes| bytes.to_vec()).collect();
            Document::replay(&all).map_err(|error| damaged(&error))
        }
        (Body::Changes(changes), Some(mut document)) => {
            let mut new = Vec::new();
            for bytes in changes {
                let header = ChangeHeader::read(bytes).map_err(|error| damaged(&error))?;
                if !document.has_change(&header.hash) {
                    new.push(bytes.to_vec());
                }
            }
            document.apply(&new).map_err(|error| damaged(&error))?;
            Ok(document)
        }
    }
}

/// Adds what `proofs` say to the history of their lines.
pub fn record_history(
    history: &mut BTreeMap<ActorId, LineHistory>,
    holding: &Holding,
    proofs: &[LineProof],
) {
    for proof in proofs {
        let Some(line) = holding.lines.iter().find(|line| line.author == proof.author) else {
            continue;
        };
        let entry = history
            .entry(line.actor)
            .or_insert_with(|| LineHistory { author: proof.author, metas: Vec::new() });
        let known = (entry.metas.len() as u64 + 1).saturating_sub(proof.first);
        entry.metas.extend(proof.metas().skip(known as usize).cloned());
    }
}

impl Opened {
    /// The headers of one actor's changes, in sequence.
    pub fn line_changes(&self, actor: &ActorId) -> Vec<ChangeHeader> {
        let all = self.document.changes();
        let mut changes: Vec<ChangeHeader> =
            all.filter(|change| change.actor == *actor).cloned().collect();
        changes.sort_by_key(|change| change.seq);
        changes
    }

    /// Digest of the envelope at `sequence` of `actor`'s line; [`Hash::ZERO`] at 0.
    pub fn envelope_hash(&self, actor: &ActorId, sequence: u64) -> Option<Hash> {
        let places = usize::try_from(sequence).ok()?;
        let hashes = self.envelope_hashes(actor, places)?;
        if places == 0 { Some(Hash::ZERO) } else { hashes.get(places - 1).copied() }
    }

    /// Digests of the first envelopes of `actor`'s line, at most `places`.
    pub fn envelope_hashes(&self, actor: &ActorId, places: usize) -> Option<Vec<Hash>> {
        let history = self.history.get(actor)?;
        let record = self.holding.record(history.author.epoch)?;
        let mut hashes: Vec<Hash> = Vec::new();
        let changes = self.line_changes(actor);
        for (change, meta) in changes.iter().zip(&history.metas).take(places) {
            let envelope = Envelope {
                dossier: self.id,
                record,
                author: history.author,
                actor: *actor,
                change: change.hash,
                sequence: change.seq,
                previous: hashes.last().copied().unwrap_or(Hash::ZERO),
                meta,
            };
            hashes.push(envelope.hash());
        }
        Some(hashes)
    }

    /// Author and meta of a change.
    pub fn provenance(&self, change: &ChangeHeader) -> Option<(Author, &Meta)> {
        let history = self.history.get(&change.actor)?;
        let place = usize::try_from(change.seq.checked_sub(1)?).ok()?;
        history.metas.get(place).map(|meta| (history.author, meta))
    }

    /// The whole dossier as one parcel: saved document, custody chain, every line from its first.
    pub fn compact(&self) -> Parcel {
        let lines = self.holding.lines.iter().filter_map(|line| {
            let history = self.history.get(&line.actor)?;
            Some(LineProof {
                author: line.author,
                first: 1,
                previous: hint(&Hash::ZERO),
                runs: fold_runs(history.metas.iter()),
                signature: line.signature,
            })
        });
        Parcel {
            dossier: self.id,
            custody: self.holding.custody.clone(),
            body: Body::Saved(ByteBuf::from(self.document.save())),
            lines: lines.collect(),
        }
    }
}
