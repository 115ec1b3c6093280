//! The door of tier 3 for nodes that cannot pass the peer door: its own port, its own protocols.
//!
//! A joining node (no certificate) and a node whose certificate ended (it shows that one) send one
//! request and get one answer. The door carries both as opaque bytes; what they mean is decided by
//! the handler. Sources must prove their address, may try once a second, and are cut off after ten
//! seconds.

mod tries;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use certs::{
    enrolment::LateRoad,
    tls::{ALPN_ENROL, ALPN_RENEW, ENROL_SERVER_NAME},
};
use quinn::crypto::rustls::HandshakeData;
use quinn::{Connection, Endpoint, Incoming, RecvStream, Runtime, SendStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use self::tries::Tries;
use super::LinkError;
use super::close::{CloseCode, CloseReason};
use super::door;
use super::endpoint::{self, EndpointSeed};
use super::frame::{self, FrameAssembler, FrameFault};
use super::limits::LinkLimits;
use crate::environment::Network;

/// Largest request, in bytes.
pub const REQUEST_MAX: usize = 64 * 1024;

/// Largest answer, in bytes.
pub const ANSWER_MAX: usize = 1024 * 1024;

/// Time for one enrolment, from the handshake to the answer.
pub const ENROLMENT_TIME: Duration = Duration::from_secs(10);

/// Time between two tries of one source: an IPv4 address or an IPv6 /64.
pub const TRY_INTERVAL: Duration = Duration::from_secs(1);

/// Enrolments in progress at once.
const GUESTS: usize = 16;

const PIECE: usize = 16 * 1024;

/// Marks what is derived from a handshake for a late request.
const EXPORTER: &[u8] = b"EXPORTER-hoso-renew-1";

/// Who came to the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guest {
    /// A node to be, which showed no certificate.
    Newcomer,
    /// A node whose certificate passed the renewal door, and the road its request must be for.
    Late(LateRoad),
}

/// A request that came in at the door.
#[derive(Debug)]
pub struct EnrolmentRequest {
    /// Who asks.
    pub guest: Guest,
    /// What was sent; not verified in any way.
    pub bytes: Bytes,
    /// Where it came from; the address is proven.
    pub source: SocketAddr,
    /// Takes the answer, at most [`ANSWER_MAX`] bytes. Dropped, the door closes without a word.
    pub reply: oneshot::Sender<Vec<u8>>,
}

/// An open enrolment door; closes when dropped.
pub struct EnrolmentDoor {
    endpoint: Endpoint,
    seed: EndpointSeed,
}

impl EnrolmentDoor {
    /// The address the door is bound to.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint.local_addr()
    }

    /// Presents another certificate from here on.
    ///
    /// # Errors
    /// [`LinkError::Tls`]; nothing has changed then.
    pub fn renew(&self, tls: Arc<rustls::ServerConfig>) -> Result<(), LinkError> {
        let server = self.seed.server(tls, &LinkLimits::default())?;
        self.endpoint.set_server_config(Some(server));
        Ok(())
    }
}

impl std::fmt::Debug for EnrolmentDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolmentDoor").finish_non_exhaustive()
    }
}

impl Drop for EnrolmentDoor {
    fn drop(&mut self) {
        self.endpoint.close(CloseCode::SHUTDOWN.into(), b"door closed");
    }
}

/// Opens the door at `listen` and hands requests to `handler`. `seed` must be fresh at every
/// start.
///
/// # Errors
/// [`LinkError::Bind`] or [`LinkError::Tls`].
pub fn serve_enrolment(
    network: &dyn Network,
    tls: Arc<rustls::ServerConfig>,
    listen: SocketAddr,
    handler: mpsc::Sender<EnrolmentRequest>,
    seed: [u8; 32],
) -> Result<EnrolmentDoor, LinkError> {
    let runtime = network.runtime();
    let seed = EndpointSeed::new(seed, Arc::clone(&runtime));
    let server = seed.server(tls, &LinkLimits::default())?;
    let endpoint = seed.open(network, Some(listen), Some(server))?;
    let keeper = Keeper { endpoint: endpoint.clone(), runtime: Arc::clone(&runtime), handler };
    runtime.spawn(Box::pin(keeper.keep()));
    Ok(EnrolmentDoor { endpoint, seed })
}

/// Takes one request to the door at `address` and brings the answer back. `server_name` is the
/// name the verifier of `tls` expects.
///
/// # Errors
/// Any [`LinkError`]; [`CloseReason::Busy`] asks for another try after a second.
pub async fn enrol_over_network(
    network: &dyn Network,
    tls: Arc<rustls::ClientConfig>,
    address: SocketAddr,
    server_name: &str,
    request: &[u8],
    seed: [u8; 32],
) -> Result<Vec<u8>, LinkError> {
    let request = Bytes::copy_from_slice(request);
    visit(network, tls, address, server_name, seed, |_| Ok(request)).await
}

/// Asks at the renewal door at `address` and brings the answer back; `request` writes the request
/// for the road that the connection is.
///
/// # Errors
/// As [`enrol_over_network`].
pub async fn renew_over_network(
    network: &dyn Network,
    tls: Arc<rustls::ClientConfig>,
    address: SocketAddr,
    seed: [u8; 32],
    request: impl FnOnce(LateRoad) -> Vec<u8>,
) -> Result<Vec<u8>, LinkError> {
    let write = |connection: &Connection| Ok(request(road(connection)?).into());
    visit(network, tls, address, ENROL_SERVER_NAME, seed, write).await
}

async fn visit(
    network: &dyn Network,
    tls: Arc<rustls::ClientConfig>,
    address: SocketAddr,
    server_name: &str,
    seed: [u8; 32],
    request: impl FnOnce(&Connection) -> Result<Bytes, CloseReason>,
) -> Result<Vec<u8>, LinkError> {
    let client = endpoint::client(tls, &LinkLimits::default())?;
    let endpoint = EndpointSeed::new(seed, network.runtime()).open(network, None, None)?;
    let visit = async {
        let connecting = endpoint
            .connect_with(client, address, server_name)
            .map_err(|error| CloseReason::Unreachable(error.to_string()))?;
        let connection = connecting.await?;
        let answer = match request(&connection) {
            Ok(request) => ask(&connection, &request).await,
            Err(why) => Err(why),
        };
        connection.close(CloseCode::DONE.into(), b"");
        answer
    };
    let answer = timeout(ENROLMENT_TIME, visit).await.unwrap_or(Err(CloseReason::TimedOut));
    endpoint.close(CloseCode::DONE.into(), b"");
    // A door that does not hear the goodbye notices the silence.
    let _ = timeout(TRY_INTERVAL, endpoint.wait_idle()).await;
    answer.map(Into::into).map_err(LinkError::Connection)
}

async fn ask(connection: &Connection, request: &[u8]) -> Result<Bytes, CloseReason> {
    let (mut send, receive) = connection.open_bi().await?;
    say(&mut send, request, connection).await?;
    hear(receive, ANSWER_MAX, connection).await
}

struct Keeper {
    endpoint: Endpoint,
    runtime: Arc<dyn Runtime>,
    handler: mpsc::Sender<EnrolmentRequest>,
}

impl Keeper {
    async fn keep(self) {
        let guests = Arc::new(Semaphore::new(GUESTS));
        let mut tries = Tries::default();
        while let Some(incoming) = self.endpoint.accept().await {
            let remote = incoming.remote_address();
            if !incoming.remote_address_validated() {
                // Fails only for a proven address.
                drop(incoming.retry());
                continue;
            }
            let Ok(place) = Arc::clone(&guests).try_acquire_owned() else {
                incoming.refuse();
                continue;
            };
            if !tries.admit(door::source(remote.ip()), self.runtime.now()) {
                incoming.refuse();
                continue;
            }
            let handler = self.handler.clone();
            self.runtime.spawn(Box::pin(async move {
                let visit = timeout(ENROLMENT_TIME, receive_guest(incoming, handler));
                if let Err(why) = visit.await.unwrap_or(Err(CloseReason::TimedOut)) {
                    tracing::info!(%remote, %why, "enrolment not answered");
                }
                drop(place);
            }));
        }
    }
}

async fn receive_guest(
    incoming: Incoming,
    handler: mpsc::Sender<EnrolmentRequest>,
) -> Result<(), CloseReason> {
    let source = incoming.remote_address();
    let source = SocketAddr::new(source.ip().to_canonical(), source.port());
    let connection = incoming.accept()?.await?;
    let guest = recognise(&connection)?;
    let (mut send, receive) = connection.accept_bi().await?;
    let bytes = hear(receive, REQUEST_MAX, &connection).await?;
    let (reply, answer) = oneshot::channel();
    let unanswered = || close(&connection, CloseCode::DONE, "no answer");
    let request = EnrolmentRequest { guest, bytes, source, reply };
    handler.send(request).await.map_err(|_| unanswered())?;
    let answer = answer.await.map_err(|_| unanswered())?;
    say(&mut send, &answer, &connection).await?;
    // The guest closes once it has the answer.
    connection.closed().await;
    Ok(())
}

/// Who is there, by the protocol that was agreed on.
fn recognise(connection: &Connection) -> Result<Guest, CloseReason> {
    let agreed = connection.handshake_data().and_then(|data| data.downcast::<HandshakeData>().ok());
    match agreed.and_then(|data| data.protocol).as_deref() {
        Some(ALPN_ENROL) => Ok(Guest::Newcomer),
        Some(ALPN_RENEW) if connection.peer_identity().is_some() => {
            road(connection).map(Guest::Late)
        }
        _ => Err(close(connection, CloseCode::UNVERIFIED, "no certificate")),
    }
}

/// The road that this connection is, the same on both of its sides and on no other.
fn road(connection: &Connection) -> Result<LateRoad, CloseReason> {
    let mut secret = [0; 32];
    connection
        .export_keying_material(&mut secret, EXPORTER, &[])
        .map_err(|_| close(connection, CloseCode::UNVERIFIED, "no exporter"))?;
    Ok(LateRoad::door(&secret))
}

/// Writes one frame and ends the stream.
async fn say(
    stream: &mut SendStream,
    words: &[u8],
    connection: &Connection,
) -> Result<(), CloseReason> {
    let mut wire = BytesMut::with_capacity(frame::PREFIX + words.len());
    frame::write_frame(&mut wire, words);
    if stream.write_chunk(wire.freeze()).await.is_err() || stream.finish().is_err() {
        return Err(lost(connection, FrameFault::Abandoned));
    }
    Ok(())
}

/// Reads the one frame of a stream.
async fn hear(
    mut stream: RecvStream,
    frame_max: usize,
    connection: &Connection,
) -> Result<Bytes, CloseReason> {
    let mut assembler = FrameAssembler::new(frame_max);
    loop {
        match assembler.next_frame() {
            Ok(Some(frame)) => return Ok(frame),
            Ok(None) => {}
            Err(fault) => return Err(lost(connection, fault)),
        }
        match stream.read_chunk(PIECE, true).await {
            Ok(Some(piece)) => assembler.push(&piece.bytes),
            _ => return Err(lost(connection, FrameFault::Truncated)),
        }
    }
}

/// The reason the connection has, or else the fault, for which it is closed.
fn lost(connection: &Connection, fault: FrameFault) -> CloseReason {
    if let Some(error) = connection.close_reason() {
        return error.into();
    }
    connection.close(CloseCode::FAULT.into(), fault.to_string().as_bytes());
    fault.into()
}

fn close(connection: &Connection, code: CloseCode, reason: &str) -> CloseReason {
    connection.close(code.into(), reason.as_bytes());
    CloseReason::here(code, reason)
}
