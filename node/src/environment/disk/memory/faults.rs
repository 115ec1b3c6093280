//! Faults that a test or a simulation plants in a [`MemoryDisk`](super::MemoryDisk).

use std::io;

/// What goes wrong, and when; counters run down to the call that fails.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    /// Calls so far that change files or names.
    pub(super) changes: u64,
    pub(super) write_in: Option<u64>,
    pub(super) sync_in: Option<u64>,
    pub(super) stop_in: Option<u64>,
    pub(super) capacity: Option<u64>,
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

    pub(super) fn sync_fails(&mut self) -> bool {
        runs_out(&mut self.sync_in)
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
