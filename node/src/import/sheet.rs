//! A list as it was read: sheets of cells, nothing interpreted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::ReadFailure;

/// What kind of file a list came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// Office Open XML workbook (.xlsx).
    Xlsx,
    /// Old binary workbook (.xls).
    Xls,
    /// Text with separators (.csv).
    Csv,
}

/// The content of one cell that is not empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RawCell {
    /// Text as stored.
    Text(String),
    /// A number without a date format.
    Number(f64),
    /// A number with a date format: days since 30/12/1899.
    Date(f64),
    /// TRUE or FALSE.
    Flag(bool),
    /// An error value such as `#N/A`.
    Error(String),
    /// A formula; its cached value is not taken.
    Formula(String),
}

impl RawCell {
    /// The text of the cell as the spreadsheet would show it, roughly; a formula shows itself.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Error(text) => text.clone(),
            Self::Number(number) | Self::Date(number) => number.to_string(),
            Self::Flag(flag) => (if *flag { "TRUE" } else { "FALSE" }).to_owned(),
            Self::Formula(formula) => format!("={formula}"),
        }
    }

    /// Bytes of text inside the cell.
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::Text(text) | Self::Error(text) | Self::Formula(text) => text.len(),
            Self::Number(_) | Self::Date(_) | Self::Flag(_) => 0,
        }
    }
}

/// Cells drawn as one, both corners included; rows and columns count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// First row.
    pub top: u32,
    /// First column.
    pub left: u32,
    /// Last row.
    pub bottom: u32,
    /// Last column.
    pub right: u32,
}

/// The cells of one row by column, which counts from 0.
pub type Row = BTreeMap<u32, RawCell>;

/// One sheet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// Name on the tab; empty for a text file.
    pub name: String,
    /// Merged cells.
    pub merges: Vec<Merge>,
    /// Rows with content by their index, which counts from 0.
    pub rows: BTreeMap<u32, Row>,
}

/// A file read whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// Kind of file.
    pub kind: FileKind,
    /// Sheets in the order of their tabs.
    pub sheets: Vec<Sheet>,
}

/// One message of the reading process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Frame {
    /// First of all: what the file is.
    Kind(FileKind),
    /// A sheet begins.
    Sheet { name: String, merges: Vec<Merge> },
    /// Rows of the sheet that began last.
    Rows(Vec<(u32, Vec<(u32, RawCell)>)>),
    /// The file is read.
    Done,
    /// The file is refused.
    Failed(ReadFailure),
}

/// Puts frames together again.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    kind: Option<FileKind>,
    sheets: Vec<Sheet>,
}

impl Assembly {
    /// Takes a frame; `Some` when the file is complete or refused, or the frame out of place.
    pub(super) fn take(&mut self, frame: Frame) -> Option<Result<Book, ReadFailure>> {
        match (frame, self.kind) {
            (Frame::Kind(kind), None) => self.kind = Some(kind),
            (Frame::Sheet { name, merges }, Some(_)) => {
                self.sheets.push(Sheet { name, merges, rows: BTreeMap::new() });
            }
            (Frame::Rows(rows), Some(_)) => match self.sheets.last_mut() {
                Some(sheet) => {
                    for (row, cells) in rows {
                        sheet.rows.entry(row).or_default().extend(cells);
                    }
                }
                None => return Some(Err(ReadFailure::Garbled)),
            },
            (Frame::Done, Some(kind)) => {
                return Some(Ok(Book { kind, sheets: std::mem::take(&mut self.sheets) }));
            }
            (Frame::Failed(failure), _) => return Some(Err(failure)),
            (_, _) => return Some(Err(ReadFailure::Garbled)),
        }
        None
    }
}
