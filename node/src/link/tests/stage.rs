//! A province with certificates, nodes with links, and a bare peer that may misbehave.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use certs::{
    CaSeeds, Door, NodeIdentity, PrivateKey, ProvinceCa, ProvinceName, RevokedKeys, TlsIdentity,
};
use dossier::{Timestamp, UnitId};
use quinn::{Connection, Endpoint};
use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::environment::{Network, UdpNetwork};
use crate::link::endpoint::{self, EndpointSeed, PeerTls};
use crate::link::{CloseReason, ConnId, Link, LinkEvent, LinkLimits, LinkSeed};

/// No test waits longer for anything.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// 1 March 2026.
const TODAY: Timestamp = Timestamp::from_millis(1_772_323_200_000);

#[derive(Debug)]
struct Today;

impl TimeProvider for Today {
    fn current_time(&self) -> Option<UnixTime> {
        Some(certs::chain::unix_time(TODAY))
    }
}

pub(super) struct Province {
    pub(super) ca: ProvinceCa,
    pub(super) revoked: Arc<RevokedKeys>,
}

impl Province {
    pub(super) fn new() -> Self {
        let seeds = CaSeeds {
            root_key: [1; 32],
            issuing_key: [2; 32],
            root_serial: [3; 16],
            issuing_serial: [4; 16],
        };
        let ca = ProvinceCa::init(&name(), &seeds, [5; 32], TODAY).expect("a province");
        Self { ca, revoked: Arc::default() }
    }

    pub(super) fn identity(&self, unit: &str) -> TlsIdentity {
        let digest = dossier::Hash::of(unit.as_bytes());
        let key = PrivateKey::from_seed(*digest.as_bytes());
        let node = certs::key::node_id(key.public());
        let chain = self
            .ca
            .issuing
            .issue(&self::unit(unit), node, key.public(), [7; 16], TODAY)
            .expect("a certificate");
        TlsIdentity { chain, key }
    }

    pub(super) fn tls(&self, unit: &str) -> PeerTls {
        PeerTls::new(&self.door(clock()), &self.identity(unit)).expect("configurations")
    }

    /// What every door of this province verifies against.
    pub(super) fn door(&self, clock: Arc<dyn TimeProvider>) -> Door {
        Door {
            province: name(),
            root: self.ca.root.certificate().clone(),
            revoked: Arc::clone(&self.revoked),
            clock,
        }
    }

    /// A node of `unit` that listens on loopback.
    pub(super) fn node(&self, unit: &str, limits: LinkLimits) -> Node {
        self.node_at(unit, Ipv4Addr::LOCALHOST, limits)
    }

    pub(super) fn node_at(&self, unit: &str, host: Ipv4Addr, limits: LinkLimits) -> Node {
        self.run(unit, (host, 0).into(), limits, [9; 32])
    }

    /// One run of the node of `unit`; `fresh` tells it from its other runs.
    pub(super) fn run(
        &self,
        unit: &str,
        listen: SocketAddr,
        limits: LinkLimits,
        fresh: [u8; 32],
    ) -> Node {
        let lasting = Some(*self.identity(unit).key.seed());
        let seed = LinkSeed { fresh, lasting };
        let (link, events) = Link::open(&UdpNetwork, self.tls(unit), Some(listen), limits, seed)
            .expect("a free port");
        Node { unit: self::unit(unit), link, events }
    }

    /// A peer of `unit` without a link, connected to `node`.
    pub(super) async fn bare(&self, unit: &str, node: &Node) -> Bare {
        let tls = self.tls(unit).client;
        bare(tls, node).await.expect("a handshake")
    }
}

pub(super) fn clock() -> Arc<dyn TimeProvider> {
    Arc::new(Today)
}

pub(super) fn name() -> ProvinceName {
    "hoabinh".parse().expect("a name")
}

pub(super) fn unit(name: &str) -> UnitId {
    name.parse().expect("a unit")
}

/// A connection that nothing but the test drives; the endpoint must outlive it.
pub(super) struct Bare {
    pub(super) connection: Connection,
    _endpoint: Endpoint,
}

impl Bare {
    /// Why the connection ended.
    pub(super) async fn ended(&self) -> CloseReason {
        timeout(PATIENCE, self.connection.closed()).await.expect("an end").into()
    }
}

pub(super) async fn bare(tls: Arc<rustls::ClientConfig>, node: &Node) -> Result<Bare, CloseReason> {
    let endpoint = open_endpoint(&UdpNetwork);
    let client = endpoint::client(tls, &LinkLimits::default()).expect("a configuration");
    let server_name = name().dns_name(&node.unit).expect("a name");
    let connecting = endpoint
        .connect_with(client, node.address(), server_name.as_ref())
        .expect("a valid address");
    let connection = timeout(PATIENCE, connecting).await.expect("an outcome")?;
    Ok(Bare { connection, _endpoint: endpoint })
}

pub(super) fn open_endpoint(network: &dyn Network) -> Endpoint {
    let seed = EndpointSeed::new([8; 32], network.runtime());
    seed.open(network, Some((Ipv4Addr::LOCALHOST, 0).into()), None).expect("a free port")
}

pub(super) struct Node {
    pub(super) unit: UnitId,
    pub(super) link: Link,
    pub(super) events: mpsc::Receiver<LinkEvent>,
}

impl Node {
    pub(super) fn address(&self) -> SocketAddr {
        self.link.local_addr().expect("bound")
    }

    pub(super) async fn event(&mut self) -> LinkEvent {
        timeout(PATIENCE, self.events.recv()).await.expect("an event in time").expect("a link")
    }

    pub(super) async fn opened(&mut self) -> (ConnId, NodeIdentity) {
        match self.event().await {
            LinkEvent::Opened { conn, peer, .. } => (conn, peer),
            other => panic!("not an opening: {other:?}"),
        }
    }

    pub(super) async fn frame(&mut self) -> (ConnId, Bytes) {
        match self.event().await {
            LinkEvent::Frame { conn, bytes } => (conn, bytes),
            other => panic!("not a frame: {other:?}"),
        }
    }

    pub(super) async fn closed(&mut self) -> (ConnId, CloseReason) {
        match self.event().await {
            LinkEvent::Closed { conn, why } => (conn, why),
            other => panic!("not a close: {other:?}"),
        }
    }

    /// Waits for the end of a dial that must not succeed, however late the refusal shows.
    pub(super) async fn turned_away(&mut self) -> CloseReason {
        loop {
            match self.event().await {
                LinkEvent::Opened { dialled: true, .. } => {}
                LinkEvent::Closed { why, .. } | LinkEvent::DialFailed { why, .. } => return why,
                other => panic!("not a refusal: {other:?}"),
            }
        }
    }

    pub(super) fn send(&self, conn: ConnId, bytes: &'static [u8]) {
        self.link.send(conn, Bytes::from_static(bytes)).expect("room");
    }

    /// Dials `other` and says hello, so that both have a connection.
    pub(super) async fn meet(&mut self, other: &mut Self) -> (ConnId, ConnId) {
        self.link.dial(other.address(), other.unit.clone());
        let (here, peer) = self.opened().await;
        assert_eq!(peer.unit, other.unit);
        self.send(here, b"hello");
        let (there, peer) = other.opened().await;
        assert_eq!(peer.unit, self.unit);
        assert_eq!(other.frame().await, (there, Bytes::from_static(b"hello")));
        (here, there)
    }

    /// Shows that a connection to `other` still carries frames.
    pub(super) async fn talk(&mut self, here: ConnId, other: &mut Self, there: ConnId) {
        self.send(here, b"question");
        assert_eq!(other.frame().await, (there, Bytes::from_static(b"question")));
        other.send(there, b"answer");
        assert_eq!(self.frame().await, (here, Bytes::from_static(b"answer")));
    }
}
