//! One row a rule: who may give what to whom, and what is refused.

use super::*;

type Change = fn(&mut Giving);

// R-8.1a, R-14.4, R-15.1a: who may give what to whom; a body of tier 2 delegates below itself, once, and
// by document.
#[test]
fn each_rule_refuses_by_its_code() {
    let rows: [(&str, Giving, &str, Change, Option<GrantFault>); 24] = [
        ("a body delegates below", delegation(), "huyen", |_| {}, None),
        (
            "to itself",
            delegation(),
            "huyen",
            |it| it.grantee = Grantee::Unit(unit("huyen")),
            Some(GrantFault::NotBelow),
        ),
        (
            "to a unit of another body",
            delegation(),
            "huyen",
            |it| it.grantee = Grantee::Unit(unit("so.a")),
            Some(GrantFault::NotBelow),
        ),
        ("by who was delegated to", delegation(), "huyen.xa", |_| {}, Some(GrantFault::Onward)),
        ("by tier 3", delegation(), "snv", |_| {}, Some(GrantFault::NotManagingBody)),
        (
            "over another body",
            delegation(),
            "huyen",
            |it| it.scope.units = [unit("so")].into(),
            Some(GrantFault::NotManagingBody),
        ),
        (
            "to a person",
            delegation(),
            "huyen",
            |it| it.grantee = person("huyen.xa", "hoa.lt"),
            Some(GrantFault::WrongGrantee),
        ),
        ("the school consents", consent(), "huyen.truong", |_| {}, None),
        ("so may its district", consent(), "huyen", |_| {}, None),
        ("no other body", consent(), "so", |_| {}, Some(GrantFault::NotManagingBody)),
        ("nor tier 3", consent(), "snv", |_| {}, Some(GrantFault::NotManagingBody)),
        (
            "for no dossier in particular",
            consent(),
            "huyen",
            |it| it.scope.dossiers.clear(),
            Some(GrantFault::DossiersMissing),
        ),
        (
            "to a unit",
            consent(),
            "huyen",
            |it| it.grantee = Grantee::Unit(unit("so")),
            Some(GrantFault::WrongGrantee),
        ),
        (
            "for two years",
            consent(),
            "huyen",
            |it| it.period = period("2026-03-02", "2028-03-02"),
            Some(GrantFault::TooLong),
        ),
        (
            "a unit nobody knows",
            consent(),
            "huyen",
            |it| it.scope.units = [unit("mat")].into(),
            Some(GrantFault::UnknownUnit),
        ),
        ("by a unit nobody knows", consent(), "mat", |_| {}, Some(GrantFault::UnknownUnit)),
        (
            "a district inspects",
            giving(GrantKind::Mission, person("huyen", "hoa.lt"), &["huyen"], &[]),
            "huyen",
            |_| {},
            Some(GrantFault::TierThreeOnly),
        ),
        ("a district corrects", order(), "huyen", |_| {}, Some(GrantFault::TierThreeOnly)),
        (
            "an order of somebody without an account",
            order(),
            "snv",
            |it| it.by.login = None,
            Some(GrantFault::SameOfficer),
        ),
        ("Sở Nội vụ lets copies out", copies(), "snv", |_| {}, None),
        ("a district lets itself", copies(), "huyen", |_| {}, Some(GrantFault::TierThreeOnly)),
        (
            "of dossiers it does not read",
            copies(),
            "snv",
            |it| it.scope.units = [unit("so")].into(),
            Some(GrantFault::WrongGrantee),
        ),
        (
            "for half a year",
            copies(),
            "snv",
            |it| it.period = period("2026-03-02", "2026-09-02"),
            Some(GrantFault::TooLong),
        ),
        (
            "by somebody without an account",
            copies(),
            "snv",
            |it| it.by.login = None,
            Some(GrantFault::SameOfficer),
        ),
    ];
    let (tree, none) = (tree(), Grants::default());
    for (name, mut given, from, change, fault) in rows {
        change(&mut given);
        let answer = lawful(&GrantAct::Give(given), &unit(from), &none, &tree);
        assert_eq!(answer.err(), fault, "{name}");
    }
}

// many copies leave by an approval of Sở Nội vụ alone, of two officers, on its days.
#[test]
fn copies_by_the_dozen_take_two_officers_and_hold_for_whom_they_name() {
    let tree = tree();
    let mut grants = book(copies(), "snv");
    let holds = |grants: &Grants, who: &str, keeper: &str, day| {
        let about = (&unit(keeper), &dossier(1));
        grants.bulk_copies((&unit(who), None), about, march(day), &tree).is_some()
    };
    assert!(!holds(&grants, "huyen", "huyen.xa", 3), "one officer");
    let same = grants.apply(origin(2, "snv", 2), &confirm(1, Some("tu.hv")));
    assert_eq!(same, Err(GrantFault::SameOfficer));
    grants.apply(origin(2, "snv", 2), &confirm(1, Some("hoa.lt"))).expect("the second officer");
    assert!(holds(&grants, "huyen", "huyen.xa", 3));
    assert!(!holds(&grants, "huyen.xa", "huyen.xa", 3), "another unit");
    assert!(!holds(&grants, "huyen", "so.a", 3), "dossiers of others");
    assert!(!holds(&grants, "huyen", "huyen.xa", 1), "not begun");
    assert!(!holds(&grants, "huyen", "huyen.xa", 21), "over");
    grants.apply(origin(3, "snv", 4), &end(1)).expect("ended");
    assert!(!holds(&grants, "huyen", "huyen.xa", 5), "ended");
}

#[test]
fn what_is_malformed_is_refused_and_leaves_nothing() {
    let wrong: [Change; 9] = [
        |it| it.document.number = " ".to_owned(),
        |it| it.issuer = String::new(),
        |it| it.purpose = "x".repeat(513),
        |it| it.purpose = "một\ndòng".to_owned(),
        |it| it.scope.units.clear(),
        |it| it.scope.dossiers = (0..=255).flat_map(|a| [dossier(a), wide(a), wider(a)]).collect(),
        |it| it.period = period("2026-03-20", "2026-03-02"),
        |it| it.period.to = "2026-03".parse().expect("a month"),
        |it| {
            it.grantee = Grantee::Outsider { full_name: "A".to_owned(), papers: String::new() };
        },
    ];
    for change in wrong {
        let mut given = consent();
        change(&mut given);
        let mut grants = Grants::default();
        let answer = grants.apply(origin(1, "huyen", 1), &GrantAct::Give(given));
        assert_eq!((answer, grants), (Err(GrantFault::Malformed), Grants::default()));
    }
}

fn wide(number: u8) -> DossierId {
    let mut bytes = [number; 16];
    bytes[0] ^= 1;
    DossierId::from_bytes(bytes)
}

fn wider(number: u8) -> DossierId {
    let mut bytes = [number; 16];
    bytes[0] ^= 2;
    DossierId::from_bytes(bytes)
}

#[test]
fn what_follows_is_the_givers_and_only_narrows() {
    let tree = tree();
    let mut grants = book(consent(), "huyen");
    let before = grants.clone();
    let wider = Scope { dossiers: [dossier(3)].into(), ..consent().scope };
    let elsewhere = Scope { units: [unit("so")].into(), ..consent().scope };
    let longer = period("2026-03-02", "2026-03-21");
    let rows = [
        (origin(2, "so", 2), end(1), GrantFault::ForeignIssuer),
        (origin(2, "huyen", 2), end(9), GrantFault::UnknownGrant),
        (origin(2, "huyen", 2), narrow(1, Some(wider), None), GrantFault::Wider),
        (origin(2, "huyen", 2), narrow(1, None, Some(longer)), GrantFault::Wider),
        (origin(2, "huyen", 2), narrow(1, None, None), GrantFault::Malformed),
        (origin(2, "huyen", 2), confirm(1, Some("hoa.lt")), GrantFault::NeedsNoSecond),
        (origin(1, "huyen", 2), GrantAct::Give(consent()), GrantFault::GivenBefore),
    ];
    for (from, act, fault) in rows {
        assert_eq!(grants.apply(from, &act), Err(fault));
        assert_eq!(grants, before, "{fault}");
    }
    let act = narrow(1, Some(elsewhere), None);
    assert_eq!(lawful(&act, &unit("huyen"), &grants, &tree), Err(GrantFault::Wider));
    let fewer = Scope { dossiers: [dossier(2)].into(), ..consent().scope };
    let act = narrow(1, Some(fewer), Some(period("2026-03-10", "2026-03-12")));
    assert_eq!(lawful(&act, &unit("huyen"), &grants, &tree), Ok(()));
    grants.apply(origin(2, "huyen", 3), &act).expect("narrowed");
    let sees = |grants: &Grants, number, day| {
        grants.readings(&unit("huyen.truong"), &dossier(number), march(day), &tree).count()
    };
    assert_eq!([9, 10, 12, 13].map(|day| sees(&grants, 2, day)), [0, 1, 1, 0]);
    assert_eq!(sees(&grants, 1, 11), 0);
    grants.apply(origin(3, "huyen", 11), &end(1)).expect("ended");
    assert_eq!(sees(&grants, 2, 11), 0);
    assert_eq!(judge_days(&end(1), &grants, march(11)), Err(GrantFault::EndedAlready));
    let over = judge_days(&GrantAct::Give(consent()), &grants, march(21));
    assert_eq!(over, Err(GrantFault::Over));
}

#[test]
fn an_order_takes_two_accounts() {
    let mut grants = book(order(), "snv");
    let stands =
        |grants: &Grants, day| grants.corrects(&unit("huyen.truong"), &dossier(1), noon(day));
    assert!(!stands(&grants, 5));
    for login in [None, Some("tu.hv")] {
        let answer = grants.apply(origin(2, "snv", 2), &confirm(1, login));
        assert_eq!(answer, Err(GrantFault::SameOfficer));
    }
    grants.apply(origin(2, "snv", 2), &confirm(1, Some("hoa.lt"))).expect("confirmed");
    assert!(stands(&grants, 5) && !stands(&grants, 21));
    assert!(!grants.corrects(&unit("huyen.truong"), &dossier(2), noon(5)));
    let again = judge_days(&confirm(1, Some("an.bt")), &grants, march(5));
    assert_eq!(again, Err(GrantFault::ConfirmedAlready));
}

#[test]
fn a_delegation_is_judged_by_the_moment_of_the_change() {
    let mut grants = book(delegation(), "huyen");
    let may = |grants: &Grants, who: &str, keeper: &str, day| {
        let (who, keeper) = (unit(who), unit(keeper));
        grants.delegations(&who, &keeper, Some(&dossier(7)), noon(day)).next().is_some()
    };
    assert!(may(&grants, "huyen.xa", "huyen", 2) && may(&grants, "huyen.xa", "huyen", 20));
    assert!(!may(&grants, "huyen.xa", "huyen.truong", 20));
    assert!(!may(&grants, "huyen.xa", "huyen", 1) && !may(&grants, "huyen.xa", "huyen", 21));
    assert!(!may(&grants, "huyen.truong", "huyen", 5) && !may(&grants, "huyen.xa", "so.a", 5));
    grants.apply(origin(2, "huyen", 10), &end(1)).expect("ended");
    assert!(may(&grants, "huyen.xa", "huyen", 9) && !may(&grants, "huyen.xa", "huyen", 10));
}

#[test]
fn what_was_entered_stands_when_a_delegation_is_narrowed_later() {
    let mut grants = book(delegation(), "huyen");
    let sections = |grants: &Grants, day| {
        let (who, keeper) = (unit("huyen.xa"), unit("huyen"));
        let held = grants.delegations(&who, &keeper, None, noon(day)).next();
        held.map(|(_, terms)| terms.sections)
    };
    assert_eq!(sections(&grants, 5), Some(None));
    let fewer = Scope { sections: ["family".to_owned()].into(), ..delegation().scope };
    grants.apply(origin(2, "huyen", 10), &narrow(1, Some(fewer), None)).expect("narrowed");
    assert_eq!(sections(&grants, 9), Some(None));
    assert_eq!(sections(&grants, 10), Some(Some(["family".to_owned()].into())));
    let days = Some(period("2026-03-02", "2026-03-04"));
    grants.apply(origin(3, "huyen", 12), &narrow(1, None, days)).expect("narrowed");
    assert_eq!(sections(&grants, 9), Some(None));
    assert_eq!(sections(&grants, 12), None);
}

#[test]
fn no_unit_fills_the_others_stores_and_what_was_taken_is_taken_in_any_order() {
    let number = |number: usize| {
        let mut bytes = [7; 32];
        bytes[0] = u8::try_from(number).expect("few");
        Origin { id: Hash::from_bytes(bytes), ..origin(0, "huyen", 3) }
    };
    let narrowed = || narrow(1, None, Some(period("2026-03-03", "2026-03-19")));
    let mut acts: Vec<(Origin, GrantAct)> =
        (0..Grants::AFTER_MAX).map(|it| (number(it), narrowed())).collect();
    acts.extend((100..100 + Grants::ENDS_MAX).map(|it| (number(it), end(1))));
    let taken = |acts: &[(Origin, GrantAct)]| {
        let mut grants = book(consent(), "huyen");
        for (from, act) in acts {
            grants.apply(from.clone(), act).expect("there is room");
        }
        grants
    };
    let mut grants = taken(&acts);
    for (from, act) in [(origin(250, "huyen", 3), narrowed()), (origin(251, "huyen", 3), end(1))] {
        assert_eq!(grants.apply(from, &act), Err(GrantFault::TooMany));
    }
    acts.reverse();
    assert_eq!(taken(&acts), grants);
}

#[test]
fn who_handed_a_unit_over_opens_its_dossiers_to_nobody() {
    let grants = book(consent(), "huyen");
    let count = |tree: &UnitTree| {
        grants.readings(&unit("huyen.truong"), &dossier(1), march(5), tree).count()
    };
    assert_eq!((count(&tree()), count(&moved("huyen.truong", "so"))), (1, 0));
}

#[test]
fn a_wrong_clock_takes_away_and_never_gives() {
    const DAY: i64 = 86_400_000;
    let terms = Terms::of(&consent());
    let holds = |clock, seen: Option<i64>| {
        terms.holds(Today::between(noon(clock), seen.map(noon), 30 * DAY))
    };
    assert!(holds(5, None) && holds(5, Some(5)) && holds(20, Some(2)));
    // Set back into the days of the grant, while the province is known to be past them.
    assert!(!holds(5, Some(21)));
    // Set far ahead, into the days of a grant to come.
    let seen = noon(2 - 40);
    assert!(!terms.holds(Today::between(noon(5), Some(seen), 30 * DAY)));
    assert!(terms.holds(Today::between(noon(5), Some(noon(2 - 20)), 30 * DAY)));
    // A day is one of Vietnam: five in the afternoon of UTC is the day after.
    assert_eq!(day_in_vietnam(Timestamp::from_millis(1_772_384_400_000)), date(2026, 3, 2));
}

#[test]
fn faults_speak_by_code_and_in_vietnamese() {
    for fault in [GrantFault::Wider, GrantFault::Onward, GrantFault::SameOfficer] {
        let json = serde_json::to_string(&fault).expect("serialises");
        assert_eq!(json, format!("\"{}\"", fault.code()));
        assert!(fault.message_vi().ends_with('.'));
    }
}
