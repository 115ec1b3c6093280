//! Dates as people write them: `2/9/85`, `15.3.1978`, `09/1971`, `1962`, Excel's day numbers.
//!
//! The day always stands before the month. A year of two digits is the latest one that does not
//! lie after the list.

use dossier::PartialDate;
use jiff::civil::Date;

/// Text or a number that is no day, month or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date")]
pub struct NotADate;

/// Reads a date from text; `latest` is the last day that a year of two digits may mean.
///
/// # Errors
/// [`NotADate`] when the calendar has no such day, or the text says something else.
pub fn parse_text(text: &str, latest: Date) -> Result<PartialDate, NotADate> {
    let text = text.trim().to_lowercase();
    // What follows a `T` or a blank and holds a colon is a time of day.
    let day = text.split_once(['t', ' ']).filter(|(_, time)| is_time(time)).map(|(day, _)| day);
    let numbers = numbers(day.unwrap_or(&text)).ok_or(NotADate)?;
    match numbers.as_slice() {
        [year] if year.digits == 4 => PartialDate::year(year.value).map_err(|_| NotADate),
        [month, year] if month.digits <= 2 => {
            let year = full_year(*year, latest, |year| PartialDate::month(year, month.small()))?;
            PartialDate::month(year, month.small()).map_err(|_| NotADate)
        }
        [year, month, day] if year.digits == 4 && month.digits <= 2 && day.digits <= 2 => {
            PartialDate::day(year.value, month.small(), day.small()).map_err(|_| NotADate)
        }
        [day, month, year] if day.digits <= 2 && month.digits <= 2 => {
            let make = |year| PartialDate::day(year, month.small(), day.small());
            make(full_year(*year, latest, make)?).map_err(|_| NotADate)
        }
        _ => Err(NotADate),
    }
}

/// Reads a number cell: a year, or days since 30/12/1899.
///
/// # Errors
/// [`NotADate`] for a number that is neither, and for 29/02/1900, which Excel alone knows.
pub fn parse_number(number: f64, latest: Date) -> Result<PartialDate, NotADate> {
    let year =
        number.fract() == 0.0 && (1900.0..=f64::from(latest.year()) + 100.0).contains(&number);
    if year {
        return PartialDate::year(number as i16).map_err(|_| NotADate);
    }
    parse_serial(number)
}

/// Reads a number cell with a date format: days since 30/12/1899.
///
/// # Errors
/// [`NotADate`] for a day before 1900, after 9999, or 29/02/1900.
pub fn parse_serial(days: f64) -> Result<PartialDate, NotADate> {
    const FEBRUARY_29_1900: i64 = 60;
    let whole = days.floor();
    if !(1.0..2_958_466.0).contains(&whole) || whole as i64 == FEBRUARY_29_1900 {
        return Err(NotADate);
    }
    // Excel counts the day that 1900 did not have.
    let shift = if (whole as i64) < FEBRUARY_29_1900 { 1 } else { 0 };
    let date = jiff::civil::date(1899, 12, 30)
        .checked_add(jiff::Span::new().days(whole as i64 + shift))
        .map_err(|_| NotADate)?;
    PartialDate::day(date.year(), date.month() as u8, date.day() as u8).map_err(|_| NotADate)
}

#[derive(Debug, Clone, Copy)]
struct Number {
    value: i16,
    digits: usize,
}

impl Number {
    fn small(self) -> u8 {
        u8::try_from(self.value).unwrap_or(u8::MAX)
    }
}

/// The numbers of a date; `None` where anything but separators and the words of a date is between.
fn numbers(text: &str) -> Option<Vec<Number>> {
    let mut numbers = Vec::new();
    let separator = |c: char| matches!(c, '/' | '.' | '-' | ',' | ' ' | '\u{a0}' | '\u{2013}');
    for part in text.split(separator).filter(|part| !part.is_empty()) {
        if matches!(part, "ngày" | "tháng" | "năm") {
            continue;
        }
        let plain = part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        let value = part.parse().ok().filter(|_| plain)?;
        numbers.push(Number { value, digits: part.len() });
    }
    (numbers.len() <= 3).then_some(numbers)
}

fn is_time(text: &str) -> bool {
    text.contains(':') && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | 'z'))
}

fn full_year(
    year: Number,
    latest: Date,
    make: impl Fn(i16) -> Result<PartialDate, dossier::value::InvalidDate>,
) -> Result<i16, NotADate> {
    match year.digits {
        4 => Ok(year.value),
        2 => {
            let guess = latest.year() - latest.year().rem_euclid(100) + year.value;
            let late = make(guess)
                .map_or(guess > latest.year(), |date| dossier::validity::first_day(date) > latest);
            Ok(if late { guess - 100 } else { guess })
        }
        _ => Err(NotADate),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_way_of_writing() {
        let list = date(2013, 12, 31);
        for (text, wanted) in [
            ("2/9/85", "1985-09-02"),
            ("15.3.1978", "1978-03-15"),
            ("5-10-1968", "1968-10-05"),
            ("09/1971", "1971-09"),
            ("4/1982", "1982-04"),
            ("1962", "1962"),
            ("1/9/08", "2008-09-01"),
            ("31/12/13", "2013-12-31"),
            ("1/1/14", "1914-01-01"),
            ("2024-12-05", "2024-12-05"),
            ("2024-12-05T00:00:00", "2024-12-05"),
            ("5/12/2024 00:00:00", "2024-12-05"),
            ("ngày 2 tháng 9 năm 1985", "1985-09-02"),
            (" 28-10-1990  ", "1990-10-28"),
        ] {
            assert_eq!(
                parse_text(text, list).map(|d| d.to_string()).as_deref(),
                Ok(wanted),
                "{text}"
            );
        }
        for bad in [
            "29/02/2011",
            "30/02/1985",
            "31/04/2010",
            "0",
            "85",
            "1/2/3/4",
            "abc",
            "",
            "00/00/1985",
            "12/31/1985",
            "1.71E+10",
            "1/1/198",
            "ngày",
        ] {
            assert_eq!(parse_text(bad, list), Err(NotADate), "{bad}");
        }
    }

    #[test]
    fn day_numbers_of_excel() {
        let serial = |days: f64| parse_serial(days).map(|date| date.to_string());
        assert_eq!(serial(26707.0).as_deref(), Ok("1973-02-12"));
        assert_eq!(serial(26707.75).as_deref(), Ok("1973-02-12"));
        assert_eq!(
            (serial(1.0).as_deref(), serial(61.0).as_deref()),
            (Ok("1900-01-01"), Ok("1900-03-01"))
        );
        for bad in [60.0, 0.0, -1.0, f64::NAN, f64::INFINITY, 1e12] {
            assert_eq!(serial(bad), Err(NotADate), "{bad}");
        }
        let year = parse_number(1962.0, date(2013, 12, 31)).map(|date| date.to_string());
        assert_eq!(year.as_deref(), Ok("1962"));
    }
}
