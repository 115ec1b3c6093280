//! The sessions of a link, and the tasks that bring them in and see them out.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use certs::{NodeIdentity, ProvinceName};
use dossier::UnitId;
use quinn::{ClientConfig, Connecting, Connection, Endpoint, Incoming, Runtime};
use rustls_pki_types::CertificateDer;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use super::bulk::BulkCall;
use super::close::{CloseCode, CloseReason};
use super::door::{Door, Guest, Verdict};
use super::limits::LinkLimits;
use super::session::{self, End, Session};
use super::traffic::Traffic;
use super::{ConnId, LinkEvent};

/// What the handles and tasks of one link share.
pub(crate) struct Shared {
    pub(crate) endpoint: Endpoint,
    pub(crate) limits: LinkLimits,
    pub(crate) gone: Notify,
    /// Who takes the bulk streams that peers open.
    pub(crate) bulk_calls: OnceLock<mpsc::Sender<BulkCall>>,
    runtime: Arc<dyn Runtime>,
    events: mpsc::Sender<LinkEvent>,
    door: Arc<Mutex<Door>>,
    registry: Mutex<Registry>,
}

/// The state behind the lock. The lock is never held across an await.
pub(crate) struct Registry {
    pub(crate) sessions: BTreeMap<ConnId, Arc<Session>>,
    /// Traffic of sessions that ended.
    pub(crate) ended: Traffic,
    /// Counts changes of the revocation set: a handshake that began before one is not trusted.
    pub(crate) revocations: u64,
    pub(crate) closing: bool,
    pub(crate) province: ProvinceName,
    pub(crate) client: ClientConfig,
    next: u64,
}

impl Shared {
    /// The state of a link without sessions.
    pub(crate) fn new(
        endpoint: Endpoint,
        runtime: Arc<dyn Runtime>,
        limits: LinkLimits,
        events: mpsc::Sender<LinkEvent>,
        (province, client): (ProvinceName, ClientConfig),
    ) -> Self {
        Self {
            endpoint,
            gone: Notify::new(),
            bulk_calls: OnceLock::new(),
            runtime,
            events,
            door: Arc::new(Mutex::new(Door::new(limits.clone()))),
            registry: Mutex::new(Registry {
                sessions: BTreeMap::new(),
                ended: Traffic::default(),
                revocations: 0,
                closing: false,
                province,
                client,
                next: 0,
            }),
            limits,
        }
    }

    /// Locks the registry.
    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `task` in the background, where a double of the network can stop it.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(Box::pin(task));
    }

    /// Judges every connection attempt until the endpoint closes.
    pub(crate) async fn answer_door(self: Arc<Self>) {
        while let Some(incoming) = self.endpoint.accept().await {
            let source = incoming.remote_address().ip();
            let proven = incoming.remote_address_validated();
            match Guest::knock(&self.door, source, proven) {
                (Verdict::Accept, Some(guest)) => {
                    let shared = Arc::clone(&self);
                    self.spawn(async move { shared.welcome(incoming, guest).await });
                }
                // Fails only for a proven address, which is never asked to prove itself again.
                (Verdict::Retry, _) => drop(incoming.retry()),
                (Verdict::Accept | Verdict::Refuse, _) => incoming.refuse(),
            }
        }
    }

    async fn welcome(&self, incoming: Incoming, mut guest: Guest) {
        let remote = incoming.remote_address();
        let revocations = self.registry().revocations;
        let connection = match incoming.accept() {
            Ok(connecting) => self.complete(connecting).await,
            Err(error) => Err(error.into()),
        };
        let session = connection.and_then(|connection| {
            if !guest.seat() {
                connection.close(CloseCode::BUSY.into(), b"no room");
                return Err(CloseReason::here(CloseCode::BUSY, "no room"));
            }
            self.register(connection, false, revocations)
        });
        match session {
            Ok(session) => self.attend(&session).await,
            Err(why) => tracing::info!(%remote, %why, "handshake failed"),
        }
    }

    /// Dials `unit` at `address`; the outcome is an event.
    pub(crate) async fn dial(self: Arc<Self>, address: SocketAddr, unit: UnitId) {
        match self.connect(address, &unit).await {
            Ok(session) => self.attend(&session).await,
            Err(why) => {
                tracing::info!(%unit, %address, %why, "dial failed");
                // The node may be gone; then nobody wants to know.
                let _ = self.events.send(LinkEvent::DialFailed { unit, addr: address, why }).await;
            }
        }
    }

    async fn connect(
        &self,
        address: SocketAddr,
        unit: &UnitId,
    ) -> Result<Arc<Session>, CloseReason> {
        let (client, province, revocations) = {
            let registry = self.registry();
            (registry.client.clone(), registry.province.clone(), registry.revocations)
        };
        let unreachable = |words: String| CloseReason::Unreachable(words);
        let name = province.dns_name(unit).map_err(|error| unreachable(error.to_string()))?;
        let connecting = self
            .endpoint
            .connect_with(client, address, name.as_ref())
            .map_err(|error| unreachable(error.to_string()))?;
        let connection = self.complete(connecting).await?;
        self.register(connection, true, revocations)
    }

    /// Waits for a handshake; giving up closes it.
    async fn complete(&self, connecting: Connecting) -> Result<Connection, CloseReason> {
        match timeout(self.limits.handshake_time, connecting).await {
            Ok(connection) => Ok(connection?),
            Err(_) => Err(CloseReason::TimedOut),
        }
    }

    fn register(
        &self,
        connection: Connection,
        dialled: bool,
        revocations: u64,
    ) -> Result<Arc<Session>, CloseReason> {
        let mut registry = self.registry();
        let refuse = |code: CloseCode, reason: &str| {
            connection.close(code.into(), reason.as_bytes());
            Err(CloseReason::here(code, reason))
        };
        let Some(peer) = identify(&connection, &registry.province) else {
            return refuse(CloseCode::UNVERIFIED, "no readable identity");
        };
        if registry.closing {
            return refuse(CloseCode::SHUTDOWN, "node stopped");
        }
        if registry.revocations != revocations {
            return refuse(CloseCode::BUSY, "revocations changed during the handshake");
        }
        registry.next += 1;
        let id = ConnId(registry.next);
        let session = Arc::new(Session::new(id, peer, connection, dialled, &self.limits));
        registry.sessions.insert(id, Arc::clone(&session));
        Ok(session)
    }

    /// Sees a session through; it is forgotten before its end is told.
    async fn attend(&self, session: &Arc<Session>) {
        let end = session::run(session, &self.events, &self.bulk_calls, &self.limits).await;
        {
            let mut registry = self.registry();
            registry.sessions.remove(&session.id);
            registry.ended = registry.ended.plus(session.connection.stats().into());
        }
        self.gone.notify_waiters();
        let event = match end {
            End::Spoken(why) => LinkEvent::Closed { conn: session.id, why },
            // Whoever dialled waits for an outcome, also when the peer's refusal came after this
            // side's handshake was complete.
            End::Silent(why) if session.dialled => {
                let (unit, addr) = (session.peer.unit.clone(), session.remote);
                LinkEvent::DialFailed { unit, addr, why }
            }
            End::Silent(_) => return,
        };
        // The node may be gone; then nobody wants to know.
        let _ = self.events.send(event).await;
    }
}

/// Who the verified peer is.
fn identify(connection: &Connection, province: &ProvinceName) -> Option<NodeIdentity> {
    let chain = connection.peer_identity()?.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    NodeIdentity::from_chain(&chain, province).ok()
}
