//! Which unit keeps the dossier of a person on a list.

use std::collections::BTreeSet;

use dossier::UnitId;
use dossier::unit::{Holding, UnitTree};

/// The unit that keeps the dossiers of `unit`: itself, or the nearest body above that does
/// (Điều 2a, 8).
pub fn keeper<'a>(tree: &'a UnitTree, unit: &UnitId, optional: bool) -> Option<&'a UnitId> {
    let own = tree.get(unit);
    own.into_iter()
        .chain(tree.ancestors(unit))
        .find(|unit| match unit.holds_dossiers {
            Holding::Yes => true,
            Holding::Optional => optional,
            Holding::No => false,
        })
        .map(|unit| &unit.id)
}

/// The unit that keeps a person of `unit` on a list that is imported at `importer`.
///
/// What a unit with a node of its own keeps it enters itself (Điều 9); for those without one the
/// body above keeps it in trust (Điều 7.2, 8.2), from its first day on and for everyone to see.
pub fn custodian<'a>(
    tree: &'a UnitTree,
    unit: &UnitId,
    importer: &'a UnitId,
    optional: bool,
    with_node: &BTreeSet<UnitId>,
) -> &'a UnitId {
    match keeper(tree, unit, optional) {
        Some(keeper) if tree.is_within(keeper, importer) && !with_node.contains(keeper) => importer,
        Some(keeper) => keeper,
        None => importer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str) -> UnitId {
        id.parse().expect("unit")
    }

    #[test]
    fn dossiers_of_an_office_are_kept_by_the_body_above_it() {
        let tree = config::load_tree(&config::Files::embedded()).expect("loads");
        let office = unit("snv.van-phong");
        assert_eq!(keeper(&tree, &office, true), Some(&unit("snv")));
        assert_eq!(keeper(&tree, &unit("snv"), true), Some(&unit("snv")));
        assert_eq!(keeper(&tree, &unit("hoabinh"), true), None);
        let commune =
            tree.units().find(|unit| unit.holds_dossiers == Holding::Optional).expect("a commune");
        assert_eq!(keeper(&tree, &commune.id, true), Some(&commune.id));
        assert_ne!(keeper(&tree, &commune.id, false), Some(&commune.id));
    }

    #[test]
    fn a_unit_without_a_node_is_kept_in_trust_and_one_with_a_node_keeps_itself() {
        let tree = config::load_tree(&config::Files::embedded()).expect("loads");
        let (district, commune, other) = (unit("d150"), unit("d150.04849"), unit("d151"));
        let with_node = [district.clone(), commune.clone()].into();
        let of = |unit: &UnitId| custodian(&tree, unit, &district, true, &with_node).clone();
        assert_eq!((of(&district), of(&commune)), (district.clone(), commune.clone()));
        assert_eq!(of(&unit("d150.04858")), district);
        assert_eq!(of(&other), other, "another district's is not taken");
    }
}
