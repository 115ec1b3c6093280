//! Digests under the content key of a dossier: HMAC-SHA-256.

use aws_lc_rs::hmac;
use dossier::{Hash, attachment::ContentKey};
use protocol::attachment::KeyedDigest;

/// Digests of one dossier.
pub struct ContentDigest(hmac::Key);

impl ContentDigest {
    /// Digests under `key`.
    pub fn new(key: &ContentKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()))
    }
}

impl std::fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentDigest")
    }
}

impl KeyedDigest for ContentDigest {
    fn digest(&self, purpose: &str, bytes: &[u8]) -> Hash {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose.as_bytes());
        // No purpose holds this byte, so that purpose and bytes are told apart.
        context.update(&[0]);
        context.update(bytes);
        Hash::from_slice(context.sign().as_ref()).expect("hmac-sha-256 has 32 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_depend_on_key_purpose_and_bytes() {
        let of = |key: u8, purpose: &str, bytes: &[u8]| {
            ContentDigest::new(&ContentKey::from_bytes([key; 32])).digest(purpose, bytes)
        };
        let one = of(1, "chunk", b"abc");
        assert_eq!(one, of(1, "chunk", b"abc"));
        for other in [of(2, "chunk", b"abc"), of(1, "content", b"abc"), of(1, "chun", b"kabc")] {
            assert_ne!(one, other);
        }
    }
}
