//! The record: append-only segments of chained frames, one frame per transaction.
//!
//! **Invariants:** a frame is acknowledged only after one successful sync of its segment; a batch
//! of frames lies in one segment; a segment is complete and synced before the next one is
//! created; no byte before the durable end is ever changed. A failed sync is final: the journal
//! takes no further frame until it is opened again.

mod open;
mod read;
mod segments;

use std::sync::Arc;

use dossier::Hash;
use protocol::{
    FeedPosition,
    plant::{self, Plant},
};

use super::StoreError;
use super::frame::Header;
use super::pointer::Place;
use crate::seal::Vault;
pub use open::Round;
use open::Visit;
pub(super) use open::walk;
pub(super) use read::Frame;
pub(super) use segments::Segments;

/// A place is remembered for every so-many-th frame; the frames between are walked by length.
const STRIDE: u64 = 32;

/// The append-only record of a store.
#[derive(Debug)]
pub(super) struct Journal {
    segments: Segments,
    vault: Arc<Vault>,
    segment_bytes: u64,
    head: FeedPosition,
    /// Where the next frame goes: right behind the last durable one.
    end: Place,
    /// Bytes of all durable frames.
    bytes: u64,
    /// Places of the frames 1, 1 + STRIDE, 1 + 2 * STRIDE, ...
    sparse: Vec<Place>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    /// A write failed half-way: bytes behind the end must be cut before the next frame.
    Torn,
    /// A sync failed: what the disk holds is unknown.
    Poisoned,
}

impl Journal {
    pub(super) fn head(&self) -> FeedPosition {
        self.head
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many segments there are.
    pub(super) fn segment_count(&self) -> u32 {
        self.end.segment
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.state == State::Poisoned
    }

    /// Fills in the headers of a batch, one frame beginning at each of `starts`, and makes it
    /// durable with one sync; returns where the batch lies. After an error none of it counts.
    pub(super) fn append(
        &mut self,
        batch: &mut [u8],
        starts: &[usize],
    ) -> Result<Place, StoreError> {
        self.make_ready()?;
        let total = batch.len() as u64;
        if self.end.offset > 0 && u64::from(self.end.offset) + total > self.segment_bytes {
            self.roll()?;
        }
        let mut digest = self.head.digest;
        let ends = starts.iter().skip(1).copied().chain([batch.len()]);
        for ((start, end), sequence) in starts.iter().zip(ends).zip(self.head.sequence + 1..) {
            let frame = &mut batch[*start..end];
            digest = Header::seal(sequence, self.head.sequence, digest, frame);
        }
        let segment =
            self.segments.open(self.end.segment).map_err(StoreError::io("open a segment"))?;
        if let Err(error) = segment.write_at(u64::from(self.end.offset), batch) {
            self.state = State::Torn;
            return Err(StoreError::io("append to the journal")(error));
        }
        if !plant::is(Plant::SkipSync) {
            segment.sync_data().map_err(|error| self.poison("sync the journal", error))?;
        }
        let place = self.end;
        self.advance(starts, digest, batch.len());
        Ok(place)
    }

    fn advance(&mut self, starts: &[usize], digest: Hash, bytes: usize) {
        for (start, sequence) in starts.iter().zip(self.head.sequence + 1..) {
            if (sequence - 1).is_multiple_of(STRIDE) {
                self.sparse.push(self.end.forward(*start));
            }
        }
        let sequence = self.head.sequence + starts.len() as u64;
        self.head = FeedPosition { sequence, digest };
        self.end = self.end.forward(bytes);
        self.bytes += bytes as u64;
    }

    /// Refuses a poisoned journal and cuts what a failed write left behind the durable end.
    pub(super) fn make_ready(&mut self) -> Result<(), StoreError> {
        match self.state {
            State::Ready => Ok(()),
            State::Poisoned => Err(StoreError::Poisoned),
            State::Torn => {
                let segment = self.segments.open(self.end.segment);
                let segment = segment.map_err(StoreError::io("open a segment"))?;
                let end = u64::from(self.end.offset);
                segment.set_len(end).map_err(StoreError::io("cut a half-written batch"))?;
                segment.sync_data().map_err(|error| self.poison("sync the journal", error))?;
                self.state = State::Ready;
                Ok(())
            }
        }
    }

    /// Starts the next segment; it and its name are durable before the first frame goes in.
    fn roll(&mut self) -> Result<(), StoreError> {
        let number = self.end.segment + 1;
        let segment = self.segments.create(number).map_err(StoreError::io("create a segment"))?;
        let synced = segment.sync_data().and_then(|()| self.segments.sync_names());
        synced.map_err(|error| self.poison("sync a new segment", error))?;
        self.end = Place { segment: number, offset: 0 };
        Ok(())
    }

    fn poison(&mut self, action: &'static str, error: std::io::Error) -> StoreError {
        self.state = State::Poisoned;
        StoreError::io(action)(error)
    }

    /// Walks every durable frame again, checks the chain, and shows each frame to `visit`.
    pub(super) fn rewalk(&self, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let limit = Some((self.end, self.head));
        walk((&self.segments, &self.vault), limit, &[], visit).map(drop)
    }
}
