//! What the director does to machines and lines, and what people do about it.

use std::collections::BTreeSet;

use dossier::{DossierId, Hash};
use node::environment::entropy::SplitMix64;
use node::home::HomeError;
use node::node::ServeError;
use node::store::StoreError;
use protocol::{Fault, Records, holding};

use super::agenda::Act;
use super::disk::NodeDisk;
use super::faults::{FaultKind, Planned, draw};
use super::network::Quality;
use super::rogue::Rogue;
use super::{Place, World};
use crate::checker::{changes, holdings};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// Where the machine of a copied disk stands, beside its original.
const CLONE_PLACES: Place = 20_000;

impl World {
    /// Draws the faults of the run and enters them.
    pub(super) fn foresee(&mut self) {
        let nodes = self.nodes.len() as u64;
        let leaves = self.nodes.values().filter(|node| node.tier == dossier::unit::Tier::One);
        let first_leaf = leaves.map(|node| u64::from(node.place)).min().unwrap_or(nodes);
        let shape = (nodes, first_leaf);
        let begun = self.era.elapsed_ms();
        for fault in draw(&self.options.faults, self.options.days, shape, &mut self.random) {
            self.agenda.enter(fault.at_ms.max(begun + 1), Act::Strike(fault));
        }
    }

    pub(super) async fn perform(&mut self, act: Act) {
        match act {
            Act::Morning(day) => self.morning(day),
            Act::Work(place) => self.work(place).await,
            Act::Strike(fault) => self.strike(fault).await,
            Act::Relieve(fault) => self.relieve(fault).await,
            Act::Start(place) => {
                self.waiting.remove(&place);
                self.start(place);
            }
            Act::LookAround => {}
            Act::Measure => self.judge_memory(),
        }
    }

    fn after(&mut self, ms: u64, act: Act) {
        self.agenda.enter(self.era.elapsed_ms() + ms, act);
    }

    async fn strike(&mut self, fault: Planned) {
        let place = fault.place;
        self.fabric.note(&format!("{} strikes {place}", fault.kind));
        let luck = &mut SplitMix64::new(fault.luck);
        match fault.kind {
            FaultKind::Lines => self.worsen_line(place, luck),
            FaultKind::Cuts => self.cut_line(place, luck),
            FaultKind::Offices => {
                self.dark.insert(place);
                if luck.below(3) == 0 {
                    self.power_cut(place, luck.next_u64()).await;
                } else if let Some(node) = self.nodes.get_mut(&place) {
                    node.stop(&self.fabric).await;
                }
            }
            FaultKind::Crashes => {
                if luck.below(2) == 0 {
                    // The machine stops inside one of its next writes.
                    self.nodes[&place].disk.raw().stop_after(luck.below(40));
                    self.after(2 * MINUTE_MS, Act::LookAround);
                } else {
                    self.power_cut(place, luck.next_u64()).await;
                    self.start_later(place, luck);
                }
                return;
            }
            FaultKind::Disks => {
                if luck.below(2) == 0 {
                    self.nodes[&place].disk.raw().fail_sync_after(luck.below(3));
                } else {
                    self.nodes[&place].disk.fill(64 * 1024 + luck.below(40_000));
                }
            }
            FaultKind::Clocks => {
                let ahead = match luck.below(4) {
                    0 => luck.below(120_000) as i64 - 60_000,
                    1 => -(luck.below(3 * 24 * HOUR_MS) as i64),
                    2 => luck.below(24 * HOUR_MS) as i64,
                    _ => -((10 * 365 * 24 * HOUR_MS) as i64),
                };
                let drift_ppm = luck.below(400) as i64 - 200;
                self.nodes[&place].clock.disturb(ahead, drift_ppm);
            }
            FaultKind::Bits | FaultKind::Restores => {
                self.backups.insert(place, self.nodes[&place].disk.copy());
            }
            FaultKind::Clones => self.clone_machine(place, luck),
            FaultKind::Rogues => self.turn_rogue(place, luck).await,
        }
        self.after(fault.for_ms, Act::Relieve(fault));
    }

    async fn relieve(&mut self, fault: Planned) {
        let place = fault.place;
        self.fabric.note(&format!("{} leaves {place}", fault.kind));
        let luck = &mut SplitMix64::new(fault.luck ^ 1);
        match fault.kind {
            FaultKind::Lines => {
                if let Some(parent) = self.nodes[&place].parent {
                    self.fabric.set_quality(place, parent, None);
                }
            }
            FaultKind::Cuts => self.mend_line(place),
            FaultKind::Offices => {
                self.dark.remove(&place);
                self.start(place);
            }
            FaultKind::Crashes => {}
            FaultKind::Disks => self.nodes[&place].disk.raw().set_capacity(None),
            FaultKind::Clocks => self.nodes[&place].clock.correct(),
            FaultKind::Bits => {
                // It is noticed when the byte is read, at the latest when the node is opened.
                if !self.nodes[&place].disk.flip_bit(luck) {
                    return;
                }
                self.power_cut(place, luck.next_u64()).await;
                self.start_later(place, luck);
            }
            FaultKind::Restores => {
                if let Some(backup) = self.backups.remove(&place) {
                    self.power_cut(place, luck.next_u64()).await;
                    self.restore(place, &backup);
                    self.start_later(place, luck);
                }
            }
            FaultKind::Clones => {
                if let Some(mut clone) = self.clones.remove(&place) {
                    clone.end(&self.fabric).await;
                }
            }
            FaultKind::Rogues => self.end_rogue(place).await,
        }
    }

    fn worsen_line(&mut self, place: Place, luck: &mut SplitMix64) {
        let Some(parent) = self.nodes[&place].parent else { return };
        let quality = Quality {
            delay_us: 5_000 + luck.below(400_000),
            jitter_us: luck.below(100_000),
            loss_ppm: luck.below(200_000),
            twice_ppm: luck.below(50_000),
            late_ppm: luck.below(100_000),
        };
        self.fabric.set_quality(place, parent, Some(quality));
    }

    fn cut_line(&mut self, place: Place, luck: &mut SplitMix64) {
        let Some(parent) = self.nodes[&place].parent else { return };
        match luck.below(4) {
            0 => self.fabric.set_cut(place, parent, true),
            1 => self.fabric.set_cut(parent, place, true),
            2 => self.fabric.set_held(place, parent, true),
            _ => {
                self.fabric.set_cut(place, parent, true);
                self.fabric.set_cut(parent, place, true);
            }
        }
    }

    fn mend_line(&mut self, place: Place) {
        let Some(parent) = self.nodes[&place].parent else { return };
        for (from, to) in [(place, parent), (parent, place)] {
            self.fabric.set_cut(from, to, false);
            self.fabric.set_held(from, to, false);
        }
    }

    /// Cuts the power of a machine; it stays off.
    pub async fn power_cut(&mut self, place: Place, luck: u64) {
        if let Some(node) = self.nodes.get_mut(&place) {
            node.crash(&self.fabric, luck).await;
        }
    }

    fn start_later(&mut self, place: Place, luck: &mut SplitMix64) {
        let minutes = if luck.below(4) == 0 { 60 + luck.below(600) } else { 1 + luck.below(30) };
        if self.waiting.insert(place) {
            self.after(minutes * MINUTE_MS, Act::Start(place));
        }
    }

    /// Switches a machine on; what it acknowledged must be there.
    pub fn start(&mut self, place: Place) {
        if self.dark.contains(&place) || self.rogues.contains_key(&place) {
            return;
        }
        let Some(node) = self.nodes.get_mut(&place) else { return };
        if node.is_up() {
            return;
        }
        match node.start(&self.fabric) {
            Ok(()) => self.judge_restart(place),
            Err(error) => {
                self.fabric.note(&format!("{place} does not start: {error}"));
                tracing::warn!(place, %error, "does not start");
                self.repair(place, &error);
            }
        }
    }

    /// What the people of a machine do whose node does not open.
    fn repair(&mut self, place: Place, error: &ServeError) {
        let damaged = match error {
            // Tier 3 does not issue at an hour outside its certificate; the clock will be set.
            ServeError::Home(HomeError::Clock) => false,
            ServeError::Store(StoreError::Damage(_)) | ServeError::Home(_) => true,
            ServeError::Open(_) => true,
            _ => false,
        };
        if damaged && let Some(backup) = self.backups.remove(&place) {
            self.restore(place, &backup);
        } else if damaged {
            self.violate("durability", [format!("{place} was damaged by no fault: {error}")]);
            return;
        } else if let Some(node) = self.nodes.get(&place) {
            // The disk failed again while the node was opened: off and on.
            node.disk.raw().crash(self.random.next_u64());
        }
        self.waiting.insert(place);
        self.after(10 * MINUTE_MS, Act::Start(place));
    }

    /// Nodes whose engine stopped by itself, as when the disk failed, lose power and start again.
    pub(super) async fn notice_stops(&mut self) {
        let stopped: Vec<(Place, String)> = self
            .nodes
            .values()
            .filter_map(|node| node.fault().map(|fault| (node.place, fault)))
            .collect();
        for (place, fault) in stopped {
            self.fabric.note(&format!("{place} stopped: {fault}"));
            let luck = &mut SplitMix64::new(self.random.next_u64());
            self.power_cut(place, luck.next_u64()).await;
            self.start_later(place, luck);
        }
    }

    /// Puts an old backup back. What no disk holds any more is lost lawfully.
    pub(super) fn restore(&mut self, place: Place, backup: &NodeDisk) {
        let old = self.nodes[&place].disk.look();
        let lost = old.ok().and_then(|old| {
            let new = backup.look().ok()?;
            behind(&old, &new).ok()
        });
        if let Some(node) = self.nodes.get_mut(&place) {
            node.disk = backup.copy();
        }
        match lost {
            Some(lost) => self.note_lost(place, &lost),
            // A damaged disk tells nothing: all that it alone held may be gone.
            None => self.note_all_lost(place),
        }
    }

    fn note_lost(&mut self, place: Place, lost: &BTreeSet<(DossierId, Hash)>) {
        self.testimony.owe(place, lost.iter().copied());
        let dossiers: BTreeSet<DossierId> = lost.iter().map(|(dossier, _)| *dossier).collect();
        for dossier in dossiers {
            let held = self.copies(&dossier);
            for (_, change) in lost.iter().filter(|(id, _)| *id == dossier) {
                if !held.iter().any(|opened| opened.document.has_change(change)) {
                    self.testimony.bury(dossier, *change);
                }
            }
            self.note_sayings(place, &dossier, &held);
        }
    }

    /// Edits that this machine's disk went back behind, and those that no disk holds.
    fn note_sayings(&mut self, place: Place, dossier: &DossierId, held: &[holding::Opened]) {
        let own = self.open_at(place, dossier);
        for saying in self.testimony.sayings_mut(dossier) {
            let here = own.as_ref().is_some_and(|opened| saying.is_in(opened));
            saying.away |= saying.place == place && !here;
            saying.lost |= !held.iter().any(|opened| saying.is_in(opened));
        }
    }

    fn note_all_lost(&mut self, place: Place) {
        let known = self.known.get(&place).cloned().unwrap_or_default();
        let mut owed: Vec<(DossierId, Hash)> = Vec::new();
        for dossier in known {
            let held = self.copies(&dossier);
            owed.extend(held.iter().flat_map(changes).map(|change| (dossier, change)));
            self.note_sayings(place, &dossier, &held);
            let told: Vec<Hash> = self
                .testimony
                .told()
                .filter(|(id, change, _)| {
                    **id == dossier && !held.iter().any(|opened| opened.document.has_change(change))
                })
                .map(|(_, change, _)| *change)
                .collect();
            for change in told {
                self.testimony.bury(dossier, change);
                owed.push((dossier, change));
            }
        }
        self.testimony.owe(place, owed);
    }

    /// A dossier as every disk of the province has it at this moment.
    fn copies(&self, dossier: &DossierId) -> Vec<holding::Opened> {
        let scope = self
            .nodes
            .keys()
            .filter(|place| self.known.get(place).is_some_and(|known| known.contains(dossier)));
        scope.filter_map(|place| self.open_at(*place, dossier)).collect()
    }

    fn clone_machine(&mut self, place: Place, luck: &mut SplitMix64) {
        if self.clones.contains_key(&place) || self.rogues.contains_key(&place) {
            return;
        }
        let Some(original) = self.nodes.get(&place) else { return };
        let mut clone = original.cloned(CLONE_PLACES + place, self.era, luck.next_u64());
        // A copy of a disk that is being written may be torn; then there is no second life.
        if clone.start(&self.fabric).is_ok() {
            self.clones.insert(place, clone);
        }
    }

    async fn turn_rogue(&mut self, place: Place, luck: &mut SplitMix64) {
        if self.rogues.contains_key(&place) || self.dark.contains(&place) {
            return;
        }
        let Some(node) = self.nodes.get_mut(&place) else { return };
        node.stop(&self.fabric).await;
        match Rogue::begin(node, &self.fabric, luck.next_u64()) {
            Ok(rogue) => drop(self.rogues.insert(place, rogue)),
            // Its disk is of no use to anybody at this moment.
            Err(_) => self.start_later(place, luck),
        }
    }

    async fn end_rogue(&mut self, place: Place) {
        if let Some(rogue) = self.rogues.remove(&place) {
            rogue.end(&self.fabric, place).await;
            self.start(place);
        }
    }

    /// Ends every fault: lines, clocks, disks, machines.
    pub(super) async fn heal(&mut self) {
        self.send_home();
        self.fabric.note("healing");
        self.fabric.heal();
        self.cut_planted();
        self.dark.clear();
        let places: Vec<Place> = self.nodes.keys().copied().collect();
        for place in places {
            if let Some(mut clone) = self.clones.remove(&place) {
                clone.end(&self.fabric).await;
            }
            if let Some(rogue) = self.rogues.remove(&place) {
                rogue.end(&self.fabric, place).await;
            }
            self.nodes[&place].clock.correct();
            self.nodes[&place].disk.raw().set_capacity(None);
        }
        self.notice_stops().await;
        self.run_restarts();
    }

    /// Cuts the line that a sabotage keeps cut.
    pub(super) fn cut_planted(&self) {
        if let Some((from, to)) = self.unmended {
            self.fabric.set_cut(from, to, true);
            self.fabric.set_cut(to, from, true);
        }
    }

    /// Starts every machine that is off, as often as it takes.
    pub(super) fn run_restarts(&mut self) {
        for place in self.nodes.keys().copied().collect::<Vec<_>>() {
            for _ in 0..3 {
                self.start(place);
            }
            if !self.nodes[&place].is_up() {
                self.violate("liveness", [format!("{place} does not come back")]);
            }
        }
    }
}

/// Changes of one store that another lacks.
fn behind(old: &dyn Records, new: &dyn Records) -> Result<BTreeSet<(DossierId, Hash)>, Fault> {
    let mut lost = BTreeSet::new();
    for (id, holding) in holdings(old)? {
        let known = holding::read_holding(new, &id)?;
        if known.as_ref().is_some_and(|known| known.heads == holding.heads) {
            continue;
        }
        let Some(opened) = holding::open(old, &id)? else { continue };
        let kept: BTreeSet<Hash> = holding::open(new, &id)?.iter().flat_map(changes).collect();
        lost.extend(
            changes(&opened).filter(|change| !kept.contains(change)).map(|hash| (id, hash)),
        );
    }
    Ok(lost)
}
