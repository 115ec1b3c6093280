//! TLS configurations of the peer door, and of the entrance where nodes enrol or come back late.
//!
//! **Invariants:** TLS 1.3 and the hybrid key exchange X25519MLKEM768 only; Ed25519 only; no
//! tickets, no session storage, no resumption, no early data, so that every connection passes the
//! verifier. The clock of validation is the caller's.

mod enrol;
mod peer;
mod pinned;
mod refusal;
mod renew;
mod revoked;
mod signatures;

pub use enrol::{ENROL_SERVER_NAME, enrol_client};
pub use peer::Door;
pub use refusal::DoorRefusal;
pub use renew::renew_client;
pub use revoked::RevokedKeys;

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::NoServerSessionStorage;
use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::CertificateDer;

use crate::chain;
use crate::key::PrivateKey;

/// Application protocol of the peer door.
pub const ALPN_PEER: &[u8] = b"hoso/1";

/// Application protocol of the enrolment door.
pub const ALPN_ENROL: &[u8] = b"hoso-enrol/1";

/// Application protocol of the renewal door.
pub const ALPN_RENEW: &[u8] = b"hoso-renew/1";

/// What a node presents: its chain, leaf first and without the root, and the key of the leaf.
#[derive(Debug)]
pub struct TlsIdentity {
    /// Leaf and issuing certificate.
    pub chain: Vec<CertificateDer<'static>>,
    /// Key of the leaf.
    pub key: PrivateKey,
}

/// The only cryptography that is offered.
fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|suite| suite.tls13().is_some());
    provider.kx_groups = vec![aws_lc_rs::kx_group::X25519MLKEM768];
    provider.signature_verification_algorithms = chain::algorithms();
    Arc::new(provider)
}

/// Closes what rustls leaves open in a server by default.
fn close_server(config: &mut ServerConfig, protocol: &[u8]) {
    config.alpn_protocols = vec![protocol.to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
}

/// Closes what rustls leaves open in a client by default.
fn close_client(config: &mut ClientConfig, protocol: &[u8]) {
    config.alpn_protocols = vec![protocol.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
}
