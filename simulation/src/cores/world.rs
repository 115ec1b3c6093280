//! Cores and their stores, driven by hand: one event at a time, or a batch with one commit.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{Hash, Incarnation, Timestamp};
use node::environment::entropy::SplitMix64;
use protocol::{
    Answer, ConnId, Core, Crypto as _, Effect, Event, Moment,
    control::SignedTree,
    core::{Identity, IncidentKind},
    member::SignedEntry,
};

use super::notary::{Notary, Verified};
use super::province::{UNITS, node_id, sides, tree};
use super::store::Memory;
use super::wires::Wire;
use crate::checker::Violation;
use crate::world::trace::Trace;

/// When every life begins, in milliseconds since the Unix epoch.
pub(super) const DAWN_MS: i64 = 1_000_000;

/// How a machine stands in the province.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The machine of its unit.
    Active,
    /// It runs from a copy of another one's disk.
    Clone,
    /// The register shut it out.
    ShutOut,
}

/// How a batch of events ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is committed, and what waited for that goes out.
    Lives,
    /// The power is cut while it is committed, after so many of its transactions.
    DiesWithin(usize),
    /// The power is cut after the commit, before anything went out.
    DiesAfterCommit,
}

/// One machine.
#[derive(Debug)]
pub struct Node {
    /// What it was enrolled as.
    pub name: String,
    /// Its change key.
    pub key: Notary,
    /// Who it is.
    pub identity: Identity,
    /// Its disk.
    pub store: Memory,
    /// Its decisions.
    pub core: Core,
    /// What it answered, by request.
    pub answers: BTreeMap<u64, Answer>,
    /// What its people were told to look at.
    pub alarms: Vec<IncidentKind>,
    /// How it stands.
    pub standing: Standing,
    /// How far its clock is ahead, in milliseconds.
    pub clock_ahead_ms: i64,
    pub(super) tls_key: Hash,
    pending: Vec<Effect>,
}

/// A small province.
#[derive(Debug)]
pub struct World {
    /// Its machines; the first six are those of [`UNITS`].
    pub nodes: Vec<Node>,
    /// The true time, in milliseconds since the Unix epoch.
    pub now: i64,
    /// Bytes that went over wires.
    pub carried: usize,
    pub(super) register: Notary,
    pub(super) verified: Verified,
    pub(super) tree: SignedTree,
    /// Those before it, as the register keeps them.
    pub(super) trees: Vec<SignedTree>,
    pub(super) entries: Vec<SignedEntry>,
    pub(super) wires: Vec<Wire>,
    pub(super) random: SplitMix64,
    pub(super) requests: u64,
    pub(super) conns: u64,
    /// Connections that a node ended.
    pub(super) ended: BTreeSet<ConnId>,
    pub(super) violations: Vec<Violation>,
    pub(super) trace: Trace,
}

impl World {
    /// A province whose nodes have just been enrolled; nobody is connected.
    pub fn new(seed: u64) -> Self {
        let verified = Verified::default();
        let register = Notary::sharing("register", &verified);
        let tree = SignedTree::issue(1, Timestamp::from_millis(DAWN_MS), tree("huyen"), &register);
        let mut world = Self {
            nodes: Vec::new(),
            now: DAWN_MS,
            carried: 0,
            register,
            verified,
            tree,
            trees: Vec::new(),
            entries: Vec::new(),
            wires: Vec::new(),
            random: SplitMix64::new(seed),
            requests: 0,
            conns: 0,
            ended: BTreeSet::new(),
            violations: Vec::new(),
            trace: Trace::default(),
        };
        for unit in UNITS {
            world.enrol(unit, unit);
        }
        for unit in UNITS {
            world.found(unit, unit);
        }
        world
    }

    /// Gives a machine that was enrolled its first store.
    pub(super) fn found(&mut self, unit: &str, name: &str) {
        let mut store = Memory::default();
        let mut life = [0; 16];
        life[..8].copy_from_slice(&self.draw().to_le_bytes());
        life[8..].copy_from_slice(&self.draw().to_le_bytes());
        store.append(Core::found(Incarnation::from_bytes(life), &self.entries, &self.tree));
        let key = Notary::sharing(name, &self.verified);
        let identity = Identity {
            node: node_id(name),
            unit: unit.parse().expect("a unit of the tree"),
            change_key: key.public(),
            register_key: self.register.public(),
            optional_holders: true,
        };
        let (boot, moment) = (self.draw(), self.moment(0));
        let core = Core::open(identity.clone(), sides(), boot, moment, &store, &key);
        self.nodes.push(Node {
            name: name.to_owned(),
            key,
            identity,
            store,
            core: core.expect("a fresh store opens"),
            answers: BTreeMap::new(),
            alarms: Vec::new(),
            standing: Standing::Active,
            clock_ahead_ms: 0,
            tls_key: Hash::of(name.as_bytes()),
            pending: Vec::new(),
        });
    }

    /// The next number of the seed.
    pub fn draw(&mut self) -> u64 {
        self.random.next_u64()
    }

    fn moment(&mut self, ahead_ms: i64) -> Moment {
        let mut seed = [0; 32];
        for part in seed.chunks_mut(8) {
            part.copy_from_slice(&self.random.next_u64().to_le_bytes());
        }
        Moment { now: Timestamp::from_millis(self.now + ahead_ms), seed }
    }

    /// When and with what randomness the node at `place` handles its next event.
    pub fn moment_at(&mut self, place: usize) -> Moment {
        self.moment(self.nodes[place].clock_ahead_ms)
    }

    /// What is wrong with the province so far.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(super) fn violate(&mut self, judge: &'static str, words: impl Into<String>) {
        let at_ms = u64::try_from(self.now - DAWN_MS).unwrap_or(0);
        self.violations.push(Violation { judge, at_ms, words: words.into() });
    }

    /// Lets a node handle an event, commit, and say what waited for that.
    pub fn handle(&mut self, place: usize, event: Event) {
        self.turn(place, [event], Fate::Lives);
    }

    /// Lets a node handle a batch of events with one commit.
    pub fn turn(&mut self, place: usize, events: impl IntoIterator<Item = Event>, fate: Fate) {
        for event in events {
            self.decide(place, event);
        }
        match fate {
            Fate::Lives => {
                while self.nodes[place].store.has_staged() {
                    self.nodes[place].store.commit();
                    self.release(place);
                    self.decide(place, Event::Committed);
                }
                self.release(place);
            }
            Fate::DiesWithin(kept) => {
                self.nodes[place].store.tear(kept);
                self.fall(place);
            }
            Fate::DiesAfterCommit => {
                self.nodes[place].store.commit();
                self.fall(place);
            }
        }
    }

    fn decide(&mut self, place: usize, event: Event) {
        let moment = self.moment_at(place);
        let node = &mut self.nodes[place];
        match node.core.handle(moment, event, &node.store, &node.key) {
            Ok(effects) => {
                for effect in effects {
                    match effect {
                        Effect::Commit(ops) => node.store.stage(ops),
                        other => node.pending.push(other),
                    }
                }
            }
            Err(fault) => {
                let words = format!("{fault}, at {place}");
                self.violate("fault", words);
                self.nodes[place].store.tear(0);
                self.fall(place);
            }
        }
    }

    fn release(&mut self, place: usize) {
        for effect in std::mem::take(&mut self.nodes[place].pending) {
            match effect {
                Effect::Send { conn, frame } => self.post(place, conn, frame),
                Effect::Close { conn, code } => self.hang_up(place, conn, code),
                Effect::Answer { request, answer } => {
                    self.nodes[place].answers.insert(request, *answer);
                }
                Effect::Alarm(incident) => self.nodes[place].alarms.push(incident.kind),
                Effect::Commit(_)
                | Effect::Bar(_)
                | Effect::IssueRenewal { .. }
                | Effect::InstallRenewal { .. } => {}
            }
        }
    }

    /// The machine starts again from what is on its disk. Its neighbours are not told and keep
    /// their ends of dead connections; what it had said is still under way.
    fn fall(&mut self, place: usize) {
        self.nodes[place].pending.clear();
        self.die_on_wires(place);
        self.boot(place);
    }

    fn boot(&mut self, place: usize) {
        let (boot, moment) = (self.draw(), self.moment_at(place));
        let node = &mut self.nodes[place];
        node.pending.clear();
        match Core::open(node.identity.clone(), sides(), boot, moment, &node.store, &node.key) {
            Ok(core) => node.core = core,
            Err(error) => self.violate("fault", format!("{error}, at {place}")),
        }
    }

    /// Restarts a node from `store`, as after a restore; its connections end.
    pub fn restart(&mut self, place: usize, store: Memory) {
        self.cut(place);
        self.nodes[place].store = store;
        self.boot(place);
    }

    /// Kills a node and starts it again: what is under way is lost, and its neighbours, who are
    /// not told, keep their ends of dead connections.
    pub fn kill(&mut self, place: usize) {
        self.die_on_wires(place);
        self.lose_what_is_under_way(place);
        self.boot(place);
    }

    /// A second machine from a copy of the first one's disk; answers its place.
    pub fn clone_disk(&mut self, place: usize) -> usize {
        let original = &self.nodes[place];
        let (name, identity) = (format!("{} (clone)", original.name), original.identity.clone());
        let (key, store, tls_key) =
            (original.key.clone(), original.store.clone(), original.tls_key);
        let (boot, moment) = (self.draw(), self.moment(0));
        let core = Core::open(identity.clone(), sides(), boot, moment, &store, &key);
        self.nodes.push(Node {
            name,
            key,
            identity,
            store,
            core: core.expect("what one opened another opens"),
            answers: BTreeMap::new(),
            alarms: Vec::new(),
            standing: Standing::Clone,
            clock_ahead_ms: 0,
            tls_key,
            pending: Vec::new(),
        });
        self.nodes.len() - 1
    }

    /// Lets time pass for everybody.
    pub(super) fn wait(&mut self, millis: i64) {
        self.now += millis;
        for place in 0..self.nodes.len() {
            self.handle(place, Event::Tick);
        }
    }

    /// Lets time pass for everybody, then lets everything arrive.
    pub fn pass(&mut self, millis: i64) {
        self.wait(millis);
        self.settle();
    }

    /// Signs `message` with the key of the node at `place`, as whoever has stolen it would.
    pub(super) fn sign_as(&self, place: usize, message: &[u8]) -> protocol::Signature {
        self.nodes[place].key.sign(message)
    }
}
