//! Entries of the docket are acts of their own.

use super::*;
use crate::Hash;
use crate::basis::LegalBasis;
use crate::docket::{DocketFault, Docketed, Ruling};
use crate::form::{Sides, Touched};

/// Who entered what is reviewed.
fn entered(change: &Hash) -> Option<Entered> {
    (*change == Hash::of(b"entered"))
        .then(|| Entered {
            delegated_to: Some(id("huyen.truong")), ..Entered::by("Trần Thị B")
        })
}

fn verdict(change: &[u8]) -> Docketed {
    Docketed { verdicts: [(Hash::of(change), Ruling::Approved)].into(), ..Docketed::default() }
}

/// The acts of a change to a dossier of `huyen` that enters `docket`, as `unit` asks.
fn judge(unit: &str, role: Role, docket: &Docketed, content: bool) -> Result<(), Refusal> {
    let signed_on = "2024-01-02".parse().expect("date");
    let decision = LegalBasis::Decision {
        issuer: "UBND huyện".to_owned(),
        number: "9/QĐ".to_owned(),
        signed_on,
        effective_on: None,
        scan: None,
    };
    let basis = match docket.forms {
        true => LegalBasis::Declaration { signed_on },
        false if docket.is_of_life() => decision,
        false => LegalBasis::Office,
    };
    let mut touched = Touched::nothing(false);
    (touched.content, touched.personal, touched.docket) = (content, content, docket.clone());
    let (sides, keeper) = (Sides::default(), id("huyen"));
    acts_of(&basis, Review::NotRequired, &touched, &sides, &keeper, &entered)?
        .iter()
        .try_for_each(|act| ask(act, &actor(unit, role), "huyen", &Granted::NOTHING))
}

/// R-15.1c: the delegating body reviews, and not the unit or the person that entered.
#[test]
fn a_verdict_is_judged_by_who_entered_what_it_is_on() {
    let head = |unit| judge(unit, Role::Approver, &verdict(b"entered"), false);
    assert_eq!(head("huyen"), Ok(()));
    assert_eq!(judge("huyen", Role::Clerk, &verdict(b"entered"), false), Err(Refusal::WrongRole));
    assert_eq!(head("so"), Err(Refusal::ForeignUnit));
    assert_eq!(head("tier3"), Err(Refusal::TierThreeDoesNotEdit));
    let unknown = judge("huyen", Role::Approver, &verdict(b"unheard of"), false);
    assert_eq!(unknown, Err(Refusal::NothingToReview));
    let ask = |entered: Entered| {
        ask(&Action::Return(entered), &actor("huyen", Role::Approver), "huyen", &Granted::NOTHING)
    };
    assert_eq!(ask(Entered::by("Nguyễn Văn A")), Err(Refusal::FourEyes));
    let own = Entered { delegated_to: Some(id("huyen")), ..Entered::by("Trần Thị B") };
    assert_eq!(ask(own), Err(Refusal::FourEyes));
}

/// only a phiếu stands beside the data it feeds.
#[test]
fn entries_of_the_docket_stand_alone() {
    let head = |docket: &Docketed, content| judge("huyen", Role::Approver, docket, content);
    let forms = Docketed { forms: true, ..Docketed::default() };
    let parities = Docketed { parities: true, ..Docketed::default() };
    let closes = Docketed { closes: true, ..Docketed::default() };
    for docket in [&parities, &closes, &verdict(b"entered")] {
        assert_eq!((head(docket, false), head(docket, true)), (Ok(()), Err(Refusal::Mixed)));
        let with_form = Docketed { forms: true, ..docket.clone() };
        assert_eq!(head(&with_form, false), Err(Refusal::Mixed));
    }
    assert_eq!((head(&forms, false), head(&forms, true)), (Ok(()), Ok(())));
    let faulty = |fault| Docketed { fault: Some(fault), ..forms.clone() };
    assert_eq!(head(&faulty(DocketFault::Altered), false), Err(Refusal::Settled));
    assert_eq!(head(&faulty(DocketFault::Unreadable), false), Err(Refusal::Unreadable));
}

#[test]
fn each_entry_asks_for_its_own_right() {
    let clerk = |docket: &Docketed| judge("huyen", Role::Clerk, docket, false);
    let closes = Docketed { closes: true, ..Docketed::default() };
    let reopens = Docketed { reopens: true, ..Docketed::default() };
    let parities = Docketed { parities: true, ..Docketed::default() };
    let forms = Docketed { forms: true, ..Docketed::default() };
    assert_eq!(
        (clerk(&closes), clerk(&reopens)),
        (Err(Refusal::WrongRole), Err(Refusal::WrongRole))
    );
    assert_eq!((clerk(&parities), clerk(&forms)), (Ok(()), Ok(())));
    for docket in [closes, reopens, parities, forms] {
        let stranger = judge("so", Role::Approver, &docket, false);
        assert_eq!(stranger, Err(Refusal::ForeignUnit));
    }
}

// a closed dossier takes corrections, reviews, comparisons and the return of its person.
#[test]
fn a_closed_dossier_takes_corrections_and_the_return_of_its_person_alone() {
    let entering = || Entering {
        grounds: Grounds::Correction,
        sections: std::collections::BTreeSet::new(),
        review: Review::NotRequired,
    };
    for act in [Action::Correct(entering()), Action::Reopen, Action::VerifyPaper] {
        assert_eq!(withstand_closing(&[act]), Ok(()));
    }
    for act in [
        Action::EditState(entering()),
        Action::EditPersonal(entering()),
        Action::EnterForm(entering()),
    ] {
        assert_eq!(withstand_closing(&[Action::Reopen, act]), Err(Refusal::Closed));
    }
}

// R-12.2b: nobody below tier 3 takes a dossier away; there two officers do, reversibly.
#[test]
fn a_dossier_is_taken_away_by_two_officers_of_tier_three_alone() {
    let proposes = Docketed { proposes: true, ..Docketed::default() };
    let removes = Docketed { removes: [Hash::of(b"entered")].into(), ..Docketed::default() };
    for role in [Role::Clerk, Role::Approver, Role::Administrator, Role::Inspector] {
        assert!(judge("huyen", role, &proposes, false).is_err(), "{role:?}");
    }
    assert_eq!(judge("tier3", Role::Administrator, &proposes, false), Ok(()));
    assert_eq!(judge("tier3", Role::Clerk, &proposes, false), Err(Refusal::WrongRole));
    // What the second officer agrees to is no proposal.
    let no_proposal = judge("tier3", Role::Administrator, &removes, false);
    assert_eq!(no_proposal, Err(Refusal::NothingToReview));
    let second = |first: &str| {
        let act = Action::Tombstone(Officers::Second { first: first.to_owned() });
        ask(&act, &actor("tier3", Role::Administrator), "huyen", &Granted::NOTHING)
    };
    assert_eq!((second("Trần Thị B"), second("Nguyễn Văn A")), (Ok(()), Err(Refusal::FourEyes)));
}
