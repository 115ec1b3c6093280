//! Finds dossiers by what was done in them, so that a question opens those alone that answer it.
//!
//! Kept in memory and made at the first question, from what the envelopes say. **Invariant:** whatever a
//! dossier may answer leads to it; that it is found promises nothing, the dossier itself tells.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{DossierId, Hash, LegalBasis, Review};

use super::Docket;
use crate::{
    Fault, Records,
    core::Core,
    envelope::Meta,
    holding::{Closed, Opened},
    parcel::LineTip,
};

/// Dossiers by what was done in them.
#[derive(Debug, Clone, Default)]
pub(in crate::core) struct Index {
    /// By the number of a decision, folded.
    decided: BTreeMap<String, BTreeSet<DossierId>>,
    /// Something of them waits for review.
    waiting: BTreeSet<DossierId>,
    /// By the campaign their phiếu answer.
    filed: BTreeMap<Hash, BTreeSet<DossierId>>,
    /// Something of them asked for review since they were last read.
    unread: BTreeSet<DossierId>,
}

impl Index {
    /// Notes what envelopes say.
    pub(in crate::core) fn note<'a>(
        &mut self,
        id: DossierId,
        metas: impl Iterator<Item = &'a Meta>,
    ) {
        for meta in metas {
            if let LegalBasis::Decision { number, .. } = &meta.basis {
                self.decided.entry(dossier::fold(number)).or_default().insert(id);
            }
            if meta.review == Review::Awaiting {
                self.unread.insert(id);
            }
        }
    }

    /// Notes what a dossier says that was opened.
    fn read(&mut self, opened: &Opened) {
        let docket = Docket::of(opened);
        let view = opened.document.view();
        let mut waits = opened.document.changes().filter(|it| docket.asked(opened, &it.hash));
        if waits.any(|it| docket.waits(opened, &view, &it.hash)) {
            self.waiting.insert(opened.id);
        } else {
            self.waiting.remove(&opened.id);
        }
        for (_, version) in docket.versions() {
            if let Some(campaign) = version.campaign {
                self.filed.entry(campaign).or_default().insert(opened.id);
            }
        }
        self.unread.remove(&opened.id);
    }
}

impl Core {
    /// Notes the envelopes of an opened dossier that came after `before`.
    pub(in crate::core) fn index_new(&mut self, opened: &Opened, before: &[LineTip]) {
        let Some(index) = self.index.as_mut() else { return };
        for line in &opened.holding.lines {
            let known = before.iter().find(|it| it.actor == line.actor).map_or(0, |it| it.sequence);
            let known = usize::try_from(known).unwrap_or(usize::MAX);
            if let Some(history) = opened.history.get(&line.actor) {
                index.note(opened.id, history.metas.iter().skip(known));
            }
        }
    }

    /// The dossiers in which something may wait for review.
    pub(super) fn found_waiting(
        &mut self,
        records: &dyn Records,
    ) -> Result<BTreeSet<DossierId>, Fault> {
        self.look_up(records, |index| index.waiting.clone())
    }

    /// The dossiers that may answer a campaign.
    pub(super) fn found_filed(
        &mut self,
        campaign: &Hash,
        records: &dyn Records,
    ) -> Result<BTreeSet<DossierId>, Fault> {
        self.look_up(records, |index| index.filed.get(campaign).cloned().unwrap_or_default())
    }

    /// The dossiers that may have been changed by a decision of this folded number.
    pub(super) fn found_decided(
        &mut self,
        number: &str,
        records: &dyn Records,
    ) -> Result<BTreeSet<DossierId>, Fault> {
        self.make_index(records)?;
        let index = self.index.as_ref();
        Ok(index.and_then(|index| index.decided.get(number)).cloned().unwrap_or_default())
    }

    /// Reads what was not read since something asked for review, then looks up.
    fn look_up(
        &mut self,
        records: &dyn Records,
        look: impl Fn(&Index) -> BTreeSet<DossierId>,
    ) -> Result<BTreeSet<DossierId>, Fault> {
        self.make_index(records)?;
        let mut index = self.index.take().unwrap_or_default();
        for id in std::mem::take(&mut index.unread) {
            if let Some(opened) = self.cache.take(records, &id)? {
                index.read(&opened);
                self.cache.put(opened);
                self.cache.trim();
            }
        }
        let found = look(&index);
        self.index = Some(index);
        Ok(found)
    }

    /// A dossier that was opened for an answer tells at once what else it says.
    pub(super) fn index_read(&mut self, opened: &Opened) {
        if let Some(index) = self.index.as_mut() {
            index.read(opened);
        }
    }

    fn make_index(&mut self, records: &dyn Records) -> Result<(), Fault> {
        if self.index.is_some() {
            return Ok(());
        }
        let mut index = Index::default();
        for id in self.held_here() {
            if let Some(closed) = Closed::read(records, &id)? {
                index.note(id, closed.metas());
            }
        }
        self.index = Some(index);
        Ok(())
    }
}
