//! What may go wrong in a life of the custody machines.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use node::environment::entropy::SplitMix64;

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

impl Trouble {
    /// Every kind with its name.
    pub const ALL: [(Self, &'static str); 8] = [
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

    /// About half of them: a fault shows where few others hide it.
    pub(super) fn swarm(&self, luck: &mut SplitMix64) -> Self {
        let draw = luck.next_u64();
        let kept = |trouble: &Trouble| (draw >> *trouble as u32) & 1 == 1;
        Self(self.0.iter().copied().filter(kept).collect())
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
