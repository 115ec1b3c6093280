//! Admission: the only gate through which a change enters a document, whatever road it came by.
//!
//! A pure function of the authority chain and what is held. Its answer is admit, hold (bounded, the
//! missing part is asked for), quarantine (visible, never dropped, never merged) or reject with a
//! strike. The order follows security.md 3.6: bytes, signature, line, record, right, content.

mod epochs;
mod first;
mod granting;
mod late;
mod moment;
mod next;
mod rights;

use std::collections::BTreeMap;

use dossier::{
    ActorId, Hash, NodeId, UnitId,
    custody::CustodyChain,
    docket::Recorded,
    document::{ApplyError, ChangeHeader, Document},
    form::{Sides, Touched},
    unit::UnitTree,
};
use serde::{Deserialize, Serialize};

use epochs::judge_epochs;
pub use first::{AdmittedCopy, EnteredHere, admit_copy};
use first::{admit_first, load};
pub use granting::{Asked, Grants, NoGrants};
pub use late::{LateChange, read_late};
use moment::Moments;
pub use next::admit_next;
pub use rights::Before;
use rights::{History, judge_genesis, judge_rights, judge_standing};

use crate::{
    envelope::{Author, Meta, SignedCustody},
    holding::{LineHistory, Opened, record_history},
    lines::{self, KnownLines, Proven},
    member::MemberList,
    parcel::{Body, LineTip, Parcel},
    signature::Crypto,
};

/// By whose word rights are judged.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'a> {
    /// The member list.
    pub members: &'a MemberList,
    /// The org tree.
    pub tree: &'a UnitTree,
    /// Org trees that were in force before: what somebody wrote when he had the right stays.
    pub former: &'a [UnitTree],
    /// Whether units that may hold dossiers do (decision D2).
    pub optional_holders: bool,
    /// The records of grants.
    pub grants: &'a dyn Grants,
    /// Which side changes which field.
    pub sides: &'a Sides,
    /// Whether a neighbour brought it that may speak: it let the change in before it heard that
    /// the author was shut out, and others have built upon it. The author itself speaks no more.
    pub relayed: bool,
    /// The unit whose node brought it, and so has let it in. What a body took into its dossiers by
    /// its own delegation stands, whatever it says of that afterwards and by whatever clock: every
    /// node that the body, or one above it, shows the entry to takes it.
    pub let_in_by: Option<&'a UnitId>,
    /// The unit of this node where that began anew and has not been told what it gave by document:
    /// what rests on such a right in its own dossiers waits.
    pub unheard: Option<&'a UnitId>,
}

/// What was decided on a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every change was admitted; `known` when none was new. The digests are the tips held.
    Admitted {
        /// Tips of every line of the parcel, to be acknowledged.
        tips: Vec<Hash>,
        /// How many changes were new.
        new: u32,
        /// What the store keeps of it.
        kept: Kept,
    },
    /// Something it rests on has not arrived.
    Held(HoldReason),
    /// Signed by a member, but without right: kept apart, visible.
    Quarantined(QuarantineReason),
    /// Not genuine; a strike against the peer that brought it.
    Rejected(RejectReason),
    /// Two different envelopes at one place of a line.
    Forked(Author),
}

/// What the store keeps of an admitted parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: all was known.
    Nothing,
    /// The parcel as it came, behind the copy.
    Parcel,
    /// The parcel as it came, as the copy.
    Copy,
    /// The merged dossier, compacted, as the copy.
    Merged,
}

/// What a held parcel waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldReason {
    /// A member this node has not heard of.
    UnknownMember(NodeId),
    /// A custody record this node has not seen.
    UnknownEpoch(u32),
    /// Earlier changes of the same author.
    LineGap,
    /// Changes it depends on.
    Dependencies,
    /// The dossier itself.
    UnknownDossier,
    /// The end of the custody epoch it was made in, which is asked for and not decided.
    Closing,
    /// What its body gave by document and forgot, until the superior has told it.
    Unheard,
}

/// Why a genuine parcel stays outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuarantineReason {
    /// The author had no right: stable code of the rule.
    NoRight(String),
    /// The author was shut out by this entry of the member list.
    RevokedAuthor(u64),
    /// The author wrote two histories.
    Fork,
    /// The custody record was issued without right.
    Custody,
    /// It lies outside the custody epoch it was made in, which is closed (Điều 10).
    Late,
}

/// Why a parcel is not genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u16)]
pub enum RejectReason {
    /// Not a parcel, or over a limit.
    Malformed = 101,
    /// The pre-check or Automerge refused the bytes.
    Bytes = 102,
    /// A line whose actor is not its author's.
    ForeignActor = 103,
    /// A change no line vouches for.
    UnsignedChange = 104,
    /// A signature that is not the author's.
    Signature = 105,
    /// Sequences and proofs do not match.
    LineShape = 106,
    /// An envelope without person or basis.
    MalformedEnvelope = 107,
    /// The custody chain does not hold.
    Custody = 108,
    /// The change writes outside the form.
    Content = 109,
    /// A dossier outside the scope of the peer.
    Scope = 110,
}

/// Why a parcel was not admitted, as it is stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outside {
    /// Waits.
    Held(HoldReason),
    /// Kept apart.
    Quarantined(QuarantineReason),
}

/// Judges `parcel` and, when it is admitted, brings `opened` up to date.
///
/// On any other verdict `opened` is as it was.
pub fn admit(
    parcel: &Parcel,
    opened: &mut Option<Opened>,
    authority: Authority<'_>,
    crypto: &dyn Crypto,
) -> Verdict {
    let result = match opened {
        Some(known) => admit_known(parcel, known, authority, crypto),
        None => admit_first(parcel, authority, crypto).map(|(first, verdict)| {
            *opened = Some(first);
            verdict
        }),
    };
    result.unwrap_or_else(|verdict| verdict)
}

fn admit_known(
    parcel: &Parcel,
    known: &mut Opened,
    authority: Authority<'_>,
    crypto: &dyn Crypto,
) -> Result<Verdict, Verdict> {
    let shared = parcel.custody.len().min(known.holding.custody.len());
    if parcel.custody[..shared] != known.holding.custody[..shared] {
        return Err(Verdict::Quarantined(QuarantineReason::Custody));
    }
    if parcel.custody.len() > shared {
        return Err(Verdict::Held(HoldReason::UnknownEpoch(count(shared))));
    }
    let (headers, incoming) = match &parcel.body {
        Body::Saved(bytes) => {
            let document = load(bytes)?;
            (document.changes().cloned().collect(), Some(document))
        }
        Body::Changes(changes) => (read_headers(changes)?, None),
    };
    let chain = known.holding.chain().ok_or(Verdict::Rejected(RejectReason::Custody))?;
    let records: Vec<Hash> = known.holding.custody.iter().map(SignedCustody::hash).collect();
    let proven = lines::prove(
        &parcel.dossier,
        &records,
        &headers,
        &parcel.lines,
        &*known,
        authority,
        crypto,
    )?;
    if proven.new.is_empty() {
        return Ok(admitted(&proven, Kept::Nothing));
    }
    let held = known.document.changes().filter_map(|change| {
        let (author, _) = known.provenance(change)?;
        Some((change, author.epoch))
    });
    judge_epochs(&proven, &chain, &headers, held)?;
    // Who may write nothing on such a basis is told so, whatever the changes rest on.
    let moments = Moments::new(Some(&known.document), &headers);
    judge_standing(&proven, &parcel.dossier, &chain, authority, &moments)?;
    let new = collect_new(parcel, incoming.as_ref(), &headers, &known.document)?;
    let mut judged = Ok(());
    let lawful = |document: &Document| {
        let history = Merged::new(document, &known.history, authority.sides);
        let moments = Moments::new(Some(document), &[]);
        let moments = Some(&moments);
        judged = judge_rights(&proven, &parcel.dossier, &chain, authority, &history, moments);
        judged.is_ok()
    };
    let applied = known.document.apply_when(&new, lawful);
    judged?;
    applied.map_err(|error| refused(&error))?;
    let kept = if incoming.is_some() { Kept::Merged } else { Kept::Parcel };
    let verdict = admitted(&proven, kept);
    known.holding.set_lines(proven.tips);
    known.holding.heads = known.document.heads();
    known.holding.changes += count(new.len());
    record_history(&mut known.history, &known.holding, &parcel.lines);
    Ok(verdict)
}

/// A document with the changes that are being judged, and the envelopes known before.
struct Merged<'a> {
    document: &'a Document,
    metas: &'a BTreeMap<ActorId, LineHistory>,
    sides: &'a Sides,
    events: Vec<Recorded>,
    /// Whether it was opened by a phiếu alone.
    bare: bool,
}

impl<'a> Merged<'a> {
    fn new(
        document: &'a Document,
        metas: &'a BTreeMap<ActorId, LineHistory>,
        sides: &'a Sides,
    ) -> Self {
        let events = document.events().into_iter().map(|(_, event)| event).collect();
        Self { document, metas, sides, events, bare: document.is_bare() }
    }
}

impl History for Merged<'_> {
    fn touched(&self, change: &Hash) -> Option<Touched> {
        self.document.touched(change, self.sides)
    }

    fn known(&self, change: &Hash, earlier: &Hash) -> Option<(Author, &Meta)> {
        let header = self.document.change(earlier).filter(|_| self.builds_on(change, earlier))?;
        let line = self.metas.get(&header.actor)?;
        let place = usize::try_from(header.seq.checked_sub(1)?).ok()?;
        line.metas.get(place).map(|meta| (line.author, meta))
    }

    fn was_closed(&self, change: &Hash) -> bool {
        !self.events.is_empty() && self.document.was_closed(&self.events, change)
    }

    fn lacked_form(&self, change: &Hash) -> bool {
        self.bare && self.document.lacks_approval(Some(change))
    }

    fn builds_on(&self, change: &Hash, earlier: &Hash) -> bool {
        self.document.builds_on(change, earlier)
    }
}

fn admitted(proven: &Proven<'_>, kept: Kept) -> Verdict {
    let tips = proven.tips.iter().map(|tip| tip.tip).chain(proven.known.iter().copied());
    Verdict::Admitted { tips: tips.collect(), new: count(proven.new.len()), kept }
}

/// Checks that the chain links, that each record was issued by a member with the right to do so.
fn judge_custody(
    custody: &[SignedCustody],
    parcel: &Parcel,
    authority: Authority<'_>,
    crypto: &dyn Crypto,
) -> Result<CustodyChain, Verdict> {
    let broken = Verdict::Rejected(RejectReason::Custody);
    let mut chain: Option<CustodyChain> = None;
    for signed in custody {
        let member = authority
            .members
            .get(&signed.issuer)
            .ok_or(Verdict::Held(HoldReason::UnknownMember(signed.issuer)))?;
        let hash = signed.hash();
        if signed.record.dossier != parcel.dossier
            || !crypto.verify(&member.change_key, hash.as_bytes(), &signed.signature)
        {
            return Err(broken);
        }
        match &mut chain {
            Some(chain) => {
                chain.push(signed.record.clone(), hash).map_err(|_| broken.clone())?;
            }
            None => {
                judge_genesis(&signed.record, member, authority)?;
                let first = CustodyChain::new(signed.record.clone(), hash);
                chain = Some(first.map_err(|_| broken.clone())?);
            }
        }
    }
    chain.ok_or(broken)
}

fn read_headers(changes: &[serde_bytes::ByteBuf]) -> Result<Vec<ChangeHeader>, Verdict> {
    changes.iter().map(|bytes| ChangeHeader::read(bytes).map_err(|_| bytes_refused())).collect()
}

fn collect_new(
    parcel: &Parcel,
    incoming: Option<&Document>,
    headers: &[ChangeHeader],
    known: &Document,
) -> Result<Vec<Vec<u8>>, Verdict> {
    let mut new = Vec::new();
    for (place, header) in headers.iter().enumerate() {
        if known.has_change(&header.hash) {
            continue;
        }
        let bytes = match (&parcel.body, incoming) {
            (Body::Changes(changes), _) => Some(changes[place].to_vec()),
            (Body::Saved(_), Some(document)) => document.change_bytes(&header.hash),
            (Body::Saved(_), None) => None,
        };
        new.push(bytes.ok_or_else(bytes_refused)?);
    }
    Ok(new)
}

fn bytes_refused() -> Verdict {
    Verdict::Rejected(RejectReason::Bytes)
}

fn refused(error: &ApplyError) -> Verdict {
    match error {
        ApplyError::MissingDependencies(_) => Verdict::Held(HoldReason::Dependencies),
        ApplyError::Precheck(_) => bytes_refused(),
        _ => Verdict::Rejected(RejectReason::Content),
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).expect("limits keep counts far below u32")
}

impl KnownLines for Opened {
    fn tip(&self, actor: &ActorId) -> Option<LineTip> {
        self.holding.line(actor).cloned()
    }

    fn hash_at(&self, actor: &ActorId, sequence: u64) -> Option<Hash> {
        self.envelope_hash(actor, sequence)
    }
}
