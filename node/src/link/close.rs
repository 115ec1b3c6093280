//! Why a connection ended or never began.

use std::fmt;

use certs::DoorRefusal;
use protocol::wire::RefusalCode;
use quinn::{ConnectionError, TransportErrorCode, VarInt};
use rustls::AlertDescription;

use super::frame::FrameFault;

/// The longest reason kept from a peer, in characters.
const REASON_CHARS: usize = 200;

/// Tells the peer why its connection was closed. The machines choose their own codes from
/// [`CloseCode::APPLICATION`] up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CloseCode(pub u32);

impl CloseCode {
    /// All is said.
    pub const DONE: Self = Self(0);
    /// The node goes down in good order.
    pub const SHUTDOWN: Self = Self(1);
    /// The peer's certificate is revoked.
    pub const REVOKED: Self = Self(2);
    /// The peer broke the framing.
    pub const FAULT: Self = Self(3);
    /// The peer opened no stream in time.
    pub const SILENT: Self = Self(4);
    /// No room; try again later.
    pub const BUSY: Self = Self(5);
    /// The peer's certificate says nothing this node understands.
    pub const UNVERIFIED: Self = Self(6);
    /// The first code that belongs to the machines above the link.
    pub const APPLICATION: Self = Self(256);
}

impl From<CloseCode> for VarInt {
    fn from(code: CloseCode) -> Self {
        Self::from_u32(code.0)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a connection ended or never began.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// This node closed it.
    #[error("closed here: {reason} (code {code})")]
    Here {
        /// What the peer was told.
        code: CloseCode,
        /// What the peer was told, in words.
        reason: String,
    },
    /// The peer closed it.
    #[error("closed by the peer: {reason} (code {code})")]
    Peer {
        /// The peer's code.
        code: CloseCode,
        /// The peer's words, cut and cleaned of control characters.
        reason: String,
    },
    /// This node does not accept what the peer showed in the handshake.
    #[error("peer not accepted: {reason}")]
    Refused {
        /// The kind, as far as the alert tells.
        refusal: DoorRefusal,
        /// The verifier's words.
        reason: String,
    },
    /// The peer does not accept what this node showed in the handshake. A dialler learns of it
    /// only after its own handshake is complete.
    #[error("refused by the peer: {reason}")]
    RefusedByPeer {
        /// The kind, as far as the alert tells.
        refusal: DoorRefusal,
        /// The peer's words, cut and cleaned of control characters.
        reason: String,
    },
    /// The address or the name of the unit cannot be dialled.
    #[error("cannot be dialled: {0}")]
    Unreachable(String),
    /// The peer has no room for another connection.
    #[error("the peer takes no further connections at present")]
    Busy,
    /// Nothing came in time.
    #[error("timed out")]
    TimedOut,
    /// The peer broke the framing.
    #[error("peer broke the framing")]
    Fault(#[from] FrameFault),
    /// The transport gave up, e.g. the peer restarted.
    #[error("lost: {0}")]
    Lost(String),
}

impl CloseReason {
    /// A close by this node.
    pub(crate) fn here(code: CloseCode, reason: &str) -> Self {
        Self::Here { code, reason: reason.to_owned() }
    }

    /// What a peer's refusal is to the core, whichever of its locks was shut.
    pub(crate) fn refusal(&self) -> Option<u16> {
        match self {
            Self::Peer { code: CloseCode::REVOKED, .. }
            | Self::RefusedByPeer { refusal: DoorRefusal::Revoked, .. } => {
                Some(RefusalCode::Revoked as u16)
            }
            Self::Peer { code, .. } => {
                u16::try_from(code.0.checked_sub(CloseCode::APPLICATION.0)?).ok()
            }
            _ => None,
        }
    }
}

impl From<ConnectionError> for CloseReason {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::ApplicationClosed(close) => Self::Peer {
                code: CloseCode(u32::try_from(close.error_code.into_inner()).unwrap_or(u32::MAX)),
                reason: clean(&close.reason),
            },
            ConnectionError::ConnectionClosed(close) => by_peer(close.error_code, &close.reason),
            ConnectionError::TransportError(error) => {
                let reason = clean(error.reason.as_bytes());
                match refusal(error.code) {
                    Some(refusal) => Self::Refused { refusal, reason },
                    None => Self::Lost(format!("{}: {reason}", error.code)),
                }
            }
            ConnectionError::TimedOut => Self::TimedOut,
            ConnectionError::LocallyClosed => Self::here(CloseCode::SHUTDOWN, "node stopped"),
            error @ (ConnectionError::VersionMismatch
            | ConnectionError::Reset
            | ConnectionError::CidsExhausted) => Self::Lost(error.to_string()),
        }
    }
}

fn by_peer(code: TransportErrorCode, reason: &[u8]) -> CloseReason {
    if code == TransportErrorCode::CONNECTION_REFUSED {
        return CloseReason::Busy;
    }
    match refusal(code) {
        Some(refusal) => CloseReason::RefusedByPeer { refusal, reason: clean(reason) },
        None => CloseReason::Lost(code.to_string()),
    }
}

/// Sorts the TLS alert inside a QUIC error code (RFC 9001 section 4.8), if it holds one.
fn refusal(code: TransportErrorCode) -> Option<DoorRefusal> {
    let alert = u8::try_from(u64::from(code).checked_sub(0x100)?).ok()?;
    Some(DoorRefusal::of_alert(AlertDescription::from(alert)))
}

/// Text of unknown origin, safe for a log.
fn clean(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.chars().filter(|letter| !letter.is_control()).take(REASON_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peers_words_cannot_forge_log_lines() {
        assert_eq!(clean(b"ok\r\n\x1b[31mERROR"), "ok[31mERROR");
        assert_eq!(clean(&[0xff; 2]), "\u{fffd}\u{fffd}");
        assert_eq!(clean("đ".repeat(1000).as_bytes()).chars().count(), REASON_CHARS);
    }

    #[test]
    fn an_alert_is_read_from_its_code() {
        assert_eq!(refusal(TransportErrorCode::crypto(44)), Some(DoorRefusal::Revoked));
        assert_eq!(refusal(TransportErrorCode::crypto(45)), Some(DoorRefusal::Expired));
        assert_eq!(refusal(TransportErrorCode::FLOW_CONTROL_ERROR), None);
    }
}
