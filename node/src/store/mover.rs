//! Seals durable rows and moves them into the index: at once, or on a thread of its own while commits go on.
//!
//! One thread writes to an engine, and it is watched: an engine that makes no progress is given up
//! and the index rebuilt, since sled is known to deadlock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use protocol::FeedPosition;

use super::index::{Index, IndexError};
use super::overlay::RecentRows;
use super::pointer::Row;
use crate::seal::Vault;

/// Keys and the sealed rows they get; `None` removes the key.
pub(super) type Rows = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// An engine that takes longer than this for one batch of rows is given up.
const PATIENCE: Duration = Duration::from_secs(30);

type Outcome = Result<(), IndexError>;

/// Carries one batch of rows at a time into the index.
#[derive(Debug)]
pub(super) struct Mover {
    worker: Option<Worker>,
    under_way: Option<Receiver<Outcome>>,
}

#[derive(Debug)]
struct Worker {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    index: Arc<dyn Index>,
    vault: Arc<Vault>,
    upto: FeedPosition,
    rows: Arc<RecentRows>,
    done: Sender<Outcome>,
}

impl Job {
    /// Lets go of the index before saying that it is done, so that it can be replaced.
    fn run(self) {
        let seal = |(key, row): (&Vec<u8>, &Option<Row>)| {
            (key.clone(), row.as_ref().map(|row| row.seal(&self.vault, key)))
        };
        let sealed: Rows = self.rows.iter().map(seal).collect();
        let outcome = self.index.apply(self.upto, &sealed);
        drop((self.index, self.rows));
        // Nobody listens when the store was dropped meanwhile.
        let _ = self.done.send(outcome);
    }
}

impl Mover {
    /// Moves rows on the caller's thread.
    pub(super) fn inline() -> Self {
        Self { worker: None, under_way: None }
    }

    /// Moves rows on a thread of its own.
    pub(super) fn background() -> std::io::Result<Self> {
        Ok(Self { worker: Some(Worker::start()?), under_way: None })
    }

    pub(super) fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }

    /// Starts to move `rows`, sealed by `vault`; the outcome is asked for with [`Mover::poll`] or
    /// [`Mover::wait`].
    pub(super) fn start(
        &mut self,
        (index, vault): (&Arc<dyn Index>, &Arc<Vault>),
        upto: FeedPosition,
        rows: Arc<RecentRows>,
    ) {
        let (done, outcome) = channel();
        let (index, vault) = (Arc::clone(index), Arc::clone(vault));
        let job = Job { index, vault, upto, rows, done };
        match self.worker.as_ref().and_then(|worker| worker.jobs.as_ref()) {
            // A worker that has ended drops the job, which is then reported as failed.
            Some(jobs) => drop(jobs.send(job)),
            None => job.run(),
        }
        self.under_way = Some(outcome);
    }

    /// The outcome, if the move has ended.
    pub(super) fn poll(&mut self) -> Option<Outcome> {
        let outcome = match self.under_way.as_ref()?.try_recv() {
            Ok(outcome) => outcome,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Err(IndexError::new("worker", "ended")),
        };
        self.under_way = None;
        Some(outcome)
    }

    /// Waits for the move under way, if there is one. An engine that hangs is left to its thread
    /// and a new one takes over.
    pub(super) fn wait(&mut self) -> Option<Outcome> {
        let outcome = match self.under_way.take()?.recv_timeout(PATIENCE) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Disconnected) => Err(IndexError::new("worker", "ended")),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(worker) = self.worker.as_mut() {
                    worker.thread = None;
                }
                self.worker = Worker::start().ok();
                Err(IndexError::new("worker", "made no progress"))
            }
        };
        Some(outcome)
    }
}

impl Worker {
    fn start() -> std::io::Result<Self> {
        let (jobs, queue) = channel::<Job>();
        let work = move || queue.into_iter().for_each(Job::run);
        let thread = thread::Builder::new().name("index".to_owned()).spawn(work)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Its panic was already reported as a failed move.
            let _ = thread.join();
        }
    }
}
