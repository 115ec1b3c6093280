//! When an outage has lasted "two consecutive working days" (Điều 14.7).
//!
//! Two readings: by default service must be gone for nearly all working hours of both days; the
//! wider one asks only that one outage touches the hours of both. Weekends and holidays between
//! two working days do not part them. Times are local, UTC+7.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, time};

use crate::calendar::{Calendar, CountError};

/// Which outage binds Sở Nội vụ to give notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutageReading {
    /// Reading A: no service during this part of the working hours of both days, in percent.
    Whole {
        /// 1 to 100.
        percent: u8,
    },
    /// Reading B: one outage that touches the working hours of both days.
    Touched,
}

impl OutageReading {
    /// Reading A, at nine tenths.
    pub const USUAL: Self = Self::Whole { percent: 90 };
}

impl Default for OutageReading {
    fn default() -> Self {
        Self::USUAL
    }
}

/// The office hours of a day, a local setting: spans in order that do not overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingHours {
    spans: [(Time, Time); Self::SPANS_MAX],
    count: usize,
}

impl WorkingHours {
    /// The most spans of a day.
    pub const SPANS_MAX: usize = 4;

    /// 7:30 to 11:30 and 13:30 to 17:30.
    pub const USUAL: Self = {
        let none = (Time::midnight(), Time::midnight());
        let morning = (time(7, 30, 0, 0), time(11, 30, 0, 0));
        let afternoon = (time(13, 30, 0, 0), time(17, 30, 0, 0));
        Self { spans: [morning, afternoon, none, none], count: 2 }
    };

    /// Takes the spans of a day, each from a time to a later one; `None` where they are out of
    /// order, overlap, or are none or more than [`Self::SPANS_MAX`].
    pub fn new(given: &[(Time, Time)]) -> Option<Self> {
        let times: Vec<Time> = given.iter().flat_map(|(from, to)| [*from, *to]).collect();
        let rising = times.windows(2).all(|pair| pair[0] < pair[1]);
        let mut spans = [(Time::midnight(), Time::midnight()); Self::SPANS_MAX];
        if !rising || given.is_empty() || given.len() > spans.len() {
            return None;
        }
        spans[..given.len()].copy_from_slice(given);
        Some(Self { spans, count: given.len() })
    }

    fn spans(&self) -> &[(Time, Time)] {
        &self.spans[..self.count]
    }
}

impl Default for WorkingHours {
    fn default() -> Self {
        Self::USUAL
    }
}

/// A text that is no office hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the office hours of a day")]
pub struct HoursError;

/// Reads hours as they are set: `07:30-11:30, 13:30-17:30`.
impl FromStr for WorkingHours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let moment = |text: &str| Time::strptime("%H:%M", text.trim()).map_err(|_| HoursError);
        let span = |text: &str| {
            let (from, to) = text.split_once('-').ok_or(HoursError)?;
            Ok((moment(from)?, moment(to)?))
        };
        let most = Self::SPANS_MAX + 1;
        let spans: Vec<_> = text.split(',').take(most).map(span).collect::<Result<_, _>>()?;
        Self::new(&spans).ok_or(HoursError)
    }
}

/// A span without service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outage {
    /// When service went.
    pub from: DateTime,
    /// When it came back; of one that lasts, the time it is judged at.
    pub to: DateTime,
}

/// A working day with less than full service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownDay {
    /// The day.
    pub day: Date,
    /// Seconds of its working hours without service.
    pub down: u32,
    /// Seconds of its working hours.
    pub of: u32,
}

/// The two days that bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger {
    /// The first.
    pub first: Date,
    /// The next working day, from which notice is due.
    pub second: Date,
}

/// Outages that can't be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutageError {
    /// It ends before it starts.
    #[error("an outage ends before it starts, at {0}")]
    Backwards(DateTime),
    /// More spans than [`OUTAGES_MAX`], or one longer than [`OUTAGE_DAYS_MAX`].
    #[error("too many outages, or one too long")]
    TooMany,
    /// A day outside the calendar.
    #[error("an outage can't be counted")]
    Count(#[from] CountError),
}

/// The most spans judged at once.
pub const OUTAGES_MAX: usize = 1_000;
/// The most days one span may last.
pub const OUTAGE_DAYS_MAX: i32 = 1_000;

/// The working days that outages touch, in order; spans that overlap count once.
///
/// # Errors
/// [`OutageError`] for spans that run backwards or beyond the limits.
pub fn down_days(
    outages: &[Outage],
    hours: &WorkingHours,
    calendar: &Calendar,
) -> Result<Vec<DownDay>, OutageError> {
    let of = hours.spans().iter().map(|(from, to)| seconds(*from, *to)).sum();
    let mut days: Vec<DownDay> = Vec::new();
    for outage in merged(outages)? {
        let mut day = outage.from.date();
        while day <= outage.to.date() {
            let down = outage.down_on(day, hours);
            if down > 0 && calendar.is_working(day)? {
                match days.last_mut() {
                    Some(last) if last.day == day => last.down += down,
                    _ => days.push(DownDay { day, down, of }),
                }
            }
            day = day.tomorrow().map_err(|_| CountError::OutOfRange(day))?;
        }
    }
    Ok(days)
}

/// The first two consecutive working days on which service was gone as `reading` asks.
///
/// # Errors
/// [`OutageError`] for spans that run backwards or beyond the limits.
pub fn trigger(
    outages: &[Outage],
    reading: OutageReading,
    hours: &WorkingHours,
    calendar: &Calendar,
) -> Result<Option<Trigger>, OutageError> {
    match reading {
        OutageReading::Whole { percent } => {
            let mut days = down_days(outages, hours, calendar)?;
            days.retain(|day| u64::from(day.down) * 100 >= u64::from(day.of) * u64::from(percent));
            consecutive(&days, calendar)
        }
        OutageReading::Touched => {
            for outage in merged(outages)? {
                let days = down_days(&[outage], hours, calendar)?;
                if let Some(trigger) = consecutive(&days, calendar)? {
                    return Ok(Some(trigger));
                }
            }
            Ok(None)
        }
    }
}

fn consecutive(days: &[DownDay], calendar: &Calendar) -> Result<Option<Trigger>, OutageError> {
    for pair in days.windows(2) {
        let (first, second) = (pair[0].day, pair[1].day);
        if calendar.add_working_days(first, 1)? == second {
            return Ok(Some(Trigger { first, second }));
        }
    }
    Ok(None)
}

/// The spans in order, those that overlap or touch as one.
fn merged(outages: &[Outage]) -> Result<Vec<Outage>, OutageError> {
    if outages.len() > OUTAGES_MAX {
        return Err(OutageError::TooMany);
    }
    let mut sorted = outages.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<Outage> = Vec::with_capacity(sorted.len());
    for outage in sorted {
        if outage.to < outage.from {
            return Err(OutageError::Backwards(outage.from));
        }
        match merged.last_mut() {
            Some(last) if outage.from <= last.to => last.to = last.to.max(outage.to),
            _ => merged.push(outage),
        }
    }
    let overlong = merged.iter().any(|outage| {
        let span = outage.from.date().until(outage.to.date());
        span.map_or(true, |span| span.get_days() > OUTAGE_DAYS_MAX)
    });
    if overlong { Err(OutageError::TooMany) } else { Ok(merged) }
}

impl Outage {
    /// Seconds of a day's working hours that lie within the outage.
    fn down_on(&self, day: Date, hours: &WorkingHours) -> u32 {
        hours
            .spans()
            .iter()
            .map(|(from, to)| {
                let (from, to) = (day.to_datetime(*from), day.to_datetime(*to));
                let (from, to) = (from.max(self.from), to.min(self.to));
                if from < to { seconds(from.time(), to.time()) } else { 0 }
            })
            .sum()
    }
}

/// Seconds from one time of a day to a later one; 0 for an earlier one.
fn seconds(from: Time, to: Time) -> u32 {
    u32::try_from(to.duration_since(from).as_secs()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
