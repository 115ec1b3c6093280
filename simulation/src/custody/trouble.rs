//! What may go wrong in a life of the custody machines.

use node::environment::entropy::SplitMix64;

use crate::hazards::{Hazard, Hazards};

/// One kind of bad luck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// What was said is lost.
    Loss,
    /// What was said arrives again, at any time.
    Echoes,
    /// The power is cut before and after commits.
    Crashes,
    /// The disk of a unit goes back in time.
    Units,
    /// The disk of a registrar goes back in time.
    Registrars,
    /// The disk of the register goes back in time.
    Register,
    /// A unit signs whatever helps it.
    Rogues,
    /// Months pass within a transfer.
    Delays,
}

impl Hazard for Trouble {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Loss, "loss"),
        (Self::Echoes, "echoes"),
        (Self::Crashes, "crashes"),
        (Self::Units, "units"),
        (Self::Registrars, "registrars"),
        (Self::Register, "register"),
        (Self::Rogues, "rogues"),
        (Self::Delays, "delays"),
    ];
}

/// Kinds of bad luck.
pub type Troubles = Hazards<Trouble>;

impl Troubles {
    /// About half of them: a fault shows where few others hide it.
    pub(super) fn swarm(&self, luck: &mut SplitMix64) -> Self {
        let draw = luck.next_u64();
        self.only(|trouble| (draw >> *trouble as u32) & 1 == 1)
    }
}
