//! The document of one dossier: the only room that knows Automerge and its keys.
//!
//! Layout: root map with `id` (16 bytes), `form`, `schema`, `f` (single fields by id) and `t` (rows
//! by `table/row`, each a map of columns). The first change alone writes the root. Values are
//! scalars, spelled by `encoding`; clearing a field writes null, so that a clearing and a
//! concurrent edit meet as a conflict. Removing a row deletes its cells and sets a mark in it: a
//! cell edited at the same time elsewhere survives beside the mark and shows as a conflict.
//!
//! **Invariants:** whatever is applied survives save and load with the same hashes; the same set of
//! changes gives the same digest in any order; a refused change leaves the document as it was; no
//! input panics.

mod apply;
mod check;
mod docketed;
mod edit;
mod encoding;
mod engine;
mod guard;
mod history;
mod lineage;
mod linear;
mod overwrite;
mod state;
#[cfg(test)]
mod tests;
mod touched;
mod view;

use automerge::Automerge;

use crate::{DossierId, Hash, precheck, precheck::PrecheckError};

pub use apply::ApplyError;
pub use check::ForbiddenOperation;
pub use edit::{EditError, NewChange};
pub use encoding::InvalidValue;
use engine::{Built, Engine};
use guard::guarded;
pub use history::Write;
pub use lineage::ChangeHeader;
use lineage::Lineage;
use linear::Transcript;
pub use linear::{Appended, FiledDocument, LinearDocument};
pub use view::{Candidate, Conflict, Entry, Row, View};

/// Changes in one document.
pub const CHANGES_MAX: u64 = precheck::CHANGES_MAX;
/// Operations in one document.
pub const OPERATIONS_MAX: u64 = precheck::OPERATIONS_MAX;
/// Fields and cells in one document, living or removed rows alike.
pub const KEYS_MAX: usize = 10_000;

/// Why a saved document was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes did not pass the pre-check.
    #[error("saved document refused by the pre-check")]
    Precheck(#[from] PrecheckError),
    /// Automerge could not rebuild the document.
    #[error("saved document cannot be rebuilt")]
    Unreadable,
    /// A document, but not of a dossier.
    #[error("not the document of a dossier")]
    Layout,
    /// A change inside would have been refused on its own.
    #[error("saved document holds a change that is not allowed")]
    Change(#[from] ApplyError),
}

/// A dossier's document with its whole history.
#[derive(Debug, Clone)]
pub struct Document {
    engine: Engine,
    lineage: Lineage,
    id: DossierId,
    form: String,
}

impl Document {
    /// Loads what [`Self::save`] wrote, or what was admitted, into the own store, whose checksums
    /// vouch for the bytes. What has a linear history is read, and the engine is built for writing alone.
    ///
    /// # Errors
    /// [`LoadError`]; the bytes are then to be rebuilt from their changes.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::filed(bytes, &[]).map_or_else(|| Self::build(bytes), Ok)
    }

    /// Reads what [`Self::load`] loads with changes that were admitted since, each knowing all before
    /// it; `None` when it takes the engine to tell.
    pub fn filed(saved: &[u8], since: &[&[u8]]) -> Option<Self> {
        Transcript::read(saved, since).map(Self::of)
    }

    fn of(read: linear::Read) -> Self {
        let linear::Read { transcript, id, form, headers } = read;
        let mut lineage = Lineage::default();
        headers.into_iter().for_each(|header| lineage.push(header));
        Self { engine: Engine::read_from(transcript), lineage, id, form }
    }

    fn build(bytes: &[u8]) -> Result<Self, LoadError> {
        let automerge =
            guarded(|| Automerge::load(bytes)).and_then(Result::ok).ok_or(LoadError::Unreadable)?;
        guarded(|| Self::around(automerge)).flatten().ok_or(LoadError::Layout)
    }

    /// Loads a saved document of a peer: the pre-check stands in front, and every change inside is
    /// checked as [`Self::apply`] would.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load_foreign(bytes: &[u8]) -> Result<Self, LoadError> {
        precheck::check_saved(bytes)?;
        let document = Self::build(bytes)?;
        document.check_all()?;
        Ok(document)
    }

    /// Builds a document from its changes, in any order.
    ///
    /// # Errors
    /// [`ApplyError`] as for [`Self::apply`]; [`ApplyError::Layout`] without a first change.
    pub fn replay(changes: &[Vec<u8>]) -> Result<Self, ApplyError> {
        apply::replay(changes)
    }

    /// Wraps an Automerge document that has the layout of this room.
    fn around(automerge: Automerge) -> Option<Self> {
        let built = Built::around(automerge)?;
        let (lineage, (id, form)) = (built.lineage()?, built.layout()?);
        Some(Self { engine: Engine::of(built), lineage, id, form })
    }

    /// The document with its whole history, deflated.
    pub fn save(&self) -> Vec<u8> {
        self.engine.built().automerge.save()
    }

    /// The dossier this document belongs to.
    pub fn id(&self) -> DossierId {
        self.id
    }

    /// Name of the form it was opened under, e.g. `2c-bnv-2008`.
    pub fn form(&self) -> &str {
        &self.form
    }

    /// The changes nothing builds on yet, sorted.
    pub fn heads(&self) -> Vec<Hash> {
        if self.engine.transcript().is_some() {
            return self.lineage.last().into_iter().map(|last| last.hash).collect();
        }
        let heads = self.engine.built().automerge.get_heads();
        heads.iter().map(|head| Hash::from_bytes(head.0)).collect()
    }

    /// Whether every change was made knowing all before it, so that nothing can have met.
    pub fn is_linear(&self) -> bool {
        self.lineage.is_linear()
    }

    /// Headers of all changes; each stands after those it builds on.
    pub fn changes(&self) -> impl Iterator<Item = &ChangeHeader> {
        self.lineage.iter()
    }

    /// Where a change is told: by its author's clock, in seconds, and within one second behind what it
    /// builds on.
    pub fn told_at(&self, change: &Hash) -> Option<(i64, usize)> {
        let place = self.lineage.position(change)?;
        Some((self.lineage.get(change)?.time_seconds, place))
    }

    /// Whether a change was made knowing another one, which is not itself.
    pub fn builds_on(&self, change: &Hash, ancestor: &Hash) -> bool {
        match (self.lineage.get(change), self.lineage.get(ancestor)) {
            (Some(change), Some(ancestor)) => self.lineage.covers(&change.deps, ancestor),
            _ => false,
        }
    }

    /// The header of a change.
    pub fn change(&self, hash: &Hash) -> Option<&ChangeHeader> {
        self.lineage.get(hash)
    }

    /// Whether a change is in the document.
    pub fn has_change(&self, hash: &Hash) -> bool {
        self.lineage.get(hash).is_some()
    }

    /// The uncompressed chunk of a change, byte for byte as it was made.
    pub fn change_bytes(&self, hash: &Hash) -> Option<Vec<u8>> {
        self.has_change(hash).then(|| self.stored_change(hash))?.map(|one| one.raw_bytes().to_vec())
    }

    fn stored_change(&self, hash: &Hash) -> Option<automerge::Change> {
        self.engine.built().stored_change(hash)
    }
}

/// One digest for a set of heads, whatever its order.
pub fn heads_digest(heads: &[Hash]) -> Hash {
    let mut sorted: Vec<&Hash> = heads.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let parts: Vec<&[u8]> = sorted.iter().map(|hash| &hash.as_bytes()[..]).collect();
    Hash::tagged("hoso/heads/1", &parts)
}
