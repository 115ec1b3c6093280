//! Take-overs: two officers of tier 3 move a dossier whose custodian is gone (Điều 7.3).

use dossier::{DossierId, LegalBasis, Role};
use protocol::{
    Answer, Command,
    core::{CustodyAnswer, CustodyQuestion, TakeOverStep, TransferOrder, TransferStage},
    custody::TransferId,
    envelope::Meta,
};
use simulation::cores::{A, B, PROVINCE, SO, World, grounds, meta};

use super::custody::{keepers, late, propose, stage};

fn step(
    world: &mut World,
    place: usize,
    id: DossierId,
    person: &str,
    step: TakeOverStep,
) -> Result<Option<TransferId>, String> {
    let basis = match step {
        TakeOverStep::Begin { .. } => grounds(false),
        _ => LegalBasis::Office,
    };
    let meta = Meta { role: Role::Approver, basis, ..meta(person) };
    let order = Box::new(TransferOrder::TakeOver(step));
    match world.order(place, Command::Transfer { dossier: id, order, meta }) {
        Answer::Custody(CustodyAnswer::Begun(_)) => Ok(None),
        Answer::Custody(CustodyAnswer::Ordered { tid, .. }) => Ok(Some(tid)),
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

fn begin(login: &str) -> TakeOverStep {
    let to = "so.b".parse().expect("a unit");
    TakeOverStep::Begin { to, login: login.parse().expect("a login") }
}

fn confirm(login: &str) -> TakeOverStep {
    TakeOverStep::Confirm { login: login.parse().expect("a login") }
}

fn waiting(world: &mut World) -> usize {
    match world.order(PROVINCE, Command::AskCustody(CustodyQuestion::TakeOvers)) {
        Answer::Custody(CustodyAnswer::TakeOvers(all)) => all.len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_officers_of_tier_three_take_over_what_a_lost_unit_kept() {
    let mut world = World::new(931);
    world.connect_all();
    let id = world.create(A, "so.a", "Lường Văn Pậu");
    world.settle();
    world.cut(A);
    assert!(matches!(world.edit(A, id, "phone", "0933333333"), Answer::Edited { .. }), "unsent");

    assert!(step(&mut world, SO, id, "so", begin("chi.so")).is_err(), "tier 2 orders none");
    let unsigned = step(&mut world, PROVINCE, id, "p", confirm("hai.snv"));
    assert_eq!(unsigned, Err("custody-no-transfer".to_owned()), "nobody ordered it");
    assert_eq!(step(&mut world, PROVINCE, id, "Một", begin("mot.snv")), Ok(None));
    world.pass(6_000);
    assert_eq!((waiting(&mut world), keepers(&mut world, SO, id).len()), (1, 1), "one is not two");
    assert!(step(&mut world, PROVINCE, id, "Một", confirm("hai.snv")).is_err(), "one person");
    let same = step(&mut world, PROVINCE, id, "Hai", confirm("mot.snv"));
    assert_eq!(same, Err("custody-officers".to_owned()), "one login");
    // The registrar is away, and the register stops and starts: the order stands.
    world.cut(SO);
    let tid = step(&mut world, PROVINCE, id, "Hai", confirm("hai.snv"));
    let tid = tid.expect("ordered").expect("a transfer");
    assert_eq!(waiting(&mut world), 0);
    world.kill(PROVINCE);
    assert_eq!(stage(&mut world, PROVINCE, tid), TransferStage::Asked);
    for _ in 0..3 {
        for (lower, upper) in [(SO, PROVINCE), (B, SO)] {
            world.connect(lower, upper);
        }
        world.settle();
        world.pass(6_000);
    }
    for place in [SO, B, PROVINCE] {
        assert_eq!(keepers(&mut world, place, id), ["so.a", "so.b"], "{place}");
        assert_eq!(stage(&mut world, place, tid), TransferStage::Done, "{place}");
    }
    assert!(matches!(world.edit(B, id, "main_post", "Văn thư"), Answer::Edited { .. }));
    world.settle();

    world.connect_all();
    for _ in 0..3 {
        world.settle();
        world.pass(6_000);
        world.connect_all();
    }
    assert_eq!(world.text(A, id, "full_name"), None, "who comes back reads no more");
    assert_eq!(world.text(B, id, "phone"), None);
    assert!(late(&mut world, B) > 0, "what it had not sent is seen by the new unit");
    assert!(propose(&mut world, A, id, "so.b").is_err());
}

#[test]
fn a_take_over_that_was_dropped_moves_nothing() {
    let mut world = World::new(932);
    world.connect_all();
    let id = world.create(A, "so.a", "Bàn Thị Mến");
    world.settle();
    let undecided = Meta { role: Role::Approver, basis: LegalBasis::Office, ..meta("Một") };
    let order = Box::new(TransferOrder::TakeOver(begin("mot.snv")));
    let answer = world.order(PROVINCE, Command::Transfer { dossier: id, order, meta: undecided });
    assert!(matches!(&answer, Answer::Refused(it) if it.code == "custody-no-decision"));
    assert_eq!(step(&mut world, PROVINCE, id, "Một", begin("mot.snv")), Ok(None));
    assert_eq!(step(&mut world, PROVINCE, id, "Ba", TakeOverStep::Drop), Ok(None));
    let confirmed = step(&mut world, PROVINCE, id, "Hai", confirm("hai.snv"));
    assert_eq!(confirmed, Err("custody-no-transfer".to_owned()));
    world.pass(6_000);
    assert_eq!(keepers(&mut world, PROVINCE, id), ["so.a"]);
    assert!(matches!(world.edit(A, id, "phone", "1"), Answer::Edited { .. }));
}
