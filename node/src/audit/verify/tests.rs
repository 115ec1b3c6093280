//! Packages as a node writes them, and every harm that can be done to a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use certs::{
    PrivateKey, ProvinceName,
    authority::{CaSeeds, ProvinceCa},
    chain, key,
};
use dossier::Incarnation;
use protocol::{
    PublicKey, Records as _, Table,
    audit::{Act, Closed, Cosignature, Log, Record, all_kept, entries_after, kept_op, newest},
    member::{MemberAct, SignedEntry},
};
use serde_bytes::ByteBuf;
use tempfile::TempDir;

use super::*;
use crate::audit::package::{Exported, export};
use crate::control::{AuditAnswer, AuditOrder, ExportPlan};
use crate::crypto::KeyCrypto;
use crate::environment::{MemoryDisk, entropy::SplitMix64};
use crate::seal::Vault;
use crate::store::{IndexKind, Store, StoreOptions};

mod crashes;

const AT: i64 = 1_767_546_000_000;

/// A province of a unit and its superior, each with a log.
struct Stage {
    folder: TempDir,
    ca: ProvinceCa,
    members: Vec<SignedEntry>,
    offices: Vec<Office>,
}

struct Office {
    unit: UnitId,
    node: NodeId,
    crypto: KeyCrypto,
    chain: String,
    audit: AuditKey,
    store: Store,
    log: Log,
    now: i64,
}

impl Stage {
    fn new() -> Self {
        let province: ProvinceName = "hoabinh".parse().expect("a name");
        let seeds = CaSeeds {
            root_key: [1; 32],
            issuing_key: [2; 32],
            root_serial: [3; 16],
            issuing_serial: [4; 16],
        };
        let register = KeyCrypto::new(PrivateKey::from_seed([5; 32]));
        let founded = Timestamp::from_millis(AT - 86_400_000);
        let ca = ProvinceCa::init(&province, &seeds, register.public().0, founded).expect("a CA");
        let (mut list, mut members, mut offices) = (MemberList::default(), Vec::new(), Vec::new());
        for (number, name) in (10..).zip(["d150", "snv"]) {
            let change = PrivateKey::from_seed([number; 32]);
            let tls = PrivateKey::from_seed([number + 100; 32]);
            let (node, unit) = (key::node_id(change.public()), name.parse::<UnitId>());
            let unit = unit.expect("a unit");
            let issued = ca.issuing.issue(&unit, node, tls.public(), [number; 16], founded);
            let act = MemberAct::Enrol {
                node,
                unit: unit.clone(),
                change_key: PublicKey(*change.public()),
                tls_key: key::spki_hash(tls.public()),
            };
            let entry = SignedEntry::issue(list.next(act, founded), &register);
            list.push(&entry, &register.public(), &register).expect("an entry");
            members.push(entry);
            let chain = chain::to_pem(&issued.expect("certificates"));
            offices.push(Office::new(unit, node, KeyCrypto::new(change), chain));
        }
        Self { folder: tempfile::tempdir().expect("a folder"), ca, members, offices }
    }

    /// The office shows its newest checkpoint to the other, which keeps it.
    fn show_above(&mut self) {
        let kept = newest(&self.offices[0].store, &self.offices[0].log.id()).expect("kept");
        let mut kept = kept.expect("a checkpoint");
        let above = &mut self.offices[1];
        let at = Timestamp::from_millis(above.now);
        let word = Cosignature::issue(&kept.signed.checkpoint, above.node, at, &above.crypto);
        kept.add(&word);
        above.store.stage(&kept_op(&kept, true)).expect("staged");
        above.store.commit().expect("committed");
    }

    fn export(&mut self, place: usize, name: &str) -> (PathBuf, Exported) {
        let path = self.folder.path().join(name);
        let root = chain::to_pem(std::slice::from_ref(self.ca.root.certificate()));
        let charter = serde_json::to_string(&self.ca.charter).expect("JSON");
        let members = self.members.clone();
        let office = &mut self.offices[place];
        let file = File::create(&path).expect("a file");
        let exported =
            export(|order| office.answer(order, &root, &charter, &members), "12/QĐ", file);
        (path, exported.expect("exported"))
    }
}

impl Office {
    fn new(unit: UnitId, node: NodeId, crypto: KeyCrypto, chain: String) -> Self {
        let disk = Arc::new(MemoryDisk::new());
        let options = StoreOptions {
            index: IndexKind::Memory,
            background_index: false,
            reserve_bytes: 0,
            ..StoreOptions::default()
        };
        let store = Store::create(disk, Path::new("store"), &Vault::in_memory(1), options)
            .expect("a store");
        let audit = AuditKey::from_seed([7; 32]);
        let life = Incarnation::from_bytes([1; 16]);
        let log = Log::open(node, unit.clone(), life, &store, &audit).expect("a log");
        Self { unit, node, crypto, chain, audit, store, log, now: AT }
    }

    fn work(&mut self, acts: u64) {
        for number in 0..acts {
            self.now += 1_000;
            let person = ["Hà Văn Tú", "Bùi Thị Hòa"][(number % 2) as usize].to_owned();
            let record = Record { person, ..Record::of(Act::Opened) };
            let at = Timestamp::from_millis(self.now);
            let mut ops = self.log.append(at, record, &self.audit);
            if number % 4 == 3 || number + 1 == acts {
                ops.extend(self.log.checkpoint(at, &self.crypto));
            }
            self.store.stage(&ops).expect("staged");
        }
        self.store.commit().expect("committed");
    }

    fn answer(
        &mut self,
        order: AuditOrder,
        root: &str,
        charter: &str,
        members: &[SignedEntry],
    ) -> Result<AuditAnswer, &'static str> {
        let code = OpeningCode::from_bytes([9; 16]);
        Ok(match order {
            AuditOrder::Export { .. } => AuditAnswer::Plan(Box::new(ExportPlan {
                node: self.node,
                unit: self.unit.clone(),
                at: Timestamp::from_millis(self.now),
                root: root.to_owned(),
                chain: self.chain.clone(),
                charter: charter.to_owned(),
                members: members.to_vec(),
                logs: vec![Closed {
                    generation: 0,
                    incarnation: self.log.incarnation(),
                    size: self.log.size(),
                    head: self.log.head(),
                }],
                key: ByteBuf::from(self.audit.wrap(&code)),
                code: code.text(),
            })),
            AuditOrder::Entries { log, after } => {
                let rows = entries_after(&self.store, log, after, 3).expect("entries");
                AuditAnswer::Entries(
                    rows.into_iter().map(|(at, sealed)| (at, ByteBuf::from(sealed))).collect(),
                )
            }
            AuditOrder::Kept { after } => {
                let after = after.as_ref().map(|key| key.as_slice());
                let rows = all_kept(&self.store, after, 2).expect("checkpoints");
                AuditAnswer::Kept(
                    rows.into_iter().map(|(key, kept)| (ByteBuf::from(key), kept)).collect(),
                )
            }
            AuditOrder::Seal { digest, lines } => {
                let digest = package_digest(&digest, lines);
                AuditAnswer::Sealed(protocol::Crypto::sign(&self.crypto, digest.as_bytes()))
            }
            AuditOrder::Show { .. } => return Err("not asked here"),
        })
    }
}

fn judge_all(paths: &[PathBuf], codes: Vec<OpeningCode>) -> Verdict {
    verify(paths, &Options { codes, root: None }).expect("readable")
}

fn judge_bytes(stage: &Stage, bytes: &[u8]) -> Verdict {
    let path = stage.folder.path().join("harmed");
    std::fs::write(&path, bytes).expect("written");
    judge_all(&[path], vec![OpeningCode::from_bytes([9; 16])])
}

// who read what is told by person.
#[test]
fn a_package_is_whole_with_and_without_its_code_and_tells_who_did_what() {
    let mut stage = Stage::new();
    stage.offices[0].work(10);
    let (path, exported) = stage.export(0, "a");
    assert_eq!((exported.entries, exported.witnessed), (10, 0));
    let sealed = judge_all(std::slice::from_ref(&path), Vec::new());
    assert_eq!((sealed.count, sealed.packages[0].opened), (0, false));
    assert!(sealed.packages[0].logs[0].reading.persons.is_empty());
    let code: OpeningCode = exported.code.parse().expect("a code");
    let opened = judge_all(std::slice::from_ref(&path), vec![code]);
    assert_eq!((opened.count, opened.packages[0].opened), (0, true), "{:?}", opened.findings);
    let reading = &opened.packages[0].logs[0].reading;
    assert_eq!(reading.persons["Hà Văn Tú"].readings, 5);
    let other = Options { codes: Vec::new(), root: Some(Hash::ZERO) };
    assert_eq!(verify(&[path], &other).expect("readable").count, 1);
}

#[test]
fn any_byte_that_is_changed_is_found() {
    let mut stage = Stage::new();
    stage.offices[0].work(3);
    stage.show_above();
    let (path, _) = stage.export(0, "a");
    let bytes = std::fs::read(path).expect("a package");
    assert_eq!(judge_bytes(&stage, &bytes).count, 0);
    for place in 0..bytes.len() {
        let mut harmed = bytes.clone();
        harmed[place] ^= 1 << (place % 8);
        assert!(judge_bytes(&stage, &harmed).count > 0, "byte {place}");
    }
    // The case of a digit changes no value, and is found as well.
    let digit = bytes.iter().rposition(|byte| (b'a'..=b'f').contains(byte)).expect("a digit");
    let mut harmed = bytes.clone();
    harmed[digit] = harmed[digit].to_ascii_uppercase();
    assert!(judge_bytes(&stage, &harmed).count > 0);
}

#[test]
fn harm_is_called_by_its_name_and_place() {
    let mut stage = Stage::new();
    stage.offices[0].work(8);
    let (path, _) = stage.export(0, "a");
    let text = std::fs::read_to_string(path).expect("a package");
    let lines: Vec<&str> = text.lines().collect();
    let at = |number: u64| {
        let front = format!("{{\"entry\":{{\"n\":{number},");
        lines.iter().position(|line| line.starts_with(&front)).expect("an entry")
    };
    let node = stage.offices[0].node;
    let finds = |lines: &[&str], expected: &Finding| {
        let found = judge_bytes(&stage, format!("{}\n", lines.join("\n")).as_bytes()).findings;
        assert!(found.contains(expected), "{expected:?} among {found:?}");
        let digest = |it: &Finding| matches!(it, Finding::Package { .. });
        assert!(found.iter().any(digest), "{found:?}");
        assert!(found.len() <= 3, "nothing else is accused: {found:?}");
    };
    for bent in [lines[at(3)].replace("\"sealed\":\"", "\"sealed\":\"00"), "{\"entry\":".to_owned()]
    {
        let mut altered = lines.clone();
        altered[at(3)] = &bent;
        finds(&altered, &Finding::Altered { node, sequence: 3 });
    }
    let mut without = lines.clone();
    without.remove(at(3));
    finds(&without, &Finding::Missing { node, from: 3, to: 3 });
    let mut twice = lines.clone();
    twice.insert(at(3), lines[at(3)]);
    finds(&twice, &Finding::Repeated { node, sequence: 3 });
    let mut swapped = lines.clone();
    swapped.swap(at(2), at(3));
    finds(&swapped, &Finding::OutOfOrder { node, sequence: 2, after: 3 });
    finds(&lines[..at(7)], &Finding::Missing { node, from: 7, to: 8 });
}

#[test]
fn lines_that_are_cut_swapped_doubled_or_removed_are_found() {
    let mut stage = Stage::new();
    stage.offices[0].work(6);
    let (path, _) = stage.export(0, "a");
    let text = std::fs::read_to_string(path).expect("a package");
    let lines: Vec<&str> = text.lines().collect();
    let harm = |lines: Vec<&str>, what: &str| {
        let bytes = format!("{}\n", lines.join("\n"));
        assert!(judge_bytes(&stage, bytes.as_bytes()).count > 0, "{what}");
    };
    for place in 0..lines.len() {
        harm(lines[..place].to_vec(), &format!("cut before line {place}"));
        let mut without = lines.clone();
        without.remove(place);
        harm(without, &format!("without line {place}"));
        let mut twice = lines.clone();
        twice.insert(place, lines[place]);
        harm(twice, &format!("line {place} twice"));
        if place > 0 {
            harm(lines[place..].to_vec(), &format!("cut after line {place}"));
            let mut swapped = lines.clone();
            swapped.swap(place, place - 1);
            harm(swapped, &format!("line {place} swapped"));
        }
    }
    for end in (0..text.len()).step_by(97) {
        assert!(judge_bytes(&stage, &text.as_bytes()[..end]).count > 0, "cut at {end}");
    }
}

#[test]
fn an_older_good_copy_is_found_by_what_the_superior_keeps() {
    let mut stage = Stage::new();
    stage.offices[0].work(6);
    let (old, _) = stage.export(0, "old");
    stage.offices[0].work(6);
    stage.show_above();
    let (new, _) = stage.export(0, "new");
    stage.offices[1].work(2);
    let (above, exported) = stage.export(1, "above");
    assert_eq!(exported.witnessed, 1);
    let whole = judge_all(&[new, above.clone()], Vec::new());
    assert_eq!(whole.count, 0, "{:?}", whole.findings);
    // The old package is good by itself, and made before the superior was shown more.
    let earlier = judge_all(&[old, above.clone()], Vec::new());
    assert_eq!(earlier.count, 0, "{:?}", earlier.findings);
    assert_eq!(earlier.packages[0].logs[0].since, Some(12));

    // The old log is put in place of the new one and exported as of today.
    let mut back = Stage::new();
    back.offices[0].work(6);
    back.offices[0].now += 60_000;
    let (replaced, _) = back.export(0, "replaced");
    let found = judge_all(&[replaced, above.clone()], Vec::new());
    assert!(matches!(found.findings[..], [Finding::Cut { size: 6, witnessed: 12, .. }]));

    // Another log of the same length.
    let mut other = Stage::new();
    other.offices[0].now += 7;
    other.offices[0].work(12);
    let (replaced, _) = other.export(0, "replaced");
    let found = judge_all(&[replaced, above], Vec::new());
    let two = |it: &Finding| matches!(it, Finding::TwoLogs { size: 12, .. });
    assert!(found.findings.iter().any(two), "{:?}", found.findings);
    assert!(found.findings.iter().any(|it| matches!(it, Finding::Replaced { .. })));
}

#[test]
fn hostile_files_are_refused_in_bounded_memory() {
    let mut stage = Stage::new();
    stage.offices[0].work(2);
    let (path, _) = stage.export(0, "a");
    let text = std::fs::read_to_string(path).expect("a package");
    let head = text.lines().next().expect("a head").to_owned() + "\n";
    let entry = |number: u64| {
        format!("{{\"entry\":{{\"n\":{number},\"sealed\":\"00\",\"head\":\"{}\"}}}}\n", Hash::ZERO)
    };
    let mut files: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\n".to_vec(),
        vec![b'a'; 10_000_000],
        vec![b'['; 60_000],
        [head.as_bytes(), &vec![b'{'; 3_000_000]].concat(),
        [head.as_bytes(), entry(u64::MAX).as_bytes(), entry(0).as_bytes()].concat(),
        head.repeat(3).into_bytes(),
    ];
    let random = &mut SplitMix64::new(7);
    for _ in 0..300 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len() as u64) as usize;
            match random.below(3) {
                0 => bytes[at] = random.next_u64() as u8,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, random.next_u64() as u8),
            }
        }
        if bytes != text.as_bytes() {
            files.push(bytes);
        }
    }
    for (number, bytes) in files.iter().enumerate() {
        assert!(judge_bytes(&stage, bytes).count > 0, "file {number}");
    }
    let folder = stage.folder.path().to_owned();
    assert!(verify(&[folder], &Options::default()).is_err(), "a folder is no verdict");
}

#[test]
fn an_entry_holds_neither_the_dossiers_id_nor_what_was_searched_for() {
    let mut office = Stage::new().offices.remove(0);
    let dossier = dossier::DossierId::from_bytes([0xab; 16]);
    let record =
        Record { dossiers: vec![office.audit.dossier(&dossier)], ..Record::of(Act::Opened) };
    let ops = office.log.append(Timestamp::from_millis(AT), record, &office.audit);
    office.store.stage(&ops).expect("staged");
    office.store.commit().expect("committed");
    let rows = office.store.scan(Table::Audit, &[], None, 100).expect("rows");
    let place = protocol::audit::Place { log: office.log.id(), sequence: 1 };
    let plain = office.audit.open(&place, &rows[0].1).expect("opens");
    assert!(!plain.windows(8).any(|window| window == [0xab; 8]));
}
