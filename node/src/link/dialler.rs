//! When to dial a neighbour: exponential back-off with full jitter.
//!
//! After an outage every node of the province comes back at once. The random spread is what keeps
//! their handshakes apart: 250 at the same instant lose hundreds of packets, 250 over ten seconds
//! lose none. Time is the distance from any fixed start; random numbers are arguments.

use std::time::Duration;

/// Upper end of the first delay.
pub const BASE: Duration = Duration::from_secs(1);

/// Upper end of every later delay.
pub const CAP: Duration = Duration::from_secs(300);

/// A connection that lived this long clears the failures before it.
pub const STABLE: Duration = Duration::from_secs(60);

/// Decides when to dial one neighbour.
#[derive(Debug, Clone)]
pub struct Dialler {
    failures: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting { until: Duration },
    Dialling,
    Open { since: Duration },
}

impl Dialler {
    /// A dialler that dials first at a random moment within `spread` from `now`.
    pub fn new(now: Duration, spread: Duration, random: u64) -> Self {
        Self { failures: 0, state: State::Waiting { until: now + fraction(spread, random) } }
    }

    /// When [`Dialler::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Duration> {
        match self.state {
            State::Waiting { until } => Some(until),
            State::Dialling | State::Open { .. } => None,
        }
    }

    /// Whether to dial: `true` exactly once for each wait that is over.
    pub fn handle_timeout(&mut self, now: Duration) -> bool {
        let due = matches!(self.state, State::Waiting { until } if until <= now);
        if due {
            self.state = State::Dialling;
        }
        due
    }

    /// The neighbour shall be dialled without delay, e.g. because a person asked for it.
    pub fn handle_request(&mut self, now: Duration) {
        if matches!(self.state, State::Waiting { .. }) {
            self.state = State::Waiting { until: now };
        }
    }

    /// The connection is open.
    pub fn handle_opened(&mut self, now: Duration) {
        self.state = State::Open { since: now };
    }

    /// The dial failed or the connection closed.
    pub fn handle_ended(&mut self, now: Duration, random: u64) {
        if let State::Open { since } = self.state
            && now.saturating_sub(since) >= STABLE
        {
            self.failures = 0;
        }
        let delay = fraction(ceiling(self.failures), random);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting { until: now + delay };
    }
}

/// The longest delay after `failures` failures.
fn ceiling(failures: u32) -> Duration {
    BASE.saturating_mul(2u32.saturating_pow(failures)).min(CAP)
}

/// The part of `whole` that `random` says, in `0..=whole`.
fn fraction(whole: Duration, random: u64) -> Duration {
    let nanos = u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX);
    let part = (u128::from(nanos) * u128::from(random)) / u128::from(u64::MAX);
    Duration::from_nanos(u64::try_from(part).unwrap_or(nanos))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Duration = Duration::from_secs(1000);

    fn fail_times(count: u32, random: u64) -> (Dialler, Duration) {
        let mut dialler = Dialler::new(START, Duration::ZERO, random);
        let mut now = START;
        for _ in 0..count {
            now = dialler.poll_timeout().expect("waiting");
            assert!(dialler.handle_timeout(now));
            dialler.handle_ended(now, random);
        }
        (dialler, now)
    }

    proptest! {
        #[test]
        fn a_delay_never_passes_its_ceiling(failures in 1u32..60, random: u64) {
            let (dialler, now) = fail_times(failures, random);
            let delay = dialler.poll_timeout().expect("waiting") - now;
            let doubled = BASE.saturating_mul(2u32.saturating_pow(failures - 1));
            prop_assert!(delay <= doubled.min(CAP));
        }

        #[test]
        fn delays_fill_the_whole_range(failures in 1u32..60, percent in 0u64..=100) {
            let (dialler, now) = fail_times(failures, u64::MAX / 100 * percent);
            let delay = (dialler.poll_timeout().expect("waiting") - now).as_secs_f64();
            let expected = ceiling(failures - 1).as_secs_f64() * percent as f64 / 100.0;
            prop_assert!((delay - expected).abs() < 1e-3, "{delay} {expected}");
        }

        #[test]
        fn only_a_stable_connection_clears_the_failures(
            failures in 10u32..40,
            lived in 0u64..120,
        ) {
            let (mut dialler, _) = fail_times(failures, u64::MAX);
            let opened = dialler.poll_timeout().expect("waiting");
            prop_assert!(dialler.handle_timeout(opened));
            dialler.handle_opened(opened);
            prop_assert_eq!(dialler.poll_timeout(), None);
            let ended = opened + Duration::from_secs(lived);
            dialler.handle_ended(ended, u64::MAX);
            let delay = dialler.poll_timeout().expect("waiting") - ended;
            prop_assert_eq!(delay, if lived >= STABLE.as_secs() { BASE } else { CAP });
        }

        #[test]
        fn the_first_dials_are_spread(spread in 0u64..100, random: u64) {
            let spread = Duration::from_secs(spread);
            let due = Dialler::new(START, spread, random).poll_timeout().expect("waiting");
            prop_assert!((START..=START + spread).contains(&due));
        }
    }

    #[test]
    fn one_wait_is_one_dial() {
        let mut dialler = Dialler::new(START, Duration::from_secs(10), u64::MAX);
        assert!(!dialler.handle_timeout(START));
        dialler.handle_request(START);
        assert!(dialler.handle_timeout(START));
        assert!(!dialler.handle_timeout(START));
        dialler.handle_request(START);
        assert!(!dialler.handle_timeout(START), "a dial in progress is not repeated");
    }
}
