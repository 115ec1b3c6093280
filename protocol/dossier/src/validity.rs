//! From when to when something holds.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::PartialDate;

/// A span of days, open where an end is missing; the last day is excluded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// First day on which it holds.
    #[serde(default)]
    pub from: Option<PartialDate>,
    /// First day on which it holds no more.
    #[serde(default)]
    pub to: Option<PartialDate>,
}

impl Validity {
    /// Holds on every day.
    pub const ALWAYS: Self = Self { from: None, to: None };

    /// Whether it holds on `day`.
    pub fn covers(&self, day: Date) -> bool {
        self.from.is_none_or(|from| first_day(from) <= day)
            && self.to.is_none_or(|to| day < first_day(to))
    }

    /// Whether the end, if any, comes after the start.
    pub fn is_well_formed(&self) -> bool {
        match (self.from, self.to) {
            (Some(from), Some(to)) => first_day(from) < first_day(to),
            _ => true,
        }
    }
}

/// The earliest day a date may mean: a year alone means 1 January.
pub fn first_day(date: PartialDate) -> Date {
    let (year, month, day) = date.parts();
    Date::new(year, month.unwrap_or(1) as i8, day.unwrap_or(1) as i8)
        .expect("a partial date names days of the calendar only")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_last_day_is_excluded() {
        let span = Validity { from: "2015-11".parse().ok(), to: "2021-03-20".parse().ok() };
        assert!(span.is_well_formed() && span.covers(date(2015, 11, 1)));
        assert!(span.covers(date(2021, 3, 19)) && !span.covers(date(2021, 3, 20)));
        assert!(!span.covers(date(2015, 10, 31)) && Validity::ALWAYS.covers(date(1900, 1, 1)));
        assert!(!Validity { from: span.to, to: span.from }.is_well_formed());
    }
}
