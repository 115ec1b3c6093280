//! Faults that a test or a simulation plants in a [`MemoryDisk`].

use std::io;
use std::path::Path;

use super::MemoryDisk;
use crate::environment::disk::read_whole;

/// What goes wrong, and when; counters run down to the call that fails.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    /// Calls so far that change files or names.
    pub(super) changes: u64,
    pub(super) write_in: Option<u64>,
    pub(super) sync_in: Option<u64>,
    pub(super) stop_in: Option<u64>,
    pub(super) capacity: Option<u64>,
    /// Writes until another program takes what room there is.
    pub(super) fill_in: Option<u64>,
}

impl Faults {
    /// Counts a changing call; fails when the process is to have been killed before it.
    pub(super) fn count_change(&mut self) -> io::Result<()> {
        match self.stop_in.as_mut() {
            Some(0) => return Err(io::Error::other("the machine stopped")),
            Some(left) => *left -= 1,
            None => {}
        }
        self.changes += 1;
        Ok(())
    }

    pub(super) fn write_fails(&mut self) -> bool {
        runs_out(&mut self.write_in)
    }

    pub(super) fn fills_up(&mut self) -> bool {
        runs_out(&mut self.fill_in)
    }

    pub(super) fn sync_fails(&mut self) -> bool {
        runs_out(&mut self.sync_in)
    }
}

impl MemoryDisk {
    /// How many calls have changed files or names since the last crash.
    pub fn changes(&self) -> u64 {
        self.state().faults.changes
    }

    /// Lets `calls` more changing calls through and fails every one after, as a kill would.
    pub fn stop_after(&self, calls: u64) {
        self.state().faults.stop_in = Some(calls);
    }

    /// Fails the write after the next `good` ones, half done.
    pub fn fail_write_after(&self, good: u64) {
        self.state().faults.write_in = Some(good);
    }

    /// Fails the sync (of a file or directory) after the next `good` ones; the bytes it was to
    /// save can be read until the power is cut, then they are gone.
    pub fn fail_sync_after(&self, good: u64) {
        self.state().faults.sync_in = Some(good);
    }

    /// Limits the disk to `bytes` in all files together; `None` lifts the limit.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        let faults = &mut self.state().faults;
        (faults.capacity, faults.fill_in) = (bytes, None);
    }

    /// Lets another program take all room there is within the write after the next `good` ones.
    pub fn fill_after(&self, good: u64) {
        self.state().faults.fill_in = Some(good);
    }

    /// Whether the disk is limited, or is going to be.
    pub fn is_limited(&self) -> bool {
        let faults = &self.state().faults;
        faults.capacity.is_some() || faults.fill_in.is_some()
    }

    /// Bytes in all files together.
    pub fn used(&self) -> u64 {
        self.state().used()
    }

    /// Flips one bit of a file, durably and behind the reader's back.
    ///
    /// # Errors
    /// `NotFound`, or `InvalidInput` beyond the end of the file.
    pub fn flip_bit(&self, path: &Path, offset: u64, bit: u32) -> io::Result<()> {
        let mut bytes = read_whole(self, path, usize::MAX)?;
        let place = usize::try_from(offset).ok().and_then(|offset| bytes.get_mut(offset));
        *place.ok_or(io::ErrorKind::InvalidInput)? ^= 1 << (bit % 8);
        self.overwrite(path, bytes)
    }

    /// Replaces the bytes of an existing file, durably and behind the reader's back.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn overwrite(&self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        let mut state = self.state();
        let id = state.file_at(path)?;
        state.files.entry(id).or_default().overwrite(bytes);
        Ok(())
    }
}

fn runs_out(counter: &mut Option<u64>) -> bool {
    match counter {
        Some(0) => {
            *counter = None;
            true
        }
        Some(left) => {
            *left -= 1;
            false
        }
        None => false,
    }
}

/// The error of a device that failed.
pub(super) fn input_output_error() -> io::Error {
    io::Error::other("input/output error (planted)")
}
