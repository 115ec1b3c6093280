//! Waiting for what must come about, within a bound.

use std::time::{Duration, Instant};

/// The time between two looks.
pub const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until `holds`.
///
/// # Panics
/// When it does not come about within `limit`.
pub fn eventually(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < limit, "did not come about within {limit:?}: {what}");
        std::thread::sleep(PAUSE);
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
        std::thread::sleep(PAUSE);
    }
}
