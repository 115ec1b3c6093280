//! Who sits at which browser: random names of sittings, each with the session it stands for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pages::entry::Basis;
use pages::frame::Notice;
use tokio::time::Instant;

use super::purpose::Purposes;
use crate::account::{Rules, Token};
use crate::environment::{Entropy, entropy::draw};

/// Sittings kept at once; the one that rested longest makes room.
const SITTINGS: usize = 4_096;

/// What a browser knows a sitting by.
pub(super) type Name = [u8; 32];

/// A person at a browser.
#[derive(Debug, Clone)]
struct Sitting {
    token: Token,
    began: Instant,
    used: Instant,
    /// The ground of her last save.
    basis: Basis,
    /// What she uncovered.
    purposes: Purposes,
    /// What the next page tells.
    notices: Vec<Notice>,
}

/// All of them, in memory alone.
pub(super) struct Sittings {
    idle: Duration,
    whole: Duration,
    entropy: Arc<dyn Entropy>,
    all: Mutex<BTreeMap<Name, Sitting>>,
}

impl Sittings {
    /// None yet; each ends by the bounds of sessions.
    pub(super) fn new(rules: Rules, entropy: Arc<dyn Entropy>) -> Self {
        let time = |ms: i64| Duration::from_millis(ms.unsigned_abs());
        let (idle, whole) = (time(rules.idle_ms), time(rules.session_ms));
        Self { idle, whole, entropy, all: Mutex::default() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<Name, Sitting>) -> T) -> T {
        act(&mut self.all.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a sitting under a fresh name, so that nobody can have set the name before.
    pub(super) fn begin(&self, token: Token, notices: Vec<Notice>, now: Instant) -> Name {
        let name: Name = draw(&*self.entropy);
        let (basis, purposes) = (Basis::default(), Purposes::default());
        let sitting = Sitting { token, began: now, used: now, basis, purposes, notices };
        self.with(|all| {
            if all.len() >= SITTINGS {
                let oldest = all.iter().min_by_key(|(_, it)| it.used).map(|(name, _)| *name);
                oldest.and_then(|name| all.remove(&name));
            }
            all.insert(name, sitting);
        });
        name
    }

    /// The session of a sitting that lasts.
    pub(super) fn token(&self, name: &Name, now: Instant) -> Option<Token> {
        self.with(|all| {
            let sitting = all.get_mut(name)?;
            if now - sitting.used >= self.idle || now - sitting.began >= self.whole {
                all.remove(name);
                return None;
            }
            sitting.used = now;
            Some(sitting.token)
        })
    }

    /// Ends a sitting; the session it stood for, for whoever ends that.
    pub(super) fn end(&self, name: &Name) -> Option<Token> {
        self.with(|all| all.remove(name)).map(|sitting| sitting.token)
    }

    /// Leaves something for the next page to tell.
    pub(super) fn tell(&self, name: &Name, notice: Notice) {
        self.with(|all| all.get_mut(name).map(|sitting| sitting.notices.push(notice)));
    }

    /// What the next page tells; it is told once.
    pub(super) fn told(&self, name: &Name) -> Vec<Notice> {
        let take = |sitting: &mut Sitting| std::mem::take(&mut sitting.notices);
        self.with(|all| all.get_mut(name).map(take)).unwrap_or_default()
    }

    /// The ground of the last save.
    pub(super) fn basis(&self, name: &Name) -> Basis {
        self.with(|all| all.get(name).map(|sitting| sitting.basis.clone())).unwrap_or_default()
    }

    /// What is uncovered.
    pub(super) fn purposes(&self, name: &Name) -> Purposes {
        self.with(|all| all.get(name).map(|sitting| sitting.purposes.clone())).unwrap_or_default()
    }

    /// Changes what is uncovered.
    pub(super) fn with_purposes(&self, name: &Name, act: impl FnOnce(&mut Purposes)) {
        self.with(|all| all.get_mut(name).map(|sitting| act(&mut sitting.purposes)));
    }

    /// Remembers the ground of a save.
    pub(super) fn remember(&self, name: &Name, basis: Basis) {
        self.with(|all| all.get_mut(name).map(|sitting| sitting.basis = basis));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn sittings() -> Sittings {
        Sittings::new(Rules::default(), Environment::real().entropy)
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    #[tokio::test]
    async fn a_sitting_ends_when_nobody_uses_it_and_after_a_working_day() {
        let (sittings, mut now) = (sittings(), Instant::now());
        let name = sittings.begin(Token([1; 32]), Vec::new(), now);
        now += minutes(14);
        assert!(sittings.token(&name, now).is_some());
        now += minutes(15);
        assert!(sittings.token(&name, now).is_none(), "idle");

        let name = sittings.begin(Token([1; 32]), Vec::new(), now);
        for _ in 0..59 {
            now += minutes(10);
            assert!(sittings.token(&name, now).is_some());
        }
        now += minutes(10);
        assert!(sittings.token(&name, now).is_none(), "ten hours");
    }

    #[tokio::test]
    async fn every_sitting_has_a_name_of_its_own() {
        let (sittings, now) = (sittings(), Instant::now());
        let first = sittings.begin(Token([1; 32]), Vec::new(), now);
        let second = sittings.begin(Token([2; 32]), Vec::new(), now);
        assert_ne!(first, second);
        assert!(sittings.token(&[0; 32], now).is_none());
        assert_eq!(sittings.end(&first), Some(Token([1; 32])));
        assert!(sittings.token(&first, now).is_none());
    }
}
