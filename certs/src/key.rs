//! Ed25519 keys (RFC 8032): private keys from a seed, public keys as 32 bytes.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use dossier::{Hash, NodeId};
use rcgen::{PKCS_ED25519, PublicKeyData, SignatureAlgorithm, SigningKey};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

/// Everything of an Ed25519 PKCS#8 version 1 document before the seed (RFC 8410 section 7).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Everything of an Ed25519 `SubjectPublicKeyInfo` before the key (RFC 8410 section 4).
const SPKI_PREFIX: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A private key, wiped from memory when dropped.
pub struct PrivateKey {
    seed: Zeroizing<[u8; 32]>,
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

impl Clone for PrivateKey {
    fn clone(&self) -> Self {
        Self::from_seed(*self.seed())
    }
}

impl PrivateKey {
    /// Expands a seed. Equal seeds give equal keys.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are an Ed25519 seed");
        let public = pair.public_key().as_ref().try_into().expect("public keys are 32 bytes");
        Self { seed: Zeroizing::new(seed), pair, public }
    }

    /// The seed, to be sealed by whoever keeps the key.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The public key.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Signs bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(message).as_ref().try_into().expect("signatures are 64 bytes")
    }

    /// The unencrypted PKCS#8 document.
    pub(crate) fn pkcs8(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&PKCS8_PREFIX[..], &self.seed[..]].concat())
    }

    /// The key in the form rustls loads.
    pub(crate) fn for_tls(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.pkcs8().to_vec()).into()
    }

    /// Reads the one shape of PKCS#8 that [`Self::pkcs8`] writes.
    pub(crate) fn from_pkcs8(document: &[u8]) -> Option<Self> {
        let seed = document.strip_prefix(&PKCS8_PREFIX)?;
        seed.try_into().ok().map(Self::from_seed)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(of {})", hex::encode(self.public))
    }
}

impl PublicKeyData for PrivateKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.pair.sign(message).as_ref().to_vec())
    }
}

/// A public key on its way into a certificate.
pub(crate) struct CertifiedKey<'a>(pub(crate) &'a [u8; 32]);

impl PublicKeyData for CertifiedKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

/// Reports whether `signature` is of `public` over `message`.
pub fn verify(public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
}

/// Hashes the `SubjectPublicKeyInfo` of a key: the name under which a TLS key is listed or revoked.
pub fn spki_hash(public: &[u8; 32]) -> Hash {
    Hash::of(&[&SPKI_PREFIX[..], &public[..]].concat())
}

/// Extracts the key of an Ed25519 `SubjectPublicKeyInfo`; `None` for every other algorithm.
pub(crate) fn from_spki(der: &[u8]) -> Option<[u8; 32]> {
    der.strip_prefix(&SPKI_PREFIX)?.try_into().ok()
}

/// Names the node whose first change key this is.
pub fn node_id(change_key: &[u8; 32]) -> NodeId {
    let digest = Hash::of(change_key);
    NodeId::from_slice(&digest.as_bytes()[..NodeId::LENGTH]).expect("a digest is longer than an id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_give_the_keys_of_rfc_8032() {
        // RFC 8032 section 7.1, test 1.
        let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
            .expect("hexadecimal");
        let key = PrivateKey::from_seed(seed.try_into().expect("32 bytes"));
        assert_eq!(
            hex::encode(key.public()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        assert!(verify(key.public(), b"x", &key.sign(b"x")));
        assert!(!verify(key.public(), b"y", &key.sign(b"x")));
    }

    #[test]
    fn documents_go_there_and_back() {
        let key = PrivateKey::from_seed([3; 32]);
        let again = PrivateKey::from_pkcs8(&key.pkcs8()).expect("its own document");
        assert_eq!(again.public(), key.public());
        assert_eq!(from_spki(&key.subject_public_key_info()), Some(*key.public()));
        assert!(!format!("{key:?}").contains(&hex::encode([3; 32])));
    }
}
