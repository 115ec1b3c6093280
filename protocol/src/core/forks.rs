//! Two histories of one line met in what a neighbour sent: who gives way, and what becomes of the
//! copy that goes.
//!
//! **Invariant:** what this node vouched for stays on its disk. A copy that goes is set aside where
//! people see it, when somebody else wrote in it or was told that it is here; if there is no room
//! for that, it does not go. What another node wrote in it is shown to the superior too, which may
//! be nearer to the author.

use dossier::{DossierId, UnitId, unit::Tier};

use super::{
    ConnId, Core, IncidentKind, intake::Harvest, reissue::Displaced, session::Owed, waiting::Aside,
};
use crate::{
    Crypto, Fault, Op, Records, Table,
    admission::{Outside, QuarantineReason},
    envelope::Author,
    holding::{Opened, parcel_key},
    limits::LIMITS,
    parcel::{Body, Parcel, hint},
    wire::{LineEnd, Want},
};

/// The other history, as a peer brought it.
pub(super) struct Theirs<'p> {
    /// Whose line has two histories.
    pub(super) author: Author,
    pub(super) parcel: &'p Parcel,
}

impl Core {
    /// Two histories of one line met: takes a whole copy for what it is worth, or asks for one;
    /// answers the dossier when nothing came of it.
    pub(super) fn settle_fork(
        &mut self,
        conn: ConnId,
        Theirs { author, parcel }: Theirs<'_>,
        ours: Opened,
        (records, crypto): (&dyn Records, &dyn Crypto),
        harvest: &mut Harvest,
    ) -> Result<Option<Opened>, Fault> {
        let whole = matches!(parcel.body, Body::Saved(_));
        let own = author.node == self.identity.node;
        let id = ours.id;
        let below = self.is_below(conn);
        let Some(by) = self.sessions.get(&conn).map(|session| session.unit.clone()) else {
            return Ok(Some(ours));
        };
        let theirs = (parcel, &by);
        // Whichever copy goes may have to be set aside.
        if whole && (!below || own) && !self.has_room_aside(&id, true) {
            let node = self.sessions.get(&conn).and_then(|session| session.node);
            harvest.ops.extend(self.incident(IncidentKind::Overfull(id), node));
            return Ok(Some(ours));
        }
        Ok(match (below, whole) {
            (false, true) => {
                harvest.moved.insert(id);
                if let Some((displaced, went)) = self.adopt(theirs, ours, crypto, &mut harvest.ops)
                {
                    self.keep_displaced(conn, &id, displaced, went, records, &mut harvest.ops)?;
                }
                None
            }
            (true, true) if own => {
                if !self.restate(theirs, ours, crypto, &mut harvest.ops) {
                    let aside = self.own_aside(parcel.encode());
                    self.set_aside(&id, &aside, records, &mut harvest.ops)?;
                }
                None
            }
            (true, _) if !own => {
                self.tell_late(conn, Theirs { author, parcel }, &ours, harvest);
                Some(ours)
            }
            _ => {
                self.ask_whole(conn, &id, harvest);
                Some(ours)
            }
        })
    }

    /// Sets aside the copy that a superior's took the place of, and shows it to that superior.
    fn keep_displaced(
        &mut self,
        conn: ConnId,
        id: &DossierId,
        displaced: Displaced,
        went: Vec<u8>,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        // Whoever is below a node may have been told that it holds what the node itself wrote.
        let vouched = self.tier > Tier::One && displaced == Displaced::Own;
        if !vouched && displaced != Displaced::Others {
            return Ok(());
        }
        let aside = self.own_aside(went);
        self.set_aside(id, &aside, records, ops)?;
        if displaced == Displaced::Others
            && let Some(session) = self.sessions.get_mut(&conn)
        {
            session.owed.push_back(Owed::Aside(aside.key(id)));
        }
        Ok(())
    }

    fn own_aside(&self, copy: Vec<u8>) -> Aside {
        let outside = Outside::Quarantined(QuarantineReason::Fork);
        Aside { since: self.moment.now, from: None, outside, parcel: copy.into() }
    }

    /// What a superior is offered in a repair although no reconciliation of the scope shows it:
    /// copies that had to go, which it may not have been shown, and dossiers of units that stood
    /// under this node's when it wrote in them. It may have gone back in time behind each.
    pub(super) fn owed_beyond_scope(
        &self,
        superior: &UnitId,
        records: &dyn Records,
    ) -> Result<Vec<Owed>, Fault> {
        let node = &self.identity.node;
        let beyond = |id: &&DossierId| self.is_late(id, superior) && self.ledger.wrote(id, node);
        let left = self.ledger.ids().filter(beyond);
        let mut owed: Vec<Owed> = left.map(|id| Owed::Dossier(*id, Vec::new())).collect();
        let most = LIMITS.quarantine_per_dossier_max;
        for id in self.ledger.asides().dossiers() {
            for (key, row) in records.scan(Table::Quarantine, id.as_bytes(), None, most)? {
                let aside = Aside::decode(&row)?;
                let forked = aside.outside == Outside::Quarantined(QuarantineReason::Fork);
                if forked && aside.from.is_none() {
                    owed.push(Owed::Aside(key));
                }
            }
        }
        Ok(owed)
    }

    /// Whether a dossier held here is of a unit that stood under this node's and does not any more,
    /// and stands under the superior who is to have it.
    pub(super) fn is_late(&self, id: &DossierId, superior: &UnitId) -> bool {
        let (own, tree) = (&self.identity.unit, &self.tree.tree);
        self.ledger.unit(id).is_some_and(|unit| {
            !tree.is_within(unit, own)
                && tree.is_within(unit, superior)
                && self.former.held_within(unit, own)
        })
    }

    /// Who is not above the dossier any more cannot be given the other history, be it of its own line
    /// or of one it had built upon: it is told how that line goes here, once.
    fn tell_late(
        &mut self,
        conn: ConnId,
        Theirs { author, parcel }: Theirs<'_>,
        ours: &Opened,
        harvest: &mut Harvest,
    ) {
        let Some(session) = self.sessions.get(&conn) else { return };
        let within = self.tree.tree.is_within(&ours.holding.unit, &session.unit);
        let told = within || session.told_late.contains(&ours.id);
        if !told && let Some(end) = end_where_both_reach(ours, parcel, author) {
            let (dossier, lines) = (ours.id, vec![end]);
            harvest.wants.push(Want { dossier, lines, mutual: false, whole: false });
            if let Some(session) = self.sessions.get_mut(&conn) {
                session.told_late.insert(dossier);
            }
        }
    }

    /// The superior asks for a dossier that is not this node's to hold any more: it is given what was
    /// written while it was, unless a line of it stands there otherwise. Then the superior's
    /// history stands, and nobody here may see it: the copy goes.
    pub(super) fn give_late(
        &mut self,
        conn: ConnId,
        want: &Want,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let reach = self.reach(&want.dossier, &want.lines, records)?;
        if reach.forked {
            return self.part_with(&want.dossier, records);
        }
        let owed = match want.whole {
            true => Owed::Whole(want.dossier),
            false => Owed::Dossier(want.dossier, reach.known),
        };
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.owed.push_back(owed);
        }
        Ok(())
    }

    /// Puts a dossier outside: what it says is kept where people see it, and is held no more.
    fn part_with(&mut self, id: &DossierId, records: &dyn Records) -> Result<(), Fault> {
        let mut ops = Vec::new();
        let Some(went) = self.cache.take(records, id)? else { return Ok(()) };
        let aside = self.own_aside(went.compact().encode());
        if !self.set_aside(id, &aside, records, &mut ops)? {
            self.cache.put(went);
            self.commit(ops);
            return Ok(());
        }
        self.forget_branch(&went, |_| true, &mut ops);
        for arrival in went.holding.tail..went.holding.arrivals {
            ops.push(Op::remove(Table::Parcel, parcel_key(id, arrival)));
        }
        for table in [Table::Copy, Table::Listing, Table::Dossier] {
            ops.push(Op::remove(table, id.as_bytes().to_vec()));
        }
        self.ledger.remove(id);
        ops.extend(self.incident(IncidentKind::Forked(*id), None));
        self.commit(ops);
        Ok(())
    }
}

/// How a line goes `here`, at the last place that a parcel with another history of it reaches too.
fn end_where_both_reach(here: &Opened, parcel: &Parcel, author: Author) -> Option<LineEnd> {
    let line = here.holding.lines.iter().find(|line| line.author == author)?;
    let theirs = parcel.lines.iter().find(|line| line.author == author)?;
    let sequence = line.sequence.min(theirs.first - 1 + theirs.count()?);
    let tip = here.envelope_hash(&line.actor, sequence)?;
    Some(LineEnd { actor: line.actor, sequence, tip: hint(&tip) })
}
