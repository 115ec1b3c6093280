//! A log on a disk that dies between any two calls, or has no room for the rest of an entry.

use super::*;
use crate::seal::Vault;
use crate::store::StoreError;
use protocol::audit::Kept;

/// A machine: its disk outlives its store.
struct Machine {
    disk: MemoryDisk,
    member: Office,
}

/// What a machine had shown to others before it died.
#[derive(Default)]
struct Shown {
    entries: u64,
    checkpoints: Vec<Kept>,
}

impl Machine {
    fn new() -> Self {
        Self { disk: MemoryDisk::new(), member: Stage::new().offices.remove(0) }
    }

    fn options() -> StoreOptions {
        StoreOptions {
            index: IndexKind::Memory,
            background_index: false,
            reserve_bytes: 0,
            segment_bytes: 4_096,
            ..StoreOptions::default()
        }
    }

    fn open(&self) -> Result<Store, StoreError> {
        Store::open(
            Arc::new(self.disk.clone()),
            Path::new("store"),
            &Vault::in_memory(1),
            Self::options(),
        )
    }

    fn log(&self, store: &Store) -> Log {
        let Office { node, unit, audit, log, .. } = &self.member;
        Log::open(*node, unit.clone(), log.incarnation(), store, audit).expect("a log that opens")
    }

    /// Records so many acts, each durable before the next, with a checkpoint at every third; tells
    /// what was shown until the disk failed.
    fn work(&self, store: &mut Store, acts: u64, shown: &mut Shown) -> Result<(), StoreError> {
        let mut log = self.log(store);
        for _ in 0..acts {
            let at = Timestamp::from_millis(AT + 1_000 * log.size() as i64);
            let mut ops = log.append(at, Record::of(Act::Opened), &self.member.audit);
            let signs = log.size().is_multiple_of(3);
            if signs {
                ops.extend(log.checkpoint(at, &self.member.crypto));
            }
            store.stage(&ops)?;
            store.commit()?;
            shown.entries = log.size();
            if signs {
                shown.checkpoints.extend(newest(store, &log.id()).expect("readable"));
            }
        }
        Ok(())
    }

    /// Everything that was shown is in the log, and the log is whole.
    fn judge(&self, store: &mut Store, shown: &Shown, what: &str) {
        let mut log = self.log(store);
        assert!(log.size() >= shown.entries, "{what}: {} of {}", log.size(), shown.entries);
        let at = Timestamp::from_millis(AT + 3_600_000);
        let mut ops = log.append(at, Record::of(Act::Stopped), &self.member.audit);
        ops.extend(log.checkpoint(at, &self.member.crypto));
        store.stage(&ops).expect("staged");
        store.commit().expect("committed");
        let stage = Stage::new();
        let mut members = MemberList::default();
        let register = KeyCrypto::new(PrivateKey::from_seed([5; 32]));
        for entry in &stage.members {
            members.push(entry, &register.public(), &register).expect("an entry");
        }
        let mut inspection = Inspection::new(members);
        for kept in &shown.checkpoints {
            inspection.witness(stage.offices[1].node, kept, &register);
        }
        inspection.begin(self.member.node, log.incarnation(), at);
        let mut head = Hash::ZERO;
        for (number, sealed) in entries_after(store, 0, 0, 1_000).expect("entries") {
            head = protocol::audit::chain(&head, &sealed);
            inspection.entry(number, &sealed, head, Some(&self.member.audit));
        }
        let last = newest(store, &log.id()).expect("readable").expect("a checkpoint");
        inspection.checkpoint(&last, &register);
        inspection.end(log.size());
        inspection.close(self.member.node, at);
        let found = inspection.findings();
        assert!(found.is_clean(), "{what}: {:?}", found.first());
    }
}

#[test]
fn a_crash_between_any_two_calls_loses_no_entry_that_was_answered_and_breaks_no_log() {
    let counting = Machine::new();
    let mut store = Store::create(
        Arc::new(counting.disk.clone()),
        Path::new("store"),
        &Vault::in_memory(1),
        Machine::options(),
    )
    .expect("a store");
    let founded = counting.disk.changes();
    counting.work(&mut store, 12, &mut Shown::default()).expect("undisturbed");
    let calls = counting.disk.changes() - founded;
    for stop in 0..calls {
        let machine = Machine::new();
        let disk = Arc::new(machine.disk.clone());
        let store =
            Store::create(disk, Path::new("store"), &Vault::in_memory(1), Machine::options());
        let (mut store, mut shown) = (store.expect("a store"), Shown::default());
        machine.disk.stop_after(stop);
        let _ = machine.work(&mut store, 12, &mut shown);
        drop(store);
        machine.disk.crash(stop);
        let mut store = machine.open().expect("opens");
        machine.judge(&mut store, &shown, &format!("stop {stop}"));
    }
    assert!(calls > 20, "{calls} calls");
}

#[test]
fn a_disk_that_fills_up_within_an_entry_refuses_it_whole() {
    for room in (0..9_000).step_by(211) {
        let machine = Machine::new();
        let disk = Arc::new(machine.disk.clone());
        let store =
            Store::create(disk, Path::new("store"), &Vault::in_memory(1), Machine::options());
        let (mut store, mut shown) = (store.expect("a store"), Shown::default());
        machine.disk.set_capacity(Some(machine.disk.used() + room));
        assert!(machine.work(&mut store, 60, &mut shown).is_err(), "room for {room}");
        store.discard().expect("no sync failed");
        assert_eq!(machine.log(&store).size(), shown.entries, "room for {room}");
        machine.disk.set_capacity(None);
        machine.judge(&mut store, &shown, &format!("room for {room}"));
    }
}
