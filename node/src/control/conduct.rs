//! What is asked of a node about how the regulation is kept, and what it answers (Điều 12.3, 15.3,
//! 15.4, 16.3, 16.4).

use dossier::{
    Hash, Timestamp, UnitId,
    conduct::{ConductAct, Regulation, Ticket},
};
use serde::{Deserialize, Serialize};

/// An order or a question about duties, internal rules, problems and proposals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConductOrder {
    /// A statement of the node's unit. Who makes it is the person of the session.
    Act(Box<ConductAct>),
    /// Every problem and proposal this node knows.
    Tickets,
    /// The rules of bodies this node knows.
    Regulations,
    /// How many problems and proposals were laid before the node's unit and wait for its answer; a
    /// count tells nothing of anybody, so no session is needed.
    Waiting,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConductAnswer {
    /// The statement is signed, durable and on its way; what it is about.
    Said(Hash),
    /// Problems and proposals, the newest first.
    Tickets(Vec<TicketShown>),
    /// Rules of bodies, the newest first.
    Regulations(Vec<RegulationShown>),
    /// How many wait, and of these how many are critical.
    Waiting {
        /// All that wait.
        all: u32,
        /// Those where nothing works, or dossiers are in danger.
        critical: u32,
    },
}

/// A problem or proposal as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketShown {
    /// Its id.
    pub id: Hash,
    /// The unit it comes from.
    pub unit: UnitId,
    /// When, by that unit's clock.
    pub at: Timestamp,
    /// What it says.
    pub ticket: Ticket,
    /// The bodies it was laid before, in the order of tiers.
    pub bodies: Vec<UnitId>,
    /// What followed, in the order of the clocks that signed it, and from which unit.
    pub after: Vec<(Timestamp, UnitId, ConductAct)>,
    /// How it stands, as a stable code.
    pub standing: String,
}

/// The rules of a body as people see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegulationShown {
    /// Their id.
    pub id: Hash,
    /// The body.
    pub unit: UnitId,
    /// When they were entered, by that body's clock.
    pub at: Timestamp,
    /// The rules.
    pub regulation: Regulation,
    /// When the check list over them was closed.
    pub settled: Option<Timestamp>,
}
