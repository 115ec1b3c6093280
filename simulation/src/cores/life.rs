//! One life: what happens is drawn from the seed, event by event; then all is healed and judged.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{DossierId, Role, UnitId};
use node::environment::entropy::SplitMix64;
use protocol::{Answer, Command, Event, core::Entry};
use serde::Serialize;

use super::chronicle::Chronicle;
use super::custodians::Custodians;
use super::lapses::Lapses;
use super::office::Office;
use super::province::{A, B, C, HUYEN, PROVINCE, SO, UNITS, grounds, meta, set};
use super::reading::Readings;
use super::store::Memory;
use super::trouble::{Trouble, Troubles};
use super::world::{Fate, Standing, World};
use crate::checker::{Violation, authority::Deed};

/// Dossiers a life may have: few, so that people meet in them.
const DOSSIERS_MAX: usize = 5;

/// Machines a life may have, clones and successors among them.
pub(super) const NODES_MAX: usize = 12;

/// Fields people write.
const FIELDS: [&str; 3] = ["full_name", "phone", "main_post"];

/// What to live.
#[derive(Debug, Clone)]
pub struct Options {
    /// Everything random follows from it.
    pub seed: u64,
    /// Events before healing.
    pub events: u64,
    /// What may go wrong; about half of it does in one life.
    pub troubles: Troubles,
    /// Whether dossiers pass from unit to unit.
    pub transfers: bool,
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
    /// Frames that arrived and things that people did or suffered.
    pub events: u64,
    /// Edits that were acknowledged.
    pub edits: usize,
    /// Times a dossier passed to another unit.
    pub moved: usize,
    /// Fields in which texts met and still stand side by side at the end.
    pub collisions: u64,
}

/// A life under way.
pub(super) struct Life {
    pub(super) world: World,
    pub(super) luck: SplitMix64,
    pub(super) troubles: Troubles,
    pub(super) chronicle: Chronicle,
    pub(super) readings: Readings,
    pub(super) backups: Vec<(usize, Memory)>,
    /// Places whose disk has no room.
    pub(super) full: BTreeSet<usize>,
    /// The place that took over from one that was shut out.
    pub(super) successors: BTreeMap<usize, usize>,
    /// Keepers of dossiers that were opened without anybody being told.
    pub(super) unanswered: BTreeMap<DossierId, UnitId>,
    pub(super) collisions: u64,
    /// What offices do beside editing.
    pub(super) office: Office,
    /// Whether dossiers pass from unit to unit.
    pub(super) transfers: bool,
    pub(super) custodians: Custodians,
    /// What machines have forgotten of what their bodies said.
    pub(super) lapses: Lapses,
    tokens: u64,
}

/// Lives one seed through.
pub fn live(options: &Options) -> Report {
    let mut luck = SplitMix64::new(options.seed ^ 0x6c69_6665);
    let troubles = options.troubles.swarm(&mut luck);
    let office = Office::draw(&mut luck, options.transfers);
    let mut life = Life {
        world: World::new(options.seed),
        luck,
        troubles,
        chronicle: Chronicle::default(),
        readings: Readings::default(),
        backups: Vec::new(),
        full: BTreeSet::new(),
        successors: BTreeMap::new(),
        unanswered: BTreeMap::new(),
        collisions: 0,
        office,
        transfers: options.transfers,
        custodians: Custodians::default(),
        lapses: Lapses::default(),
        tokens: 0,
    };
    for _ in 0..options.events {
        life.event();
    }
    life.heal();
    life.note_custody();
    life.judge_settled();
    life.judge_custody();
    life.judge_deadlines(options.seed);
    life.report(options.seed)
}

impl Life {
    fn event(&mut self) {
        self.note_lapses();
        self.world.now += self.luck.below(20_000) as i64;
        match self.luck.below(100) {
            0..40 => self.deliver(),
            40..49 => self.edit(),
            49..58 if self.transfers && self.luck.below(2) == 0 => self.transfer(),
            49..58 => self.work(),
            58..62 => self.create(),
            62..70 => {
                let place = self.luck.below(self.world.nodes.len() as u64) as usize;
                self.dial(place);
            }
            70..73 => self.dial_all(),
            73..79 => self.wait(),
            79..86 => self.look_somewhere(),
            86..88 => {
                let place = 1 + self.luck.below(5) as usize;
                if let Some(place) = self.successor(place) {
                    self.world.try_order(place, Command::Sync, Fate::Lives);
                }
            }
            _ => {
                if let Some(trouble) = self.troubles.draw(&mut self.luck) {
                    self.strike(trouble);
                }
            }
        }
    }

    fn deliver(&mut self) {
        for _ in 0..=self.luck.below(10) {
            let most = 1 + self.luck.below(3) as usize;
            let fate = self.fate();
            if !self.world.step_with(most, fate) {
                return;
            }
            self.note_lapses();
        }
    }

    /// The machine that serves the unit of a place today; `None` for one that is shut out for good.
    pub(super) fn successor(&self, mut place: usize) -> Option<usize> {
        while let Some(next) = self.successors.get(&place) {
            place = *next;
        }
        (self.world.nodes[place].standing == Standing::Active).then_some(place)
    }

    pub(super) fn fate(&mut self) -> Fate {
        if !self.troubles.has(Trouble::Crashes) || self.luck.below(40) > 0 {
            return Fate::Lives;
        }
        match self.luck.below(6) {
            0 => Fate::DiesAfterCommit,
            kept => Fate::DiesWithin(kept as usize - 1),
        }
    }

    pub(super) fn token(&mut self) -> String {
        self.tokens += 1;
        format!("lời số {}", self.tokens)
    }

    fn create(&mut self) {
        if self.chronicle.dossiers.len() >= DOSSIERS_MAX {
            return self.edit();
        }
        let homes = [
            (A, "so.a"),
            (B, "so.b"),
            (C, "c"),
            (SO, "so"),
            (HUYEN, "huyen"),
            // What a body keeps, entered by a unit below it.
            (A, "so"),
            (C, "huyen"),
        ];
        let most = if self.office.gives() { 7 } else { 5 };
        let (place, unit) = homes[self.luck.below(most) as usize];
        if let Some(place) = self.successor(place) {
            self.open(place, unit);
        }
    }

    /// Somebody opens a dossier that `unit` is to keep.
    pub(super) fn open(&mut self, place: usize, unit: &str) {
        let token = self.token();
        let entry = Entry {
            key: None,
            unit: unit.parse().expect("a unit of the tree"),
            edits: vec![set("full_name", &token)],
            meta: meta(&self.world.nodes[place].name),
        };
        let lawful = self.may_open(place, &entry);
        let fate = self.fate();
        let answer = self.world.try_order(place, Command::Enter(vec![entry]), fate);
        if let Some(Answer::Entered(made)) = answer
            && let Some(made) = made.into_iter().next()
        {
            self.judge_right(place, lawful, made.as_ref().map(|_| ()).map_err(Clone::clone));
            if let Ok((dossier, true)) = made {
                self.chronicle.begin(dossier, unit.parse().expect("a unit of the tree"));
                self.chronicle.say(place, dossier, token, None);
                self.note_opening(place, &dossier);
            }
        }
        self.judge_crash(place, fate);
    }

    /// One of the dossiers, drawn at random.
    pub(super) fn some_dossier(&mut self) -> Option<DossierId> {
        let held = &self.chronicle.dossiers;
        held.get(self.luck.below(held.len() as u64) as usize).copied()
    }

    pub(super) fn edit(&mut self) {
        let Some(dossier) = self.some_dossier() else { return };
        let place = self.writer(&dossier);
        self.write(place, dossier);
    }

    /// Mostly somebody who holds the dossier.
    pub(super) fn writer(&mut self, dossier: &DossierId) -> usize {
        let holds = |node: &super::Node| {
            node.store.row(protocol::Table::Dossier, dossier.as_bytes()).is_some()
        };
        let all = 0..self.world.nodes.len();
        let holders: Vec<usize> = all.filter(|at| holds(&self.world.nodes[*at])).collect();
        match holders.get(self.luck.below(holders.len() as u64) as usize) {
            Some(place) if self.luck.below(8) > 0 => *place,
            _ => self.luck.below(self.world.nodes.len() as u64) as usize,
        }
    }

    pub(super) fn write(&mut self, place: usize, dossier: DossierId) {
        let field = FIELDS[self.luck.below(FIELDS.len() as u64) as usize];
        let token = self.token();
        let mut meta = meta(&self.world.nodes[place].name);
        if place == PROVINCE {
            meta.role = Role::Administrator;
        }
        // Mostly corrections, which everybody may write who may write at all; the others fit the
        // field or do not, and are entered by whoever keeps the dossier or are refused.
        if self.luck.below(3) == 0 {
            meta.basis = grounds(self.luck.below(2) == 0);
        }
        let edits = vec![set(field, &token)];
        let deed = Deed::of(false, &edits);
        let command = Command::Edit { dossier, edits, meta: meta.clone() };
        self.act(place, dossier, (&meta, deed), Some(token), command);
    }

    pub(super) fn dial(&mut self, place: usize) {
        if self.world.nodes[place].standing != Standing::ShutOut && !self.full.contains(&place) {
            self.world.dial(place);
        }
    }

    pub(super) fn dial_all(&mut self) {
        for place in 0..self.world.nodes.len() {
            if self.world.nodes[place].standing == Standing::Active {
                self.dial(place);
            }
        }
    }

    /// Time passes; what lingers on fallen machines is noticed.
    fn wait(&mut self) {
        self.world.now += match self.luck.below(8) {
            0 => 26 * 3_600_000,
            1 | 2 => 700_000,
            _ => self.luck.below(60_000) as i64,
        };
        if self.luck.below(2) == 0 {
            self.world.time_out();
        }
        for place in 0..self.world.nodes.len() {
            self.world.handle(place, Event::Tick);
        }
    }

    fn look_somewhere(&mut self) {
        let place = self.luck.below(self.world.nodes.len() as u64) as usize;
        if let Some(dossier) = self.some_dossier() {
            self.look(place, dossier);
        }
    }

    fn report(mut self, seed: u64) -> Report {
        for node in &self.world.nodes {
            let head = protocol::Records::feed_head(&node.store);
            self.world.trace.event(head.sequence, &head.digest.to_string());
        }
        Report {
            seed,
            trace: self.world.trace.hex(),
            events: self.world.trace.events(),
            edits: self.chronicle.sayings.len(),
            moved: self.custodians.moved(),
            collisions: self.collisions,
            violations: self.world.violations,
        }
    }

    /// Which machine answers for a unit that has been named in [`UNITS`].
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        (0..UNITS.len()).filter_map(|place| self.successor(place))
    }
}
