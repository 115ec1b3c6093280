//! The keys of all dossiers, each of which can be destroyed for good.
//!
//! Keys are the leaves of a tree: every inner node yields four children by SHA-256, and a child
//! tells nothing of its parent or of its siblings. At first the root alone is kept, and any leaf
//! follows from it. To destroy a leaf, every node on the way to it is dropped and the siblings along
//! the way are kept: all other leaves stay reachable, this one never again (Goldreich, Goldwasser
//! and Micali 1986, "How to construct random functions"; puncturing as in Green and Miers 2015).
//!
//! So a new dossier costs no write and no sync, no list of keys can lag behind the journal, and what
//! is kept grows with what was destroyed, by at most 3 KiB each.

use std::collections::BTreeMap;

use dossier::Hash;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::cipher::KeyBytes;

/// Levels below the root; each takes two bits of a leaf's name.
const LEVELS: u8 = 32;

/// Where a node stands: its level and the bits of its path, the first in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    level: u8,
    path: u64,
}

impl Place {
    fn above(leaf: u64, level: u8) -> Self {
        let kept = 2 * u32::from(level);
        let path = if kept == 0 { 0 } else { leaf & (u64::MAX << (64 - kept)) };
        Self { level, path }
    }

    fn child(self, branch: u8) -> Self {
        let shift = 62 - 2 * u32::from(self.level);
        Self { level: self.level + 1, path: self.path | (u64::from(branch) << shift) }
    }
}

/// Which child of its node at `level` leads to a leaf.
fn branch_of(leaf: u64, level: u8) -> u8 {
    ((leaf >> (62 - 2 * u32::from(level))) & 3) as u8
}

/// What is left of the tree.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct KeyTree {
    nodes: BTreeMap<Place, [u8; 32]>,
}

impl KeyTree {
    /// The whole tree under a random root.
    pub(super) fn new(root: [u8; 32]) -> Self {
        Self { nodes: BTreeMap::from([(Place { level: 0, path: 0 }, root)]) }
    }

    /// The key of a leaf; `None` when it was destroyed.
    pub(super) fn leaf(&self, leaf: u64) -> Option<KeyBytes> {
        let (place, seed) = self.covering(leaf)?;
        let mut seed = Zeroizing::new(*seed);
        for level in place.level..LEVELS {
            *seed = child(&seed, branch_of(leaf, level));
        }
        Some(seed)
    }

    fn covering(&self, leaf: u64) -> Option<(Place, &[u8; 32])> {
        (0..=LEVELS).find_map(|level| {
            let place = Place::above(leaf, level);
            Some((place, self.nodes.get(&place)?))
        })
    }

    /// Destroys a leaf; false when it was before.
    pub(super) fn destroy(&mut self, leaf: u64) -> bool {
        let Some((mut place, seed)) = self.covering(leaf) else { return false };
        let mut seed = Zeroizing::new(*seed);
        if let Some(mut dropped) = self.nodes.remove(&place) {
            dropped.zeroize();
        }
        while place.level < LEVELS {
            let way = branch_of(leaf, place.level);
            for branch in (0..4).filter(|branch| *branch != way) {
                self.nodes.insert(place.child(branch), child(&seed, branch));
            }
            *seed = child(&seed, way);
            place = place.child(way);
        }
        true
    }
}

fn child(seed: &[u8; 32], branch: u8) -> [u8; 32] {
    *Hash::tagged("hoso/seal/branch/1", &[seed, &[branch]]).as_bytes()
}

impl Drop for KeyTree {
    fn drop(&mut self) {
        self.nodes.values_mut().for_each(Zeroize::zeroize);
    }
}

impl std::fmt::Debug for KeyTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyTree").field("nodes", &self.nodes.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::entropy::SplitMix64;

    #[test]
    fn a_destroyed_leaf_is_gone_and_every_other_keeps_its_key() {
        let mut random = SplitMix64::new(1);
        let mut leaves: Vec<u64> = (0..60).map(|_| random.next_u64()).collect();
        leaves.extend([0, 1, 2, 3, u64::MAX, u64::MAX - 1, 1 << 63]);
        let mut tree = KeyTree::new([7; 32]);
        let keys: Vec<_> = leaves.iter().map(|leaf| tree.leaf(*leaf).expect("there")).collect();
        for (at, leaf) in leaves.iter().enumerate() {
            assert!(tree.destroy(*leaf));
            assert!(!tree.destroy(*leaf), "twice");
            for (other, key) in leaves.iter().zip(&keys).skip(at + 1) {
                assert_eq!(tree.leaf(*other).as_ref(), Some(key), "{other:x}");
            }
            assert!(leaves[..=at].iter().all(|gone| tree.leaf(*gone).is_none()));
        }
        assert!(tree.nodes.len() <= leaves.len() * 96);
    }

    #[test]
    fn leaves_have_keys_of_their_own() {
        let (one, other) = (KeyTree::new([7; 32]), KeyTree::new([8; 32]));
        assert_ne!(one.leaf(1), one.leaf(2));
        assert_ne!(one.leaf(1), other.leaf(1));
        assert_eq!(one.leaf(1), one.clone().leaf(1));
    }
}
