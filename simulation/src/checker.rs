//! The judges of a run: each reads what nodes hold and what people were told, and decides nothing.
//!
//! None of them asks the code it judges whether it did right: what must be true is computed from
//! the history of the people and from the stores alone. Each has a test in which a planted fault
//! makes it speak.

pub mod authority;
pub mod convergence;
pub mod custody;
pub mod deadline;
pub mod durability;
pub mod honesty;
pub mod logs;
pub mod memory;
pub mod secrecy;
mod testimony;

use std::fmt;

use dossier::{DossierId, Hash};
use protocol::{
    Fault, Records, Table,
    holding::{Holding, Opened},
};
use serde::Serialize;

pub use testimony::{Saying, Testimony};

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which judge spoke.
    pub judge: &'static str,
    /// When, in virtual milliseconds.
    pub at_ms: u64,
    /// What is wrong; ids alone, no content.
    pub words: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {} ms: {}", self.judge, self.at_ms, self.words)
    }
}

/// The summary of every dossier in a store.
///
/// # Errors
/// The store's.
pub fn holdings(records: &dyn Records) -> Result<Vec<(DossierId, Holding)>, Fault> {
    let rows = records.scan(Table::Dossier, &[], None, usize::MAX)?;
    rows.iter()
        .map(|(key, row)| {
            let id = DossierId::from_slice(key).ok_or_else(|| Fault("a dossier key".to_owned()))?;
            Ok((id, Holding::decode(row)?))
        })
        .collect()
}

/// The changes in a dossier.
pub fn changes(opened: &Opened) -> impl Iterator<Item = Hash> {
    opened.document.changes().map(|change| change.hash)
}
