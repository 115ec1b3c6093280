//! The listener: a free port of this machine, and connections within bounds.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use config::Settings;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::crowd::{Crowd, Guest};
use super::{House, routes};
use crate::account::Rules;
use crate::environment::Environment;
use crate::node::Desk;

/// Ports that are tried after one that is taken.
const PORTS_TRIED: u16 = 100;

/// Connections held at once; one more, and the one that was still for the longest is hung up on.
const CONNECTIONS: usize = 512;

/// How long the head of a request may take.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// The largest head of a request, in bytes.
const HEAD_BYTES: usize = 32 * 1024;

/// Where the pages of a node are asked for.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens at `wanted`, or at the next free port.
    ///
    /// # Errors
    /// What the system refuses for any other reason than a port that is taken, or when none of the
    /// next ports is free.
    pub async fn open(wanted: SocketAddr) -> io::Result<Self> {
        let mut address = wanted;
        loop {
            match TcpListener::bind(address).await {
                Ok(listener) => {
                    let address = listener.local_addr()?;
                    return Ok(Self { listener, address });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    let next = address.port().checked_add(1);
                    let next = next.filter(|port| port - wanted.port() <= PORTS_TRIED);
                    address.set_port(next.ok_or(error)?);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers every browser; ends only when it is dropped, and then hangs up on all of them.
    pub async fn serve(
        self,
        desk: Desk,
        environment: Environment,
        settings: Settings,
        rules: Rules,
    ) {
        let house = House::new(desk, environment, settings.deadlines, rules, self.address);
        let service = TowerToHyperService::new(routes::router(Arc::new(house)));
        let crowd = Crowd::new(CONNECTIONS);
        let mut callers = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                Some(_) = callers.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let Some(guest) = crowd.enter().map(Arc::new) else { continue };
                        let talk = converse(stream, service.clone(), Arc::clone(&guest));
                        guest.bind(callers.spawn(talk));
                    }
                    // Out of descriptors, most likely: others will hang up in the meantime.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
            }
        }
    }
}

async fn converse(
    stream: TcpStream,
    service: TowerToHyperService<axum::Router>,
    guest: Arc<Guest>,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&guest));
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a browser's connection ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_leads_to_the_next_free_one() {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let first = Listener::open(any).await.expect("a port");
        let second = Listener::open(first.address()).await.expect("the next one");
        assert_ne!(second.address().port(), first.address().port());
        assert!(second.address().port() > first.address().port());
    }
}
