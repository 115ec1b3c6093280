//! Benchmarks on the production code, each against a baseline measured in the same run.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures the time of the machine")]

pub mod store;

use std::io::Write;

use clap::Subcommand;

/// The benchmarks.
#[derive(Debug, Clone, Subcommand)]
pub enum Bench {
    /// Durable single-change commits of 64 writers against raw writes and syncs.
    Store(store::Arguments),
}

impl Bench {
    /// Runs the benchmark and writes its report to `out`.
    ///
    /// # Errors
    /// Whatever kept the benchmark from finishing.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        match self {
            Self::Store(arguments) => store::run(arguments, out),
        }
    }
}
