//! One life: what happens is drawn from the seed, step by step; then all is healed and judged.

use std::collections::BTreeMap;

use dossier::{DossierId, Timestamp};
use node::environment::entropy::SplitMix64;
use protocol::Records as _;
use protocol::custody::{Desk, Event, Link, Said};
use serde::Serialize;

use super::ending::Ending;
use super::leaf::Leaf;
use super::province::{A, B, C, D, Folk, K, NAMES, P, named, node};
use super::trouble::{Trouble, Troubles};
use super::walk::{DAY, Machine};
use crate::checker::{Violation, custody::Judge};
use crate::cores::Memory;
use crate::world::trace::Trace;

/// Packets in the air at once; the oldest are lost beyond it.
const AIR_MAX: usize = 200;
/// Backups kept at once.
const BACKUPS_MAX: usize = 8;

/// What to live.
#[derive(Debug, Clone)]
pub struct Options {
    /// Everything random follows from it.
    pub seed: u64,
    /// Steps before healing.
    pub events: u64,
    /// What may go wrong; about half of it does in one life.
    pub troubles: Troubles,
    /// Whether a unit ends in the midst of it.
    pub reorg: bool,
}

/// What a life came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Digest of everything that happened; equal for equal options.
    pub trace: String,
    /// Broken promises.
    pub violations: Vec<Violation>,
    /// Steps.
    pub events: u64,
    /// Epochs that were closed.
    pub committed: usize,
    /// Transfers that came to nothing, by reason.
    pub aborted: BTreeMap<String, usize>,
    /// Changes that fell outside a closed epoch.
    pub late: usize,
    /// Those of them that a custodian settled.
    pub settled: usize,
}

/// Something in the air.
#[derive(Debug, Clone)]
pub enum Packet {
    /// A message, as bytes.
    Message(Vec<u8>),
    /// What somebody holds of a dossier.
    Content {
        /// The dossier.
        dossier: DossierId,
        /// Its changes.
        leaves: Vec<Said<Leaf>>,
        /// Its chain.
        links: Vec<Link>,
    },
}

/// A life under way.
#[derive(Debug)]
pub struct Life {
    /// The machines, by place.
    pub machines: Vec<Machine>,
    /// The dossiers.
    pub dossiers: Vec<DossierId>,
    /// What is in the air, and where to.
    pub air: Vec<(usize, Packet)>,
    pub(super) folk: Folk,
    pub(super) luck: SplitMix64,
    pub(super) troubles: Troubles,
    pub(super) now: i64,
    pub(super) upstream: bool,
    pub(super) healing: bool,
    pub(super) backups: Vec<(usize, Memory)>,
    pub(super) rogue: Option<usize>,
    pub(super) judge: Judge,
    pub(super) numbers: u64,
    pub(super) ending: Option<Ending>,
    violations: Vec<Violation>,
    trace: Trace,
}

/// Lives one seed through.
pub fn live(options: &Options) -> Report {
    let mut life = Life::new(options.seed, &options.troubles);
    life.ending = options.reorg.then(|| Ending::drawn(options.seed, options.events));
    for _ in 0..options.events {
        life.come_to_an_end();
        life.step();
    }
    life.heal();
    life.report(options.seed)
}

impl Life {
    /// A province with two dossiers and nothing in the air.
    pub fn new(seed: u64, troubles: &Troubles) -> Self {
        let mut luck = SplitMix64::new(seed ^ 0x6375_7374);
        let troubles = troubles.swarm(&mut luck);
        let rogue = troubles.has(Trouble::Rogues).then(|| luck.below(3) as usize);
        let mut life = Self {
            machines: NAMES.iter().map(|_| Machine::default()).collect(),
            dossiers: Vec::new(),
            air: Vec::new(),
            folk: Folk::new(),
            luck,
            troubles,
            now: DAY,
            upstream: true,
            healing: false,
            backups: Vec::new(),
            rogue,
            judge: Judge::default(),
            numbers: 0,
            ending: None,
            violations: Vec::new(),
            trace: Trace::default(),
        };
        for (place, name) in NAMES.iter().enumerate() {
            life.judge.stands(place, node(place), named(name));
        }
        for (number, (place, above)) in [(A, K), (B, K)].into_iter().enumerate() {
            life.open(number as u8 + 1, place, above);
        }
        if let Some(rogue) = rogue {
            life.judge.failed(rogue);
        }
        life
    }

    fn open(&mut self, number: u8, place: usize, above: usize) {
        let dossier = DossierId::from_bytes([number; 16]);
        let signed = self.folk.genesis(dossier, place);
        self.judge.opened(&signed);
        for at in [place, above, P] {
            self.write(at, vec![Desk::found(&signed)]);
        }
        self.dossiers.push(dossier);
        for _ in 0..2 {
            self.edit(place, dossier);
        }
        self.backup(place);
    }

    fn step(&mut self) {
        self.now += self.luck.below(3_600_000) as i64;
        self.upstream = self.luck.below(8) > 0;
        match self.luck.below(100) {
            0..44 => self.deliver(),
            44..56 => self.edit_somewhere(),
            56..64 => self.act_of_office(),
            64..76 => {
                let place = self.luck.below(NAMES.len() as u64) as usize;
                self.happen(place, Event::Tick);
                self.note("tick", place);
                if place == P {
                    self.order_succession();
                }
            }
            76..88 => self.sync_somewhere(),
            88..91 => {
                let place = self.luck.below(6) as usize;
                self.backup(place);
            }
            _ => self.misfortune(),
        }
        let excess = self.air.len().saturating_sub(AIR_MAX);
        self.air.drain(..excess);
    }

    fn backup(&mut self, place: usize) {
        if self.backups.len() >= BACKUPS_MAX {
            let place = self.luck.below(BACKUPS_MAX as u64) as usize;
            self.backups.remove(place);
        }
        self.backups.push((place, self.machines[place].store.clone()));
    }

    fn deliver(&mut self) {
        for _ in 0..=self.luck.below(6) {
            if self.air.is_empty() {
                return;
            }
            let place = self.luck.below(self.air.len() as u64) as usize;
            let echoes = self.troubles.has(Trouble::Echoes) && self.luck.below(4) == 0;
            let (to, packet) =
                if echoes { self.air[place].clone() } else { self.air.swap_remove(place) };
            let lost = self.troubles.has(Trouble::Loss) && self.luck.below(4) == 0;
            self.note(if lost { "lost" } else { "heard" }, to);
            if !lost {
                self.receive(to, packet);
            }
        }
    }

    fn misfortune(&mut self) {
        match self.luck.below(4) {
            0 if self.troubles.has(Trouble::Delays) => {
                self.now += self.luck.below(40) as i64 * DAY;
            }
            1 => self.restore_somebody(),
            _ => self.misbehave(),
        }
    }

    fn restore_somebody(&mut self) {
        if self.backups.is_empty() {
            return;
        }
        let number = self.luck.below(self.backups.len() as u64) as usize;
        let (place, store) = self.backups[number].clone();
        let kind = match place {
            A | B | C => Trouble::Units,
            K | D => Trouble::Registrars,
            _ => Trouble::Register,
        };
        if self.troubles.has(kind) {
            self.restore(place, store);
        }
    }

    pub(super) fn neighbours() -> [(usize, usize); 5] {
        [(A, K), (B, K), (C, D), (K, P), (D, P)]
    }

    fn sync_somewhere(&mut self) {
        let (below, above) = Self::neighbours()[self.luck.below(5) as usize];
        let dossier = self.dossiers[self.luck.below(self.dossiers.len() as u64) as usize];
        self.share(below, above, dossier);
        self.share(above, below, dossier);
        self.note("sync", below);
    }

    pub(super) fn note(&mut self, words: &str, place: usize) {
        let at = u64::try_from(self.now).unwrap_or(0);
        self.trace.event(at, &format!("{words} {place}"));
    }

    pub(super) fn violate(&mut self, judge: &'static str, words: impl Into<String>) {
        let at_ms = u64::try_from(self.now).unwrap_or(0);
        self.violations.push(Violation { judge, at_ms, words: words.into() });
    }

    /// What is wrong so far.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(super) fn moment(&self, days: i64) -> Timestamp {
        Timestamp::from_millis(self.now + days * DAY)
    }

    fn report(mut self, seed: u64) -> Report {
        for place in 0..self.machines.len() {
            let head = self.machines[place].store.feed_head();
            self.trace.event(head.sequence, &head.digest.to_string());
        }
        let (late, settled) = self.late();
        Report {
            seed,
            trace: self.trace.hex(),
            events: self.trace.events(),
            committed: self.judge.committed(),
            aborted: self.judge.aborted(),
            late,
            settled,
            violations: self.violations,
        }
    }
}
