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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use dossier::obligation::{DossierFacts, Entered, Obligation};
    use dossier::{LegalBasis, PartialDate};

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 3, 31);

    fn day(date: Date) -> PartialDate {
        PartialDate::day(date.year(), date.month() as u8, date.day() as u8).expect("a day")
    }

    /// A dossier in which a decision of each of these days was entered forty days later.
    fn appraisal(number: u8, signed: &[Date]) -> Appraisal {
        let entered = signed.iter().zip(0..).map(|(signed, place)| Entered {
            change: Hash::from_bytes([number.wrapping_mul(16).wrapping_add(place); 32]),
            on: day(*signed + jiff::Span::new().days(40)),
            opens: place == 0,
            basis: LegalBasis::Decision {
                issuer: "UBND".to_owned(),
                number: format!("{place}/QĐ"),
                signed_on: day(*signed),
                effective_on: None,
                scan: None,
            },
        });
        let facts = DossierFacts {
            dossier: DossierId::from_bytes([number; 16]),
            unit: "d150".parse().expect("a unit"),
            entered: entered.collect(),
            on_file: Vec::new(),
            recruited_on: None,
            completed_on: None,
            moving: Vec::new(),
            kept_since: None,
            reasons: BTreeMap::new(),
        };
        Appraisal {
            facts,
            complete: false,
            missing: 0,
            findings: BTreeMap::new(),
            errors: 0,
            warnings: 0,
            conflicts: 0,
            unreviewed: u32::from(number),
            status: String::new(),
            in_service: true,
            matched: true,
            authors: Vec::new(),
            wrong: BTreeMap::new(),
        }
    }

    fn tally() -> Tally {
        let mut tally = Tally::new(Profile::default());
        let ground = Ground { day: TODAY, tree: 1, decided: Vec::new() };
        tally.turn_to(ground, Calendar::provisional());
        tally
    }

    fn order(limit: u32) -> OwedOrder {
        let wanted = [Urgency::Overdue, Urgency::ReasonAsked, Urgency::DueSoon, Urgency::Open];
        OwedOrder { scope: None, wanted: wanted.into(), limit }
    }

    #[test]
    fn it_counts_what_the_clocks_say_and_chooses_the_most_urgent() {
        let (mut tally, calendar) = (tally(), Calendar::provisional());
        let profile = Profile::default();
        let bench = Bench { as_of: TODAY, calendar: &calendar, profile: &profile };
        let days = |back: [i64; 3]| back.map(|back| TODAY - jiff::Span::new().days(back));
        let all = [
            appraisal(1, &days([11, 200, 400])),
            appraisal(2, &days([60, 61, 62])),
            appraisal(3, &days([12, 20, 30])),
        ];
        let mark = Hash::from_bytes([1; 32]);
        all.iter().for_each(|it| tally.take(mark, it));
        let mut owed: Vec<Obligation> =
            all.iter().flat_map(|it| bench.of_dossier(&it.facts)).collect();
        owed.sort_by_cached_key(|it| (it.urgency(), it.due.last_on_time, it.id));

        let ids: Vec<DossierId> = all.iter().map(|it| it.facts.dossier).collect();
        let mut page = OwedPage::default();
        let chosen = tally.count(ids.iter(), &order(3), &mut page);
        assert_eq!(page.unreviewed, 6);
        for (urgency, count) in &page.counts {
            let by_hand = owed.iter().filter(|it| it.urgency() == *urgency).count();
            assert_eq!(*count as usize, by_hand, "{urgency:?}");
        }
        assert_eq!(page.counts.values().sum::<u32>() as usize, owed.len());
        owed.retain(|it| it.urgency() != Urgency::Settled);
        assert!(owed.len() > 3, "some are left out");
        let first: BTreeSet<Hash> = owed.iter().take(3).map(|it| it.id).collect();
        assert_eq!(chosen.into_values().flatten().collect::<BTreeSet<_>>(), first);
    }

    #[test]
    fn nothing_is_remembered_of_another_state_or_on_another_ground() {
        let mut tally = tally();
        let (one, other) = (Hash::from_bytes([1; 32]), Hash::from_bytes([2; 32]));
        let appraisal = appraisal(1, &[TODAY]);
        let id = appraisal.facts.dossier;
        tally.take(one, &appraisal);
        assert!(tally.knows(&id, &one) && !tally.knows(&id, &other));

        let (page, mut sum) =
            (OwedPage { unreviewed: 7, ..OwedPage::default() }, ScopeSum::default());
        tally.keep(&order(3), sum, &page);
        assert_eq!(tally.recall(&order(3), &sum), Some(&page));
        assert_eq!(tally.recall(&order(4), &sum), None);
        sum.add(&[5; 32]);
        assert_eq!(tally.recall(&order(3), &sum), None, "a dossier changed");

        let next = Ground { day: TODAY.tomorrow().expect("a day"), tree: 1, decided: Vec::new() };
        assert!(!tally.stands_on(&next));
        tally.turn_to(next.clone(), Calendar::provisional());
        assert!(tally.stands_on(&next) && !tally.knows(&id, &one));
        assert_eq!(tally.recall(&order(3), &ScopeSum::default()), None);
    }
}
