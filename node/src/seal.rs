//! Sealing at rest: what lies on the disk tells nothing to whoever has it without its key.
//!
//! A [`Vault`] holds the keys of one data directory (Điều 5, 8, 11.2 of the regulation; the decision
//! and what still leaks: `seal/README.md`). The store seals its records by it, the home its keys,
//! attachments their bytes.
//!
//! **Invariants**
//! 1. Everything sealed is bound to its place ([`Label`]), to the epoch of its dossier's key and to
//!    the generation it was written in: moved elsewhere it does not open.
//! 2. Each dossier has keys of its own, one per epoch. A destroyed key is gone from memory and disk
//!    before [`Vault::destroy`] returns, and every other key stays.
//! 3. A vault that does not open changes nothing.
//! 4. Keys are wiped when they are dropped and shown by no `Debug`.

mod cipher;
mod error;
mod file;
mod means;
mod padding;
mod process;
mod recovery;
mod tree;
mod vault;

pub use cipher::{NONCE, TAG};
pub use error::{SealError, Shut};
pub use file::{KeyAct, KeyDeed};
pub use means::{Means, Profile, UnknownProfile};
pub use padding::{padded, padded_file};
pub use process::keep_memory_private;
pub use recovery::{InvalidRecoveryCode, RecoveryCode};
pub use vault::{Founding, Label, Stamp, Status, Vault};

#[cfg(test)]
mod tests;
