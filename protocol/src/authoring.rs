//! Making changes: a new dossier, or an edit of one, signed as this node's.

use dossier::{
    DossierId, Edit, Hash, NodeId, Timestamp, UnitId,
    custody::{CustodyKind, CustodyRecord},
    document::{Document, EditError, NewChange},
};
use serde_bytes::ByteBuf;

use crate::{
    admission::{AdmittedCopy, EnteredHere},
    envelope::{Author, Envelope, Meta, SignedCustody, sign},
    holding::{Closed, Holding, LineHistory, Opened},
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

/// Who keeps a dossier that is begun, and who will register that it passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    /// The custodian.
    pub unit: UnitId,
    /// The node that registers the close of the first epoch.
    pub registrar: NodeId,
    /// Hash of the record by which another province sent the dossier out (Điều 10.3).
    pub sent: Option<Hash>,
}

/// Begins a dossier held by `unit` and writes its first change; the author's own node registers
/// its close.
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
    let keeper = Keeper { unit, registrar: pen.author.node, sent: None };
    create_at(id, keeper, form, edits, meta, pen, crypto)
}

/// Begins a dossier at a keeper and writes its first change.
///
/// # Errors
/// [`AuthoringError`]; nothing was made then.
pub fn create_at(
    id: DossierId,
    Keeper { unit, registrar, sent }: Keeper,
    form: &str,
    edits: &[Edit],
    meta: &Meta,
    pen: Pen,
    crypto: &dyn Crypto,
) -> Result<(Opened, Parcel), AuthoringError> {
    check(meta)?;
    let author = Author { epoch: 0, ..pen.author };
    let mut record =
        CustodyRecord::genesis(id, unit.clone(), author.node, meta.basis.clone(), pen.at);
    record.next_registrar = registrar;
    if sent.is_some() {
        (record.kind, record.tid) = (CustodyKind::Import, sent);
    }
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
    let mut parcel = enter(&mut opened, change, meta, Pen { author, ..pen }, crypto)?;
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
    enter(opened, change, meta, Pen { author, ..pen }, crypto)
}

/// An edit made without building the document.
#[derive(Debug)]
pub struct NextEdit {
    /// The dossier's summary with it, and the present values asked for.
    pub next: AdmittedCopy,
    /// The change, signed.
    pub parcel: Parcel,
    /// The hash of the change.
    pub change: Hash,
}

/// Edits a dossier without building its document; `None` when that is left to [`edit`], which then
/// makes the same change or says what is wrong with it.
///
/// `wanted` names single fields whose present values are handed out.
pub fn edit_next(
    closed: &Closed,
    edits: &[Edit],
    meta: &Meta,
    wanted: &[&str],
    pen: Pen,
    crypto: &dyn Crypto,
) -> Option<NextEdit> {
    check(meta).ok()?;
    let author = Author { epoch: closed.holding.epoch(), ..pen.author };
    let actor = author.actor(&pen.key, &closed.id());
    let (change, values) = closed.filed()?.edit(actor, pen.at, edits, wanted)?;
    let mut holding = closed.holding.clone();
    holding.heads = vec![change.header.hash];
    let hash = change.header.hash;
    let sealed = seal(closed.id(), &mut holding, change, meta, Pen { author, ..pen }, crypto);
    let parcel = sealed.ok()?;
    // Entries of the docket are made on the document.
    let entered = EnteredHere::default();
    Some(NextEdit { next: AdmittedCopy { holding, values, entered }, parcel, change: hash })
}

fn check(meta: &Meta) -> Result<(), AuthoringError> {
    if meta.is_well_formed() { Ok(()) } else { Err(AuthoringError::Meta) }
}

/// Signs a change that stands in an opened document.
fn enter(
    opened: &mut Opened,
    change: NewChange,
    meta: &Meta,
    pen: Pen,
    crypto: &dyn Crypto,
) -> Result<Parcel, AuthoringError> {
    opened.holding.heads = opened.document.heads();
    opened
        .history
        .entry(change.header.actor)
        .or_insert_with(|| LineHistory { author: pen.author, metas: Vec::new() })
        .metas
        .push(meta.clone());
    seal(opened.id, &mut opened.holding, change, meta, pen, crypto)
}

/// Signs a change and notes it in the summary, whose heads name it.
fn seal(
    id: DossierId,
    holding: &mut Holding,
    change: NewChange,
    meta: &Meta,
    pen: Pen,
    crypto: &dyn Crypto,
) -> Result<Parcel, AuthoringError> {
    let header = &change.header;
    let record = holding.record(pen.author.epoch).expect("the epoch is the dossier's own");
    let previous = holding.line(&header.actor).map_or(Hash::ZERO, |line| line.tip);
    let envelope = Envelope {
        dossier: id,
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
    holding.set_lines([LineTip {
        author: pen.author,
        actor: header.actor,
        sequence: header.seq,
        tip,
        signature,
    }]);
    holding.changes += 1;
    let proof = LineProof {
        author: pen.author,
        first: header.seq,
        previous: hint(&previous),
        runs: vec![Run { count: 1, meta: meta.clone() }],
        signature,
    };
    let parcel = Parcel {
        dossier: id,
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
