//! Changes to a dossier that is held, judged without building its document.
//!
//! Most changes know everything before them. What such a change overwrites is seen in the columns of
//! the saved document, so a superior that takes in the day's changes need not build the documents.
//!
//! **Invariant:** only an admission is said here. Everything else, and every doubt, is left to
//! [`admit`](super::admit), which judges on the built document.

use dossier::{Hash, document::Appended, form::Touched};

use super::{
    AdmittedCopy, Authority, EnteredHere, History, Kept, Verdict, admitted, count, judge_rights,
    read_headers,
};
use crate::{
    envelope::{Author, Meta, SignedCustody},
    holding::{Closed, Holding},
    lines::{self, KnownLines},
    parcel::{Body, LineTip, Parcel},
    signature::Crypto,
};

/// Changes in one parcel that are judged here.
const CHANGES_MAX: usize = 16;

/// Judges a parcel of changes that follow on `closed`; `None` leaves it to [`admit`](super::admit).
///
/// `wanted` names single fields whose present values are handed out.
pub fn admit_next(
    parcel: &Parcel,
    closed: &Closed,
    wanted: &[&str],
    authority: Authority<'_>,
    crypto: &dyn Crypto,
) -> Option<(AdmittedCopy, Verdict)> {
    let holding = &closed.holding;
    let Body::Changes(changes) = &parcel.body else { return None };
    // What was made in which custody epoch is looked at on the document.
    if changes.len() > CHANGES_MAX || holding.custody.len() != 1 {
        return None;
    }
    if !holding.custody.starts_with(&parcel.custody) {
        return None;
    }
    let filed = closed.filed()?;
    let headers = read_headers(changes).ok()?;
    let chain = holding.chain()?;
    let records: Vec<Hash> = holding.custody.iter().map(SignedCustody::hash).collect();
    let (id, lines, known) = (&parcel.dossier, &parcel.lines, Ends(holding));
    let proven = lines::prove(id, &records, &headers, lines, &known, authority, crypto).ok()?;
    if proven.new.len() != headers.len() {
        return None;
    }
    let bytes: Vec<&[u8]> = changes.iter().map(|change| change.as_slice()).collect();
    let appended = filed.append(&bytes, wanted, authority.sides)?;
    if appended.eventful {
        return None;
    }
    judge_rights(&proven, id, &chain, authority, &appended, None).ok()?;
    let verdict = admitted(&proven, Kept::Parcel);
    let mut holding = holding.clone();
    holding.set_lines(proven.tips);
    holding.heads = vec![appended.head];
    holding.changes += count(headers.len());
    let entered = EnteredHere::of(&appended.touched);
    Some((AdmittedCopy { holding, values: appended.values, entered }, verdict))
}

/// Of envelopes before these nothing is known: a verdict on one of them is left to the document.
impl History for Appended {
    fn touched(&self, change: &Hash) -> Option<Touched> {
        let place = self.changes.iter().position(|known| known.hash == *change)?;
        self.touched.get(place).cloned()
    }

    fn known(&self, _: &Hash, _: &Hash) -> Option<(Author, &Meta)> {
        None
    }

    /// Where an event stands, nothing is said here at all.
    fn was_closed(&self, _: &Hash) -> bool {
        false
    }

    /// Nor where it was opened by a phiếu alone.
    fn lacked_form(&self, _: &Hash) -> bool {
        false
    }

    fn builds_on(&self, change: &Hash, earlier: &Hash) -> bool {
        let place = |hash: &Hash| self.changes.iter().position(|known| known.hash == *hash);
        place(earlier).is_some_and(|earlier| place(change).is_some_and(|it| earlier < it))
    }
}

/// The ends of the lines; nothing before them is known.
struct Ends<'a>(&'a Holding);

impl KnownLines for Ends<'_> {
    fn tip(&self, actor: &dossier::ActorId) -> Option<LineTip> {
        self.0.line(actor).cloned()
    }

    fn hash_at(&self, _: &dossier::ActorId, _: u64) -> Option<Hash> {
        None
    }
}
