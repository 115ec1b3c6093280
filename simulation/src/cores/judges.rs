//! What must hold in layer 1: at each page shown, at each disk that goes back, and at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dossier::{DossierId, Hash, document::heads_digest, unit::Tier};
use protocol::{
    Answer, Command, Table,
    core::{DossierShown, IncidentKind, Level, Relation, Session},
};

use super::chronicle::Saying;
use super::life::Life;
use super::province::PROVINCE;
use super::reading::{Reading, changes_aside, holdings, is_aside};
use super::store::Memory;
use super::trouble::Trouble;
use super::world::{Fate, Standing};
use crate::checker::{authority, convergence, honesty, memory};

impl Life {
    fn read(&mut self, place: usize, dossier: &DossierId) -> Option<Rc<Reading>> {
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
        for lie in honesty::lies(&shown.dossier, &claims, holds, owed) {
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

    /// The changes of a dossier that are on a disk where people see them: in the dossier, or outside
    /// it in a copy of the node itself that had to go.
    fn vouched_for(&mut self, place: usize, dossier: &DossierId) -> BTreeSet<Hash> {
        let mut changes = changes_aside(&self.world.nodes[place].store, dossier);
        if let Some(reading) = self.read(place, dossier) {
            changes.extend(reading.changes.iter().copied());
        }
        changes
    }

    /// After a power cut: what this machine acknowledged is on its disk.
    pub(super) fn judge_crash(&mut self, place: usize, fate: Fate) {
        let rewinds = [Trouble::Restores, Trouble::Clones].map(|kind| self.troubles.has(kind));
        if fate == Fate::Lives || rewinds.contains(&true) {
            return;
        }
        for number in 0..self.chronicle.sayings.len() {
            let saying = self.chronicle.sayings[number].clone();
            if saying.place == place
                && !saying.lost
                && !self.holds(place, &saying.dossier, &saying.token)
            {
                let words = format!("{} of {} is gone at {place}", saying.token, saying.dossier);
                self.world.violate("durability", words);
            }
        }
    }

    fn holds(&mut self, place: usize, dossier: &DossierId, token: &str) -> bool {
        self.read(place, dossier).is_some_and(|reading| reading.tokens.contains(token))
    }

    /// Whether a disk that still counts holds what was acknowledged.
    fn is_held(&mut self, number: usize) -> bool {
        let saying = self.chronicle.sayings[number].clone();
        let keeper = self.chronicle.keepers.get(&saying.dossier).cloned();
        (0..self.world.nodes.len()).any(|place| {
            let node = &self.world.nodes[place];
            let within = keeper
                .as_ref()
                .is_some_and(|keeper| self.world.tree.tree.is_within(keeper, &node.identity.unit));
            node.standing == Standing::Active
                && (within || place == saying.place)
                && self.holds(place, &saying.dossier, &saying.token)
        }) || self.is_aside(&saying)
    }

    /// Whether people see it outside the dossier: what rests on a history that had to go may be
    /// adopted by hand, and is not lost.
    fn is_aside(&self, saying: &Saying) -> bool {
        let active = self.world.nodes.iter().filter(|node| node.standing == Standing::Active);
        active.map(|node| &node.store).any(|store| is_aside(store, &saying.dossier, &saying.token))
    }

    /// A disaster takes disks away or back: what none holds after it and one did before is lost
    /// lawfully; what none held before it was lost already, and should not have been.
    pub(super) fn forget_lawfully(&mut self, disaster: impl FnOnce(&mut Self)) {
        let all = 0..self.chronicle.sayings.len();
        let standing: Vec<usize> = all.filter(|it| !self.chronicle.sayings[*it].lost).collect();
        for number in standing.iter().copied() {
            if !self.is_held(number) {
                let saying = &mut self.chronicle.sayings[number];
                saying.lost = true;
                let words = format!("{} of {} is on no disk", saying.token, saying.dossier);
                self.world.violate("durability", words);
            }
        }
        disaster(self);
        for number in standing {
            if !self.is_held(number) {
                self.chronicle.sayings[number].lost = true;
            }
        }
    }

    /// A machine starts from an old backup: it owes what the backup lacks.
    pub(super) fn put_back(&mut self, place: usize, backup: Memory) {
        let tier = self.world.nodes[place].core.tier().number();
        for dossier in self.chronicle.dossiers.clone() {
            let now = self.vouched_for(place, &dossier);
            let mut then = changes_aside(&backup, &dossier);
            let reading = self.readings.of(&backup, &dossier).ok().flatten();
            then.extend(reading.iter().flat_map(|reading| reading.changes.iter().copied()));
            let gone = now.difference(&then).map(|change| (tier, dossier, *change));
            self.chronicle.owed.extend(gone);
        }
        self.world.restart(place, backup);
    }

    /// What has not settled yet.
    pub(super) fn unsettled(&self) -> Vec<String> {
        let mut words = Vec::new();
        for place in self.places() {
            let core = &self.world.nodes[place].core;
            let totals = core.totals();
            if totals.own != totals.own_tier2 || totals.own != totals.own_tier3 {
                let (own, two, three) = (totals.own, totals.own_tier2, totals.own_tier3);
                words.push(format!("{place} has receipts for {two} and {three} of {own} changes"));
            }
            let upper = |one: &&Session| one.relation() == Relation::Upper && one.is_live();
            if core.tier() != Tier::Three && core.sessions().filter(upper).count() != 1 {
                words.push(format!("{place} is not connected to its superior"));
            }
        }
        let trees: Vec<_> = ["so", "huyen"].map(super::tree).into();
        words.extend(convergence::differences(&self.shelves(), &self.world.tree.tree, &trees));
        words
    }

    fn shelves(&self) -> Vec<convergence::Shelf> {
        let shelf = |place: usize| {
            let node = &self.world.nodes[place];
            let held = holdings(&node.store).unwrap_or_default().into_iter();
            let dossiers =
                held.map(|(id, holding)| (id, (holding.unit, heads_digest(&holding.heads))));
            convergence::Shelf { unit: node.identity.unit.clone(), dossiers: dossiers.collect() }
        };
        self.places().map(shelf).collect()
    }

    /// What must be true once everything has settled.
    pub(super) fn judge_settled(&mut self) {
        let places: Vec<usize> = self.places().collect();
        for number in 0..self.chronicle.sayings.len() {
            let saying = self.chronicle.sayings[number].clone();
            if !saying.lost
                && !self.holds(PROVINCE, &saying.dossier, &saying.token)
                && !self.is_aside(&saying)
            {
                let words = format!("{} of {} is at no tier 3", saying.token, saying.dossier);
                self.world.violate("durability", words);
            }
        }
        for place in places {
            self.judge_documents(place);
            self.judge_counts(place);
            self.judge_memory(place);
        }
        self.judge_feeds();
    }

    /// Every change was signed by its author, who had the right to make it, and collisions are
    /// shown where they happened.
    fn judge_documents(&mut self, place: usize) {
        let members: authority::Members = self
            .world
            .nodes
            .iter()
            .map(|node| (node.identity.node, node.identity.unit.clone()))
            .collect();
        let trees = ["so", "huyen"].map(super::tree);
        let held = holdings(&self.world.nodes[place].store).unwrap_or_default();
        for (dossier, holding) in held {
            let Some(reading) = self.read(place, &dossier) else { continue };
            for change in &reading.anonymous {
                let words = format!("nobody answers for {change} of {dossier}, at {place}");
                self.world.violate("authority", words);
            }
            for act in &reading.acts {
                let unit = members.get(&act.author.node);
                let lawful = unit.is_some_and(|unit| {
                    trees.iter().any(|tree| {
                        authority::may_write(unit, &holding.unit, &act.meta, act.deed, tree)
                    })
                });
                let signed = self.world.nodes.iter().any(|node| {
                    node.identity.node == act.author.node
                        && node.key.has_signed(act.envelope.as_bytes())
                });
                if !lawful || !signed {
                    let words = format!("{} of {dossier}, at {place}", act.change);
                    self.world.violate("authority", words);
                }
            }
            for field in &reading.misjudged {
                let words =
                    format!("{field} of {dossier} hides or invents a collision, at {place}");
                self.world.violate("conflicts", words);
            }
        }
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
    /// comparison ever found a difference.
    fn judge_feeds(&mut self) {
        if !self.troubles.is_calm() {
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
