//! A tier-1 machine in wrong hands: a genuine key and certificate, and every lie it can tell with
//! them, and without.

mod usurper;

use automerge::{Automerge, Change, ReadDoc, transaction::Transactable};
use dossier::{DossierId, Hash, Incarnation, NodeId, Role, Timestamp, precheck::hostile};
use protocol::{
    LIMITS, Signature, Table,
    acknowledgement::{Acknowledgement, SignedAcknowledgement},
    authoring::{self, Pen},
    codec,
    envelope::{Author, Envelope, Meta},
    holding::{self, Opened},
    parcel::{Body, LineProof, Parcel, Run, hint},
    wire::{Frame, Item},
};
use serde_bytes::ByteBuf;

use super::life::Life;
use super::province::{PROVINCE, grounds, meta, set};
use super::world::{Standing, World};

/// The lie that tier 3 has acknowledged something.
const FORGED_RECEIPT: u64 = 12;

/// Kinds of lies.
const EVILS: u64 = 19;

impl Life {
    /// A tier-1 machine visits its superior and lies.
    pub(super) fn visit(&mut self) {
        let place = 3 + self.luck.below(3) as usize;
        let Some(place) = self.successor(place) else { return };
        let Some(upper) = self.world.superior(place) else { return };
        if self.full.contains(&upper) {
            return;
        }
        self.world.cut(place);
        self.world.time_out();
        let evil = self.luck.below(EVILS);
        match evil {
            0 => self.call_with_a_strange_key(place, upper),
            1 => self.call_though_shut_out(upper),
            2 => self.call_in_an_old_life(place, upper),
            _ => {
                if evil == FORGED_RECEIPT {
                    self.part_from_tier_3(place, upper);
                }
                let Some(loot) = Loot::take(&self.world, place, upper, self.luck.next_u64()) else {
                    return;
                };
                let id = loot.id;
                let frames = loot.evil(&self.world, evil);
                let caller = self.world.caller(place, upper);
                self.world.call(upper, caller, frames);
                self.judge_memory(upper);
                self.look(upper, id);
            }
        }
    }

    /// The superior is cut off and writes into the dossiers of the machine that is going to lie.
    fn part_from_tier_3(&mut self, place: usize, upper: usize) {
        self.world.cut(upper);
        let held = super::reading::holdings(&self.world.nodes[place].store).unwrap_or_default();
        for (dossier, _) in held {
            self.write(upper, dossier);
        }
        self.dial(place);
        for _ in 0..200 {
            if !self.world.step() {
                break;
            }
        }
        self.world.cut(place);
        self.world.cut(upper);
    }

    fn call_with_a_strange_key(&mut self, place: usize, upper: usize) {
        let mut caller = self.world.caller(place, upper);
        caller.tls_key = Hash::of(b"a key of another hand");
        if self.world.call(upper, caller, Vec::new()) {
            self.world.violate("door", format!("a strange key may speak as {place} at {upper}"));
        }
    }

    fn call_though_shut_out(&mut self, upper: usize) {
        let known = |place: &usize| {
            let node = &self.world.nodes[*place];
            let members = self.world.nodes[upper].core.members();
            let above = members.superior_of(&node.identity.unit, &self.world.tree.tree);
            node.standing == Standing::ShutOut
                && above.is_some_and(|one| one.unit == self.world.nodes[upper].identity.unit)
                && members.get(&node.identity.node).is_some_and(|member| !member.is_active())
        };
        let Some(place) = (0..self.world.nodes.len()).find(known) else { return };
        let caller = self.world.caller(place, upper);
        if self.world.call(upper, caller, Vec::new()) {
            self.world.violate("door", format!("{place} was shut out and may speak at {upper}"));
        }
    }

    pub(super) fn call_in_an_old_life(&mut self, place: usize, upper: usize) {
        type Row = (Incarnation, Option<protocol::FeedPosition>, Vec<Incarnation>);
        let node = self.world.nodes[place].identity.node;
        let row = self.world.nodes[upper].store.row(Table::Cursor, node.as_bytes());
        let retired = row.and_then(|row| codec::decode::<Row>(row).ok()).map(|row| row.2);
        let Some(old) = retired.and_then(|lives| lives.first().copied()) else { return };
        let mut caller = self.world.caller(place, upper);
        caller.hello.incarnation = old;
        if self.world.call(upper, caller, Vec::new()) {
            self.world.violate("door", format!("an old life of {place} may speak at {upper}"));
        }
    }
}

/// What it has to lie with: a dossier that lies on its disk.
struct Loot {
    id: DossierId,
    opened: Opened,
    place: usize,
    upper: usize,
    luck: u64,
}

impl Loot {
    fn take(world: &World, place: usize, upper: usize, luck: u64) -> Option<Self> {
        let store = &world.nodes[place].store;
        let all: Vec<DossierId> =
            store.table(Table::Dossier).filter_map(|(key, _)| DossierId::from_slice(key)).collect();
        let id = *all.get(luck as usize % all.len().max(1))?;
        let opened = holding::open(store, &id).ok()??;
        Some(Self { id, opened, place, upper, luck })
    }

    fn author(&self, world: &World) -> Author {
        let core = &world.nodes[self.place].core;
        Author { node: core.identity().node, incarnation: core.incarnation(), epoch: 0 }
    }

    fn pen(&self, world: &World) -> Pen {
        let key = world.nodes[self.place].key.public();
        Pen { author: self.author(world), key, at: Timestamp::from_millis(world.now) }
    }

    fn evil(mut self, world: &World, evil: u64) -> Vec<Vec<u8>> {
        let said = match evil {
            3 => self.in_a_stolen_name(world),
            4 => self.with_a_broken_signature(world),
            5 => self.in_a_false_role(world),
            6 => self.of_a_foreign_unit(world),
            7 => return self.orphans(world),
            8 => self.overwriting_nothing(world),
            9 => self.with_an_altered_middle(),
            10 => self.bomb(),
            11 => return self.contraband(world),
            13 => self.on_the_wrong_side(world),
            14 => self.approving_its_own(world),
            15 => self.closing_without_a_decision(world),
            16 => self.entering_for_the_body(world),
            17 | 18 => return self.false_right(world, evil == 17),
            _ => return self.forged_receipt(world),
        };
        said.map(|parcel| items([parcel.encode()])).into_iter().collect()
    }

    fn write(&mut self, world: &World, meta: &Meta, pen: Pen) -> Option<Parcel> {
        self.luck = self.luck.wrapping_add(1);
        let edits = [set("note", &format!("kẻ gian {}", self.luck))];
        let key = &world.nodes[self.place].key;
        authoring::edit(&mut self.opened, &edits, meta, pen, key).ok()
    }

    /// Under the actor of its superior, signed with its own key.
    fn in_a_stolen_name(&mut self, world: &World) -> Option<Parcel> {
        let upper = &world.nodes[self.upper];
        let incarnation = Incarnation::from_bytes([7; 16]);
        let author = Author { node: upper.identity.node, incarnation, epoch: 0 };
        let pen = Pen { author, key: upper.key.public(), at: Timestamp::from_millis(world.now) };
        self.write(world, &meta("so"), pen)
    }

    /// Its own word, with a signature over another.
    fn with_a_broken_signature(&mut self, world: &World) -> Option<Parcel> {
        let mut parcel = self.write(world, &meta("kẻ gian"), self.pen(world))?;
        parcel.lines[0].runs[0].meta.person = "người khác".to_owned();
        Some(parcel)
    }

    fn in_a_false_role(&mut self, world: &World) -> Option<Parcel> {
        let meta = Meta { role: Role::Administrator, ..meta("kẻ gian") };
        self.write(world, &meta, self.pen(world))
    }

    /// A post that nobody decided on, by the word of the person alone.
    fn on_the_wrong_side(&mut self, world: &World) -> Option<Parcel> {
        let (pen, key) = (self.pen(world), &world.nodes[self.place].key);
        let edits = [set("main_post", &format!("kẻ gian {}", self.luck))];
        let meta = Meta { basis: grounds(true), ..meta("kẻ gian") };
        authoring::edit(&mut self.opened, &edits, &meta, pen, key).ok()
    }

    fn of_a_foreign_unit(&mut self, world: &World) -> Option<Parcel> {
        let mut id = [7; 16];
        id[..8].copy_from_slice(&self.luck.to_le_bytes());
        let own = &world.nodes[self.place].identity.unit;
        let foreign = ["so.a", "so.b"].into_iter().find(|unit| *unit != own.as_str())?;
        let edits = [set("full_name", "người không có thật")];
        let key = &world.nodes[self.place].key;
        let made = authoring::create(
            DossierId::from_bytes(id),
            foreign.parse().ok()?,
            "2c-bnv-2008",
            &edits,
            &meta("kẻ gian"),
            self.pen(world),
            key,
        );
        made.ok().map(|(_, parcel)| parcel)
    }

    /// More changes without what they build on than may lie outside one dossier.
    fn orphans(&mut self, world: &World) -> Vec<Vec<u8>> {
        let pen = self.pen(world);
        let made: Option<Vec<Parcel>> =
            (0..2).map(|_| self.write(world, &meta("kẻ gian"), pen)).collect();
        let Some(orphan) = made.and_then(|mut made| made.pop()) else { return Vec::new() };
        let most = LIMITS.quarantine_per_dossier_max + 40;
        let variant = |number: usize| {
            let mut orphan = orphan.clone();
            orphan.lines[0].signature = noise(number as u64);
            orphan.encode()
        };
        vec![items((0..most).map(variant))]
    }

    /// A value that stands beside the one it should have overwritten.
    fn overwriting_nothing(&mut self, world: &World) -> Option<Parcel> {
        let (pen, meta) = (self.pen(world), meta("kẻ gian"));
        let actor = pen.author.actor(&pen.key, &self.id);
        let loaded = Automerge::load(&self.opened.document.save()).ok()?;
        let mut document = loaded.with_actor(automerge::ActorId::from(&actor.as_bytes()[..]));
        let fields = document.get(automerge::ROOT, "f").ok()??.1;
        let mut transaction = document.transaction();
        transaction.put(&fields, "full_name", format!("kẻ gian {}", self.luck)).ok()?;
        transaction.commit();
        let mut expanded = document.get_last_local_change()?.decode();
        expanded.operations[0].pred = Vec::new().into();
        let change = Change::from(expanded);
        let hash = Hash::from_bytes(change.hash().0);
        let sequence = change.seq();
        let line = self.opened.holding.line(&actor);
        let previous = line.map_or(Hash::ZERO, |line| line.tip);
        let envelope = Envelope {
            dossier: self.id,
            record: self.opened.holding.record(0)?,
            author: pen.author,
            actor,
            change: hash,
            sequence,
            previous,
            meta: &meta,
        };
        let signature = world.sign_as(self.place, envelope.hash().as_bytes());
        let proof = LineProof {
            author: pen.author,
            first: sequence,
            previous: hint(&previous),
            runs: vec![Run { count: 1, meta: meta.clone() }],
            signature,
        };
        let mut change = change;
        let body = Body::Changes(vec![ByteBuf::from(change.bytes().to_vec())]);
        Some(Parcel { dossier: self.id, custody: Vec::new(), body, lines: vec![proof] })
    }

    /// The whole dossier, with other words in the past of a line.
    fn with_an_altered_middle(&mut self) -> Option<Parcel> {
        let mut parcel = self.opened.compact();
        let line = parcel.lines.iter_mut().max_by_key(|line| line.count())?;
        line.runs.first_mut()?.meta.person = "người khác".to_owned();
        Some(parcel)
    }

    fn bomb(&mut self) -> Option<Parcel> {
        let parcel = self.opened.compact();
        let bytes = hostile::million_operations();
        Some(Parcel { body: Body::Changes(vec![ByteBuf::from(bytes)]), ..parcel })
    }

    /// Genuine dossiers of units that do not stand under its superior.
    fn contraband(&self, world: &World) -> Vec<Vec<u8>> {
        let tree = &world.tree.tree;
        let scope = &world.nodes[self.upper].identity.unit;
        let top = &world.nodes[PROVINCE].store;
        let held = super::reading::holdings(top).unwrap_or_default();
        let foreign = held.into_iter().filter(|(_, held)| !tree.is_within(&held.unit, scope));
        let opened = foreign.filter_map(|(id, _)| holding::open(top, &id).ok()?);
        opened.map(|opened| items([opened.compact().encode()])).collect()
    }

    /// Tier 3's word that it holds what the superior wrote, which tier 3 never said.
    fn forged_receipt(&self, world: &World) -> Vec<Vec<u8>> {
        let node: NodeId = world.nodes[self.upper].identity.node;
        let lines = self.opened.holding.lines.iter();
        let tips: Vec<Hash> =
            lines.filter(|line| line.author.node == node).map(|line| line.tip).collect();
        let top = world.nodes[PROVINCE].core.identity().node;
        let incarnation = world.nodes[PROVINCE].core.incarnation();
        let at = Timestamp::from_millis(world.now);
        let said = Acknowledgement { by: top, incarnation, at, tips };
        let signed = SignedAcknowledgement::issue(said, &world.nodes[self.place].key);
        vec![Frame::Acknowledged(vec![signed]).encode()]
    }
}

fn noise(number: u64) -> Signature {
    let digest = *Hash::of(&number.to_le_bytes()).as_bytes();
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&digest);
    Signature::from_bytes(bytes)
}

fn items(parcels: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let items = parcels.into_iter().map(|parcel| Item::Parcel(ByteBuf::from(parcel)));
    Frame::Items { cursor: None, items: items.collect() }.encode()
}
