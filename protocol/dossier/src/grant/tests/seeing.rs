//! Who may see a dossier, and what a person may see.

use super::*;
use crate::account::{
    AccountAct, Accounts, Activation, Assigning, Decision, Person, Place, Right, Rights,
};
use crate::{PartialDate, Role};

fn accounts() -> Accounts {
    let mut accounts = Accounts::default();
    let on = |text: &str| -> PartialDate { text.parse().expect("a day") };
    let assign = |at: &str, login: &str, code: u8| {
        AccountAct::Assign(Assigning {
            unit: unit(at),
            person: Person {
                login: login.parse().expect("login"),
                full_name: format!("Người {login}"),
                role: Role::Clerk,
            },
            decision: Decision {
                number: format!("7/QĐ-{login}"),
                signed_on: on("2026-01-05"),
                issuer: "UBND".to_owned(),
            },
            validity: Validity { from: None, to: Some(on("2026-03-15")) },
            activation: Activation { code: id(code), until: Timestamp::from_millis(3_600_000) },
        })
    };
    let issue = |at: &str| AccountAct::Issue {
        unit: unit(at),
        rights: Rights { acts: [Right::Read, Right::Enter].into(), scope: BTreeSet::new() },
        agreement: None,
    };
    let document = Paper { number: "1/UQ".to_owned(), signed_on: on("2026-01-05") };
    let acts = [
        AccountAct::DelegateAdministration { document, scope: "toàn tỉnh".to_owned() },
        issue("huyen.truong"),
        issue("huyen"),
        issue("so"),
        assign("huyen.truong", "truong.tv", 1),
        assign("huyen", "huyen.tv", 2),
        assign("so", "hoa.lt", 3),
    ];
    for (number, act) in (1..).zip(&acts) {
        let place = Place { number, at: Timestamp::from_millis(1) };
        accounts.apply(place, act).expect("lawful");
    }
    accounts
}

fn said(access: &[Access]) -> Vec<String> {
    let grantee = |grantee: &Grantee| match grantee {
        Grantee::Unit(unit) => unit.to_string(),
        Grantee::Person { login, .. } => login.to_string(),
        Grantee::Outsider { full_name, .. } => full_name.clone(),
    };
    let ground = |ground: &Ground| match ground {
        Ground::Assignment { decision } => format!("assigned by {decision}"),
        Ground::BodyAbove { decision } => format!("above, by {decision}"),
        Ground::NoAccountYet => "no account".to_owned(),
        Ground::Grant { kind, document, .. } => format!("{} {document}", kind.code()),
    };
    access.iter().map(|it| format!("{}: {}", grantee(&it.grantee), ground(&it.ground))).collect()
}

#[test]
fn who_may_see_is_told_with_the_ground() {
    let (tree, accounts) = (tree(), accounts());
    let mut grants = book(consent(), "huyen");
    let mission = giving(
        GrantKind::Mission,
        Grantee::Outsider { full_name: "Đinh Văn Lực".to_owned(), papers: "GT 5".to_owned() },
        &["huyen"],
        &[],
    );
    grants.apply(origin(2, "snv", 2), &GrantAct::Give(mission)).expect("given");
    let shows =
        |day| Shows { accounts: &accounts, grants: &grants, tree: &tree, today: march(day) };
    let seen = who(&dossier(1), &unit("huyen.truong"), shows(10));
    assert_eq!(
        said(&seen),
        [
            "snv: no account",
            "huyen.tv: above, by 7/QĐ-huyen.tv",
            "truong.tv: assigned by 7/QĐ-truong.tv",
            "hoa.lt: consent 12/GP",
            "Đinh Văn Lực: mission 12/GP",
        ]
    );
    // Another dossier of the same school: the consent does not name it.
    assert_eq!(said(&who(&dossier(9), &unit("huyen.truong"), shows(10))).len(), 4);
    // The days of the assignments are over; those of the grants are not.
    let later = said(&who(&dossier(1), &unit("huyen.truong"), shows(16)));
    assert_eq!(later, ["snv: no account", "hoa.lt: consent 12/GP", "Đinh Văn Lực: mission 12/GP"]);
    assert_eq!(said(&who(&dossier(1), &unit("huyen.truong"), shows(21))), ["snv: no account"]);

    let reach = shows(10).what(&"hoa.lt".parse().expect("login"));
    assert_eq!(reach.len(), 2);
    assert_eq!(reach[0].units, [BTreeSet::from([unit("so")])]);
    assert_eq!(reach[1].dossiers, BTreeSet::from([dossier(1), dossier(2)]));
    assert!(shows(21).what(&"hoa.lt".parse().expect("login")).is_empty());
    assert!(shows(10).what(&"ai.do".parse().expect("login")).is_empty());
}
