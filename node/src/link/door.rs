//! Who may begin a handshake: the counts that keep a flood at the door from filling the house.
//!
//! A source address that has not proved itself may be forged, so it is never held against the
//! real owner: until the proof, only the total counts.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::limits::LinkLimits;

/// Counts handshakes and sessions.
#[derive(Debug)]
pub(crate) struct Door {
    limits: LinkLimits,
    handshakes: usize,
    sessions: usize,
    per_source: BTreeMap<IpAddr, usize>,
}

/// What to do with a knock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Begin the handshake; it is counted.
    Accept,
    /// Ask for a proof of address, which costs this side no memory.
    Retry,
    /// Send away.
    Refuse,
}

impl Door {
    /// A door nobody has passed.
    pub(crate) fn new(limits: LinkLimits) -> Self {
        Self { limits, handshakes: 0, sessions: 0, per_source: BTreeMap::new() }
    }

    /// Judges a connection attempt from `source`, whose address is `proven` or not.
    fn knock(&mut self, source: IpAddr, proven: bool) -> Verdict {
        if self.handshakes >= self.limits.handshakes || self.sessions >= self.limits.sessions {
            return Verdict::Refuse;
        }
        if !proven && self.handshakes >= self.limits.handshakes_unproven {
            return Verdict::Retry;
        }
        if proven && !self.count(source) {
            return Verdict::Refuse;
        }
        self.handshakes += 1;
        Verdict::Accept
    }

    /// Turns a handshake into a session; `false` when there is no room for it.
    fn seat(&mut self, source: IpAddr, proven: bool) -> bool {
        if self.sessions >= self.limits.sessions || (!proven && !self.count(source)) {
            return false;
        }
        self.handshakes -= 1;
        self.sessions += 1;
        true
    }

    /// Counts one more of `source`, if it may have one more.
    fn count(&mut self, source: IpAddr) -> bool {
        let count = self.per_source.entry(source).or_default();
        let room = *count < self.limits.sessions_per_source;
        *count += usize::from(room);
        room
    }

    fn uncount(&mut self, source: IpAddr) {
        if let Some(count) = self.per_source.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.per_source.remove(&source);
            }
        }
    }
}

/// A place inside, given back when dropped.
#[derive(Debug)]
pub(crate) struct Guest {
    door: Arc<Mutex<Door>>,
    source: IpAddr,
    proven: bool,
    seated: bool,
}

impl Guest {
    /// Judges a connection attempt; on [`Verdict::Accept`] there is a guest.
    pub(crate) fn knock(
        door: &Arc<Mutex<Door>>,
        address: IpAddr,
        proven: bool,
    ) -> (Verdict, Option<Self>) {
        let source = source(address);
        let verdict = lock(door).knock(source, proven);
        let guest = || Self { door: Arc::clone(door), source, proven, seated: false };
        (verdict, (verdict == Verdict::Accept).then(guest))
    }

    /// Marks the handshake as done; `false` when the session is one too many.
    pub(crate) fn seat(&mut self) -> bool {
        self.seated = lock(&self.door).seat(self.source, self.proven);
        self.proven |= self.seated;
        self.seated
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut door = lock(&self.door);
        if self.seated {
            door.sessions -= 1;
        } else {
            door.handshakes -= 1;
        }
        if self.proven {
            door.uncount(self.source);
        }
    }
}

fn lock(door: &Mutex<Door>) -> MutexGuard<'_, Door> {
    door.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One household: an IPv4 address, or the /64 that one IPv6 site holds.
pub(crate) fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let site = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(site).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Arc<Mutex<Door>> {
        let limits = LinkLimits {
            sessions: 20,
            sessions_per_source: 2,
            handshakes: 10,
            handshakes_unproven: 4,
            ..LinkLimits::default()
        };
        Arc::new(Mutex::new(Door::new(limits)))
    }

    fn host(number: u8) -> IpAddr {
        [10, 0, 0, number].into()
    }

    #[test]
    fn forged_addresses_never_lock_out_their_owner() {
        let door = door();
        let forged: Vec<_> = (0..300).map(|_| Guest::knock(&door, host(1), false)).collect();
        assert_eq!(forged.iter().filter(|(verdict, _)| *verdict == Verdict::Accept).count(), 4);
        assert_eq!(forged.iter().filter(|(verdict, _)| *verdict == Verdict::Retry).count(), 296);
        let (verdict, guest) = Guest::knock(&door, host(1), true);
        assert_eq!(verdict, Verdict::Accept);
        assert!(guest.expect("accepted").seat());
    }

    #[test]
    fn one_source_cannot_take_every_place() {
        let door = door();
        let greedy: Vec<_> = (0..300).map(|_| Guest::knock(&door, host(1), true)).collect();
        assert_eq!(greedy.iter().filter(|(verdict, _)| *verdict == Verdict::Accept).count(), 2);
        assert_eq!(Guest::knock(&door, host(2), true).0, Verdict::Accept);
    }

    #[test]
    fn an_unproven_handshake_counts_for_its_source_once_done() {
        let door = door();
        let mut guests: Vec<_> =
            (0..3).filter_map(|_| Guest::knock(&door, host(1), false).1).collect();
        let seated: Vec<_> = guests.iter_mut().map(Guest::seat).collect();
        assert_eq!(seated, [true, true, false]);
    }

    #[test]
    fn every_place_is_given_back() {
        let door = door();
        for round in 0..50 {
            let (_, first) = Guest::knock(&door, host(1), round % 2 == 0);
            let (_, second) = Guest::knock(&door, host(2), round % 3 == 0);
            assert!(first.expect("room").seat());
            drop(second.expect("room"));
        }
        let door = lock(&door);
        assert_eq!((door.handshakes, door.sessions, door.per_source.len()), (0, 0, 0));
    }

    #[test]
    fn a_site_is_one_source() {
        let first: IpAddr = "2001:db8:1:2::1".parse().expect("an address");
        let second: IpAddr = "2001:db8:1:2:ffff::9".parse().expect("an address");
        assert_eq!(source(first), source(second));
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().expect("an address");
        assert_eq!(source(mapped), host(1));
    }
}
