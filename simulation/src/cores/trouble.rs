//! What may go wrong in a life of layer 1.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use node::environment::entropy::SplitMix64;

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

impl Trouble {
    /// Every kind with its name.
    pub const ALL: [(Self, &'static str); 12] = [
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Troubles(BTreeSet<Trouble>);

impl Default for Troubles {
    fn default() -> Self {
        Self(Trouble::ALL.into_iter().map(|(trouble, _)| trouble).collect())
    }
}

impl Troubles {
    /// Whether it may strike.
    pub fn has(&self, trouble: Trouble) -> bool {
        self.0.contains(&trouble)
    }

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
        self.0.iter().all(|trouble| Self::CALM.contains(trouble))
    }

    /// About half of them, and only calm ones in every fourth life: a fault shows where few others
    /// hide it.
    pub(super) fn swarm(&self, luck: &mut SplitMix64) -> Self {
        let draw = luck.next_u64();
        let calm = draw >> 62 == 0;
        let kept = |trouble: &Trouble| {
            (draw >> *trouble as u32) & 1 == 1 && (!calm || Self::CALM.contains(trouble))
        };
        Self(self.0.iter().copied().filter(kept).collect())
    }

    /// One of them.
    pub(super) fn draw(&self, luck: &mut SplitMix64) -> Option<Trouble> {
        self.0.iter().nth(luck.below(self.0.len() as u64) as usize).copied()
    }
}

/// A name that is no trouble's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no trouble is named {0:?}")]
pub struct UnknownTrouble(String);

impl FromStr for Troubles {
    type Err = UnknownTrouble;

    fn from_str(list: &str) -> Result<Self, UnknownTrouble> {
        match list {
            "all" => return Ok(Self::default()),
            "none" => return Ok(Self(BTreeSet::new())),
            _ => {}
        }
        let named = |name: &str| {
            let known = Trouble::ALL.into_iter().find(|(_, known)| *known == name);
            known.map(|(trouble, _)| trouble).ok_or_else(|| UnknownTrouble(name.to_owned()))
        };
        list.split(',').map(named).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return f.write_str("all");
        }
        let names = Trouble::ALL.into_iter().filter(|(trouble, _)| self.has(*trouble));
        let names: Vec<&str> = names.map(|(_, name)| name).collect();
        f.write_str(if names.is_empty() { "none".to_owned() } else { names.join(",") }.as_str())
    }
}
