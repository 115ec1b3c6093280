//! The payload of a frame: the writes of one transaction, in order, sealed.
//!
//! ```text
//! sealed length of the directory | sealed directory | sealed values, back to back | filler
//! ```
//!
//! The directory says of each write its table, its key and how long its value is. Everything looks
//! like random bytes, the filler too, and the whole is as long as few others are: see
//! [`crate::seal::padded`]. Nonces are the number of the frame and that of the write in it.

use std::ops::Range;

use protocol::{Op, Table};

use super::StoreError;
use super::frame::{Flaw, PAYLOAD_MAX};
use super::names::{dossier_of, index_key};
use crate::seal::{Label, NONCE, Shut, Stamp, TAG, Vault, padded};

const FEED: u8 = 1;
const REMOVE: u8 = 2;
/// Bytes of the sealed length of the directory.
const FRONT: usize = 4 + TAG;
/// Numbers that no write has, for the nonces of the other parts.
const LENGTH_PART: u32 = u32::MAX;
const DIRECTORY_PART: u32 = u32::MAX - 1;
const FILLER_PART: u32 = u32::MAX - 2;
/// Most writes of a transaction.
const WRITES_MAX: usize = 4 * 1024 * 1024;

/// One write as it stands in a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Write {
    /// Its key in the index.
    pub(super) index_key: Vec<u8>,
    pub(super) table: Table,
    pub(super) key: Vec<u8>,
    pub(super) feed: bool,
    /// Where the sealed value lies in the payload; `None` removes the key.
    pub(super) value: Option<(Range<usize>, Lock)>,
}

/// What a sealed value is opened with, besides its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lock {
    /// Number of the frame that brought it.
    pub(super) sequence: u64,
    /// Number of the write in it.
    pub(super) part: u32,
    pub(super) stamp: Stamp,
}

impl Lock {
    /// The nonce of this place.
    pub(super) fn nonce(&self) -> [u8; NONCE] {
        nonce(self.sequence, self.part)
    }

    /// Opens the sealed value of a row.
    pub(super) fn open(
        &self,
        vault: &Vault,
        (table, key): (Table, &[u8]),
        sealed: &[u8],
    ) -> Result<Vec<u8>, Shut> {
        let full = full_key(table, key);
        vault.open_with(&label(table, key, &full), self.stamp, self.nonce(), sealed)
    }
}

fn nonce(sequence: u64, part: u32) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce[..8].copy_from_slice(&sequence.to_le_bytes());
    nonce[8..].copy_from_slice(&part.to_le_bytes());
    nonce
}

fn full_key(table: Table, key: &[u8]) -> Vec<u8> {
    [&[table as u8], key].concat()
}

fn label<'a>(table: Table, key: &[u8], full: &'a [u8]) -> Label<'a> {
    Label { kind: "row", dossier: dossier_of(table, key), key: full }
}

fn part_label(part: &str) -> Label<'_> {
    Label { kind: "frame", dossier: None, key: part.as_bytes() }
}

/// A transaction within every limit, measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured<'a> {
    ops: &'a [Op],
    /// Bytes of the sealed directory.
    directory: usize,
    /// Bytes of the payload.
    whole: usize,
}

/// Checks a transaction against every limit.
pub(super) fn measure(ops: &[Op]) -> Result<Measured<'_>, StoreError> {
    let (keys, values) = check(ops)?;
    let directory = 8 + ops.len() * 12 + keys + TAG;
    let used = FRONT + directory + values;
    within("transaction", used + TAG, PAYLOAD_MAX)?;
    Ok(Measured { ops, directory, whole: padded(used + TAG).min(PAYLOAD_MAX) })
}

impl Measured<'_> {
    /// Bytes of the payload.
    pub(super) fn payload_len(&self) -> usize {
        self.whole
    }
}

/// Appends the payload of a transaction that is to become frame `sequence`, and says what it
/// writes; the places of values count from the start of the payload.
pub(super) fn seal(
    vault: &Vault,
    sequence: u64,
    Measured { ops, directory, whole }: Measured<'_>,
    payload: &mut Vec<u8>,
) -> Result<Vec<Write>, StoreError> {
    let begin = payload.len();
    payload.reserve(whole);
    let free = Stamp::default();
    let shut = |_| StoreError::Sealing;

    payload.extend_from_slice(&narrow(directory).to_le_bytes());
    let at = nonce(sequence, LENGTH_PART);
    vault.seal_with(&part_label("length"), free, at, payload, begin).map_err(shut)?;
    let generation = vault.stamp(None).generation;
    let stamps: Vec<Stamp> = ops
        .iter()
        .map(|op| Stamp { generation, ..vault.stamp(dossier_of(op.table, &op.key).as_ref()) })
        .collect();
    write_directory(payload, generation, ops.iter().zip(&stamps));
    let at = nonce(sequence, DIRECTORY_PART);
    let front = begin + FRONT;
    vault.seal_with(&part_label("directory"), free, at, payload, front).map_err(shut)?;

    let mut writes = Vec::with_capacity(ops.len());
    for ((op, stamp), part) in ops.iter().zip(stamps).zip(0_u32..) {
        let lock = Lock { sequence, part, stamp };
        let value = match &op.value {
            None => None,
            Some(value) => {
                let start = payload.len();
                payload.extend_from_slice(value);
                let full = full_key(op.table, &op.key);
                let label = label(op.table, &op.key, &full);
                vault.seal_with(&label, stamp, lock.nonce(), payload, start).map_err(shut)?;
                Some((start - begin..payload.len() - begin, lock))
            }
        };
        let index_key = index_key(vault, op.table, &op.key);
        let (table, key, feed) = (op.table, op.key.clone(), op.feed);
        writes.push(Write { index_key, table, key, feed, value });
    }
    let start = payload.len();
    payload.resize(begin + whole - TAG, 0);
    let at = nonce(sequence, FILLER_PART);
    vault.seal_with(&part_label("filler"), free, at, payload, start).map_err(shut)?;
    Ok(writes)
}

/// Bytes of all keys and of all sealed values.
fn check(ops: &[Op]) -> Result<(usize, usize), StoreError> {
    within("transaction", ops.len(), WRITES_MAX)?;
    let (mut keys, mut values) = (0, 0);
    for op in ops {
        let value = op.value.as_ref().map_or(0, Vec::len);
        within("key", op.key.len(), Op::KEY_MAX)?;
        within("value", value, Op::VALUE_MAX)?;
        keys += op.key.len();
        values += op.value.as_ref().map_or(0, |value| value.len() + TAG);
        within("transaction", keys + values, PAYLOAD_MAX)?;
    }
    Ok((keys, values))
}

fn write_directory<'a>(
    out: &mut Vec<u8>,
    generation: u32,
    writes: impl ExactSizeIterator<Item = (&'a Op, &'a Stamp)>,
) {
    out.extend_from_slice(&generation.to_le_bytes());
    out.extend_from_slice(&narrow(writes.len()).to_le_bytes());
    for (op, stamp) in writes {
        let flags = if op.feed { FEED } else { 0 } | if op.value.is_none() { REMOVE } else { 0 };
        let value = op.value.as_ref().map_or(0, |value| value.len() + TAG);
        out.extend_from_slice(&[op.table as u8, flags]);
        let key_len = u16::try_from(op.key.len()).expect("a key is within its limit");
        out.extend_from_slice(&key_len.to_le_bytes());
        out.extend_from_slice(&narrow(value).to_le_bytes());
        out.extend_from_slice(&stamp.epoch.to_le_bytes());
        out.extend_from_slice(&op.key);
    }
}

fn within(what: &'static str, found: usize, max: usize) -> Result<(), StoreError> {
    if found > max { Err(StoreError::TooLarge { what, found, max }) } else { Ok(()) }
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).expect("a length inside a payload is within its limit")
}

/// Reads what a payload of frame `sequence` writes; its values stay sealed.
pub(super) fn open(vault: &Vault, sequence: u64, payload: &[u8]) -> Result<Vec<Write>, Flaw> {
    let part = |name: &str, part: u32, bytes: &[u8]| {
        vault.open_with(&part_label(name), Stamp::default(), nonce(sequence, part), bytes)
    };
    let front = payload.get(..FRONT).ok_or(Flaw::Payload)?;
    let length = part("length", LENGTH_PART, front).map_err(|_| Flaw::Sealed)?;
    let length: [u8; 4] = length.try_into().map_err(|_| Flaw::Payload)?;
    let directory = payload[FRONT..].get(..u32::from_le_bytes(length) as usize);
    let directory = directory.ok_or(Flaw::Payload)?;
    let values = FRONT + directory.len();
    let plain = part("directory", DIRECTORY_PART, directory).map_err(|_| Flaw::Sealed)?;
    let reader = Reader { bytes: &plain, at: 0, values, end: payload.len() };
    reader.writes(vault, sequence)
}

/// Reads a directory.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the next value begins, and where all end.
    values: usize,
    end: usize,
}

impl Reader<'_> {
    fn writes(mut self, vault: &Vault, sequence: u64) -> Result<Vec<Write>, Flaw> {
        let generation = u32::from_le_bytes(self.array()?);
        let count = u32::from_le_bytes(self.array()?);
        // No capacity is taken from the count: a write needs at least twelve bytes.
        let mut writes = Vec::new();
        for part in 0..count {
            writes.push(self.write(vault, sequence, generation, part)?);
        }
        if self.at == self.bytes.len() { Ok(writes) } else { Err(Flaw::Payload) }
    }

    fn write(
        &mut self,
        vault: &Vault,
        sequence: u64,
        generation: u32,
        part: u32,
    ) -> Result<Write, Flaw> {
        let [table, flags] = self.array()?;
        let table = Table::from_number(table).ok_or(Flaw::Payload)?;
        if flags & !(FEED | REMOVE) != 0 {
            return Err(Flaw::Payload);
        }
        let key_len = usize::from(u16::from_le_bytes(self.array()?));
        let value_len = u32::from_le_bytes(self.array()?) as usize;
        let epoch = u32::from_le_bytes(self.array()?);
        if key_len > Op::KEY_MAX || value_len > Op::VALUE_MAX + TAG {
            return Err(Flaw::Payload);
        }
        let key = self.take(key_len)?.to_vec();
        let start = self.values;
        self.values += value_len;
        let removes = flags & REMOVE != 0;
        if self.values > self.end || (removes && value_len > 0) || (!removes && value_len < TAG) {
            return Err(Flaw::Payload);
        }
        let lock = Lock { sequence, part, stamp: Stamp { epoch, generation } };
        let value = (!removes).then_some((start..self.values, lock));
        let index_key = index_key(vault, table, &key);
        Ok(Write { index_key, table, key, feed: flags & FEED != 0, value })
    }

    fn take(&mut self, length: usize) -> Result<&[u8], Flaw> {
        let end = self.at.checked_add(length).ok_or(Flaw::Payload)?;
        let bytes = self.bytes.get(self.at..end).ok_or(Flaw::Payload)?;
        self.at = end;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        self.take(N)?.try_into().map_err(|_| Flaw::Payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(vault: &Vault, sequence: u64, ops: &[Op]) -> (Vec<u8>, Vec<Write>) {
        let mut payload = Vec::new();
        let measured = measure(ops).expect("within limits");
        let writes = seal(vault, sequence, measured, &mut payload).expect("sealed");
        assert_eq!(payload.len(), measured.payload_len());
        (payload, writes)
    }

    fn sample() -> Vec<Op> {
        vec![
            Op::put(Table::Copy, [7; 16], vec![1; 300]),
            Op::publish(Table::Parcel, *b"", *b""),
            Op::remove(Table::Listing, vec![9; Op::KEY_MAX]),
        ]
    }

    #[test]
    fn a_transaction_reads_back_as_it_was_written() {
        let (vault, ops) = (Vault::in_memory(1), sample());
        let (payload, written) = sealed(&vault, 5, &ops);
        assert_eq!(payload.len(), padded(payload.len()));
        let writes = open(&vault, 5, &payload).expect("well formed");
        assert_eq!(writes, written);
        let value = |write: &Write| {
            let (range, lock) = write.value.clone()?;
            let row = (write.table, write.key.as_slice());
            Some(lock.open(&vault, row, &payload[range]).expect("opens"))
        };
        let back: Vec<Op> = writes
            .iter()
            .map(|write| Op {
                table: write.table,
                key: write.key.clone(),
                value: value(write),
                feed: write.feed,
            })
            .collect();
        assert_eq!(back, ops);
    }

    #[test]
    fn a_payload_opens_whole_in_its_own_frame_and_vault_alone() {
        let vault = Vault::in_memory(1);
        let (payload, writes) = sealed(&vault, 5, &sample());
        assert_eq!(open(&vault, 6, &payload), Err(Flaw::Sealed));
        assert_eq!(open(&Vault::in_memory(2), 5, &payload), Err(Flaw::Sealed));
        for length in 0..400 {
            assert!(open(&vault, 5, &payload[..length]).is_err(), "length {length}");
        }
        let (range, lock) = writes[0].value.clone().expect("a value");
        let sealed = &payload[range];
        let opens = |lock: Lock, table, key: &[u8]| lock.open(&vault, (table, key), sealed).is_ok();
        assert!(opens(lock, Table::Copy, &[7; 16]));
        assert!(!opens(lock, Table::Parcel, &[7; 16]), "another table");
        assert!(!opens(lock, Table::Copy, &[8; 16]), "another dossier");
        assert!(!opens(Lock { sequence: 4, ..lock }, Table::Copy, &[7; 16]), "another frame");
        assert!(!opens(Lock { part: 1, ..lock }, Table::Copy, &[7; 16]), "another write");
        for stamp in [Stamp { epoch: 1, ..lock.stamp }, Stamp { generation: 9, ..lock.stamp }] {
            assert!(!opens(Lock { stamp, ..lock }, Table::Copy, &[7; 16]), "{stamp:?}");
        }
    }

    #[test]
    fn transactions_of_a_thousand_dossiers_fall_into_a_dozen_lengths() {
        let vault = Vault::in_memory(1);
        let lengths: std::collections::BTreeSet<usize> = (0..1_000_u64)
            .map(|number| {
                let id = [number.to_le_bytes(), number.to_le_bytes()].concat();
                let value = vec![7; 80 + (number * number % 65_000) as usize];
                sealed(&vault, number, &[Op::publish(Table::Parcel, id, value)]).0.len()
            })
            .collect();
        assert!(lengths.len() > 3 && lengths.len() <= 12, "{lengths:?}");
    }

    #[test]
    fn keys_and_values_beyond_their_limits_are_refused() {
        let key = Op::put(Table::Meta, vec![0; Op::KEY_MAX + 1], *b"");
        let value = Op::put(Table::Meta, *b"k", vec![0; Op::VALUE_MAX + 1]);
        for op in [key, value] {
            assert!(matches!(measure(&[op]), Err(StoreError::TooLarge { .. })));
        }
        let five = vec![Op::put(Table::Meta, *b"k", vec![0; Op::VALUE_MAX]); 5];
        let refused = measure(&five);
        assert!(matches!(refused, Err(StoreError::TooLarge { what: "transaction", .. })));
    }
}
