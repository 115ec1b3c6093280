//! A store as it lies on the disk: its small files and the frames of its journal.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use node::environment::disk::read_whole;
use node::environment::{Disk, MemoryDisk};
use node::seal::Vault;
use node::store::{IndexKind, Store, StoreError, StoreOptions};
use protocol::{Op, Records as _, Table};
use tests::golden::{bytes_of, compare, hex_lines, stored};

const FILES: &[&str] = &["FORMAT", "MARK", "journal/seg-00000001"];

fn options() -> StoreOptions {
    StoreOptions {
        index: IndexKind::Memory,
        reserve_bytes: 0,
        background_index: false,
        ..StoreOptions::default()
    }
}

fn home() -> PathBuf {
    PathBuf::from("store")
}

fn written() -> MemoryDisk {
    let disk = MemoryDisk::new();
    let mut store = Store::create(Arc::new(disk.clone()), &home(), &Vault::in_memory(1), options())
        .expect("created");
    store.stage(&[Op::put(Table::Meta, *b"incarnation", [0x33; 16])]).expect("staged");
    store.commit().expect("committed");
    let ops = [Op::publish(Table::Parcel, *b"k1", *b"abc"), Op::remove(Table::Meta, *b"k2")];
    store.stage(&ops).expect("staged");
    store.stage(&[Op::publish(Table::Dossier, *b"k3", *b"")]).expect("staged");
    store.commit().expect("committed");
    store.close().expect("closed");
    disk
}

#[test]
fn a_closed_store_has_these_files() {
    let disk = written();
    let mut text = String::new();
    for file in FILES {
        let bytes = read_whole(&disk, &home().join(file), 1 << 20).expect("is there");
        text.push_str(&format!("# {file}\n{}", hex_lines(&bytes)));
    }
    compare("journal-v2.txt", &text);
    assert_eq!(opened_from(&text), 3);
}

/// Lays the stored files on a fresh disk, opens them and returns how many transactions there are.
fn opened_from(text: &str) -> u64 {
    let store = Store::open(Arc::new(laid(text)), &home(), &Vault::in_memory(1), options());
    let store = store.expect("opens");
    let value = store.get(Table::Parcel, b"k1").expect("reads");
    assert_eq!(value.as_deref(), Some(b"abc".as_slice()));
    assert_eq!(store.get(Table::Meta, b"k2").expect("reads"), None);
    store.verify().expect("whole").frames
}

fn laid(text: &str) -> MemoryDisk {
    let disk = MemoryDisk::new();
    for directory in [home(), home().join("journal")] {
        disk.create_dir(&directory).expect("created");
    }
    for file in text.split("# ").skip(1) {
        let (name, hex) = file.split_once('\n').expect("a name and bytes");
        let laid = disk.create(&home().join(Path::new(name))).expect("created");
        laid.write_at(0, &bytes_of(hex)).expect("written");
    }
    disk
}

#[test]
fn a_store_that_is_not_sealed_is_refused_by_its_version() {
    let text = stored("journal-v1.txt", || unreachable!("version 1 is stored"));
    let refused = Store::open(Arc::new(laid(&text)), &home(), &Vault::in_memory(1), options());
    assert!(matches!(refused, Err(StoreError::OlderFormat { found: 1, .. })));
}

#[test]
fn tables_keep_their_numbers() {
    let numbers: Vec<u8> =
        (0..16).chain(20..23).chain([26, 30, 31, 32, 33, 34, 35, 40, 44]).collect();
    assert_eq!(numbers.len(), Table::ALL.len(), "each table has its number here");
    for (number, table) in numbers.into_iter().zip(Table::ALL) {
        assert_eq!(table as u8, number);
        assert_eq!(Table::from_number(number), Some(table));
    }
    assert_eq!(Table::from_number(16), None);
    assert_eq!(Table::from_number(23), None);
}
