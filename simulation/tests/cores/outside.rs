//! Dossiers that leave the province and, some of them, come back (Điều 10.3).

use dossier::{DossierId, Hash, LegalBasis, custody::CustodyKind, docket::Outside};
use protocol::{
    Answer, Command, Op,
    abroad::{self, Kind, Word},
    core::{Arrival, TakeOverStep, TransferOrder, TransferStage},
    custody::{Addressee, Reason, TransferId},
    envelope::Meta,
};
use simulation::cores::{A, PROVINCE, SO, World, meta, set};

use crate::custody::{
    by_decision, by_office, chain, keepers, late, order, propose, refusal, stage, transfers,
};

const DAY_MS: i64 = 24 * 3_600_000;

fn addressee() -> Addressee {
    Addressee {
        kind: Outside::OtherProvince,
        name: "Sở Nội vụ tỉnh Phú Thọ".to_owned(),
        contact: "0210 3 000 000".to_owned(),
        province: Some(Hash::of(b"another root")),
        unit: Some("snv".parse().expect("a unit")),
    }
}

fn send_out(world: &mut World, place: usize, id: DossierId) -> Result<TransferId, String> {
    let meta = by_decision(&world.nodes[place].name);
    order(world, place, id, TransferOrder::SendOut(Box::new(addressee())), meta)
}

/// A dossier of A that is outside, and by which transfer.
fn sent(world: &mut World, name: &str) -> (DossierId, TransferId) {
    world.connect_all();
    let id = world.create(A, "so.a", name);
    world.edit(A, id, "phone", "0900000001");
    world.settle();
    let tid = send_out(world, SO, id).expect("the body with recruiting authority");
    world.settle();
    (id, tid)
}

/// The node of tier 3 has read a word of the other side.
fn hear(world: &mut World, id: DossierId, word: Word) {
    let record = chain(world, PROVINCE, id).steps.last().expect("a record").record;
    let op: Op = abroad::word_op(Kind::Heard, &record, word, b"{}");
    world.nodes[PROVINCE].store.append(vec![op]);
}

fn confirm(world: &mut World, id: DossierId) -> Result<TransferId, String> {
    order(world, PROVINCE, id, TransferOrder::Confirm, by_office("tinh"))
}

/// The other side's refusal is answered by the dossier's return.
fn sent_back(
    world: &mut World,
    id: DossierId,
    word: Hash,
    meta: Meta,
) -> Result<TransferId, String> {
    order(world, PROVINCE, id, TransferOrder::SentBack { word }, meta)
}

/// One officer's step of an order that brings a dossier back.
fn step(world: &mut World, id: DossierId, person: &str, step: TakeOverStep) -> Result<(), String> {
    let meta = Meta { person: person.to_owned(), ..by_decision("tinh") };
    let order = Box::new(TransferOrder::TakeOver(step));
    match world.order(PROVINCE, Command::Transfer { dossier: id, order, meta }) {
        Answer::Custody(_) => Ok(()),
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

fn begun(to: &str) -> TakeOverStep {
    let to = to.parse().expect("a unit");
    TakeOverStep::Begin { to, login: "ha.nt".parse().expect("a login") }
}

fn confirmed(login: &str) -> TakeOverStep {
    TakeOverStep::Confirm { login: login.parse().expect("a login") }
}

// the body with recruiting authority sends out; the sender loses the dossier, the province
// keeps the copy, and the other side's receipt closes the case.
#[test]
fn what_leaves_is_in_transit_until_the_other_side_signs() {
    let mut world = World::new(931);
    world.connect_all();
    let first = world.create(A, "so.a", "Một");
    world.settle();
    assert_eq!(send_out(&mut world, A, first), Err("tier_two_only".to_owned()));
    let meta = by_office("so");
    let nobody = Addressee { name: " ".to_owned(), ..addressee() };
    let unnamed =
        order(&mut world, SO, first, TransferOrder::SendOut(Box::new(nobody)), by_decision("so"));
    assert_eq!(unnamed, Err("custody-addressee".to_owned()));
    let undecided =
        order(&mut world, SO, first, TransferOrder::SendOut(Box::new(addressee())), meta);
    assert_eq!(undecided, Err("custody-no-decision".to_owned()));

    let (id, tid) = sent(&mut world, "Lường Thị Hà");
    for place in [A, SO, PROVINCE] {
        assert_eq!(stage(&mut world, place, tid), TransferStage::Moved, "{place}: in transit");
        assert_eq!(keepers(&mut world, place, id), ["so.a", "so.a"], "{place} keeps the chain");
        let last = chain(&mut world, place, id).steps.pop().expect("a record");
        assert_eq!(last.kind, CustodyKind::Export);
    }
    for place in [A, SO] {
        assert_eq!(world.text(place, id, "full_name"), None, "{place} reads no more");
    }
    assert_eq!(world.text(PROVINCE, id, "full_name").as_deref(), Some("Lường Thị Hà"));
    assert_eq!(refusal(world.edit(A, id, "phone", "1")), "unknown-dossier");
    assert_eq!(refusal(world.edit(PROVINCE, id, "phone", "1")), "custody-outside");
    world.kill(PROVINCE);
    world.connect_all();
    world.settle();
    assert_eq!(refusal(world.edit(PROVINCE, id, "phone", "1")), "custody-outside", "after a start");
    assert_eq!(propose(&mut world, A, id, "so.b"), Err("custody-outside".to_owned()));

    assert_eq!(confirm(&mut world, id), Err("custody-unheard".to_owned()), "nobody said so");
    hear(&mut world, id, Word::Taken);
    assert_eq!(confirm(&mut world, id), Ok(tid));
    world.settle();
    world.pass(6_000);
    for place in [A, SO, PROVINCE] {
        assert_eq!(stage(&mut world, place, tid), TransferStage::Done, "{place}");
    }
    step(&mut world, id, "ha.nt", begun("so.a")).expect("ordered");
    let early = step(&mut world, id, "tu.hv", confirmed("tu.hv"));
    assert_eq!(early, Err("custody-not-overdue".to_owned()));
    world.kill(PROVINCE);
    world.connect_all();
    world.settle();
    assert_eq!(refusal(world.edit(PROVINCE, id, "phone", "1")), "custody-outside");
    world.pass(protocol::LIMITS.check_interval_ms + 1_000);
    world.assert_converged();
}

// what the other side refuses goes back to the unit that gave it up, with its content.
#[test]
fn what_is_refused_comes_back_whole() {
    let mut world = World::new(932);
    let (id, tid) = sent(&mut world, "Bàn Văn Tiến");
    let digest = Hash::of(b"what the other side signed");
    let unheard = sent_back(&mut world, id, digest, by_office("tinh"));
    assert_eq!(unheard, Err("custody-unheard".to_owned()));
    hear(&mut world, id, Word::Refused(digest));
    assert_eq!(confirm(&mut world, id), Err("custody-unheard".to_owned()), "it was refused");
    let other = sent_back(&mut world, id, Hash::of(b"another paper"), by_office("tinh"));
    assert_eq!(other, Err("custody-unheard".to_owned()));
    sent_back(&mut world, id, digest, by_office("tinh")).expect("asked for");
    world.settle();
    for _ in 0..2 {
        world.pass(6_000);
    }
    for place in [A, SO, PROVINCE] {
        let back = TransferStage::Ended(Some(Reason::Rejected));
        assert_eq!(stage(&mut world, place, tid), back, "{place}");
        assert_eq!(keepers(&mut world, place, id), ["so.a", "so.a", "so.a"], "{place}");
        assert_eq!(world.text(place, id, "phone").as_deref(), Some("0900000001"), "{place}");
    }
    assert!(matches!(world.edit(A, id, "phone", "0900000002"), Answer::Edited { .. }));
    world.settle();
    assert_eq!(world.text(PROVINCE, id, "phone").as_deref(), Some("0900000002"));
    let again = send_out(&mut world, SO, id).expect("and may be sent again");
    world.settle();
    assert_eq!(stage(&mut world, A, again), TransferStage::Moved);
    world.pass(protocol::LIMITS.check_interval_ms + 1_000);
    world.assert_converged();
}

// a package that nobody answers is ordered back by two officers, and not before its time.
#[test]
fn what_is_lost_is_ordered_back_after_its_deadline_by_two() {
    let mut world = World::new(933);
    let (id, tid) = sent(&mut world, "Khà Thị Loan");
    step(&mut world, id, "ha.nt", begun("so.a")).expect("ordered");
    let early = step(&mut world, id, "tu.hv", confirmed("tu.hv"));
    assert_eq!(early, Err("custody-not-overdue".to_owned()));
    world.now += 60 * DAY_MS;
    world.connect_all();
    world.settle();
    world.pass(6_000);
    let elsewhere = step(&mut world, id, "ha.nt", begun("so.b"));
    assert_eq!(elsewhere, Err("custody-outside".to_owned()), "back to whoever gave it up");
    let alone = step(&mut world, id, "ha.nt", confirmed("tu.hv"));
    assert_eq!(alone, Err("four_eyes".to_owned()), "one cannot be both");
    let one = step(&mut world, id, "tu.hv", confirmed("ha.nt"));
    assert_eq!(one, Err("custody-officers".to_owned()));
    step(&mut world, id, "tu.hv", confirmed("tu.hv")).expect("confirmed");
    world.settle();
    for _ in 0..2 {
        world.pass(6_000);
    }
    assert_eq!(stage(&mut world, A, tid), TransferStage::Ended(Some(Reason::Rejected)));
    assert_eq!(world.text(A, id, "full_name").as_deref(), Some("Khà Thị Loan"));
    // The receipt comes after all: there is one custodian, and it stays.
    hear(&mut world, id, Word::Taken);
    assert_eq!(confirm(&mut world, id), Err("custody-not-outside".to_owned()));
    assert_eq!(keepers(&mut world, A, id), ["so.a", "so.a", "so.a"]);
}

#[test]
fn it_leaves_and_comes_back_where_every_wire_is_cut() {
    let mut world = World::new(934);
    world.connect_all();
    let id = world.create(A, "so.a", "Phùng Văn Sinh");
    world.settle();
    let tid = send_out(&mut world, SO, id).expect("ordered");
    let digest = Hash::of(b"refused");
    let mut back = false;
    for round in 0..200 {
        for place in [A, SO] {
            if round % 2 == place % 2 {
                world.cut(place);
            }
        }
        if round % 5 == 4 {
            world.kill(SO);
            world.kill(PROVINCE);
        }
        world.connect_all();
        for _ in 0..(6 + round) {
            world.step();
        }
        for place in 0..world.nodes.len() {
            world.handle(place, protocol::Event::Tick);
        }
        world.now += 6_000;
        let out = chain(&mut world, PROVINCE, id).steps.len() == 2;
        if out && !back && round > 100 {
            hear(&mut world, id, Word::Refused(digest));
            sent_back(&mut world, id, digest, by_office("tinh")).expect("asked");
            back = true;
        }
    }
    assert!(back, "it went out");
    world.connect_all();
    world.settle();
    for _ in 0..3 {
        world.pass(6_000);
    }
    for place in [A, SO, PROVINCE] {
        assert_eq!(keepers(&mut world, place, id), ["so.a", "so.a", "so.a"], "{place}");
        assert_eq!(world.text(place, id, "full_name").as_deref(), Some("Phùng Văn Sinh"));
    }
    assert!(transfers(&mut world, A).iter().any(|it| it.tid == tid));
    assert_eq!(world.violations(), []);
}

#[test]
fn what_an_old_disk_wrote_into_what_left_is_seen_outside() {
    let mut world = World::new(935);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Thị Chiên");
    world.settle();
    let old = world.backup(A);
    send_out(&mut world, SO, id).expect("ordered");
    world.settle();
    world.restart(A, old);
    assert!(matches!(world.edit(A, id, "phone", "0911111111"), Answer::Edited { .. }));
    for _ in 0..3 {
        world.connect_all();
        world.settle();
        world.pass(6_000);
    }
    assert_eq!(world.text(A, id, "full_name"), None, "it hears that the dossier left");
    assert_eq!(world.text(PROVINCE, id, "phone"), None, "nothing merged");
    assert!(late(&mut world, PROVINCE) > 0, "and nothing lost");
}

// what another province sent begins its life once, at the unit it was sent to.
#[test]
fn what_arrives_keeps_its_name_and_comes_once() {
    let mut world = World::new(936);
    world.connect_all();
    let known = world.create(A, "so.a", "Một");
    world.settle();
    let sent = Hash::of(b"export of another province");
    let basis = LegalBasis::Import { list: "gói".to_owned(), file: Hash::of(b"file"), row: 1 };
    let arrive = |world: &mut World, id: DossierId, unit: &str, sent: Hash| {
        let edits = vec![set("full_name", "Tạ Thị Kiều")];
        let arrival = Arrival { unit: unit.parse().expect("a unit"), sent, edits };
        let meta = Meta { basis: basis.clone(), ..meta("so.a") };
        order(world, A, id, TransferOrder::Arrive(Box::new(arrival)), meta)
    };
    assert_eq!(arrive(&mut world, known, "so.a", sent), Err("abroad-known".to_owned()));
    let id = DossierId::from_bytes([0x77; 16]);
    assert_eq!(arrive(&mut world, id, "so.b", sent), Err("abroad-addressee".to_owned()));
    assert_eq!(arrive(&mut world, id, "so.a", sent), Ok(TransferId(sent)));
    assert_eq!(arrive(&mut world, id, "so.a", sent), Ok(TransferId(sent)), "the same again");
    let other = arrive(&mut world, id, "so.a", Hash::of(b"another export"));
    assert_eq!(other, Err("abroad-known".to_owned()));
    assert_eq!(world.nodes[A].core.totals().dossiers, 2);
    world.settle();
    let steps = chain(&mut world, PROVINCE, id).steps;
    assert_eq!(steps.iter().map(|it| it.kind).collect::<Vec<_>>(), [CustodyKind::Import]);
    assert_eq!(world.text(PROVINCE, id, "full_name").as_deref(), Some("Tạ Thị Kiều"));
    // What was sent back is not taken in afterwards.
    let refused = Hash::of(b"refused export");
    let word = abroad::word_op(Kind::Given, &refused, Word::Refused(refused), b"{}");
    world.nodes[A].store.append(vec![word]);
    let late = DossierId::from_bytes([0x78; 16]);
    assert_eq!(arrive(&mut world, late, "so.a", refused), Err("abroad-refused".to_owned()));
}
