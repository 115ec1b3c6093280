//! What must hold in layer 1: at each page shown, at each disk that goes back, and at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dossier::{DossierId, Hash, UnitId, document::heads_digest, unit::Tier};
use protocol::{
    Answer, Command, Table,
    core::{DossierShown, IncidentKind, Level, Relation, Session},
    holding::Holding,
};

use super::life::Life;
use super::province::PROVINCE;
use super::reading::{Reading, changes_aside, holdings};
use super::world::{Fate, Standing};
use crate::checker::{convergence, honesty, memory};

impl Life {
    pub(super) fn read(&mut self, place: usize, dossier: &DossierId) -> Option<Rc<Reading>> {
        match self.readings.of(&self.world.nodes[place].store, dossier) {
            Ok(reading) => reading,
            Err(fault) => {
                self.world.violate("fault", format!("{fault}, at {place}"));
                None
            }
        }
    }

    /// Somebody looks at a page: what it claims of the tiers above is true.
    pub(super) fn look(&mut self, place: usize, dossier: DossierId) {
        let answer = self.world.try_order(place, Command::Show(dossier), Fate::Lives);
        let Some(Answer::Shown(shown)) = answer else { return };
        let standing = self.world.nodes[place].standing;
        if standing != Standing::Clone {
            self.judge_page(place, &shown);
        }
    }

    fn judge_page(&mut self, place: usize, shown: &DossierShown) {
        let tier = self.world.nodes[place].core.tier().number();
        let claims = honesty::claims(shown, tier);
        if claims.is_empty() {
            return;
        }
        let mut held: BTreeMap<u8, BTreeSet<Hash>> = BTreeMap::new();
        for at in 0..self.world.nodes.len() {
            if self.world.nodes[at].standing != Standing::Clone {
                let tier = self.world.nodes[at].core.tier().number();
                let there = self.vouched_for(at, &shown.dossier);
                held.entry(tier).or_default().extend(there);
            }
        }
        let holds = |change: &Hash, level: Level| {
            held.get(&(level as u8)).is_some_and(|there| there.contains(change))
        };
        let owed = |change: &Hash, level: Level| {
            self.chronicle.owed.contains(&(level as u8, shown.dossier, *change))
        };
        let mut lies = honesty::lies(&shown.dossier, &claims, holds, owed);
        if !lies.is_empty() && self.was_let_go(place, &shown.dossier) {
            let left = |change: &Hash, level: Level| {
                level == Level::Tier2 && holds(change, Level::Tier3)
                    || self.chronicle.owed.contains(&(level as u8, shown.dossier, *change))
            };
            lies = honesty::lies(&shown.dossier, &claims, holds, left);
        }
        for lie in lies {
            self.world.violate("honesty", format!("{lie}, at {place}"));
        }
        // What a tier is seen to have again it owes no more.
        for (tier, there) in held {
            for (change, _) in &claims {
                if there.contains(change) {
                    self.chronicle.owed.remove(&(tier, shown.dossier, *change));
                }
            }
        }
    }

    /// Whether a dossier went to a unit that the body above does not stand over, and a machine below
    /// has not heard of it: the body had what it vouched for, has let go of it as it must, and tier 3
    /// holds it.
    fn was_let_go(&mut self, place: usize, dossier: &DossierId) -> bool {
        self.note_custody();
        let row = self.world.nodes[place].store.row(Table::Dossier, dossier.as_bytes());
        let Some(held) = row.and_then(|row| Holding::decode(row).ok()) else { return false };
        if self.custodians.of_epoch(dossier, held.epoch() + 1).is_none() {
            return false;
        }
        let stood = |at: usize| {
            let unit = &self.world.nodes[at].identity.unit;
            let mut trees = self.world.trees.iter().chain([&self.world.tree]);
            trees.any(|signed| signed.tree.is_within(&held.unit, unit))
        };
        let two = |at: &usize| self.world.nodes[*at].core.tier() == Tier::Two;
        let mut bodies = self.places().filter(two).filter(|at| self.has_given_up(*at, dossier));
        bodies.any(stood)
    }

    /// The changes of a dossier that are on a disk where people see them: in the dossier, or outside
    /// it in a copy of the node itself that had to go.
    pub(super) fn vouched_for(&mut self, place: usize, dossier: &DossierId) -> BTreeSet<Hash> {
        let mut changes = changes_aside(&self.world.nodes[place].store, dossier);
        if let Some(reading) = self.read(place, dossier) {
            changes.extend(reading.changes.iter().copied());
        }
        changes
    }

    /// What has not settled yet.
    pub(super) fn unsettled(&mut self) -> Vec<String> {
        let mut words = Vec::new();
        let places: Vec<usize> = self.places().collect();
        for place in places {
            let overtaken = self.overtaken_at(place);
            let core = &self.world.nodes[place].core;
            let totals = core.totals();
            if overtaken.is_empty()
                && (totals.own, totals.own) != (totals.own_tier2, totals.own_tier3)
            {
                let (own, two, three) = (totals.own, totals.own_tier2, totals.own_tier3);
                words.push(format!("{place} has receipts for {two} and {three} of {own} changes"));
            }
            // By the newest tree: whom it stood under before does not answer for it.
            let own = self.world.tree.tree.get(&core.identity().unit);
            let parent = own.and_then(|unit| unit.parent.as_ref());
            let upper = |one: &&Session| {
                one.relation() == Relation::Upper && one.is_live() && Some(one.unit()) == parent
            };
            if core.tier() != Tier::Three && core.sessions().filter(upper).count() != 1 {
                words.push(format!("{place} is not connected to its superior"));
            }
            let heard = |at: usize| {
                let above = &self.world.nodes[at];
                let listens = |one: &Session| {
                    let lower = one.relation() == Relation::Lower && one.is_live();
                    lower && *one.unit() == core.identity().unit
                };
                Some(&above.identity.unit) != parent || above.core.sessions().any(listens)
            };
            if !self.places().all(heard) {
                words.push(format!("{place} is not heard by its superior"));
            }
            let store = &self.world.nodes[place].store;
            if !matches!(protocol::custody::recovering(store), Ok(None)) {
                words.push(format!("{place} was not told of what it forgot"));
            }
        }
        let shelves = self.shelves();
        let trees: Vec<_> = self.world.trees.iter().map(|signed| signed.tree.clone()).collect();
        let lent = |at: &UnitId, keeper: &UnitId| self.office.papers.ever_delegate(at, keeper);
        words.extend(convergence::differences(&shelves, &self.world.tree.tree, &trees, &lent));
        words.extend(self.hanging());
        words
    }

    /// Dossiers in whose copy at a machine something stands that stays there.
    fn overtaken_at(&mut self, place: usize) -> BTreeSet<DossierId> {
        let held = holdings(&self.world.nodes[place].store).unwrap_or_default().into_iter();
        held.map(|(id, _)| id).filter(|id| self.is_overtaken(place, id)).collect()
    }

    fn shelves(&mut self) -> Vec<convergence::Shelf> {
        let places: Vec<usize> = self.places().collect();
        let shelf = |place: usize| {
            let overtaken = self.overtaken_at(place);
            let node = &self.world.nodes[place];
            let held = holdings(&node.store).unwrap_or_default().into_iter();
            let dossiers = held.filter(|(id, _)| !overtaken.contains(id)).map(|(id, holding)| {
                let (heads, epoch) = (heads_digest(&holding.heads), holding.epoch());
                let state = [&heads.as_bytes()[..], &epoch.to_be_bytes()];
                (id, (holding.unit, Hash::tagged("hoso/cores/shelf/1", &state)))
            });
            convergence::Shelf { unit: node.identity.unit.clone(), dossiers: dossiers.collect() }
        };
        places.into_iter().map(shelf).collect()
    }

    /// What must be true once everything has settled.
    pub(super) fn judge_settled(&mut self) {
        self.judge_lasting();
        let places: Vec<usize> = self.places().collect();
        for place in places {
            self.judge_documents(place);
            self.judge_counts(place);
            self.judge_memory(place);
        }
        self.judge_feeds();
    }

    /// The counts people read are those of the store.
    fn judge_counts(&mut self, place: usize) {
        let held = holdings(&self.world.nodes[place].store).unwrap_or_default();
        let readings: Vec<_> = held.iter().filter_map(|(id, _)| self.read(place, id)).collect();
        let changes: usize = readings.iter().map(|reading| reading.changes.len()).sum();
        let collisions: u64 = readings.iter().map(|reading| reading.collisions).sum();
        let node = &self.world.nodes[place];
        let totals = node.core.totals();
        let outside = node.store.table(Table::Quarantine).count() as u64;
        let counted = [totals.dossiers, totals.changes, totals.quarantined, totals.conflicts];
        let found = [held.len() as u64, changes as u64, outside, collisions];
        if place == PROVINCE {
            self.collisions = collisions;
        }
        if counted != found {
            self.world
                .violate("honesty", format!("{place} counts {counted:?} and holds {found:?}"));
        }
    }

    pub(super) fn judge_memory(&mut self, place: usize) {
        let node = &self.world.nodes[place];
        let mut outside: BTreeMap<&[u8], usize> = BTreeMap::new();
        for (key, _) in node.store.table(Table::Quarantine) {
            *outside.entry(&key[..16.min(key.len())]).or_default() += 1;
        }
        let totals = node.core.totals();
        let sessions = node.core.sessions().count();
        let sample = memory::Sample {
            sessions,
            connections: u32::try_from(sessions).unwrap_or(u32::MAX),
            neighbours: 4,
            dossiers: totals.dossiers,
            changes: totals.changes,
            outside_max: outside.into_values().max().unwrap_or(0),
            members: node.core.members().number(),
            journal_bytes: node.store.bytes(),
        };
        for words in memory::excess(&sample) {
            self.world.violate("memory", format!("{words}, at {place}"));
        }
    }

    /// Where no disk went back and every wire kept its promise, feeds alone carry everything: no
    /// comparison ever found a difference. What is written by a right of its own day may be here
    /// before the word of that right, or come when it is over; what is of a dossier that moves may come
    /// to a machine before the record by which it is to be judged.
    fn judge_feeds(&mut self) {
        if !self.troubles.is_calm() || self.office.gives() || self.transfers {
            return;
        }
        let parted =
            |place: &usize| self.world.nodes[*place].alarms.contains(&IncidentKind::Diverged);
        let parted: Vec<usize> = (0..self.world.nodes.len()).filter(parted).collect();
        for place in parted {
            self.world.violate("feed", format!("{place} was apart from its superior"));
        }
    }
}
