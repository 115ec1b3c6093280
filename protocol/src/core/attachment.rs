//! Contents of attachments as a node stands to them: which are here, which are owed to those above,
//! which are looked for; and the orders people give about attachments.
//!
//! Descriptions travel as every change of a dossier does. Contents travel beside them: the shell
//! carries the bytes and asks here what may be given, what is to be taken, and what that means.
//!
//! **Invariants:** a content counts as here only in the transaction that follows its sync; a word is
//! signed only for such a one; only what a row of an admitted document names is looked for or taken.

mod errands;
mod orders;
mod standing;

use std::collections::BTreeMap;

use dossier::{
    DossierId, RowId,
    attachment::{self, Attachment, ContentKey},
};
use serde::{Deserialize, Serialize};

use super::Core;
use crate::{
    ConnId, Fault, Op, Records, Table, acknowledgement::SignedAcknowledgement,
    attachment::ContentPlace, codec, holding::Opened,
};

pub use errands::{ContentErrand, ContentErrands, ContentWork, ErrandKind};
pub use standing::{OfferAnswer, WantAnswer};

/// Rows of one dossier that are looked at; more than a dossier may have, since two nodes may have
/// filled it at once.
const ROWS_MAX: usize = 2 * attachment::PER_DOSSIER_MAX;

/// Where a content is, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredContent {
    /// Its size in bytes.
    pub size: u64,
    /// The key its name is made under.
    pub key: ContentKey,
    /// Whether it is here.
    pub state: ContentState,
    /// The words of tier 2 and of tier 3 that they hold it.
    pub held: [Option<SignedAcknowledgement>; 2],
}

/// Whether a content is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentState {
    /// A node below offers it; it is on its way.
    Expected,
    /// It is looked for, above and below.
    Wanted,
    /// It is here, durable.
    Here,
}

/// Counts of contents for status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentTotals {
    /// Contents that are here.
    pub here: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of those, without a word of the tier above: tier 2, tier 3.
    pub owed: [u64; 2],
    /// Contents that are known of and not here yet.
    pub missing: u64,
}

/// What a node has not done with, and counts.
#[derive(Debug, Default)]
pub(super) struct Contents {
    open: BTreeMap<ContentPlace, Open>,
    here: u64,
    bytes: u64,
    /// How far each connection has come, where there was more to do than goes out at once.
    tried: BTreeMap<ConnId, errands::Rank>,
    /// Counts up when there is something new to do.
    news: u64,
}

/// A content that is not here, or that those above have not all acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    state: ContentState,
    held: [bool; 2],
}

impl Contents {
    /// Reads the table.
    pub(super) fn read(records: &dyn Records, tier: u8) -> Result<Self, Fault> {
        let mut contents = Self::default();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = records.scan(Table::Content, &[], after.as_deref(), 1024)?;
            let Some((last, _)) = rows.last() else { return Ok(contents) };
            after = Some(last.clone());
            for (key, row) in &rows {
                let place = ContentPlace::from_key(key)
                    .ok_or_else(|| Fault("a content key of another length".to_owned()))?;
                contents.note(place, None, &decode(row)?, tier);
            }
        }
    }

    /// Notes the new state of a content; `before` is what stood there.
    fn note(
        &mut self,
        place: ContentPlace,
        before: Option<&StoredContent>,
        now: &StoredContent,
        tier: u8,
    ) {
        if let Some(before) = before.filter(|before| before.state == ContentState::Here) {
            self.here -= 1;
            self.bytes -= before.size;
        }
        if now.state == ContentState::Here {
            self.here += 1;
            self.bytes += now.size;
        }
        let held = now.held.each_ref().map(Option::is_some);
        if now.state == ContentState::Here && (tier >= 3 || held[1]) {
            self.open.remove(&place);
        } else {
            self.open.insert(place, Open { state: now.state, held });
        }
        self.news += 1;
    }

    /// Forgets a content.
    fn forget(&mut self, place: &ContentPlace, known: &StoredContent) {
        if known.state == ContentState::Here {
            self.here -= 1;
            self.bytes -= known.size;
        }
        self.open.remove(place);
        self.news += 1;
    }
}

/// The attachments of a dossier.
#[derive(Debug, Default)]
struct Rows {
    readable: Vec<(RowId, Attachment)>,
    unreadable: u32,
}

fn decode(row: &[u8]) -> Result<StoredContent, Fault> {
    codec::decode(row).map_err(|error| Fault(format!("content row: {error}")))
}

impl Core {
    /// Declares this installation fit for attachments that are marked secret, or not (Điều 5.3).
    pub fn declare_fit_for_secrets(&mut self, fit: bool) {
        self.fit_for_secrets = fit;
    }

    /// Where a content is, if it was ever heard of.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn content(
        &self,
        place: &ContentPlace,
        records: &dyn Records,
    ) -> Result<Option<StoredContent>, Fault> {
        let row = records.get(Table::Content, &place.key())?;
        row.map(|row| decode(&row)).transpose()
    }

    /// Counts of contents.
    pub fn content_totals(&self) -> ContentTotals {
        let tier = self.tier.number();
        let mut totals = ContentTotals {
            here: self.contents.here,
            bytes: self.contents.bytes,
            ..ContentTotals::default()
        };
        for open in self.contents.open.values() {
            match open.state {
                ContentState::Here => {
                    totals.owed[0] += u64::from(tier < 2 && open.held == [false, false]);
                    totals.owed[1] += u64::from(tier < 3 && !open.held[1]);
                }
                ContentState::Expected | ContentState::Wanted => totals.missing += 1,
            }
        }
        totals
    }

    /// The attachments of a dossier that can be read, and how many rows cannot; `None` for a dossier
    /// that is not here.
    fn attachments(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Option<Rows>, Fault> {
        let Some(opened) = self.cache.take(records, id)? else { return Ok(None) };
        let rows = opened.document.view().tables.remove(attachment::TABLE).unwrap_or_default();
        self.cache.put(opened);
        let mut read = Rows::default();
        for (row, cells) in rows.into_iter().take(ROWS_MAX) {
            match Attachment::read(&cells) {
                Ok(one) => read.readable.push((row, one)),
                Err(_) => read.unreadable += 1,
            }
        }
        Ok(Some(read))
    }

    /// What is said of one attachment; `None` for one that is not here or cannot be read.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn attachment(
        &mut self,
        id: &DossierId,
        row: RowId,
        records: &dyn Records,
    ) -> Result<Option<Attachment>, Fault> {
        let rows = self.attachments(id, records)?.map(|rows| rows.readable);
        let named = rows.into_iter().flatten().find(|(at, _)| *at == row);
        Ok(named.map(|(_, attachment)| attachment))
    }

    /// Whether a content of a dossier is not known to lie with all those above.
    pub(super) fn owes_contents(&self, id: &DossierId) -> bool {
        let first = ContentPlace { dossier: *id, content: dossier::Hash::ZERO };
        self.contents.open.range(first..).next().is_some_and(|(place, _)| place.dossier == *id)
    }

    /// Forgets where the contents of a dossier are that is held no more; the shell lets their files
    /// go when it sees these writes.
    pub(super) fn forget_contents(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        for (key, row) in records.scan(Table::Content, id.as_bytes(), None, ROWS_MAX)? {
            let Some(place) = ContentPlace::from_key(&key) else { continue };
            self.contents.forget(&place, &decode(&row)?);
            ops.push(Op::remove(Table::Content, key));
        }
        Ok(())
    }

    /// Looks for the contents of every attachment of a dossier that has come.
    pub(super) fn look_for_contents(
        &mut self,
        opened: &Opened,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        let rows = opened.document.view().tables.remove(attachment::TABLE).unwrap_or_default();
        for (_, cells) in rows.into_iter().take(ROWS_MAX) {
            let Ok(one) = Attachment::read(&cells) else { continue };
            let content = &one.content;
            let place = ContentPlace { dossier: opened.id, content: content.id };
            if one.removed.is_none() {
                ops.extend(self.look_for(&place, content.size, content.key, records)?);
            }
        }
        Ok(())
    }

    /// Writes the new state of a content.
    fn put_content(
        &mut self,
        place: &ContentPlace,
        now: &StoredContent,
        records: &dyn Records,
    ) -> Result<Op, Fault> {
        let before = self.content(place, records)?;
        self.contents.note(*place, before.as_ref(), now, self.tier.number());
        Ok(Op::put(Table::Content, place.key(), codec::encode(now)))
    }
}
