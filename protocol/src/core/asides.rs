//! How much lies outside, in memory: by dossier, and by the neighbour that brought it.
//!
//! **Invariant:** the counts are those of the quarantine's rows with what this event staged, so that
//! nobody looks through the rows to learn whether there is room or where something waits.

use std::collections::BTreeMap;

use dossier::{DossierId, NodeId};

use super::waiting::Aside;
use crate::{Fault, Records, Table, limits::LIMITS};

/// Rows that are read at once; each may be as large as a parcel.
const PAGE: usize = 16;

/// What lies outside.
#[derive(Debug, Default)]
pub(super) struct Asides {
    dossiers: BTreeMap<DossierId, usize>,
    /// Bytes of parcels, by who brought them.
    brought: BTreeMap<NodeId, usize>,
    rows: u64,
}

impl Asides {
    pub(super) fn read(records: &dyn Records) -> Result<Self, Fault> {
        let mut asides = Self::default();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = records.scan(Table::Quarantine, &[], after.as_deref(), PAGE)?;
            let Some((last, _)) = rows.last() else { return Ok(asides) };
            after = Some(last.clone());
            for (key, row) in &rows {
                if let Some(id) = key.get(..16).and_then(DossierId::from_slice) {
                    asides.add(&id, &Aside::decode(row)?);
                }
            }
        }
    }

    pub(super) fn add(&mut self, id: &DossierId, aside: &Aside) {
        self.rows += 1;
        *self.dossiers.entry(*id).or_default() += 1;
        if let Some(node) = aside.from {
            *self.brought.entry(node).or_default() += aside.parcel.len();
        }
    }

    pub(super) fn remove(&mut self, id: &DossierId, aside: &Aside) {
        self.rows = self.rows.saturating_sub(1);
        if let Some(rows) = self.dossiers.get_mut(id) {
            *rows -= 1;
            if *rows == 0 {
                self.dossiers.remove(id);
            }
        }
        if let Some(bytes) = aside.from.and_then(|node| self.brought.get_mut(&node)) {
            *bytes = bytes.saturating_sub(aside.parcel.len());
        }
    }

    /// How many parcels lie outside.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// How many lie outside one dossier.
    pub(super) fn of(&self, id: &DossierId) -> usize {
        self.dossiers.get(id).copied().unwrap_or_default()
    }

    /// The dossiers outside which something lies.
    pub(super) fn dossiers(&self) -> impl Iterator<Item = &DossierId> {
        self.dossiers.keys()
    }

    /// Whether a neighbour may bring that many bytes more.
    pub(super) fn may_bring(&self, node: &NodeId, bytes: usize) -> bool {
        let brought = self.brought.get(node).copied().unwrap_or_default();
        brought.saturating_add(bytes) <= LIMITS.quarantine_bytes_per_node_max
    }
}
