//! What goes out of the province: the words of custody about it, and what its files say.

use dossier::custody::CustodyRecord;
use dossier::docket::Outside;
use dossier::{Hash, LegalBasis, NodeId, PartialDate};
use node::abroad::{Anchor, Manifest, Opener, Recipient, Verdict, spoken};
use protocol::abroad::{Kind, Word, word_op};
use protocol::custody::{
    Addressee, AnswerCode, Closing, Comeback, Evidence, Message, Outcome, Proposal, Release,
    Reopening, Request, Road, Said, Statement,
};
use protocol::envelope::SignedCustody;
use tests::golden::{bytes_of, compare, hex_lines};

use super::fixtures::{self, Key};

const REGISTRAR: NodeId = NodeId::from_bytes([0x51; 16]);
const REGISTER: NodeId = NodeId::from_bytes([0x52; 16]);
/// A recipient of the published format, from its first page.
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

fn says<T: Statement>(name: &str, by: NodeId, what: T) -> Said<T> {
    Said::issue(by, what, &Key::new(name))
}

fn basis() -> LegalBasis {
    LegalBasis::Decision {
        issuer: "UBND tỉnh".to_owned(),
        number: "45/QĐ-UBND".to_owned(),
        signed_on: PartialDate::day(2026, 3, 2).expect("a day"),
        effective_on: None,
        scan: None,
    }
}

fn addressee() -> Addressee {
    Addressee {
        kind: Outside::OtherProvince,
        name: "Phú Thọ".to_owned(),
        contact: "0210 3846 000".to_owned(),
        province: Some(Hash::of(b"another root")),
        unit: Some("snv".parse().expect("unit")),
    }
}

fn closing() -> Closing {
    Closing { heads: vec![Hash::of(b"head")], set: Hash::of(b"set") }
}

fn proposal(addressee: Addressee) -> Said<Proposal> {
    let proposal = Proposal {
        dossier: fixtures::dossier_id(),
        epoch: 0,
        prev: Hash::of(b"opened"),
        from: fixtures::unit(),
        to: fixtures::unit(),
        registrar: REGISTRAR,
        road: Road::Outside(Box::new(addressee)),
        basis: basis(),
        deadline: fixtures::at(9),
        nonce: [0x54; 16],
    };
    says("node", fixtures::node(), proposal)
}

fn commit(record: CustodyRecord, by: NodeId, name: &str, evidence: Evidence) -> Message {
    let signed = SignedCustody::issue(record, by, &Key::new(name));
    let outcome = Outcome::Commit(Box::new(signed));
    Message::Request(Box::new(says(name, by, Request { outcome, evidence })))
}

fn messages() -> Vec<Message> {
    let party = Addressee { kind: Outside::Party, province: None, unit: None, ..addressee() };
    let sent = proposal(addressee());
    let (dossier, tid) = (sent.what.dossier, sent.what.tid());
    let release = Release { dossier, tid, closing: closing(), sealed: Vec::new() };
    let release = Box::new(says("node", fixtures::node(), release));
    let export = sent.what.record(&closing(), REGISTER, fixtures::at(1));
    let reopening = |why| Reopening {
        dossier,
        epoch: 1,
        prev: Hash::of(b"export"),
        unit: fixtures::unit(),
        basis: basis(),
        why,
        nonce: [0x57; 16],
    };
    let back = |why| {
        let order = reopening(why);
        let record = order.record(&closing(), REGISTER, REGISTRAR, fixtures::at(2));
        commit(record, REGISTER, "register", Evidence::Reopening(order))
    };
    let officers = ["hoa.bv", "tuyet.bt"].map(|login| login.parse().expect("login"));
    vec![
        Message::Propose(proposal(party)),
        Message::Propose(sent.clone()),
        commit(export, REGISTRAR, "registrar", Evidence::Outside { proposal: sent, release }),
        back(Comeback::Refused(Hash::of(b"word"))),
        back(Comeback::Ordered(officers)),
    ]
}

#[test]
fn what_is_said_of_what_leaves_has_its_bytes() {
    let mut text = String::new();
    for message in messages() {
        text.push_str(&format!("# message\n{}", hex_lines(&message.encode())));
    }
    for (kind, word) in
        [(Kind::Heard, Word::Taken), (Kind::Given, Word::Refused(Hash::of(b"word")))]
    {
        let op = word_op(kind, &Hash::of(b"export"), word, b"{}");
        let row = op.value.expect("a row");
        text.push_str(&format!("# row\n{}{}", hex_lines(&op.key), hex_lines(&row)));
    }
    compare("custody-outside-v1.txt", &text);
    let stored = text.split("# row\n").next().expect("messages");
    for (stored, made) in stored.split("# message\n").skip(1).zip(messages()) {
        assert_eq!(Message::decode(&bytes_of(stored)), Ok(made));
    }
}

#[test]
fn what_files_between_provinces_say_has_its_text() {
    let reader = |unit: Option<&str>| Recipient {
        unit: unit.map(|unit| unit.parse().expect("unit")),
        key: RECIPIENT.to_owned(),
    };
    let manifest = Manifest {
        dossier: fixtures::dossier_id(),
        record: Hash::of(b"export"),
        from: fixtures::unit(),
        addressee: addressee(),
        basis: basis(),
        recipients: vec![reader(None), reader(Some("snv"))],
        copy: "12".to_owned(),
        made_at: fixtures::at(3),
        open_until: fixtures::at(9),
        sealed_bytes: 2,
        sealed_sha256: Hash::of(b"sealed"),
        payload_bytes: 1,
        payload_sha256: Hash::of(b"payload"),
    };
    let verdict = Verdict {
        dossier: fixtures::dossier_id(),
        record: Hash::of(b"export"),
        manifest: manifest.digest(),
        code: AnswerCode::WrongPerson,
        unit: "snv".parse().expect("unit"),
        by: fixtures::node(),
        at: fixtures::at(4),
    };
    let anchor = Anchor {
        name: "Phú Thọ".to_owned(),
        province: "phutho".to_owned(),
        root: Hash::of(b"another root"),
        recipient: RECIPIENT.to_owned(),
        units: vec![Opener { unit: "snv".parse().expect("unit"), recipient: RECIPIENT.to_owned() }],
        made_at: fixtures::at(0),
        valid_until: fixtures::at(99),
    };
    let texts = [
        serde_json::to_string(&manifest).expect("JSON"),
        serde_json::to_string(&verdict).expect("JSON"),
        serde_json::to_string(&anchor).expect("JSON"),
    ];
    let words = spoken::words(&manifest.digest());
    let text = format!("{}\n{}\n{}\n{words}\n", texts[0], texts[1], texts[2]);
    compare("package-v1.txt", &text);
    assert_eq!(serde_json::from_str::<Manifest>(&texts[0]).expect("reads"), manifest);
    assert_eq!(serde_json::from_str::<Verdict>(&texts[1]).expect("reads"), verdict);
    assert_eq!(serde_json::from_str::<Anchor>(&texts[2]).expect("reads"), anchor);
}
