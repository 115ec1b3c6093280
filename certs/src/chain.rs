//! Certificates in a row: size limits, PEM, and the path to the province's root.
//!
//! A chain is leaf first. The root is never believed because it came along; it is an argument.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use dossier::{Hash, Timestamp};
use pkcs8::LineEnding;
use pkcs8::der::pem;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};

/// The most certificates a peer may present: leaf, issuing authority, root.
pub const CERTIFICATES_MAX: usize = 3;

/// The most bytes all certificates of a peer may take together.
pub const CHAIN_BYTES_MAX: usize = 8 * 1024;

/// The most bytes of PEM text that are read.
pub const PEM_BYTES_MAX: usize = 16 * 1024;

/// A row of certificates that is not even looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// No certificate at all.
    #[error("no certificate")]
    Empty,
    /// More than [`CERTIFICATES_MAX`] certificates or [`CHAIN_BYTES_MAX`] bytes.
    #[error("the certificates are too many or too long")]
    TooLong,
    /// Text that is not PEM certificates and nothing else.
    #[error("not PEM certificates")]
    Pem,
}

/// Checks the limits that stand in front of every parser.
///
/// # Errors
/// [`ChainError::Empty`] or [`ChainError::TooLong`].
pub fn check_size(chain: &[CertificateDer<'_>]) -> Result<(), ChainError> {
    let bytes: usize = chain.iter().map(|certificate| certificate.len()).sum();
    match chain.len() {
        0 => Err(ChainError::Empty),
        count if count > CERTIFICATES_MAX || bytes > CHAIN_BYTES_MAX => Err(ChainError::TooLong),
        _ => Ok(()),
    }
}

/// Writes certificates as PEM.
pub fn to_pem(chain: &[CertificateDer<'_>]) -> String {
    let section = |certificate: &CertificateDer<'_>| {
        pem::encode_string("CERTIFICATE", LineEnding::LF, certificate)
            .expect("a certificate is far below the length that PEM can hold")
    };
    chain.iter().map(section).collect()
}

/// Reads PEM certificates, with limits.
///
/// # Errors
/// Any [`ChainError`].
pub fn from_pem(text: &str) -> Result<Vec<CertificateDer<'static>>, ChainError> {
    if text.len() > PEM_BYTES_MAX {
        return Err(ChainError::TooLong);
    }
    let chain = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| ChainError::Pem)?;
    check_size(&chain)?;
    Ok(chain)
}

/// Reads exactly one PEM certificate.
///
/// # Errors
/// Any [`ChainError`].
pub fn one_from_pem(text: &str) -> Result<CertificateDer<'static>, ChainError> {
    let mut chain = from_pem(text)?;
    if chain.len() == 1 { chain.pop().ok_or(ChainError::Empty) } else { Err(ChainError::Pem) }
}

/// The SHA-256 of a whole certificate: how a root is pinned.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> Hash {
    Hash::of(certificate)
}

/// Verifies that `chain` leads to `root` and is valid at `now`; says nothing of whose it is.
///
/// # Errors
/// The refusal of webpki, as rustls reports it.
pub fn verify(
    chain: &[CertificateDer<'_>],
    root: &CertificateDer<'_>,
    now: UnixTime,
) -> Result<(), rustls::Error> {
    let (leaf, intermediates) =
        chain.split_first().ok_or(rustls::Error::NoCertificatesPresented)?;
    verify_server_cert_signed_by_trust_anchor(
        &ParsedCertificate::try_from(leaf)?,
        &*anchors(root)?,
        intermediates,
        now,
        algorithms().all,
    )
}

/// Verifies as [`verify`] does, but at the moment of the leaf's life that is nearest to `now`: how
/// long ago it ended is for the caller to judge.
///
/// # Errors
/// As [`verify`].
pub fn verify_in_life(
    chain: &[CertificateDer<'_>],
    root: &CertificateDer<'_>,
    now: UnixTime,
) -> Result<(), rustls::Error> {
    let within = match verify(chain, root, now) {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
            not_after,
            ..
        })) => not_after,
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
            not_before,
            ..
        })) => not_before,
        outcome => return outcome,
    };
    verify(chain, root, within)
}

/// The set that holds one root and nothing else.
pub(crate) fn anchors(root: &CertificateDer<'_>) -> Result<Arc<RootCertStore>, rustls::Error> {
    let mut anchors = RootCertStore::empty();
    anchors.add(root.clone().into_owned())?;
    Ok(Arc::new(anchors))
}

/// Signature algorithms believed in certificates and handshakes: Ed25519 alone.
pub(crate) fn algorithms() -> WebPkiSupportedAlgorithms {
    type Verifiers = &'static [&'static dyn SignatureVerificationAlgorithm];
    static ED25519: LazyLock<[(SignatureScheme, Verifiers); 1]> = LazyLock::new(|| {
        let known = aws_lc_rs::default_provider().signature_verification_algorithms.mapping;
        let ed25519 = known.iter().find(|(scheme, _)| *scheme == SignatureScheme::ED25519);
        [*ed25519.expect("the provider verifies Ed25519")]
    });
    WebPkiSupportedAlgorithms { all: ED25519[0].1, mapping: &*ED25519 }
}

/// The instant in the form certificates are verified at; before 1970 counts as 1970.
pub fn unix_time(now: Timestamp) -> UnixTime {
    let seconds = u64::try_from(now.as_seconds()).unwrap_or(0);
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
