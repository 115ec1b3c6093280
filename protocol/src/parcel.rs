//! Parcels: the one form in which changes of a dossier travel and are stored.
//!
//! A parcel holds either single changes or the whole saved document, and for every author line it
//! touches a proof: who wrote, what each envelope says, and the signature of the newest. What the
//! changes themselves show (hash, actor, sequence, time) is not repeated. A saved document of a
//! hundred changes needs about 300 bytes of proofs.

use dossier::{ActorId, DossierId, Hash};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    codec::{self, DecodeError},
    envelope::{Author, Meta, SignedCustody},
    limits::LIMITS,
    signature::Signature,
};

/// Changes of one dossier with all that is needed to judge them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// The dossier.
    pub dossier: DossierId,
    /// Its custody chain from the first record; may be empty where the receiver holds the dossier.
    pub custody: Vec<SignedCustody>,
    /// The changes.
    pub body: Body,
    /// One proof for every author line in the body.
    pub lines: Vec<LineProof>,
}

/// How the changes are packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Single change chunks, each after the changes it depends on.
    Changes(Vec<ByteBuf>),
    /// The saved document: every change of the dossier.
    Saved(ByteBuf),
}

/// The proof of one author's consecutive changes in a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineProof {
    /// Who wrote them.
    pub author: Author,
    /// Sequence of the first of them in the line.
    pub first: u64,
    /// Front of the digest of the envelope before the first; zeros for the first of a line. Tells
    /// a fork from a forgery.
    pub previous: Hint,
    /// What the envelopes say, equal neighbours folded.
    pub runs: Vec<Run>,
    /// The author's signature over the newest envelope.
    pub signature: Signature,
}

/// Consecutive envelopes that say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// How many, at least 1.
    pub count: u32,
    /// What they say.
    pub meta: Meta,
}

impl LineProof {
    /// How many envelopes the runs stand for; `None` when a run is empty or the sum overflows.
    pub fn count(&self) -> Option<u64> {
        self.runs.iter().try_fold(0u64, |sum, run| {
            (run.count > 0).then(|| sum.checked_add(u64::from(run.count))).flatten()
        })
    }

    /// The meta of each envelope in order.
    pub fn metas(&self) -> impl Iterator<Item = &Meta> {
        self.runs.iter().flat_map(|run| std::iter::repeat_n(&run.meta, run.count as usize))
    }
}

/// Folds equal neighbours of `metas` into runs.
pub fn fold_runs<'a>(metas: impl Iterator<Item = &'a Meta>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for meta in metas {
        match runs.last_mut() {
            Some(run) if run.meta == *meta => run.count += 1,
            _ => runs.push(Run { count: 1, meta: meta.clone() }),
        }
    }
    runs
}

/// The front of a digest: names an envelope among those that are known, and proves nothing.
pub type Hint = [u8; 8];

/// The front of the digest of an envelope.
pub fn hint(envelope: &Hash) -> Hint {
    let mut front = [0; 8];
    front.copy_from_slice(&envelope.as_bytes()[..8]);
    front
}

impl Parcel {
    /// Encodes the parcel for store and wire.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes a parcel and checks its limits.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] beyond [`LIMITS`], or as [`codec::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > LIMITS.parcel_bytes_max {
            return Err(DecodeError::Malformed);
        }
        let parcel: Self = codec::decode(bytes)?;
        let changes = match &parcel.body {
            Body::Changes(changes) => changes.len(),
            Body::Saved(_) => 1,
        };
        let counted = parcel.lines.iter().all(|line| line.count().is_some());
        let fits = (1..=LIMITS.parcel_changes_max).contains(&changes)
            && !parcel.lines.is_empty()
            && parcel.lines.len() <= LIMITS.lines_max;
        if fits && counted { Ok(parcel) } else { Err(DecodeError::Malformed) }
    }

    /// The digest by which refusals name a parcel.
    pub fn digest(bytes: &[u8]) -> Hash {
        Hash::tagged("hoso/parcel/1", &[bytes])
    }
}

/// The newest envelope of one author line, as a node knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTip {
    /// Who writes the line.
    pub author: Author,
    /// The author's actor in this dossier.
    pub actor: ActorId,
    /// How many changes the line has.
    pub sequence: u64,
    /// Digest of the newest envelope.
    pub tip: Hash,
    /// The author's signature over it.
    pub signature: Signature,
}
