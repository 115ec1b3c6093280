//! The chunks of contents on the disk.
//!
//! Each content has one file of equal slots: the manifest first, then the chunks, each filled up to
//! its slot and sealed under the dossier's key, so that a file's length tells no more than how many
//! chunks it has. Its name is a keyed hash of dossier and content; it lies in one of 256 directories.
//! A chunk stands for itself: it is compared with the manifest whenever it is read, and the manifest
//! with the content's name. So a write that was torn, a bit that flipped and a chunk that is not
//! there yet are all the same: the chunk is missing.
//!
//! **Invariants:** bytes that are not the chunk are never returned; what [`Shelf::sync`] has returned
//! for survives a power cut; a full disk leaves what was there as it was.

mod slot;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::attachment::{CHUNK_BYTES, ContentPlace, KeyedDigest, Manifest};

use crate::environment::Disk;
use crate::seal::Vault;
use slot::Slot;

/// Bytes of the slot of a manifest.
const MANIFEST_SLOT: u64 = 16 * 1024;
/// Bytes of the slot of a chunk: the chunk, its length, and its seal.
const CHUNK_SLOT: u64 = CHUNK_BYTES as u64 + 64;

/// Why the shelf did not give or take.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// It is not here, or not as it was made: damage looks the same.
    #[error("the chunk is missing or damaged")]
    Missing,
    /// No room for files.
    #[error("the disk is full")]
    Full,
    /// The disk refused.
    #[error("could not {action} a content")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The disk's answer.
        #[source]
        source: io::Error,
    },
}

fn failed(action: &'static str) -> impl Fn(io::Error) -> ShelfError {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull => ShelfError::Full,
        io::ErrorKind::NotFound => ShelfError::Missing,
        _ => ShelfError::Io { action, source },
    }
}

/// Where the chunks of all contents lie; clones are equal.
#[derive(Debug, Clone)]
pub struct Shelf {
    disk: Arc<dyn Disk>,
    vault: Arc<Vault>,
    directory: PathBuf,
    /// Free bytes that are left to others.
    reserve: u64,
}

impl Shelf {
    /// The shelf in a directory, which is made with the first content, sealed by `vault`. It leaves
    /// `reserve` bytes of the disk free.
    pub fn at(disk: Arc<dyn Disk>, vault: Arc<Vault>, directory: &Path, reserve: u64) -> Self {
        Self { disk, vault, directory: directory.to_owned(), reserve }
    }

    /// Begins a content, or goes on with one: writes its manifest where it is not.
    ///
    /// # Errors
    /// [`ShelfError`].
    pub fn begin(&self, place: &ContentPlace, manifest: &Manifest) -> Result<(), ShelfError> {
        let io = failed("begin");
        let (group, path) = self.paths(place);
        for directory in [self.directory.as_path(), group.as_path()] {
            match self.disk.create_dir(directory) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(io(error));
                }
                _ => {}
            }
        }
        self.ask_for_room(CHUNK_SLOT)?;
        let file = match self.disk.create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.disk.open(&path),
            made => made,
        };
        let slot = self.slot(place, None).seal(&manifest.encode());
        file.map_err(&io)?.write_at(0, &slot).map_err(&io)
    }

    /// Writes a chunk; it is durable after [`Shelf::sync`].
    ///
    /// # Errors
    /// [`ShelfError`].
    pub fn put(&self, place: &ContentPlace, index: u32, bytes: &[u8]) -> Result<(), ShelfError> {
        let io = failed("write");
        self.ask_for_room(CHUNK_SLOT)?;
        let file = self.disk.open(&self.paths(place).1).map_err(&io)?;
        let slot = self.slot(place, Some(index));
        file.write_at(slot.offset(), &slot.seal(bytes)).map_err(&io)
    }

    /// Makes what was written of a content durable, its name included.
    ///
    /// # Errors
    /// [`ShelfError`]; nothing counts as durable then.
    pub fn sync(&self, place: &ContentPlace) -> Result<(), ShelfError> {
        let io = failed("sync");
        let (group, path) = self.paths(place);
        self.disk.open(&path).and_then(|file| file.sync_data()).map_err(&io)?;
        self.disk.sync_dir(&group).map_err(&io)?;
        self.disk.sync_dir(&self.directory).map_err(&io)?;
        self.disk.sync_dir(crate::environment::disk::parent(&self.directory)).map_err(&io)
    }

    /// The manifest of a content.
    ///
    /// # Errors
    /// [`ShelfError::Missing`] when it is not here as it was made, or the disk's.
    pub fn manifest(
        &self,
        place: &ContentPlace,
        size: u64,
        digest: &dyn KeyedDigest,
    ) -> Result<Manifest, ShelfError> {
        let file = self.disk.open(&self.paths(place).1).map_err(failed("open"))?;
        let bytes = self.slot(place, None).open(&*file)?;
        Manifest::read(&bytes, size, &place.content, digest).ok_or(ShelfError::Missing)
    }

    /// A chunk of a content.
    ///
    /// # Errors
    /// [`ShelfError::Missing`] when it is not here as it was made, or the disk's.
    pub fn chunk(
        &self,
        place: &ContentPlace,
        manifest: &Manifest,
        index: u32,
        digest: &dyn KeyedDigest,
    ) -> Result<Vec<u8>, ShelfError> {
        let file = self.disk.open(&self.paths(place).1).map_err(failed("open"))?;
        let bytes = self.slot(place, Some(index)).open(&*file)?;
        if manifest.is_chunk(index, &bytes, digest) { Ok(bytes) } else { Err(ShelfError::Missing) }
    }

    /// What of a content is here: its manifest and the chunks that are as they were made.
    pub fn survey(
        &self,
        place: &ContentPlace,
        size: u64,
        digest: &dyn KeyedDigest,
    ) -> Option<(Manifest, BTreeSet<u32>)> {
        let manifest = self.manifest(place, size, digest).ok()?;
        let here = |index: &u32| self.chunk(place, &manifest, *index, digest).is_ok();
        let chunks = (0..manifest.count()).filter(here).collect();
        Some((manifest, chunks))
    }

    /// Forgets a content.
    ///
    /// # Errors
    /// The disk's.
    pub fn forget(&self, place: &ContentPlace) -> Result<(), ShelfError> {
        match self.disk.remove(&self.paths(place).1) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove")(error)),
            _ => Ok(()),
        }
    }

    /// Forgets every content but these: what a crash left between a file and its row.
    ///
    /// # Errors
    /// The disk's.
    pub fn keep_only(&self, places: &BTreeSet<ContentPlace>) -> Result<u64, ShelfError> {
        let known: BTreeSet<PathBuf> = places.iter().map(|place| self.paths(place).1).collect();
        let mut forgotten = 0;
        let Ok(groups) = self.disk.list(&self.directory) else { return Ok(0) };
        for group in groups {
            let group = self.directory.join(group);
            for name in self.disk.list(&group).map_err(failed("list"))? {
                let path = group.join(name);
                if !known.contains(&path) {
                    self.disk.remove(&path).map_err(failed("remove"))?;
                    forgotten += 1;
                }
            }
        }
        Ok(forgotten)
    }

    fn slot<'a>(&'a self, place: &'a ContentPlace, index: Option<u32>) -> Slot<'a> {
        Slot { vault: &self.vault, place, index }
    }

    fn ask_for_room(&self, bytes: u64) -> Result<(), ShelfError> {
        let place = crate::environment::disk::parent(&self.directory);
        let free = self.disk.free_space(place).map_err(failed("ask for room for"))?;
        if free.saturating_sub(bytes) < self.reserve { Err(ShelfError::Full) } else { Ok(()) }
    }

    /// The directory of a content and its file.
    pub(crate) fn paths(&self, place: &ContentPlace) -> (PathBuf, PathBuf) {
        let name = self.vault.name("content", &[&place.key()]).to_string();
        let group = self.directory.join(&name[..2]);
        let path = group.join(&name[2..]);
        (group, path)
    }
}

#[cfg(test)]
mod tests;
