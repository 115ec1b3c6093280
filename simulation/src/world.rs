//! A province in one process on virtual time: real nodes, simulated machines, people and bad luck.
//!
//! Everything above the four seams is production code. One director does, one after another, what
//! people do and what befalls machines; between two of its acts the nodes talk as they like. From
//! one seed follows one run: what is random is drawn from streams of the seed, and nothing asks
//! the machine for time, entropy or order.
//!
//! **Invariant:** two runs of one seed have the same [`trace`], in any two processes.

pub mod clock;
pub mod disk;
pub mod faults;
pub mod network;
pub mod node;
pub mod observation;
pub mod trace;

mod agenda;
mod decrees;
mod disasters;
mod inspection;
mod log;
mod logs;
mod people;
mod province;
mod repairs;
mod rogue;
mod sabotage;
mod stage;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use ::node::environment::entropy::SplitMix64;
use dossier::{DossierId, NodeId, UnitId, unit::UnitTree};

pub use faults::{FaultKind, Faults};
pub use network::{Place, Quality};
pub use rogue::Evil;
pub use sabotage::{Harm, Sabotage};

use crate::checker::{Testimony, Violation, authority::Members};
use agenda::Agenda;
use clock::Era;
use disk::NodeDisk;
use network::Fabric;
use node::SimulatedNode;
use province::Plan;

/// Violations kept; a run with more has told enough.
const VIOLATIONS_MAX: usize = 200;

/// What a world is made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// Everything random follows from it.
    pub seed: u64,
    /// Days of office life; healing comes after them.
    pub days: u64,
    /// Nodes of the province.
    pub nodes: usize,
    /// What may go wrong.
    pub faults: Faults,
}

/// A province, its people and its history.
#[derive(Debug)]
pub struct World {
    options: Options,
    era: Era,
    fabric: Fabric,
    plan: Plan,
    nodes: BTreeMap<Place, SimulatedNode>,
    /// Second lives of copied disks, by the place of the original.
    clones: BTreeMap<Place, SimulatedNode>,
    /// Machines in wrong hands.
    rogues: BTreeMap<Place, rogue::Rogue>,
    /// Machines that are switched off on purpose.
    dark: BTreeSet<Place>,
    /// How many times the province has lost power.
    blackouts: u32,
    /// Machines whose node was shut out and has no successor yet.
    shut_out: BTreeSet<Place>,
    /// Every org tree that was in force.
    trees: Vec<UnitTree>,
    /// Version of the one in force.
    tree_version: u64,
    /// Machines whose node waits for its restart.
    waiting: BTreeSet<Place>,
    /// Backups, by machine and by the fault they were made before.
    backups: BTreeMap<(Place, u64), NodeDisk>,
    /// Disks as they were before bits of them flipped, until their machine runs again.
    whole: BTreeMap<Place, NodeDisk>,
    members: Members,
    agenda: Agenda,
    random: SplitMix64,
    people: BTreeMap<Place, people::Clerk>,
    /// Dossiers that stand in the scope of each machine.
    known: BTreeMap<Place, Vec<DossierId>>,
    testimony: Testimony,
    violations: Vec<Violation>,
    errors: log::Errors,
    /// A line that is never mended, planted for a test.
    unmended: Option<(Place, Place)>,
    tokens: u64,
    /// Logs that ended by a restored store, as the judge of logs found.
    departures: usize,
}

impl World {
    /// Founds a province on a good day: every node is enrolled and runs. To be called on a
    /// current-thread runtime whose time is paused.
    ///
    /// # Errors
    /// Whatever kept the province from being founded.
    pub async fn found(options: Options) -> anyhow::Result<Self> {
        Self::found_upon(options, None).await
    }

    /// As [`World::found`], with the units of `plan` where one is given.
    async fn found_upon(options: Options, plan: Option<Plan>) -> anyhow::Result<Self> {
        let errors = log::Errors::listen();
        let mut random = SplitMix64::new(options.seed);
        let era = Era::begin();
        let (fabric, carrier) = Fabric::new(era, random.next_u64());
        tokio::spawn(carrier);
        let plan = match plan {
            Some(plan) => plan,
            None => Plan::draw(options.nodes, &mut random)?,
        };
        let founded = province::found(&plan, &fabric, era, &mut random).await?;
        let nodes: BTreeMap<Place, SimulatedNode> =
            founded.into_iter().map(|node| (node.place, node)).collect();
        let mut members = Members::new();
        for node in nodes.values() {
            let engine = node.engine().expect("founded nodes run");
            members.insert(engine.core().identity().node, node.unit.clone());
        }
        let trees = vec![plan.tree.clone()];
        let mut world = Self {
            options,
            era,
            fabric,
            plan,
            nodes,
            clones: BTreeMap::new(),
            rogues: BTreeMap::new(),
            dark: BTreeSet::new(),
            blackouts: 0,
            shut_out: BTreeSet::new(),
            trees,
            tree_version: 1,
            waiting: BTreeSet::new(),
            backups: BTreeMap::new(),
            whole: BTreeMap::new(),
            members,
            agenda: Agenda::default(),
            random,
            people: BTreeMap::new(),
            known: BTreeMap::new(),
            testimony: Testimony::default(),
            violations: Vec::new(),
            errors,
            unmended: None,
            tokens: 0,
            departures: 0,
        };
        world.hire();
        world.foresee();
        Ok(world)
    }

    /// Lives through the days under faults: safety must hold at every look.
    pub async fn live(&mut self) {
        let end = self.options.days * clock_day_ms();
        self.live_until(end).await;
        self.judge_safety().await;
    }

    /// Does what is planned before a virtual moment, and waits for it.
    async fn live_until(&mut self, end: u64) {
        while let Some((at_ms, act)) = self.agenda.next_until(end) {
            tokio::time::sleep_until(self.era.at_ms(at_ms)).await;
            self.notice_stops().await;
            self.perform(act).await;
        }
        tokio::time::sleep_until(self.era.at_ms(end)).await;
    }

    /// Mends everything, waits until the province has settled, and judges it.
    pub async fn heal_and_settle(&mut self) {
        self.heal().await;
        self.settle().await;
        self.judge_settled().await;
    }

    /// Lets virtual time pass while nobody does anything.
    pub async fn rest(&mut self, ms: u64) {
        tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
        self.notice_stops().await;
    }

    /// What went against a promise so far.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Digest and number of all events so far.
    pub fn trace(&self) -> trace::Trace {
        self.fabric.trace()
    }

    /// Virtual seconds since the founding began.
    pub fn virtual_s(&self) -> u64 {
        self.era.elapsed_ms() / 1_000
    }

    /// What people did and were told.
    pub fn testimony(&self) -> &Testimony {
        &self.testimony
    }

    /// The machines, by place; tier 3's is the first.
    pub fn nodes(&self) -> impl Iterator<Item = &SimulatedNode> {
        self.nodes.values()
    }

    /// What nodes told their people to look at, by kind, over all of them.
    pub fn incidents(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for kind in self.nodes.keys().flat_map(|place| self.incidents_at(*place)) {
            *counts.entry(kind).or_default() += 1;
        }
        counts
    }

    fn violate(&mut self, judge: &'static str, words: impl IntoIterator<Item = String>) {
        for words in words {
            let known = self.violations.iter().any(|known| known.words == words);
            if !known && self.violations.len() < VIOLATIONS_MAX {
                self.fabric.note(&words);
                let at_ms = self.era.elapsed_ms();
                self.violations.push(Violation { judge, at_ms, words });
            }
        }
    }

    fn top(&self) -> Place {
        *self.nodes.keys().next().expect("a province has tier 3")
    }

    fn unit_of(&self, place: Place) -> &UnitId {
        &self.nodes[&place].unit
    }

    fn place_of_node(&self, node: &NodeId) -> Option<Place> {
        let unit = self.members.get(node)?;
        self.nodes.values().find(|node| node.unit == *unit).map(|node| node.place)
    }

    /// The places from a machine up to tier 3, itself first.
    fn upward(&self, place: Place) -> Vec<Place> {
        let mut line = vec![place];
        while let Some(parent) = self.nodes[line.last().expect("not empty")].parent {
            line.push(parent);
        }
        line
    }
}

/// A day, in milliseconds.
const fn clock_day_ms() -> u64 {
    24 * 3_600_000
}
