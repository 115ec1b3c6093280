//! Everyone who should hold a dossier holds the same dossier, and nobody else holds it.

use std::collections::BTreeMap;

use dossier::{DossierId, Hash, UnitId, unit::UnitTree};

/// What one node holds: the keeping unit and the digest of each dossier.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The unit of the node.
    pub unit: UnitId,
    /// Its dossiers.
    pub dossiers: BTreeMap<DossierId, (UnitId, Hash)>,
}

/// Compares every node with the first, which is tier 3's. Where a unit stood under a department in
/// one of the `former` trees, the department may keep what it had; it is not brought up to date. What
/// a body has `lent` a unit to enter into, the unit holds as tier 3 does.
pub fn differences(
    shelves: &[Shelf],
    tree: &UnitTree,
    former: &[UnitTree],
    lent: &dyn Fn(&UnitId, &UnitId) -> bool,
) -> Vec<String> {
    let mut words = Vec::new();
    let Some((top, others)) = shelves.split_first() else { return words };
    for shelf in others {
        let at = &shelf.unit;
        for (dossier, (unit, digest)) in &shelf.dossiers {
            if !tree.is_within(unit, at) && !lent(at, unit) {
                if former.iter().any(|tree| tree.is_within(unit, at)) {
                    continue;
                }
                words.push(format!("{dossier} of {unit} lies at {at}, which may not hold it"));
            }
            match top.dossiers.get(dossier) {
                None => words.push(format!("{dossier} lies at {at} and not at tier 3")),
                Some((_, there)) if there != digest => {
                    words.push(format!("{dossier} differs between {at} and tier 3"));
                }
                Some(_) => {}
            }
        }
        for (dossier, (unit, _)) in &top.dossiers {
            if tree.is_within(unit, at) && !shelf.dossiers.contains_key(dossier) {
                words.push(format!("{dossier} of {unit} is missing at {at}"));
            }
        }
    }
    words
}
