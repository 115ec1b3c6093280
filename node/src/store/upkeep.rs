//! Keeping the index up with the journal, and replacing it when it is in doubt.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use protocol::FeedPosition;

use super::index::{Home, Index, IndexError, Nothing};
use super::journal::Journal;
use super::replay::Replay;
use super::{Store, StoreError};
use crate::seal::Vault;

/// Recent rows may grow to so many times their limit while older ones are moving.
const RECENT_STRETCH: usize = 4;

impl Store {
    /// Moves recent rows to the index when there are many, and rebuilds an index in doubt. While
    /// that fails, reads that need the index answer with a fault.
    pub(super) fn tend_index(&mut self) {
        let ended = self.mover.poll();
        self.note_moved(ended);
        let limit = self.options.recent_bytes;
        if self.mover.is_busy() && self.recent.bytes() >= limit.saturating_mul(RECENT_STRETCH) {
            let ended = self.mover.wait();
            self.note_moved(ended);
        }
        if self.recent.bytes() >= limit && !self.mover.is_busy() {
            self.spill();
        }
        if self.index_in_doubt.load(Ordering::Relaxed)
            && let Err(error) = self.rebuild_index()
        {
            tracing::error!(%error, "the index could not be rebuilt, no more is written");
            self.commit_failed = true;
        }
    }

    /// Starts to move the recent rows; until the index has them, they keep hiding whatever it says
    /// of their keys.
    pub(super) fn spill(&mut self) {
        if self.index_in_doubt.load(Ordering::Relaxed) {
            return;
        }
        let rows = self.recent.set_apart();
        self.mover.start((&self.index, &self.vault), self.journal.head(), rows);
        let ended = self.mover.poll();
        self.note_moved(ended);
    }

    pub(super) fn note_moved(&mut self, ended: Option<Result<(), IndexError>>) {
        match ended {
            None => {}
            Some(Ok(())) => self.recent.arrived(),
            Some(Err(error)) => {
                tracing::warn!(%error, "the index failed and will be rebuilt");
                self.index_in_doubt.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Throws the index away and builds it again from the journal.
    ///
    /// # Errors
    /// [`StoreError::Damage`] or the disk's, with the present index kept; or the engine's.
    pub fn rebuild_index(&mut self) -> Result<(), StoreError> {
        let mut replay = Replay::after(FeedPosition::START);
        self.journal.rewalk(&mut |frame, writes| replay.take(&self.vault, frame, writes))?;
        // The old engine lets go of its files before they are replaced.
        self.mover.wait();
        self.index = Arc::new(Nothing);
        self.index_in_doubt.store(true, Ordering::Relaxed);
        self.index = self.home.rebuild(self.journal.head(), &mut replay.into_entries())?;
        self.recent.clear();
        self.index_in_doubt.store(false, Ordering::Relaxed);
        Ok(())
    }
}

/// Brings the index kept from an earlier life up to date, or builds a new one.
pub(super) fn ready(
    home: &Home,
    journal: &Journal,
    vault: &Vault,
    kept: Option<Arc<dyn Index>>,
    replay: Replay,
) -> Result<Arc<dyn Index>, StoreError> {
    let from_start = replay.starts_at_the_beginning();
    if let Some(index) = kept {
        let changes = replay.into_changes();
        match index.apply(journal.head(), &changes) {
            Ok(()) => return Ok(index),
            Err(error) => tracing::warn!(%error, "the index failed and will be rebuilt"),
        }
    } else if from_start {
        return Ok(home.rebuild(journal.head(), &mut replay.into_entries())?);
    }
    let mut replay = Replay::after(FeedPosition::START);
    journal.rewalk(&mut |frame, writes| replay.take(vault, frame, writes))?;
    Ok(home.rebuild(journal.head(), &mut replay.into_entries())?)
}
