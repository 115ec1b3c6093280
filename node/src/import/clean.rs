//! A sheet with the text of old fonts turned into Unicode; everything else as it was read.

use std::collections::BTreeMap;

use super::legacy::{self, Encoding};
use super::sheet::{Merge, RawCell, Sheet};

/// A cell, and the encoding its text was converted from.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanCell {
    /// Content; text of old fonts is converted.
    pub raw: RawCell,
    /// What it was converted from.
    pub legacy: Option<Encoding>,
}

/// One sheet with readable text.
#[derive(Debug, Clone, Default)]
pub struct CleanSheet {
    /// Name on the tab.
    pub name: String,
    /// Merged cells.
    pub merges: Vec<Merge>,
    /// Rows with content, by row and column counted from 0.
    pub rows: BTreeMap<u32, BTreeMap<u32, CleanCell>>,
}

impl CleanSheet {
    /// Converts the text of old fonts row by row.
    pub fn new(sheet: &Sheet) -> Self {
        let rows = sheet.rows.iter().map(|(row, cells)| (*row, clean_row(cells))).collect();
        Self { name: sheet.name.clone(), merges: sheet.merges.clone(), rows }
    }

    /// The cell at a place.
    pub fn cell(&self, row: u32, column: u32) -> Option<&CleanCell> {
        self.rows.get(&row)?.get(&column)
    }

    /// The text at a place, trimmed; `None` where there is none, or only blanks.
    pub fn text(&self, row: u32, column: u32) -> Option<&str> {
        match &self.cell(row, column)?.raw {
            RawCell::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }
}

fn clean_row(cells: &BTreeMap<u32, RawCell>) -> BTreeMap<u32, CleanCell> {
    let text = |cell: &RawCell| match cell {
        RawCell::Text(text) => text.clone(),
        _ => String::new(),
    };
    let texts: Vec<String> = cells.values().map(text).collect();
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let encodings = legacy::detect_row(&borrowed);
    cells
        .iter()
        .zip(encodings)
        .map(|((column, raw), legacy)| {
            let raw = match (raw, legacy) {
                (RawCell::Text(text), Some(encoding)) => RawCell::Text(encoding.convert(text)),
                _ => raw.clone(),
            };
            (*column, CleanCell { raw, legacy })
        })
        .collect()
}
