//! Gathers the rows of an index while the journal is walked.

use protocol::{Entry, FeedPosition};

use super::StoreError;
use super::journal::Frame;
use super::mover::Rows;
use super::payload::Write;
use super::pointer::Row;
use crate::seal::Vault;

/// The rows written after a position; the newest of each key.
#[derive(Debug)]
pub(super) struct Replay {
    after: FeedPosition,
    met: bool,
    rows: Rows,
}

impl Replay {
    /// Gathers what came after `after`, the watermark of an index; everything from the start.
    pub(super) fn after(after: FeedPosition) -> Self {
        Self { after, met: after == FeedPosition::START, rows: Rows::new() }
    }

    /// Takes in one frame of the walk.
    pub(super) fn take(
        &mut self,
        vault: &Vault,
        frame: &Frame<'_>,
        writes: Vec<Write>,
    ) -> Result<(), StoreError> {
        if frame.header.sequence <= self.after.sequence {
            self.met |= frame.position() == self.after;
            return Ok(());
        }
        for Write { index_key, key, value, .. } in writes {
            let row = value.map(|(range, lock)| {
                let place = frame.place.forward(range.start);
                Row::new(key, lock, place, &frame.payload[range]).seal(vault, &index_key)
            });
            if row.is_none() && self.after == FeedPosition::START {
                self.rows.remove(&index_key);
            } else {
                self.rows.insert(index_key, row);
            }
        }
        Ok(())
    }

    /// Whether the walk passed the watermark: the index belongs to this very history.
    pub(super) fn met_watermark(&self) -> bool {
        self.met
    }

    /// Whether it gathers the whole state.
    pub(super) fn starts_at_the_beginning(&self) -> bool {
        self.after == FeedPosition::START
    }

    /// The changes to bring the index up to date.
    pub(super) fn into_changes(self) -> Rows {
        self.rows
    }

    /// The whole state, when gathered from the start.
    pub(super) fn into_entries(self) -> impl Iterator<Item = Entry> {
        self.rows.into_iter().filter_map(|(key, row)| Some((key, row?)))
    }
}
