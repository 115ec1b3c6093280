//! Envelopes: who made a change, in what right, on what basis, signed.
//!
//! Automerge believes whoever speaks, so every change travels with an envelope signed by the node
//! that made it. Envelopes of one author in one dossier form a hash-linked **line**: the signature
//! of the newest vouches for all before it, and one signature per author travels and is verified.
//!
//! An envelope is never stored whole: all but its [`Meta`] follows from the change and its place in
//! the line. What is signed is the canonical encoding pinned by a golden test.

use dossier::{
    ActorId, DossierId, Hash, Incarnation, LegalBasis, NodeId, Review, Role, custody::CustodyRecord,
};
use serde::{Deserialize, Serialize};

use crate::{
    codec,
    limits::LIMITS,
    signature::{Crypto, PublicKey, Signature},
};

/// The node, in one of its lives, that writes in one custody epoch: the author of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Author {
    /// The node.
    pub node: NodeId,
    /// Its life; renewed whenever its store may have gone back in time.
    pub incarnation: Incarnation,
    /// The custody epoch the changes are made under.
    pub epoch: u32,
}

impl Author {
    /// The Automerge actor of this author in `dossier`. It depends on the node's key, so nobody
    /// can write under another's name, and on the incarnation, so a restored node never repeats a
    /// sequence number.
    pub fn actor(&self, key: &PublicKey, dossier: &DossierId) -> ActorId {
        let digest = Hash::tagged(
            "hoso/actor/1",
            &[&key.0, self.incarnation.as_bytes(), dossier.as_bytes(), &self.epoch.to_be_bytes()],
        );
        let mut actor = [0; 16];
        actor.copy_from_slice(&digest.as_bytes()[..16]);
        ActorId::from_bytes(actor)
    }
}

/// What an envelope says beyond what the change itself shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Meta {
    /// The person, as the unit's list of persons names them.
    pub person: String,
    /// In what capacity.
    pub role: Role,
    /// On what document or declaration.
    pub basis: LegalBasis,
    /// Whether it waits for review.
    pub review: Review,
}

impl Meta {
    /// Whether every text is present where it must be and within its limit.
    pub fn is_well_formed(&self) -> bool {
        !self.person.trim().is_empty()
            && self.person.len() <= LIMITS.person_bytes_max
            && self.basis.is_well_formed()
    }
}

/// One envelope, as it is signed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Envelope<'a> {
    /// The dossier.
    pub dossier: DossierId,
    /// Hash of the custody record the change is made under.
    pub record: Hash,
    /// Who writes.
    pub author: Author,
    /// The Automerge actor of the author.
    pub actor: ActorId,
    /// Hash of the change.
    pub change: Hash,
    /// Place in the line, from 1; equals the change's own sequence.
    pub sequence: u64,
    /// Hash of the envelope before it in the line; [`Hash::ZERO`] for the first.
    pub previous: Hash,
    /// Person, role, basis, review.
    pub meta: &'a Meta,
}

impl Envelope<'_> {
    /// The digest that is linked and signed.
    pub fn hash(&self) -> Hash {
        Hash::tagged("hoso/chg/1", &[&codec::encode(self)])
    }
}

/// Signs the envelope whose digest is `hash`.
pub fn sign(hash: &Hash, crypto: &dyn Crypto) -> Signature {
    crypto.sign(hash.as_bytes())
}

/// Whether `signature` is the author's over the envelope whose digest is `hash`.
pub fn is_signed(hash: &Hash, key: &PublicKey, signature: &Signature, crypto: &dyn Crypto) -> bool {
    crypto.verify(key, hash.as_bytes(), signature)
}

/// A custody record with the signature of the node that issued it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCustody {
    /// The record.
    pub record: CustodyRecord,
    /// The node that signed.
    pub issuer: NodeId,
    /// Its signature over [`SignedCustody::hash`].
    pub signature: Signature,
}

impl SignedCustody {
    /// Signs `record` as `issuer`.
    pub fn issue(record: CustodyRecord, issuer: NodeId, crypto: &dyn Crypto) -> Self {
        let hash = Self::digest(&record, issuer);
        Self { record, issuer, signature: crypto.sign(hash.as_bytes()) }
    }

    /// The digest that is signed and that the next record names.
    pub fn hash(&self) -> Hash {
        Self::digest(&self.record, self.issuer)
    }

    fn digest(record: &CustodyRecord, issuer: NodeId) -> Hash {
        Hash::tagged("hoso/custody/1", &[issuer.as_bytes(), &codec::encode(record)])
    }
}
