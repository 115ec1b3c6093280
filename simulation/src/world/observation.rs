//! What somebody who looks at all machines at once would see; looking changes nothing.

use protocol::core::{Relation, Session};

use super::faults::Planned;
use super::{Place, World, clock_day_ms};

/// How a machine stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// It runs, and tier 3 has acknowledged all it wrote.
    Settled,
    /// It runs and is connected; some of its changes are not acknowledged by tier 3.
    Behind,
    /// It runs and has no live connection to its superior.
    Apart,
    /// It is switched off, crashed or closed.
    Down,
    /// It is in wrong hands.
    Rogue,
    /// It was shut out of the province.
    Revoked,
}

/// What is seen of one machine.
#[derive(Debug, Clone, Copy)]
pub struct Glimpse {
    /// Where it stands.
    pub place: Place,
    /// How.
    pub condition: Condition,
    /// Whether a copy of its disk is awake elsewhere.
    pub copied: bool,
    /// Counts, while its node runs.
    pub counts: Option<Counts>,
}

/// Counts of a running node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Changes it made.
    pub own: u64,
    /// Of those, acknowledged by tier 2.
    pub tier2: u64,
    /// Of those, acknowledged by tier 3.
    pub tier3: u64,
    /// Places that wait for a person's choice.
    pub conflicts: u64,
    /// Parcels kept outside.
    pub outside: u64,
}

impl World {
    /// As [`World::live`]; `watch` looks every `step_ms` virtual milliseconds.
    pub async fn live_watched(&mut self, step_ms: u64, mut watch: impl FnMut(&Self)) {
        let end = self.options.days * clock_day_ms();
        // On the first look the machines have found each other.
        let mut next = self.era.elapsed_ms() + 60_000;
        while next < end {
            self.live_until(next).await;
            watch(self);
            next += step_ms;
        }
        self.live().await;
        watch(self);
    }

    /// Every machine as it stands.
    pub fn glimpses(&self) -> Vec<Glimpse> {
        self.nodes.keys().map(|place| self.glimpse(*place)).collect()
    }

    fn glimpse(&self, place: Place) -> Glimpse {
        let node = &self.nodes[&place];
        let engine = if node.is_up() { node.engine() } else { None };
        let counts = engine.as_ref().map(|engine| {
            let totals = engine.core().totals();
            Counts {
                own: totals.own,
                tier2: totals.own_tier2,
                tier3: totals.own_tier3,
                conflicts: totals.conflicts,
                outside: totals.quarantined,
            }
        });
        let upper = |session: &Session| session.relation() == Relation::Upper && session.is_live();
        let connected = node.parent.is_none()
            || engine.as_ref().is_some_and(|engine| engine.core().sessions().any(upper));
        drop(engine);
        let condition = match counts {
            _ if self.is_revoked(place) => Condition::Revoked,
            _ if self.rogues.contains_key(&place) => Condition::Rogue,
            None => Condition::Down,
            Some(_) if !connected => Condition::Apart,
            Some(counts) if counts.tier3 < counts.own => Condition::Behind,
            Some(_) => Condition::Settled,
        };
        Glimpse { place, condition, copied: self.clones.contains_key(&place), counts }
    }

    fn is_revoked(&self, place: Place) -> bool {
        let top = &self.nodes[&self.top()];
        let unit = self.unit_of(place);
        top.engine().is_some_and(|engine| engine.core().members().active_for(unit).is_none())
    }

    /// The faults that are still to come.
    pub fn foreseen(&self) -> Vec<Planned> {
        self.agenda.strikes().collect()
    }

    /// What people call the unit of a machine.
    pub fn name_of(&self, place: Place) -> String {
        let unit = self.unit_of(place);
        self.plan.tree.get(unit).map_or_else(|| unit.to_string(), |unit| unit.name.clone())
    }

    /// Incidents that a machine told its people, of all kinds.
    pub fn incident_count(&self, place: Place) -> usize {
        self.incidents_at(place).len()
    }
}
