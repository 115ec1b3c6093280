//! Bad luck strikes, and is mended in the end.

use protocol::Event;

use super::life::{Life, NODES_MAX};
use super::province::{C, PROVINCE, tree};
use super::trouble::Trouble;
use super::world::Standing;

const HOUR_MS: i64 = 3_600_000;

/// How long to wait between two looks whether all has settled, in milliseconds; a comparison that
/// found a difference is repeated after ten minutes at the earliest, receipts are asked for after
/// an hour at the latest.
const PATIENCE_MS: [i64; 24] = {
    let mut patience = [HOUR_MS + 1_000; 24];
    patience[0] = 6_000;
    patience[1] = 6_000;
    patience[2] = 61_000;
    patience[3] = 700_000;
    patience[4] = 700_000;
    patience[16] = 25 * HOUR_MS;
    patience
};

impl Life {
    pub(super) fn strike(&mut self, trouble: Trouble) {
        let place = self.luck.below(self.world.nodes.len() as u64) as usize;
        match trouble {
            Trouble::Cuts => self.world.cut(place),
            Trouble::Stalls => self.world.toggle_stall(self.luck.next_u64()),
            Trouble::Twists => self.world.twist(self.luck.next_u64()),
            Trouble::Kills | Trouble::Crashes => {
                self.world.kill(place);
                self.full.remove(&place);
            }
            Trouble::Disks => {
                let full = self.full.insert(place);
                if !full {
                    self.full.remove(&place);
                }
                self.world.handle(place, Event::Disk { full });
            }
            Trouble::Clocks => {
                let ahead = match self.luck.below(4) {
                    0 => -(self.luck.below(3_650 * 24) as i64) * HOUR_MS,
                    1 => self.luck.below(72) as i64 * HOUR_MS,
                    _ => self.luck.below(120_000) as i64 - 60_000,
                };
                self.world.nodes[place].clock_ahead_ms = ahead;
            }
            Trouble::Restores => self.back_up_or_restore(place),
            Trouble::Clones => self.wake_clone(place),
            Trouble::Moves => self.move_unit(),
            Trouble::Replacements => self.replace(),
            Trouble::Rogues => self.visit(),
        }
    }

    fn back_up_or_restore(&mut self, place: usize) {
        if self.luck.below(3) == 0 {
            // The machine the backup was made for wakes once more.
            if let Some(upper) = self.world.superior(place).filter(|at| !self.full.contains(at)) {
                self.world.cut(place);
                self.world.time_out();
                self.call_in_an_old_life(place, upper);
            }
            return;
        }
        if self.world.nodes[place].standing != Standing::Active {
            return;
        }
        if self.backups.is_empty() || (self.backups.len() < 6 && self.luck.below(2) == 0) {
            self.backups.push((place, self.world.backup(place)));
            return;
        }
        let chosen = self.luck.below(self.backups.len() as u64) as usize;
        let (place, backup) = self.backups.swap_remove(chosen);
        if self.world.nodes[place].standing == Standing::Active {
            self.full.remove(&place);
            self.forget_lawfully(|life| life.put_back(place, backup));
        }
    }

    fn wake_clone(&mut self, place: usize) {
        let original = self.world.nodes[place].standing == Standing::Active;
        let awake = |node: &super::Node| node.standing == Standing::Clone;
        if place == PROVINCE || !original || self.world.nodes.len() >= NODES_MAX {
            return;
        }
        if self.world.nodes.iter().filter(|node| awake(node)).count() < 2 {
            let clone = self.world.clone_disk(place);
            self.dial(clone);
        }
    }

    fn move_unit(&mut self) {
        let c = &self.world.nodes[C].identity.unit;
        let parent = self.world.tree.tree.parent(c).map(|unit| unit.id.to_string());
        let next = if parent.as_deref() == Some("huyen") { "so" } else { "huyen" };
        if !self.full.contains(&PROVINCE) {
            self.forget_lawfully(|life| life.world.replant(tree(next)));
        }
    }

    fn replace(&mut self) {
        let place = 1 + self.luck.below(5) as usize;
        let Some(place) = self.successor(place) else { return };
        if self.world.nodes.len() >= NODES_MAX || self.full.contains(&PROVINCE) {
            return;
        }
        self.forget_lawfully(|life| {
            life.world.revoke(place);
            life.world.cut(place);
            life.full.remove(&place);
            life.world.nodes[place].standing = Standing::ShutOut;
            let unit = life.world.nodes[place].identity.unit.to_string();
            let name = format!("{unit} ({})", life.world.nodes.len());
            let (next, _) = life.world.join(&unit, &name);
            life.world.tell_members();
            life.successors.insert(place, next);
            let was = life.world.backup(place);
            life.forget_papers(next, &was, false);
        });
    }

    /// Everything is mended, and has time to settle.
    pub(super) fn heal(&mut self) {
        for place in 0..self.world.nodes.len() {
            self.world.nodes[place].clock_ahead_ms = 0;
            if self.world.nodes[place].standing == Standing::Clone {
                self.world.nodes[place].standing = Standing::ShutOut;
            }
            self.world.cut(place);
        }
        for place in std::mem::take(&mut self.full) {
            self.world.handle(place, Event::Disk { full: false });
        }
        self.world.tell_members();
        self.world.tell_trees();
        self.note_unanswered();
        for wait_ms in PATIENCE_MS {
            self.dial_all();
            self.settle();
            self.world.wait(wait_ms);
            self.settle();
            self.dial_all();
            self.settle();
            if self.unsettled().is_empty() {
                return;
            }
        }
        for words in self.unsettled() {
            self.world.violate("liveness", words);
        }
    }
}
