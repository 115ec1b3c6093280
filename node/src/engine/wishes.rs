//! What an engine wants of whoever carries for it: whom to dial, and when to be woken.

use std::time::Duration;

use dossier::UnitId;
use protocol::{Core, core::ContentWork};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Engine, disk};
use crate::store::Store;

/// What an engine wants of whoever carries for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    /// The node to dial.
    pub upper: Option<Upper>,
    /// Counts up when it is to be dialled at once.
    pub hurries: u32,
    /// When to pass [`Tick`](super::Input::Tick).
    pub tick_at: Instant,
}

/// The node to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upper {
    /// Its unit.
    pub unit: UnitId,
    /// Where it is reached, if the province says.
    pub address: Option<String>,
}

/// The shortest time between two ticks.
const TICK: Duration = Duration::from_secs(1);

/// The longest time between two ticks: a wall clock may jump, a certificate comes of age.
const TICK_IDLE: Duration = Duration::from_secs(600);

impl Engine {
    /// The decisions, for those who look on.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Tells when there may be something to do for whoever carries contents.
    pub fn content_work(&self) -> watch::Receiver<ContentWork> {
        self.contents.subscribe()
    }

    /// The store, for those who look on.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Tells the carrier whom to dial, the nearest node above, and when to tick.
    pub(super) fn wish(&self) {
        let upper = self
            .core
            .members()
            .superior_of(&self.core.identity().unit, &self.core.tree().tree)
            // Who can take nothing in calls nobody.
            .filter(|_| !self.room.is_full())
            .map(|member| Upper { unit: member.unit.clone(), address: member.address.clone() });
        let now = Instant::now();
        let wall = self.environment.clock.now();
        let full = self.room.is_full();
        let renewals = [self.renewal_rest(wall), self.late_rest(wall), self.signing_rest(wall)]
            .map(|it| it.filter(|_| !full));
        let rests = renewals.into_iter().chain([self.core.next_tick(wall, &self.store)]).flatten();
        let rest = rests.fold(if full { disk::LOOK_AGAIN } else { TICK_IDLE }, Duration::min);
        let tick_at = (now + rest).max(self.ticked + TICK);
        self.wishes.send_if_modified(|known| {
            // A little later is no news; a moment that has passed always is.
            let later = tick_at > known.tick_at + TICK;
            let moved = tick_at < known.tick_at || later || known.tick_at <= now;
            let news = moved || known.upper != upper || known.hurries != self.hurries;
            if news {
                *known = Wishes { upper, hurries: self.hurries, tick_at };
            }
            news
        });
    }
}
