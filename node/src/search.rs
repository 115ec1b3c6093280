//! Looking dossiers up by any field and counting them, over an index that lies in memory alone
//! (Điều 12.1, 11.2).
//!
//! What a dossier says is read once for each of its states and kept folded; values that many dossiers
//! share are kept once. Nothing of it is written anywhere: it goes with the process.
//!
//! **Invariants:** a hit is of the heads the dossier has; nobody finds what lies outside her reach or
//! what is covered for her; an answer says which units and how many dossiers were looked at.

mod index;

use dossier::{
    DossierId, FieldId, PartialDate, UnitId, Value,
    lookup::{Query, Tabulation},
};
use serde::{Deserialize, Serialize};

use crate::control::Taken;

pub use index::{Content, Index, Looker};

/// The most dossiers of one page of hits.
pub const HITS_MAX: u32 = 1_000;

/// By what a figure is divided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// By the values of a field.
    Field(FieldId),
    /// By the unit that keeps the dossier.
    Unit,
}

/// A search, or a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchOrder {
    /// What is looked for.
    pub query: Query,
    /// Only dossiers of this unit and those under it.
    pub unit: Option<UnitId>,
    /// Continue after this dossier.
    pub after: Option<DossierId>,
    /// What is wanted of those that answer.
    pub wanted: Wanted,
}

/// What is wanted of the dossiers that answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// Who they are, at most so many.
    Hits(u32),
    /// How many there are by two things, of those in service; what nobody reviewed counts nowhere.
    Table {
        /// What stands at the left.
        rows: Axis,
        /// What stands above.
        columns: Option<Axis>,
    },
}

/// A dossier that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Which.
    pub dossier: DossierId,
    /// Who keeps it.
    pub unit: UnitId,
    /// Whose it is.
    pub name: String,
    /// The staff code; empty where there is none.
    pub staff_code: String,
    /// The day of birth.
    pub birth_date: Option<PartialDate>,
    /// The code of its status in the catalog `dossier_status`; empty where there is none.
    pub status: String,
    /// Whether the person counts as staff (Điều 11.3).
    pub serves: bool,
    /// What answered.
    pub why: Vec<Answering>,
}

/// A value that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answering {
    /// The field.
    pub field: FieldId,
    /// What it says.
    pub value: Value,
    /// Whether somebody has still to review it (Điều 15.1).
    pub waits: bool,
}

/// A page of what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    /// Those that answer, in the order of their ids.
    pub hits: Vec<Hit>,
    /// The figures of this page, where a table was asked for.
    pub table: Tabulation,
    /// Who took it, and the number of the entry that records it.
    pub taken: Option<Taken>,
    /// Dossiers that were looked at for this page.
    pub looked: u32,
    /// The units whose dossiers, with those under them, the person may search.
    pub scope: Vec<UnitId>,
    /// Continue after this one; `None` at the end.
    pub next: Option<DossierId>,
}
