//! Do both sides hold the same? Asked after every catch-up, daily, and when a person wants to know.
//!
//! The lower side asks. A difference counts only when neither side had anything under way.

use dossier::{UnitId, unit::Tier};

use super::{Answer, ConnId, Core, IncidentKind, Relation, ledger::Level};
use crate::{
    Fault, Records,
    limits::LIMITS,
    wire::{Frame, ScopeState},
};

impl Core {
    pub(super) fn scope_state(&self, conn: ConnId, records: &dyn Records) -> Option<ScopeState> {
        let session = self.sessions.get(&conn)?;
        let head = records.feed_head().sequence;
        let sum = self.shared_sum(&self.shared(conn)?);
        Some(ScopeState {
            fingerprint: sum.fingerprint(),
            dossiers: sum.dossiers(),
            sequence: head,
            // What is not durable yet counts in the sum and not in the feed.
            drained: session.is_drained(head) && !self.uncommitted,
        })
    }

    /// Compares with the superior; answered by [`Core::answer_checks`].
    pub(super) fn begin_check(&mut self, request: u64, records: &dyn Records) -> Result<(), Fault> {
        let upper = self
            .sessions
            .values()
            .find(|session| session.node.is_some() && session.relation == Relation::Upper)
            .map(|session| session.conn);
        let Some(conn) = upper else {
            self.reply(request, Answer::Synced(None));
            return Ok(());
        };
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.checks.push(request);
        }
        self.after_drained(conn, records)
    }

    /// Once this side is drained: ask about unacknowledged tips, and compare when someone waits,
    /// after every catch-up, and daily.
    pub(super) fn after_drained(
        &mut self,
        conn: ConnId,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let head = records.feed_head().sequence;
        let now = self.moment.now;
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        let moving = self.uncommitted || !session.is_drained(head);
        if moving || session.relation != Relation::Upper {
            return Ok(());
        }
        let wait = session.check_wait_ms();
        let due = session.agreed.is_none_or(|(at, _)| now.as_millis() - at.as_millis() >= wait);
        let wanted = due || !session.checks.is_empty();
        let ask = wanted && session.checking.is_none();
        if ask {
            session.checking = Some(head);
        }
        self.inquire(conn);
        if ask && let Some(state) = self.scope_state(conn, records) {
            self.say(conn, &Frame::Check(state));
        }
        Ok(())
    }

    pub(super) fn answer_checks(&mut self, requests: &[u64], equal: bool) {
        for request in requests {
            self.reply(*request, Answer::Synced(Some(equal)));
        }
    }

    pub(super) fn fail_checks(&mut self, requests: &[u64]) {
        for request in requests {
            self.reply(*request, Answer::Synced(None));
        }
    }

    /// Takes the superior's state. A difference counts only when neither side had anything under
    /// way: it is then repaired, and told.
    pub(super) fn compare(
        &mut self,
        conn: ConnId,
        theirs: ScopeState,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let Some(ours) = self.scope_state(conn, records) else { return Ok(()) };
        let now = self.moment.now;
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        let equal = ours.fingerprint == theirs.fingerprint;
        let still = session.checking.take() == Some(ours.sequence);
        let settled = still && ours.drained && theirs.drained;
        if !equal && !settled {
            // Something moved meanwhile; whoever waits is answered by the next comparison.
            return self.after_drained(conn, records);
        }
        session.agreed = Some((now, equal));
        session.mend_wait_ms = match equal {
            true => LIMITS.repair_interval_ms,
            false => (session.mend_wait_ms * 2).min(LIMITS.check_interval_ms),
        };
        let checks = std::mem::take(&mut session.checks);
        let rested = session
            .last_repair
            .is_none_or(|at| now.as_millis() - at.as_millis() >= LIMITS.repair_interval_ms);
        let (relation, node, superior) = (session.relation, session.node, session.unit.clone());
        self.answer_checks(&checks, equal);
        if !rested || relation != Relation::Upper {
            return Ok(());
        }
        if !equal {
            let op = self.incident(IncidentKind::Diverged, node);
            self.commit(op.into_iter().collect());
        }
        if !equal || self.owes_late(&superior) {
            self.begin_repair(conn, records)?;
        }
        Ok(())
    }

    /// Whether the superior lacks something that this node wrote in a dossier of a unit that left:
    /// no comparison shows it.
    fn owes_late(&self, superior: &UnitId) -> bool {
        let level = if self.tier == Tier::One { Level::Tier2 } else { Level::Tier3 };
        self.ledger.unacknowledged(level).any(|id| self.is_late(id, superior))
    }
}
