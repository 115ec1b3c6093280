//! Carries datagrams between sockets on virtual time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use node::environment::entropy::SplitMix64;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::place_of;
use super::socket::Inbox;
use crate::world::{clock::Era, trace::Trace};

/// Names a machine of the world.
pub type Place = u16;

/// What a line does to datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// Time under way, in microseconds.
    pub delay_us: u64,
    /// Added to it, at most, in microseconds.
    pub jitter_us: u64,
    /// Millionths that are lost.
    pub loss_ppm: u64,
    /// Millionths that arrive twice.
    pub twice_ppm: u64,
    /// Millionths that are overtaken by the next ones.
    pub late_ppm: u64,
}

impl Quality {
    /// A line of the province on a good day.
    pub const GOOD: Self =
        Self { delay_us: 8_000, jitter_us: 2_000, loss_ppm: 0, twice_ppm: 0, late_ppm: 0 };
}

/// A line in one direction.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    quality: Option<Quality>,
    cut: bool,
    held: bool,
}

#[derive(Debug)]
struct Flight {
    at: Instant,
    number: u64,
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

impl PartialEq for Flight {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Flight {}

impl PartialOrd for Flight {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Flight {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

#[derive(Debug)]
struct State {
    era: Era,
    random: SplitMix64,
    usual: Quality,
    lines: BTreeMap<(Place, Place), Line>,
    inboxes: BTreeMap<SocketAddr, Arc<Inbox>>,
    flights: BinaryHeap<Reverse<Flight>>,
    held: Vec<Flight>,
    trace: Trace,
    numbers: u64,
    ports: u16,
}

/// The medium; clones share it.
#[derive(Debug, Clone)]
pub struct Fabric {
    state: Arc<Mutex<State>>,
    sooner: Arc<Notify>,
}

impl Fabric {
    /// A medium whose luck follows from `seed`, and the task that carries; it runs for ever.
    pub fn new(era: Era, seed: u64) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let state = State {
            era,
            random: SplitMix64::new(seed),
            usual: Quality::GOOD,
            lines: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            flights: BinaryHeap::new(),
            held: Vec::new(),
            trace: Trace::default(),
            numbers: 0,
            ports: 40_000,
        };
        let fabric = Self { state: Arc::new(Mutex::new(state)), sooner: Arc::new(Notify::new()) };
        let carrier = fabric.clone();
        (fabric, async move { carrier.carry().await })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn carry(&self) {
        loop {
            let next = self.state().flights.peek().map(|Reverse(flight)| flight.at);
            let arrival = async {
                match next {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = arrival => self.deliver(),
                () = self.sooner.notified() => {}
            }
        }
    }

    fn deliver(&self) {
        let now = Instant::now();
        let mut wakers = Vec::new();
        {
            let mut state = self.state();
            while state.flights.peek().is_some_and(|Reverse(flight)| flight.at <= now) {
                let Some(Reverse(flight)) = state.flights.pop() else { break };
                state.arrive(flight, &mut wakers);
            }
        }
        wakers.into_iter().for_each(std::task::Waker::wake);
    }

    /// Opens an inbox at `place`; without an address, at any free port.
    pub(super) fn bind(&self, place: Place, listen: Option<SocketAddr>) -> io::Result<Arc<Inbox>> {
        let mut state = self.state();
        let address = listen.unwrap_or_else(|| {
            state.ports = state.ports.checked_add(1).unwrap_or(40_000);
            super::address(place, state.ports)
        });
        if place_of(address) != place {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        }
        if state.inboxes.contains_key(&address) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let inbox = Arc::new(Inbox::new(address));
        state.inboxes.insert(address, Arc::clone(&inbox));
        Ok(inbox)
    }

    /// Takes a datagram from the socket of `inbox`.
    pub(super) fn send(&self, inbox: &Inbox, to: SocketAddr, bytes: &[u8]) {
        let mut state = self.state();
        if state.inboxes.get(&inbox.address).is_none_or(|open| !std::ptr::eq(&**open, inbox)) {
            return;
        }
        let earliest = state.flights.peek().map(|Reverse(flight)| flight.at);
        state.send(inbox.address, to, bytes);
        let now_earliest = state.flights.peek().map(|Reverse(flight)| flight.at);
        if now_earliest != earliest {
            self.sooner.notify_one();
        }
    }

    /// Closes the inbox of a socket that was dropped.
    pub(super) fn unbind(&self, inbox: &Inbox) {
        let mut state = self.state();
        if state.inboxes.get(&inbox.address).is_some_and(|open| std::ptr::eq(&**open, inbox)) {
            state.inboxes.remove(&inbox.address);
        }
    }

    /// Silences a machine: its sockets are gone, what it still says is not carried.
    pub fn silence(&self, place: Place) {
        self.state().inboxes.retain(|address, _| place_of(*address) != place);
    }

    /// What lines do that nothing else was said of.
    pub fn set_usual(&self, usual: Quality) {
        self.state().usual = usual;
    }

    /// Gives the line between two machines a quality of its own, or the usual one again.
    pub fn set_quality(&self, one: Place, other: Place, quality: Option<Quality>) {
        let mut state = self.state();
        for pair in [(one, other), (other, one)] {
            state.lines.entry(pair).or_default().quality = quality;
        }
    }

    /// Cuts or mends the line from one machine to another, in this direction alone.
    pub fn set_cut(&self, from: Place, to: Place, cut: bool) {
        self.state().lines.entry((from, to)).or_default().cut = cut;
    }

    /// Holds what goes from one machine to another; all of it arrives when it is let go.
    pub fn set_held(&self, from: Place, to: Place, held: bool) {
        let mut state = self.state();
        state.lines.entry((from, to)).or_default().held = held;
        if held {
            return;
        }
        let waiting = std::mem::take(&mut state.held);
        let now = Instant::now();
        for mut flight in waiting {
            if (place_of(flight.from), place_of(flight.to)) == (from, to) {
                flight.at = now;
                state.flights.push(Reverse(flight));
            } else {
                state.held.push(flight);
            }
        }
        self.sooner.notify_one();
    }

    /// Mends every line; all are good from here on.
    pub fn heal(&self) {
        let pairs: Vec<(Place, Place)> = self.state().lines.keys().copied().collect();
        for (from, to) in pairs {
            self.set_held(from, to, false);
        }
        let mut state = self.state();
        state.lines.clear();
        state.usual = Quality::GOOD;
    }

    /// Notes an event of the world in the trace of the run.
    pub fn note(&self, words: &str) {
        let mut state = self.state();
        let at = state.era.elapsed_ns();
        tracing::debug!(at_ms = at / 1_000_000, "{words}");
        state.trace.event(at, words);
    }

    /// The trace so far.
    pub fn trace(&self) -> Trace {
        self.state().trace.clone()
    }
}

impl State {
    fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let line = self.lines.get(&(place_of(from), place_of(to))).copied().unwrap_or_default();
        let quality = line.quality.unwrap_or(self.usual);
        let copies = 1 + u64::from(self.random.below(1_000_000) < quality.twice_ppm);
        for _ in 0..copies {
            let lost = self.random.below(1_000_000) < quality.loss_ppm;
            if line.cut || lost {
                continue;
            }
            let mut delay_us = quality.delay_us + self.random.below(quality.jitter_us + 1);
            if self.random.below(1_000_000) < quality.late_ppm {
                delay_us += quality.delay_us + 20_000;
            }
            self.numbers += 1;
            let at = Instant::now() + Duration::from_micros(delay_us);
            let flight = Flight { at, number: self.numbers, from, to, bytes: bytes.to_vec() };
            if line.held {
                self.held.push(flight);
            } else {
                self.flights.push(Reverse(flight));
            }
        }
    }

    fn arrive(&mut self, flight: Flight, wakers: &mut Vec<std::task::Waker>) {
        let Some(inbox) = self.inboxes.get(&flight.to) else { return };
        let (from, to) = (number(flight.from), number(flight.to));
        self.trace.datagram(self.era.elapsed_ns(), from, to, flight.bytes.len());
        wakers.extend(inbox.put(flight.from, flight.bytes));
    }
}

fn number(address: SocketAddr) -> u64 {
    u64::from(place_of(address)) << 16 | u64::from(address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 1,000 datagrams from machine 1 reach machine 2 within ten virtual seconds.
    async fn arrived(prepare: impl FnOnce(&Fabric), after: impl FnOnce(&Fabric)) -> u64 {
        let (fabric, carrier) = Fabric::new(Era::begin(), 5);
        tokio::spawn(carrier);
        let from = fabric.bind(1, None).expect("a port");
        let to = super::super::address(2, super::super::PEER_PORT);
        let _inbox = fabric.bind(2, Some(to)).expect("the port");
        prepare(&fabric);
        for _ in 0..1_000 {
            fabric.send(&from, to, b"datagram");
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        after(&fabric);
        tokio::time::sleep(Duration::from_secs(10)).await;
        fabric.trace().events()
    }

    #[tokio::test(start_paused = true)]
    async fn lines_lose_double_cut_and_hold() {
        let still = |_: &Fabric| {};
        assert_eq!(arrived(still, still).await, 1_000);
        let bad = Quality { loss_ppm: 300_000, twice_ppm: 100_000, ..Quality::GOOD };
        let through = arrived(|fabric| fabric.set_usual(bad), still).await;
        assert!((700..850).contains(&through), "{through}");
        assert_eq!(arrived(|fabric| fabric.set_cut(1, 2, true), still).await, 0);
        assert_eq!(arrived(|fabric| fabric.set_cut(2, 1, true), still).await, 1_000);
        let held = |fabric: &Fabric| fabric.set_held(1, 2, true);
        assert_eq!(arrived(held, still).await, 0);
        assert_eq!(arrived(held, Fabric::heal).await, 1_000);
        assert_eq!(arrived(|fabric| fabric.silence(2), still).await, 0);
        assert_eq!(arrived(|fabric| fabric.silence(1), still).await, 0);
    }
}
