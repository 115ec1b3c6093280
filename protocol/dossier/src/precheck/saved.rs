//! The walk over a saved document: one document chunk, columns possibly deflated.

use std::borrow::Cow;

use super::columns::{Layout, Table, Walk, read_table};
use super::cursor::Cursor;
use super::{
    ACTORS_MAX, CHANGES_MAX, DEPENDENCIES_MAX, INFLATED_MAX, OPERATIONS_MAX, PrecheckError,
    SAVED_MAX, open_chunk, read_actor, refuse_twins,
};
use crate::{ActorId, Hash};

/// A saved document whose columns were inflated and walked.
#[derive(Debug)]
pub(crate) struct SavedColumns<'a> {
    /// Authors, by the index that columns name them by.
    pub(crate) actors: Vec<ActorId>,
    /// The heads it claims, each with the position of its change.
    pub(crate) heads: Vec<(Hash, u64)>,
    /// Columns of the changes, in the order of their specifications.
    pub(crate) changes: Vec<Inflated<'a>>,
    /// Columns of the operations, likewise.
    pub(crate) operations: Vec<Inflated<'a>>,
}

impl SavedColumns<'_> {
    /// A column of the changes; empty when there is none.
    pub(crate) fn change_column(&self, spec: u32) -> &[u8] {
        find(&self.changes, spec)
    }

    /// A column of the operations; empty when there is none.
    pub(crate) fn operation_column(&self, spec: u32) -> &[u8] {
        find(&self.operations, spec)
    }
}

fn find<'a>(columns: &'a [Inflated<'_>], spec: u32) -> &'a [u8] {
    columns.iter().find(|(found, _)| *found == spec).map_or(&[], |(_, data)| data)
}

/// Walks a saved document, whether from the own store or from a peer, and verifies its checksum.
///
/// # Errors
/// [`PrecheckError`] for anything but one well-formed document chunk within the limits.
pub fn check_saved(bytes: &[u8]) -> Result<(), PrecheckError> {
    open_saved(bytes).map(|_| ())
}

/// As [`check_saved`], and hands out what it walked.
pub(crate) fn open_saved(bytes: &[u8]) -> Result<SavedColumns<'_>, PrecheckError> {
    if bytes.len() > SAVED_MAX {
        return Err(PrecheckError::TooLong);
    }
    let (body, _) = open_chunk(bytes, 0)?;
    let mut cursor = Cursor::new(body);
    let count = cursor.unsigned_up_to(ACTORS_MAX, PrecheckError::Actor)?;
    let mut actors = Vec::new();
    for _ in 0..count {
        actors.push(read_actor(&mut cursor)?);
    }
    let count = cursor.unsigned_up_to(DEPENDENCIES_MAX, PrecheckError::Dependencies)?;
    let hashes = cursor.take(count * 32)?;
    refuse_twins(hashes)?;

    let change_table = read_table(&mut cursor, true)?;
    let operation_table = read_table(&mut cursor, true)?;
    let mut budget = INFLATED_MAX;
    let known = actors.len() as u64;
    let changes = inflate(&mut cursor, &change_table, &mut budget)?;
    let rows = check(&changes, Walk::new(Layout::SavedChanges, CHANGES_MAX, known))?;
    let operations = inflate(&mut cursor, &operation_table, &mut budget)?;
    check(&operations, Walk::new(Layout::SavedOperations, OPERATIONS_MAX, known))?;
    // The positions of the heads end the chunk.
    let mut heads = Vec::new();
    for hash in hashes.chunks_exact(Hash::LENGTH).filter_map(Hash::from_slice) {
        let position = cursor.unsigned()?;
        if position >= rows {
            return Err(PrecheckError::Number);
        }
        heads.push((hash, position));
    }
    if !cursor.is_empty() {
        return Err(PrecheckError::Trailing);
    }
    Ok(SavedColumns { actors, heads, changes, operations })
}

/// Specification and inflated bytes.
pub(crate) type Inflated<'a> = (u32, Cow<'a, [u8]>);

fn inflate<'a>(
    cursor: &mut Cursor<'a>,
    table: &Table,
    budget: &mut usize,
) -> Result<Vec<Inflated<'a>>, PrecheckError> {
    let mut inflated = Vec::new();
    for column in table.columns() {
        let stored = cursor.take(column.length)?;
        let data = if column.is_deflated() {
            let plain = miniz_oxide::inflate::decompress_to_vec_with_limit(stored, *budget);
            Cow::Owned(plain.map_err(|_| PrecheckError::Inflate)?)
        } else {
            Cow::Borrowed(stored)
        };
        *budget = budget.checked_sub(data.len()).ok_or(PrecheckError::Inflate)?;
        inflated.push((column.plain(), data));
    }
    Ok(inflated)
}

fn check<'a>(columns: &'a [Inflated<'_>], mut walk: Walk<'a>) -> Result<u64, PrecheckError> {
    for (spec, data) in columns {
        walk.column(*spec, data)?;
    }
    walk.finish()
}
