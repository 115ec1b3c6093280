//! The index in redb, on a file of the environment's disk.
//!
//! The file is created under another name and renamed once it is complete. Every page checksum is
//! verified at opening, since redb otherwise returns flipped bytes unnoticed.

use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use protocol::{Entry, FeedPosition};
use redb::{
    Builder, Database, Durability, ReadableDatabase as _, StorageBackend, TableDefinition,
    WriteTransaction,
};

use super::{Index, IndexError, decode_watermark, encode_watermark};
use crate::environment::disk::parent;
use crate::environment::{Disk, DiskFile};
use crate::store::mover::Rows;

const ENGINE: &str = "redb";
const CACHE_BYTES: usize = 64 * 1024 * 1024;
const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
const WATERMARK: TableDefinition<'_, (), &[u8]> = TableDefinition::new("watermark");

/// An index in a redb file.
#[derive(Debug)]
pub(super) struct RedbIndex(Database);

/// A file of the environment's disk, as redb wants it.
#[derive(Debug)]
struct Backend(Arc<dyn DiskFile>);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if self.0.read_at(offset, out)? == out.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_at(offset, data)
    }
}

/// Opens an existing index after checking all its pages.
pub(super) fn reopen(disk: &dyn Disk, path: &Path) -> Result<RedbIndex, IndexError> {
    database(disk.open(path).map_err(failed)?)
}

/// Creates the index at `path` with the state at `upto`, replacing any other there.
pub(super) fn create(
    disk: &Arc<dyn Disk>,
    path: &Path,
    upto: FeedPosition,
    sorted: &mut dyn Iterator<Item = Entry>,
) -> Result<RedbIndex, IndexError> {
    let fresh = path.with_extension("redb.new");
    match disk.remove(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let index = database(disk.create(&fresh).map_err(failed)?)?;
    index.load(upto, sorted)?;
    disk.rename(&fresh, path).map_err(failed)?;
    disk.sync_dir(parent(path)).map_err(failed)?;
    Ok(index)
}

fn database(file: Arc<dyn DiskFile>) -> Result<RedbIndex, IndexError> {
    guarded(|| {
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
        Ok(RedbIndex(builder.create_with_backend(Backend(file))?))
    })
}

fn failed(error: impl std::fmt::Display) -> IndexError {
    IndexError::new(ENGINE, error)
}

/// Runs a call into redb; its panics become errors.
fn guarded<T>(call: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, IndexError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(failed),
        Err(_) => Err(failed("panicked")),
    }
}

impl RedbIndex {
    fn write(
        &self,
        upto: FeedPosition,
        fill: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), IndexError> {
        guarded(|| {
            let mut transaction = self.0.begin_write()?;
            // Durable each time: the store applies thousands of changes at once, and free pages
            // pile up behind commits that are not.
            transaction.set_durability(Durability::Immediate)?;
            fill(&transaction)?;
            let mark = encode_watermark(upto);
            transaction.open_table(WATERMARK)?.insert((), mark.as_slice())?;
            Ok(transaction.commit()?)
        })
    }
}

impl Index for RedbIndex {
    fn apply(&self, upto: FeedPosition, changes: &Rows) -> Result<(), IndexError> {
        self.write(upto, |transaction| {
            let mut rows = transaction.open_table(ROWS)?;
            for (key, row) in changes {
                match row {
                    Some(row) => rows.insert(key.as_slice(), row.as_slice())?,
                    None => rows.remove(key.as_slice())?,
                };
            }
            Ok(())
        })
    }

    fn watermark(&self) -> Result<Option<FeedPosition>, IndexError> {
        guarded(|| {
            let table = self.0.begin_read()?.open_table(WATERMARK)?;
            Ok(table.get(())?.and_then(|mark| decode_watermark(mark.value())))
        })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        guarded(|| {
            let rows = self.0.begin_read()?.open_table(ROWS)?;
            Ok(rows.get(key)?.map(|row| row.value().to_vec()))
        })
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
            let rows = self.0.begin_read()?.open_table(ROWS)?;
            let mut entries = Vec::new();
            for entry in rows.range::<&[u8]>((start, Bound::Unbounded))?.take(limit) {
                let (key, row) = entry?;
                if !key.value().starts_with(prefix) {
                    break;
                }
                entries.push((key.value().to_vec(), row.value().to_vec()));
            }
            Ok(entries)
        })
    }

    fn load(
        &self,
        upto: FeedPosition,
        sorted: &mut dyn Iterator<Item = Entry>,
    ) -> Result<(), IndexError> {
        self.write(upto, |transaction| {
            let mut rows = transaction.open_table(ROWS)?;
            for (key, row) in sorted {
                rows.insert(key.as_slice(), row.as_slice())?;
            }
            Ok(())
        })
    }

    fn checkpoint(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn survives_crash(&self) -> bool {
        true
    }
}
