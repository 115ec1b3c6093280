//! Author lines: proof that every change of a parcel was signed by the node it names, without gap
//! or fork.

use std::collections::BTreeMap;

use dossier::{
    ActorId, DossierId, Hash,
    document::ChangeHeader,
    plant::{self, Plant},
};

use crate::{
    admission::{Authority, HoldReason, QuarantineReason, RejectReason, Verdict},
    envelope::{Author, Envelope, Meta, is_signed},
    parcel::{LineProof, LineTip, hint},
    signature::Crypto,
};

/// What is known of the lines of a dossier before a parcel is judged.
pub trait KnownLines {
    /// The newest known envelope of `actor`'s line.
    fn tip(&self, actor: &ActorId) -> Option<LineTip>;
    /// Digest of the envelope at `sequence` of a known line.
    fn hash_at(&self, actor: &ActorId, sequence: u64) -> Option<Hash>;
}

/// A dossier nobody here knows.
#[derive(Debug)]
pub struct NoLines;

impl KnownLines for NoLines {
    fn tip(&self, _: &ActorId) -> Option<LineTip> {
        None
    }

    fn hash_at(&self, _: &ActorId, _: u64) -> Option<Hash> {
        None
    }
}

/// One change that is new here, with who answers for it.
#[derive(Debug)]
pub struct NewChange<'p> {
    /// Its digest.
    pub hash: Hash,
    /// Who wrote it.
    pub author: Author,
    /// What its envelope says.
    pub meta: &'p Meta,
    /// When it was made, as it says, in seconds since the Unix epoch.
    pub at_seconds: i64,
}

/// What a parcel's proofs establish.
#[derive(Debug, Default)]
pub struct Proven<'p> {
    /// Changes not known before.
    pub new: Vec<NewChange<'p>>,
    /// The newest envelope of each line that grew.
    pub tips: Vec<LineTip>,
    /// Tip digests of lines the parcel brought that were known already.
    pub known: Vec<Hash>,
}

/// Proves the lines of a parcel.
///
/// `records` gives the digest of the custody record of each epoch.
///
/// # Errors
/// The verdict on the whole parcel, when any line does not hold.
pub fn prove<'p>(
    dossier: &DossierId,
    records: &[Hash],
    changes: &[ChangeHeader],
    proofs: &'p [LineProof],
    known: &dyn KnownLines,
    authority: Authority<'_>,
    crypto: &dyn Crypto,
) -> Result<Proven<'p>, Verdict> {
    let mut by_actor: BTreeMap<ActorId, Vec<&ChangeHeader>> = BTreeMap::new();
    for change in changes {
        by_actor.entry(change.actor).or_default().push(change);
    }
    let mut proven = Proven::default();
    for proof in proofs {
        let author = proof.author;
        let member = authority
            .members
            .get(&author.node)
            .ok_or(Verdict::Held(HoldReason::UnknownMember(author.node)))?;
        let actor = author.actor(&member.change_key, dossier);
        let mut line =
            by_actor.remove(&actor).ok_or(Verdict::Rejected(RejectReason::ForeignActor))?;
        line.sort_by_key(|change| change.seq);
        let record = *records
            .get(author.epoch as usize)
            .ok_or(Verdict::Held(HoldReason::UnknownEpoch(author.epoch)))?;
        let walk = Walk { dossier, record, actor, proof, line: &line };
        let before = proven.new.len();
        walk.follow(known, &mut proven)?;
        let grew = proven.new.len() > before;
        if let Some(tip) = proven.tips.last().filter(|tip| tip.actor == actor)
            && !is_signed(&tip.tip, &member.change_key, &proof.signature, crypto)
            && !plant::is(Plant::SkipSignature)
        {
            return Err(Verdict::Rejected(RejectReason::Signature));
        }
        if grew
            && !authority.relayed
            && let Some((number, _)) = &member.revoked
        {
            return Err(Verdict::Quarantined(QuarantineReason::RevokedAuthor(*number)));
        }
    }
    if by_actor.is_empty() {
        Ok(proven)
    } else {
        Err(Verdict::Rejected(RejectReason::UnsignedChange))
    }
}

struct Walk<'a, 'p> {
    dossier: &'a DossierId,
    record: Hash,
    actor: ActorId,
    proof: &'p LineProof,
    line: &'a [&'a ChangeHeader],
}

impl<'p> Walk<'_, 'p> {
    fn follow(&self, known: &dyn KnownLines, proven: &mut Proven<'p>) -> Result<(), Verdict> {
        self.check_shape()?;
        let tip = known.tip(&self.actor);
        let held = tip.as_ref().map_or(0, |tip| tip.sequence);
        let last = self.proof.first + self.line.len() as u64 - 1;
        let before = self.proof.first - 1;
        if before > held {
            return Err(Verdict::Held(HoldReason::LineGap));
        }
        let mut previous = match &tip {
            _ if before == 0 => Hash::ZERO,
            Some(tip) if before == held => tip.tip,
            _ => known.hash_at(&self.actor, before).ok_or(Verdict::Held(HoldReason::LineGap))?,
        };
        if hint(&previous) != self.proof.previous && !plant::is(Plant::SkipForks) {
            return Err(Verdict::Forked(self.proof.author));
        }
        for (change, meta) in self.line.iter().zip(self.proof.metas()) {
            previous = self.envelope(change, meta, previous).hash();
            let other = tip.as_ref().is_some_and(|tip| tip.tip != previous);
            if change.seq == held && other && !plant::is(Plant::SkipForks) {
                return Err(Verdict::Forked(self.proof.author));
            }
            if change.seq > held {
                let (hash, author) = (change.hash, self.proof.author);
                let at_seconds = change.time_seconds;
                proven.new.push(NewChange { hash, author, meta, at_seconds });
            }
        }
        if last > held {
            proven.tips.push(LineTip {
                author: self.proof.author,
                actor: self.actor,
                sequence: last,
                tip: previous,
                signature: self.proof.signature,
            });
        } else {
            if last < held && known.hash_at(&self.actor, last) != Some(previous) {
                return Err(Verdict::Forked(self.proof.author));
            }
            proven.known.push(previous);
        }
        Ok(())
    }

    fn check_shape(&self) -> Result<(), Verdict> {
        let first = self.proof.first;
        let consecutive =
            self.line.iter().zip(first..).all(|(change, expected)| change.seq == expected);
        let spoken = self.proof.metas().all(Meta::is_well_formed);
        if first == 0 || !consecutive || self.proof.count() != Some(self.line.len() as u64) {
            Err(Verdict::Rejected(RejectReason::LineShape))
        } else if !spoken {
            Err(Verdict::Rejected(RejectReason::MalformedEnvelope))
        } else {
            Ok(())
        }
    }

    fn envelope<'m>(&self, change: &ChangeHeader, meta: &'m Meta, previous: Hash) -> Envelope<'m> {
        Envelope {
            dossier: *self.dossier,
            record: self.record,
            author: self.proof.author,
            actor: self.actor,
            change: change.hash,
            sequence: change.seq,
            previous,
            meta,
        }
    }
}
