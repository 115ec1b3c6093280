//! What entries say, where the audit key is known: who did how much, and the course of time.

use std::collections::BTreeMap;

use dossier::{Hash, Incarnation, NodeId, Timestamp};

use super::{Finding, Findings};
use crate::audit::{Act, Entry, Outcome, Place, Sealer};

/// Persons a table holds; acts of further ones are counted together.
const PERSONS_MAX: usize = 10_000;

/// What one person did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Dossiers opened, histories and attachments read.
    pub readings: u64,
    /// Lists and searches.
    pub lists: u64,
    /// Dossiers begun or edited, lists imported, changes reviewed.
    pub writings: u64,
    /// Prints and exports.
    pub copies: u64,
    /// Everything else.
    pub others: u64,
    /// How many of all these were refused.
    pub refused: u64,
}

/// A stretch of time without any entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The entry before it.
    pub after: u64,
    /// When that was.
    pub from: Timestamp,
    /// When the next one was.
    pub to: Timestamp,
}

impl Gap {
    fn length(&self) -> i64 {
        self.to.as_millis().saturating_sub(self.from.as_millis())
    }
}

/// What was read of a log.
#[derive(Debug, Default)]
pub struct Reading {
    /// What each person did; the node's own acts stand under the empty name.
    pub persons: BTreeMap<String, Counts>,
    /// Acts of persons beyond those that fit in the table.
    pub beyond: u64,
    /// When the first and the last entry were made.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The longest stretches without an entry, the longest first.
    pub gaps: Vec<Gap>,
    /// Where the clock was set back, and by how many milliseconds.
    pub steps: Vec<(u64, u64)>,
    /// Entries that were read.
    pub entries: u64,
}

impl Reading {
    /// The most gaps and steps that are kept.
    const KEPT: usize = 5;

    /// Reads the entry of `who` at `place`; `previous` is the chain head before it, where that can
    /// be trusted.
    pub(super) fn take(
        &mut self,
        who: (NodeId, Incarnation),
        place: &Place,
        sealed: &[u8],
        previous: Option<Hash>,
        sealer: &dyn Sealer,
        findings: &mut Findings,
    ) {
        let (node, sequence) = (who.0, place.sequence);
        let entry = Entry::open(sealed, place, sealer)
            .filter(|entry| (entry.node, entry.incarnation) == who)
            .filter(|entry| previous.is_none_or(|previous| entry.previous == previous));
        let Some(entry) = entry else {
            findings.add(Finding::Unreadable { node, sequence });
            return;
        };
        self.entries += 1;
        self.follow_time(&entry, findings);
        self.count(&entry);
    }

    fn follow_time(&mut self, entry: &Entry, findings: &mut Findings) {
        let Some((first, last)) = self.span else {
            self.span = Some((entry.at, entry.at));
            return;
        };
        if let Act::ClockStepped { back_ms } = entry.record.act {
            if self.steps.len() < Self::KEPT {
                self.steps.push((entry.sequence, back_ms));
            }
        } else if entry.at < last {
            findings.add(Finding::TimeBack { node: entry.node, sequence: entry.sequence });
        }
        let gap = Gap { after: entry.sequence - 1, from: last, to: entry.at };
        if self.gaps.len() < Self::KEPT || self.gaps.iter().any(|one| one.length() < gap.length()) {
            self.gaps.push(gap);
            self.gaps.sort_by_key(|gap| std::cmp::Reverse(gap.length()));
            self.gaps.truncate(Self::KEPT);
        }
        self.span = Some((first, entry.at));
    }

    fn count(&mut self, entry: &Entry) {
        let record = &entry.record;
        let known = self.persons.contains_key(&record.person);
        if !known && self.persons.len() >= PERSONS_MAX {
            self.beyond += 1;
            return;
        }
        if !known {
            self.persons.insert(record.person.clone(), Counts::default());
        }
        let Some(counts) = self.persons.get_mut(&record.person) else { return };
        *match record.act {
            Act::Opened | Act::HistoryRead | Act::AttachmentRead(_) => &mut counts.readings,
            Act::Listed { .. } | Act::Searched { .. } | Act::FindingsRead { .. } => {
                &mut counts.lists
            }
            Act::Created { .. }
            | Act::Imported { .. }
            | Act::Edited { .. }
            | Act::Approved { .. } => &mut counts.writings,
            Act::Printed { .. } | Act::Exported { .. } => &mut counts.copies,
            _ => &mut counts.others,
        } += 1;
        counts.refused += u64::from(matches!(record.outcome, Outcome::Refused(_)));
    }
}
