//! Bulk streams: beside the conversation of a connection, and below it in priority.
//!
//! Whoever has something to ask or to offer opens one, at most one at a time; the other side answers
//! on it. It carries frames in the same framing as the conversation, smaller ones.
//!
//! **Invariants:** what waits on a bulk stream leaves only when nothing of the conversation waits;
//! the room it takes of the connection's windows is bounded by what its reader asked for; a fault on
//! it ends the stream and never the connection.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use protocol::attachment::BULK_FRAME_BYTES_MAX;
use quinn::{RecvStream, SendStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::frame::{FrameAssembler, FrameFault, write_frame};
use super::session::Session;
use super::{ConnId, Link};

/// Below that of the conversation, which has the default of 0.
const PRIORITY: i32 = -10;

/// Time without a byte after which a bulk stream is given up.
const STILL: Duration = Duration::from_secs(60);

/// Bytes taken from the transport at once.
const PIECE: usize = 64 * 1024;

/// Why a bulk stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BulkFault {
    /// The stream or its connection is gone, or nothing came for too long.
    #[error("the bulk stream is gone")]
    Gone,
    /// The other side broke the framing.
    #[error("the peer broke the framing of a bulk stream")]
    Framing(#[from] FrameFault),
}

/// One bulk stream.
#[derive(Debug)]
pub struct BulkStream {
    send: SendStream,
    receive: RecvStream,
    assembler: FrameAssembler,
    _place: OwnedSemaphorePermit,
}

impl BulkStream {
    pub(super) fn new(
        (send, receive): (SendStream, RecvStream),
        place: OwnedSemaphorePermit,
    ) -> Self {
        // Fails only on a stream that is already gone, which its next use tells.
        let _ = send.set_priority(PRIORITY);
        let assembler = FrameAssembler::new(BULK_FRAME_BYTES_MAX);
        Self { send, receive, assembler, _place: place }
    }

    /// Sends a frame; waits as long as the other side does not read.
    ///
    /// # Errors
    /// [`BulkFault::Gone`].
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), BulkFault> {
        let mut bytes = BytesMut::with_capacity(frame.len() + super::frame::PREFIX);
        write_frame(&mut bytes, frame);
        self.send.write_chunk(bytes.freeze()).await.map_err(|_| BulkFault::Gone)
    }

    /// The next frame; `None` when the other side has finished.
    ///
    /// # Errors
    /// [`BulkFault`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, BulkFault> {
        loop {
            if let Some(frame) = self.assembler.next_frame()? {
                return Ok(Some(frame));
            }
            let piece = timeout(STILL, self.receive.read_chunk(PIECE, true)).await;
            match piece {
                Ok(Ok(Some(piece))) => self.assembler.push(&piece.bytes),
                Ok(Ok(None)) if self.assembler.is_empty() => return Ok(None),
                Ok(Ok(None)) => return Err(FrameFault::Truncated.into()),
                Ok(Err(_)) | Err(_) => return Err(BulkFault::Gone),
            }
        }
    }

    /// Says that nothing more will be sent.
    pub fn finish(&mut self) {
        // Fails only on a stream that is gone.
        let _ = self.send.finish();
    }
}

/// A bulk stream that a peer opened.
#[derive(Debug)]
pub struct BulkCall {
    /// The connection.
    pub conn: ConnId,
    /// The stream.
    pub stream: BulkStream,
}

impl Link {
    /// Opens a bulk stream on a connection.
    ///
    /// # Errors
    /// [`BulkFault::Gone`] when there is no such connection, or one is open already.
    pub async fn open_bulk(&self, conn: ConnId) -> Result<BulkStream, BulkFault> {
        let session = self.shared.registry().sessions.get(&conn).cloned();
        let session: Arc<Session> = session.ok_or(BulkFault::Gone)?;
        let place = Arc::clone(&session.bulk_out).try_acquire_owned();
        let place = place.map_err(|_| BulkFault::Gone)?;
        let streams = timeout(STILL, session.connection.open_bi()).await;
        match streams {
            Ok(Ok(streams)) => Ok(BulkStream::new(streams, place)),
            Ok(Err(_)) | Err(_) => Err(BulkFault::Gone),
        }
    }

    /// Runs a task beside those of the link, where a double of the network can stop it.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.shared.spawn(task);
    }

    /// The bulk streams that peers open; whoever took them first has them. Without a taker they are
    /// refused.
    pub fn take_bulk_calls(&self) -> Option<tokio::sync::mpsc::Receiver<BulkCall>> {
        let (sender, receiver) = tokio::sync::mpsc::channel(16);
        self.shared.bulk_calls.set(sender).ok().map(|()| receiver)
    }
}
