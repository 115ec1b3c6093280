//! What is written of an admitted parcel: its bytes, the new summary, and what finds it again.

use dossier::{NodeId, Review};

use super::{Core, ListRow, queries, receipts};
use crate::{
    Op, Table,
    admission::{AdmittedCopy, Kept},
    codec,
    envelope::Meta,
    holding::{Closed, Holding, Opened, StoredParcel, TAIL_MAX, parcel_key},
    parcel::{LineProof, LineTip, Parcel},
};

impl Core {
    /// Writes an admitted parcel, the new summary, and what finds it again.
    pub(super) fn keep(
        &mut self,
        opened: &mut Opened,
        kept: Kept,
        bytes: &[u8],
        from: Option<NodeId>,
        before: &[LineTip],
        ops: &mut Vec<Op>,
    ) {
        let id = opened.id;
        let row = |parcel: Vec<u8>, from| {
            codec::encode(&StoredParcel {
                from,
                unit: opened.holding.unit.clone(),
                parcel: parcel.into(),
            })
        };
        if kept != Kept::Nothing {
            self.index_new(opened, before);
        }
        match kept {
            Kept::Nothing => return,
            Kept::Parcel => {
                let key = parcel_key(&id, opened.holding.arrivals);
                ops.push(Op::publish(Table::Parcel, key, row(bytes.to_vec(), from)));
                opened.holding.arrivals += 1;
            }
            Kept::Copy => {
                ops.push(Op::publish(
                    Table::Copy,
                    id.as_bytes().to_vec(),
                    row(bytes.to_vec(), from),
                ));
                opened.holding.copied = true;
            }
            Kept::Merged => {
                let merged = opened.compact().encode();
                ops.push(Op::publish(Table::Copy, id.as_bytes().to_vec(), row(merged, None)));
                drop_tail(opened, ops);
            }
        }
        if opened.holding.arrivals - opened.holding.tail >= TAIL_MAX {
            let copy = codec::encode(&StoredParcel {
                from: None,
                unit: opened.holding.unit.clone(),
                parcel: opened.compact().encode().into(),
            });
            ops.push(Op::put(Table::Copy, id.as_bytes().to_vec(), copy));
            drop_tail(opened, ops);
        }
        let listing = queries::listing(opened);
        self.shelve(&listing, &opened.holding, from, before, ops);
    }

    /// Writes a copy that was admitted as it came.
    pub(super) fn keep_copy(
        &mut self,
        copy: AdmittedCopy,
        parcel: Parcel,
        bytes: &[u8],
        from: Option<NodeId>,
        ops: &mut Vec<Op>,
    ) {
        let AdmittedCopy { mut holding, values } = copy;
        let id = parcel.dossier;
        let unit = holding.unit.clone();
        let row = codec::encode(&StoredParcel { from, unit, parcel: bytes.to_vec().into() });
        ops.push(Op::publish(Table::Copy, id.as_bytes().to_vec(), row));
        holding.copied = true;
        let asks = self.index_parcel(&parcel);
        let listing = ListRow {
            unreviewed: (!asks).then_some(false),
            ..queries::list_row(id, &holding, &values, 0)
        };
        self.shelve(&listing, &holding, from, &[], ops);
        self.cache.put_closed(Box::new(Closed::of_copy(holding, parcel)));
    }

    /// Writes changes that were admitted, or made, without building the document.
    pub(super) fn keep_next(
        &mut self,
        mut closed: Box<Closed>,
        next: AdmittedCopy,
        parcel: Parcel,
        bytes: Vec<u8>,
        from: Option<NodeId>,
        ops: &mut Vec<Op>,
    ) {
        let AdmittedCopy { mut holding, values } = next;
        let id = parcel.dossier;
        let row = StoredParcel { from, unit: holding.unit.clone(), parcel: bytes.into() };
        let key = parcel_key(&id, holding.arrivals);
        ops.push(Op::publish(Table::Parcel, key, codec::encode(&row)));
        holding.arrivals += 1;
        let asks = self.index_parcel(&parcel) || closed.metas().any(asks_for_review);
        let listing = ListRow {
            unreviewed: (!asks).then_some(false),
            ..queries::list_row(id, &holding, &values, 0)
        };
        self.shelve(&listing, &holding, from, &closed.holding.lines, ops);
        closed.push(holding, parcel);
        self.cache.put_closed(closed);
    }

    /// Notes what the envelopes of a parcel say; answers whether one asks for review.
    fn index_parcel(&mut self, parcel: &Parcel) -> bool {
        let metas = || parcel.lines.iter().flat_map(LineProof::metas);
        if let Some(index) = self.index.as_mut() {
            index.note(parcel.dossier, metas());
        }
        metas().any(asks_for_review)
    }

    /// Writes the summary of a dossier, its row in the list, and what finds its new lines again.
    fn shelve(
        &mut self,
        listing: &ListRow,
        holding: &Holding,
        from: Option<NodeId>,
        before: &[LineTip],
        ops: &mut Vec<Op>,
    ) {
        let id = listing.dossier;
        let new = || holding.lines.iter().filter(|line| !before.contains(line));
        ops.extend(new().map(|line| receipts::tip_op(&id, line)));
        if self.custodies.concerns(&id) {
            self.custodies.note_news(id);
        }
        let own = self.identity.node;
        if from.is_some() && new().any(|line| line.author.node == own) {
            self.ask_anew();
        }
        ops.push(Op::put(Table::Listing, id.as_bytes().to_vec(), codec::encode(listing)));
        ops.push(Op::put(Table::Dossier, id.as_bytes().to_vec(), codec::encode(holding)));
        self.ledger.set(&id, holding, listing.conflicts, &own);
    }
}

/// Whether an entry waits, or waited, for review.
pub(super) fn asks_for_review(meta: &Meta) -> bool {
    meta.review == Review::Awaiting
}

fn drop_tail(opened: &mut Opened, ops: &mut Vec<Op>) {
    for arrival in opened.holding.tail..opened.holding.arrivals {
        ops.push(Op::remove(Table::Parcel, parcel_key(&opened.id, arrival)));
    }
    opened.holding.tail = opened.holding.arrivals;
    opened.holding.copied = true;
}
