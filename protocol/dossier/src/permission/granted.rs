//! What somebody holds by a grant at the moment he asks, beyond what his post gives him.
//!
//! Whoever keeps the signed records of grants has judged them already: the grantee is the one who
//! asks, the dossier lies in the scope, the day in the period, and where several were given the
//! narrower holds. What is left is what the law asks for.

use std::collections::BTreeSet;

use crate::UnitId;

/// The sections of the form that a grant opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sections {
    /// Every section.
    All,
    /// These, by their ids.
    Only(BTreeSet<String>),
}

impl Sections {
    /// Whether the grant opens a section.
    pub fn contain(&self, section: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(sections) => sections.contains(section),
        }
    }
}

/// Entry in the dossiers of a body, delegated to a unit below it (Điều 15.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegated {
    /// The body that delegates and reviews; it must be the custodian of the dossier.
    pub by: UnitId,
    /// What may be entered.
    pub sections: Sections,
}

/// The grants that hold for one person at one unit, for one dossier, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Granted {
    /// Entry under review (Điều 15.1).
    pub delegation: Option<Delegated>,
    /// Written consent to read, print and take out (Điều 8.1).
    pub consent: Option<Sections>,
    /// A mission of inspection, read-only (Điều 14.4).
    pub mission: bool,
    /// An order to correct, signed by two officers of tier 3 (Điều 7.3).
    pub correction_order: bool,
}

impl Granted {
    /// No grant at all.
    pub const NOTHING: Self =
        Self { delegation: None, consent: None, mission: false, correction_order: false };
}
