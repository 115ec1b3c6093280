//! The store with the writes of an event that is not over.

use dossier::{DossierId, Hash};

use crate::{
    Entry, Fault, FeedPosition, Op, Records, Table, Transaction,
    custody::{self, Desk},
    holding::Holding,
};

/// What a store holds once `ops` are written.
///
/// The first link of a chain stands in the summary of its dossier until a second one follows.
pub(super) struct Staged<'a> {
    records: &'a dyn Records,
    ops: &'a [Op],
}

impl<'a> Staged<'a> {
    pub(super) fn new(records: &'a dyn Records, ops: &'a [Op]) -> Self {
        Self { records, ops }
    }

    fn first_link(&self, id: &DossierId) -> Result<Option<Vec<u8>>, Fault> {
        let Some(row) = self.get(Table::Dossier, id.as_bytes())? else { return Ok(None) };
        let holding = Holding::decode(&row)?;
        Ok(holding.custody.first().and_then(|opened| Desk::found(opened).value))
    }
}

impl Records for Staged<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let written = self.ops.iter().rev().find(|op| op.table == table && op.key == key);
        let row = match written {
            Some(op) => op.value.clone(),
            None => self.records.get(table, key)?,
        };
        match custody::epoch_of_link(key) {
            Some((id, 0)) if row.is_none() && table == Table::Custody => self.first_link(&id),
            _ => Ok(row),
        }
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, Fault> {
        self.records.scan(table, prefix, after, limit)
    }

    fn feed_head(&self) -> FeedPosition {
        self.records.feed_head()
    }

    fn feed_digest(&self, sequence: u64) -> Result<Option<Hash>, Fault> {
        self.records.feed_digest(sequence)
    }

    fn feed_after(
        &self,
        sequence: u64,
        bytes_max: usize,
        transactions_max: usize,
    ) -> Result<Vec<Transaction>, Fault> {
        self.records.feed_after(sequence, bytes_max, transactions_max)
    }
}
