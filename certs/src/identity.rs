//! Who a peer is, read from its certificates.
//!
//! The authority issues one exact shape of certificate, and this parser takes only that shape:
//! one DNS name, one common name, two usages, an Ed25519 key, a serial number of 16 bytes. What
//! webpki would tolerate beyond it (no extended usage, many names) is refused here.

use dossier::{Hash, NodeId, Timestamp, UnitId};
use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use crate::chain::{self, ChainError};
use crate::key;
use crate::name::ProvinceName;

/// Length of every serial number, in bytes.
pub const SERIAL_LENGTH: usize = 16;

/// A certificate that is not of the one shape the authority issues.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The limits on count or size are exceeded.
    #[error("the chain is not acceptable")]
    Chain(#[from] ChainError),
    /// Not DER of an X.509 version 3 certificate, or bytes after its end.
    #[error("not one certificate in DER")]
    Encoding,
    /// Not exactly one name of this province, or the common name is no node id.
    #[error("the names are not those of a node of this province")]
    Names,
    /// An authority, or usages other than exactly client and server authentication.
    #[error("not a certificate for both directions of a peer connection")]
    Usage,
    /// Not an Ed25519 key.
    #[error("the key is not Ed25519")]
    Key,
    /// A serial number of another length.
    #[error("the serial number is not of this authority")]
    Serial,
}

/// A node, as its certificate names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeIdentity {
    /// Unit the node serves.
    pub unit: UnitId,
    /// The node.
    pub node: NodeId,
    /// Hash of the `SubjectPublicKeyInfo` of its TLS key.
    pub spki_hash: Hash,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// Serial number.
    pub serial: [u8; SERIAL_LENGTH],
}

impl NodeIdentity {
    /// Reads the identity from a chain, leaf first. The chain must be verified by the handshake
    /// or by [`chain::verify`]; this function checks shape, not signatures.
    ///
    /// # Errors
    /// [`IdentityError`] for every certificate that the authority of `province` would not issue.
    pub fn from_chain(
        chain: &[CertificateDer<'_>],
        province: &ProvinceName,
    ) -> Result<Self, IdentityError> {
        chain::check_size(chain)?;
        let mut parsed = Vec::with_capacity(chain.len());
        for certificate in chain {
            parsed.push(parse(certificate)?);
        }
        let leaf = &parsed[0];
        check_usage(leaf)?;
        let public = key::from_spki(leaf.public_key().raw).ok_or(IdentityError::Key)?;
        let validity = leaf.validity();
        Ok(Self {
            unit: unit(leaf, province)?,
            node: node(leaf)?,
            spki_hash: key::spki_hash(&public),
            not_before: instant(validity.not_before.timestamp()),
            not_after: instant(validity.not_after.timestamp()),
            serial: leaf.raw_serial().try_into().map_err(|_| IdentityError::Serial)?,
        })
    }
}

/// Parses one certificate that fills its bytes.
pub(crate) fn parse<'a>(der: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, IdentityError> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(IdentityError::Encoding),
    }
}

/// The Ed25519 key that a certificate is about.
pub(crate) fn certified_key(der: &CertificateDer<'_>) -> Result<[u8; 32], IdentityError> {
    key::from_spki(parse(der)?.public_key().raw).ok_or(IdentityError::Key)
}

/// The instant of a validity date given in seconds.
pub(crate) fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}

fn check_usage(leaf: &X509Certificate<'_>) -> Result<(), IdentityError> {
    let usage = leaf.extended_key_usage().map_err(|_| IdentityError::Encoding)?;
    let usage = usage.ok_or(IdentityError::Usage)?.value;
    let both = usage.client_auth && usage.server_auth;
    let others = usage.any
        || usage.code_signing
        || usage.email_protection
        || usage.time_stamping
        || usage.ocsp_signing
        || !usage.other.is_empty();
    if both && !others && !leaf.is_ca() { Ok(()) } else { Err(IdentityError::Usage) }
}

fn unit(leaf: &X509Certificate<'_>, province: &ProvinceName) -> Result<UnitId, IdentityError> {
    let names = leaf.subject_alternative_name().map_err(|_| IdentityError::Encoding)?;
    match names.ok_or(IdentityError::Names)?.value.general_names.as_slice() {
        [GeneralName::DNSName(name)] => province.unit_of(name).ok_or(IdentityError::Names),
        _ => Err(IdentityError::Names),
    }
}

fn node(leaf: &X509Certificate<'_>) -> Result<NodeId, IdentityError> {
    let mut names = leaf.subject().iter_common_name();
    match (names.next(), names.next()) {
        (Some(name), None) => {
            name.as_str().ok().and_then(|text| text.parse().ok()).ok_or(IdentityError::Names)
        }
        _ => Err(IdentityError::Names),
    }
}
