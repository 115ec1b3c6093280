//! One connection from its handshake to its end: frames in, frames out, and nothing else.
//!
//! **Invariant:** the node sees `Opened`, then frames in order, then `Closed`, or nothing at all;
//! and no frame after this node closed the connection.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use certs::NodeIdentity;
use quinn::{Connection, ReadError, RecvStream, SendStream, WriteError};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::timeout;

use super::bulk::{BulkCall, BulkStream};
use super::close::{CloseCode, CloseReason};
use super::frame::{FrameAssembler, FrameFault};
use super::limits::LinkLimits;
use super::queue::SendQueue;
use super::{ConnId, LinkEvent};

/// Bytes taken from the transport at once.
const PIECE: usize = 64 * 1024;

/// A connection to a verified peer.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: ConnId,
    pub(crate) peer: NodeIdentity,
    pub(crate) remote: SocketAddr,
    pub(crate) dialled: bool,
    pub(crate) connection: Connection,
    pub(crate) queue: SendQueue,
    /// The place of the bulk stream this node opens, and of the one the peer opens.
    pub(crate) bulk_out: Arc<Semaphore>,
    pub(crate) bulk_in: Arc<Semaphore>,
    /// Set once when this node closes the connection.
    stop: watch::Sender<Option<CloseReason>>,
    goodbye: OnceLock<String>,
}

impl Session {
    /// A session over a connection whose handshake is complete.
    pub(crate) fn new(
        id: ConnId,
        peer: NodeIdentity,
        connection: Connection,
        dialled: bool,
        limits: &LinkLimits,
    ) -> Self {
        let remote = connection.remote_address();
        Self {
            id,
            peer,
            remote: SocketAddr::new(remote.ip().to_canonical(), remote.port()),
            dialled,
            connection,
            queue: SendQueue::new(limits.queue),
            bulk_out: Arc::new(Semaphore::new(1)),
            bulk_in: Arc::new(Semaphore::new(1)),
            stop: watch::Sender::new(None),
            goodbye: OnceLock::new(),
        }
    }

    /// Ends the connection at once; what is queued is not sent.
    pub(crate) fn close(&self, code: CloseCode, reason: &str) {
        self.stop.send_if_modified(|stop| {
            let first = stop.is_none();
            stop.get_or_insert_with(|| CloseReason::here(code, reason));
            first
        });
        self.connection.close(code.into(), reason.as_bytes());
    }

    /// Ends the connection once the peer has received everything queued so far.
    pub(crate) fn finish(&self, reason: &str) {
        self.goodbye.get_or_init(|| reason.to_owned());
        self.queue.finish();
    }

    /// Opens the stream, as dialler, or waits for it.
    pub(crate) async fn streams(
        &self,
        limits: &LinkLimits,
    ) -> Result<(SendStream, RecvStream), CloseReason> {
        let streams = async {
            if self.dialled {
                self.connection.open_bi().await
            } else {
                self.connection.accept_bi().await
            }
        };
        match timeout(limits.stream_time, streams).await {
            Ok(streams) => Ok(streams?),
            Err(_) => {
                self.close(CloseCode::SILENT, "no stream was opened");
                Err(CloseReason::here(CloseCode::SILENT, "no stream was opened"))
            }
        }
    }

    /// Carries frames until the connection ends, and says why it did.
    pub(crate) async fn converse(
        &self,
        (send, receive): (SendStream, RecvStream),
        events: &mpsc::Sender<LinkEvent>,
        calls: &OnceLock<mpsc::Sender<BulkCall>>,
        limits: &LinkLimits,
    ) -> CloseReason {
        let why = tokio::select! {
            biased;
            why = self.stopped() => why,
            why = self.receive(receive, events, limits) => why,
            why = self.send(send) => why,
            fault = self.attend_streams(calls, limits.extra_streams) => fault.into(),
        };
        if let CloseReason::Fault(fault) = why {
            self.close(CloseCode::FAULT, &fault.to_string());
        }
        why
    }

    async fn stopped(&self) -> CloseReason {
        let mut stop = self.stop.subscribe();
        let stopped = stop.wait_for(Option::is_some).await;
        match stopped.ok().and_then(|stop| stop.clone()) {
            Some(why) => why,
            None => pending().await,
        }
    }

    /// Reads only as fast as the node takes events; flow control holds the peer back.
    async fn receive(
        &self,
        mut stream: RecvStream,
        events: &mpsc::Sender<LinkEvent>,
        limits: &LinkLimits,
    ) -> CloseReason {
        let mut assembler = FrameAssembler::new(limits.frame_max());
        loop {
            loop {
                let bytes = match assembler.next_frame() {
                    Ok(Some(frame)) => frame,
                    Ok(None) => break,
                    Err(fault) => return fault.into(),
                };
                let Ok(room) = events.reserve().await else {
                    self.close(CloseCode::SHUTDOWN, "node stopped");
                    return CloseReason::here(CloseCode::SHUTDOWN, "node stopped");
                };
                room.send(LinkEvent::Frame { conn: self.id, bytes });
            }
            match stream.read_chunk(PIECE, true).await {
                Ok(Some(piece)) => assembler.push(&piece.bytes),
                Err(ReadError::ConnectionLost(error)) => return error.into(),
                Ok(None) if assembler.is_empty() => return self.farewell(limits).await,
                Ok(None) => return FrameFault::Truncated.into(),
                Err(_) => return FrameFault::Abandoned.into(),
            }
        }
    }

    /// The peer has said everything and is about to close the connection.
    async fn farewell(&self, limits: &LinkLimits) -> CloseReason {
        match timeout(limits.drain_time, self.connection.closed()).await {
            Ok(error) => error.into(),
            Err(_) => {
                self.close(CloseCode::DONE, "peer finished");
                CloseReason::here(CloseCode::DONE, "peer finished")
            }
        }
    }

    /// Writes batches; ends only when the queue was finished and the peer has everything, or when
    /// the peer gave the stream up. The loss of the connection is told by the reader, which may
    /// still hold frames that arrived before it.
    async fn send(&self, mut stream: SendStream) -> CloseReason {
        while let Some(batch) = self.queue.batch().await {
            let bytes = batch.len();
            match stream.write_chunk(batch).await {
                Ok(()) => self.queue.written(bytes),
                Err(WriteError::Stopped(_)) => return FrameFault::Abandoned.into(),
                Err(_) => return pending().await,
            }
        }
        if stream.finish().is_err() || stream.stopped().await.is_err() {
            return pending().await;
        }
        let reason = self.goodbye.get().map_or("done", String::as_str);
        self.close(CloseCode::SHUTDOWN, reason);
        CloseReason::here(CloseCode::SHUTDOWN, reason)
    }

    /// Hands on bulk streams, one at a time, and refuses all others.
    async fn attend_streams(
        &self,
        calls: &OnceLock<mpsc::Sender<BulkCall>>,
        allowance: usize,
    ) -> FrameFault {
        let mut refused = 0;
        while let Ok((mut send, mut receive)) = self.connection.accept_bi().await {
            let place = Arc::clone(&self.bulk_in).try_acquire_owned().ok();
            if let (Some(calls), Some(place)) = (calls.get(), place) {
                let stream = BulkStream::new((send, receive), place);
                // Whoever took the calls may be gone, or busy: the stream is dropped then.
                let _ = calls.try_send(BulkCall { conn: self.id, stream });
                continue;
            }
            // Both fail only on a stream that is already closed, which is what is wanted.
            let _ = send.reset(CloseCode::FAULT.into());
            let _ = receive.stop(CloseCode::FAULT.into());
            refused += 1;
            if refused > allowance {
                return FrameFault::ExtraStreams;
            }
        }
        pending().await
    }
}

/// How a session ended.
pub(crate) enum End {
    /// After it was told as opened.
    Spoken(CloseReason),
    /// Before there was a conversation.
    Silent(CloseReason),
}

/// Runs a session that the registry holds, from its stream to its end.
pub(crate) async fn run(
    session: &Arc<Session>,
    events: &mpsc::Sender<LinkEvent>,
    calls: &OnceLock<mpsc::Sender<BulkCall>>,
    limits: &LinkLimits,
) -> End {
    let stopped = || End::Silent(CloseReason::here(CloseCode::SHUTDOWN, "stopped"));
    let streams = tokio::select! {
        biased;
        _ = session.stopped() => return stopped(),
        streams = session.streams(limits) => streams,
    };
    let streams = match streams {
        Ok(streams) => streams,
        Err(why) => {
            tracing::info!(conn = %session.id, remote = %session.remote, %why, "no conversation");
            return End::Silent(why);
        }
    };
    let room = tokio::select! {
        biased;
        _ = session.stopped() => return stopped(),
        room = events.reserve() => room,
    };
    // The node may be gone; then nobody wants to know.
    let Ok(room) = room else { return stopped() };
    room.send(LinkEvent::Opened {
        conn: session.id,
        peer: session.peer.clone(),
        remote: session.remote,
        dialled: session.dialled,
    });
    End::Spoken(session.converse(streams, events, calls, limits).await)
}
