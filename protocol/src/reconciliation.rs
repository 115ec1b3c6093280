//! Repair: which dossiers differ, when no cursor can tell.
//!
//! Range-based set reconciliation (Meyer, arXiv 2212.13567; the negentropy form) over items
//! (dossier, heads). The dossier id is the front of an item, so two versions of one dossier are
//! neighbours and cost one range. A [`ScopeSum`] per unit answers "is anything different at all"
//! without touching the items.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{DossierId, Hash};
use negentropy::{Id, Negentropy, NegentropyStorageVector};

use crate::limits::LIMITS;

/// One dossier at one version: id, then the front of the digest of its heads.
pub type ItemId = [u8; 32];

/// Makes the item of a dossier whose sorted heads hash to `heads`.
pub fn item(dossier: &DossierId, heads: &Hash) -> ItemId {
    let mut id = [0; 32];
    id[..16].copy_from_slice(dossier.as_bytes());
    id[16..].copy_from_slice(&heads.as_bytes()[..16]);
    id
}

/// Order-free sum over items: adding and removing one costs the same whatever the number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScopeSum {
    sum: u128,
    dossiers: u64,
}

impl ScopeSum {
    /// Adds one item.
    pub fn add(&mut self, item: &ItemId) {
        self.sum = self.sum.wrapping_add(Self::term(item));
        self.dossiers += 1;
    }

    /// Takes one item away.
    pub fn remove(&mut self, item: &ItemId) {
        self.sum = self.sum.wrapping_sub(Self::term(item));
        self.dossiers -= 1;
    }

    /// Joins two disjoint scopes.
    pub fn merge(&mut self, other: &Self) {
        self.sum = self.sum.wrapping_add(other.sum);
        self.dossiers += other.dossiers;
    }

    /// The digest that two nodes compare.
    pub fn fingerprint(&self) -> [u8; 16] {
        self.sum.to_le_bytes()
    }

    /// How many dossiers.
    pub fn dossiers(&self) -> u64 {
        self.dossiers
    }

    fn term(item: &ItemId) -> u128 {
        let digest = Hash::of(item);
        let mut half = [0; 16];
        half.copy_from_slice(&digest.as_bytes()[..16]);
        u128::from_le_bytes(half)
    }
}

/// A peer's reconciliation message that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed reconciliation message")]
pub struct Malformed;

/// One side of a reconciliation in progress.
pub struct Reconciliation {
    machine: Negentropy<'static, NegentropyStorageVector>,
    have: BTreeSet<ItemId>,
    need: BTreeSet<ItemId>,
}

impl std::fmt::Debug for Reconciliation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reconciliation").field("have", &self.have.len()).finish_non_exhaustive()
    }
}

/// What the initiator knows at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Held here alone.
    pub only_here: Vec<DossierId>,
    /// Held there alone.
    pub only_there: Vec<DossierId>,
    /// Held on both sides in different versions.
    pub both: Vec<DossierId>,
}

impl Reconciliation {
    /// Prepares a side over its items; ids need no order.
    pub fn new(items: impl Iterator<Item = ItemId>) -> Self {
        let mut storage = NegentropyStorageVector::new();
        for id in items {
            storage.insert(0, Id::from_byte_array(id)).expect("storage is not sealed yet");
        }
        storage.seal().expect("items are unique: a dossier has one version");
        let machine = Negentropy::owned(storage, LIMITS.reconcile_bytes_max as u64)
            .expect("the frame limit is above the library's minimum");
        Self { machine, have: BTreeSet::new(), need: BTreeSet::new() }
    }

    /// The first message; makes this side the initiator.
    pub fn initiate(&mut self) -> Vec<u8> {
        self.machine.initiate().expect("initiated once, over sealed storage")
    }

    /// Answers the initiator.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that are no such message.
    pub fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>, Malformed> {
        self.machine.reconcile(message).map_err(|_| Malformed)
    }

    /// Takes an answer as the initiator; `Some` is the next message, `None` the end.
    ///
    /// # Errors
    /// As [`Reconciliation::answer`].
    pub fn proceed(&mut self, answer: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
        let (mut have, mut need) = (Vec::new(), Vec::new());
        let next =
            self.machine.reconcile_with_ids(answer, &mut have, &mut need).map_err(|_| Malformed)?;
        self.have.extend(have.iter().map(|id| id.to_bytes()));
        self.need.extend(need.iter().map(|id| id.to_bytes()));
        Ok(next)
    }

    /// Sorts what was found by dossier.
    pub fn difference(self) -> Difference {
        let mut sides: BTreeMap<DossierId, (bool, bool)> = BTreeMap::new();
        let dossier = |item: &ItemId| {
            DossierId::from_slice(&item[..16]).expect("an item starts with a dossier id")
        };
        for item in &self.have {
            sides.entry(dossier(item)).or_default().0 = true;
        }
        for item in &self.need {
            sides.entry(dossier(item)).or_default().1 = true;
        }
        let mut difference = Difference::default();
        for (dossier, side) in sides {
            match side {
                (true, true) => difference.both.push(dossier),
                (true, false) => difference.only_here.push(dossier),
                (false, _) => difference.only_there.push(dossier),
            }
        }
        difference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dossier(number: u32) -> DossierId {
        DossierId::from_slice(&Hash::of(&number.to_be_bytes()).as_bytes()[..16]).expect("16 bytes")
    }

    fn version(number: u32, version: u8) -> ItemId {
        item(&dossier(number), &Hash::of(&[version]))
    }

    #[test]
    fn both_sides_learn_exactly_what_differs() {
        let here = (0..1000).filter(|n| *n != 5).map(|n| version(n, u8::from(n % 100 == 7)));
        let there = (0..1000).filter(|n| *n != 9).map(|n| version(n, 0));
        let (mut lower, mut upper) = (Reconciliation::new(here), Reconciliation::new(there));
        let mut message = lower.initiate();
        let mut rounds = 0;
        while let Some(next) = {
            rounds += 1;
            lower.proceed(&upper.answer(&message).expect("answer")).expect("proceed")
        } {
            message = next;
        }
        let difference = lower.difference();
        assert_eq!(difference.only_here, [dossier(9)]);
        assert_eq!(difference.only_there, [dossier(5)]);
        assert_eq!(difference.both.len(), 10);
        assert!(rounds <= 3, "{rounds} rounds");
    }

    #[test]
    fn hostile_messages_are_refused() {
        let mut side = Reconciliation::new((0..10).map(|n| version(n, 0)));
        for bytes in [&[][..], &[0x61][..], &[0x61, 0xff, 0xff, 0xff][..], &[0xff; 40][..]] {
            let _ = side.answer(bytes);
        }
        assert_eq!(side.answer(&[0x61, 0x00, 0xff, 0x03]), Err(Malformed));
    }

    #[test]
    fn the_sum_does_not_depend_on_order() {
        let (mut a, mut b) = (ScopeSum::default(), ScopeSum::default());
        for n in 0..50 {
            a.add(&version(n, 0));
            b.add(&version(49 - n, 0));
        }
        assert_eq!(a, b);
        a.remove(&version(3, 0));
        a.add(&version(3, 1));
        assert_ne!(a.fingerprint(), b.fingerprint());
        assert_eq!(a.dossiers(), 50);
    }
}
