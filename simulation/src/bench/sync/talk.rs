//! What the measuring process and its two children say to each other, one JSON object a line.

use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// How one side of a case is started.
#[derive(Debug, Clone, Args)]
pub struct SideArguments {
    /// What the process is.
    #[arg(long)]
    pub(super) role: Role,
    /// The directory of its store.
    #[arg(long)]
    pub(super) home: Option<PathBuf>,
    /// The corpus.
    #[arg(long)]
    pub(super) corpus: Option<PathBuf>,
    /// How many dossiers of the corpus count.
    #[arg(long, default_value_t = 0)]
    pub(super) dossiers: u64,
    /// The place of the node among the members.
    #[arg(long)]
    pub(super) place: usize,
}

/// What a child process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    /// A node with its store.
    Node,
    /// A bare stream.
    Raw,
    /// One Automerge conversation a document.
    Document,
}

/// An order to a child.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Order {
    /// Connect to the other side, and say when both hold the same.
    Dial(SocketAddr),
    /// Compare with the other side once.
    Sync,
    /// Change so many dossiers, and say when all is acknowledged.
    Change(u64),
    /// Push the payload of a case to the other side, over an open connection.
    Push(Case),
    /// Say what was sent and received so far.
    Count,
    /// End.
    Stop,
}

/// The cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Case {
    /// Nothing has changed, on an open connection.
    Unchanged,
    /// A hundred dossiers got one edit each, on an open connection.
    Changed,
    /// The hub holds nothing.
    Cold,
    /// Neither side has a cursor, and one dossier in a hundred differs.
    Repair,
}

impl Case {
    pub(super) const ALL: [Self; 4] = [Self::Unchanged, Self::Changed, Self::Cold, Self::Repair];
}

/// What a child says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Said {
    /// It listens here.
    Ready(SocketAddr),
    /// The order was carried out, in so many seconds.
    Done(f64),
    /// What it counted.
    Counted(Counts),
}

/// What a child has sent and received since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    /// Bytes of UDP payload sent.
    pub(super) sent_bytes: u64,
    /// Datagrams sent.
    pub(super) sent_datagrams: u64,
    /// Times that a frame from the peer followed one of its own: round trips.
    pub(super) turns: u64,
    /// Reconciliation messages sent, and their bytes both ways.
    pub(super) reconcile_rounds: u64,
    /// Bytes of reconciliation messages sent and received.
    pub(super) reconcile_bytes: u64,
}

impl Counts {
    /// What was counted since `before`.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            sent_bytes: self.sent_bytes - before.sent_bytes,
            sent_datagrams: self.sent_datagrams - before.sent_datagrams,
            turns: self.turns - before.turns,
            reconcile_rounds: self.reconcile_rounds - before.reconcile_rounds,
            reconcile_bytes: self.reconcile_bytes - before.reconcile_bytes,
        }
    }
}

/// Tells the measuring process.
pub(super) fn say(said: &Said) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, said)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// The orders, as they come in.
pub(super) fn orders() -> mpsc::UnboundedReceiver<Order> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let Ok(order) = serde_json::from_str(&line) else { return };
            if sender.send(order).is_err() {
                return;
            }
        }
    });
    receiver
}
