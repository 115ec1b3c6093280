//! The audit key of a node, and the code under which it travels to an inspector.
//!
//! The key seals entries (AES-256-GCM-SIV) and names dossiers by keyed hashes (HMAC-SHA-256). In a
//! package it is wrapped under a code of 128 random bits, which is told once and carried apart.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use dossier::{DossierId, Hash};
use protocol::audit::{Place, Pseudonym, Sealer};
use zeroize::Zeroizing;

/// Seals the entries of one node.
#[derive(Clone)]
pub struct AuditKey {
    seed: Zeroizing<[u8; 32]>,
    cipher: Arc<LessSafeKey>,
    names: hmac::Key,
}

impl AuditKey {
    /// The key of a seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let names = Hash::tagged("hoso/audit/names/1", &[&seed]);
        Self {
            cipher: Arc::new(cipher(&seed)),
            names: hmac::Key::new(hmac::HMAC_SHA256, names.as_bytes()),
            seed: Zeroizing::new(seed),
        }
    }

    /// The seed, for whoever keeps the key.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The keyed hash that stands for a dossier.
    pub fn dossier(&self, dossier: &DossierId) -> Pseudonym {
        self.pseudonym("dossier", dossier.as_bytes())
    }

    /// The key wrapped under `code`.
    pub fn wrap(&self, code: &OpeningCode) -> Vec<u8> {
        let mut bytes = self.seed.to_vec();
        code.cipher()
            .seal_in_place_append_tag(no_nonce(), Aad::from(WRAPPED), &mut bytes)
            .expect("32 bytes are sealed");
        bytes
    }

    /// The key that was wrapped under `code`; `None` for another code.
    pub fn unwrap(wrapped: &[u8], code: &OpeningCode) -> Option<Self> {
        let mut bytes = Zeroizing::new(wrapped.to_vec());
        let plain = code.cipher().open_in_place(no_nonce(), Aad::from(WRAPPED), &mut bytes).ok()?;
        let seed: [u8; 32] = (&*plain).try_into().ok()?;
        Some(Self::from_seed(seed))
    }
}

/// What the key of a sealed copy is derived for, and the copy authenticated as.
const COPY: &[u8] = b"hoso/copy/code/1";

/// What a wrapped key is authenticated as.
const WRAPPED: &[u8] = b"hoso/audit/key/1";

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, key).expect("a key of 32 bytes"))
}

/// A code wraps one key once.
fn no_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKey(…)")
    }
}

impl Sealer for AuditKey {
    fn seal(&self, place: &Place, mut plain: Vec<u8>) -> Vec<u8> {
        let nonce = Nonce::assume_unique_for_key(place.nonce());
        self.cipher
            .seal_in_place_append_tag(nonce, Aad::from(place.associated()), &mut plain)
            .expect("an entry is sealed");
        plain
    }

    fn open(&self, place: &Place, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(place.nonce());
        let aad = Aad::from(place.associated());
        let length = self.cipher.open_in_place(nonce, aad, &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    fn pseudonym(&self, kind: &str, bytes: &[u8]) -> Pseudonym {
        let mut context = hmac::Context::with_key(&self.names);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(bytes);
        let mut name = [0; 16];
        name.copy_from_slice(&context.sign().as_ref()[..16]);
        Pseudonym(name)
    }
}

/// The code that opens the entries of a package: eight groups of four hexadecimal digits.
#[derive(Clone)]
pub struct OpeningCode(Zeroizing<[u8; 16]>);

impl OpeningCode {
    /// The code of random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The code as it is written on paper.
    pub fn text(&self) -> String {
        let digits = hex::encode(&self.0[..]);
        let groups: Vec<&str> = (0..8).map(|at| &digits[at * 4..at * 4 + 4]).collect();
        groups.join("-")
    }

    /// Seals a copy that leaves the system. A code seals one copy.
    pub fn seal_copy(&self, mut plain: Vec<u8>) -> Vec<u8> {
        self.cipher_for(COPY)
            .seal_in_place_append_tag(no_nonce(), Aad::from(COPY), &mut plain)
            .expect("a copy is far below the limit of the cipher");
        plain
    }

    /// Opens a sealed copy; `None` for another code or altered bytes.
    pub fn open_copy(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = sealed.to_vec();
        let cipher = self.cipher_for(COPY);
        let length = cipher.open_in_place(no_nonce(), Aad::from(COPY), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    fn cipher(&self) -> LessSafeKey {
        self.cipher_for(b"hoso/audit/code/1")
    }

    fn cipher_for(&self, label: &[u8]) -> LessSafeKey {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0[..]);
        let derived = hmac::sign(&key, label);
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(derived.as_ref());
        cipher(&bytes)
    }
}

impl fmt::Debug for OpeningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpeningCode(…)")
    }
}

/// Text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an opening code")]
pub struct InvalidCode;

impl FromStr for OpeningCode {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|letter| !" -".contains(*letter)).collect();
        let mut bytes = [0; 16];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| InvalidCode)?;
        Ok(Self::from_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use protocol::audit::LogId;

    use super::*;

    #[test]
    fn an_entry_opens_at_its_own_place_alone() {
        let (key, other) = (AuditKey::from_seed([1; 32]), AuditKey::from_seed([2; 32]));
        let place = Place { log: LogId(Hash::ZERO), sequence: 7 };
        let sealed = key.seal(&place, b"an entry".to_vec());
        assert_eq!(key.open(&place, &sealed).as_deref(), Some(&b"an entry"[..]));
        assert_eq!(key.open(&Place { sequence: 8, ..place }, &sealed), None);
        let elsewhere = Place { log: LogId(Hash::of(b"other")), ..place };
        assert_eq!(key.open(&elsewhere, &sealed), None);
        assert_eq!(other.open(&place, &sealed), None);
        let dossier = DossierId::from_bytes([3; 16]);
        assert_ne!(key.dossier(&dossier), other.dossier(&dossier));
    }

    #[test]
    fn a_copy_opens_with_its_code_alone_and_unaltered() {
        let code = OpeningCode::from_bytes([9; 16]);
        let sealed = code.seal_copy(b"a dossier".to_vec());
        assert_eq!(code.open_copy(&sealed).as_deref(), Some(&b"a dossier"[..]));
        assert_eq!(OpeningCode::from_bytes([8; 16]).open_copy(&sealed), None);
        for place in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[place] ^= 1;
            assert_eq!(code.open_copy(&bent), None, "byte {place}");
        }
    }

    #[test]
    fn a_wrapped_key_opens_with_its_code_alone() {
        let (key, code) = (AuditKey::from_seed([1; 32]), OpeningCode::from_bytes([9; 16]));
        let wrapped = key.wrap(&code);
        let typed: OpeningCode = code.text().to_uppercase().replace('-', " ").parse().expect("one");
        assert_eq!(AuditKey::unwrap(&wrapped, &typed).expect("opens").seed(), key.seed());
        assert!(AuditKey::unwrap(&wrapped, &OpeningCode::from_bytes([8; 16])).is_none());
        assert!("0909".parse::<OpeningCode>().is_err());
        assert!(!format!("{code:?}{key:?}").contains("0909"));
    }
}
