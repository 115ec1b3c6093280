//! What went over the wire.

use std::time::Duration;

use quinn::ConnectionStats;

/// Traffic of one connection, or of all. Bytes are UDP payload: frames, handshake, certificates,
/// acknowledgements, keep-alives and repetitions alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes sent.
    pub sent_bytes: u64,
    /// Bytes received.
    pub received_bytes: u64,
    /// Datagrams sent.
    pub sent_datagrams: u64,
    /// Datagrams received.
    pub received_datagrams: u64,
    /// Packets declared lost.
    pub lost_packets: u64,
    /// Estimate of the round trip; of many connections, the longest.
    pub rtt: Duration,
}

impl Traffic {
    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            sent_bytes: self.sent_bytes + other.sent_bytes,
            received_bytes: self.received_bytes + other.received_bytes,
            sent_datagrams: self.sent_datagrams + other.sent_datagrams,
            received_datagrams: self.received_datagrams + other.received_datagrams,
            lost_packets: self.lost_packets + other.lost_packets,
            rtt: self.rtt.max(other.rtt),
        }
    }
}

impl From<ConnectionStats> for Traffic {
    fn from(stats: ConnectionStats) -> Self {
        Self {
            sent_bytes: stats.udp_tx.bytes,
            received_bytes: stats.udp_rx.bytes,
            sent_datagrams: stats.udp_tx.datagrams,
            received_datagrams: stats.udp_rx.datagrams,
            lost_packets: stats.path.lost_packets,
            rtt: stats.path.rtt,
        }
    }
}
