//! Replication: what it costs to keep a hub and a leaf equal when nothing has changed, when a few
//! dossiers have, when the hub is empty, and when nobody knows what differs.
//!
//! Hub (tier 2) and leaf (tier 1) are two processes with a real store, core and link over
//! loopback, every envelope signed and verified. In the same run the bare payload goes over one
//! stream, and each document through an Automerge conversation of its own.

mod baseline;
mod child;
mod report;
pub(in crate::bench) mod side;
mod stage;
pub(in crate::bench) mod stores;
mod talk;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use clap::Args;

use crate::workload::{Cast, Corpus, HUB, LEAF, stride};
use child::{Reading, Side};
use report::{Measured, PerDocument, Report};
use talk::{Case, Order, Role};

pub use talk::SideArguments;

/// Dossiers that get an edit in the case `changed`, unless there are fewer.
const CHANGED: u64 = 100;
/// Most dossiers that are held one by one; beyond, the figures are scaled.
const PER_DOCUMENT_MAX: u64 = 1000;
/// Time for the transport's last acknowledgements, before counters are read.
const REST: Duration = Duration::from_millis(200);
/// Headers of IPv4 and UDP, in bytes.
const HEADERS: u64 = 28;

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// How many dossiers the leaf holds.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    dossiers: u64,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// The cases to report.
    #[arg(long, value_delimiter = ',', default_values_t = Case::ALL)]
    cases: Vec<Case>,
    /// A directory that keeps the generated dossiers for later runs; a temporary one by default.
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// A directory on the disk to measure; a temporary one by default.
    #[arg(long)]
    directory: Option<PathBuf>,
}

/// Runs one side of a case; started by [`run`] as a process of its own.
///
/// # Errors
/// Whatever keeps the side from going on.
pub fn run_side(arguments: &SideArguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.role {
            Role::Node => side::run(arguments).await,
            Role::Raw | Role::Document => baseline::run(arguments).await,
        }
    })
}

/// Measures and writes the report to `out`.
///
/// # Errors
/// The disk's, the store's, or a side that did not do what it was ordered.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let home = match &arguments.directory {
        Some(directory) => tempfile::tempdir_in(directory)?,
        None => tempfile::tempdir()?,
    };
    let kept = arguments.corpus.clone().unwrap_or_else(|| home.path().join("corpus"));
    let corpus = Corpus::prepare(&kept, arguments.dossiers)?;
    let bench = Bench {
        cast: Cast::new()?,
        corpus,
        home: home.path(),
        dossiers: arguments.dossiers,
        cases: arguments.cases.iter().copied().collect(),
    };
    let mut report = bench.measure()?;
    report.judge();
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    report.write(out)
}

struct Bench<'a> {
    cast: Cast,
    corpus: Corpus,
    home: &'a Path,
    dossiers: u64,
    cases: BTreeSet<Case>,
}

impl Bench<'_> {
    fn measure(&self) -> anyhow::Result<Report> {
        let mut cases = self.nodes()?;
        cases.retain(|one| self.cases.contains(&one.name));
        cases.sort_by_key(|one| one.name);
        let raw_quic = self.baseline(Role::Raw, self.dossiers, &[Case::Changed, Case::Cold])?;
        let measured_at = self.dossiers.min(PER_DOCUMENT_MAX);
        let all = [Case::Unchanged, Case::Changed, Case::Cold];
        let mut alone = self.baseline(Role::Document, measured_at, &all)?;
        for one in &mut alone {
            scale(one, self.dossiers as f64 / measured_at as f64);
        }
        Ok(Report {
            dossiers: self.dossiers,
            changed: self.changed(),
            repaired: self.repaired(),
            saved_bytes_mean: self.saved_mean()?,
            cases,
            raw_quic,
            per_document: PerDocument { measured_at, cases: alone },
            ratios: BTreeMap::new(),
            targets: Vec::new(),
        })
    }

    fn changed(&self) -> u64 {
        CHANGED.min(self.dossiers / 10)
    }

    /// One dossier in a hundred differs; an even number, half of them on either side.
    fn repaired(&self) -> u64 {
        (self.dossiers / 200).max(1) * 2
    }

    fn saved_mean(&self) -> anyhow::Result<f64> {
        let mut total = 0;
        for record in self.corpus.records()? {
            total += record?.saved()?.len();
        }
        Ok(total as f64 / self.dossiers as f64)
    }

    /// The cases of the product, each on what the one before left behind.
    fn nodes(&self) -> anyhow::Result<Vec<Measured>> {
        let homes = [self.home.join("hub"), self.home.join("leaf")];
        stores::found(&self.cast, HUB, &homes[0])?.close()?;
        let mut leaf = stores::found(&self.cast, LEAF, &homes[1])?;
        stores::fill(&mut leaf, &self.corpus, self.dossiers)?;
        leaf.close()?;
        let mut measured = Vec::new();

        let mut pair = self.pair(&homes)?;
        let dial = Order::Dial(pair.hub.address);
        measured.push(pair.measure(Case::Cold, &dial)?);
        pair.stop()?;

        let mut pair = self.pair(&homes)?;
        pair.leaf.order(&Order::Dial(pair.hub.address))?;
        thread::sleep(REST);
        measured.push(pair.measure(Case::Unchanged, &Order::Sync)?);
        measured.push(pair.measure(Case::Changed, &Order::Change(self.changed()))?);
        pair.stop()?;

        let places = stride(self.dossiers, self.repaired());
        let differing: Vec<u64> = places.map(|place| (place + 1) % self.dossiers).collect();
        let (below, above) = differing.split_at(differing.len() / 2);
        stores::estrange(&self.cast, HUB, &homes[0], above)?;
        stores::estrange(&self.cast, LEAF, &homes[1], below)?;
        let mut pair = self.pair(&homes)?;
        let dial = Order::Dial(pair.hub.address);
        measured.push(pair.measure(Case::Repair, &dial)?);
        pair.stop()?;
        Ok(measured)
    }

    fn pair(&self, homes: &[PathBuf; 2]) -> anyhow::Result<Pair> {
        let start = |place, home: &Path| {
            Side::start(&SideArguments {
                role: Role::Node,
                home: Some(home.to_owned()),
                corpus: None,
                dossiers: self.dossiers,
                place,
            })
        };
        Ok(Pair { hub: start(HUB, &homes[0])?, leaf: start(LEAF, &homes[1])? })
    }

    fn baseline(&self, role: Role, dossiers: u64, cases: &[Case]) -> anyhow::Result<Vec<Measured>> {
        let mut measured = Vec::new();
        for case in cases {
            let start = |place, filled: bool| {
                let corpus = filled.then(|| self.corpus.path().to_owned());
                Side::start(&SideArguments { role, home: None, corpus, dossiers, place })
            };
            let filled = role == Role::Document && *case != Case::Cold;
            let mut pair = Pair { hub: start(HUB, filled)?, leaf: start(LEAF, true)? };
            pair.leaf.order(&Order::Dial(pair.hub.address))?;
            if *case == Case::Changed {
                // As large a part of the dossiers as at the full number.
                let changed = self.changed() * dossiers / self.dossiers;
                pair.leaf.order(&Order::Change(changed.max(1)))?;
            }
            thread::sleep(REST);
            measured.push(pair.measure(*case, &Order::Push(*case))?);
            pair.stop()?;
        }
        Ok(measured)
    }
}

fn scale(one: &mut Measured, factor: f64) {
    one.wire_bytes = (one.wire_bytes as f64 * factor) as u64;
    one.round_trips = (one.round_trips as f64 * factor) as u64;
    one.cpu_s *= factor;
    one.hub_cpu_s *= factor;
    one.wall_s *= factor;
}

struct Pair {
    hub: Side,
    leaf: Side,
}

impl Pair {
    /// Lets the leaf carry out `order` and takes down what it cost both.
    fn measure(&mut self, name: Case, order: &Order) -> anyhow::Result<Measured> {
        let before = [self.hub.read()?, self.leaf.read()?];
        let wall_s = self.leaf.order(order)?;
        thread::sleep(REST);
        let after = [self.hub.read()?, self.leaf.read()?];
        let wire = |place: usize| {
            let spent = after[place].counts.since(before[place].counts);
            spent.sent_bytes + HEADERS * spent.sent_datagrams
        };
        let cpu = |at: [Reading; 2], place: usize| at[place].cpu_ns as f64 / 1e9;
        let hub_cpu_s = cpu(after, 0) - cpu(before, 0);
        let leaf = after[1].counts.since(before[1].counts);
        let hub = after[0].counts.since(before[0].counts);
        Ok(Measured {
            name,
            wire_bytes: wire(0) + wire(1),
            cpu_s: hub_cpu_s + cpu(after, 1) - cpu(before, 1),
            hub_cpu_s,
            wall_s,
            round_trips: leaf.turns,
            rss_bytes: after[0].rss_bytes,
            reconcile_rounds: leaf.reconcile_rounds,
            // Each side counts what it sent and what it received.
            reconcile_bytes: leaf.reconcile_bytes.max(hub.reconcile_bytes),
        })
    }

    fn stop(self) -> anyhow::Result<()> {
        self.leaf.stop()?;
        self.hub.stop()
    }
}
