//! The configuration of the transport, spelled out.
//!
//! quinn's own helpers turn early data on and choose the cryptography themselves; nothing here
//! goes through them. Every random secret is drawn from the seed, so that one seed makes one run.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{hkdf, hmac};
use certs::{Door, ProvinceName, TlsIdentity};
use quinn::congestion::BbrConfig;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{
    ClientConfig, ConnectionId, ConnectionIdGenerator, Endpoint, EndpointConfig, IdleTimeout,
    MtuDiscoveryConfig, NoneTokenStore, Runtime, ServerConfig, TimeSource, TransportConfig, VarInt,
};
use sha2::{Digest, Sha256};

use super::LinkError;
use super::limits::LinkLimits;
use crate::environment::{Network, entropy::SplitMix64};

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

/// Time between two stateless resets: after a crash of the province's node every peer is owed one.
/// A reset is smaller than what provoked it.
const RESET_INTERVAL: Duration = Duration::from_millis(1);

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

/// What the secrets of a link are made of.
#[derive(Clone, Copy)]
pub struct LinkSeed {
    /// Fresh at every start.
    pub fresh: [u8; 32],
    /// The same at every start, and of this link alone: by it peers know, after a crash, that the
    /// one they spoke with is gone. Without it they wait until the silence is too long.
    pub lasting: Option<[u8; 32]>,
}

impl From<[u8; 32]> for LinkSeed {
    fn from(fresh: [u8; 32]) -> Self {
        Self { fresh, lasting: None }
    }
}

impl fmt::Debug for LinkSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkSeed").finish_non_exhaustive()
    }
}

/// The secrets and the clock of one endpoint.
pub(crate) struct EndpointSeed {
    seed: LinkSeed,
    clock: Arc<Monotonic>,
}

impl EndpointSeed {
    /// Everything random about the endpoint follows from `seed`.
    pub(crate) fn new(seed: impl Into<LinkSeed>, runtime: Arc<dyn Runtime>) -> Self {
        let start = runtime.now();
        Self { seed: seed.into(), clock: Arc::new(Monotonic { runtime, start }) }
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
        let reset_key = hmac::Key::new(hmac::HMAC_SHA256, &self.reset_secret());
        let mut config = EndpointConfig::new(Arc::new(reset_key));
        let numbers = self.derive(b"connection ids");
        config
            .rng_seed(Some(self.derive(b"transport")))
            .min_reset_interval(RESET_INTERVAL)
            .cid_generator(move || Box::new(ConnectionIds::new(&numbers)));
        config
    }

    /// The secret behind stateless resets (RFC 9000 section 10.3). From a lasting seed it is
    /// derived under its own label and used by one endpoint alone, as section 21.11 demands.
    fn reset_secret(&self) -> [u8; 32] {
        let Some(lasting) = &self.seed.lasting else { return self.derive(b"reset") };
        let mut secret = [0; 32];
        hkdf::Salt::new(hkdf::HKDF_SHA256, b"hoso/link/1")
            .extract(lasting)
            .expand(&[b"stateless reset"], hkdf::HKDF_SHA256)
            .and_then(|material| material.fill(&mut secret))
            .expect("one block is not too long");
        secret
    }

    /// Secrets of one seed that do not tell of one another.
    fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.seed.fresh).chain_update(purpose).finalize().into()
    }
}

/// Connection ids from the seed. Any id may be one of an earlier run, and its peer is then told
/// that the run is over.
struct ConnectionIds(SplitMix64);

impl ConnectionIds {
    fn new(seed: &[u8; 32]) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&seed[..8]);
        Self(SplitMix64::new(u64::from_le_bytes(first)))
    }
}

impl ConnectionIdGenerator for ConnectionIds {
    fn generate_cid(&mut self) -> ConnectionId {
        ConnectionId::new(&self.0.next_u64().to_le_bytes())
    }

    fn cid_len(&self) -> usize {
        size_of::<u64>()
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
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
