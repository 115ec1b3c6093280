//! What is asked of a node about the catalog of kinds of change, and what it answers (Điều 9.2 a).

use dossier::{
    Hash,
    change_kind::{AddedKind, NewKind},
};
use serde::{Deserialize, Serialize};

/// An order or a question about the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum KindOrder {
    /// Add a kind, by tier 3. Who enters it is the person of the session.
    Add(Box<NewKind>),
    /// The kinds that were added.
    List,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum KindAnswer {
    /// The kind is signed, durable and on its way.
    Added(Hash),
    /// Every kind that was added, by its code.
    List(Vec<(String, AddedKind)>),
}
