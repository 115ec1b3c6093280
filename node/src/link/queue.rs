//! The bounded queue of frames that wait to be written to one connection.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

use super::frame::{self, PREFIX};

/// Frames are written together up to this many bytes, so that few packets carry them.
const BATCH_BYTES: usize = 256 * 1024;

/// Why a frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// The peer reads more slowly than this node writes and its queue is full.
    #[error("the peer's queue is full")]
    Backlogged,
    /// No such connection, or it is closing.
    #[error("the connection is closed")]
    Closed,
    /// An empty frame or one over the limit: a mistake of the caller.
    #[error("not a size that a frame may have")]
    Size,
}

/// Frames in order, bounded in bytes. Bytes count until the transport has taken them.
#[derive(Debug)]
pub(crate) struct SendQueue {
    state: Mutex<State>,
    changed: Notify,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    finishing: bool,
}

impl SendQueue {
    /// An empty queue of at most `bytes_max` bytes.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { state: Mutex::default(), changed: Notify::new(), bytes_max }
    }

    /// Adds a frame at the end.
    pub(crate) fn push(&self, frame: Bytes) -> Result<(), Unsent> {
        let mut state = self.lock();
        if state.finishing {
            return Err(Unsent::Closed);
        }
        let bytes = state.bytes + PREFIX + frame.len();
        if bytes > self.bytes_max {
            return Err(Unsent::Backlogged);
        }
        state.bytes = bytes;
        state.frames.push_back(frame);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Takes no more frames; [`SendQueue::batch`] ends once the queue is empty.
    pub(crate) fn finish(&self) {
        self.lock().finishing = true;
        self.changed.notify_one();
    }

    /// Waits for frames and takes as many as go into one write; `None` after the last.
    pub(crate) async fn batch(&self) -> Option<Bytes> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.lock();
                if !state.frames.is_empty() {
                    return Some(state.take_batch());
                }
                if state.finishing {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Frees the room of a batch of `bytes` bytes that the transport has taken.
    pub(crate) fn written(&self, bytes: usize) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(bytes);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_batch(&mut self) -> Bytes {
        let mut batch = BytesMut::with_capacity(self.bytes.min(BATCH_BYTES));
        while let Some(frame) = self.frames.front() {
            if !batch.is_empty() && batch.len() + PREFIX + frame.len() > BATCH_BYTES {
                break;
            }
            frame::write_frame(&mut batch, frame);
            self.frames.pop_front();
        }
        batch.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(bytes: usize) -> Bytes {
        Bytes::from(vec![1; bytes])
    }

    #[tokio::test]
    async fn waiting_frames_leave_in_one_batch() {
        let queue = SendQueue::new(1000);
        for length in [3, 5, 7] {
            queue.push(frame(length)).expect("room");
        }
        assert_eq!(queue.batch().await.expect("frames").len(), 3 * PREFIX + 15);
    }

    #[tokio::test]
    async fn room_returns_only_when_the_transport_has_the_bytes() {
        let queue = SendQueue::new(2 * (PREFIX + 10));
        queue.push(frame(10)).expect("room");
        queue.push(frame(10)).expect("room");
        assert_eq!(queue.push(frame(1)), Err(Unsent::Backlogged));
        let batch = queue.batch().await.expect("frames");
        assert_eq!(queue.push(frame(1)), Err(Unsent::Backlogged));
        queue.written(batch.len());
        queue.push(frame(1)).expect("room again");
    }

    #[tokio::test]
    async fn a_large_frame_travels_alone() {
        let queue = SendQueue::new(10 * BATCH_BYTES);
        for length in [10, 2 * BATCH_BYTES, 10] {
            queue.push(frame(length)).expect("room");
        }
        queue.finish();
        let mut batches = Vec::new();
        while let Some(batch) = queue.batch().await {
            batches.push(batch.len() - PREFIX);
        }
        assert_eq!(batches, [10, 2 * BATCH_BYTES, 10]);
        assert_eq!(queue.push(frame(1)), Err(Unsent::Closed));
    }
}
