//! Rows of the index: where a sealed value lies in the journal and what opens it, sealed themselves.
//!
//! A short value stands in the row itself. The journal holds it all the same: an index is a cache.

use protocol::Table;

use super::payload::Lock;
use crate::seal::{Label, NONCE, Shut, Stamp, TAG, Vault};

const POINTER: u8 = 0;
const INLINE: u8 = 1;
/// Longest sealed value kept in the row itself, in bytes.
const INLINE_MAX: usize = 64 + TAG;
/// Rows are filled up to a multiple of so many bytes.
const STEP: usize = 64;
/// Bytes before the key: kind, place, length of the value, part, epoch, generation, length of the
/// key.
const FIXED: usize = 1 + 8 + 4 + 4 + 4 + 4 + 2;

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
pub(super) struct Row {
    /// The key by its own letters.
    pub(super) key: Vec<u8>,
    pub(super) lock: Lock,
    /// Where the sealed value lies.
    pub(super) place: Place,
    /// How long it is.
    pub(super) length: u32,
    /// The sealed value, when it is short.
    pub(super) inline: Option<Vec<u8>>,
}

/// The table of an index key.
pub(super) fn table_of(index_key: &[u8]) -> Option<Table> {
    index_key.first().copied().and_then(Table::from_number)
}

fn label(index_key: &[u8]) -> Label<'_> {
    Label { kind: "index", dossier: None, key: index_key }
}

impl Row {
    /// The row of a value that lies sealed at `place`.
    pub(super) fn new(key: Vec<u8>, lock: Lock, place: Place, sealed: &[u8]) -> Self {
        let length = u32::try_from(sealed.len()).expect("a value is within its limit");
        let inline = (sealed.len() <= INLINE_MAX).then(|| sealed.to_vec());
        Self { key, lock, place, length, inline }
    }

    /// Bytes before filling up and sealing.
    fn plain_len(&self) -> usize {
        FIXED + self.key.len() + self.inline.as_ref().map_or(0, Vec::len)
    }

    /// Bytes that [`Row::seal`] makes of it.
    pub(super) fn sealed_len(&self) -> usize {
        NONCE + self.plain_len().next_multiple_of(STEP) + TAG
    }

    /// Seals the row to its place in the index.
    pub(super) fn seal(&self, vault: &Vault, index_key: &[u8]) -> Vec<u8> {
        let Self { key, lock, place, length, inline } = self;
        let Stamp { epoch, generation } = lock.stamp;
        let mut row = Vec::with_capacity(self.sealed_len());
        row.extend_from_slice(&lock.nonce());
        row.push(if inline.is_some() { INLINE } else { POINTER });
        let numbers = [place.segment, place.offset, *length, lock.part, epoch, generation];
        numbers.iter().for_each(|number| row.extend_from_slice(&number.to_le_bytes()));
        let key_len = u16::try_from(key.len()).expect("a key is within its limit");
        row.extend_from_slice(&key_len.to_le_bytes());
        row.extend_from_slice(key);
        row.extend_from_slice(inline.as_deref().unwrap_or_default());
        row.resize(NONCE + self.plain_len().next_multiple_of(STEP), 0);
        vault
            .seal_with(&label(index_key), Stamp::default(), lock.nonce(), &mut row, NONCE)
            .expect("rows are sealed under nobody's key");
        row
    }
}

/// Opens a row.
pub(super) fn open(vault: &Vault, index_key: &[u8], sealed: &[u8]) -> Result<Row, Shut> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(Shut::Altered)?;
    let row = vault.open_with(&label(index_key), Stamp::default(), *nonce, body)?;
    parse(*nonce, &row).ok_or(Shut::Altered)
}

fn parse(nonce: [u8; NONCE], row: &[u8]) -> Option<Row> {
    let (fixed, rest) = row.split_at_checked(FIXED)?;
    let number = |at: usize| -> Option<u32> {
        Some(u32::from_le_bytes(fixed.get(at..at + 4)?.try_into().ok()?))
    };
    let sequence = u64::from_le_bytes(nonce[..8].try_into().ok()?);
    let stamp = Stamp { epoch: number(17)?, generation: number(21)? };
    let lock = Lock { sequence, part: number(13)?, stamp };
    let place = Place { segment: number(1)?, offset: number(5)? };
    let length = number(9)?;
    let key_len = usize::from(u16::from_le_bytes(fixed[25..].try_into().ok()?));
    let (key, rest) = rest.split_at_checked(key_len)?;
    let inline = match fixed[0] {
        INLINE => Some(rest.get(..length as usize)?.to_vec()),
        POINTER => None,
        _ => return None,
    };
    Some(Row { key: key.to_vec(), lock, place, length, inline })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { segment: 3, offset: 4096 };
    const LOCK: Lock = Lock { sequence: 9, part: 2, stamp: Stamp { epoch: 4, generation: 5 } };

    #[test]
    fn short_values_stand_in_the_row_and_long_ones_are_pointed_at() {
        let vault = Vault::in_memory(1);
        let names = (&b"\x01k"[..], &b"key"[..]);
        for (length, stands) in [(INLINE_MAX, true), (INLINE_MAX + 1, false)] {
            let row = Row::new(names.1.to_vec(), LOCK, PLACE, &vec![5; length]);
            assert_eq!((row.inline.is_some(), row.length as usize), (stands, length));
            let sealed = row.seal(&vault, names.0);
            assert_eq!(sealed.len(), row.sealed_len());
            assert_eq!(open(&vault, names.0, &sealed), Ok(row));
        }
    }

    #[test]
    fn a_row_moved_changed_or_cut_is_refused() {
        let vault = Vault::in_memory(1);
        let sealed = Row::new(b"key".to_vec(), LOCK, PLACE, &[5; 100]).seal(&vault, b"\x01k");
        assert_eq!(open(&vault, b"\x02k", &sealed), Err(Shut::Altered));
        assert_eq!(open(&Vault::in_memory(2), b"\x01k", &sealed), Err(Shut::Altered));
        for at in 0..sealed.len() {
            assert_eq!(open(&vault, b"\x01k", &sealed[..at]), Err(Shut::Altered), "length {at}");
            let mut flipped = sealed.clone();
            flipped[at] ^= 16;
            assert_eq!(open(&vault, b"\x01k", &flipped), Err(Shut::Altered), "byte {at}");
        }
    }
}
