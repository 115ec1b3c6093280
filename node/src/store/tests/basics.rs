use std::path::Path;
use std::sync::Arc;

use protocol::{FeedPosition, Op, Records as _, Table};

use super::workload::{World, check, file, fill, transaction};
use crate::environment::{Disk as _, RealDisk};
use crate::seal::Vault;
use crate::store::{IndexKind, Store, StoreError, StoreOptions};

#[test]
fn staged_writes_are_read_at_once_but_stay_out_of_the_feed() {
    let mut store = World::new(IndexKind::Memory).filled(3);
    store.stage(&transaction(4)).expect("staged");
    let seen = store.get(Table::Dossier, b"d4").expect("no fault");
    assert_eq!(seen.as_deref(), Some(b"head 4".as_slice()));
    assert_eq!(store.staged(), 1);
    assert_eq!(store.feed_head().sequence, 3);
    assert_eq!(store.feed_digest(4).expect("no fault"), None);
}

#[test]
fn sixty_four_transactions_share_one_write_and_one_sync() {
    let world = World::new(IndexKind::Memory);
    let mut store = world.create().expect("created");
    let before = world.disk.changes();
    for number in 1..=64 {
        store.stage(&[Op::put(Table::Meta, [number], *b"v")]).expect("staged");
    }
    assert_eq!(store.commit().expect("committed").sequence, 64);
    assert_eq!(world.disk.changes() - before, 2);
    assert_eq!(store.commit().expect("nothing to do").sequence, 64);
    assert_eq!(world.disk.changes() - before, 2);
}

#[test]
fn a_closed_store_opens_with_the_same_state_on_every_index() {
    for kind in IndexKind::ALL {
        let world = World::new(kind);
        let head = world.filled(60).close().expect("closed");
        let store = world.open().expect("opened");
        assert_eq!(check(&store), 60, "{kind}");
        assert_eq!(store.feed_head(), head);
        assert!(store.export_stats().segments > 2);
        assert_eq!(store.verify().expect("whole"), store.export_stats());
    }
}

#[test]
fn switching_the_index_rebuilds_it_and_leaves_no_remnant() {
    let mut world = World::new(IndexKind::Memory);
    world.filled(30).close().expect("closed");
    let order = [IndexKind::Redb, IndexKind::Sled, IndexKind::Redb, IndexKind::Memory];
    for (kind, count) in order.into_iter().zip([40, 50, 60, 70]) {
        world.kind = kind;
        let mut store = world.open().expect("opened");
        fill(&mut store, count);
        assert_eq!(check(&store), count, "{kind}");
        store.close().expect("closed");
    }
    assert!(world.disk.open(&file("index.redb")).is_err());
}

#[test]
fn the_index_of_another_store_is_not_believed() {
    let (world, other) = (World::new(IndexKind::Redb), World::new(IndexKind::Redb));
    world.filled(30).close().expect("closed");
    let mut store = other.create().expect("created");
    for number in 100..130 {
        store.stage(&transaction(number)).expect("staged");
    }
    store.close().expect("closed");
    let foreign = crate::environment::disk::read_whole(&other.disk, &file("index.redb"), 1 << 30);
    world.disk.overwrite(&file("index.redb"), foreign.expect("readable")).expect("replaced");
    assert_eq!(check(&world.open().expect("opened")), 30);
}

#[test]
fn an_older_copy_of_a_store_opens_as_it_was() {
    for kind in [IndexKind::Memory, IndexKind::Redb] {
        let mut world = World::new(kind);
        let mut store = world.filled(20);
        let backup = world.disk.duplicate();
        fill(&mut store, 40);
        store.close().expect("closed");
        world.disk = backup;
        assert_eq!(check(&world.open().expect("opened")), 20);
    }
}

#[test]
fn a_store_is_not_created_over_another_nor_opened_where_none_is() {
    let world = World::new(IndexKind::Memory);
    assert!(matches!(world.open(), Err(StoreError::Missing(_))));
    drop(world.create().expect("created"));
    assert!(matches!(world.create(), Err(StoreError::Exists(_))));
}

#[test]
fn a_store_of_another_format_is_refused() {
    let world = World::new(IndexKind::Memory);
    world.filled(3).close().expect("closed");
    world.disk.overwrite(&file("FORMAT"), b"hoso store 3\n".to_vec()).expect("replaced");
    let refused = world.open().expect_err("newer");
    assert!(matches!(refused, StoreError::NewerFormat { found: 3, supported: 2 }));
    world.disk.overwrite(&file("FORMAT"), b"hoso store 1\n".to_vec()).expect("replaced");
    let refused = world.open().expect_err("not sealed");
    assert!(matches!(refused, StoreError::OlderFormat { found: 1, supported: 2 }));
}

#[test]
fn a_store_in_use_names_the_process_that_holds_it() {
    let machine = tempfile::tempdir().expect("a temporary directory");
    let path = machine.path().join("store");
    let options = StoreOptions { reserve_bytes: 0, ..StoreOptions::default() };
    let open = |options| Store::open(Arc::new(RealDisk), &path, &Vault::in_memory(1), options);
    let held = Store::create(Arc::new(RealDisk), &path, &Vault::in_memory(1), options.clone())
        .expect("created");
    let refused = open(options.clone()).expect_err("held");
    let own = std::process::id();
    assert!(matches!(refused, StoreError::LockHeld { pid: Some(pid) } if pid == own));
    drop(held);
    assert!(open(options).is_ok());
}

#[test]
fn every_index_works_on_the_real_disk() {
    for kind in IndexKind::ALL {
        let machine = tempfile::tempdir().expect("a temporary directory");
        let path: &Path = &machine.path().join("store");
        let vault = Vault::in_memory(1);
        let options = StoreOptions {
            index: kind,
            reserve_bytes: 0,
            recent_bytes: 600,
            segment_bytes: 4096,
            ..StoreOptions::default()
        };
        let mut store =
            Store::create(Arc::new(RealDisk), path, &vault, options.clone()).expect("created");
        fill(&mut store, 50);
        drop(store);
        let mut store =
            Store::open(Arc::new(RealDisk), path, &vault, options.clone()).expect("opened");
        assert_eq!(check(&store), 50, "{kind}");
        fill(&mut store, 60);
        store.close().expect("closed");
        let store = Store::open(Arc::new(RealDisk), path, &vault, options).expect("opened");
        assert_eq!(check(&store), 60, "{kind}");
    }
}

#[test]
fn an_index_rebuilt_in_use_shows_the_same_state() {
    for kind in IndexKind::ALL {
        let mut store = World::new(kind).filled(30);
        store.rebuild_index().expect("rebuilt");
        assert_eq!(check(&store), 30, "{kind}");
        fill(&mut store, 40);
        assert_eq!(check(&store), 40, "{kind}");
    }
}

#[test]
fn too_much_in_one_transaction_or_batch_is_refused_before_it_is_staged() {
    let mut store = World::new(IndexKind::Memory).create().expect("created");
    let long_key = Op::put(Table::Meta, vec![0; Op::KEY_MAX + 1], *b"");
    assert!(matches!(store.stage(&[long_key]), Err(StoreError::TooLarge { what: "key", .. })));
    let large = Op::put(Table::Meta, *b"k", vec![0; Op::VALUE_MAX]);
    let refused = (0..9).find_map(|_| store.stage(std::slice::from_ref(&large)).err());
    assert!(matches!(refused, Some(StoreError::TooLarge { what: "staged transactions", .. })));
    assert_eq!(store.staged(), 7);
    assert_eq!(store.feed_head(), FeedPosition::START);
}
