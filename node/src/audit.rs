//! The audit log in the shell: the key that seals it, what of each request is recorded, and the
//! package that an inspector takes along.
//!
//! **Invariants:** an answer leaves the node only with its entry durable, so that a reading that
//! cannot be recorded is refused; no entry holds a dossier's id, a name of its subject or a value;
//! a package is judged without a data directory and without a network.

mod copy;
pub mod deed;
pub mod key;
pub mod package;
pub mod verify;

pub use copy::{CopyFault, open_copy, seal_copy};
pub use deed::{Caller, Came, Claim, Deed, UNMASKED};
pub use key::{AuditKey, OpeningCode};
