//! The dialling side of tier 3's entrance: all it knows of the province is one fingerprint.

use std::fmt;
use std::sync::Arc;

use dossier::Hash;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::{CertificateError, Error, OtherError};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::peer::row;
use super::signatures::ed25519_in_tls13;
use crate::chain;
use crate::identity::IdentityError;

/// How a chain is held against its root at a time.
type ChainCheck = fn(&[CertificateDer<'_>], &CertificateDer<'_>, UnixTime) -> Result<(), Error>;

/// Believes whatever chain leads to the root of one fingerprint. Which unit serves the door is
/// left open: a node that is not the authority cannot produce an answer that holds.
pub(super) struct PinnedRoot {
    pin: Hash,
    check: ChainCheck,
}

impl PinnedRoot {
    /// For who has a clock to go by.
    pub(super) fn of_today(pin: Hash) -> Self {
        Self { pin, check: chain::verify }
    }

    /// At whatever time within the chain's own life.
    pub(super) fn timeless(pin: Hash) -> Self {
        Self { pin, check: chain::verify_in_life }
    }
}

impl fmt::Debug for PinnedRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedRoot").field("pin", &self.pin).finish_non_exhaustive()
    }
}

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
        let root = pinned(&row, self.pin)?;
        (self.check)(&row, root, now)?;
        Ok(ServerCertVerified::assertion())
    }

    ed25519_in_tls13!();
}

/// The certificate of this fingerprint in a row of bounded size.
fn pinned<'a>(row: &'a [CertificateDer<'a>], pin: Hash) -> Result<&'a CertificateDer<'a>, Error> {
    chain::check_size(row).map_err(|error| {
        CertificateError::Other(OtherError(Arc::new(IdentityError::from(error))))
    })?;
    let found = row.iter().skip(1).find(|certificate| chain::fingerprint(certificate) == pin);
    found.ok_or_else(|| CertificateError::UnknownIssuer.into())
}
