//! Stories that are told by hand: the legal roads, what the law refuses, replays, forks.

use dossier::{DossierId, Hash, LegalBasis};
use protocol::custody::{
    Abort, AnswerCode, Chain, Cosignature, Event, Evidence, ForkProof, Link, LogEntry, Message,
    Order, Outcome, Refusal, Request, Road, Said, TakeOver, ValidOutcome, open_transfers,
    read_chain,
};
use protocol::envelope::SignedCustody;

use super::ending::succession;
use super::heal::shuffle;
use super::province::{decision, named, node};
use super::walk::DAY;
use super::{A, B, C, D, K, Life, NAMES, Options, P, Packet, Troubles, W, live};

fn calm() -> Troubles {
    "none".parse().expect("no trouble")
}

/// Lets everything be said and heard; what was said comes back.
fn play(life: &mut Life) -> Vec<(usize, Packet)> {
    let mut said = Vec::new();
    for _ in 0..8 {
        for place in 0..NAMES.len() {
            life.happen(place, Event::Tick);
        }
        for (below, above) in Life::neighbours() {
            for dossier in life.dossiers.clone() {
                life.share(below, above, dossier);
                life.share(above, below, dossier);
            }
        }
        while let Some((to, packet)) = life.air.pop() {
            said.push((to, packet.clone()));
            life.receive(to, packet);
        }
    }
    said
}

fn proposal(dossier: DossierId, to: &str, road: Road, basis: LegalBasis, days: i64) -> Order {
    let deadline = dossier::Timestamp::from_millis(days * DAY);
    Order::Propose { dossier, to: named(to), road, basis, deadline, nonce: [7; 16] }
}

/// Proposes, accepts and lets it happen.
fn hand_over(life: &mut Life, by: usize, to: usize, road: Road, basis: LegalBasis) {
    let dossier = life.dossiers[0];
    let order = proposal(dossier, NAMES[to], road, basis, 20);
    assert_eq!(life.order(by, order), Ok(()));
    play(life);
    let open = open_transfers(&life.machines[to].store).expect("reads");
    for (dossier, tid) in open {
        let _ = life.order(to, Order::Answer { dossier, tid, code: AnswerCode::Accepted });
    }
    play(life);
    assert_eq!(life.judge.keeper(&dossier).map(|unit| unit.as_str()), Some(NAMES[to]));
}

fn chain(life: &Life, place: usize) -> Chain {
    read_chain(&life.machines[place].store, &life.dossiers[0]).expect("reads").expect("known")
}

fn may_edit(life: &Life, place: usize) -> Result<(u32, Hash), Refusal> {
    life.with_desk(place, |desk| desk.may_edit(&life.dossiers[0])).expect("reads")
}

#[test]
fn equal_seeds_are_equal_lives() {
    let options = Options { seed: 11, events: 80, troubles: Troubles::default(), reorg: false };
    let (one, two) = (live(&options), live(&options));
    assert_eq!(one.trace, two.trace);
    assert_ne!(one.trace, live(&Options { seed: 12, ..options }).trace);
}

#[test]
fn lives_keep_every_promise() {
    let mut closed = 0;
    for seed in 1..40 {
        let options = Options { seed, events: 150, troubles: Troubles::default(), reorg: false };
        let report = live(&options);
        assert_eq!(report.violations, [], "seed {seed}");
        closed += report.committed;
    }
    assert!(closed > 5, "custody moved in some of them");
}

#[test]
fn a_finished_transfer_said_again_a_thousand_times_changes_nothing() {
    let mut life = Life::new(3, &calm());
    let dossier = life.dossiers[0];
    let order = proposal(dossier, NAMES[B], Road::Within, decision(1), 20);
    assert_eq!(life.order(A, order), Ok(()));
    let mut said = play(&mut life);
    let (_, tid) = open_transfers(&life.machines[B].store).expect("reads")[0];
    let accept = Order::Answer { dossier, tid, code: AnswerCode::Accepted };
    assert_eq!(life.order(B, accept), Ok(()));
    said.extend(play(&mut life));
    life.now += 45 * DAY;
    said.extend(play(&mut life));
    assert_eq!(chain(&life, P).current().to, named(NAMES[B]));
    // Each message once: ticks said most of them many times over.
    let mut messages: Vec<(usize, Vec<u8>)> = said
        .into_iter()
        .filter_map(|(to, packet)| match packet {
            Packet::Message(bytes) => Some((to, bytes)),
            Packet::Content { .. } => None,
        })
        .collect();
    messages.sort();
    messages.dedup();
    let before = life.state();
    let mut luck = life.luck.clone();
    for _ in 0..1_000 {
        shuffle(&mut luck, &mut messages);
        for (to, bytes) in &messages {
            life.receive(*to, Packet::Message(bytes.clone()));
        }
        life.air.clear();
    }
    assert_eq!(life.state(), before);
    assert_eq!(life.violations(), []);
}

#[test]
fn between_bodies_a_dossier_takes_two_epochs_of_one_case_and_may_come_back() {
    let mut life = Life::new(5, &calm());
    play(&mut life);
    hand_over(&mut life, K, D, Road::Between, decision(1));
    let case = chain(&life, P).current().case_id.map(protocol::custody::CaseId).expect("a case");
    hand_over(&mut life, D, C, Road::Forward(case), decision(1));
    let records = chain(&life, P);
    let cases: Vec<_> = records.records().records().map(|(record, _)| record.case_id).collect();
    assert_eq!(cases, [None, Some(case.0), Some(case.0)]);
    assert_eq!(
        (may_edit(&life, A), may_edit(&life, D)),
        (Err(Refusal::NotCustodian), Err(Refusal::NotCustodian))
    );
    assert!(may_edit(&life, C).is_ok());
    hand_over(&mut life, D, K, Road::Between, decision(2));
    let case = chain(&life, P).current().case_id.map(protocol::custody::CaseId).expect("a case");
    hand_over(&mut life, K, A, Road::Forward(case), decision(2));
    assert_eq!(may_edit(&life, A).map(|(epoch, _)| epoch), Ok(4));
    let dossier = life.dossiers[0];
    life.edit(A, dossier);
    play(&mut life);
    life.heal();
    assert_eq!(life.violations(), []);
    // Anybody with the member list checks it, and sees a byte that was changed.
    let signers = life.folk.province().signers;
    let links = chain(&life, P).links().to_vec();
    assert!(Chain::verify(&links, &signers, &life.folk.keys[W]).is_ok());
    let mut swapped = links.clone();
    swapped.swap(1, 2);
    assert!(Chain::verify(&swapped, &signers, &life.folk.keys[W]).is_err());
    let mut altered = links;
    if let Some(Link::Closed(valid)) = altered.get_mut(1)
        && let Outcome::Commit(signed) = &mut valid.entry.what.outcome
    {
        signed.record.to = named(NAMES[B]);
    }
    assert!(Chain::verify(&altered, &signers, &life.folk.keys[W]).is_err());
}

#[test]
fn the_law_refuses_what_it_does_not_know() {
    let mut life = Life::new(7, &calm());
    play(&mut life);
    let dossier = life.dossiers[0];
    let correction = LegalBasis::Correction { reason: "x".to_owned() };
    let case = protocol::custody::CaseId(Hash::of(b"another case"));
    let cases = [
        (A, "so.b", Road::Within, correction, Refusal::NoDecision),
        (A, "so.x", Road::Within, decision(1), Refusal::InactiveUnit),
        (A, "so.phong", Road::Within, decision(1), Refusal::NotHolder),
        (A, "so.a", Road::Within, decision(1), Refusal::SameUnit),
        (A, "huyen.c", Road::Within, decision(1), Refusal::OtherBody),
        (K, "so.b", Road::Between, decision(1), Refusal::OneBody),
        (A, "huyen", Road::Between, decision(1), Refusal::NotRecruiting),
        (K, "huyen.c", Road::Between, decision(1), Refusal::NotReceived),
        (A, "so.b", Road::Forward(case), decision(1), Refusal::NotReceived),
        (C, "huyen", Road::Within, decision(1), Refusal::Unknown),
        (B, "so.a", Road::Within, decision(1), Refusal::Unknown),
    ];
    for (place, to, road, basis, refusal) in cases {
        let order = proposal(dossier, to, road.clone(), basis, 20);
        assert_eq!(life.order(place, order), Err(Some(refusal)), "{to} by {road:?}");
        assert!(!refusal.article().is_empty());
    }
    let draft = DossierId::from_bytes([9; 16]);
    let signed = life.folk.genesis(draft, A);
    life.judge.opened(&signed);
    life.write(A, vec![protocol::custody::Desk::found(&signed)]);
    let order = |of| proposal(of, "so.b", Road::Within, decision(1), 20);
    assert_eq!(life.order(A, order(draft)), Err(Some(Refusal::Draft)));
    assert_eq!(life.order(A, order(dossier)), Ok(()));
    assert_eq!(life.order(A, order(dossier)), Err(Some(Refusal::Moving)));
    let officers = ["an.nv", "an.nv"].map(|login| login.parse().expect("a login"));
    let (to, basis) = (named(NAMES[B]), decision(1));
    let order = Order::TakeOver { dossier, to, basis, officers, nonce: [1; 16] };
    assert_eq!(life.order(K, order.clone()), Err(Some(Refusal::Officers)));
    assert_eq!(life.order(D, order), Err(Some(Refusal::Unknown)));
}

#[test]
fn a_take_over_ends_what_was_open_and_what_comes_late_waits_in_quarantine() {
    let mut life = Life::new(9, &calm());
    let dossier = life.dossiers[0];
    play(&mut life);
    let order = proposal(dossier, NAMES[B], Road::Within, decision(1), 20);
    assert_eq!(life.order(A, order), Ok(()));
    play(&mut life);
    // The custodian is cut off and works on.
    let officers = ["an.nv", "binh.tt"].map(|login| login.parse().expect("a login"));
    let (to, basis) = (named(NAMES[K]), decision(2));
    let order = Order::TakeOver { dossier, to, basis, officers, nonce: [1; 16] };
    assert_eq!(life.order(K, order), Ok(()));
    while let Some((to, packet)) = life.air.pop() {
        if to != A {
            life.receive(to, packet);
        }
    }
    life.edit(A, dossier);
    play(&mut life);
    assert_eq!(chain(&life, A).current().to, named(NAMES[K]));
    assert!(may_edit(&life, K).is_ok() && may_edit(&life, A).is_err());
    assert_eq!(life.late(), (1, 0));
    for _ in 0..12 {
        life.edit(K, dossier);
    }
    play(&mut life);
    assert_eq!(life.late(), (1, 1), "adopted or dismissed by the custodian");
    life.heal();
    assert_eq!(life.violations(), []);
    assert_eq!(life.judge.aborted().get("Conflict"), Some(&1));
}

#[test]
fn two_records_of_one_epoch_stop_everybody() {
    let mut life = Life::new(13, &calm());
    hand_over(&mut life, A, B, Road::Within, decision(1));
    let (dossier, first) = (life.dossiers[0], chain(&life, P));
    let Some(Link::Closed(known)) = first.links().get(1).cloned() else { panic!("a link") };
    let Outcome::Commit(signed) = known.outcome() else { panic!("a record") };
    let closing = first.closing(0).expect("closed");
    let officers = ["an.nv", "binh.tt"].map(|login| login.parse().expect("a login"));
    let order = TakeOver {
        dossier,
        epoch: 0,
        prev: signed.record.prev,
        from: named(NAMES[A]),
        to: named(NAMES[K]),
        basis: decision(3),
        officers,
        nonce: [4; 16],
    };
    let keys = &life.folk.keys;
    let record = order.record(&closing, node(K), node(P), signed.record.issued_at);
    let second = Outcome::Commit(Box::new(SignedCustody::issue(record, node(K), &keys[K])));
    let request = Request { outcome: second.clone(), evidence: Evidence::TakeOver(order) };
    let request = Said::issue(node(K), request, &keys[K]);
    let entry = LogEntry { number: 9, previous: Hash::ZERO, outcome: second, request };
    let entry = Said::issue(node(P), entry, &keys[P]);
    let word = Cosignature { number: 9, digest: entry.digest() };
    let false_word = Said::issue(node(K), word.clone(), &keys[K]);
    let lone = ValidOutcome { entry: entry.clone(), cosigned: false_word };
    let valid = ValidOutcome { entry, cosigned: Said::issue(node(W), word, &keys[W]) };
    let signers = life.folk.province().signers;
    let proof = |second: &ValidOutcome| ForkProof {
        first: known.clone(),
        second: Box::new(second.clone()),
    };
    assert!(!proof(&lone).holds(&signers, &keys[A]), "without the witness it is nothing");
    assert!(!proof(&known).holds(&signers, &keys[A]), "one record is no fork");
    assert!(proof(&valid).holds(&signers, &keys[A]));
    assert!(may_edit(&life, B).is_ok());
    life.happen(B, Event::Message(Box::new(Message::Outcome(Box::new(lone)))));
    assert!(may_edit(&life, B).is_ok());
    life.happen(B, Event::Message(Box::new(Message::Outcome(Box::new(valid)))));
    play(&mut life);
    assert_eq!(may_edit(&life, B), Err(Refusal::Forked));
    for place in [A, B, K, P] {
        let known = protocol::custody::read_fork(&life.machines[place].store, &dossier);
        assert!(known.expect("reads").is_some(), "{place} holds the proof");
    }
    let order = proposal(dossier, NAMES[A], Road::Within, decision(4), 20);
    assert_eq!(life.order(B, order), Err(Some(Refusal::Forked)));
}

#[test]
fn a_judge_speaks_when_its_promise_is_broken() {
    let mut life = Life::new(15, &calm());
    hand_over(&mut life, A, B, Road::Within, decision(1));
    let dossier = life.dossiers[0];
    assert_eq!(life.judge.entered(A, dossier, 0), []);
    let told = life.judge.entered(A, dossier, 1);
    assert_eq!(told.iter().map(|(judge, _)| *judge).collect::<Vec<_>>(), ["I6"]);
    let tid = protocol::custody::TransferId(Hash::of(b"none"));
    assert_eq!(life.judge.key_handed((dossier, tid, B))[0].0, "I8");
    assert_eq!(life.judge.key_destroyed(dossier, B)[0].0, "I8");
    // A row that goes, and a transfer that ends both ways.
    let Outcome::Commit(signed) = (match chain(&life, P).links().get(1) {
        Some(Link::Closed(valid)) => valid.outcome().clone(),
        _ => panic!("a link"),
    }) else {
        panic!("a record")
    };
    let key = [dossier.as_bytes().as_slice(), &[0], &1_u32.to_be_bytes()].concat();
    let store = life.machines[P].store.clone();
    let told =
        life.judge.rows_written(&store, &[protocol::Op::remove(protocol::Table::Custody, key)]);
    assert_eq!(told[0].0, "I7");
    let Some(Link::Closed(valid)) = chain(&life, P).links().get(1).cloned() else {
        panic!("a link")
    };
    let mut both = *valid;
    let tid = protocol::custody::TransferId(signed.record.tid.expect("a transfer"));
    let reason = protocol::custody::Reason::Expired;
    both.entry.what.outcome =
        Outcome::Abort(Abort { dossier, epoch: 0, tid, reason, winner: None });
    let key = [dossier.as_bytes().as_slice(), &[6], tid.0.as_bytes()].concat();
    let row = protocol::codec::encode(&both);
    let told =
        life.judge.rows_written(&store, &[protocol::Op::put(protocol::Table::Custody, key, row)]);
    assert_eq!(told[0].0, "I2");
}

#[test]
fn what_an_ended_unit_kept_goes_to_its_successor_by_release_or_after_the_term() {
    for seed in 1..=40 {
        let troubles = Troubles::default();
        let options = Options { seed, events: 150, troubles, reorg: true };
        assert_eq!(live(&options).violations, [], "seed {seed}");
    }
    let mut life = Life::new(17, &calm());
    let dossier = life.dossiers[0];
    play(&mut life);
    let proposed = proposal(dossier, NAMES[K], Road::Within, decision(1), 20);
    assert_eq!(life.order(A, proposed), Ok(()));
    assert_eq!(
        life.order(P, succession(dossier, B, life.moment(3))),
        Err(Some(Refusal::UnitLives))
    );
    life.close_unit(A, B);
    assert_eq!(may_edit(&life, A), Err(Refusal::UnitEnded));
    let order = succession(dossier, B, life.moment(3));
    assert_eq!(life.order(K, order.clone()), Err(Some(Refusal::NotRegistrar)));
    assert_eq!(life.order(P, order.clone()), Ok(()));
    assert_eq!(life.order(P, order), Ok(()), "said twice it is one order");
    play(&mut life);
    let chain = chain(&life, B);
    assert_eq!(chain.current().to, named(NAMES[B]));
    assert_eq!(chain.current().kind, dossier::custody::CustodyKind::Reorg);
    assert!(may_edit(&life, B).is_ok());
    life.heal();
    assert_eq!(life.violations(), []);
    assert_eq!(life.late(), (0, 0), "its node released it, so nothing is late");
}
