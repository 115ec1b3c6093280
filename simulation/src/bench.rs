//! Benchmarks on the production code, each against a baseline measured in the same run.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures the time of the machine")]

pub mod audit;
mod founding;
mod loopback;
pub mod node;
pub mod reorg;
pub mod search;
pub mod show;
pub mod store;
pub mod sync;
pub mod web;

use std::io::Write;

use clap::Subcommand;

/// The benchmarks.
#[derive(Debug, Clone, Subcommand)]
pub enum Bench {
    /// Recording, exporting and judging the audit log.
    Audit(audit::Arguments),
    /// One node with a province's dossiers: opening, saving, obligations, a cold start.
    Node(node::Arguments),
    /// Handing all dossiers of a district that ends to its successor, between three nodes.
    Reorg(reorg::Arguments),
    /// Looking dossiers up by common questions, and what the index in memory takes.
    Search(search::Arguments),
    /// A page of a dossier, with and without audit, sealing and session.
    Show(show::Arguments),
    /// Durable single-change commits of 64 writers against raw writes and syncs.
    Store(store::Arguments),
    /// Replication between a hub and a leaf: unchanged, changed, cold, repair.
    Sync(sync::Arguments),
    /// The clerk's pages of a tier-3 node with a province's dossiers.
    Web(web::Arguments),
    /// One side of a replication benchmark, in a process of its own.
    #[command(hide = true)]
    SyncSide(sync::SideArguments),
}

impl Bench {
    /// Runs the benchmark and writes its report to `out`.
    ///
    /// # Errors
    /// Whatever kept the benchmark from finishing.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        match self {
            Self::Audit(arguments) => audit::run(arguments, out),
            Self::Node(arguments) => node::run(arguments, out),
            Self::Reorg(arguments) => reorg::run(arguments, out),
            Self::Search(arguments) => search::run(arguments, out),
            Self::Show(arguments) => show::run(arguments, out),
            Self::Store(arguments) => store::run(arguments, out),
            Self::Sync(arguments) => sync::run(arguments, out),
            Self::Web(arguments) => web::run(arguments, out),
            Self::SyncSide(arguments) => sync::run_side(arguments),
        }
    }
}
