//! Files of attachments, in pieces: orders and answers.
//!
//! A file is handed in piece by piece and then attached in one order; it is read the same way. What
//! lies between is forgotten after a while.

use dossier::{
    DossierId, Hash, RowId,
    attachment::{ContentId, Description, MediaType},
};
use protocol::{core::AttachmentShown, envelope::Meta};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// An order about the file of an attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachmentOrder {
    /// Begins to hand in a file of so many bytes.
    Begin {
        /// Its size.
        size: u64,
    },
    /// Hands in the next piece.
    Piece {
        /// Which file.
        file: u64,
        /// At most [`protocol::attachment::CHUNK_BYTES`].
        bytes: ByteBuf,
    },
    /// Attaches the file that was handed in.
    Attach {
        /// Which file.
        file: u64,
        /// To what, as what.
        new: Box<NewAttachment>,
    },
    /// Begins to read the content of an attachment.
    Open {
        /// The dossier.
        dossier: DossierId,
        /// The attachment.
        row: RowId,
        /// How long to wait for a content that is not here, in seconds; at most
        /// [`AttachmentOrder::WAIT_MAX`].
        wait: u32,
    },
    /// The next chunk of a content that is being read.
    Chunk {
        /// Which reading.
        reading: u64,
        /// Which chunk.
        index: u32,
    },
}

impl AttachmentOrder {
    /// The longest wait for a content, in seconds.
    pub const WAIT_MAX: u32 = 3_600;
}

/// What is attached to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAttachment {
    /// The dossier.
    pub dossier: DossierId,
    /// The name the file came with.
    pub name: String,
    /// What is said of it.
    pub description: Description,
    /// Who attaches it, on what basis.
    pub meta: Meta,
}

/// An answer about the file of an attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachmentAnswer {
    /// The file that may be handed in.
    Begun {
        /// Its number.
        file: u64,
    },
    /// The piece was taken.
    Taken,
    /// The file is attached, durable.
    Attached {
        /// The key of the row.
        row: RowId,
        /// The change.
        change: Hash,
        /// What the file is.
        media: MediaType,
        /// Its name, cleaned.
        name: String,
        /// The name of its content.
        content: ContentId,
    },
    /// The content that may be read.
    Opened {
        /// The number of the reading.
        reading: u64,
        /// The attachment.
        shown: Box<AttachmentShown>,
        /// How many chunks its content has.
        chunks: u32,
    },
    /// A chunk.
    Chunk(ByteBuf),
}
