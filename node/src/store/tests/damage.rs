//! Flipped bits, missing bytes and missing files.

use std::path::{Path, PathBuf};

use protocol::{FeedPosition, Op, Records as _, Table};

use super::workload::{HOME, World, check, file, model, segment, transaction};
use crate::environment::disk::read_whole;
use crate::environment::entropy::SplitMix64;
use crate::environment::{Disk as _, MemoryDisk};
use crate::store::{Damage, IndexKind, StoreError, StoreOptions};

const SEVERAL: u64 = 40;

fn bytes_of(disk: &MemoryDisk, path: &Path) -> Vec<u8> {
    read_whole(disk, path, 1 << 24).expect("readable")
}

fn journal_files(disk: &MemoryDisk) -> Vec<PathBuf> {
    let names = disk.list(&file("journal")).expect("listed");
    names.into_iter().map(|name| file("journal").join(name)).collect()
}

#[test]
fn a_bit_flipped_in_any_file_of_a_closed_store_is_noticed() {
    let world = World::new(IndexKind::Memory);
    world.filled(SEVERAL).close().expect("closed");
    let mut files = journal_files(&world.disk);
    assert!(files.len() > 2, "the last segment is not the only one");
    files.extend([file("FORMAT"), file("MARK")]);
    for path in files {
        let step = if path.starts_with(file("journal")) { 13 } else { 1 };
        for (turn, offset) in
            (0..bytes_of(&world.disk, &path).len() as u64).step_by(step).enumerate()
        {
            world.disk.flip_bit(&path, offset, turn as u32).expect("flipped");
            let error = world.open().err().unwrap_or_else(|| panic!("{path:?} {offset}"));
            assert!(
                matches!(
                    error,
                    StoreError::Damage(_)
                        | StoreError::BadFile { .. }
                        | StoreError::NewerFormat { .. }
                ),
                "{path:?} {offset}: {error}"
            );
            world.disk.flip_bit(&path, offset, turn as u32).expect("flipped back");
        }
    }
    assert_eq!(check(&world.open().expect("whole again")), SEVERAL);
}

#[test]
fn a_bit_flipped_under_an_open_store_never_gives_wrong_bytes_and_spoils_one_value_at_most() {
    let world = World::new(IndexKind::Memory);
    let mut store = world.filled(SEVERAL);
    store.rebuild_index().expect("every row in the index");
    let state = model(SEVERAL);
    for path in journal_files(&world.disk) {
        for offset in (0..bytes_of(&world.disk, &path).len() as u64).step_by(61) {
            world.disk.flip_bit(&path, offset, 3).expect("flipped");
            let mut faults = 0;
            for ((table, key), value) in &state {
                match store.get(*table, key) {
                    Ok(found) => assert_eq!(found.as_ref(), Some(value), "{path:?} {offset}"),
                    Err(fault) => {
                        faults += 1;
                        assert!(fault.0.contains("Parcel"), "{fault}");
                    }
                }
            }
            assert!(faults <= 1, "{path:?} {offset}: {faults} faults");
            assert!(matches!(store.verify(), Err(StoreError::Damage(_))), "{path:?} {offset}");
            assert!(store.feed_after(0, usize::MAX, usize::MAX).is_err(), "{path:?} {offset}");
            world.disk.flip_bit(&path, offset, 3).expect("flipped back");
        }
    }
    assert_eq!(check(&store), SEVERAL);
}

#[test]
fn a_round_in_pieces_reads_what_was_there_and_finds_any_bit() {
    let world = World::new(IndexKind::Memory);
    let mut store = world.filled(SEVERAL);
    let mut round = store.begin_round().expect("begun");
    let (of, mut pieces) = (store.feed_head().sequence, 0);
    while !store.go_round(&mut round, 100).expect("whole") {
        pieces += 1;
        assert!(round.frames() > 0 && round.frames() <= of, "{}", round.frames());
        // Others write meanwhile, and are no part of it.
        store.stage(&[Op::put(Table::Meta, [1], *b"v")]).expect("staged");
        store.commit().expect("committed");
    }
    assert!(pieces > 10 && store.export_stats().segments > 1, "{pieces}");
    assert_eq!((round.frames(), round.of()), (of, of));
    drop(store);

    let store = world.open().expect("opened");
    for path in journal_files(&world.disk) {
        for offset in (0..bytes_of(&world.disk, &path).len() as u64).step_by(61) {
            world.disk.flip_bit(&path, offset, 3).expect("flipped");
            let mut round = store.begin_round().expect("begun");
            let end = loop {
                match store.go_round(&mut round, 100) {
                    Ok(false) => {}
                    end => break end,
                }
            };
            assert!(matches!(end, Err(StoreError::Damage(_))), "{path:?} {offset}: {end:?}");
            world.disk.flip_bit(&path, offset, 3).expect("flipped back");
        }
    }
}

#[test]
fn a_bit_flipped_in_a_kept_index_is_noticed_and_the_index_rebuilt() {
    let world = World::new(IndexKind::Redb);
    world.filled(SEVERAL).close().expect("closed");
    let random = &mut SplitMix64::new(5);
    for trial in 0..60 {
        let length = bytes_of(&world.disk, &file("index.redb")).len() as u64;
        let offset = random.below(length);
        world.disk.flip_bit(&file("index.redb"), offset, trial).expect("flipped");
        let store = world.open().expect("opened");
        assert_eq!(check(&store), SEVERAL, "offset {offset}");
        drop(store);
    }
}

#[test]
fn a_torn_tail_of_any_length_is_cut_when_no_one_was_told_of_it() {
    let world = World::new(IndexKind::Memory);
    drop(world.filled(5));
    let whole = bytes_of(&world.disk, &segment(1));
    let mut heads = std::collections::BTreeSet::new();
    for length in 0..=whole.len() {
        world.disk.overwrite(&segment(1), whole[..length].to_vec()).expect("cut");
        let store = world.open().unwrap_or_else(|error| panic!("length {length}: {error}"));
        heads.insert(check(&store));
    }
    assert_eq!(heads.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_journal_shorter_than_what_peers_were_told_is_damage_and_stays_untouched() {
    let world = World::new(IndexKind::Memory);
    let mut store = world.filled(5);
    let told = store.feed_head();
    drop(store);
    let whole = bytes_of(&world.disk, &segment(1));
    for length in (0..whole.len()).step_by(7) {
        let cut = whole[..length].to_vec();
        world.disk.overwrite(&segment(1), cut.clone()).expect("cut");
        let options = StoreOptions { at_least: told, ..world.options() };
        assert!(matches!(world.open_with(options), Err(StoreError::Damage(_))), "{length}");
        assert_eq!(bytes_of(&world.disk, &segment(1)), cut);
    }
    world.disk.overwrite(&segment(1), whole).expect("restored");
    let other = FeedPosition { digest: dossier::Hash::of(b"another history"), ..told };
    let options = StoreOptions { at_least: other, ..world.options() };
    assert!(matches!(world.open_with(options), Err(StoreError::Damage(_))));
    store = world.open().expect("opened");
    assert_eq!(check(&store), 5);
}

#[test]
fn a_journal_cut_before_the_mark_of_a_clean_close_is_damage() {
    let world = World::new(IndexKind::Memory);
    world.filled(SEVERAL).close().expect("closed");
    let files = journal_files(&world.disk);
    for (path, number) in files.iter().zip(1..) {
        let whole = bytes_of(&world.disk, path);
        let short = whole[..whole.len() - 1].to_vec();
        world.disk.overwrite(path, short.clone()).expect("cut");
        let error = world.open().expect_err("shorter than the mark");
        assert!(
            matches!(&error, StoreError::Damage(Damage { segment, .. }) if *segment == number),
            "{error}"
        );
        assert_eq!(bytes_of(&world.disk, path), short, "the file is left as it is");
        world.disk.overwrite(path, whole).expect("restored");
    }
}

#[test]
fn a_missing_segment_is_damage() {
    for missing in 1..=3 {
        let world = World::new(IndexKind::Memory);
        world.filled(SEVERAL).close().expect("closed");
        world.disk.remove(&segment(missing)).expect("removed");
        let error = world.open().expect_err("a segment is missing");
        assert!(
            matches!(&error, StoreError::Damage(damage) if damage.segment == missing),
            "{error}"
        );
    }
}

#[test]
fn a_bad_frame_with_a_later_batch_behind_it_is_damage_even_without_a_mark() {
    let world = World::new(IndexKind::Memory);
    let mut store = world.create().expect("created");
    for number in 1..=6 {
        store.stage(&transaction(number)).expect("staged");
        store.commit().expect("committed");
    }
    drop(store);
    let mut noticed = 0;
    for offset in 0..bytes_of(&world.disk, &segment(1)).len() as u64 {
        let copy = world.disk.duplicate();
        copy.flip_bit(&segment(1), offset, 0).expect("flipped");
        let mut damaged = World::new(IndexKind::Memory);
        damaged.disk = copy;
        match damaged.open() {
            Err(StoreError::Damage(_)) => noticed += 1,
            Ok(store) => assert_eq!(check(&store), 5, "only the last frame may pass for torn"),
            Err(error) => panic!("offset {offset}: {error}"),
        }
    }
    assert!(noticed > 0);
}

#[test]
fn a_store_missing_one_of_its_small_files_does_not_open() {
    for name in ["MARK", "FORMAT"] {
        let world = World::new(IndexKind::Memory);
        world.filled(3).close().expect("closed");
        world.disk.remove(&file(name)).expect("removed");
        assert!(matches!(world.open(), Err(StoreError::BadFile { file }) if file == name));
    }
}

#[test]
fn a_position_told_to_peers_is_written_down_once_in_a_thousand_and_at_closing() {
    let world = World::new(IndexKind::Memory);
    let mut store = world.create().expect("created");
    let before = world.disk.changes();
    for number in 1..=1100_u64 {
        let op = protocol::Op::put(Table::Meta, *b"n", number.to_be_bytes());
        store.stage(&[op]).expect("staged");
        let head = store.commit().expect("committed");
        store.told_to_peers(head);
    }
    let calls_without_marks = 2 * 1100 + 3 * u64::from(store.export_stats().segments - 1);
    assert!(world.disk.changes() - before <= calls_without_marks + 10);
    drop(store);
    let marked = bytes_of(&world.disk, &Path::new(HOME).join("MARK"));
    let marked = String::from_utf8(marked).expect("text");
    assert!(marked.starts_with("1024 "), "{marked}");
}
