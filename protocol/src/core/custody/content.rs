//! The content of dossiers as custody sees it: one entry a change.

use std::{cell::RefCell, collections::BTreeMap};

use dossier::{DossierId, Hash, NodeId, UnitId};

use crate::{
    Fault, Records,
    custody::{Content, Entry, TransferId},
    holding::{self, Opened},
};

/// What a store holds of the content of dossiers, each read once.
pub(super) struct Held<'a> {
    records: &'a dyn Records,
    read: RefCell<BTreeMap<DossierId, BTreeMap<Hash, Entry>>>,
}

impl<'a> Held<'a> {
    pub(super) fn new(records: &'a dyn Records) -> Self {
        Self { records, read: RefCell::default() }
    }
}

impl Content for Held<'_> {
    /// Admission asks the law, and whoever writes for another unit under a grant writes lawfully.
    fn is_judged(&self) -> bool {
        true
    }

    fn entries(&self, dossier: &DossierId) -> Result<BTreeMap<Hash, Entry>, Fault> {
        if let Some(known) = self.read.borrow().get(dossier) {
            return Ok(known.clone());
        }
        let opened = holding::open(self.records, dossier)?;
        let entries = opened.as_ref().map(entries_of).unwrap_or_default();
        self.read.borrow_mut().insert(*dossier, entries.clone());
        Ok(entries)
    }

    /// Nothing travels before the record that counts, so nothing is sealed to wait for it.
    fn sealed_key(
        &self,
        _: &DossierId,
        _: &TransferId,
        _: &UnitId,
        _: &NodeId,
    ) -> Result<Vec<u8>, Fault> {
        Ok(Vec::new())
    }
}

/// The changes of an opened dossier.
pub(super) fn entries_of(opened: &Opened) -> BTreeMap<Hash, Entry> {
    let entry = |change: &dossier::document::ChangeHeader| {
        let (author, _) = opened.provenance(change)?;
        let entry = Entry {
            id: change.hash,
            epoch: author.epoch,
            record: opened.holding.record(author.epoch)?,
            node: author.node,
            deps: change.deps.clone(),
            settles: None,
        };
        Some((entry.id, entry))
    };
    opened.document.changes().filter_map(entry).collect()
}
