//! `simulate run`: a province lives through its days under faults, heals, settles, and is judged.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use crate::checker::Violation;
use crate::world::{Faults, Options, World};

/// Violations told in words; the others are counted.
const SHOWN: usize = 12;

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Everything random follows from it.
    #[arg(long)]
    seed: u64,
    /// Days of office life.
    #[arg(long, default_value_t = 21)]
    days: u64,
    /// Nodes of the province, tier 3 among them.
    #[arg(long, default_value_t = 36)]
    nodes: usize,
    /// What may go wrong: `all`, `none`, or names with commas between them.
    #[arg(long, default_value = "all")]
    faults: Faults,
    /// One JSON object at the end.
    #[arg(long)]
    json: bool,
}

/// What a run came to.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Digest of everything that happened; equal for equal arguments.
    pub trace: String,
    /// Broken promises.
    pub violations: Vec<Violation>,
    /// Datagrams that arrived and things that people did or suffered.
    pub events: u64,
    /// Edits that were acknowledged.
    pub edits: usize,
    /// What nodes told their people to look at, by kind.
    pub incidents: BTreeMap<String, u64>,
    /// Virtual seconds lived.
    pub virtual_s: u64,
    /// Seconds it took.
    pub wall_s: f64,
    /// The most memory the process ever held, in bytes.
    pub peak_rss_bytes: u64,
}

impl Arguments {
    /// Runs the seed and writes its report to `out`.
    ///
    /// # Errors
    /// When a promise was broken, or the province could not be founded.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let options = Options {
            seed: self.seed,
            days: self.days,
            nodes: self.nodes.max(3),
            faults: self.faults.clone(),
        };
        let report = live(options)?;
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        } else {
            for violation in report.violations.iter().take(SHOWN) {
                writeln!(out, "{violation}")?;
            }
            let Report { trace, events, edits, virtual_s, wall_s, peak_rss_bytes, .. } = &report;
            let days = *virtual_s as f64 / 86_400.0;
            let mib = peak_rss_bytes / (1024 * 1024);
            writeln!(
                out,
                "seed {}: {days:.1} days, {edits} edits, {events} events in {wall_s:.1} s and \
                 {mib} MiB; trace {trace}",
                self.seed
            )?;
            let incidents: Vec<String> =
                report.incidents.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            writeln!(out, "incidents: {}", incidents.join(", "))?;
        }
        if report.violations.is_empty() {
            return Ok(());
        }
        bail!(
            "{} violations; again: simulate run --seed {} --days {} --nodes {} --faults {}",
            report.violations.len(),
            self.seed,
            self.days,
            self.nodes,
            self.faults
        )
    }
}

/// Lives one seed through, on a runtime of its own.
///
/// # Errors
/// When the province could not be founded.
#[expect(clippy::disallowed_methods, reason = "tells how long the machine took")]
pub fn live(options: Options) -> anyhow::Result<Report> {
    let begun = Instant::now();
    let seed = options.seed;
    on_virtual_time(async {
        let mut world = World::found(options).await?;
        world.live().await;
        world.heal_and_settle().await;
        let trace = world.trace();
        Ok(Report {
            seed,
            trace: trace.hex(),
            violations: world.violations().to_vec(),
            events: trace.events(),
            edits: world.testimony().count(),
            incidents: world.incidents(),
            virtual_s: world.virtual_s(),
            wall_s: begun.elapsed().as_secs_f64(),
            peak_rss_bytes: peak_rss_bytes(),
        })
    })
}

/// Runs a story on a runtime of its own, whose time passes when everything waits.
///
/// # Panics
/// When the machine has no resources for a runtime.
pub fn on_virtual_time<T>(story: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(story)
}

/// The kernel's high-water mark of this process; 0 where it keeps none.
fn peak_rss_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
