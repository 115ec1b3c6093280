//! `simulate report`: one run as a page that a person can read at a glance.
//!
//! The page needs no script, font or picture of elsewhere: it opens from a stick. Rows are the
//! province as a tree, with the state of each machine over time, the faults that befell it and what
//! it had to wait for; below are the province's curves, the judges' words and the legend. Nothing
//! is told by colour alone. **Invariant:** the run that is drawn is the one that `simulate run`
//! lives: the same seed has the same trace.

mod curves;
mod marks;
mod page;
mod record;
mod rows;
mod scale;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

pub use record::Record;

use crate::world::{Faults, Options};

/// What to draw.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Everything random follows from it.
    #[arg(long)]
    seed: u64,
    /// Days of office life.
    #[arg(long, default_value_t = 21)]
    days: u64,
    /// Nodes of the province, tier 3 among them.
    #[arg(long, default_value_t = 36)]
    nodes: usize,
    /// What may go wrong: `all`, `none`, or names with commas between them.
    #[arg(long, default_value = "all")]
    faults: Faults,
    /// Where the page is written.
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,
}

impl Arguments {
    /// Lives the seed and writes its page; tells `out` where.
    ///
    /// # Errors
    /// When the province could not be founded or the page not be written. A broken promise is no
    /// error here: it is what the page is for.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let options = Options {
            seed: self.seed,
            days: self.days.max(1),
            nodes: self.nodes.max(3),
            faults: self.faults.clone(),
        };
        let record = Record::live(options)?;
        let html = page::html(&record);
        std::fs::write(&self.out, &html).with_context(|| self.out.display().to_string())?;
        writeln!(
            out,
            "{}: seed {}, {} machines, {} faults, {} violations, {} KiB",
            self.out.display(),
            self.seed,
            record.machines.len(),
            record.faults.len(),
            record.violations.len(),
            html.len() / 1024
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
