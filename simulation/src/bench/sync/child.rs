//! A child process seen from the measuring one: orders, answers, and what the system says of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context as _;

use super::talk::{Counts, Order, Role, Said, SideArguments};

/// A running side. It is ended when it is dropped.
#[derive(Debug)]
pub(super) struct Side {
    child: Child,
    orders: ChildStdin,
    said: BufReader<ChildStdout>,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

/// What the system and the side itself count.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    pub(super) counts: Counts,
    /// Processor time of all threads, in nanoseconds.
    pub(super) cpu_ns: u64,
    /// Largest resident size so far, in bytes.
    pub(super) rss_bytes: u64,
}

impl Side {
    /// Starts a side from this very program and waits until it listens.
    pub(super) fn start(arguments: &SideArguments) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let role = match arguments.role {
            Role::Node => "node",
            Role::Raw => "raw",
            Role::Document => "document",
        };
        command.args(["bench", "sync-side", "--role", role]);
        command.arg("--place").arg(arguments.place.to_string());
        command.arg("--dossiers").arg(arguments.dossiers.to_string());
        for (name, path) in [("--home", &arguments.home), ("--corpus", &arguments.corpus)] {
            if let Some(path) = path {
                command.arg(name).arg(path);
            }
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = child.stdin.take().context("no pipe to the child")?;
        let said = BufReader::new(child.stdout.take().context("no pipe from the child")?);
        let address = ([127, 0, 0, 1], 0).into();
        let mut side = Self { child, orders, said, address };
        match side.hear()? {
            Said::Ready(address) => side.address = address,
            other => anyhow::bail!("the child began with {other:?}"),
        }
        Ok(side)
    }

    /// Gives an order and waits until it is carried out; returns the side's own seconds.
    pub(super) fn order(&mut self, order: &Order) -> anyhow::Result<f64> {
        self.tell(order)?;
        match self.hear()? {
            Said::Done(seconds) => Ok(seconds),
            other => anyhow::bail!("{order:?} was answered with {other:?}"),
        }
    }

    /// What was used up so far.
    pub(super) fn read(&mut self) -> anyhow::Result<Reading> {
        self.tell(&Order::Count)?;
        let counts = match self.hear()? {
            Said::Counted(counts) => counts,
            other => anyhow::bail!("a count was answered with {other:?}"),
        };
        let process = self.child.id();
        Ok(Reading { counts, cpu_ns: cpu_ns(process)?, rss_bytes: rss_bytes(process)? })
    }

    /// Ends the side and waits for its end.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        self.tell(&Order::Stop)?;
        self.hear()?;
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "a side ended with {status}");
        Ok(())
    }

    fn tell(&mut self, order: &Order) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.orders, order)?;
        writeln!(self.orders)?;
        Ok(self.orders.flush()?)
    }

    fn hear(&mut self) -> anyhow::Result<Said> {
        let mut line = String::new();
        anyhow::ensure!(self.said.read_line(&mut line)? > 0, "a side ended early");
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // Fails when the side has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Nanoseconds on a processor, of all threads of a process; those of ended threads are not in it.
fn cpu_ns(process: u32) -> anyhow::Result<u64> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        let first = text.split_whitespace().next().context("an empty schedstat")?;
        total += first.parse::<u64>()?;
    }
    Ok(total)
}

fn rss_bytes(process: u32) -> anyhow::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.context("no VmHWM")?.parse::<u64>()? * 1024)
}
