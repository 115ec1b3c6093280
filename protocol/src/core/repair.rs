//! Repair: when a cursor does not fit, or both feeds are drained and the contents differ.
//!
//! The lower side owns it. It reconciles the scope in rounds, asks for what it lacks, sends what
//! only it has; the upper side answers, asks back for dossiers that differ, and each tells the
//! other when all was sent: from there the feeds flow again.

use std::cmp::Ordering;

use dossier::DossierId;

use super::{
    ConnId, Core, Relation,
    receipts::{self, TipPlace},
    session::{Owed, Repair, Stage},
};
use crate::{
    Fault, FeedPosition, Records,
    envelope::Author,
    holding,
    limits::LIMITS,
    parcel::{LineTip, Parcel, hint},
    reconciliation::{Difference, Reconciliation},
    wire::{Frame, LineEnd, RefusalCode, Want},
};

/// How far a peer's copy of a dossier reaches along the lines known here.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub(super) known: Vec<(Author, u64)>,
    /// Whether it has another history of one of them.
    pub(super) forked: bool,
}

impl Core {
    /// Begins reconciliation as the lower side, unless one runs already.
    pub(super) fn begin_repair(
        &mut self,
        conn: ConnId,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let now = self.moment.now;
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        if session.repair.as_ref().is_some_and(|repair| repair.head.is_some()) {
            return Ok(());
        }
        let superior = session.unit.clone();
        let Some(mut machine) = self.prepare(conn) else { return Ok(()) };
        let message = machine.initiate();
        let head = records.feed_head();
        // Looked up with the scope: a tree that comes in between moves no dossier from one to the
        // other unseen.
        let beyond = self.owed_beyond_scope(&superior, records)?;
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.last_repair = Some(now);
            // What was asked for before has moved on: two histories may meet again.
            session.asked.clear();
            session.repair = Some(Repair { machine: Some(machine), head: Some(head), beyond });
        }
        self.say(conn, &Frame::Reconcile(message.into()));
        Ok(())
    }

    fn prepare(&self, conn: ConnId) -> Option<Reconciliation> {
        Some(Reconciliation::new(self.shared_items(&self.shared(conn)?).into_iter()))
    }

    /// Takes a round from the other side.
    pub(super) fn reconcile(
        &mut self,
        conn: ConnId,
        message: &[u8],
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        match session.relation {
            Relation::Lower => self.answer_round(conn, message, records),
            Relation::Upper => self.take_round(conn, message, records),
        }
    }

    fn answer_round(
        &mut self,
        conn: ConnId,
        message: &[u8],
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        let running = session.repair.as_ref().is_some_and(|repair| repair.machine.is_some());
        if !running {
            let repair = Repair {
                machine: self.prepare(conn),
                head: Some(records.feed_head()),
                beyond: Vec::new(),
            };
            if let Some(session) = self.sessions.get_mut(&conn) {
                session.repair = Some(repair);
            }
        }
        let repair = self.sessions.get_mut(&conn).and_then(|session| session.repair.as_mut());
        let Some(repair) = repair else { return Ok(()) };
        let answer = repair.machine.as_mut().map(|machine| machine.answer(message));
        match answer {
            Some(Ok(answer)) => {
                self.say(conn, &Frame::Reconcile(answer.into()));
            }
            Some(Err(_)) | None => {
                self.refuse(conn, RefusalCode::Protocol, "malformed reconciliation");
            }
        }
        Ok(())
    }

    fn take_round(
        &mut self,
        conn: ConnId,
        message: &[u8],
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let repair = self.sessions.get_mut(&conn).and_then(|session| session.repair.as_mut());
        let Some(repair) = repair else { return Ok(()) };
        let Some(machine) = repair.machine.as_mut() else { return Ok(()) };
        match machine.proceed(message) {
            Ok(Some(next)) => {
                self.say(conn, &Frame::Reconcile(next.into()));
                Ok(())
            }
            Ok(None) => {
                let machine = repair.machine.take();
                let difference = machine.map(Reconciliation::difference).unwrap_or_default();
                self.ask_and_offer(conn, &difference, records)
            }
            Err(_) => {
                self.refuse(conn, RefusalCode::Protocol, "malformed reconciliation");
                Ok(())
            }
        }
    }

    fn ask_and_offer(
        &mut self,
        conn: ConnId,
        difference: &Difference,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let mut wants: Vec<Want> = Vec::new();
        for dossier in &difference.only_there {
            let lines = Vec::new();
            wants.push(Want { dossier: *dossier, lines, mutual: false, whole: false });
        }
        for dossier in &difference.both {
            let lines = line_ends(records, dossier)?;
            wants.push(Want { dossier: *dossier, lines, mutual: true, whole: false });
        }
        for chunk in wants.chunks(LIMITS.wants_max) {
            self.say(conn, &Frame::Want { wants: chunk.to_vec(), last: false });
        }
        if let Some(session) = self.sessions.get_mut(&conn) {
            let beyond = session.repair.as_mut().map(|repair| std::mem::take(&mut repair.beyond));
            let offered = difference.only_here.iter();
            session.owed.extend(offered.map(|dossier| Owed::Dossier(*dossier, Vec::new())));
            session.owed.extend(beyond.unwrap_or_default());
            session.owed.push_back(Owed::LastWant);
        }
        self.pump(conn, records)
    }

    /// The peer asks for dossiers.
    pub(super) fn give(
        &mut self,
        conn: ConnId,
        wants: Vec<Want>,
        last: bool,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        let relation = session.relation;
        let superior = session.above(&self.identity.unit).clone();
        let Some(shared) = self.shared(conn) else { return Ok(()) };
        let mut back = Vec::new();
        let mut owed = Vec::new();
        for want in wants {
            if !self.is_shared(&shared, &want.dossier) {
                if relation == Relation::Upper && self.is_late(&want.dossier, &superior) {
                    self.give_late(conn, &want, records)?;
                }
                continue;
            }
            if want.mutual && relation == Relation::Lower {
                let lines = line_ends(records, &want.dossier)?;
                back.push(Want { dossier: want.dossier, lines, mutual: false, whole: false });
            }
            if want.whole {
                owed.push(Owed::Whole(want.dossier));
                continue;
            }
            let reach = self.reach(&want.dossier, &want.lines, records)?;
            // Of two histories of a line the superior's stands, and only this side may see both.
            if reach.forked
                && relation == Relation::Upper
                && self.may_ask_whole(conn, &want.dossier)
            {
                back.push(Want::whole(want.dossier));
            }
            owed.push(Owed::Dossier(want.dossier, reach.known));
        }
        if !back.is_empty() {
            self.say(conn, &Frame::Want { wants: back, last: false });
        }
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.owed.extend(owed);
            if last {
                let head = session.repair.as_ref().and_then(|repair| repair.head);
                if let Some(head) = head {
                    session.owed.push_back(Owed::Done(head));
                }
            }
        }
        self.pump(conn, records)
    }

    /// Tells the peer that all was sent; from here this node's feed flows to it.
    pub(super) fn finish_repair(&mut self, conn: ConnId, position: FeedPosition) {
        self.say(conn, &Frame::Repaired(position));
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.sent = session.sent.max(position.sequence);
            session.stage = Stage::Live;
            session.repair = None;
            // Whether it helped is looked at once all has arrived.
            session.agreed = None;
        }
    }

    /// A dossier as one saved document.
    pub(super) fn whole(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some(opened) = self.cache.take(records, id)? else { return Ok(None) };
        let whole = opened.compact().encode();
        self.cache.put(opened);
        Ok(Some(whole))
    }

    /// What the peer has of the lines known here.
    pub(super) fn reach(
        &mut self,
        id: &DossierId,
        ends: &[LineEnd],
        records: &dyn Records,
    ) -> Result<Reach, Fault> {
        let mut reach = Reach::default();
        let Some(holding) = holding::read_holding(records, id)? else { return Ok(reach) };
        for end in ends {
            let Some(line) = holding.line(&end.actor) else { continue };
            let same = match end.sequence.cmp(&line.sequence) {
                // It has all that is here, and more; a fork shows on its side.
                Ordering::Greater => true,
                Ordering::Equal => hint(&line.tip) == end.tip,
                Ordering::Less => self.has_been_at(id, end, records)?,
            };
            if same {
                reach.known.push((line.author, end.sequence.min(line.sequence)));
            } else {
                reach.forked = true;
            }
        }
        Ok(reach)
    }

    /// Whether a line went through `end` here.
    fn has_been_at(
        &mut self,
        id: &DossierId,
        end: &LineEnd,
        records: &dyn Records,
    ) -> Result<bool, Fault> {
        let stood = |place: &TipPlace| {
            place.dossier == *id && place.actor == end.actor && place.sequence == end.sequence
        };
        if receipts::find(records, &end.tip)?.iter().any(|(_, place)| stood(place)) {
            return Ok(true);
        }
        // Changes that came together have one row of a tip; the document knows those between.
        let Some(opened) = self.cache.take(records, id)? else { return Ok(false) };
        let digest = opened.envelope_hash(&end.actor, end.sequence);
        self.cache.put(opened);
        Ok(digest.is_some_and(|digest| hint(&digest) == end.tip))
    }

    /// The parcels that bring a peer that has so much of each of `known` up to this node's state of
    /// a dossier.
    pub(super) fn parts(
        &self,
        id: &DossierId,
        known: &[(Author, u64)],
        records: &dyn Records,
    ) -> Result<Vec<Vec<u8>>, Fault> {
        let Some(holding) = holding::read_holding(records, id)? else { return Ok(Vec::new()) };
        let stored = holding::read_parcels(records, id, &holding)?;
        let mut parts = Vec::new();
        for (place, row) in stored.iter().enumerate() {
            let parcel = Parcel::decode(&row.parcel)
                .map_err(|error| Fault(format!("stored parcel of {id}: {error}")))?;
            let news = parcel.lines.iter().any(|line| {
                let last = line.first - 1 + line.count().unwrap_or(0);
                let have = known.iter().find(|(author, _)| *author == line.author);
                have.is_none_or(|(_, sequence)| *sequence < last)
            });
            if news && place == 0 && holding.copied {
                parts.clear();
            }
            if news {
                parts.push(row.parcel.to_vec());
            }
        }
        Ok(parts)
    }
}

pub(super) fn line_ends(records: &dyn Records, id: &DossierId) -> Result<Vec<LineEnd>, Fault> {
    let holding = holding::read_holding(records, id)?;
    let lines = holding.map_or_else(Vec::new, |held| held.lines);
    let end = |line: &LineTip| LineEnd {
        actor: line.actor,
        sequence: line.sequence,
        tip: hint(&line.tip),
    };
    Ok(lines.iter().map(end).collect())
}
