//! Control records that flow down the tree: the signed, versioned org tree.

use dossier::{Hash, Timestamp, unit::UnitTree};
use serde::{Deserialize, Serialize};

use crate::{
    codec,
    signature::{Crypto, PublicKey, Signature},
};

/// The org tree as Sở Nội vụ issued it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTree {
    /// Counts up from 1.
    pub version: u64,
    /// When it was issued, for people.
    pub at: Timestamp,
    /// The units.
    pub tree: UnitTree,
    /// The register's signature over [`SignedTree::hash`].
    pub signature: Signature,
}

impl SignedTree {
    /// Signs `tree` as version `version` with the key behind `register`.
    pub fn issue(version: u64, at: Timestamp, tree: UnitTree, register: &dyn Crypto) -> Self {
        let hash = Self::digest(version, at, &tree);
        Self { version, at, tree, signature: register.sign(hash.as_bytes()) }
    }

    /// Whether the register signed it.
    pub fn is_signed_by(&self, register: &PublicKey, crypto: &dyn Crypto) -> bool {
        let hash = Self::digest(self.version, self.at, &self.tree);
        crypto.verify(register, hash.as_bytes(), &self.signature)
    }

    fn digest(version: u64, at: Timestamp, tree: &UnitTree) -> Hash {
        Hash::tagged("hoso/tree/1", &[&codec::encode(&(version, at, tree))])
    }
}
