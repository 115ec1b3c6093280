//! The dossiers in memory: the few used last.

use std::collections::BTreeMap;

use dossier::DossierId;

use crate::{
    Fault, Records,
    holding::{self, Closed, Opened},
};

/// A dossier in memory.
#[derive(Debug)]
enum Cached {
    Opened(Box<Opened>),
    /// As it lies in the store; built when it is asked for.
    Closed(Box<Closed>),
}

/// How a dossier is found.
#[derive(Debug)]
pub(super) enum Found {
    /// Its document is built, here.
    Opened,
    /// Its document is not built; give it back with [`Cache::put_closed`].
    Closed(Box<Closed>),
    /// It is not held.
    Nowhere,
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
            Some((_, Cached::Closed(closed))) => closed.open().map(Some),
            None => holding::open(records, id),
        }
    }

    /// Hands out a dossier if its document is not built.
    pub(super) fn take_closed(
        &mut self,
        records: &dyn Records,
        id: &DossierId,
    ) -> Result<Found, Fault> {
        match self.dossiers.remove(id) {
            Some((used, opened @ Cached::Opened(_))) => {
                self.dossiers.insert(*id, (used, opened));
                Ok(Found::Opened)
            }
            Some((_, Cached::Closed(closed))) => Ok(Found::Closed(closed)),
            None => Ok(Closed::read(records, id)?
                .map_or(Found::Nowhere, |closed| Found::Closed(Box::new(closed)))),
        }
    }

    /// Whether a dossier is here.
    pub(super) fn has(&self, id: &DossierId) -> bool {
        self.dossiers.contains_key(id)
    }

    pub(super) fn put(&mut self, opened: Opened) {
        self.insert(opened.id, Cached::Opened(Box::new(opened)));
    }

    pub(super) fn put_closed(&mut self, closed: Box<Closed>) {
        self.insert(closed.id(), Cached::Closed(closed));
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
