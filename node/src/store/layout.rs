//! The small files around the journal: format, mark and lock; and the birth of a store.
//!
//! ```text
//! store.lock            held while a process uses the store; names it
//! store/FORMAT          "hoso store <version>\n"
//! store/MARK            a position that was durable: nothing before it can be a torn tail
//! store/journal/seg-*   the record
//! store/index.*         the index, rebuilt at will
//! ```
//!
//! A store is built under another name, synced, and renamed into place: it exists whole or not at
//! all. The same holds for every new mark.

use std::io;
use std::path::{Path, PathBuf};

use dossier::Hash;
use protocol::FeedPosition;

use super::StoreError;
use super::journal::Segments;
use crate::environment::disk::{beside, parent, read_whole, replace_file};
use crate::environment::{Disk, DiskLock};

/// Version of the files this program writes.
const VERSION: u32 = 2;
const FORMAT: &str = "FORMAT";
const MARK: &str = "MARK";
const FORMAT_PREFIX: &str = "hoso store ";
/// Longest small file, in bytes.
const SMALL_MAX: usize = 4096;

pub(super) fn journal_directory(directory: &Path) -> PathBuf {
    directory.join("journal")
}

/// Takes the lock beside the store.
pub(super) fn lock(disk: &dyn Disk, directory: &Path) -> Result<DiskLock, StoreError> {
    let path = beside(directory, ".lock");
    let owner = format!("{}\n", std::process::id());
    let held = disk.lock(&path, &owner).map_err(StoreError::io("lock the store"))?;
    held.ok_or_else(|| {
        let pid = read_whole(disk, &path, SMALL_MAX).ok();
        let pid = pid.and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok());
        StoreError::LockHeld { pid }
    })
}

/// Builds an empty store under another name and renames it into place.
pub(super) fn create(disk: &dyn Disk, directory: &Path) -> Result<(), StoreError> {
    if disk.list(directory).is_ok() {
        return Err(StoreError::Exists(directory.to_owned()));
    }
    build(disk, directory).map_err(StoreError::io("create the store"))
}

fn build(disk: &dyn Disk, directory: &Path) -> io::Result<()> {
    let fresh = beside(directory, ".new");
    match disk.remove_dir(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let journal = journal_directory(&fresh);
    disk.create_dir(&fresh)?;
    disk.create_dir(&journal)?;
    disk.create(&journal.join(Segments::name(1)))?.sync_data()?;
    disk.sync_dir(&journal)?;
    replace_file(disk, &fresh.join(MARK), mark_text(FeedPosition::START).as_bytes())?;
    replace_file(disk, &fresh.join(FORMAT), format!("{FORMAT_PREFIX}{VERSION}\n").as_bytes())?;
    disk.rename(&fresh, directory)?;
    disk.sync_dir(parent(directory))
}

/// Checks that there is a store of a version this program reads.
pub(super) fn check_format(disk: &dyn Disk, directory: &Path) -> Result<(), StoreError> {
    if disk.list(directory).is_err() {
        return Err(StoreError::Missing(directory.to_owned()));
    }
    let text = small_file(disk, directory, FORMAT)?;
    let version = text.strip_prefix(FORMAT_PREFIX).and_then(|rest| rest.strip_suffix('\n'));
    match version.and_then(|version| version.parse().ok()) {
        Some(VERSION) => Ok(()),
        Some(found) if found > VERSION => {
            Err(StoreError::NewerFormat { found, supported: VERSION })
        }
        Some(found) => Err(StoreError::OlderFormat { found, supported: VERSION }),
        None => Err(StoreError::BadFile { file: FORMAT }),
    }
}

/// Reads the mark.
pub(super) fn read_mark(disk: &dyn Disk, directory: &Path) -> Result<FeedPosition, StoreError> {
    let text = small_file(disk, directory, MARK)?;
    let parsed = || {
        let mut words = text.split_whitespace();
        let sequence = words.next()?.parse().ok()?;
        let digest = words.next()?.parse().ok()?;
        let position = FeedPosition { sequence, digest };
        (mark_text(position) == text).then_some(position)
    };
    parsed().ok_or(StoreError::BadFile { file: MARK })
}

/// Replaces the mark; the caller knows `position` to be durable.
pub(super) fn write_mark(
    disk: &dyn Disk,
    directory: &Path,
    position: FeedPosition,
) -> Result<(), StoreError> {
    let text = mark_text(position);
    let written = replace_file(disk, &directory.join(MARK), text.as_bytes());
    written.map_err(StoreError::io("write the mark"))
}

fn mark_text(position: FeedPosition) -> String {
    let content = format!("{} {}", position.sequence, position.digest);
    let check = Hash::tagged("hoso/store/mark/1", &[content.as_bytes()]);
    format!("{content} {check}\n")
}

fn small_file(disk: &dyn Disk, directory: &Path, file: &'static str) -> Result<String, StoreError> {
    match read_whole(disk, &directory.join(file), SMALL_MAX) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| StoreError::BadFile { file }),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) =>
        {
            Err(StoreError::BadFile { file })
        }
        Err(error) => Err(StoreError::io("read a file of the store")(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_changed_in_any_character_is_refused() {
        let position = FeedPosition { sequence: 12, digest: Hash::of(b"x") };
        let text = mark_text(position);
        let disk = crate::environment::MemoryDisk::new();
        disk.create_dir(Path::new("s")).expect("created");
        write_mark(&disk, Path::new("s"), position).expect("written");
        assert_eq!(read_mark(&disk, Path::new("s")).expect("readable"), position);
        for at in 0..text.len() as u64 {
            disk.flip_bit(Path::new("s/MARK"), at, 1).expect("flipped");
            assert!(read_mark(&disk, Path::new("s")).is_err(), "character {at}");
            disk.flip_bit(Path::new("s/MARK"), at, 1).expect("flipped back");
        }
    }
}
