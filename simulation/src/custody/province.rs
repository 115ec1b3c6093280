//! Seven machines: units A and B of one department, C of another, the two departments as registrars,
//! the register, and the witness.

use dossier::{
    DossierId, Hash, LegalBasis, NodeId, PartialDate, Timestamp, UnitId,
    custody::CustodyRecord,
    unit::{Holding, Tier, Unit, UnitTree},
    validity::Validity,
};
use protocol::{
    custody::{Province, Signers},
    envelope::SignedCustody,
    member::{MemberAct, MemberEntry, MemberList, SignedEntry},
};

use crate::cores::Notary;

/// The places of the machines.
pub const A: usize = 0;
/// A unit of the same department as [`A`].
pub const B: usize = 1;
/// A unit of the other department.
pub const C: usize = 2;
/// The department of [`A`] and [`B`], their registrar.
pub const K: usize = 3;
/// The department of [`C`], its registrar.
pub const D: usize = 4;
/// The province register.
pub const P: usize = 5;
/// The witness.
pub const W: usize = 6;

/// The units of the machines, by place.
pub const NAMES: [&str; 7] = ["so.a", "so.b", "huyen.c", "so", "huyen", "tier3", "ttcntt"];

/// Who is who.
#[derive(Debug)]
pub struct Folk {
    /// The member list.
    pub members: MemberList,
    /// The org tree.
    pub tree: UnitTree,
    /// The keys, by place.
    pub keys: Vec<Notary>,
}

fn unit(id: &str, parent: Option<&str>, tier: Tier, holds_dossiers: Holding) -> Unit {
    Unit {
        id: named(id),
        parent: parent.map(named),
        tier,
        name: id.to_owned(),
        kind: "x".to_owned(),
        holds_dossiers,
        validity: Validity::default(),
        successor: None,
    }
}

/// A unit by its name.
pub(super) fn named(id: &str) -> UnitId {
    id.parse().expect("an id of letters and dots")
}

/// The node of a place.
pub(super) fn node(place: usize) -> NodeId {
    NodeId::from_slice(&Hash::of(NAMES[place].as_bytes()).as_bytes()[..16]).expect("16 bytes")
}

/// The place of a node.
pub(super) fn place_of(id: &NodeId) -> Option<usize> {
    (0..NAMES.len()).find(|place| node(*place) == *id)
}

impl Folk {
    /// The seven, just enrolled.
    ///
    /// # Panics
    /// Never: the tree has one root and the list links.
    pub fn new() -> Self {
        let shared = Notary::new("register");
        let keys: Vec<Notary> = NAMES.iter().map(|name| shared.beside(name)).collect();
        let tree = UnitTree::new(vec![
            unit("tinh", None, Tier::Province, Holding::No),
            unit("tier3", Some("tinh"), Tier::Three, Holding::No),
            unit("ttcntt", Some("tier3"), Tier::Two, Holding::No),
            unit("so", Some("tier3"), Tier::Two, Holding::Yes),
            unit("huyen", Some("tier3"), Tier::Two, Holding::Yes),
            unit("so.a", Some("so"), Tier::One, Holding::Yes),
            unit("so.b", Some("so"), Tier::One, Holding::Yes),
            unit("so.phong", Some("so"), Tier::One, Holding::No),
            unit("huyen.c", Some("huyen"), Tier::One, Holding::Yes),
        ]);
        let mut members = MemberList::default();
        let mut previous = Hash::ZERO;
        for (place, name) in NAMES.iter().enumerate() {
            let act = MemberAct::Enrol {
                node: node(place),
                unit: named(name),
                change_key: keys[place].public(),
                tls_key: Hash::of(name.as_bytes()),
            };
            let (number, at) = (place as u64 + 1, Timestamp::from_millis(0));
            let signed = SignedEntry::issue(MemberEntry { number, previous, at, act }, &shared);
            previous = signed.hash();
            members.push(&signed, &shared.public(), &shared).expect("continues the list");
        }
        Self { members, tree: tree.expect("a tree with one root"), keys }
    }

    /// The province as the machines see it.
    ///
    /// # Panics
    /// Never: the day is one.
    pub fn province(&self) -> Province<'_> {
        Province {
            signers: Signers { members: &self.members, register: node(P), witness: node(W) },
            tree: &self.tree,
            optional_holders: true,
            today: PartialDate::day(2026, 3, 2).expect("a day"),
        }
    }

    /// The record that opens a dossier at a place.
    pub(super) fn genesis(&self, dossier: DossierId, place: usize) -> SignedCustody {
        let unit = named(NAMES[place]);
        let registrar = self.province().registrar(&unit);
        let at = Timestamp::from_millis(0);
        let record = CustodyRecord::genesis(dossier, unit, registrar, decision(0), at);
        SignedCustody::issue(record, node(place), &self.keys[place])
    }
}

impl Default for Folk {
    fn default() -> Self {
        Self::new()
    }
}

/// A decision of a state body.
pub(super) fn decision(number: u64) -> LegalBasis {
    LegalBasis::Decision {
        issuer: "UBND".to_owned(),
        number: format!("{number}/QĐ-UBND"),
        signed_on: PartialDate::day(2026, 3, 2).expect("a day"),
        effective_on: None,
        scan: None,
    }
}
