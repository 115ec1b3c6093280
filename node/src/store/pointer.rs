//! Rows of the index: where a value lies in the journal, with a checksum that binds it to its key.
//!
//! A short value stands in the row itself. The journal holds it all the same: an index is a cache.

use dossier::Hash;
use protocol::Table;

const POINTER: u8 = 0;
const INLINE: u8 = 1;
/// Longest value kept in the row itself, in bytes.
const INLINE_MAX: usize = 64;

/// A place in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Number of the segment.
    pub(super) segment: u32,
    /// Offset in it, in bytes.
    pub(super) offset: u32,
}

impl Place {
    /// The place `bytes` further on in the same segment.
    pub(super) fn forward(self, bytes: usize) -> Self {
        let bytes = u32::try_from(bytes).expect("a segment is shorter than 4 GiB");
        Self { segment: self.segment, offset: self.offset + bytes }
    }
}

/// A row of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row<'a> {
    Pointer { place: Place, length: u32, checksum: [u8; 8] },
    Inline { checksum: [u8; 8], value: &'a [u8] },
}

/// The index key of a store key: the table's number, then the key.
pub(super) fn index_key(table: Table, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(1 + key.len());
    full.push(table as u8);
    full.extend_from_slice(key);
    full
}

/// First bytes of a digest over an index key and the value that belongs to it.
pub(super) fn checksum(index_key: &[u8], value: &[u8]) -> [u8; 8] {
    let digest = Hash::tagged("hoso/store/value/1", &[index_key, value]);
    let mut checksum = [0; 8];
    checksum.copy_from_slice(&digest.as_bytes()[..8]);
    checksum
}

/// Encodes the row of `value`, which lies at `place`.
pub(super) fn encode(index_key: &[u8], value: &[u8], place: Place) -> Vec<u8> {
    let checksum = checksum(index_key, value);
    if value.len() <= INLINE_MAX {
        return [&[INLINE], checksum.as_slice(), value].concat();
    }
    let length = u32::try_from(value.len()).expect("a value is within its limit");
    let mut row = Vec::with_capacity(21);
    row.push(POINTER);
    row.extend_from_slice(&place.segment.to_le_bytes());
    row.extend_from_slice(&place.offset.to_le_bytes());
    row.extend_from_slice(&length.to_le_bytes());
    row.extend_from_slice(&checksum);
    row
}

/// Reads a row; `None` when it is malformed.
pub(super) fn decode(row: &[u8]) -> Option<Row<'_>> {
    let (kind, rest) = row.split_first()?;
    match *kind {
        POINTER => {
            let rest: &[u8; 20] = rest.try_into().ok()?;
            let number = |at: usize| -> Option<u32> {
                Some(u32::from_le_bytes(rest.get(at..at + 4)?.try_into().ok()?))
            };
            let place = Place { segment: number(0)?, offset: number(4)? };
            let checksum = rest[12..].try_into().ok()?;
            Some(Row::Pointer { place, length: number(8)?, checksum })
        }
        INLINE => {
            let (checksum, value) = rest.split_first_chunk::<8>()?;
            (value.len() <= INLINE_MAX).then_some(Row::Inline { checksum: *checksum, value })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { segment: 3, offset: 4096 };

    #[test]
    fn short_values_stand_in_the_row_and_long_ones_are_pointed_at() {
        let key = index_key(Table::Dossier, b"k");
        let short = encode(&key, &[5; INLINE_MAX], PLACE);
        assert!(
            matches!(decode(&short), Some(Row::Inline { value, .. }) if value == [5; INLINE_MAX])
        );
        let long = encode(&key, &[5; INLINE_MAX + 1], PLACE);
        assert!(matches!(decode(&long), Some(Row::Pointer { place: PLACE, length: 65, .. })));
    }

    #[test]
    fn the_checksum_binds_a_value_to_its_table_and_key() {
        let value = b"the same value";
        let one = checksum(&index_key(Table::Dossier, b"k"), value);
        assert_ne!(one, checksum(&index_key(Table::Copy, b"k"), value));
        assert_ne!(one, checksum(&index_key(Table::Dossier, b"l"), value));
    }

    #[test]
    fn malformed_rows_are_refused() {
        let row = encode(&index_key(Table::Dossier, b"k"), &[5; 100], PLACE);
        for length in 0..row.len() {
            assert_eq!(decode(&row[..length]), None);
        }
        assert_eq!(decode(&[2; 21]), None);
    }
}
