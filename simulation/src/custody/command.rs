//! `simulate custody`: many lives of the custody machines.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::time::Instant;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::life::{Options, Report, live};
use super::trouble::Troubles;
use crate::abreast::{abreast, or_panic, seeds};

/// Violations told in words for one seed; the others are counted.
const SHOWN: usize = 5;

/// What to live.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Seeds `A..B`.
    #[arg(long, value_parser = seeds)]
    seeds: Range<u64>,
    /// Steps of each life, before it is healed.
    #[arg(long, default_value_t = 150)]
    events: u64,
    /// What may go wrong: `all`, `none`, or names with commas between them.
    #[arg(long, default_value = "all")]
    faults: Troubles,
    /// A unit ends in the midst of each life, and its dossiers go to its successor.
    #[arg(long)]
    reorg: bool,
    /// Seeds that are lived at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// One JSON object: counts, one digest over all traces, and the seeds that broke a promise.
    #[arg(long)]
    json: bool,
}

/// What many lives came to.
#[derive(Debug, Serialize)]
struct Summary {
    seeds: usize,
    events: u64,
    committed: usize,
    aborted: BTreeMap<String, usize>,
    late: usize,
    settled: usize,
    trace: String,
    wall_s: f64,
    broken: Vec<Report>,
}

impl Arguments {
    /// Lives the seeds and tells of them on `out`.
    ///
    /// # Errors
    /// When a promise was broken.
    #[expect(clippy::disallowed_methods, reason = "tells how long the machine took")]
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let begun = Instant::now();
        let lives = self.seeds.clone().map(|seed| self.options(seed));
        let mut reports: Vec<Report> = live_all(lives, self.jobs).collect();
        reports.sort_by_key(|report| report.seed);
        let traces: String = reports.iter().map(|report| report.trace.as_str()).collect();
        let mut aborted: BTreeMap<String, usize> = BTreeMap::new();
        for (reason, count) in reports.iter().flat_map(|report| &report.aborted) {
            *aborted.entry(reason.clone()).or_default() += count;
        }
        let summary = Summary {
            seeds: reports.len(),
            events: reports.iter().map(|report| report.events).sum(),
            committed: reports.iter().map(|report| report.committed).sum(),
            aborted,
            late: reports.iter().map(|report| report.late).sum(),
            settled: reports.iter().map(|report| report.settled).sum(),
            trace: dossier::Hash::of(traces.as_bytes()).to_string(),
            wall_s: begun.elapsed().as_secs_f64(),
            broken: reports.into_iter().filter(|report| !report.violations.is_empty()).collect(),
        };
        self.tell(&summary, out)?;
        let again: Vec<String> = summary.broken.iter().map(|report| self.again(report)).collect();
        if again.is_empty() { Ok(()) } else { bail!(again.join("\n")) }
    }

    fn options(&self, seed: u64) -> Options {
        Options { seed, events: self.events, troubles: self.faults.clone(), reorg: self.reorg }
    }

    fn tell(&self, summary: &Summary, out: &mut dyn Write) -> anyhow::Result<()> {
        if self.json {
            writeln!(out, "{}", serde_json::to_string(summary)?)?;
            return Ok(());
        }
        for report in &summary.broken {
            for violation in report.violations.iter().take(SHOWN) {
                writeln!(out, "seed {}: {violation}", report.seed)?;
            }
        }
        let Summary { seeds, events, committed, aborted, late, settled, trace, wall_s, broken } =
            summary;
        writeln!(
            out,
            "{seeds} seeds, {events} events, {committed} epochs closed, aborted {aborted:?}, \
             {late} late changes ({settled} settled) in {wall_s:.1} s; {} with violations; \
             trace {trace}",
            broken.len()
        )?;
        Ok(())
    }

    fn again(&self, report: &Report) -> String {
        let (seed, events, faults) = (report.seed, self.events, &self.faults);
        let reorg = if self.reorg { " --reorg" } else { "" };
        let count = report.violations.len();
        format!(
            "{count} violations; again: simulate custody --seeds {seed}..{} --events {events} \
             --faults {faults}{reorg}",
            seed + 1
        )
    }
}

/// Lives several seeds, `jobs` at once; their reports come as they end.
pub fn live_all(lives: impl Iterator<Item = Options>, jobs: usize) -> impl Iterator<Item = Report> {
    abreast(lives, jobs, |options| live_or_tell(&options))
}

/// Lives a seed; a panic of the code that is judged is a broken promise too.
pub fn live_or_tell(options: &Options) -> Report {
    or_panic(|| live(options)).unwrap_or_else(|panic| Report {
        seed: options.seed,
        violations: vec![panic],
        ..Report::default()
    })
}
