//! What people do after a disaster: they switch on, restore from a backup, mend lines and clocks.
//!
//! What no disk of the province holds after a restore is lost lawfully; it is noted here, at the
//! moment it happens, and nothing else ever excuses a loss.

use std::collections::BTreeSet;

use dossier::{DossierId, Hash};
use node::engine::BATCH_MAX;
use node::environment::entropy::SplitMix64;
use node::home::HomeError;
use node::node::ServeError;
use node::store::StoreError;
use protocol::{Fault, Records, holding};

use super::agenda::Act;
use super::disasters::MINUTE_MS;
use super::disk::NodeDisk;
use super::{Place, World};
use crate::checker::{changes, holdings};

impl World {
    /// Switches a machine on; what it acknowledged must be there.
    pub fn start(&mut self, place: Place) {
        if self.is_off(place) || self.rogues.contains_key(&place) {
            return;
        }
        let Some(node) = self.nodes.get_mut(&place) else { return };
        if node.is_up() {
            return;
        }
        match node.start(&self.fabric) {
            Ok(()) => {
                self.whole.remove(&place);
                self.judge_restart(place);
                self.follow_register();
            }
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
        if damaged && let Some(backup) = self.any_backup(place) {
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

    fn any_backup(&mut self, place: Place) -> Option<NodeDisk> {
        let key = *self.backups.range((place, 0)..=(place, u64::MAX)).next()?.0;
        self.backups.remove(&key)
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
        // A damaged disk tells nothing: what it held before it was damaged, it alone may have held.
        let whole = self.whole.remove(&place);
        let old = self.nodes[&place].disk.look();
        let old = old.or_else(|error| whole.map_or(Err(error), |whole| whole.look()));
        let lost = old.ok().and_then(|old| {
            let new = backup.look().ok()?;
            behind(&old, &new).ok()
        });
        if let Some(node) = self.nodes.get_mut(&place) {
            node.disk = backup.copy();
        }
        match lost {
            Some(lost) => self.note_lost(place, &lost),
            // Nobody knows what it held: all that no other disk holds may be gone.
            None => self.note_all_lost(place),
        }
    }

    /// A bit that flips in the very last batch looks like a write that a power cut tore, which
    /// nobody was told of: that batch, and nothing else, is lost lawfully.
    pub(super) fn note_torn(&mut self, place: Place, before: &NodeDisk) {
        let torn = before.look().ok().zip(self.nodes[&place].disk.look().ok());
        if let Some((old, new)) = torn
            && old.feed_head().sequence <= new.feed_head().sequence + BATCH_MAX as u64
            && let Ok(lost) = behind(&old, &new)
        {
            self.note_lost(place, &lost);
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

    pub(super) fn note_all_lost(&mut self, place: Place) {
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
    pub(super) fn copies(&self, dossier: &DossierId) -> Vec<holding::Opened> {
        let scope = self
            .nodes
            .keys()
            .filter(|place| self.known.get(place).is_some_and(|known| known.contains(dossier)));
        scope.filter_map(|place| self.open_at(*place, dossier)).collect()
    }

    /// Ends every fault: lines, clocks, disks, machines.
    pub(super) async fn heal(&mut self) {
        self.send_home();
        self.fabric.note("healing");
        self.fabric.heal();
        self.cut_planted();
        self.dark.clear();
        self.blackouts = 0;
        let places: Vec<Place> = self.nodes.keys().copied().collect();
        for place in places {
            if let Some(mut clone) = self.clones.remove(&place) {
                clone.end(&self.fabric).await;
            }
            if let Some(rogue) = self.rogues.remove(&place) {
                rogue.end(&self.fabric, place).await;
            }
            self.nodes[&place].clock.correct();
            self.nodes[&place].disk.raw().mend();
            self.nodes[&place].set_pace(None);
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
            if !self.nodes[&place].is_up() && !self.shut_out.contains(&place) {
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
