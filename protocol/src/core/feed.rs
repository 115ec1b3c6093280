//! Offering this node's feed: what the peer may see, in order, inside its window.
//!
//! Upward a node offers its whole store; downward the dossiers of the peer's subtree and the
//! acknowledgements that concern them; and of a body's dossiers into which the peer entered by
//! delegation what was done since, so that it hears of the review. What came from the peer is not sent
//! back.

use dossier::{DossierId, NodeId, UnitId};
use serde_bytes::ByteBuf;

use super::{
    ConnId, Core, Relation,
    session::{Owed, Stage},
    waiting::Aside,
};
use crate::{
    Fault, FeedPosition, Op, Records, Table, codec,
    holding::StoredParcel,
    limits::LIMITS,
    wire::{Frame, Item},
};

/// Transactions walked in one go.
const WALK_MAX: usize = 512;

/// Items on their way into frames.
#[derive(Default)]
struct Batch {
    items: Vec<Item>,
    bytes: usize,
}

impl Core {
    pub(super) fn pump_all(&mut self, records: &dyn Records) -> Result<(), Fault> {
        let conns: Vec<ConnId> = self.sessions.keys().copied().collect();
        for conn in conns {
            self.spread_control(conn, records)?;
            self.pump(conn, records)?;
        }
        Ok(())
    }

    /// Sends what the peer's window has room for: repair first, then the feed.
    pub(super) fn pump(&mut self, conn: ConnId, records: &dyn Records) -> Result<(), Fault> {
        loop {
            let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
            if session.challenged.is_some() || !session.has_window() {
                return Ok(());
            }
            let moved = if session.owed.is_empty() {
                session.stage == Stage::Live && self.offer_feed(conn, records)?
            } else {
                self.pay(conn, records)?
            };
            if !moved {
                break;
            }
        }
        self.after_drained(conn, records)
    }

    /// Sends what repair owes; `true` when something was sent or settled.
    fn pay(&mut self, conn: ConnId, records: &dyn Records) -> Result<bool, Fault> {
        let mut batch = Batch::default();
        while batch.bytes < LIMITS.batch_bytes {
            let Some(session) = self.sessions.get_mut(&conn) else { return Ok(false) };
            match session.owed.front() {
                Some(Owed::Dossier(..)) => {
                    let Some(Owed::Dossier(id, known)) = session.owed.pop_front() else { break };
                    for parcel in self.parts(&id, &known, records)? {
                        batch.bytes += parcel.len();
                        batch.items.push(Item::Parcel(ByteBuf::from(parcel)));
                    }
                }
                Some(Owed::Whole(id)) => {
                    let id = *id;
                    session.owed.pop_front();
                    if let Some(parcel) = self.whole(&id, records)? {
                        batch.bytes += parcel.len();
                        batch.items.push(Item::Parcel(ByteBuf::from(parcel)));
                    }
                }
                Some(Owed::Aside(_)) => {
                    let Some(Owed::Aside(key)) = session.owed.pop_front() else { break };
                    if let Some(row) = records.get(Table::Quarantine, &key)? {
                        let parcel = Aside::decode(&row)?.parcel;
                        batch.bytes += parcel.len();
                        batch.items.push(Item::Parcel(parcel));
                    }
                }
                Some(Owed::Done(_) | Owed::LastWant) if batch.items.is_empty() => {
                    let next = session.owed.pop_front();
                    match next {
                        Some(Owed::Done(position)) => self.finish_repair(conn, position),
                        _ => self.say(conn, &Frame::Want { wants: Vec::new(), last: true }),
                    }
                    return Ok(true);
                }
                Some(Owed::Done(_) | Owed::LastWant) | None => break,
            }
        }
        let owes = self.sessions.get(&conn).is_some_and(|session| !session.owed.is_empty());
        Ok(self.flush(conn, &mut batch, None) || owes)
    }

    /// Sends the next stretch of the feed; `true` while there may be more.
    fn offer_feed(&mut self, conn: ConnId, records: &dyn Records) -> Result<bool, Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(false) };
        let (sent, relation, peer) = (session.sent, session.relation, session.node);
        let scope = session.scope(&self.identity.unit).clone();
        let above = session.above(&self.identity.unit).clone();
        let transactions = records.feed_after(sent, LIMITS.batch_bytes, WALK_MAX)?;
        let Some(reached) = transactions.last().map(|last| last.position) else {
            return Ok(false);
        };
        let mut batch = Batch::default();
        for transaction in transactions {
            for op in transaction.published {
                let Some(item) = self.show(op, (relation, peer), (&scope, &above))? else {
                    continue;
                };
                batch.bytes += size(&item);
                batch.items.push(item);
                if batch.bytes >= LIMITS.batch_bytes || batch.items.len() >= LIMITS.items_max {
                    self.flush(conn, &mut batch, None);
                }
            }
        }
        self.flush(conn, &mut batch, Some(reached));
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.sent = reached.sequence;
        }
        Ok(true)
    }

    /// What a published write is to this peer; `None` when it is none of its concern.
    fn show(
        &self,
        op: Op,
        (relation, peer): (Relation, Option<NodeId>),
        (scope, above): (&UnitId, &UnitId),
    ) -> Result<Option<Item>, Fault> {
        let Some(value) = op.value else { return Ok(None) };
        let tree = &self.tree.tree;
        match op.table {
            Table::Parcel | Table::Copy => {
                let stored = StoredParcel::decode(&value)?;
                let echo = stored.from.is_some() && stored.from == peer;
                // What this node wrote while the unit stood under it, or for a body that delegated
                // entry to it, still has to go up.
                let late = relation == Relation::Upper
                    && stored.from.is_none()
                    && self.wrote_lawfully_for(&stored.unit, scope, above);
                let visible = late
                    || tree.is_within(&stored.unit, scope)
                    || (relation == Relation::Lower
                        && self.board.grants().delegated(&stored.unit, scope)
                        && self.wrote(&op.key, peer));
                Ok((!echo && visible).then_some(Item::Parcel(stored.parcel)))
            }
            Table::Proof if relation == Relation::Lower => {
                let (units, proof): (Vec<UnitId>, _) =
                    codec::decode(&value).map_err(|error| Fault(format!("proof row: {error}")))?;
                let concerned = units.iter().any(|unit| tree.is_within(unit, scope));
                Ok(concerned.then_some(Item::Proof(proof)))
            }
            _ => Ok(None),
        }
    }

    /// Whether a node wrote into the dossier of a stored parcel (Điều 15.1).
    fn wrote(&self, key: &[u8], node: Option<NodeId>) -> bool {
        let id = key.get(..16).and_then(DossierId::from_slice);
        id.zip(node).is_some_and(|(id, node)| self.ledger.wrote(&id, &node))
    }

    /// Sends a batch; an empty one is kept back, so that private writes cause no traffic.
    fn flush(&mut self, conn: ConnId, batch: &mut Batch, cursor: Option<FeedPosition>) -> bool {
        if batch.items.is_empty() {
            return false;
        }
        let items = std::mem::take(&mut batch.items);
        batch.bytes = 0;
        let frame = Frame::Items { cursor, items }.encode();
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.note_sent(frame.len());
        }
        self.effects.push(super::Effect::Send { conn, frame });
        true
    }
}

fn size(item: &Item) -> usize {
    match item {
        Item::Parcel(bytes) => bytes.len(),
        Item::Proof(proof) => 160 + proof.said.tips.len() * 32,
    }
}
