//! Finds the header of a sheet and says what each column gives.
//!
//! Lists differ in wording, order and rows above; the header is the row, or pair of rows with
//! merged groups, that names the most columns we know. What is not recognised is reported.

use std::collections::{BTreeMap, BTreeSet};

use dossier::fold::written;
use serde::{Deserialize, Serialize};

use super::clean::CleanSheet;
use super::vocabulary::{SheetKind, SheetWords, Target, built_in, key};

/// Rows from the top among which a header is looked for.
const HEADER_WITHIN: usize = 40;

/// The longest heading that is compared letter by letter, in bytes; longer ones are sentences.
const RESEMBLING_MAX: usize = 80;

/// Columns chosen by hand, from the file of `--mapping`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Heading as the list writes it, and field id; `-` leaves the column out.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// A sentence that says what is wrong: the text is no TOML, or a target is no field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mapping: Self = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let wrong = mapping.columns.values().find(|target| Target::parse(target).is_none());
        match wrong {
            Some(target) => Err(format!("«{target}» không phải mã trường")),
            None => Ok(mapping),
        }
    }

    fn target(&self, keys: &[String]) -> Option<Target> {
        let found = self.columns.iter().find(|(heading, _)| keys.contains(&key(heading)))?;
        Target::parse(found.1)
    }
}

/// A column that gives something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedColumn {
    /// Column, counted from 0.
    pub column: u32,
    /// Heading as written; of two rows, both.
    pub heading: String,
    /// What it gives.
    pub target: Target,
    /// How sure: 100 for a heading known word for word, less for one that is only like it.
    pub confidence: u8,
}

/// Why a column gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmapped {
    /// Known, and no field of the dossier: running numbers, notes.
    NotAField,
    /// A heading nobody knows.
    Unknown,
    /// A column further left gives the same.
    Repeated,
    /// The form has no such field.
    NotInForm,
}

/// A column that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnmappedColumn {
    /// Sheet.
    pub sheet: String,
    /// Column, counted from 0.
    pub column: u32,
    /// Heading as written.
    pub heading: String,
    /// Why.
    pub reason: Unmapped,
    /// Entries with content in it, which is not imported.
    pub filled: usize,
}

/// Where the header of a sheet is, and what it says.
#[derive(Debug, Clone)]
pub struct Layout {
    /// What the sheet is about.
    pub words: &'static SheetWords,
    /// First row of the header, counted from 0.
    pub top: u32,
    /// Last row of the header.
    pub bottom: u32,
    /// Columns that give something, left to right.
    pub columns: Vec<MappedColumn>,
    /// Columns that do not.
    pub unmapped: Vec<UnmappedColumn>,
}

impl Layout {
    /// Finds the header of a sheet; `None` where no row looks like one.
    pub fn recognise(sheet: &CleanSheet, mapping: &Mapping) -> Option<Self> {
        let candidates = candidates(sheet);
        let attempt = |tolerant| {
            built_in()
                .iter()
                .flat_map(|words| candidates.iter().map(move |header| (words, header)))
                .map(|(words, header)| (assign(sheet, words, header, mapping, tolerant), words))
                .filter(|(layout, _)| layout.is_plausible())
                .max_by_key(|(layout, words)| {
                    let named = named_like(words, &sheet.name);
                    let first = (std::cmp::Reverse(words.kind), std::cmp::Reverse(layout.top));
                    (layout.weight() + usize::from(named) * 200, first)
                })
        };
        let (layout, words) = attempt(false).or_else(|| attempt(true))?;
        let header = Header::of(sheet, layout.top, layout.bottom);
        Some(assign(sheet, words, &header, mapping, true))
    }

    fn is_plausible(&self) -> bool {
        let gives = |wanted: &str| {
            self.columns
                .iter()
                .any(|column| column.target.field().is_some_and(|field| field.as_str() == wanted))
        };
        let people = self.words.kind == SheetKind::People;
        let named = gives("full_name") || gives("staff_code") || gives("citizen_id");
        let joined = gives("staff_code");
        self.columns.len() >= 2 && if people { named } else { joined }
    }

    fn weight(&self) -> usize {
        self.columns.iter().map(|column| usize::from(column.confidence)).sum()
    }
}

/// Rows that may be a header, with the headings over each column.
#[derive(Debug, Clone)]
struct Header<'a> {
    top: u32,
    bottom: u32,
    columns: Vec<Headings<'a>>,
}

/// The headings over one column.
#[derive(Debug, Clone)]
struct Headings<'a> {
    column: u32,
    /// As written, the upper first.
    written: Vec<&'a str>,
    /// Keys to look up: all together, then the lower alone.
    keys: Vec<String>,
}

impl<'a> Header<'a> {
    fn of(sheet: &'a CleanSheet, top: u32, bottom: u32) -> Self {
        let columns: BTreeSet<u32> = (top..=bottom)
            .filter_map(|row| sheet.rows.get(&row))
            .flat_map(|cells| cells.keys().copied())
            .collect();
        let columns = columns
            .into_iter()
            .map(|column| (column, headings(sheet, top, bottom, column)))
            .filter(|(_, written)| !written.is_empty())
            .map(|(column, written)| {
                let lower = written.last().map_or_else(String::new, |lower| key(lower));
                let keys = match written.len() {
                    0 | 1 => vec![lower],
                    _ => vec![key(&written.join(" ")), lower],
                };
                Headings { column, written, keys }
            })
            .collect();
        Self { top, bottom, columns }
    }
}

fn candidates(sheet: &CleanSheet) -> Vec<Header<'_>> {
    let rows: Vec<u32> = sheet.rows.keys().copied().take(HEADER_WITHIN).collect();
    rows.iter()
        .flat_map(|row| {
            let pair = sheet.rows.contains_key(&(row + 1)) && has_groups(sheet, *row);
            let pair = pair.then(|| Header::of(sheet, *row, row + 1));
            pair.into_iter().chain([Header::of(sheet, *row, *row)])
        })
        .collect()
}

/// Whether a row has a heading over more than one heading of the row below.
fn has_groups(sheet: &CleanSheet, row: u32) -> bool {
    let merged = sheet.merges.iter().any(|merge| {
        merge.top == row
            && merge.bottom == row
            && merge.right > merge.left
            && (merge.left..=merge.right).any(|column| sheet.text(row + 1, column).is_some())
    });
    // Text files have no merged cells: a group shows as blanks right of its heading.
    let implied = || {
        sheet.rows.get(&(row + 1)).is_some_and(|below| {
            below.keys().any(|column| {
                *column > 0
                    && sheet.cell(row, *column).is_none()
                    && group_left(sheet, row, *column).is_some()
            })
        })
    };
    merged || (sheet.merges.is_empty() && implied())
}

fn group_left(sheet: &CleanSheet, row: u32, column: u32) -> Option<&str> {
    let left = (0..column).rev().find(|left| sheet.cell(row, *left).is_some())?;
    let all_filled = (left..=column).all(|between| sheet.text(row + 1, between).is_some());
    all_filled.then(|| sheet.text(row, left)).flatten()
}

/// The headings over a column, the upper first.
fn headings(sheet: &CleanSheet, top: u32, bottom: u32, column: u32) -> Vec<&str> {
    let group = || {
        let merge = sheet
            .merges
            .iter()
            .find(|merge| merge.top == top && (merge.left..=merge.right).contains(&column));
        match merge {
            Some(merge) => sheet.text(top, merge.left),
            None if sheet.merges.is_empty() => group_left(sheet, top, column),
            None => None,
        }
    };
    let paired = bottom > top;
    let upper = sheet.text(top, column).or_else(|| paired.then(group).flatten());
    let lower = paired.then(|| sheet.text(bottom, column)).flatten();
    upper.into_iter().chain(lower).collect()
}

fn assign(
    sheet: &CleanSheet,
    words: &'static SheetWords,
    header: &Header<'_>,
    mapping: &Mapping,
    tolerant: bool,
) -> Layout {
    let mut found: Vec<(MappedColumn, Unmapped)> = header
        .columns
        .iter()
        .map(|headings| {
            let by_hand = mapping.target(&headings.keys).map(|target| (target, 101));
            let guess = by_hand.or_else(|| recognise_heading(words, headings, tolerant));
            let reason = if guess.is_some() { Unmapped::NotAField } else { Unmapped::Unknown };
            let (target, confidence) = guess.unwrap_or((Target::Ignore, 0));
            let heading = headings.written.join(" / ");
            (MappedColumn { column: headings.column, heading, target, confidence }, reason)
        })
        .collect();
    drop_repeated(&mut found);
    let (mapped, rest): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(column, _)| column.target != Target::Ignore);
    let unmapped = rest.into_iter().map(|(column, reason)| UnmappedColumn {
        sheet: sheet.name.clone(),
        filled: 0,
        column: column.column,
        heading: column.heading,
        reason,
    });
    Layout {
        words,
        top: header.top,
        bottom: header.bottom,
        unmapped: unmapped.collect(),
        columns: mapped.into_iter().map(|(column, _)| column).collect(),
    }
}

/// Of two columns that give the same, the surer one stays, else the left one.
fn drop_repeated(found: &mut [(MappedColumn, Unmapped)]) {
    let mut best: BTreeMap<Target, (u8, u32)> = BTreeMap::new();
    for (column, _) in found.iter() {
        let entry = best.entry(column.target.clone()).or_insert((0, u32::MAX));
        if column.confidence > entry.0 {
            *entry = (column.confidence, column.column);
        }
    }
    for (column, reason) in found {
        let keeps = best.get(&column.target).is_some_and(|(_, keeper)| *keeper == column.column);
        if column.target != Target::Ignore && !keeps {
            column.target = Target::Ignore;
            *reason = Unmapped::Repeated;
        }
    }
}

/// What a heading means, and how sure that is; both headings of a pair first, then the lower.
fn recognise_heading(
    words: &SheetWords,
    headings: &Headings<'_>,
    tolerant: bool,
) -> Option<(Target, u8)> {
    let keys = &headings.keys;
    // A lower heading alone says a little less, so that a title above a header is no part of it.
    let sure = |place: usize| if place > 0 { 99 } else { 100 };
    let exact = keys.iter().enumerate().find_map(|(place, key)| {
        words.headings.get(key).map(|target| (target.clone(), sure(place)))
    });
    let resembling = || keys.iter().find_map(|key| resembling(words, key));
    let guess = exact.or_else(|| tolerant.then(resembling).flatten());
    guess.filter(|(target, _)| !year_taken_for_sex(target, &headings.written))
}

/// `Năm` (year) and `Nam` (man) are the same word when folded.
fn year_taken_for_sex(target: &Target, headings: &[&str]) -> bool {
    matches!(target, Target::BirthDateOf("nam"))
        && headings.last().is_some_and(|lower| written(lower).ends_with("năm"))
}

/// The most alike heading: the same words in another order, few wrong letters, or a known heading
/// inside a longer one.
fn resembling(words: &SheetWords, heading: &str) -> Option<(Target, u8)> {
    if heading.len() > RESEMBLING_MAX {
        return None;
    }
    let sorted = |text: &str| {
        let mut parts: Vec<String> = text.split(' ').map(str::to_owned).collect();
        parts.sort_unstable();
        parts
    };
    let wanted = sorted(heading);
    let alike = |known: &str| -> u8 {
        if sorted(known) == wanted {
            return 95;
        }
        // Further apart in length than the ratio allows, the distance need not be counted.
        let near = known.len().abs_diff(heading.len()) * 5 <= known.len().max(heading.len());
        let ratio = if near { strsim::normalized_damerau_levenshtein(known, heading) } else { 0.0 };
        let inside = known.contains(' ') && format!(" {heading} ").contains(&format!(" {known} "));
        match ratio {
            ratio if ratio >= 0.86 && known.len() >= 6 => (ratio * 100.0) as u8 - 5,
            _ if inside => 60 + u8::try_from(known.len().min(20)).unwrap_or(20),
            _ => 0,
        }
    };
    words
        .headings
        .iter()
        .map(|(known, target)| (target.clone(), alike(known)))
        .filter(|(_, confidence)| *confidence > 0)
        .max_by_key(|(_, confidence)| *confidence)
}

fn named_like(words: &SheetWords, name: &str) -> bool {
    let name = key(name);
    words.names.contains(&name)
}
