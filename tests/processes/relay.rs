//! A line between two processes: a small UDP relay that is cut, one way or both, that loses, delays
//! and re-orders, and asks nobody for rights.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tests::province::free_port;

use crate::writers::Dice;

/// Datagrams that may be under way in one direction; more are lost, as in any router.
const UNDER_WAY_MAX: usize = 8_192;
/// The longest wait for a datagram before the line looks whether it is over.
const LOOK: Duration = Duration::from_millis(20);
/// The largest datagram, in bytes.
const DATAGRAM_MAX: usize = 65_536;

/// From the lower node to the upper.
pub(crate) const UP: usize = 0;
/// From the upper node to the lower.
pub(crate) const DOWN: usize = 1;

/// What a line does to what goes one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weather {
    /// Nothing arrives.
    pub(crate) cut: bool,
    /// Of a hundred datagrams so many are lost.
    pub(crate) lost: u64,
    /// Time under way.
    pub(crate) delay: Duration,
    /// Each is late by a time of its own up to this, so that one overtakes another.
    pub(crate) disorder: Duration,
}

/// A line: who calls its port reaches the node above. It ends with this value.
#[derive(Debug)]
pub(crate) struct Relay {
    /// The port that the lower node calls.
    pub(crate) port: u16,
    line: Arc<Line>,
    carriers: Vec<JoinHandle<()>>,
}

/// What both directions share.
#[derive(Debug)]
struct Line {
    /// Faces the lower node, and the upper one.
    sockets: [UdpSocket; 2],
    weather: Mutex<[Weather; 2]>,
    /// Where the lower node called from last.
    caller: Mutex<Option<SocketAddr>>,
    still: AtomicBool,
    over: AtomicBool,
    carried: AtomicU64,
}

impl Relay {
    /// A line to the node that listens at `port` of this machine.
    ///
    /// # Panics
    /// When the system gives no socket.
    pub(crate) fn to(port: u16, luck: u64) -> Self {
        let own = free_port();
        let front = UdpSocket::bind(("127.0.0.1", own)).expect("a socket");
        let back = UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
        back.connect(("127.0.0.1", port)).expect("an address");
        let line = Arc::new(Line {
            sockets: [front, back],
            weather: Mutex::default(),
            caller: Mutex::default(),
            still: AtomicBool::new(false),
            over: AtomicBool::new(false),
            carried: AtomicU64::new(0),
        });
        let carrier = |way: usize| {
            let line = Arc::clone(&line);
            std::thread::spawn(move || line.carry(way, Dice(luck ^ way as u64)))
        };
        Self { port: own, carriers: vec![carrier(UP), carrier(DOWN)], line }
    }

    /// Sets what happens to what goes up, and to what goes down.
    pub(crate) fn set(&self, weather: [Weather; 2]) {
        *self.line.weather.lock().expect("no carrier panics") = weather;
    }

    /// Carries nothing at all while `still`, whatever the weather.
    pub(crate) fn hold_still(&self, still: bool) {
        self.line.still.store(still, Ordering::SeqCst);
    }

    /// Datagrams that arrived so far.
    pub(crate) fn carried(&self) -> u64 {
        self.line.carried.load(Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.line.over.store(true, Ordering::SeqCst);
        for carrier in self.carriers.drain(..) {
            // A carrier that failed has told so by its own panic.
            drop(carrier.join());
        }
    }
}

impl Line {
    /// Carries one direction until the line is over.
    fn carry(&self, way: usize, mut dice: Dice) {
        let socket = &self.sockets[way];
        let mut under_way: BinaryHeap<Reverse<(Instant, u64, Vec<u8>)>> = BinaryHeap::new();
        let mut buffer = vec![0; DATAGRAM_MAX];
        for number in 0.. {
            if self.over.load(Ordering::SeqCst) {
                return;
            }
            let next =
                under_way.peek().map(|Reverse((at, ..))| at.saturating_duration_since(now()));
            let wait = next.map_or(LOOK, |next| next.clamp(Duration::from_micros(200), LOOK));
            socket.set_read_timeout(Some(wait)).expect("a time to wait");
            // An error is a silence, or the word that nobody listens above at this moment.
            if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                if way == UP {
                    *self.caller.lock().expect("no carrier panics") = Some(from);
                }
                let weather = self.weather(way);
                let is_lost = weather.cut || dice.below(100) < weather.lost;
                if !is_lost && under_way.len() < UNDER_WAY_MAX {
                    let late = dice.below(weather.disorder.as_micros() as u64 + 1);
                    let at = now() + weather.delay + Duration::from_micros(late);
                    under_way.push(Reverse((at, number, buffer[..length].to_vec())));
                }
            }
            while under_way.peek().is_some_and(|Reverse((at, ..))| *at <= now()) {
                let Some(Reverse((.., bytes))) = under_way.pop() else { break };
                self.deliver(way, &bytes);
            }
        }
    }

    fn weather(&self, way: usize) -> Weather {
        self.weather.lock().expect("no carrier panics")[way]
    }

    fn deliver(&self, way: usize, bytes: &[u8]) {
        if self.weather(way).cut || self.still.load(Ordering::SeqCst) {
            return;
        }
        let sent = match *self.caller.lock().expect("no carrier panics") {
            Some(caller) if way == DOWN => self.sockets[UP].send_to(bytes, caller),
            _ => self.sockets[DOWN].send(bytes),
        };
        self.carried.fetch_add(u64::from(sent.is_ok()), Ordering::Relaxed);
    }
}

fn now() -> Instant {
    Instant::now()
}

/// Datagrams of a trial; the smallest buffer of a socket holds all of them.
const TRIAL: u16 = 200;

/// What arrives of numbered datagrams, up and down, in the order of arrival.
fn arrivals(weather: [Weather; 2]) -> [Vec<u16>; 2] {
    let upper = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let lower = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let relay = Relay::to(upper.local_addr().expect("an address").port(), 1);
    lower.connect(("127.0.0.1", relay.port)).expect("an address");
    for socket in [&upper, &lower] {
        socket.set_read_timeout(Some(Duration::from_secs(1))).expect("a time to wait");
    }
    lower.send(b"hello").expect("sent");
    let mut greeting = [0; 5];
    let (_, caller) = upper.recv_from(&mut greeting).expect("arrives");
    relay.set(weather);
    for number in 0..TRIAL {
        lower.send(&number.to_be_bytes()).expect("sent");
        upper.send_to(&number.to_be_bytes(), caller).expect("sent");
        std::thread::sleep(Duration::from_micros(100));
    }
    [upper, lower].map(|socket| {
        let mut number = [0; 2];
        let next = || socket.recv(&mut number).is_ok().then_some(u16::from_be_bytes(number));
        std::iter::from_fn(next).collect()
    })
}

#[test]
fn a_line_is_cut_one_way_loses_delays_and_reorders() {
    let good = Weather::default();
    let [up, down] = arrivals([good, Weather { cut: true, ..good }]);
    assert!(up.len() == 200 && down.is_empty(), "{} {}", up.len(), down.len());
    assert!(up.is_sorted(), "a good line keeps the order");
    let disorder = Duration::from_millis(30);
    let [up, down] = arrivals([Weather { lost: 20, ..good }, Weather { disorder, ..good }]);
    assert!((120..195).contains(&up.len()), "{}", up.len());
    assert!(down.len() == 200 && !down.is_sorted(), "{}", down.len());
}
