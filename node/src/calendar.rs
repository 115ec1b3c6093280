//! The yearly decisions on the calendar at a node: what is asked about them, what is answered.
//!
//! **Invariant:** only the node of tier 3 signs a year; every node counts by the newest it knows, and
//! by the law's own days where none was decided.

use dossier::{
    Hash,
    calendar::{Decided, Decisions, SpecialDay},
};
use serde::{Deserialize, Serialize};

/// An order or a question about the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalendarOrder {
    /// Signs what was decided for a year; only the tier-3 node can. The next version of the year.
    Decide {
        /// The year.
        year: i16,
        /// The decision, as people cite it.
        document: String,
        /// Its days, in order.
        days: Vec<SpecialDay>,
    },
    /// Every signed decision this node knows.
    Decided,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalendarAnswer {
    /// The year is signed, durable and on its way.
    Taken {
        /// Its id.
        id: Hash,
        /// Which issue of the year it is.
        version: u32,
    },
    /// The decisions in their order.
    Decided(Vec<(Hash, Decided)>),
}

/// The decisions of an answer, as they merge.
pub fn gather(list: Vec<(Hash, Decided)>) -> Decisions {
    let mut decisions = Decisions::default();
    list.into_iter().for_each(|(id, known)| decisions.take(id, known.at, known.decision));
    decisions
}
