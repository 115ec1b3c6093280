//! Group commit: 64 writers, each waiting for its one change to be durable, against a bare loop of
//! `write` and `fdatasync` with the very same batches on the same disk.
//!
//! The writers are tasks of a runtime and the store has a thread of its own that takes what waits,
//! commits once and answers each, as in a node. Store and bare loop take turns, so that both see the
//! same moods of the disk.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use dossier::DossierId;
use node::environment::RealDisk;
use node::seal::Vault;
use node::store::{IndexKind, Store, StoreError, StoreOptions};
use protocol::{FeedPosition, Op, Records as _, Table};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};

const WRITERS: u8 = 64;
/// Transactions taken into one commit, as the node's loop takes events.
const BATCH_MAX: usize = 64;
/// Bytes of one change: an envelope and a small Automerge change.
const VALUE: usize = 300;
const ROUND: Duration = Duration::from_millis(500);

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Seconds of writing through the store; the baseline takes about as long.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// The engine of the index: sled, redb or memory.
    #[arg(long, default_value_t = IndexKind::Sled)]
    index: IndexKind,
    /// A directory on the disk to measure; a temporary one by default.
    #[arg(long)]
    directory: Option<PathBuf>,
}

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize)]
struct Report {
    index: &'static str,
    writers: u8,
    commits: u64,
    syncs: u64,
    mean_batch: f64,
    store_commits_per_second: f64,
    raw_commits_per_second: f64,
    ratio: f64,
    /// Processor time of the whole process, writers and index included.
    cpu_us_per_commit: f64,
}

/// One commit of the store: transactions and bytes.
#[derive(Debug, Clone, Copy)]
struct Batch {
    transactions: u64,
    bytes: u64,
}

struct Request {
    ops: Vec<Op>,
    reply: oneshot::Sender<FeedPosition>,
}

/// Measures and writes the report to `out`.
///
/// # Errors
/// The disk's and the store's.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let home = match &arguments.directory {
        Some(directory) => tempfile::tempdir_in(directory),
        None => tempfile::tempdir(),
    };
    let home = home.context("no directory to measure in")?;
    let report = measure(home.path(), arguments.index, Duration::from_secs(arguments.seconds))?;
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    writeln!(out, "index            {}", report.index)?;
    writeln!(out, "writers          {}", report.writers)?;
    writeln!(out, "commits          {} in {} syncs", report.commits, report.syncs)?;
    writeln!(out, "mean batch       {:.1}", report.mean_batch)?;
    writeln!(out, "store            {:.0} commits/s", report.store_commits_per_second)?;
    writeln!(out, "write+fdatasync  {:.0} commits/s", report.raw_commits_per_second)?;
    writeln!(out, "ratio            {:.2} (target 0.50)", report.ratio)?;
    Ok(writeln!(out, "cpu              {:.1} µs a commit", report.cpu_us_per_commit)?)
}

fn measure(home: &Path, index: IndexKind, total: Duration) -> anyhow::Result<Report> {
    let options = StoreOptions { index, ..StoreOptions::default() };
    let vault = Vault::in_memory(1);
    let mut store = Store::create(Arc::new(RealDisk), &home.join("store"), &vault, options)?;
    let runtime = Builder::new_multi_thread().build()?;
    let raw = File::create_new(home.join("raw"))?;
    let (mut in_store, mut in_raw) = (Duration::ZERO, Duration::ZERO);
    let (mut commits, mut syncs, mut cpu) = (0, 0, Duration::ZERO);
    while in_store < total {
        let worked = cpu_time();
        let started = Instant::now();
        let batches = store_round(&mut store, &runtime, started + ROUND)?;
        in_store += started.elapsed();
        cpu += cpu_time().saturating_sub(worked);
        in_raw += raw_round(&raw, &batches)?;
        commits += batches.iter().map(|batch| batch.transactions).sum::<u64>();
        syncs += batches.len() as u64;
    }
    store.close()?;
    let rate = |time: Duration| commits as f64 / time.as_secs_f64();
    Ok(Report {
        index: index.name(),
        writers: WRITERS,
        commits,
        syncs,
        mean_batch: commits as f64 / syncs as f64,
        store_commits_per_second: rate(in_store),
        raw_commits_per_second: rate(in_raw),
        cpu_us_per_commit: cpu.as_secs_f64() * 1e6 / commits as f64,
        ratio: in_raw.as_secs_f64() / in_store.as_secs_f64(),
    })
}

/// Time on a processor of all threads of this process, the ended ones too.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanoseconds) = (time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs());
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

/// Lets all writers commit until `end` and returns the batches that came about.
fn store_round(
    store: &mut Store,
    runtime: &Runtime,
    end: Instant,
) -> Result<Vec<Batch>, StoreError> {
    let (sender, receiver) = mpsc::channel(BATCH_MAX);
    for writer in 0..WRITERS {
        runtime.spawn(write_until(writer, end, sender.clone()));
    }
    drop(sender);
    own(store, receiver)
}

/// One writer with a dossier of its own: a change, the wait until it is durable, the next change.
async fn write_until(writer: u8, end: Instant, queue: mpsc::Sender<Request>) {
    let dossier = DossierId::from_bytes([writer; 16]);
    let mut last = 0;
    while Instant::now() < end {
        let key = [dossier.as_bytes().as_slice(), &u64::to_be_bytes(last)].concat();
        let ops = vec![Op::publish(Table::Parcel, key, vec![writer; VALUE])];
        let (reply, answer) = oneshot::channel();
        if queue.send(Request { ops, reply }).await.is_err() {
            return;
        }
        // No answer: the owner met an error and tells of it.
        let Ok(position) = answer.await else { return };
        last = position.sequence;
    }
}

/// The owner of the store: takes what is waiting, commits once, answers all.
fn own(store: &mut Store, mut queue: mpsc::Receiver<Request>) -> Result<Vec<Batch>, StoreError> {
    let mut batches = Vec::new();
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    while let Some(first) = queue.blocking_recv() {
        let before = (store.feed_head().sequence, store.export_stats().bytes);
        let rest = std::iter::from_fn(|| queue.try_recv().ok()).take(BATCH_MAX - 1);
        for request in std::iter::once(first).chain(rest) {
            store.stage(&request.ops)?;
            waiting.push(request.reply);
        }
        let head = store.commit()?;
        for reply in waiting.drain(..) {
            // A writer that has ended needs no answer.
            let _ = reply.send(head);
        }
        batches.push(Batch {
            transactions: head.sequence - before.0,
            bytes: store.export_stats().bytes - before.1,
        });
    }
    Ok(batches)
}

/// Writes and syncs the same batches with nothing around them.
fn raw_round(mut file: &File, batches: &[Batch]) -> anyhow::Result<Duration> {
    let largest = batches.iter().map(|batch| batch.bytes).max().unwrap_or(0);
    let bytes = vec![0x5a; usize::try_from(largest)?];
    let started = Instant::now();
    for batch in batches {
        file.write_all(&bytes[..usize::try_from(batch.bytes)?])?;
        file.sync_data()?;
    }
    Ok(started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_of_the_store_is_measured_against_the_same_batch() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let measured = measure(home.path(), IndexKind::Memory, Duration::from_millis(1));
        let report = measured.expect("measured");
        assert!(report.commits >= report.syncs && report.syncs > 0, "{report:?}");
        assert!(report.ratio > 0.0);
        let raw = home.path().join("raw").metadata().expect("written").len();
        assert!(raw > report.commits * VALUE as u64);
    }
}
