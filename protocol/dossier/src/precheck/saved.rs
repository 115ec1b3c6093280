//! The walk over a saved document: one document chunk, columns possibly deflated.

use std::borrow::Cow;

use super::columns::{Layout, Table, Walk, read_table};
use super::cursor::Cursor;
use super::{
    ACTORS_MAX, CHANGES_MAX, DEPENDENCIES_MAX, INFLATED_MAX, OPERATIONS_MAX, PrecheckError,
    SAVED_MAX, open_chunk, read_actor, refuse_twins,
};

/// Walks a saved document, whether from the own store or from a peer, and verifies its checksum.
///
/// # Errors
/// [`PrecheckError`] for anything but one well-formed document chunk within the limits.
pub fn check_saved(bytes: &[u8]) -> Result<(), PrecheckError> {
    if bytes.len() > SAVED_MAX {
        return Err(PrecheckError::TooLong);
    }
    let (body, _) = open_chunk(bytes, 0)?;
    let mut cursor = Cursor::new(body);
    let actors = cursor.unsigned_up_to(ACTORS_MAX, PrecheckError::Actor)?;
    for _ in 0..actors {
        read_actor(&mut cursor)?;
    }
    let heads = cursor.unsigned_up_to(DEPENDENCIES_MAX, PrecheckError::Dependencies)?;
    refuse_twins(cursor.take(heads * 32)?)?;

    let changes = read_table(&mut cursor, true)?;
    let operations = read_table(&mut cursor, true)?;
    let mut budget = INFLATED_MAX;
    let changes = walk(&mut cursor, &changes, &mut budget, |columns| {
        check(columns, Walk::new(Layout::SavedChanges, CHANGES_MAX, actors))
    })?;
    walk(&mut cursor, &operations, &mut budget, |columns| {
        check(columns, Walk::new(Layout::SavedOperations, OPERATIONS_MAX, actors))
    })?;
    // The positions of the heads end the chunk.
    for _ in 0..heads {
        if cursor.unsigned()? >= changes {
            return Err(PrecheckError::Number);
        }
    }
    if cursor.is_empty() { Ok(()) } else { Err(PrecheckError::Trailing) }
}

/// Specification and inflated bytes.
type Inflated<'a> = (u32, Cow<'a, [u8]>);

fn walk(
    cursor: &mut Cursor<'_>,
    table: &Table,
    budget: &mut usize,
    check: impl Fn(&[Inflated<'_>]) -> Result<u64, PrecheckError>,
) -> Result<u64, PrecheckError> {
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
    check(&inflated)
}

fn check<'a>(columns: &'a [Inflated<'_>], mut walk: Walk<'a>) -> Result<u64, PrecheckError> {
    for (spec, data) in columns {
        walk.column(*spec, data)?;
    }
    walk.finish()
}
