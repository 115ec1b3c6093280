//! Cores, their stores and the wires between them, all driven by hand and by one seed.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use dossier::{
    DossierId, Edit, Hash, Incarnation, LegalBasis, NodeId, Review, Role, Timestamp, UnitId, Value,
    unit::{Holding, Tier, Unit, UnitTree},
    validity::Validity,
};
use protocol::{
    Answer, Command, ConnId, Core, Effect, Event, Moment, Op, Records, Table,
    control::SignedTree,
    core::{Entry, Identity, IncidentKind},
    envelope::Meta,
    member::{MemberAct, MemberEntry, SignedEntry},
    wire::RefusalCode,
};

use super::store::{Key, Memory};

pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) key: Key,
    pub(crate) identity: Identity,
    pub(crate) store: Memory,
    pub(crate) core: Core,
    pub(crate) answers: BTreeMap<u64, Answer>,
    pub(crate) alarms: Vec<IncidentKind>,
    tls_key: Hash,
}

struct Wire {
    ends: [(usize, ConnId); 2],
    queues: [VecDeque<Vec<u8>>; 2],
    closed: bool,
}

pub(crate) struct World {
    pub(crate) nodes: Vec<Node>,
    pub(crate) now: i64,
    /// Bytes that went over wires.
    pub(crate) carried: usize,
    register: Key,
    tree: SignedTree,
    entries: Vec<SignedEntry>,
    wires: Vec<Wire>,
    draws: RefCell<u64>,
    seed: u64,
    requests: u64,
    conns: u64,
}

fn unit(id: &str, parent: Option<&str>, tier: Tier, holds: Holding) -> Unit {
    Unit {
        id: id.parse().expect("unit id"),
        parent: parent.map(|parent| parent.parse().expect("unit id")),
        tier,
        name: id.to_owned(),
        kind: "x".to_owned(),
        holds_dossiers: holds,
        validity: Validity::default(),
        successor: None,
    }
}

pub(crate) fn tree(parent_of_c: &str) -> UnitTree {
    let units = vec![
        unit("tinh", None, Tier::Province, Holding::No),
        unit("tier3", Some("tinh"), Tier::Three, Holding::No),
        unit("so", Some("tier3"), Tier::Two, Holding::Yes),
        unit("huyen", Some("tier3"), Tier::Two, Holding::Yes),
        unit("so.a", Some("so"), Tier::One, Holding::Yes),
        unit("so.b", Some("so"), Tier::One, Holding::Yes),
        unit("c", Some(parent_of_c), Tier::One, Holding::Yes),
        unit("so.d", Some("so"), Tier::One, Holding::Yes),
        unit("so.phong", Some("so"), Tier::One, Holding::No),
    ];
    UnitTree::new(units).expect("tree")
}

pub(crate) const PROVINCE: usize = 0;
pub(crate) const SO: usize = 1;
pub(crate) const HUYEN: usize = 2;
pub(crate) const A: usize = 3;
pub(crate) const B: usize = 4;
pub(crate) const C: usize = 5;
const UNITS: [&str; 6] = ["tier3", "so", "huyen", "so.a", "so.b", "c"];

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let register = Key::new("register");
        let at = Timestamp::from_millis(1_000_000);
        let tree = SignedTree::issue(1, at, tree("huyen"), &register);
        let mut world = Self {
            nodes: Vec::new(),
            now: 1_000_000,
            carried: 0,
            register,
            tree,
            entries: Vec::new(),
            wires: Vec::new(),
            draws: RefCell::new(0),
            seed,
            requests: 0,
            conns: 0,
        };
        for unit in UNITS {
            world.enrol(unit, unit);
        }
        for unit in UNITS {
            world.found(unit, unit);
        }
        world
    }

    /// Enrols one more node, `name`, which the register has not told anybody of; answers its place
    /// and its entry of the member list.
    pub(crate) fn join(&mut self, unit: &str, name: &str) -> (usize, SignedEntry) {
        let entry = self.enrol(unit, name);
        self.found(unit, name);
        (self.nodes.len() - 1, entry)
    }

    fn enrol(&mut self, unit: &str, name: &str) -> SignedEntry {
        let key = Key::new(name);
        let act = MemberAct::Enrol {
            node: node_id(name),
            unit: unit.parse().expect("unit"),
            change_key: key.public(),
            tls_key: Hash::of(name.as_bytes()),
        };
        self.append_member(act)
    }

    fn append_member(&mut self, act: MemberAct) -> SignedEntry {
        let previous = self.entries.last().map_or(Hash::ZERO, SignedEntry::hash);
        let number = self.entries.len() as u64 + 1;
        let at = Timestamp::from_millis(self.now);
        let entry = MemberEntry { number, previous, at, act };
        let signed = SignedEntry::issue(entry, &self.register);
        self.entries.push(signed.clone());
        signed
    }

    fn found(&mut self, unit: &str, name: &str) {
        let mut store = Memory::default();
        let incarnation = Incarnation::from_bytes(self.draw16());
        store.append(Core::found(incarnation, &self.entries, &self.tree));
        let key = Key::new(name);
        let identity = Identity {
            node: node_id(name),
            unit: unit.parse().expect("unit"),
            change_key: key.public(),
            register_key: self.register.public(),
            optional_holders: true,
        };
        let core = self.open(&identity, &store, &key);
        self.nodes.push(Node {
            name: name.to_owned(),
            key,
            identity,
            store,
            core,
            answers: BTreeMap::new(),
            alarms: Vec::new(),
            tls_key: Hash::of(name.as_bytes()),
        });
    }

    fn open(&self, identity: &Identity, store: &Memory, key: &Key) -> Core {
        let boot = self.draw();
        Core::open(identity.clone(), boot, self.moment(), store, key).expect("opens")
    }

    pub(crate) fn draw(&self) -> u64 {
        *self.draws.borrow_mut() += 1;
        let digest = Hash::of(format!("{}/{}", self.seed, self.draws.borrow()).as_bytes());
        u64::from_le_bytes(digest.as_bytes()[..8].try_into().expect("8 bytes"))
    }

    fn draw16(&self) -> [u8; 16] {
        let digest = Hash::of(&self.draw().to_le_bytes());
        digest.as_bytes()[..16].try_into().expect("16 bytes")
    }

    fn moment(&self) -> Moment {
        let seed = *Hash::of(&self.draw().to_le_bytes()).as_bytes();
        Moment { now: Timestamp::from_millis(self.now), seed }
    }

    /// Restarts a node from `store`, as after a crash or a restore.
    pub(crate) fn restart(&mut self, place: usize, store: Memory) {
        self.cut(place);
        let core = self.open(&self.nodes[place].identity, &store, &self.nodes[place].key);
        self.nodes[place].core = core;
        self.nodes[place].store = store;
    }

    /// Kills a node and starts it again: what is under way is lost, and its neighbours, who are
    /// not told, keep their ends of dead connections.
    pub(crate) fn kill(&mut self, place: usize) {
        for wire in &mut self.wires {
            if wire.ends.iter().any(|end| end.0 == place) {
                wire.queues = Default::default();
            }
        }
        let node = &self.nodes[place];
        self.nodes[place].core = self.open(&node.identity, &node.store, &node.key);
    }

    /// A second node from a copy of the first one's disk; returns its place.
    pub(crate) fn clone_disk(&mut self, place: usize) -> usize {
        let original = &self.nodes[place];
        let store = original.store.clone();
        let core = self.open(&original.identity, &store, &original.key);
        let node = Node {
            name: format!("{} (clone)", original.name),
            key: Key::new(&original.name),
            identity: original.identity.clone(),
            store,
            core,
            answers: BTreeMap::new(),
            alarms: Vec::new(),
            tls_key: original.tls_key,
        };
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(crate) fn handle(&mut self, place: usize, event: Event) {
        let moment = self.moment();
        let node = &mut self.nodes[place];
        let effects = node.core.handle(moment, event, &node.store, &node.key).expect("no fault");
        let mut committed = false;
        for effect in effects {
            match effect {
                Effect::Commit(ops) => {
                    self.nodes[place].store.append(ops);
                    committed = true;
                }
                Effect::Send { conn, frame } => self.post(place, conn, frame),
                Effect::Close { conn, code } => self.hang_up(place, conn, code),
                Effect::Answer { request, answer } => {
                    self.nodes[place].answers.insert(request, *answer);
                }
                Effect::Alarm(incident) => self.nodes[place].alarms.push(incident.kind),
                Effect::Bar(_) | Effect::IssueRenewal { .. } | Effect::InstallRenewal { .. } => {}
            }
        }
        if committed {
            self.handle(place, Event::Committed);
        }
    }

    fn post(&mut self, place: usize, conn: ConnId, frame: Vec<u8>) {
        self.carried += frame.len();
        for wire in self.wires.iter_mut().filter(|wire| !wire.closed) {
            for side in 0..2 {
                if wire.ends[side] == (place, conn) {
                    wire.queues[1 - side].push_back(frame);
                    return;
                }
            }
        }
    }

    fn hang_up(&mut self, place: usize, conn: ConnId, code: RefusalCode) {
        let wire =
            self.wires.iter_mut().find(|wire| !wire.closed && wire.ends.contains(&(place, conn)));
        let Some(wire) = wire else { return };
        wire.closed = true;
        let other = usize::from(wire.ends[0] == (place, conn));
        // What was queued is lost with the connection; the code arrives.
        let there = wire.ends[other];
        wire.queues = Default::default();
        self.handle(there.0, Event::Closed { conn: there.1, refused: Some(code as u16) });
    }

    pub(crate) fn connect(&mut self, lower: usize, upper: usize) {
        self.conns += 2;
        let ends = [(lower, ConnId(self.conns)), (upper, ConnId(self.conns + 1))];
        self.wires.push(Wire { ends, queues: Default::default(), closed: false });
        for (side, dialled) in [(0, true), (1, false)] {
            let (place, conn) = ends[side];
            let peer = &self.nodes[ends[1 - side].0];
            let (tls_key, unit) = (peer.tls_key, peer.identity.unit.clone());
            self.handle(place, Event::Opened { conn, tls_key, unit, dialled });
        }
    }

    /// Cuts every wire of a node, losing what is under way.
    pub(crate) fn cut(&mut self, place: usize) {
        for index in 0..self.wires.len() {
            let ends = self.wires[index].ends;
            if self.wires[index].closed || !ends.iter().any(|end| end.0 == place) {
                continue;
            }
            self.wires[index].closed = true;
            self.wires[index].queues = Default::default();
            for (there, conn) in ends {
                self.handle(there, Event::Closed { conn, refused: None });
            }
        }
    }

    /// Lets a node forget how far it has read its neighbours' feeds.
    pub(crate) fn forget_cursors(&mut self, place: usize) {
        let store = &mut self.nodes[place].store;
        let rows = store.scan(Table::Cursor, &[], None, 100).expect("rows");
        store.append(rows.into_iter().map(|(key, _)| Op::remove(Table::Cursor, key)).collect());
    }

    pub(crate) fn is_connected(&self, lower: usize, upper: usize) -> bool {
        self.wires
            .iter()
            .any(|wire| !wire.closed && wire.ends[0].0 == lower && wire.ends[1].0 == upper)
    }

    pub(crate) fn connect_all(&mut self) {
        for (lower, upper) in [(SO, PROVINCE), (HUYEN, PROVINCE), (A, SO), (B, SO), (C, HUYEN)] {
            if !self.is_connected(lower, upper) {
                self.connect(lower, upper);
            }
        }
    }

    /// Delivers one frame of a wire drawn at random; `false` when nothing is under way.
    pub(crate) fn step(&mut self) -> bool {
        let mut ready = Vec::new();
        for (index, wire) in self.wires.iter().enumerate() {
            for side in 0..2 {
                if !wire.closed && !wire.queues[side].is_empty() {
                    ready.push((index, side));
                }
            }
        }
        if ready.is_empty() {
            return false;
        }
        let (index, side) = ready[self.draw() as usize % ready.len()];
        let wire = &mut self.wires[index];
        let (place, conn) = wire.ends[side];
        let Some(bytes) = wire.queues[side].pop_front() else { return false };
        self.handle(place, Event::Frame { conn, bytes });
        true
    }

    /// The frames under way to a node, with the connection each is on.
    pub(crate) fn under_way_to(&mut self, place: usize) -> Vec<(ConnId, &mut VecDeque<Vec<u8>>)> {
        let open = self.wires.iter_mut().filter(|wire| !wire.closed);
        open.filter_map(|wire| {
            let side = wire.ends.iter().position(|end| end.0 == place)?;
            Some((wire.ends[side].1, &mut wire.queues[side]))
        })
        .collect()
    }

    /// Delivers what is under way to a node, and nothing else.
    pub(crate) fn deliver_to(&mut self, place: usize) {
        let queues = self.under_way_to(place);
        let frames: Vec<(ConnId, Vec<Vec<u8>>)> =
            queues.into_iter().map(|(conn, queue)| (conn, queue.drain(..).collect())).collect();
        for (conn, queue) in frames {
            for bytes in queue {
                self.handle(place, Event::Frame { conn, bytes });
            }
        }
    }

    pub(crate) fn settle(&mut self) {
        for _ in 0..100_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the province does not settle");
    }

    /// Lets time pass for everybody, then settles.
    pub(crate) fn pass(&mut self, millis: i64) {
        self.now += millis;
        for place in 0..self.nodes.len() {
            self.handle(place, Event::Tick);
        }
        self.settle();
    }

    pub(crate) fn ask(&mut self, place: usize, command: Command) -> Answer {
        self.requests += 1;
        let request = self.requests;
        self.handle(place, Event::Command { request, command: Box::new(command) });
        self.settle();
        self.nodes[place].answers.remove(&request).expect("answered")
    }

    pub(crate) fn order(&mut self, place: usize, command: Command) -> Answer {
        self.requests += 1;
        let request = self.requests;
        self.handle(place, Event::Command { request, command: Box::new(command) });
        self.nodes[place].answers.remove(&request).expect("answered at once")
    }

    pub(crate) fn create(&mut self, place: usize, unit: &str, name: &str) -> DossierId {
        let entry = Entry {
            key: None,
            unit: unit.parse().expect("unit"),
            edits: vec![set("full_name", name)],
            meta: meta(&self.nodes[place].name),
        };
        match self.order(place, Command::Enter(vec![entry])) {
            Answer::Entered(made) => made[0].clone().expect("entered").0,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn edit(
        &mut self,
        place: usize,
        dossier: DossierId,
        field: &str,
        text: &str,
    ) -> Answer {
        let meta = meta(&self.nodes[place].name);
        self.order(place, Command::Edit { dossier, edits: vec![set(field, text)], meta })
    }

    pub(crate) fn text(&mut self, place: usize, dossier: DossierId, field: &str) -> Option<String> {
        match self.order(place, Command::Show(dossier)) {
            Answer::Shown(shown) => {
                shown.fields.into_iter().find(|shown| shown.path.field.as_str() == field).map(
                    |shown| match shown.value {
                        Value::Text(text) => text,
                        other => format!("{other:?}"),
                    },
                )
            }
            _ => None,
        }
    }

    pub(crate) fn digests(&mut self, place: usize) -> BTreeMap<DossierId, Hash> {
        match self.order(place, Command::Digests) {
            Answer::Digests(all) => all.into_iter().map(|(id, _, digest)| (id, digest)).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// Every dossier is equal at every node that must hold it.
    pub(crate) fn assert_converged(&mut self) {
        let province = self.digests(PROVINCE);
        for (place, name) in UNITS.into_iter().enumerate().skip(SO) {
            let mine = self.digests(place);
            let scope: UnitId = name.parse().expect("unit");
            for (id, digest) in &mine {
                assert_eq!(province.get(id), Some(digest), "{} at {}", id, name);
            }
            let tree = self.nodes[PROVINCE].core.tree().tree.clone();
            let Answer::Digests(all) = self.order(PROVINCE, Command::Digests) else { panic!() };
            for (id, unit, _) in all {
                if tree.is_within(&unit, &scope) {
                    assert!(mine.contains_key(&id), "{id} is missing at {name}");
                }
            }
        }
    }

    pub(crate) fn revoke(&mut self, place: usize) {
        let act = MemberAct::Revoke { node: self.nodes[place].identity.node, reason: "x".into() };
        let signed = self.append_member(act);
        assert_eq!(self.order(PROVINCE, Command::Member(signed)), Answer::Done);
    }

    pub(crate) fn replant(&mut self, tree: UnitTree) {
        let at = Timestamp::from_millis(self.now);
        let signed = SignedTree::issue(self.tree.version + 1, at, tree, &self.register);
        self.tree = signed.clone();
        assert_eq!(self.order(PROVINCE, Command::Tree(signed)), Answer::Done);
    }
}

pub(crate) fn node_id(unit: &str) -> NodeId {
    NodeId::from_slice(&Hash::of(unit.as_bytes()).as_bytes()[..16]).expect("16 bytes")
}

pub(crate) fn set(field: &str, text: &str) -> Edit {
    Edit::Set { field: field.parse().expect("field"), value: Value::Text(text.to_owned()) }
}

pub(crate) fn meta(who: &str) -> Meta {
    let basis = LegalBasis::Correction { reason: format!("ghi tại {who}") };
    Meta {
        person: format!("cán bộ {who}"), role: Role::Clerk, basis, review: Review::NotRequired
    }
}
