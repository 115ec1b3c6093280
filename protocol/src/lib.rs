//! What two nodes must agree on: pure machines over the domain of [`dossier`].
//!
//! **Invariant:** this crate knows no clock, socket, disk, entropy, thread or async runtime. Time,
//! randomness, signatures and stored records are arguments.

pub mod records;

pub use records::{Entry, Fault, FeedPosition, Op, Records, Table, Transaction};
