//! Single rules by their article, and what must hold of every question.

use super::matrix::{PLACES, ROLES, grants};
use super::*;
use crate::basis::LegalBasis;
use crate::form::{Sides, Touched};

/// Every question there is: who, what, about whose dossier.
fn questions() -> Vec<(Actor, Action, &'static str)> {
    let mut all = Vec::new();
    for keeper in ["huyen.truong", "huyen"] {
        for (_, acts) in acts(keeper) {
            for (_, _, act) in acts {
                for (unit, _) in PLACES {
                    for (role, _) in ROLES {
                        all.push((actor(unit, role), act.clone(), keeper));
                    }
                }
            }
        }
    }
    all
}

/// Every set of grants, from none to all; of delegation and consent each scope.
fn all_granted() -> Vec<Granted> {
    let mut all = vec![Granted::NOTHING];
    for (_, one) in grants() {
        for held in all.clone() {
            let free = |before: bool, new: bool| !(before && new);
            if free(held.delegation.is_some(), one.delegation.is_some())
                && free(held.consent.is_some(), one.consent.is_some())
            {
                all.push(join(&held, &one));
            }
        }
    }
    all
}

fn join(one: &Granted, other: &Granted) -> Granted {
    Granted {
        delegation: one.delegation.clone().or_else(|| other.delegation.clone()),
        consent: one.consent.clone().or_else(|| other.consent.clone()),
        mission: one.mission || other.mission,
        correction_order: one.correction_order || other.correction_order,
    }
}

// outside its unit nobody may anything, and changes nothing there.
#[test]
fn a_stranger_without_a_grant_may_nothing() {
    let open = [Action::VerifyAudit];
    for (who, act, keeper) in questions() {
        let strange = !["huyen", "tier3", keeper].contains(&who.unit.as_str());
        // His own transfers, reports, store, and what tells nothing of a dossier aside.
        if strange && !open.contains(&act) {
            let answer = ask(&act, &who, keeper, &Granted::NOTHING);
            assert!(answer.is_err(), "{who:?} {act:?} of {keeper}");
        }
    }
}

// R-6.2a, R-7.4, R-14.3: only the administrator of Sở Nội vụ touches accounts, and enters nothing.
#[test]
fn accounts_are_the_administrator_s_of_tier_three_who_enters_nothing() {
    let (mut administered, mut kept_out) = (0, 0);
    for (who, act, keeper) in questions() {
        let answer = ask(&act, &who, keeper, &Granted::NOTHING);
        let entry = matches!(
            act,
            Action::CreateDossier { .. }
                | Action::EditState(_)
                | Action::EditPersonal(_)
                | Action::Attach(_)
                | Action::RemoveAttachment(_)
                | Action::EnterForm(_)
                | Action::Correct(_)
                | Action::Approve(_)
        );
        if matches!(act, Action::Account(_)) {
            let office = who.unit == id("tier3") && who.role == Role::Administrator;
            assert_eq!(answer.is_ok(), office, "{who:?} {act:?}");
            administered += usize::from(office);
        } else if entry && who.role == Role::Administrator {
            assert!(answer.is_err(), "{who:?} {act:?} of {keeper}");
            kept_out += 1;
        }
    }
    assert!(administered > 0 && kept_out > 0);
}

// R-7.2a: a body reads and vets what its units keep, enters nothing there, and is a stranger elsewhere.
#[test]
fn a_body_vets_its_units_and_knows_nothing_of_another_body() {
    let entry = || Action::EditState(entering(Grounds::Decision));
    let correct = || Action::Correct(entering(Grounds::Correction));
    let approve = || Action::Approve(Entered::by("Trần Thị B"));
    let asked = |unit: &str, act: Action| {
        ask(&act, &actor(unit, Role::Approver), "huyen.truong", &Granted::NOTHING)
    };
    for act in [Action::ReadDossier, Action::Statistics, correct(), approve()] {
        assert_eq!(asked("huyen", act.clone()), Ok(()), "{act:?}");
        assert_eq!(asked("so", act.clone()), Err(Refusal::ForeignUnit), "{act:?}");
    }
    assert_eq!(asked("huyen", entry()), Err(Refusal::CustodianEnters));
    assert_eq!(asked("huyen.truong", entry()), Ok(()));
}

#[test]
fn adding_a_grant_takes_no_right_away_and_ending_one_gives_none() {
    let (all, each) = (all_granted(), grants());
    for (who, act, keeper) in questions() {
        for held in &all {
            let before = ask(&act, &who, keeper, held);
            for (name, one) in &each {
                let after = ask(&act, &who, keeper, &join(held, one));
                // Who is told to delegate nothing onward had no right to delegate before.
                assert!(before.is_err() || after.is_ok(), "{who:?} {act:?} of {keeper} + {name}");
            }
        }
    }
}

#[test]
fn a_wider_grant_holds_all_that_the_narrower_held() {
    let [all, part, read_all, read_part, ..] = &grants()[..] else { panic!("four and more") };
    for (who, act, keeper) in questions() {
        for (narrow, wide) in [(part, all), (read_part, read_all)] {
            let narrow = ask(&act, &who, keeper, &narrow.1);
            assert!(narrow.is_err() || ask(&act, &who, keeper, &wide.1).is_ok(), "{who:?} {act:?}");
        }
    }
}

// R-3.5a: a unit that left the tree manages nothing.
#[test]
fn a_unit_that_left_the_tree_may_nothing() {
    let mut left = units();
    left.retain(|unit| unit.id != id("huyen.truong"));
    let tree = UnitTree::new(left).expect("tree");
    let keeper = id("huyen.truong");
    let all = all_granted();
    for (who, act, _) in questions().into_iter().filter(|(_, act, _)| *act != Action::VerifyAudit) {
        for granted in &all {
            let authority = Authority {
                tree: &tree,
                custodian: Some(&keeper),
                allow_optional_holders: true,
                granted,
            };
            let gone = authorize(&act, &actor("huyen.truong", who.role), &authority);
            assert_eq!(gone, Err(Refusal::UnknownUnit), "{act:?}");
        }
    }
}

// inspection reads and writes nothing.
#[test]
fn an_inspector_changes_nothing() {
    // What she says of herself and her own unit changes no dossier.
    let reads = |act: &Action| {
        matches!(
            act,
            Action::AcknowledgeDuties
                | Action::ReportProblem
                | Action::ReadStatus
                | Action::ReadDossier
                | Action::ReadSection { .. }
                | Action::ReadAttachment { .. }
                | Action::List
                | Action::Search
                | Action::Statistics
                | Action::Print
                | Action::Export
                | Action::ShowAudit
                | Action::ExportAudit
                | Action::VerifyAudit
        )
    };
    let all = all_granted();
    for (who, act, keeper) in questions() {
        for granted in &all {
            let allowed = ask(&act, &who, keeper, granted).is_ok();
            assert!(who.role != Role::Inspector || reads(&act) || !allowed, "{act:?}");
        }
    }
}

// R-2a, R-2a.1: who keeps dossiers, with the switch for communes on and off.
#[test]
fn only_units_that_keep_dossiers_get_them() {
    let tree = &*TREE;
    let answer = |actor_unit: &str, unit: &str, allow_optional_holders| {
        let granted = &Granted::NOTHING;
        let authority = Authority { tree, custodian: None, allow_optional_holders, granted };
        let action = Action::CreateDossier { unit: id(unit), review: Review::NotRequired };
        authorize(&action, &actor(actor_unit, Role::Clerk), &authority)
    };
    assert_eq!(answer("huyen.xa", "huyen.xa", true), Ok(()));
    assert_eq!(answer("huyen.xa", "huyen.xa", false), Err(Refusal::DoesNotHold));
    assert_eq!(answer("huyen", "huyen.phong", true), Err(Refusal::DoesNotHold));
    assert_eq!(answer("huyen", "huyen", false), Ok(()));
    assert_eq!(answer("huyen", "huyen.truong", true), Err(Refusal::CustodianEnters));
    assert_eq!(answer("huyen", "mat", true), Err(Refusal::ForeignUnit));
    assert_eq!(answer("mat", "mat", true), Err(Refusal::UnknownUnit));
}

// R-15.1a R-15.1b: who enters under delegation enters within its scope, and delegates nothing onward.
#[test]
fn delegation_enters_under_review_within_its_sections_and_goes_no_further() {
    let [(_, all), (_, part), ..] = &grants()[..] else { panic!("two and more") };
    let school = actor("huyen.truong", Role::Clerk);
    let edit = |section: &str, review| {
        let sections = [section.to_owned()].into();
        Action::EditState(Entering { grounds: Grounds::Decision, sections, review })
    };
    let may = |act: &Action, granted| ask(act, &school, "huyen", granted);
    assert_eq!(may(&edit("identity", Review::Awaiting), part), Ok(()));
    assert_eq!(may(&edit("family", Review::Awaiting), part), Err(Refusal::OutsideGrant));
    assert_eq!(may(&edit("", Review::Awaiting), part), Err(Refusal::OutsideGrant));
    let done = edit("identity", Review::NotRequired);
    assert_eq!(may(&done, all), Err(Refusal::ReviewRequired));
    let open = Action::CreateDossier { unit: id("huyen"), review: Review::Awaiting };
    assert_eq!((may(&open, all), may(&open, part)), (Ok(()), Err(Refusal::OutsideGrant)));
    let onward = Action::Give(GrantAct::Delegation { to: id("huyen.khac") });
    assert_eq!(may(&onward, all), Err(Refusal::OnwardDelegation));
    let approve = Action::Approve(Entered::by("ai đó"));
    let head = actor("huyen.truong", Role::Approver);
    assert_eq!(ask(&approve, &head, "huyen", all), Err(Refusal::FourEyes));
    // Of a dossier that another body keeps it says nothing.
    assert_eq!(ask(&done, &school, "so", all), Err(Refusal::ForeignUnit));
    let stranger = actor("so.truong", Role::Clerk);
    assert_eq!(ask(&done, &stranger, "huyen", all), Err(Refusal::ForeignUnit));
}

// R-8.3b, R-9.2a: what a state body decides rests on its decision.
#[test]
fn a_change_is_the_acts_of_the_sides_it_touches() {
    let (sides, keeper) = (Sides::default(), id("huyen"));
    let signed_on = "2024-01-02".parse().expect("date");
    let declared = LegalBasis::Declaration { signed_on };
    let corrected = LegalBasis::Correction { reason: "gõ nhầm".to_owned() };
    let decided = LegalBasis::Decision {
        issuer: "UBND".to_owned(),
        number: "1/QĐ".to_owned(),
        signed_on,
        effective_on: None,
        scan: None,
    };
    let touching = |state, personal, opens| {
        let mut touched = Touched::nothing(opens);
        (touched.content, touched.state, touched.personal) = (state || personal, state, personal);
        touched
    };
    let (both, state) = (touching(true, true, false), touching(true, false, false));
    let either = Touched::nothing(false);
    let head = actor("huyen", Role::Approver);
    let judged = |basis: &LegalBasis, touched: &Touched| {
        acts_of(basis, Review::NotRequired, touched, &sides, &keeper, &|_| None)?
            .iter()
            .try_for_each(|act| ask(act, &head, "huyen", &Granted::NOTHING))
    };
    assert_eq!((judged(&decided, &either), judged(&declared, &either)), (Ok(()), Ok(())));
    assert_eq!(judged(&decided, &state), Ok(()));
    assert_eq!(judged(&declared, &state), Err(Refusal::DecisionRequired));
    assert_eq!(judged(&decided, &both), Err(Refusal::DeclarationRequired));
    assert_eq!(judged(&declared, &both), Err(Refusal::DecisionRequired));
    assert_eq!((judged(&corrected, &both), judged(&corrected, &state)), (Ok(()), Ok(())));
    assert_eq!(judged(&declared, &touching(true, true, true)), Ok(()));
    let silent = LegalBasis::Correction { reason: "  ".to_owned() };
    assert!(judged(&silent, &either).is_err());
    for touched in [&either, &state, &touching(true, true, true)] {
        assert_eq!(judged(&LegalBasis::Office, touched), Err(Refusal::BasisRequired));
    }
}

#[test]
fn a_file_is_attached_by_the_unit_that_keeps_the_dossier_alone() {
    let corrected = LegalBasis::Correction { reason: "thiếu bản quét".to_owned() };
    let sides = Sides::default();
    let judged = |attaches, detaches, by: &str| {
        let keeper = id("huyen.truong");
        let mut touched = Touched::nothing(false);
        (touched.attaches, touched.detaches) = (attaches, detaches);
        touched.content = attaches || detaches;
        let review = Review::NotRequired;
        let acts = acts_of(&corrected, review, &touched, &sides, &keeper, &|_| None)?;
        let wanted = usize::from(attaches) + usize::from(detaches);
        assert_eq!(acts.len(), wanted.max(1));
        let office = acts_of(&LegalBasis::Office, review, &touched, &sides, &keeper, &|_| None)?;
        let clerk = actor("huyen.truong", Role::Clerk);
        let on_office =
            office.iter().try_for_each(|act| ask(act, &clerk, "huyen.truong", &Granted::NOTHING));
        assert_eq!(on_office, Err(Refusal::BasisRequired), "a review enters nothing");
        let actor = actor(by, Role::Clerk);
        acts.iter().try_for_each(|act| ask(act, &actor, "huyen.truong", &Granted::NOTHING))
    };
    for (attaches, detaches) in [(true, false), (false, true), (true, true)] {
        assert_eq!(judged(attaches, detaches, "huyen.truong"), Ok(()));
        assert_eq!(judged(attaches, detaches, "huyen"), Err(Refusal::CustodianEnters));
    }
    assert_eq!(judged(false, false, "huyen"), Ok(()), "fields it corrects");
}

#[test]
fn refusals_speak_by_code_and_in_vietnamese() {
    for refusal in [Refusal::ForeignUnit, Refusal::CustodianEnters, Refusal::OnwardDelegation] {
        let json = serde_json::to_string(&refusal).expect("serialises");
        assert_eq!(json, format!("\"{}\"", refusal.code()));
        assert!(refusal.message_vi().ends_with('.'));
    }
    let none = Authority {
        tree: &TREE,
        custodian: None,
        allow_optional_holders: true,
        granted: &Granted::NOTHING,
    };
    let answer = authorize(&Action::ReadDossier, &actor("huyen", Role::Clerk), &none);
    assert_eq!(answer, Err(Refusal::NoDossier));
}
