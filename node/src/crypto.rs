//! The cryptography the machines ask for, by the one provider in the tree.

use certs::key::{self, PrivateKey};
use protocol::{Crypto, PublicKey, Signature};

/// Verifies anybody's signatures and signs with one key.
#[derive(Clone)]
pub struct KeyCrypto {
    key: PrivateKey,
}

impl KeyCrypto {
    /// Signs with `key`.
    pub fn new(key: PrivateKey) -> Self {
        Self { key }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(*self.key.public())
    }
}

impl std::fmt::Debug for KeyCrypto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyCrypto").field("public", &self.public()).finish()
    }
}

impl Crypto for KeyCrypto {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        key::verify(&key.0, message, &signature.to_bytes())
    }

    fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.key.sign(message))
    }
}
