//! A node that went back in time and wrote on: its edits after the restore meet its own earlier
//! ones under the same numbers. No replica could ever accept both, so the neighbour's history is
//! taken as it is, and the edits that only this node knows are made again under the new life: as
//! ordinary, visible edits with their person and basis.

use std::collections::BTreeMap;

use dossier::{Edit, Hash};

use super::{Core, IncidentKind};
use crate::{
    Crypto, Op,
    admission::{self, Kept, Verdict},
    authoring::{self, Pen},
    envelope::{Author, Meta},
    holding::Opened,
    parcel::Parcel,
};

impl Core {
    /// Puts the neighbour's whole copy in the place of the forked one and makes own edits again.
    pub(super) fn reissue(
        &mut self,
        theirs: &Parcel,
        ours: Option<Opened>,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
    ) {
        let Some(ours) = ours else { return };
        let mut base: Option<Opened> = None;
        let verdict = admission::admit(theirs, &mut base, self.authority(), crypto);
        let (Verdict::Admitted { .. }, Some(mut base)) = (verdict, base) else {
            self.cache.put(ours);
            return;
        };
        let lost = self.lost_edits(&ours, &base);
        base.holding.arrivals = ours.holding.arrivals;
        base.holding.tail = ours.holding.tail;
        self.keep(&mut base, Kept::Merged, &[], None, &[], ops);
        for (edits, meta) in lost {
            let before = base.holding.lines.clone();
            let pen =
                Pen { author: self.author(), key: self.identity.change_key, at: self.moment.now };
            if let Ok(parcel) = authoring::edit(&mut base, &edits, &meta, pen, crypto) {
                self.keep(&mut base, Kept::Parcel, &parcel.encode(), None, &before, ops);
            }
        }
        self.ask_anew();
        let incident = self.incident(IncidentKind::Reissued(base.id), None);
        ops.push(incident);
        self.cache.put(base);
    }

    /// Edits of this node's old lives that the neighbour's copy does not have, oldest first.
    fn lost_edits(&self, ours: &Opened, theirs: &Opened) -> Vec<(Vec<Edit>, Meta)> {
        let mut lost: BTreeMap<(i64, u64, Hash), (Vec<Edit>, Meta)> = BTreeMap::new();
        for change in ours.document.changes() {
            if theirs.document.has_change(&change.hash) {
                continue;
            }
            let Some((author, meta)) = ours.provenance(change) else { continue };
            let Author { node, .. } = author;
            if node != self.identity.node {
                continue;
            }
            if let Some(edits) = ours.document.edits_of(&change.hash) {
                let order = (change.time_seconds, change.seq, change.hash);
                lost.insert(order, (edits, meta.clone()));
            }
        }
        lost.into_values().collect()
    }
}
