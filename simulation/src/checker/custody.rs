//! The promises of custody: one custodian at any time, nothing acknowledged is left outside, nobody
//! writes without the right, and every transfer ends.
//!
//! | promise | where |
//! | --- | --- |
//! | I1 one record closes an epoch · I2 a transfer ends one way | [`Judge::rows_written`] |
//! | I3 what was acknowledged is in the closing | [`Judge::rows_written`] |
//! | I4 nobody writes without the right · I5 nothing lies beyond a closing | [`Judge::dossier_changed`] |
//! | I6 one node works in an epoch | [`Judge::entered`] |
//! | I7 nothing is unwritten | [`Judge::rows_written`], [`Judge::dossier_changed`] |
//! | I8 the key goes with the record | [`Judge::key_handed`] |
//! | L1 transfers end · L2 nobody stays frozen · L3 a receipt or an alarm | [`unfinished`] |
//! | C1 all who may see it see the same | [`differences`] |

use std::collections::{BTreeMap, BTreeSet};

use dossier::{DossierId, Hash, UnitId, custody::CustodyRecord};
use protocol::custody::{
    Chain, Entry, Evidence, Link, Outcome, Place, Reason, Receiving, ReceivingState, Registering,
    RegisteringState, Sending, SendingState, Sorting, TransferId, ValidOutcome,
};
use protocol::{Op, Records, Table, codec, envelope::SignedCustody};

/// What a judge says: its name and what is wrong.
pub type Told = Vec<(&'static str, String)>;

/// Kinds of rows under [`Table::Custody`] that are written once.
const LINK: u8 = 0;
const ABORTED: u8 = 6;
const ONCE: std::ops::RangeInclusive<u8> = 4..=8;

/// A dossier as a machine has it after a step.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Where.
    pub place: usize,
    /// Its chain there.
    pub chain: &'a Chain,
    /// Where its changes stand there.
    pub sorting: &'a Sorting,
}

/// How a transfer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Committed,
    Aborted(Reason),
}

/// What is true of the whole province, whatever its machines believe.
#[derive(Debug, Default)]
pub struct Judge {
    /// Transfers whose receipt was told to be overdue.
    pub overdue: BTreeSet<TransferId>,
    changes: BTreeMap<DossierId, BTreeMap<Hash, Entry>>,
    /// The unit of each place and node.
    units: BTreeMap<dossier::NodeId, (usize, UnitId)>,
    keepers: BTreeMap<(DossierId, u32), UnitId>,
    records: BTreeMap<(DossierId, u32), BTreeMap<Hash, CustodyRecord>>,
    endings: BTreeMap<TransferId, BTreeSet<Ending>>,
    acknowledged: BTreeMap<(DossierId, Hash), BTreeSet<(u8, usize)>>,
    workers: BTreeMap<(DossierId, u32), BTreeSet<usize>>,
    failed: BTreeSet<usize>,
    seen: BTreeMap<(usize, DossierId), Vec<Hash>>,
}

impl Judge {
    /// The node of `unit` stands at `place`.
    pub fn stands(&mut self, place: usize, node: dossier::NodeId, unit: UnitId) {
        self.units.insert(node, (place, unit));
    }

    /// A dossier was opened.
    pub fn opened(&mut self, signed: &SignedCustody) {
        self.keepers.insert((signed.record.dossier, 0), signed.record.to.clone());
    }

    /// A machine can't be trusted with what it alone was told: its disk went back, or it is a rogue.
    pub fn failed(&mut self, place: usize) {
        self.failed.insert(place);
    }

    /// The disk of a machine went back in time.
    pub fn went_back(&mut self, place: usize) {
        self.failed(place);
        self.seen.retain(|(at, _), _| *at != place);
    }

    /// Somebody made a change.
    pub fn made(&mut self, dossier: DossierId, entry: &Entry) {
        self.changes.entry(dossier).or_default().insert(entry.id, entry.clone());
    }

    /// A superior told that it holds these changes, while their epoch was open to the province.
    pub fn acknowledged(
        &mut self,
        (place, level): (usize, u8),
        dossier: DossierId,
        ids: &BTreeSet<Hash>,
    ) {
        for id in ids {
            let Some(entry) = self.changes.get(&dossier).and_then(|all| all.get(id)) else {
                continue;
            };
            if !self.records.contains_key(&(dossier, entry.epoch)) {
                self.acknowledged.entry((dossier, *id)).or_default().insert((level, place));
            }
        }
    }

    /// I6: at most one node works in an epoch, and it is the custodian's.
    pub fn entered(&mut self, place: usize, dossier: DossierId, epoch: u32) -> Told {
        let workers = self.workers.entry((dossier, epoch)).or_default();
        workers.insert(place);
        let mut told = Told::new();
        if workers.len() > 1 {
            told.push(("I6", format!("{workers:?} work on {dossier} in epoch {epoch}")));
        }
        let keeps = self.keepers.get(&(dossier, epoch)).is_some_and(|keeper| {
            self.units.values().any(|(at, unit)| *at == place && unit == keeper)
        });
        if !keeps {
            told.push(("I6", format!("{place} works on {dossier} in epoch {epoch}, not its own")));
        }
        told
    }

    /// I8: the key of a dossier goes to whom a record gave it.
    pub fn key_handed(&self, (dossier, tid, to): (DossierId, TransferId, usize)) -> Told {
        let given = self.records.values().flat_map(BTreeMap::values).any(|record| {
            let unit = self.units.values().find(|(at, _)| *at == to).map(|(_, unit)| unit);
            record.tid == Some(tid.0) && Some(&record.to) == unit
        });
        let words = || ("I8", format!("{to} is handed the key of {dossier} without a record"));
        if given { Told::new() } else { vec![words()] }
    }

    /// I8: a key is not destroyed where the dossier is.
    pub fn key_destroyed(&self, dossier: DossierId, place: usize) -> Told {
        let of = self.keepers.range((dossier, 0)..=(dossier, u32::MAX)).next_back();
        let here = of.is_some_and(|(_, keeper)| {
            self.units.values().any(|(at, unit)| *at == place && unit == keeper)
        });
        if here {
            vec![("I8", format!("{place} destroys the key of its own {dossier}"))]
        } else {
            Told::new()
        }
    }

    /// I7 of rows, then I1, I2, I3 of what they say.
    pub fn rows_written(&mut self, store: &dyn Records, ops: &[Op]) -> Told {
        let mut told = Told::new();
        for op in ops {
            let kind = op.key.get(DossierId::LENGTH).copied();
            let once = match (op.table, kind) {
                (Table::Custody, Some(kind)) => kind == LINK || ONCE.contains(&kind),
                (Table::Register, _) => true,
                (Table::Parcel, _) => true,
                _ => false,
            };
            let before = store.get(op.table, &op.key).ok().flatten();
            if once && before.is_some() && before != op.value {
                told.push(("I7", format!("a row of {:?} is unwritten", op.table)));
            }
            let Some(row) = op.value.as_ref().filter(|_| op.table == Table::Custody) else {
                continue;
            };
            match kind {
                Some(LINK) => {
                    if let Ok(Link::Closed(valid)) = codec::decode(row) {
                        told.extend(self.observe(&valid));
                    }
                }
                Some(ABORTED) => {
                    if let Ok(valid) = codec::decode::<ValidOutcome>(row) {
                        told.extend(self.observe(&valid));
                    }
                }
                _ => {}
            }
        }
        told
    }

    fn observe(&mut self, valid: &ValidOutcome) -> Told {
        let outcome = valid.outcome();
        let tid = outcome.tid();
        let mut told = Told::new();
        let ending = match outcome {
            Outcome::Commit(_) => Ending::Committed,
            Outcome::Abort(abort) => Ending::Aborted(abort.reason),
        };
        let endings = self.endings.entry(tid).or_default();
        if endings.insert(ending) && endings.len() > 1 {
            told.push(("I2", format!("{:?} ends as {endings:?}", tid.0)));
        }
        if let Outcome::Commit(signed) = outcome {
            let record = &signed.record;
            let place = (record.dossier, record.epoch - 1);
            let all = self.records.entry(place).or_default();
            let first = all.is_empty();
            if all.insert(signed.hash(), record.clone()).is_none() && !first {
                told.push(("I1", format!("two records close epoch {} of {}", place.1, place.0)));
            }
            if first {
                self.keepers.insert((record.dossier, record.epoch), record.to.clone());
                told.extend(self.left_outside(record, went_without(valid)));
            }
        }
        told
    }

    /// I3: what was acknowledged in the epoch that closes is in what closes it.
    fn left_outside(&self, record: &CustodyRecord, without: bool) -> Told {
        let (dossier, epoch) = (record.dossier, record.epoch - 1);
        let inside = self.reach(&dossier, &record.close_heads);
        let mut told = Told::new();
        for ((of, id), words) in &self.acknowledged {
            let entry = self.changes.get(of).and_then(|all| all.get(id));
            if *of != dossier || entry.is_none_or(|it| it.epoch != epoch) || inside.contains(id) {
                continue;
            }
            for (level, place) in words {
                if !self.is_excused(*level, *place, record, without) {
                    told.push((
                        "I3",
                        format!("{id} of {dossier}, held by {place}, is left outside"),
                    ));
                }
            }
        }
        told
    }

    /// Level 1 stands while the custodian itself gives the dossier away, level 2 against one failure,
    /// level 3 against two. A custodian that nobody asked, or that did not answer in its term, counts as
    /// one that failed.
    fn is_excused(&self, level: u8, place: usize, record: &CustodyRecord, without: bool) -> bool {
        let of_unit = |unit: &UnitId| {
            self.units
                .values()
                .find(|(_, it)| it == unit)
                .is_some_and(|(at, _)| self.failed.contains(at))
        };
        let custodian = without || record.from.as_ref().is_some_and(of_unit);
        let registrar =
            self.units.get(&record.registrar).is_some_and(|(at, _)| self.failed.contains(at));
        let own = self.failed.contains(&place);
        match level {
            1 => custodian,
            2 => own && custodian,
            _ => own && registrar && custodian,
        }
    }

    fn reach(&self, dossier: &DossierId, heads: &[Hash]) -> BTreeSet<Hash> {
        let mut found = BTreeSet::new();
        let mut open = heads.to_vec();
        let all = self.changes.get(dossier);
        while let Some(id) = open.pop() {
            if found.insert(id)
                && let Some(entry) = all.and_then(|all| all.get(&id))
            {
                open.extend(&entry.deps);
            }
        }
        found
    }

    /// I4, I5, I7 of a dossier at the machine where it changed.
    pub fn dossier_changed(&mut self, step: &Step<'_>) -> Told {
        let mut told = Told::new();
        let dossier = step.chain.dossier();
        let current = step.chain.current().epoch;
        let closings: Vec<BTreeSet<Hash>> = (0..current)
            .filter_map(|epoch| step.chain.closing(epoch))
            .map(|closing| self.reach(&dossier, &closing.heads))
            .collect();
        for id in step.sorting.admitted() {
            let Some(entry) = self.changes.get(&dossier).and_then(|all| all.get(id)) else {
                told.push(("I4", format!("{id} at {}, which nobody made", step.place)));
                continue;
            };
            let author = self.units.get(&entry.node).map(|(_, unit)| unit);
            if author != step.chain.custodian(entry.epoch) {
                told.push(("I4", format!("{id} at {} is by {author:?}", step.place)));
            }
            let closed = closings.get(entry.epoch as usize);
            if closed.is_some_and(|inside| !inside.contains(id)) {
                told.push(("I5", format!("{id} at {} lies beyond the closing", step.place)));
            }
        }
        let heads: Vec<Hash> = step.chain.records().records().map(|(_, hash)| hash).collect();
        let before = self.seen.insert((step.place, dossier), heads.clone()).unwrap_or_default();
        if !heads.starts_with(&before) {
            told.push(("I7", format!("the chain of {dossier} at {} was changed", step.place)));
        }
        told
    }

    /// Takes out what is remembered of single machines, for a rehearsal.
    pub fn set_aside(&mut self) -> BTreeMap<(usize, DossierId), Vec<Hash>> {
        std::mem::take(&mut self.seen)
    }

    /// Puts it back.
    pub fn put_back(&mut self, seen: BTreeMap<(usize, DossierId), Vec<Hash>>) {
        self.seen = seen;
    }

    /// Epochs that were closed.
    pub fn committed(&self) -> usize {
        self.records.len()
    }

    /// Every record that closed an epoch.
    pub fn closings(&self) -> impl Iterator<Item = &CustodyRecord> {
        self.records.values().flat_map(BTreeMap::values)
    }

    /// Transfers that came to nothing, by reason.
    pub fn aborted(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for ending in self.endings.values().flatten() {
            if let Ending::Aborted(reason) = ending {
                *counts.entry(format!("{reason:?}")).or_default() += 1;
            }
        }
        counts
    }

    /// The unit that keeps a dossier at the end.
    pub fn keeper(&self, dossier: &DossierId) -> Option<&UnitId> {
        let of = self.keepers.range((*dossier, 0)..=(*dossier, u32::MAX)).next_back();
        of.map(|(_, keeper)| keeper)
    }
}

/// Whether an epoch was closed without its custodian: by take-over, or of a unit that ended and whose
/// machine said nothing in the term of the order.
fn went_without(valid: &ValidOutcome) -> bool {
    let Outcome::Commit(signed) = valid.outcome() else { return false };
    match &valid.entry.what.request.what.evidence {
        Evidence::TakeOver(_) => true,
        Evidence::Reorganised(order) => order.what.until <= signed.record.issued_at,
        _ => false,
    }
}

/// L1, L2, L3: what a machine still has to do in a transfer when all has settled.
pub fn unfinished(
    sending: Option<&Sending>,
    receiving: Option<&Receiving>,
    registering: Option<&Registering>,
) -> Option<(&'static str, String)> {
    if let Some(row) = sending
        && row.state == SendingState::Open
    {
        let judge = if row.release.is_some() { "L2" } else { "L1" };
        return Some((judge, "a sender waits".to_owned()));
    }
    match receiving.map(|row| row.state) {
        Some(ReceivingState::Invited | ReceivingState::Answered) => {
            return Some(("L1", "a receiver waits".to_owned()));
        }
        Some(ReceivingState::Fetching) => return Some(("L3", "a receiver fetches".to_owned())),
        _ => {}
    }
    match registering.map(|row| row.state) {
        Some(RegisteringState::Open) => Some(("L1", "a registrar waits".to_owned())),
        Some(RegisteringState::Committed { told: false, .. }) => {
            Some(("L3", "no receipt came and nobody was told".to_owned()))
        }
        _ => None,
    }
}

/// What one machine has of a dossier when all has settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Where.
    pub place: usize,
    /// Hashes of its custody records.
    pub records: Vec<Hash>,
    /// Where its changes stand.
    pub places: BTreeMap<Hash, Place>,
}

/// C1: custodian, registrar and register have the same chain, dossier and quarantine.
pub fn differences(shelves: &[Shelf]) -> Vec<String> {
    let Some((first, others)) = shelves.split_first() else { return Vec::new() };
    let mut words = Vec::new();
    for shelf in others {
        let (one, two) = (first.place, shelf.place);
        if shelf.records != first.records {
            words.push(format!("{one} and {two} know different chains"));
        }
        for (id, place) in &first.places {
            let there = shelf.places.get(id);
            if there != Some(place) {
                words.push(format!("{id}: {place:?} at {one}, {there:?} at {two}"));
            }
        }
        if shelf.places.len() > first.places.len() {
            words.push(format!("{two} has more than {one}"));
        }
    }
    words
}
