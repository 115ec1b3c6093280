//! What belongs to a dossier: a pure function of its custody chain and the set of its changes (R8).
//!
//! **Invariant:** the answer does not depend on when or in what order a change came; nothing that
//! was handed in is left out of it (R10).

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    DossierId, Hash, NodeId, UnitId,
    custody::CustodyChain,
    plant::{self, Plant},
};
use serde::{Deserialize, Serialize};

use super::{Closing, TransferId};
use crate::Fault;

/// One change as custody sees it; its signature was checked when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: Hash,
    /// The custody epoch it was made under.
    pub epoch: u32,
    /// Hash of the custody record of that epoch.
    pub record: Hash,
    /// The node that made it.
    pub node: NodeId,
    /// What it builds on.
    pub deps: Vec<Hash>,
    /// The late change it settles.
    pub settles: Option<Settling>,
}

/// ADOPT or DISMISS: what the custodian makes of a late change; an entry of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settling {
    /// The late change.
    pub late: Hash,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// What becomes of a late change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// What it said is entered again, by the entry that settles it.
    Adopted,
    /// It stays outside.
    Dismissed,
}

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the dossier.
    Admitted,
    /// Something it builds on, or its custody record, is not here yet.
    Held,
    /// Outside its closed epoch: in quarantine, visible.
    Late(Fate),
    /// Its author had no right at that epoch.
    Refused,
}

/// What the custodian made of a late change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nobody has looked at it.
    Waiting,
    /// Settled by this entry.
    Settled(Hash, Verdict),
}

/// How what a node holds compares with a closing that somebody names (R5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Exactly that.
    Same,
    /// Something before the heads is not here.
    Lacking,
    /// Admitted changes lie beyond the heads.
    Beyond,
    /// The heads reach what does not belong, or the digest is another.
    False,
}

/// What a node holds of the content of dossiers.
pub trait Content {
    /// Whether the right of every author was asked, by the whole law, before a change was held.
    fn is_judged(&self) -> bool {
        false
    }

    /// Every change of a dossier that this node holds, wherever it stands.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    fn entries(&self, dossier: &DossierId) -> Result<BTreeMap<Hash, Entry>, Fault>;

    /// The content key of a dossier sealed to the receiver `to`, and around that to the registrar
    /// (R6).
    ///
    /// # Errors
    /// As [`Content::entries`].
    fn sealed_key(
        &self,
        dossier: &DossierId,
        tid: &TransferId,
        to: &UnitId,
        registrar: &NodeId,
    ) -> Result<Vec<u8>, Fault>;
}

/// Where every change of a dossier stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sorting {
    places: BTreeMap<Hash, Place>,
}

/// Sorts the changes of a dossier by its chain. `serves` tells whether a node writes for a unit.
pub fn sort(
    chain: &CustodyChain,
    entries: &BTreeMap<Hash, Entry>,
    serves: &dyn Fn(&NodeId, &UnitId) -> bool,
) -> Sorting {
    let mut sorting = Sorting::default();
    for (record, hash) in chain.records() {
        let closed = chain.record(record.epoch + 1).map(|next| reach(entries, &next.close_heads));
        let mut open: Vec<&Entry> =
            entries.values().filter(|entry| entry.epoch == record.epoch).collect();
        loop {
            let before = open.len();
            open.retain(|entry| {
                let place = if entry.record != hash
                    || (!serves(&entry.node, &record.to) && !plant::is(Plant::SkipCustodian))
                {
                    // 3.6 step 4: the right of the author at the epoch of the change.
                    Some(Place::Refused)
                } else {
                    sorting.place_of(entry, record.close_heads.as_slice(), closed.as_ref(), entries)
                };
                place.map(|place| sorting.places.insert(entry.id, place)).is_none()
            });
            if open.len() == before {
                break;
            }
        }
    }
    for id in entries.keys() {
        sorting.places.entry(*id).or_insert(Place::Held);
    }
    sorting.settle(entries);
    sorting
}

/// The changes at and before some heads, and whether all of them are here.
struct Reach {
    ids: BTreeSet<Hash>,
    whole: bool,
}

fn reach(entries: &BTreeMap<Hash, Entry>, heads: &[Hash]) -> Reach {
    let mut found = Reach { ids: BTreeSet::new(), whole: true };
    let mut open: Vec<Hash> = heads.to_vec();
    while let Some(id) = open.pop() {
        if !found.ids.insert(id) {
            continue;
        }
        match entries.get(&id) {
            Some(entry) => open.extend(&entry.deps),
            None => found.whole = false,
        }
    }
    found
}

impl Sorting {
    /// Where a change of the right author stands; `None` while that depends on others.
    fn place_of(
        &self,
        entry: &Entry,
        base: &[Hash],
        closed: Option<&Reach>,
        entries: &BTreeMap<Hash, Entry>,
    ) -> Option<Place> {
        if let Some(reach) = closed.filter(|_| !plant::is(Plant::NoRetraction))
            && !reach.ids.contains(&entry.id)
        {
            // R8: what the closing heads leave out falls outside, whenever it came.
            return reach.whole.then_some(Place::Late(Fate::Waiting));
        }
        let mut admitted = true;
        for dep in &entry.deps {
            match self.places.get(dep) {
                Some(Place::Admitted) => {}
                Some(Place::Late(_) | Place::Refused) => return Some(Place::Late(Fate::Waiting)),
                Some(Place::Held) | None => admitted = false,
            }
        }
        if !admitted {
            return None;
        }
        // R7: the first change of an epoch builds on everything the epoch before ended with.
        let same = |dep: &Hash| entries.get(dep).is_some_and(|it| it.epoch == entry.epoch);
        let first = !entry.deps.iter().any(same);
        if first && !base.iter().all(|head| entry.deps.contains(head)) {
            return Some(Place::Refused);
        }
        Some(Place::Admitted)
    }

    fn settle(&mut self, entries: &BTreeMap<Hash, Entry>) {
        for (id, entry) in entries {
            let Some(settling) = entry.settles else { continue };
            if self.places.get(id) != Some(&Place::Admitted) {
                continue;
            }
            if let Some(place) = self.places.get_mut(&settling.late)
                && *place == Place::Late(Fate::Waiting)
            {
                *place = Place::Late(Fate::Settled(*id, settling.verdict));
            }
        }
    }

    /// The changes at and before some heads, as far as they are here.
    pub fn reached(entries: &BTreeMap<Hash, Entry>, heads: &[Hash]) -> BTreeSet<Hash> {
        reach(entries, heads).ids
    }

    /// Where a change stands.
    pub fn place(&self, id: &Hash) -> Option<Place> {
        self.places.get(id).copied()
    }

    /// Where every change stands.
    pub fn places(&self) -> &BTreeMap<Hash, Place> {
        &self.places
    }

    /// The changes in the dossier.
    pub fn admitted(&self) -> impl Iterator<Item = &Hash> {
        self.places.iter().filter(|(_, place)| **place == Place::Admitted).map(|(id, _)| id)
    }

    /// What the dossier would end `epoch` with as it stands here.
    pub fn closing(&self, epoch: u32, entries: &BTreeMap<Hash, Entry>) -> Closing {
        let within: BTreeSet<Hash> = self
            .admitted()
            .filter(|id| entries.get(id).is_some_and(|entry| entry.epoch <= epoch))
            .copied()
            .collect();
        let mut heads = within.clone();
        for dep in within.iter().filter_map(|id| entries.get(id)).flat_map(|entry| &entry.deps) {
            heads.remove(dep);
        }
        let made = within.iter().filter(|id| entries[*id].epoch == epoch);
        Closing { heads: heads.into_iter().collect(), set: digest(made) }
    }

    /// Compares what is here with a closing of `epoch` that somebody names.
    pub fn compare(&self, epoch: u32, entries: &BTreeMap<Hash, Entry>, closing: &Closing) -> Fit {
        let reach = reach(entries, &closing.heads);
        let mut made = Vec::new();
        for id in &reach.ids {
            match (self.place(id), entries.get(id)) {
                (Some(Place::Admitted), Some(entry)) if entry.epoch == epoch => made.push(id),
                (Some(Place::Admitted), Some(entry)) if entry.epoch < epoch => {}
                (Some(Place::Held) | None, _) => return Fit::Lacking,
                _ => return Fit::False,
            }
        }
        if !reach.whole {
            return Fit::Lacking;
        }
        if digest(made.into_iter()) != closing.set {
            return Fit::False;
        }
        let beyond =
            self.admitted().any(|id| entries[id].epoch == epoch && !reach.ids.contains(id));
        if beyond { Fit::Beyond } else { Fit::Same }
    }
}

/// Digest over ids in their order.
fn digest<'a>(ids: impl Iterator<Item = &'a Hash>) -> Hash {
    let bytes: Vec<u8> = ids.flat_map(|id| *id.as_bytes()).collect();
    Hash::tagged("hoso/close-set/1", &[&bytes])
}
