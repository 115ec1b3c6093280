//! Links between nodes: mutual-TLS QUIC that carries opaque frames.
//!
//! A link decides nothing about what it carries. It proves who the peer is (certificate of this
//! province, key not revoked), keeps frames whole and in order, holds fast peers back and sends
//! floods away. Whether a peer may read anything is decided after its HELLO by the machines above;
//! a dialler, too, learns only then that it was let in.
//!
//! **Invariants:** one bidirectional stream per connection, opened by the dialler, carries the
//! conversation, and at most one each way carries bulk below it; every buffer
//! has a bound in [`LinkLimits`]; a peer that breaks the framing loses its connection and disturbs
//! no other; every connection passes the verifier, since nothing is resumed.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`dialler`] | when to dial a neighbour |
//! | [`enrolment`] | the door for nodes that have no certificate yet |

mod bulk;
mod close;
pub mod dialler;
mod door;
mod endpoint;
pub mod enrolment;
mod frame;
mod limits;
mod queue;
mod registry;
mod session;
#[cfg(test)]
mod tests;
mod traffic;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use certs::NodeIdentity;
use dossier::UnitId;
use tokio::sync::mpsc;
use tokio::time::timeout;

pub use bulk::{BulkCall, BulkFault, BulkStream};
pub use close::{CloseCode, CloseReason};
pub use endpoint::{LinkSeed, PeerTls};
pub use frame::FrameFault;
pub use limits::LinkLimits;
pub use queue::Unsent;
pub use traffic::Traffic;

use crate::environment::Network;
use endpoint::EndpointSeed;
use registry::Shared;

/// Names one connection of one link; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a link tells its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// A verified peer is connected. A dialler may still be refused: [`LinkEvent::Closed`] follows.
    Opened {
        /// The connection.
        conn: ConnId,
        /// Whom the peer's certificate names.
        peer: NodeIdentity,
        /// Where the peer is.
        remote: SocketAddr,
        /// Whether this node dialled.
        dialled: bool,
    },
    /// A whole frame arrived.
    Frame {
        /// The connection.
        conn: ConnId,
        /// The frame without its length.
        bytes: Bytes,
    },
    /// A connection that was opened has ended.
    Closed {
        /// The connection.
        conn: ConnId,
        /// Why.
        why: CloseReason,
    },
    /// A dial came to nothing.
    DialFailed {
        /// The unit that was expected there.
        unit: UnitId,
        /// The address that was dialled.
        addr: SocketAddr,
        /// Why.
        why: CloseReason,
    },
}

/// Why a link or a door does not open.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The socket does not open.
    #[error("the address cannot be used")]
    Bind(#[source] io::Error),
    /// The TLS configuration lacks what QUIC needs.
    #[error("the TLS configuration is not fit for QUIC")]
    Tls,
    /// The connection did not come about, or ended early.
    #[error("no conversation with the peer")]
    Connection(#[source] CloseReason),
}

/// A handle on the node's connections; clones are cheap and equal.
#[derive(Clone)]
pub struct Link {
    shared: Arc<Shared>,
    /// What a renewed listening side is made of; `None` when the link only dials.
    listening: Option<Arc<EndpointSeed>>,
}

impl Link {
    /// Opens the link on `network`: listening at `listen`, or for dialling only. `seed` makes the
    /// secrets of the transport.
    ///
    /// # Errors
    /// [`LinkError::Bind`] or [`LinkError::Tls`].
    pub fn open(
        network: &dyn Network,
        tls: PeerTls,
        listen: Option<SocketAddr>,
        limits: LinkLimits,
        seed: impl Into<LinkSeed>,
    ) -> Result<(Self, mpsc::Receiver<LinkEvent>), LinkError> {
        let seed = EndpointSeed::new(seed, network.runtime());
        let client = endpoint::client(tls.client, &limits)?;
        let server = seed.server(tls.server, &limits)?;
        let endpoint = seed.open(network, listen, listen.map(|_| server))?;
        let (events, receiver) = mpsc::channel(limits.events.max(1));
        let calling = (tls.province, client);
        let shared = Shared::new(endpoint, network.runtime(), limits, events, calling);
        let shared = Arc::new(shared);
        shared.spawn(Arc::clone(&shared).answer_door());
        Ok((Self { shared, listening: listen.map(|_| Arc::new(seed)) }, receiver))
    }

    /// The address the link is bound to.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.shared.endpoint.local_addr()
    }

    /// Presents another certificate in handshakes from here on; sessions go on.
    ///
    /// # Errors
    /// [`LinkError::Tls`]; nothing has changed then.
    pub fn renew(&self, tls: PeerTls) -> Result<(), LinkError> {
        let client = endpoint::client(tls.client, &self.shared.limits)?;
        let server = match &self.listening {
            Some(seed) => Some(seed.server(tls.server, &self.shared.limits)?),
            None => None,
        };
        let mut registry = self.shared.registry();
        registry.province = tls.province;
        registry.client = client;
        if !registry.closing {
            self.shared.endpoint.set_server_config(server);
        }
        Ok(())
    }

    /// Dials `addr`, where a node of `expected_unit` must answer. The outcome is an event.
    pub fn dial(&self, addr: SocketAddr, expected_unit: UnitId) {
        self.shared.spawn(Arc::clone(&self.shared).dial(addr, expected_unit));
    }

    /// Queues a frame. Frames of one connection arrive in order or not at all.
    ///
    /// # Errors
    /// [`Unsent`]; the frame is dropped.
    pub fn send(&self, conn: ConnId, frame: Bytes) -> Result<(), Unsent> {
        if frame.is_empty() || frame.len() > self.shared.limits.frame_max() {
            return Err(Unsent::Size);
        }
        let session = self.shared.registry().sessions.get(&conn).cloned();
        session.ok_or(Unsent::Closed)?.queue.push(frame)
    }

    /// Ends a connection at once; what is queued is not sent. [`LinkEvent::Closed`] follows.
    pub fn close(&self, conn: ConnId, code: CloseCode, reason: &str) {
        if let Some(session) = self.shared.registry().sessions.get(&conn) {
            session.close(code, reason);
        }
    }

    /// Ends every session whose peer is revoked, and says how many. To be called after the
    /// verifiers know of the revocation: handshakes under way are sent away and try again.
    pub fn close_revoked(&self, is_revoked: &dyn Fn(&NodeIdentity) -> bool) -> usize {
        let mut registry = self.shared.registry();
        registry.revocations += 1;
        let revoked = registry.sessions.values().filter(|session| is_revoked(&session.peer));
        revoked.map(|session| session.close(CloseCode::REVOKED, "certificate revoked")).count()
    }

    /// How many connections are open.
    pub fn connections(&self) -> u32 {
        u32::try_from(self.shared.registry().sessions.len()).unwrap_or(u32::MAX)
    }

    /// Traffic of one open connection.
    pub fn stats(&self, conn: ConnId) -> Option<Traffic> {
        let registry = self.shared.registry();
        registry.sessions.get(&conn).map(|session| session.connection.stats().into())
    }

    /// Traffic of all sessions since the link opened. Handshakes that failed are not counted.
    pub fn totals(&self) -> Traffic {
        let registry = self.shared.registry();
        let open = registry.sessions.values().map(|session| session.connection.stats().into());
        open.fold(registry.ended, Traffic::plus)
    }

    /// Takes no more connections, delivers what is queued as long as the drain time allows, and
    /// closes. The node goes on taking events meanwhile, or drops the receiver.
    pub async fn shutdown(&self, reason: &str) {
        {
            let mut registry = self.shared.registry();
            registry.closing = true;
            self.shared.endpoint.set_server_config(None);
            for session in registry.sessions.values() {
                session.finish(reason);
            }
        }
        // A fifth of the time is kept back for telling the peers.
        let parting_time = self.shared.limits.drain_time / 5;
        // Whoever has not received everything by then is told goodbye all the same.
        let _ = timeout(parting_time * 4, self.all_gone()).await;
        self.shared.endpoint.close(CloseCode::SHUTDOWN.into(), reason.as_bytes());
        let _ = timeout(parting_time, self.shared.endpoint.wait_idle()).await;
    }

    async fn all_gone(&self) {
        loop {
            let gone = self.shared.gone.notified();
            if self.shared.registry().sessions.is_empty() {
                return;
            }
            gone.await;
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sessions = self.shared.registry().sessions.len();
        f.debug_struct("Link").field("sessions", &sessions).finish_non_exhaustive()
    }
}
