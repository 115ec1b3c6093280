//! Carries link events and the hours to the engine, and keeps the upper neighbour dialled.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::{
    engine::{Input, Wishes},
    environment::{Entropy, entropy::draw},
    link::{ConnId, Link, LinkEvent, dialler::Dialler},
};

/// The first dial comes within this time, so that a province that wakes does not dial as one.
const FIRST_DIAL: Duration = Duration::from_millis(500);

/// What the task that carries needs.
pub(super) struct Carrier {
    pub(super) link: Link,
    pub(super) events: mpsc::Receiver<LinkEvent>,
    pub(super) inputs: mpsc::Sender<Input>,
    pub(super) wishes: watch::Receiver<Wishes>,
    pub(super) parent: Option<String>,
    pub(super) hurry: Arc<Notify>,
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// What comes next.
enum Next {
    Event(Box<LinkEvent>),
    Tick,
    Hurry,
    Dial,
}

/// When to dial, and the connection the last dial led to.
struct Calls {
    started: Instant,
    dialler: Dialler,
    dialled: Option<ConnId>,
}

impl Carrier {
    /// Carries until the node is told to stop or its engine has ended.
    pub(super) async fn carry(mut self) {
        let started = Instant::now();
        let dialler = Dialler::new(Duration::ZERO, FIRST_DIAL, self.random());
        let mut calls = Calls { started, dialler, dialled: None };
        loop {
            let due = calls.dialler.poll_timeout().filter(|_| self.parent.is_some());
            let tick_at = self.wishes.borrow_and_update().tick_at;
            let next = tokio::select! {
                biased;
                () = told(&mut self.stopped) => return,
                event = self.events.recv() => match event {
                    Some(event) => Next::Event(Box::new(event)),
                    None => return,
                },
                () = self.hurry.notified() => Next::Hurry,
                () = sleep_until(tick_at) => Next::Tick,
                () = wait(due.map(|due| started + due)) => Next::Dial,
                changed = self.wishes.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            };
            let input = match next {
                Next::Event(event) => {
                    calls.follow(&event, self.random());
                    Input::Link(*event)
                }
                Next::Tick => Input::Tick,
                Next::Hurry => {
                    calls.dialler.handle_request(started.elapsed());
                    continue;
                }
                Next::Dial => {
                    if calls.dialler.handle_timeout(started.elapsed()) && !self.dial().await {
                        calls.dialler.handle_ended(started.elapsed(), self.random());
                    }
                    continue;
                }
            };
            let ticked = matches!(input, Input::Tick);
            if self.inputs.send(input).await.is_err() {
                return;
            }
            // The engine answers every tick with its next wish.
            if ticked && self.wishes.changed().await.is_err() {
                return;
            }
        }
    }

    fn random(&self) -> u64 {
        u64::from_le_bytes(draw(&*self.entropy))
    }

    /// Dials the upper neighbour; `false` when there is nobody to dial.
    async fn dial(&self) -> bool {
        let unit = self.wishes.borrow().upper.clone();
        let (Some(unit), Some(parent)) = (unit, self.parent.as_deref()) else { return false };
        let found = tokio::net::lookup_host(parent).await;
        match found.ok().and_then(|mut addresses| addresses.next()) {
            Some(address) => {
                self.link.dial(address, unit);
                true
            }
            None => {
                tracing::warn!("the parent's address does not resolve");
                false
            }
        }
    }
}

impl Calls {
    /// Tells the dialler what became of its call.
    fn follow(&mut self, event: &LinkEvent, random: u64) {
        let now = self.started.elapsed();
        match event {
            LinkEvent::Opened { conn, dialled: true, .. } => {
                self.dialled = Some(*conn);
                self.dialler.handle_opened(now);
            }
            LinkEvent::Closed { conn, .. } if self.dialled == Some(*conn) => {
                self.dialled = None;
                self.dialler.handle_ended(now, random);
            }
            LinkEvent::DialFailed { .. } => self.dialler.handle_ended(now, random),
            LinkEvent::Opened { .. } | LinkEvent::Closed { .. } | LinkEvent::Frame { .. } => {}
        }
    }
}

/// Waits for the word to stop; a node whose desk is gone has ended as well.
async fn told(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}
