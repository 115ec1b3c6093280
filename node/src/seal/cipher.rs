//! The one cipher of the vault, AES-256-GCM-SIV (RFC 8452), and the derivation of keys by HKDF and
//! HMAC with SHA-256 (RFC 5869, RFC 2104).
//!
//! GCM-SIV because a restored or cloned disk repeats counters and generators of random numbers: a
//! repeated nonce then shows only that two values are equal.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use protocol::plant::{self, Plant};
use zeroize::Zeroizing;

/// Bytes that sealing adds.
pub const TAG: usize = 16;
/// Bytes of a nonce.
pub const NONCE: usize = 12;

/// A key of 256 bits, wiped when it is dropped.
pub(super) type KeyBytes = Zeroizing<[u8; 32]>;

/// Seals and opens with one key.
pub(super) struct Cipher(LessSafeKey);

impl Cipher {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM_SIV, key).expect("a key of 32 bytes");
        Self(LessSafeKey::new(key))
    }

    /// Seals `bytes[from..]` where they are and adds the tag.
    pub(super) fn seal(&self, nonce: [u8; NONCE], aad: &[u8], bytes: &mut Vec<u8>, from: usize) {
        if plant::is(Plant::SkipSealing) {
            bytes.extend_from_slice(&[0; TAG]);
            return;
        }
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut bytes[from..]);
        bytes.extend_from_slice(tag.expect("values are far below the cipher's limit").as_ref());
    }

    /// Opens `bytes` where they are; the length of the plain part in front.
    pub(super) fn open(&self, nonce: [u8; NONCE], aad: &[u8], bytes: &mut [u8]) -> Option<usize> {
        if plant::is(Plant::SkipSealing) {
            return bytes.len().checked_sub(TAG);
        }
        let nonce = Nonce::assume_unique_for_key(nonce);
        Some(self.0.open_in_place(nonce, Aad::from(aad), bytes).ok()?.len())
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher(…)")
    }
}

struct Length;

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

/// HKDF-SHA-256: a key from secret bytes, a salt and what it is for.
pub(super) fn derive(secret: &[u8], salt: &[u8], purpose: &[u8]) -> KeyBytes {
    let mut key = Zeroizing::new([0; 32]);
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let purpose = [purpose];
    let expanded = extracted.expand(&purpose, Length).expect("32 bytes are within the limit");
    expanded.fill(&mut key[..]).expect("the length asked for");
    key
}

/// Turns ids into names that tell nothing without the key.
pub(super) struct Namer(hmac::Key);

impl Namer {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// HMAC-SHA-256 over the parts, each behind its length.
    pub(super) fn name(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u32).to_le_bytes());
            context.update(part);
        }
        let mut name = [0; 32];
        name.copy_from_slice(context.sign().as_ref());
        name
    }
}

impl std::fmt::Debug for Namer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Namer(…)")
    }
}
