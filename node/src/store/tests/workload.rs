//! Transactions whose every byte follows from their number, so that a state can be checked exactly.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::{Op, Records as _, Table};
use tempfile::TempDir;

use crate::environment::MemoryDisk;
use crate::seal::Vault;
use crate::store::{IndexKind, Store, StoreError, StoreOptions};

/// The store's directory on every test disk.
pub(super) const HOME: &str = "store";

/// A disk, and a place of the machine for sled's files.
pub(super) struct World {
    pub(super) disk: MemoryDisk,
    pub(super) kind: IndexKind,
    pub(super) vault: Arc<Vault>,
    machine: TempDir,
}

impl World {
    pub(super) fn new(kind: IndexKind) -> Self {
        let machine = tempfile::tempdir().expect("a temporary directory");
        Self { disk: MemoryDisk::new(), kind, vault: Vault::in_memory(1), machine }
    }

    /// Small segments and few recent rows, so that rolling and spilling happen often.
    pub(super) fn options(&self) -> StoreOptions {
        StoreOptions {
            index: self.kind,
            index_directory: Some(self.machine.path().to_owned()),
            reserve_bytes: 0,
            segment_bytes: 4096,
            recent_bytes: 600,
            background_index: false,
            ..StoreOptions::default()
        }
    }

    pub(super) fn create(&self) -> Result<Store, StoreError> {
        Store::create(Arc::new(self.disk.clone()), Path::new(HOME), &self.vault, self.options())
    }

    pub(super) fn open(&self) -> Result<Store, StoreError> {
        self.open_with(self.options())
    }

    pub(super) fn open_with(&self, options: StoreOptions) -> Result<Store, StoreError> {
        Store::open(Arc::new(self.disk.clone()), Path::new(HOME), &self.vault, options)
    }

    /// A store with `count` transactions, in commits of up to four.
    pub(super) fn filled(&self, count: u64) -> Store {
        let mut store = self.create().expect("created");
        fill(&mut store, count);
        store
    }
}

/// Adds transactions up to number `count`, in commits of up to four.
pub(super) fn fill(store: &mut Store, count: u64) {
    for number in store.feed_head().sequence + 1..=count {
        store.stage(&transaction(number)).expect("staged");
        if number % 4 == 0 || number == count {
            store.commit().expect("committed");
        }
    }
}

pub(super) fn file(name: &str) -> PathBuf {
    Path::new(HOME).join(name)
}

pub(super) fn segment(number: u32) -> PathBuf {
    file(&format!("journal/seg-{number:08}"))
}

/// The transaction that gets `number`: a changed head, a new parcel, an old parcel removed.
pub(super) fn transaction(number: u64) -> Vec<Op> {
    let mut ops = vec![
        Op::put(Table::Dossier, format!("d{}", number % 7), format!("head {number}")),
        Op::publish(Table::Parcel, parcel_key(number), body(number)),
    ];
    if number > 20 {
        ops.push(Op::remove(Table::Parcel, parcel_key(number - 20)));
    }
    ops
}

pub(super) fn parcel_key(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// 0 to 599 bytes.
pub(super) fn body(number: u64) -> Vec<u8> {
    let length = number.wrapping_mul(0x9e37_79b9) % 600;
    (0..length).map(|at| (number * 31 + at * 7) as u8).collect()
}

/// The state after the first `count` transactions.
pub(super) fn model(count: u64) -> BTreeMap<(Table, Vec<u8>), Vec<u8>> {
    let mut state = BTreeMap::new();
    for op in (1..=count).flat_map(transaction) {
        match op.value {
            Some(value) => state.insert((op.table, op.key), value),
            None => state.remove(&(op.table, op.key)),
        };
    }
    state
}

/// All that the store shows.
pub(super) fn state(store: &Store) -> BTreeMap<(Table, Vec<u8>), Vec<u8>> {
    let mut state = BTreeMap::new();
    for table in Table::ALL {
        for (key, value) in store.scan(table, b"", None, 10_000).expect("no fault") {
            assert_eq!(store.get(table, &key).expect("no fault").as_ref(), Some(&value));
            state.insert((table, key), value);
        }
    }
    state
}

/// Asserts that the store is exactly the state after some transaction, and returns its number.
pub(super) fn check(store: &Store) -> u64 {
    let head = store.feed_head();
    assert_eq!(state(store), model(head.sequence), "state at {}", head.sequence);
    let feed = store.feed_after(0, usize::MAX, usize::MAX).expect("no fault");
    assert_eq!(feed.len() as u64, head.sequence);
    for (shown, number) in feed.iter().zip(1..) {
        assert_eq!(shown.position.sequence, number);
        let published = transaction(number).into_iter().filter(|op| op.feed);
        assert_eq!(shown.published, published.collect::<Vec<_>>());
    }
    assert_eq!(feed.last().map_or(head, |last| last.position), head);
    head.sequence
}
