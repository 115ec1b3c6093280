//! What this machine may ask about the node's own certificate.

use dossier::Timestamp;
use protocol::core::Refused;
use serde::{Deserialize, Serialize};

/// A question or an order about the node's own certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CertificateOrder {
    /// Until when it lasts, and what keeps the node from the next one.
    Show,
    /// Asks at the renewal door of tier 3; answered when the door has answered.
    Renew,
    /// Writes a request to be carried to tier 3.
    WritePaper,
    /// Takes the answer that was carried back, JSON.
    TakePaper(String),
}

/// The node's own certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateShown {
    /// When it began.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
    /// Where tier 3 renews certificates that ended, `host:port`, if the node was told.
    pub door: Option<String>,
    /// Why the last try to come back late failed, and when; the code `clock` comes before any
    /// other and carries the milliseconds by which the own clock is ahead, `superior` when it is
    /// only suspected because the superior's certificate seems out of its time, or nothing.
    pub trouble: Option<(Timestamp, Refused)>,
}
