//! Asks an open node, and ends it.

use std::net::SocketAddr;
use std::sync::Arc;

use certs::enrolment::{LateAnswer, LateRoad, LateVerdict};
use protocol::{Command, core::Refused};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::Ready;
use crate::{
    account::{self, Token},
    attachment::counter::Counter,
    audit::Caller,
    control::{ConductOrder, Request, Response},
    engine::{Input, late},
    link::{
        Link,
        enrolment::{EnrolmentRequest, Guest},
    },
};

/// Where a node is asked; clones are cheap and equal.
#[derive(Debug, Clone)]
pub struct Desk {
    pub(super) inputs: mpsc::Sender<Input>,
    link: Link,
    ready: Arc<Ready>,
    stop: Arc<watch::Sender<bool>>,
    /// Tells the dialler that somebody waits for the superior.
    hurry: Arc<Notify>,
    has_office: bool,
    pub(super) counter: Arc<Counter>,
}

impl Desk {
    pub(super) fn new(
        inputs: mpsc::Sender<Input>,
        link: Link,
        ready: Ready,
        stop: watch::Sender<bool>,
        hurry: Arc<Notify>,
        has_office: bool,
        counter: Arc<Counter>,
    ) -> Self {
        let (ready, stop) = (Arc::new(ready), Arc::new(stop));
        Self { inputs, link, ready, stop, hurry, has_office, counter }
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
        self.answer_to(Caller::default(), request).await
    }

    /// Asks the node on behalf of somebody.
    pub async fn answer_to(&self, caller: Caller, request: Request) -> Response {
        let (session, request) = match request {
            Request::InSession { token, request } => (Some(token), *request),
            plain => (None, plain),
        };
        // A content counts as here by this order: it is given by whoever has just written the bytes.
        if let Request::Core(Command::Attach { .. }) = request {
            return refused("request", "a file is attached where it is handed in");
        }
        let Request::Conduct(ConductOrder::Check(_) | ConductOrder::Report(_)) = request else {
            let response = self.pass_on(caller, session, request).await;
            return self.look_at_files(response).await;
        };
        // The engine reads a part and lets others have their turn.
        loop {
            let response = self.pass_on(caller.clone(), session, request.clone()).await;
            if !response.goes_on() {
                return response;
            }
        }
    }

    /// Passes a request to whoever answers it.
    pub(super) async fn pass_on(
        &self,
        caller: Caller,
        session: Option<Token>,
        request: Request,
    ) -> Response {
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
            Request::Readmit { .. } | Request::Enrol { .. } if !self.has_office => {
                return refused("not-tier-3", "no office");
            }
            Request::Readmit { request } => return self.readmit(caller, request).await,
            Request::Enrol { request } => return self.enrol(caller, request).await,
            Request::Account(order) => {
                return account::answer(&self.inputs, &caller, session, order).await;
            }
            Request::Copy(order) => Input::Copy(order, reply),
            Request::Attachment(order) => return self.attend(caller, session, order).await,
            Request::InSession { .. } => return refused("request", "a session in a session"),
            Request::Certificate(order) => Input::Certificate(order, reply),
            Request::OrgTree => Input::ShowTree(reply),
            Request::NextTree { tree, dry_run } => Input::NextTree(Box::new(tree), dry_run, reply),
            Request::Address { unit, address } => Input::Address(unit, address, reply),
            Request::Audit(order) => Input::Audit(order, reply),
            Request::Grant(order) => Input::Grant(order, reply),
            Request::Campaign(order) => Input::Campaign(order, reply),
            Request::Conduct(order) => Input::Conduct(order, reply),
            Request::Disruption(order) => Input::Disruption(order, reply),
            Request::Kind(order) => Input::Kind(order, reply),
            Request::Calendar(order) => Input::Calendar(order, reply),
            Request::Survey(order) => Input::Survey(order, reply),
            Request::Abroad(order) => Input::Abroad(order, reply),
            Request::Archive(order) => Input::Archive(order, reply),
            Request::Search(order) => Input::Search(order, reply),
            // What a connection claims is kept where it is read.
            Request::Claim(_) => return refused("request", "a claim in a session"),
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
        let input = match session {
            Some(token) => Input::As(token, Box::new(input)),
            None => input,
        };
        let input = Input::For(Box::new(caller), Box::new(input));
        if self.inputs.send(input).await.is_err() {
            return Response::Stopping;
        }
        answer.await.unwrap_or(Response::Stopping)
    }

    /// A request that was carried by hand goes the way of the enrolment door.
    async fn enrol(&self, caller: Caller, request: String) -> Response {
        let Some(answer) = self.present(caller, Guest::Newcomer, request).await else {
            return refused("enrolment", "no invite fits");
        };
        Response::Enrolled { answer }
    }

    /// So does a late one; the person who carries it is told at once what is wrong with it.
    async fn readmit(&self, caller: Caller, request: String) -> Response {
        let Some(answer) = self.present(caller, Guest::Late(LateRoad::Paper), request).await else {
            return refused("late-request", "no answer");
        };
        match LateAnswer::from_json(answer.as_bytes()).map(|answer| answer.verdict) {
            Ok(LateVerdict::Refused(refusal)) => Response::Refused(late(refusal)),
            _ => Response::Enrolled { answer },
        }
    }

    async fn present(&self, caller: Caller, guest: Guest, request: String) -> Option<String> {
        let (reply, answer) = oneshot::channel();
        let source = SocketAddr::from(([127, 0, 0, 1], 0));
        let request = EnrolmentRequest { guest, bytes: request.into(), source, reply };
        let input = Input::For(Box::new(caller), Box::new(Input::Enrol(request)));
        self.inputs.send(input).await.ok()?;
        answer.await.ok().and_then(|bytes| String::from_utf8(bytes).ok())
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

fn refused(code: &str, detail: &str) -> Response {
    Response::Refused(Refused { code: code.to_owned(), detail: detail.to_owned() })
}
