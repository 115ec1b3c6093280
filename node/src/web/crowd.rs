//! Who is connected, within a bound: whoever does nothing makes room for whoever comes.
//!
//! **Invariants:** no more guests than there are seats; a guest whose request is being answered keeps
//! its seat; of the others the one that has been still for the longest goes first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

/// The seats.
#[derive(Debug)]
pub(super) struct Crowd {
    most: usize,
    seats: Mutex<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    /// Counts what guests do; it orders them and names them.
    turn: u64,
    taken: BTreeMap<u64, Seat>,
}

#[derive(Debug)]
struct Seat {
    /// When the guest last did something.
    last: u64,
    /// Its requests that are being answered.
    asked: u32,
    /// Hangs up on it.
    end: Option<AbortHandle>,
}

impl Seats {
    fn next(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }
}

impl Crowd {
    /// With so many seats.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, seats: Mutex::default() })
    }

    /// Gives a seat to whoever comes; `None` where every guest is being answered.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Guest> {
        let mut seats = self.seats();
        if seats.taken.len() >= self.most {
            let still = seats.taken.iter().filter(|(_, seat)| seat.asked == 0);
            let (name, _) = still.min_by_key(|(_, seat)| seat.last)?;
            let name = *name;
            if let Some(end) = seats.taken.remove(&name).and_then(|seat| seat.end) {
                end.abort();
            }
        }
        let name = seats.next();
        seats.taken.insert(name, Seat { last: name, asked: 0, end: None });
        Some(Guest { crowd: Arc::clone(self), name })
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guest on its seat; it leaves when dropped.
#[derive(Debug)]
pub(super) struct Guest {
    crowd: Arc<Crowd>,
    name: u64,
}

impl Guest {
    /// Says how it is hung up on.
    pub(super) fn bind(&self, end: AbortHandle) {
        match self.crowd.seats().taken.get_mut(&self.name) {
            Some(seat) => seat.end = Some(end),
            // It had to go before its task began.
            None => end.abort(),
        }
    }

    /// Its request is being answered until that is dropped.
    pub(super) fn asks(self: &Arc<Self>) -> Asking {
        self.count(|asked| asked + 1);
        Asking(Arc::clone(self))
    }

    fn count(&self, count: impl Fn(u32) -> u32) {
        let mut seats = self.crowd.seats();
        let now = seats.next();
        if let Some(seat) = seats.taken.get_mut(&self.name) {
            seat.last = now;
            seat.asked = count(seat.asked);
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.crowd.seats().taken.remove(&self.name);
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Asking(Arc<Guest>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.count(|asked| asked.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(crowd: &Arc<Crowd>) -> Option<Arc<Guest>> {
        crowd.enter().map(Arc::new)
    }

    #[tokio::test]
    async fn the_one_that_was_still_for_the_longest_makes_room() {
        let crowd = Crowd::new(2);
        let (first, second) = (guest(&crowd).expect("a seat"), guest(&crowd).expect("a seat"));
        let stays = tokio::spawn(std::future::pending::<()>());
        let goes = tokio::spawn(std::future::pending::<()>());
        first.bind(stays.abort_handle());
        second.bind(goes.abort_handle());
        drop(first.asks());
        let third = guest(&crowd).expect("a seat");
        assert!(goes.await.expect_err("hung up on").is_cancelled());
        assert!(!stays.is_finished(), "it asked after the other");

        let _answered = (first.asks(), third.asks());
        assert!(guest(&crowd).is_none(), "who is being answered stays");
        drop(second);
        assert!(guest(&crowd).is_none(), "its seat was another's already");
        drop(third);
        assert!(guest(&crowd).is_none(), "it is still being answered");
    }
}
