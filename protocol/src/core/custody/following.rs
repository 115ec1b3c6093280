//! A record counts: the dossier follows it.
//!
//! Who stands above the new custodian goes on holding the dossier, under the unit that keeps it from
//! then on; everybody else lets go of it at once and keeps the chain alone. By R5 and R6 registrar and
//! register hold all of it by then, so nothing is lost with the copy that goes.

use dossier::{DossierId, UnitId, unit::Tier};

use super::{Core, content::entries_of, staged::Staged};
use crate::{
    Fault, Op, Records, Table,
    admission::{Kept, Outside, QuarantineReason},
    core::{shelf::found_new, waiting::Aside},
    custody::{self, Chain, Desk, Link, Place},
    holding::{Opened, parcel_key},
};

impl Core {
    /// Whether this node holds the dossiers of a unit.
    pub(super) fn holds_for(&self, unit: &UnitId) -> bool {
        self.tier == Tier::Three || self.tree.tree.is_within(unit, &self.identity.unit)
    }

    /// The chain of a dossier that changed hands, where it is known; `None` of one that never moved.
    pub(in crate::core) fn moved_chain(
        &self,
        id: &DossierId,
        records: &dyn Records,
    ) -> Result<Option<Chain>, Fault> {
        if records.get(Table::Custody, &custody::link_key(id, 1))?.is_none() {
            return Ok(None);
        }
        custody::read_chain(&Staged::new(records, &[]), id)
    }

    /// Brings a dossier that is held here up to its chain as `ops` write it.
    pub(super) fn follow_chain(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        let Some(chain) = custody::read_chain(&Staged::new(records, ops), id)? else {
            return Ok(());
        };
        // The first link stands in the summary, which may go.
        if let Some(Link::Opened(opened)) = chain.links().first() {
            let found = Desk::found(opened);
            let written = ops.iter().any(|op| op.table == found.table && op.key == found.key);
            if !written && records.get(found.table, &found.key)?.is_none() {
                ops.push(found);
            }
        }
        // What came before its record is judged with it.
        self.custodies.news.insert(*id);
        let Some(mut opened) = self.cache.take(records, id)? else { return Ok(()) };
        let signed: Vec<_> = chain.links().iter().filter_map(Link::signed).cloned().collect();
        if signed.len() <= opened.holding.custody.len() {
            self.cache.put(opened);
            return Ok(());
        }
        let was = std::mem::replace(&mut opened.holding.custody, signed);
        let entries = entries_of(&opened);
        let sorting = custody::sort(chain.records(), &entries, &|_, _| true);
        let strays = entries.keys().any(|change| sorting.place(change) != Some(Place::Admitted));
        let unit = self.lies_with(&chain);
        if strays {
            opened.holding.custody = was;
            return self.put_outside(opened, records, ops);
        }
        if !self.holds_for(&unit) {
            return self.let_go(&opened, records, ops);
        }
        opened.holding.unit = unit;
        let before = opened.holding.lines.clone();
        self.keep(&mut opened, Kept::Merged, &[], None, &before, ops);
        self.cache.put(opened);
        Ok(())
    }

    /// The dossier is this unit's: what is attached to it is fetched.
    pub(super) fn fetch_contents(
        &mut self,
        id: &DossierId,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        let Some(opened) = self.cache.take(records, id)? else { return Ok(()) };
        self.look_for_contents(&opened, records, ops)?;
        self.cache.put(opened);
        Ok(())
    }

    /// This copy says more than the record closed: it is seen outside, whole, and the dossier is
    /// fetched anew where it is still this node's to hold.
    fn put_outside(
        &mut self,
        opened: Opened,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        let outside = Outside::Quarantined(QuarantineReason::Late);
        let parcel = opened.compact().encode().into();
        let aside = Aside { since: self.moment.now, from: None, outside, parcel };
        self.set_aside(&opened.id, &aside, records, ops)?;
        self.pass_late_on(&opened.id, &aside);
        self.let_go(&opened, records, ops)
    }

    /// Forgets what a dossier says; its chain stays.
    fn let_go(
        &mut self,
        opened: &Opened,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<(), Fault> {
        let id = opened.id;
        self.forget_branch(opened, |_| true, ops);
        for arrival in opened.holding.tail..opened.holding.arrivals {
            ops.push(Op::remove(Table::Parcel, parcel_key(&id, arrival)));
        }
        for table in [Table::Copy, Table::Listing, Table::Dossier, Table::Draft] {
            ops.push(Op::remove(table, id.as_bytes().to_vec()));
        }
        self.forget_contents(&id, records, ops)?;
        self.ledger.remove(&id);
        // Nor is it found by what was done in it.
        for found in found_new(opened, &[]) {
            self.early.remove(&found.key);
            ops.push(Op::remove(found.table, found.key));
        }
        Ok(())
    }
}
