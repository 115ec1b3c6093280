//! A reorganisation in a life: one unit ends in the midst of it, and the register orders what it kept to its
//! successor. Draws from a stream of its own, so that a seed without one lives as it ever did.

use dossier::{DossierId, PartialDate, Timestamp, unit::UnitTree};
use node::environment::entropy::SplitMix64;
use protocol::custody::{Order, read_chain};

use super::life::Life;
use super::province::{A, B, C, D, NAMES, P, decision, named};

/// Units that may end, with the successors of each.
const SUCCESSIONS: [(usize, usize); 3] = [(A, B), (B, A), (C, D)];

/// A unit that ends, or ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    /// The steps until it ends.
    steps: u64,
    /// The place of its machine.
    pub(super) unit: usize,
    /// The place of its successor.
    successor: usize,
    /// Until when its machine is waited for, once it ended.
    until: Option<Timestamp>,
}

impl Ending {
    /// Draws which unit ends, and when.
    pub(super) fn drawn(seed: u64, events: u64) -> Self {
        let mut luck = SplitMix64::new(seed ^ 0x7265_6f72);
        let (unit, successor) = SUCCESSIONS[luck.below(SUCCESSIONS.len() as u64) as usize];
        Self { steps: luck.below(events.max(1)), unit, successor, until: None }
    }
}

impl Life {
    /// A step passes: the tree in which the unit is no more may come into force.
    pub(super) fn come_to_an_end(&mut self) {
        let Some(mut ending) = self.ending.filter(|it| it.until.is_none()) else { return };
        if let Some(left) = ending.steps.checked_sub(1) {
            ending.steps = left;
        } else {
            ending.until = Some(self.moment(3));
            self.close_unit(ending.unit, ending.successor);
        }
        self.ending = Some(ending);
    }

    pub(super) fn close_unit(&mut self, unit: usize, successor: usize) {
        let mut units: Vec<_> = self.folk.tree.clone().into();
        for it in units.iter_mut().filter(|it| it.id == named(NAMES[unit])) {
            it.validity.to = PartialDate::day(2026, 3, 1).ok();
            it.successor = Some(named(NAMES[successor]));
        }
        self.folk.tree = UnitTree::new(units).expect("a tree as before");
        self.note("ended", unit);
    }

    /// The register orders what the unit left behind to its successor, as often as it looks.
    pub(super) fn order_succession(&mut self) {
        let Some(Ending { unit, successor, until: Some(until), .. }) = self.ending else { return };
        for dossier in self.dossiers.clone() {
            let chain = read_chain(&self.machines[P].store, &dossier).ok().flatten();
            if chain.is_some_and(|chain| chain.current().to == named(NAMES[unit])) {
                let taken = self.order(P, succession(dossier, successor, until)).is_ok();
                self.note(if taken { "reorganised" } else { "not reorganised" }, P);
            }
        }
    }
}

/// The order for one dossier; the same one whenever it is given again.
pub(super) fn succession(dossier: DossierId, successor: usize, until: Timestamp) -> Order {
    let officers = ["an.nv", "binh.tt"].map(|login| login.parse().expect("a login"));
    Order::Succeed {
        dossier,
        to: named(NAMES[successor]),
        basis: decision(u64::MAX),
        officers,
        until,
        nonce: [2; 16],
    }
}
