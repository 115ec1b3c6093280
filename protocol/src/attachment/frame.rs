//! What is said on a bulk stream.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{BULK_FRAME_BYTES_MAX, ContentPlace, WINDOW};
use crate::{
    acknowledgement::SignedAcknowledgement,
    codec::{self, DecodeError},
};

/// One thing said on a bulk stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkFrame {
    /// The speaker holds this content and has no word that the listener does.
    Offer(ContentPlace),
    /// Parts of a content that the speaker lacks.
    Want(Want),
    /// The manifest that was asked for.
    Manifest(ByteBuf),
    /// A chunk that was asked for.
    Chunk {
        /// Its place in the content.
        index: u32,
        /// Its bytes.
        bytes: ByteBuf,
    },
    /// The words of those who hold the content that was offered: the speaker's, and the one of the
    /// tier above it where it has come down.
    Held(Vec<SignedAcknowledgement>),
    /// Not at present, or never; whoever asked goes on with something else.
    Later(Later),
}

/// Parts of a content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The content.
    pub place: ContentPlace,
    /// Whether its manifest is lacking.
    pub manifest: bool,
    /// Chunks that are lacking, at most [`WINDOW`].
    pub chunks: Vec<u32>,
}

/// Why something is not given or not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Later {
    /// No row of a dossier held here names it.
    Unknown,
    /// It is not here.
    Absent,
    /// The other side has no right to it.
    NotEntitled,
    /// The disk is full.
    Full,
    /// It is being taken from somebody else.
    Busy,
    /// It is marked secret, and this installation is not declared fit (Điều 5.3).
    Unfit,
}

impl BulkFrame {
    /// Encodes the frame.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes a frame and checks its limits.
    ///
    /// # Errors
    /// [`DecodeError`] for anything that is no frame within its limits.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > BULK_FRAME_BYTES_MAX {
            return Err(DecodeError::Malformed);
        }
        let frame: Self = codec::decode(bytes)?;
        let fits = match &frame {
            Self::Want(want) => want.chunks.len() <= WINDOW,
            Self::Held(words) => {
                words.len() <= 2 && words.iter().all(|word| word.said.tips.len() == 1)
            }
            Self::Offer(_) | Self::Manifest(_) | Self::Chunk { .. } | Self::Later(_) => true,
        };
        if fits { Ok(frame) } else { Err(DecodeError::Malformed) }
    }
}
