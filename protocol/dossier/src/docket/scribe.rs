//! Gathers what one change writes in reserved tables, whichever way it is read.

use std::collections::BTreeMap;

use super::{DocketFault, Docketed, Table};
use crate::{RowId, Value};

/// The entries of one change while its operations are read.
#[derive(Debug, Default)]
pub(crate) struct Scribe {
    rows: BTreeMap<(Table, RowId), BTreeMap<String, Value>>,
    fault: Option<DocketFault>,
}

impl Scribe {
    /// A row that the change adds.
    pub(crate) fn row(&mut self, table: Table, row: RowId) {
        self.rows.entry((table, row)).or_default();
    }

    /// A cell of a row that the change adds; `None` for what is no value.
    pub(crate) fn cell(&mut self, table: Table, row: RowId, name: &str, value: Option<Value>) {
        match value {
            Some(value) => {
                self.rows.entry((table, row)).or_default().insert(name.to_owned(), value);
            }
            None => self.alter(),
        }
    }

    /// A write to an entry that stood before.
    pub(crate) fn alter(&mut self) {
        self.fault = Some(DocketFault::Altered);
    }

    /// What is entered in all.
    pub(crate) fn finish(self) -> Docketed {
        let mut docketed = Docketed { fault: self.fault, ..Docketed::default() };
        for ((table, _), cells) in &self.rows {
            docketed.enter(*table, cells);
        }
        docketed
    }
}
