//! The working-day calendar of a public body: which days count, and how days are counted.
//!
//! A working day is Monday to Friday, without holidays, days in lieu and swapped days off, and
//! with the make-up days worked for them. What a year lists is decided and announced each year; a
//! year without a decision follows the law's own days and counts as provisional.
//!
//! **Invariant:** the same set of calendar years gives the same calendar, in whatever order they
//! arrived; every question about a day outside 1900 to 2200 is an error and never a guess.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use jiff::civil::{Date, date};

mod counting;
mod decisions;
pub mod lunar;
mod provisional;
mod year;

pub use counting::{Counting, Step, StepRole, Unit, weekday};
pub use decisions::{Decided, Decision, Decisions};
pub use year::{CalendarError, CalendarYear, SpecialDay, SpecialKind};

/// The years a calendar knows.
pub const YEARS: RangeInclusive<i16> = 1900..=2200;
/// First day a calendar knows.
const FIRST_DAY: Date = date(1900, 1, 1);

/// What a day is, with the reason in Vietnamese where its weekday does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind<'c> {
    /// Monday to Friday.
    Working,
    /// Saturday or Sunday.
    Weekend,
    /// A public holiday or day of Tết, on whatever weekday.
    Holiday(&'c str),
    /// A weekday off for a holiday that fell on a weekend.
    Compensation(&'c str),
    /// A weekday off that is worked on another day.
    SwappedOff(&'c str),
    /// A weekend day that is worked for another.
    SwappedWork(&'c str),
}

impl DayKind<'_> {
    /// Whether the day counts.
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Working | Self::SwappedWork(_))
    }
}

/// A count that can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// The day, or one on the way, is outside 1900 to 2200.
    #[error("{0} is outside the calendar")]
    OutOfRange(Date),
    /// The year is outside 1900 to 2200.
    #[error("year {0} is outside the calendar")]
    Year(i16),
    /// More days than [`Calendar::COUNT_MAX`].
    #[error("more than {} days can't be counted", Calendar::COUNT_MAX)]
    TooMany,
}

/// Decided years over provisional ones.
#[derive(Debug, Clone)]
pub struct Calendar {
    decided: BTreeMap<i16, CalendarYear>,
    /// Days of the undecided years by distance from 1900, each reckoned when first asked for.
    assumed: Vec<OnceLock<Vec<SpecialDay>>>,
}

/// What has been reckoned so far is no part of what a calendar says.
impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.decided == other.decided
    }
}

impl Eq for Calendar {}

impl Default for Calendar {
    fn default() -> Self {
        Self::provisional()
    }
}

impl Calendar {
    /// The most days one count may go through.
    pub const COUNT_MAX: u32 = 10_000;

    /// A calendar without any decision.
    pub fn provisional() -> Self {
        Self { decided: BTreeMap::new(), assumed: vec![OnceLock::new(); YEARS.count()] }
    }

    /// A calendar of decided years; of one year the highest version holds.
    ///
    /// # Errors
    /// [`CalendarError::Fork`] when one version of one year says two things.
    pub fn new(years: impl IntoIterator<Item = CalendarYear>) -> Result<Self, CalendarError> {
        let mut calendar = Self::provisional();
        for year in years {
            calendar.insert(year)?;
        }
        Ok(calendar)
    }

    /// Takes a decided year, and tells whether it changed anything: an older version does not.
    ///
    /// # Errors
    /// [`CalendarError::Fork`] when the same version is held with other content.
    pub fn insert(&mut self, year: CalendarYear) -> Result<bool, CalendarError> {
        if let Some(held) = self.decided.get(&year.year()) {
            if held.version() == year.version() && *held != year {
                let (year, version) = (year.year(), year.version());
                return Err(CalendarError::Fork { year, version });
            }
            if held.version() >= year.version() {
                return Ok(false);
            }
        }
        // A swap may reach into a neighbouring provisional year.
        self.assumed = vec![OnceLock::new(); YEARS.count()];
        self.decided.insert(year.year(), year);
        Ok(true)
    }

    /// Puts a decided year in force unless a higher version of it is.
    fn prefer(&mut self, year: &CalendarYear) {
        let held = self.decided.get(&year.year()).map_or(0, CalendarYear::version);
        if held <= year.version() {
            self.assumed = vec![OnceLock::new(); YEARS.count()];
            self.decided.insert(year.year(), year.clone());
        }
    }

    /// The decision of a year.
    pub fn decided(&self, year: i16) -> Option<&CalendarYear> {
        self.decided.get(&year)
    }

    /// Every decided year in order.
    pub fn decided_years(&self) -> impl Iterator<Item = &CalendarYear> {
        self.decided.values()
    }

    /// Whether a year follows the law's own days for want of a decision.
    pub fn is_provisional(&self, year: i16) -> bool {
        !self.decided.contains_key(&year)
    }

    /// The listed days of a year, decided or provisional, in order; none outside 1900 to 2200.
    pub fn days_of(&self, year: i16) -> &[SpecialDay] {
        if let Some(decided) = self.decided.get(&year) {
            return decided.days();
        }
        usize::try_from(i32::from(year) - i32::from(*YEARS.start()))
            .ok()
            .and_then(|place| self.assumed.get(place))
            .map_or(&[], |slot| slot.get_or_init(|| self.assume(year)))
    }

    /// What a day is.
    ///
    /// # Errors
    /// [`CountError::OutOfRange`] outside 1900 to 2200.
    pub fn kind_of(&self, day: Date) -> Result<DayKind<'_>, CountError> {
        if !YEARS.contains(&day.year()) {
            return Err(CountError::OutOfRange(day));
        }
        Ok(match year::find(self.days_of(day.year()), day) {
            Some(SpecialDay { kind, reason, .. }) => match kind {
                SpecialKind::Holiday => DayKind::Holiday(reason),
                SpecialKind::Compensation => DayKind::Compensation(reason),
                SpecialKind::SwappedOff => DayKind::SwappedOff(reason),
                SpecialKind::SwappedWork => DayKind::SwappedWork(reason),
            },
            None if year::is_weekend(day) => DayKind::Weekend,
            None => DayKind::Working,
        })
    }

    /// Swaps whose other day lies in a decided year that does not list it so.
    pub fn one_sided(&self) -> Vec<&SpecialDay> {
        let alone = |special: &&SpecialDay| {
            special.paired.is_some_and(|other| {
                self.decided.get(&other.year()).is_some_and(|year| {
                    year.get(other).is_none_or(|half| !year::are_a_pair(special, half))
                })
            })
        };
        self.decided.values().flat_map(CalendarYear::days).filter(alone).collect()
    }

    /// The law's own days, and what decided neighbours swap into the year.
    fn assume(&self, year: i16) -> Vec<SpecialDay> {
        let mut days = provisional::days_of(year);
        let neighbours = [year - 1, year + 1];
        let theirs = neighbours.iter().filter_map(|year| self.decided.get(year));
        for half in theirs.flat_map(CalendarYear::days).filter_map(year::other_half) {
            let off = half.kind == SpecialKind::SwappedOff;
            if half.day.year() == year && off != year::is_weekend(half.day) {
                days.retain(|special| special.day != half.day);
                days.push(half);
            }
        }
        days.sort_by_key(|special| special.day);
        days.dedup_by_key(|special| special.day);
        days
    }
}

#[cfg(test)]
mod tests;
