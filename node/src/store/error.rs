//! What can go wrong with a store.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A place where the journal is not what was once made durable. The files stay as they are: the
/// node heals from its peers, a person decides about the disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("journal damaged in segment {segment} at offset {offset}: {reason}")]
pub struct Damage {
    /// Number of the segment file.
    pub segment: u32,
    /// Offset of the frame in it, in bytes.
    pub offset: u64,
    /// What is wrong there.
    pub reason: String,
}

/// Why a store did not open, write or close.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The disk refused a call.
    #[error("store: could not {action}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The disk's answer.
        #[source]
        source: Arc<io::Error>,
    },
    /// Bytes that were durable are missing or changed.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// A small file beside the journal is missing or changed.
    #[error("store file {file} is missing or damaged")]
    BadFile {
        /// Its name.
        file: &'static str,
    },
    /// The store was written by a newer program.
    #[error("store format {found} is newer than {supported}, the newest this program reads")]
    NewerFormat {
        /// Version found on the disk.
        found: u32,
        /// Newest version known.
        supported: u32,
    },
    /// The store was written by a program that did not seal.
    #[error("store format {found} is older than {supported}, the oldest this program reads")]
    OlderFormat {
        /// Version found on the disk.
        found: u32,
        /// Oldest version known.
        supported: u32,
    },
    /// A write could not be sealed: the key it needs was destroyed.
    #[error("the key of a dossier is gone")]
    Sealing,
    /// There is no store at the path.
    #[error("no store at {0}")]
    Missing(PathBuf),
    /// There is something at the path where a store was to be created.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// Another process holds the store.
    #[error("the store is in use by process {}", pid.map_or("unknown".to_owned(), |pid| pid.to_string()))]
    LockHeld {
        /// The process that wrote itself into the lock file.
        pid: Option<u32>,
    },
    /// A sync failed: what the disk holds is unknown until the store is opened again.
    #[error("the store is closed for writing: an earlier sync failed")]
    Poisoned,
    /// A commit failed, or the index could not be rebuilt after it: what is staged is not durable
    /// and must be discarded first.
    #[error("the store is closed for writing: an earlier commit failed")]
    CommitFailed,
    /// The disk is filled down to the reserve; nothing was staged.
    #[error("disk nearly full: {free} bytes free, {reserve} kept in reserve")]
    DiskFull {
        /// Free bytes.
        free: u64,
        /// Bytes never given to new work.
        reserve: u64,
    },
    /// A key, a value, a transaction or the batch passes its limit; nothing was staged.
    #[error("{what} of {found} bytes, at most {max} are allowed")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size in bytes.
        found: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// The index could not be rebuilt from the journal.
    #[error("index {engine} failed: {reason}")]
    Index {
        /// The engine.
        engine: &'static str,
        /// Its message.
        reason: String,
    },
}

impl StoreError {
    /// Whether the disk had no room; with room again the same call may succeed.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::DiskFull { .. } => true,
            Self::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }

    /// Wraps the disk's error with what was being done.
    pub(super) fn io(action: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { action, source: Arc::new(source) }
    }
}
