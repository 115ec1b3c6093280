//! A reorganisation: what a district keeps becomes another's, dossier by dossier, each handed over by
//! the register's own entry and the word of a witness.
//!
//! Three nodes of this process on loopback, each on a disk of its own, as they run at an office. The
//! floor is the disk alone: a dossier's custody changes by two records that wait for one another, the
//! register's and the witness's.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use dossier::unit::{Ending, ReorgAct, ReorgPlan};
use dossier::{Edit, LegalBasis, PartialDate, Role, Value};
use node::control::Request;
use protocol::core::{ReorgAnswer, ReorgOrder, ReorgQuestion, ReorgShown, ReorgStage};
use protocol::{Answer, Command};
use serde::Serialize;
use tokio::runtime::Runtime;

use super::loopback::{Province, TOP, meta};

/// The district that ends, and the one that takes over.
const ENDED: &str = "d151";
const SUCCESSOR: &str = "d150";
/// Appends of the bare disk that are timed.
const SYNCS: u64 = 200;
/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Dossiers the district keeps when it ends.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=30_500))]
    dossiers: u64,
}

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize)]
struct Report {
    dossiers: u64,
    /// From the second officer's word until the successor keeps them all.
    reorganised_s: f64,
    /// Two durable appends of each dossier, one after the other, on the bare disk.
    floor_s: f64,
}

/// Measures and writes the report to `out`.
///
/// # Errors
/// The disk's and the nodes'.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("no directory to measure in")?;
    let report = measure(home.path(), arguments.dossiers)?;
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    let Report { dossiers, reorganised_s, floor_s } = report;
    let each = reorganised_s * 1_000.0 / dossiers as f64;
    writeln!(out, "dossiers       {dossiers}")?;
    writeln!(out, "reorganised    {reorganised_s:.1} s (target 60 for 1,000)")?;
    writeln!(out, "each           {each:.1} ms")?;
    Ok(writeln!(out, "bare disk      {floor_s:.2} s for two durable appends each")?)
}

fn measure(home: &Path, dossiers: u64) -> anyhow::Result<Report> {
    let runtime = Runtime::new()?;
    let (province, top) = Province::found(home, &runtime)?;
    for district in [ENDED, SUCCESSOR] {
        province.join(district, &top)?;
    }
    let basis = LegalBasis::Correction { reason: "đo".to_owned() };
    province.enter((ENDED, ENDED), dossiers, &basis, |number| {
        let value = Value::Text(format!("Người {number}"));
        Ok(vec![Edit::Set { field: "full_name".parse()?, value }])
    })?;
    province.until("tier 3 has heard of every dossier", || {
        let answer = province.ask(TOP, Command::Status)?;
        Ok(matches!(answer, Answer::Status(state) if state.totals.dossiers == dossiers))
    })?;

    let begin = ReorgOrder::Begin { plan: plan()?, login: "mot.snv".parse()? };
    let ReorgShown { id, .. } = order(&province, "Trần Thị Một", begin)?;
    let started = Instant::now();
    let confirm = ReorgOrder::Confirm { id, login: "hai.snv".parse()? };
    order(&province, "Lê Văn Hai", confirm)?;
    province.until("the successor keeps every dossier", || {
        let Answer::Reorg(answer) = province.ask(TOP, Command::AskReorg(ReorgQuestion::All))?
        else {
            bail!("no answer of a reorganisation");
        };
        let shown = only(*answer)?;
        Ok(shown.stage == ReorgStage::Done)
    })?;
    let reorganised_s = started.elapsed().as_secs_f64();
    let floor_s = bare_sync(home)?.as_secs_f64() * 2.0 * dossiers as f64;
    for name in [ENDED, SUCCESSOR, TOP] {
        province.call(name, &Request::Shutdown)?;
    }
    Ok(Report { dossiers, reorganised_s, floor_s })
}

/// What one durable append of a record's size takes, at the middle of many.
fn bare_sync(home: &Path) -> anyhow::Result<Duration> {
    let bare = File::create_new(home.join("raw"))?;
    let mut times = Vec::new();
    for number in 0..SYNCS {
        let started = Instant::now();
        bare.write_all_at(&[7; 1024], number * 1024)?;
        bare.sync_data()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("nothing was timed")
}

/// The one district joins the other from a day long past.
fn plan() -> anyhow::Result<Box<ReorgPlan>> {
    let day = |year| PartialDate::day(year, 1, 1);
    let decision = LegalBasis::Decision {
        issuer: "UBTVQH".to_owned(),
        number: "830/NQ-UBTVQH14".to_owned(),
        signed_on: day(2019)?,
        effective_on: None,
        scan: None,
    };
    let rest = Some(SUCCESSOR.parse()?);
    let ending = Ending { unit: ENDED.parse()?, rest, listed: [].into() };
    let acts = vec![ReorgAct::End(ending)];
    Ok(Box::new(ReorgPlan { decision, effective: day(2020)?, without_nodes: false, acts }))
}

fn only(answer: ReorgAnswer) -> anyhow::Result<ReorgShown> {
    match answer {
        ReorgAnswer::All(all) => all.into_iter().next().context("no reorganisation"),
        ReorgAnswer::Tree { .. } => bail!("a tree was not asked for"),
    }
}

fn order(province: &Province<'_>, person: &str, order: ReorgOrder) -> anyhow::Result<ReorgShown> {
    let meta = meta(person, Role::Approver, LegalBasis::Office);
    let order = Box::new(order);
    match province.ask(TOP, Command::Reorganise { order, meta })? {
        Answer::Reorg(answer) => only(*answer),
        other => bail!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_district_is_merged() {
        let home = tempfile::tempdir().expect("a directory");
        let report = measure(home.path(), 3).expect("measured");
        assert_eq!(report.dossiers, 3);
        assert!(report.reorganised_s > 0.0 && report.floor_s > 0.0);
    }
}
