//! Making changes: a new dossier, or an edit of one, signed as this node's.

use dossier::{
    DossierId, Edit, Hash, Timestamp, UnitId,
    custody::CustodyRecord,
    document::{Document, EditError, NewChange},
};
use serde_bytes::ByteBuf;

use crate::{
    envelope::{Author, Envelope, Meta, SignedCustody, sign},
    holding::{Holding, LineHistory, Opened},
    limits::LIMITS,
    parcel::{Body, LineProof, LineTip, Parcel, Run, hint},
    signature::{Crypto, PublicKey},
};

/// Who writes on this node.
#[derive(Debug, Clone, Copy)]
pub struct Pen {
    /// This node and its life; the epoch is the dossier's.
    pub author: Author,
    /// The public half of the change key.
    pub key: PublicKey,
    /// The time the change names.
    pub at: Timestamp,
}

/// A change that was not made.
#[derive(Debug, thiserror::Error)]
pub enum AuthoringError {
    /// The edit does not fit the document.
    #[error("the edit was refused")]
    Edit(#[from] EditError),
    /// Person or basis is missing or too long.
    #[error("person or legal basis is missing or too long")]
    Meta,
    /// The dossier would grow beyond what one parcel carries.
    #[error("the dossier would exceed its largest size")]
    TooLarge,
}

/// Begins a dossier held by `unit` and writes its first change.
///
/// # Errors
/// [`AuthoringError`]; nothing was made then.
pub fn create(
    id: DossierId,
    unit: UnitId,
    form: &str,
    edits: &[Edit],
    meta: &Meta,
    pen: Pen,
    crypto: &dyn Crypto,
) -> Result<(Opened, Parcel), AuthoringError> {
    check(meta)?;
    let author = Author { epoch: 0, ..pen.author };
    let record = CustodyRecord::genesis(id, unit.clone(), author.node, meta.basis.clone(), pen.at);
    let custody = vec![SignedCustody::issue(record, author.node, crypto)];
    let actor = author.actor(&pen.key, &id);
    let (document, change) = Document::create(id, form, actor, pen.at, edits)?;
    let holding = Holding {
        unit,
        custody: custody.clone(),
        lines: Vec::new(),
        heads: Vec::new(),
        changes: 0,
        copied: false,
        arrivals: 0,
        tail: 0,
    };
    let mut opened = Opened { id, holding, document, history: std::collections::BTreeMap::new() };
    let mut parcel = seal(&mut opened, change, meta, Pen { author, ..pen }, crypto)?;
    parcel.custody = custody;
    Ok((opened, parcel))
}

/// Edits an opened dossier.
///
/// # Errors
/// [`AuthoringError`]; `opened` must then be read again from the store.
pub fn edit(
    opened: &mut Opened,
    edits: &[Edit],
    meta: &Meta,
    pen: Pen,
    crypto: &dyn Crypto,
) -> Result<Parcel, AuthoringError> {
    check(meta)?;
    let author = Author { epoch: opened.holding.epoch(), ..pen.author };
    let actor = author.actor(&pen.key, &opened.id);
    let change = opened.document.edit(actor, pen.at, edits)?;
    seal(opened, change, meta, Pen { author, ..pen }, crypto)
}

fn check(meta: &Meta) -> Result<(), AuthoringError> {
    if meta.is_well_formed() { Ok(()) } else { Err(AuthoringError::Meta) }
}

fn seal(
    opened: &mut Opened,
    change: NewChange,
    meta: &Meta,
    pen: Pen,
    crypto: &dyn Crypto,
) -> Result<Parcel, AuthoringError> {
    let header = &change.header;
    let record = opened.holding.record(pen.author.epoch).expect("the epoch is the dossier's own");
    let previous = opened.holding.line(&header.actor).map_or(Hash::ZERO, |line| line.tip);
    let envelope = Envelope {
        dossier: opened.id,
        record,
        author: pen.author,
        actor: header.actor,
        change: header.hash,
        sequence: header.seq,
        previous,
        meta,
    };
    let tip = envelope.hash();
    let signature = sign(&tip, crypto);
    opened.holding.set_lines([LineTip {
        author: pen.author,
        actor: header.actor,
        sequence: header.seq,
        tip,
        signature,
    }]);
    opened.holding.heads = opened.document.heads();
    opened.holding.changes += 1;
    opened
        .history
        .entry(header.actor)
        .or_insert_with(|| LineHistory { author: pen.author, metas: Vec::new() })
        .metas
        .push(meta.clone());
    let proof = LineProof {
        author: pen.author,
        first: header.seq,
        previous: hint(&previous),
        runs: vec![Run { count: 1, meta: meta.clone() }],
        signature,
    };
    let parcel = Parcel {
        dossier: opened.id,
        custody: Vec::new(),
        body: Body::Changes(vec![ByteBuf::from(change.bytes)]),
        lines: vec![proof],
    };
    let size = match &parcel.body {
        Body::Changes(changes) => changes.iter().map(|bytes| bytes.len()).sum(),
        Body::Saved(bytes) => bytes.len(),
    };
    if size > LIMITS.parcel_bytes_max / 4 { Err(AuthoringError::TooLarge) } else { Ok(parcel) }
}
