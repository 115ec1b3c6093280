//! The Merkle tree of RFC 6962 section 2: roots, incremental growth, inclusion and consistency.

use dossier::Hash;
use sha2::{Digest, Sha256};

use crate::Fault;

/// The hash of a leaf: SHA-256 of a zero byte and the leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let digest = Sha256::new().chain_update([0]).chain_update(leaf);
    Hash::from_bytes(digest.finalize().into())
}

/// The hash of an inner node: SHA-256 of a one byte and both children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let digest = Sha256::new()
        .chain_update([1])
        .chain_update(left.as_bytes())
        .chain_update(right.as_bytes());
    Hash::from_bytes(digest.finalize().into())
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The right edge of a growing tree: all that is needed to add leaves and to tell the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees the size is made of, the largest first.
    peaks: Vec<Hash>,
}

/// A complete subtree that has just come about: `2^level` leaves from `index * 2^level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed {
    /// Height above the leaves.
    pub level: u8,
    /// Place among those of its level.
    pub index: u64,
    /// Its root.
    pub root: Hash,
}

impl Frontier {
    /// The edge of a tree of `size` leaves with these peaks; `None` when they do not fit.
    pub fn restore(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The peaks, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf by its hash; tells each complete subtree to `completed`, the leaf first.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(Completed)) {
        let (mut root, mut level) = (leaf, 0_u8);
        completed(Completed { level, index: self.size, root });
        while self.size >> level & 1 == 1 {
            let left = self.peaks.pop().expect("a peak for every bit of the size");
            root = node_hash(&left, &root);
            level += 1;
            completed(Completed { level, index: self.size >> level, root });
        }
        self.peaks.push(root);
        self.size += 1;
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// Gives the roots of complete subtrees of a tree.
pub trait Subtrees {
    /// The root of the `2^level` leaves from `index * 2^level` on.
    ///
    /// # Errors
    /// [`Fault`] when it is not known.
    fn subtree(&self, level: u8, index: u64) -> Result<Hash, Fault>;
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The root over the leaves from `start` to `start + size`, as the recursion of the RFC meets them.
fn range(start: u64, size: u64, tree: &dyn Subtrees) -> Result<Hash, Fault> {
    if size.is_power_of_two() {
        let level = size.trailing_zeros() as u8;
        return tree.subtree(level, start >> level);
    }
    let left = split(size);
    Ok(node_hash(&range(start, left, tree)?, &range(start + left, size - left, tree)?))
}

/// The proof that leaf `index` is in the tree of `size` leaves (RFC 6962 section 2.1.1).
///
/// # Errors
/// [`Fault`] for an index beyond the tree, and the tree's.
pub fn inclusion_proof(index: u64, size: u64, tree: &dyn Subtrees) -> Result<Vec<Hash>, Fault> {
    if index >= size {
        return Err(Fault("no such leaf".to_owned()));
    }
    let (mut start, mut size, mut proof) = (0, size, Vec::new());
    while size > 1 {
        let left = split(size);
        if index - start < left {
            proof.push(range(start + left, size - left, tree)?);
            size = left;
        } else {
            proof.push(range(start, left, tree)?);
            start += left;
            size -= left;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `to` leaves continues the one of `from` (RFC 6962 section 2.1.2);
/// empty when there is nothing to prove.
///
/// # Errors
/// [`Fault`] when `from` is beyond `to`, and the tree's.
pub fn consistency_proof(from: u64, to: u64, tree: &dyn Subtrees) -> Result<Vec<Hash>, Fault> {
    if from > to {
        return Err(Fault("the older tree is the larger".to_owned()));
    }
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    let (mut start, mut size, mut known, mut proof) = (0, to, from, Vec::new());
    let mut whole = true;
    while known != size {
        let left = split(size);
        if known <= left {
            proof.push(range(start + left, size - left, tree)?);
            size = left;
        } else {
            proof.push(range(start, left, tree)?);
            whole = false;
            start += left;
            known -= left;
            size -= left;
        }
    }
    if !whole {
        proof.push(range(start, size, tree)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether `proof` shows the leaf at `index` of the tree with this size and root (RFC 9162 section
/// 2.1.3.2).
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, root: &Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `to` leaves continues the one of `from` (RFC 9162 section
/// 2.1.4.2).
pub fn verify_consistency(from: (u64, &Hash), to: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((from, from_root), (to, to_root)) = (from, to);
    if from > to {
        return false;
    }
    if from == to {
        return proof.is_empty() && from_root == to_root;
    }
    if from == 0 {
        return proof.is_empty() && *from_root == empty_root();
    }
    let mut path = proof.iter();
    let first = if from.is_power_of_two() { Some(from_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut place, mut last) = (from - 1, to - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && old == *from_root && new == *to_root
}

#[cfg(test)]
mod tests;
