//! Copies of dossiers that leave the system.

use dossier::{DossierId, Timestamp};
use protocol::core::DossierShown;
use serde::{Deserialize, Serialize};

/// In what way a copy leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CopyKind {
    /// On paper, or as text for it.
    Print,
    /// As a file.
    Export,
}

/// A copy that is asked for; to what purpose says the claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyOrder {
    /// Of which dossier.
    pub dossier: DossierId,
    /// In what way.
    pub kind: CopyKind,
}

/// Who took something out, and why, as it stands on the paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Its number: the entry of the node's audit log that records it.
    pub number: String,
    /// Who took it.
    pub person: String,
    /// When, by the node's clock.
    pub at: Timestamp,
    /// To what purpose.
    pub purpose: String,
    /// The number of the document it rests on; empty where none is needed.
    pub document: String,
}

/// A numbered copy, as it leaves the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Who took it, and why.
    pub taken: Taken,
    /// What it holds.
    pub shown: DossierShown,
}
