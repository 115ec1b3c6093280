use std::collections::BTreeMap;

use jiff::civil::date;

use super::*;
use crate::PartialDate;
use crate::deadline::Lateness;
use crate::unit::Holding;
use crate::validity::Validity;

fn day(text: &str) -> PartialDate {
    text.parse().expect("a day")
}

fn decision(number: &str, signed_on: &str, effective_on: Option<&str>) -> LegalBasis {
    LegalBasis::Decision {
        issuer: "UBND huyện".to_owned(),
        number: number.to_owned(),
        signed_on: day(signed_on),
        effective_on: effective_on.map(day),
        scan: None,
    }
}

fn entered(number: u8, on: &str, opens: bool, basis: LegalBasis) -> Entered {
    Entered { change: Hash::from_bytes([number; 32]), on: day(on), opens, basis }
}

fn facts(entered: Vec<Entered>) -> DossierFacts {
    DossierFacts {
        dossier: DossierId::from_bytes([7; 16]),
        unit: "d150".parse().expect("unit"),
        entered,
        on_file: Vec::new(),
        recruited_on: None,
        completed_on: None,
        moving: Vec::new(),
        kept_since: None,
        reasons: BTreeMap::new(),
    }
}

fn listed() -> LegalBasis {
    LegalBasis::Import { list: "ds.xlsx".to_owned(), file: Hash::ZERO, row: 2 }
}

fn owed(facts: &DossierFacts, as_of: Date, profile: &Profile) -> Vec<Obligation> {
    let calendar = crate::calendar::Calendar::provisional();
    Bench { as_of, calendar: &calendar, profile }.of_dossier(facts)
}

fn states(facts: &DossierFacts, as_of: Date) -> Vec<State> {
    owed(facts, as_of, &Profile::REGULATION_2014).into_iter().map(|it| it.state).collect()
}

// R-9.1b: 30 working days from the recruitment decision; late is recorded, and asks for a reason.
#[test]
fn a_new_recruit_s_dossier_must_be_whole_in_thirty_working_days() {
    let mut recruit =
        facts(vec![entered(1, "2014-10-20", true, decision("5/QĐ", "2014-10-06", None))]);
    assert_eq!(states(&recruit, date(2014, 11, 14)), [State::DueSoon { left: 1 }]);
    let by = Lateness { days: 1, working_days: 1 };
    assert_eq!(states(&recruit, date(2014, 11, 18)), [State::Overdue { by }]);
    recruit.completed_on = Some(day("2014-11-18"));
    // What was done after the day that is asked about does not count.
    assert_eq!(states(&recruit, date(2014, 11, 17)), [State::DueSoon { left: 0 }]);
    let late = &owed(&recruit, date(2014, 12, 1), &Profile::REGULATION_2014)[0];
    assert_eq!((late.state, late.urgency()), (State::Met { late_by: by }, Urgency::ReasonAsked));
    recruit.reasons.insert(late.id, "chờ giấy khám sức khỏe".to_owned());
    let told = &owed(&recruit, date(2014, 12, 1), &Profile::REGULATION_2014)[0];
    assert_eq!((told.id, told.urgency()), (late.id, Urgency::Settled));
    recruit.completed_on = Some(day("2014-11-17"));
    let on_time = State::Met { late_by: Lateness::default() };
    assert_eq!(states(&recruit, date(2014, 12, 1)), [on_time]);
}

// R-9.1a: who was present is taken over by list, and is nobody's new recruit.
#[test]
fn who_was_taken_over_by_list_owes_no_recruitment() {
    let taken = facts(vec![entered(1, "2026-03-02", true, listed())]);
    assert!(states(&taken, date(2026, 9, 1)).is_empty());
}

// R-9.2a: 15 working days from the later of signing and effect, Saturday 06/9/2014 worked.
#[test]
fn a_state_change_is_judged_by_the_day_it_was_recorded() {
    let with = |on: &str| {
        let change = entered(2, on, false, decision("45/QĐ", "2015-03-02", None));
        facts(vec![entered(1, "2015-01-05", true, listed()), change])
    };
    let on_time = State::Met { late_by: Lateness::default() };
    assert_eq!(states(&with("2015-03-23"), date(2015, 6, 1)), [on_time]);
    let late_by = Lateness { days: 2, working_days: 2 };
    assert_eq!(states(&with("2015-03-25"), date(2015, 6, 1)), [State::Met { late_by }]);
    // Not known on a day before it was recorded.
    assert!(states(&with("2015-03-25"), date(2015, 3, 24)).is_empty());
}

// R-9.2a: a decision that lies on file and that no change rests on is still to be entered.
#[test]
fn a_decision_on_file_is_owed_until_a_change_rests_on_it() {
    let mut waiting = facts(vec![entered(1, "2026-01-05", true, listed())]);
    waiting.on_file.push(OnFile {
        row: RowId::from_bytes([3; 16]),
        number: "45/QĐ-UBND".to_owned(),
        issued_on: day("2026-03-06"),
        on: day("2026-03-10"),
        side: PaperSide::State,
    });
    assert_eq!(states(&waiting, date(2026, 3, 9)), []);
    assert_eq!(states(&waiting, date(2026, 3, 20)), [State::DueSoon { left: 5 }]);
    assert!(matches!(states(&waiting, date(2026, 3, 30))[0], State::Overdue { .. }));
    let change = entered(2, "2026-03-24", false, decision("45/QĐ-UBND", "2026-03-06", None));
    waiting.entered.push(change);
    let on_time = State::Met { late_by: Lateness::default() };
    assert_eq!(states(&waiting, date(2026, 3, 30)), [on_time], "it cleared itself");
    // An old paper that was scanned for the dossier is nobody's debt.
    waiting.entered.pop();
    waiting.on_file[0].issued_on = day("2025-12-01");
    assert!(states(&waiting, date(2026, 3, 30)).is_empty());
}

// R-9.2b.2: the unit sets its own term for declarations, and the obligation says so.
#[test]
fn a_declaration_runs_by_the_unit_s_own_setting() {
    let change =
        entered(2, "2026-03-20", false, LegalBasis::Declaration { signed_on: day("2026-03-06") });
    let facts = facts(vec![entered(1, "2026-01-05", true, listed()), change]);
    let own = Profile { person_days: 5, ..Profile::REGULATION_2014 };
    let of = |profile: &Profile| owed(&facts, date(2026, 4, 1), profile).remove(0);
    let (strict, usual) = (of(&own), of(&Profile::REGULATION_2014));
    assert!(strict.is_local() && usual.is_local());
    assert_eq!((strict.urgency(), usual.urgency()), (Urgency::ReasonAsked, Urgency::Settled));
}

// R-D2: nothing is charged for an event before the regulation's first day in force.
#[test]
fn what_was_before_the_regulation_is_not_charged() {
    let with = |signed: &str| {
        let change = entered(2, "2015-03-25", false, decision("45/QĐ", signed, None));
        facts(vec![entered(1, "2014-08-01", true, listed()), change])
    };
    let late = |signed: &str| {
        let found = owed(&with(signed), date(2015, 6, 1), &Profile::REGULATION_2014).remove(0);
        found.urgency() == Urgency::ReasonAsked
    };
    assert!(!late("2014-09-03") && late("2014-09-15"));
}

// R-9.2a: under the decree's profile a change of after 01/7/2026 has three working days.
#[test]
fn the_profile_tells_which_rules_run() {
    let change = entered(2, "2026-08-10", false, decision("45/QĐ", "2026-08-03", None));
    let facts = facts(vec![entered(1, "2026-01-05", true, listed()), change]);
    let late = |profile: &Profile| owed(&facts, date(2026, 9, 1), profile).remove(0).urgency();
    assert_eq!(late(&Profile::REGULATION_2014), Urgency::Settled);
    assert_eq!(late(&Profile::DECREE_2026), Urgency::ReasonAsked);
}

// R-13.1a: a body of tier 2 is told when its report is due; nobody below it is.
#[test]
fn a_report_is_due_in_its_half_year_alone() {
    let unit = |tier| Unit {
        id: "d150".parse().expect("unit"),
        parent: None,
        tier,
        name: "Huyện".to_owned(),
        kind: "district".to_owned(),
        holds_dossiers: Holding::Yes,
        validity: Validity::ALWAYS,
        successor: None,
    };
    let calendar = crate::calendar::Calendar::provisional();
    let on = |day, tier| {
        let profile = &Profile::REGULATION_2014;
        let owed = Bench { as_of: day, calendar: &calendar, profile }.of_unit(&unit(tier));
        owed.into_iter().map(|it| (it.due.clock, it.state)).collect::<Vec<_>>()
    };
    assert_eq!(
        on(date(2026, 6, 12), Tier::Two),
        [(Clock::FirstReport, State::DueSoon { left: 0 })]
    );
    assert!(on(date(2026, 6, 15), Tier::Two).is_empty());
    assert_eq!(on(date(2026, 7, 1), Tier::Two)[0].0, Clock::SecondReport);
    assert!(on(date(2026, 6, 12), Tier::One).is_empty());
}

#[test]
fn a_day_no_calendar_knows_starts_no_clock() {
    let change = entered(2, "2026-03-25", false, decision("45/QĐ", "9999-12-31", None));
    let opened = entered(1, "2026-01-05", true, decision("1/QĐ", "0001-01-01", None));
    assert!(states(&facts(vec![opened, change]), date(2026, 6, 1)).is_empty());
}

fn moving(reach: Reach, to: Option<&str>) -> Moving {
    Moving {
        change: Hash::from_bytes([6; 32]),
        number: "45/QĐ-UBND".to_owned(),
        signed_on: day("2026-03-06"),
        from: "d150".parse().expect("a unit"),
        reach,
        to: to.map(|unit| unit.parse().expect("a unit")),
        handed_over_on: None,
        taken_over_on: None,
    }
}

fn clocks(moving: Moving, as_of: Date) -> Vec<(Clock, State, bool)> {
    let mut gone = facts(vec![entered(1, "2026-01-05", true, listed())]);
    gone.moving.push(moving);
    let owed = owed(&gone, as_of, &Profile::REGULATION_2014);
    owed.into_iter().map(|it| (it.due.clock, it.state, it.sent_late)).collect()
}

// within a body 15 working days from the day the decision was issued, and late is recorded; out
// of the system 30.
#[test]
fn a_dossier_follows_its_person_in_time_and_the_clock_clears_when_it_is_handed_over() {
    let overdue = |days, working_days| State::Overdue { by: Lateness { days, working_days } };
    let within = moving(Reach::Within, Some("d150.x"));
    let last = date(2026, 3, 27);
    let open = clocks(within.clone(), last);
    assert_eq!(open, [(Clock::MoveWithin, State::DueSoon { left: 0 }, false)]);
    let late = clocks(within.clone(), date(2026, 3, 30));
    assert_eq!(late, [(Clock::MoveWithin, overdue(3, 1), false)]);
    let done = Moving { handed_over_on: Some(day("2026-03-27")), ..within };
    let met = State::Met { late_by: Lateness::default() };
    assert_eq!(clocks(done.clone(), date(2026, 5, 4)), [(Clock::MoveWithin, met, false)]);
    // What is done later is not known before.
    assert_eq!(
        clocks(done, date(2026, 3, 20)),
        [(Clock::MoveWithin, State::DueSoon { left: 5 }, false)]
    );
    let out = clocks(moving(Reach::Out, None), date(2026, 4, 6));
    assert!(matches!(out[..], [(Clock::MoveOut, State::Open { .. }, false)]), "{out:?}");
}

// R-10.2a, R-10.2b, R-10.2c: both bodies count from the day of issue; who receives late for the sender's
// time is shown with that cause, and is asked for no reason.
#[test]
fn a_receiver_is_late_for_the_sender_s_time_and_is_told_so() {
    let late = Moving {
        handed_over_on: Some(day("2026-03-27")),
        taken_over_on: Some(day("2026-03-30")),
        ..moving(Reach::Between, Some("so"))
    };
    let mut gone = facts(vec![entered(1, "2026-01-05", true, listed())]);
    gone.moving.push(late);
    let owed = owed(&gone, date(2026, 5, 4), &Profile::REGULATION_2014);
    let [send, receive] = &owed[..] else { panic!("{owed:?}") };
    assert_eq!((send.due.clock, send.unit.as_str()), (Clock::MoveSend, "d150"));
    assert_eq!(send.state, State::Met { late_by: Lateness::default() });
    let late_by = Lateness { days: 3, working_days: 1 };
    assert_eq!((receive.due.clock, receive.unit.as_str()), (Clock::MoveReceive, "so"));
    assert_eq!((receive.state, receive.sent_late), (State::Met { late_by }, true));
    assert_eq!(receive.urgency(), Urgency::Settled);
}

// R-10.2b: the sending body owes the sending, whoever keeps the dossier since.
#[test]
fn what_was_sent_late_stays_the_sender_s_when_the_dossier_is_elsewhere() {
    let late = Moving {
        handed_over_on: Some(day("2026-03-31")),
        taken_over_on: Some(day("2026-03-31")),
        ..moving(Reach::Between, Some("so"))
    };
    let mut gone = facts(vec![entered(1, "2026-01-05", true, listed())]);
    gone.unit = "so".parse().expect("a unit");
    gone.moving.push(late);
    let owed = owed(&gone, date(2026, 5, 4), &Profile::REGULATION_2014);
    let units: Vec<_> = owed.iter().map(|it| (it.due.clock, it.unit.as_str())).collect();
    assert_eq!(units, [(Clock::MoveSend, "d150"), (Clock::MoveReceive, "so")]);
    assert_eq!(owed[0].urgency(), Urgency::ReasonAsked);
}

// R-9.2b.2: the term counts from the day the unit received the declaration, where it is recorded.
#[test]
fn a_declaration_counts_from_the_day_it_was_received() {
    let with = |basis: LegalBasis| {
        let change = entered(2, "2026-03-30", false, basis);
        let facts = facts(vec![entered(1, "2026-01-05", true, listed()), change]);
        owed(&facts, date(2026, 4, 1), &Profile::REGULATION_2014).remove(0).state
    };
    let (signed_on, received_on) = (day("2026-03-06"), day("2026-03-09"));
    let late_by = Lateness { days: 3, working_days: 1 };
    assert_eq!(with(LegalBasis::Declaration { signed_on }), State::Met { late_by });
    let received = LegalBasis::Received { signed_on, received_on };
    assert!(received.is_well_formed());
    assert_eq!(with(received), State::Met { late_by: Lateness::default() });
    let backwards = LegalBasis::Received { signed_on: received_on, received_on: signed_on };
    assert!(!backwards.is_well_formed());
}
