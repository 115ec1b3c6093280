//! A socket of the medium, as quinn asks for one.

use std::collections::VecDeque;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};

use super::medium::Fabric;

/// Datagrams that wait at an address; more are lost, as at a full socket buffer.
const INBOX_MAX: usize = 4_096;

/// What has arrived at an address.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) address: SocketAddr,
    state: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    datagrams: VecDeque<(SocketAddr, Vec<u8>)>,
    reader: Option<Waker>,
}

impl Inbox {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, state: Mutex::default() }
    }

    /// Adds a datagram and returns whoever waits for it.
    pub(super) fn put(&self, from: SocketAddr, bytes: Vec<u8>) -> Option<Waker> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.datagrams.len() >= INBOX_MAX {
            return None;
        }
        state.datagrams.push_back((from, bytes));
        state.reader.take()
    }
}

/// A socket of the medium; it closes when it is dropped.
#[derive(Debug)]
pub(super) struct SimulatedSocket {
    fabric: Fabric,
    inbox: Arc<Inbox>,
}

impl SimulatedSocket {
    pub(super) fn new(fabric: Fabric, inbox: Arc<Inbox>) -> Self {
        Self { fabric, inbox }
    }
}

impl Drop for SimulatedSocket {
    fn drop(&mut self) {
        self.fabric.unbind(&self.inbox);
    }
}

impl AsyncUdpSocket for SimulatedSocket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(Writable)
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let size = transmit.segment_size.unwrap_or(transmit.contents.len()).max(1);
        for datagram in transmit.contents.chunks(size) {
            self.fabric.send(&self.inbox, transmit.destination, datagram);
        }
        Ok(())
    }

    fn poll_recv(
        &self,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.inbox.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut received = 0;
        for (buffer, meta) in buffers.iter_mut().zip(metas) {
            let Some((addr, bytes)) = state.datagrams.pop_front() else { break };
            let len = bytes.len().min(buffer.len());
            buffer[..len].copy_from_slice(&bytes[..len]);
            *meta = RecvMeta { addr, len, stride: len, ecn: None, dst_ip: None };
            received += 1;
        }
        if received == 0 {
            state.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(received))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.inbox.address)
    }

    fn may_fragment(&self) -> bool {
        false
    }
}

/// The medium always takes what it is given.
#[derive(Debug)]
struct Writable;

impl UdpPoller for Writable {
    fn poll_writable(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
