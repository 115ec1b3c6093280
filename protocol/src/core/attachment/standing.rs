//! What a neighbour may be given, what is taken from it, and what its words mean.

use dossier::{
    attachment::{Attachment, ContentKey, DOSSIER_BYTES_MAX, Secrecy, bytes_of},
    unit::Tier,
};

use super::{ContentState, Core, Rows, StoredContent};
use crate::{
    ConnId, Crypto, Fault, Op, Records,
    acknowledgement::{Acknowledgement, SignedAcknowledgement},
    attachment::{ContentPlace, Later, held_tip},
    core::{Level, Relation},
};

/// What an offer is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferAnswer {
    /// It is taken.
    Take {
        /// Bytes of the content, by the dossier's document.
        size: u64,
        /// The key its name is made under.
        key: ContentKey,
    },
    /// It is here; these say so.
    Held(Vec<SignedAcknowledgement>),
    /// It is not taken.
    Later(Later),
}

/// What a wish is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantAnswer {
    /// It is given.
    Serve {
        /// Bytes of the content.
        size: u64,
        /// The key its name is made under.
        key: ContentKey,
    },
    /// It is not given.
    Later(Later),
}

impl Core {
    fn neighbour(&self, conn: ConnId, place: &ContentPlace, gives: bool) -> Option<Relation> {
        let session = self.sessions.get(&conn).filter(|session| session.is_live())?;
        let climbs = gives == (session.relation == Relation::Lower);
        self.shares(session, place, climbs).then_some(session.relation)
    }

    /// Judges an offer; what is taken is noted as expected.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn judge_offer(
        &mut self,
        conn: ConnId,
        place: &ContentPlace,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(OfferAnswer, Vec<Op>), Fault> {
        let no = |later| Ok((OfferAnswer::Later(later), Vec::new()));
        if self.neighbour(conn, place, true) != Some(Relation::Lower) {
            return no(Later::NotEntitled);
        }
        let known = self.content(place, records)?;
        if let Some(stored) = known.as_ref().filter(|known| known.state == ContentState::Here) {
            return Ok((OfferAnswer::Held(self.words(place, stored, crypto)), Vec::new()));
        }
        let Some(Rows { readable: rows, .. }) = self.attachments(&place.dossier, records)? else {
            return no(Later::Unknown);
        };
        let named = rows.iter().map(|(_, one)| one).find(|one| one.content.id == place.content);
        let Some(Attachment { description, content, .. }) = named else {
            return no(Later::Unknown);
        };
        if description.secrecy != Secrecy::Open && !self.fit_for_secrets {
            return no(Later::Unfit);
        }
        // Two nodes that could not see each other may each have filled the dossier.
        if bytes_of(rows.iter().map(|(_, one)| one)) > 2 * DOSSIER_BYTES_MAX {
            return no(Later::NotEntitled);
        }
        if self.full {
            return no(Later::Full);
        }
        let (size, key) = (content.size, content.key);
        let mut ops = Vec::new();
        if known.is_none() {
            let state = ContentState::Expected;
            let stored = StoredContent { size, key, state, held: [None, None] };
            ops.push(self.put_content(place, &stored, records)?);
        }
        Ok((OfferAnswer::Take { size, key }, ops))
    }

    /// Judges a wish; what is not here either is looked for from then on.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn judge_want(
        &mut self,
        conn: ConnId,
        place: &ContentPlace,
        records: &dyn Records,
    ) -> Result<(WantAnswer, Vec<Op>), Fault> {
        if self.neighbour(conn, place, false).is_none() {
            return Ok((WantAnswer::Later(Later::NotEntitled), Vec::new()));
        }
        if let Some(stored) = self.content(place, records)? {
            let answer = match stored.state {
                ContentState::Here => WantAnswer::Serve { size: stored.size, key: stored.key },
                ContentState::Expected | ContentState::Wanted => WantAnswer::Later(Later::Absent),
            };
            return Ok((answer, Vec::new()));
        }
        let rows = self.attachments(&place.dossier, records)?.map(|rows| rows.readable);
        let named = rows.into_iter().flatten().find(|(_, one)| one.content.id == place.content);
        let Some((_, one)) = named else {
            return Ok((WantAnswer::Later(Later::Unknown), Vec::new()));
        };
        let op = self.look_for(place, one.content.size, one.content.key, records)?;
        Ok((WantAnswer::Later(Later::Absent), op.into_iter().collect()))
    }

    /// Looks for a content that a row names, unless it is here.
    pub(super) fn look_for(
        &mut self,
        place: &ContentPlace,
        size: u64,
        key: ContentKey,
        records: &dyn Records,
    ) -> Result<Option<Op>, Fault> {
        let known = self.content(place, records)?;
        if known.as_ref().is_some_and(|known| known.state == ContentState::Here) {
            return Ok(None);
        }
        let held = known.map(|known| known.held).unwrap_or_default();
        let stored = StoredContent { size, key, state: ContentState::Wanted, held };
        self.put_content(place, &stored, records).map(Some)
    }

    /// A content that was expected or looked for is durable here.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn content_arrived(
        &mut self,
        place: &ContentPlace,
        records: &dyn Records,
    ) -> Result<Vec<Op>, Fault> {
        self.content_moves(place, ContentState::Here, records)
    }

    /// A content that was here is damaged: it is looked for.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn content_lost(
        &mut self,
        place: &ContentPlace,
        records: &dyn Records,
    ) -> Result<Vec<Op>, Fault> {
        self.content_moves(place, ContentState::Wanted, records)
    }

    fn content_moves(
        &mut self,
        place: &ContentPlace,
        state: ContentState,
        records: &dyn Records,
    ) -> Result<Vec<Op>, Fault> {
        match self.content(place, records)? {
            Some(known) if known.state != state => {
                let stored = StoredContent { state, ..known };
                Ok(vec![self.put_content(place, &stored, records)?])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The words that this node, and the tier above it, hold a content that is here.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn content_words(
        &self,
        place: &ContentPlace,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Vec<SignedAcknowledgement>, Fault> {
        let stored = self.content(place, records)?;
        let here = stored.filter(|stored| stored.state == ContentState::Here);
        Ok(here.map(|stored| self.words(place, &stored, crypto)).unwrap_or_default())
    }

    fn words(
        &self,
        place: &ContentPlace,
        stored: &StoredContent,
        crypto: &dyn Crypto,
    ) -> Vec<SignedAcknowledgement> {
        let own = self.acknowledge_tip(held_tip(place), crypto);
        own.into_iter().chain(stored.held[1].clone()).collect()
    }

    fn acknowledge_tip(
        &self,
        tip: dossier::Hash,
        crypto: &dyn Crypto,
    ) -> Option<SignedAcknowledgement> {
        (self.tier != Tier::One).then(|| {
            let said = Acknowledgement {
                by: self.identity.node,
                incarnation: self.incarnation,
                at: self.moment.now,
                tips: vec![tip],
            };
            SignedAcknowledgement::issue(said, crypto)
        })
    }

    /// Takes the words of those above for a content; whatever is not genuine is passed over.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn take_content_words(
        &mut self,
        place: &ContentPlace,
        words: Vec<SignedAcknowledgement>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Vec<Op>, Fault> {
        let Some(mut stored) = self.content(place, records)? else { return Ok(Vec::new()) };
        let mut news = false;
        for word in words {
            let Some(level) = self.level_of(&word, place, crypto) else { continue };
            let held = &mut stored.held[level as usize - Level::Tier2 as usize];
            if held.is_none() {
                *held = Some(word);
                news = true;
            }
        }
        if !news {
            return Ok(Vec::new());
        }
        Ok(vec![self.put_content(place, &stored, records)?])
    }

    /// Whose word for a content this is, if it is a superior's.
    fn level_of(
        &self,
        word: &SignedAcknowledgement,
        place: &ContentPlace,
        crypto: &dyn Crypto,
    ) -> Option<Level> {
        let member = self.members.get(&word.said.by).filter(|member| member.is_active())?;
        let level = match self.tree.tree.get(&member.unit)?.tier {
            Tier::Two => Level::Tier2,
            Tier::Three => Level::Tier3,
            _ => return None,
        };
        let above = level as u8 > self.tier.number();
        let about = word.said.tips == [held_tip(place)];
        (above && about && word.is_signed_by(&member.change_key, crypto)).then_some(level)
    }
}
