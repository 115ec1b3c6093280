//! What the director does to machines and lines.

use node::environment::entropy::SplitMix64;

use super::agenda::Act;
use super::faults::{FaultKind, Planned, draw};
use super::network::Quality;
use super::rogue::Rogue;
use super::{Place, World};

pub(super) const MINUTE_MS: u64 = 60_000;
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
            Act::Replace(place) => self.replace_member(place).await,
            Act::LookAround => {}
            Act::Measure => self.judge_memory(),
        }
    }

    pub(super) fn after(&mut self, ms: u64, act: Act) {
        self.agenda.enter(self.era.elapsed_ms() + ms, act);
    }

    async fn strike(&mut self, fault: Planned) {
        let place = fault.place;
        if self.shut_out.contains(&place) && fault.kind != FaultKind::Blackouts {
            return;
        }
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
                let disk = &self.nodes[&place].disk;
                match luck.below(4) {
                    0 => disk.raw().fail_sync_after(luck.below(3)),
                    1 => disk.raw().fill_after(luck.below(20)),
                    _ => disk.fill(luck.below(300_000)),
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
                let backup = self.nodes[&place].disk.copy();
                self.backups.insert((place, fault.luck), backup);
            }
            FaultKind::Clones => self.clone_machine(place, luck),
            FaultKind::Rogues => self.turn_rogue(place, luck).await,
            FaultKind::Slow => self.nodes[&place].set_pace(Some(50_000 + luck.below(2_000_000))),
            FaultKind::Blackouts => self.black_out(luck).await,
            FaultKind::Moves => {
                self.decree_move(place, luck).await;
                return;
            }
            FaultKind::Revocations => {
                self.decree_revocation(place, fault.for_ms).await;
                return;
            }
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
            FaultKind::Crashes | FaultKind::Moves | FaultKind::Revocations => {}
            FaultKind::Slow => self.nodes[&place].set_pace(None),
            FaultKind::Blackouts => self.light_up(),
            FaultKind::Disks => self.nodes[&place].disk.raw().set_capacity(None),
            FaultKind::Clocks => self.nodes[&place].clock.correct(),
            FaultKind::Bits => {
                // It is noticed when the byte is read, at the latest when the node is opened.
                let backed_up = self.backups.contains_key(&(place, fault.luck));
                self.power_cut(place, luck.next_u64()).await;
                let before = self.nodes[&place].disk.copy();
                if backed_up && self.nodes[&place].disk.flip_bit(luck) {
                    self.note_torn(place, &before);
                    self.whole.insert(place, before);
                }
                self.start_later(place, luck);
            }
            FaultKind::Restores => {
                if let Some(backup) = self.backups.remove(&(place, fault.luck)) {
                    self.power_cut(place, luck.next_u64()).await;
                    self.restore(place, &backup);
                    if luck.below(2) == 0 {
                        self.part_for_a_while(place, luck);
                    }
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

    /// A restored machine works on before its superior can tell it that it was restored.
    fn part_for_a_while(&mut self, place: Place, luck: &mut SplitMix64) {
        let Some(parent) = self.nodes[&place].parent else { return };
        self.fabric.set_cut(place, parent, true);
        self.fabric.set_cut(parent, place, true);
        let for_ms = HOUR_MS * (2 + luck.below(24));
        let (at_ms, kind, luck) = (self.era.elapsed_ms(), FaultKind::Cuts, luck.next_u64());
        self.after(for_ms, Act::Relieve(Planned { at_ms, for_ms, kind, place, luck }));
    }

    fn mend_line(&mut self, place: Place) {
        let Some(parent) = self.nodes[&place].parent else { return };
        for (from, to) in [(place, parent), (parent, place)] {
            self.fabric.set_cut(from, to, false);
            self.fabric.set_held(from, to, false);
        }
    }

    /// The whole province loses power.
    async fn black_out(&mut self, luck: &mut SplitMix64) {
        self.blackouts += 1;
        for place in self.nodes.keys().copied().collect::<Vec<_>>() {
            if let Some(rogue) = self.rogues.remove(&place) {
                rogue.end(&self.fabric, place).await;
            }
            if let Some(mut clone) = self.clones.remove(&place) {
                clone.end(&self.fabric).await;
            }
            self.power_cut(place, luck.next_u64()).await;
        }
    }

    /// Power is back: every machine starts at this instant.
    fn light_up(&mut self) {
        self.blackouts = self.blackouts.saturating_sub(1);
        for place in self.nodes.keys().copied().collect::<Vec<_>>() {
            self.start(place);
        }
    }

    /// Cuts the power of a machine; it stays off.
    pub async fn power_cut(&mut self, place: Place, luck: u64) {
        if let Some(node) = self.nodes.get_mut(&place) {
            node.crash(&self.fabric, luck).await;
        }
    }

    pub(super) fn start_later(&mut self, place: Place, luck: &mut SplitMix64) {
        let minutes = if luck.below(4) == 0 { 60 + luck.below(600) } else { 1 + luck.below(30) };
        if self.waiting.insert(place) {
            self.after(minutes * MINUTE_MS, Act::Start(place));
        }
    }

    pub(super) fn clone_machine(&mut self, place: Place, luck: &mut SplitMix64) {
        if self.clones.contains_key(&place)
            || self.rogues.contains_key(&place)
            || self.blackouts > 0
            || self.shut_out.contains(&place)
        {
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
        if self.rogues.contains_key(&place) || self.is_off(place) {
            return;
        }
        let Some(node) = self.nodes.get_mut(&place) else { return };
        node.stop(&self.fabric).await;
        match Rogue::begin(node, &self.fabric, luck.next_u64(), None) {
            Ok(rogue) => drop(self.rogues.insert(place, rogue)),
            // Its disk is of no use to anybody at this moment.
            Err(_) => self.start_later(place, luck),
        }
    }

    pub(super) async fn end_rogue(&mut self, place: Place) {
        if let Some(rogue) = self.rogues.remove(&place) {
            rogue.end(&self.fabric, place).await;
            self.start(place);
        }
    }
}
