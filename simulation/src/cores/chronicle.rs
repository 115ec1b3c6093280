//! What was acknowledged to people, and which of it no disk that counts holds any more.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{DossierId, Hash, UnitId};

/// A text that a node acknowledged to its clerk.
#[derive(Debug, Clone)]
pub(super) struct Saying {
    pub(super) place: usize,
    pub(super) dossier: DossierId,
    /// Written once in the whole life.
    pub(super) token: String,
    /// Every disk that held it went back in time or was taken away.
    pub(super) lost: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Chronicle {
    pub(super) sayings: Vec<Saying>,
    /// The unit that keeps each dossier.
    pub(super) keepers: BTreeMap<DossierId, UnitId>,
    /// Changes that a disk of a tier forgot after it had vouched for them.
    pub(super) owed: BTreeSet<(u8, DossierId, Hash)>,
    /// Dossiers in the order of their beginning.
    pub(super) dossiers: Vec<DossierId>,
}

impl Chronicle {
    pub(super) fn begin(&mut self, dossier: DossierId, keeper: UnitId) {
        self.keepers.insert(dossier, keeper);
        self.dossiers.push(dossier);
    }

    pub(super) fn say(&mut self, place: usize, dossier: DossierId, token: String) {
        self.sayings.push(Saying { place, dossier, token, lost: false });
    }
}
