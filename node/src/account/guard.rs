//! The growing lock: how often a password may be guessed, per account and per source.
//!
//! Five failures, then a minute that doubles with each further one up to a day; and whatever
//! happens, at most twenty evaluations an hour.

use dossier::Timestamp;
use serde::{Deserialize, Serialize};

/// Failures before the lock falls.
const FREE: u32 = 5;
/// The first lock, in milliseconds.
const FIRST_MS: i64 = 60 * 1000;
/// The longest lock, in milliseconds.
const LONGEST_MS: i64 = 24 * 60 * 60 * 1000;
/// Evaluations in an hour.
const HOURLY: usize = 20;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// What is remembered of the guesses at one account, or from one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Guard {
    failures: u32,
    until: Option<Timestamp>,
    /// When the last evaluations were, oldest first; at most [`HOURLY`].
    evaluated: Vec<Timestamp>,
}

impl Guard {
    /// Whether a guess may be evaluated at `now`; else when the next may be.
    pub(super) fn admits(&self, now: Timestamp) -> Result<(), Timestamp> {
        if let Some(until) = self.until.filter(|until| *until > now) {
            return Err(until);
        }
        // A clock that was set back makes no room: what lies ahead of it counts.
        let past = |at: &&Timestamp| now.as_millis() - at.as_millis() >= HOUR_MS;
        match self.evaluated.first().filter(|_| self.evaluated.len() >= HOURLY) {
            Some(oldest) if !past(&oldest) => {
                Err(Timestamp::from_millis(oldest.as_millis() + HOUR_MS))
            }
            _ => Ok(()),
        }
    }

    /// Writes down a guess as failed before it is evaluated.
    pub(super) fn note_guess(&mut self, now: Timestamp) {
        if self.evaluated.len() >= HOURLY {
            self.evaluated.remove(0);
        }
        self.evaluated.push(now);
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FREE {
            let doublings = (self.failures - FREE).min(20);
            let wait = (FIRST_MS << doublings).min(LONGEST_MS);
            self.until = Some(Timestamp::from_millis(now.as_millis() + wait));
        }
    }

    /// The guess was right.
    pub(super) fn note_success(&mut self) {
        self.failures = 0;
        self.until = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000 + seconds * 1000)
    }

    #[test]
    fn the_lock_falls_at_the_fifth_failure_and_doubles_up_to_a_day() {
        let mut guard = Guard::default();
        for _ in 0..4 {
            guard.note_guess(at(0));
            assert_eq!(guard.admits(at(0)), Ok(()));
        }
        let mut now = 0;
        for wait in [60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 30720, 61440, 86400, 86400] {
            guard.note_guess(at(now));
            assert_eq!(guard.admits(at(now + wait - 1)), Err(at(now + wait)));
            assert_eq!(guard.admits(at(now + wait)), Ok(()));
            now += wait;
        }
        guard.note_success();
        assert_eq!(guard.admits(at(now)), Ok(()));
    }

    #[test]
    fn twenty_an_hour_whatever_happens() {
        let mut guard = Guard::default();
        for second in 0..20 {
            assert_eq!(guard.admits(at(second)), Ok(()));
            guard.note_guess(at(second));
            guard.note_success();
        }
        assert_eq!(guard.admits(at(20)), Err(at(3600)));
        assert_eq!(guard.admits(at(-86_400)), Err(at(3600)), "a clock set back makes no room");
        assert_eq!(guard.admits(at(3600)), Ok(()));
    }
}
