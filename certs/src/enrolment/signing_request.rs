//! Certificate signing requests (PKCS #10, RFC 2986): carriers of a key and the proof of its
//! possession. Names, usages and CA:TRUE inside them are never read.

use rcgen::CertificateParams;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use crate::key::{self, PrivateKey};

/// The longest signing request that is read, in bytes of DER.
pub(super) const LENGTH_MAX: usize = 4096;

/// A signing request that proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing request proves no possession of an Ed25519 key")]
pub(super) struct NoProof;

/// Writes a request for a key; it names nobody.
pub(super) fn create(key: &PrivateKey) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let request = params.serialize_request(key);
    request.expect("a request without extensions can be encoded").der().to_vec()
}

/// The Ed25519 key that signed the request about itself.
pub(super) fn proven_key(der: &[u8]) -> Result<[u8; 32], NoProof> {
    if der.len() > LENGTH_MAX {
        return Err(NoProof);
    }
    let Ok(([], request)) = X509CertificationRequest::from_der(der) else {
        return Err(NoProof);
    };
    let info = &request.certification_request_info;
    let public = key::from_spki(info.subject_pki.raw).ok_or(NoProof)?;
    if key::verify(&public, info.raw, &request.signature_value.data) {
        Ok(public)
    } else {
        Err(NoProof)
    }
}
