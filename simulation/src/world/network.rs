//! The network of a world: datagrams in memory that are late, lost, doubled and out of order.
//!
//! quinn runs on it unchanged. One medium carries all datagrams on virtual time; a datagram to an
//! address nobody listens at vanishes, as do those that a dead node still tries to send.

mod medium;
mod socket;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use node::environment::Network;
use quinn::{AsyncTimer, AsyncUdpSocket, Runtime, TokioRuntime};
use tokio::task::JoinSet;

pub use medium::{Fabric, Place, Quality};
use socket::SimulatedSocket;

/// Where peers reach a node, and where joining nodes reach tier 3.
pub const PEER_PORT: u16 = 7443;
/// Where joining nodes reach the tier-3 node.
pub const ENROL_PORT: u16 = 7444;

/// The address of a place.
pub fn address(place: Place, port: u16) -> SocketAddr {
    let [high, low] = place.to_be_bytes();
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 1, high, low)), port)
}

/// The place of an address.
pub(crate) fn place_of(address: SocketAddr) -> Place {
    match address.ip().to_canonical() {
        IpAddr::V4(address) => Place::from_be_bytes([address.octets()[2], address.octets()[3]]),
        IpAddr::V6(_) => Place::MAX,
    }
}

/// The tasks of one run of one node; they end together.
#[derive(Debug, Clone, Default)]
pub struct Group(Arc<Mutex<JoinSet<()>>>);

impl Group {
    /// Runs a task in the group.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Stops every task where it stands, and waits until all are gone.
    pub async fn abort(&self) {
        loop {
            let mut tasks =
                std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
            if tasks.is_empty() {
                return;
            }
            tasks.shutdown().await;
        }
    }
}

/// The network as one run of one node sees it.
#[derive(Debug, Clone)]
pub struct SimulatedNetwork {
    fabric: Fabric,
    place: Place,
    group: Group,
}

impl SimulatedNetwork {
    /// The network at `place`; its tasks belong to `group`.
    pub fn new(fabric: Fabric, place: Place, group: Group) -> Self {
        Self { fabric, place, group }
    }
}

impl Network for SimulatedNetwork {
    fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::new(GroupRuntime(self.group.clone()))
    }

    fn bind(&self, listen: Option<SocketAddr>) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let inbox = self.fabric.bind(self.place, listen)?;
        Ok(Arc::new(SimulatedSocket::new(self.fabric.clone(), inbox)))
    }
}

/// quinn's view of the paused runtime, with every task in one group.
#[derive(Clone)]
struct GroupRuntime(Group);

impl fmt::Debug for GroupRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupRuntime")
    }
}

impl Runtime for GroupRuntime {
    fn new_timer(&self, at: std::time::Instant) -> Pin<Box<dyn AsyncTimer>> {
        TokioRuntime.new_timer(at)
    }

    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.0.spawn(future);
    }

    fn wrap_udp_socket(&self, _: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        Err(io::Error::other("a simulated node opens no socket of the machine"))
    }

    fn now(&self) -> std::time::Instant {
        TokioRuntime.now()
    }
}
