//! The papers of a province, carried with each file so that it can be checked alone.

use protocol::codec;
use serde::{Deserialize, Serialize};

use super::Unsound;
use crate::{
    audit::package::Hex,
    proof::{self, Judged, Papers},
};

/// Root certificate, charter, member list and org tree; binary values are lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PapersFile {
    /// The root certificate, PEM.
    root: String,
    /// The charter that names the register key, JSON.
    charter: String,
    /// The entries of the member list.
    members: Vec<Hex>,
    /// The org tree.
    tree: Hex,
}

impl PapersFile {
    /// Writes the papers down.
    pub fn new(papers: Papers) -> Self {
        Self {
            root: papers.root,
            charter: papers.charter,
            members: papers.members.iter().map(|entry| Hex(codec::encode(entry))).collect(),
            tree: Hex(codec::encode(&papers.tree)),
        }
    }

    /// Checks them against one another.
    pub(super) fn judge(&self) -> Result<Judged, Unsound> {
        Ok(proof::judge(&self.root, &self.charter, &self.members, &self.tree)?)
    }
}
