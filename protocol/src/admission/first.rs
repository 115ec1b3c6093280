//! A dossier this node has never held: as changes, or as a saved document with its whole history.
//!
//! A superior takes in thousands of saved documents when a node joins. Those with a linear history
//! are judged from their columns and kept as they came; their documents are built when somebody
//! reads or edits them.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    Hash, Value,
    custody::CustodyChain,
    document::{ChangeHeader, Document, LinearDocument, LoadError},
    form::Touched,
};

use super::{
    Authority, History, HoldReason, Kept, Merged, Moments, RejectReason, Verdict, admitted,
    bytes_refused, count, judge_custody, judge_epochs, judge_rights, refused,
};
use crate::{
    envelope::{Author, Meta, SignedCustody},
    holding::{Holding, Opened, record_history},
    lines::{self, NoLines},
    parcel::{Body, Parcel},
    signature::Crypto,
};

/// A dossier admitted without building its document.
#[derive(Debug)]
pub struct AdmittedCopy {
    /// Its summary.
    pub holding: Holding,
    /// Present values of the fields asked for, in the order asked.
    pub values: Vec<Option<Value>>,
    /// What the changes enter in the docket.
    pub entered: EnteredHere,
}

/// What changes that were admitted without the document enter in the docket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnteredHere {
    /// The campaigns and requests their phiếu answer.
    pub filed: BTreeSet<Hash>,
    /// Whether they submit phiếu and do nothing else.
    pub forms_alone: bool,
}

impl EnteredHere {
    /// What these changes enter.
    pub(super) fn of(touched: &[Touched]) -> Self {
        let filed = touched.iter().flat_map(|it| it.docket.filed.iter().copied()).collect();
        let alone = |it: &Touched| !it.content && it.docket.is_form_alone();
        Self { filed, forms_alone: touched.iter().all(alone) }
    }
}

/// Judges a dossier nobody here knows from the columns of its saved document; `None` when the
/// document must be built for it, which [`admit`](super::admit) does.
///
/// `wanted` names single fields whose present values are handed out.
///
/// # Errors
/// The verdict, when it is not admitted.
pub fn admit_copy(
    parcel: &Parcel,
    wanted: &[&str],
    authority: Authority<'_>,
    crypto: &dyn Crypto,
) -> Option<Result<(AdmittedCopy, Verdict), Verdict>> {
    let Body::Saved(bytes) = &parcel.body else { return None };
    let mut document = LinearDocument::read(bytes, wanted, authority.sides)?;
    let values = std::mem::take(&mut document.values);
    // What becomes of such a dossier is shown beside its name, which the document tells.
    let lives = document.touched.iter().any(|it| it.docket.is_of_life());
    let bare = document.touched.first().is_some_and(|first| !first.content);
    if lives || bare {
        return None;
    }
    if document.id != parcel.dossier || parcel.custody.len() != 1 {
        return None;
    }
    let entered = EnteredHere::of(&document.touched);
    let judged = judge_custody(&parcel.custody, parcel, authority, crypto).and_then(|chain| {
        let heads = vec![document.head()];
        let hashes = document.changes.iter().map(|change| change.hash);
        let history = Columns::new(hashes, document.touched);
        let headers = &document.changes;
        judge(parcel, &chain, headers, &history, heads, Kept::Copy, authority, crypto)
    });
    Some(judged.map(|(holding, verdict)| (AdmittedCopy { holding, values, entered }, verdict)))
}

pub(super) fn admit_first(
    parcel: &Parcel,
    authority: Authority<'_>,
    crypto: &dyn Crypto,
) -> Result<(Opened, Verdict), Verdict> {
    if parcel.custody.is_empty() {
        return Err(Verdict::Held(HoldReason::UnknownDossier));
    }
    let chain = judge_custody(&parcel.custody, parcel, authority, crypto)?;
    let (document, kept) = match &parcel.body {
        Body::Saved(bytes) => (load(bytes)?, Kept::Copy),
        Body::Changes(changes) => (build(changes)?, Kept::Parcel),
    };
    if document.id() != parcel.dossier {
        return Err(Verdict::Rejected(RejectReason::Content));
    }
    let headers: Vec<ChangeHeader> = document.changes().cloned().collect();
    let mut history = BTreeMap::new();
    let heads = document.heads();
    let merged = Merged::new(&document, &history, authority.sides);
    let (holding, verdict) =
        judge(parcel, &chain, &headers, &merged, heads, kept, authority, crypto)?;
    record_history(&mut history, &holding, &parcel.lines);
    Ok((Opened { id: parcel.dossier, holding, document, history }, verdict))
}

/// A linear history: what each change touches, by its place.
struct Columns {
    changes: BTreeMap<Hash, (usize, Touched)>,
}

impl Columns {
    fn new(hashes: impl Iterator<Item = Hash>, touched: Vec<Touched>) -> Self {
        Self { changes: hashes.zip(touched.into_iter().enumerate()).collect() }
    }
}

impl History for Columns {
    fn touched(&self, change: &Hash) -> Option<Touched> {
        self.changes.get(change).map(|(_, touched)| touched.clone())
    }

    fn known(&self, _: &Hash, _: &Hash) -> Option<(Author, &Meta)> {
        None
    }

    /// Where an event stands, or a phiếu alone, nothing is said here at all.
    fn was_closed(&self, _: &Hash) -> bool {
        false
    }

    fn lacked_form(&self, _: &Hash) -> bool {
        false
    }

    fn builds_on(&self, change: &Hash, earlier: &Hash) -> bool {
        let place = |hash| self.changes.get(hash).map(|(place, _)| place);
        place(earlier).is_some_and(|earlier| place(change).is_some_and(|it| earlier < it))
    }
}

/// Judges lines and rights of a dossier whose bytes and custody chain are sound.
#[expect(clippy::too_many_arguments, reason = "all that a verdict rests on")]
fn judge(
    parcel: &Parcel,
    chain: &CustodyChain,
    headers: &[ChangeHeader],
    history: &impl History,
    heads: Vec<Hash>,
    kept: Kept,
    authority: Authority<'_>,
    crypto: &dyn Crypto,
) -> Result<(Holding, Verdict), Verdict> {
    let records: Vec<Hash> = parcel.custody.iter().map(SignedCustody::hash).collect();
    let proven = lines::prove(
        &parcel.dossier,
        &records,
        headers,
        &parcel.lines,
        &NoLines,
        authority,
        crypto,
    )?;
    judge_epochs(&proven, chain, headers, std::iter::empty())?;
    let moments = Moments::new(None, headers);
    judge_rights(&proven, &parcel.dossier, chain, authority, history, Some(&moments))?;
    let mut holding = Holding {
        unit: chain.current().to.clone(),
        custody: parcel.custody.clone(),
        lines: Vec::new(),
        heads,
        changes: count(headers.len()),
        copied: false,
        arrivals: 0,
        tail: 0,
    };
    let verdict = admitted(&proven, kept);
    holding.set_lines(proven.tips);
    Ok((holding, verdict))
}

fn build(changes: &[serde_bytes::ByteBuf]) -> Result<Document, Verdict> {
    let bytes: Vec<Vec<u8>> = changes.iter().map(|change| change.to_vec()).collect();
    Document::replay(&bytes).map_err(|error| refused(&error))
}

pub(super) fn load(bytes: &[u8]) -> Result<Document, Verdict> {
    Document::load_foreign(bytes).map_err(|error| match &error {
        LoadError::Change(error) => refused(error),
        LoadError::Precheck(_) | LoadError::Unreadable | LoadError::Layout => bytes_refused(),
    })
}
