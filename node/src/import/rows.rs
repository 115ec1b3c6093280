//! Which rows below a header are persons or entries, and which only look like it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::clean::{CleanCell, CleanSheet};
use super::header::Layout;
use super::sheet::RawCell;
use super::vocabulary::{SheetKind, key};

/// Why a row below the header is no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IgnoredReason {
    /// Above the header: titles.
    AboveHeader,
    /// Numbers of the columns.
    ColumnNumbers,
    /// A heading between groups of persons.
    GroupHeading,
    /// A total.
    Total,
    /// The header again, at the top of a printed page.
    HeaderAgain,
    /// Signatures and notes, too few cells for an entry.
    Footer,
}

/// A row that is not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IgnoredRow {
    /// Sheet.
    pub sheet: String,
    /// Row as the spreadsheet shows it.
    pub row: u32,
    /// Why.
    pub reason: IgnoredReason,
    /// The first text of the row.
    pub text: String,
}

/// An entry with its row, counted from 0.
pub type Entry<'a> = (u32, &'a BTreeMap<u32, CleanCell>);

/// Splits the rows of a sheet into entries and the rest.
pub fn split<'a>(sheet: &'a CleanSheet, layout: &Layout) -> (Vec<Entry<'a>>, Vec<IgnoredRow>) {
    let (mut entries, mut ignored) = (Vec::new(), Vec::new());
    for (row, cells) in &sheet.rows {
        if (layout.top..=layout.bottom).contains(row) || cells.values().all(is_blank) {
            continue;
        }
        match reason(sheet, layout, *row, cells) {
            None => entries.push((*row, cells)),
            Some(reason) => ignored.push(IgnoredRow {
                sheet: sheet.name.clone(),
                row: row + 1,
                reason,
                text: cells
                    .values()
                    .find(|cell| !is_blank(cell))
                    .map_or_else(String::new, |cell| {
                        cell.raw.shown().trim().chars().take(80).collect()
                    }),
            }),
        }
    }
    (entries, ignored)
}

fn reason(
    sheet: &CleanSheet,
    layout: &Layout,
    row: u32,
    cells: &BTreeMap<u32, CleanCell>,
) -> Option<IgnoredReason> {
    if row < layout.top {
        return Some(IgnoredReason::AboveHeader);
    }
    if are_column_numbers(cells) {
        return Some(IgnoredReason::ColumnNumbers);
    }
    if repeats_header(sheet, layout, cells) {
        return Some(IgnoredReason::HeaderAgain);
    }
    let filled = layout
        .columns
        .iter()
        .filter(|column| cells.get(&column.column).is_some_and(|cell| !is_blank(cell)))
        .count();
    let enough = (layout.columns.len() / 4).clamp(2, 4).min(layout.columns.len());
    if layout.words.kind != SheetKind::People {
        return (filled == 0).then_some(IgnoredReason::Footer);
    }
    if filled >= enough {
        return None;
    }
    if starts_total(cells) {
        return Some(IgnoredReason::Total);
    }
    let alone = cells.values().filter(|cell| !is_blank(cell)).count() == 1;
    let wide = sheet.merges.iter().any(|merge| merge.top == row && merge.right > merge.left + 2);
    let numbered = cells.keys().next() == Some(&0);
    Some(if wide || (alone && numbered) {
        IgnoredReason::GroupHeading
    } else {
        IgnoredReason::Footer
    })
}

fn is_blank(cell: &CleanCell) -> bool {
    matches!(&cell.raw, RawCell::Text(text) if text.trim().is_empty())
}

/// Three or more whole numbers that rise by column, `(1)` included, and nothing else.
fn are_column_numbers(cells: &BTreeMap<u32, CleanCell>) -> bool {
    let number = |cell: &CleanCell| match &cell.raw {
        RawCell::Number(number) if number.fract() == 0.0 => Some(*number as i64),
        RawCell::Text(text) => text.trim().trim_matches(['(', ')', '[', ']']).parse().ok(),
        _ => None,
    };
    let numbers: Option<Vec<i64>> =
        cells.values().filter(|cell| !is_blank(cell)).map(number).collect();
    numbers.is_some_and(|numbers| {
        numbers.len() >= 3
            && numbers.is_sorted_by(|a, b| a < b)
            && numbers.last().is_some_and(|last| *last <= 300)
    })
}

fn repeats_header(sheet: &CleanSheet, layout: &Layout, cells: &BTreeMap<u32, CleanCell>) -> bool {
    let same = |column: u32| {
        let Some(RawCell::Text(here)) = cells.get(&column).map(|cell| &cell.raw) else {
            return false;
        };
        (layout.top..=layout.bottom).any(|row| sheet.text(row, column) == Some(here.trim()))
    };
    let count = layout.columns.iter().filter(|column| same(column.column)).count();
    count >= 2 && count * 2 >= layout.columns.len()
}

fn starts_total(cells: &BTreeMap<u32, CleanCell>) -> bool {
    cells.values().any(|cell| {
        let key = key(&cell.raw.shown());
        ["tong so", "tong cong", "cong so", "danh sach nay co", "an dinh danh sach"]
            .iter()
            .any(|start| key.starts_with(start))
            || key == "cong"
    })
}
