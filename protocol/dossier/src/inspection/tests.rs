use super::*;
use crate::grant::{GrantAct, tests as fixtures};

fn find(unit: &str, text: &str) -> InspectAct {
    InspectAct::Find(Finding {
        mission: fixtures::id(1),
        unit: fixtures::unit(unit),
        text: text.to_owned(),
        due: "2026-04-01".parse().expect("a day"),
        by: fixtures::officer("Bùi Thị Lan", Some("lan.bt")),
    })
}

fn answer(finding: u8) -> InspectAct {
    let by = fixtures::officer("Hà Văn Tú", None);
    InspectAct::Answer { finding: fixtures::id(finding), text: "đã bổ sung".to_owned(), by }
}

fn close(finding: u8) -> InspectAct {
    let by = fixtures::officer("Bùi Thị Lan", None);
    InspectAct::Close { finding: fixtures::id(finding), text: "đạt".to_owned(), by }
}

fn mission(from: &str) -> Grants {
    let person = fixtures::person("snv", "lan.bt");
    let given = fixtures::giving(GrantKind::Mission, person, &["huyen"], &[]);
    let mut grants = Grants::default();
    grants.apply(fixtures::origin(1, from, 1), &GrantAct::Give(given)).expect("given");
    grants
}

#[test]
fn a_finding_rests_on_the_mission_of_its_body_and_stays_in_its_scope() {
    let (tree, grants) = (fixtures::tree(), mission("snv"));
    let judge = |act: &InspectAct, from: &str| lawful(act, &fixtures::unit(from), &grants, &tree);
    assert_eq!(judge(&find("huyen.xa", "thiếu"), "snv"), Ok(()));
    assert_eq!(judge(&find("so.a", "thiếu"), "snv"), Err(GrantFault::Wider));
    assert_eq!(judge(&find("huyen.xa", "thiếu"), "huyen"), Err(GrantFault::ForeignIssuer));
    let unknown = lawful(&find("huyen.xa", "x"), &fixtures::unit("snv"), &Grants::default(), &tree);
    assert_eq!(unknown, Err(GrantFault::UnknownGrant));
}

// a finding is tracked to its end.
#[test]
fn the_unit_answers_and_the_body_closes_in_any_order() {
    let mut findings = Findings::default();
    let origin = |number, from| fixtures::origin(number, from, 3);
    assert_eq!(findings.apply(origin(3, "huyen.xa"), &answer(2)), Err(GrantFault::UnknownGrant));
    findings.apply(origin(2, "snv"), &find("huyen.xa", "thiếu hồ sơ gốc")).expect("recorded");
    assert_eq!(findings.get(&fixtures::id(2)).map(Tracked::standing), Some("open"));
    assert_eq!(findings.apply(origin(3, "huyen"), &answer(2)), Err(GrantFault::ForeignIssuer));
    assert_eq!(findings.apply(origin(3, "huyen.xa"), &close(2)), Err(GrantFault::ForeignIssuer));
    let mut other = findings.clone();
    findings.apply(origin(3, "huyen.xa"), &answer(2)).expect("answered");
    assert_eq!(findings.get(&fixtures::id(2)).map(Tracked::standing), Some("answered"));
    findings.apply(origin(4, "snv"), &close(2)).expect("closed");
    other.apply(origin(4, "snv"), &close(2)).expect("closed");
    other.apply(origin(3, "huyen.xa"), &answer(2)).expect("answered");
    assert_eq!(findings, other);
    assert_eq!(other.get(&fixtures::id(2)).map(Tracked::standing), Some("closed"));
}

#[test]
fn what_says_nothing_or_too_much_is_refused_and_answers_have_an_end() {
    let mut findings = Findings::default();
    let origin = |number, from| fixtures::origin(number, from, 3);
    let long = "x".repeat(TEXT_MAX + 1);
    for text in ["", "  ", "a\u{7}b", long.as_str()] {
        let refused = findings.apply(origin(2, "snv"), &find("huyen.xa", text));
        assert_eq!(refused, Err(GrantFault::Malformed), "{text:.9}");
    }
    findings.apply(origin(2, "snv"), &find("huyen.xa", "thiếu")).expect("recorded");
    for number in 0..Findings::AFTER_MAX {
        let number = u8::try_from(number + 10).expect("few");
        findings.apply(origin(number, "huyen.xa"), &answer(2)).expect("answered");
    }
    assert_eq!(findings.apply(origin(200, "huyen.xa"), &answer(2)), Err(GrantFault::TooMany));
    findings.apply(origin(201, "snv"), &close(2)).expect("a close is always taken");
}
