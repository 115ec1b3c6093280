//! The table role x action x scope, written out so that a person can read the law in it.

use std::fmt::Write as _;

use super::*;

fn id(text: &str) -> UnitId {
    text.parse().expect("unit id")
}

fn tree() -> UnitTree {
    let unit = |name: &str, parent: Option<&str>, tier: u8, holds_dossiers| crate::unit::Unit {
        id: id(name),
        parent: parent.map(id),
        tier: Tier::try_from(tier).expect("tier"),
        name: name.to_owned(),
        kind: "so".to_owned(),
        holds_dossiers,
        validity: crate::validity::Validity::ALWAYS,
        successor: None,
    };
    UnitTree::new(vec![
        unit("tinh", None, 0, Holding::No),
        unit("tier3", Some("tinh"), 3, Holding::No),
        unit("huyen", Some("tier3"), 2, Holding::Yes),
        unit("huyen.truong", Some("huyen"), 1, Holding::Yes),
        unit("huyen.xa", Some("huyen"), 1, Holding::Optional),
        unit("huyen.phong", Some("huyen"), 1, Holding::No),
        unit("huyen.khac", Some("huyen"), 1, Holding::Yes),
        unit("so", Some("tier3"), 2, Holding::Yes),
    ])
    .expect("tree")
}

fn actor(unit: &str, role: Role) -> Actor {
    let node = NodeId::from_bytes([1; 16]);
    Actor { node, unit: id(unit), role, person: "Nguyễn Văn A".to_owned() }
}

fn correction() -> LegalBasis {
    LegalBasis::Correction { reason: "gõ nhầm".to_owned() }
}

fn actions() -> [(&'static str, Action); 9] {
    [
        ("create", Action::CreateDossier { unit: id("huyen.truong") }),
        ("read", Action::ReadDossier),
        ("edit_state", Action::EditState),
        ("edit_personal", Action::EditPersonal),
        ("correct", Action::Correct { basis: correction() }),
        ("review", Action::ReviewMark),
        ("status", Action::ReadStatus),
        ("members", Action::ManageMembers),
        ("tree", Action::ManageTree),
    ]
}

/// Every answer about a dossier of `huyen.truong`; `+` is yes.
fn matrix() -> String {
    let (tree, keeper) = (tree(), id("huyen.truong"));
    let authority = Authority {
        tree: &tree,
        custodian: Some(&keeper),
        allow_optional_holders: true,
        granted: &Granted::NOTHING,
    };
    let mut table = String::new();
    for (place, unit) in [
        ("own unit", "huyen.truong"),
        ("tier 2 above", "huyen"),
        ("tier 3", "tier3"),
        ("sibling", "huyen.khac"),
        ("other tier 2", "so"),
        ("province", "tinh"),
    ] {
        for role in [Role::Clerk, Role::Approver, Role::Administrator] {
            let _ = write!(table, "{place}, {role:?}:");
            for (name, action) in actions() {
                let answer = authorize(&action, &actor(unit, role), &authority);
                let _ = match answer {
                    Ok(()) => write!(table, " +{name}"),
                    Err(refusal) => write!(table, " {name}={refusal}"),
                };
            }
            table.push('\n');
        }
    }
    table
}

#[test]
fn the_matrix_of_rights() {
    assert_eq!(matrix(), include_str!("matrix.txt"));
}

#[test]
fn only_units_that_keep_dossiers_get_them() {
    let tree = tree();
    let answer = |actor_unit: &str, unit: &str, allow_optional_holders| {
        let authority = Authority {
            tree: &tree,
            custodian: None,
            allow_optional_holders,
            granted: &Granted::NOTHING,
        };
        let action = Action::CreateDossier { unit: id(unit) };
        authorize(&action, &actor(actor_unit, Role::Clerk), &authority)
    };
    assert_eq!(answer("huyen.xa", "huyen.xa", true), Ok(()));
    assert_eq!(answer("huyen.xa", "huyen.xa", false), Err(Refusal::DoesNotHold));
    assert_eq!(answer("huyen", "huyen.phong", true), Err(Refusal::DoesNotHold));
    assert_eq!(answer("huyen", "huyen", false), Ok(()));
    assert_eq!(answer("huyen", "mat", true), Err(Refusal::ForeignUnit));
    assert_eq!(answer("mat", "mat", true), Err(Refusal::UnknownUnit));
}

#[test]
fn a_correction_without_grounds_is_refused() {
    let (tree, keeper) = (tree(), id("huyen.truong"));
    let authority = Authority {
        tree: &tree,
        custodian: Some(&keeper),
        allow_optional_holders: true,
        granted: &Granted::NOTHING,
    };
    let signed_on = "2024-01-02".parse().expect("date");
    for basis in
        [LegalBasis::Declaration { signed_on }, LegalBasis::Correction { reason: "  ".to_owned() }]
    {
        let action = Action::Correct { basis };
        let answer = authorize(&action, &actor("tier3", Role::Administrator), &authority);
        assert_eq!(answer, Err(Refusal::BasisRequired));
    }
    let none = Authority { custodian: None, ..authority };
    let answer = authorize(&Action::ReadDossier, &actor("huyen", Role::Clerk), &none);
    assert_eq!(answer, Err(Refusal::NoDossier));
}

#[test]
fn refusals_speak_by_code_and_in_vietnamese() {
    for refusal in [Refusal::ForeignUnit, Refusal::DoesNotHold, Refusal::TierThreeOnly] {
        let json = serde_json::to_string(&refusal).expect("serialises");
        assert_eq!(json, format!("\"{}\"", refusal.code()));
        assert!(refusal.message_vi().ends_with('.'));
    }
}
