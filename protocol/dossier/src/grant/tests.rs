use std::collections::BTreeSet;

use jiff::civil::date;

use super::*;
use crate::account::Paper;
use crate::unit::{Holding, Tier, Unit};
use crate::validity::Validity;

mod laws;
mod merging;
mod seeing;

pub(crate) fn unit(text: &str) -> UnitId {
    text.parse().expect("unit id")
}

pub(crate) fn dossier(number: u8) -> DossierId {
    DossierId::from_bytes([number; 16])
}

pub(crate) fn id(number: u8) -> Hash {
    Hash::from_bytes([number; 32])
}

/// Noon of a day of March 2026 in Vietnam.
pub(crate) fn noon(day: i64) -> Timestamp {
    Timestamp::from_millis(1_772_341_200_000 + (day - 1) * 86_400_000)
}

pub(crate) fn march(day: i8) -> Today {
    Today::certain(date(2026, 3, day))
}

pub(crate) fn period(from: &str, to: &str) -> Period {
    Period { from: from.parse().expect("a day"), to: to.parse().expect("a day") }
}

pub(crate) fn tree() -> UnitTree {
    standing(&[])
}

/// The tree with one unit under another.
pub(super) fn moved(name: &str, to: &str) -> UnitTree {
    standing(&[(name, to)])
}

fn standing(moves: &[(&str, &str)]) -> UnitTree {
    let unit = |name: &str, parent: Option<&str>, tier| Unit {
        id: unit(name),
        parent: moves
            .iter()
            .find(|(moved, _)| *moved == name)
            .map_or(parent.map(unit), |(_, to)| Some(unit(to))),
        tier,
        name: name.to_owned(),
        kind: "x".to_owned(),
        holds_dossiers: Holding::Yes,
        validity: Validity::ALWAYS,
        successor: None,
    };
    let units = vec![
        unit("tinh", None, Tier::Province),
        unit("snv", Some("tinh"), Tier::Three),
        unit("huyen", Some("snv"), Tier::Two),
        unit("huyen.truong", Some("huyen"), Tier::One),
        unit("huyen.xa", Some("huyen"), Tier::One),
        unit("so", Some("snv"), Tier::Two),
        unit("so.a", Some("so"), Tier::One),
    ];
    UnitTree::new(units).expect("a tree")
}

pub(crate) fn officer(name: &str, login: Option<&str>) -> Officer {
    let login = login.map(|it| it.parse().expect("login"));
    Officer { full_name: name.to_owned(), login }
}

pub(crate) fn person(at: &str, login: &str) -> Grantee {
    Grantee::Person { unit: unit(at), login: login.parse().expect("login") }
}

pub(crate) fn giving(kind: GrantKind, grantee: Grantee, units: &[&str], dossiers: &[u8]) -> Giving {
    Giving {
        kind,
        document: Paper { number: "12/GP".to_owned(), signed_on: "2026-03-01".parse().expect("") },
        issuer: "UBND huyện".to_owned(),
        by: officer("Hà Văn Tú", Some("tu.hv")),
        grantee,
        scope: Scope {
            units: units.iter().map(|it| unit(it)).collect(),
            dossiers: dossiers.iter().map(|it| dossier(*it)).collect(),
            sections: BTreeSet::new(),
        },
        period: period("2026-03-02", "2026-03-20"),
        purpose: "xác minh lý lịch".to_owned(),
    }
}

pub(crate) fn consent() -> Giving {
    giving(GrantKind::Consent, person("so", "hoa.lt"), &["huyen.truong"], &[1, 2])
}

pub(crate) fn delegation() -> Giving {
    giving(GrantKind::Delegation, Grantee::Unit(unit("huyen.xa")), &["huyen"], &[])
}

pub(crate) fn order() -> Giving {
    giving(GrantKind::Correction, Grantee::Unit(unit("snv")), &["huyen.truong"], &[1])
}

/// A district may take copies of its dossiers by the dozen.
pub(crate) fn copies() -> Giving {
    giving(GrantKind::BulkCopies, Grantee::Unit(unit("huyen")), &["huyen"], &[])
}

pub(crate) fn origin(number: u8, from: &str, day: i64) -> Origin {
    Origin { id: id(number), unit: unit(from), at: noon(day) }
}

pub(crate) fn end(grant: u8) -> GrantAct {
    GrantAct::End { grant: id(grant), reason: "xong việc".to_owned(), by: officer("Tú", None) }
}

pub(crate) fn narrow(grant: u8, scope: Option<Scope>, period: Option<Period>) -> GrantAct {
    let document = Paper { number: "13/GP".to_owned(), signed_on: "2026-03-05".parse().expect("") };
    GrantAct::Narrow { grant: id(grant), scope, period, document, by: officer("Tú", None) }
}

pub(crate) fn confirm(grant: u8, login: Option<&str>) -> GrantAct {
    GrantAct::Confirm { grant: id(grant), by: officer("Lò Thị Hoa", login) }
}

pub(crate) fn book(given: Giving, from: &str) -> Grants {
    let mut grants = Grants::default();
    grants.apply(origin(1, from, 1), &GrantAct::Give(given)).expect("given");
    grants
}
