//! The shelf on a disk that loses power, fills up and flips bits.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use dossier::{DossierId, attachment::ContentKey};
use protocol::attachment::{CHUNK_BYTES, ContentPlace, KeyedDigest as _, Manifest};

use super::slot::offset;
use super::{Shelf, ShelfError};
use crate::attachment::digest::ContentDigest;
use crate::environment::{MemoryDisk, disk::read_whole};
use crate::seal::Vault;

struct File {
    bytes: Vec<u8>,
    manifest: Manifest,
    place: ContentPlace,
    digest: ContentDigest,
}

fn file(size: usize) -> File {
    let digest = ContentDigest::new(&ContentKey::from_bytes([5; 32]));
    let bytes: Vec<u8> = (0..size).map(|at| (at * 7 % 253) as u8).collect();
    let manifest = Manifest::of(&bytes, &digest);
    let dossier = DossierId::from_bytes([1; 16]);
    let place = ContentPlace { dossier, content: manifest.id(&digest) };
    File { bytes, manifest, place, digest }
}

fn shelf(disk: &MemoryDisk) -> Shelf {
    Shelf::at(Arc::new(disk.clone()), Vault::in_memory(1), Path::new("attachments"), 0)
}

/// Puts chunks until the disk fails; answers how many were synced.
fn fill(shelf: &Shelf, file: &File) -> Result<u32, ShelfError> {
    shelf.begin(&file.place, &file.manifest)?;
    for (index, chunk) in (0..).zip(file.bytes.chunks(CHUNK_BYTES)) {
        shelf.put(&file.place, index, chunk)?;
        shelf.sync(&file.place)?;
    }
    Ok(file.manifest.count())
}

fn read(shelf: &Shelf, file: &File) -> Vec<u8> {
    let chunk = |index| shelf.chunk(&file.place, &file.manifest, index, &file.digest);
    (0..file.manifest.count()).flat_map(|index| chunk(index).expect("a chunk")).collect()
}

#[test]
fn a_file_comes_back_and_its_length_tells_only_its_chunks() {
    let disk = MemoryDisk::new();
    let shelf = shelf(&disk);
    for size in [1, CHUNK_BYTES, CHUNK_BYTES * 2 + 77] {
        let file = file(size);
        fill(&shelf, &file).expect("room");
        assert_eq!(read(&shelf, &file), file.bytes);
        let survey = shelf.survey(&file.place, size as u64, &file.digest).expect("a manifest");
        assert_eq!(survey.1.len(), file.manifest.chunks.len());
    }
    let lengths: BTreeSet<u64> = [1, 900, CHUNK_BYTES]
        .map(|size| {
            let file = file(size);
            fill(&shelf, &file).expect("room");
            let path = shelf.paths(&file.place).1;
            crate::environment::Disk::open(&disk, &path).expect("there").len().expect("a length")
        })
        .into();
    assert_eq!(lengths.len(), 1, "{lengths:?}");
}

#[test]
fn whatever_was_synced_before_the_power_went_is_there_after() {
    for calls in 0..40 {
        for seed in 0..3 {
            let disk = MemoryDisk::new();
            disk.stop_after(calls);
            let file = file(CHUNK_BYTES * 3 + 9);
            let shelf = shelf(&disk);
            let mut synced = 0;
            let mut fill_some = || -> Result<(), ShelfError> {
                shelf.begin(&file.place, &file.manifest)?;
                for (index, chunk) in (0..).zip(file.bytes.chunks(CHUNK_BYTES)) {
                    shelf.put(&file.place, index, chunk)?;
                    shelf.sync(&file.place)?;
                    synced = index + 1;
                }
                Ok(())
            };
            // How far it came is what is looked at.
            let _ = fill_some();
            disk.crash(seed);
            let size = file.bytes.len() as u64;
            let here = shelf.survey(&file.place, size, &file.digest);
            let chunks = here.map(|(_, chunks)| chunks).unwrap_or_default();
            let kept = (0..synced).all(|index| chunks.contains(&index));
            assert!(kept, "{calls} {seed}: {synced} were synced, here are {chunks:?}");
            fill(&shelf, &file).expect("goes on");
            assert_eq!(read(&shelf, &file), file.bytes, "{calls} {seed}");
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_is_a_missing_chunk_and_only_that_one() {
    let disk = MemoryDisk::new();
    let (shelf, file) = (shelf(&disk), file(CHUNK_BYTES * 2 + 50));
    fill(&shelf, &file).expect("room");
    let path = shelf.paths(&file.place).1;
    let size = file.bytes.len() as u64;
    for (offset, missing) in
        [(offset(0), 0), (offset(0) + 1000, 0), (offset(1) + 4, 1), (offset(2) + 53, 2)]
    {
        disk.flip_bit(&path, offset, 3).expect("flipped");
        let (_, here) = shelf.survey(&file.place, size, &file.digest).expect("a manifest");
        let expected: BTreeSet<u32> = (0..3).filter(|index| *index != missing).collect();
        assert_eq!(here, expected, "{offset}");
        let gone = shelf.chunk(&file.place, &file.manifest, missing, &file.digest);
        assert!(matches!(gone, Err(ShelfError::Missing)));
        disk.flip_bit(&path, offset, 3).expect("flipped back");
    }
    disk.flip_bit(&path, 9, 1).expect("flipped");
    assert!(shelf.survey(&file.place, size, &file.digest).is_none(), "the manifest is judged too");
    fill(&shelf, &file).expect("mended");
    assert_eq!(read(&shelf, &file), file.bytes);
}

#[test]
fn a_full_disk_takes_nothing_and_keeps_what_it_has() {
    let disk = MemoryDisk::new();
    let (shelf, file) = (shelf(&disk), file(CHUNK_BYTES * 3));
    disk.set_capacity(Some(CHUNK_BYTES as u64 * 2 + 40_000));
    assert!(matches!(fill(&shelf, &file), Err(ShelfError::Full)));
    let size = file.bytes.len() as u64;
    let (_, here) = shelf.survey(&file.place, size, &file.digest).expect("a manifest");
    assert!(!here.is_empty() && here.len() < 3, "{here:?}");
    disk.set_capacity(None);
    fill(&shelf, &file).expect("room again");
    assert_eq!(read(&shelf, &file), file.bytes);
}

#[test]
fn what_no_row_names_is_swept_away() {
    let disk = MemoryDisk::new();
    let (shelf, one, two) = (shelf(&disk), file(10), file(20));
    assert_eq!(shelf.keep_only(&BTreeSet::new()).expect("nothing there"), 0);
    fill(&shelf, &one).expect("room");
    fill(&shelf, &two).expect("room");
    assert_eq!(shelf.keep_only(&BTreeSet::from([one.place])).expect("swept"), 1);
    assert_eq!(read(&shelf, &one), one.bytes);
    let gone = shelf.manifest(&two.place, 20, &two.digest);
    assert!(matches!(gone, Err(ShelfError::Missing)));
    shelf.forget(&one.place).expect("forgotten");
    shelf.forget(&one.place).expect("as often as one likes");
    assert_ne!(one.digest.digest("a", b""), two.digest.digest("b", b""));
}

#[test]
fn what_lies_on_the_disk_is_sealed_to_its_dossier_and_its_slot() {
    let disk = MemoryDisk::new();
    let vault = Vault::in_memory(7);
    let at = |vault: &Arc<Vault>| {
        Shelf::at(Arc::new(disk.clone()), Arc::clone(vault), Path::new("attachments"), 0)
    };
    let (shelf, file) = (at(&vault), file(CHUNK_BYTES + 4_000));
    fill(&shelf, &file).expect("room");
    let path = shelf.paths(&file.place).1;
    let bytes = read_whole(&disk, &path, 1 << 20).expect("read");
    // The bytes of the file recur, so that its beginning stands for all of it.
    let open = bytes.windows(64).any(|some| some == &file.bytes[..64]);
    assert!(!open, "bytes of the file lie open");
    assert!(offset(2) - bytes.len() as u64 <= 64, "the last slot is as long as the first");
    let read = |shelf: &Shelf| shelf.chunk(&file.place, &file.manifest, 0, &file.digest);
    assert!(read(&shelf).is_ok());
    assert!(read(&at(&Vault::in_memory(8))).is_err(), "another key");
    vault.destroy(&file.place.dossier).expect("destroyed");
    assert!(matches!(read(&shelf), Err(ShelfError::Missing)), "the dossier's key is gone");
}
