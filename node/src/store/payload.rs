//! The payload of a frame: the writes of one transaction, in order.

use std::ops::Range;

use protocol::{Op, Table};

use super::StoreError;
use super::frame::{Flaw, PAYLOAD_MAX};

const FEED: u8 = 1;
const REMOVE: u8 = 2;

/// One write as it stands in a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Write<'a> {
    pub(super) table: Table,
    pub(super) key: &'a [u8],
    pub(super) feed: bool,
    /// Where the value lies in the payload; `None` removes the key.
    pub(super) value: Option<Range<usize>>,
}

/// Encodes a transaction, after checking every limit.
pub(super) fn encode(ops: &[Op]) -> Result<Vec<u8>, StoreError> {
    let mut length = 4;
    for op in ops {
        let value = op.value.as_ref().map_or(0, Vec::len);
        within("key", op.key.len(), Op::KEY_MAX)?;
        within("value", value, Op::VALUE_MAX)?;
        length += 8 + op.key.len() + value;
        within("transaction", length, PAYLOAD_MAX)?;
    }
    let mut payload = Vec::with_capacity(length);
    payload.extend_from_slice(&narrow(ops.len()).to_le_bytes());
    for op in ops {
        let flags = if op.feed { FEED } else { 0 } | if op.value.is_none() { REMOVE } else { 0 };
        let value = op.value.as_deref().unwrap_or_default();
        payload.extend_from_slice(&[op.table as u8, flags]);
        let key_len = u16::try_from(op.key.len()).expect("a key is within its limit");
        payload.extend_from_slice(&key_len.to_le_bytes());
        payload.extend_from_slice(&op.key);
        payload.extend_from_slice(&narrow(value.len()).to_le_bytes());
        payload.extend_from_slice(value);
    }
    Ok(payload)
}

fn within(what: &'static str, found: usize, max: usize) -> Result<(), StoreError> {
    if found > max { Err(StoreError::TooLarge { what, found, max }) } else { Ok(()) }
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).expect("a length inside a payload is within its limit")
}

/// Reads a payload back; the whole of it must be used up.
pub(super) fn decode(payload: &[u8]) -> Result<Vec<Write<'_>>, Flaw> {
    let mut reader = Reader { payload, at: 0 };
    let count = u32::from_le_bytes(reader.array()?);
    // No capacity is taken from the count: a write needs at least eight bytes of payload.
    let mut writes = Vec::new();
    for _ in 0..count {
        writes.push(reader.write()?);
    }
    if reader.at == payload.len() { Ok(writes) } else { Err(Flaw::Payload) }
}

struct Reader<'a> {
    payload: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn write(&mut self) -> Result<Write<'a>, Flaw> {
        let [table, flags] = self.array()?;
        let table = Table::from_number(table).ok_or(Flaw::Payload)?;
        if flags & !(FEED | REMOVE) != 0 {
            return Err(Flaw::Payload);
        }
        let key_len = usize::from(u16::from_le_bytes(self.array()?));
        let key = self.take(key_len)?;
        let value_len = u32::from_le_bytes(self.array()?) as usize;
        if key_len > Op::KEY_MAX || value_len > Op::VALUE_MAX {
            return Err(Flaw::Payload);
        }
        let start = self.at;
        self.take(value_len)?;
        let removes = flags & REMOVE != 0;
        if removes && value_len > 0 {
            return Err(Flaw::Payload);
        }
        let value = (!removes).then_some(start..self.at);
        Ok(Write { table, key, feed: flags & FEED != 0, value })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Flaw> {
        let end = self.at.checked_add(length).ok_or(Flaw::Payload)?;
        let bytes = self.payload.get(self.at..end).ok_or(Flaw::Payload)?;
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
    use crate::environment::entropy::SplitMix64;

    fn sample() -> Vec<Op> {
        vec![
            Op::put(Table::Copy, *b"a", vec![1; 300]),
            Op::publish(Table::Parcel, *b"", *b""),
            Op::remove(Table::Listing, vec![9; Op::KEY_MAX]),
        ]
    }

    #[test]
    fn a_transaction_reads_back_as_it_was_written() {
        let ops = sample();
        let payload = encode(&ops).expect("within limits");
        let writes = decode(&payload).expect("well formed");
        let back: Vec<Op> = writes
            .into_iter()
            .map(|write| Op {
                table: write.table,
                key: write.key.to_vec(),
                value: write.value.map(|range| payload[range].to_vec()),
                feed: write.feed,
            })
            .collect();
        assert_eq!(back, ops);
    }

    #[test]
    fn a_payload_cut_short_or_padded_is_a_flaw() {
        let payload = encode(&sample()).expect("within limits");
        for length in 0..payload.len() {
            assert_eq!(decode(&payload[..length]), Err(Flaw::Payload), "length {length}");
        }
        let padded = [payload.as_slice(), &[0]].concat();
        assert_eq!(decode(&padded), Err(Flaw::Payload));
    }

    #[test]
    fn random_bytes_never_panic() {
        let mut random = SplitMix64::new(1);
        for _ in 0..2000 {
            let length = random.below(64);
            let bytes: Vec<u8> = (0..length).map(|_| random.next_u64() as u8 & 7).collect();
            if let Ok(writes) = decode(&bytes) {
                assert!(writes.len() <= bytes.len() / 8);
            }
        }
    }

    #[test]
    fn keys_and_values_beyond_their_limits_are_refused() {
        let key = Op::put(Table::Meta, vec![0; Op::KEY_MAX + 1], *b"");
        let value = Op::put(Table::Meta, *b"k", vec![0; Op::VALUE_MAX + 1]);
        for op in [key, value] {
            assert!(matches!(encode(&[op]), Err(StoreError::TooLarge { .. })));
        }
        let five = vec![Op::put(Table::Meta, *b"k", vec![0; Op::VALUE_MAX]); 5];
        assert!(matches!(encode(&five), Err(StoreError::TooLarge { what: "transaction", .. })));
    }
}
