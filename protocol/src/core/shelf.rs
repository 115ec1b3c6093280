//! What is written of an admitted parcel: its bytes, the new summary, and what finds it again.

use std::collections::BTreeSet;

use dossier::{DossierId, Hash, NodeId, Review};

use super::{Core, Effect, ListRow, docket, queries, receipts};
use crate::{
    Fault, Op, Records, Table,
    admission::{AdmittedCopy, EnteredHere, Kept},
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
        ops.extend(found_new(opened, before));
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
        let AdmittedCopy { mut holding, values, entered } = copy;
        let id = parcel.dossier;
        let unit = holding.unit.clone();
        let row = codec::encode(&StoredParcel { from, unit, parcel: bytes.to_vec().into() });
        ops.push(Op::publish(Table::Copy, id.as_bytes().to_vec(), row));
        holding.copied = true;
        let asks = found_in(&parcel, &entered, ops);
        let listing = ListRow {
            unreviewed: (!asks).then_some(false),
            ..queries::list_row(id, &holding, &values, 0)
        };
        self.shelve(&listing, &holding, from, &[], ops);
        self.cache.put_closed(Box::new(Closed::of_copy(holding, parcel)));
    }

    /// Writes changes that were admitted, or made, without building the document.
    #[expect(clippy::too_many_arguments, reason = "all that is known of what is kept")]
    pub(super) fn keep_next(
        &mut self,
        mut closed: Box<Closed>,
        next: AdmittedCopy,
        parcel: Parcel,
        bytes: Vec<u8>,
        from: Option<NodeId>,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        let AdmittedCopy { mut holding, values, entered } = next;
        let id = parcel.dossier;
        let row = StoredParcel { from, unit: holding.unit.clone(), parcel: bytes.into() };
        let key = parcel_key(&id, holding.arrivals);
        ops.push(Op::publish(Table::Parcel, key, codec::encode(&row)));
        holding.arrivals += 1;
        let asks = found_in(&parcel, &entered, ops) || closed.metas().any(asks_for_review);
        // A phiếu says nothing of the name until it is fed: what was known of its review stands.
        let known = match self.listed(&id, ops, records)? {
            Some(row) if asks && entered.forms_alone => row.unreviewed,
            _ => None,
        };
        let listing = ListRow {
            unreviewed: if asks { known } else { Some(false) },
            ..queries::list_row(id, &holding, &values, 0)
        };
        self.shelve(&listing, &holding, from, &closed.holding.lines, ops);
        closed.push(holding, parcel);
        self.cache.put_closed(closed);
        Ok(())
    }

    /// The row of a dossier in the list as this event leaves it.
    fn listed(
        &self,
        id: &DossierId,
        ops: &[Op],
        records: &dyn Records,
    ) -> Result<Option<ListRow>, Fault> {
        let of = |op: &&Op| op.table == Table::Listing && op.key == id.as_bytes();
        let staged = self.effects.iter().rev().filter_map(|effect| match effect {
            Effect::Commit(ops) => ops.iter().rev().find(of),
            _ => None,
        });
        let newest = ops.iter().rev().find(of).into_iter().chain(staged).next();
        let row = match newest {
            Some(op) => op.value.clone(),
            None => records.get(Table::Listing, id.as_bytes())?,
        };
        row.map(|row| queries::decode_row(&row)).transpose()
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

/// The rows by which an opened dossier is found, of the envelopes that came after `before`.
pub(super) fn found_new(opened: &Opened, before: &[LineTip]) -> Vec<Op> {
    let mut new: Vec<&Meta> = Vec::new();
    for line in &opened.holding.lines {
        let known = before.iter().find(|it| it.actor == line.actor).map_or(0, |it| it.sequence);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        if let Some(history) = opened.history.get(&line.actor) {
            new.extend(history.metas.iter().skip(known));
        }
    }
    // A phiếu asks for review, so that without such an envelope none has come.
    let asks = new.iter().any(|meta| asks_for_review(meta));
    let filed = if asks { docket::answered(opened) } else { BTreeSet::new() };
    docket::found_by(&opened.id, new.into_iter(), &filed)
}

/// Adds the rows by which the dossier of a parcel is found; answers whether an envelope asks for review.
fn found_in(parcel: &Parcel, entered: &EnteredHere, ops: &mut Vec<Op>) -> bool {
    let metas = || parcel.lines.iter().flat_map(LineProof::metas);
    ops.extend(docket::found_by(&parcel.dossier, metas(), &entered.filed));
    metas().any(asks_for_review)
}

fn drop_tail(opened: &mut Opened, ops: &mut Vec<Op>) {
    for arrival in opened.holding.tail..opened.holding.arrivals {
        ops.push(Op::remove(Table::Parcel, parcel_key(&opened.id, arrival)));
    }
    opened.holding.tail = opened.holding.arrivals;
    opened.holding.copied = true;
}

/// The change that a parcel of this node's own has just added.
pub(super) fn newest(opened: &Opened, parcel: &Parcel) -> Hash {
    let author = parcel.lines.first().map(|line| line.author);
    opened
        .holding
        .lines
        .iter()
        .find(|line| Some(line.author) == author)
        .and_then(|line| opened.line_changes(&line.actor).last().map(|change| change.hash))
        .unwrap_or(Hash::ZERO)
}
