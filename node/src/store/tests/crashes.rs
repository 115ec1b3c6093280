//! Power cuts and kills at random and at every call.

use protocol::Records as _;

use super::workload::{World, check, transaction};
use crate::environment::entropy::SplitMix64;
use crate::store::{IndexKind, Store, StoreError};

/// How many seeds each index gets; sled and redb take longer to open.
fn seeds(kind: IndexKind) -> std::ops::Range<u64> {
    match kind {
        IndexKind::Memory => 0..400,
        IndexKind::Redb => 0..60,
        IndexKind::Sled => 0..30,
    }
}

/// Commits random batches until the machine stops; returns the last acknowledged number and the
/// last one that was tried.
fn work(store: &mut Store, random: &mut SplitMix64, batches: u64) -> (u64, u64) {
    let mut acknowledged = store.feed_head().sequence;
    let mut tried = acknowledged;
    for _ in 0..batches {
        for _ in 0..=random.below(6) {
            match store.stage(&transaction(tried + 1)) {
                Ok(()) => tried += 1,
                Err(_) => return (acknowledged, tried),
            }
        }
        match store.commit() {
            Ok(head) => acknowledged = head.sequence,
            Err(_) => return (acknowledged, tried),
        }
        if random.below(4) == 0 {
            let told = store.feed_head();
            store.told_to_peers(told);
        }
    }
    (acknowledged, tried)
}

#[test]
fn after_a_power_cut_the_state_is_a_prefix_that_holds_all_that_was_acknowledged() {
    for kind in IndexKind::ALL {
        let mut unfinished_survived = 0;
        for seed in seeds(kind) {
            let random = &mut SplitMix64::new(seed);
            let world = World::new(kind);
            drop(world.create().expect("created"));
            for round in 0..3 {
                let mut store = world.open().expect("opened");
                world.disk.stop_after(random.below(60));
                let (acknowledged, tried) = work(&mut store, random, 20);
                world.disk.crash(seed * 31 + round);
                drop(store);
                let store = world.open().unwrap_or_else(|error| panic!("{kind} {seed}: {error}"));
                let found = check(&store);
                assert!(found >= acknowledged && found <= tried, "{kind} {seed}: {found}");
                unfinished_survived += u64::from(found > acknowledged);
            }
        }
        assert!(unfinished_survived > 0, "{kind}: no cut fell into a sync");
    }
}

#[test]
fn what_a_reopened_store_has_shown_survives_the_next_power_cut() {
    for seed in 0..200 {
        let random = &mut SplitMix64::new(seed);
        let world = World::new(IndexKind::Memory);
        let mut store = world.create().expect("created");
        work(&mut store, random, 5);
        world.disk.fail_sync_after(0);
        store.stage(&transaction(store.feed_head().sequence + 1)).expect("staged");
        assert!(store.commit().is_err());
        drop(store);
        // The process ended, the machine did not: the unsynced frame is still readable.
        let store = world.open().expect("opened");
        let shown = store.feed_head();
        drop(store);
        world.disk.crash(seed);
        let store = world.open().expect("opened");
        assert_eq!(store.feed_head(), shown, "seed {seed}");
        check(&store);
    }
}

/// Creates, fills over several segments, closes and opens again; returns what was acknowledged.
fn life(world: &World) -> Result<u64, (u64, StoreError)> {
    let mut store = world.create().map_err(|error| (0, error))?;
    let mut acknowledged = 0;
    for number in 1..=24 {
        store.stage(&transaction(number)).map_err(|error| (acknowledged, error))?;
        if number % 3 == 0 {
            acknowledged = store.commit().map_err(|error| (acknowledged, error))?.sequence;
        }
    }
    store.close().map_err(|error| (acknowledged, error))?;
    let store = world.open().map_err(|error| (acknowledged, error))?;
    store.close().map_err(|error| (acknowledged, error))?;
    Ok(acknowledged)
}

#[test]
fn a_kill_between_any_two_calls_of_a_whole_life_loses_nothing() {
    for kind in [IndexKind::Memory, IndexKind::Redb] {
        let counting = World::new(kind);
        life(&counting).expect("undisturbed");
        let calls = counting.disk.changes();
        let cuts: &[u64] = if kind == IndexKind::Memory { &[1, 2, 3, 4, 5] } else { &[1] };
        for (stop, cut) in (0..calls).flat_map(|stop| cuts.iter().map(move |cut| (stop, cut))) {
            let world = World::new(kind);
            world.disk.stop_after(stop);
            let acknowledged = life(&world).unwrap_or_else(|(acknowledged, _)| acknowledged);
            world.disk.crash(stop * 7 + cut);
            match world.open() {
                Ok(store) => assert!(check(&store) >= acknowledged, "{kind}, stop {stop}"),
                Err(StoreError::Missing(_)) => {
                    assert_eq!(acknowledged, 0, "{kind}, stop {stop}");
                    world.create().expect("a second attempt");
                }
                Err(error) => panic!("{kind}, stop {stop}, cut {cut}: {error}"),
            }
        }
    }
}

#[test]
fn a_kill_during_recovery_is_recovered_from() {
    for seed in 0..60 {
        let world = World::new(IndexKind::Memory);
        let mut store = world.filled(10);
        world.disk.stop_after(1);
        for number in 11..=14 {
            store.stage(&transaction(number)).expect("staged");
        }
        assert!(store.commit().is_err());
        world.disk.crash(seed);
        for stop in 0..4 {
            world.disk.stop_after(stop);
            let _ = world.open();
            world.disk.crash(seed * 5 + stop);
        }
        assert!(check(&world.open().expect("opened")) >= 10);
    }
}
