use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use super::*;
use crate::validity::Validity;
use crate::{PartialDate, Role};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn id(text: &str) -> UnitId {
    text.parse().expect("unit id")
}

fn login(text: &str) -> Login {
    text.parse().expect("login")
}

fn on(text: &str) -> PartialDate {
    text.parse().expect("date")
}

fn tree() -> UnitTree {
    let unit = |name: &str, parent: Option<&str>, tier, holds| Unit {
        id: id(name),
        parent: parent.map(id),
        tier,
        name: name.to_owned(),
        kind: "x".to_owned(),
        holds_dossiers: holds,
        validity: Validity::ALWAYS,
        successor: None,
    };
    let units = vec![
        unit("tinh", None, Tier::Province, Holding::No),
        unit("snv", Some("tinh"), Tier::Three, Holding::No),
        unit("huyen", Some("snv"), Tier::Two, Holding::Yes),
        unit("huyen.truong", Some("huyen"), Tier::One, Holding::Yes),
        unit("huyen.xa", Some("huyen"), Tier::One, Holding::Optional),
        unit("huyen.phong", Some("huyen"), Tier::One, Holding::No),
        unit("huyen.tram", Some("huyen"), Tier::One, Holding::No),
        unit("hoi", Some("snv"), Tier::One, Holding::No),
    ];
    UnitTree::new(units).expect("a tree")
}

fn rights(acts: &[Right]) -> Rights {
    Rights { acts: acts.iter().copied().collect(), scope: BTreeSet::new() }
}

fn paper(number: &str) -> Paper {
    Paper { number: number.to_owned(), signed_on: on("2026-01-05") }
}

fn agreement(units: &[&str]) -> Agreement {
    Agreement {
        number: "15/TT".to_owned(),
        signed_on: on("2026-01-05"),
        signers: vec!["Hà Văn Tú".to_owned(), "Lò Thị Hoa".to_owned()],
        list: units.iter().map(|unit| id(unit)).collect(),
        scan: None,
    }
}

fn issue(unit: &str, acts: &[Right], agreement: Option<Agreement>) -> AccountAct {
    AccountAct::Issue { unit: id(unit), rights: rights(acts), agreement }
}

/// A code of its own for each act, ending `hours` after the act.
fn activation(seed: u8, at: Timestamp, hours: i64) -> Activation {
    let until = Timestamp::from_millis(at.as_millis() + hours * 3_600_000);
    Activation { code: Hash::of(&[seed]), until }
}

fn at(number: u64) -> Place {
    Place { number, at: Timestamp::from_millis(1_767_600_000_000 + number as i64 * DAY_MS) }
}

fn assigning(unit: &str, name: &str, number: &str, seed: u8, place: Place) -> Assigning {
    Assigning {
        unit: id(unit),
        person: Person { login: login("tu.hv"), full_name: name.to_owned(), role: Role::Clerk },
        decision: Decision {
            number: number.to_owned(),
            signed_on: on("2026-01-06"),
            issuer: "UBND huyện".to_owned(),
        },
        validity: Validity { from: Some(on("2026-02-01")), to: Some(on("2026-06-01")) },
        activation: activation(seed, place.at, 72),
    }
}

/// Delegated, a school with an account that may enter, and one person.
fn school() -> Accounts {
    let mut accounts = Accounts::default();
    let acts = [
        AccountAct::DelegateAdministration {
            document: paper("1/UQ-UBND"),
            scope: "toàn tỉnh".to_owned(),
        },
        issue("huyen.truong", &[Right::Read, Right::Enter], None),
        AccountAct::Assign(assigning("huyen.truong", "Hà Văn Tú", "7/QĐ", 1, at(3))),
    ];
    for (number, act) in (1..).zip(&acts) {
        accounts.judge(at(number), act, &tree(), false).expect("lawful");
        accounts.apply(at(number), act).expect("taken");
    }
    accounts
}

fn reissue(head: Option<Paper>, province: Option<Paper>) -> AccountAct {
    AccountAct::Reissue {
        unit: id("huyen.truong"),
        login: login("tu.hv"),
        report_to_head: head,
        report_to_province: province,
        activation: activation(9, at(4).at, 72),
    }
}

/// Every refusal of Điều 6, 7, 15.2 and 16 as one row: what is tried after [`school`], and the rule.
fn refusals() -> Vec<(AccountAct, AccountFault)> {
    use AccountFault as F;
    let school = || id("huyen.truong");
    let all = [Right::Read, Right::Enter];
    let foreign = Rights { scope: [id("huyen")].into(), ..rights(&all) };
    let mut clerk_of_another = assigning("huyen.truong", "Lò Thị Hoa", "8/QĐ", 2, at(4));
    clerk_of_another.person.login = login("hoa.lt");
    let with = |change: &dyn Fn(&mut Assigning)| {
        let mut assigning = clerk_of_another.clone();
        change(&mut assigning);
        AccountAct::Assign(assigning)
    };
    let (head, province) = (Some(paper("3/BC")), Some(paper("4/BC-SNV")));
    vec![
        (issue("tinh", &all, None), F::NotHolder),
        (issue("hoi", &all, Some(agreement(&["hoi"]))), F::NotHolder),
        (issue("khong-co", &all, None), F::UnknownUnit),
        (issue("huyen.phong", &all, None), F::AgreementMissing),
        (issue("huyen.xa", &all, None), F::AgreementMissing),
        (issue("huyen.phong", &all, Some(agreement(&["huyen.tram"]))), F::NotOnAgreement),
        (issue("huyen.truong", &all, None), F::IssuedAlready),
        (issue("huyen", &[], None), F::NoRights),
        (issue("huyen", &[Right::Administer], None), F::BeyondTier),
        (issue("snv", &[Right::Enter], None), F::BeyondTier),
        (AccountAct::Widen { unit: school(), rights: foreign }, F::ForeignScope),
        (AccountAct::Widen { unit: school(), rights: rights(&[Right::Read]) }, F::NotWider),
        (AccountAct::Widen { unit: id("huyen"), rights: rights(&all) }, F::NoAccount),
        (
            AccountAct::Restrict { unit: school(), rights: rights(&all), reason: "x".to_owned() },
            F::NotNarrower,
        ),
        (
            AccountAct::Restrict { unit: school(), rights: rights(&[]), reason: "x".to_owned() },
            F::NoRights,
        ),
        (AccountAct::Revoke { unit: school(), reason: "  ".to_owned() }, F::Malformed),
        (AccountAct::Revoke { unit: id("huyen"), reason: "x".to_owned() }, F::NoAccount),
        (with(&|it| it.unit = id("huyen")), F::NoAccount),
        (with(&|it| it.person.role = Role::Approver), F::RoleWithoutRight),
        (with(&|it| it.person.login = login("tu.hv")), F::LoginOfAnother),
        (with(&|it| it.decision.number.clear()), F::Malformed),
        (with(&|it| it.validity.to = it.validity.from), F::Malformed),
        (with(&|it| it.activation = activation(3, at(4).at, 73)), F::CodeLife),
        (with(&|it| it.activation = activation(3, at(4).at, 0)), F::CodeLife),
        (with(&|it| it.activation = activation(1, at(4).at, 72)), F::CodeGivenBefore),
        (
            AccountAct::Assign(assigning("huyen.truong", "Hà Văn Tú", "7/QĐ", 4, at(4))),
            F::SameDecision,
        ),
        (
            AccountAct::EndAssignment {
                unit: school(),
                login: login("hoa.lt"),
                reason: "x".to_owned(),
            },
            F::UnknownPerson,
        ),
        (reissue(None, province.clone()), F::HeadReportMissing),
        (reissue(head.clone(), None), F::ProvinceReportMissing),
        (reissue(None, None), F::HeadReportMissing),
        (reissue(Some(paper(" ")), province), F::Malformed),
        (
            AccountAct::DelegateAdministration {
                document: paper("2/UQ-UBND"),
                scope: "toàn tỉnh".to_owned(),
            },
            F::DelegatedAlready,
        ),
    ]
}

// R-6.2b, R-6.2c, R-15.2a, R-16.6: what is refused of accounts, by its rule.
#[test]
fn every_refusal_names_its_rule_and_changes_nothing() {
    let accounts = school();
    for (act, fault) in refusals() {
        assert_eq!(accounts.judge(at(4), &act, &tree(), false), Err(fault), "{act:?}");
        let mut after = accounts.clone();
        // A rule of the tree is judged where the act is made; every other holds everywhere.
        if after.apply(at(4), &act) == Err(fault) {
            assert_eq!(after, accounts, "{act:?}");
        }
        assert!(fault.message_vi().ends_with('.'), "{fault}");
    }
}

// a delegation that was withdrawn ends all administration.
#[test]
fn nothing_is_administered_without_the_delegation_of_the_province() {
    let mut accounts = school();
    let withdrawn = AccountAct::WithdrawAdministration { document: paper("9/UQ-UBND") };
    accounts.apply(at(4), &withdrawn).expect("taken");
    let acts = [
        issue("huyen", &[Right::Read], None),
        AccountAct::Revoke { unit: id("huyen.truong"), reason: "x".to_owned() },
        reissue(Some(paper("3/BC")), Some(paper("4/BC"))),
        withdrawn,
    ];
    for act in acts {
        let judged = accounts.judge(at(5), &act, &tree(), false);
        assert_eq!(judged, Err(AccountFault::NotDelegated), "{act:?}");
    }
    let again = AccountAct::DelegateAdministration {
        document: paper("10/UQ-UBND"),
        scope: "toàn tỉnh".to_owned(),
    };
    accounts.apply(at(5), &again).expect("delegated anew");
}

// R-6.2b, R-15.2a: who gets an account, and by what.
#[test]
fn a_unit_under_a_body_gets_its_account_by_agreement_and_a_commune_by_the_switch() {
    let accounts = school();
    let phong = issue("huyen.phong", &[Right::Read], Some(agreement(&["huyen.phong"])));
    assert_eq!(accounts.judge(at(4), &phong, &tree(), false), Ok(()));
    let xa = issue("huyen.xa", &[Right::Read], None);
    assert_eq!(accounts.judge(at(4), &xa, &tree(), true), Ok(()));
}

fn standing(accounts: &Accounts, day: Date) -> &'static str {
    accounts.standing(&login("tu.hv"), day).code()
}

// R-15.2b: an assignment has its days.
#[test]
fn an_assignment_counts_on_its_days_only() {
    let accounts = school();
    let rows = [
        (date(2026, 1, 31), "not_yet"),
        (date(2026, 2, 1), "active"),
        (date(2026, 5, 31), "active"),
        (date(2026, 6, 1), "lapsed"),
        (date(2027, 1, 1), "lapsed"),
    ];
    for (day, code) in rows {
        assert_eq!(standing(&accounts, day), code, "{day}");
    }
    assert_eq!(accounts.standing(&login("hoa.lt"), date(2026, 3, 1)), Standing::Unknown);
}

// every step of the life of an account is an act with its number.
#[test]
fn whatever_takes_something_away_shows_in_standing_and_number() {
    let day = date(2026, 3, 1);
    let unit = || id("huyen.truong");
    let reason = || "kiểm tra".to_owned();
    let rows = [
        (AccountAct::Revoke { unit: unit(), reason: reason() }, "revoked"),
        (
            AccountAct::Restrict { unit: unit(), rights: rights(&[Right::Read]), reason: reason() },
            "unentitled",
        ),
        (
            AccountAct::EndAssignment { unit: unit(), login: login("tu.hv"), reason: reason() },
            "ended",
        ),
        (reissue(Some(paper("3/BC")), Some(paper("4/BC-SNV"))), "active"),
    ];
    for (act, code) in rows {
        let mut accounts = school();
        let before = accounts.limited(&login("tu.hv"));
        accounts.apply(at(4), &act).expect("taken");
        assert_eq!(standing(&accounts, day), code, "{act:?}");
        assert!(accounts.limited(&login("tu.hv")) > before, "{act:?}");
    }
}

#[test]
fn an_account_issued_anew_revives_nobody() {
    let mut accounts = school();
    let revoked =
        AccountAct::Revoke { unit: id("huyen.truong"), reason: "giải thể".to_owned() };
    accounts.apply(at(4), &revoked).expect("taken");
    let again = issue("huyen.truong", &[Right::Read, Right::Enter], None);
    accounts.apply(at(5), &again).expect("taken");
    assert_eq!(standing(&accounts, date(2026, 3, 1)), "revoked");
    let anew = AccountAct::Assign(assigning("huyen.truong", "Hà Văn Tú", "12/QĐ", 5, at(6)));
    accounts.apply(at(6), &anew).expect("taken");
    assert_eq!(standing(&accounts, date(2026, 3, 1)), "active");
}

#[test]
fn a_person_moves_to_another_unit_only_when_she_has_left_the_first() {
    let mut accounts = school();
    accounts.apply(at(4), &issue("huyen", &[Right::Enter], None)).expect("taken");
    let moved = AccountAct::Assign(assigning("huyen", "Hà Văn Tú", "12/QĐ", 5, at(5)));
    assert_eq!(accounts.apply(at(5), &moved), Err(AccountFault::AssignedElsewhere));
    let left = AccountAct::EndAssignment {
        unit: id("huyen.truong"),
        login: login("tu.hv"),
        reason: "chuyển công tác".to_owned(),
    };
    accounts.apply(at(5), &left).expect("taken");
    let moved = AccountAct::Assign(assigning("huyen", "Hà Văn Tú", "12/QĐ", 6, at(6)));
    accounts.apply(at(6), &moved).expect("taken");
    assert_eq!(accounts.person(&login("tu.hv")).map(|known| known.unit.clone()), Some(id("huyen")));
}

#[test]
fn logins_are_narrow_and_never_logged() {
    for bad in ["ab", "Tu.hv", "1tu", "tú", "a b c", &"x".repeat(33)] {
        assert!(bad.parse::<Login>().is_err(), "{bad}");
    }
    assert!(!format!("{:?}", login("tu.hv")).contains("tu.hv"));
}
