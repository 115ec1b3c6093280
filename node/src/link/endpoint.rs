//! The configuration of the transport, spelled out.
//!
//! quinn's own helpers turn early data on and choose the cryptography themselves; nothing here
//! goes through them. Every random secret is drawn from the seed, so that one seed makes one run.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{hkdf, hmac};
use certs::{Door, ProvinceName, TlsIdentity};
use quinn::congestion::BbrConfig;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{
    ClientConfig, Endpoint, EndpointConfig, IdleTimeout, MtuDiscoveryConfig, NoneTokenStore,
    Runtime, ServerConfig, TimeSource, TransportConfig, VarInt,
};
use sha2::{Digest, Sha256};

use super::LinkError;
use super::limits::LinkLimits;
use crate::environment::Network;

/// Bidirectional streams a peer may have open; the protocol uses one.
const STREAMS: u32 = 4;
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
const SEND_WINDOW: u64 = 4 * 1024 * 1024;

/// A lost first packet is repeated after a few of these; enough for a link across the country.
const INITIAL_RTT: Duration = Duration::from_millis(80);

/// Makes the search for the packet size begin with the largest, so that on an ordinary path one
/// probe of 1,452 bytes decides.
const MTU_STEP: u16 = 127;

/// Connection attempts the transport holds until the door has judged them.
const INCOMING: usize = 512;
const INCOMING_BYTES: u64 = 64 * 1024;
const INCOMING_BYTES_TOTAL: u64 = 8 * 1024 * 1024;

/// Both directions of the peer door, ready for a link.
#[derive(Debug, Clone)]
pub struct PeerTls {
    /// The province whose unit names are dialled.
    pub province: ProvinceName,
    /// The listening side.
    pub server: Arc<rustls::ServerConfig>,
    /// The dialling side.
    pub client: Arc<rustls::ClientConfig>,
}

impl PeerTls {
    /// The configurations of `door` for the node that presents `own`.
    ///
    /// # Errors
    /// [`rustls::Error`] when root, chain or key do not load.
    pub fn new(door: &Door, own: &TlsIdentity) -> Result<Self, rustls::Error> {
        Ok(Self {
            province: door.province.clone(),
            server: Arc::new(door.server(own)?),
            client: Arc::new(door.client(own)?),
        })
    }
}

/// The secrets and the clock of one endpoint.
pub(crate) struct EndpointSeed {
    seed: [u8; 32],
    clock: Arc<Monotonic>,
}

impl EndpointSeed {
    /// Everything random about the endpoint follows from `seed`.
    pub(crate) fn new(seed: [u8; 32], runtime: Arc<dyn Runtime>) -> Self {
        let start = runtime.now();
        Self { seed, clock: Arc::new(Monotonic { runtime, start }) }
    }

    /// Opens an endpoint; `server` is absent when nobody may dial it.
    pub(crate) fn open(
        &self,
        network: &dyn Network,
        listen: Option<std::net::SocketAddr>,
        server: Option<ServerConfig>,
    ) -> Result<Endpoint, LinkError> {
        let socket = network.bind(listen).map_err(LinkError::Bind)?;
        let runtime = network.runtime();
        Endpoint::new_with_abstract_socket(self.endpoint(), server, socket, runtime)
            .map_err(LinkError::Bind)
    }

    /// The listening side of a door.
    pub(crate) fn server(
        &self,
        tls: Arc<rustls::ServerConfig>,
        limits: &LinkLimits,
    ) -> Result<ServerConfig, LinkError> {
        let crypto = QuicServerConfig::try_from(tls).map_err(|_| LinkError::Tls)?;
        let secret = self.derive(b"token");
        let token_key = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&secret);
        let mut config = ServerConfig::new(Arc::new(crypto), Arc::new(token_key));
        config
            .transport_config(Arc::new(transport(limits, None)))
            .time_source(Arc::<Monotonic>::clone(&self.clock))
            .migration(false)
            .max_incoming(INCOMING)
            .incoming_buffer_size(INCOMING_BYTES)
            .incoming_buffer_size_total(INCOMING_BYTES_TOTAL);
        Ok(config)
    }

    fn endpoint(&self) -> EndpointConfig {
        let secret = self.derive(b"reset");
        let reset_key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let mut config = EndpointConfig::new(Arc::new(reset_key));
        config.rng_seed(Some(self.derive(b"transport")));
        config
    }

    /// Secrets of one seed that do not tell of one another.
    fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.seed).chain_update(purpose).finalize().into()
    }
}

/// The dialling side of a door.
pub(crate) fn client(
    tls: Arc<rustls::ClientConfig>,
    limits: &LinkLimits,
) -> Result<ClientConfig, LinkError> {
    let crypto = QuicClientConfig::try_from(tls).map_err(|_| LinkError::Tls)?;
    let mut config = ClientConfig::new(Arc::new(crypto));
    config
        .transport_config(Arc::new(transport(limits, Some(limits.keep_alive))))
        .token_store(Arc::new(NoneTokenStore));
    Ok(config)
}

/// One keep-alive holds a path open in both directions; the dialler sends it, since it is the one
/// behind an address translation.
fn transport(limits: &LinkLimits, keep_alive: Option<Duration>) -> TransportConfig {
    let idle = IdleTimeout::try_from(limits.idle_time).unwrap_or(VarInt::MAX.into());
    let mut probing = MtuDiscoveryConfig::default();
    probing.minimum_change(MTU_STEP);
    let mut config = TransportConfig::default();
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(STREAMS))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
        .send_window(SEND_WINDOW)
        .datagram_receive_buffer_size(None)
        .max_idle_timeout(Some(idle))
        .keep_alive_interval(keep_alive)
        .initial_rtt(INITIAL_RTT)
        .mtu_discovery_config(Some(probing))
        .congestion_controller_factory(Arc::new(BbrConfig::default()));
    config
}

/// The clock of address proofs, which live for seconds and only within one run: the distance from
/// the start serves, whatever the wall clock says.
struct Monotonic {
    runtime: Arc<dyn Runtime>,
    start: Instant,
}

impl TimeSource for Monotonic {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + self.runtime.now().saturating_duration_since(self.start)
    }
}
