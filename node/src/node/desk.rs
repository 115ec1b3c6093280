//! Asks an open node, and ends it.

use std::net::SocketAddr;
use std::sync::Arc;

use protocol::{Command, core::Refused};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::Ready;
use crate::{
    control::{Request, Response},
    engine::Input,
    link::{Link, enrolment::EnrolmentRequest},
};

/// Where a node is asked; clones are cheap and equal.
#[derive(Debug, Clone)]
pub struct Desk {
    inputs: mpsc::Sender<Input>,
    link: Link,
    ready: Arc<Ready>,
    stop: Arc<watch::Sender<bool>>,
    /// Tells the dialler that somebody waits for the superior.
    hurry: Arc<Notify>,
}

impl Desk {
    pub(super) fn new(
        inputs: mpsc::Sender<Input>,
        link: Link,
        ready: Ready,
        stop: watch::Sender<bool>,
        hurry: Arc<Notify>,
    ) -> Self {
        Self { inputs, link, ready: Arc::new(ready), stop: Arc::new(stop), hurry }
    }

    /// Where the node is reached.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The node's connections.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Asks the node; [`Response::Stopping`] when it has ended.
    pub async fn answer(&self, request: Request) -> Response {
        let (reply, answer) = oneshot::channel();
        let input = match request {
            Request::Core(command) => {
                if command == Command::Sync {
                    self.hurry.notify_one();
                }
                Input::Ask(command, reply)
            }
            Request::Invite { unit, online } => {
                let door = self.ready.enrol.map(|address| address.to_string());
                Input::Invite(unit, online, door.unwrap_or_default(), reply)
            }
            Request::Revoke { unit, reason } => Input::Revoke(unit, reason, reply),
            Request::Enrol { request } => return self.enrol(request).await,
            Request::OrgTree => Input::ShowTree(reply),
            Request::NextTree { tree, dry_run } => Input::NextTree(Box::new(tree), dry_run, reply),
            Request::Address { unit, address } => Input::Address(unit, address, reply),
            Request::Traffic => {
                let totals = self.link.totals();
                return Response::Traffic {
                    sent_bytes: totals.sent_bytes,
                    received_bytes: totals.received_bytes,
                    connections: self.link.connections(),
                };
            }
            Request::Shutdown => {
                self.stop.send_replace(true);
                return Response::Stopping;
            }
        };
        if self.inputs.send(input).await.is_err() {
            return Response::Stopping;
        }
        answer.await.unwrap_or(Response::Stopping)
    }

    /// A request that was carried by hand goes the way of the enrolment door.
    async fn enrol(&self, request: String) -> Response {
        let (reply, answer) = oneshot::channel();
        let source = SocketAddr::from(([127, 0, 0, 1], 0));
        let request = EnrolmentRequest { bytes: request.into(), source, reply };
        if self.inputs.send(Input::Enrol(request)).await.is_err() {
            return Response::Stopping;
        }
        let answer = answer.await.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        answer.map_or_else(
            || {
                let (code, detail) = ("enrolment".to_owned(), "no invite fits".to_owned());
                Response::Refused(Refused { code, detail })
            },
            |answer| Response::Enrolled { answer },
        )
    }

    /// Waits until somebody asked the node to stop.
    pub async fn stopped(&self) {
        // The sender lives as long as this desk, so that the wait cannot fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// Gives an engine that sleeps on its queue something to do.
    pub(super) async fn wake(&self) {
        // An engine that has ended needs no waking.
        let _ = self.inputs.send(Input::Tick).await;
    }

    /// Parts from every peer in good order; the carrier ends.
    pub async fn part(&self, reason: &str) {
        self.stop.send_replace(true);
        self.link.shutdown(reason).await;
    }
}
