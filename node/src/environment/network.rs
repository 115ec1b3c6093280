//! Datagrams: the one way bytes of other nodes reach this node.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use quinn::{AsyncUdpSocket, Runtime, TokioRuntime};
use socket2::{Domain, Protocol, Socket, Type};

/// Asked of the kernel for each direction of a socket, in bytes. With the usual 208 KiB, 250
/// simultaneous handshakes lose hundreds of datagrams.
const SOCKET_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// Below this grant, in bytes, an administrator should raise `net.core.rmem_max`.
const SOCKET_BUFFER_BYTES_MIN: usize = 1024 * 1024;

/// Supplies sockets, timers and tasks to the links of a node.
///
/// Every task of a link is spawned through [`Network::runtime`], so that a double of this trait
/// can stop a node dead, tasks, timers and sockets together.
pub trait Network: Send + Sync + fmt::Debug {
    /// Timers, tasks and the monotonic clock. Must follow `tokio::time`, which may be paused.
    fn runtime(&self) -> Arc<dyn Runtime>;

    /// Opens a socket at `listen`; with `None`, at any free port, for outgoing connections only.
    ///
    /// # Errors
    /// Whatever the operating system says, e.g. that the address is in use.
    fn bind(&self, listen: Option<SocketAddr>) -> io::Result<Arc<dyn AsyncUdpSocket>>;
}

/// The real network: UDP sockets on the tokio runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct UdpNetwork;

impl Network for UdpNetwork {
    fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::new(TokioRuntime)
    }

    fn bind(&self, listen: Option<SocketAddr>) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let socket = match listen {
            Some(address) => open(address)?,
            None => open((Ipv6Addr::UNSPECIFIED, 0).into())
                .or_else(|_| open((Ipv4Addr::UNSPECIFIED, 0).into()))?,
        };
        TokioRuntime.wrap_udp_socket(socket.into())
    }
}

fn open(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    enlarge_buffers(&socket);
    socket.bind(&address.into())?;
    Ok(socket)
}

/// A small buffer slows a node down but does not stop it: failures are told, not returned.
fn enlarge_buffers(socket: &Socket) {
    let requests = [
        socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES),
        socket.set_send_buffer_size(SOCKET_BUFFER_BYTES),
    ];
    for error in requests.into_iter().filter_map(Result::err) {
        tracing::debug!(%error, "the kernel did not take the socket buffer size");
    }
    let granted = socket.recv_buffer_size().map_or(0, usable);
    if granted < SOCKET_BUFFER_BYTES_MIN {
        tracing::warn!(
            granted,
            wanted = SOCKET_BUFFER_BYTES,
            "small UDP receive buffer: many nodes reconnecting at once will lose packets; \
             raise net.core.rmem_max"
        );
    }
}

/// Linux reports twice the granted size, counting its own book-keeping.
fn usable(reported: usize) -> usize {
    if cfg!(target_os = "linux") { reported / 2 } else { reported }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let first = UdpNetwork.bind(Some((Ipv4Addr::LOCALHOST, 0).into())).expect("a free port");
        let taken = first.local_addr().expect("bound");
        let error = UdpNetwork.bind(Some(taken)).expect_err("in use");
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[tokio::test]
    async fn without_an_address_any_port_serves() {
        let socket = UdpNetwork.bind(None).expect("a socket");
        assert_ne!(socket.local_addr().expect("bound").port(), 0);
    }
}
