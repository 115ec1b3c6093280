//! A node's store: an append-only journal, which is the record, under a replaceable index.
//!
//! **Invariants**
//! 1. A transaction is acknowledged only when its frame is durable in the journal; the index holds
//!    nothing of its own and is rebuilt whenever it is in doubt.
//! 2. Staged writes are visible to reads at once and leave no trace if the commit fails.
//! 3. What is written is sealed before it leaves memory, and every value read was opened at its own
//!    place: wrong bytes are never returned.
//! 4. After a failed sync nothing more is written until the store is opened again.
//! 5. Nothing that was durable is ever cut off silently: see [`StoreError::Damage`].

mod error;
mod frame;
mod index;
mod journal;
mod layout;
mod mover;
mod names;
mod overlay;
mod payload;
mod pointer;
mod records;
mod replay;
mod upkeep;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use protocol::{FeedPosition, Op};

use crate::environment::{Disk, DiskLock};
use crate::seal::Vault;
pub use error::{Damage, StoreError};
use index::{Home, Index};
pub use index::{IndexKind, UnknownIndex};
pub use journal::Round;
use journal::{Journal, Segments, walk};
use mover::Mover;
use overlay::{Recent, Staged};
use replay::Replay;

/// Most bytes of staged transactions, headers included.
const STAGED_MAX: usize = 128 * 1024 * 1024;
/// The mark follows what peers were told at this distance, in transactions, so that it costs no
/// sync per commit.
const MARK_STRIDE: u64 = 1024;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The engine of the index.
    pub index: IndexKind,
    /// Where an engine with its own input and output keeps its files: a directory of the machine.
    /// The store's own directory when `None`.
    pub index_directory: Option<PathBuf>,
    /// Free bytes below which nothing is staged. Below twice as many [`Store::has_room`] says no,
    /// so that what is under way can be finished.
    pub reserve_bytes: u64,
    /// Length at which a new segment is begun, in bytes; at most 1 GiB.
    pub segment_bytes: u64,
    /// Bytes of durable rows gathered in memory before they move to the index together.
    pub recent_bytes: usize,
    /// Whether rows move to the index on a thread of its own. Without it the store runs no thread
    /// and the same calls have the same effects each time.
    pub background_index: bool,
    /// A position known from elsewhere, such as a peer, to have been durable here.
    pub at_least: FeedPosition,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            index: IndexKind::default(),
            index_directory: None,
            reserve_bytes: 64 * 1024 * 1024,
            segment_bytes: 64 * 1024 * 1024,
            recent_bytes: 128 * 1024,
            background_index: true,
            at_least: FeedPosition::START,
        }
    }
}

/// Size of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreStats {
    /// Bytes of all durable frames.
    pub bytes: u64,
    /// Durable frames, one per transaction.
    pub frames: u64,
    /// Segment files.
    pub segments: u32,
}

/// An open store; one owner writes and reads.
#[derive(Debug)]
pub struct Store {
    home: Home,
    options: StoreOptions,
    vault: Arc<Vault>,
    journal: Journal,
    index: Arc<dyn Index>,
    mover: Mover,
    staged: Staged,
    recent: Recent,
    /// The index failed a read or a write and is to be rebuilt.
    index_in_doubt: AtomicBool,
    commit_failed: bool,
    /// Free bytes of the disk when the present batch was begun.
    free: u64,
    marked: FeedPosition,
    told: FeedPosition,
    _lock: DiskLock,
}

impl Store {
    /// Creates an empty store at `directory`, whose parent exists, and opens it; what is written
    /// to it is sealed by `vault`.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::LockHeld`], or the disk's.
    pub fn create(
        disk: Arc<dyn Disk>,
        directory: &Path,
        vault: &Arc<Vault>,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        let lock = layout::lock(&*disk, directory)?;
        layout::create(&*disk, directory)?;
        Self::open_held(disk, directory, vault, options, lock)
    }

    /// Opens the store at `directory`: checks the whole journal and readies the index.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::LockHeld`], [`StoreError::NewerFormat`],
    /// [`StoreError::OlderFormat`],
    /// [`StoreError::Damage`] with all files untouched, or the disk's.
    pub fn open(
        disk: Arc<dyn Disk>,
        directory: &Path,
        vault: &Arc<Vault>,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        if disk.list(directory).is_err() {
            return Err(StoreError::Missing(directory.to_owned()));
        }
        let lock = layout::lock(&*disk, directory)?;
        Self::open_held(disk, directory, vault, options, lock)
    }

    /// Keeps every other process from opening the store at `directory` until the lock is dropped.
    ///
    /// # Errors
    /// [`StoreError::LockHeld`], or the disk's.
    pub fn hold(disk: &dyn Disk, directory: &Path) -> Result<DiskLock, StoreError> {
        layout::lock(disk, directory)
    }

    /// As [`Store::open`], under a lock that [`Store::hold`] took: for whoever opens the vault only
    /// once nobody else can lock it anew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_held(
        disk: Arc<dyn Disk>,
        directory: &Path,
        vault: &Arc<Vault>,
        options: StoreOptions,
        lock: DiskLock,
    ) -> Result<Self, StoreError> {
        layout::check_format(&*disk, directory)?;
        let marked = layout::read_mark(&*disk, directory)?;
        let marks = [marked, options.at_least];
        let home = Home {
            kind: options.index,
            disk: Arc::clone(&disk),
            directory: directory.to_owned(),
            machine_directory: options.index_directory.as_deref().unwrap_or(directory).to_owned(),
        };
        let kept = home.reopen();
        let watermark = kept.as_ref().map_or(FeedPosition::START, |(_, watermark)| *watermark);
        let mut replay = Replay::after(watermark);
        let segments = Segments::new(disk, layout::journal_directory(directory));
        let walked = walk((&segments, vault), None, &marks, &mut |frame, writes| {
            replay.take(vault, frame, writes)
        })?;
        let segment_bytes = options.segment_bytes.clamp(1, 1 << 30);
        let journal = Journal::from_walk(
            (segments, Arc::clone(vault)),
            walked,
            marked.sequence,
            segment_bytes,
        )?;
        let kept = kept.filter(|_| replay.met_watermark()).map(|(index, _)| index);
        let index = upkeep::ready(&home, &journal, vault, kept, replay)?;
        // A map in memory is faster than handing it over.
        let mover = if options.background_index && options.index != IndexKind::Memory {
            Mover::background().map_err(StoreError::io("start the index thread"))?
        } else {
            Mover::inline()
        };
        Ok(Self {
            home,
            options,
            vault: Arc::clone(vault),
            journal,
            index,
            mover,
            staged: Staged::default(),
            recent: Recent::default(),
            index_in_doubt: AtomicBool::new(false),
            commit_failed: false,
            free: 0,
            marked,
            told: marked,
            _lock: lock,
        })
    }

    /// Adds one transaction to the next commit; reads see it at once. An empty one is nothing.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], [`StoreError::DiskFull`], or that an earlier commit failed; the
    /// transaction is then not staged.
    pub fn stage(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        self.stage_above(ops, self.options.reserve_bytes)
    }

    /// As [`Store::stage`], and may use half of the reserve: for the records without which nobody
    /// may read.
    ///
    /// # Errors
    /// As [`Store::stage`].
    pub fn stage_from_reserve(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        self.stage_above(ops, self.options.reserve_bytes / 2)
    }

    fn stage_above(&mut self, ops: &[Op], reserve: u64) -> Result<(), StoreError> {
        self.check_writable()?;
        if ops.is_empty() {
            return Ok(());
        }
        let sequence = self.journal.head().sequence + 1 + self.staged.len() as u64;
        let transaction = payload::measure(ops)?;
        let found = self.staged.bytes() + frame::HEADER + transaction.payload_len();
        if found > STAGED_MAX {
            return Err(StoreError::TooLarge {
                what: "staged transactions",
                found,
                max: STAGED_MAX,
            });
        }
        if self.staged.len() == 0 {
            let free = self.home.disk.free_space(&self.home.directory);
            self.free = free.map_err(StoreError::io("ask for free space"))?;
        }
        if self.free.saturating_sub(found as u64) < reserve {
            return Err(StoreError::DiskFull { free: self.free, reserve });
        }
        self.staged.add(&self.vault, sequence, transaction)
    }

    /// Whether the disk has room for new work.
    ///
    /// # Errors
    /// The disk's.
    pub fn has_room(&self) -> Result<bool, StoreError> {
        let free = self.home.disk.free_space(&self.home.directory);
        let free = free.map_err(StoreError::io("ask for free space"))?;
        Ok(free >= self.options.reserve_bytes.saturating_mul(2))
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        if self.journal.is_poisoned() {
            Err(StoreError::Poisoned)
        } else if self.commit_failed {
            Err(StoreError::CommitFailed)
        } else {
            Ok(())
        }
    }

    /// How many transactions wait for the next commit.
    pub fn staged(&self) -> usize {
        self.staged.len()
    }

    /// Bytes that wait for the next commit.
    pub fn staged_bytes(&self) -> usize {
        self.staged.bytes()
    }

    /// Makes all staged transactions durable with one sync and returns the new end of the feed.
    ///
    /// # Errors
    /// The disk's. Nothing of the batch then counts, reads still see it, and writes are refused:
    /// either [`Store::discard`] it, or open the store again.
    pub fn commit(&mut self) -> Result<FeedPosition, StoreError> {
        self.check_writable()?;
        if self.staged.len() > 0 {
            let (batch, starts) = self.staged.batch();
            let appended = self.journal.append(batch, starts);
            let place = appended.inspect_err(|_| self.commit_failed = true)?;
            self.recent.absorb(&mut self.staged, place);
        }
        // The batch is durable: what fails from here on is repaired or reported by later calls.
        self.tend_index();
        if self.told.sequence >= self.marked.sequence + MARK_STRIDE
            && let Err(error) = self.mark(self.told)
        {
            tracing::warn!(%error, "the mark stays behind");
        }
        Ok(self.journal.head())
    }

    /// Drops the staged transactions, those of a failed commit included: they are gone from reads
    /// and from the disk, and writes are accepted again.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] when a sync failed: the store must be opened again. The disk's
    /// when it refuses to be cut.
    pub fn discard(&mut self) -> Result<(), StoreError> {
        self.staged.clear();
        self.journal.make_ready()?;
        self.commit_failed = false;
        Ok(())
    }

    /// Notes that a peer was told of `position`, so that it can never be taken for a torn tail.
    /// Written down now and then, and at closing.
    pub fn told_to_peers(&mut self, position: FeedPosition) {
        if position.sequence <= self.journal.head().sequence
            && position.sequence > self.told.sequence
        {
            self.told = position;
        }
    }

    fn mark(&mut self, position: FeedPosition) -> Result<(), StoreError> {
        layout::write_mark(&*self.home.disk, &self.home.directory, position)?;
        self.marked = position;
        Ok(())
    }

    /// Reads every durable frame again and checks the chain.
    ///
    /// # Errors
    /// [`StoreError::Damage`] at the first frame that is not what was made durable, or the disk's.
    pub fn verify(&self) -> Result<StoreStats, StoreError> {
        let mut round = self.begin_round()?;
        while !self.go_round(&mut round, u64::MAX)? {}
        Ok(self.export_stats())
    }

    /// Begins to read every durable frame again, piece by piece.
    ///
    /// # Errors
    /// [`StoreError::Damage`] when a segment is missing, or the disk's.
    pub fn begin_round(&self) -> Result<Round, StoreError> {
        self.journal.begin_round()
    }

    /// Reads about so many bytes more of a round; whether it is at its end.
    ///
    /// # Errors
    /// As [`Store::verify`].
    pub fn go_round(&self, round: &mut Round, bytes: u64) -> Result<bool, StoreError> {
        self.journal.go_round(round, bytes)
    }

    /// Size of the durable part.
    pub fn export_stats(&self) -> StoreStats {
        StoreStats {
            bytes: self.journal.bytes(),
            frames: self.journal.head().sequence,
            segments: self.journal.segment_count(),
        }
    }

    /// Commits what is staged, brings the index up to date and marks the end of the journal.
    ///
    /// # Errors
    /// As [`Store::commit`], or the disk's while writing the mark; what was durable stays so.
    pub fn close(mut self) -> Result<FeedPosition, StoreError> {
        let head = self.commit()?;
        let ended = self.mover.wait();
        self.note_moved(ended);
        if self.index.survives_crash() {
            self.spill();
            let ended = self.mover.wait();
            self.note_moved(ended);
        }
        if let Err(error) = self.index.checkpoint() {
            tracing::warn!(%error, "the index will be rebuilt at the next opening");
        }
        if head != self.marked {
            self.mark(head)?;
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests;
