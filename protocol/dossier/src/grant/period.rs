//! From which day to which day a grant holds, and how far a clock is believed.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use crate::{PartialDate, Timestamp};

/// Vietnam's offset; the country has one zone and no summer time.
const HOURS_EAST: i8 = 7;

/// The day it is in Vietnam at an instant; [`Date::ZERO`] for an instant no calendar has.
pub fn day_in_vietnam(at: Timestamp) -> Date {
    let zone = TimeZone::fixed(Offset::constant(HOURS_EAST));
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map_or(Date::ZERO, |at| at.to_zoned(zone).date())
}

/// The instant at which a day is over in Vietnam; `None` for the last day a calendar has.
pub fn end_in_vietnam(day: Date) -> Option<Timestamp> {
    let zone = TimeZone::fixed(Offset::constant(HOURS_EAST));
    let next = day.tomorrow().ok()?.to_zoned(zone).ok()?;
    Some(Timestamp::from_millis(next.timestamp().as_millisecond()))
}

/// What day it is, as far as a node can know it.
///
/// A clock may have been set. A grant begins when the earliest day it may be has reached its first
/// day, and is over when the latest day it may be has passed its last: a wrong clock takes away,
/// and never gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today {
    earliest: Date,
    latest: Date,
}

impl Today {
    /// A day nobody doubts.
    pub fn certain(day: Date) -> Self {
        Self { earliest: day, latest: day }
    }

    /// The day of a clock that shows `now`, where the province is known to have been at `seen`: a
    /// superior's word or a record of the register. A clock further ahead of it than `away_ms`,
    /// the longest time a node goes without hearing a superior, is not believed.
    pub fn between(now: Timestamp, seen: Option<Timestamp>, away_ms: i64) -> Self {
        let seen = seen.unwrap_or(now);
        let ahead = now.as_millis().saturating_sub(seen.as_millis());
        let earliest = if ahead > away_ms { seen } else { now };
        Self { earliest: day_in_vietnam(earliest), latest: day_in_vietnam(now.max(seen)) }
    }

    /// The latest day it may be.
    pub fn latest(self) -> Date {
        self.latest
    }
}

/// Days on which a grant holds, the first and the last among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first day.
    pub from: PartialDate,
    /// The last day.
    pub to: PartialDate,
}

impl Period {
    /// Whether both ends are whole days, the first not after the last.
    pub fn is_well_formed(&self) -> bool {
        match (self.from.civil(), self.to.civil()) {
            (Some(from), Some(to)) => from <= to,
            _ => false,
        }
    }

    /// How many days it lasts; 0 when it is empty.
    pub fn days(&self) -> i32 {
        let span = |from: Date, to: Date| (to - from).get_days() + 1;
        let days = self.from.civil().zip(self.to.civil()).map(|(from, to)| span(from, to));
        days.map_or(0, |days| days.max(0))
    }

    /// The days that are in both.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }

    /// Whether every day of `other` is in it.
    pub fn contains(&self, other: &Self) -> bool {
        self.meet(other) == *other
    }

    /// Whether it holds.
    pub fn covers(&self, today: Today) -> bool {
        let begun = self.from.civil().is_some_and(|from| from <= today.earliest);
        begun && !self.is_over(today)
    }

    /// Whether its last day may have passed.
    pub fn is_over(&self, today: Today) -> bool {
        self.to.civil().is_none_or(|to| to < today.latest)
    }
}
