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

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::{
    attachment::{BulkFrame, ContentPlace, IntakeFault, Later},
    codec::DecodeError,
    core::{ContentErrand, ContentErrands, ContentWork, ErrandKind, OfferAnswer, WantAnswer},
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
        let mut busy = Busy::default();
        let (mut again, mut rest) = (None, REST);
        loop {
            let asked = tokio::select! {
                biased;
                _ = self.stopped.wait_for(|stop| *stop) => return,
                call = calls.recv() => {
                    let Some(call) = call else { return };
                    self.link.spawn(hands.clone().answer(call));
                    continue;
                }
                end = ends.recv() => {
                    let Some((conn, goes_on)) = end else { return };
                    // What changed meanwhile was not asked about.
                    if !(busy.end(conn) || goes_on) {
                        continue;
                    }
                    vec![conn]
                }
                changed = self.work.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    rest = REST;
                    busy.idle_of(&self.work.borrow_and_update())
                }
                () = at(again) => {
                    (again, rest) = (None, (rest * 2).min(REST_MAX));
                    busy.idle_of(&self.work.borrow())
                }
            };
            for conn in asked {
                let Some(ContentErrands { errands, more }) = hands.errands(conn).await else {
                    // A batch that found no room on the disk was taken back.
                    if self.inputs.is_closed() {
                        return;
                    }
                    again = again.or(Some(Instant::now() + rest));
                    continue;
                };
                if errands.is_empty() {
                    continue;
                }
                again = again.or(Some(Instant::now() + rest));
                busy.away.insert(conn);
                let (hands, ended) = (hands.clone(), ended.clone());
                self.link.spawn(async move {
                    let goes_on = hands.run(conn, errands).await.goes_on(more);
                    // A courier that is gone needs no word.
                    let _ = ended.send((conn, goes_on)).await;
                });
            }
        }
    }
}

/// The connections over which errands are being done; nothing is asked about them meanwhile.
#[derive(Debug, Default)]
struct Busy {
    away: BTreeSet<ConnId>,
    /// Those of them about which something was to be asked.
    missed: BTreeSet<ConnId>,
}

impl Busy {
    /// The neighbours that are there and idle; what the others miss is remembered.
    fn idle_of(&mut self, work: &ContentWork) -> Vec<ConnId> {
        let live = work.live.iter().map(|conn| ConnId(conn.0));
        let (away, idle): (Vec<_>, Vec<_>) = live.partition(|conn| self.away.contains(conn));
        self.missed.extend(away);
        idle
    }

    /// Errands are done over a connection; whether it missed something.
    fn end(&mut self, conn: ConnId) -> bool {
        self.away.remove(&conn);
        self.missed.remove(&conn)
    }
}

/// What came of a stretch of errands.
#[derive(Debug, Clone, Copy, Default)]
struct Stretch {
    /// Whether one of them brought something about.
    moved: bool,
    /// Whether each was tried.
    whole: bool,
}

impl Stretch {
    /// Whether to go on at once: `more` is behind this stretch.
    fn goes_on(self, more: bool) -> bool {
        self.moved || (self.whole && more)
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

    async fn errands(&self, conn: ConnId) -> Option<ContentErrands> {
        match self.ask(ContentAsk::Errands(conn)).await {
            Some(ContentReply::Errands(errands)) => Some(errands),
            _ => None,
        }
    }

    /// Does errands over one connection. One that fails is left for another time; those behind it go
    /// over a stream of their own, since the first may be out of step.
    async fn run(&self, conn: ConnId, errands: Vec<ContentErrand>) -> Stretch {
        let (mut stretch, mut opened) = (Stretch::default(), None);
        for errand in errands {
            let mut stream = match opened.take() {
                Some(stream) => stream,
                None => match self.link.open_bulk(conn).await {
                    Ok(stream) => stream,
                    Err(_) => return stretch,
                },
            };
            let done = match errand.kind {
                ErrandKind::Give => self.give(&mut stream, &errand).await,
                ErrandKind::Fetch => {
                    let ContentErrand { place, size, key, .. } = errand;
                    self.take(&mut stream, place, size, &key).await.map(|()| true)
                }
            };
            match done {
                Ok(moved) => stretch.moved |= moved,
                Err(Trouble::Later(later)) => tracing::debug!(%conn, ?later, "a content waits"),
                Err(Trouble::Stopping) => return stretch,
                Err(trouble) => {
                    tracing::info!(%conn, %trouble, "a content waits");
                    continue;
                }
            }
            opened = Some(stream);
        }
        if let Some(mut stream) = opened {
            stream.finish();
        }
        Stretch { whole: true, ..stretch }
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
