//! The index in sled 0.34.
//!
//! sled is kept from every fault it is known for: its directory is made anew at each opening (a
//! cut `snap.*.generating` or a flipped bit of an earlier life is never read), unflushed data stays
//! under 256 KiB (bulk loads without flushing deadlocked), the cache is bounded, keys and rows are
//! small enough to need no blob files, and a panic counts as an error. Either way the journal
//! rebuilds it.

use std::fs;
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use protocol::{Entry, FeedPosition};

use super::{Index, IndexError, decode_watermark, encode_watermark};
use crate::store::mover::Rows;

const ENGINE: &str = "sled";
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
const UNFLUSHED_MAX: usize = 256 * 1024;
/// Above the number of every table.
const WATERMARK_KEY: [u8; 1] = [0xff];

/// An index in a sled directory.
pub(super) struct SledIndex {
    db: sled::Db,
    unflushed: AtomicUsize,
}

impl std::fmt::Debug for SledIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SledIndex")
    }
}

/// Creates an empty index, removing what an earlier life left at `path`.
pub(super) fn create(path: &Path) -> Result<SledIndex, IndexError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    let db = guarded(|| config.open())?;
    Ok(SledIndex { db, unflushed: AtomicUsize::new(0) })
}

fn failed(error: impl std::fmt::Display) -> IndexError {
    IndexError::new(ENGINE, error)
}

/// Runs a call into sled; its panics become errors.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, IndexError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(failed),
        Err(_) => Err(failed("panicked")),
    }
}

impl SledIndex {
    fn write(&self, batch: sled::Batch, bytes: usize) -> Result<(), IndexError> {
        guarded(|| self.db.apply_batch(batch))?;
        if self.unflushed.fetch_add(bytes, Ordering::Relaxed) + bytes >= UNFLUSHED_MAX {
            self.checkpoint()?;
        }
        Ok(())
    }
}

impl Index for SledIndex {
    fn apply(&self, upto: FeedPosition, changes: &Rows) -> Result<(), IndexError> {
        let mut batch = sled::Batch::default();
        let mut bytes = 0;
        for (key, row) in changes {
            bytes += key.len() + row.as_ref().map_or(0, Vec::len);
            match row {
                Some(row) => batch.insert(key.as_slice(), row.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        batch.insert(&WATERMARK_KEY, encode_watermark(upto).as_slice());
        self.write(batch, bytes)
    }

    fn watermark(&self) -> Result<Option<FeedPosition>, IndexError> {
        let stored = guarded(|| self.db.get(WATERMARK_KEY))?;
        Ok(stored.and_then(|bytes| decode_watermark(&bytes)))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        Ok(guarded(|| self.db.get(key))?.map(|row| row.to_vec()))
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, IndexError> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        guarded(|| {
            let mut entries = Vec::new();
            for entry in self.db.range::<&[u8], _>((start, Bound::Unbounded)).take(limit) {
                let (key, row) = entry?;
                if !key.starts_with(prefix) {
                    break;
                }
                entries.push((key.to_vec(), row.to_vec()));
            }
            Ok(entries)
        })
    }

    fn load(
        &self,
        upto: FeedPosition,
        sorted: &mut dyn Iterator<Item = Entry>,
    ) -> Result<(), IndexError> {
        let (mut batch, mut bytes) = (sled::Batch::default(), 0);
        for (key, row) in sorted {
            bytes += key.len() + row.len();
            batch.insert(key, row);
            if bytes >= UNFLUSHED_MAX / 2 {
                self.write(std::mem::take(&mut batch), std::mem::take(&mut bytes))?;
            }
        }
        self.write(batch, bytes)?;
        self.apply(upto, &Rows::new())
    }

    fn checkpoint(&self) -> Result<(), IndexError> {
        self.unflushed.store(0, Ordering::Relaxed);
        guarded(|| self.db.flush()).map(drop)
    }

    fn survives_crash(&self) -> bool {
        false
    }
}
