//! Contents of attachments on their way: cut into chunks, named by a manifest, carried beside the
//! conversation.
//!
//! A content is cut into chunks of [`CHUNK_BYTES`]. Its [`Manifest`] names each by a digest under
//! the dossier's content key, and the digest of the manifest is the content's name, which stands in
//! the dossier's document. So every chunk is judged as it arrives, whoever sends it, and what
//! arrived before a cut stays.
//!
//! Contents travel on a stream of their own, below the priority of frames ([`BulkFrame`]). The lower
//! node offers what its superior has not acknowledged; whoever lacks a content asks for it. A
//! superior's word for a content is an [`Acknowledgement`](crate::acknowledgement::Acknowledgement)
//! of [`held_tip`].
//!
//! **Invariants:** a chunk is kept only after its digest was compared; nothing is taken that no row
//! of an admitted document names; a receiver has at most [`WINDOW`] chunks asked for.

mod frame;
mod intake;
mod manifest;
#[cfg(test)]
mod tests;

use dossier::{DossierId, Hash, attachment::ContentId};
use serde::{Deserialize, Serialize};

pub use frame::{BulkFrame, Later, Want};
pub use intake::{Intake, IntakeFault};
pub use manifest::{KeyedDigest, Manifest};

/// Bytes of every chunk but the last.
pub const CHUNK_BYTES: usize = 256 * 1024;
/// Chunks a receiver has asked for at once.
pub const WINDOW: usize = 4;
/// Chunks of the largest content.
pub const CHUNKS_MAX: usize =
    dossier::attachment::FILE_BYTES_MAX.div_ceil(CHUNK_BYTES as u64) as usize;
/// The largest bulk frame, in bytes: a chunk and what names it.
pub const BULK_FRAME_BYTES_MAX: usize = CHUNK_BYTES + 1024;

/// A content of one dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentPlace {
    /// The dossier.
    pub dossier: DossierId,
    /// The content.
    pub content: ContentId,
}

impl ContentPlace {
    /// The key of its row in the store.
    pub fn key(&self) -> Vec<u8> {
        [&self.dossier.as_bytes()[..], &self.content.as_bytes()[..]].concat()
    }

    /// The place of a row's key.
    pub fn from_key(key: &[u8]) -> Option<Self> {
        let dossier = DossierId::from_slice(key.get(..DossierId::LENGTH)?)?;
        let content = Hash::from_slice(key.get(DossierId::LENGTH..)?)?;
        Some(Self { dossier, content })
    }
}

/// What a superior signs when it holds a content durably. It stands among tips of lines, and its
/// own tag keeps it apart from them.
pub fn held_tip(place: &ContentPlace) -> Hash {
    Hash::tagged("hoso/attachment/held/1", &[place.dossier.as_bytes(), place.content.as_bytes()])
}
