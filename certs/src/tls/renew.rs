//! The renewal door: the node shows a certificate that may have ended, and can only ask for the
//! next one.
//!
//! It shares its port with the enrolment door and nothing with the peer door: the verifiers here
//! never open a session between peers.

use std::sync::Arc;

use dossier::{Hash, Timestamp};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, ClientConfig, DistinguishedName, Error, OtherError, ServerConfig, version,
};
use rustls_pki_types::{CertificateDer, UnixTime};

use super::peer::{Door, row};
use super::pinned::PinnedRoot;
use super::signatures::ed25519_in_tls13;
use super::{ALPN_ENROL, ALPN_RENEW, TlsIdentity, close_client, close_server, provider};
use crate::authority::DAY_MS;
use crate::chain;
use crate::enrolment::RENEW_GRACE_DAYS;
use crate::identity::{IdentityError, NodeIdentity};

impl Door {
    /// Makes the listening side of tier 3's door for those who cannot pass the peer door: nodes to
    /// be, which show no certificate, and nodes whose certificate ended. The protocol tells which;
    /// both learn the root, which the dialler compares with its pin.
    ///
    /// # Errors
    /// [`Error`] when chain or key do not load.
    pub fn entrance(&self, own: &TlsIdentity) -> Result<ServerConfig, Error> {
        let mut presented = own.chain.clone();
        presented.push(self.root.clone());
        let mut config = ServerConfig::builder_with_details(provider(), Arc::clone(&self.clock))
            .with_protocol_versions(&[&version::TLS13])?
            .with_client_cert_verifier(Arc::new(EndedVerifier(self.clone())))
            .with_single_cert(presented, own.key.for_tls())?;
        close_server(&mut config, ALPN_ENROL);
        config.alpn_protocols.push(ALPN_RENEW.to_vec());
        Ok(config)
    }
}

/// Makes the dialling side for the node that presents `own`. It believes the one root whose
/// SHA-256 is `pin`, at whatever time: its own clock may be what is wrong, and the answer is
/// believed for the register's signature alone.
///
/// # Errors
/// [`Error`] when chain or key do not load.
pub fn renew_client(
    own: &TlsIdentity,
    pin: Hash,
    clock: Arc<dyn TimeProvider>,
) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_details(provider(), clock)
        .with_protocol_versions(&[&version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(PinnedRoot::timeless(pin)))
        .with_client_auth_cert(own.chain.clone(), own.key.for_tls())?;
    close_client(&mut config, ALPN_RENEW);
    Ok(config)
}

/// Takes certificates of this province's nodes that are not revoked, until
/// [`RENEW_GRACE_DAYS`] after their end. Who shows none is let in to enrol.
#[derive(Debug)]
struct EndedVerifier(Door);

impl ClientCertVerifier for EndedVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let Self(door) = self;
        let row = row(end_entity, intermediates);
        chain::check_size(&row).map_err(|error| refuse(error.into()))?;
        chain::verify_in_life(&row, &door.root, now)?;
        let identity = NodeIdentity::from_chain(&row, &door.province).map_err(refuse)?;
        if door.revoked.contains(&identity.spki_hash) {
            return Err(CertificateError::Revoked.into());
        }
        check_time(&identity, now)?;
        Ok(ClientCertVerified::assertion())
    }

    ed25519_in_tls13!();
}

fn check_time(identity: &NodeIdentity, now: UnixTime) -> Result<(), Error> {
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let now = Timestamp::from_millis(seconds.saturating_mul(1000));
    let last = identity.not_after.as_millis().saturating_add(RENEW_GRACE_DAYS * DAY_MS);
    if now < identity.not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    if now.as_millis() > last {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

fn refuse(error: IdentityError) -> Error {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}
