//! Files of attachments: judged when they come in, kept in chunks, carried between nodes.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`inspect`] | which files are taken: by their bytes, whatever their name says |
//! | [`digest`] | digests under the content key of a dossier |
//! | [`shelf`] | the chunks on the disk |
//! | [`holding`] | who writes a content |
//! | [`counter`] | files that a program of this machine hands in or reads |
//! | [`courier`] | contents on their way between nodes, below the priority of changes |
//!
//! What a content is, who may have it and what is owed to whom is decided in
//! [`protocol::attachment`] and by the core; nothing here decides about a dossier.
//!
//! **Invariants:** a file is on the disk only in chunks that were compared with its manifest or made
//! from it; at most [`counter::HANDED_IN_MAX`] files are in memory; the bytes of a file never pass
//! the thread of the engine, so that no file delays a change.

pub mod counter;
pub mod courier;
pub mod digest;
pub mod holding;
pub mod inspect;
pub mod shelf;

/// Runs work that reads and writes files, without holding up the other tasks of the runtime where it
/// has threads. A runtime of one thread, as the simulation's, does it inline.
pub(crate) fn slowly<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
