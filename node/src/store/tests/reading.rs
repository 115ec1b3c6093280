use std::collections::BTreeMap;
use std::ops::Bound;

use dossier::Hash;
use protocol::{Op, Records as _, Table};

use super::workload::{World, transaction};
use crate::environment::entropy::SplitMix64;
use crate::store::{IndexKind, StoreOptions};

/// Keys of one to three letters out of four, so that prefixes and collisions are frequent.
fn random_key(random: &mut SplitMix64) -> Vec<u8> {
    (0..=random.below(3)).map(|_| b'a' + random.below(4) as u8).collect()
}

fn expected(
    model: &BTreeMap<Vec<u8>, Vec<u8>>,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    let entries = model.range::<[u8], _>((start, Bound::Unbounded));
    let entries = entries.filter(|(key, _)| key.starts_with(prefix)).take(limit);
    entries.map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[test]
fn scans_agree_with_a_sorted_map_whatever_is_staged_recent_or_indexed() {
    for kind in IndexKind::ALL {
        let mut random = SplitMix64::new(11);
        let world = World::new(kind);
        drop(world.create().expect("created"));
        // On the thread, rows are staged, recent, moving and indexed at the same time.
        let options = StoreOptions { background_index: true, ..world.options() };
        let mut store = world.open_with(options).expect("opened");
        let mut model = BTreeMap::new();
        for step in 0..600_u64 {
            let key = random_key(&mut random);
            if random.below(3) == 0 {
                store.stage(&[Op::remove(Table::Member, key.clone())]).expect("staged");
                model.remove(&key);
            } else {
                let value = vec![step as u8; random.below(90) as usize];
                store.stage(&[Op::put(Table::Member, key.clone(), value.clone())]).expect("staged");
                model.insert(key.clone(), value);
            }
            if random.below(4) == 0 {
                store.commit().expect("committed");
            }
            let mut prefix = random_key(&mut random);
            prefix.truncate(random.below(3) as usize);
            let after = (random.below(2) == 0).then(|| random_key(&mut random));
            let limit = random.below(12) as usize;
            let found = store.scan(Table::Member, &prefix, after.as_deref(), limit);
            let wanted = expected(&model, &prefix, after.as_deref(), limit);
            assert_eq!(found.expect("no fault"), wanted, "{kind}, step {step}");
            assert_eq!(store.get(Table::Member, &key).expect("no fault"), model.get(&key).cloned());
        }
        let neighbours = [Table::Parcel, Table::Acknowledgement];
        for table in neighbours {
            assert_eq!(store.scan(table, b"", None, 10).expect("no fault"), []);
        }
    }
}

#[test]
fn the_feed_can_be_read_from_any_place_in_any_portion() {
    let store = World::new(IndexKind::Memory).filled(150);
    let whole = store.feed_after(0, usize::MAX, usize::MAX).expect("no fault");
    for after in 0..=150_u64 {
        let wanted = &whole[after as usize..];
        let portion = store.feed_after(after, usize::MAX, 3).expect("no fault");
        assert_eq!(portion, wanted[..wanted.len().min(3)], "after {after}");
        let least = store.feed_after(after, 0, usize::MAX).expect("no fault");
        assert_eq!(least, wanted[..wanted.len().min(1)], "after {after}");
    }
    assert_eq!(store.feed_after(u64::MAX, 1, 1).expect("no fault"), []);
}

#[test]
fn a_portion_of_the_feed_ends_once_its_bytes_pass_the_limit() {
    let store = World::new(IndexKind::Memory).filled(100);
    let portion = store.feed_after(0, 2000, usize::MAX).expect("no fault");
    let size = |op: &Op| op.key.len() + op.value.as_ref().map_or(0, Vec::len);
    let sizes: Vec<usize> =
        portion.iter().map(|shown| shown.published.iter().map(size).sum()).collect();
    let (last, before) = sizes.split_last().expect("not empty");
    let before: usize = before.iter().sum();
    assert!(before < 2000 && before + last >= 2000, "{before} + {last}");
}

#[test]
fn the_digest_of_every_place_is_known_and_chained() {
    let store = World::new(IndexKind::Memory).filled(100);
    assert_eq!(store.feed_digest(0).expect("no fault"), Some(Hash::ZERO));
    let whole = store.feed_after(0, usize::MAX, usize::MAX).expect("no fault");
    for shown in &whole {
        let digest = store.feed_digest(shown.position.sequence).expect("no fault");
        assert_eq!(digest, Some(shown.position.digest));
    }
    assert_eq!(store.feed_digest(101).expect("no fault"), None);
}

#[test]
fn private_transactions_keep_their_place_in_the_feed() {
    let mut store = World::new(IndexKind::Memory).create().expect("created");
    store.stage(&[Op::put(Table::Meta, *b"secret", *b"x")]).expect("staged");
    store.stage(&transaction(2)).expect("staged");
    store.commit().expect("committed");
    let feed = store.feed_after(0, usize::MAX, usize::MAX).expect("no fault");
    assert_eq!(feed[0].published, []);
    assert_eq!(feed[1].published.len(), 1);
}
