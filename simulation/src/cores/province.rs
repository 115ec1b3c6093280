//! The province of layer 1: tier 3, two departments, three units below them.

use std::sync::{Arc, LazyLock};

use dossier::{
    Edit, Hash, LegalBasis, NodeId, PartialDate, Review, Role, Value,
    form::Sides,
    unit::{Holding, Tier, Unit, UnitTree},
    validity::Validity,
};
use protocol::envelope::Meta;

/// Place of the node of tier 3.
pub const PROVINCE: usize = 0;
/// Place of the node of a department.
pub const SO: usize = 1;
/// Place of the node of another department.
pub const HUYEN: usize = 2;
/// Place of a node below [`SO`].
pub const A: usize = 3;
/// Place of another node below [`SO`].
pub const B: usize = 4;
/// Place of a node below [`HUYEN`], whose unit may move.
pub const C: usize = 5;

/// The units of the first nodes, by place.
pub const UNITS: [&str; 6] = ["tier3", "so", "huyen", "so.a", "so.b", "c"];

fn unit(id: &str, parent: Option<&str>, tier: Tier, holds: Holding) -> Unit {
    Unit {
        id: id.parse().expect("an id of letters and dots"),
        parent: parent.map(|parent| parent.parse().expect("an id of letters and dots")),
        tier,
        name: id.to_owned(),
        kind: "x".to_owned(),
        holds_dossiers: holds,
        validity: Validity::default(),
        successor: None,
    }
}

/// The org tree in which unit `c` stands under `parent_of_c`.
///
/// # Panics
/// When that is no unit of the tree.
pub fn tree(parent_of_c: &str) -> UnitTree {
    let units = vec![
        unit("tinh", None, Tier::Province, Holding::No),
        unit("tier3", Some("tinh"), Tier::Three, Holding::No),
        unit("so", Some("tier3"), Tier::Two, Holding::Yes),
        unit("huyen", Some("tier3"), Tier::Two, Holding::Yes),
        unit("so.a", Some("so"), Tier::One, Holding::Yes),
        unit("so.b", Some("so"), Tier::One, Holding::Yes),
        unit("c", Some(parent_of_c), Tier::One, Holding::Yes),
        unit("so.d", Some("so"), Tier::One, Holding::Yes),
        unit("so.phong", Some("so"), Tier::One, Holding::No),
    ];
    UnitTree::new(units).expect("a tree with one root")
}

/// The id of the node that was first named `name`.
pub fn node_id(name: &str) -> NodeId {
    NodeId::from_slice(&Hash::of(name.as_bytes()).as_bytes()[..16]).expect("16 bytes")
}

/// An edit that writes a text.
///
/// # Panics
/// When `field` is no name of a field.
pub fn set(field: &str, text: &str) -> Edit {
    Edit::Set { field: field.parse().expect("a field"), value: Value::Text(text.to_owned()) }
}

/// Which side changes which field, by the form of the program.
pub fn sides() -> Arc<Sides> {
    static SIDES: LazyLock<Arc<Sides>> =
        LazyLock::new(|| Arc::new(config::load_sides().expect("the embedded form is one")));
    Arc::clone(&SIDES)
}

/// What a clerk of `who` says beside a change.
pub fn meta(who: &str) -> Meta {
    let basis = LegalBasis::Correction { reason: format!("ghi tại {who}") };
    Meta {
        person: format!("cán bộ {who}"), role: Role::Clerk, basis, review: Review::NotRequired
    }
}

/// What is declared by the person, and what is decided on her.
///
/// # Panics
/// Never: the days are days.
pub fn grounds(declared: bool) -> LegalBasis {
    let signed_on = PartialDate::day(2026, 1, 5).expect("a day");
    if declared {
        return LegalBasis::Declaration { signed_on };
    }
    LegalBasis::Decision {
        issuer: "UBND".to_owned(),
        number: "45/QĐ-UBND".to_owned(),
        signed_on,
        effective_on: None,
        scan: None,
    }
}
