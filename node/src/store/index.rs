//! The index over the journal: which key has which row. It holds nothing of its own and may be
//! thrown away at any time.
//!
//! Three engines stand behind one trait. `sled` is the default; it is built anew at every opening,
//! because neither its power-cut behaviour nor its silence about flipped bits can be relied on.
//! `redb` survives crashes and replays only the tail of the journal. `memory` is for simulations.

mod memory;
mod redb;
mod sled;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use protocol::{Entry, FeedPosition};

use super::StoreError;
use super::mover::Rows;
use crate::environment::Disk;

/// The engine of the index. Changing it rebuilds the index at the next opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexKind {
    /// sled 0.34, rebuilt at every opening.
    #[default]
    Sled,
    /// redb, brought up to date at opening.
    Redb,
    /// A map in memory, rebuilt at every opening.
    Memory,
}

impl IndexKind {
    /// Every engine.
    pub const ALL: [Self; 3] = [Self::Sled, Self::Redb, Self::Memory];

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sled => "sled",
            Self::Redb => "redb",
            Self::Memory => "memory",
        }
    }
}

impl fmt::Display for IndexKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Text that names no index engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an index engine: use sled, redb or memory")]
pub struct UnknownIndex;

impl FromStr for IndexKind {
    type Err = UnknownIndex;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownIndex)
    }
}

/// An engine failed or panicked; the index is rebuilt from the journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("index {engine} failed: {reason}")]
pub(super) struct IndexError {
    pub(super) engine: &'static str,
    pub(super) reason: String,
}

impl IndexError {
    pub(super) fn new(engine: &'static str, reason: impl fmt::Display) -> Self {
        Self { engine, reason: reason.to_string() }
    }
}

impl From<IndexError> for StoreError {
    fn from(error: IndexError) -> Self {
        Self::Index { engine: error.engine, reason: error.reason }
    }
}

/// An ordered map from keys to rows with a watermark: the last journal position it reflects.
pub(super) trait Index: Send + Sync + fmt::Debug {
    /// Makes all changes and moves the watermark, atomically. Need not be durable.
    fn apply(&self, upto: FeedPosition, changes: &Rows) -> Result<(), IndexError>;

    /// The position of the last [`Index::apply`] or [`Index::load`]; `None` before the first.
    fn watermark(&self) -> Result<Option<FeedPosition>, IndexError>;

    /// The row of `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError>;

    /// Up to `limit` entries whose key starts with `prefix`, in order, strictly after `after`.
    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, IndexError>;

    /// Fills an empty index with the state at `upto`; the entries come in key order.
    fn load(
        &self,
        upto: FeedPosition,
        sorted: &mut dyn Iterator<Item = Entry>,
    ) -> Result<(), IndexError>;

    /// Makes what was applied durable, as far as the engine can.
    fn checkpoint(&self) -> Result<(), IndexError>;

    /// Whether a checkpoint is worth anything after a crash.
    fn survives_crash(&self) -> bool;
}

/// The place of an index that is being rebuilt; it fails every call.
#[derive(Debug)]
pub(super) struct Nothing;

impl Nothing {
    fn error<T>() -> Result<T, IndexError> {
        Err(IndexError::new("none", "the index is being rebuilt"))
    }
}

impl Index for Nothing {
    fn apply(&self, _: FeedPosition, _: &Rows) -> Result<(), IndexError> {
        Self::error()
    }

    fn watermark(&self) -> Result<Option<FeedPosition>, IndexError> {
        Self::error()
    }

    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        Self::error()
    }

    fn scan(&self, _: &[u8], _: Option<&[u8]>, _: usize) -> Result<Vec<Entry>, IndexError> {
        Self::error()
    }

    fn load(&self, _: FeedPosition, _: &mut dyn Iterator<Item = Entry>) -> Result<(), IndexError> {
        Self::error()
    }

    fn checkpoint(&self) -> Result<(), IndexError> {
        Self::error()
    }

    fn survives_crash(&self) -> bool {
        false
    }
}

/// Where an index lives.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) kind: IndexKind,
    pub(super) disk: Arc<dyn Disk>,
    /// The store's directory on `disk`.
    pub(super) directory: PathBuf,
    /// A directory of the machine for the engine that does its own input and output.
    pub(super) machine_directory: PathBuf,
}

impl Home {
    fn sled_path(&self) -> PathBuf {
        self.machine_directory.join("index.sled")
    }

    fn redb_path(&self) -> PathBuf {
        self.directory.join("index.redb")
    }

    /// Opens the index that an earlier life left, if it can be relied on; `None` to rebuild.
    pub(super) fn reopen(&self) -> Option<(Arc<dyn Index>, FeedPosition)> {
        let index = match self.kind {
            IndexKind::Redb => redb::reopen(&*self.disk, &self.redb_path()).ok()?,
            IndexKind::Sled | IndexKind::Memory => return None,
        };
        let watermark = index.watermark().ok()??;
        index.survives_crash().then_some((Arc::new(index) as Arc<dyn Index>, watermark))
    }

    /// Makes an index with the state at `upto`, in place of whatever an earlier life left.
    pub(super) fn rebuild(
        &self,
        upto: FeedPosition,
        sorted: &mut dyn Iterator<Item = Entry>,
    ) -> Result<Arc<dyn Index>, IndexError> {
        self.remove_others();
        match self.kind {
            IndexKind::Sled => {
                let index = sled::create(&self.sled_path())?;
                index.load(upto, sorted)?;
                Ok(Arc::new(index))
            }
            IndexKind::Redb => {
                Ok(Arc::new(redb::create(&self.disk, &self.redb_path(), upto, sorted)?))
            }
            IndexKind::Memory => {
                let index = memory::MemoryIndex::default();
                index.load(upto, sorted)?;
                Ok(Arc::new(index))
            }
        }
    }

    /// Removes what the other engines left; a remnant costs space and nothing else.
    fn remove_others(&self) {
        let sled_path: &Path = &self.sled_path();
        if self.kind != IndexKind::Sled && sled_path.exists() {
            let _ = std::fs::remove_dir_all(sled_path);
        }
        if self.kind != IndexKind::Redb {
            let _ = self.disk.remove(&self.redb_path());
        }
    }
}

const WATERMARK_LEN: usize = 40;

fn encode_watermark(position: FeedPosition) -> [u8; WATERMARK_LEN] {
    let mut bytes = [0; WATERMARK_LEN];
    bytes[..8].copy_from_slice(&position.sequence.to_le_bytes());
    bytes[8..].copy_from_slice(position.digest.as_bytes());
    bytes
}

fn decode_watermark(bytes: &[u8]) -> Option<FeedPosition> {
    let (sequence, digest) = bytes.split_first_chunk::<8>()?;
    let digest = dossier::Hash::from_slice(digest)?;
    Some(FeedPosition { sequence: u64::from_le_bytes(*sequence), digest })
}

#[cfg(test)]
mod tests;
