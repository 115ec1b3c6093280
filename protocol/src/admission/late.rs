//! What came for a custody that is over, read so that people can judge it (R10).
//!
//! Its signatures and bytes are proved as those of every change; whether its author had the right is
//! for whoever keeps the dossier to say, who enters it anew or leaves it outside.

use dossier::{Edit, Hash};

use super::{
    Authority, Body, QuarantineReason, Verdict, collect_new, count, load, read_headers, refused,
};
use crate::{
    envelope::{Author, Meta, SignedCustody},
    holding::{Opened, record_history},
    lines,
    parcel::Parcel,
    signature::Crypto,
};

/// A genuine change that lies outside its closed epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateChange {
    /// Which.
    pub change: Hash,
    /// Who wrote it.
    pub author: Author,
    /// What its envelope says.
    pub meta: Meta,
    /// When it was made, as it says, in seconds since the Unix epoch.
    pub at_seconds: i64,
    /// What it did, as edits that would do it again.
    pub edits: Vec<Edit>,
}

/// Reads the changes of a parcel that are new to a copy, and adds them to it: `copy` is of no other
/// use afterwards than for the next parcel.
///
/// # Errors
/// The verdict on the whole parcel, when it is not genuine or rests on what is not here.
pub fn read_late(
    parcel: &Parcel,
    copy: &mut Opened,
    authority: Authority<'_>,
    crypto: &dyn Crypto,
) -> Result<Vec<LateChange>, Verdict> {
    if !copy.holding.custody.starts_with(&parcel.custody) {
        return Err(Verdict::Quarantined(QuarantineReason::Custody));
    }
    let (headers, incoming) = match &parcel.body {
        Body::Saved(bytes) => {
            let document = load(bytes)?;
            (document.changes().cloned().collect(), Some(document))
        }
        Body::Changes(changes) => (read_headers(changes)?, None),
    };
    let records: Vec<Hash> = copy.holding.custody.iter().map(SignedCustody::hash).collect();
    // Who was shut out since is shown as well: it is for people to say what it is worth.
    let authority = Authority { relayed: true, ..authority };
    let (id, proofs) = (&parcel.dossier, &parcel.lines);
    let proven = lines::prove(id, &records, &headers, proofs, &*copy, authority, crypto)?;
    let new = collect_new(parcel, incoming.as_ref(), &headers, &copy.document)?;
    copy.document.apply(&new).map_err(|error| refused(&error))?;
    let late = proven.new.iter().map(|new| LateChange {
        change: new.hash,
        author: new.author,
        meta: new.meta.clone(),
        at_seconds: new.at_seconds,
        edits: copy.document.edits_of(&new.hash).unwrap_or_default(),
    });
    let late = late.collect();
    copy.holding.set_lines(proven.tips);
    copy.holding.heads = copy.document.heads();
    copy.holding.changes += count(new.len());
    record_history(&mut copy.history, &copy.holding, &parcel.lines);
    Ok(late)
}
