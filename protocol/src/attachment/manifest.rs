//! What a content consists of.

use dossier::{
    Hash,
    attachment::{ContentId, FILE_BYTES_MAX},
};
use serde::{Deserialize, Serialize};

use super::CHUNK_BYTES;
use crate::codec;

/// Digests under the content key of one dossier; the shell supplies the cryptography.
pub trait KeyedDigest {
    /// The digest of `bytes` for one purpose; digests of two purposes have nothing in common.
    fn digest(&self, purpose: &str, bytes: &[u8]) -> Hash;
}

/// Purposes of digests.
const CHUNK: &str = "hoso/attachment/chunk/1";
const CONTENT: &str = "hoso/attachment/content/1";

/// The chunks of a content, by their digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Bytes of the content.
    pub size: u64,
    /// Digest of each chunk, in order.
    pub chunks: Vec<Hash>,
}

impl Manifest {
    /// Cuts a content; it has at least one byte and at most [`FILE_BYTES_MAX`].
    pub fn of(bytes: &[u8], digest: &dyn KeyedDigest) -> Self {
        let chunks = bytes.chunks(CHUNK_BYTES).map(|chunk| digest.digest(CHUNK, chunk)).collect();
        Self { size: bytes.len() as u64, chunks }
    }

    /// The name of the content.
    pub fn id(&self, digest: &dyn KeyedDigest) -> ContentId {
        digest.digest(CONTENT, &codec::encode(self))
    }

    /// Reads a manifest that came from anywhere; `None` unless it is the one the content is named by.
    pub fn read(bytes: &[u8], size: u64, id: &ContentId, digest: &dyn KeyedDigest) -> Option<Self> {
        let read: Self = codec::decode(bytes).ok()?;
        let fits = read.size == size && read.chunks.len() == chunks_of(size) as usize;
        (fits && (1..=FILE_BYTES_MAX).contains(&size) && read.id(digest) == *id).then_some(read)
    }

    /// The bytes a node keeps and sends.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// How many chunks it has.
    pub fn count(&self) -> u32 {
        u32::try_from(self.chunks.len()).unwrap_or(u32::MAX)
    }

    /// Length of a chunk, in bytes; `None` for one it does not have.
    pub fn length(&self, index: u32) -> Option<usize> {
        let last = self.count().checked_sub(1)?;
        match index.cmp(&last) {
            std::cmp::Ordering::Less => Some(CHUNK_BYTES),
            std::cmp::Ordering::Equal => {
                usize::try_from(self.size - u64::from(last) * CHUNK_BYTES as u64).ok()
            }
            std::cmp::Ordering::Greater => None,
        }
    }

    /// Whether these bytes are the chunk.
    pub fn is_chunk(&self, index: u32, bytes: &[u8], digest: &dyn KeyedDigest) -> bool {
        self.length(index) == Some(bytes.len())
            && self.chunks.get(index as usize) == Some(&digest.digest(CHUNK, bytes))
    }
}

/// How many chunks a content of `size` bytes has.
pub(super) fn chunks_of(size: u64) -> u32 {
    u32::try_from(size.div_ceil(CHUNK_BYTES as u64)).unwrap_or(u32::MAX)
}
