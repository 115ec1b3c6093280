//! The next org tree, and where nodes are reached: what the register signs beside the member list.

use std::collections::BTreeMap;

use dossier::{
    Timestamp, UnitId,
    unit::{Tier, UnitChange, UnitTree},
};
use protocol::{
    Core, LIMITS, codec,
    control::SignedTree,
    core::Refused,
    member::{ADDRESS_BYTES_MAX, MemberAct, SignedEntry},
};
use serde::{Deserialize, Serialize};

use super::{Office, refuse};

/// Room in a frame beside the tree, in bytes.
const FRAME_REST: usize = 1_024;

/// What the next tree does, told before and after it is issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeReport {
    /// The version in force: the next one when it was issued.
    pub version: u64,
    /// Whether it was issued.
    pub issued: bool,
    /// What changes.
    pub changes: Vec<UnitChange>,
    /// Units whose node gets another superior, and that superior, whose address is not listed.
    pub unreachable: Vec<(UnitId, UnitId)>,
}

impl Office {
    /// Judges the next tree; `dossiers` counts those of each unit.
    ///
    /// # Errors
    /// A refusal for people, which names the unit.
    pub fn judge_tree(
        &self,
        core: &Core,
        tree: &UnitTree,
        dossiers: &BTreeMap<UnitId, u64>,
    ) -> Result<TreeReport, Refused> {
        let present = &core.tree().tree;
        let own = &core.identity().unit;
        if tree.get(own).map(|unit| unit.tier) != Some(Tier::Three) {
            return Err(refuse("tree-province", own));
        }
        for unit in present.units() {
            let has_node = core.members().active_for(&unit.id).is_some();
            match tree.get(&unit.id) {
                None if has_node => return Err(refuse("tree-removes-node", &unit.id)),
                None if dossiers.contains_key(&unit.id) => {
                    return Err(refuse("tree-removes-dossiers", &unit.id));
                }
                Some(next) if has_node && next.tier != unit.tier => {
                    return Err(refuse("tree-tier", &unit.id));
                }
                // What it keeps would be nobody's to work on.
                Some(next)
                    if next.validity.to.is_some()
                        && unit.validity.to.is_none()
                        && dossiers.contains_key(&unit.id) =>
                {
                    return Err(refuse("tree-ends-holder", &unit.id));
                }
                Some(_) | None => {}
            }
        }
        if let Some(unit) = tree.misplaced() {
            return Err(refuse("tree-place", &unit.id));
        }
        Ok(TreeReport {
            version: core.tree().version,
            issued: false,
            changes: present.changes_to(tree),
            unreachable: core.unreachable_in(tree),
        })
    }

    /// Signs the next version.
    ///
    /// # Errors
    /// A refusal when it does not fit into a frame.
    pub fn issue_tree(
        &self,
        core: &Core,
        tree: UnitTree,
        now: Timestamp,
    ) -> Result<SignedTree, Refused> {
        let next = SignedTree::issue(core.tree().version + 1, now, tree, &self.register);
        let bytes = codec::encode(&next).len();
        if bytes + FRAME_REST > LIMITS.frame_bytes_max {
            return Err(refuse("tree-too-large", bytes));
        }
        Ok(next)
    }

    /// The entry that tells where the node of `unit` is reached.
    ///
    /// # Errors
    /// A refusal for people.
    pub fn address(
        &self,
        core: &Core,
        unit: &UnitId,
        address: &str,
        now: Timestamp,
    ) -> Result<SignedEntry, Refused> {
        let member = core.members().active_for(unit).ok_or_else(|| refuse("no-node", unit))?;
        if !is_address(address) {
            return Err(refuse("address", "not host:port"));
        }
        let act = MemberAct::Address { node: member.node, address: address.to_owned() };
        Ok(self.sign(core, now, act))
    }
}

/// Whether a text is `host:port`; names are not looked up.
fn is_address(text: &str) -> bool {
    let host_ok = |host: &str| !host.is_empty() && !host.chars().any(|it| it.is_whitespace());
    text.len() <= ADDRESS_BYTES_MAX
        && !text.chars().any(char::is_control)
        && text.rsplit_once(':').is_some_and(|(host, port)| {
            host_ok(host) && port.parse::<u16>().is_ok_and(|port| port != 0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for sound in ["huyen.hoabinh.gov.vn:7443", "10.0.0.1:1", "[fd00::1]:7443"] {
            assert!(is_address(sound), "{sound}");
        }
        let long = format!("{}:7443", "a".repeat(ADDRESS_BYTES_MAX));
        for wrong in ["", "huyen", ":7443", "huyen:0", "huyen:99999", "a b:1", "a\n:1", &long] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
