//! Data directories that must not be opened, and disks that are full.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use node::environment::disk::read_whole;
use node::environment::{Disk as _, MemoryDisk, RealDisk};
use node::seal::Vault;
use node::store::{IndexKind, Store, StoreError, StoreOptions};
use protocol::{Op, Records as _, Table};

const HOME: &str = "store";

fn options() -> StoreOptions {
    StoreOptions { reserve_bytes: 0, background_index: false, ..options_of(IndexKind::Memory) }
}

fn options_of(index: IndexKind) -> StoreOptions {
    StoreOptions { index, ..StoreOptions::default() }
}

fn open(disk: &MemoryDisk) -> Result<Store, StoreError> {
    Store::open(Arc::new(disk.clone()), Path::new(HOME), &Vault::in_memory(1), options())
}

fn filled() -> MemoryDisk {
    let disk = MemoryDisk::new();
    let mut store =
        Store::create(Arc::new(disk.clone()), Path::new(HOME), &Vault::in_memory(1), options())
            .expect("created");
    for number in 0..20_u8 {
        store.stage(&[Op::publish(Table::Parcel, [number], vec![number; 100])]).expect("staged");
        store.commit().expect("committed");
    }
    store.close().expect("closed");
    disk
}

fn files(disk: &MemoryDisk) -> Vec<(PathBuf, Vec<u8>)> {
    let journal = Path::new(HOME).join("journal");
    let names = disk.list(&journal).expect("listed");
    let mut paths: Vec<PathBuf> = names.iter().map(|name| journal.join(name)).collect();
    paths.extend(["FORMAT", "MARK"].map(|name| Path::new(HOME).join(name)));
    let read = |path: PathBuf| {
        let bytes = read_whole(disk, &path, 1 << 24).expect("readable");
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn a_data_directory_in_use_is_refused_and_names_the_process() {
    let machine = tempfile::tempdir().expect("a temporary directory");
    let path = machine.path().join(HOME);
    let held =
        Store::create(Arc::new(RealDisk), &path, &Vault::in_memory(1), options()).expect("created");
    let own = std::process::id();
    let refused =
        Store::open(Arc::new(RealDisk), &path, &Vault::in_memory(1), options()).expect_err("held");
    assert!(matches!(refused, StoreError::LockHeld { pid: Some(pid) } if pid == own));
    drop(held);
    Store::open(Arc::new(RealDisk), &path, &Vault::in_memory(1), options()).expect("free again");
}

#[test]
fn a_data_directory_of_a_newer_version_is_refused_untouched() {
    let disk = filled();
    let format = Path::new(HOME).join("FORMAT");
    disk.overwrite(&format, b"hoso store 99\n".to_vec()).expect("replaced");
    let before = files(&disk);
    let refused = open(&disk).expect_err("newer");
    assert!(matches!(refused, StoreError::NewerFormat { found: 99, .. }));
    assert_eq!(files(&disk), before);
}

#[test]
fn a_flipped_bit_is_refused_with_its_place_and_the_files_stay() {
    let disk = filled();
    for (path, bytes) in files(&disk) {
        for offset in (0..bytes.len() as u64).step_by(11) {
            disk.flip_bit(&path, offset, (offset % 8) as u32).expect("flipped");
            let before = files(&disk);
            let refused = open(&disk).err().unwrap_or_else(|| panic!("{path:?} {offset}"));
            let typed = matches!(
                refused,
                StoreError::Damage(_) | StoreError::BadFile { .. } | StoreError::NewerFormat { .. }
            );
            assert!(typed, "{path:?} {offset}: {refused}");
            assert_eq!(files(&disk), before, "{path:?} {offset}");
            disk.flip_bit(&path, offset, (offset % 8) as u32).expect("flipped back");
        }
    }
    assert_eq!(open(&disk).expect("whole again").feed_head().sequence, 20);
}

#[test]
fn a_full_disk_takes_nothing_and_loses_nothing() {
    for room in [0, 1, 50, 95, 96, 150, 400] {
        let disk = filled();
        let mut store = open(&disk).expect("opens");
        disk.set_capacity(Some(disk.used() + room));
        let mut taken = 20;
        let refused = loop {
            let op = Op::publish(Table::Parcel, [taken as u8], vec![7; 100]);
            match store.stage(&[op]).and_then(|()| store.commit()) {
                Ok(head) => taken = head.sequence,
                Err(refused) => break refused,
            }
        };
        let typed = matches!(refused, StoreError::Io { .. } | StoreError::DiskFull { .. });
        assert!(typed, "{room}: {refused}");
        store.discard().expect("no sync failed");
        assert_eq!(store.feed_head().sequence, taken);
        drop(store);
        disk.set_capacity(None);
        assert_eq!(open(&disk).expect("opens").feed_head().sequence, taken, "{room}");
    }
}

#[test]
fn nothing_at_the_path_or_something_else_there_is_told_apart() {
    let disk = MemoryDisk::new();
    assert!(matches!(open(&disk), Err(StoreError::Missing(_))));
    let disk = filled();
    let again =
        Store::create(Arc::new(disk.clone()), Path::new(HOME), &Vault::in_memory(1), options());
    assert!(matches!(again, Err(StoreError::Exists(_))));
}
