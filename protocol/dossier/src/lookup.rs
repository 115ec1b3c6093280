//! Looking dossiers up by any field, and counting them by two (Điều 12.1).
//!
//! Marks, case and blanks are forgotten as [`fold`] does, so that `ha thi mai` finds `Hà Thị Mai`.
//! What is found says why: the values that answered. Conditions on columns of one table must hold in
//! one row of it: `education.level` and `education.major` of the same course.
//!
//! **Invariants:** a value that is covered answers nothing; a dossier counts once in a figure, however
//! many of its rows say the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{FieldId, PartialDate, Value, fold};

/// What is asked of the values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    /// The folded text stands in it.
    Has(String),
    /// It is this folded text, or has this code in its catalog.
    Is(String),
    /// It is this or comes after it; a day that knows less is compared as far as it goes.
    From(Value),
    /// It is this or comes before it.
    To(Value),
}

impl Test {
    fn holds(&self, said: &Said) -> bool {
        match self {
            Self::Has(text) => said.folded.contains(text.as_str()),
            Self::Is(text) => {
                *said.folded == **text
                    || matches!(&said.value, Value::Coded(it) if it.code.eq_ignore_ascii_case(text))
            }
            Self::From(least) => compare(&said.value, least).is_some_and(|it| it.is_ge()),
            Self::To(most) => compare(&said.value, most).is_some_and(|it| it.is_le()),
        }
    }
}

/// How two values of a kind that has an order stand to each other.
fn compare(value: &Value, other: &Value) -> Option<std::cmp::Ordering> {
    match (value, other) {
        (Value::Integer(one), Value::Integer(two))
        | (Value::Hundredths(one), Value::Hundredths(two)) => Some(one.cmp(two)),
        (Value::Date(one), Value::Date(two)) => Some(compare_days(*one, *two)),
        _ => None,
    }
}

fn compare_days(one: PartialDate, two: PartialDate) -> std::cmp::Ordering {
    let (one, two) = (one.parts(), two.parts());
    let both = |one: Option<u8>, two: Option<u8>| one.zip(two).map(|(one, two)| one.cmp(&two));
    let by_month = both(one.1, two.1);
    let by_day = by_month.and_then(|_| both(one.2, two.2));
    let rest = by_month.into_iter().chain(by_day);
    rest.fold(one.0.cmp(&two.0), std::cmp::Ordering::then)
}

/// A condition on a field, or on any column of a table that is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// The field, or the table.
    pub field: FieldId,
    /// What is asked of it.
    pub test: Test,
}

impl Criterion {
    /// Whether it asks about a field.
    pub fn asks(&self, field: &FieldId) -> bool {
        let column = field.as_str().strip_prefix(self.field.as_str());
        column.is_some_and(|column| column.is_empty() || column.starts_with('.'))
    }
}

/// What is looked for: every word and every condition must be answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Folded words, each of which stands in some value.
    pub words: Vec<String>,
    /// Conditions.
    pub criteria: Vec<Criterion>,
}

/// A value as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// As it was entered.
    pub value: Value,
    /// As it is compared.
    pub folded: Box<str>,
}

impl Said {
    /// A value with its folded text: days as `dd/mm/yyyy`, hundredths with a comma.
    pub fn of(value: &Value) -> Self {
        let folded = match value {
            Value::Text(text) => fold(text),
            Value::Coded(coded) => fold(&coded.label),
            Value::Integer(number) => number.to_string(),
            Value::Hundredths(number) => {
                let size = number.unsigned_abs();
                let sign = if *number < 0 { "-" } else { "" };
                format!("{sign}{},{:02}", size / 100, size % 100)
            }
            Value::Date(day) => match day.parts() {
                (year, Some(month), Some(day)) => format!("{day:02}/{month:02}/{year}"),
                (year, Some(month), None) => format!("{month:02}/{year}"),
                (year, ..) => year.to_string(),
            },
            Value::Flag(flag) => (if *flag { "co" } else { "khong" }).to_owned(),
        };
        Self { value: value.clone(), folded: folded.into_boxed_str() }
    }

    /// Whether a folded word stands in it; «có» and «không» are words of their own.
    fn says(&self, word: &str) -> bool {
        !matches!(self.value, Value::Flag(_)) && self.folded.contains(word)
    }
}

/// A value at its place in a dossier.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    /// The field.
    pub field: &'a FieldId,
    /// The number of the row within the dossier, in a table.
    pub row: Option<u16>,
    /// The value.
    pub said: &'a Said,
    /// Whether it is covered for whoever asks.
    pub covered: bool,
    /// Whether it counts in figures: nobody has still to review it (Điều 15.1).
    pub counts: bool,
}

impl Query {
    /// The longest word or text that is looked for, in bytes.
    pub const TEXT_MAX: usize = 256;
    /// The most words, and the most conditions.
    pub const PARTS_MAX: usize = 32;

    /// Whether it is within its limits and no part of it is empty.
    pub fn is_well_formed(&self) -> bool {
        let speaks = |text: &String| !text.is_empty() && text.len() <= Self::TEXT_MAX;
        self.words.len() <= Self::PARTS_MAX
            && self.criteria.len() <= Self::PARTS_MAX
            && self.words.iter().all(speaks)
            && self.criteria.iter().all(|it| match &it.test {
                Test::Has(text) | Test::Is(text) => speaks(text),
                Test::From(Value::Integer(_) | Value::Hundredths(_) | Value::Date(_))
                | Test::To(Value::Integer(_) | Value::Hundredths(_) | Value::Date(_)) => true,
                Test::From(_) | Test::To(_) => false,
            })
    }

    /// Whether each part by itself is answered by something that is said: where one is not,
    /// [`Query::answered`] is `None`, and most of what is looked through ends here.
    pub fn may_be_answered<'a>(
        &self,
        open: impl Iterator<Item = (&'a FieldId, &'a Said)> + Clone,
    ) -> bool {
        let holds = |criterion: &Criterion| {
            let mut open = open.clone();
            open.any(|(field, said)| criterion.asks(field) && criterion.test.holds(said))
        };
        let says = |word: &String| open.clone().any(|(_, said)| said.says(word));
        self.words.iter().all(says) && self.criteria.iter().all(holds)
    }

    /// The places that answer, in their order, each once; `None` where something is not answered.
    pub fn answered(&self, cells: &[Cell<'_>]) -> Option<Vec<usize>> {
        let mut found = BTreeSet::new();
        for word in &self.words {
            let says = |cell: &Cell<'_>| !cell.covered && cell.said.says(word);
            found.insert(cells.iter().position(says)?);
        }
        let mut of_tables: BTreeMap<&str, Vec<&Criterion>> = BTreeMap::new();
        for criterion in &self.criteria {
            let table = criterion.field.table().unwrap_or(criterion.field.as_str());
            of_tables.entry(table).or_default().push(criterion);
        }
        for criteria in of_tables.values() {
            found.extend(in_one_row(criteria, cells)?);
        }
        Some(found.into_iter().collect())
    }
}

/// The places of the first row, or of the single field, in which every condition holds.
fn in_one_row(criteria: &[&Criterion], cells: &[Cell<'_>]) -> Option<Vec<usize>> {
    let concerned = |cell: &&Cell<'_>| criteria.iter().any(|it| it.asks(cell.field));
    let rows: BTreeSet<Option<u16>> = cells.iter().filter(concerned).map(|cell| cell.row).collect();
    rows.into_iter().find_map(|row| {
        let place = |criterion: &&Criterion| {
            cells.iter().position(|cell| {
                cell.row == row
                    && !cell.covered
                    && criterion.asks(cell.field)
                    && criterion.test.holds(cell.said)
            })
        };
        criteria.iter().map(place).collect()
    })
}

/// How many dossiers say what of two things; the empty text stands for nothing said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tabulation {
    /// Dossiers that were counted.
    pub people: u32,
    /// By row and column.
    pub counts: BTreeMap<(String, String), u32>,
}

impl Tabulation {
    /// Counts a dossier under each pair of what it says.
    pub fn count(&mut self, rows: &BTreeSet<String>, columns: &BTreeSet<String>) {
        let nothing = BTreeSet::from([String::new()]);
        let or_nothing = |said: &BTreeSet<String>| {
            if said.is_empty() { nothing.clone() } else { said.clone() }
        };
        self.people = self.people.saturating_add(1);
        for row in or_nothing(rows) {
            for column in or_nothing(columns) {
                let count = self.counts.entry((row.clone(), column)).or_default();
                *count = count.saturating_add(1);
            }
        }
    }

    /// Adds the figures of other dossiers.
    pub fn add(&mut self, other: &Self) {
        self.people = self.people.saturating_add(other.people);
        for (place, more) in &other.counts {
            let count = self.counts.entry(place.clone()).or_default();
            *count = count.saturating_add(*more);
        }
    }
}

/// What a dossier says of a field for a figure: each value once, days by their year; only what counts.
pub fn sides(cells: &[Cell<'_>], field: &FieldId) -> BTreeSet<String> {
    let asked = cells.iter().filter(|cell| cell.field == field && cell.counts && !cell.covered);
    asked
        .map(|cell| match &cell.said.value {
            Value::Text(text) => fold::tidy(text),
            Value::Coded(coded) => coded.label.clone(),
            Value::Date(day) => day.parts().0.to_string(),
            Value::Flag(true) => "có".to_owned(),
            Value::Flag(false) => "không".to_owned(),
            Value::Integer(_) | Value::Hundredths(_) => cell.said.folded.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
