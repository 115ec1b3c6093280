//! What a superior may acknowledge of a dossier.
//!
//! Between its asking for a commit and the answer an epoch is open by its chain and closed in fact: a
//! change that came in between would be promised and then left out. So nothing beyond the closing
//! that was asked for is acknowledged.

use std::collections::BTreeSet;

use dossier::{DossierId, Hash};

use super::{Desk, Outcome, Sorting, desk::Turn, rows};
use crate::{Fault, envelope::SignedCustody};

impl Desk<'_> {
    /// The changes of a dossier that this node may acknowledge.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn vouched(&self, dossier: &DossierId) -> Result<BTreeSet<Hash>, Fault> {
        let turn = Turn::new(self);
        let Some(chain) = turn.chain(dossier)? else { return Ok(BTreeSet::new()) };
        if turn.recovering()?.is_some() {
            return Ok(BTreeSet::new());
        }
        let entries = turn.entries(dossier)?;
        let mut vouched: BTreeSet<Hash> =
            turn.sorted(&chain, &entries).admitted().copied().collect();
        if self.me != self.province.signers.register {
            // Only the registrar of an epoch has a say in what closes it.
            vouched.retain(|id| {
                let epoch = entries.get(id).and_then(|it| chain.records().record(it.epoch));
                epoch.is_some_and(|record| self.province.closing(record) == self.me)
            });
        }
        for signed in turn.closings_under_way(dossier)? {
            if signed.record.epoch == chain.current().epoch + 1 {
                let before = Sorting::reached(&entries, &signed.record.close_heads);
                vouched.retain(|id| before.contains(id));
            }
        }
        Ok(vouched)
    }

    /// Where every change of a dossier stands here; `None` where its chain is unknown.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn sorting(&self, dossier: &DossierId) -> Result<Option<Sorting>, Fault> {
        let turn = Turn::new(self);
        let Some(chain) = turn.chain(dossier)? else { return Ok(None) };
        let entries = turn.entries(dossier)?;
        Ok(Some(turn.sorted(&chain, &entries)))
    }
}

impl Turn<'_> {
    /// The records this node asked for, or signed, and does not know the outcome of.
    fn closings_under_way(&self, dossier: &DossierId) -> Result<Vec<SignedCustody>, Fault> {
        let mut found = Vec::new();
        for tid in self.open_of(dossier)? {
            if let Some(row) = self.registering(dossier, &tid)?
                && let Some(request) = row.asks_for()
                && let Outcome::Commit(signed) = &request.outcome
            {
                found.push((**signed).clone());
            }
        }
        if let Some(waiting) = rows::pending(self)?
            && let Outcome::Commit(signed) = &waiting.what.outcome
            && signed.record.dossier == *dossier
        {
            found.push((**signed).clone());
        }
        Ok(found)
    }
}
