//! Disks that fill up or fail while the store is in use.

use protocol::Records as _;

use super::workload::{World, check, fill, model, state, transaction};
use crate::store::{IndexKind, StoreError, StoreOptions};

/// Stages three transactions after `from` and commits them.
fn commit_three(store: &mut crate::store::Store, from: u64) -> Result<u64, StoreError> {
    for number in from + 1..=from + 3 {
        store.stage(&transaction(number))?;
    }
    Ok(store.commit()?.sequence)
}

#[test]
fn a_disk_that_fills_up_anywhere_acknowledges_nothing_and_works_again_with_room() {
    for room in 0..60 {
        let world = World::new(IndexKind::Memory);
        let mut store = world.filled(9);
        world.disk.set_capacity(Some(world.disk.used() + room * 37));
        let mut acknowledged = 9;
        let failed = loop {
            match commit_three(&mut store, acknowledged) {
                Ok(head) => acknowledged = head,
                Err(error) => break error,
            }
        };
        assert!(matches!(failed, StoreError::Io { .. } | StoreError::DiskFull { .. }), "{failed}");
        assert_eq!(store.feed_head().sequence, acknowledged);
        let _ = store.discard();
        assert_eq!(check(&store), acknowledged, "room {room}");
        world.disk.set_capacity(None);
        assert_eq!(commit_three(&mut store, acknowledged).expect("room again"), acknowledged + 3);
        world.disk.crash(room);
        assert_eq!(check(&world.open().expect("opened")), acknowledged + 3, "room {room}");
    }
}

#[test]
fn a_write_that_fails_half_way_is_cut_before_the_next_one() {
    for seed in 0..40 {
        let world = World::new(IndexKind::Memory);
        let mut store = world.filled(9);
        world.disk.fail_write_after(0);
        assert!(matches!(commit_three(&mut store, 9), Err(StoreError::Io { .. })));
        assert!(matches!(commit_three(&mut store, 9), Err(StoreError::CommitFailed)));
        assert_eq!(state(&store), model(12), "the failed batch is visible until it is discarded");
        store.discard().expect("no sync failed");
        assert_eq!(check(&store), 9);
        assert_eq!(commit_three(&mut store, 9).expect("the disk works again"), 12);
        world.disk.crash(seed);
        assert_eq!(check(&world.open().expect("opened")), 12);
    }
}

#[test]
fn a_failed_sync_closes_the_store_for_writing_until_it_is_opened_again() {
    // Small segments: some of the syncs are those of new segments and their directory.
    let mut failures = 0;
    for good in 0..40 {
        let world = World::new(IndexKind::Memory);
        let mut store = world.filled(9);
        world.disk.fail_sync_after(good);
        let mut acknowledged = 9;
        while acknowledged < 60 {
            match commit_three(&mut store, acknowledged) {
                Ok(head) => acknowledged = head,
                Err(_) => break,
            }
        }
        if acknowledged < 60 {
            failures += 1;
            assert!(matches!(store.discard(), Err(StoreError::Poisoned)));
            assert!(matches!(commit_three(&mut store, acknowledged), Err(StoreError::Poisoned)));
            assert_eq!(check(&store), acknowledged, "what was durable stays readable");
            assert!(matches!(store.close(), Err(StoreError::Poisoned)));
        } else {
            drop(store);
        }
        world.disk.crash(good);
        let found = check(&world.open().expect("opened"));
        assert!(found >= acknowledged && found <= acknowledged + 3, "{good}: {found}");
    }
    assert!(failures > 20, "{failures} failures");
}

#[test]
fn below_the_reserve_new_work_is_refused_and_nothing_is_touched() {
    let world = World::new(IndexKind::Memory);
    world.filled(9).close().expect("closed");
    let options = StoreOptions { reserve_bytes: 10_000, ..world.options() };
    let mut store = world.open_with(options).expect("opened");
    world.disk.set_capacity(Some(world.disk.used() + 9_000));
    let changes = world.disk.changes();
    assert!(matches!(
        store.stage(&transaction(10)),
        Err(StoreError::DiskFull { free: 9_000, reserve: 10_000 })
    ));
    assert_eq!(world.disk.changes(), changes);
    assert_eq!(check(&store), 9);
    world.disk.set_capacity(None);
    fill(&mut store, 12);
    assert_eq!(check(&store), 12);
}

#[test]
fn an_index_that_fails_is_rebuilt_and_the_commit_stands() {
    for (good, background_index) in (0..60).flat_map(|good| [(good, false), (good, true)]) {
        let world = World::new(IndexKind::Redb);
        world.filled(9).close().expect("closed");
        let options = StoreOptions { background_index, ..world.options() };
        let mut store = world.open_with(options).expect("opened");
        world.disk.fail_write_after(good);
        let mut acknowledged = 9;
        for _ in 0..6 {
            match commit_three(&mut store, acknowledged) {
                Ok(head) => acknowledged = head,
                Err(_) => store.discard().expect("only a write failed"),
            }
        }
        assert!(acknowledged >= 24, "one write failed, {acknowledged} were acknowledged");
        assert_eq!(check(&store), acknowledged, "write {good}");
        world.disk.crash(good);
        assert_eq!(check(&world.open().expect("opened")), acknowledged);
    }
}
