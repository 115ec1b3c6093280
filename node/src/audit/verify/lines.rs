//! Lines of a package: bounded, counted, hashed.

use std::io::{self, BufRead};

use dossier::Hash;
use sha2::{Digest, Sha256};

use crate::audit::package::{LINE_MAX, Line};

/// Why a file is not read further.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The file system's.
    Io(io::Error),
    /// It is no package, or not the one that was signed.
    Wrong {
        /// The stable name of what is wrong.
        what: &'static str,
        /// The line, from 1; 0 for the whole.
        line: u64,
    },
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads one line after the other.
pub(super) struct Lines<R> {
    reader: R,
    digest: Sha256,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, digest: Sha256::new(), number: 0 }
    }

    /// The next line without its end; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        let mut line = Vec::new();
        let mut limited = io::Read::take(&mut self.reader, LINE_MAX as u64 + 1);
        limited.read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        self.digest.update(&line);
        match line.pop() {
            Some(b'\n') => Ok(Some(line)),
            _ if line.len() >= LINE_MAX => Err(self.wrong("line-too-long")),
            _ => Err(self.wrong("cut")),
        }
    }

    /// The digest of all that was read so far, when it is asked for.
    pub(super) fn digest(&self) -> impl FnOnce() -> Hash + use<R> {
        let digest = self.digest.clone();
        move || Hash::from_bytes(digest.finalize().into())
    }

    /// The number of the line that was read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn parse(&self, line: &[u8]) -> Result<Line, Trouble> {
        serde_json::from_slice(line).map_err(|_| self.wrong("line"))
    }

    pub(super) fn wrong(&self, what: &'static str) -> Trouble {
        Trouble::Wrong { what, line: self.number }
    }
}
