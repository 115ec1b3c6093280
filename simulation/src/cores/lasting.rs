//! Nothing acknowledged is lost: what was written, and what was said by document.

use std::collections::BTreeSet;

use protocol::Table;

use super::chronicle::{Posted, Saying};
use super::life::Life;
use super::province::PROVINCE;
use super::reading::{changes_aside, holdings, is_aside};
use super::store::Memory;
use super::world::{Fate, Standing};
use dossier::{DossierId, UnitId, unit::Tier};

impl Life {
    /// After a power cut: what this machine acknowledged is on its disk.
    pub(super) fn judge_crash(&mut self, place: usize, fate: Fate) {
        if fate == Fate::Lives || self.world.nodes[place].standing == Standing::Clone {
            return;
        }
        self.note_custody();
        for number in 0..self.chronicle.sayings.len() {
            let saying = self.chronicle.sayings[number].clone();
            let counts = saying.place == place
                && !saying.lost
                && !saying.away
                && !self.has_given_up(place, &saying.dossier);
            let there = |life: &mut Self| {
                life.holds(place, &saying.dossier, &saying.token)
                    || life.is_own_aside(place, &saying)
            };
            if counts && !there(self) {
                let words = format!("{} of {} is gone at {place}", saying.token, saying.dossier);
                self.world.violate("durability", words);
            }
        }
    }

    /// Whether a machine has let go of a dossier that went to a unit it does not stand above.
    pub(super) fn has_given_up(&self, place: usize, dossier: &DossierId) -> bool {
        let unit = &self.world.nodes[place].identity.unit;
        let kept = self.chronicle.keepers.get(dossier);
        self.transfers && kept.is_some_and(|keeper| !self.world.tree.tree.is_within(keeper, unit))
    }

    pub(super) fn holds(&mut self, place: usize, dossier: &DossierId, token: &str) -> bool {
        self.read(place, dossier).is_some_and(|reading| reading.cases.texts.contains(token))
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

    /// Whether people see it outside the dossier where it was acknowledged: at the machine it was
    /// written on, or at one that held it in the dossier and had to give way. What rests on a history
    /// that had to go may be adopted by hand there, and is not lost.
    pub(super) fn is_aside(&self, saying: &Saying) -> bool {
        let active = |place: &usize| self.world.nodes[*place].standing == Standing::Active;
        (0..self.world.nodes.len()).filter(active).any(|place| self.is_own_aside(place, saying))
    }

    fn is_own_aside(&self, place: usize, saying: &Saying) -> bool {
        let own = place != saying.place;
        is_aside(&self.world.nodes[place].store, &saying.dossier, &saying.token, own)
    }

    /// Whether what a verdict is on is not in the dossier at a machine: its history had to go, and the
    /// verdict with it.
    fn rests_on_nothing(&mut self, place: usize, saying: &Saying) -> bool {
        let Some(on) = saying.on else { return false };
        !self.read(place, &saying.dossier).is_some_and(|reading| reading.changes.contains(&on))
    }

    /// Whether a notice is at a machine that it still concerns, and that others will have it from.
    fn is_posted(&self, posted: &Posted) -> bool {
        let mut active = self.world.nodes.iter().filter(|it| it.standing == Standing::Active);
        active.any(|node| {
            self.concerns(posted, &node.identity.unit)
                && node.store.row(Table::Notice, posted.id.as_bytes()).is_some()
        })
    }

    fn concerns(&self, posted: &Posted, unit: &UnitId) -> bool {
        let tree = &self.world.tree.tree;
        tree.get(unit).is_some_and(|unit| unit.tier == Tier::Three)
            || posted.circle.named.iter().any(|it| tree.is_within(it, unit))
            || posted
                .circle
                .below
                .iter()
                .any(|it| tree.is_within(it, unit) || tree.is_within(unit, it))
    }

    /// A disaster takes disks away or back: what none holds after it and one did before is lost
    /// lawfully; what none held before it was lost already, and should not have been.
    pub(super) fn forget_lawfully(&mut self, disaster: impl FnOnce(&mut Self)) {
        self.note_custody();
        let all = 0..self.chronicle.sayings.len();
        let standing: Vec<usize> = all.filter(|it| !self.chronicle.sayings[*it].lost).collect();
        for number in standing.iter().copied() {
            let saying = self.chronicle.sayings[number].clone();
            if !self.is_held(number) && !self.rests_on_nothing(saying.place, &saying) {
                let saying = &mut self.chronicle.sayings[number];
                saying.lost = true;
                let words = format!("{} of {} is on no disk", saying.token, saying.dossier);
                self.world.violate("durability", words);
            }
        }
        for number in 0..self.chronicle.notices.len() {
            let posted = self.chronicle.notices[number].clone();
            if !posted.lost && !self.is_posted(&posted) {
                self.world.violate("durability", format!("notice {} is on no disk", posted.id));
                self.chronicle.notices[number].lost = true;
            }
        }
        disaster(self);
        for number in standing {
            if !self.is_held(number) {
                self.chronicle.sayings[number].lost = true;
            }
        }
        for number in 0..self.chronicle.notices.len() {
            let gone = !self.is_posted(&self.chronicle.notices[number]);
            self.chronicle.notices[number].lost |= gone;
        }
    }

    /// A machine starts from an old backup: it owes what the backup lacks.
    pub(super) fn put_back(&mut self, place: usize, backup: Memory) {
        let tier = self.world.nodes[place].core.tier().number();
        // Some were opened without anybody being told.
        let held = holdings(&self.world.nodes[place].store).unwrap_or_default();
        let held = held.into_iter().map(|(id, _)| id).chain(self.chronicle.dossiers.clone());
        for dossier in held.collect::<BTreeSet<DossierId>>() {
            let now = self.vouched_for(place, &dossier);
            let mut then = changes_aside(&backup, &dossier);
            let reading = self.readings.of(&backup, &dossier).ok().flatten();
            then.extend(reading.iter().flat_map(|reading| reading.changes.iter().copied()));
            let gone = now.difference(&then).map(|change| (tier, dossier, *change));
            self.chronicle.owed.extend(gone);
        }
        let was = self.world.backup(place);
        self.world.restart(place, backup);
        self.forget_papers(place, &was, true);
        for number in 0..self.chronicle.sayings.len() {
            let saying = self.chronicle.sayings[number].clone();
            let away = saying.place == place
                && !self.holds(place, &saying.dossier, &saying.token)
                && !self.is_own_aside(place, &saying);
            self.chronicle.sayings[number].away |= away;
        }
    }

    /// Everything acknowledged is at tier 3 in the end, or where people see it outside.
    pub(super) fn judge_lasting(&mut self) {
        for number in 0..self.chronicle.sayings.len() {
            let saying = self.chronicle.sayings[number].clone();
            if !saying.lost
                && !self.holds(PROVINCE, &saying.dossier, &saying.token)
                && !self.is_aside(&saying)
                && !self.is_overtaken(saying.place, &saying.dossier)
                && !self.rests_on_nothing(PROVINCE, &saying)
            {
                let words = format!("{} of {} is at no tier 3", saying.token, saying.dossier);
                self.world.violate("durability", words);
            }
        }
        let places: Vec<usize> = self.places().collect();
        for posted in self.chronicle.notices.clone() {
            let id = posted.id;
            for place in places.iter().copied().filter(|_| !posted.lost) {
                let node = &self.world.nodes[place];
                let concerned = self.concerns(&posted, &node.identity.unit);
                if concerned && node.store.row(Table::Notice, id.as_bytes()).is_none() {
                    self.world.violate("durability", format!("notice {id} is not at {place}"));
                }
            }
        }
        for place in places {
            let rows = self.world.nodes[place].store.table(Table::Notice);
            let strange = rows.filter(|(key, _)| {
                !self.chronicle.signed.keys().any(|id| id.as_bytes().as_slice() == *key)
            });
            for _ in 0..strange.count() {
                self.world.violate("authority", format!("{place} keeps what nobody said"));
            }
        }
    }
}
