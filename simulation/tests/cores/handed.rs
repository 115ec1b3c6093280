//! What comes after a hand-over, and around one: late changes, terms, two that accept at once.

use dossier::{DossierId, Hash, Timestamp, calendar::Calendar, docket::Event};
use protocol::{
    Answer, Command,
    core::{CustodyAnswer, CustodyQuestion, LateShown, TransferOrder, TransferStage},
    custody::{AnswerCode, Reason},
};
use simulation::cores::{A, B, HUYEN, PROVINCE, SO, World, meta};

use super::custody::{
    answer, by_decision, by_office, hand_over, keepers, late, order, propose, stage, transfers,
};

fn late_changes(world: &mut World, place: usize, of: Option<DossierId>) -> Vec<LateShown> {
    match world.order(place, Command::AskCustody(CustodyQuestion::Late(of))) {
        Answer::Custody(CustodyAnswer::Late(late)) => late,
        other => panic!("{other:?}"),
    }
}

fn settle(world: &mut World, place: usize, id: DossierId, adopt: bool) -> Result<usize, String> {
    let reason = "theo bản gốc".to_owned();
    let order = Box::new(TransferOrder::SettleLate { changes: Vec::new(), adopt, reason });
    let meta = meta(&world.nodes[place].name);
    match world.order(place, Command::Transfer { dossier: id, order, meta }) {
        Answer::Custody(CustodyAnswer::Settled { changes, .. }) => Ok(changes.len()),
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

fn settled_events(world: &mut World, place: usize, id: DossierId) -> Vec<(Hash, bool)> {
    let Answer::Life(life) = world.order(place, Command::Life(id)) else { panic!("no life") };
    let settled = life.events.into_iter().filter_map(|it| match it.event {
        Event::LateSettled { change, adopted, reason } => {
            assert_eq!(reason, "theo bản gốc");
            Some((change, adopted))
        }
        _ => None,
    });
    settled.collect()
}

#[test]
fn what_came_late_is_adopted_or_dismissed_by_the_new_custodian_and_stays_in_sight() {
    let mut world = World::new(921);
    world.connect_all();
    let ids = ["Hà Văn Tâm", "Lò Thị Yến"].map(|name| world.create(A, "so.a", name));
    world.settle();
    let old = world.backup(A);
    for id in ids {
        hand_over(&mut world, id);
    }
    world.restart(A, old);
    for id in ids {
        for phone in ["0911111111", "0911111112"] {
            assert!(matches!(world.edit(A, id, "phone", phone), Answer::Edited { .. }));
        }
    }
    for _ in 0..3 {
        world.connect_all();
        world.settle();
        world.pass(6_000);
    }
    let all = late_changes(&mut world, B, None);
    assert_eq!(all.len(), 4, "each change by itself");
    assert!(all.iter().all(|it| it.values.is_empty() && it.settled.is_none()));
    let [adopted, dismissed] = ids;
    let shown = late_changes(&mut world, B, Some(adopted));
    let values: Vec<String> =
        shown.iter().flat_map(|it| &it.values).map(|(_, value)| format!("{value:?}")).collect();
    assert_eq!(values.len(), 2);
    assert!(values[0].contains("0911111111") && values[1].contains("0911111112"), "{values:?}");
    assert_eq!(shown[0].unit.as_ref().map(ToString::to_string).as_deref(), Some("so.a"));

    assert_eq!(settle(&mut world, A, adopted, true), Err("custody-no-late".to_owned()));
    assert!(settle(&mut world, SO, adopted, true).is_err(), "it is the keeper's to say");
    let rows = late(&mut world, B);
    assert_eq!(settle(&mut world, B, adopted, true), Ok(2));
    assert_eq!(settle(&mut world, B, dismissed, false), Ok(2));
    assert_eq!(settle(&mut world, B, adopted, false), Err("custody-no-late".to_owned()), "once");
    world.settle();
    for place in [B, SO, PROVINCE] {
        assert_eq!(world.text(place, adopted, "phone").as_deref(), Some("0911111112"), "{place}");
        assert_eq!(world.text(place, dismissed, "phone"), None, "{place}: nothing merged");
        for (id, adopted) in [(adopted, true), (dismissed, false)] {
            let events = settled_events(&mut world, place, id);
            assert!(events.len() == 2 && events.iter().all(|it| it.1 == adopted), "{events:?}");
        }
        let open = late_changes(&mut world, place, None);
        assert!(open.iter().all(|it| it.settled.is_some()), "{place}: everybody reads the end");
    }
    assert_eq!(late(&mut world, B), rows, "what was settled stays where it lay");
    world.pass(protocol::LIMITS.check_interval_ms + 1_000);
    world.assert_converged();
}

// A proposal nobody answers lapses after the longest of the law's clocks, in working days.
#[test]
fn a_proposal_lapses_at_the_end_of_a_working_day_and_the_dossier_stays() {
    let mut world = World::new(922);
    world.connect_all();
    let id = world.create(A, "so.a", "Bùi Văn Khoa");
    world.settle();
    let now = Timestamp::from_millis(world.now);
    let tid = propose(&mut world, A, id, "so.b").expect("proposed");
    let ends = Calendar::provisional().end_of_term(now, 30).expect("a calendar");
    assert_eq!(transfers(&mut world, A)[0].deadline, Some(ends));
    world.settle();
    world.pass(ends.as_millis() - now.as_millis() - 3_600_000);
    assert_eq!(stage(&mut world, SO, tid), TransferStage::Proposed);
    world.pass(2 * 3_600_000);
    world.pass(6_000);
    for place in [A, B, SO] {
        let ended = TransferStage::Ended(Some(Reason::Expired));
        assert_eq!(stage(&mut world, place, tid), ended, "{place}");
    }
    assert!(matches!(world.edit(A, id, "phone", "1"), Answer::Edited { .. }));
}

#[test]
fn of_two_units_that_accept_at_once_one_receives_the_dossier() {
    let mut world = World::new(923);
    world.connect_all();
    let id = world.create(A, "so.a", "Đinh Văn Lợi");
    world.settle();
    world.cut(A);
    let inside = propose(&mut world, A, id, "so.b").expect("the unit itself proposes");
    let out = TransferOrder::Propose { to: "huyen".parse().expect("a unit") };
    let out = order(&mut world, SO, id, out, by_decision("so")).expect("its body proposes");
    world.connect_all();
    world.settle();
    answer(&mut world, B, id, inside, AnswerCode::Accepted);
    answer(&mut world, HUYEN, id, out, AnswerCode::Accepted);
    for _ in 0..3 {
        world.settle();
        world.pass(6_000);
    }
    let stages = [(B, inside), (HUYEN, out)].map(|(place, tid)| stage(&mut world, place, tid));
    let won = stages.iter().filter(|stage| **stage == TransferStage::Done).count();
    let lost = TransferStage::Ended(Some(Reason::Conflict));
    assert!(won == 1 && stages.contains(&lost), "{stages:?}");
    let whole = [B, HUYEN].map(|place| world.text(place, id, "full_name"));
    assert_eq!(whole.iter().flatten().count(), 1, "the other one never read a word");
    assert_eq!(keepers(&mut world, PROVINCE, id).len(), 2);
    world.assert_converged();
}

#[test]
fn the_receiver_reads_the_cover_first_and_its_remark_comes_back() {
    let mut world = World::new(924);
    world.connect_all();
    let id = world.create(A, "so.a", "Hà Thị Phượng");
    world.edit(A, id, "phone", "0900000001");
    world.settle();
    let Answer::Custody(CustodyAnswer::Ready(ready)) =
        world.order(A, Command::AskCustody(CustodyQuestion::Ready(id)))
    else {
        panic!("not held")
    };
    assert!(!ready.moving && !ready.contents_owed && ready.halted.is_none());
    let tid = propose(&mut world, A, id, "so.b").expect("proposed");
    world.settle();
    let shown = transfers(&mut world, B).remove(0);
    let cover = shown.cover.expect("a cover");
    assert_eq!((cover.name.as_str(), cover.changes), ("Hà Thị Phượng", 2));
    assert_eq!(cover, ready.cover, "as the sender saw it");
    assert_eq!(world.text(B, id, "full_name"), None, "and no content");
    let remark = |text: &str| TransferOrder::Remark { tid, text: text.to_owned() };
    let meta = by_office("so.b");
    let early = order(&mut world, B, id, remark("thiếu bản quét"), meta.clone());
    assert_eq!(early, Err("custody-no-transfer".to_owned()), "what is accepted is remarked on");
    let accepted = TransferOrder::Answer { tid, code: AnswerCode::Accepted };
    order(&mut world, B, id, accepted, meta.clone()).expect("accepted");
    order(&mut world, B, id, remark("thiếu bản quét"), meta).expect("remarked");
    for _ in 0..2 {
        world.settle();
        world.pass(6_000);
    }
    for place in [A, SO, B] {
        let shown = transfers(&mut world, place).remove(0);
        assert_eq!(shown.stage, TransferStage::Done, "{place}");
        assert_eq!(shown.remark.as_deref(), Some("thiếu bản quét"), "{place}");
    }

    let back = propose(&mut world, B, id, "so.a").expect("proposed");
    world.settle();
    assert!(transfers(&mut world, A)[0].cover.is_some());
    answer(&mut world, A, id, back, AnswerCode::Other);
    world.settle();
    let ended = transfers(&mut world, A).into_iter().find(|it| it.tid == back).expect("known");
    assert_eq!((ended.stage, ended.cover), (TransferStage::Ended(Some(Reason::Rejected)), None));
}

// A unit without a node is served by the body above, which holds its dossiers in trust.
#[test]
fn the_body_above_receives_in_trust_for_a_unit_without_a_node() {
    let mut world = World::new(925);
    world.connect_all();
    let id = world.create(A, "so.a", "Bùi Thị Khuyên");
    world.settle();
    let tid = propose(&mut world, A, id, "so.d").expect("proposed");
    world.settle();
    answer(&mut world, SO, id, tid, AnswerCode::Accepted);
    for _ in 0..2 {
        world.settle();
        world.pass(6_000);
    }
    for place in [A, SO, PROVINCE] {
        assert_eq!(keepers(&mut world, place, id), ["so.a", "so.d"], "{place}");
    }
    assert_eq!(stage(&mut world, SO, tid), TransferStage::Done);
    assert_eq!(world.text(A, id, "full_name"), None);
    assert_eq!(world.text(SO, id, "full_name").as_deref(), Some("Bùi Thị Khuyên"));
}
