//! `simulate faults`: every fault that can be planted in the product, and the judge that finds it.
//!
//! A fault counts as found when a judge that watches for its kind speaks in a seed with it, and nobody
//! does without it. Those of the decisions are hunted in layer 1, those of the shell in the whole world.

use std::io::Write;

use clap::Args;

/// What to hunt.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Seeds for each fault, from 1.
    #[arg(long, default_value_t = 1_000)]
    most: u64,
    /// Only these faults, with commas between their names.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Faults that are hunted at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// One JSON object for each fault.
    #[arg(long)]
    json: bool,
}

#[cfg(not(feature = "planted"))]
impl Arguments {
    /// Tells how to build the program that hunts.
    ///
    /// # Errors
    /// Always: this one carries no fault.
    pub fn run(&self, _out: &mut dyn Write) -> anyhow::Result<()> {
        anyhow::bail!("this program carries no planted fault: `cargo simulate-faults` builds one")
    }
}

#[cfg(feature = "planted")]
pub use hunt::{Finding, hunt, hunt_all};

#[cfg(feature = "planted")]
mod hunt {
    use anyhow::{Context, bail};
    use protocol::plant::{self, Plant};
    use serde::Serialize;

    use super::{Arguments, Write};
    use crate::abreast::abreast;
    use crate::cores::{self, Troubles};
    use crate::custody;
    use crate::run;
    use crate::world::Options;

    /// Events of a life of layer 1.
    const EVENTS: u64 = 300;
    /// Steps of a life of the custody machines.
    const STEPS: u64 = 300;

    /// Where a fault is hunted.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Ground {
        /// Hand-driven cores.
        Cores,
        /// The whole world.
        World,
        /// The custody machines.
        Custody,
    }

    /// What became of a fault.
    #[derive(Debug, Clone, Serialize)]
    pub struct Finding {
        /// The fault.
        pub fault: &'static str,
        /// Where it was hunted: in layer 1 or 2.
        pub layer: u8,
        /// The first judge that watches for its kind and spoke, if any did.
        pub judge: Option<&'static str>,
        /// The seed with which it did, or the last one.
        pub seed: u64,
        /// What it said.
        pub words: String,
    }

    impl Arguments {
        /// Hunts the faults and tells of each on `out`.
        ///
        /// # Errors
        /// When one escapes, or none has such a name.
        pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
            // A planted fault may make the code it is planted in panic, which is told as a finding.
            std::panic::set_hook(Box::new(|_| {}));
            let mut escaped = Vec::new();
            for finding in hunt_all(self.plants()?, self.most, self.jobs) {
                if self.json {
                    writeln!(out, "{}", serde_json::to_string(&finding)?)?;
                } else {
                    let Finding { fault, layer, judge, seed, words } = &finding;
                    let judge = judge.unwrap_or("nobody");
                    writeln!(
                        out,
                        "{fault}: found by {judge}, layer {layer}, seed {seed}: {words}"
                    )?;
                }
                if finding.judge.is_none() {
                    escaped.push(finding.fault);
                }
            }
            if escaped.is_empty() { Ok(()) } else { bail!("nobody found {}", escaped.join(", ")) }
        }

        fn plants(&self) -> anyhow::Result<Vec<(Plant, &'static str)>> {
            if self.only.is_empty() {
                return Ok(Plant::ALL.to_vec());
            }
            let named = |name: &String| {
                let known = Plant::ALL.into_iter().find(|(_, known)| known == name);
                known.with_context(|| format!("no fault is named {name}"))
            };
            self.only.iter().map(named).collect()
        }
    }

    /// Hunts several faults, `jobs` at once; findings come as they are made.
    pub fn hunt_all(
        plants: Vec<(Plant, &'static str)>,
        most: u64,
        jobs: usize,
    ) -> impl Iterator<Item = Finding> {
        abreast(plants.into_iter(), jobs, move |(fault, name)| hunt(fault, name, most))
    }

    /// Lives seeds from 1 with a fault until a judge finds it.
    pub fn hunt(fault: Plant, name: &'static str, most: u64) -> Finding {
        let ground = ground(fault);
        let layer = if ground == Ground::World { 2 } else { 1 };
        for seed in 1..=most {
            plant::set(Some(fault));
            let broken = violations(ground, seed);
            plant::set(None);
            let named = |(judge, _): &(&str, String)| judges(fault).contains(judge);
            let Some((judge, words)) = broken.into_iter().find(named) else { continue };
            if violations(ground, seed).is_empty() {
                return Finding { fault: name, layer, judge: Some(judge), seed, words };
            }
        }
        Finding { fault: name, layer, judge: None, seed: most, words: "escaped".to_owned() }
    }

    /// The judges that may find a fault: another one's word proves nothing of it.
    fn judges(fault: Plant) -> &'static [&'static str] {
        match fault {
            Plant::SkipSync => &["durability", "logs"],
            Plant::SendBeforeCommit => &["durability", "honesty", "lives", "logs"],
            Plant::SkipSealing => &["secrecy"],
            Plant::SkipSignature | Plant::SkipRights | Plant::TierTwoEdits | Plant::SkipSides => {
                &["authority"]
            }
            Plant::SkipReceiptSignature | Plant::ShowUnsignedLevel => &["honesty"],
            Plant::SkipCursorDigest | Plant::ReuseLife => {
                &["lives", "durability", "liveness", "feed"]
            }
            Plant::IgnoreOrphanCap => &["memory"],
            Plant::AcknowledgeUnkept => &["honesty", "durability", "liveness"],
            Plant::SkipScope => &["authority", "liveness"],
            Plant::SkipMemberKey | Plant::AcceptShutOut | Plant::AcceptOldLife => &["door"],
            Plant::CursorBeforeData => &["durability", "liveness", "honesty", "feed"],
            Plant::DropConflicts => &["conflicts"],
            Plant::SkipOverwrites => &["conflicts", "fault"],
            Plant::SkipForks => &["liveness", "durability", "authority", "fault"],
            Plant::LoseQuarantine => &["honesty", "durability", "liveness"],
            Plant::ForgetInquiries => &["liveness"],
            Plant::NoWitness | Plant::AbortsUnwitnessed => &["I1", "I2"],
            // What was signed once is written over: seen at the row before it is seen at the outcome.
            Plant::SkipReread | Plant::RegisterByTransfer => &["I1", "I2", "I7"],
            Plant::UnfreezeByTimer | Plant::EditAfterRelease | Plant::StaleRelease => &["I3"],
            Plant::NoRetraction => &["I5", "C1"],
            Plant::SkipCustodian => &["I4"],
        }
    }

    /// Where the code it is planted in runs.
    fn ground(fault: Plant) -> Ground {
        match fault {
            Plant::SkipSync | Plant::SendBeforeCommit | Plant::SkipSealing => Ground::World,
            fault if Plant::CUSTODY.contains(&fault) => Ground::Custody,
            _ => Ground::Cores,
        }
    }

    /// What the judges say of a seed.
    fn violations(ground: Ground, seed: u64) -> Vec<(&'static str, String)> {
        let all = match ground {
            Ground::Cores => {
                let troubles = Troubles::default();
                cores::live_or_tell(&cores::Options {
                    seed,
                    events: EVENTS,
                    troubles,
                    transfers: false,
                })
                .violations
            }
            Ground::Custody => {
                let troubles = custody::Troubles::default();
                let options = custody::Options { seed, events: STEPS, troubles, reorg: false };
                custody::live_or_tell(&options).violations
            }
            Ground::World => {
                let faults = "crashes".parse().expect("a list");
                match run::live(Options { seed, days: 2, nodes: 5, faults }) {
                    Ok(report) => report.violations,
                    Err(error) => return vec![("founding", error.to_string())],
                }
            }
        };
        all.into_iter().map(|violation| (violation.judge, violation.words)).collect()
    }
}
