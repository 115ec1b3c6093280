//! Acknowledgements: a superior's signed word that it holds what it was sent, on disk.
//!
//! An acknowledgement names **tips**: digests of envelopes. Envelopes of one author are
//! hash-linked, so a tip vouches for the whole line up to it. Tips are opaque to everybody who
//! does not hold the line, so an acknowledgement may pass through any node.

use dossier::{Hash, Incarnation, NodeId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    codec,
    signature::{Crypto, PublicKey, Signature},
};

/// What a superior says it holds durably.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The node that holds.
    pub by: NodeId,
    /// Its life.
    pub incarnation: Incarnation,
    /// When it signed, for people.
    pub at: Timestamp,
    /// Digests of the newest envelope of each line it holds.
    pub tips: Vec<Hash>,
}

/// An acknowledgement with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAcknowledgement {
    /// What is said.
    pub said: Acknowledgement,
    /// Signature over [`SignedAcknowledgement::hash`] by the change key of `said.by`.
    pub signature: Signature,
}

impl SignedAcknowledgement {
    /// Signs `said` with this node's change key.
    pub fn issue(said: Acknowledgement, crypto: &dyn Crypto) -> Self {
        let hash = Self::digest(&said);
        Self { said, signature: crypto.sign(hash.as_bytes()) }
    }

    /// The digest that is signed.
    pub fn hash(&self) -> Hash {
        Self::digest(&self.said)
    }

    /// Whether the holder of `key` said it.
    pub fn is_signed_by(&self, key: &PublicKey, crypto: &dyn Crypto) -> bool {
        crypto.verify(key, self.hash().as_bytes(), &self.signature)
    }

    fn digest(said: &Acknowledgement) -> Hash {
        Hash::tagged("hoso/ack/1", &[&codec::encode(said)])
    }
}
