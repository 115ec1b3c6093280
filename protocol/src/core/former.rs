//! The org trees of the past: what a department wrote while a unit stood under it stays lawful when
//! the unit has moved, and what it could not send before it heard of the move is still taken in.
//!
//! **Invariant:** a node says of itself no higher tree than the one up to which it knows them all,
//! so that whoever knows more sends it those between.

use std::collections::BTreeSet;

use dossier::{UnitId, unit::UnitTree};

use super::control;
use crate::{Fault, Op, Records, Table, codec, control::SignedTree};

/// Before the version in the key of a former tree among the control records.
const KEY: &[u8] = b"tree/";

/// The trees before the present one, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Former {
    /// Versions that are known, the present one among them.
    versions: BTreeSet<u64>,
    /// Those under which units stood otherwise than they do.
    trees: Vec<UnitTree>,
}

impl Former {
    pub(super) fn read(records: &dyn Records, present: &SignedTree) -> Result<Self, Fault> {
        let mut former = Self { versions: BTreeSet::from([present.version]), trees: Vec::new() };
        for (_, row) in records.scan(Table::Control, KEY, None, usize::MAX)? {
            former.add(&control::decode_tree(&row)?, present);
        }
        Ok(former)
    }

    /// Takes note of a tree that was in force before `present`, or before one that was.
    pub(super) fn add(&mut self, former: &SignedTree, present: &SignedTree) {
        self.versions.extend([former.version, present.version]);
        if !stand_alike(&former.tree, &present.tree) {
            self.trees.push(former.tree.clone());
        }
    }

    /// Version of the newest tree up to which all are known.
    pub(super) fn complete(&self) -> u64 {
        (1..).take_while(|version| self.versions.contains(version)).last().unwrap_or(0)
    }

    pub(super) fn trees(&self) -> &[UnitTree] {
        &self.trees
    }

    /// Whether `unit` ever stood within `scope`.
    pub(super) fn held_within(&self, unit: &UnitId, scope: &UnitId) -> bool {
        self.trees.iter().any(|tree| tree.is_within(unit, scope))
    }
}

/// The row of a former tree.
pub(super) fn former_op(signed: &SignedTree) -> Op {
    Op::put(Table::Control, key(signed.version), codec::encode(signed))
}

/// A tree of the past by its version.
pub(super) fn read_former(
    records: &dyn Records,
    version: u64,
) -> Result<Option<SignedTree>, Fault> {
    let row = records.get(Table::Control, &key(version))?;
    row.map(|bytes| control::decode_tree(&bytes)).transpose()
}

fn key(version: u64) -> Vec<u8> {
    [KEY, &version.to_be_bytes()].concat()
}

/// Whether every unit of `one` has in `other` the same tier, the same unit above it and the same
/// right to keep dossiers: all that the law asks of a tree.
fn stand_alike(one: &UnitTree, other: &UnitTree) -> bool {
    one.units().all(|unit| {
        other.get(&unit.id).is_some_and(|it| {
            it.parent == unit.parent
                && it.tier == unit.tier
                && it.holds_dossiers == unit.holds_dossiers
        })
    })
}

#[cfg(test)]
mod tests {
    use dossier::unit::{Holding, Tier, Unit};
    use dossier::validity::Validity;

    use super::*;

    fn tree(holds_dossiers: Holding) -> UnitTree {
        let unit = |name: &str, parent: Option<&str>, tier, holds_dossiers| Unit {
            id: name.parse().expect("unit id"),
            parent: parent.map(|name| name.parse().expect("unit id")),
            tier,
            name: name.to_owned(),
            kind: "x".to_owned(),
            holds_dossiers,
            validity: Validity::ALWAYS,
            successor: None,
        };
        let units = vec![
            unit("tinh", None, Tier::Province, Holding::No),
            unit("snv", Some("tinh"), Tier::Three, Holding::Yes),
            unit("huyen", Some("snv"), Tier::Two, Holding::Yes),
            unit("huyen.xa", Some("huyen"), Tier::One, holds_dossiers),
        ];
        UnitTree::new(units).expect("a tree")
    }

    #[test]
    fn a_tree_under_which_a_unit_kept_dossiers_is_remembered() {
        assert!(stand_alike(&tree(Holding::Yes), &tree(Holding::Yes)));
        assert!(!stand_alike(&tree(Holding::Yes), &tree(Holding::No)));
    }
}
