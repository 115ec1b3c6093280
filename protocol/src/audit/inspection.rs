//! The inspector's judgement of logs: fed line by line, in bounded memory, without a store.
//!
//! Whoever reads a package hands over the member list, the checkpoints that other nodes keep as
//! witnesses, and each log from its first entry to its last with its own checkpoints between. The
//! machine computes chain and tree anew and compares. Damage is told where it is: an entry whose
//! bytes do not lead from one stated chain head to the next was altered; numbers that jump, repeat
//! or go back tell of entries that are missing, doubled or swapped; a log that was written anew
//! fails at the first checkpoint that somebody holds. A log that its node closed because the store
//! went back in time, and that the next log names as it stands, is not accused of what witnesses
//! hold beyond it: it is told as a [`Departure`].

mod departure;
mod finding;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use dossier::{Hash, Incarnation, NodeId, Timestamp};

use super::{
    Checkpoint, Kept, LogId, Place, Sealer, chain,
    tree::{Frontier, leaf_hash},
};
use crate::{Crypto, member::MemberList};

use departure::{Left, Life};

pub use departure::Departure;
pub use finding::{Finding, Findings};
pub use reading::{Counts, Gap, Reading};

/// The most checkpoints of witnesses that are held in memory.
pub const WITNESSED_MAX: usize = 2_000_000;

/// No log has so many entries; larger numbers are damage.
const NUMBER_MAX: u64 = 1 << 48;

/// What a checkpoint says, and who was seen to hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Witnessed {
    root: Hash,
    head: Hash,
    at: Timestamp,
    holder: NodeId,
}

/// A log on its way through.
#[derive(Debug)]
struct Course {
    node: NodeId,
    incarnation: Incarnation,
    /// When the package was made.
    at: Timestamp,
    frontier: Frontier,
    /// Chain head as the package states it; `None` behind an entry that cannot be told.
    stated: Option<Hash>,
    /// Entries covered by the last own checkpoint that held, and when it was signed.
    covered: (u64, Timestamp),
    /// Entries up to which a witness holds the same log.
    agreed: u64,
    /// What witnesses hold against it.
    against: Vec<Finding>,
    /// The entries of this log are not what they were: roots behind it cannot fit.
    broken: bool,
    /// A checkpoint did not fit: the same is not told again for each behind it.
    rewritten: bool,
    /// What its first entry says it follows on, where that was read.
    left: Option<Left>,
    reading: Reading,
}

impl Course {
    fn log(&self) -> LogId {
        LogId::of(&self.node, &self.incarnation)
    }
}

/// What was found of one log.
#[derive(Debug)]
pub struct LogReport {
    /// Its node.
    pub node: NodeId,
    /// Its life.
    pub incarnation: Incarnation,
    /// Its entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Checkpoints of witnesses that were compared with it.
    pub compared: u64,
    /// Entries of the newest checkpoint that a witness was shown after the package was made.
    pub since: Option<u64>,
    /// What its entries say; empty where the package was read without its key.
    pub reading: Reading,
}

/// The machine.
#[derive(Debug)]
pub struct Inspection {
    members: MemberList,
    witnessed: BTreeMap<LogId, BTreeMap<u64, Vec<Witnessed>>>,
    /// Whose log each is that a witness holds a checkpoint of.
    owners: BTreeMap<LogId, NodeId>,
    /// When each witness last signed that it keeps a log, by the clock of the witness.
    words: BTreeMap<LogId, BTreeMap<NodeId, Timestamp>>,
    seen: BTreeSet<LogId>,
    count: usize,
    compared: u64,
    findings: Findings,
    course: Option<Course>,
    /// Logs that were read to their end, until what witnesses hold against them is settled.
    lives: Vec<Life>,
    /// Nodes that signed two logs of one life, by the log.
    two: BTreeMap<LogId, Vec<Finding>>,
    departures: Vec<Departure>,
}

impl Inspection {
    /// Judges by the keys of this member list.
    pub fn new(members: MemberList) -> Self {
        Self {
            members,
            witnessed: BTreeMap::new(),
            owners: BTreeMap::new(),
            words: BTreeMap::new(),
            seen: BTreeSet::new(),
            count: 0,
            compared: 0,
            findings: Findings::default(),
            course: None,
            lives: Vec::new(),
            two: BTreeMap::new(),
            departures: Vec::new(),
        }
    }

    /// The members whose keys count.
    pub fn members(&self) -> &MemberList {
        &self.members
    }

    /// What was found so far.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Adds a finding of the caller's.
    pub fn find(&mut self, finding: Finding) {
        self.findings.add(finding);
    }

    /// Takes a checkpoint that `holder` keeps of anybody's log. To be called for all of them
    /// before the logs; one that its node did not sign is a finding and is not compared.
    pub fn witness(&mut self, holder: NodeId, kept: &Kept, crypto: &dyn Crypto) {
        if !self.is_sound(kept, crypto) || self.count >= WITNESSED_MAX {
            return;
        }
        let checkpoint = &kept.signed.checkpoint;
        let Checkpoint { root, head, at, .. } = *checkpoint;
        let said = Witnessed { root, head, at, holder };
        self.owners.insert(checkpoint.log(), checkpoint.node);
        let words = self.words.entry(checkpoint.log()).or_default();
        for word in kept.cosigned.iter().filter(|word| word.by != checkpoint.node) {
            let newest = words.entry(word.by).or_insert(word.at);
            *newest = word.at.max(*newest);
        }
        let held = self.witnessed.entry(checkpoint.log()).or_default();
        let held = held.entry(checkpoint.size).or_default();
        let other = held.iter().find(|one| (one.root, one.head) != (said.root, said.head));
        if let Some(other) = other {
            self.two.entry(checkpoint.log()).or_default().push(Finding::TwoLogs {
                node: checkpoint.node,
                size: checkpoint.size,
                shown: [other.holder, holder],
            });
        }
        if !held.contains(&said) {
            held.push(said);
            self.count += 1;
        }
    }

    /// Whether a checkpoint carries the signatures it claims.
    fn is_sound(&mut self, kept: &Kept, crypto: &dyn Crypto) -> bool {
        let Checkpoint { node, size, .. } = kept.signed.checkpoint;
        let key = self.members.get(&node).map(|member| member.change_key);
        if !key.is_some_and(|key| kept.signed.is_signed_by(&key, crypto)) {
            self.findings.add(Finding::CheckpointUnsigned { node, size });
            return false;
        }
        for cosignature in &kept.cosigned {
            let key = self.members.get(&cosignature.by).map(|member| member.change_key);
            let checkpoint = &kept.signed.checkpoint;
            if !key.is_some_and(|key| cosignature.is_signed_by(&key, checkpoint, crypto)) {
                let by = cosignature.by;
                self.findings.add(Finding::CosignatureFalse { node, size, by });
            }
        }
        true
    }

    /// A log begins, in a package that was made `at` this time of the node's clock.
    pub fn begin(&mut self, node: NodeId, incarnation: Incarnation, at: Timestamp) {
        self.seen.insert(LogId::of(&node, &incarnation));
        self.course = Some(Course {
            node,
            incarnation,
            at,
            frontier: Frontier::default(),
            stated: Some(Hash::ZERO),
            covered: (0, Timestamp::from_millis(i64::MIN)),
            agreed: 0,
            against: Vec::new(),
            broken: false,
            rewritten: false,
            left: None,
            reading: Reading::default(),
        });
    }

    /// Takes the next sealed entry of the log with the number and the chain head that the package
    /// states for it; reads it where the audit key is known.
    pub fn entry(&mut self, number: u64, sealed: &[u8], stated: Hash, sealer: Option<&dyn Sealer>) {
        let Some(course) = &mut self.course else { return };
        let node = course.node;
        let expected = course.frontier.size() + 1;
        if number > NUMBER_MAX {
            course.broken = true;
            self.findings.add(Finding::Altered { node, sequence: expected });
            return;
        }
        if number != expected {
            course.broken = true;
            self.findings.add(match number.cmp(&expected) {
                std::cmp::Ordering::Greater => {
                    Finding::Missing { node, from: expected, to: number - 1 }
                }
                _ if number + 1 == expected => Finding::Repeated { node, sequence: number },
                _ => Finding::OutOfOrder { node, sequence: number, after: expected - 1 },
            });
            // The place is left open or was filled: what follows is counted from this number.
            if number > expected {
                course.frontier = Frontier::restore(
                    number - 1,
                    vec![Hash::ZERO; (number - 1).count_ones() as usize],
                )
                .unwrap_or_default();
                course.stated = None;
            } else {
                return;
            }
        } else if course.stated.is_some_and(|before| chain(&before, sealed) != stated) {
            course.broken = true;
            self.findings.add(Finding::Altered { node, sequence: number });
        }
        if let Some(sealer) = sealer {
            let place = Place { log: course.log(), sequence: number };
            let previous = course.stated.filter(|_| !course.broken);
            let who = (course.node, course.incarnation);
            course.reading.take(who, &place, sealed, previous, sealer, &mut self.findings);
            if number == 1 {
                course.left = Left::read(&place, sealed, sealer);
            }
        }
        course.frontier.push(leaf_hash(sealed), |_| ());
        course.stated = Some(stated);
        self.compare(number);
    }

    /// Where the next entry should stand is something that cannot be read.
    pub fn spoiled(&mut self) {
        let Some(course) = &mut self.course else { return };
        let (node, sequence) = (course.node, course.frontier.size() + 1);
        course.broken = true;
        course.frontier.push(Hash::ZERO, |_| ());
        course.stated = None;
        self.findings.add(Finding::Altered { node, sequence });
    }

    /// Compares what stands at `size` with what witnesses hold.
    fn compare(&mut self, size: u64) {
        let Some(course) = &mut self.course else { return };
        let held = self.witnessed.get(&course.log()).and_then(|held| held.get(&size));
        for witnessed in held.into_iter().flatten() {
            self.compared += 1;
            let same =
                witnessed.root == course.frontier.root() && Some(witnessed.head) == course.stated;
            if same {
                let others = witnessed.holder != course.node;
                course.agreed = if others { size } else { course.agreed };
            } else if !course.broken && course.against.is_empty() {
                course.against.push(Finding::Replaced {
                    node: course.node,
                    size,
                    holder: witnessed.holder,
                });
            }
        }
    }

    /// Takes one of the log's own checkpoints, at the place where the package has it.
    pub fn checkpoint(&mut self, kept: &Kept, crypto: &dyn Crypto) {
        if self.course.is_none() || !self.is_sound(kept, crypto) {
            return;
        }
        let Some(course) = &mut self.course else { return };
        let Checkpoint { node, incarnation, size, root, head, .. } = kept.signed.checkpoint;
        if (node, incarnation) != (course.node, course.incarnation) {
            self.findings.add(Finding::CheckpointUnsigned { node, size });
        } else if size != course.frontier.size() {
            if !course.broken {
                let node = course.node;
                self.findings.add(Finding::CheckpointMisplaced { node, size });
            }
        } else if root == course.frontier.root() && Some(head) == course.stated {
            course.covered = (size, kept.signed.checkpoint.at);
        } else if !course.broken && !course.rewritten {
            course.rewritten = true;
            let after = course.covered.0;
            self.findings.add(Finding::Rewritten { node: course.node, after, to: size });
        }
    }

    /// The log ends; the package claims so many entries. Answers what it was.
    pub fn end(&mut self, claimed: u64) -> Option<LogReport> {
        let course = self.course.take()?;
        let (node, size) = (course.node, course.frontier.size());
        if size < claimed {
            self.findings.add(Finding::Missing { node, from: size + 1, to: claimed });
        } else if size > claimed {
            self.findings.add(Finding::Surplus { node, from: claimed + 1, to: size });
        }
        let replaced = !course.against.is_empty();
        if course.covered.0 < size && !course.broken && !course.rewritten && !replaced {
            self.findings.add(Finding::Uncovered { node, after: course.covered.0, to: size });
        }
        let (cut, since) = self.look_beyond(&course.log(), node, size, course.at);
        let mut against = course.against;
        against.extend(cut);
        self.lives.push(Life {
            node,
            incarnation: course.incarnation,
            size,
            head: course.stated,
            agreed: course.agreed,
            covered: course.covered,
            broken: course.broken,
            left: course.left,
            against,
        });
        Some(LogReport {
            node,
            incarnation: course.incarnation,
            size,
            root: course.frontier.root(),
            compared: std::mem::take(&mut self.compared),
            since,
            reading: course.reading,
        })
    }

    /// Looks for what a witness was shown beyond `size`. What was shown before the package was made
    /// must be in it; the newest that was shown after it is answered beside.
    fn look_beyond(
        &self,
        log: &LogId,
        node: NodeId,
        size: u64,
        at: Timestamp,
    ) -> (Option<Finding>, Option<u64>) {
        let Some(held) = self.witnessed.get(log) else { return (None, None) };
        let beyond =
            || held.range(size + 1..).flat_map(|(size, all)| all.iter().map(move |it| (size, it)));
        let missing = beyond().rfind(|(_, it)| it.at <= at);
        let since = beyond().rfind(|(_, it)| it.at > at).map(|(size, _)| *size);
        let cut = missing.map(|(witnessed, it)| {
            let (witnessed, holder) = (*witnessed, it.holder);
            Finding::Cut { node, size, witnessed, holder }
        });
        (cut, since)
    }
}

#[cfg(test)]
mod tests;
