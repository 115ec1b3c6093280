//! One node with a province's dossiers: opening, saving, what is owed by all of them, a cold start.
//!
//! The core and its store on a real disk, filled with the workload's dossiers of 100 changes each. Each
//! figure of the disk stands beside what the bare disk takes for the same bytes in the same run.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use dossier::calendar::Calendar;
use dossier::deadline::Profile;
use dossier::obligation::Bench;
use dossier::{Edit, LegalBasis, PartialDate, Value};
use node::environment::{Clock as _, SystemClock};
use node::search::Index;
use node::store::Store;
use node::survey::{Appraiser, Packed};
use protocol::{
    Answer, Command, Core, Effect, Event, Moment, core::DocketQuestion, envelope::Meta,
};
use serde::Serialize;

use super::sync::{side, stores};
use crate::run::{forget_peak_rss, peak_rss_bytes};
use crate::workload::{Cast, Corpus, LEAF, dossier_id, mutation, mutation_meta, stride};

/// Dossiers that are opened, and that are changed, one after the other.
const SAMPLES: u64 = 300;
/// Dossiers that one decision changes, as a rise of salary does.
const DECIDED: u64 = 120;
/// Its number.
const NUMBER: &str = "45/QĐ-UBND";

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Dossiers the node holds.
    #[arg(long, default_value_t = 30_500, value_parser = clap::value_parser!(u64).range(1..))]
    dossiers: u64,
    /// Where the dossiers are made once and kept; a temporary directory by default.
    #[arg(long)]
    corpus: Option<PathBuf>,
}

/// What was measured, in milliseconds where nothing else is said.
#[derive(Debug, Clone, Copy, Serialize)]
struct Report {
    dossiers: u64,
    cold_start_s: f64,
    open_p50_ms: f64,
    open_p99_ms: f64,
    save_p50_ms: f64,
    save_p99_ms: f64,
    raw_sync_p50_ms: f64,
    by_decision_ms: f64,
    surveyed_s: f64,
    /// Of all appraisals, as they are kept.
    appraised_bytes: u64,
    indexed_s: f64,
    obligations: u64,
    recomputed_s: f64,
    /// What the process had before the node was opened, and at most until it served, had surveyed and
    /// had indexed all dossiers.
    memory: [u64; 4],
}

/// Measures and writes the report to `out`.
///
/// # Errors
/// The disk's and the store's.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("no directory to measure in")?;
    let corpus = arguments.corpus.clone().unwrap_or_else(|| home.path().join("corpus"));
    let corpus = Corpus::prepare(&corpus, arguments.dossiers)?;
    let report = measure(home.path(), &corpus, arguments.dossiers)?;
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    let Report { open_p50_ms, open_p99_ms, save_p50_ms, save_p99_ms, .. } = report;
    writeln!(out, "dossiers      {}", report.dossiers)?;
    writeln!(out, "cold start    {:.2} s (target 10)", report.cold_start_s)?;
    writeln!(out, "open          {open_p50_ms:.2} ms, p99 {open_p99_ms:.2} ms (target 20)")?;
    writeln!(
        out,
        "save          {save_p50_ms:.2} ms, p99 {save_p99_ms:.2} ms (target 15 and the sync)"
    )?;
    writeln!(out, "bare sync     {:.2} ms", report.raw_sync_p50_ms)?;
    writeln!(out, "by decision   {:.2} ms, the first question", report.by_decision_ms)?;
    writeln!(out, "first survey  {:.1} s", report.surveyed_s)?;
    writeln!(
        out,
        "obligations   {} recomputed in {:.2} s (target 5)",
        report.obligations, report.recomputed_s
    )?;
    writeln!(out, "first index   {:.1} s", report.indexed_s)?;
    let mib = |bytes: u64| bytes / (1024 * 1024);
    writeln!(out, "appraisals    {} MiB", mib(report.appraised_bytes))?;
    let [before, started, surveyed, indexed] = report.memory.map(mib);
    let stages = format!("{before} before, {started} served, {surveyed} surveyed");
    Ok(writeln!(out, "memory        {indexed} MiB at most (target 1024; {stages})")?)
}

fn measure(home: &Path, corpus: &Corpus, dossiers: u64) -> anyhow::Result<Report> {
    let (cast, place) = (Cast::new()?, LEAF);
    let directory = home.join("store");
    let mut store = stores::found(&cast, place, &directory)?;
    stores::fill(&mut store, corpus, dossiers)?;
    store.close()?;

    forget_peak_rss();
    let before = peak_rss_bytes();
    let started = Instant::now();
    let (store, core) = side::open(&cast, place, &directory)?;
    let cold_start_s = started.elapsed().as_secs_f64();
    let served = peak_rss_bytes();
    let mut desk = Desk { cast, place, store, core, seeds: 0 };

    let samples = SAMPLES.min(dossiers);
    let mut opened = Vec::new();
    for index in stride(dossiers, samples) {
        let started = Instant::now();
        desk.ask(Command::Show(dossier_id(index)))?;
        opened.push(started.elapsed());
    }
    for index in stride(dossiers, DECIDED.min(dossiers)) {
        let value = Value::Text("Phó trưởng phòng".to_owned());
        let edits = vec![Edit::Set { field: "main_post".parse()?, value }];
        let dossier = dossier_id(index);
        let decided = Meta { basis: decision()?, ..mutation_meta(place) };
        desk.ask(Command::Edit { dossier, edits, meta: decided })?;
    }
    let started = Instant::now();
    let question = DocketQuestion::ByDecision(NUMBER.to_owned());
    desk.ask(Command::AskDocket(question))?;
    let by_decision_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let (mut saved, mut raw) = (Vec::new(), Vec::new());
    let bare = File::create_new(home.join("raw"))?;
    for (number, index) in (0..).zip(stride(dossiers, samples)) {
        let started = Instant::now();
        let (dossier, edits) = (dossier_id(index), mutation(index));
        desk.ask(Command::Edit { dossier, edits, meta: mutation_meta(place) })?;
        saved.push(started.elapsed());
        let started = Instant::now();
        bare.write_all_at(&[7; 1024], number * 1024)?;
        bare.sync_data()?;
        raw.push(started.elapsed());
    }
    let started = Instant::now();
    let appraisals = desk.survey()?;
    let surveyed_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let obligations = recompute(&appraisals)?;
    let recomputed_s = started.elapsed().as_secs_f64();
    let surveyed = peak_rss_bytes();
    let started = Instant::now();
    let index = desk.index()?;
    let indexed_s = started.elapsed().as_secs_f64();
    let memory = [before, served, surveyed, peak_rss_bytes()];
    drop(index);
    desk.store.close()?;
    Ok(Report {
        dossiers,
        cold_start_s,
        open_p50_ms: quantile(&mut opened, 50),
        open_p99_ms: quantile(&mut opened, 99),
        save_p50_ms: quantile(&mut saved, 50),
        save_p99_ms: quantile(&mut saved, 99),
        raw_sync_p50_ms: quantile(&mut raw, 50),
        by_decision_ms,
        surveyed_s,
        appraised_bytes: appraisals.iter().map(|packed| packed.size() as u64).sum(),
        indexed_s,
        obligations,
        recomputed_s,
        memory,
    })
}

/// What is owed by all dossiers, by a calendar that knows nothing of a decision: as after a change of it.
fn recompute(appraisals: &[Packed]) -> anyhow::Result<u64> {
    let (calendar, profile) = (Calendar::provisional(), Profile::REGULATION_2014);
    let as_of = last_day()?.civil().context("a whole day")?;
    let bench = Bench { as_of, calendar: &calendar, profile: &profile };
    let opened = appraisals.iter().filter_map(Packed::open);
    Ok(opened.map(|it| bench.of_dossier(&it.facts).len() as u64).sum())
}

/// A decision that many dossiers are changed by.
fn decision() -> anyhow::Result<LegalBasis> {
    Ok(LegalBasis::Decision {
        issuer: "UBND tỉnh".to_owned(),
        number: NUMBER.to_owned(),
        signed_on: PartialDate::day(2026, 6, 1)?,
        effective_on: None,
        scan: None,
    })
}

/// The day it is taken for: after all that the workload writes.
fn last_day() -> anyhow::Result<PartialDate> {
    PartialDate::day(2026, 12, 31).context("a day")
}

fn quantile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

/// A node's core over its store, asked as its engine asks it.
struct Desk {
    cast: Cast,
    place: usize,
    store: Store,
    core: Core,
    seeds: u64,
}

impl Desk {
    fn handle(&mut self, event: Event) -> anyhow::Result<Option<Answer>> {
        self.seeds += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seeds.to_be_bytes());
        let at = Moment { now: SystemClock.now(), seed };
        let crypto = &self.cast.members[self.place].change_key;
        let mut answered = None;
        for effect in self.core.handle(at, event, &self.store, crypto)? {
            match effect {
                Effect::Commit(ops) => self.store.stage(&ops)?,
                Effect::Answer { answer, .. } => answered = Some(*answer),
                _ => {}
            }
        }
        Ok(answered)
    }

    /// Asks, and waits until what was written is durable.
    fn ask(&mut self, command: Command) -> anyhow::Result<()> {
        let event = Event::Command { request: 1, command: Box::new(command) };
        let answer = self.handle(event)?.context("no answer")?;
        anyhow::ensure!(!matches!(answer, Answer::Refused(_)), "{answer:?}");
        if self.store.staged() > 0 {
            self.store.commit()?;
            self.handle(Event::Committed)?;
        }
        Ok(())
    }

    /// Judges every dossier once, as for the first question about all of them.
    fn survey(&mut self) -> anyhow::Result<Vec<Packed>> {
        let mut appraiser = Appraiser::new()?;
        appraiser.turn_to(last_day()?.civil().context("a whole day")?, 1);
        let tree = self.core.tree().tree.clone();
        let held: Vec<_> = self.core.held_within(&tree.root().id, None).collect();
        let mut appraisals = Vec::with_capacity(held.len());
        for (id, _) in held {
            let surveyed = self.core.survey(&id, &self.store)?.context("a dossier is gone")?;
            appraisals.push(Packed::of(appraiser.appraise(&surveyed, &tree)));
        }
        Ok(appraisals)
    }

    /// Reads what every dossier says, as for the first search.
    fn index(&mut self) -> anyhow::Result<Index> {
        let mut index = Index::new()?;
        let tree = self.core.tree().tree.clone();
        let held: Vec<_> = self.core.held_within(&tree.root().id, None).collect();
        for (id, mark) in held {
            let surveyed = self.core.survey(&id, &self.store)?.context("a dossier is gone")?;
            index.take((&surveyed).into(), mark);
        }
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_node_is_measured() {
        let home = tempfile::tempdir().expect("a directory");
        let corpus = Corpus::prepare(&home.path().join("corpus"), 12).expect("made");
        let report = measure(home.path(), &corpus, 12).expect("measured");
        assert_eq!(report.dossiers, 12);
        assert!(report.obligations > 12, "declarations of ten years are owed something");
        assert!(report.save_p99_ms > 0.0 && report.open_p99_ms > 0.0);
    }
}
