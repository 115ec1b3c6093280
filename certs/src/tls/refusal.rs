//! Why a door stayed shut, in the few kinds a person can act on.

use rustls::{AlertDescription, CertificateError, Error};

/// Why a handshake failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum DoorRefusal {
    /// A certificate has ended; if all peers seem so, the own clock is to be checked first.
    #[error("the certificate has expired")]
    Expired,
    /// A certificate has not begun; the same advice holds.
    #[error("the certificate is not yet valid")]
    NotYetValid,
    /// No certificate, or not one that this province's authority issued to a node.
    #[error("the certificate is not one of this province")]
    Foreign,
    /// The key is revoked.
    #[error("the key is revoked")]
    Revoked,
    /// A node of another unit answered.
    #[error("another unit answered")]
    WrongUnit,
    /// The peer has no TLS 1.3 or no post-quantum key exchange.
    #[error("the peer lacks the required key exchange")]
    ClassicalOnly,
    /// Anything else.
    #[error("the handshake failed")]
    Other,
}

impl DoorRefusal {
    /// Sorts an error of rustls, found here or reported by the peer as an alert.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(certificate) => Self::of_certificate(certificate),
            Error::NoCertificatesPresented => Self::Foreign,
            Error::PeerIncompatible(_) => Self::ClassicalOnly,
            Error::AlertReceived(alert) => Self::of_alert(*alert),
            _ => Self::Other,
        }
    }

    /// Sorts an alert. QUIC carries it as transport error `0x100 + alert`. An alert cannot tell
    /// "not yet valid" from "expired", nor "another unit" from "foreign".
    pub fn of_alert(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::CertificateExpired => Self::Expired,
            AlertDescription::CertificateRevoked => Self::Revoked,
            AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion => {
                Self::ClassicalOnly
            }
            AlertDescription::CertificateRequired
            | AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::DecryptError => Self::Foreign,
            _ => Self::Other,
        }
    }

    /// Sorts a certificate error: what is neither a matter of time, revocation nor name is a
    /// certificate that the authority would not have issued.
    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::Revoked => Self::Revoked,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::WrongUnit
            }
            _ => Self::Foreign,
        }
    }
}
