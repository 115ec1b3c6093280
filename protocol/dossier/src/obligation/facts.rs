//! What of a dossier the clocks need to know.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{DossierId, Hash, LegalBasis, PartialDate, RowId, UnitId};

/// A change as the clocks see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// Which.
    pub change: Hash,
    /// The day it was recorded, by the writer's clock, in Vietnam.
    pub on: PartialDate,
    /// Whether it opened the dossier.
    pub opens: bool,
    /// On what it rests.
    pub basis: LegalBasis,
}

impl Entered {
    pub(super) fn day(&self) -> Option<Date> {
        self.on.civil()
    }
}

/// Which side a paper speaks for (Điều 9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaperSide {
    /// A decision.
    State,
    /// A declaration.
    Person,
}

/// A document among the attachments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnFile {
    /// Its row.
    pub row: RowId,
    /// Its number; empty where it has none.
    pub number: String,
    /// Its date.
    pub issued_on: PartialDate,
    /// The day it was attached.
    pub on: PartialDate,
    /// Whose side it speaks for.
    pub side: PaperSide,
}

impl OnFile {
    pub(super) fn day(&self) -> Option<Date> {
        self.on.civil()
    }

    /// Whether it is the document a change rests on: a decision by number and date, a declaration by its
    /// date.
    pub(super) fn is_behind(&self, basis: &LegalBasis) -> bool {
        match (self.side, basis) {
            (PaperSide::State, basis) => basis.decision().is_some_and(|decided| {
                decided.signed_on == self.issued_on
                    && crate::fold::tidy(decided.number) == crate::fold::tidy(&self.number)
            }),
            (PaperSide::Person, declared) => {
                declared.declared().is_some_and(|(signed_on, _)| signed_on == self.issued_on)
            }
        }
    }
}

/// A decision that moves a person, with what was done on it (Điều 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    /// The change that recorded it.
    pub change: Hash,
    /// Number of the decision.
    pub number: String,
    /// The day it was signed.
    pub signed_on: PartialDate,
    /// The unit that kept the dossier then, and owes that it goes.
    pub from: UnitId,
    /// How far the dossier goes.
    pub reach: Reach,
    /// The unit that receives it; `None` outside the system.
    pub to: Option<UnitId>,
    /// The day it was handed over.
    pub handed_over_on: Option<PartialDate>,
    /// The day the receiving body had it and gave it on.
    pub taken_over_on: Option<PartialDate>,
}

/// How far a dossier goes (Điều 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Within one body of tier 2 (10.1).
    Within,
    /// To another body (10.2).
    Between,
    /// Out of the system (10.3).
    Out,
}

/// What of a dossier the clocks need to know. It holds nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DossierFacts {
    /// Which.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// Its changes.
    pub entered: Vec<Entered>,
    /// Decisions and declarations on file.
    pub on_file: Vec<OnFile>,
    /// Day of the decision that recruited the person, where the form says it.
    pub recruited_on: Option<PartialDate>,
    /// The day on which the last required item was filled, where none is missing.
    pub completed_on: Option<PartialDate>,
    /// Decisions that move the person, without those that another one replaced.
    pub moving: Vec<Moving>,
    /// The day from which its unit keeps it, where it kept it not from the beginning.
    pub kept_since: Option<PartialDate>,
    /// Reasons given for lateness, by obligation.
    pub reasons: BTreeMap<Hash, String>,
}
