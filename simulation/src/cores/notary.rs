//! Real keys, with a memory: what each key signed, and which signatures were found good.
//!
//! Whether a signature is good never changes, so it is computed once for the whole province. What a
//! key signed is what the judges compare documents with: they need not trust a verification.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use certs::key::PrivateKey;
use dossier::Hash;
use node::crypto::KeyCrypto;
use protocol::{Crypto, PublicKey, Signature};

/// Signatures that were verified: by whom, over what, and whether they are good.
pub(super) type Verified = Rc<RefCell<BTreeMap<[u8; 64], (PublicKey, Vec<u8>, bool)>>>;

/// One node's key.
#[derive(Debug, Clone)]
pub struct Notary {
    key: KeyCrypto,
    signed: Rc<RefCell<BTreeSet<Vec<u8>>>>,
    verified: Verified,
}

impl Notary {
    /// The key of everybody who is named `name`.
    pub fn new(name: &str) -> Self {
        Self::sharing(name, &Verified::default())
    }

    /// The key of everybody who is named `name`, in the same province.
    pub(crate) fn beside(&self, name: &str) -> Self {
        Self::sharing(name, &self.verified)
    }

    pub(super) fn sharing(name: &str, verified: &Verified) -> Self {
        let seed = *Hash::of(name.as_bytes()).as_bytes();
        let key = KeyCrypto::new(PrivateKey::from_seed(seed));
        Self { key, signed: Rc::default(), verified: Rc::clone(verified) }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.key.public()
    }

    /// Whether this key ever signed a message.
    pub(super) fn has_signed(&self, message: &[u8]) -> bool {
        self.signed.borrow().contains(message)
    }
}

impl Crypto for Notary {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        let bytes = signature.to_bytes();
        if let Some((by, over, good)) = self.verified.borrow().get(&bytes)
            && by == key
            && over == message
        {
            return *good;
        }
        let good = self.key.verify(key, message, signature);
        self.verified.borrow_mut().insert(bytes, (*key, message.to_vec(), good));
        good
    }

    fn sign(&self, message: &[u8]) -> Signature {
        self.signed.borrow_mut().insert(message.to_vec());
        self.key.sign(message)
    }
}
