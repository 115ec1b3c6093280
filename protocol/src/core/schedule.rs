//! When time itself has something to do, and what a clock that was set back must not undo.
//!
//! **Invariant:** between two moments of [`Core::next_tick`] a tick changes nothing, so that a node
//! at rest may sleep; and no wall clock, however it jumps, makes a deadline recede.

use std::time::Duration;

use dossier::Timestamp;

use super::{Core, Relation, Session};
use crate::{Moment, Records, limits::LIMITS};

impl Core {
    /// How long nothing is due by the wall clock that shows `now`; `None` while nobody is
    /// connected and no reorganisation waits. Asked again after every event.
    pub fn next_tick(&self, now: Timestamp, records: &dyn Records) -> Option<Duration> {
        let head = records.feed_head().sequence;
        let sessions = self.sessions.values().map(|session| due(session, head)).min();
        let due = sessions.map_or(i64::MAX, |due| due.min(self.custodies.due()));
        let due = due.min(self.reorganisations_due(now));
        if due == i64::MAX && sessions.is_none() {
            return None;
        }
        let rest = due.saturating_sub(now.as_millis());
        Some(Duration::from_millis(u64::try_from(rest).unwrap_or(0)))
    }

    /// Another event begins, at this moment.
    pub(super) fn enter_moment(&mut self, at: Moment) {
        self.follow_clock(at.now);
        self.moment = at;
        self.cache.trim();
        self.custodies.begin();
        self.leave_restored_life();
    }

    /// Deadlines are measured by the wall clock. When it is set back, what began lately moves back
    /// with it, so that nobody waits for the difference.
    pub(super) fn follow_clock(&mut self, now: Timestamp) {
        let back = self.moment.now.as_millis().saturating_sub(now.as_millis());
        if back <= 0 {
            return;
        }
        let moved = |at: Timestamp| Timestamp::from_millis(at.as_millis().saturating_sub(back));
        self.custodies.follow_clock(moved);
        self.reorganisations.wake();
        for session in self.sessions.values_mut() {
            session.since = moved(session.since);
            session.last_heard = moved(session.last_heard);
            session.last_repair = session.last_repair.map(moved);
            session.inquired = session.inquired.map(moved);
            session.agreed = session.agreed.map(|(at, equal)| (moved(at), equal));
            session.challenged = session.challenged.map(|(at, conn)| (moved(at), conn));
        }
    }
}

/// When a tick has something to do for a session, by the wall clock in milliseconds.
fn due(session: &Session, head: u64) -> i64 {
    let after = |at: Timestamp, wait: i64| at.as_millis().saturating_add(wait + 1);
    if session.node.is_none() {
        return after(session.since, session.hello_wait_ms());
    }
    if let Some((since, _)) = session.challenged {
        return after(since, LIMITS.challenge_timeout_ms);
    }
    if session.relation != Relation::Upper || !session.is_drained(head) {
        // What is under way is moved by frames; the hour has no part in it.
        return i64::MAX;
    }
    let check = session.agreed.map_or(i64::MIN, |(at, _)| after(at, session.check_wait_ms()));
    let check = if session.checking.is_some() { i64::MAX } else { check };
    let inquiry = session.inquired.map_or(i64::MIN, |at| after(at, session.inquiry_wait_ms));
    check.min(inquiry)
}
