//! Who is at the other end: HELLO, the second lock, lives and clones.
//!
//! A node whose store went back in time learns it from its neighbour: the neighbour's cursor names
//! a place this feed does not have, or has with another digest. It then begins a new life before
//! it writes anything, and repairs. Two live sessions of one node are a cloned disk: the older one
//! is challenged, and if it lives the newer is refused and people are told.

use dossier::{Hash, Incarnation, NodeId, Timestamp, UnitId, unit::Tier};
use serde::{Deserialize, Serialize};

use super::{
    ConnId, Core, Effect, IncidentKind, RefusalShown, Session,
    session::{Relation, Repair, Stage},
};
use crate::{
    Crypto, Fault, FeedPosition, Op, Records, Table, codec,
    limits::LIMITS,
    plant::{self, Plant},
    wire::{Cursor, Frame, Hello, PROTOCOL_VERSION, Refusal, RefusalCode},
};

/// What is remembered of a neighbour across connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Neighbour {
    pub(super) incarnation: Incarnation,
    /// How far its feed was read; `None` before the first repair.
    pub(super) position: Option<FeedPosition>,
    /// Lives it has left behind.
    pub(super) retired: Vec<Incarnation>,
}

/// What a peer is told that must wait.
const DISK_FULL: &str = "the disk is full";

impl Core {
    pub(super) fn say(&mut self, conn: ConnId, frame: &Frame) {
        self.effects.push(Effect::Send { conn, frame: frame.encode() });
    }

    /// Tells the peer why and hangs up.
    pub(super) fn refuse(&mut self, conn: ConnId, code: RefusalCode, message: &str) {
        let refusal = Refusal { code: code as u16, message: message.to_owned() };
        self.say(conn, &Frame::Refuse(refusal));
        self.effects.push(Effect::Close { conn, code });
        self.forget(conn);
    }

    /// A connection ended. A neighbour that knows a later life than this one shows that the store
    /// went back behind it.
    pub(super) fn part(&mut self, conn: ConnId, refused: Option<u16>) {
        let stale = refused == Some(RefusalCode::StaleIncarnation as u16);
        let peer = self.sessions.get(&conn).map(|session| session.certified.clone());
        let relation = peer.as_ref().and_then(|unit| self.relation_to(unit));
        if let (Some(unit), Some(code)) = (peer, refused) {
            self.note_refusal(unit, code);
        }
        self.forget(conn);
        if stale && relation.is_some_and(|relation| self.may_renew_on_word_of(relation)) {
            self.begin_new_life();
        }
    }

    /// Whether a neighbour's word that this node lives in its own past is to be heeded. Whoever is
    /// below is believed once in a while: a rogue must not keep its superior beginning anew.
    fn may_renew_on_word_of(&self, relation: Relation) -> bool {
        let lately = |at: Timestamp| {
            let past = self.moment.now.as_millis().saturating_sub(at.as_millis());
            (0..LIMITS.renewal_interval_ms).contains(&past)
        };
        relation == Relation::Upper || !self.lives.renewed.is_some_and(lately)
    }

    /// Remembers that a superior did not let this node in, for status.
    pub(super) fn note_refusal(&mut self, unit: UnitId, code: u16) {
        if self.relation_to(&unit) == Some(Relation::Upper) {
            self.refused = Some(RefusalShown { unit, code, at: self.moment.now });
        }
    }

    /// A full disk takes nothing in. The peers keep what is theirs and call again; nothing is
    /// half-taken, since every receipt follows its commit.
    pub(super) fn heed_disk(&mut self, full: bool) {
        self.full = full;
        if full {
            let all: Vec<ConnId> = self.sessions.keys().copied().collect();
            for conn in all {
                self.refuse(conn, RefusalCode::Full, DISK_FULL);
            }
        }
    }

    pub(super) fn forget(&mut self, conn: ConnId) {
        let Some(session) = self.sessions.remove(&conn) else { return };
        self.fail_checks(&session.checks);
        let waiting = self.challengers_of(conn);
        for newer in waiting {
            self.challenge_next(newer);
        }
    }

    /// The sessions that wait for `incumbent` to answer a challenge, oldest first.
    fn challengers_of(&self, incumbent: ConnId) -> Vec<ConnId> {
        let waits = |session: &&Session| {
            session.challenged.is_some_and(|(_, challenged)| challenged == incumbent)
        };
        self.sessions.values().filter(waits).map(|session| session.conn).collect()
    }

    /// The session a newcomer waited for is gone: the next older one of the same node is
    /// challenged, or the newcomer may begin.
    fn challenge_next(&mut self, newer: ConnId) {
        let Some(session) = self.sessions.get(&newer) else { return };
        let (node, boot) = (session.node, session.boot);
        let older = self
            .sessions
            .values()
            .find(|other| other.conn < newer && other.node == node && other.boot != boot);
        let challenged = older.map(|older| (self.moment.now, older.conn));
        if let Some((_, older)) = challenged {
            self.say(older, &Frame::Challenge);
        }
        if let Some(session) = self.sessions.get_mut(&newer) {
            session.challenged = challenged;
        }
    }

    pub(super) fn greet(
        &mut self,
        conn: ConnId,
        tls_key: Hash,
        unit: UnitId,
        dialled: bool,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        if self.full {
            let (code, message) = (RefusalCode::Full, DISK_FULL.to_owned());
            self.say(conn, &Frame::Refuse(Refusal { code: code as u16, message }));
            self.effects.push(Effect::Close { conn, code });
            return Ok(());
        }
        let cursor = self.cursor_for(&tls_key, records)?;
        let hello = Hello {
            version: PROTOCOL_VERSION,
            node: self.identity.node,
            unit: self.identity.unit.clone(),
            incarnation: self.incarnation,
            boot: self.boot,
            members: self.members.number(),
            tree: self.former.complete(),
            cursor,
            at: self.moment.now,
        };
        self.say(conn, &Frame::Hello(hello));
        let session = Session::new(conn, tls_key, unit, dialled, self.moment.now);
        self.sessions.insert(conn, session);
        Ok(())
    }

    fn cursor_for(&self, tls_key: &Hash, records: &dyn Records) -> Result<Option<Cursor>, Fault> {
        let Some(member) = self.members.by_tls_key(tls_key) else { return Ok(None) };
        Ok(read_neighbour(records, &member.node)?.and_then(|known| {
            let position = known.position?;
            Some(Cursor { incarnation: known.incarnation, position })
        }))
    }

    /// How the node of `unit` stands to this one: above, below or not a neighbour.
    pub(super) fn relation_to(&self, unit: &UnitId) -> Option<Relation> {
        let tree = &self.tree.tree;
        let own = &self.identity.unit;
        let other = tree.get(unit)?;
        if other.tier > self.tier && (other.tier == Tier::Three || tree.is_within(own, unit)) {
            Some(Relation::Upper)
        } else if other.tier < self.tier && (self.tier == Tier::Three || tree.is_within(unit, own))
        {
            Some(Relation::Lower)
        } else {
            None
        }
    }

    pub(super) fn meet(
        &mut self,
        conn: ConnId,
        hello: &Hello,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        if let Err((code, message)) = self.judge_hello(conn, hello) {
            return self.park_or_refuse(conn, hello, code, message, records);
        }
        if self.has_rolled_back(hello, records)? {
            let relation = self.relation_to(&hello.unit);
            if relation.is_some_and(|relation| self.may_renew_on_word_of(relation)) {
                self.begin_new_life();
            } else {
                self.refuse(conn, RefusalCode::Renewing, "a new life began a moment ago");
            }
            return Ok(());
        }
        let mut neighbour = read_neighbour(records, &hello.node)?.unwrap_or(Neighbour {
            incarnation: hello.incarnation,
            position: None,
            retired: Vec::new(),
        });
        if neighbour.retired.contains(&hello.incarnation) && !plant::is(Plant::AcceptOldLife) {
            let op = self.incident(IncidentKind::StaleIncarnation, Some(hello.node));
            self.commit(op.into_iter().collect());
            self.refuse(conn, RefusalCode::StaleIncarnation, "this life was replaced");
            return Ok(());
        }
        if neighbour.incarnation != hello.incarnation {
            self.settle_dispute(&hello.node, &neighbour.incarnation);
            neighbour.retired.push(neighbour.incarnation);
            neighbour.incarnation = hello.incarnation;
            neighbour.position = None;
            let op = self.incident(IncidentKind::NeighbourRenewed, Some(hello.node));
            self.commit(op.into_iter().collect());
        }
        self.commit(vec![neighbour_op(&hello.node, &neighbour)]);
        self.seat(conn, hello);
        if self.challenge_incumbent(conn, hello) {
            return Ok(());
        }
        self.begin_session(conn, hello, records)
    }

    /// A stranger may only be one because either side's control records are old: the newer side
    /// sends them, the older waits for them, until the HELLO deadline.
    fn park_or_refuse(
        &mut self,
        conn: ConnId,
        hello: &Hello,
        code: RefusalCode,
        message: &'static str,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let announced = match code {
            RefusalCode::Unlisted => hello.members > self.members.number(),
            RefusalCode::NotNeighbour => hello.tree > self.tree.version,
            _ => false,
        };
        if announced && let Some(session) = self.sessions.get_mut(&conn) {
            session.parked = Some(hello.clone());
        } else if code == RefusalCode::NotNeighbour && hello.tree < self.tree.version {
            // It has to learn which superior it has and where that is reached.
            self.say_control(conn, hello, records)?;
            if let Some(session) = self.sessions.get_mut(&conn) {
                session.guided = true;
            }
        } else {
            self.refuse(conn, code, message);
        }
        Ok(())
    }

    /// Judges a parked HELLO again, after control records have come.
    pub(super) fn unpark(&mut self, conn: ConnId, records: &dyn Records) -> Result<(), Fault> {
        let parked = self.sessions.get_mut(&conn).and_then(|session| session.parked.take());
        match parked {
            Some(hello) => self.meet(conn, &hello, records),
            None => Ok(()),
        }
    }

    fn judge_hello(&self, conn: ConnId, hello: &Hello) -> Result<(), (RefusalCode, &'static str)> {
        let session = self.sessions.get(&conn).ok_or((RefusalCode::Protocol, "no session"))?;
        if hello.version != PROTOCOL_VERSION {
            return Err((RefusalCode::Version, "another version of the protocol"));
        }
        let member = self
            .members
            .get(&hello.node)
            .ok_or((RefusalCode::Unlisted, "not on the member list"))?;
        if !member.is_active() && !plant::is(Plant::AcceptShutOut) {
            return Err((RefusalCode::Revoked, "the member was shut out"));
        }
        if !member.tls_keys.contains(&session.tls_key) && !plant::is(Plant::SkipMemberKey) {
            return Err((RefusalCode::Unlisted, "the TLS key is not the member's"));
        }
        if member.unit != hello.unit || session.certified != hello.unit {
            return Err((RefusalCode::Identity, "HELLO contradicts the certificate"));
        }
        if self.relation_to(&hello.unit).is_none() {
            return Err((RefusalCode::NotNeighbour, "neither above nor below"));
        }
        Ok(())
    }

    fn seat(&mut self, conn: ConnId, hello: &Hello) {
        let relation = self.relation_to(&hello.unit);
        let now = self.moment.now;
        if relation == Some(Relation::Upper) {
            self.refused = None;
        }
        if let (Some(session), Some(relation)) = (self.sessions.get_mut(&conn), relation) {
            session.node = Some(hello.node);
            session.unit = hello.unit.clone();
            session.incarnation = Some(hello.incarnation);
            session.boot = hello.boot;
            session.clock_ahead_ms = hello.at.as_millis().saturating_sub(now.as_millis());
            session.relation = relation;
            session.members_sent = hello.members;
            session.trees.known = hello.tree;
            session.last_heard = now;
        }
    }

    /// Challenges an older session of the same node; `true` when the newcomer must wait.
    fn challenge_incumbent(&mut self, conn: ConnId, hello: &Hello) -> bool {
        let incumbent = self
            .sessions
            .values()
            .find(|other| other.conn != conn && other.node == Some(hello.node));
        let Some((older, boot)) = incumbent.map(|other| (other.conn, other.boot)) else {
            return false;
        };
        if boot == hello.boot {
            self.refuse(older, RefusalCode::Replaced, "a newer connection took over");
            return false;
        }
        self.say(older, &Frame::Challenge);
        let now = self.moment.now;
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.challenged = Some((now, older));
            session.greeting = Some(hello.clone());
        }
        true
    }

    /// Whether a newcomer still has to wait for its beginning.
    pub(super) fn waits(&self, conn: ConnId) -> bool {
        self.sessions.get(&conn).is_some_and(|session| session.greeting.is_some())
    }

    /// Keeps what a newcomer says until it is known not to be a clone.
    pub(super) fn withhold(&mut self, conn: ConnId, frame: Frame, bytes: usize) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.withheld_bytes += bytes;
        if session.withheld_bytes > 2 * LIMITS.window_bytes {
            self.refuse(conn, RefusalCode::Protocol, "more than the window before a receipt");
        } else {
            session.withheld.push(frame);
        }
    }

    /// The older session lives: the newcomer is a clone.
    pub(super) fn expose_clone(&mut self, incumbent: ConnId) {
        for conn in self.challengers_of(incumbent) {
            let node = self.sessions.get(&conn).and_then(|session| session.node);
            let op = self.incident(IncidentKind::Cloned, node);
            self.commit(op.into_iter().collect());
            self.refuse(conn, RefusalCode::Clone, "the same node is connected already");
        }
    }

    fn begin_session(
        &mut self,
        conn: ConnId,
        hello: &Hello,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        self.part_from_those_further_up(conn);
        self.spread_control(conn, records)?;
        let fits = hello.cursor.is_some_and(|cursor| cursor.incarnation == self.incarnation);
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        let relation = session.relation;
        if let Some(cursor) = hello.cursor.filter(|_| fits) {
            session.sent = cursor.position.sequence;
            session.stage = Stage::Live;
        } else {
            session.stage = Stage::Repairing;
        }
        match relation {
            // The lower side alone begins repair: one owner detects and mends.
            Relation::Upper if !fits => self.begin_repair(conn, records)?,
            Relation::Lower if !fits => {
                if let Some(session) = self.sessions.get_mut(&conn) {
                    session.repair.get_or_insert_with(Repair::default);
                }
                self.say(conn, &Frame::RepairNeeded);
            }
            Relation::Upper | Relation::Lower => {}
        }
        self.offer_checkpoints(conn, records)?;
        self.owe_all_late(conn, records)?;
        self.custodies.hurry();
        self.pump(conn, records)
    }

    /// Deadlines: HELLO, challenges, the daily comparison.
    pub(super) fn tick(&mut self, records: &dyn Records) -> Result<(), Fault> {
        let now = self.moment.now;
        let passed = |since: Timestamp, limit: i64| now.as_millis() - since.as_millis() > limit;
        let silent: Vec<ConnId> = self
            .sessions
            .values()
            .filter(|session| session.node.is_none())
            .filter(|session| passed(session.since, session.hello_wait_ms()))
            .map(|session| session.conn)
            .collect();
        for conn in silent {
            self.refuse(conn, RefusalCode::Timeout, "no HELLO in time");
        }
        let dead: Vec<ConnId> = self
            .sessions
            .values()
            .filter_map(|session| session.challenged)
            .filter(|(since, _)| passed(*since, LIMITS.challenge_timeout_ms))
            .map(|(_, older)| older)
            .collect();
        for older in dead {
            self.refuse(older, RefusalCode::Replaced, "did not answer the challenge");
        }
        let conns: Vec<ConnId> = self.sessions.keys().copied().collect();
        for conn in conns {
            self.after_drained(conn, records)?;
        }
        Ok(())
    }

    /// A newcomer that waited for a challenge may begin once the older session is gone.
    pub(super) fn resume_waiting(
        &mut self,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let ready: Vec<(ConnId, Option<NodeId>)> = self
            .sessions
            .values()
            .filter(|session| session.node.is_some() && session.challenged.is_none())
            .filter(|session| session.stage == Stage::Greeting)
            .map(|session| (session.conn, session.node))
            .collect();
        for (conn, _) in ready {
            let hello = self.sessions.get_mut(&conn).and_then(|session| session.greeting.take());
            if let Some(hello) = hello {
                self.begin_session(conn, &hello, records)?;
            }
            let withheld = self.sessions.get_mut(&conn).map(|session| {
                session.withheld_bytes = 0;
                std::mem::take(&mut session.withheld)
            });
            for frame in withheld.into_iter().flatten() {
                if self.sessions.contains_key(&conn) {
                    self.converse(conn, frame, records, crypto)?;
                }
            }
        }
        Ok(())
    }
}

pub(super) fn read_neighbour(
    records: &dyn Records,
    node: &NodeId,
) -> Result<Option<Neighbour>, Fault> {
    let row = records.get(Table::Cursor, node.as_bytes())?;
    row.map(|bytes| codec::decode(&bytes).map_err(|error| Fault(format!("cursor row: {error}"))))
        .transpose()
}

pub(super) fn neighbour_op(node: &NodeId, neighbour: &Neighbour) -> Op {
    Op::put(Table::Cursor, node.as_bytes().to_vec(), codec::encode(neighbour))
}
