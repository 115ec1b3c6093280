//! Peers that knock and never come in.

use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, Runtime, UdpPoller};

use super::stage::{Province, name, open_endpoint};
use crate::environment::{Network, UdpNetwork};
use crate::link::{LinkLimits, endpoint};

/// A network that hears nothing, or nothing but the demand to prove an address.
#[derive(Debug)]
struct DeafNetwork {
    hears_retry: bool,
}

impl Network for DeafNetwork {
    fn runtime(&self) -> Arc<dyn Runtime> {
        UdpNetwork.runtime()
    }

    fn bind(&self, listen: Option<SocketAddr>) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let inner = UdpNetwork.bind(listen)?;
        Ok(Arc::new(DeafSocket { inner, hears_retry: self.hears_retry }))
    }
}

#[derive(Debug)]
struct DeafSocket {
    inner: Arc<dyn AsyncUdpSocket>,
    hears_retry: bool,
}

impl AsyncUdpSocket for DeafSocket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Arc::clone(&self.inner).create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit) -> io::Result<()> {
        self.inner.try_send(transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        loop {
            let count = ready!(self.inner.poll_recv(cx, &mut bufs[..1], &mut meta[..1]))?;
            // Long header of version 1, packet type Retry (RFC 9000 section 17.2.5).
            if self.hears_retry && bufs[0][0] & 0xf0 == 0xf0 {
                return Poll::Ready(Ok(count));
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn max_receive_segments(&self) -> usize {
        self.inner.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.inner.may_fragment()
    }
}

/// An honest peer gets in while 300 handshakes of one other source hang.
async fn honest_peer_gets_in(flood: DeafNetwork) {
    let province = Province::new();
    let mut district = province.node("d151", LinkLimits::default());
    let tls = province.tls("d152").client;
    let client = endpoint::client(tls, &LinkLimits::default()).expect("a configuration");
    let server_name = name().dns_name(&district.unit).expect("a name");
    let crowd = open_endpoint(&flood);
    let hanging: Vec<_> = (0..300)
        .map(|_| crowd.connect_with(client.clone(), district.address(), server_name.as_ref()))
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;

    let honest_host = Ipv4Addr::new(127, 0, 0, 2);
    let mut honest = province.node_at("d151.04894", honest_host, LinkLimits::default());
    let (here, there) = honest.meet(&mut district).await;
    honest.talk(here, &mut district, there).await;
    assert!(hanging.iter().all(Result::is_ok));
}

#[tokio::test]
async fn forged_sources_do_not_keep_an_honest_peer_out() {
    honest_peer_gets_in(DeafNetwork { hears_retry: false }).await;
}

#[tokio::test]
async fn a_proven_source_that_hangs_does_not_keep_an_honest_peer_out() {
    honest_peer_gets_in(DeafNetwork { hears_retry: true }).await;
}
