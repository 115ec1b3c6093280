//! The enrolment door: the joining side has no certificate yet and knows one fingerprint.

use std::sync::Arc;

use dossier::Hash;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, ClientConfig, Error, OtherError, version};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::peer::row;
use super::signatures::ed25519_in_tls13;
use super::{ALPN_ENROL, close_client, provider};
use crate::chain;
use crate::identity::IdentityError;

/// The server name that a joining node dials; it does not yet know which unit stands there.
pub const ENROL_SERVER_NAME: &str = "enrol.hoso.internal";

/// Makes the dialling side, which believes the one root whose SHA-256 is `pin`.
///
/// # Errors
/// [`Error`] when the versions do not fit the provider.
pub fn enrol_client(pin: Hash, clock: Arc<dyn TimeProvider>) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_details(provider(), clock)
        .with_protocol_versions(&[&version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(PinnedRoot(pin)))
        .with_no_client_auth();
    close_client(&mut config, ALPN_ENROL);
    Ok(config)
}

/// Believes whatever chain leads to the root of one fingerprint. Which unit serves the door is
/// left open: a node that is not the authority cannot produce an answer that holds.
#[derive(Debug)]
struct PinnedRoot(Hash);

impl ServerCertVerifier for PinnedRoot {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let row = row(end_entity, intermediates);
        let root = pinned(&row, self.0)?;
        chain::verify(&row, root, now)?;
        Ok(ServerCertVerified::assertion())
    }

    ed25519_in_tls13!();
}

/// The certificate of this fingerprint in a row of bounded size.
pub(super) fn pinned<'a>(
    row: &'a [CertificateDer<'a>],
    pin: Hash,
) -> Result<&'a CertificateDer<'a>, Error> {
    chain::check_size(row).map_err(|error| {
        CertificateError::Other(OtherError(Arc::new(IdentityError::from(error))))
    })?;
    let found = row.iter().skip(1).find(|certificate| chain::fingerprint(certificate) == pin);
    found.ok_or_else(|| CertificateError::UnknownIssuer.into())
}
