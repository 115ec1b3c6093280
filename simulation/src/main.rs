//! `simulate`: the province on virtual time, and benchmarks of the production code.

use std::io;

use clap::{Parser, Subcommand};
use simulation::{bench::Bench, cores, custody, plant, report, run, scenario};

/// Runs the province in one process, and measures the node's parts.
#[derive(Debug, Parser)]
#[command(name = "simulate", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lives one seed: office life under faults, healing, judgement.
    Run(run::Arguments),
    /// Lives many seeds of hand-driven cores: layer 1, thousands a minute.
    Cores(cores::Arguments),
    /// Walks many seeds of the custody machines: hand-overs, restores, rogues.
    Custody(custody::Arguments),
    /// Plants every fault there is and tells which judge finds it (`cargo simulate-faults`).
    Faults(plant::Arguments),
    /// Lives one seed and draws it: one page, no script.
    Report(report::Arguments),
    /// Plays stories and prints their transcripts.
    Scenario(scenario::Arguments),
    /// Runs one benchmark.
    #[command(subcommand)]
    Bench(Bench),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Command::Run(run) => run.run(&mut io::stdout().lock()),
        Command::Cores(cores) => cores.run(&mut io::stdout().lock()),
        Command::Custody(custody) => custody.run(&mut io::stdout().lock()),
        Command::Faults(faults) => faults.run(&mut io::stdout().lock()),
        Command::Report(report) => report.run(&mut io::stdout().lock()),
        Command::Scenario(stories) => stories.run(&mut io::stdout().lock()),
        Command::Bench(bench) => bench.run(&mut io::stdout().lock()),
    }
}
