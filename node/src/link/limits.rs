//! Every bound of a link.

use std::time::Duration;

/// Bounds of a link. The defaults suit a department node; the province raises
/// [`LinkLimits::sessions`].
#[derive(Debug, Clone)]
pub struct LinkLimits {
    /// Largest frame, in bytes; at most [`LinkLimits::FRAME_CEILING`].
    pub frame: usize,
    /// Bytes that may wait in the send queue of one connection, length prefixes included.
    pub queue: usize,
    /// Events that may wait for the node; when they are full, peers are held back.
    pub events: usize,
    /// Accepted sessions at once.
    pub sessions: usize,
    /// Accepted sessions and handshakes of one source: an IPv4 address or an IPv6 /64.
    pub sessions_per_source: usize,
    /// Handshakes in progress; the next one is refused.
    pub handshakes: usize,
    /// Handshakes in progress above which an unproven source address must prove itself.
    pub handshakes_unproven: usize,
    /// Time for a handshake.
    pub handshake_time: Duration,
    /// Time from the handshake to the stream that a dialler must open.
    pub stream_time: Duration,
    /// Silence after which a connection is lost.
    pub idle_time: Duration,
    /// Silence after which the dialler sends a keep-alive.
    pub keep_alive: Duration,
    /// Time for a shutdown to deliver what is queued.
    pub drain_time: Duration,
    /// Streams beyond the one of the protocol that are refused before the connection is.
    pub extra_streams: usize,
}

impl LinkLimits {
    /// No frame is larger than this, in bytes, whatever is configured.
    pub const FRAME_CEILING: usize = 8 * 1024 * 1024;

    /// The largest frame, in bytes, ceiling applied.
    pub fn frame_max(&self) -> usize {
        self.frame.clamp(1, Self::FRAME_CEILING)
    }
}

impl Default for LinkLimits {
    fn default() -> Self {
        Self {
            frame: protocol::LIMITS.frame_bytes_max,
            queue: 12 * 1024 * 1024,
            events: 64,
            sessions: 512,
            sessions_per_source: 8,
            handshakes: 256,
            handshakes_unproven: 16,
            handshake_time: Duration::from_secs(10),
            stream_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(30),
            keep_alive: Duration::from_secs(10),
            drain_time: Duration::from_secs(5),
            extra_streams: 16,
        }
    }
}
