//! `seal.json`: everything that is kept of a vault, locked by the key of keys.
//!
//! ```text
//! root secret --HKDF(salt, generation)--> key of keys --wraps--> file key --seals--> ring
//! recovery code ------HKDF(salt)--------> ------------wraps--> file key
//! ```
//!
//! The file is replaced whole, synced before its name moves; each writing has a file key of its own.
//! Everything in the open is authenticated with what is sealed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use dossier::{DossierId, Hash, Timestamp};
use protocol::codec;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::cipher::{Cipher, KeyBytes, NONCE, derive};
use super::means::{Profile, Stretch, io_error, root_of};
use super::tree::KeyTree;
use super::{Founding, RecoveryCode, SealError};
use crate::environment::disk::{read_whole, replace_file};
use crate::environment::{Disk, Entropy, entropy::draw};

/// Name of the file in a data directory.
pub(super) const NAME: &str = "seal.json";
/// Version this program writes.
pub(super) const VERSION: u32 = 1;
/// Longest file, in bytes: thousands of destroyed keys.
const FILE_MAX: usize = 16 * 1024 * 1024;
/// Deeds that wait for the audit log; the oldest is dropped beyond it.
const DEEDS_MAX: usize = 64;

/// The keys of a vault.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Ring {
    /// Seals rows and values of nobody's dossier.
    pub(super) store: Zeroizing<[u8; 32]>,
    /// Names rows.
    pub(super) index: Zeroizing<[u8; 32]>,
    /// Seals the small files of the data directory: node keys, authority, audit key.
    pub(super) home: Zeroizing<[u8; 32]>,
    /// The recovery code, so that it can be wrapped again.
    pub(super) recovery: Zeroizing<[u8; 32]>,
    /// The keys of dossiers.
    pub(super) tree: KeyTree,
    /// The present key epoch of a dossier; 0 where none stands.
    pub(super) epochs: BTreeMap<DossierId, u32>,
    /// What was done to the keys while no audit log was open.
    pub(super) deeds: Vec<KeyDeed>,
}

impl Ring {
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        Self {
            store: Zeroizing::new(draw(entropy)),
            index: Zeroizing::new(draw(entropy)),
            home: Zeroizing::new(draw(entropy)),
            recovery: Zeroizing::new(draw(entropy)),
            tree: KeyTree::new(draw(entropy)),
            epochs: BTreeMap::new(),
            deeds: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, deed: KeyDeed) {
        self.deeds.push(deed);
        let surplus = self.deeds.len().saturating_sub(DEEDS_MAX);
        self.deeds.drain(..surplus);
    }
}

/// What was done to the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDeed {
    /// What.
    pub act: KeyAct,
    /// The generation that came of it.
    pub generation: u32,
    /// When.
    pub at: Timestamp,
}

/// A way to change the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyAct {
    /// A new key of keys, with the old one at hand.
    Rotated,
    /// A new key of keys, by the recovery code.
    Recovered,
}

impl KeyAct {
    /// What the audit log says of it.
    pub fn vietnamese(self) -> &'static str {
        match self {
            Self::Rotated => "đổi khóa niêm phong",
            Self::Recovered => "mở bằng mã phục hồi",
        }
    }
}

/// What stands in the open; authenticated with what is sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: u32,
    pub(super) profile: Profile,
    pub(super) generation: u32,
    pub(super) since: Timestamp,
    pub(super) passphrase: Option<Stretch>,
    pub(super) salt: Hash,
}

impl Head {
    fn associated(&self, what: &str) -> Vec<u8> {
        codec::encode(&("hoso/seal/file/1", self, what))
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(flatten)]
    head: Head,
    key: String,
    recovery: String,
    ring: String,
}

/// A vault's file as it was read, still locked.
pub(super) struct Locked {
    pub(super) head: Head,
    key: Vec<u8>,
    recovery: Vec<u8>,
    ring: Vec<u8>,
    path: PathBuf,
}

/// The key of keys of a generation.
fn key_of_keys(root: &[u8; 32], head: &Head) -> KeyBytes {
    let purpose = [&b"hoso/seal/kek/1 "[..], &head.generation.to_be_bytes()].concat();
    derive(root, head.salt.as_bytes(), &purpose)
}

fn recovery_key(code: &[u8; 32], head: &Head) -> KeyBytes {
    derive(code, head.salt.as_bytes(), b"hoso/seal/recovery/1")
}

fn wrap(key: &[u8; 32], aad: &[u8], plain: &[u8], entropy: &dyn Entropy) -> String {
    let nonce: [u8; NONCE] = draw(entropy);
    let mut bytes = Vec::with_capacity(NONCE + plain.len() + super::TAG);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(plain);
    Cipher::new(key).seal(nonce, aad, &mut bytes, NONCE);
    BASE64.encode(&bytes)
}

fn unwrap(key: &[u8; 32], aad: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, body) = wrapped.split_first_chunk::<NONCE>()?;
    let mut bytes = Zeroizing::new(body.to_vec());
    let length = Cipher::new(key).open(*nonce, aad, &mut bytes)?;
    bytes.truncate(length);
    Some(bytes)
}

/// Writes a vault's file.
pub(super) fn write(
    disk: &dyn Disk,
    directory: &Path,
    entropy: &dyn Entropy,
    (head, root, ring): (&Head, &[u8; 32], &Ring),
) -> Result<(), SealError> {
    let file_key: KeyBytes = Zeroizing::new(draw(entropy));
    let plain = Zeroizing::new(codec::encode(ring));
    let code = recovery_key(&ring.recovery, head);
    let wrap = |key, what, plain: &[u8]| wrap(key, &head.associated(what), plain, entropy);
    let sealed = Sealed {
        head: head.clone(),
        key: wrap(&key_of_keys(root, head), "key", &file_key[..]),
        recovery: wrap(&code, "recovery", &file_key[..]),
        ring: wrap(&file_key, "ring", &plain),
    };
    let path = directory.join(NAME);
    replace_file(disk, &path, &json_of(&sealed)).map_err(io_error("write", &path))?;
    disk.make_private(&path).map_err(io_error("protect", &path))
}

fn json_of(sealed: &Sealed) -> Vec<u8> {
    serde_json::to_vec_pretty(sealed).expect("plain structs are JSON")
}

/// Whether a vault's file is there.
pub(super) fn is_there(disk: &dyn Disk, directory: &Path) -> bool {
    disk.open(&directory.join(NAME)).is_ok()
}

/// The text of a vault's file, once it was found whole.
pub(super) fn text(disk: &dyn Disk, directory: &Path) -> Result<String, SealError> {
    read(disk, directory)?;
    let bytes = bytes(disk, directory)?;
    String::from_utf8(bytes).map_err(|_| SealError::Damaged(directory.join(NAME)))
}

fn bytes(disk: &dyn Disk, directory: &Path) -> Result<Vec<u8>, SealError> {
    let path = directory.join(NAME);
    read_whole(disk, &path, FILE_MAX).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => SealError::Unsealed(directory.to_owned()),
        std::io::ErrorKind::InvalidData => SealError::Damaged(path.clone()),
        _ => io_error("read", &path)(error),
    })
}

/// Reads a vault's file.
pub(super) fn read(disk: &dyn Disk, directory: &Path) -> Result<Locked, SealError> {
    let path = directory.join(NAME);
    let bytes = bytes(disk, directory)?;
    let damaged = || SealError::Damaged(path.clone());
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    match value.get("format").and_then(serde_json::Value::as_u64).map(u32::try_from) {
        Some(Ok(VERSION)) => {}
        Some(Ok(found)) if found > VERSION => {
            return Err(SealError::NewerFormat { found, supported: VERSION });
        }
        _ => return Err(damaged()),
    }
    let sealed: Sealed = serde_json::from_value(value).map_err(|_| damaged())?;
    if json_of(&sealed) != bytes {
        return Err(damaged());
    }
    let Sealed { head, key, recovery, ring } = sealed;
    let bytes = |text: String| BASE64.decode(text.as_bytes()).map_err(|_| damaged());
    let (key, recovery, ring) = (bytes(key)?, bytes(recovery)?, bytes(ring)?);
    Ok(Locked { head, key, recovery, ring, path })
}

impl Locked {
    /// Opens it by the root secret.
    pub(super) fn open(&self, root: &[u8; 32]) -> Result<Ring, SealError> {
        let key = key_of_keys(root, &self.head);
        let file_key = unwrap(&key, &self.head.associated("key"), &self.key);
        let file_key = file_key.ok_or(SealError::WrongKey)?;
        let ring = self.ring(&file_key)?;
        // A way back in that was damaged unnoticed is none.
        let again = self.unwrap_by_code(&ring.recovery);
        let whole = again.is_some_and(|again| *again == *file_key);
        if whole { Ok(ring) } else { Err(SealError::Damaged(self.path.clone())) }
    }

    /// Whether what a new lock is made of opens this one: then whoever had the old key would keep it.
    pub(super) fn opens_by(&self, disk: &dyn Disk, new: &Founding) -> bool {
        let (old, Founding { profile, means, .. }) = (self.head.profile, new);
        let lacks = (old.has_key_file() && !profile.has_key_file())
            || (old.asks_passphrase() && !profile.asks_passphrase());
        let root = root_of(disk, old, means, self.head.passphrase);
        !lacks && root.is_ok_and(|root| self.open(&root).is_ok())
    }

    /// Opens it by the recovery code.
    pub(super) fn recover(&self, code: &RecoveryCode) -> Result<Ring, SealError> {
        self.ring(&self.unwrap_by_code(code.bytes()).ok_or(SealError::WrongKey)?)
    }

    fn unwrap_by_code(&self, code: &[u8; 32]) -> Option<Zeroizing<Vec<u8>>> {
        let key = recovery_key(code, &self.head);
        unwrap(&key, &self.head.associated("recovery"), &self.recovery)
    }

    fn ring(&self, file_key: &[u8]) -> Result<Ring, SealError> {
        let damaged = || SealError::Damaged(self.path.clone());
        let file_key: &[u8; 32] = file_key.try_into().map_err(|_| damaged())?;
        let plain = unwrap(file_key, &self.head.associated("ring"), &self.ring);
        codec::decode(&plain.ok_or_else(damaged)?).map_err(|_| damaged())
    }
}
