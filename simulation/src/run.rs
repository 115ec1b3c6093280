//! `simulate run`: a province lives through its days under faults, heals, settles, and is judged.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::time::Instant;

use anyhow::bail;
use clap::Args;
use node::environment::entropy::SplitMix64;
use serde::Serialize;

use crate::abreast::{abreast, seeds};
use crate::checker::Violation;
use crate::world::{Faults, Options, World};

/// Violations told in words; the others are counted.
const SHOWN: usize = 12;

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Everything random follows from it.
    #[arg(long, required_unless_present = "seeds", conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Seeds `A..B`, one after another: a line each and a summary.
    #[arg(long, value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Days of office life.
    #[arg(long, default_value_t = 21)]
    days: u64,
    /// Nodes of the province, tier 3 among them; drawn from the seed when not given.
    #[arg(long)]
    nodes: Option<usize>,
    /// Every unit of the province that has a node.
    #[arg(long, conflicts_with = "nodes")]
    whole: bool,
    /// What may go wrong: `all`, `none`, or names with commas between them.
    #[arg(long, default_value = "all")]
    faults: Faults,
    /// Seeds that are lived at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// One JSON object for each seed.
    #[arg(long)]
    json: bool,
}

/// The size of a province that nobody gave.
fn drawn_nodes(seed: u64) -> usize {
    5 + SplitMix64::new(seed ^ 0x6e6f_6465).below(40) as usize
}

/// What a run came to.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Nodes of the province.
    pub nodes: usize,
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
    /// The most memory the process ever held, in bytes, as the kernel counts it.
    pub peak_rss_bytes: u64,
    /// The same by node, for a run that has the process to itself.
    pub peak_rss_bytes_per_node: u64,
}

impl Arguments {
    /// Runs the seeds and writes their reports to `out`.
    ///
    /// # Errors
    /// When a promise was broken, or a province could not be founded.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        match (&self.seeds, self.seed) {
            (Some(seeds), _) => self.run_all(seeds.clone(), out),
            (None, Some(seed)) => {
                let report = live(self.options(seed))?;
                self.tell(&report, out)?;
                self.judge(&[report])
            }
            (None, None) => bail!("no seed"),
        }
    }

    fn options(&self, seed: u64) -> Options {
        let nodes = match self.nodes {
            _ if self.whole => usize::MAX,
            Some(nodes) => nodes.max(3),
            None => drawn_nodes(seed),
        };
        Options { seed, days: self.days, nodes, faults: self.faults.clone() }
    }

    fn run_all(&self, seeds: Range<u64>, out: &mut dyn Write) -> anyhow::Result<()> {
        let mut broken = Vec::new();
        let mut totals = (0_u64, 0_u64, 0.0);
        for report in live_all(seeds.map(|seed| self.options(seed)), self.jobs) {
            let report = report?;
            self.tell(&report, out)?;
            totals.0 += 1;
            totals.1 += report.virtual_s;
            totals.2 += report.wall_s;
            if !report.violations.is_empty() {
                broken.push(report);
            }
        }
        let (count, virtual_s, wall_s) = totals;
        writeln!(
            out,
            "{count} seeds, {:.0} virtual days in {wall_s:.0} s of work, {} with violations",
            virtual_s as f64 / 86_400.0,
            broken.len()
        )?;
        self.judge(&broken)
    }

    fn tell(&self, report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
        if self.json {
            writeln!(out, "{}", serde_json::to_string(report)?)?;
            return Ok(());
        }
        for violation in report.violations.iter().take(SHOWN) {
            writeln!(out, "{violation}")?;
        }
        let Report { seed, trace, events, edits, virtual_s, wall_s, .. } = report;
        let days = *virtual_s as f64 / 86_400.0;
        let mib = report.peak_rss_bytes / (1024 * 1024);
        let kib = report.peak_rss_bytes_per_node / 1024;
        let incidents: Vec<String> =
            report.incidents.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        writeln!(
            out,
            "seed {seed}: {days:.1} days, {} nodes, {edits} edits, {events} events in {wall_s:.1} s \
             and {mib} MiB, {kib} KiB a node; {}; trace {trace}",
            report.nodes,
            if incidents.is_empty() { "no incident".to_owned() } else { incidents.join(", ") },
        )?;
        Ok(())
    }

    /// Names the commands that show each broken promise again.
    fn judge(&self, reports: &[Report]) -> anyhow::Result<()> {
        let again = |report: &&Report| {
            let Report { seed, nodes, violations, .. } = report;
            let (days, faults) = (self.days, &self.faults);
            let count = violations.len();
            format!(
                "{count} violations; again: simulate run --seed {seed} --days {days} \
                 --nodes {nodes} --faults {faults}"
            )
        };
        let broken = reports.iter().filter(|report| !report.violations.is_empty());
        let lines: Vec<String> = broken.map(|report| again(&report)).collect();
        if lines.is_empty() { Ok(()) } else { bail!(lines.join("\n")) }
    }
}

/// Lives several runs, `jobs` at once; their reports come as they end.
pub fn live_all(
    runs: impl Iterator<Item = Options>,
    jobs: usize,
) -> impl Iterator<Item = anyhow::Result<Report>> {
    abreast(runs, jobs, live)
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
        let nodes = world.nodes().count();
        world.live().await;
        world.heal_and_settle().await;
        let trace = world.trace();
        let peak = peak_rss_bytes();
        Ok(Report {
            seed,
            nodes,
            trace: trace.hex(),
            violations: world.violations().to_vec(),
            events: trace.events(),
            edits: world.testimony().count(),
            incidents: world.incidents(),
            virtual_s: world.virtual_s(),
            wall_s: begun.elapsed().as_secs_f64(),
            peak_rss_bytes: peak,
            peak_rss_bytes_per_node: peak / nodes.max(1) as u64,
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

/// Begins the kernel's high-water mark of this process anew, where it lets a process do so.
pub(crate) fn forget_peak_rss() {
    std::fs::write("/proc/self/clear_refs", "5").ok();
}

/// The kernel's high-water mark of this process; 0 where it keeps none.
pub(crate) fn peak_rss_bytes() -> u64 {
    memory_bytes("VmHWM:")
}

/// What of this process lies in memory; 0 where the kernel does not tell.
pub(crate) fn rss_bytes() -> u64 {
    memory_bytes("VmRSS:")
}

fn memory_bytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
