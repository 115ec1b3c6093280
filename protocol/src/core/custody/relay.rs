//! What nodes say of custody goes along the tree, from neighbour to neighbour.
//!
//! Whoever passes a message on keeps nothing: what was not answered is said again by the node whose
//! it is. Each message proves itself, so a relay is not believed and need not be.

use dossier::{DossierId, NodeId, UnitId};
use serde_bytes::ByteBuf;

use super::{Core, Event};
use crate::{
    ConnId, Crypto, Fault, Records,
    core::{Relation, Session},
    custody::Message,
    wire::{Frame, Want},
};

impl Core {
    /// Whether somebody above is connected.
    pub(super) fn sees_upstream(&self) -> bool {
        self.sessions.values().any(|it| it.is_live() && it.relation == Relation::Upper)
    }

    /// Takes what a neighbour brought, for this node or for another one.
    pub(in crate::core) fn hear_custody(
        &mut self,
        conn: ConnId,
        to: NodeId,
        bytes: ByteBuf,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        if to != self.identity.node {
            self.send_custody(Some(conn), to, bytes.into_vec());
            return Ok(());
        }
        match Message::decode(&bytes) {
            Ok(message) => self.happen(Event::Message(Box::new(message)), records, crypto),
            Err(_) => {
                self.strike(conn, 1);
                Ok(())
            }
        }
    }

    /// Says something to a node, over whichever neighbour is nearer to it; `from` is who brought it.
    pub(super) fn send_custody(&mut self, from: Option<ConnId>, to: NodeId, message: Vec<u8>) {
        let Some(unit) = self.members.get(&to).map(|member| member.unit.clone()) else { return };
        if let Some(conn) = self.way_to(&to, &unit).filter(|conn| Some(*conn) != from) {
            self.say(conn, &Frame::Custody { to, message: message.into() });
        }
    }

    fn way_to(&self, node: &NodeId, unit: &UnitId) -> Option<ConnId> {
        let spoken = |it: &&Session| it.node.is_some() && it.greeting.is_none();
        let spoken = || self.sessions.values().filter(spoken);
        let itself = spoken().find(|it| it.node == Some(*node));
        let tree = &self.tree.tree;
        let below = || {
            let lower = spoken().filter(|it| it.relation == Relation::Lower);
            let mut over = lower.filter(|it| tree.is_within(unit, &it.unit));
            over.next()
        };
        let above = || {
            let outside = !tree.is_within(unit, &self.identity.unit);
            spoken().find(|it| outside && it.relation == Relation::Upper)
        };
        itself.or_else(below).or_else(above).map(|it| it.conn)
    }

    /// Asks for a dossier: the node that is named, or whoever is above where that is no neighbour.
    pub(super) fn ask_of(
        &mut self,
        dossier: DossierId,
        with: NodeId,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let live = || self.sessions.values().filter(|it| it.is_live());
        let itself = live().find(|it| it.node == Some(with));
        let asked = itself.or_else(|| live().find(|it| it.relation == Relation::Upper));
        let Some(conn) = asked.map(|it| it.conn) else { return Ok(()) };
        let lines = super::super::repair::line_ends(records, &dossier)?;
        let wants = vec![Want { dossier, lines, mutual: false, whole: false }];
        self.say(conn, &Frame::Want { wants, last: false });
        Ok(())
    }
}
