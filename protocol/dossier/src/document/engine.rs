//! The document engine, built when something takes it.
//!
//! Most dossiers have a linear history and are only looked at: what they say is read from the columns,
//! and the engine, which costs ten times as much, is built for what it alone can do.
//!
//! **Invariant:** whatever the columns say, the engine says too.

use std::sync::{Arc, OnceLock};

use automerge::{Automerge, ObjId, ObjType, ReadDoc};

use super::linear::Transcript;
use super::{ChangeHeader, DossierId, Lineage, encoding};
use crate::Hash;

/// Automerge's document, and the two maps of this room's layout.
#[derive(Debug, Clone)]
pub(super) struct Built {
    pub(super) automerge: Automerge,
    pub(super) fields: ObjId,
    pub(super) tables: ObjId,
}

/// What a document is read from.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    built: OnceLock<Built>,
    /// The history as it reads, until something is written.
    transcript: Option<Arc<Transcript>>,
}

impl Engine {
    pub(super) fn of(built: Built) -> Self {
        Self { built: OnceLock::from(built), transcript: None }
    }

    pub(super) fn read_from(transcript: Transcript) -> Self {
        Self { built: OnceLock::new(), transcript: Some(Arc::new(transcript)) }
    }

    /// The history as it reads; `None` when it takes the engine to tell.
    pub(super) fn transcript(&self) -> Option<&Transcript> {
        self.transcript.as_deref()
    }

    /// The engine, to read.
    pub(super) fn built(&self) -> &Built {
        let built = || self.transcript().and_then(Transcript::build);
        self.built.get_or_init(|| built().expect("a history that was vouched for loads"))
    }

    /// The engine, to write; what was read of the history goes.
    pub(super) fn open(&mut self) -> &mut Built {
        self.built();
        self.transcript = None;
        self.built.get_mut().expect("built above")
    }
}

impl Built {
    /// Finds the maps in a document that has the layout of this room.
    pub(super) fn around(automerge: Automerge) -> Option<Self> {
        let map = |key| {
            let (value, id) = automerge.get(automerge::ROOT, key).ok().flatten()?;
            (value.is_object() && automerge.object_type(&id).ok()? == ObjType::Map).then_some(id)
        };
        let (fields, tables) = (map(encoding::FIELDS)?, map(encoding::TABLES)?);
        Some(Self { automerge, fields, tables })
    }

    /// The dossier, and the form it was opened under.
    pub(super) fn layout(&self) -> Option<(DossierId, String)> {
        let scalar = |key| Some(self.automerge.get(automerge::ROOT, key).ok().flatten()?.0);
        let id = DossierId::from_slice(scalar(encoding::ID)?.as_bytes()?)?;
        let form = scalar(encoding::FORM)?.as_str()?.to_owned();
        let schema = scalar(encoding::SCHEMA)?.as_i64()?;
        (schema == encoding::SCHEMA_VERSION && encoding::is_form(&form)).then_some((id, form))
    }

    /// Who wrote which change on top of which.
    pub(super) fn lineage(&self) -> Option<Lineage> {
        let mut lineage = Lineage::default();
        for change in self.automerge.get_changes_meta(&[]) {
            lineage.push(ChangeHeader {
                hash: Hash::from_bytes(change.hash.0),
                actor: crate::ActorId::from_slice(change.actor.to_bytes())?,
                seq: change.seq,
                start_op: change.start_op,
                op_count: (change.max_op + 1).checked_sub(change.start_op)?,
                time_seconds: change.timestamp,
                deps: change.deps.iter().map(|dep| Hash::from_bytes(dep.0)).collect(),
            });
        }
        Some(lineage)
    }

    /// A change by its hash.
    pub(super) fn stored_change(&self, hash: &Hash) -> Option<automerge::Change> {
        self.automerge.get_change_by_hash(&automerge::ChangeHash(*hash.as_bytes()))
    }
}
