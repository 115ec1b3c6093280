//! How a deadline stands on a day, and what a change of the calendar does to it.

use jiff::civil::Date;

use super::{Clock, Due, Facts, Profile, due};
use crate::calendar::{Calendar, CountError};

/// By how much something is late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lateness {
    /// Days of any kind after the last day on time; 0 is on time.
    pub days: u32,
    /// Working days among them, the figure that reports name; 0 on a weekend just after.
    pub working_days: u32,
}

impl Lateness {
    /// Whether the last day on time has passed.
    pub const fn is_late(self) -> bool {
        self.days > 0
    }

    fn between(last: Date, day: Date, calendar: &Calendar) -> Result<Self, CountError> {
        let working_days = calendar.working_days_between(last, day)?;
        let days = last.until(day).map_err(|_| CountError::OutOfRange(day))?.get_days();
        Ok(Self { days: u32::try_from(days).unwrap_or(0), working_days })
    }
}

/// How a deadline stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The day it counts from lies ahead.
    NotStarted,
    /// It runs.
    Open {
        /// Working days that are left after this one.
        left: u32,
    },
    /// It ends within [`Due::SOON`] working days.
    DueSoon {
        /// Working days that are left after this one; 0 on the last.
        left: u32,
    },
    /// It has ended and nothing was done.
    Overdue {
        /// By how much.
        by: Lateness,
    },
    /// It was done.
    Met {
        /// By how much too late, if at all.
        late_by: Lateness,
    },
    /// It has ended, and nobody is charged: the event was before the regulation (QĐ Điều 2).
    Exempt,
}

impl Due {
    /// From how many working days on an end counts as near.
    pub const SOON: u32 = 5;

    /// How it stands at the end of `today`, given the day on which the duty was done.
    ///
    /// # Errors
    /// [`CountError`] when a day lies outside the calendar or its limits.
    pub fn state(
        &self,
        done: Option<Date>,
        today: Date,
        calendar: &Calendar,
    ) -> Result<State, CountError> {
        if let Some(done) = done {
            return self.lateness(done, calendar).map(|late_by| State::Met { late_by });
        }
        if today < self.start {
            return Ok(State::NotStarted);
        }
        if today > self.last_on_time {
            let by = self.lateness(today, calendar)?;
            return Ok(if self.charged { State::Overdue { by } } else { State::Exempt });
        }
        let left = calendar.working_days_between(today, self.last_on_time)?;
        Ok(if left <= Self::SOON { State::DueSoon { left } } else { State::Open { left } })
    }

    /// By how much something done on `day` is late; by nothing where lateness is not charged.
    ///
    /// # Errors
    /// [`CountError`] when a day lies outside the calendar or its limits.
    pub fn lateness(&self, day: Date, calendar: &Calendar) -> Result<Lateness, CountError> {
        if !self.charged || day <= self.last_on_time {
            return Ok(Lateness::default());
        }
        Lateness::between(self.last_on_time, day, calendar)
    }
}

/// The lateness of a receiving body, in its two figures (Điều 10.2: both clocks start on one day).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forwarding {
    /// By the letter: from the day the document was issued.
    pub literal: Lateness,
    /// By the same term counted from the day of sending.
    pub from_sending: Lateness,
}

impl Forwarding {
    /// Judges a receiving body that forwarded on `done` what was sent on `sent`.
    ///
    /// # Errors
    /// [`CountError`] when a day lies outside the calendar or its limits.
    pub fn judge(
        receive: &Due,
        sent: Date,
        done: Date,
        calendar: &Calendar,
        profile: &Profile,
    ) -> Result<Self, CountError> {
        let literal = receive.lateness(done, calendar)?;
        let (last, _) = receive.rule.length.end(sent, calendar, profile)?;
        let from_sending = Due { last_on_time: last, ..*receive }.lateness(done, calendar)?;
        Ok(Self { literal, from_sending })
    }

    /// Whether the receiver is late for the sender's time alone.
    pub const fn is_sent_late(self) -> bool {
        self.literal.is_late() && !self.from_sending.is_late()
    }
}

/// A deadline that another calendar has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recomputed {
    /// The clock.
    pub clock: Clock,
    /// The last day on time by the calendar before, to be kept in the log.
    pub old: Date,
    /// The last day on time from here on.
    pub new: Date,
    /// Whether it may still move.
    pub provisional: bool,
}

/// What a replaced calendar does to an open deadline; `None` where it stays or never started.
///
/// # Errors
/// [`CountError`] when a date or a term lies outside either calendar or its limits.
pub fn recompute(
    clock: Clock,
    facts: &Facts,
    (before, after): (&Calendar, &Calendar),
    profile: &Profile,
) -> Result<Option<Recomputed>, CountError> {
    let old = due(clock, facts, before, profile)?;
    let new = due(clock, facts, after, profile)?;
    Ok(old.zip(new).filter(|(old, new)| old.last_on_time != new.last_on_time).map(|(old, new)| {
        let (old, provisional) = (old.last_on_time, new.provisional);
        Recomputed { clock, old, new: new.last_on_time, provisional }
    }))
}
