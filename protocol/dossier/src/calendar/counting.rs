//! Counting days, and showing the count.
//!
//! "n ngày làm việc kể từ ngày X": X does not count, the term ends at 24:00 of the n-th working day
//! after it (Bộ luật Dân sự 2015 Điều 147, 148; 2005 Điều 152, 153).

use std::fmt;

use jiff::civil::{Date, Weekday};

use super::{Calendar, CountError, DayKind, FIRST_DAY, YEARS};
use crate::Timestamp;
use crate::grant::{day_in_vietnam, end_in_vietnam};

/// Which days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Working days alone.
    Working,
    /// Every day; an end on a rest day is moved on (Bộ luật Dân sự 2015 Điều 148.5).
    Calendar,
}

/// A term of days, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counting {
    /// The day of the event, which does not count.
    pub after: Date,
    /// How many days of `unit`.
    pub number: u32,
    /// Which days count.
    pub unit: Unit,
    /// The day at whose end the term ends.
    pub last: Date,
    /// Whether it goes through a year that is not decided.
    pub provisional: bool,
}

/// What a day is in a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepRole {
    /// The n-th day.
    Counted(u32),
    /// A day that does not count.
    PassedOver,
    /// The working day to which the end is moved.
    MovedTo,
}

/// One day of a count; as text a line in Vietnamese, e.g. `bỏ qua T5 30/04/2015: Ngày Chiến thắng`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'c> {
    /// The day.
    pub day: Date,
    /// What it is in this count.
    pub role: StepRole,
    /// What it is in the calendar.
    pub kind: DayKind<'c>,
}

impl Counting {
    /// Every day from the first after the event to the last, with its number or its reason.
    ///
    /// # Errors
    /// [`CountError`] when the days are not within the calendar or its limits.
    pub fn steps<'c>(&self, calendar: &'c Calendar) -> Result<Vec<Step<'c>>, CountError> {
        let (mut steps, mut counted, mut day) = (Vec::new(), 0, self.after);
        while day < self.last {
            day = next(day)?;
            let kind = calendar.kind_of(day)?;
            let counts = self.unit == Unit::Calendar || kind.is_working();
            let role = if counts && counted < self.number {
                counted += 1;
                StepRole::Counted(counted)
            } else if counts && day == self.last {
                StepRole::MovedTo
            } else {
                StepRole::PassedOver
            };
            // A term moved over rest days is longer than its number, by days and never by years.
            if steps.len() > 2 * Calendar::COUNT_MAX as usize {
                return Err(CountError::TooMany);
            }
            steps.push(Step { day, role, kind });
        }
        Ok(steps)
    }
}

impl Calendar {
    /// Whether a day counts as working.
    ///
    /// # Errors
    /// [`CountError::OutOfRange`] outside 1900 to 2200.
    pub fn is_working(&self, day: Date) -> Result<bool, CountError> {
        self.kind_of(day).map(DayKind::is_working)
    }

    /// The `number`-th working day after `start`; `start` itself for 0.
    ///
    /// # Errors
    /// [`CountError`] for more than [`Self::COUNT_MAX`] days or an end outside the calendar.
    pub fn add_working_days(&self, start: Date, number: u32) -> Result<Date, CountError> {
        check(start, number)?;
        let mut day = start;
        for _ in 0..number {
            day = self.working_day_from(next(day)?)?;
        }
        Ok(day)
    }

    /// The instant at which a term of `number` working days is over that begins at `at`: 24:00 in
    /// Vietnam of the last of them.
    ///
    /// # Errors
    /// As [`Self::add_working_days`].
    pub fn end_of_term(&self, at: Timestamp, number: u32) -> Result<Timestamp, CountError> {
        let last = self.add_working_days(day_in_vietnam(at), number)?;
        end_in_vietnam(last).ok_or(CountError::OutOfRange(last))
    }

    /// The count of `number` working days after `start`.
    ///
    /// # Errors
    /// As [`Self::add_working_days`].
    pub fn count_working_days(&self, start: Date, number: u32) -> Result<Counting, CountError> {
        let last = self.add_working_days(start, number)?;
        Ok(self.counting(start, number, Unit::Working, last))
    }

    /// The count of `number` days of any kind after `start`; an end on a rest day is moved to the
    /// next working day.
    ///
    /// # Errors
    /// As [`Self::add_working_days`].
    pub fn count_calendar_days(&self, start: Date, number: u32) -> Result<Counting, CountError> {
        check(start, number)?;
        let span = jiff::Span::new().days(i64::from(number));
        let end = start.checked_add(span).map_err(|_| CountError::OutOfRange(start))?;
        let last = self.working_day_from(end)?;
        Ok(self.counting(start, number, Unit::Calendar, last))
    }

    /// How many working days lie after `after`, up to and with `until`; 0 where `until` is earlier.
    ///
    /// # Errors
    /// [`CountError`] for more than [`Self::COUNT_MAX`] days or a day outside the calendar.
    pub fn working_days_between(&self, after: Date, until: Date) -> Result<u32, CountError> {
        check(after, 0)?;
        check(until, 0)?;
        let (mut day, mut counted) = (after, 0);
        while day < until {
            day = next(day)?;
            counted += u32::from(self.is_working(day)?);
            if counted > Self::COUNT_MAX {
                return Err(CountError::TooMany);
            }
        }
        Ok(counted)
    }

    /// The first working day that is `day` or comes after it.
    ///
    /// # Errors
    /// [`CountError::OutOfRange`] when there is none within the calendar.
    pub fn working_day_from(&self, mut day: Date) -> Result<Date, CountError> {
        while !self.is_working(day)? {
            day = next(day)?;
        }
        Ok(day)
    }

    /// The last working day that is `day` or comes before it.
    ///
    /// # Errors
    /// [`CountError::OutOfRange`] when there is none within the calendar.
    pub fn working_day_until(&self, mut day: Date) -> Result<Date, CountError> {
        while !self.is_working(day)? {
            day = day.yesterday().map_err(|_| CountError::OutOfRange(FIRST_DAY))?;
        }
        Ok(day)
    }

    /// Whether any year from one day to another lacks a decision.
    pub fn is_provisional_between(&self, from: Date, to: Date) -> bool {
        (from.year()..=to.year()).any(|year| self.is_provisional(year))
    }

    fn counting(&self, after: Date, number: u32, unit: Unit, last: Date) -> Counting {
        let provisional = self.is_provisional_between(after, last);
        Counting { after, number, unit, last, provisional }
    }
}

fn check(day: Date, number: u32) -> Result<(), CountError> {
    if !YEARS.contains(&day.year()) {
        Err(CountError::OutOfRange(day))
    } else if number > Calendar::COUNT_MAX {
        Err(CountError::TooMany)
    } else {
        Ok(())
    }
}

fn next(day: Date) -> Result<Date, CountError> {
    day.tomorrow().map_err(|_| CountError::OutOfRange(day))
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = format!("{} {}", weekday(self.day), self.day.strftime("%d/%m/%Y"));
        match self.role {
            StepRole::Counted(number) => write!(f, "ngày {number}: {day}")?,
            StepRole::PassedOver => write!(f, "bỏ qua {day}")?,
            StepRole::MovedTo => write!(f, "chuyển sang {day}")?,
        }
        match self.kind {
            DayKind::Working => Ok(()),
            DayKind::Weekend => f.write_str(": nghỉ hằng tuần"),
            DayKind::Holiday(reason)
            | DayKind::Compensation(reason)
            | DayKind::SwappedOff(reason)
            | DayKind::SwappedWork(reason) => write!(f, ": {reason}"),
        }
    }
}

/// A weekday as office calendars write it, e.g. `T2` or `CN`.
pub fn weekday(day: Date) -> &'static str {
    match day.weekday() {
        Weekday::Monday => "T2",
        Weekday::Tuesday => "T3",
        Weekday::Wednesday => "T4",
        Weekday::Thursday => "T5",
        Weekday::Friday => "T6",
        Weekday::Saturday => "T7",
        Weekday::Sunday => "CN",
    }
}
