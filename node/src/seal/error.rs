//! What can go wrong with sealing.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a vault is not made, opened or changed; nothing was touched then.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SealError {
    /// The data directory holds a node whose data lies open: it is of an older program.
    #[error("the data in {0} is not sealed")]
    Unsealed(PathBuf),
    /// The vault was written by a newer program.
    #[error("seal format {found} is newer than {supported}, the newest this program reads")]
    NewerFormat {
        /// Version found on the disk.
        found: u32,
        /// Newest version known.
        supported: u32,
    },
    /// The key file is not where it should be.
    #[error("no key file at {0}")]
    KeyFileMissing(PathBuf),
    /// What lies there is no key file, or a damaged one.
    #[error("{0} is not a whole key file")]
    KeyFileDamaged(PathBuf),
    /// The key file would lie in the directory that it is to lock.
    #[error("the key file {0} would lie inside the data directory")]
    KeyFileInside(PathBuf),
    /// A passphrase is needed and none was given.
    #[error("a passphrase is needed")]
    PassphraseMissing,
    /// A passphrase of fewer than 12 characters.
    #[error("the passphrase is too short")]
    WeakPassphrase,
    /// Passphrase, key file or recovery code is not the one that locks this data.
    #[error("the key does not open this data")]
    WrongKey,
    /// What is to lock the vault from here on opens its present lock.
    #[error("the new key is the present one")]
    SameKey,
    /// The vault's file is there and not whole.
    #[error("{0} is damaged")]
    Damaged(PathBuf),
    /// The vault lives in memory and has nothing to write.
    #[error("the vault lies on no disk")]
    NotOnDisk,
    /// The disk refused.
    #[error("could not {action} {path}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// The disk's answer.
        #[source]
        source: Arc<io::Error>,
    },
}

/// Why a sealed value stays shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    /// The key of its dossier was destroyed: nobody can read it any more.
    #[error("the key was destroyed")]
    Destroyed,
    /// It was changed, cut, moved from another place, or sealed by another vault.
    #[error("the sealed bytes were changed or belong elsewhere")]
    Altered,
}
