//! Random bytes.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// Supplies random bytes.
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Fills `bytes` with random bytes.
    ///
    /// # Panics
    /// When the operating system has no entropy to give: no key may be made without it.
    fn fill(&self, bytes: &mut [u8]);
}

/// Draws `N` random bytes from any source of entropy.
pub fn draw<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws from the system")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system supplies entropy");
    }
}

/// A reproducible stream: SHA-256 of a seed and a counter. For simulations and tests only.
pub struct SeededEntropy {
    seed: u64,
    stream: Mutex<Stream>,
}

struct Stream {
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl SeededEntropy {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, stream: Mutex::new(Stream { counter: 0, block: [0; 32], used: 32 }) }
    }
}

impl fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeededEntropy").field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in bytes {
            if stream.used == stream.block.len() {
                let digest = Sha256::new()
                    .chain_update(self.seed.to_be_bytes())
                    .chain_update(stream.counter.to_be_bytes());
                stream.block = digest.finalize().into();
                stream.counter += 1;
                stream.used = 0;
            }
            *byte = stream.block[stream.used];
            stream.used += 1;
        }
    }
}

/// SplitMix64: a small generator of numbers for places, subsets and orders, never for keys.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The sequence of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next_u64() % end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream_however_it_is_cut() {
        let (whole, pieces) = (SeededEntropy::new(7), SeededEntropy::new(7));
        let expected: [u8; 100] = draw(&whole);
        let mut cut = [0; 100];
        for piece in cut.chunks_mut(7) {
            pieces.fill(piece);
        }
        assert_eq!(expected, cut);
        assert_ne!(expected, draw::<100>(&SeededEntropy::new(8)));
    }

    #[test]
    fn the_system_gives_different_bytes_each_time() {
        assert_ne!(draw::<32>(&SystemEntropy), draw::<32>(&SystemEntropy));
    }
}
