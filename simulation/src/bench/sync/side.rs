//! One node of a case in its own process: the real core, store and link, driven the way the
//! node's loop drives them.
//!
//! Up to [`BATCH_MAX`] events are handled, their writes become durable with one commit, and only
//! then does anything leave the process.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use dossier::Hash;
use node::environment::{Clock as _, RealDisk, SystemClock, UdpNetwork};
use node::link::{self, Link, LinkEvent, LinkLimits};
use node::seal::Vault;
use node::store::{Store, StoreOptions};
use protocol::{Answer, Command, ConnId, Core, Effect, Event, Moment, Records as _, wire::Frame};
use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use tokio::time::{MissedTickBehavior, interval};

use super::stage;
use super::talk::{Counts, Order, Said, SideArguments, orders, say};
use crate::workload::{Cast, HUB, LEAF, dossier_id, mutation, mutation_meta, stride};

const BATCH_MAX: usize = 64;
const TICK: Duration = Duration::from_secs(1);
/// Pause before a comparison that found a difference is repeated.
const AGAIN: Duration = Duration::from_millis(5);

/// What the side works towards; it says when it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// Both sides hold the same and all is acknowledged.
    Agreement,
    /// One comparison has been answered.
    Comparison,
    /// Everything written here is acknowledged.
    Acknowledgement,
}

/// Opens the node and carries out orders until it is stopped.
pub(super) async fn run(arguments: &SideArguments) -> anyhow::Result<()> {
    let cast = Cast::new()?;
    let home = arguments.home.as_deref().context("a node needs a home")?;
    let tls = stage::tls(&cast, arguments.place)?;
    let (seed, listen) = (draw(arguments.place as u64, 0), Some(stage::loopback()));
    let (link, events) = Link::open(&UdpNetwork, tls, listen, LinkLimits::default(), seed)?;
    let mut node = Node::open(&cast, arguments, home, link)?;
    say(&Said::Ready(node.link.local_addr()?))?;
    node.serve(events, orders()).await?;
    node.store.close()?;
    say(&Said::Done(0.0))
}

/// What seals the stores of this bench, in whichever process.
pub(in crate::bench) fn vault() -> Arc<Vault> {
    Vault::in_memory(1)
}

/// A store opened for the member at `place`, and the core over it.
pub(in crate::bench) fn open(
    cast: &Cast,
    place: usize,
    home: &Path,
) -> anyhow::Result<(Store, Core)> {
    let store = Store::open(Arc::new(RealDisk), home, &vault(), StoreOptions::default())?;
    let at = Moment { now: SystemClock.now(), seed: draw(place as u64, 1) };
    let boot = u64::from(std::process::id());
    let crypto = &cast.members[place].change_key;
    let core = Core::open(cast.identity(place), crate::cores::sides(), boot, at, &store, crypto)?;
    Ok((store, core))
}

fn draw(place: u64, number: u64) -> [u8; 32] {
    let now = SystemClock.now().as_millis().to_be_bytes();
    *Hash::tagged("bench/draw", &[&now, &place.to_be_bytes(), &number.to_be_bytes()]).as_bytes()
}

struct Node<'a> {
    cast: &'a Cast,
    place: usize,
    dossiers: u64,
    core: Core,
    store: Store,
    link: Link,
    draws: u64,
    /// Effects that wait for the commit.
    held: Vec<Effect>,
    /// Commands that wait for their turn.
    commands: VecDeque<Command>,
    goal: Option<(Goal, Instant)>,
    /// Whether a comparison is under way.
    comparing: bool,
    totals: (u64, u64),
    counts: Counts,
    spoke_last: bool,
    reconcile_mark: u8,
}

impl<'a> Node<'a> {
    fn open(
        cast: &'a Cast,
        arguments: &SideArguments,
        home: &Path,
        link: Link,
    ) -> anyhow::Result<Self> {
        let (store, core) = open(cast, arguments.place, home)?;
        let sample = Frame::Reconcile(Default::default());
        Ok(Self {
            cast,
            place: arguments.place,
            dossiers: arguments.dossiers,
            core,
            store,
            link,
            draws: 2,
            held: Vec::new(),
            commands: VecDeque::new(),
            goal: None,
            comparing: false,
            totals: (0, 0),
            counts: Counts::default(),
            spoke_last: false,
            reconcile_mark: sample.encode()[1],
        })
    }

    async fn serve(
        &mut self,
        mut events: Receiver<LinkEvent>,
        mut orders: UnboundedReceiver<Order>,
    ) -> anyhow::Result<()> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut stop = false;
            if self.commands.is_empty() {
                let waits = self.goal.is_some() && !self.comparing;
                tokio::select! {
                    biased;
                    event = events.recv() => self.take(event.context("the link is gone")?)?,
                    order = orders.recv() => stop = self.obey(order.unwrap_or(Order::Stop))?,
                    _ = ticks.tick() => self.handle(Event::Tick)?,
                    () = tokio::time::sleep(AGAIN), if waits => {}
                }
            } else {
                // Lets the link work between two batches of commands.
                tokio::task::yield_now().await;
            }
            if stop {
                return Ok(());
            }
            for _ in 1..BATCH_MAX {
                if let Some(command) = self.commands.pop_front() {
                    self.command(command)?;
                } else if let Ok(event) = events.try_recv() {
                    self.take(event)?;
                } else {
                    break;
                }
            }
            self.settle()?;
            self.pursue()?;
        }
    }

    fn obey(&mut self, order: Order) -> anyhow::Result<bool> {
        let goal = match order {
            Order::Dial(address) => {
                self.link.dial(address, self.cast.members[HUB].unit.clone());
                Goal::Agreement
            }
            Order::Sync => Goal::Comparison,
            Order::Change(count) => {
                for index in stride(self.dossiers, count) {
                    let (dossier, edits) = (dossier_id(index), mutation(index));
                    let meta = mutation_meta(LEAF);
                    self.commands.push_back(Command::Edit { dossier, edits, meta });
                }
                Goal::Acknowledgement
            }
            Order::Count => {
                let traffic = self.link.totals();
                self.counts.sent_bytes = traffic.sent_bytes;
                self.counts.sent_datagrams = traffic.sent_datagrams;
                say(&Said::Counted(self.counts))?;
                return Ok(false);
            }
            Order::Push(_) => anyhow::bail!("a node pushes nothing"),
            Order::Stop => return Ok(true),
        };
        self.goal = Some((goal, Instant::now()));
        if goal == Goal::Comparison {
            self.comparing = true;
            self.command(Command::Sync)?;
        }
        Ok(false)
    }

    fn take(&mut self, event: LinkEvent) -> anyhow::Result<()> {
        let event = match event {
            LinkEvent::Opened { conn, peer, dialled, .. } => {
                let (tls_key, unit) = (peer.spki_hash, peer.unit);
                Event::Opened { conn: ConnId(conn.0), tls_key, unit, dialled }
            }
            LinkEvent::Frame { conn, bytes } => {
                self.counts.turns += u64::from(std::mem::take(&mut self.spoke_last));
                self.count(&bytes, 0);
                Event::Frame { conn: ConnId(conn.0), bytes: bytes.into() }
            }
            LinkEvent::Closed { conn, .. } => Event::Closed { conn: ConnId(conn.0), refused: None },
            LinkEvent::DialFailed { why, .. } => anyhow::bail!("the dial failed: {why}"),
        };
        self.handle(event)
    }

    fn count(&mut self, frame: &[u8], round: u64) {
        if frame.get(1) == Some(&self.reconcile_mark) {
            self.counts.reconcile_rounds += round;
            self.counts.reconcile_bytes += frame.len() as u64;
        }
    }

    fn command(&mut self, command: Command) -> anyhow::Result<()> {
        self.handle(Event::Command { request: self.draws, command: Box::new(command) })
    }

    fn handle(&mut self, event: Event) -> anyhow::Result<()> {
        self.draws += 1;
        let at = Moment { now: SystemClock.now(), seed: draw(self.place as u64, self.draws) };
        let crypto = &self.cast.members[self.place].change_key;
        for effect in self.core.handle(at, event, &self.store, crypto)? {
            match effect {
                Effect::Commit(ops) => self.store.stage(&ops)?,
                other => self.held.push(other),
            }
        }
        Ok(())
    }

    /// Makes durable what is staged, then lets go of what waited for it.
    fn settle(&mut self) -> anyhow::Result<()> {
        while self.store.staged() > 0 {
            self.store.commit()?;
            self.handle(Event::Committed)?;
        }
        for effect in std::mem::take(&mut self.held) {
            match effect {
                Effect::Send { conn, frame } => {
                    self.spoke_last = true;
                    self.count(&frame, 1);
                    self.link.send(link::ConnId(conn.0), frame.into())?;
                }
                Effect::Answer { answer, .. } => self.note(&answer)?,
                Effect::Close { code, .. } => anyhow::bail!("the node hung up: {code:?}"),
                Effect::Alarm(incident) => anyhow::bail!("an incident: {incident:?}"),
                _ => {}
            }
        }
        self.store.told_to_peers(self.store.feed_head());
        Ok(())
    }

    fn note(&mut self, answer: &Answer) -> anyhow::Result<()> {
        match answer {
            Answer::Synced(equal) => {
                self.comparing = false;
                let done = match self.goal.map(|(goal, _)| goal) {
                    Some(Goal::Comparison) => true,
                    Some(Goal::Agreement) => *equal == Some(true) && self.is_acknowledged()?,
                    Some(Goal::Acknowledgement) | None => false,
                };
                if done { self.arrive() } else { Ok(()) }
            }
            Answer::Status(state) => {
                self.totals = (state.totals.own, state.totals.own_tier2);
                anyhow::ensure!(state.totals.quarantined == 0, "a dossier was not admitted");
                Ok(())
            }
            Answer::Refused(refused) => anyhow::bail!("an order was refused: {refused:?}"),
            _ => Ok(()),
        }
    }

    /// Whether the superior has acknowledged everything written here.
    fn is_acknowledged(&mut self) -> anyhow::Result<bool> {
        self.command(Command::Status)?;
        for effect in std::mem::take(&mut self.held) {
            match effect {
                Effect::Answer { answer, .. } if matches!(*answer, Answer::Status(_)) => {
                    self.note(&answer)?;
                }
                other => self.held.push(other),
            }
        }
        Ok(self.totals.0 == self.totals.1)
    }

    /// Looks whether the goal is reached, or does what brings it nearer.
    fn pursue(&mut self) -> anyhow::Result<()> {
        match self.goal.map(|(goal, _)| goal) {
            Some(Goal::Agreement) if !self.comparing && self.core.sessions().next().is_some() => {
                self.comparing = true;
                self.command(Command::Sync)?;
                self.settle()
            }
            Some(Goal::Acknowledgement)
                if self.commands.is_empty() && self.is_acknowledged()? =>
            {
                self.arrive()
            }
            _ => Ok(()),
        }
    }

    fn arrive(&mut self) -> anyhow::Result<()> {
        match self.goal.take() {
            Some((_, since)) => say(&Said::Done(since.elapsed().as_secs_f64())),
            None => Ok(()),
        }
    }
}
