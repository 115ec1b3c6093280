//! The engine's part in carrying contents: what is to be done, what may be given, what has come.
//!
//! A reply leaves with everything before it durable, as an answer to a person does.

use protocol::{
    ConnId as CoreConn, Op,
    acknowledgement::SignedAcknowledgement,
    attachment::ContentPlace,
    core::{ContentErrands, ContentState, OfferAnswer, WantAnswer},
};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending};
use crate::link::ConnId;

/// What whoever carries contents asks of the engine.
#[derive(Debug)]
pub enum ContentAsk {
    /// What is to be done over a connection.
    Errands(ConnId),
    /// A neighbour offers a content.
    Offer(ConnId, ContentPlace),
    /// A neighbour wants a content.
    Want(ConnId, ContentPlace),
    /// A content is synced on the shelf.
    Arrived(ContentPlace),
    /// The words that a content is held.
    Words(ContentPlace),
    /// Words about a content have come from above.
    Heard(ContentPlace, Vec<SignedAcknowledgement>),
    /// A content on the shelf is not as it was made.
    Lost(ContentPlace),
    /// Whether a content is here.
    IsHere(ContentPlace),
}

/// What the engine replies.
#[derive(Debug)]
pub enum ContentReply {
    /// To [`ContentAsk::Errands`].
    Errands(ContentErrands),
    /// To [`ContentAsk::Offer`].
    Offer(OfferAnswer),
    /// To [`ContentAsk::Want`].
    Want(WantAnswer),
    /// To [`ContentAsk::Words`].
    Words(Vec<SignedAcknowledgement>),
    /// To the others: whether it was news.
    Noted(bool),
}

impl Engine {
    pub(super) fn take_content(
        &mut self,
        ask: ContentAsk,
        reply: oneshot::Sender<ContentReply>,
    ) -> Result<(), EngineError> {
        let (store, crypto) = (&self.store, &self.crypto);
        let core = &mut self.core;
        let (answer, ops): (ContentReply, Vec<Op>) = match ask {
            ContentAsk::Errands(conn) => {
                let errands = core.content_errands(CoreConn(conn.0), store)?;
                (ContentReply::Errands(errands), Vec::new())
            }
            ContentAsk::Offer(conn, place) => {
                let (answer, ops) = core.judge_offer(CoreConn(conn.0), &place, store, crypto)?;
                (ContentReply::Offer(answer), ops)
            }
            ContentAsk::Want(conn, place) => {
                let (answer, ops) = core.judge_want(CoreConn(conn.0), &place, store)?;
                (ContentReply::Want(answer), ops)
            }
            ContentAsk::Words(place) => {
                (ContentReply::Words(core.content_words(&place, store, crypto)?), Vec::new())
            }
            ContentAsk::IsHere(place) => {
                let known = core.content(&place, store)?;
                let here = known.is_some_and(|known| known.state == ContentState::Here);
                (ContentReply::Noted(here), Vec::new())
            }
            ContentAsk::Arrived(place) => noted(core.content_arrived(&place, store)?),
            ContentAsk::Lost(place) => noted(core.content_lost(&place, store)?),
            ContentAsk::Heard(place, words) => {
                noted(core.take_content_words(&place, words, store, crypto)?)
            }
        };
        if !ops.is_empty() {
            self.store.stage(&ops)?;
        }
        self.pending.push(Pending::Content(reply, answer));
        Ok(())
    }

    /// Tells whoever carries contents when there may be something to do.
    pub(super) fn tell_courier(&self) {
        let work = self.core.content_work();
        self.contents.send_if_modified(|known| {
            let news = *known != work;
            if news {
                *known = work;
            }
            news
        });
    }
}

fn noted(ops: Vec<Op>) -> (ContentReply, Vec<Op>) {
    (ContentReply::Noted(!ops.is_empty()), ops)
}
