//! Shapes of answers about what was done with dossiers.

use dossier::{
    DossierId, FieldPath, Hash, RowId, UnitId, Value, attachment::Link, docket::FormVersion,
    docket::ReviewState,
};
use serde::{Deserialize, Serialize};

use super::Draft;
use crate::core::Provenance;

/// A change that entered something, and how it stands to its review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewShown {
    /// Which dossier.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// Họ và tên.
    pub name: String,
    /// Who entered what.
    pub provenance: Provenance,
    /// It opened the dossier.
    pub opens: bool,
    /// The number of the phiếu it submits.
    pub form: Option<u32>,
    /// How it stands as a whole.
    pub state: ReviewState,
    /// Its items.
    pub items: Vec<ItemShown>,
    /// Verdicts on it, earliest first.
    pub verdicts: Vec<VerdictShown>,
}

/// An item of a change or of a phiếu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemShown {
    /// The field, or the row of a table.
    pub item: Link,
    /// What was entered, by place; `None` for a clearing.
    pub values: Vec<(FieldPath, Option<Value>)>,
    /// What the dossier holds there at present.
    pub present: Vec<(FieldPath, Value)>,
    /// How it stands.
    pub state: ReviewState,
}

/// One verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictShown {
    /// Its row.
    pub row: RowId,
    /// The item it is on; `None` for all of the change.
    pub item: Option<Link>,
    /// Whether it approves.
    pub approved: bool,
    /// Why.
    pub reason: String,
    /// Whether a later one replaced it.
    pub replaced: bool,
    /// Who gave it.
    pub provenance: Option<Provenance>,
}

/// The phiếu of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormsShown {
    /// Which dossier.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// Họ và tên.
    pub name: String,
    /// The change that opened the dossier, where that was taken over as version 1.
    pub opened: Option<(Provenance, ReviewState)>,
    /// Its versions, in the order they were submitted.
    pub versions: Vec<FormShown>,
    /// What is being filled in at this node.
    pub draft: Option<Draft>,
}

/// One version of the phiếu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormShown {
    /// Its row.
    pub row: RowId,
    /// The change that submitted it.
    pub change: Hash,
    /// What it says.
    pub version: FormVersion,
    /// Who submitted it.
    pub provenance: Option<Provenance>,
    /// Its items.
    pub items: Vec<ItemShown>,
    /// The changes that were fed from it.
    pub fed: Vec<Provenance>,
}

/// A phiếu that is being filled in for a person without a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunShown {
    /// The id her dossier will have.
    pub dossier: DossierId,
    /// Họ và tên, as far as it is filled in.
    pub name: String,
    /// What is filled in.
    pub draft: Draft,
}

/// What one decision changed in a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedShown {
    /// Which dossier.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// Họ và tên.
    pub name: String,
    /// Who entered it.
    pub provenance: Provenance,
    /// What was written.
    pub values: Vec<(FieldPath, Option<Value>)>,
}

/// Whether a dossier has answered a campaign or a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingShown {
    /// Which dossier.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// Họ và tên.
    pub name: String,
    /// The phiếu that answers it.
    pub filed: Option<FiledShown>,
}

/// The phiếu that answers a campaign or a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledShown {
    /// Its number.
    pub form: u32,
    /// When it was submitted, in seconds since the Unix epoch by the writer's clock.
    pub at_seconds: i64,
    /// Who submitted it.
    pub person: String,
    /// Whether all of it was reviewed.
    pub reviewed: bool,
}
