//! What opens a vault: a passphrase, a key file, or both; and what each is good for.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use dossier::Hash;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::SealError;
use super::cipher::{KeyBytes, derive};
use crate::account::{Cost, Secret, stretch};
use crate::environment::disk::{parent, read_whole};
use crate::environment::{Disk, Entropy, entropy::draw};

/// Characters a passphrase must have.
const PASSPHRASE_MIN: usize = 12;
/// What a key file begins with.
const KEY_FILE: &str = "hoso-seal-key-1";
/// Longest key file, in bytes.
const KEY_FILE_MAX: usize = 4096;

/// How a data directory is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// A passphrase that a person gives at each start.
    Passphrase,
    /// A key file, kept apart from the data: on a stick, or beside the data directory.
    KeyFile,
    /// Both.
    KeyFileAndPassphrase,
    /// A key file that is always at hand, so that the machine starts alone, e.g. a systemd
    /// credential: guards copies and discarded disks of the data, and not a stolen machine.
    Unattended,
}

impl Profile {
    /// Every profile with its name in the settings.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Passphrase, "passphrase"),
        (Self::KeyFile, "keyfile"),
        (Self::KeyFileAndPassphrase, "keyfile+passphrase"),
        (Self::Unattended, "unattended"),
    ];

    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(one, _)| *one == self).map_or("", |(_, name)| name)
    }

    /// Whether a person gives a passphrase.
    pub fn asks_passphrase(self) -> bool {
        matches!(self, Self::Passphrase | Self::KeyFileAndPassphrase)
    }

    /// Whether there is a key file.
    pub fn has_key_file(self) -> bool {
        self != Self::Passphrase
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(one, _)| *one).ok_or(UnknownProfile)
    }
}

/// Text that names no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a profile of sealing")]
pub struct UnknownProfile;

/// What is at hand to open a vault.
#[derive(Debug, Clone)]
pub struct Means {
    /// Where the key file is, or is to be.
    pub key_file: PathBuf,
    /// The passphrase, where one was given.
    pub passphrase: Option<Secret>,
}

impl Means {
    /// The key file of this path, and no passphrase.
    pub fn key_file(path: &Path) -> Self {
        Self { key_file: path.to_owned(), passphrase: None }
    }

    /// The key file that lies beside a data directory: its name and `.key`.
    pub fn beside(data_dir: &Path) -> Self {
        Self::key_file(&crate::environment::disk::beside(data_dir, ".key"))
    }
}

/// What a passphrase is stretched with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub(super) salt: Hash,
    pub(super) cost: Cost,
}

/// Whether a key file lies, or would lie, in a directory, whatever way leads there.
pub(super) fn lies_within(
    disk: &dyn Disk,
    key_file: &Path,
    directory: &Path,
) -> Result<bool, SealError> {
    let place = |path: &Path| disk.resolve(path).map_err(io_error("find", path));
    Ok(place(key_file)?.starts_with(place(directory)?))
}

/// Where a key file lies until the lock asks for it: beside the one whose place it takes.
pub(super) fn next_of(key_file: &Path) -> PathBuf {
    crate::environment::disk::beside(key_file, ".next")
}

/// Moves a key file that the lock asks for into its place.
pub(super) fn take_place(disk: &dyn Disk, key_file: &Path) -> Result<(), SealError> {
    let moved = disk.rename(&next_of(key_file), key_file);
    moved.and_then(|()| disk.sync_dir(parent(key_file))).map_err(io_error("replace", key_file))
}

/// Removes a key file that waits for a place and never locked anything.
pub(super) fn forget_next(disk: &dyn Disk, key_file: &Path) -> Result<(), SealError> {
    match disk.remove(&next_of(key_file)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(io_error("remove", key_file)(error))
        }
        _ => Ok(()),
    }
}

/// The secret that all generations of the key of keys follow from.
pub(super) fn root_of(
    disk: &dyn Disk,
    profile: Profile,
    means: &Means,
    stretching: Option<Stretch>,
) -> Result<KeyBytes, SealError> {
    let mut secret = Zeroizing::new(Vec::with_capacity(64));
    if profile.has_key_file() {
        secret.extend_from_slice(&read_key_file(disk, &means.key_file)?[..]);
    }
    if profile.asks_passphrase() {
        let passphrase = means.passphrase.as_ref().ok_or(SealError::PassphraseMissing)?;
        let Stretch { salt, cost } = stretching.ok_or(SealError::WrongKey)?;
        secret.extend_from_slice(&stretch(passphrase, salt.as_bytes(), cost)[..]);
    }
    Ok(derive(&secret, b"hoso/seal/secret/1", profile.name().as_bytes()))
}

/// Refuses a passphrase that is soon guessed; makes the key file unless there is one.
pub(super) fn prepare(
    disk: &dyn Disk,
    entropy: &dyn Entropy,
    profile: Profile,
    means: &Means,
) -> Result<(), SealError> {
    if profile.asks_passphrase() {
        let passphrase = means.passphrase.as_ref().ok_or(SealError::PassphraseMissing)?;
        if passphrase.as_str().chars().count() < PASSPHRASE_MIN {
            return Err(SealError::WeakPassphrase);
        }
    }
    if !profile.has_key_file() {
        return Ok(());
    }
    match read_key_file(disk, &means.key_file) {
        Err(SealError::KeyFileMissing(path)) => make_key_file(disk, entropy, &path),
        outcome => outcome.map(drop),
    }
}

fn key_file_text(key: &[u8; 32]) -> Zeroizing<String> {
    let check = Hash::tagged("hoso/seal/key-file/1", &[key]).to_string();
    let digits = Zeroizing::new(hex::encode(key));
    Zeroizing::new(format!("{KEY_FILE} {} {}\n", *digits, &check[..8]))
}

fn make_key_file(disk: &dyn Disk, entropy: &dyn Entropy, path: &Path) -> Result<(), SealError> {
    let key: KeyBytes = Zeroizing::new(draw(entropy));
    let write = || {
        // Written under another name first: a key file is whole or not there.
        crate::environment::disk::replace_file(disk, path, key_file_text(&key).as_bytes())?;
        disk.make_private(path)?;
        disk.sync_dir(parent(path))
    };
    write().map_err(io_error("write", path))
}

fn read_key_file(disk: &dyn Disk, path: &Path) -> Result<KeyBytes, SealError> {
    let bytes = match read_whole(disk, path, KEY_FILE_MAX) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(SealError::KeyFileMissing(path.to_owned()));
        }
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            return Err(SealError::KeyFileDamaged(path.to_owned()));
        }
        Err(error) => return Err(io_error("read", path)(error)),
    };
    let damaged = || SealError::KeyFileDamaged(path.to_owned());
    let text = str::from_utf8(&bytes).map_err(|_| damaged())?;
    let mut words = text.split_whitespace();
    let mut key = Zeroizing::new([0; 32]);
    let digits = words.nth(1).ok_or_else(damaged)?;
    hex::decode_to_slice(digits, &mut key[..]).map_err(|_| damaged())?;
    if key_file_text(&key).trim_end() == text.trim_end() { Ok(key) } else { Err(damaged()) }
}

pub(super) fn io_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(std::io::Error) -> SealError {
    let path = path.to_owned();
    move |source| SealError::Io { action, path, source: Arc::new(source) }
}
