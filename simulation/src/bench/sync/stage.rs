//! What both processes of a case agree on without talking: certificates and transport.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use certs::{CaSeeds, Door, ProvinceCa, ProvinceName, TlsIdentity};
use dossier::{Timestamp, UnitId};
use node::environment::{Clock as _, Network as _, SystemClock, UdpNetwork};
use node::link::PeerTls;
use quinn::congestion::BbrConfig;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Endpoint, EndpointConfig, ServerConfig, TransportConfig, VarInt};
use rustls::time_provider::DefaultTimeProvider;

use crate::workload::Cast;

/// Streams and bytes that a bare endpoint lets a peer have open, as the link does.
const WINDOW: u32 = 4 * 1024 * 1024;
const STREAMS: u32 = 128;

pub(super) fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn province() -> ProvinceName {
    "benchmark".parse().expect("a name")
}

/// TLS of the node of `unit`, in a province founded today from fixed seeds.
pub(super) fn tls(cast: &Cast, place: usize) -> anyhow::Result<PeerTls> {
    let seeds = CaSeeds {
        root_key: [1; 32],
        issuing_key: [2; 32],
        root_serial: [3; 16],
        issuing_serial: [4; 16],
    };
    // The same day gives both processes the same certificates.
    const DAY_MS: i64 = 86_400_000;
    let today = Timestamp::from_millis(SystemClock.now().as_millis() / DAY_MS * DAY_MS);
    let ca = ProvinceCa::init(&province(), &seeds, [5; 32], today)?;
    let member = &cast.members[place];
    let key = Cast::tls_key(member.unit.as_str());
    let chain = ca.issuing.issue(&member.unit, member.node, key.public(), [7; 16], today)?;
    let door = Door {
        province: province(),
        root: ca.root.certificate().clone(),
        revoked: Arc::default(),
        clock: Arc::new(DefaultTimeProvider),
    };
    Ok(PeerTls::new(&door, &TlsIdentity { chain, key })?)
}

/// A bare endpoint with the link's cryptography and windows.
pub(super) fn endpoint(tls: &PeerTls) -> anyhow::Result<Endpoint> {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(STREAMS))
        .stream_receive_window(VarInt::from_u32(WINDOW / 2))
        .receive_window(VarInt::from_u32(WINDOW))
        .send_window(u64::from(WINDOW))
        .congestion_controller_factory(Arc::new(BbrConfig::default()));
    let transport = Arc::new(transport);
    let crypto = QuicServerConfig::try_from(Arc::clone(&tls.server))?;
    let mut server = ServerConfig::with_crypto(Arc::new(crypto));
    server.transport_config(Arc::clone(&transport));
    let crypto = QuicClientConfig::try_from(Arc::clone(&tls.client))?;
    let mut client = ClientConfig::new(Arc::new(crypto));
    client.transport_config(transport);
    let socket = UdpNetwork.bind(Some(loopback()))?;
    let mut endpoint = Endpoint::new_with_abstract_socket(
        EndpointConfig::default(),
        Some(server),
        socket,
        UdpNetwork.runtime(),
    )?;
    endpoint.set_default_client_config(client);
    Ok(endpoint)
}

/// The name that the node of `unit` answers to.
pub(super) fn server_name(unit: &UnitId) -> anyhow::Result<String> {
    Ok(province().dns_name(unit)?.as_ref().to_owned())
}
