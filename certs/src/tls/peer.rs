//! The peer door: both sides show a certificate of the province, and neither is revoked.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, ClientConfig, DistinguishedName, Error, OtherError, ServerConfig, version,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::signatures::ed25519_in_tls13;
use super::{ALPN_PEER, RevokedKeys, TlsIdentity, close_client, close_server, provider};
use crate::chain;
use crate::identity::{IdentityError, NodeIdentity};
use crate::name::ProvinceName;

/// What both directions of the peer door verify against.
#[derive(Debug, Clone)]
pub struct Door {
    /// The province whose nodes may pass.
    pub province: ProvinceName,
    /// Its root certificate.
    pub root: CertificateDer<'static>,
    /// Keys that may not pass, updated at run time.
    pub revoked: Arc<RevokedKeys>,
    /// Clock of validation.
    pub clock: Arc<dyn TimeProvider>,
}

impl Door {
    /// Makes the listening side. A client without a certificate is refused.
    ///
    /// # Errors
    /// [`Error`] when root, chain or key do not load.
    pub fn server(&self, own: &TlsIdentity) -> Result<ServerConfig, Error> {
        let chain =
            WebPkiClientVerifier::builder_with_provider(chain::anchors(&self.root)?, provider())
                .clear_root_hint_subjects()
                .build()
                .map_err(|error| Error::General(error.to_string()))?;
        let verifier = PeerVerifier { chain, gate: self.gate() };
        let mut config = ServerConfig::builder_with_details(provider(), Arc::clone(&self.clock))
            .with_protocol_versions(&[&version::TLS13])?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(own.chain.clone(), own.key.for_tls())?;
        close_server(&mut config, ALPN_PEER);
        Ok(config)
    }

    /// Makes the dialling side. The server name of the connection says which unit is expected,
    /// see [`ProvinceName::server_name`]. The dialler learns of its own refusal at the first read,
    /// not from the handshake.
    ///
    /// # Errors
    /// [`Error`] when root, chain or key do not load.
    pub fn client(&self, own: &TlsIdentity) -> Result<ClientConfig, Error> {
        let chain =
            WebPkiServerVerifier::builder_with_provider(chain::anchors(&self.root)?, provider())
                .build()
                .map_err(|error| Error::General(error.to_string()))?;
        let verifier = PeerVerifier { chain, gate: self.gate() };
        let mut config = ClientConfig::builder_with_details(provider(), Arc::clone(&self.clock))
            .with_protocol_versions(&[&version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_auth_cert(own.chain.clone(), own.key.for_tls())?;
        close_client(&mut config, ALPN_PEER);
        Ok(config)
    }

    fn gate(&self) -> Gate {
        Gate { province: self.province.clone(), revoked: Arc::clone(&self.revoked) }
    }
}

/// The checks that both directions share, beside webpki's path to the root.
#[derive(Debug)]
struct Gate {
    province: ProvinceName,
    revoked: Arc<RevokedKeys>,
}

impl Gate {
    /// Limits, before anything parses the chain.
    fn check_size(
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<(), Error> {
        chain::check_size(&row(leaf, intermediates)).map_err(|error| refuse(error.into()))
    }

    /// Shape and revocation, after the signatures are known to hold.
    fn check_node(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<(), Error> {
        let row = row(leaf, intermediates);
        let identity = NodeIdentity::from_chain(&row, &self.province).map_err(refuse)?;
        if self.revoked.contains(&identity.spki_hash) {
            return Err(CertificateError::Revoked.into());
        }
        Ok(())
    }
}

/// What a peer presented, leaf first.
pub(super) fn row<'a>(
    leaf: &'a CertificateDer<'_>,
    intermediates: &'a [CertificateDer<'_>],
) -> Vec<CertificateDer<'a>> {
    let all = std::iter::once(leaf).chain(intermediates);
    all.map(|certificate| CertificateDer::from(certificate.as_ref())).collect()
}

fn refuse(error: IdentityError) -> Error {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}

/// webpki's verifier of one direction, with the gate behind it.
#[derive(Debug)]
struct PeerVerifier<V: ?Sized> {
    gate: Gate,
    chain: Arc<V>,
}

impl ClientCertVerifier for PeerVerifier<dyn ClientCertVerifier> {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Gate::check_size(end_entity, intermediates)?;
        let verified = self.chain.verify_client_cert(end_entity, intermediates, now)?;
        self.gate.check_node(end_entity, intermediates)?;
        Ok(verified)
    }

    ed25519_in_tls13!();
}

impl ServerCertVerifier for PeerVerifier<WebPkiServerVerifier> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Gate::check_size(end_entity, intermediates)?;
        let verified = self.chain.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )?;
        self.gate.check_node(end_entity, intermediates)?;
        Ok(verified)
    }

    ed25519_in_tls13!();
}
