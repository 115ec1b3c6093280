//! How often one source may come to the door.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

use super::TRY_INTERVAL;

/// Sources remembered at once; when as many have tried within a second, others wait.
const SOURCES: usize = 1024;

/// When each source tried last.
#[derive(Debug, Default)]
pub(super) struct Tries(BTreeMap<IpAddr, Instant>);

impl Tries {
    /// Whether a source may try at this moment; it is remembered if so.
    pub(super) fn admit(&mut self, source: IpAddr, now: Instant) -> bool {
        let recent = |last: &Instant| now.saturating_duration_since(*last) < TRY_INTERVAL;
        if self.0.get(&source).is_some_and(recent) {
            return false;
        }
        if self.0.len() >= SOURCES {
            self.0.retain(|_, last| recent(last));
        }
        let room = self.0.len() < SOURCES;
        if room {
            self.0.insert(source, now);
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_source_tries_once_a_second() {
        let start = tokio::time::Instant::now().into_std();
        let host = |number: u32| IpAddr::from(number.to_be_bytes());
        let at = |millis| start + Duration::from_millis(millis);
        let mut tries = Tries::default();
        assert!(tries.admit(host(1), at(0)));
        assert!(!tries.admit(host(1), at(999)));
        assert!(tries.admit(host(2), at(999)));
        assert!(tries.admit(host(1), at(1000)));
    }

    #[tokio::test]
    async fn what_is_remembered_is_bounded() {
        let start = tokio::time::Instant::now().into_std();
        let mut tries = Tries::default();
        let admitted =
            (0..5000u32).filter(|number| tries.admit(number.to_be_bytes().into(), start)).count();
        assert_eq!(admitted, SOURCES);
        assert!(tries.admit([200, 0, 0, 1].into(), start + TRY_INTERVAL));
        assert_eq!(tries.0.len(), 1);
    }
}
