//! The wires between cores: frames queue on them, wait, and are lost with them.
//!
//! A wire keeps order and loses nothing while it stands, as QUIC does. [`World::twist`] breaks that
//! promise on purpose: what a core agreed to must hold even then.

use std::collections::VecDeque;

use dossier::NodeId;
use protocol::{
    ConnId, Event, Op, Records, Table,
    wire::{Frame, RefusalCode},
};

use super::province::{A, B, C, HUYEN, PROVINCE, SO};
use super::store::Memory;
use super::world::{Fate, Standing, World};

/// A connection of two nodes.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) ends: [(usize, ConnId); 2],
    /// Frames on their way to each end.
    queues: [VecDeque<Vec<u8>>; 2],
    /// Whether an end hears nothing although the wire stands.
    stalled: [bool; 2],
    /// Whether an end was told HELLO.
    greeted: [bool; 2],
    /// Ends whose machine fell; the other side does not know.
    dead: [bool; 2],
    closed: bool,
}

impl Wire {
    fn joins(&self, lower: usize, upper: usize) -> bool {
        !self.closed && self.ends[0].0 == lower && self.ends[1].0 == upper
    }

    fn is_sound(&self) -> bool {
        !self.closed && self.dead == [false; 2]
    }

    fn side_of(&self, place: usize) -> Option<usize> {
        self.ends.iter().position(|end| end.0 == place)
    }
}

/// Steps after which a province that still talks is taken for one that never ends.
const STEPS_MAX: usize = 100_000;

impl World {
    pub(super) fn post(&mut self, place: usize, conn: ConnId, frame: Vec<u8>) {
        self.carried += frame.len();
        for wire in self.wires.iter_mut().rev().filter(|wire| !wire.closed) {
            for side in 0..2 {
                if wire.ends[side] == (place, conn) {
                    if !wire.dead[1 - side] {
                        wire.queues[1 - side].push_back(frame);
                    }
                    return;
                }
            }
        }
    }

    pub(super) fn hang_up(&mut self, place: usize, conn: ConnId, code: RefusalCode) {
        self.ended.insert(conn);
        let wire =
            self.wires.iter_mut().find(|wire| !wire.closed && wire.ends.contains(&(place, conn)));
        let Some(wire) = wire else { return };
        wire.closed = true;
        let other = usize::from(wire.ends[0] == (place, conn));
        // What was queued is lost with the connection; the code arrives.
        let there = wire.ends[other];
        wire.queues = Default::default();
        if !wire.dead[other] {
            self.handle(there.0, Event::Closed { conn: there.1, refused: Some(code as u16) });
        }
    }

    /// Connects two nodes; the lower one dials.
    pub fn connect(&mut self, lower: usize, upper: usize) {
        self.wires.retain(|wire| !wire.closed);
        self.conns += 2;
        let ends = [(lower, ConnId(self.conns)), (upper, ConnId(self.conns + 1))];
        self.wires.push(Wire {
            ends,
            queues: Default::default(),
            stalled: [false; 2],
            greeted: [false; 2],
            dead: [false; 2],
            closed: false,
        });
        for (side, dialled) in [(0, true), (1, false)] {
            let (place, conn) = ends[side];
            let peer = &self.nodes[ends[1 - side].0];
            let (tls_key, unit) = (peer.tls_key, peer.identity.unit.clone());
            self.handle(place, Event::Opened { conn, tls_key, unit, dialled });
        }
    }

    /// Connects each of the first nodes with its first superior, where it is not.
    pub fn connect_all(&mut self) {
        for (lower, upper) in [(SO, PROVINCE), (HUYEN, PROVINCE), (A, SO), (B, SO), (C, HUYEN)] {
            if !self.is_connected(lower, upper) {
                self.connect(lower, upper);
            }
        }
    }

    /// Whether a connection of these two stands.
    pub fn is_connected(&self, lower: usize, upper: usize) -> bool {
        self.wires.iter().any(|wire| wire.joins(lower, upper) && wire.is_sound())
    }

    /// Where the superior of a node stands, as far as the node itself knows.
    pub(super) fn superior(&self, place: usize) -> Option<usize> {
        let core = &self.nodes[place].core;
        let member = core.members().superior_of(&core.identity().unit, &core.tree().tree)?;
        let serves = |node: &super::Node| {
            node.identity.unit == member.unit && node.standing == Standing::Active
        };
        self.nodes.iter().position(serves)
    }

    /// A node dials its superior, unless a connection stands or too many linger.
    pub(super) fn dial(&mut self, place: usize) {
        let Some(upper) = self.superior(place) else { return };
        let lingering = self.wires.iter().filter(|wire| wire.joins(place, upper)).count();
        if !self.is_connected(place, upper) && lingering < 3 {
            self.connect(place, upper);
        }
    }

    /// Cuts every wire of a node, losing what is under way.
    pub fn cut(&mut self, place: usize) {
        self.end_wires(|wire| wire.side_of(place).is_some());
    }

    /// Ends every connection of which one side fell, as its idle timeout would.
    pub(super) fn time_out(&mut self) {
        self.end_wires(|wire| wire.dead != [false; 2]);
    }

    fn end_wires(&mut self, which: impl Fn(&Wire) -> bool) {
        for index in 0..self.wires.len() {
            let Some(wire) = self.wires.get_mut(index).filter(|wire| !wire.closed && which(wire))
            else {
                continue;
            };
            wire.closed = true;
            wire.queues = Default::default();
            let (ends, dead) = (wire.ends, wire.dead);
            for ((there, conn), dead) in ends.into_iter().zip(dead) {
                if !dead {
                    self.handle(there, Event::Closed { conn, refused: None });
                }
            }
        }
    }

    /// The machine fell: its ends are dead, what it had said stays under way.
    pub(super) fn die_on_wires(&mut self, place: usize) {
        for wire in self.wires.iter_mut().filter(|wire| !wire.closed) {
            if let Some(side) = wire.side_of(place) {
                wire.dead[side] = true;
                wire.queues[side].clear();
            }
        }
    }

    pub(super) fn lose_what_is_under_way(&mut self, place: usize) {
        for wire in self.wires.iter_mut().filter(|wire| wire.side_of(place).is_some()) {
            wire.queues = Default::default();
        }
    }

    /// Lets a node forget how far it has read its neighbours' feeds.
    pub fn forget_cursors(&mut self, place: usize) {
        let store = &mut self.nodes[place].store;
        let keys: Vec<Vec<u8>> = store.table(Table::Cursor).map(|(key, _)| key.to_vec()).collect();
        store.append(keys.into_iter().map(|key| Op::remove(Table::Cursor, key)).collect());
    }

    /// Delivers one frame of a wire drawn at random; `false` when nothing is under way.
    pub fn step(&mut self) -> bool {
        self.step_with(1, Fate::Lives)
    }

    /// Delivers up to `most` frames of a wire drawn at random, as one batch.
    pub(super) fn step_with(&mut self, most: usize, fate: Fate) -> bool {
        let ready = self.ready();
        if ready.is_empty() {
            return false;
        }
        let (index, side) = ready[self.draw() as usize % ready.len()];
        let (place, conn) = self.wires[index].ends[side];
        let mut frames = Vec::new();
        while frames.len() < most
            && let Some(bytes) = self.wires[index].queues[side].pop_front()
        {
            self.trace.datagram(self.now as u64, conn.0, place as u64, bytes.len());
            frames.push(bytes);
        }
        let hello = !std::mem::replace(&mut self.wires[index].greeted[side], true);
        let teller = if hello { self.teller_of_a_lost_past(place, &frames[0]) } else { None };
        let life = self.nodes[place].core.incarnation();
        let events = frames.into_iter().map(|bytes| Event::Frame { conn, bytes });
        self.turn(place, events, fate);
        let core = &self.nodes[place].core;
        let heard = teller.is_some() && core.sessions().any(|one| one.node() == teller);
        if heard && fate == Fate::Lives && core.incarnation() == life {
            let words = format!("{place} goes on in a life of which a neighbour has read more");
            self.violate("lives", words);
        }
        true
    }

    fn ready(&self) -> Vec<(usize, usize)> {
        let mut ready = Vec::new();
        for (index, wire) in self.wires.iter().enumerate() {
            for side in 0..2 {
                if !wire.closed && !wire.stalled[side] && !wire.queues[side].is_empty() {
                    ready.push((index, side));
                }
            }
        }
        ready
    }

    /// Who says in its HELLO that it has read what this life's feed does not have.
    fn teller_of_a_lost_past(&self, place: usize, hello: &[u8]) -> Option<NodeId> {
        let Ok(Frame::Hello(hello)) = Frame::decode(hello) else { return None };
        let node = &self.nodes[place];
        let life = node.core.incarnation();
        let cursor = hello.cursor.filter(|cursor| cursor.incarnation == life)?;
        let here = node.store.feed_digest(cursor.position.sequence).ok().flatten();
        (here != Some(cursor.position.digest)).then_some(hello.node)
    }

    /// The frames under way to a node, with the connection each is on.
    pub fn under_way_to(&mut self, place: usize) -> Vec<(ConnId, &mut VecDeque<Vec<u8>>)> {
        let open = self.wires.iter_mut().filter(|wire| !wire.closed);
        open.filter_map(|wire| {
            let side = wire.side_of(place)?;
            Some((wire.ends[side].1, &mut wire.queues[side]))
        })
        .collect()
    }

    /// Delivers what is under way to a node, and nothing else.
    pub fn deliver_to(&mut self, place: usize) {
        let queues = self.under_way_to(place);
        let frames: Vec<(ConnId, Vec<Vec<u8>>)> =
            queues.into_iter().map(|(conn, queue)| (conn, queue.drain(..).collect())).collect();
        for (conn, queue) in frames {
            for bytes in queue {
                self.handle(place, Event::Frame { conn, bytes });
            }
        }
    }

    /// Delivers until nothing is under way.
    pub fn settle(&mut self) {
        for _ in 0..STEPS_MAX {
            if !self.step() {
                return;
            }
        }
        self.violate("liveness", "the province talks without end");
    }

    /// Stalls or frees one direction of a wire.
    pub(super) fn toggle_stall(&mut self, luck: u64) {
        let count = self.wires.len();
        if let Some(wire) = self.wires.get_mut(luck as usize % count.max(1)) {
            let side = (luck >> 32) as usize % 2;
            wire.stalled[side] = !wire.stalled[side];
        }
    }

    /// Loses, doubles or swaps frames of a wire that stands.
    pub(super) fn twist(&mut self, luck: u64) {
        let ready = self.ready();
        if ready.is_empty() {
            return;
        }
        let (index, side) = ready[luck as usize % ready.len()];
        let queue = &mut self.wires[index].queues[side];
        match (luck >> 32) % 3 {
            0 => drop(queue.pop_front()),
            1 => queue.extend(queue.front().cloned()),
            _ => {
                let last = queue.len() - 1;
                queue.swap(0, last);
            }
        }
    }

    /// A copy of a node's disk.
    pub fn backup(&self, place: usize) -> Memory {
        self.nodes[place].store.clone()
    }
}
