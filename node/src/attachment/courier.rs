//! Carries contents between nodes, one bulk stream for each neighbour and direction.
//!
//! The engine says what is to be done with whom; the courier opens a stream, does one errand after
//! the other, and asks again when something changes or some time has passed. It answers the streams
//! of neighbours the same way. Between two chunks nothing is remembered but what lies on the shelf,
//! so that a cut or a crash costs the chunks that were under way.
//!
//! **Invariants:** a content is taken from one side at a time; a word for a content is asked of the
//! engine only after the shelf has synced it; at most a window of chunks is under way for each
//! stream.

mod giving;
mod taking;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::{
    attachment::{BulkFrame, ContentPlace, IntakeFault, Later},
    codec::DecodeError,
    core::{ContentErrand, ContentWork, ErrandKind, OfferAnswer, WantAnswer},
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::holding::Holds;
use super::shelf::{Shelf, ShelfError};
use crate::{
    engine::{ContentAsk, ContentReply, Input},
    link::{BulkCall, BulkFault, BulkStream, ConnId, Link},
};
use giving::Giving;

/// How long errands that were left rest at first; the time doubles while nothing changes.
const REST: Duration = Duration::from_secs(2);
/// The longest such time.
const REST_MAX: Duration = Duration::from_secs(3600);

/// What the courier works with.
#[derive(Debug)]
pub struct Courier {
    /// The connections.
    pub link: Link,
    /// The engine's queue.
    pub inputs: mpsc::Sender<Input>,
    /// Where contents lie.
    pub shelf: Shelf,
    /// Who writes them.
    pub holds: Holds,
    /// Tells when there may be something to do.
    pub work: watch::Receiver<ContentWork>,
    /// Says when the node stops.
    pub stopped: watch::Receiver<bool>,
}

/// Why an errand or an answer ended early.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Stream(#[from] BulkFault),
    #[error("the peer says {0:?}")]
    Later(Later),
    #[error("the peer said something out of place")]
    OutOfPlace,
    #[error("the peer sent what was not asked for")]
    Intake(#[from] IntakeFault),
    #[error("the peer sent no frame")]
    Frame(#[from] DecodeError),
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    #[error("the node stops")]
    Stopping,
}

/// What every task of the courier has in hand.
#[derive(Debug, Clone)]
struct Hands {
    link: Link,
    inputs: mpsc::Sender<Input>,
    shelf: Shelf,
    /// Who writes a content, whoever gives it.
    holds: Holds,
}

impl Courier {
    /// Carries until the node stops.
    pub async fn carry(mut self) {
        let Some(mut calls) = self.link.take_bulk_calls() else { return };
        let hands = Hands {
            link: self.link.clone(),
            inputs: self.inputs.clone(),
            shelf: self.shelf.clone(),
            holds: self.holds.clone(),
        };
        let (ended, mut ends) = mpsc::channel::<(ConnId, bool)>(64);
        let mut away: BTreeSet<ConnId> = BTreeSet::new();
        let (mut again, mut rest) = (None, REST);
        loop {
            tokio::select! {
                biased;
                _ = self.stopped.wait_for(|stop| *stop) => return,
                call = calls.recv() => {
                    let Some(call) = call else { return };
                    self.link.spawn(hands.clone().answer(call));
                    continue;
                }
                end = ends.recv() => {
                    let Some((conn, moved)) = end else { return };
                    away.remove(&conn);
                    if !moved {
                        continue;
                    }
                }
                changed = self.work.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.work.borrow_and_update();
                    rest = REST;
                }
                () = at(again) => {}
            }
            let Some(errands) = hands.errands().await else {
                // A batch that found no room on the disk was taken back.
                if self.inputs.is_closed() {
                    return;
                }
                again = Some(Instant::now() + rest);
                continue;
            };
            again = (!errands.is_empty()).then(|| Instant::now() + rest);
            rest = (rest * 2).min(REST_MAX);
            for (conn, errands) in errands {
                if away.insert(conn) {
                    let (hands, ended) = (hands.clone(), ended.clone());
                    self.link.spawn(async move {
                        let moved = hands.run(conn, errands).await;
                        // A courier that is gone needs no word.
                        let _ = ended.send((conn, moved)).await;
                    });
                }
            }
        }
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

impl Hands {
    /// Asks the engine; `None` when it has ended.
    async fn ask(&self, ask: ContentAsk) -> Option<ContentReply> {
        let (reply, answer) = oneshot::channel();
        self.inputs.send(Input::Content(ask, reply)).await.ok()?;
        answer.await.ok()
    }

    async fn errands(&self) -> Option<BTreeMap<ConnId, Vec<ContentErrand>>> {
        let Some(ContentReply::Errands(all)) = self.ask(ContentAsk::Errands).await else {
            return None;
        };
        let mut by_conn: BTreeMap<ConnId, Vec<ContentErrand>> = BTreeMap::new();
        for errand in all {
            by_conn.entry(ConnId(errand.conn.0)).or_default().push(errand);
        }
        Some(by_conn)
    }

    /// Does errands over one connection; whether one of them brought something about.
    async fn run(&self, conn: ConnId, errands: Vec<ContentErrand>) -> bool {
        let Ok(mut stream) = self.link.open_bulk(conn).await else { return false };
        let mut moved = false;
        for errand in errands {
            let done = match errand.kind {
                ErrandKind::Give => self.give(&mut stream, &errand).await,
                ErrandKind::Fetch => {
                    let (place, size, key) = (errand.place, errand.size, errand.key);
                    self.take(&mut stream, place, size, &key).await.map(|()| true)
                }
            };
            match done {
                Ok(done) => moved |= done,
                Err(Trouble::Later(later)) => tracing::debug!(%conn, ?later, "a content waits"),
                Err(trouble) => {
                    tracing::info!(%conn, %trouble, "contents wait");
                    return moved;
                }
            }
        }
        stream.finish();
        moved
    }

    /// Answers what a neighbour asks and offers on its stream.
    async fn answer(self, BulkCall { conn, mut stream }: BulkCall) {
        let mut giving = None;
        loop {
            let answered = match stream.next().await {
                Ok(Some(bytes)) => self.answer_one(conn, &mut stream, &mut giving, &bytes).await,
                Ok(None) => break,
                Err(fault) => Err(fault.into()),
            };
            match answered {
                // The giver has put it off and goes on.
                Ok(()) | Err(Trouble::Later(_)) => {}
                Err(Trouble::Shelf(ShelfError::Full)) => {
                    let later = BulkFrame::Later(Later::Full).encode();
                    if stream.send(&later).await.is_err() {
                        return;
                    }
                }
                Err(trouble) => {
                    tracing::info!(%conn, %trouble, "a bulk stream ended");
                    return;
                }
            }
        }
        stream.finish();
    }

    async fn answer_one(
        &self,
        conn: ConnId,
        stream: &mut BulkStream,
        giving: &mut Option<Giving>,
        bytes: &[u8],
    ) -> Result<(), Trouble> {
        let reply = match BulkFrame::decode(bytes)? {
            BulkFrame::Offer(place) => self.consider(conn, stream, place).await?,
            BulkFrame::Want(want) => {
                if giving.as_ref().is_none_or(|giving| giving.place() != want.place) {
                    match self.ask(ContentAsk::Want(conn, want.place)).await {
                        Some(ContentReply::Want(WantAnswer::Serve { size, key })) => {
                            *giving = Some(Giving::of(want.place, size, &key));
                        }
                        Some(ContentReply::Want(WantAnswer::Later(later))) => {
                            return Ok(stream.send(&BulkFrame::Later(later).encode()).await?);
                        }
                        _ => return Err(Trouble::Stopping),
                    }
                }
                let Some(giving) = giving.as_mut() else { return Err(Trouble::OutOfPlace) };
                return self.serve(stream, giving, &want).await.map(|_| ());
            }
            BulkFrame::Later(_) => return Ok(()),
            BulkFrame::Manifest(_) | BulkFrame::Chunk { .. } | BulkFrame::Held(_) => {
                return Err(Trouble::OutOfPlace);
            }
        };
        Ok(stream.send(&reply.encode()).await?)
    }

    /// Takes what is offered, if it is lacking, and says what is held.
    async fn consider(
        &self,
        conn: ConnId,
        stream: &mut BulkStream,
        place: ContentPlace,
    ) -> Result<BulkFrame, Trouble> {
        match self.ask(ContentAsk::Offer(conn, place)).await {
            Some(ContentReply::Offer(OfferAnswer::Held(words))) => Ok(BulkFrame::Held(words)),
            Some(ContentReply::Offer(OfferAnswer::Later(later))) => Ok(BulkFrame::Later(later)),
            Some(ContentReply::Offer(OfferAnswer::Take { size, key })) => {
                match self.take(stream, place, size, &key).await {
                    Ok(()) => {}
                    // What the giver put off needs no answer.
                    Err(Trouble::Later(Later::Busy)) => return Ok(BulkFrame::Later(Later::Busy)),
                    Err(trouble) => return Err(trouble),
                }
                match self.ask(ContentAsk::Words(place)).await {
                    Some(ContentReply::Words(words)) => Ok(BulkFrame::Held(words)),
                    _ => Err(Trouble::Stopping),
                }
            }
            _ => Err(Trouble::Stopping),
        }
    }
}
