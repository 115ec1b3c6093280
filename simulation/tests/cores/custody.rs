//! Dossiers that pass from one unit to another: who writes, who reads, and what comes late (Điều 10).

use dossier::{DossierId, LegalBasis, Role};
use protocol::{
    Answer, Command,
    admission::{Outside, QuarantineReason},
    core::{
        ChainShown, CustodyAnswer, CustodyQuestion, TransferOrder, TransferShown, TransferStage,
    },
    custody::{AnswerCode, Message, Reason, TransferId},
    envelope::Meta,
    wire::Frame,
};
use simulation::cores::{A, B, C, HUYEN, PROVINCE, SO, World, grounds, meta};

/// What the head of a unit orders, on the decision that moves the person.
pub(crate) fn by_decision(who: &str) -> Meta {
    Meta { role: Role::Approver, basis: grounds(false), ..meta(who) }
}

pub(crate) fn by_office(who: &str) -> Meta {
    Meta { role: Role::Approver, basis: LegalBasis::Office, ..meta(who) }
}

pub(crate) fn order(
    world: &mut World,
    place: usize,
    dossier: DossierId,
    order: TransferOrder,
    meta: Meta,
) -> Result<TransferId, String> {
    let command = Command::Transfer { dossier, order: Box::new(order), meta };
    match world.order(place, command) {
        Answer::Custody(CustodyAnswer::Ordered { tid, .. }) => Ok(tid),
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn propose(
    world: &mut World,
    place: usize,
    id: DossierId,
    to: &str,
) -> Result<TransferId, String> {
    let meta = by_decision(&world.nodes[place].name);
    let to = to.parse().expect("a unit");
    order(world, place, id, TransferOrder::Propose { to }, meta)
}

pub(super) fn answer(
    world: &mut World,
    place: usize,
    id: DossierId,
    tid: TransferId,
    code: AnswerCode,
) {
    let meta = by_office(&world.nodes[place].name);
    let said = order(world, place, id, TransferOrder::Answer { tid, code }, meta);
    assert_eq!(said, Ok(tid));
}

pub(crate) fn transfers(world: &mut World, place: usize) -> Vec<TransferShown> {
    match world.order(place, Command::AskCustody(CustodyQuestion::Transfers)) {
        Answer::Custody(CustodyAnswer::Transfers(all)) => all,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn stage(world: &mut World, place: usize, tid: TransferId) -> TransferStage {
    let all = transfers(world, place);
    all.iter().find(|it| it.tid == tid).map(|it| it.stage).expect("a transfer of this node")
}

pub(crate) fn chain(world: &mut World, place: usize, id: DossierId) -> ChainShown {
    match world.order(place, Command::AskCustody(CustodyQuestion::Chain(id))) {
        Answer::Custody(CustodyAnswer::Chain(chain)) => *chain,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn keepers(world: &mut World, place: usize, id: DossierId) -> Vec<String> {
    chain(world, place, id).steps.iter().map(|step| step.to.to_string()).collect()
}

pub(crate) fn refusal(answer: Answer) -> String {
    match answer {
        Answer::Refused(refused) => refused.code,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn late(world: &mut World, place: usize) -> usize {
    let Answer::Quarantine(rows) = world.order(place, Command::Quarantine) else { panic!() };
    let late = Outside::Quarantined(QuarantineReason::Late);
    rows.iter().filter(|(.., outside)| *outside == late).count()
}

/// Moves a dossier of A to B.
pub(super) fn hand_over(world: &mut World, id: DossierId) -> TransferId {
    let tid = propose(world, A, id, "so.b").expect("proposed");
    world.settle();
    answer(world, B, id, tid, AnswerCode::Accepted);
    world.settle();
    tid
}

// what moves is the whole dossier, and one unit alone keeps it.
#[test]
fn a_dossier_passes_to_another_unit_of_its_body_and_leaves_the_old_one_its_chain_alone() {
    let mut world = World::new(901);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Thị Mai");
    world.edit(A, id, "phone", "0900000001");
    world.settle();
    let tid = propose(&mut world, A, id, "so.b").expect("proposed");
    world.settle();
    assert_eq!(stage(&mut world, B, tid), TransferStage::Proposed);
    assert_eq!(world.text(B, id, "full_name"), None, "nothing to read before the record counts");
    answer(&mut world, B, id, tid, AnswerCode::Accepted);
    world.settle();
    for place in [A, B, SO] {
        assert_eq!(stage(&mut world, place, tid), TransferStage::Done, "{place}");
    }
    for place in [A, B, SO, PROVINCE] {
        assert_eq!(keepers(&mut world, place, id), ["so.a", "so.b"], "{place}");
    }
    assert_eq!(world.text(A, id, "full_name"), None, "the old unit reads no more");
    assert!(world.nodes[A].core.totals().dossiers == 0, "and holds nothing");
    assert_eq!(refusal(world.edit(A, id, "phone", "1")), "unknown-dossier");
    assert!(matches!(world.edit(B, id, "phone", "0900000002"), Answer::Edited { .. }));
    world.settle();
    for place in [B, SO, PROVINCE] {
        assert_eq!(world.text(place, id, "phone").as_deref(), Some("0900000002"), "{place}");
    }
    assert_eq!(world.nodes[B].core.totals().own_tier3, 1);
    world.pass(protocol::LIMITS.check_interval_ms + 1_000);
    world.assert_converged();
}

#[test]
fn a_transfer_goes_on_where_every_wire_is_cut_at_every_step() {
    let mut world = World::new(902);
    world.connect_all();
    let id = world.create(A, "so.a", "Lò Văn Trung");
    world.settle();
    let tid = propose(&mut world, A, id, "so.b").expect("proposed");
    let mut accepted = false;
    for round in 0..200 {
        for place in [A, B, SO] {
            if round % 3 == place % 3 {
                world.cut(place);
            }
        }
        if round % 5 == 4 {
            world.kill(A);
            world.kill(SO);
        }
        world.connect_all();
        for _ in 0..(6 + round) {
            world.step();
        }
        for place in 0..world.nodes.len() {
            world.handle(place, protocol::Event::Tick);
        }
        world.now += 6_000;
        let invited = transfers(&mut world, B).iter().any(|it| it.tid == tid);
        if invited && !accepted {
            answer(&mut world, B, id, tid, AnswerCode::Accepted);
            accepted = true;
        }
    }
    world.connect_all();
    world.settle();
    for _ in 0..3 {
        world.pass(6_000);
    }
    for place in [A, B, SO, PROVINCE] {
        assert_eq!(keepers(&mut world, place, id), ["so.a", "so.b"], "{place}");
    }
    assert_eq!(stage(&mut world, A, tid), TransferStage::Done);
    assert_eq!(world.text(B, id, "full_name").as_deref(), Some("Lò Văn Trung"));
    assert_eq!(world.violations(), []);
}

#[test]
fn what_is_sent_back_or_taken_back_stays_and_is_written_on() {
    let mut world = World::new(903);
    world.connect_all();
    let id = world.create(A, "so.a", "Bùi Thị Tuyết");
    world.settle();
    let tid = propose(&mut world, A, id, "so.b").expect("proposed");
    world.settle();
    assert_eq!(propose(&mut world, A, id, "so.b"), Err("custody-moving".to_owned()));
    answer(&mut world, B, id, tid, AnswerCode::WrongPerson);
    world.settle();
    for place in [A, B, SO] {
        assert_eq!(stage(&mut world, place, tid), TransferStage::Ended(Some(Reason::Rejected)));
    }
    assert_eq!(transfers(&mut world, A)[0].answer, Some(AnswerCode::WrongPerson), "and why");
    let again = propose(&mut world, A, id, "so.b").expect("proposed again");
    world.settle();
    let meta = by_office("so.a");
    order(&mut world, A, id, TransferOrder::Withdraw { tid: again }, meta).expect("taken back");
    world.settle();
    for place in [A, B, SO] {
        assert_eq!(stage(&mut world, place, again), TransferStage::Ended(Some(Reason::Cancelled)));
    }
    assert!(matches!(world.edit(A, id, "phone", "1"), Answer::Edited { .. }));
    assert_eq!(keepers(&mut world, PROVINCE, id), ["so.a"]);
}

#[test]
fn a_released_dossier_is_not_written_before_the_end_is_known() {
    let mut world = World::new(904);
    world.connect_all();
    let id = world.create(A, "so.a", "Đinh Thị Thơ");
    world.settle();
    let tid = propose(&mut world, A, id, "so.b").expect("proposed");
    assert!(matches!(world.edit(A, id, "phone", "1"), Answer::Edited { .. }), "not yet closed");
    world.settle();
    let meta = by_office("so.a");
    order(&mut world, A, id, TransferOrder::Release { tid }, meta).expect("released");
    assert_eq!(refusal(world.edit(A, id, "phone", "2")), "custody-moving");
    world.settle();
    world.kill(A);
    assert_eq!(refusal(world.edit(A, id, "phone", "2")), "custody-moving", "after a start as well");
    world.settle();
    // The body above may not write behind the release either.
    assert_eq!(refusal(world.edit(SO, id, "main_post", "Văn thư")), "custody-moving");
    world.connect_all();
    world.settle();
    answer(&mut world, B, id, tid, AnswerCode::WrongDossier);
    world.settle();
    world.pass(6_000);
    assert!(matches!(world.edit(A, id, "phone", "2"), Answer::Edited { .. }));
    assert!(matches!(world.edit(SO, id, "main_post", "Văn thư"), Answer::Edited { .. }));
}

#[test]
fn what_an_old_disk_wrote_comes_late_and_is_seen_by_the_new_custodian() {
    let mut world = World::new(905);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Văn Tâm");
    world.settle();
    let old = world.backup(A);
    hand_over(&mut world, id);
    assert_eq!(keepers(&mut world, A, id), ["so.a", "so.b"]);
    world.restart(A, old);
    assert!(matches!(world.edit(A, id, "phone", "0911111111"), Answer::Edited { .. }));
    for _ in 0..3 {
        world.connect_all();
        world.settle();
        world.pass(6_000);
    }
    assert_eq!(keepers(&mut world, A, id), ["so.a", "so.b"], "it hears how it stands");
    assert_eq!(world.text(A, id, "full_name"), None);
    for place in [SO, B, PROVINCE] {
        assert_eq!(world.text(place, id, "phone"), None, "{place}: nothing merged");
        assert!(late(&mut world, place) > 0, "{place}: and nothing lost");
    }
    assert!(matches!(world.edit(B, id, "phone", "0922222222"), Answer::Edited { .. }));
    world.settle();
    assert_eq!(world.text(PROVINCE, id, "phone").as_deref(), Some("0922222222"));
}

#[test]
fn what_a_body_proposes_its_unit_hears_when_the_line_comes_back() {
    let mut world = World::new(910);
    world.connect_all();
    let id = world.create(A, "so.a", "Quách Thị Liên");
    world.settle();
    world.cut(A);
    let tid = propose(&mut world, SO, id, "so.b").expect("the body proposes");
    world.settle();
    answer(&mut world, B, id, tid, AnswerCode::Accepted);
    world.settle();
    assert_eq!(keepers(&mut world, SO, id), ["so.a"]);
    world.connect_all();
    world.settle();
    for _ in 0..3 {
        world.pass(6_000);
    }
    for place in [A, B, SO, PROVINCE] {
        assert_eq!(keepers(&mut world, place, id), ["so.a", "so.b"], "{place}");
    }
}

/// Another machine serves the unit of `place` from then on.
fn replace(world: &mut World, place: usize) -> usize {
    let unit = world.nodes[place].identity.unit.to_string();
    world.revoke(place);
    world.cut(place);
    let (next, entry) = world.join(&unit, &format!("{unit} (mới)"));
    assert_eq!(world.order(PROVINCE, Command::Member(entry)), Answer::Done);
    next
}

#[test]
fn a_registrar_whose_machine_was_replaced_leaves_no_transfer_hanging() {
    let mut world = World::new(911);
    world.connect_all();
    let id = world.create(A, "so.a", "Xa Văn Thắng");
    world.settle();
    let tid = propose(&mut world, A, id, "so.b").expect("proposed");
    world.settle();
    let so = replace(&mut world, SO);
    world.connect(so, PROVINCE);
    world.settle();
    for unit in [A, B] {
        world.connect(unit, so);
    }
    world.settle();
    answer(&mut world, B, id, tid, AnswerCode::Accepted);
    for _ in 0..4 {
        world.pass(6_000);
    }
    for place in [A, B, so, PROVINCE] {
        assert_eq!(keepers(&mut world, place, id), ["so.a", "so.b"], "{place}");
    }
    assert_eq!(stage(&mut world, B, tid), TransferStage::Done);
    assert_eq!(world.violations(), []);
}

// R-10.2a, R-10.2b: the body sends out, the other one receives before it gives on.
#[test]
fn between_bodies_the_body_sends_the_other_receives_and_gives_on() {
    let mut world = World::new(906);
    world.connect_all();
    let id = world.create(A, "so.a", "Quách Văn Hùng");
    world.settle();
    assert_eq!(propose(&mut world, A, id, "huyen"), Err("tier_two_only".to_owned()), "Điều 10.2");
    let tid = propose(&mut world, SO, id, "huyen").expect("the body with recruiting authority");
    world.settle();
    answer(&mut world, HUYEN, id, tid, AnswerCode::Accepted);
    world.settle();
    assert_eq!(keepers(&mut world, PROVINCE, id), ["so.a", "huyen"]);
    for place in [A, SO] {
        assert_eq!(world.text(place, id, "full_name"), None, "{place} reads no more");
        assert_eq!(keepers(&mut world, place, id), ["so.a", "huyen"], "{place} keeps the chain");
    }
    assert_eq!(world.text(HUYEN, id, "full_name").as_deref(), Some("Quách Văn Hùng"));
    let meta = by_office("huyen");
    let to = "c".parse().expect("a unit");
    let given = order(&mut world, HUYEN, id, TransferOrder::Propose { to }, meta);
    let given = given.expect("given on by the same document");
    world.settle();
    answer(&mut world, C, id, given, AnswerCode::Accepted);
    world.settle();
    for place in [C, HUYEN, PROVINCE] {
        assert_eq!(keepers(&mut world, place, id), ["so.a", "huyen", "c"], "{place}");
        assert_eq!(world.text(place, id, "full_name").as_deref(), Some("Quách Văn Hùng"));
    }
    assert!(matches!(world.edit(C, id, "phone", "0900000003"), Answer::Edited { .. }));
    world.settle();
    assert_eq!(world.text(PROVINCE, id, "phone").as_deref(), Some("0900000003"));
    world.pass(protocol::LIMITS.check_interval_ms + 1_000);
    world.assert_converged();
}

#[test]
fn a_dossier_comes_back_to_where_it_was() {
    let mut world = World::new(907);
    world.connect_all();
    let id = world.create(A, "so.a", "Xa Thị Nhung");
    world.settle();
    hand_over(&mut world, id);
    world.edit(B, id, "phone", "0900000004");
    world.settle();
    let back = propose(&mut world, B, id, "so.a").expect("proposed");
    world.settle();
    answer(&mut world, A, id, back, AnswerCode::Accepted);
    world.settle();
    assert_eq!(keepers(&mut world, B, id), ["so.a", "so.b", "so.a"]);
    assert_eq!(world.text(B, id, "full_name"), None);
    assert_eq!(world.text(A, id, "phone").as_deref(), Some("0900000004"));
    assert!(matches!(world.edit(A, id, "phone", "0900000005"), Answer::Edited { .. }));
    world.settle();
    world.pass(protocol::LIMITS.check_interval_ms + 1_000);
    world.assert_converged();
}

// a transfer rests on a decision.
#[test]
fn without_a_decision_or_to_a_unit_that_keeps_nothing_nothing_moves() {
    let mut world = World::new(908);
    world.connect_all();
    let id = world.create(A, "so.a", "Một");
    world.settle();
    let to = || TransferOrder::Propose { to: "so.b".parse().expect("a unit") };
    let undecided = order(&mut world, A, id, to(), by_office("so.a"));
    assert_eq!(undecided, Err("custody-no-decision".to_owned()));
    let clerk = Meta { role: Role::Clerk, ..by_decision("so.a") };
    assert_eq!(order(&mut world, A, id, to(), clerk), Err("wrong_role".to_owned()));
    assert_eq!(propose(&mut world, A, id, "so.phong"), Err("does_not_hold".to_owned()));
    assert_eq!(propose(&mut world, B, id, "so.b"), Err("custody-unknown".to_owned()));
    assert!(transfers(&mut world, A).is_empty());
}

#[test]
fn the_same_words_again_change_nothing() {
    let mut world = World::new(909);
    world.connect_all();
    let id = world.create(A, "so.a", "Hai");
    world.settle();
    hand_over(&mut world, id);
    let command = Command::AskCustody(CustodyQuestion::Proof(id));
    let Answer::Custody(CustodyAnswer::Proof { links, receipts, .. }) = world.order(SO, command)
    else {
        panic!("no proof")
    };
    let mut words = vec![Message::Chain(links.clone())];
    words.extend(links.into_iter().filter_map(|link| match link {
        protocol::custody::Link::Closed(valid) => Some(Message::Outcome(valid)),
        protocol::custody::Link::Opened(_) => None,
    }));
    words.extend(receipts.into_iter().map(Message::Receipt));
    let places = [A, B, SO, PROVINCE];
    let before = places.map(|place| world.backup(place).bytes());
    let conns = places.map(|place| {
        let session = world.nodes[place].core.sessions().next();
        session.map(protocol::core::Session::conn).expect("somebody is connected")
    });
    for round in 0..50 {
        for (place, conn) in places.into_iter().zip(conns) {
            let message = words[round % words.len()].encode().into();
            let to = world.nodes[place].identity.node;
            let bytes = Frame::Custody { to, message }.encode();
            world.handle(place, protocol::Event::Frame { conn, bytes });
        }
        world.settle();
    }
    assert_eq!(places.map(|place| world.backup(place).bytes()), before, "nothing was written");
}
