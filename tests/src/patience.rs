//! Waiting for what must come about, within a bound.

#![allow(clippy::disallowed_methods, reason = "processes live in real time")]

use std::time::{Duration, Instant};

/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits a moment between two tries.
pub fn pause() {
    std::thread::sleep(PAUSE);
}

/// Looks again and again until `holds`.
///
/// # Panics
/// When it does not come about within `limit`.
pub fn eventually(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < limit, "did not come about within {limit:?}: {what}");
        pause();
    }
}

/// Watches for `time` that `holds` never ceases to be true.
///
/// # Panics
/// When it does.
pub fn throughout(what: &str, time: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        assert!(holds(), "ceased after {:?}: {what}", begun.elapsed());
        pause();
    }
}
