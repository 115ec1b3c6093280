//! What was done and acknowledged to people, and which of it no disk that counts holds any more.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{DossierId, Hash, UnitId};

/// A text that a node acknowledged to its clerk.
#[derive(Debug, Clone)]
pub(super) struct Saying {
    pub(super) place: usize,
    pub(super) dossier: DossierId,
    /// Written once in the whole life.
    pub(super) token: String,
    /// The change that it says something of, where it is a verdict: it goes with that.
    pub(super) on: Option<Hash>,
    /// The disk it was written to went back behind it.
    pub(super) away: bool,
    /// Every disk that held it went back in time or was taken away.
    pub(super) lost: bool,
}

/// Whom a notice concerns.
#[derive(Debug, Default, Clone)]
pub(super) struct Circle {
    /// Units it names; those above them are concerned too.
    pub(super) named: BTreeSet<UnitId>,
    /// Units all above and below which are concerned.
    pub(super) below: BTreeSet<UnitId>,
}

/// A notice that a node acknowledged to its clerk.
#[derive(Debug, Clone)]
pub(super) struct Posted {
    pub(super) id: Hash,
    /// Whom it concerns.
    pub(super) circle: Circle,
    /// Every disk that held it went back in time or was taken away.
    pub(super) lost: bool,
}

/// How people made a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    /// Version of the org tree by which the law was asked.
    pub(super) tree: u64,
    /// When it was in truth, in milliseconds.
    pub(super) at: i64,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Chronicle {
    pub(super) sayings: Vec<Saying>,
    /// The unit that keeps each dossier.
    pub(super) keepers: BTreeMap<DossierId, UnitId>,
    /// Changes that a disk of a tier forgot after it had vouched for them.
    pub(super) owed: BTreeSet<(u8, DossierId, Hash)>,
    /// Changes that people made.
    pub(super) written: BTreeMap<Hash, Written>,
    /// Notices that were acknowledged.
    pub(super) notices: Vec<Posted>,
    /// Notices that people had their nodes sign, acknowledged or not, and whom each concerns.
    pub(super) signed: BTreeMap<Hash, Circle>,
    /// Dossiers in the order of their beginning.
    pub(super) dossiers: Vec<DossierId>,
}

impl Chronicle {
    pub(super) fn begin(&mut self, dossier: DossierId, keeper: UnitId) {
        self.keepers.insert(dossier, keeper);
        self.dossiers.push(dossier);
    }

    pub(super) fn say(
        &mut self,
        place: usize,
        dossier: DossierId,
        token: String,
        on: Option<Hash>,
    ) {
        self.sayings.push(Saying { place, dossier, token, on, away: false, lost: false });
    }
}
