//! The audit log: an entry and its sealed form, a checkpoint with a witness's word, the lines of a
//! package.

use dossier::{Hash, Role};
use node::audit::{
    AuditKey,
    package::{CheckpointLine, EndLine, EntryLine, Head, Hex, Line, LogLine, VERSION},
};
use protocol::{
    audit::{
        Act, Cosignature, Entry, Kept, LogId, Outcome, Place, Pseudonym, Record, Sealer,
        SignedCheckpoint, TimeSource,
    },
    codec,
};
use tests::golden::{bytes_of, compare, hex_lines, stored};

use super::fixtures;

fn entry() -> Entry {
    Entry {
        sequence: 7,
        previous: Hash::of(b"before"),
        at: fixtures::at(0),
        source: TimeSource::Clock,
        unit: fixtures::unit(),
        node: fixtures::node(),
        incarnation: fixtures::incarnation(),
        record: Record {
            person: "Hà Văn Tú".to_owned(),
            role: Some(Role::Clerk),
            act: Act::Searched { terms: Pseudonym([0x55; 16]), rows: 3 },
            dossiers: vec![Pseudonym([0x66; 16])],
            sections: vec!["*".to_owned()],
            purpose: "bổ nhiệm".to_owned(),
            document: "7/KH".to_owned(),
            client: "uid 1000".to_owned(),
            outcome: Outcome::Refused("disk-full".to_owned()),
        },
    }
}

/// Every act, in the order of its number; the last of them pins how many there are.
fn acts() -> Vec<Act> {
    let (hash, unit, rows) = (Hash::of(b"record"), fixtures::unit(), 3);
    let (new, known, refused) = (1, 2, 3);
    vec![
        Act::Started,
        Act::Stopped,
        Act::LogIn,
        Act::LogOut,
        Act::Locked,
        Act::Opened,
        Act::HistoryRead,
        Act::AttachmentRead(hash),
        Act::Listed { rows },
        Act::Searched { terms: Pseudonym([0x55; 16]), rows },
        Act::FindingsRead { rows },
        Act::Printed { copies: 2 },
        Act::Exported { rows },
        Act::Counted { people: 4 },
        Act::Created { new, known, refused },
        Act::Imported { new, known, refused },
        Act::Edited { change: hash },
        Act::Approved { change: hash },
        Act::Custody { record: hash },
        Act::Granted { record: hash },
        Act::AccountChanged { record: hash },
        Act::MemberListed { number: 9 },
        Act::TreeTaken { record: hash },
        Act::Invited { unit: unit.clone() },
        Act::Revoked { unit: unit.clone() },
        Act::Addressed { unit },
        Act::Enrolled,
        Act::TreeDrawn,
        Act::KeyAct,
        Act::SettingsChanged,
        Act::ClockStepped { back_ms: 60_000 },
        Act::LifeBegan { entries: 12, head: hash },
        Act::Incident("cloned".to_owned()),
        Act::Quarantined,
        Act::AuditRead { entries: 12 },
        Act::AuditExported { entries: 12 },
        Act::DebugEnabled,
        Act::CalendarDecided { year: 2027 },
    ]
}

fn kept() -> Kept {
    let checkpoint = fixtures::checkpoint();
    let above = fixtures::Key::new("above");
    let word = Cosignature::issue(&checkpoint, fixtures::node(), fixtures::at(2), &above);
    let signed = SignedCheckpoint::issue(checkpoint, &fixtures::Key::new("node"));
    Kept { signed, cosigned: vec![word] }
}

#[test]
fn an_entry_has_its_bytes_and_opens_in_its_sealed_form() {
    let bytes = codec::encode(&entry());
    compare("audit-entry-v1.hex", &hex_lines(&bytes));
    assert_eq!(codec::decode::<Entry>(&bytes), Ok(entry()));

    let key = AuditKey::from_seed([0x77; 32]);
    let place = Place { log: LogId(Hash::of(b"log")), sequence: 7 };
    let length = u32::try_from(bytes.len()).expect("short");
    let mut plain = [&length.to_be_bytes()[..], &bytes].concat();
    plain.resize(512 - 16, 0);
    compare("audit-sealed-v1.hex", &hex_lines(&key.seal(&place, plain)));
    let sealed = bytes_of(&stored("audit-sealed-v1.hex", String::new));
    assert_eq!(Entry::open(&sealed, &place, &key), Some(entry()));
}

#[test]
fn every_act_keeps_its_number() {
    for (number, act) in acts().iter().enumerate() {
        assert_eq!(usize::from(codec::encode(act)[1]), number, "{act:?}");
    }
}

#[test]
fn a_checkpoint_and_its_witness_have_their_bytes() {
    let kept = kept();
    compare("audit-checkpoint-v1.hex", &hex_lines(&codec::encode(&kept)));
    let bytes = bytes_of(&stored("audit-checkpoint-v1.hex", String::new));
    assert_eq!(codec::decode::<Kept>(&bytes), Ok(kept.clone()));
    let key = fixtures::Key::new("node");
    assert!(kept.signed.is_signed_by(&key.public(), &key));
    let above = fixtures::Key::new("above").public();
    assert!(kept.cosigned[0].is_signed_by(&above, &kept.signed.checkpoint, &key));
}

#[test]
fn every_line_of_a_package_has_its_spelling() {
    let head = Head {
        version: VERSION,
        node: fixtures::node(),
        unit: fixtures::unit(),
        at: fixtures::at(3),
        mission: "12/QĐ-SNV".to_owned(),
        root: "-----BEGIN CERTIFICATE-----".to_owned(),
        charter: "{}".to_owned(),
        chain: "-----BEGIN CERTIFICATE-----".to_owned(),
        key: Hex(vec![0x88; 48]),
    };
    let log =
        LogLine { node: fixtures::node(), incarnation: fixtures::incarnation(), entries: 256 };
    let sealed = Hex(vec![0x99; 4]);
    let lines = [
        Line::Package(Box::new(head)),
        Line::Member(Hex(vec![0x01, 0x02])),
        Line::Log(log),
        Line::Entry(EntryLine { number: 7, sealed, head: Hash::of(b"head") }),
        Line::Checkpoint(CheckpointLine::of(&kept())),
        Line::Witness(CheckpointLine::of(&kept())),
        Line::End(EndLine {
            lines: 6,
            digest: Hash::of(b"digest"),
            signature: Hex(vec![0xaa; 64]),
        }),
    ];
    let spelled = lines.iter().map(|line| serde_json::to_string(line).expect("JSON") + "\n");
    compare("audit-package-v1.txt", &spelled.collect::<String>());
    for (spelled, line) in stored("audit-package-v1.txt", String::new).lines().zip(&lines) {
        assert_eq!(&serde_json::from_str::<Line>(spelled).expect("a line"), line);
    }
}
