//! What the node can say of its dossiers without showing them: days, counts, codes.
//!
//! The clocks of the law and the figures of Điều 8.4 need every dossier of a unit. They are judged
//! here, once for each state of a dossier, and only what tells nothing of the person leaves.
//!
//! **Invariant:** an appraisal is of the heads it was asked for; what is remembered is dropped when
//! the dossier, the day or the org tree is another.

mod appraiser;
mod owed;
mod packed;

use std::collections::BTreeMap;

use dossier::{DossierId, Hash, UnitId, obligation::DossierFacts};
use serde::{Deserialize, Serialize};

pub use appraiser::Appraiser;
pub use owed::{Ground, OwedOf, OwedOrder, OwedPage, Tally};
pub use packed::Packed;

/// A question about all dossiers of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SurveyOrder {
    /// What can be said of each of them, page by page.
    Page(PageOrder),
    /// What is owed for them.
    Owed(OwedOrder),
}

impl SurveyOrder {
    /// Whether it begins a look at them, and is no later page of one.
    pub fn begins(&self) -> bool {
        !matches!(self, Self::Page(PageOrder { after: Some(_), .. }))
    }
}

/// A page of what the node can say of its dossiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageOrder {
    /// Of this unit and those under it; of all that are held where `None`.
    pub scope: Option<UnitId>,
    /// Continue after this dossier.
    pub after: Option<DossierId>,
}

/// The most dossiers of one page.
pub const PAGE: usize = 2_000;

/// The most dossiers that are judged anew for one page: the node has other things to do as well.
pub const FRESH: usize = 100;

/// The most bytes of one page that hold more than one dossier: an answer has a limit.
pub const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyPage {
    /// The dossiers, in the order of their ids.
    pub appraisals: Vec<Packed>,
    /// Continue after this one; `None` at the end.
    pub next: Option<DossierId>,
}

/// What can be said of one dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appraisal {
    /// What the clocks need.
    pub facts: DossierFacts,
    /// Whether no area is empty and nothing required is missing (Điều 3.1).
    pub complete: bool,
    /// Required items that are missing.
    pub missing: u32,
    /// Findings by the code of their kind.
    pub findings: BTreeMap<String, u32>,
    /// Findings that are errors.
    pub errors: u32,
    /// Findings that are warnings.
    pub warnings: u32,
    /// Places where two writings met and nobody has chosen.
    pub conflicts: u32,
    /// Changes that wait for review (Điều 15.1).
    pub unreviewed: u32,
    /// Code of the dossier's status; empty where none is known.
    pub status: String,
    /// Whether the person counts as staff (Điều 11.3).
    pub in_service: bool,
    /// Whether the dossier agrees with the paper (Điều 8.3).
    pub matched: bool,
    /// Who wrote each change (Điều 16.2).
    pub authors: Vec<(Hash, String)>,
    /// Findings that are errors, by who wrote the value they stand at.
    pub wrong: BTreeMap<String, u32>,
}
