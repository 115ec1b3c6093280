//! When a change can have been made at the earliest, whatever time it names.
//!
//! A right given by document holds for days, and a change names its own time. But a change also
//! names what it builds on, and that cannot be forged: it was made after all of it. So its moment is
//! the latest time named by itself or by anything it builds on, which every node computes alike
//! from the dossier alone. Who writes under a right that has ended cannot date the change back
//! behind anything its dossier had told him.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use dossier::{
    ActorId, Hash,
    document::{ChangeHeader, Document},
};

/// The moments of the changes of a dossier.
pub(super) struct Moments<'a> {
    known: Option<&'a Document>,
    headers: &'a [ChangeHeader],
    /// Computed when a grant is asked for: few changes rest on one.
    latest: OnceCell<BTreeMap<Hash, i64>>,
}

impl<'a> Moments<'a> {
    /// Of a document that is held, and of changes that are to follow.
    pub(super) fn new(known: Option<&'a Document>, headers: &'a [ChangeHeader]) -> Self {
        Self { known, headers, latest: OnceCell::new() }
    }

    /// The moment of a change, in seconds since the Unix epoch; `named` where it is not here.
    pub(super) fn of(&self, change: &Hash, named: i64) -> i64 {
        self.latest.get_or_init(|| self.compute()).get(change).copied().unwrap_or(named)
    }

    fn compute(&self) -> BTreeMap<Hash, i64> {
        let known = self.known.into_iter().flat_map(Document::changes);
        let all: Vec<&ChangeHeader> = known.chain(self.headers).collect();
        let lines: BTreeMap<(ActorId, u64), Hash> =
            all.iter().map(|change| ((change.actor, change.seq), change.hash)).collect();
        let mut latest = BTreeMap::new();
        // What is in order is done in one pass; the last finds nothing to add.
        let mut grew = true;
        while grew {
            grew = false;
            for change in &all {
                let before = change.seq.checked_sub(1);
                let before = before.and_then(|seq| lines.get(&(change.actor, seq)));
                let under = change.deps.iter().chain(before).filter_map(|it| latest.get(it));
                let moment = under.copied().fold(change.time_seconds, i64::max);
                grew |= latest.insert(change.hash, moment) != Some(moment);
            }
        }
        latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u8) -> Hash {
        Hash::from_bytes([number; 32])
    }

    /// A change of `actor`, the `seq`-th of its line, that names a time and builds on others.
    fn change(number: u8, actor: u8, seq: u64, time_seconds: i64, deps: &[u8]) -> ChangeHeader {
        ChangeHeader {
            hash: hash(number),
            actor: ActorId::from_bytes([actor; 16]),
            seq,
            start_op: 1,
            op_count: 1,
            time_seconds,
            deps: deps.iter().map(|it| hash(*it)).collect(),
        }
    }

    #[test]
    fn a_change_is_made_after_all_it_builds_on_however_far() {
        // The body's third change is late; a delegate builds on it by way of somebody else's.
        let mut headers = vec![
            change(1, 1, 1, 100, &[]),
            change(2, 1, 2, 900, &[1]),
            change(3, 2, 1, 200, &[2]),
            change(4, 3, 1, 150, &[3]),
            change(5, 3, 2, 120, &[1]),
            change(6, 4, 1, 300, &[1]),
        ];
        for _ in 0..2 {
            let moments = Moments::new(None, &headers);
            let of = |number: u8| moments.of(&hash(number), -1);
            assert_eq!((of(1), of(2), of(3)), (100, 900, 900));
            assert_eq!(of(4), 900, "it builds on what builds on the late one");
            assert_eq!(of(5), 900, "its own line was there before");
            assert_eq!(of(6), 300, "it knew nothing of it");
            assert_eq!(of(7), -1, "not here");
            // In whatever order they come.
            headers.reverse();
        }
    }
}
