//! The yearly decisions that are known, and the calendar they come to.
//!
//! **Invariant:** the same decisions come to the same calendar in whatever order they arrived: of a
//! year the highest version holds, of two of one version the one with the greater id. What a later
//! decision corrects stays known, so that the date it moved can be told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Calendar, CalendarYear};
use crate::grant::Officer;
use crate::{Hash, Timestamp};

/// A year as Sở Nội vụ enters it (Điều 7.3, 9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What was decided.
    pub year: CalendarYear,
    /// Who entered it.
    pub by: Officer,
}

/// A decision that is known, and when it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// When, by the clock of tier 3; it orders nothing.
    pub at: Timestamp,
    /// The decision.
    pub decision: Decision,
}

/// Decisions in their own order: year, version, id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions(BTreeMap<(i16, u32, Hash), Decided>);

impl Decisions {
    /// Takes a decision that was judged; `id` names it everywhere.
    pub fn take(&mut self, id: Hash, at: Timestamp, decision: Decision) {
        let place = (decision.year.year(), decision.year.version(), id);
        self.0.insert(place, Decided { at, decision });
    }

    /// Every decision with its id, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&Hash, &Decided)> {
        self.0.iter().map(|((_, _, id), decided)| (id, decided))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The version the next decision on a year has, over what `base` and the decisions know.
    pub fn next_version(&self, year: i16, base: &Calendar) -> u32 {
        let decided = self.of_year(year).map(|decision| decision.year.version()).max();
        let known = base.decided(year).map(CalendarYear::version);
        decided.max(known).unwrap_or(0).saturating_add(1)
    }

    /// The calendar in force: the newest decision of each year over `base`.
    pub fn over(&self, base: &Calendar) -> Calendar {
        let mut calendar = base.clone();
        self.0.values().for_each(|it| calendar.prefer(&it.decision.year));
        calendar
    }

    /// The calendar in force without the decision `id` and those on its year that came after it.
    pub fn before(&self, id: &Hash, base: &Calendar) -> Calendar {
        let corrected = self.0.keys().find(|(_, _, known)| known == id).copied();
        let mut calendar = base.clone();
        for (place, known) in &self.0 {
            if corrected.is_none_or(|it| place.0 != it.0 || *place < it) {
                calendar.prefer(&known.decision.year);
            }
        }
        calendar
    }

    /// The calendar in force as far as the decision `id` corrected its year, and no further.
    pub fn after(&self, id: &Hash, base: &Calendar) -> Calendar {
        let mut calendar = self.before(id, base);
        let own = self.0.iter().find(|((_, _, known), _)| known == id);
        own.iter().for_each(|(_, known)| calendar.prefer(&known.decision.year));
        calendar
    }

    fn of_year(&self, year: i16) -> impl Iterator<Item = &Decision> {
        self.0.values().map(|known| &known.decision).filter(move |it| it.year.year() == year)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::{SpecialDay, SpecialKind};

    fn decision(version: u32, document: &str, holidays: &[i8]) -> Decision {
        let day = |day: &i8| SpecialDay {
            day: date(2027, 9, *day),
            kind: SpecialKind::Holiday,
            reason: "Quốc khánh".to_owned(),
            document: document.to_owned(),
            paired: None,
        };
        let days = holidays.iter().map(day).collect();
        let year = CalendarYear::new(2027, version, document.to_owned(), days).expect("a year");
        Decision { year, by: Officer { full_name: "Lò Thị Mơ".to_owned(), login: None } }
    }

    fn taken(list: &[(u8, Decision)]) -> Decisions {
        let mut decisions = Decisions::default();
        for (id, decision) in list {
            let at = Timestamp::from_millis(i64::from(*id));
            decisions.take(Hash::from_bytes([*id; 32]), at, decision.clone());
        }
        decisions
    }

    /// R-9.2a: a later decision on the same year corrects the one before, whichever came first.
    #[test]
    fn the_highest_version_holds_in_any_order() {
        let base = Calendar::provisional();
        let mut list = vec![
            (3, decision(1, "a", &[2])),
            (2, decision(2, "b", &[2, 3])),
            (9, decision(2, "c", &[1, 2])),
        ];
        let forward = taken(&list);
        list.reverse();
        assert_eq!(forward, taken(&list));
        let calendar = forward.over(&base);
        assert_eq!(calendar.decided(2027).map(CalendarYear::document), Some("c"));
        assert_eq!(forward.next_version(2027, &base), 3);
        assert_eq!(forward.next_version(2028, &base), 1);
    }

    #[test]
    fn what_was_corrected_is_still_told() {
        let (first, second) = (Hash::from_bytes([1; 32]), Hash::from_bytes([2; 32]));
        let decisions = taken(&[(1, decision(1, "a", &[2])), (2, decision(2, "b", &[2, 3]))]);
        let base = Calendar::provisional();
        assert!(decisions.before(&first, &base).is_provisional(2027));
        let document =
            |calendar: &Calendar| calendar.decided(2027).map(|year| year.document().to_owned());
        assert_eq!(document(&decisions.after(&first, &base)).as_deref(), Some("a"));
        assert_eq!(document(&decisions.before(&second, &base)).as_deref(), Some("a"));
        assert_eq!(document(&decisions.after(&second, &base)).as_deref(), Some("b"));
    }
}
