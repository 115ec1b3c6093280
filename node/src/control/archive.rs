//! What is asked of tier 3 about the long-term archive, and what it answers (Điều 7.3, 11.1).

use dossier::{DossierId, account::Paper, attachment::Content};
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
    /// A page of what is archived.
    List {
        /// Continue after this number.
        after: u64,
    },
    /// The same, and whether each copy is what was archived, its files included.
    Check {
        /// Continue after this number.
        after: u64,
    },
}

/// A file that belongs to an archived copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedFile {
    /// The number of the copy.
    pub number: u64,
    /// The dossier.
    pub dossier: DossierId,
    /// Its content, by which it is read.
    pub content: Content,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArchiveAnswer {
    /// The copy is durable.
    Taken(ArchiveEntry),
    /// A page of entries.
    List(ArchivePage),
}

/// A page of the archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivePage {
    /// Those that can be read, in their order.
    pub entries: Vec<ArchiveEntry>,
    /// What is wrong, by number.
    pub faults: Vec<(u64, ArchiveFault)>,
    /// Whether each copy was checked.
    pub checked: bool,
    /// Files that are still to be read; their keys never leave the node.
    #[serde(skip)]
    pub files: Vec<ArchivedFile>,
    /// Continue after this number; `None` at the end.
    pub next: Option<u64>,
}
