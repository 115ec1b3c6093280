//! The TLS keys that no door opens to.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

use dossier::Hash;

/// Hashes of the `SubjectPublicKeyInfo` of revoked TLS keys, shared by all handshakes.
///
/// It is filled from the signed member list. Replacing it does not touch live sessions; their
/// owner closes them.
#[derive(Debug, Default)]
pub struct RevokedKeys(RwLock<BTreeSet<Hash>>);

impl RevokedKeys {
    /// Starts from a list.
    pub fn new(keys: impl IntoIterator<Item = Hash>) -> Self {
        Self(RwLock::new(keys.into_iter().collect()))
    }

    /// Takes the place of the whole list.
    pub fn replace(&self, keys: impl IntoIterator<Item = Hash>) {
        let keys = keys.into_iter().collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Adds one key.
    pub fn insert(&self, key: Hash) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    /// Reports whether a key is revoked.
    pub fn contains(&self, key: &Hash) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(key)
    }
}
