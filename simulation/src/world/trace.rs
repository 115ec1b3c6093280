//! The schedule of a run as one digest: equal for equal seeds, in any process.
//!
//! Of a datagram counts when, from where, to where and how long; its bytes differ from run to run
//! because the keys of its encryption do.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Digests what happened, in order.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    digest: Sha256,
    events: u64,
}

impl Trace {
    /// Notes a datagram that was handed over.
    pub fn datagram(&mut self, at_ns: u64, from: u64, to: u64, length: usize) {
        self.events += 1;
        self.digest.update(at_ns.to_le_bytes());
        self.digest.update(from.to_le_bytes());
        self.digest.update(to.to_le_bytes());
        self.digest.update((length as u64).to_le_bytes());
    }

    /// Notes something that people did, saw or suffered.
    pub fn event(&mut self, at_ns: u64, words: &str) {
        self.events += 1;
        self.digest.update(at_ns.to_le_bytes());
        self.digest.update((words.len() as u64).to_le_bytes());
        self.digest.update(words.as_bytes());
    }

    /// How many events were noted.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The digest so far, in hexadecimal.
    pub fn hex(&self) -> String {
        let mut text = String::new();
        for byte in self.digest.clone().finalize().iter().take(16) {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_moment_and_length_count() {
        let run = |datagrams: &[(u64, usize)]| {
            let mut trace = Trace::default();
            datagrams.iter().for_each(|(at, length)| trace.datagram(*at, 1, 2, *length));
            trace.hex()
        };
        assert_eq!(run(&[(1, 10), (2, 20)]), run(&[(1, 10), (2, 20)]));
        assert_ne!(run(&[(1, 10), (2, 20)]), run(&[(1, 20), (2, 10)]));
        assert_ne!(run(&[(1, 10)]), run(&[(2, 10)]));
    }
}
