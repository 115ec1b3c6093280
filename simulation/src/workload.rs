//! The dossiers that benchmarks replicate: as many fields, rows and changes as a long career
//! leaves, written through the production code and signed like real ones.
//!
//! The shape follows the measurements behind the design: 80 single fields, six tables, 100 changes
//! by 4 of 64 devices, everything drawn from SplitMix64, so that equal numbers give equal bytes.
//! The law lets only the keeping unit and the bodies above it write, so the 64 devices are sixteen
//! lives of each of four nodes in one line of the tree: every dossier has four authors with four
//! keys.

mod cast;
mod corpus;
mod history;
mod values;

pub use cast::{Cast, HUB, LEAF, Member, Signer};
pub use corpus::{Corpus, Record};
pub use history::{compose, mutation, mutation_meta};

use dossier::DossierId;
use node::environment::entropy::SplitMix64;

/// The seed of all corpora.
const SEED: u64 = 42;
/// Devices that write.
const DEVICES: u64 = 64;
/// Devices that write in one dossier.
const AUTHORS: u64 = 4;

/// The id of the `index`-th dossier.
pub fn dossier_id(index: u64) -> DossierId {
    let seed = SEED ^ 0xD0C1D ^ index.wrapping_mul(0xA24B_AED4_963E_E407);
    let mut numbers = SplitMix64::new(seed);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&numbers.next_u64().to_be_bytes());
    bytes[8..].copy_from_slice(&numbers.next_u64().to_be_bytes());
    DossierId::from_bytes(bytes)
}

/// The places of `changed` dossiers among `dossiers`, at an even stride.
pub fn stride(dossiers: u64, changed: u64) -> impl Iterator<Item = u64> {
    (0..changed).map(move |place| (7 % dossiers + place * dossiers / changed) % dossiers)
}
