//! What the machines read: staged over recent over indexed, every value checked.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use dossier::Hash;
use protocol::{Entry, Fault, FeedPosition, Op, Records, Table, Transaction};

use super::Store;
use super::index::IndexError;
use super::journal::Frame;
use super::names::{index_key, index_prefix};
use super::overlay::{self, Fresh, Merged};
use super::payload::{self, Lock, Write};
use super::pointer::{self, Place, Row};
use crate::seal::Shut;

impl Store {
    fn index_failed(&self, error: IndexError) -> Fault {
        self.index_in_doubt.store(true, Ordering::Relaxed);
        Fault(error.to_string())
    }

    /// The key and the value behind a row of the index; `None` as for [`Store::resolve_row`].
    fn resolve(&self, index_key: &[u8], row: &[u8]) -> Result<Option<Entry>, Fault> {
        let table = pointer::table_of(index_key);
        let Ok(row) = pointer::open(&self.vault, index_key, row) else {
            self.index_in_doubt.store(true, Ordering::Relaxed);
            return Err(Fault(format!("damaged index row in table {table:?}")));
        };
        self.resolve_row(index_key, &row)
    }

    /// The key and the value behind a row; `None` when the key of its dossier was destroyed.
    fn resolve_row(&self, index_key: &[u8], row: &Row) -> Result<Option<Entry>, Fault> {
        let sealed = match &row.inline {
            Some(sealed) => Cow::Borrowed(sealed.as_slice()),
            None => Cow::Owned(self.journal.value(row.place, row.length)?),
        };
        let Place { segment, offset } = row.place;
        let value = self.open_value(index_key, (row.lock, &row.key), &sealed, || {
            format!("segment {segment}, offset {offset}")
        })?;
        Ok(value.map(|value| (row.key.clone(), value)))
    }

    fn open_value(
        &self,
        index_key: &[u8],
        (lock, key): (Lock, &[u8]),
        sealed: &[u8],
        place: impl FnOnce() -> String,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let table = pointer::table_of(index_key);
        let opened = table.map(|table| lock.open(&self.vault, (table, key), sealed));
        match opened {
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(Shut::Destroyed)) => Ok(None),
            _ => Err(Fault(format!("damaged value in table {table:?}: {}", place()))),
        }
    }

    fn fresh_entry(&self, index_key: &[u8], fresh: Fresh<'_>) -> Result<Option<Entry>, Fault> {
        match fresh {
            Fresh::Value { key, lock, sealed } => {
                let place = || "not yet committed".to_owned();
                let value = self.open_value(index_key, (lock, key), sealed, place)?;
                Ok(value.map(|value| (key.to_vec(), value)))
            }
            Fresh::Row(row) => self.resolve_row(index_key, row),
            Fresh::Removed => Ok(None),
        }
    }

    /// What a frame offers to peers; what nobody can open any more is left out.
    fn published(&self, frame: &Frame<'_>) -> Result<Vec<Op>, Fault> {
        let writes = payload::open(&self.vault, frame.header.sequence, frame.payload);
        let writes = writes.map_err(|flaw| Fault(flaw.to_string()))?;
        let mut published = Vec::new();
        for Write { index_key, table, key, feed, value } in writes {
            if !feed {
                continue;
            }
            let value = match value {
                None => None,
                Some((range, lock)) => {
                    let place = || format!("frame {}", frame.header.sequence);
                    let sealed = &frame.payload[range];
                    match self.open_value(&index_key, (lock, &key), sealed, place)? {
                        None => continue,
                        value => value,
                    }
                }
            };
            published.push(Op { table, key, value, feed });
        }
        Ok(published)
    }
}

impl Records for Store {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let key = index_key(&self.vault, table, key);
        let entry = match overlay::get(&self.staged, &self.recent, &key) {
            Some(fresh) => self.fresh_entry(&key, fresh)?,
            None => match self.index.get(&key).map_err(|error| self.index_failed(error))? {
                Some(row) => self.resolve(&key, &row)?,
                None => None,
            },
        };
        Ok(entry.map(|(_, value)| value))
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, Fault> {
        let front = index_prefix(&self.vault, table, prefix);
        let after = after.map(|after| index_key(&self.vault, table, after));
        let fresh = overlay::range(&self.staged, &self.recent, &front, after.as_deref());
        Scan { store: self, prefix, fresh: fresh.peekable(), found: Vec::new(), limit }
            .run(&front, after.clone())
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
            let published = self.published(frame)?;
            let sizes =
                published.iter().map(|op| op.key.len() + op.value.as_ref().map_or(0, Vec::len));
            bytes += sizes.sum::<usize>();
            transactions.push(Transaction { position: frame.position(), published });
            Ok(bytes < bytes_max && transactions.len() < transactions_max)
        })?;
        Ok(transactions)
    }
}

/// A scan under way: pages of the index merged with the overlay.
struct Scan<'a> {
    store: &'a Store,
    /// What the keys must start with: their index keys may share a front with others.
    prefix: &'a [u8],
    fresh: std::iter::Peekable<Merged<'a>>,
    found: Vec<Entry>,
    limit: usize,
}

impl Scan<'_> {
    fn run(mut self, front: &[u8], mut after: Option<Vec<u8>>) -> Result<Vec<Entry>, Fault> {
        while self.found.len() < self.limit {
            let wanted = self.limit - self.found.len();
            let page = self.store.index.scan(front, after.as_deref(), wanted);
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
            let entry = self.store.resolve(&key, &row)?;
            self.keep(entry);
        }
        Ok(())
    }

    /// Takes the overlay's next entry; false at its end.
    fn take_fresh(&mut self) -> Result<bool, Fault> {
        let Some((key, fresh)) = self.fresh.next() else { return Ok(false) };
        if self.found.len() < self.limit {
            let entry = self.store.fresh_entry(key, fresh)?;
            self.keep(entry);
        }
        Ok(true)
    }

    fn keep(&mut self, entry: Option<Entry>) {
        self.found.extend(entry.filter(|(key, _)| key.starts_with(self.prefix)));
    }
}
