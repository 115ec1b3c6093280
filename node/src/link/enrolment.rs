//! The enrolment door: its own port, its own protocol, no client certificate.
//!
//! A joining node sends one request and gets one answer. The door carries both as opaque bytes;
//! what they mean is decided by the handler. Sources must prove their address, may try once a
//! second, and are cut off after ten seconds.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use quinn::{Connection, Endpoint, Incoming, RecvStream, Runtime, SendStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

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

/// Sources remembered at once; when as many have tried within a second, others wait.
const SOURCES: usize = 1024;

const PIECE: usize = 16 * 1024;

/// A request that came in at the door.
#[derive(Debug)]
pub struct EnrolmentRequest {
    /// What the joining node sent; not verified in any way.
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
    let client = endpoint::client(tls, &LinkLimits::default())?;
    let endpoint = EndpointSeed::new(seed, network.runtime()).open(network, None, None)?;
    let visit = async {
        let connecting = endpoint
            .connect_with(client, address, server_name)
            .map_err(|error| CloseReason::Unreachable(error.to_string()))?;
        let connection = connecting.await?;
        let answer = ask(&connection, request).await;
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
    let (mut send, receive) = connection.accept_bi().await?;
    let bytes = hear(receive, REQUEST_MAX, &connection).await?;
    let (reply, answer) = oneshot::channel();
    let unanswered = || close(&connection, CloseCode::DONE, "no answer");
    handler.send(EnrolmentRequest { bytes, source, reply }).await.map_err(|_| unanswered())?;
    let answer = answer.await.map_err(|_| unanswered())?;
    say(&mut send, &answer, &connection).await?;
    // The guest closes once it has the answer.
    connection.closed().await;
    Ok(())
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

/// When each source tried last.
#[derive(Debug, Default)]
struct Tries(BTreeMap<IpAddr, Instant>);

impl Tries {
    fn admit(&mut self, source: IpAddr, now: Instant) -> bool {
        let recent = |last: &Instant| now.saturating_duration_since(*last) < TRY_INTERVAL;
        if self.0.get(&source).is_some_and(recent) {
            return false;
        }
        if self.0.len() >= SOURCES {
            self.0.retain(|_, last| recent(last));
        }
        let room = self.0.len() < SOURCES;
        if room {
            self.0.insert(source, now);
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_source_tries_once_a_second() {
        let start = tokio::time::Instant::now().into_std();
        let host = |number: u32| IpAddr::from(number.to_be_bytes());
        let at = |millis| start + Duration::from_millis(millis);
        let mut tries = Tries::default();
        assert!(tries.admit(host(1), at(0)));
        assert!(!tries.admit(host(1), at(999)));
        assert!(tries.admit(host(2), at(999)));
        assert!(tries.admit(host(1), at(1000)));
    }

    #[tokio::test]
    async fn what_is_remembered_is_bounded() {
        let start = tokio::time::Instant::now().into_std();
        let mut tries = Tries::default();
        let admitted =
            (0..5000u32).filter(|number| tries.admit(number.to_be_bytes().into(), start)).count();
        assert_eq!(admitted, SOURCES);
        assert!(tries.admit([200, 0, 0, 1].into(), start + TRY_INTERVAL));
        assert_eq!(tries.0.len(), 1);
    }
}
