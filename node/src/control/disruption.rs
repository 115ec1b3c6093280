//! What is asked of a node about incidents of the system, and what it answers (Điều 14.7).

use dossier::{
    Hash,
    disruption::{DisruptionAct, Kept},
};
use serde::{Deserialize, Serialize};

/// An order or a question about incidents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisruptionOrder {
    /// An act of tier 3. Who enters it is the person of the session.
    Act(Box<DisruptionAct>),
    /// Every incident this node knows.
    List,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisruptionAnswer {
    /// The act is signed, durable and on its way; the incident it is about.
    Acted(Hash),
    /// Every incident.
    List(Vec<(Hash, Kept)>),
}
