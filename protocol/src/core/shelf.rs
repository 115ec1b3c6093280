//! What is written of an admitted parcel: its bytes, the new summary, and what finds it again.

use dossier::NodeId;

use super::{Core, queries, receipts};
use crate::{
    Op, Table,
    admission::Kept,
    codec,
    holding::{Opened, StoredParcel, TAIL_MAX, parcel_key},
    parcel::LineTip,
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
        for line in &opened.holding.lines {
            if !before.contains(line) {
                ops.push(receipts::tip_op(&id, line));
            }
        }
        let own = self.identity.node;
        if from.is_some()
            && opened
                .holding
                .lines
                .iter()
                .any(|line| line.author.node == own && !before.contains(line))
        {
            self.ask_anew();
        }
        let listing = queries::listing(opened);
        let conflicts = listing.conflicts;
        ops.push(Op::put(Table::Listing, id.as_bytes().to_vec(), codec::encode(&listing)));
        ops.push(Op::put(Table::Dossier, id.as_bytes().to_vec(), codec::encode(&opened.holding)));
        self.ledger.set(&id, &opened.holding, conflicts, &self.identity.node);
    }
}

fn drop_tail(opened: &mut Opened, ops: &mut Vec<Op>) {
    for arrival in opened.holding.tail..opened.holding.arrivals {
        ops.push(Op::remove(Table::Parcel, parcel_key(&opened.id, arrival)));
    }
    opened.holding.tail = opened.holding.arrivals;
    opened.holding.copied = true;
}
