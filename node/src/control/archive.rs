//! What is asked of tier 3 about the long-term archive, and what it answers (Điều 7.3, 11.1).

use dossier::{DossierId, account::Paper};
use protocol::archive::{ArchiveEntry, ArchiveFault};
use serde::{Deserialize, Serialize};

/// An order or a question about the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArchiveOrder {
    /// Adds a copy of a dossier.
    Take {
        /// Which.
        dossier: DossierId,
        /// The document by which it is archived.
        document: Paper,
    },
    /// What is archived.
    List,
    /// Whether each copy is what was archived.
    Check,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArchiveAnswer {
    /// The copy is durable.
    Taken(ArchiveEntry),
    /// The entries in their order.
    List {
        /// Those that can be read.
        entries: Vec<ArchiveEntry>,
        /// What is wrong, by number.
        faults: Vec<(u64, ArchiveFault)>,
        /// Whether each copy was checked.
        checked: bool,
    },
}
