//! What is owed for all dossiers of a unit: how much of each urgency, and the most urgent of it.
//!
//! Of each dossier a few words are remembered, as the clocks gave them on one day by one calendar: the
//! page that a clerk opens first must not wait for thirty thousand dossiers to be judged again.
//!
//! **Invariant:** what is remembered is of the state of the dossier it is asked for, and is dropped
//! when the day, the calendar or the org tree is another.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use dossier::calendar::Calendar;
use dossier::deadline::Profile;
use dossier::obligation::{Bench, Urgency};
use dossier::{DossierId, Hash, UnitId};
use jiff::civil::Date;
use protocol::reconciliation::ScopeSum;
use serde::{Deserialize, Serialize};

use super::{Appraisal, Packed};

/// Answers that are kept for whoever asks the same again.
const TOLD: usize = 8;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedOrder {
    /// Of this unit and those under it; of all that are held where `None`.
    pub scope: Option<UnitId>,
    /// Of these urgencies.
    pub wanted: BTreeSet<Urgency>,
    /// How many are told, the most urgent first; at most [`OwedOrder::LIMIT`].
    pub limit: u32,
}

impl OwedOrder {
    /// The most that are told at once.
    pub const LIMIT: u32 = 200;
}

/// What is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedPage {
    /// Whether dossiers are still to be judged; nothing else is told then, and asking again goes on.
    pub unfinished: bool,
    /// How many obligations there are of each urgency, wanted or not.
    pub counts: BTreeMap<Urgency, u32>,
    /// Changes that wait for review (Điều 15.1).
    pub unreviewed: u64,
    /// The dossiers for which the most urgent of the wanted ones are owed.
    pub of: Vec<OwedOf>,
}

/// A dossier for which something is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedOf {
    /// Whose.
    pub name: String,
    /// What can be said of it, from which the obligations follow.
    pub appraisal: Packed,
    /// Which of them.
    pub obligations: Vec<Hash>,
}

/// For what everything that is remembered holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// The day.
    pub day: Date,
    /// The version of the org tree.
    pub tree: u64,
    /// The decisions on the calendar.
    pub decided: Vec<Hash>,
}

/// What the clocks said of one dossier.
#[derive(Debug)]
struct Known {
    mark: Hash,
    unreviewed: u32,
    settled: u32,
    owed: Vec<(Urgency, Date, Hash)>,
}

/// What the clocks said of all dossiers.
#[derive(Debug, Default)]
pub struct Tally {
    profile: Profile,
    of: Option<(Ground, Calendar)>,
    known: BTreeMap<DossierId, Known>,
    told: Vec<(OwedOrder, ScopeSum, OwedPage)>,
}

impl Tally {
    /// By this profile, with nothing remembered.
    pub fn new(profile: Profile) -> Self {
        Self { profile, ..Self::default() }
    }

    /// Whether it judges on this ground.
    pub fn stands_on(&self, ground: &Ground) -> bool {
        self.of.as_ref().is_some_and(|(of, _)| of == ground)
    }

    /// Says on what ground it judges from here on.
    pub fn turn_to(&mut self, ground: Ground, calendar: Calendar) {
        *self = Self { of: Some((ground, calendar)), ..Self::new(self.profile) };
    }

    /// Whether a dossier was judged in the state `mark`.
    pub fn knows(&self, dossier: &DossierId, mark: &Hash) -> bool {
        self.known.get(dossier).is_some_and(|known| known.mark == *mark)
    }

    /// Judges a dossier in the state `mark`; it must stand on a ground.
    pub fn take(&mut self, mark: Hash, appraisal: &Appraisal) {
        let Some((Ground { day, .. }, calendar)) = &self.of else { return };
        let bench = Bench { as_of: *day, calendar, profile: &self.profile };
        let (mut settled, mut owed) = (0, Vec::new());
        for one in bench.of_dossier(&appraisal.facts) {
            match one.urgency() {
                Urgency::Settled => settled += 1,
                urgency => owed.push((urgency, one.due.last_on_time, one.id)),
            }
        }
        let known = Known { mark, unreviewed: appraisal.unreviewed, settled, owed };
        self.known.insert(appraisal.facts.dossier, known);
    }

    /// Forgets dossiers that are not held.
    pub fn keep_only(&mut self, held: &BTreeSet<DossierId>) {
        self.known.retain(|id, _| held.contains(id));
    }

    /// What was answered when the dossiers of the scope stood as they do.
    pub fn recall(&self, order: &OwedOrder, sum: &ScopeSum) -> Option<&OwedPage> {
        let mut told = self.told.iter();
        told.find(|(known, of, _)| known == order && of == sum).map(|(.., page)| page)
    }

    /// Remembers an answer in the place of the oldest.
    pub fn keep(&mut self, order: &OwedOrder, sum: ScopeSum, page: &OwedPage) {
        self.told.retain(|(known, ..)| known != order);
        self.told.truncate(TOLD - 1);
        self.told.insert(0, (order.clone(), sum, page.clone()));
    }

    /// Counts what these dossiers owe into `page`, and gives the most urgent of what is wanted, by
    /// dossier.
    pub fn count<'a>(
        &self,
        dossiers: impl Iterator<Item = &'a DossierId>,
        order: &OwedOrder,
        page: &mut OwedPage,
    ) -> BTreeMap<DossierId, Vec<Hash>> {
        let limit = order.limit.min(OwedOrder::LIMIT) as usize;
        // The least urgent of those that were chosen stands on top.
        let mut chosen = BinaryHeap::new();
        for (id, known) in dossiers.filter_map(|id| self.known.get_key_value(id)) {
            page.unreviewed += u64::from(known.unreviewed);
            *page.counts.entry(Urgency::Settled).or_default() += known.settled;
            for (urgency, last, name) in &known.owed {
                *page.counts.entry(*urgency).or_default() += 1;
                if order.wanted.contains(urgency) {
                    chosen.push((*urgency, *last, *name, *id));
                    if chosen.len() > limit {
                        chosen.pop();
                    }
                }
            }
        }
        let mut by_dossier: BTreeMap<DossierId, Vec<Hash>> = BTreeMap::new();
        for (_, _, name, id) in chosen {
            by_dossier.entry(id).or_default().push(name);
        }
        by_dossier
    }
}
