//! Logs that ended because their node's store went back in time, as a restored backup does.
//!
//! The node closes such a log, signs it, and names its length and head in the first entry of the
//! next. What witnesses hold beyond it is gone, and an inspector is told how much; that is no sign
//! of tampering by itself. Where the next log names another end, or none was begun, it is one.

use dossier::{Hash, Incarnation, NodeId, Timestamp};

use super::{Finding, Inspection};
use crate::audit::{Act, Entry, LogId, Place, Sealer};

/// A log that its node left because its store went back in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The node.
    pub node: NodeId,
    /// The life whose log it is; `None` for a life that the store went back behind as a whole.
    pub incarnation: Option<Incarnation>,
    /// Entries of the log as it was closed.
    pub size: u64,
    /// Entries up to which a witness holds the same.
    pub agreed: u64,
    /// Entries that a witness was shown; those behind `agreed` are gone.
    pub witnessed: u64,
    /// The witness.
    pub holder: NodeId,
}

/// What the first entry of a log says of the log before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    /// Its entries and its chain head; `None` where the log follows on nothing.
    named: Option<(u64, Hash)>,
    /// When.
    at: Timestamp,
}

impl Left {
    /// Reads the first entry of a log.
    pub(super) fn read(place: &Place, sealed: &[u8], sealer: &dyn Sealer) -> Option<Self> {
        let entry = Entry::open(sealed, place, sealer)?;
        let named = match entry.record.act {
            Act::LifeBegan { entries, head } => Some((entries, head)),
            _ => None,
        };
        Some(Self { named, at: entry.at })
    }
}

/// A log that was read to its end.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) node: NodeId,
    pub(super) incarnation: Incarnation,
    pub(super) size: u64,
    pub(super) head: Option<Hash>,
    pub(super) agreed: u64,
    pub(super) covered: (u64, Timestamp),
    pub(super) broken: bool,
    pub(super) left: Option<Left>,
    pub(super) against: Vec<Finding>,
}

impl Life {
    /// Whether the log that follows names this one as it stands; without its words, whether the
    /// node signed the whole of it, and began that one `since` witnesses were shown this.
    fn is_left(&self, next: Option<&Self>, since: impl Fn(&Self) -> bool) -> bool {
        let Some(next) = next else { return false };
        match next.left {
            Some(left) => left.named.is_some_and(|(size, head)| self.ends(size, head)),
            None => self.covered.0 == self.size && since(next),
        }
    }

    fn ends(&self, size: u64, head: Hash) -> bool {
        self.size == size && self.head == Some(head)
    }

    /// What is wrong between this log and the end that the next one names.
    fn misnamed(&self, next: Option<&Self>) -> Option<Finding> {
        let (size, head) = next?.left?.named?;
        let node = self.node;
        match () {
            () if self.broken || self.ends(size, head) => None,
            () if self.size < size => {
                Some(Finding::Missing { node, from: self.size + 1, to: size })
            }
            () if self.size > size => {
                Some(Finding::Surplus { node, from: size + 1, to: self.size })
            }
            () => Some(Finding::Rewritten { node, after: 0, to: size }),
        }
    }

    /// When the node began or last signed it, as far as that is known.
    fn begun_by(&self) -> Timestamp {
        self.left.map_or(self.covered.1, |left| left.at.max(self.covered.1))
    }
}

impl Inspection {
    /// All logs of a node's package, made `at` this time, were taken: settles what witnesses hold
    /// against them, and against a log that the package leaves out.
    pub fn close(&mut self, node: NodeId, at: Timestamp) {
        let lives = std::mem::take(&mut self.lives);
        // The first log of a package follows on nothing.
        let named = lives.first().and_then(|life| life.left?.named);
        if let Some((to, _)) = named.filter(|(entries, _)| *entries > 0) {
            self.findings.add(Finding::Missing { node, from: 1, to });
        }
        for (place, life) in lives.iter().enumerate() {
            let next = lives.get(place + 1);
            if let Some(finding) = life.misnamed(next) {
                self.findings.add(finding);
            }
            let log = LogId::of(&life.node, &life.incarnation);
            let since = |next: &Life| {
                let shown = self.newest_shown(&log);
                self.heard_since(&log, next).unwrap_or(life.covered.1 >= shown)
            };
            let left = life.is_left(next, since);
            let two = if left { self.two.remove(&log) } else { None };
            let mut against = life.against.clone();
            against.extend(two.into_iter().flatten());
            self.settle(against, left, Some(life));
        }
        let owned =
            self.owners.iter().filter(|(log, owner)| **owner == node && !self.seen.contains(log));
        let absent: Vec<LogId> = owned.map(|(log, _)| *log).collect();
        for log in absent {
            let (cut, _) = self.look_beyond(&log, node, 0, at);
            let left = self.went_behind(&log, &lives);
            self.settle(cut.into_iter().collect(), left, None);
        }
        let seen = |log: &LogId| self.seen.contains(log);
        let two: Vec<LogId> = self.two.keys().filter(|log| seen(log)).copied().collect();
        for log in two {
            let found = self.two.remove(&log).unwrap_or_default();
            found.into_iter().for_each(|finding| self.findings.add(finding));
        }
    }

    /// Whether a store that went back behind the whole of `log` has begun another since: as the clock
    /// of the witness tells that knew it first, for the node's own clock may go back too; of a life
    /// that this witness has not heard of yet the node's clock must do.
    fn went_behind(&self, log: &LogId, lives: &[Life]) -> bool {
        let shown = self.newest_shown(log);
        lives
            .iter()
            .any(|life| self.heard_since(log, life).unwrap_or_else(|| life.begun_by() >= shown))
    }

    /// Whether the witness that knew `log` first heard of a life after it, by its own clock; `None`
    /// where it has not heard of that life.
    fn heard_since(&self, log: &LogId, life: &Life) -> Option<bool> {
        let words = self.words.get(log)?;
        let (witness, first) = words.iter().min_by_key(|(_, word)| **word)?;
        let known = self.words.get(&LogId::of(&life.node, &life.incarnation))?;
        Some(known.get(witness)? >= first)
    }

    /// The logs of a package whose bytes do not hold were taken: no word of it speaks for them.
    pub fn abandon(&mut self) {
        let against = std::mem::take(&mut self.lives).into_iter().flat_map(|life| life.against);
        against.for_each(|finding| self.findings.add(finding));
    }

    /// Every package was taken: what nobody answered for is told.
    pub fn finish(&mut self) {
        self.abandon();
        let two = std::mem::take(&mut self.two).into_values().flatten();
        two.for_each(|finding| self.findings.add(finding));
    }

    /// The logs that ended because a store went back in time.
    pub fn departures(&self) -> &[Departure] {
        &self.departures
    }

    /// When a witness was last shown a log, by the clock of its node.
    fn newest_shown(&self, log: &LogId) -> Timestamp {
        let held = self.witnessed.get(log).into_iter().flat_map(|held| held.values().flatten());
        let others = held.filter(|it| self.owners.get(log) != Some(&it.holder));
        others.map(|it| it.at).max().unwrap_or(Timestamp::from_millis(i64::MIN))
    }

    fn settle(&mut self, against: Vec<Finding>, left: bool, life: Option<&Life>) {
        if !left {
            against.into_iter().for_each(|finding| self.findings.add(finding));
            return;
        }
        let told = against.iter().filter_map(|finding| match finding {
            Finding::Replaced { node, size, holder } => Some((*node, *size, *holder)),
            Finding::Cut { node, witnessed, holder, .. } => Some((*node, *witnessed, *holder)),
            Finding::TwoLogs { node, size, shown } => Some((*node, *size, shown[0])),
            _ => None,
        });
        if let Some((node, witnessed, holder)) = told.max_by_key(|(_, witnessed, _)| *witnessed) {
            self.departures.push(Departure {
                node,
                incarnation: life.map(|life| life.incarnation),
                size: life.map_or(0, |life| life.size),
                agreed: life.map_or(0, |life| life.agreed),
                witnessed,
                holder,
            });
        }
    }
}
