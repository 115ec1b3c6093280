//! The audit log: how fast readings are recorded, exported and judged.
//!
//! A founded tier-3 node records readings of its empty list in groups, each group made durable with
//! one sync, as the engine does under load; its log is then exported and judged with its code.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use node::{
    audit::{
        package::export,
        verify::{Options as VerifyOptions, verify},
    },
    control::{AuditAnswer, AuditOrder, Response},
    engine::{BATCH_MAX, Engine, Input},
    environment::Environment,
};
use protocol::Command;
use serde::Serialize;
use tokio::sync::oneshot;

use super::founding::found;

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Entries of the log.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    entries: u64,
}

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize)]
struct Report {
    entries: u64,
    bytes: u64,
    recorded_s: f64,
    one_reading_ms: f64,
    exported_s: f64,
    verified_s: f64,
}

/// Measures and writes the report to `out`.
///
/// # Errors
/// The disk's, and that the log does not hold.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("no directory to measure in")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let _within = runtime.enter();
    let report = measure(home.path(), arguments.entries)?;
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    let rate = |time: f64| report.entries as f64 / time;
    writeln!(out, "entries      {}", report.entries)?;
    writeln!(out, "recorded     {:.0} a second, groups of {BATCH_MAX}", rate(report.recorded_s))?;
    writeln!(out, "one reading  {:.2} ms with its sync (target: 2 more)", report.one_reading_ms)?;
    writeln!(out, "package      {} bytes in {:.1} s", report.bytes, report.exported_s)?;
    Ok(writeln!(out, "verified     in {:.1} s (target for 1,000,000: 30)", report.verified_s)?)
}

fn measure(home: &Path, entries: u64) -> anyhow::Result<Report> {
    let environment = Environment::real();
    let mut engine = found(&environment, home)?;

    let started = Instant::now();
    let mut recorded = 0;
    while recorded < entries {
        let batch = (entries - recorded).min(BATCH_MAX as u64);
        engine.turn((0..batch).map(|_| list()))?;
        recorded += batch;
    }
    let recorded_s = started.elapsed().as_secs_f64();
    let mut singles: Vec<Duration> = Vec::with_capacity(100);
    for _ in 0..100 {
        let started = Instant::now();
        engine.turn([list()])?;
        singles.push(started.elapsed());
    }
    singles.sort_unstable();
    let one_reading_ms = singles[singles.len() / 2].as_secs_f64() * 1_000.0;

    let started = Instant::now();
    let path = home.join("package");
    let file = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(&path)?);
    let exported = export(|order| ask(&mut engine, order), "12/QĐ-SNV", file);
    let exported = exported.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let exported_s = started.elapsed().as_secs_f64();
    engine.close()?;

    let started = Instant::now();
    let codes = vec![exported.code.parse().context("a code")?];
    let verdict = verify(std::slice::from_ref(&path), &VerifyOptions { codes, root: None })?;
    let verified_s = started.elapsed().as_secs_f64();
    if verdict.count > 0 {
        bail!("the package does not hold: {:?}", verdict.findings);
    }
    let bytes = path.metadata()?.len();
    let entries = exported.entries;
    Ok(Report { entries, bytes, recorded_s, one_reading_ms, exported_s, verified_s })
}

/// A reading that finds nothing, so that what is measured is its record.
fn list() -> Input {
    let (reply, _) = oneshot::channel();
    Input::Ask(Command::List { after: None, limit: 1, query: String::new() }, reply)
}

fn ask(engine: &mut Engine, order: AuditOrder) -> anyhow::Result<AuditAnswer> {
    let (reply, mut answer) = oneshot::channel();
    engine.turn([Input::Audit(order, reply)])?;
    match answer.try_recv()? {
        Response::Audit(answer) => Ok(answer),
        other => bail!("another answer: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_log_is_recorded_exported_and_judged() {
        let home = tempfile::tempdir().expect("a directory");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let _within = runtime.enter();
        let report = measure(home.path(), 300).expect("measured");
        // The start, the readings, and the export itself.
        assert_eq!(report.entries, 1 + 300 + 100 + 1);
    }
}
