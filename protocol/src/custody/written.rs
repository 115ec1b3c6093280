//! The store as one event sees it: with the rows that are to be written.

use dossier::Hash;

use super::desk::Turn;
use crate::{Fault, Records, Table};

impl Records for Turn<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let written = self.ops.iter().rev().find(|op| op.table == table && op.key == key);
        match written {
            Some(op) => Ok(op.value.clone()),
            None => self.desk.records.get(table, key),
        }
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<crate::Entry>, Fault> {
        self.desk.records.scan(table, prefix, after, limit)
    }

    fn feed_head(&self) -> crate::FeedPosition {
        self.desk.records.feed_head()
    }

    fn feed_digest(&self, sequence: u64) -> Result<Option<Hash>, Fault> {
        self.desk.records.feed_digest(sequence)
    }

    fn feed_after(
        &self,
        sequence: u64,
        bytes_max: usize,
        transactions_max: usize,
    ) -> Result<Vec<crate::Transaction>, Fault> {
        self.desk.records.feed_after(sequence, bytes_max, transactions_max)
    }
}
