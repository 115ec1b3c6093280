//! No one in without the right: every change in every document, judged again from the bare rules.
//!
//! The rules are written here a second time, as short as a model can be, so that a mistake in the
//! product's one function of rights does not excuse itself.

use std::collections::BTreeMap;

use dossier::{
    LegalBasis, NodeId, Role, UnitId,
    unit::{Tier, UnitTree},
};
use protocol::{Fault, Records, envelope::Meta, holding};

use super::holdings;

/// Which unit each node serves.
pub type Members = BTreeMap<NodeId, UnitId>;

/// Changes in a store that nobody had the right to make under any of the org trees there were.
///
/// # Errors
/// The store's.
pub fn unlawful(
    records: &dyn Records,
    members: &Members,
    trees: &[UnitTree],
) -> Result<Vec<String>, Fault> {
    let mut words = Vec::new();
    for (id, holding) in holdings(records)? {
        let Some(opened) = holding::open(records, &id)? else { continue };
        for change in opened.document.changes() {
            let lawful = opened.provenance(change).is_some_and(|(author, meta)| {
                members.get(&author.node).is_some_and(|unit| {
                    trees.iter().any(|tree| may_write(unit, &holding.unit, meta, tree))
                })
            });
            if !lawful {
                words.push(format!("{} of {id}, kept by {}", change.hash, holding.unit));
            }
        }
    }
    Ok(words)
}

/// Điều 7, 9, 16: a unit writes in its own dossiers, a department in those under it, by the hand of
/// a clerk or an approver; tier 3 corrects, by its administrator, on stated grounds.
pub fn may_write(author: &UnitId, keeper: &UnitId, meta: &Meta, tree: &UnitTree) -> bool {
    let Some(own) = tree.get(author) else { return false };
    let enters = matches!(meta.role, Role::Clerk | Role::Approver);
    let grounds = matches!(meta.basis, LegalBasis::Correction { .. } | LegalBasis::Decision { .. });
    let named = !meta.person.trim().is_empty();
    let mut above = Some(keeper.clone());
    let mut is_above = false;
    while let Some(unit) = above {
        is_above |= unit == *author;
        above = tree.get(&unit).and_then(|unit| unit.parent.clone());
    }
    named
        && match own.tier {
            Tier::One => author == keeper && enters,
            Tier::Two => is_above && enters,
            Tier::Three => is_above && meta.role == Role::Administrator && grounds,
            Tier::Province => false,
        }
}
