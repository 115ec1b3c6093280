//! Import of lists as clerks keep them: .xlsx, .xls and .csv to a plan of persons and findings.
//!
//! The way of a list: [`child`] reads it in a process of its own, [`clean`] turns old fonts into
//! Unicode, [`header`] says what the columns mean, [`rows`] which rows are persons, [`convert`]
//! makes values, and [`plan`] gathers them with everything that is wrong or left out. For a person
//! who has a dossier from an earlier list, [`again`] says what the new one changes. A dossier that was
//! exported comes back by a way of its own, [`CopyRead`].
//!
//! **Invariants:** nothing is dropped silently: every column, row and sheet that is not imported
//! is in the plan. A plan depends on the file and the options alone, and knows no store.

pub mod again;
pub mod child;
pub mod clean;
pub mod convert;
mod copy;
mod custodian;
pub mod date;
mod draft;
pub mod edits;
pub mod error;
pub mod error_file;
pub mod header;
mod identity;
pub mod legacy;
pub mod limits;
pub mod number;
mod people;
pub mod place;
pub mod plan;
pub mod reader;
pub mod rows;
pub mod sheet;
mod tables;
pub mod vocabulary;

use std::io::Read;
use std::path::Path;

use dossier::Hash;

pub use again::{Amendment, Correction};
pub use child::{ChildReader, reader_main};
pub use convert::Domain;
pub use copy::{CopyError, CopyRead, Difference, FORMAT as COPY_FORMAT};
pub use custodian::{custodian, keeper};
pub use error::{ImportError, ReadFailure};
pub use header::Mapping;
pub use limits::Limits;
pub use plan::{ImportOptions, ImportPlan, Person};
pub use sheet::{Book, FileKind};

/// Reads the bytes of a list from disk; one byte more than a list may have is left for the reader to
/// refuse.
///
/// # Errors
/// [`ImportError::Open`] when the file can't be read.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, ImportError> {
    let file = std::fs::File::open(path).map_err(ImportError::Open)?;
    let mut bytes = Vec::new();
    let most = Limits::DEFAULT.file_bytes + 1;
    file.take(most).read_to_end(&mut bytes).map_err(ImportError::Open)?;
    Ok(bytes)
}

/// Reads a list from disk in a process of its own; answers its cells and the hash of its bytes.
///
/// # Errors
/// [`ImportError::Open`] when the file can't be read, and what [`ChildReader::read`] refuses.
pub fn read_list(path: &Path, reader: &ChildReader) -> Result<(Book, Hash), ImportError> {
    let bytes = read_bytes(path)?;
    Ok((reader.read(&bytes)?, Hash::of(&bytes)))
}
