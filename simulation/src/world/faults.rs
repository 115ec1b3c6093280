//! What goes wrong in a world, and when: a schedule drawn from the seed.

use std::fmt;

use node::environment::entropy::SplitMix64;

use super::network::Place;
use crate::hazards::{Hazard, Hazards};

/// A kind of fault, as `--faults` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// Lines lose, double, delay and reorder datagrams.
    Lines,
    /// Lines are cut, one way or both, or hold everything back for a while.
    Cuts,
    /// Offices close for a night or for days; their machine is switched off.
    Offices,
    /// Machines lose power at any instant, also within a write.
    Crashes,
    /// Syncs fail; disks fill up.
    Disks,
    /// Bits of a journal flip.
    Bits,
    /// Clocks drift and jump.
    Clocks,
    /// Machines are restored from an old backup.
    Restores,
    /// A copy of a disk starts beside the original.
    Clones,
    /// Tier-1 machines fall into wrong hands.
    Rogues,
    /// Disks take their time.
    Slow,
    /// The whole province loses power, and has it again at one instant.
    Blackouts,
    /// Units are put under another department.
    Moves,
    /// Nodes are shut out and replaced, their disks gone.
    Revocations,
}

impl Hazard for FaultKind {
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Lines, "lines"),
        (Self::Cuts, "cuts"),
        (Self::Offices, "offices"),
        (Self::Crashes, "crashes"),
        (Self::Disks, "disks"),
        (Self::Bits, "bits"),
        (Self::Clocks, "clocks"),
        (Self::Restores, "restores"),
        (Self::Clones, "clones"),
        (Self::Rogues, "rogues"),
        (Self::Slow, "slow"),
        (Self::Blackouts, "blackouts"),
        (Self::Moves, "moves"),
        (Self::Revocations, "revocations"),
    ];
}

impl FaultKind {
    /// How often it befalls a province of 36 nodes, in hundredths a day.
    fn hundredths_a_day(self) -> u64 {
        match self {
            Self::Lines => 600,
            Self::Cuts => 500,
            Self::Offices => 200,
            Self::Crashes => 800,
            Self::Disks => 100,
            Self::Bits => 25,
            Self::Clocks => 200,
            Self::Restores => 60,
            Self::Clones => 30,
            Self::Rogues => 60,
            Self::Slow => 200,
            Self::Blackouts => 8,
            Self::Moves => 20,
            Self::Revocations => 20,
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(kind, _)| kind == self).map(|(_, name)| *name);
        f.write_str(name.unwrap_or_default())
    }
}

/// The kinds of a run.
pub type Faults = Hazards<FaultKind>;

/// One fault to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// When, in virtual milliseconds.
    pub at_ms: u64,
    /// How long it lasts, in virtual milliseconds.
    pub for_ms: u64,
    /// What.
    pub kind: FaultKind,
    /// Where.
    pub place: Place,
    /// A number of its own, for what is left to chance when it happens.
    pub luck: u64,
}

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Kinds from which on a run is not given all of them alike.
const SWARM: usize = 4;

/// How much of a kind a run has, in quarters of the usual: nothing of some, much of others, since
/// what always comes together hides what comes alone.
const SHARES: [u64; 6] = [0, 1, 4, 4, 6, 10];

/// Draws the faults of `days` days for the places `1..=nodes`, of which those from `first_leaf` on
/// are of tier 1.
pub fn draw(
    faults: &Faults,
    days: u64,
    (nodes, first_leaf): (u64, u64),
    random: &mut SplitMix64,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    for kind in faults.iter() {
        let share = SHARES[random.below(SHARES.len() as u64) as usize];
        let share = if faults.count() < SWARM { 4 } else { share };
        let count = kind.hundredths_a_day() * days * nodes * share / (4 * 36);
        let rest = u64::from(random.below(100) < count % 100);
        for _ in 0..count / 100 + rest {
            let place = match kind {
                FaultKind::Rogues | FaultKind::Moves => {
                    first_leaf + random.below((nodes + 1).saturating_sub(first_leaf))
                }
                FaultKind::Restores if random.below(6) == 0 => 1,
                // One machine in eight is hit as often as three others: bad days come together.
                _ if random.below(4) == 0 => 1 + random.below(nodes.div_ceil(8)) * 8 % nodes,
                _ => 1 + random.below(nodes),
            };
            planned.push(Planned {
                at_ms: random.below(days * DAY_MS),
                for_ms: length(kind, random),
                kind,
                place: Place::try_from(place.clamp(1, nodes)).unwrap_or(1),
                luck: random.next_u64(),
            });
        }
    }
    planned.sort_by_key(|fault| (fault.at_ms, fault.place, fault.luck));
    planned
}

fn length(kind: FaultKind, random: &mut SplitMix64) -> u64 {
    let hours = match kind {
        FaultKind::Lines => 1 + random.below(24),
        FaultKind::Cuts => 1 + random.below(12),
        FaultKind::Offices => 8 + random.below(64),
        FaultKind::Disks => 1 + random.below(6),
        FaultKind::Restores => 2 + random.below(48),
        FaultKind::Clones | FaultKind::Rogues => 1 + random.below(4),
        FaultKind::Clocks => 2 + random.below(72),
        FaultKind::Bits => 1 + random.below(4),
        FaultKind::Slow => 1 + random.below(30),
        FaultKind::Blackouts => random.below(12),
        FaultKind::Revocations => 1 + random.below(40),
        FaultKind::Crashes | FaultKind::Moves => 0,
    };
    hours * HOUR_MS + random.below(HOUR_MS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn lists_of_faults_read_back() {
        for list in ["all", "none", "lines,crashes"] {
            assert_eq!(list.parse::<Faults>().expect("a list").to_string(), list);
        }
        assert!("lines,earthquakes".parse::<Faults>().is_err());
    }

    #[test]
    fn the_same_seed_draws_the_same_faults_within_the_province() {
        let faults: Faults = "all".parse().expect("a list");
        let draw = |seed| draw(&faults, 21, (36, 8), &mut SplitMix64::new(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        for fault in draw(3) {
            assert!((1..=36).contains(&fault.place) && fault.at_ms < 21 * DAY_MS);
            assert!(fault.kind != FaultKind::Rogues || fault.place >= 8);
        }
    }

    #[test]
    fn some_runs_lack_what_others_have_in_plenty() {
        let faults: Faults = "all".parse().expect("a list");
        let crashes = |seed| {
            let planned = draw(&faults, 21, (36, 8), &mut SplitMix64::new(seed));
            planned.iter().filter(|fault| fault.kind == FaultKind::Crashes).count()
        };
        let counts: BTreeSet<usize> = (0..40).map(crashes).collect();
        assert!(counts.contains(&0) && counts.iter().any(|count| *count > 300), "{counts:?}");
        let only = "crashes".parse().expect("a list");
        let planned = draw(&only, 21, (36, 8), &mut SplitMix64::new(1));
        assert_eq!(planned.len(), 168, "asked for alone, it comes as usual");
    }
}
