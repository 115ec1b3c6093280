//! One of each frame, with what it says.

use dossier::Hash;
use protocol::{
    FeedPosition,
    audit::{Cosignature, SignedCheckpoint},
    codec,
    notice::Posting,
    parcel::hint,
    renewal::{RenewalAnswer, RenewalRequest},
    wire::{
        Cursor, Frame, Hello, Item, LineEnd, Offer, PROTOCOL_VERSION, Refusal, RefusalCode,
        ScopeState, Taken, Want, Witnessed,
    },
};
use serde_bytes::ByteBuf;
use tests::golden::{bytes_of, compare, hex_lines, stored};

use super::fixtures;

fn position(sequence: u64) -> FeedPosition {
    FeedPosition { sequence, digest: Hash::of(&sequence.to_be_bytes()) }
}

fn state() -> ScopeState {
    ScopeState { fingerprint: [0x77; 16], dossiers: 1_357, sequence: 70_000, drained: true }
}

pub(super) fn hello() -> Hello {
    Hello {
        version: PROTOCOL_VERSION,
        node: fixtures::node(),
        unit: fixtures::unit(),
        incarnation: fixtures::incarnation(),
        boot: 0xfeed_face_cafe_beef,
        members: 300,
        tree: 3,
        cursor: Some(Cursor { incarnation: fixtures::incarnation(), position: position(250) }),
        at: fixtures::at(0),
    }
}

/// A checkpoint of an audit log and a witness's word for it.
fn checkpoint() -> (SignedCheckpoint, Cosignature) {
    let checkpoint = fixtures::checkpoint();
    let key = fixtures::Key::new("node");
    let word = Cosignature::issue(&checkpoint, fixtures::node(), fixtures::at(2), &key);
    (SignedCheckpoint::issue(checkpoint, &key), word)
}

/// Every frame of version 2; the match makes a new one a visible decision.
fn all() -> Vec<(&'static str, Frame)> {
    let (_, parcel, _) = fixtures::dossier();
    let acknowledgement = fixtures::acknowledgement();
    let items =
        vec![Item::Parcel(ByteBuf::from(parcel.encode())), Item::Proof(acknowledgement.clone())];
    let want = Want {
        dossier: fixtures::dossier_id(),
        lines: vec![LineEnd {
            actor: fixtures::author()
                .actor(&fixtures::Key::new("node").public(), &fixtures::dossier_id()),
            sequence: 7,
            tip: hint(&Hash::of(b"tip")),
        }],
        mutual: true,
        whole: false,
    };
    let refusal = Refusal { code: RefusalCode::Unlisted as u16, message: "unlisted".to_owned() };
    let taken = Taken {
        acknowledgement: Some(acknowledgement.clone()),
        refused: vec![(Hash::of(b"parcel"), 105)],
    };
    let (signed, cosignature) = checkpoint();
    let log = signed.checkpoint.log();
    let frames = vec![
        Frame::Hello(hello()),
        Frame::Refuse(refusal),
        Frame::Members(fixtures::members()),
        Frame::Tree(fixtures::tree()),
        Frame::Items { cursor: Some(position(251)), items },
        Frame::Taken(taken),
        Frame::RepairNeeded,
        Frame::Reconcile(ByteBuf::from(vec![0x61, 0, 0])),
        Frame::Want { wants: vec![want], last: true },
        Frame::Repaired(position(70_000)),
        Frame::Inquire {
            here: vec![hint(&Hash::of(b"tip"))],
            above: vec![hint(&Hash::of(b"other"))],
        },
        Frame::Acknowledged(vec![acknowledgement]),
        Frame::Check(state()),
        Frame::Checked(state()),
        Frame::Challenge,
        Frame::Alive,
        Frame::RenewRequest(RenewalRequest::issue(
            fixtures::node(),
            b"request".to_vec(),
            &fixtures::Key::new("node"),
        )),
        Frame::RenewAnswer(RenewalAnswer {
            node: fixtures::node(),
            chain: vec![ByteBuf::from(b"leaf".to_vec()), ByteBuf::from(b"issuing".to_vec())],
        }),
        Frame::Checkpoints(vec![Offer { from: 200, proof: vec![Hash::of(b"node")], signed }]),
        Frame::Cosigned(vec![Witnessed { log, size: 256, cosignature }]),
        Frame::Prove { log, from: 200 },
        Frame::Accounts { known: 9, entries: fixtures::accounts() },
        Frame::Notices(Posting::Some(super::notices::one_of_each())),
        Frame::Custody { to: fixtures::node(), message: ByteBuf::from(b"message".to_vec()) },
    ];
    frames.into_iter().map(|frame| (name(&frame), frame)).collect()
}

fn name(frame: &Frame) -> &'static str {
    match frame {
        Frame::Hello(_) => "hello",
        Frame::Refuse(_) => "refuse",
        Frame::Members(_) => "members",
        Frame::Tree(_) => "tree",
        Frame::Items { .. } => "items",
        Frame::Taken(_) => "taken",
        Frame::RepairNeeded => "repair needed",
        Frame::Reconcile(_) => "reconcile",
        Frame::Want { .. } => "want",
        Frame::Repaired(_) => "repaired",
        Frame::Inquire { .. } => "inquire",
        Frame::Acknowledged(_) => "acknowledged",
        Frame::Check(_) => "check",
        Frame::Checked(_) => "checked",
        Frame::Challenge => "challenge",
        Frame::Alive => "alive",
        Frame::RenewRequest(_) => "renew request",
        Frame::RenewAnswer(_) => "renew answer",
        Frame::Checkpoints(_) => "checkpoints",
        Frame::Cosigned(_) => "cosigned",
        Frame::Prove { .. } => "prove",
        Frame::Accounts { .. } => "accounts",
        Frame::Notices(_) => "notices",
        Frame::Custody { .. } => "custody",
    }
}

#[test]
fn every_frame_has_its_bytes() {
    let mut text = String::new();
    for (name, frame) in all() {
        let said = serde_json::to_string(&frame).expect("a frame is JSON");
        text.push_str(&format!("# {name}\n{said}\n{}\n", hex_lines(&frame.encode())));
    }
    compare("frames-v2.txt", &text);
    let mut read = 0;
    for (stored, (name, made)) in text.split("# ").skip(1).zip(all()) {
        let mut lines = stored.lines().skip(1);
        let said = lines.next().expect("what it says");
        let bytes = bytes_of(&lines.collect::<String>());
        let frame = Frame::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(frame, made);
        assert_eq!(frame.encode(), bytes, "{name}");
        assert_eq!(serde_json::from_str::<Frame>(said).expect("JSON"), made, "{name}");
        read += 1;
    }
    assert_eq!(read, all().len());
}

#[test]
fn frames_of_version_1_are_read_as_they_were_said() {
    let text = stored("frames-v1.txt", String::new);
    let mut read = 0;
    for stanza in text.split("# ").skip(1) {
        let mut lines = stanza.lines().skip(1);
        let said = lines.next().expect("what it says");
        let frame = Frame::decode(&bytes_of(&lines.collect::<String>())).expect("a frame");
        assert_eq!(serde_json::from_str::<Frame>(said).expect("JSON"), frame);
        read += 1;
    }
    assert_eq!(read, 18);
}

#[test]
fn no_two_frames_share_a_number_and_none_moved() {
    for (number, (name, frame)) in all().iter().enumerate() {
        let bytes = frame.encode();
        assert_eq!(bytes[0], codec::VERSION, "{name}");
        assert_eq!(usize::from(bytes[1]), number, "{name}");
    }
}

#[test]
fn refusals_keep_their_numbers() {
    let numbers = [
        (RefusalCode::Version, 1),
        (RefusalCode::Unlisted, 2),
        (RefusalCode::Revoked, 3),
        (RefusalCode::Identity, 4),
        (RefusalCode::NotNeighbour, 5),
        (RefusalCode::StaleIncarnation, 6),
        (RefusalCode::Clone, 7),
        (RefusalCode::Protocol, 8),
        (RefusalCode::Strikes, 9),
        (RefusalCode::Timeout, 10),
        (RefusalCode::Renewing, 11),
        (RefusalCode::Replaced, 12),
        (RefusalCode::Full, 13),
    ];
    for (code, number) in numbers {
        assert_eq!(code as u16, number);
    }
}
