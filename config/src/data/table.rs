//! Tables as CSV: every cell by the name of its column.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::DataError;

/// One line of a table; absent columns read as empty.
#[derive(Debug)]
pub(super) struct Row {
    file: String,
    line: u64,
    cells: BTreeMap<String, String>,
}

impl Row {
    pub(super) fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }

    /// Where it stands in the file, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = (&String, &String)> {
        self.cells.iter()
    }

    pub(super) fn parsed<T: FromStr>(&self, column: &str) -> Result<T, DataError> {
        let text = self.get(column);
        text.parse().map_err(|_| self.wrong(column, text))
    }

    pub(super) fn optional<T: FromStr>(&self, column: &str) -> Result<Option<T>, DataError> {
        if self.get(column).is_empty() { Ok(None) } else { self.parsed(column).map(Some) }
    }

    pub(super) fn wrong(&self, column: &str, text: &str) -> DataError {
        let problem = format!("column {column} can't be {text:?}");
        DataError::Table { file: self.file.clone(), line: self.line, problem }
    }
}

/// Reads a table with a header line.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Row>, DataError> {
    let broken = |error: csv::Error| DataError::Table {
        file: file.to_owned(),
        line: error.position().map_or(0, csv::Position::line),
        problem: error.to_string(),
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(broken)?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells = header.iter().zip(&record).map(|(name, cell)| (name.into(), cell.into()));
        rows.push(Row { file: file.to_owned(), line, cells: cells.collect() });
    }
    Ok(rows)
}
