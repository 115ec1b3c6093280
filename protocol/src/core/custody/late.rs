//! What comes for an epoch that is closed: kept outside, and shown to those who keep the dossier
//! (R10).

use dossier::DossierId;

use super::Core;
use crate::{
    ConnId, Crypto, Fault, Records, Table,
    admission::{HoldReason, Outside, QuarantineReason, RejectReason, Verdict},
    core::{
        Relation,
        intake::{HELD, Harvest, QUARANTINED},
        session::Owed,
        waiting::Aside,
    },
    custody::{Chain, Event, Link, Message},
    envelope::SignedCustody,
    holding::read_holding,
    limits::LIMITS,
    parcel::Parcel,
};

/// How a parcel stands to what is known of custody, before it is judged.
enum Standing {
    /// It is judged by these records.
    Judge(Vec<SignedCustody>),
    /// It stays outside.
    Outside(Verdict),
    /// The dossier went to another unit: who is above has nothing to say of it here.
    Gone,
}

impl Core {
    /// Judges a parcel by what is known of custody; hands it back with the records it is judged by.
    pub(in crate::core) fn by_custody(
        &mut self,
        conn: ConnId,
        parcel: Parcel,
        bytes: &[u8],
        records: &dyn Records,
        crypto: &dyn Crypto,
        harvest: &mut Harvest,
    ) -> Result<Option<Parcel>, Fault> {
        let (id, digest) = (parcel.dossier, Parcel::digest(bytes));
        self.tell_how_it_stands(conn, &id, records)?;
        match self.custody_of(conn, &parcel, records, crypto)? {
            Standing::Judge(custody) => return Ok(Some(Parcel { custody, ..parcel })),
            Standing::Gone => {}
            Standing::Outside(verdict) => {
                let known = self.ledger.unit(&id).cloned();
                let near = self.is_in_scope(conn, &parcel, known.as_ref());
                if !near && !self.comes_late(conn, &id, records)? {
                    harvest.refused.push((digest, RejectReason::Scope as u16));
                    harvest.strikes += 1;
                    return Ok(None);
                }
                match verdict {
                    Verdict::Held(reason) => {
                        let aside = self.aside(conn, bytes, Outside::Held(reason));
                        self.shut_out(&id, &aside, (digest, HELD), records, harvest)?;
                    }
                    Verdict::Quarantined(reason) => {
                        let outside = Outside::Quarantined(reason);
                        self.quarantine(conn, &id, bytes, outside, records, harvest)?;
                    }
                    _ => {}
                }
            }
        }
        Ok(None)
    }

    /// A neighbour below brings something of a dossier that went from there: it may not have heard,
    /// or its store may have gone back behind it unseen, for nothing was published since.
    fn tell_how_it_stands(
        &mut self,
        conn: ConnId,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        let (lower, peer) = (session.relation == Relation::Lower, session.node);
        let (Some(peer), true) = (peer, lower) else { return Ok(()) };
        let Some(chain) = self.moved_chain(id, records)? else { return Ok(()) };
        let unit = &session.unit;
        let tree = &self.tree.tree;
        let kept = chain.records().records().any(|(record, _)| tree.is_within(&record.to, unit));
        if kept && !tree.is_within(&self.lies_with(&chain), unit) {
            let message = Message::Chain(chain.links().to_vec());
            self.send_custody(None, peer, message.encode());
        }
        Ok(())
    }

    /// Whether a neighbour below may still say something of a dossier that went from there.
    pub(in crate::core) fn comes_late(
        &self,
        conn: ConnId,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<bool, Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(false) };
        Ok(session.relation == Relation::Lower && self.once_kept(id, &session.unit, records)?)
    }

    /// Keeps a parcel apart where people see it; what came late is shown on.
    pub(in crate::core) fn quarantine(
        &mut self,
        conn: ConnId,
        id: &DossierId,
        bytes: &[u8],
        outside: Outside,
        records: &dyn Records,
        harvest: &mut Harvest,
    ) -> Result<(), Fault> {
        let aside = self.aside(conn, bytes, outside);
        let new = records.get(Table::Quarantine, &aside.key(id))?.is_none();
        let digest = Parcel::digest(bytes);
        self.shut_out(id, &aside, (digest, QUARANTINED), records, harvest)?;
        if new {
            self.pass_late_on(id, &aside);
        }
        Ok(())
    }

    /// How a parcel stands to the chain of its dossier. A chain of more than one record counts by
    /// its outcomes alone, never by the records that a parcel shows.
    fn custody_of(
        &mut self,
        conn: ConnId,
        parcel: &Parcel,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Standing, Fault> {
        let id = parcel.dossier;
        if self.custodies.closing.contains(&id) && says_more(parcel, records)? {
            return Ok(Standing::Outside(Verdict::Held(HoldReason::Closing)));
        }
        let chain = self.moved_chain(&id, records)?;
        let known = chain.as_ref().map_or(1, |chain| chain.links().len());
        if parcel.custody.len() > known {
            let peer = self.sessions.get(&conn).and_then(|session| session.node);
            if let Some(peer) = peer {
                self.happen(Event::Unknown(id, peer), records, crypto)?;
            }
            let epoch = u32::try_from(known).unwrap_or(u32::MAX);
            return Ok(Standing::Outside(Verdict::Held(HoldReason::UnknownEpoch(epoch))));
        }
        let Some(chain) = chain else { return Ok(Standing::Judge(parcel.custody.clone())) };
        let signed = signed_records(&chain);
        if !signed.starts_with(&parcel.custody) {
            return Ok(Standing::Outside(Verdict::Quarantined(QuarantineReason::Custody)));
        }
        // Điều 10.3: nothing enters what went out of the province; it is seen outside.
        if chain.is_outside() && says_more(parcel, records)? {
            return Ok(Standing::Outside(Verdict::Quarantined(QuarantineReason::Late)));
        }
        if self.holds_for(&self.lies_with(&chain)) {
            return Ok(Standing::Judge(signed));
        }
        let below = self.is_below(conn);
        Ok(match below {
            true => Standing::Outside(Verdict::Quarantined(QuarantineReason::Late)),
            false => Standing::Gone,
        })
    }

    /// Whether a unit below once kept a dossier: what it wrote then may still come.
    fn once_kept(
        &self,
        id: &DossierId,
        scope: &dossier::UnitId,
        records: &dyn Records,
    ) -> Result<bool, Fault> {
        let chain = self.moved_chain(id, records)?;
        Ok(chain.is_some_and(|chain| {
            let mut kept = chain.records().records();
            kept.any(|(record, _)| self.tree.tree.is_within(&record.to, scope))
        }))
    }

    /// Shows what came late to those who keep the dossier, and to those above.
    pub(in crate::core) fn pass_late_on(&mut self, id: &DossierId, aside: &Aside) {
        if !is_late(aside) {
            return;
        }
        let conns: Vec<ConnId> = self.sessions.keys().copied().collect();
        for conn in conns {
            self.owe_late(conn, id, aside);
        }
    }

    /// Shows a neighbour that has just come what lies outside because it was late.
    pub(in crate::core) fn owe_all_late(
        &mut self,
        conn: ConnId,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let all: Vec<DossierId> = self.ledger.asides().dossiers().copied().collect();
        for id in all {
            let most = LIMITS.quarantine_per_dossier_max;
            for (_, row) in records.scan(Table::Quarantine, id.as_bytes(), None, most)? {
                let aside = Aside::decode(&row)?;
                if is_late(&aside) {
                    self.owe_late(conn, &id, &aside);
                }
            }
        }
        Ok(())
    }

    fn owe_late(&mut self, conn: ConnId, id: &DossierId, aside: &Aside) {
        let keeper = self.ledger.unit(id).cloned();
        let tree = &self.tree.tree;
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        let concerned = match session.relation {
            Relation::Upper => true,
            Relation::Lower => keeper.is_some_and(|unit| tree.is_within(&unit, &session.unit)),
        };
        if concerned && session.node.is_some() && session.node != aside.from {
            session.owed.push_back(Owed::Aside(aside.key(id)));
        }
    }
}

/// Whether a parcel goes further along a line than what is held.
fn says_more(parcel: &Parcel, records: &dyn Records) -> Result<bool, Fault> {
    let holding = read_holding(records, &parcel.dossier)?;
    let lines = holding.map(|holding| holding.lines).unwrap_or_default();
    Ok(parcel.lines.iter().any(|proof| {
        let last = proof.first.saturating_sub(1).saturating_add(proof.count().unwrap_or(0));
        let known = lines.iter().find(|line| line.author == proof.author);
        known.is_none_or(|line| line.sequence < last)
    }))
}

/// The records of a chain, signed.
pub(super) fn signed_records(chain: &Chain) -> Vec<SignedCustody> {
    chain.links().iter().filter_map(Link::signed).cloned().collect()
}

pub(super) fn is_late(aside: &Aside) -> bool {
    aside.outside == Outside::Quarantined(QuarantineReason::Late)
}
