//! Whether changes belong to a dossier by the custody epochs they were made in (R7, R8).

use std::collections::BTreeMap;

use dossier::{Hash, custody::CustodyChain, document::ChangeHeader};

use super::{HoldReason, QuarantineReason, Verdict};
use crate::{
    custody::{self, Entry, Place},
    lines::Proven,
};

/// Judges the new changes of a parcel by the chain of their dossier. `before` are the changes that
/// are held, with the epoch of each; whether an author had the right is asked elsewhere.
pub(super) fn judge_epochs<'a>(
    proven: &Proven<'_>,
    chain: &CustodyChain,
    headers: &'a [ChangeHeader],
    before: impl Iterator<Item = (&'a ChangeHeader, u32)>,
) -> Result<(), Verdict> {
    if chain.current().epoch == 0 {
        return Ok(());
    }
    let records: Vec<(dossier::NodeId, Hash)> =
        chain.records().map(|(record, hash)| (record.registrar, hash)).collect();
    let entry = |change: &ChangeHeader, epoch: u32| {
        let (node, record) = *records.get(epoch as usize)?;
        let (id, deps) = (change.hash, change.deps.clone());
        Some((id, Entry { id, epoch, record, node, deps, settles: None }))
    };
    let mut entries: BTreeMap<Hash, Entry> =
        before.filter_map(|(change, epoch)| entry(change, epoch)).collect();
    let epochs: BTreeMap<Hash, u32> =
        proven.new.iter().map(|new| (new.hash, new.author.epoch)).collect();
    for change in headers {
        if let Some(epoch) = epochs.get(&change.hash) {
            entries.extend(entry(change, *epoch));
        }
    }
    let sorting = custody::sort(chain, &entries, &|_, _| true);
    for new in &proven.new {
        match sorting.place(&new.hash) {
            Some(Place::Admitted) => {}
            Some(Place::Held) | None => return Err(Verdict::Held(HoldReason::Dependencies)),
            Some(Place::Late(_) | Place::Refused) => {
                return Err(Verdict::Quarantined(QuarantineReason::Late));
            }
        }
    }
    Ok(())
}
