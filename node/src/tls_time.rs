//! The node's clock, as TLS asks for it.

use std::sync::Arc;
use std::time::Duration;

use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;

use crate::environment::Clock;

/// Tells rustls the time of the node's own clock.
#[derive(Debug)]
pub struct TlsTime(Arc<dyn Clock>);

impl TlsTime {
    /// Wraps a clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(clock)
    }
}

impl TimeProvider for TlsTime {
    fn current_time(&self) -> Option<UnixTime> {
        let millis = u64::try_from(self.0.now().as_millis()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(millis)))
    }
}
