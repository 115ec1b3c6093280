//! The calendar of the decided years: one table of years, one of the days they list.
//!
//! Each day stands with its weekday and with whether it is worked; both are checked, so that a
//! slip of the pen in a date does not pass for another day.

use std::collections::BTreeMap;

use dossier::calendar::{Calendar, CalendarError, CalendarYear, SpecialDay, SpecialKind, weekday};
use jiff::civil::Date;

use super::table::{self, Row};
use super::{DataError, Files};

const YEARS: &str = "calendar/years.csv";
const DAYS: &str = "calendar/days.csv";

pub(super) fn load(files: &Files<'_>) -> Result<Calendar, DataError> {
    let mut listed: BTreeMap<i16, Vec<SpecialDay>> = BTreeMap::new();
    // Of a day listed twice the second line is the one too many.
    let mut lines: BTreeMap<Date, u64> = BTreeMap::new();
    for row in table::read(DAYS, &files.text(DAYS)?)? {
        let day = day(&row)?;
        lines.insert(day.day, row.line());
        listed.entry(day.day.year()).or_default().push(day);
    }
    let mut calendar = Calendar::provisional();
    for row in table::read(YEARS, &files.text(YEARS)?)? {
        let number: i16 = row.parsed("year")?;
        let Some(days) = listed.remove(&number) else {
            return Err(row.wrong("year", row.get("year")));
        };
        let document = row.get("document").to_owned();
        CalendarYear::new(number, row.parsed("version")?, document, days)
            .and_then(|year| calendar.insert(year))
            .map_err(|source| malformed(source, &lines, row.line()))?;
    }
    if let Some(day) = listed.values().flatten().next() {
        let line = lines.get(&day.day).copied().unwrap_or(0);
        let problem = format!("{} is of a year that {YEARS} does not name", day.day);
        return Err(DataError::Table { file: DAYS.to_owned(), line, problem });
    }
    match calendar.one_sided().first() {
        Some(alone) => Err(malformed(CalendarError::Swap(alone.day), &lines, 0)),
        None => Ok(calendar),
    }
}

/// Reads a table of days as a person hands it in; columns as in the program's own, of which only
/// `date`, `kind` and `reason` must be filled: `document` is then the decision's.
///
/// # Errors
/// [`DataError`] names file and line.
pub fn read_days(name: &str, text: &str, document: &str) -> Result<Vec<SpecialDay>, DataError> {
    let mut days = Vec::new();
    for row in table::read(name, text)? {
        let mut read = day(&row)?;
        if read.document.is_empty() {
            document.clone_into(&mut read.document);
        }
        days.push(read);
    }
    days.sort_by_key(|special| special.day);
    Ok(days)
}

/// Puts an error at the line of its day, or at the line of its year.
fn malformed(source: CalendarError, lines: &BTreeMap<Date, u64>, of_year: u64) -> DataError {
    let (file, line) = match source.day().and_then(|day| lines.get(&day)) {
        Some(line) => (DAYS, *line),
        None => (YEARS, of_year),
    };
    DataError::Calendar { file: file.to_owned(), line, source }
}

fn day(row: &Row) -> Result<SpecialDay, DataError> {
    let text = row.get("kind");
    let kind = match text {
        "holiday" | "tet" => SpecialKind::Holiday,
        "compensation" => SpecialKind::Compensation,
        "swap_off" => SpecialKind::SwappedOff,
        "swap_work" => SpecialKind::SwappedWork,
        _ => return Err(row.wrong("kind", text)),
    };
    let day: Date = row.parsed("date")?;
    if !matches!(row.get("weekday"), "") && row.get("weekday") != weekday(day) {
        return Err(row.wrong("weekday", row.get("weekday")));
    }
    let worked = if kind == SpecialKind::SwappedWork { "yes" } else { "no" };
    if !matches!(row.get("is_working_day"), "") && row.get("is_working_day") != worked {
        return Err(row.wrong("is_working_day", row.get("is_working_day")));
    }
    Ok(SpecialDay {
        day,
        kind,
        reason: row.get("reason").to_owned(),
        document: row.get("document").to_owned(),
        paired: row.optional("paired")?,
    })
}

#[cfg(test)]
mod tests;
