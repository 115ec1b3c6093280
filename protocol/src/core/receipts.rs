//! Three levels of acknowledgement: given to those below, taken from those above, passed on.
//!
//! A superior signs the tips it holds, after they are durable. A tier-2 node passes tier 3's word
//! down through its own feed, unchanged, so that a unit can prove what the province said.

use std::collections::BTreeSet;

use dossier::{
    ActorId, DossierId, Hash, UnitId,
    plant::{self, Plant},
    unit::Tier,
};
use serde::{Deserialize, Serialize};

use super::{
    ConnId, Core, Relation,
    ledger::{Acknowledged, Level, acknowledged_op, key},
};
use crate::{
    Crypto, Fault, Op, Records, Table,
    acknowledgement::{Acknowledgement, SignedAcknowledgement},
    codec,
    limits::LIMITS,
    parcel::{Hint, LineTip, hint},
    wire::Frame,
};

/// Where a tip stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TipPlace {
    pub(super) dossier: DossierId,
    pub(super) actor: ActorId,
    pub(super) sequence: u64,
}

/// The row that finds a tip again.
pub(super) fn tip_op(dossier: &DossierId, line: &LineTip) -> Op {
    let place = TipPlace { dossier: *dossier, actor: line.actor, sequence: line.sequence };
    Op::put(Table::Tip, line.tip.as_bytes().to_vec(), codec::encode(&place))
}

fn resolve(records: &dyn Records, tip: &Hash) -> Result<Option<TipPlace>, Fault> {
    let row = records.get(Table::Tip, tip.as_bytes())?;
    row.map(|bytes| read_place(&bytes)).transpose()
}

/// The tips held here whose digest begins with `hint`: one, but for accidents.
pub(super) fn find(records: &dyn Records, hint: &Hint) -> Result<Vec<(Hash, TipPlace)>, Fault> {
    let mut found = Vec::new();
    for (key, row) in records.scan(Table::Tip, hint, None, 4)? {
        if let Some(tip) = Hash::from_slice(&key) {
            found.push((tip, read_place(&row)?));
        }
    }
    Ok(found)
}

fn read_place(row: &[u8]) -> Result<TipPlace, Fault> {
    codec::decode(row).map_err(|error| Fault(format!("tip row: {error}")))
}

impl Core {
    /// Signs that these tips are held here; the shell sends it once they are durable.
    pub(super) fn acknowledge(
        &self,
        mut tips: Vec<Hash>,
        crypto: &dyn Crypto,
    ) -> Option<SignedAcknowledgement> {
        tips.sort_unstable();
        tips.dedup();
        // What is left out is asked about.
        tips.truncate(LIMITS.tips_max);
        if tips.is_empty() || self.tier == Tier::One {
            return None;
        }
        let said = Acknowledgement {
            by: self.identity.node,
            incarnation: self.incarnation,
            at: self.moment.now,
            tips,
        };
        Some(SignedAcknowledgement::issue(said, crypto))
    }

    /// Takes a superior's word; returns whether it was genuine.
    pub(super) fn take_acknowledgement(
        &mut self,
        signed: &SignedAcknowledgement,
        records: &dyn Records,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
    ) -> Result<bool, Fault> {
        let Some(member) = self.members.get(&signed.said.by) else { return Ok(false) };
        let tier = self.tree.tree.get(&member.unit).map(|unit| unit.tier);
        let level = match tier {
            Some(Tier::Two) => Level::Tier2,
            Some(Tier::Three) => Level::Tier3,
            Some(_) | None => return Ok(false),
        };
        let genuine = signed.is_signed_by(&member.change_key, crypto)
            || plant::is(Plant::SkipReceiptSignature);
        if !member.is_active() || !genuine {
            return Ok(false);
        }
        let proof = signed.hash();
        let mut units: BTreeSet<UnitId> = BTreeSet::new();
        let mut news = false;
        for tip in &signed.said.tips {
            let Some(place) = resolve(records, tip)? else { continue };
            if let Some(unit) = self.ledger.unit(&place.dossier) {
                units.insert(unit.clone());
            }
            let row =
                records.get(Table::Acknowledgement, &key(level, &place.dossier, &place.actor))?;
            let known = row.and_then(|bytes| codec::decode::<Acknowledged>(&bytes).ok());
            if known.is_some_and(|known| known.sequence >= place.sequence) {
                // The line may have been away from here meanwhile.
                self.ledger.note(level, &place.dossier, &place.actor, place.sequence);
                continue;
            }
            let stored = Acknowledged { sequence: place.sequence, proof };
            ops.push(acknowledged_op(level, &place.dossier, &place.actor, &stored));
            self.ledger.note(level, &place.dossier, &place.actor, place.sequence);
            news = true;
        }
        if news {
            for session in self.sessions.values_mut() {
                session.inquiry_wait_ms = LIMITS.inquiry_interval_ms;
            }
            let units: Vec<UnitId> = units.into_iter().collect();
            let row = codec::encode(&(units, signed));
            ops.push(Op::publish(Table::Proof, proof.as_bytes().to_vec(), row));
        }
        Ok(true)
    }

    /// Asks the superior about own tips that are still unacknowledged, at most every few seconds and
    /// less often while nothing is news.
    pub(super) fn inquire(&mut self, conn: ConnId) {
        let now = self.moment.now;
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        let wait = session.inquiry_wait_ms;
        let rested = session.inquired.is_none_or(|at| now.as_millis() - at.as_millis() >= wait);
        if !rested || session.relation != Relation::Upper || plant::is(Plant::ForgetInquiries) {
            return;
        }
        session.inquiry_wait_ms = (wait * 2).min(LIMITS.inquiry_interval_ms_max);
        session.inquired = Some(now);
        let waiting = |level| -> Vec<Hint> {
            self.ledger.waiting(level, LIMITS.inquiry_tips_max).iter().map(hint).collect()
        };
        let (here, above) = match self.tier {
            Tier::One => (waiting(Level::Tier2), waiting(Level::Tier3)),
            _ => (waiting(Level::Tier3), Vec::new()),
        };
        if !here.is_empty() || !above.is_empty() {
            self.say(conn, &Frame::Inquire { here, above });
        }
    }

    /// Own changes came back from above: who holds them must be asked anew.
    pub(super) fn ask_anew(&mut self) {
        for session in self.sessions.values_mut() {
            session.inquired = None;
            session.inquiry_wait_ms = LIMITS.inquiry_interval_ms;
        }
    }

    /// Passes on a question this node cannot answer; the answer comes down through its feed.
    fn inquire_above(&mut self, here: Vec<Hint>) {
        let upper = self
            .sessions
            .values()
            .find(|session| session.node.is_some() && session.relation == Relation::Upper)
            .map(|session| session.conn);
        if let Some(conn) = upper.filter(|_| !here.is_empty()) {
            self.say(conn, &Frame::Inquire { here, above: Vec::new() });
        }
    }

    /// Answers an inquiry: what is held here, and what the superior was heard to say.
    pub(super) fn answer_inquiry(
        &mut self,
        conn: ConnId,
        here: &[Hint],
        above: &[Hint],
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let mut held = Vec::new();
        for hint in here {
            held.extend(find(records, hint)?.into_iter().map(|(tip, _)| tip));
        }
        let mut proofs: BTreeSet<Hash> = BTreeSet::new();
        let mut unproven = Vec::new();
        for hint in above {
            for (tip, place) in find(records, hint)? {
                if self.tier == Tier::Three {
                    held.push(tip);
                    continue;
                }
                let key = key(Level::Tier3, &place.dossier, &place.actor);
                let row = records.get(Table::Acknowledgement, &key)?;
                let known = row.and_then(|bytes| codec::decode::<Acknowledged>(&bytes).ok());
                match known.filter(|known| known.sequence >= place.sequence) {
                    Some(known) => drop(proofs.insert(known.proof)),
                    None => unproven.push(*hint),
                }
            }
        }
        self.inquire_above(unproven);
        let mut all: Vec<SignedAcknowledgement> =
            self.acknowledge(held, crypto).into_iter().collect();
        for proof in proofs.iter().take(LIMITS.items_max - 1) {
            if let Some(bytes) = records.get(Table::Proof, proof.as_bytes())? {
                let (_, signed): (Vec<UnitId>, SignedAcknowledgement) =
                    codec::decode(&bytes).map_err(|error| Fault(format!("proof row: {error}")))?;
                all.push(signed);
            }
        }
        if !all.is_empty() {
            self.say(conn, &Frame::Acknowledged(all));
        }
        Ok(())
    }
}
