//! A caller at a node's door who says whatever it likes, frame by frame.

use dossier::{Hash, UnitId};
use protocol::{
    ConnId, Event,
    wire::{Frame, Hello, PROTOCOL_VERSION},
};

use super::world::World;

/// Who calls: what its certificate says, and what it says itself.
pub(super) struct Caller {
    pub(super) tls_key: Hash,
    pub(super) unit: UnitId,
    pub(super) hello: Hello,
}

impl World {
    /// A caller that is what the machine at `place` is, at the door of `upper`.
    pub(super) fn caller(&mut self, place: usize, upper: usize) -> Caller {
        let boot = self.draw();
        let (node, here) = (&self.nodes[place], &self.nodes[upper].core);
        let hello = Hello {
            version: PROTOCOL_VERSION,
            node: node.identity.node,
            unit: node.identity.unit.clone(),
            incarnation: node.core.incarnation(),
            boot,
            members: here.members().number(),
            tree: here.tree().version,
            cursor: None,
            at: dossier::Timestamp::from_millis(self.now),
        };
        Caller { tls_key: node.tls_key, unit: node.identity.unit.clone(), hello }
    }

    /// Lets a caller say HELLO and then `frames`; answers whether it was still listened to at the
    /// end.
    pub(super) fn call(&mut self, upper: usize, caller: Caller, frames: Vec<Vec<u8>>) -> bool {
        self.conns += 1;
        let conn = ConnId(self.conns);
        let Caller { tls_key, unit, hello } = caller;
        self.handle(upper, Event::Opened { conn, tls_key, unit, dialled: false });
        let said = [Frame::Hello(hello).encode()].into_iter().chain(frames);
        for bytes in said {
            if !self.ended.contains(&conn) {
                self.handle(upper, Event::Frame { conn, bytes });
            }
        }
        let heard = !self.ended.contains(&conn);
        if heard {
            self.handle(upper, Event::Closed { conn, refused: None });
        }
        heard
    }
}
