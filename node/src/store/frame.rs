//! The header of a journal frame: 96 fixed-width bytes, readable without this program.
//!
//! The layout is written down byte by byte in `README.md` beside this file and never changes
//! under the same version number.

use dossier::Hash;
use sha2::{Digest, Sha256};

/// First bytes of every frame.
pub(super) const MAGIC: [u8; 4] = *b"HOSJ";
/// Version of the header and payload layout.
const VERSION: u16 = 2;
/// Length of a header in bytes.
pub(super) const HEADER: usize = 96;
/// Longest payload in bytes.
pub(super) const PAYLOAD_MAX: usize = 64 * 1024 * 1024;
const DIGEST_AT: usize = 64;

/// What is wrong with the bytes where a frame should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("the segment ends inside a frame")]
    Short,
    #[error("no frame begins here")]
    Magic,
    #[error("frame version {0} is unknown")]
    Version(u16),
    #[error("reserved header bits are set")]
    Reserved,
    #[error("the payload length {0} is beyond the limit")]
    Length(u32),
    #[error("the digest does not match")]
    Digest,
    #[error("frame {found} stands where {expected} belongs")]
    Sequence { found: u64, expected: u64 },
    #[error("the frame does not continue the one before it")]
    Chain,
    #[error("the frame claims a batch it cannot belong to")]
    Batch,
    #[error("the payload is malformed")]
    Payload,
    #[error("the payload does not open with this key")]
    Sealed,
}

/// A parsed header; its digest is checked by [`Header::seals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) payload: u32,
    /// Number of the transaction, from 1.
    pub(super) sequence: u64,
    /// The last sequence that was durable when this frame was written. Frames of one batch share
    /// it: a bad frame with a number at or below it was durable once, one above it may be torn.
    pub(super) durable: u64,
    /// Digest of the frame before, zeros for the first.
    pub(super) previous: Hash,
    /// Digest of this frame, its own digest taken as zeros.
    pub(super) digest: Hash,
}

impl Header {
    /// Reads the header at the start of `bytes`.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Flaw> {
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or(Flaw::Short)?;
        if header[..4] != MAGIC {
            return Err(Flaw::Magic);
        }
        let version = u16::from_le_bytes(field(header, 4));
        if version != VERSION {
            return Err(Flaw::Version(version));
        }
        if field::<2>(header, 6) != [0; 2] || field::<4>(header, 12) != [0; 4] {
            return Err(Flaw::Reserved);
        }
        let payload = u32::from_le_bytes(field(header, 8));
        if payload as usize > PAYLOAD_MAX {
            return Err(Flaw::Length(payload));
        }
        Ok(Self {
            payload,
            sequence: u64::from_le_bytes(field(header, 16)),
            durable: u64::from_le_bytes(field(header, 24)),
            previous: Hash::from_bytes(field(header, 32)),
            digest: Hash::from_bytes(field(header, DIGEST_AT)),
        })
    }

    /// Length of the whole frame in bytes.
    pub(super) fn frame_len(&self) -> usize {
        HEADER + self.payload as usize
    }

    /// Whether `frame`, header and payload, carries the digest it should.
    pub(super) fn seals(&self, frame: &[u8]) -> bool {
        frame.len() == self.frame_len() && digest_of(frame) == self.digest
    }

    /// Fills in the header of `frame`, room for it and then the payload, and returns the digest.
    ///
    /// The caller keeps payloads within [`PAYLOAD_MAX`].
    pub(super) fn seal(sequence: u64, durable: u64, previous: Hash, frame: &mut [u8]) -> Hash {
        let length = u32::try_from(frame.len() - HEADER).expect("a payload is within its limit");
        frame[..4].copy_from_slice(&MAGIC);
        frame[4..6].copy_from_slice(&VERSION.to_le_bytes());
        frame[6..8].fill(0);
        frame[8..12].copy_from_slice(&length.to_le_bytes());
        frame[12..16].fill(0);
        frame[16..24].copy_from_slice(&sequence.to_le_bytes());
        frame[24..32].copy_from_slice(&durable.to_le_bytes());
        frame[32..DIGEST_AT].copy_from_slice(previous.as_bytes());
        let digest = digest_of(frame);
        frame[DIGEST_AT..HEADER].copy_from_slice(digest.as_bytes());
        digest
    }
}

fn field<const N: usize>(header: &[u8; HEADER], at: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&header[at..at + N]);
    bytes
}

/// SHA-256 of a frame with its digest field taken as zeros.
fn digest_of(frame: &[u8]) -> Hash {
    let digest = Sha256::new()
        .chain_update(&frame[..DIGEST_AT])
        .chain_update([0; 32])
        .chain_update(&frame[HEADER..]);
    Hash::from_bytes(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of `README.md`; it never changes while the version is 2.
    const GOLDEN: &str = concat!(
        "484f534a02000000050000000000000002000000000000000100000000000000",
        "1111111111111111111111111111111111111111111111111111111111111111",
        "d60a225f73e6b6b00b22de6ffb0012b5c9610d34315d9bdd19513fe35e8f1061",
        "7061792121",
    );

    fn golden_frame() -> Vec<u8> {
        let mut frame = [&[0xff; HEADER][..], b"pay!!"].concat();
        Header::seal(2, 1, Hash::from_bytes([0x11; 32]), &mut frame);
        frame
    }

    #[test]
    fn the_frame_has_the_documented_bytes() {
        assert_eq!(hex::encode(golden_frame()), GOLDEN);
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_frame_is_noticed() {
        let frame = golden_frame();
        for bit in 0..frame.len() * 8 {
            let mut flipped = frame.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let noticed = Header::parse(&flipped).map_or(true, |header| !header.seals(&flipped));
            assert!(noticed, "bit {bit}");
        }
    }

    #[test]
    fn a_header_cut_short_is_a_flaw_at_every_length() {
        let frame = golden_frame();
        for length in 0..HEADER {
            assert_eq!(Header::parse(&frame[..length]), Err(Flaw::Short));
        }
    }
}
