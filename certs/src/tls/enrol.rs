//! The enrolment door: the joining side has no certificate yet and knows one fingerprint.

use std::sync::Arc;

use dossier::Hash;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, Error, version};

use super::pinned::PinnedRoot;
use super::{ALPN_ENROL, close_client, provider};

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
        .with_custom_certificate_verifier(Arc::new(PinnedRoot::of_today(pin)))
        .with_no_client_auth();
    close_client(&mut config, ALPN_ENROL);
    Ok(config)
}
