//! The deadline judge: counts working days by itself and compares.
//!
//! It knows nothing of the calendar's room: days are numbers counted from 1970, a list of days off and
//! days worked is read from the table as text, and a term is counted by going from day to day.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// A day as a number, counted from 01/01/1970.
type Day = i64;

/// Days off and days worked beyond what weekdays say.
#[derive(Debug, Clone, Default)]
pub struct Almanac {
    off: BTreeSet<Day>,
    worked: BTreeSet<Day>,
}

impl Almanac {
    /// Reads the first three columns of a table of days: date, weekday, kind.
    ///
    /// # Panics
    /// When a line is none of such a table.
    pub fn read(table: &str) -> Self {
        let mut almanac = Self::default();
        for line in table.lines().skip(1) {
            let mut cells = line.split(',');
            let date = cells.next().expect("a date");
            almanac.note(date, cells.nth(1) == Some("swap_work"));
        }
        almanac
    }

    /// Notes a day `YYYY-MM-DD` as worked, or as off.
    ///
    /// # Panics
    /// When it is no date.
    pub fn note(&mut self, date: &str, worked: bool) {
        let day = number(date);
        let (gets, loses) = match worked {
            true => (&mut self.worked, &mut self.off),
            false => (&mut self.off, &mut self.worked),
        };
        loses.remove(&day);
        gets.insert(day);
    }

    /// The last day of a term of `days` working days after `date`, as `YYYY-MM-DD`.
    ///
    /// # Panics
    /// When it is no date.
    pub fn last(&self, date: &str, days: u32) -> String {
        let (mut day, mut left) = (number(date), days);
        while left > 0 {
            day += 1;
            // 01/01/1970 was a Thursday.
            let weekend = matches!((day + 3).rem_euclid(7), 5 | 6);
            let works = self.worked.contains(&day) || (!weekend && !self.off.contains(&day));
            left -= u32::from(works);
        }
        written(day)
    }
}

/// A term that the law gives: the day it counts from, `YYYY-MM-DD`, and its working days.
pub type Term = (String, u32);

/// What a node `told` of what is owed, each with its last day, against what is `owed`.
pub fn faults<K: Ord + Display>(
    told: &BTreeMap<K, String>,
    owed: &BTreeMap<K, Term>,
    almanac: &Almanac,
) -> Vec<String> {
    let mut words = Vec::new();
    for (what, (from, days)) in owed {
        let last = almanac.last(from, *days);
        match told.get(what) {
            None => words.push(format!("{what} is owed until {last} and not told")),
            Some(there) if *there != last => {
                words.push(format!("{what} is owed until {last} and told until {there}"));
            }
            Some(_) => {}
        }
    }
    let invented = told.keys().filter(|what| !owed.contains_key(what));
    words.extend(invented.map(|what| format!("{what} is told and not owed")));
    words
}

/// The days of a year, one after the other, as `YYYY-MM-DD`.
///
/// # Panics
/// Never for a year of four digits.
pub fn days_of(year: i32) -> Vec<String> {
    let first = number(&format!("{year:04}-01-01"));
    let next = number(&format!("{:04}-01-01", year + 1));
    (first..next).map(written).collect()
}

fn leaps(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leaps(year) => 29,
        2 => 28,
        _ => 31,
    }
}

pub(super) fn number(date: &str) -> Day {
    let parts: Vec<i64> = date.split('-').map(|part| part.parse().expect("a number")).collect();
    let [year, month, day] = parts.as_slice() else { panic!("{date} is no date") };
    let years: i64 = (1970..*year).map(|year| if leaps(year) { 366 } else { 365 }).sum();
    let months: i64 = (1..*month).map(|month| length(*year, month)).sum();
    years + months + day - 1
}

fn written(mut day: Day) -> String {
    let mut year = 1970;
    loop {
        let days = if leaps(year) { 366 } else { 365 };
        if day < days {
            break;
        }
        day -= days;
        year += 1;
    }
    let mut month = 1;
    while day >= length(year, month) {
        day -= length(year, month);
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_otherwise_or_not_at_all_is_found() {
        let mut almanac = Almanac::default();
        let owed = BTreeMap::from([("a", ("2026-01-05".to_owned(), 15))]);
        let told = |last: &str| BTreeMap::from([("a", last.to_owned())]);
        assert_eq!(faults(&told("2026-01-26"), &owed, &almanac), Vec::<String>::new());
        assert_eq!(faults(&told("2026-01-27"), &owed, &almanac).len(), 1);
        assert_eq!(faults(&BTreeMap::new(), &owed, &almanac).len(), 1);
        assert_eq!(faults(&told("2026-01-26"), &BTreeMap::new(), &almanac).len(), 1);
        almanac.note("2026-01-12", false);
        assert_eq!(faults(&told("2026-01-27"), &owed, &almanac), Vec::<String>::new());
    }
}
