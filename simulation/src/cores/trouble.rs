//! What may go wrong in a life of layer 1.

use node::environment::entropy::SplitMix64;

use crate::hazards::{Hazard, Hazards};

/// One kind of bad luck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Connections end.
    Cuts,
    /// One direction of a connection hears nothing for a while.
    Stalls,
    /// Frames are lost, doubled and swapped inside a connection.
    Twists,
    /// The power is cut before, within and after commits.
    Crashes,
    /// Machines are killed; their neighbours are not told.
    Kills,
    /// Disks fill up.
    Disks,
    /// Clocks jump.
    Clocks,
    /// Old backups are put back.
    Restores,
    /// A copy of a disk wakes on another machine.
    Clones,
    /// A unit moves to another department.
    Moves,
    /// A machine is shut out and another takes its place.
    Replacements,
    /// A tier-1 machine speaks with evil intent.
    Rogues,
}

impl Hazard for Trouble {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Cuts, "cuts"),
        (Self::Stalls, "stalls"),
        (Self::Twists, "twists"),
        (Self::Crashes, "crashes"),
        (Self::Kills, "kills"),
        (Self::Disks, "disks"),
        (Self::Clocks, "clocks"),
        (Self::Restores, "restores"),
        (Self::Clones, "clones"),
        (Self::Moves, "moves"),
        (Self::Replacements, "replacements"),
        (Self::Rogues, "rogues"),
    ];
}

/// Kinds of bad luck.
pub type Troubles = Hazards<Trouble>;

impl Troubles {
    /// Under these no disk goes back, wires keep their promise and everybody stays where it is.
    const CALM: [Trouble; 6] = [
        Trouble::Cuts,
        Trouble::Stalls,
        Trouble::Crashes,
        Trouble::Kills,
        Trouble::Disks,
        Trouble::Clocks,
    ];

    /// Whether feeds alone carry everything.
    pub(super) fn is_calm(&self) -> bool {
        self.iter().all(|trouble| Self::CALM.contains(&trouble))
    }

    /// About half of them, and only calm ones in every fourth life: a fault shows where few others
    /// hide it.
    pub(super) fn swarm(&self, luck: &mut SplitMix64) -> Self {
        let draw = luck.next_u64();
        let calm = draw >> 62 == 0;
        self.only(|trouble| {
            (draw >> *trouble as u32) & 1 == 1 && (!calm || Self::CALM.contains(trouble))
        })
    }

    /// One of them.
    pub(super) fn draw(&self, luck: &mut SplitMix64) -> Option<Trouble> {
        self.iter().nth(luck.below(self.count() as u64) as usize)
    }
}
