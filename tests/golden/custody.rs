//! Custody: everything two nodes say about a hand-over, and the rows they keep of it.

use dossier::{Hash, LegalBasis, NodeId, PartialDate, custody::CustodyRecord};
use protocol::{
    codec,
    custody::{
        Abort, About, Answer, AnswerCode, BegunTakeOver, Call, Closing, Cosignature, Cover,
        Evidence, ForkProof, Inquiry, Link, LogEntry, Message, Note, Ordered, Outcome, Proposal,
        Reason, Recall, Recalled, Receipt, Receiving, ReceivingState, Registering,
        RegisteringState, Release, Request, Resume, Road, Said, Sending, SendingState, Standing,
        Statement, Succeeding, Succession, SyncFirst, TakeOver, ValidOutcome, Withdrawal,
    },
    envelope::SignedCustody,
};
use tests::golden::{bytes_of, compare, hex_lines};

use super::fixtures::{self, Key};

const REGISTRAR: NodeId = NodeId::from_bytes([0x51; 16]);
const REGISTER: NodeId = NodeId::from_bytes([0x52; 16]);
const WITNESS: NodeId = NodeId::from_bytes([0x53; 16]);

fn says<T: Statement>(name: &str, by: NodeId, what: T) -> Said<T> {
    Said::issue(by, what, &Key::new(name))
}

fn basis() -> LegalBasis {
    LegalBasis::Decision {
        issuer: "Sở Nội vụ".to_owned(),
        number: "7/QĐ-SNV".to_owned(),
        signed_on: PartialDate::day(2025, 2, 3).expect("a day"),
        effective_on: None,
        scan: None,
    }
}

fn opened() -> SignedCustody {
    let (dossier, unit) = (fixtures::dossier_id(), fixtures::unit());
    let record = CustodyRecord::genesis(dossier, unit, REGISTRAR, basis(), fixtures::at(0));
    SignedCustody::issue(record, fixtures::node(), &Key::new("node"))
}

fn proposal(road: Road) -> Said<Proposal> {
    let proposal = Proposal {
        dossier: fixtures::dossier_id(),
        epoch: 0,
        prev: opened().hash(),
        from: fixtures::unit(),
        to: "d151.x1".parse().expect("unit"),
        registrar: REGISTRAR,
        road,
        basis: basis(),
        deadline: fixtures::at(9),
        nonce: [0x54; 16],
    };
    says("node", fixtures::node(), proposal)
}

fn closing() -> Closing {
    Closing { heads: vec![Hash::of(b"head")], set: Hash::of(b"set") }
}

fn answer() -> Said<Answer> {
    let tid = proposal(Road::Within).what.tid();
    let answer = Answer { dossier: fixtures::dossier_id(), tid, code: AnswerCode::Accepted };
    says("receiver", NodeId::from_bytes([0x55; 16]), answer)
}

fn release() -> Said<Release> {
    let (dossier, tid) = (fixtures::dossier_id(), proposal(Road::Within).what.tid());
    let sealed = b"sealed twice".to_vec();
    says("node", fixtures::node(), Release { dossier, tid, closing: closing(), sealed })
}

fn request() -> Said<Request> {
    let proposal = proposal(Road::Within);
    let record = proposal.what.record(&closing(), REGISTRAR, fixtures::at(1));
    let signed = SignedCustody::issue(record, REGISTRAR, &Key::new("registrar"));
    let outcome = Outcome::Commit(Box::new(signed));
    let evidence = Evidence::Transfer { proposal, answer: answer(), release: release().into() };
    says("registrar", REGISTRAR, Request { outcome, evidence })
}

fn valid(outcome: Outcome, request: Said<Request>) -> ValidOutcome {
    let entry = LogEntry { number: 1, previous: Hash::ZERO, outcome, request };
    let entry = says("register", REGISTER, entry);
    let word = Cosignature { number: 1, digest: entry.digest() };
    ValidOutcome { entry, cosigned: says("witness", WITNESS, word) }
}

fn committed() -> ValidOutcome {
    valid(request().what.outcome, request())
}

/// Requests for each way in which a transfer comes to nothing, and for a take-over.
fn other_requests() -> Vec<Said<Request>> {
    let (dossier, tid) = (fixtures::dossier_id(), proposal(Road::Between).what.tid());
    let proposal = || proposal(Road::Between);
    let withdrawal = says("node", fixtures::node(), Withdrawal { dossier, tid });
    let evidence = [
        (Reason::Rejected, Evidence::Rejected { proposal: proposal(), answer: answer() }),
        (Reason::Cancelled, Evidence::Withdrawn { proposal: proposal(), withdrawal }),
        (Reason::Expired, Evidence::Overdue(proposal())),
        (Reason::Conflict, Evidence::Refused(proposal())),
    ];
    let mut requests: Vec<Said<Request>> = evidence
        .into_iter()
        .map(|(reason, evidence)| {
            let winner = (reason == Reason::Conflict).then(|| Hash::of(b"winner"));
            let outcome = Outcome::Abort(Abort { dossier, epoch: 0, tid, reason, winner });
            says("registrar", REGISTRAR, Request { outcome, evidence })
        })
        .collect();
    let order = TakeOver {
        dossier,
        epoch: 0,
        prev: opened().hash(),
        from: fixtures::unit(),
        to: "d151.x1".parse().expect("unit"),
        basis: basis(),
        officers: ["hoa.bv", "tuyet.bt"].map(|login| login.parse().expect("login")),
        nonce: [0x56; 16],
    };
    let record = order.record(&closing(), REGISTRAR, REGISTRAR, fixtures::at(1));
    let signed = SignedCustody::issue(record, REGISTRAR, &Key::new("registrar"));
    let outcome = Outcome::Commit(Box::new(signed));
    let request = Request { outcome, evidence: Evidence::TakeOver(order) };
    requests.push(says("registrar", REGISTRAR, request));
    requests
}

fn receipt() -> Said<Receipt> {
    let (dossier, tid) = (fixtures::dossier_id(), proposal(Road::Within).what.tid());
    let receipt = Receipt { dossier, tid, epoch: 1, closing: closing() };
    says("receiver", NodeId::from_bytes([0x55; 16]), receipt)
}

fn messages() -> Vec<Message> {
    let (dossier, tid) = (fixtures::dossier_id(), proposal(Road::Within).what.tid());
    let incarnation = fixtures::incarnation();
    let links = vec![Link::Opened(Box::new(opened())), Link::Closed(Box::new(committed()))];
    let resume = Resume {
        incarnation,
        chains: vec![links.clone()],
        proposals: vec![proposal(Road::Within)],
        answers: vec![answer()],
        releases: vec![release()],
        frontier: vec![(dossier, vec![Hash::of(b"head")])],
    };
    let fork = ForkProof { first: Box::new(committed()), second: Box::new(committed()) };
    let registrar = |what| says("registrar", REGISTRAR, what);
    let mut all = vec![
        Message::Propose(proposal(Road::Within)),
        Message::Propose(proposal(Road::Forward(protocol::custody::CaseId(Hash::of(b"case"))))),
        Message::Answer(answer()),
        Message::Call(says("registrar", REGISTRAR, Call { dossier, tid })),
        Message::Release(release()),
        Message::Withdraw(says("node", fixtures::node(), Withdrawal { dossier, tid })),
        Message::Request(Box::new(request())),
        Message::SyncFirst(registrar(SyncFirst { dossier, tid, refused: Hash::of(b"no") })),
        Message::Register(Box::new(committed().entry)),
        Message::Cosigned(committed().cosigned),
        Message::Standing(says("witness", WITNESS, Standing { number: 1 })),
        Message::Outcome(Box::new(committed())),
        Message::Chain(links),
        Message::Receipt(receipt()),
        Message::Inquire(says(
            "node",
            fixtures::node(),
            Inquiry { dossier, epoch: 1, tid: Some(tid) },
        )),
        Message::Recall(says("register", REGISTER, Recall { incarnation, after: 1 })),
        Message::Recalled(Box::new(says(
            "witness",
            WITNESS,
            Recalled { incarnation, entries: vec![committed()], number: 1 },
        ))),
        Message::Resume(Box::new(says("registrar", REGISTRAR, resume))),
        Message::Fork(Box::new(fork)),
    ];
    all.extend(other_requests().into_iter().map(|said| Message::Request(Box::new(said))));
    all
}

#[test]
fn what_is_said_of_custody_has_its_bytes() {
    let mut text = String::new();
    for message in messages() {
        text.push_str(&format!("# message\n{}", hex_lines(&message.encode())));
    }
    compare("custody-messages-v1.txt", &text);
    for (stored, made) in text.split("# message\n").skip(1).zip(messages()) {
        assert_eq!(Message::decode(&bytes_of(stored)), Ok(made));
    }
}

fn take_over() -> TakeOver {
    let of = other_requests().into_iter().find_map(|said| match said.what.evidence {
        Evidence::TakeOver(order) => Some(order),
        _ => None,
    });
    of.expect("one of them is a take-over")
}

#[test]
fn what_two_officers_order_has_its_bytes() {
    let order = take_over();
    let begun = BegunTakeOver {
        to: order.to.clone(),
        basis: order.basis.clone(),
        person: "Bùi Văn Hòa (hoa.bv)".to_owned(),
        login: order.officers[0].clone(),
        at: fixtures::at(5),
    };
    let ordered = Ordered { order: says("register", REGISTER, order), open: true };
    let message = Message::TakeOver(Box::new(ordered.order.clone()));
    let all = [message.encode(), codec::encode(&ordered), codec::encode(&begun)];
    let text: String = all.iter().map(|one| format!("# order\n{}", hex_lines(one))).collect();
    compare("custody-orders-v1.txt", &text);
    let stored: Vec<Vec<u8>> = text.split("# order\n").skip(1).map(bytes_of).collect();
    assert_eq!(Message::decode(&stored[0]), Ok(message));
    assert_eq!(codec::decode(&stored[1]), Ok(ordered));
    assert_eq!(codec::decode(&stored[2]), Ok(begun));
}

#[test]
fn what_is_told_beside_a_transfer_has_its_bytes() {
    let (dossier, tid) = (fixtures::dossier_id(), proposal(Road::Within).what.tid());
    let cover = Cover {
        name: "Xa Thị Nhung".to_owned(),
        staff_type: "cong_chuc".to_owned(),
        changes: 12,
        attachments: 3,
        conflicts: 1,
        unreviewed: 2,
    };
    let told = [About::Cover(cover), About::Remark("thiếu bản quét".to_owned())];
    let notes = told.map(|about| {
        let note = Note { dossier, tid, about };
        Message::Note(Box::new(says("node", fixtures::node(), note)))
    });
    let text: String =
        notes.iter().map(|one| format!("# note\n{}", hex_lines(&one.encode()))).collect();
    compare("custody-notes-v1.txt", &text);
    for (stored, made) in text.split("# note\n").skip(1).zip(notes) {
        assert_eq!(Message::decode(&bytes_of(stored)), Ok(made));
    }
}

#[test]
fn rows_of_custody_have_their_bytes() {
    let sending = Sending {
        epoch: 0,
        proposal: Some(proposal(Road::Within)),
        release: Some(release()),
        withdrawal: None,
        state: SendingState::Retired(Some(fixtures::at(3))),
    };
    let receiving = Receiving {
        epoch: 0,
        proposal: None,
        answer: Some(answer()),
        state: ReceivingState::Fetching,
    };
    let registering = Registering {
        epoch: 0,
        proposal: Some(proposal(Road::Within)),
        order: None,
        answer: Some(answer()),
        withdrawal: None,
        release: Some(release()),
        asked: Some(request()),
        state: RegisteringState::Committed { due: fixtures::at(4), told: true },
    };
    let rows = [codec::encode(&sending), codec::encode(&receiving), codec::encode(&registering)];
    let text: String = rows.iter().map(|row| format!("# row\n{}", hex_lines(row))).collect();
    compare("custody-rows-v1.txt", &text);
    let stored: Vec<Vec<u8>> = text.split("# row\n").skip(1).map(bytes_of).collect();
    assert_eq!(codec::decode(&stored[0]), Ok(sending));
    assert_eq!(codec::decode(&stored[1]), Ok(receiving));
    assert_eq!(codec::decode(&stored[2]), Ok(registering));
}

#[test]
fn what_a_reorganisation_orders_has_its_bytes() {
    let order = Succession { order: take_over(), until: fixtures::at(9) };
    let record = order.record(&closing(), REGISTRAR, REGISTRAR, fixtures::at(1));
    let signed = SignedCustody::issue(record, REGISTRAR, &Key::new("registrar"));
    let row = Succeeding { order: says("register", REGISTER, order), open: true };
    let message = Message::Succession(Box::new(row.order.clone()));
    let evidence = Evidence::Reorganised(Box::new(row.order.clone()));
    let request = Request { outcome: Outcome::Commit(Box::new(signed)), evidence };
    let all = [message.encode(), codec::encode(&row), codec::encode(&request)];
    let text: String = all.iter().map(|one| format!("# order\n{}", hex_lines(one))).collect();
    compare("custody-successions-v1.txt", &text);
    let stored: Vec<Vec<u8>> = text.split("# order\n").skip(1).map(bytes_of).collect();
    assert_eq!(Message::decode(&stored[0]), Ok(message));
    assert_eq!(codec::decode(&stored[1]), Ok(row));
    assert_eq!(codec::decode(&stored[2]), Ok(request));
}
