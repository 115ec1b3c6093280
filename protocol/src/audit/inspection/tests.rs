//! Logs that were tampered with, and ten thousand that were not.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use dossier::{Timestamp, UnitId};

use super::*;
use crate::{
    Fault, FeedPosition, Op, PublicKey, Records, Signature, Table, Transaction,
    audit::{
        Act, Cosignature, Log, Pseudonym, Record, SEALED_MAX, SignedCheckpoint, StoredTree,
        all_kept, entries_after,
        tree::{consistency_proof, verify_consistency},
    },
    member::{MemberAct, SignedEntry},
};

mod harms;
mod restores;

struct Key(Ed25519KeyPair);

impl Key {
    fn new(name: &str) -> Self {
        let seed = Hash::of(name.as_bytes());
        Self(Ed25519KeyPair::from_seed_unchecked(seed.as_bytes()).expect("a seed"))
    }

    fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().expect("32 bytes"))
    }
}

impl Crypto for Key {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        UnparsedPublicKey::new(&ED25519, key.0).verify(message, &signature.to_bytes()).is_ok()
    }

    fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message).as_ref().try_into().expect("64 bytes"))
    }
}

struct Seal(LessSafeKey);

impl Seal {
    fn new() -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, &[7; 32]).expect("a key")))
    }
}

impl Sealer for Seal {
    fn seal(&self, place: &Place, mut plain: Vec<u8>) -> Vec<u8> {
        let nonce = Nonce::assume_unique_for_key(place.nonce());
        self.0
            .seal_in_place_append_tag(nonce, Aad::from(place.associated()), &mut plain)
            .expect("seals");
        plain
    }

    fn open(&self, place: &Place, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(place.nonce());
        let plain = self.0.open_in_place(nonce, Aad::from(place.associated()), &mut bytes);
        plain.ok().map(|plain| plain.to_vec())
    }

    fn pseudonym(&self, kind: &str, bytes: &[u8]) -> Pseudonym {
        let digest = Hash::tagged(kind, &[bytes]);
        Pseudonym(digest.as_bytes()[..16].try_into().expect("16 bytes"))
    }
}

/// Rows in memory.
#[derive(Clone, Default)]
struct Rows(BTreeMap<(Table, Vec<u8>), Vec<u8>>);

impl Rows {
    fn take(&mut self, ops: Vec<Op>) {
        for op in ops {
            self.0.insert((op.table, op.key), op.value.expect("a put"));
        }
    }
}

impl Records for Rows {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.0.get(&(table, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<crate::Entry>, Fault> {
        let rows = self.0.range((table, prefix.to_vec())..);
        let within = rows.take_while(|((at, key), _)| *at == table && key.starts_with(prefix));
        let beyond =
            within.filter(|((_, key), _)| after.is_none_or(|after| key.as_slice() > after));
        Ok(beyond.take(limit).map(|((_, key), row)| (key.clone(), row.clone())).collect())
    }

    fn feed_head(&self) -> FeedPosition {
        FeedPosition::START
    }

    fn feed_digest(&self, _: u64) -> Result<Option<Hash>, Fault> {
        Ok(None)
    }

    fn feed_after(&self, _: u64, _: usize, _: usize) -> Result<Vec<Transaction>, Fault> {
        Ok(Vec::new())
    }
}

fn node(name: &str) -> NodeId {
    NodeId::from_slice(&Hash::of(name.as_bytes()).as_bytes()[..16]).expect("16 bytes")
}

fn life(number: u8) -> Incarnation {
    Incarnation::from_bytes([number; 16])
}

fn unit(name: &str) -> UnitId {
    name.parse().expect("a unit")
}

fn members() -> MemberList {
    let register = Key::new("register");
    let mut list = MemberList::default();
    for name in ["unit", "above", "top"] {
        let act = MemberAct::Enrol {
            node: node(name),
            unit: unit(name),
            change_key: Key::new(name).public(),
            tls_key: Hash::of(name.as_bytes()),
        };
        let entry = SignedEntry::issue(list.next(act, Timestamp::from_millis(0)), &register);
        list.push(&entry, &register.public(), &register).expect("an entry");
    }
    list
}

/// An office at work: a log, its store, and a clock.
#[derive(Clone)]
struct Office {
    rows: Rows,
    log: Log,
    now: i64,
    dice: u64,
}

impl Office {
    fn new(dice: u64) -> Self {
        let rows = Rows::default();
        let log = Log::open(node("unit"), unit("unit"), life(1), &rows, &Seal::new());
        Self { rows, log: log.expect("opens"), now: 1_700_000_000_000, dice }
    }

    fn roll(&mut self, end: u64) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040);
        (self.dice >> 33) % end
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn act(&mut self) {
        let person = ["Hà Văn Tú", "Bùi Thị Hòa", ""][self.roll(3) as usize];
        let act = match self.roll(4) {
            0 => Act::Listed { rows: 5 },
            1 => Act::Edited { change: Hash::of(b"change") },
            _ => Act::Opened,
        };
        let record = Record { person: person.to_owned(), ..Record::of(act) };
        let ops = self.log.append(self.now(), record, &Seal::new());
        self.rows.take(ops);
        if self.log.is_due(self.now()) {
            self.sign();
        }
    }

    fn sign(&mut self) {
        let ops = self.log.checkpoint(self.now(), &Key::new("unit"));
        self.rows.take(ops);
    }

    fn reopen(&mut self) {
        let log = Log::open(node("unit"), unit("unit"), life(9), &self.rows, &Seal::new());
        self.log = log.expect("opens");
    }

    /// Works through so many acts with what happens in an honest life: pauses, restarts, a clock
    /// that jitters and steps.
    fn work(&mut self, acts: u64) {
        for _ in 0..acts {
            self.now += self.roll(90_000) as i64;
            match self.roll(40) {
                0 if self.log.size() > 0 => self.reopen(),
                1 => self.now -= 400,
                2 => self.now -= self.roll(400 * 86_400_000) as i64,
                3 => self.now += 20 * 86_400_000,
                4 if self.log.has_open() => self.sign(),
                _ => {}
            }
            self.act();
        }
    }

    fn sign_open(&mut self) {
        if self.log.has_open() {
            self.sign();
        }
    }

    fn lines(&self) -> Vec<Line> {
        self.lines_of(self.log.generation(), &self.log.id())
    }

    /// Every log of its package, the present one last.
    fn logs(&self) -> Vec<Volume> {
        let (log, former) = (&self.log, self.log.former());
        let present = (log.generation(), log.incarnation(), log.size());
        let former = former.iter().map(|it| (it.generation, it.incarnation, it.size));
        former
            .chain([present])
            .map(|(generation, life, size)| {
                let lines = self.lines_of(generation, &LogId::of(&node("unit"), &life));
                Volume { life, size, lines }
            })
            .collect()
    }

    fn lines_of(&self, generation: u32, log: &LogId) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut head = Hash::ZERO;
        let kept = all_kept(&self.rows, None, usize::MAX).expect("kept");
        let rows = entries_after(&self.rows, generation, 0, usize::MAX).expect("rows");
        for (number, sealed) in rows {
            head = chain(&head, &sealed);
            lines.push(Line::Entry(number, sealed, head));
            for (_, kept) in &kept {
                let checkpoint = &kept.signed.checkpoint;
                if checkpoint.log() == *log && checkpoint.size == number {
                    lines.push(Line::Kept(Box::new(kept.clone())));
                }
            }
        }
        lines
    }

    fn newest(&self) -> Kept {
        crate::audit::newest(&self.rows, &self.log.id()).expect("kept").expect("a checkpoint")
    }
}

/// One log of a package.
struct Volume {
    life: Incarnation,
    size: u64,
    lines: Vec<Line>,
}

#[derive(Clone)]
enum Line {
    Entry(u64, Vec<u8>, Hash),
    Kept(Box<Kept>),
}

/// Inspects lines as the package of an office that claims `size` entries.
fn inspect(lines: &[Line], size: u64, witnesses: &[(&str, Kept)]) -> (Inspection, LogReport) {
    let (crypto, seal) = (Key::new("anybody"), Seal::new());
    let mut inspection = Inspection::new(members());
    for (holder, kept) in witnesses {
        inspection.witness(node(holder), kept, &crypto);
    }
    inspection.begin(node("unit"), life(1), Timestamp::from_millis(i64::MAX));
    for line in lines {
        match line {
            Line::Entry(number, sealed, head) => {
                inspection.entry(*number, sealed, *head, Some(&seal));
            }
            Line::Kept(kept) => inspection.checkpoint(kept, &crypto),
        }
    }
    let report = inspection.end(size).expect("a log");
    inspection.close(node("unit"), Timestamp::from_millis(i64::MAX));
    (inspection, report)
}

fn worked(seed: u64, acts: u64) -> Office {
    let mut office = Office::new(seed);
    office.work(acts);
    office.sign();
    office
}

/// Places of the entries among the lines.
fn entries(lines: &[Line]) -> Vec<usize> {
    let is_entry = |place: &usize| matches!(lines[*place], Line::Entry(..));
    (0..lines.len()).filter(is_entry).collect()
}

#[test]
fn ten_thousand_honest_lives_raise_no_alarm() {
    for seed in 0..10_000 {
        let mut office = Office::new(seed);
        office.work(3 + seed % 6);
        office.sign();
        let shown = office.newest();
        office.work(2 + seed % 3);
        office.sign();
        let lines = office.lines();
        let (inspection, report) = inspect(&lines, office.log.size(), &[("above", shown)]);
        assert!(inspection.findings().is_clean(), "{seed}: {:?}", inspection.findings());
        assert_eq!((report.size, report.reading.entries), (office.log.size(), office.log.size()));
        assert_eq!(report.compared, 1);
    }
}

#[test]
fn a_long_life_is_whole_and_told_by_person() {
    let office = worked(3, 1_500);
    let (inspection, report) = inspect(&office.lines(), office.log.size(), &[]);
    assert!(inspection.findings().is_clean(), "{:?}", inspection.findings());
    assert_eq!(report.reading.persons.len(), 3);
    let acts: u64 = report
        .reading
        .persons
        .values()
        .map(|it| it.readings + it.lists + it.writings + it.copies + it.others)
        .sum();
    assert_eq!(acts, office.log.size());
    assert!(!report.reading.steps.is_empty() && !report.reading.gaps.is_empty());
}

#[test]
fn a_new_life_closes_one_log_and_begins_another_that_names_it() {
    let mut office = worked(11, 10);
    let (size, id) = (office.log.size(), office.log.id());
    let now = office.now();
    let ops = office.log.begin_life(life(2), now, &Seal::new(), &Key::new("unit"));
    office.rows.take(ops);
    office.reopen();
    assert_ne!(office.log.id(), id);
    assert_eq!((office.log.size(), office.log.generation()), (1, 1));
    assert_eq!(office.log.former().len(), 1);
    let rows = entries_after(&office.rows, 1, 0, 10).expect("rows");
    let place = Place { log: office.log.id(), sequence: 1 };
    let first = crate::audit::Entry::open(&rows[0].1, &place, &Seal::new()).expect("opens");
    assert!(matches!(first.record.act, Act::LifeBegan { entries, .. } if entries == size));
    assert_eq!(first.incarnation, life(2));
}

#[test]
fn a_clock_a_year_back_is_recorded_and_time_that_runs_back_unrecorded_is_found() {
    let mut office = worked(12, 4);
    office.now -= 365 * 86_400_000;
    office.act();
    office.sign();
    let (inspection, report) = inspect(&office.lines(), office.log.size(), &[]);
    assert!(inspection.findings().is_clean());
    assert!(report.reading.steps.iter().any(|(_, back)| *back > 364 * 86_400_000));
}

#[test]
fn nothing_a_person_types_makes_an_entry_too_large() {
    let mut record = Record::of(Act::Incident("k".repeat(9_000)));
    for text in [&mut record.person, &mut record.purpose, &mut record.document, &mut record.client]
    {
        *text = "ờ".repeat(5_000);
    }
    record.sections = vec!["mục".repeat(100); 500];
    record.dossiers = vec![Pseudonym([7; 16]); 10_000];
    let mut log = Office::new(1).log;
    let ops = log.append(Timestamp::from_millis(0), record, &Seal::new());
    let entry = ops.iter().find(|op| op.table == Table::Audit).expect("an entry");
    let length = entry.value.as_ref().map_or(0, Vec::len);
    assert!(length <= SEALED_MAX && length.is_power_of_two(), "{length}");
}
