//! The audit log: every act and every reading, sealed, chained, and provable without a network.
//!
//! What is recorded becomes an [`Entry`], is sealed under the node's audit key, and its ciphertext
//! is hashed twice: into a chain, where each head covers all before it, and into a Merkle tree of
//! RFC 6962, whose proofs are short. A signed [`Checkpoint`] names both heads. Superiors keep the
//! checkpoints they were shown and sign them in turn, so that whoever holds the log cannot exchange
//! it for another; [`Inspection`] tells an inspector what became of it.
//!
//! **Invariants:** an entry never changes and never moves; a checkpoint is durable before it is
//! shown; whether a log is whole can be judged without the audit key, only what it says cannot be
//! read. No entry holds a name of a dossier's subject or a value of a field.

mod checkpoint;
mod entry;
pub mod inspection;
mod log;
mod seal;
mod stored;
pub mod tree;

pub use checkpoint::{Checkpoint, Cosignature, Kept, LogId, SignedCheckpoint};
pub use entry::{Act, Entry, Outcome, Record, TimeSource};
pub use inspection::Inspection;
pub(crate) use log::present;
pub use log::{CHECKPOINT_ENTRIES, CHECKPOINT_MS, Log, chain, lives};
pub use seal::{Place, Pseudonym, SEALED_MAX, Sealer};
pub use stored::{
    Closed, StoredTree, all_kept, entries_after, kept, kept_op, newest, newest_of_all,
};
