//! Sealing: what the log asks of the shell's cryptography, and the shape of what is sealed.
//!
//! The nonce is the entry's place and the cipher one that forgives a repeated nonce
//! (AES-256-GCM-SIV), for a copied or restored disk writes another entry at the same place.

use dossier::Hash;
use serde::{Deserialize, Serialize};

use super::{Entry, LogId};
use crate::codec;

/// The largest sealed entry, in bytes.
pub const SEALED_MAX: usize = 16 * 1024;

/// Bytes of the authentication tag at the end of a sealed entry.
const TAG: usize = 16;

/// Where an entry stands: sealed under one place it cannot be opened at another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The log.
    pub log: LogId,
    /// Place in it, from 1.
    pub sequence: u64,
}

impl Place {
    /// The nonce: four zero bytes and the sequence.
    pub fn nonce(&self) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.sequence.to_be_bytes());
        nonce
    }

    /// What is authenticated beside the entry.
    pub fn associated(&self) -> Vec<u8> {
        [b"hoso/audit/entry/1", &self.log.0.as_bytes()[..], &self.sequence.to_be_bytes()].concat()
    }
}

/// A keyed hash that names something to those who hold the audit key, and to nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pseudonym(pub [u8; 16]);

/// Seals with the node's audit key.
pub trait Sealer {
    /// Encrypts `plain` for `place`; the tag stands at the end.
    fn seal(&self, place: &Place, plain: Vec<u8>) -> Vec<u8>;

    /// Decrypts what was sealed for `place`; `None` for anything else.
    fn open(&self, place: &Place, sealed: &[u8]) -> Option<Vec<u8>>;

    /// The keyed hash of `bytes`, which are a `kind` of thing.
    fn pseudonym(&self, kind: &str, bytes: &[u8]) -> Pseudonym;
}

/// Encodes, pads and seals an entry. Sealed lengths are 256 bytes times a power of two, so that
/// they tell nothing of the act.
pub(super) fn seal(entry: &Entry, log: LogId, sealer: &dyn Sealer) -> Vec<u8> {
    let body = codec::encode(entry);
    let mut length = 256;
    while length - TAG < body.len() + 4 {
        length *= 2;
    }
    let mut plain = Vec::with_capacity(length);
    plain.extend((body.len() as u32).to_be_bytes());
    plain.extend(body);
    plain.resize(length - TAG, 0);
    sealer.seal(&Place { log, sequence: entry.sequence }, plain)
}

/// Opens what [`seal`] made for `place`.
pub(super) fn open(sealed: &[u8], place: &Place, sealer: &dyn Sealer) -> Option<Entry> {
    if sealed.len() > SEALED_MAX {
        return None;
    }
    let plain = sealer.open(place, sealed)?;
    let (length, rest) = plain.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let body = rest.get(..length)?;
    let entry: Entry = codec::decode(body).ok()?;
    let padded = rest[length..].iter().all(|byte| *byte == 0);
    (padded && entry.sequence == place.sequence).then_some(entry)
}

impl Entry {
    /// Opens a sealed entry at its place; `None` when it was sealed with another key, for another
    /// place, or is no entry.
    pub fn open(sealed: &[u8], place: &Place, sealer: &dyn Sealer) -> Option<Self> {
        open(sealed, place, sealer)
    }

    /// The digest of the canonical bytes, for tests of the format.
    pub fn digest(&self) -> Hash {
        Hash::of(&codec::encode(self))
    }
}
