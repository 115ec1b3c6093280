//! What peers send: frames routed, parcels judged, data and cursor committed together, then
//! answered.

use std::collections::BTreeSet;

use dossier::{
    DossierId, Hash, UnitId,
    plant::{self, Plant},
};

use super::{
    ConnId, Core, Effect, IncidentKind, Relation, cache::Found, forks::Theirs, neighbours, queries,
    session::Owed, waiting::Aside,
};
use crate::{
    Crypto, Fault, FeedPosition, Op, Records, Table,
    acknowledgement::SignedAcknowledgement,
    admission::{self, HoldReason, Kept, Outside, QuarantineReason, RejectReason, Verdict},
    limits::LIMITS,
    parcel::{LineProof, Parcel},
    wire::{Frame, Item, RefusalCode, Taken, Want},
};

/// What one frame of items comes to.
#[derive(Default)]
pub(super) struct Harvest {
    pub(super) ops: Vec<Op>,
    tips: Vec<Hash>,
    /// Dossiers that moved on: others may wait for them.
    pub(super) moved: BTreeSet<DossierId>,
    pub(super) refused: Vec<(Hash, u16)>,
    pub(super) wants: Vec<Want>,
    pub(super) strikes: u32,
}

/// Codes by which a peer learns why a parcel stayed outside; 100 and above are rejections.
pub(super) const HELD: u16 = 1;
pub(super) const QUARANTINED: u16 = 2;
const FORKED: u16 = 3;
/// It was not even set aside: too much lies outside the dossier.
const NO_ROOM: u16 = 4;

impl Core {
    pub(super) fn hear(
        &mut self,
        conn: ConnId,
        bytes: &[u8],
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        if !self.sessions.contains_key(&conn) {
            return Ok(());
        }
        let Ok(frame) = Frame::decode(bytes) else {
            self.refuse(conn, RefusalCode::Protocol, "malformed frame");
            return Ok(());
        };
        let now = self.moment.now;
        let known = self.sessions.get_mut(&conn).map(|session| {
            session.last_heard = now;
            session.node.is_some()
        });
        let guided = self.sessions.get(&conn).is_some_and(|session| session.guided);
        match (known, frame) {
            (Some(false), Frame::Hello(hello)) => self.meet(conn, &hello, records)?,
            (_, Frame::Refuse(refusal)) => {
                self.effects.push(Effect::Close { conn, code: RefusalCode::Protocol });
                self.part(conn, Some(refusal.code));
            }
            (Some(false), Frame::Members(entries)) => {
                self.take_members(&entries, records, crypto)?;
                self.unpark(conn, records)?;
            }
            (Some(false), Frame::Tree(tree)) => {
                self.take_tree(tree, records, crypto)?;
                self.unpark(conn, records)?;
            }
            // Hanging up would cut off what it is being told.
            _ if guided => {}
            (Some(true), frame) if self.waits(conn) => {
                self.withhold(conn, frame, bytes.len());
            }
            (Some(true), frame) => self.converse(conn, frame, records, crypto)?,
            _ => self.refuse(conn, RefusalCode::Protocol, "frame before HELLO"),
        }
        self.resume_waiting(records, crypto)
    }

    pub(super) fn converse(
        &mut self,
        conn: ConnId,
        frame: Frame,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        match frame {
            Frame::Members(entries) => {
                if !self.take_members(&entries, records, crypto)? {
                    self.refuse(conn, RefusalCode::Protocol, "member list does not hold");
                }
                Ok(())
            }
            Frame::Tree(tree) => {
                if !self.take_tree(tree, records, crypto)? {
                    self.refuse(conn, RefusalCode::Protocol, "org tree does not hold");
                }
                Ok(())
            }
            Frame::Accounts { known, entries } => {
                self.hear_accounts(conn, known, &entries, records, crypto)
            }
            Frame::Notices(posting) => self.hear_notices(conn, posting, records, crypto),
            Frame::Items { cursor, items } => self.take_items(conn, cursor, items, records, crypto),
            Frame::Taken(taken) => self.take_receipt(conn, &taken, records, crypto),
            Frame::RepairNeeded => self.begin_repair(conn, records),
            Frame::Reconcile(message) => self.reconcile(conn, &message, records),
            Frame::Want { wants, last } => self.give(conn, wants, last, records),
            Frame::Repaired(position) => self.take_repaired(conn, position, records),
            Frame::Custody { to, message } => self.hear_custody(conn, to, message, records, crypto),
            Frame::Inquire { here, above } => {
                self.answer_inquiry(conn, &here, &above, records, crypto)
            }
            Frame::Acknowledged(all) => self.take_all(&all, records, crypto),
            Frame::Check(theirs) => {
                if let Some(ours) = self.scope_state(conn, records) {
                    self.say(conn, &Frame::Checked(ours));
                    let equal = ours.fingerprint == theirs.fingerprint;
                    let now = self.moment.now;
                    if let Some(session) = self.sessions.get_mut(&conn) {
                        session.agreed = Some((now, equal));
                    }
                }
                Ok(())
            }
            Frame::Checked(theirs) => self.compare(conn, theirs, records),
            Frame::Challenge => {
                self.say(conn, &Frame::Alive);
                Ok(())
            }
            Frame::Alive => {
                self.expose_clone(conn);
                Ok(())
            }
            Frame::RenewRequest(asked) => {
                self.take_renewal_request(conn, asked, crypto);
                Ok(())
            }
            Frame::Checkpoints(offers) => self.take_checkpoints(conn, offers, records, crypto),
            Frame::Cosigned(words) => self.take_cosigned(conn, words, records, crypto),
            Frame::Prove { log, from } => self.prove(conn, log, from, records),
            Frame::RenewAnswer(answer) => {
                self.take_renewal_answer(conn, answer);
                Ok(())
            }
            Frame::Hello(_) | Frame::Refuse(_) => {
                self.refuse(conn, RefusalCode::Protocol, "frame out of place");
                Ok(())
            }
        }
    }

    fn take_items(
        &mut self,
        conn: ConnId,
        cursor: Option<FeedPosition>,
        items: Vec<Item>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        let (node, relation) = (session.node, session.relation);
        let mut harvest = Harvest::default();
        for item in items {
            match item {
                Item::Parcel(bytes) => {
                    self.take_parcel(conn, &bytes, records, crypto, &mut harvest)?;
                }
                Item::Proof(signed) => {
                    let sound =
                        self.take_acknowledgement(&signed, records, crypto, &mut harvest.ops)?;
                    harvest.strikes += u32::from(!sound);
                }
            }
        }
        if let (Some(position), Some(node)) = (cursor, node)
            && let Some(mut neighbour) = neighbours::read_neighbour(records, &node)?
        {
            neighbour.position = Some(position);
            harvest.ops.push(neighbours::neighbour_op(&node, &neighbour));
            if plant::is(Plant::CursorBeforeData) {
                let cursor = harvest.ops.pop();
                self.commit(cursor.into_iter().collect());
            }
        }
        let mut late = self.retry_held(&harvest.moved, records, crypto, &mut harvest.ops)?;
        harvest.tips.extend(node.and_then(|node| late.remove(&node)).into_iter().flatten());
        if plant::is(Plant::AcknowledgeUnkept) {
            harvest.ops.clear();
        }
        let strikes = harvest.strikes;
        self.commit(std::mem::take(&mut harvest.ops));
        let acknowledgement = match relation {
            Relation::Lower => self.acknowledge(harvest.tips, crypto),
            Relation::Upper => None,
        };
        self.say(conn, &Frame::Taken(Taken { acknowledgement, refused: harvest.refused }));
        self.acknowledge_late(late, crypto);
        if !harvest.wants.is_empty() {
            self.say(conn, &Frame::Want { wants: harvest.wants, last: false });
        }
        self.strike(conn, strikes);
        Ok(())
    }

    fn take_parcel(
        &mut self,
        conn: ConnId,
        bytes: &[u8],
        records: &dyn Records,
        crypto: &dyn Crypto,
        harvest: &mut Harvest,
    ) -> Result<(), Fault> {
        let digest = Parcel::digest(bytes);
        let Ok(parcel) = Parcel::decode(bytes) else {
            harvest.refused.push((digest, RejectReason::Malformed as u16));
            harvest.strikes += 1;
            return Ok(());
        };
        let id = parcel.dossier;
        let Some(parcel) = self.by_custody(conn, parcel, bytes, records, crypto, harvest)? else {
            return Ok(());
        };
        let unbuilt = self.take_unbuilt(conn, parcel, bytes, records, crypto, harvest)?;
        let Some(parcel) = unbuilt else { return Ok(()) };
        let mut opened = self.cache.take(records, &id)?;
        let unit = opened.as_ref().map(|opened| &opened.holding.unit);
        if !self.is_in_scope(conn, &parcel, unit) && !self.comes_late(conn, &id, records)? {
            harvest.refused.push((digest, RejectReason::Scope as u16));
            harvest.strikes += 1;
            if let Some(opened) = opened {
                self.cache.put(opened);
            }
            return Ok(());
        }
        let before = opened.as_ref().map(|opened| opened.holding.lines.clone()).unwrap_or_default();
        let by = self.sessions.get(&conn).map(|session| &session.unit);
        let verdict = admission::admit(&parcel, &mut opened, self.authority_on(by), crypto);
        match verdict {
            Verdict::Admitted { tips, kept, .. } => {
                harvest.tips.extend(tips);
                let from = self.sessions.get(&conn).and_then(|session| session.node);
                if let Some(known) = opened.as_mut() {
                    self.keep(known, kept, bytes, from, &before, &mut harvest.ops);
                }
                if kept != Kept::Nothing {
                    harvest.moved.insert(id);
                    let keeper = opened.as_ref().map(|opened| opened.holding.unit.clone());
                    let authors = parcel.lines.iter().map(|line| line.author).collect();
                    if let Some(keeper) = keeper {
                        self.note_late_entry(id, &keeper, authors, &mut harvest.ops);
                    }
                }
            }
            Verdict::Held(reason) => {
                if reason != HoldReason::Unheard {
                    self.ask_whole(conn, &id, harvest);
                }
                let aside = self.aside(conn, bytes, Outside::Held(reason));
                self.shut_out(&id, &aside, (digest, HELD), records, harvest)?;
            }
            Verdict::Quarantined(reason) => {
                let outside = Outside::Quarantined(reason);
                self.quarantine(conn, &id, bytes, outside, records, harvest)?;
            }
            Verdict::Rejected(reason) => {
                harvest.refused.push((digest, reason as u16));
                harvest.strikes += 1;
            }
            Verdict::Forked(author) => {
                let outside = Outside::Quarantined(QuarantineReason::Fork);
                let aside = self.aside(conn, bytes, outside);
                if records.get(Table::Quarantine, &aside.key(&id))?.is_none() {
                    let incident = self.incident(IncidentKind::Forked(id), Some(author.node));
                    harvest.ops.extend(incident);
                }
                let own = author.node == self.identity.node;
                let Some(known) = opened else { return Ok(()) };
                let theirs = Theirs { author, parcel: &parcel };
                opened = self.settle_fork(conn, theirs, known, (records, crypto), harvest)?;
                if opened.is_some() && !own && self.is_below(conn) {
                    self.shut_out(&id, &aside, (digest, FORKED), records, harvest)?;
                } else {
                    harvest.refused.push((digest, FORKED));
                }
            }
        }
        if let Some(opened) = opened {
            self.cache.put(opened);
        }
        Ok(())
    }

    /// Sets a parcel aside and says so; says that there was no room where there was none.
    pub(super) fn shut_out(
        &mut self,
        id: &DossierId,
        aside: &Aside,
        (digest, code): (Hash, u16),
        records: &dyn Records,
        harvest: &mut Harvest,
    ) -> Result<(), Fault> {
        let kept = self.set_aside(id, aside, records, &mut harvest.ops)?;
        harvest.refused.push((digest, if kept { code } else { NO_ROOM }));
        Ok(())
    }

    pub(super) fn is_below(&self, conn: ConnId) -> bool {
        self.sessions.get(&conn).is_some_and(|session| session.relation == Relation::Lower)
    }

    pub(super) fn aside(&self, conn: ConnId, bytes: &[u8], outside: Outside) -> Aside {
        let from = self.sessions.get(&conn).and_then(|session| session.node);
        Aside { since: self.moment.now, from, outside, parcel: bytes.to_vec().into() }
    }

    /// Admits a dossier nobody here knows, or what follows on one that lies closed, without
    /// building its document; hands the parcel back where that takes the longer way.
    fn take_unbuilt(
        &mut self,
        conn: ConnId,
        parcel: Parcel,
        bytes: &[u8],
        records: &dyn Records,
        crypto: &dyn Crypto,
        harvest: &mut Harvest,
    ) -> Result<Option<Parcel>, Fault> {
        let found = self.cache.take_closed(records, &parcel.dossier)?;
        let unit = match &found {
            Found::Opened => return Ok(Some(parcel)),
            Found::Closed(closed) => Some(&closed.holding.unit),
            Found::Nowhere => None,
        };
        let by = self.sessions.get(&conn).map(|session| &session.unit);
        let (wanted, authority) = (&queries::LISTED, self.authority_on(by));
        let judged = match &found {
            _ if !self.is_in_scope(conn, &parcel, unit) => None,
            Found::Closed(closed) => {
                admission::admit_next(&parcel, closed, wanted, authority, crypto)
            }
            _ => admission::admit_copy(&parcel, wanted, authority, crypto).and_then(Result::ok),
        };
        let from = self.sessions.get(&conn).and_then(|session| session.node);
        match (found, judged) {
            (found, Some((admitted, Verdict::Admitted { tips, .. }))) => {
                harvest.tips.extend(tips);
                harvest.moved.insert(parcel.dossier);
                let ops = &mut harvest.ops;
                let authors = parcel.lines.iter().map(|line| line.author).collect();
                let keeper = admitted.holding.unit.clone();
                self.note_late_entry(parcel.dossier, &keeper, authors, ops);
                if let Found::Closed(closed) = found {
                    let bytes = bytes.to_vec();
                    self.keep_next(closed, admitted, parcel, bytes, from, records, ops)?;
                } else {
                    self.keep_copy(admitted, parcel, bytes, from, ops);
                }
                Ok(None)
            }
            (Found::Closed(closed), _) => {
                self.cache.put_closed(closed);
                Ok(Some(parcel))
            }
            _ => Ok(Some(parcel)),
        }
    }

    pub(super) fn ask_whole(&mut self, conn: ConnId, id: &DossierId, harvest: &mut Harvest) {
        if self.may_ask_whole(conn, id) {
            harvest.wants.push(Want::whole(*id));
        }
    }

    /// Whether a peer has not been asked for the whole of a dossier yet.
    pub(super) fn may_ask_whole(&mut self, conn: ConnId, id: &DossierId) -> bool {
        self.sessions.get_mut(&conn).is_some_and(|session| session.asked.insert(*id))
    }

    pub(super) fn is_in_scope(
        &self,
        conn: ConnId,
        parcel: &Parcel,
        known: Option<&UnitId>,
    ) -> bool {
        let Some(session) = self.sessions.get(&conn) else { return false };
        let unit = known.or_else(|| parcel.custody.last().map(|signed| &signed.record.to));
        // Without a chain the unit is unknown; admission holds such a parcel.
        let scope = session.scope(&self.identity.unit);
        // Downward comes what was done since with that into which this node entered by delegation.
        let late = |unit| match session.relation {
            Relation::Lower => self.wrote_lawfully_for(unit, scope, &self.identity.unit),
            Relation::Upper => {
                let own = |line: &LineProof| line.author.node == self.identity.node;
                self.board.grants().delegated(unit, scope)
                    && (known.is_some() || parcel.lines.iter().any(own))
            }
        };
        plant::is(Plant::SkipScope)
            || unit.is_none_or(|unit| self.tree.tree.is_within(unit, scope) || late(unit))
    }

    fn take_receipt(
        &mut self,
        conn: ConnId,
        taken: &Taken,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        let Some(bytes) = session.unanswered.pop_front() else {
            self.refuse(conn, RefusalCode::Protocol, "receipt without items");
            return Ok(());
        };
        session.unanswered_bytes -= bytes;
        if let Some(signed) = &taken.acknowledgement {
            let mut ops = Vec::new();
            let sound = self.take_acknowledgement(signed, records, crypto, &mut ops)?;
            self.commit(ops);
            self.strike(conn, u32::from(!sound));
        }
        self.pump(conn, records)
    }

    fn take_all(
        &mut self,
        all: &[SignedAcknowledgement],
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let mut ops = Vec::new();
        for signed in all {
            self.take_acknowledgement(signed, records, crypto, &mut ops)?;
        }
        self.commit(ops);
        Ok(())
    }

    /// The peer has sent everything of the repair: its feed is read from here on.
    fn take_repaired(
        &mut self,
        conn: ConnId,
        position: FeedPosition,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        if session.relation == Relation::Upper
            && let Some(head) = session.repair.as_ref().and_then(|repair| repair.head)
        {
            session.owed.push_back(Owed::Done(head));
        }
        if let Some(node) = session.node
            && let Some(mut neighbour) = neighbours::read_neighbour(records, &node)?
        {
            neighbour.position = Some(position);
            self.commit(vec![neighbours::neighbour_op(&node, &neighbour)]);
        }
        self.pump(conn, records)
    }

    pub(super) fn strike(&mut self, conn: ConnId, strikes: u32) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.strikes += strikes;
        if session.strikes >= LIMITS.strikes_max {
            let node = session.node;
            let op = self.incident(IncidentKind::Strikes, node);
            self.commit(op.into_iter().collect());
            self.refuse(conn, RefusalCode::Strikes, "too many refused parcels");
        }
    }
}
