//! No one in without the right: every change in every document, judged again from the bare rules.
//!
//! The rules are written here a second time, as short as a model can be, so that a mistake in the
//! product's one function of rights does not excuse itself. What a change does is read from its
//! edits, when it was made from what it builds on, and what was given by document from what people
//! said: nothing of it is asked of the code that is judged.

mod case;
mod deed;
mod law;
mod papers;

use std::collections::BTreeMap;

use dossier::{NodeId, UnitId, unit::UnitTree};
use protocol::{Fault, Records, holding};

use super::holdings;

pub use case::{Case, Cases, Entry};
pub use deed::Deed;
pub use law::{Stand, may_write};
pub use papers::{Paper, Papers, day_number, may_give};

/// Which unit each node serves.
pub type Members = BTreeMap<NodeId, UnitId>;

/// Changes in a store that nobody had the right to make under any of the org trees there were. Nobody
/// holds a right by document where offices do nothing but enter.
///
/// # Errors
/// The store's.
pub fn unlawful(
    records: &dyn Records,
    members: &Members,
    trees: &[UnitTree],
) -> Result<Vec<String>, Fault> {
    let mut words = Vec::new();
    let papers = Papers::default();
    for (id, holding) in holdings(records)? {
        let Some(opened) = holding::open(records, &id)? else { continue };
        let cases = Cases::of(&opened);
        for change in &cases.anonymous {
            words.push(format!("nobody answers for {change} of {id}"));
        }
        for case in &cases.all {
            let lawful = members.get(&case.author.node).is_some_and(|unit| {
                trees.iter().any(|tree| {
                    let keeper = &holding.unit;
                    let stand =
                        Stand { unit, keeper, dossier: &id, tree, papers: &papers, members };
                    may_write(case, &stand)
                })
            });
            if !lawful {
                words.push(format!("{case} of {id}, kept by {}", holding.unit));
            }
        }
    }
    Ok(words)
}
