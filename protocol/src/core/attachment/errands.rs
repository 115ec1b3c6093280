//! What is to be done with contents over each connection, a stretch at a time.

use dossier::attachment::ContentKey;

use super::{ContentState, Core};
use crate::{
    ConnId, Fault, Records,
    attachment::ContentPlace,
    core::{Relation, Session},
};

/// Errands given out at once for one connection; the next stretch goes on behind them, so that what
/// is refused again and again keeps nothing else from its turn.
const ERRANDS_MAX: usize = 64;

/// Where a content stands among those to be done: first what nobody above holds.
pub(super) type Rank = ([bool; 2], ContentPlace);

/// Something to do with a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentErrand {
    /// What it is about.
    pub place: ContentPlace,
    /// Bytes of the content.
    pub size: u64,
    /// The key its name is made under.
    pub key: ContentKey,
    /// What to do.
    pub kind: ErrandKind,
}

/// What to do with a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrandKind {
    /// Offer it, and ask for the words of those who hold it.
    Give,
    /// Ask for it.
    Fetch,
}

/// A stretch of what is to be done over one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentErrands {
    /// The errands in their order.
    pub errands: Vec<ContentErrand>,
    /// Whether there is more behind them.
    pub more: bool,
}

/// What changes when there may be new errands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentWork {
    /// Counts up.
    pub news: u64,
    /// The neighbours that are there.
    pub live: Vec<ConnId>,
}

impl Core {
    /// Whether there may be new errands; compared with what it was before.
    pub fn content_work(&self) -> ContentWork {
        if self.contents.open.is_empty() {
            return ContentWork { news: self.contents.news, live: Vec::new() };
        }
        let live = self.sessions.values().filter(|session| session.is_live());
        ContentWork { news: self.contents.news, live: live.map(|session| session.conn).collect() }
    }

    /// The next stretch of what is to be done over a connection that stands. After the last one it
    /// begins again.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn content_errands(
        &mut self,
        conn: ConnId,
        records: &dyn Records,
    ) -> Result<ContentErrands, Fault> {
        let live = |conn: &ConnId| self.sessions.get(conn).filter(|session| session.is_live());
        let mut tried = std::mem::take(&mut self.contents.tried);
        tried.retain(|conn, _| live(conn).is_some());
        let Some(session) = live(&conn) else {
            self.contents.tried = tried;
            return Ok(ContentErrands::default());
        };
        let after = tried.remove(&conn);
        let mut due = self.due(session);
        due.retain(|(rank, _)| after.is_none_or(|after| *rank > after));
        let more = due.len() > ERRANDS_MAX;
        due.truncate(ERRANDS_MAX);
        if let Some((rank, _)) = due.last().filter(|_| more) {
            tried.insert(conn, *rank);
        }
        self.contents.tried = tried;
        let mut errands = Vec::with_capacity(due.len());
        for ((_, place), kind) in due {
            let Some(stored) = self.content(&place, records)? else { continue };
            errands.push(ContentErrand { place, size: stored.size, key: stored.key, kind });
        }
        Ok(ContentErrands { errands, more })
    }

    fn due(&self, session: &Session) -> Vec<(Rank, ErrandKind)> {
        let mut due = Vec::new();
        for (place, open) in &self.contents.open {
            let (kind, climbs) = match (open.state, session.relation) {
                (ContentState::Here, Relation::Upper) => (ErrandKind::Give, true),
                (ContentState::Wanted, from) => (ErrandKind::Fetch, from == Relation::Lower),
                (ContentState::Here | ContentState::Expected, _) => continue,
            };
            if self.shares(session, place, climbs) {
                due.push(((open.held, *place), kind));
            }
        }
        due.sort_unstable_by_key(|(rank, _)| *rank);
        due
    }

    /// Whether a content may go between this node and a neighbour: its dossier lies in the scope
    /// both share. What `climbs` may also have been attached below while the unit stood there, or by
    /// delegation (Điều 15.1).
    pub(super) fn shares(&self, session: &Session, place: &ContentPlace, climbs: bool) -> bool {
        let own = &self.identity.unit;
        let (scope, above) = (session.scope(own), session.above(own));
        self.ledger.unit(&place.dossier).is_some_and(|unit| {
            self.tree.tree.is_within(unit, scope)
                || (climbs && self.wrote_lawfully_for(unit, scope, above))
        })
    }
}
