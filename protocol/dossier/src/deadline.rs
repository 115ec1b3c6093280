//! The law's deadlines: when each ends, how it was counted, and what state it is in.
//!
//! A due date is computed, never stored: it follows from a document's dates, the calendar and the
//! profile, and clears itself when the facts change. The day asked about is an argument.
//!
//! **Invariant:** no lateness is charged for an event before the regulation's first day in force
//! (QĐ Điều 2), and a term ends at 24:00 of its last day.

use jiff::civil::Date;

use crate::calendar::{Calendar, CountError, Counting, YEARS};
use outage::{OutageReading, WorkingHours};

mod entry;
pub mod outage;
pub mod rules;
mod state;

pub use entry::of_entry;
pub use rules::{Clock, Debtor, Length, Rule, RuleSet, Start};
pub use state::{Forwarding, Lateness, Recomputed, State, recompute};

/// When a text that "takes effect 10 days after signing" does (QĐ Điều 2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InForceReading {
    /// On the tenth day: 14/9/2014.
    #[default]
    TenthDay,
    /// When ten full days have passed: 15/9/2014.
    AfterTenDays,
}

/// What starts the clock of a document with another effective date (Điều 9.2 a).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EffectReading {
    /// The later of signing and taking effect: a back-dated document can't be late at birth.
    #[default]
    Later,
    /// The effective date, by the letter.
    Literal,
}

/// What "before 15/6" means (Điều 13.1 a).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BeforeReading {
    /// The last day on time is the 14th.
    #[default]
    Strict,
    /// The last day on time is the 15th.
    Inclusive,
}

/// Where a date of the year goes that falls on a rest day (Điều 13.1 a).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RestDay {
    /// It stays.
    #[default]
    Stay,
    /// To the working day before.
    Before,
    /// To the working day after.
    After,
}

/// Which rules apply, and how their open words are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// The texts.
    pub rules: RuleSet,
    /// The regulation's first day in force.
    pub in_force: InForceReading,
    /// Back-dated documents.
    pub effect: EffectReading,
    /// Dates of reports.
    pub before: BeforeReading,
    /// Dates of reports on rest days.
    pub rest_day: RestDay,
    /// Working days a unit gives itself for declarations (Điều 9.2 b).
    pub person_days: u32,
    /// Which outage binds to give notice (Điều 14.7).
    pub outage: OutageReading,
    /// The office hours by which it is judged.
    pub hours: WorkingHours,
}

impl Profile {
    /// The regulation of 2014 in its default readings.
    pub const REGULATION_2014: Self = Self {
        rules: RuleSet::Regulation2014,
        in_force: InForceReading::TenthDay,
        effect: EffectReading::Later,
        before: BeforeReading::Strict,
        rest_day: RestDay::Stay,
        person_days: 15,
        outage: OutageReading::USUAL,
        hours: WorkingHours::USUAL,
    };

    /// The same with the terms of Nghị định 27/2026/NĐ-CP.
    pub const DECREE_2026: Self = Self { rules: RuleSet::Decree2026, ..Self::REGULATION_2014 };

    /// First day on which events start clocks: ten days after signing.
    pub fn first_day_in_force(&self) -> Date {
        let days = match self.in_force {
            InForceReading::TenthDay => 10,
            InForceReading::AfterTenDays => 11,
        };
        rules::REGULATION_SIGNED.saturating_add(jiff::Span::new().days(days))
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::REGULATION_2014
    }
}

/// The dates a clock may count from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// Day the document was signed and issued.
    pub signed_on: Option<Date>,
    /// Day the document takes effect; the day of signing where it names none.
    pub effective_on: Option<Date>,
    /// Day the person's declaration was received.
    pub received_on: Option<Date>,
    /// Day on which an outage reached the law's length: [`outage::Trigger::second`].
    pub outage_on: Option<Date>,
    /// Year of a report.
    pub year: Option<i16>,
}

impl Facts {
    /// Facts of a document signed and in effect on one day.
    pub fn signed(day: Date) -> Self {
        Self { signed_on: Some(day), ..Self::default() }
    }

    /// Facts of the reports of a year.
    pub fn of_year(year: i16) -> Self {
        Self { year: Some(year), ..Self::default() }
    }
}

/// When a clock ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The clock.
    pub clock: Clock,
    /// The rule it ran by.
    pub rule: &'static Rule,
    /// The day it counts from, which does not count; of a report, the first of its half year.
    pub start: Date,
    /// The last day on time, to 24:00.
    pub last_on_time: Date,
    /// The count, to be shown day by day; `None` for a date of the year.
    pub counting: Option<Counting>,
    /// Whether a year it goes through is not decided, so that it may still move.
    pub provisional: bool,
    /// Whether being late counts: not for events before the regulation was in force.
    pub charged: bool,
}

/// When `clock` ends; `None` as long as nothing has started it.
///
/// # Errors
/// [`CountError`] when a date or a term lies outside the calendar or its limits.
pub fn due(
    clock: Clock,
    facts: &Facts,
    calendar: &Calendar,
    profile: &Profile,
) -> Result<Option<Due>, CountError> {
    let Some(start) = event(clock, facts, profile)? else { return Ok(None) };
    let rule = profile.rules.rule(clock, start);
    let (last_on_time, counting) = rule.length.end(start, calendar, profile)?;
    // A date of the year binds by itself; every other term by the event that starts it.
    let binding = if counting.is_some() { start } else { last_on_time };
    let counted = counting.is_some() || profile.rest_day != RestDay::Stay;
    Ok(Some(Due {
        clock,
        rule,
        start,
        last_on_time,
        counting,
        provisional: counted && calendar.is_provisional_between(start, last_on_time),
        charged: binding >= profile.first_day_in_force(),
    }))
}

/// The day a clock counts from. Every text starts a clock by the same event.
fn event(clock: Clock, facts: &Facts, profile: &Profile) -> Result<Option<Date>, CountError> {
    Ok(match RuleSet::Regulation2014.rule(clock, Date::MIN).start {
        Start::Signing => facts.signed_on,
        Start::Effect => match profile.effect {
            // `None` is less than any day, so that a single known date holds.
            EffectReading::Later => facts.signed_on.max(facts.effective_on),
            EffectReading::Literal => facts.effective_on.or(facts.signed_on),
        },
        Start::Receipt => facts.received_on,
        Start::Outage => facts.outage_on,
        Start::HalfYear(month) => match facts.year {
            Some(year) => Some(day_of(year, month, 1)?),
            None => None,
        },
    })
}

fn day_of(year: i16, month: i8, day: i8) -> Result<Date, CountError> {
    let known = YEARS.contains(&year).then(|| Date::new(year, month, day).ok()).flatten();
    known.ok_or(CountError::Year(year))
}

impl Length {
    /// The last day on time of a term that counts from `start`, and how it was counted.
    ///
    /// # Errors
    /// [`CountError`] when the term leaves the calendar or its limits.
    pub fn end(
        self,
        start: Date,
        calendar: &Calendar,
        profile: &Profile,
    ) -> Result<(Date, Option<Counting>), CountError> {
        let counting = match self {
            Self::WorkingDays(number) => calendar.count_working_days(start, number)?,
            Self::Local => calendar.count_working_days(start, profile.person_days)?,
            Self::Days(number) => calendar.count_calendar_days(start, number)?,
            Self::Months(number) => {
                calendar.count_calendar_days(start, days_of_months(start, number)?)?
            }
            Self::Before { month, day } => {
                let named = day_of(start.year(), month, day)?;
                let last = match profile.before {
                    BeforeReading::Strict => named.saturating_sub(jiff::Span::new().days(1)),
                    BeforeReading::Inclusive => named,
                };
                let last = match profile.rest_day {
                    RestDay::Stay => last,
                    RestDay::Before => calendar.working_day_until(last)?,
                    RestDay::After => calendar.working_day_from(last)?,
                };
                return Ok((last, None));
            }
        };
        Ok((counting.last, Some(counting)))
    }
}

/// Days from `start` to the same day `number` months on, or to that month's last day.
fn days_of_months(start: Date, number: u32) -> Result<u32, CountError> {
    let span = jiff::Span::new().try_months(number).map_err(|_| CountError::TooMany)?;
    let end = start.checked_add(span).map_err(|_| CountError::TooMany)?;
    let days = start.until(end).map_err(|_| CountError::TooMany)?.get_days();
    u32::try_from(days).map_err(|_| CountError::TooMany)
}

#[cfg(test)]
mod tests;
