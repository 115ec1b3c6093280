//! What can be wrong with a log.

use dossier::NodeId;
use serde::Serialize;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Finding {
    /// The bytes of an entry are not those that were recorded.
    Altered {
        /// The node whose log it is.
        node: NodeId,
        /// The entry.
        sequence: u64,
    },
    /// Entries are missing.
    Missing {
        /// The node whose log it is.
        node: NodeId,
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// There are more entries than the log claims.
    Surplus {
        /// The node whose log it is.
        node: NodeId,
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// An entry stands there twice.
    Repeated {
        /// The node whose log it is.
        node: NodeId,
        /// The entry.
        sequence: u64,
    },
    /// An entry stands behind one that came after it.
    OutOfOrder {
        /// The node whose log it is.
        node: NodeId,
        /// The entry.
        sequence: u64,
        /// What stands before it.
        after: u64,
    },
    /// The log is not the one that its node signed.
    Rewritten {
        /// The node whose log it is.
        node: NodeId,
        /// The last entry that a signature covers.
        after: u64,
        /// The entry at which the signature does not fit.
        to: u64,
    },
    /// The newest entries are covered by no signature of the node.
    Uncovered {
        /// The node whose log it is.
        node: NodeId,
        /// The last entry that is covered.
        after: u64,
        /// The last entry.
        to: u64,
    },
    /// A witness holds another log up to this size.
    Replaced {
        /// The node whose log it is.
        node: NodeId,
        /// The size at which they differ.
        size: u64,
        /// The witness.
        holder: NodeId,
    },
    /// A witness was shown a longer log: the end was cut off, or an old copy put in its place.
    Cut {
        /// The node whose log it is.
        node: NodeId,
        /// Entries found.
        size: u64,
        /// Entries the witness was shown.
        witnessed: u64,
        /// The witness.
        holder: NodeId,
    },
    /// The node signed two different logs of one size.
    TwoLogs {
        /// The node whose log it is.
        node: NodeId,
        /// The size.
        size: u64,
        /// Who was shown each.
        shown: [NodeId; 2],
    },
    /// A checkpoint without a true signature of its node.
    CheckpointUnsigned {
        /// The node it names.
        node: NodeId,
        /// The size it names.
        size: u64,
    },
    /// A checkpoint stands at another place than its size.
    CheckpointMisplaced {
        /// The node it names.
        node: NodeId,
        /// The size it names.
        size: u64,
    },
    /// A witness's signature is false.
    CosignatureFalse {
        /// The node whose checkpoint it is.
        node: NodeId,
        /// Its size.
        size: u64,
        /// The witness that is named.
        by: NodeId,
    },
    /// The audit key of the package does not open an entry, or it is not what it says.
    Unreadable {
        /// The node whose log it is.
        node: NodeId,
        /// The entry.
        sequence: u64,
    },
    /// Time goes back and no step of the clock was recorded.
    TimeBack {
        /// The node whose log it is.
        node: NodeId,
        /// The entry.
        sequence: u64,
    },
    /// The package itself does not hold.
    Package {
        /// The stable name of what is wrong.
        what: &'static str,
        /// The line, from 1; 0 for the whole.
        line: u64,
    },
}

/// What was found: the first of it, and how much.
#[derive(Debug, Default)]
pub struct Findings {
    first: Vec<Finding>,
    count: u64,
}

impl Findings {
    /// The most that are kept.
    pub const KEPT: usize = 200;

    pub(super) fn add(&mut self, finding: Finding) {
        self.count += 1;
        if self.first.len() < Self::KEPT {
            self.first.push(finding);
        }
    }

    /// The first findings, in the order in which they were met.
    pub fn first(&self) -> &[Finding] {
        &self.first
    }

    /// How many there are in all.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.count == 0
    }
}
