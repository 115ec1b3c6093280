//! Carries link events and the hours to the engine, and keeps the upper neighbour dialled.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::{
    engine::{Input, Upper, Wishes},
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
    NewWishes,
    Dial,
}

/// When to dial, and the connection the last dial led to.
struct Calls {
    started: Instant,
    dialler: Dialler,
    dialled: Option<ConnId>,
    /// Dials since the last that led to a connection, or since the superior changed.
    tries: usize,
}

impl Carrier {
    /// Carries until the node is told to stop or its engine has ended.
    pub(super) async fn carry(mut self) {
        let started = Instant::now();
        let dialler = Dialler::new(Duration::ZERO, FIRST_DIAL, self.random());
        let mut calls = Calls { started, dialler, dialled: None, tries: 0 };
        let mut heeded = self.wishes.borrow().clone();
        loop {
            let due = calls.dialler.poll_timeout().filter(|_| heeded.upper.is_some());
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
                    Ok(()) => Next::NewWishes,
                    Err(_) => return,
                },
            };
            let input = match next {
                Next::Event(event) => {
                    calls.follow(&event, self.random());
                    Input::Link(*event)
                }
                Next::Tick => Input::Tick,
                Next::NewWishes => {
                    self.heed(&mut heeded, &mut calls);
                    continue;
                }
                Next::Hurry => {
                    calls.dialler.handle_request(started.elapsed());
                    continue;
                }
                Next::Dial => {
                    if calls.dialler.handle_timeout(started.elapsed()) {
                        let called = self.dial(calls.tries).await;
                        calls.tries = calls.tries.wrapping_add(1);
                        if !called {
                            calls.dialler.handle_ended(started.elapsed(), self.random());
                        }
                    }
                    continue;
                }
            };
            let ticked = matches!(input, Input::Tick);
            if self.inputs.send(input).await.is_err() {
                return;
            }
            // The engine answers every tick with its next wish.
            if ticked {
                if self.wishes.changed().await.is_err() {
                    return;
                }
                self.heed(&mut heeded, &mut calls);
            }
        }
    }

    fn random(&self) -> u64 {
        u64::from_le_bytes(draw(&*self.entropy))
    }

    /// Dials at once when the superior has changed or the engine is in a hurry.
    fn heed(&self, heeded: &mut Wishes, calls: &mut Calls) {
        let wishes = self.wishes.borrow().clone();
        if heeded.upper != wishes.upper || heeded.hurries != wishes.hurries {
            calls.tries = 0;
            calls.dialler.handle_request(calls.started.elapsed());
        }
        *heeded = wishes;
    }

    /// Dials the upper neighbour, at the address of the signed list and in turn at the one of the
    /// settings: a mistake in either must not cut the node off. `false` when there is nobody to
    /// dial.
    async fn dial(&self, tries: usize) -> bool {
        let upper = self.wishes.borrow().upper.clone();
        let Some(Upper { unit, address }) = upper else { return false };
        let known: Vec<String> = address.into_iter().chain(self.parent.clone()).collect();
        let at = tries.checked_rem(known.len());
        let Some(address) = at.and_then(|at| known.get(at)) else { return false };
        let found = tokio::net::lookup_host(address).await;
        match found.ok().and_then(|mut addresses| addresses.next()) {
            Some(address) => {
                self.link.dial(address, unit);
                true
            }
            None => {
                tracing::warn!("the superior's address does not resolve");
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
                self.tries = 0;
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
