//! Signed heads of a log, and what witnesses add to them.

use dossier::{Hash, Incarnation, NodeId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    codec,
    signature::{Crypto, PublicKey, Signature},
};

/// Names the log of one life of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogId(pub Hash);

impl LogId {
    /// The log a node writes in one of its lives.
    pub fn of(node: &NodeId, incarnation: &Incarnation) -> Self {
        Self(Hash::tagged("hoso/audit/log/1", &[node.as_bytes(), incarnation.as_bytes()]))
    }
}

/// What a log was at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The node that writes it.
    pub node: NodeId,
    /// In which of its lives.
    pub incarnation: Incarnation,
    /// Entries so far.
    pub size: u64,
    /// Root of the tree of RFC 6962 over the sealed entries.
    pub root: Hash,
    /// Chain head over the sealed entries.
    pub head: Hash,
    /// When, by the node's clock.
    pub at: Timestamp,
}

impl Checkpoint {
    /// The log.
    pub fn log(&self) -> LogId {
        LogId::of(&self.node, &self.incarnation)
    }

    /// Whether another checkpoint of the same log and size speaks of the same entries.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (self.size, self.root, self.head) == (other.size, other.root, other.head)
    }

    /// The digest that is signed.
    pub fn hash(&self) -> Hash {
        Hash::tagged("hoso/audit/checkpoint/1", &[&codec::encode(self)])
    }
}

/// A checkpoint with the signature of the node's change key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCheckpoint {
    /// What is said.
    pub checkpoint: Checkpoint,
    /// Signature over [`Checkpoint::hash`].
    pub signature: Signature,
}

impl SignedCheckpoint {
    /// Signs with this node's change key.
    pub fn issue(checkpoint: Checkpoint, crypto: &dyn Crypto) -> Self {
        let signature = crypto.sign(checkpoint.hash().as_bytes());
        Self { checkpoint, signature }
    }

    /// Whether the holder of `key` said it.
    pub fn is_signed_by(&self, key: &PublicKey, crypto: &dyn Crypto) -> bool {
        crypto.verify(key, self.checkpoint.hash().as_bytes(), &self.signature)
    }
}

/// A superior's word that it keeps a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cosignature {
    /// The superior.
    pub by: NodeId,
    /// When, by its clock.
    pub at: Timestamp,
    /// Signature of its change key.
    pub signature: Signature,
}

impl Cosignature {
    /// The most of them on one checkpoint: one for each tier above, and their successors.
    pub const MOST: usize = 8;

    /// Signs `checkpoint` as the witness `by`.
    pub fn issue(checkpoint: &Checkpoint, by: NodeId, at: Timestamp, crypto: &dyn Crypto) -> Self {
        let signature = crypto.sign(Self::digest(checkpoint, &by, at).as_bytes());
        Self { by, at, signature }
    }

    /// Whether the holder of `key` witnessed `checkpoint`.
    pub fn is_signed_by(
        &self,
        key: &PublicKey,
        checkpoint: &Checkpoint,
        crypto: &dyn Crypto,
    ) -> bool {
        let digest = Self::digest(checkpoint, &self.by, self.at);
        crypto.verify(key, digest.as_bytes(), &self.signature)
    }

    fn digest(checkpoint: &Checkpoint, by: &NodeId, at: Timestamp) -> Hash {
        let at = at.as_millis().to_be_bytes();
        Hash::tagged("hoso/audit/cosign/1", &[checkpoint.hash().as_bytes(), by.as_bytes(), &at])
    }
}

/// A checkpoint as a node keeps it, its own or as a witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The checkpoint.
    pub signed: SignedCheckpoint,
    /// The witnesses that are known to keep it as well.
    pub cosigned: Vec<Cosignature>,
}

impl Kept {
    /// Adds a witness; `false` when it is known or there is no room.
    pub fn add(&mut self, cosignature: &Cosignature) -> bool {
        let known = self.cosigned.iter().any(|one| one.by == cosignature.by);
        let room = self.cosigned.len() < Cosignature::MOST;
        if !known && room {
            self.cosigned.push(cosignature.clone());
        }
        !known && room
    }
}
