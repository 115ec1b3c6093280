//! A caller who says to a node whatever it likes, frame by frame.

use std::time::Duration;

use dossier::Hash;
use protocol::wire::{Cursor, Frame, Hello, Item, PROTOCOL_VERSION, RefusalCode, Taken};
use protocol::{ConnId, Effect, Event, Moment, Op, Table};
use serde_bytes::ByteBuf;

use simulation::cores::World;

/// No single bad input may take longer, in an unoptimised build on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// What a node did in answer.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) closed: Option<RefusalCode>,
    pub(crate) taken: Option<Taken>,
    pub(crate) written: Vec<Op>,
    pub(crate) said: Vec<Frame>,
}

impl Reply {
    /// Panics unless the node hung up for `code` and wrote nothing but incidents.
    pub(crate) fn assert_refused(&self, code: RefusalCode, what: &str) {
        assert_eq!(self.closed, Some(code), "{what}");
        self.assert_only(&[Table::Incident], what);
    }

    pub(crate) fn assert_only(&self, tables: &[Table], what: &str) {
        for op in &self.written {
            assert!(tables.contains(&op.table), "{what} was written to {:?}", op.table);
        }
    }

    /// The codes of the refused parcels.
    pub(crate) fn refused(&self) -> Vec<u16> {
        let taken = self.taken.as_ref().expect("the items were answered");
        taken.refused.iter().map(|(_, code)| *code).collect()
    }
}

/// One connection to the node at `place`.
pub(crate) struct Door {
    place: usize,
    conn: ConnId,
}

impl Door {
    /// Connects with the TLS key and the certificate of these units.
    pub(crate) fn open(world: &mut World, place: usize, tls: &str, certified: &str) -> Self {
        let conn = ConnId(1_000_000 + world.draw() % 1_000_000);
        let (tls_key, unit) = (Hash::of(tls.as_bytes()), certified.parse().expect("unit"));
        let door = Self { place, conn };
        door.handle(world, Event::Opened { conn, tls_key, unit, dialled: false });
        door
    }

    /// Connects as the node at `caller` and says its HELLO.
    pub(crate) fn seated(world: &mut World, place: usize, caller: usize) -> Self {
        let unit = world.nodes[caller].identity.unit.to_string();
        let door = Self::open(world, place, &unit, &unit);
        let hello = hello(world, place, caller);
        let reply = door.say(world, &Frame::Hello(hello));
        assert_eq!(reply.closed, None, "a genuine HELLO is heard");
        door
    }

    pub(crate) fn say(&self, world: &mut World, frame: &Frame) -> Reply {
        self.say_bytes(world, frame.encode())
    }

    pub(crate) fn say_bytes(&self, world: &mut World, bytes: Vec<u8>) -> Reply {
        self.handle(world, Event::Frame { conn: self.conn, bytes })
    }

    pub(crate) fn offer(&self, world: &mut World, parcel: &[u8]) -> Reply {
        let items = vec![Item::Parcel(ByteBuf::from(parcel.to_vec()))];
        self.say(world, &Frame::Items { cursor: None, items })
    }

    pub(crate) fn close(self, world: &mut World) {
        self.handle(world, Event::Closed { conn: self.conn, refused: None });
    }

    fn handle(&self, world: &mut World, event: Event) -> Reply {
        let now = dossier::Timestamp::from_millis(world.now);
        let moment = Moment { now, seed: *Hash::of(&world.draw().to_le_bytes()).as_bytes() };
        let node = &mut world.nodes[self.place];
        let effects = node.core.handle(moment, event, &node.store, &node.key).expect("no fault");
        let mut reply = Reply::default();
        for effect in effects {
            match effect {
                Effect::Commit(ops) => {
                    reply.written.extend(ops.iter().cloned());
                    node.store.append(ops);
                }
                Effect::Close { conn, code } if conn == self.conn => reply.closed = Some(code),
                Effect::Send { conn, frame } if conn == self.conn => {
                    let Ok(frame) = Frame::decode(&frame) else { continue };
                    if let Frame::Taken(taken) = &frame {
                        reply.taken = Some(taken.clone());
                    }
                    reply.said.push(frame);
                }
                _ => {}
            }
        }
        reply
    }
}

/// The HELLO that the node at `caller` would say to the one at `place`.
pub(crate) fn hello(world: &World, place: usize, caller: usize) -> Hello {
    let (here, there) = (&world.nodes[place].core, &world.nodes[caller].core);
    Hello {
        version: PROTOCOL_VERSION,
        node: there.identity().node,
        unit: there.identity().unit.clone(),
        incarnation: there.incarnation(),
        boot: 7,
        members: here.members().number(),
        tree: here.tree().version,
        cursor: None::<Cursor>,
        at: dossier::Timestamp::from_millis(world.now),
    }
}
