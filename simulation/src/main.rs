//! `simulate`: benchmarks of the production code.

use std::io;

use clap::{Parser, Subcommand};
use simulation::bench::Bench;

/// Measures the node's parts.
#[derive(Debug, Parser)]
#[command(name = "simulate", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs one benchmark.
    #[command(subcommand)]
    Bench(Bench),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Command::Bench(bench) => bench.run(&mut io::stdout().lock()),
    }
}
