//! A log that does not go on as it was shown before: its node is told first, people afterwards.
//!
//! A node that was put back from a backup does not know it. It goes on in the log it finds, and a
//! superior that was shown more of the log than the backup holds sees a contradiction. So the
//! superior shows the node what it keeps of that log, with the node's own signature on it. An honest
//! node that does not find this checkpoint in its store has learnt that the store went back, and
//! begins a new life with a new log before it writes anything more. A log that goes on all the same
//! after it was told [`TELLINGS`] times, each well after the one before, is an incident.
//!
//! **Invariant:** nobody is accused who could not have known; whoever goes on knowing is.

use dossier::{Hash, Incarnation, NodeId, Timestamp};

use super::{ConnId, Core, IncidentKind, Relation};
use crate::{
    Crypto, Fault, Op, Records,
    audit::{self, Checkpoint, Kept, LogId},
    limits::LIMITS,
    wire::{Frame, Offer},
};

/// How often a node is told that its log contradicts itself before people are.
const TELLINGS: u32 = 3;

/// The most logs in dispute that are remembered.
const DISPUTES_MAX: usize = 1_024;

/// A log that contradicted what was shown of it.
#[derive(Debug)]
pub(super) struct Dispute {
    /// How often its node was told.
    told: u32,
    /// When it last was.
    at: Timestamp,
    /// The checkpoint that contradicted.
    shown: Hash,
}

impl Core {
    /// A checkpoint contradicts what is kept of its log: shows `kept` to whoever brought it, and
    /// tells people when the node was told often enough.
    pub(super) fn dispute(
        &mut self,
        conn: ConnId,
        checkpoint: &Checkpoint,
        kept: Kept,
    ) -> Option<Op> {
        let brought_by = self.sessions.get(&conn).and_then(|session| session.node);
        let relayed = brought_by != Some(checkpoint.node);
        self.show_kept(conn, kept);
        let (log, shown, now) = (checkpoint.log(), checkpoint.hash(), self.moment.now);
        if self.disputes.len() >= DISPUTES_MAX && !self.disputes.contains_key(&log) {
            self.disputes.pop_first();
        }
        let dispute = self.disputes.entry(log).or_insert(Dispute { told: 0, at: now, shown });
        let past = now.as_millis().saturating_sub(dispute.at.as_millis());
        let lately = (0..LIMITS.dispute_interval_ms).contains(&past);
        // Whoever relays shows the same again until the node itself is back.
        let stale = relayed && dispute.shown == shown;
        if dispute.told == 0 || !lately && !stale {
            *dispute = Dispute { told: dispute.told + 1, at: now, shown };
        }
        let accused = dispute.told > TELLINGS;
        accused.then(|| self.incident(IncidentKind::AuditForked, Some(checkpoint.node))).flatten()
    }

    /// The node of a log began a new life: the log is closed, and what was said of it settled.
    pub(super) fn settle_dispute(&mut self, node: &NodeId, left: &Incarnation) {
        self.disputes.remove(&LogId::of(node, left));
    }

    /// Shows what is kept of a log to the side it came from.
    pub(super) fn show_kept(&mut self, conn: ConnId, kept: Kept) {
        let offer = Offer { from: 0, proof: Vec::new(), signed: kept.signed };
        self.say(conn, &Frame::Checkpoints(vec![offer]));
    }

    /// A superior shows what it keeps: of the own log, where this store may lack it, or of the log
    /// of a node below, which is passed on to it.
    pub(super) fn heed_checkpoints(
        &mut self,
        offers: Vec<Offer>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        let own = LogId::of(&self.identity.node, &self.incarnation);
        for Offer { signed, .. } in offers {
            let checkpoint = &signed.checkpoint;
            let member = self.members.get(&checkpoint.node);
            if !member.is_some_and(|it| signed.is_signed_by(&it.change_key, crypto)) {
                continue;
            }
            let here = audit::kept(records, &checkpoint.log(), checkpoint.size)?;
            if checkpoint.log() == own {
                // It was signed by this node, and durable before anybody was shown it.
                if !here.is_some_and(|it| it.signed.checkpoint.says_the_same(checkpoint)) {
                    self.begin_new_life();
                    return Ok(());
                }
                continue;
            }
            let unit = member.map(|member| member.unit.clone());
            if !unit.is_some_and(|unit| self.tree.tree.is_within(&unit, &self.identity.unit)) {
                continue;
            }
            let below = self.sessions.values().find(|session| {
                session.node == Some(checkpoint.node) && session.relation == Relation::Lower
            });
            let below = below.map(|session| session.conn);
            let known = audit::newest(records, &checkpoint.log())?;
            let newest = known.is_none_or(|it| it.signed.checkpoint.size < checkpoint.size);
            let kept = Kept { signed, cosigned: Vec::new() };
            if here.is_none() {
                self.commit(audit::kept_op(&kept, newest));
            }
            if let Some(below) = below {
                self.show_kept(below, kept);
            }
        }
        Ok(())
    }
}
