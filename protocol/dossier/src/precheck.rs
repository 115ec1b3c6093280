//! The pre-check: every byte that will reach Automerge is walked here first.
//!
//! Automerge decodes run-length columns eagerly, so 64 bytes can spell a million operations. The
//! walk counts rows before anything loops over them, allocates nothing for a change, and inflates
//! the columns of a saved document only within [`INFLATED_MAX`].
//!
//! **Invariants:** no input makes this room panic; whatever passes decodes in Automerge within the
//! limits named here; every change our documents make passes.

mod columns;
mod cursor;
#[cfg(any(test, feature = "hostile"))]
pub mod hostile;
mod saved;
#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

use crate::{ActorId, Hash};
use columns::{Layout, Walk};
pub(crate) use cursor::Cursor;
pub use saved::check_saved;
pub(crate) use saved::{SavedColumns, open_saved};

/// The longest change chunk, in bytes.
pub const CHANGE_MAX: usize = 256 * 1024;
/// Rows in any column of one change.
pub const ROWS_MAX: u64 = 20_000;
/// Dependencies of one change, and heads of one document.
pub const DEPENDENCIES_MAX: u64 = 64;
/// Actors a change may name beside its author.
pub const OTHER_ACTORS_MAX: u64 = 64;
/// The longest message of a change, in bytes; the same bound holds for its trailing bytes.
pub const MESSAGE_MAX: u64 = 256;
/// Columns in one table of columns.
pub const COLUMNS_MAX: u64 = 32;
/// The longest saved document, in bytes.
pub const SAVED_MAX: usize = 8 * 1024 * 1024;
/// What all columns of a saved document may inflate to, in bytes.
pub const INFLATED_MAX: usize = 16 * 1024 * 1024;
/// Authors of one document.
pub const ACTORS_MAX: u64 = 4_096;
/// Changes of one document.
pub const CHANGES_MAX: u64 = 50_000;
/// Operations of one document.
pub const OPERATIONS_MAX: u64 = 2_000_000;

/// The farthest a change's clock may stand from 1970, in seconds: some 35,000 years. Automerge adds
/// up differences of times, which must not overflow.
pub const TIME_MAX: i64 = 1 << 40;

pub(crate) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// Why bytes never reach Automerge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrecheckError {
    /// More bytes than any genuine chunk has.
    #[error("chunk is longer than allowed")]
    TooLong,
    /// The bytes end inside something.
    #[error("chunk is cut short")]
    Truncated,
    /// Not a chunk at all.
    #[error("wrong magic bytes")]
    Magic,
    /// A chunk, but not of the kind expected here.
    #[error("chunk type {0} is not accepted here")]
    ChunkType(u8),
    /// Bytes follow where none belong.
    #[error("bytes follow the end")]
    Trailing,
    /// The hash of the bytes is not the one the header names.
    #[error("checksum does not match")]
    Checksum,
    /// A number is spelled wrongly or leaves its range.
    #[error("number out of range or not canonical")]
    Number,
    /// Text that is not UTF-8.
    #[error("text is not valid utf-8")]
    Text,
    /// An actor of another length than 16 bytes, too many, or one that is not listed.
    #[error("bad actor")]
    Actor,
    /// Too many dependencies, or one twice.
    #[error("bad dependencies")]
    Dependencies,
    /// Message or trailing bytes too long.
    #[error("message too long")]
    Message,
    /// Columns too many, unknown, unsorted or deflated where they must not be.
    #[error("bad column layout")]
    Columns,
    /// More rows than allowed, or columns that disagree about them.
    #[error("bad row count")]
    Rows,
    /// A value that is not what its type says.
    #[error("bad value")]
    Value,
    /// The sequence number is zero or absurd.
    #[error("bad sequence number")]
    Sequence,
    /// The first operation's counter is zero or overflows.
    #[error("bad operation counter")]
    StartOp,
    /// The clock stands beyond [`TIME_MAX`].
    #[error("time out of range")]
    Time,
    /// A column does not inflate within the limit.
    #[error("column does not inflate within the limit")]
    Inflate,
}

/// What the walk learnt about a change, borrowed from its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline<'a> {
    /// SHA-256 of the chunk, by which other changes name it.
    pub hash: Hash,
    /// Author.
    pub actor: ActorId,
    /// Position in the author's line, from 1.
    pub seq: u64,
    /// Counter of the first operation, from 1.
    pub start_op: u64,
    /// Number of operations.
    pub op_count: u64,
    /// Seconds since the Unix epoch, as the author's clock said.
    pub time_seconds: i64,
    dependencies: &'a [u8],
}

impl<'a> Outline<'a> {
    /// Hashes of the changes this one builds on.
    pub fn dependencies(&self) -> impl Iterator<Item = Hash> + use<'a> {
        self.dependencies.chunks_exact(Hash::LENGTH).filter_map(Hash::from_slice)
    }
}

/// A change that was walked.
#[derive(Debug)]
pub(crate) struct OpenedChange<'a> {
    pub(crate) outline: Outline<'a>,
    /// The actors named beside the author, as they are spelled.
    others: &'a [u8],
    table: columns::Table,
    columns: &'a [u8],
}

impl<'a> OpenedChange<'a> {
    /// The actors named beside the author, in the order in which columns count them from 1.
    pub(crate) fn others(&self) -> impl Iterator<Item = ActorId> + use<'a> {
        let spelled = self.others.chunks_exact(1 + ActorId::LENGTH);
        spelled.filter_map(|one| ActorId::from_slice(&one[1..]))
    }

    /// A column; empty when there is none.
    pub(crate) fn column(&self, spec: u32) -> &'a [u8] {
        let mut columns = Cursor::new(self.columns);
        for column in self.table.columns() {
            let data = columns.take(column.length).unwrap_or_default();
            if column.spec == spec {
                return data;
            }
        }
        &[]
    }
}

/// Walks an uncompressed change chunk and verifies its hash.
///
/// # Errors
/// [`PrecheckError`] for anything that is not one well-formed change within the limits.
pub fn check_change(bytes: &[u8]) -> Result<Outline<'_>, PrecheckError> {
    open_change(bytes).map(|opened| opened.outline)
}

/// As [`check_change`], and hands out what it walked.
pub(crate) fn open_change(bytes: &[u8]) -> Result<OpenedChange<'_>, PrecheckError> {
    if bytes.len() > CHANGE_MAX {
        return Err(PrecheckError::TooLong);
    }
    let (body, hash) = open_chunk(bytes, 1)?;
    let mut cursor = Cursor::new(body);

    let count = cursor.unsigned_up_to(DEPENDENCIES_MAX, PrecheckError::Dependencies)?;
    let dependencies = cursor.take(count.checked_mul(32).ok_or(PrecheckError::Number)?)?;
    refuse_twins(dependencies)?;
    let actor = read_actor(&mut cursor)?;
    let seq = cursor.unsigned_up_to(u64::from(u32::MAX), PrecheckError::Sequence)?;
    if seq == 0 {
        return Err(PrecheckError::Sequence);
    }
    let start_op = cursor.unsigned_up_to(u64::from(u32::MAX), PrecheckError::StartOp)?;
    let time_seconds = cursor.signed()?;
    if time_seconds.unsigned_abs() > TIME_MAX.unsigned_abs() {
        return Err(PrecheckError::Time);
    }
    let length = cursor.unsigned_up_to(MESSAGE_MAX, PrecheckError::Message)?;
    std::str::from_utf8(cursor.take(length)?).map_err(|_| PrecheckError::Text)?;
    let count = cursor.unsigned_up_to(OTHER_ACTORS_MAX, PrecheckError::Actor)?;
    let others = cursor.rest();
    for _ in 0..count {
        read_actor(&mut cursor)?;
    }
    let others = &others[..others.len() - cursor.rest().len()];

    let table = columns::read_table(&mut cursor, false)?;
    let columns = cursor.rest();
    let mut walk = Walk::new(Layout::Change, ROWS_MAX, count + 1);
    for column in table.columns() {
        walk.column(column.spec, cursor.take(column.length)?)?;
    }
    let op_count = walk.finish()?;
    if cursor.rest().len() as u64 > MESSAGE_MAX {
        return Err(PrecheckError::Message);
    }
    if start_op == 0 || start_op + op_count > u64::from(u32::MAX) {
        return Err(PrecheckError::StartOp);
    }
    let outline = Outline { hash, actor, seq, start_op, op_count, time_seconds, dependencies };
    Ok(OpenedChange { outline, others, table, columns })
}

/// Opens a chunk of exactly `bytes`: magic, type, length and checksum.
fn open_chunk(bytes: &[u8], kind: u8) -> Result<(&[u8], Hash), PrecheckError> {
    let mut cursor = Cursor::new(bytes);
    if cursor.take(4)? != MAGIC {
        return Err(PrecheckError::Magic);
    }
    let checksum = cursor.take(4)?;
    let found = cursor.byte()?;
    if found != kind {
        return Err(PrecheckError::ChunkType(found));
    }
    let length = cursor.unsigned()?;
    let body = cursor.rest();
    match (body.len() as u64).cmp(&length) {
        std::cmp::Ordering::Less => return Err(PrecheckError::Truncated),
        std::cmp::Ordering::Greater => return Err(PrecheckError::Trailing),
        std::cmp::Ordering::Equal => {}
    }
    let digest: [u8; 32] = Sha256::digest(&bytes[8..]).into();
    if digest[..4] != *checksum {
        return Err(PrecheckError::Checksum);
    }
    Ok((body, Hash::from_bytes(digest)))
}

/// A whole number that fills its bytes.
pub(crate) fn signed(bytes: &[u8]) -> Option<i64> {
    let mut cursor = Cursor::new(bytes);
    let number = cursor.signed().ok()?;
    cursor.is_empty().then_some(number)
}

fn read_actor(cursor: &mut Cursor<'_>) -> Result<ActorId, PrecheckError> {
    if cursor.unsigned()? != ActorId::LENGTH as u64 {
        return Err(PrecheckError::Actor);
    }
    ActorId::from_slice(cursor.take(ActorId::LENGTH as u64)?).ok_or(PrecheckError::Actor)
}

/// At most 64 hashes, so comparing each with each costs less than sorting a copy.
fn refuse_twins(hashes: &[u8]) -> Result<(), PrecheckError> {
    let list = || hashes.chunks_exact(Hash::LENGTH);
    let twin = list().enumerate().any(|(at, hash)| list().skip(at + 1).any(|other| other == hash));
    if twin { Err(PrecheckError::Dependencies) } else { Ok(()) }
}
