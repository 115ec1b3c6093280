//! Values of form fields, and where in a dossier a value stands.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::RowId;

/// A field of the form, e.g. `full_name`, or a column of one of its tables, e.g. `salary.step`.
///
/// 1 to 64 characters of `a-z`, `0-9`, `_`, with at most one `.` between table and column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FieldId(String);

/// Text that names no field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid field id")]
pub struct InvalidFieldId;

impl FieldId {
    /// The text of the identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The table a column belongs to; `None` for a single field.
    pub fn table(&self) -> Option<&str> {
        self.0.split_once('.').map(|(table, _)| table)
    }

    /// The column's own name; the whole name for a single field.
    pub fn column(&self) -> &str {
        self.0.split_once('.').map_or(self.0.as_str(), |(_, column)| column)
    }
}

impl FromStr for FieldId {
    type Err = InvalidFieldId;

    fn from_str(text: &str) -> Result<Self, InvalidFieldId> {
        if Self::is_shaped(text) { Ok(Self(text.to_owned())) } else { Err(InvalidFieldId) }
    }
}

impl TryFrom<String> for FieldId {
    type Error = InvalidFieldId;

    fn try_from(text: String) -> Result<Self, InvalidFieldId> {
        if Self::is_shaped(&text) { Ok(Self(text)) } else { Err(InvalidFieldId) }
    }
}

impl FieldId {
    fn is_shaped(text: &str) -> bool {
        let (table, column) = text.split_once('.').unwrap_or(("x", text));
        text.len() <= Self::LENGTH_MAX && Self::is_word(table) && Self::is_word(column)
    }

    /// Whether a text may be the name of a table or of a column.
    pub(crate) fn is_word(part: &str) -> bool {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        !part.is_empty() && part.bytes().all(letter)
    }

    /// Characters of an id.
    pub(crate) const LENGTH_MAX: usize = 64;
}

impl fmt::Display for FieldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FieldId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A day, a month or only a year, as old papers give it. Written `YYYY[-MM[-DD]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    year: i16,
    month: u8,
    day: u8,
}

/// Text or numbers that are no date of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the calendar")]
pub struct InvalidDate;

impl PartialDate {
    /// A whole day; years 1 to 9999.
    ///
    /// # Errors
    /// [`InvalidDate`] when the calendar has no such day.
    pub fn day(year: i16, month: u8, day: u8) -> Result<Self, InvalidDate> {
        let exists = jiff::civil::Date::new(year, month as i8, day as i8).is_ok();
        if exists && year >= 1 && month < 100 && day < 100 {
            Ok(Self { year, month, day })
        } else {
            Err(InvalidDate)
        }
    }

    /// A month of a year.
    ///
    /// # Errors
    /// [`InvalidDate`] for a month outside 1 to 12 or a year outside 1 to 9999.
    pub fn month(year: i16, month: u8) -> Result<Self, InvalidDate> {
        Self::day(year, month, 1)?;
        Ok(Self { year, month, day: 0 })
    }

    /// A year alone.
    ///
    /// # Errors
    /// [`InvalidDate`] for a year outside 1 to 9999.
    pub fn year(year: i16) -> Result<Self, InvalidDate> {
        Self::day(year, 1, 1)?;
        Ok(Self { year, month: 0, day: 0 })
    }

    /// The whole day, or `None` when day or month is unknown.
    pub fn civil(self) -> Option<jiff::civil::Date> {
        (self.day > 0)
            .then(|| jiff::civil::Date::new(self.year, self.month as i8, self.day as i8).ok())
            .flatten()
    }

    /// Year, and month and day where known.
    pub fn parts(self) -> (i16, Option<u8>, Option<u8>) {
        let known = |part: u8| (part > 0).then_some(part);
        (self.year, known(self.month), known(self.day))
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if self.month > 0 {
            write!(f, "-{:02}", self.month)?;
        }
        if self.day > 0 {
            write!(f, "-{:02}", self.day)?;
        }
        Ok(())
    }
}

impl FromStr for PartialDate {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<i16>().ok())
                .flatten()
                .ok_or(InvalidDate)
        };
        let small = |part: &str| digits(part, 2).map(|number| number as u8);
        let mut parts = text.split('-');
        let year = digits(parts.next().ok_or(InvalidDate)?, 4)?;
        let date = match (parts.next(), parts.next(), parts.next()) {
            (None, _, _) => Self::year(year)?,
            (Some(month), None, _) => Self::month(year, small(month)?)?,
            (Some(month), Some(day), None) => Self::day(year, small(month)?, small(day)?)?,
            (Some(_), Some(_), Some(_)) => return Err(InvalidDate),
        };
        Ok(date)
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Value {
    /// Text in NFC, at most [`Value::TEXT_MAX`] bytes.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A fixed-point number in hundredths: 2.34 is 234.
    Hundredths(i64),
    /// A day, month or year.
    Date(PartialDate),
    /// Yes or no.
    Flag(bool),
    /// A value of a catalog.
    Coded(Coded),
}

impl Value {
    /// The longest text, in bytes.
    pub const TEXT_MAX: usize = 64 * 1024;

    /// Whether it says nothing.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Coded(coded) => coded.code.trim().is_empty(),
            Self::Integer(_) | Self::Hundredths(_) | Self::Date(_) | Self::Flag(_) => false,
        }
    }
}

/// A catalog value: its code, the label as it was written, and the catalog's version, so that old
/// codes stay readable for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Coded {
    /// Key in the catalog.
    pub code: String,
    /// Label as the paper or the list wrote it.
    pub label: String,
    /// Version of the catalog.
    pub version: u16,
}

/// Where a value stands: a single field, or one column of one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldPath {
    /// Field or column.
    pub field: FieldId,
    /// Row of the table; `None` for a single field.
    pub row: Option<RowId>,
}

/// One act on a document; the acts of one change stand or fall together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edit {
    /// Sets a single field.
    Set {
        /// A single field, not a column.
        field: FieldId,
        /// Its new value.
        value: Value,
    },
    /// Empties a single field.
    Clear {
        /// A single field, not a column.
        field: FieldId,
    },
    /// Adds a row, or sets the named cells of a row that exists.
    PutRow {
        /// Name of the table, e.g. `salary`.
        table: String,
        /// The row's key for life.
        row: RowId,
        /// Column name without the table, e.g. `step`, and its value.
        cells: BTreeMap<String, Value>,
    },
    /// Removes a row; its history stays.
    RemoveRow {
        /// Name of the table.
        table: String,
        /// The row's key.
        row: RowId,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_dates_keep_what_is_known() {
        for text in ["1962", "1971-09", "1978-03-15"] {
            assert_eq!(text.parse::<PartialDate>().expect(text).to_string(), text);
        }
        for bad in ["", "62", "1971-13", "2011-02-29", "1971-09-01-01", "0000", "1971-9", "+971"] {
            assert!(bad.parse::<PartialDate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn columns_know_their_table() {
        let column: FieldId = "salary.step".parse().expect("column");
        assert_eq!((column.table(), column.column()), (Some("salary"), "step"));
        let single: FieldId = "full_name".parse().expect("field");
        assert_eq!((single.table(), single.column()), (None, "full_name"));
        for bad in ["", ".", "a.", "a.b.c", "A", "a b"] {
            assert!(bad.parse::<FieldId>().is_err(), "{bad}");
        }
    }
}
