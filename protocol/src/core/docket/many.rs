//! One decision for many dossiers: edits that stand or fall together, and what a decision changed.
//!
//! **Invariant:** the edits of one order are one transaction of the journal, so no crash leaves some.

use std::collections::BTreeMap;

use dossier::{DossierId, Edit, Hash, docket::Table as Reserved};
use serde::{Deserialize, Serialize};

use super::{DecidedShown, values_of};
use crate::{
    Answer, Crypto, Fault, Records,
    admission::Kept,
    core::{Core, Refused, queries},
    envelope::Meta,
    holding::Opened,
    parcel::{LineTip, Parcel},
};

/// The most edits of one order.
pub const EDITS_MAX: usize = 1_000;
/// All parcels of one order together, in bytes.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// One edit of several that stand or fall together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Editing {
    /// Which dossier.
    pub dossier: DossierId,
    /// The edits of one change.
    pub edits: Vec<Edit>,
    /// Who, on what basis.
    pub meta: Meta,
}

/// A dossier that was edited and is not kept yet.
struct Edited {
    opened: Opened,
    made: Vec<(Parcel, Vec<LineTip>)>,
}

impl Core {
    /// Makes all edits in one transaction, or none.
    pub(in crate::core) fn edit_all(
        &mut self,
        all: Vec<Editing>,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<Answer, Fault> {
        if all.is_empty() || all.len() > EDITS_MAX {
            return Ok(Answer::Refused(Refused::new("too-many-edits", all.len())));
        }
        let mut edited: BTreeMap<DossierId, Edited> = BTreeMap::new();
        let (mut changes, mut bytes) = (Vec::new(), 0);
        // Whatever is refused here was kept nowhere: what was taken out is read again when needed.
        for Editing { dossier: id, edits, meta } in all {
            let known = match edited.remove(&id) {
                Some(known) => Some(known),
                None => {
                    self.cache.take(records, &id)?.map(|opened| Edited { opened, made: Vec::new() })
                }
            };
            let Some(mut known) = known else {
                return Ok(Answer::Refused(Refused::new("unknown-dossier", id)));
            };
            let before = known.opened.holding.lines.clone();
            match self.write(&mut known.opened, &edits, &meta, crypto) {
                Ok((parcel, change)) => {
                    bytes += parcel.encode().len();
                    known.made.push((parcel, before));
                    changes.push((id, change));
                }
                Err(refusal) => {
                    let detail = format!("{id}: {}", refusal.detail);
                    return Ok(Answer::Refused(Refused { detail, ..refusal }));
                }
            }
            edited.insert(id, known);
        }
        if bytes > BYTES_MAX {
            return Ok(Answer::Refused(Refused::new("too-many-edits", bytes)));
        }
        let mut ops = Vec::new();
        for Edited { mut opened, made } in edited.into_values() {
            for (parcel, before) in made {
                let bytes = parcel.encode();
                self.keep(&mut opened, Kept::Parcel, &bytes, None, &before, &mut ops);
            }
            self.cache.put(opened);
        }
        self.commit(ops);
        Ok(Answer::EditedAll(changes))
    }

    /// Everything that was changed by the decision of a number, in all dossiers here.
    pub(super) fn decided_by(
        &mut self,
        number: &str,
        records: &dyn Records,
    ) -> Result<Vec<DecidedShown>, Fault> {
        let wanted = dossier::fold(number);
        let by = |meta: &Meta| {
            meta.basis.decision().is_some_and(|it| dossier::fold(it.number) == wanted)
        };
        let mut all = Vec::new();
        for id in self.found_decided(&wanted, records)? {
            let Some(opened) = self.cache.take(records, &id)? else { continue };
            for header in opened.document.changes() {
                if opened.provenance(header).is_some_and(|(_, meta)| by(meta)) {
                    all.extend(self.decided(&opened, &header.hash, records)?);
                }
            }
            self.cache.put(opened);
        }
        Ok(all)
    }

    fn decided(
        &self,
        opened: &Opened,
        change: &Hash,
        records: &dyn Records,
    ) -> Result<Option<DecidedShown>, Fault> {
        let Some(provenance) = self.trace(opened, change, records)? else { return Ok(None) };
        let edits = opened.document.edits_of(change).unwrap_or_default();
        let entry = |edit: &&Edit| match edit {
            Edit::PutRow { table, .. } => Reserved::named(table).is_none(),
            _ => true,
        };
        Ok(Some(DecidedShown {
            dossier: opened.id,
            unit: opened.holding.unit.clone(),
            name: queries::listing(opened).name,
            provenance,
            values: edits.iter().filter(entry).flat_map(values_of).collect(),
        }))
    }
}
