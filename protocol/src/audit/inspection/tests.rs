//! Logs that were tampered with, and ten thousand that were not.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use dossier::{Timestamp, UnitId};

use super::*;
use crate::{
    Fault, FeedPosition, Op, PublicKey, Records, Signature, Table, Transaction,
    audit::{Act, Log, Pseudonym, Record, SEALED_MAX, SignedCheckpoint, all_kept, entries_after},
    member::{MemberAct, SignedEntry},
};

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

    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut head = Hash::ZERO;
        let kept = all_kept(&self.rows, None, usize::MAX).expect("kept");
        let rows = entries_after(&self.rows, self.log.generation(), 0, usize::MAX).expect("rows");
        for (number, sealed) in rows {
            head = chain(&head, &sealed);
            lines.push(Line::Entry(number, sealed, head));
            for (_, kept) in &kept {
                let checkpoint = &kept.signed.checkpoint;
                if checkpoint.log() == self.log.id() && checkpoint.size == number {
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
fn every_flipped_bit_of_an_entry_is_found_at_its_place() {
    let office = worked(5, 6);
    let lines = office.lines();
    for place in entries(&lines) {
        let Line::Entry(number, sealed, _) = &lines[place] else { continue };
        for bit in 0..sealed.len() * 8 {
            let mut bent = lines.clone();
            if let Line::Entry(_, sealed, _) = &mut bent[place] {
                sealed[bit / 8] ^= 1 << (bit % 8);
            }
            let (inspection, _) = inspect(&bent, office.log.size(), &[]);
            let found = Finding::Altered { node: node("unit"), sequence: *number };
            assert!(inspection.findings().first().contains(&found), "entry {number}, bit {bit}");
        }
    }
}

#[test]
fn what_is_cut_swapped_or_doubled_is_called_by_its_name() {
    let office = worked(6, 30);
    let (lines, size) = (office.lines(), office.log.size());
    let places = entries(&lines);
    let unit = node("unit");
    let finds = |bent: &[Line], expected: Finding| {
        let (inspection, _) = inspect(bent, size, &[]);
        let found = inspection.findings().first();
        assert!(found.contains(&expected), "{expected:?} among {found:?}");
    };
    finds(&lines[places[4]..], Finding::Missing { node: unit, from: 1, to: 4 });
    finds(&lines[..places[10]], Finding::Missing { node: unit, from: 11, to: size });
    let mut without = lines.clone();
    without.remove(places[7]);
    finds(&without, Finding::Missing { node: unit, from: 8, to: 8 });
    let mut twice = lines.clone();
    twice.insert(places[7] + 1, lines[places[7]].clone());
    finds(&twice, Finding::Repeated { node: unit, sequence: 8 });
    let mut swapped = lines.clone();
    swapped.swap(places[7], places[8]);
    finds(&swapped, Finding::OutOfOrder { node: unit, sequence: 8, after: 9 });
    let mut renumbered = lines.clone();
    let (Line::Entry(_, one, _), Line::Entry(_, other, _)) = (&lines[places[7]], &lines[places[8]])
    else {
        panic!("entries")
    };
    let head = Hash::ZERO;
    renumbered[places[7]] = Line::Entry(8, other.clone(), head);
    renumbered[places[8]] = Line::Entry(9, one.clone(), head);
    finds(&renumbered, Finding::Altered { node: unit, sequence: 8 });
}

#[test]
fn a_log_written_anew_fails_at_the_first_signature() {
    let office = worked(7, 30);
    let size = office.log.size();
    let mut head = Hash::ZERO;
    let mut bent = Vec::new();
    for line in office.lines() {
        match line {
            Line::Entry(number, mut sealed, _) => {
                sealed[3] ^= u8::from(number == 9);
                head = chain(&head, &sealed);
                bent.push(Line::Entry(number, sealed, head));
            }
            kept @ Line::Kept(_) => bent.push(kept),
        }
    }
    let (inspection, _) = inspect(&bent, size, &[]);
    let found = inspection.findings().first();
    assert!(found.iter().any(|it| matches!(it, Finding::Rewritten { to, .. } if *to >= 9)));
    assert!(found.contains(&Finding::Unreadable { node: node("unit"), sequence: 9 }));
}

#[test]
fn an_older_good_copy_and_a_second_log_are_found_by_what_superiors_hold() {
    let mut office = worked(8, 20);
    let old = office.clone();
    office.work(15);
    office.sign();
    let (shown, unit) = (office.newest(), node("unit"));
    let size = old.log.size();
    let (inspection, _) = inspect(&old.lines(), size, &[("above", shown.clone())]);
    let witnessed = shown.signed.checkpoint.size;
    let cut = Finding::Cut { node: unit, size, witnessed, holder: node("above") };
    assert_eq!(inspection.findings().first(), [cut]);

    // The same life goes on twice from the old copy, and each superior is shown another log.
    let mut second = old;
    second.dice += 1;
    while second.log.size() < office.log.size() {
        second.act();
    }
    second.sign();
    let both = [("above", shown), ("top", second.newest())];
    let (inspection, _) = inspect(&office.lines(), office.log.size(), &both);
    let found = inspection.findings().first();
    assert!(matches!(found[0], Finding::TwoLogs { size, .. } if size == office.log.size()));
    assert!(found.iter().any(|it| matches!(it, Finding::Replaced { holder, .. }
        if *holder == node("top"))));
}

#[test]
fn signatures_that_are_not_the_nodes_do_not_count() {
    let office = worked(9, 12);
    let (unit, size) = (node("unit"), office.log.size());
    let mut lines = office.lines();
    let forged = lines.iter().position(|line| matches!(line, Line::Kept(_))).expect("one");
    if let Line::Kept(kept) = &mut lines[forged] {
        let checkpoint = kept.signed.checkpoint.clone();
        kept.signed = SignedCheckpoint::issue(checkpoint, &Key::new("top"));
    }
    let (inspection, _) = inspect(&lines, size, &[]);
    assert!(
        inspection
            .findings()
            .first()
            .iter()
            .any(|it| matches!(it, Finding::CheckpointUnsigned { node, .. } if *node == unit))
    );
    let mut kept = office.newest();
    let by = crate::audit::Cosignature::issue(
        &kept.signed.checkpoint,
        node("top"),
        Timestamp::from_millis(0),
        &Key::new("above"),
    );
    kept.add(&by);
    let (inspection, _) = inspect(&office.lines(), size, &[("above", kept)]);
    let false_word = Finding::CosignatureFalse { node: unit, size, by: node("top") };
    assert_eq!(inspection.findings().first(), [false_word]);
}

#[test]
fn entries_behind_the_last_signature_are_told() {
    let mut office = worked(10, 5);
    let covered = office.log.size();
    office.now += 1;
    office.log.append(office.now(), Record::of(Act::Opened), &Seal::new());
    let mut again = worked(10, 5);
    let ops = again.log.append(office.now(), Record::of(Act::Opened), &Seal::new());
    again.rows.take(ops);
    let (inspection, _) = inspect(&again.lines(), again.log.size(), &[]);
    let to = again.log.size();
    let open = Finding::Uncovered { node: node("unit"), after: covered, to };
    assert_eq!(inspection.findings().first(), [open]);
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
