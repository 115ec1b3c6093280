//! The days of one year that are not what their weekday says.
//!
//! **Invariant:** a [`CalendarYear`] lists each day once, in order, inside its year and within the
//! limits; equal years have equal bytes, so that one signature vouches for one year.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::YEARS;

/// What a listed day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialKind {
    /// A public holiday or day of Tết (Bộ luật Lao động 2012 Điều 115, 2019 Điều 112).
    Holiday,
    /// A weekday off for a holiday that fell on a weekend (2012 Điều 115.3, 2019 Điều 111.3).
    Compensation,
    /// A weekday off that is worked on another day (ngày nghỉ hoán đổi).
    SwappedOff,
    /// A weekend day worked for another day (ngày làm bù).
    SwappedWork,
}

impl SpecialKind {
    /// Whether the day belongs to a pair.
    pub const fn is_swap(self) -> bool {
        matches!(self, Self::SwappedOff | Self::SwappedWork)
    }

    const fn partner(self) -> Option<Self> {
        match self {
            Self::SwappedOff => Some(Self::SwappedWork),
            Self::SwappedWork => Some(Self::SwappedOff),
            Self::Holiday | Self::Compensation => None,
        }
    }
}

/// One listed day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialDay {
    /// The day.
    #[serde(with = "iso")]
    pub day: Date,
    /// What it is.
    pub kind: SpecialKind,
    /// Why, in Vietnamese.
    pub reason: String,
    /// Law or announcement that says so.
    pub document: String,
    /// The other day of a swap, in the same or a neighbouring year.
    #[serde(with = "iso::optional")]
    pub paired: Option<Date>,
}

/// Data that is no calendar year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// A year outside 1900 to 2200.
    #[error("year {0} is outside the calendar")]
    Year(i16),
    /// Version 0, or an empty or overlong document.
    #[error("calendar {0} has a malformed version or document")]
    Head(i16),
    /// More entries than [`CalendarYear::DAYS_MAX`].
    #[error("calendar {year} lists {days} days, more than the limit")]
    TooMany {
        /// The year.
        year: i16,
        /// How many days it lists.
        days: usize,
    },
    /// A day of another year.
    #[error("calendar {year} lists {day}, a day of another year")]
    Elsewhere {
        /// The year.
        year: i16,
        /// The day.
        day: Date,
    },
    /// The same day twice.
    #[error("{0} is listed twice")]
    Twice(Date),
    /// Days not in rising order: other bytes would mean the same year.
    #[error("{0} is listed after a day that follows it")]
    Order(Date),
    /// Empty or overlong reason or document.
    #[error("{0} has a malformed reason or document")]
    Text(Date),
    /// A make-up day on a weekday, or a compensation or swapped day off on a weekend.
    #[error("{0} can't be that on its weekday")]
    Weekday(Date),
    /// A swap without its other day, one that names a third, or a pair on a plain holiday.
    #[error("{0} is half of no swap")]
    Swap(Date),
    /// Two different calendars of one year with the same version.
    #[error("calendar {year} has two contents of version {version}")]
    Fork {
        /// The year.
        year: i16,
        /// The version.
        version: u32,
    },
}

impl CalendarError {
    /// The day at fault, where it is a single one.
    pub const fn day(&self) -> Option<Date> {
        match self {
            Self::Elsewhere { day, .. }
            | Self::Twice(day)
            | Self::Order(day)
            | Self::Text(day)
            | Self::Weekday(day)
            | Self::Swap(day) => Some(*day),
            Self::Year(_) | Self::Head(_) | Self::TooMany { .. } | Self::Fork { .. } => None,
        }
    }
}

/// What was decided for one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct CalendarYear {
    year: i16,
    version: u32,
    document: String,
    days: Vec<SpecialDay>,
}

/// The serialised shape.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    year: i16,
    version: u32,
    document: String,
    days: Vec<SpecialDay>,
}

impl CalendarYear {
    /// The most days a year may list.
    pub const DAYS_MAX: usize = 120;
    /// The longest reason or document, in bytes.
    pub const TEXT_MAX: usize = 512;

    /// Builds and checks a year; `days` in rising order.
    ///
    /// # Errors
    /// [`CalendarError`] names the day that breaks a rule.
    pub fn new(
        year: i16,
        version: u32,
        document: String,
        days: Vec<SpecialDay>,
    ) -> Result<Self, CalendarError> {
        if !YEARS.contains(&year) {
            return Err(CalendarError::Year(year));
        }
        if version == 0 || !speaks(&document) {
            return Err(CalendarError::Head(year));
        }
        if days.len() > Self::DAYS_MAX {
            return Err(CalendarError::TooMany { year, days: days.len() });
        }
        for pair in days.windows(2) {
            match pair[0].day.cmp(&pair[1].day) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Err(CalendarError::Twice(pair[1].day)),
                std::cmp::Ordering::Greater => return Err(CalendarError::Order(pair[1].day)),
            }
        }
        let checked = Self { year, version, document, days };
        checked.days.iter().try_for_each(|special| checked.check(special))?;
        Ok(checked)
    }

    /// The year.
    pub fn year(&self) -> i16 {
        self.year
    }

    /// Which issue of this year it is, from 1; the highest holds.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The yearly decision or announcement.
    pub fn document(&self) -> &str {
        &self.document
    }

    /// The listed days in order.
    pub fn days(&self) -> &[SpecialDay] {
        &self.days
    }

    /// The entry of a day.
    pub fn get(&self, day: Date) -> Option<&SpecialDay> {
        find(&self.days, day)
    }

    fn check(&self, special: &SpecialDay) -> Result<(), CalendarError> {
        let (year, day) = (self.year, special.day);
        if day.year() != year {
            return Err(CalendarError::Elsewhere { year, day });
        }
        if !speaks(&special.reason) || !speaks(&special.document) {
            return Err(CalendarError::Text(day));
        }
        let fits = match special.kind {
            SpecialKind::Holiday => true,
            SpecialKind::Compensation | SpecialKind::SwappedOff => !is_weekend(day),
            SpecialKind::SwappedWork => is_weekend(day),
        };
        if !fits {
            return Err(CalendarError::Weekday(day));
        }
        let paired = match special.paired {
            None => !special.kind.is_swap(),
            Some(other) if other.year() == year => {
                self.get(other).is_some_and(|partner| are_a_pair(special, partner))
            }
            // The other half is the neighbouring year's to list: `Calendar::one_sided`.
            Some(other) => special.kind.is_swap() && (other.year() - year).abs() == 1,
        };
        if paired { Ok(()) } else { Err(CalendarError::Swap(day)) }
    }
}

impl TryFrom<Unchecked> for CalendarYear {
    type Error = CalendarError;

    fn try_from(raw: Unchecked) -> Result<Self, CalendarError> {
        Self::new(raw.year, raw.version, raw.document, raw.days)
    }
}

impl From<CalendarYear> for Unchecked {
    fn from(year: CalendarYear) -> Self {
        Self { year: year.year, version: year.version, document: year.document, days: year.days }
    }
}

/// Whether a day is Saturday or Sunday.
pub(super) fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The entry of a day in an ordered list.
pub(super) fn find(days: &[SpecialDay], day: Date) -> Option<&SpecialDay> {
    let position = days.binary_search_by_key(&day, |special| special.day).ok()?;
    days.get(position)
}

/// Whether two entries are the two halves of one swap.
pub(super) fn are_a_pair(one: &SpecialDay, other: &SpecialDay) -> bool {
    one.paired == Some(other.day)
        && other.paired == Some(one.day)
        && one.kind.partner() == Some(other.kind)
}

/// The half of a swap that `special` asks of its partner's year.
pub(super) fn other_half(special: &SpecialDay) -> Option<SpecialDay> {
    let other = special.day.strftime("%d/%m/%Y");
    let kind = special.kind.partner()?;
    Some(SpecialDay {
        day: special.paired?,
        kind,
        reason: match kind {
            SpecialKind::SwappedWork => format!("Làm bù cho ngày {other}"),
            _ => format!("Nghỉ hoán đổi với ngày {other}"),
        },
        document: special.document.clone(),
        paired: Some(special.day),
    })
}

fn speaks(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= CalendarYear::TEXT_MAX
}

/// Days as text, e.g. `2026-04-30`.
mod iso {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Date, D::Error> {
        parse(&String::deserialize(deserializer)?)
    }

    // One spelling per day: `20260430` would be the same day in other bytes.
    fn parse<E: serde::de::Error>(text: &str) -> Result<Date, E> {
        let day: Option<Date> = text.parse().ok();
        day.filter(|day| day.to_string() == text).ok_or_else(|| E::custom("not a date"))
    }

    /// Days that may be missing.
    pub(super) mod optional {
        use super::{Date, Deserialize, Deserializer, Serializer, parse};

        pub(in super::super) fn serialize<S: Serializer>(
            day: &Option<Date>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match day {
                Some(day) => serializer.serialize_some(&day.to_string()),
                None => serializer.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Date>, D::Error> {
            Option::<String>::deserialize(deserializer)?.as_deref().map(parse).transpose()
        }
    }
}
