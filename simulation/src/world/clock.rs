//! Wall clocks of the nodes: one virtual time, and how far each clock is from it.

use std::sync::Mutex;
use std::sync::PoisonError;

use dossier::Timestamp;
use node::environment::Clock;
use tokio::time::Instant;

/// Monday, 5 January 2026, 00:00 in Hòa Bình: the virtual time a world begins at, in milliseconds
/// since the Unix epoch.
pub const BEGIN_MS: i64 = 1_767_546_000_000;

/// The virtual time of a world.
#[derive(Debug, Clone, Copy)]
pub struct Era {
    started: Instant,
}

impl Era {
    /// Begins at this instant of the runtime.
    pub fn begin() -> Self {
        Self { started: Instant::now() }
    }

    /// Virtual nanoseconds since the beginning.
    pub fn elapsed_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Virtual milliseconds since the beginning.
    pub fn elapsed_ms(&self) -> u64 {
        self.elapsed_ns() / 1_000_000
    }

    /// The instant `ms` virtual milliseconds after the beginning.
    pub fn at_ms(&self, ms: u64) -> Instant {
        self.started + std::time::Duration::from_millis(ms)
    }
}

/// How a clock differs from virtual time.
#[derive(Debug, Clone, Copy, Default)]
struct Error {
    /// Since this virtual moment, in milliseconds.
    since_ms: u64,
    /// It was ahead by so much then, in milliseconds.
    ahead_ms: i64,
    /// And runs ahead by so many millionths.
    drift_ppm: i64,
}

/// The wall clock of one node; it may be wrong, drift and be set.
#[derive(Debug)]
pub struct VirtualClock {
    era: Era,
    error: Mutex<Error>,
}

impl VirtualClock {
    /// A clock that is right.
    pub fn new(era: Era) -> Self {
        Self { era, error: Mutex::default() }
    }

    /// Sets the clock `ahead_ms` milliseconds ahead of the truth and lets it gain `drift_ppm`
    /// millionths from here on.
    pub fn disturb(&self, ahead_ms: i64, drift_ppm: i64) {
        let error = Error { since_ms: self.era.elapsed_ms(), ahead_ms, drift_ppm };
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// Sets the clock right.
    pub fn correct(&self) {
        self.disturb(0, 0);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let error = *self.error.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = i64::try_from(self.era.elapsed_ms()).unwrap_or(i64::MAX);
        let since = i64::try_from(error.since_ms).unwrap_or(i64::MAX);
        let drifted = (elapsed - since).saturating_mul(error.drift_ppm) / 1_000_000;
        Timestamp::from_millis(BEGIN_MS + elapsed + error.ahead_ms + drifted)
    }
}

/// Whether people work at this virtual moment: Monday to Friday.
pub fn is_working_day(day: u64) -> bool {
    day % 7 < 5
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_drifts_jumps_and_is_set_right() {
        let era = Era::begin();
        let clock = VirtualClock::new(era);
        tokio::time::advance(Duration::from_secs(1_000)).await;
        assert_eq!(clock.now().as_millis(), BEGIN_MS + 1_000_000);
        clock.disturb(-5_000, 100);
        assert_eq!(clock.now().as_millis(), BEGIN_MS + 995_000);
        tokio::time::advance(Duration::from_secs(10_000)).await;
        assert_eq!(clock.now().as_millis(), BEGIN_MS + 10_996_000);
        clock.correct();
        assert_eq!(clock.now().as_millis(), BEGIN_MS + 11_000_000);
    }
}
