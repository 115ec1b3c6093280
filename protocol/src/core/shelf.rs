//! What is written of a parcel: kept with its dossier, or set aside where people see it.

use dossier::{DossierId, Hash, NodeId};

use super::{Core, queries, receipts};
use crate::{
    Crypto, Fault, Op, Records, Table,
    admission::{self, Kept, Outside, Verdict},
    codec,
    holding::{Opened, StoredParcel, TAIL_MAX, parcel_key},
    limits::LIMITS,
    parcel::{LineTip, Parcel},
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

    /// Keeps a parcel that was not admitted where people see it.
    pub(super) fn set_aside(
        &mut self,
        id: &DossierId,
        digest: Hash,
        bytes: &[u8],
        outside: &Outside,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        let mut key = id.as_bytes().to_vec();
        key.extend(digest.as_bytes());
        let aside = records
            .scan(Table::Quarantine, id.as_bytes(), None, LIMITS.quarantine_per_dossier_max)?
            .len();
        let known = records.get(Table::Quarantine, &key)?.is_some();
        if known || aside >= LIMITS.quarantine_per_dossier_max {
            return Ok(());
        }
        let row = codec::encode(&(self.moment.now, outside, serde_bytes::Bytes::new(bytes)));
        ops.push(Op::put(Table::Quarantine, key, row));
        self.ledger.totals_mut().quarantined += 1;
        Ok(())
    }

    /// Judges again what waited for a dossier that has just moved on.
    pub(super) fn retry_held(
        &mut self,
        opened: &mut Option<Opened>,
        records: &dyn Records,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        let Some(id) = opened.as_ref().map(|opened| opened.id) else { return Ok(()) };
        if self.ledger.totals().quarantined == 0 {
            return Ok(());
        }
        let rows = records.scan(
            Table::Quarantine,
            id.as_bytes(),
            None,
            LIMITS.quarantine_per_dossier_max,
        )?;
        for (key, row) in rows {
            let (_, outside, bytes): (dossier::Timestamp, Outside, serde_bytes::ByteBuf) =
                codec::decode(&row).map_err(|error| Fault(format!("quarantine row: {error}")))?;
            let Outside::Held(_) = outside else { continue };
            let Ok(parcel) = Parcel::decode(&bytes) else { continue };
            let before =
                opened.as_ref().map(|opened| opened.holding.lines.clone()).unwrap_or_default();
            let verdict = admission::admit(&parcel, opened, self.authority(), crypto);
            if let (Verdict::Admitted { kept, .. }, Some(opened)) = (verdict, opened.as_mut()) {
                self.keep(opened, kept, &bytes, None, &before, ops);
                ops.push(Op::remove(Table::Quarantine, key));
                let totals = self.ledger.totals_mut();
                totals.quarantined = totals.quarantined.saturating_sub(1);
            }
        }
        Ok(())
    }
}

fn drop_tail(opened: &mut Opened, ops: &mut Vec<Op>) {
    for arrival in opened.holding.tail..opened.holding.arrivals {
        ops.push(Op::remove(Table::Parcel, parcel_key(&opened.id, arrival)));
    }
    opened.holding.tail = opened.holding.arrivals;
    opened.holding.copied = true;
}
