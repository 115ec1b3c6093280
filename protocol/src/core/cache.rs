//! The dossiers in memory: the few used last.

use std::collections::BTreeMap;

use dossier::DossierId;

use crate::{
    Fault, Records,
    holding::{self, Holding, Opened},
    parcel::Parcel,
};

/// A dossier in memory.
#[derive(Debug)]
enum Cached {
    Opened(Box<Opened>),
    /// Admitted as it came; built when it is asked for.
    Copy(Box<(Holding, Parcel)>),
}

/// The most recently used dossiers, kept open.
#[derive(Debug, Default)]
pub(super) struct Cache {
    dossiers: BTreeMap<DossierId, (u64, Cached)>,
    uses: u64,
}

impl Cache {
    const CAPACITY: usize = 64;

    /// Hands out a dossier, from the store if it is not here; give it back with [`Self::put`].
    pub(super) fn take(
        &mut self,
        records: &dyn Records,
        id: &DossierId,
    ) -> Result<Option<Opened>, Fault> {
        match self.dossiers.remove(id) {
            Some((_, Cached::Opened(opened))) => Ok(Some(*opened)),
            Some((_, Cached::Copy(copy))) => {
                let (holding, parcel) = *copy;
                holding::open_copy(holding, &parcel).map(Some)
            }
            None => holding::open(records, id),
        }
    }

    /// Whether a dossier is here or in the store.
    pub(super) fn knows(&self, records: &dyn Records, id: &DossierId) -> Result<bool, Fault> {
        Ok(self.dossiers.contains_key(id) || holding::read_holding(records, id)?.is_some())
    }

    pub(super) fn put(&mut self, opened: Opened) {
        self.insert(opened.id, Cached::Opened(Box::new(opened)));
    }

    pub(super) fn put_copy(&mut self, holding: Holding, parcel: Parcel) {
        self.insert(parcel.dossier, Cached::Copy(Box::new((holding, parcel))));
    }

    fn insert(&mut self, id: DossierId, cached: Cached) {
        self.uses += 1;
        self.dossiers.insert(id, (self.uses, cached));
    }

    /// Lets go of the least recently used. Done between events only: what an event staged is read
    /// back from here until the shell has taken its effects.
    pub(super) fn trim(&mut self) {
        while self.dossiers.len() > Self::CAPACITY {
            let oldest = self.dossiers.iter().min_by_key(|(_, (used, _))| *used).map(|(id, _)| *id);
            let Some(id) = oldest else { return };
            self.dossiers.remove(&id);
        }
    }
}
