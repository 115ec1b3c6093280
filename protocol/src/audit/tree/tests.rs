//! The vectors of Certificate Transparency's reference code, and every proof of small trees.

use proptest::prelude::*;

use super::*;

/// The eight leaves of the reference tests of Certificate Transparency.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// The roots of the trees of their first one to eight.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// A tree whose leaves are all at hand.
struct Whole(Vec<Hash>);

impl Subtrees for Whole {
    fn subtree(&self, level: u8, index: u64) -> Result<Hash, Fault> {
        let width = 1_usize << level;
        let start = usize::try_from(index).expect("small") * width;
        let mut edge = Frontier::default();
        for leaf in &self.0[start..start + width] {
            edge.push(*leaf, |_| ());
        }
        Ok(edge.root())
    }
}

fn hash(text: &str) -> Hash {
    text.parse().expect("a hash")
}

fn reference() -> Whole {
    Whole(LEAVES.iter().map(|leaf| leaf_hash(&hex::decode(leaf).expect("hex"))).collect())
}

fn tree(size: u64) -> Whole {
    Whole((0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect())
}

fn root(tree: &Whole, size: u64) -> Hash {
    let mut edge = Frontier::default();
    tree.0.iter().take(size as usize).for_each(|leaf| edge.push(*leaf, |_| ()));
    edge.root()
}

#[test]
fn roots_are_those_of_the_reference() {
    let tree = reference();
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(root(&tree, 0), hash(nothing));
    for (size, expected) in (1..).zip(ROOTS) {
        assert_eq!(root(&tree, size), hash(expected), "{size} leaves");
    }
}

#[test]
fn proofs_are_those_of_the_reference() {
    let tree = reference();
    // Leaf 0 of 8, leaf 5 of 8, leaf 2 of 3, leaf 1 of 5; the reference counts leaves from 1.
    let inclusions: [(u64, u64, &[&str]); 3] = [
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ];
    for (index, size, path) in inclusions {
        let path: Vec<Hash> = path.iter().map(|text| hash(text)).collect();
        assert_eq!(inclusion_proof(index, size, &tree), Ok(path), "{index} of {size}");
    }
    let consistencies: [(u64, u64, &[&str]); 3] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
    ];
    for (from, to, path) in consistencies {
        let path: Vec<Hash> = path.iter().map(|text| hash(text)).collect();
        assert_eq!(consistency_proof(from, to, &tree), Ok(path), "{from} to {to}");
    }
}

#[test]
fn every_proof_of_small_trees_verifies_and_no_other() {
    let tree = tree(40);
    for to in 1..=40 {
        let new = root(&tree, to);
        for index in 0..to {
            let proof = inclusion_proof(index, to, &tree).expect("a proof");
            let leaf = &tree.0[index as usize];
            assert!(verify_inclusion(index, to, leaf, &new, &proof), "{index} of {to}");
            let other = (index + 1) % to;
            assert!(other == index || !verify_inclusion(other, to, leaf, &new, &proof));
        }
        for from in 0..=to {
            let old = root(&tree, from);
            let proof = consistency_proof(from, to, &tree).expect("a proof");
            assert!(verify_consistency((from, &old), (to, &new), &proof), "{from} to {to}");
            for wrong in 0..proof.len() {
                let mut bent = proof.clone();
                bent[wrong] = Hash::ZERO;
                assert!(!verify_consistency((from, &old), (to, &new), &bent), "{from} to {to}");
            }
            let mut longer = proof.clone();
            longer.push(Hash::ZERO);
            assert!(!verify_consistency((from, &old), (to, &new), &longer), "{from} to {to}");
            if from > 0 && from < to {
                assert!(!verify_consistency((from, &Hash::ZERO), (to, &new), &proof));
                assert!(!verify_consistency((from, &old), (to, &Hash::ZERO), &proof));
            }
        }
    }
    assert!(inclusion_proof(3, 3, &tree).is_err());
    assert!(consistency_proof(4, 3, &tree).is_err());
}

proptest! {
    #[test]
    fn an_edge_that_was_put_away_grows_as_if_it_had_not(size in 0..200_u64, more in 0..60_u64) {
        let tree = tree(size + more);
        let mut edge = Frontier::default();
        tree.0.iter().take(size as usize).for_each(|leaf| edge.push(*leaf, |_| ()));
        let mut again = Frontier::restore(size, edge.peaks().to_vec()).expect("fits");
        for leaf in tree.0.iter().skip(size as usize) {
            again.push(*leaf, |completed| {
                let asked = tree.subtree(completed.level, completed.index);
                assert_eq!(asked, Ok(completed.root));
            });
        }
        prop_assert_eq!(again.root(), root(&tree, size + more));
        prop_assert!(Frontier::restore(size + 1, vec![Hash::ZERO; 20]).is_none());
    }

    #[test]
    fn hostile_proofs_are_refused_without_a_panic(
        sizes in prop::array::uniform2(any::<u64>()), path in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let path: Vec<Hash> = path.into_iter().map(Hash::from_bytes).collect();
        let root = Hash::of(b"root");
        let other = Hash::of(b"other");
        prop_assert!(!verify_consistency((sizes[0], &root), (sizes[1], &other), &path));
        prop_assert!(!verify_inclusion(sizes[0], sizes[1], &other, &root, &path));
    }
}
