//! What the machines read: staged over recent over indexed, every value checked.

use std::sync::atomic::Ordering;

use dossier::Hash;
use protocol::{Entry, Fault, FeedPosition, Op, Records, Table, Transaction};

use super::Store;
use super::frame::Flaw;
use super::index::IndexError;
use super::overlay::{self, Fresh, Merged};
use super::payload;
use super::pointer::{self, Row};

impl Store {
    fn index_failed(&self, error: IndexError) -> Fault {
        self.index_in_doubt.store(true, Ordering::Relaxed);
        Fault(error.to_string())
    }

    /// The value behind a row, checked against the row's checksum.
    fn resolve(&self, key: &[u8], row: &[u8]) -> Result<Vec<u8>, Fault> {
        let table = key.first().copied().and_then(Table::from_number);
        let (value, checksum, place) = match pointer::decode(row) {
            Some(Row::Inline { checksum, value }) => (value.to_vec(), checksum, None),
            Some(Row::Pointer { place, length, checksum }) => {
                (self.journal.value(place, length)?, checksum, Some(place))
            }
            None => {
                self.index_in_doubt.store(true, Ordering::Relaxed);
                return Err(Fault(format!("malformed index row in table {table:?}")));
            }
        };
        if pointer::checksum(key, &value) == checksum {
            return Ok(value);
        }
        Err(Fault(match place {
            Some(place) => format!(
                "damaged value in table {table:?}: segment {}, offset {}",
                place.segment, place.offset
            ),
            None => {
                self.index_in_doubt.store(true, Ordering::Relaxed);
                format!("damaged index row in table {table:?}")
            }
        }))
    }

    fn fresh_value(&self, key: &[u8], fresh: Fresh<'_>) -> Result<Option<Vec<u8>>, Fault> {
        match fresh {
            Fresh::Value(value) => Ok(Some(value.to_vec())),
            Fresh::Row(row) => self.resolve(key, row).map(Some),
            Fresh::Removed => Ok(None),
        }
    }
}

impl Records for Store {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let key = pointer::index_key(table, key);
        if let Some(fresh) = overlay::get(&self.staged, &self.recent, &key) {
            return self.fresh_value(&key, fresh);
        }
        let row = self.index.get(&key).map_err(|error| self.index_failed(error))?;
        row.map(|row| self.resolve(&key, &row)).transpose()
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, Fault> {
        let prefix = pointer::index_key(table, prefix);
        let after = after.map(|after| pointer::index_key(table, after));
        let fresh = overlay::range(&self.staged, &self.recent, &prefix, after.as_deref());
        Scan { store: self, fresh: fresh.peekable(), found: Vec::new(), limit }
            .run(&prefix, after.clone())
    }

    fn feed_head(&self) -> FeedPosition {
        self.journal.head()
    }

    fn feed_digest(&self, sequence: u64) -> Result<Option<Hash>, Fault> {
        self.journal.digest(sequence)
    }

    fn feed_after(
        &self,
        sequence: u64,
        bytes_max: usize,
        transactions_max: usize,
    ) -> Result<Vec<Transaction>, Fault> {
        let mut transactions = Vec::new();
        let mut bytes = 0;
        self.journal.read_from(sequence.saturating_add(1), &mut |frame| {
            let published = published(frame.payload).map_err(|flaw| Fault(flaw.to_string()))?;
            let sizes =
                published.iter().map(|op| op.key.len() + op.value.as_ref().map_or(0, Vec::len));
            bytes += sizes.sum::<usize>();
            transactions.push(Transaction { position: frame.position(), published });
            Ok(bytes < bytes_max && transactions.len() < transactions_max)
        })?;
        Ok(transactions)
    }
}

fn published(payload: &[u8]) -> Result<Vec<Op>, Flaw> {
    let writes = payload::decode(payload)?.into_iter().filter(|write| write.feed);
    let op = |write: payload::Write<'_>| Op {
        table: write.table,
        key: write.key.to_vec(),
        value: write.value.map(|value| payload[value].to_vec()),
        feed: true,
    };
    Ok(writes.map(op).collect())
}

/// A scan under way: pages of the index merged with the overlay.
struct Scan<'a> {
    store: &'a Store,
    fresh: std::iter::Peekable<Merged<'a>>,
    found: Vec<Entry>,
    limit: usize,
}

impl Scan<'_> {
    fn run(mut self, prefix: &[u8], mut after: Option<Vec<u8>>) -> Result<Vec<Entry>, Fault> {
        while self.found.len() < self.limit {
            let wanted = self.limit - self.found.len();
            let page = self.store.index.scan(prefix, after.as_deref(), wanted);
            let page = page.map_err(|error| self.store.index_failed(error))?;
            let exhausted = page.len() < wanted;
            after = page.last().map(|(key, _)| key.clone()).or(after);
            for entry in page {
                self.take_indexed(entry)?;
            }
            if exhausted {
                while self.found.len() < self.limit && self.take_fresh()? {}
                break;
            }
        }
        Ok(self.found)
    }

    /// Takes what the overlay has before the entry, then whichever of both speaks for its key.
    fn take_indexed(&mut self, (key, row): Entry) -> Result<(), Fault> {
        while self.fresh.peek().is_some_and(|(fresh, _)| *fresh < key.as_slice()) {
            self.take_fresh()?;
        }
        if self.fresh.peek().is_some_and(|(fresh, _)| *fresh == key.as_slice()) {
            self.take_fresh()?;
        } else if self.found.len() < self.limit {
            let value = self.store.resolve(&key, &row)?;
            self.found.push((key[1..].to_vec(), value));
        }
        Ok(())
    }

    /// Takes the overlay's next entry; false at its end.
    fn take_fresh(&mut self) -> Result<bool, Fault> {
        let Some((key, fresh)) = self.fresh.next() else { return Ok(false) };
        if self.found.len() < self.limit
            && let Some(value) = self.store.fresh_value(key, fresh)?
        {
            self.found.push((key[1..].to_vec(), value));
        }
        Ok(true)
    }
}
