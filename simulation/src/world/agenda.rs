//! What is to come, in order.

use std::collections::BTreeMap;

use super::faults::Planned;
use super::network::Place;

/// One act of the director.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// A day begins: people decide when they work.
    Morning(u64),
    /// A clerk does something.
    Work(Place),
    /// A fault begins.
    Strike(Planned),
    /// A fault ends.
    Relieve(Planned),
    /// A machine is switched on again.
    Start(Place),
    /// A node that was shut out is replaced.
    Replace(Place),
    /// Somebody looks whether machines stopped.
    LookAround,
    /// What nodes keep is measured.
    Measure,
}

/// The acts to come; those of one moment in the order they were entered.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    acts: BTreeMap<(u64, u64), Act>,
    entered: u64,
}

impl Agenda {
    /// Enters an act at a virtual moment in milliseconds.
    pub(super) fn enter(&mut self, at_ms: u64, act: Act) {
        self.entered += 1;
        self.acts.insert((at_ms, self.entered), act);
    }

    /// The faults to come, in their order.
    pub(super) fn strikes(&self) -> impl Iterator<Item = Planned> {
        self.acts.values().filter_map(|act| match act {
            Act::Strike(fault) => Some(*fault),
            _ => None,
        })
    }

    /// Takes the next act before `end_ms`.
    pub(super) fn next_until(&mut self, end_ms: u64) -> Option<(u64, Act)> {
        let entry = self.acts.first_entry().filter(|entry| entry.key().0 < end_ms)?;
        let ((at_ms, _), act) = entry.remove_entry();
        Some((at_ms, act))
    }
}
