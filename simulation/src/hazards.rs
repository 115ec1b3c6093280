//! Which kinds of bad luck a life may have, as they are named on a command line.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One kind of bad luck.
pub trait Hazard: Copy + Ord + 'static {
    /// Every kind with its name.
    const ALL: &'static [(Self, &'static str)];
}

/// Kinds of bad luck: `all`, `none`, or names with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazards<K>(BTreeSet<K>);

impl<K: Hazard> Default for Hazards<K> {
    fn default() -> Self {
        Self(K::ALL.iter().map(|(kind, _)| *kind).collect())
    }
}

impl<K: Hazard> Hazards<K> {
    /// Whether it may strike.
    pub fn has(&self, kind: K) -> bool {
        self.0.contains(&kind)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = K> + '_ {
        self.0.iter().copied()
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Those that are kept.
    #[must_use]
    pub fn only(&self, kept: impl Fn(&K) -> bool) -> Self {
        Self(self.iter().filter(kept).collect())
    }
}

/// A name that is no hazard's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fault is named {0:?}")]
pub struct UnknownHazard(String);

impl<K: Hazard> FromStr for Hazards<K> {
    type Err = UnknownHazard;

    fn from_str(list: &str) -> Result<Self, UnknownHazard> {
        let named = |name: &str| {
            let known = K::ALL.iter().find(|(_, known)| *known == name.trim());
            known.map(|(kind, _)| *kind).ok_or_else(|| UnknownHazard(name.to_owned()))
        };
        match list {
            "all" => Ok(Self::default()),
            "none" => Ok(Self(BTreeSet::new())),
            names => names.split(',').map(named).collect::<Result<_, _>>().map(Self),
        }
    }
}

impl<K: Hazard> fmt::Display for Hazards<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = K::ALL.iter().filter(|(kind, _)| self.has(*kind));
        let names: Vec<&str> = names.map(|(_, name)| *name).collect();
        match names.len() {
            0 => f.write_str("none"),
            count if count == K::ALL.len() => f.write_str("all"),
            _ => f.write_str(&names.join(",")),
        }
    }
}
