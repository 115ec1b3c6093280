//! Cells of workbooks: .xlsx streamed, .xls in one piece under the limits of the process.

use std::io::Cursor;

use calamine::{Data, ExcelDateTime, Reader, Xls, XlsError, Xlsx, XlsxError, XlsxFormulaMetadata};

use super::{Batch, Gauge, Sink};
use crate::import::error::ReadFailure;
use crate::import::limits::Limits;
use crate::import::sheet::{Frame, Merge, RawCell};

pub(super) fn read_xlsx(
    bytes: &[u8],
    limits: &Limits,
    gauge: &mut Gauge<'_>,
    sink: Sink<'_>,
) -> Result<(), ReadFailure> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| xlsx_failure(&error))?;
    let (names, late_epoch) = (book.sheet_names(), book.has_1904_epoch());
    if names.len() > limits.sheets {
        return Err(ReadFailure::TooMuchContent);
    }
    for name in names {
        // A chart sheet has no cells; its merges and cells are both refused by name.
        let merges = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        let merges = merges.iter().map(|area| merge(area.start, area.end)).collect();
        sink(Frame::Sheet { name: name.clone(), merges })?;
        let mut cells = match book.worksheet_cells_reader(&name) {
            Ok(cells) => cells,
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(error) => return Err(xlsx_failure(&error)),
        };
        let mut batch = Batch::new(gauge, sink);
        while let Some(record) =
            cells.next_cell_with_formula_metadata().map_err(|error| xlsx_failure(&error))?
        {
            let (row, column) = record.pos;
            let formula = record.formula.map(formula_cell);
            let cell = formula.or_else(|| raw(&Data::from(record.value), late_epoch));
            if let Some(cell) = cell {
                batch.push(row, column, cell)?;
            }
        }
        batch.flush()?;
    }
    Ok(())
}

pub(super) fn read_xls(
    bytes: &[u8],
    limits: &Limits,
    gauge: &mut Gauge<'_>,
    sink: Sink<'_>,
) -> Result<(), ReadFailure> {
    let mut book = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => ReadFailure::Encrypted,
        _ => ReadFailure::Damaged,
    })?;
    let (names, late_epoch) = (book.sheet_names(), book.has_1904_epoch());
    if names.len() > limits.sheets {
        return Err(ReadFailure::TooMuchContent);
    }
    for name in names {
        let merges = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        let merges = merges.iter().map(|area| merge(area.start, area.end)).collect();
        sink(Frame::Sheet { name: name.clone(), merges })?;
        let Ok(range) = book.worksheet_range(&name) else { continue };
        let formulas = book.worksheet_formula(&name).unwrap_or_default();
        let (top, left) = range.start().unwrap_or_default();
        let mut batch = Batch::new(gauge, sink);
        for (row, column, data) in range.used_cells() {
            let (row, column) = (top + row as u32, left + column as u32);
            let formula = formulas.get_value((row, column)).filter(|text| !text.is_empty());
            let cell = formula
                .map(|text| RawCell::Formula(text.clone()))
                .or_else(|| raw(data, late_epoch));
            if let Some(cell) = cell {
                batch.push(row, column, cell)?;
            }
        }
        batch.flush()?;
    }
    Ok(())
}

fn merge(start: (u32, u32), end: (u32, u32)) -> Merge {
    Merge { top: start.0, left: start.1, bottom: end.0, right: end.1 }
}

fn xlsx_failure(error: &XlsxError) -> ReadFailure {
    match error {
        XlsxError::Password => ReadFailure::Encrypted,
        _ => ReadFailure::Damaged,
    }
}

fn formula_cell(formula: XlsxFormulaMetadata) -> RawCell {
    RawCell::Formula(match formula {
        XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. } => {
            formula
        }
        _ => String::new(),
    })
}

/// The cell of a value; `late_epoch` where the workbook counts days from 1904.
fn raw(data: &Data, late_epoch: bool) -> Option<RawCell> {
    Some(match data {
        Data::Empty => return None,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            if text.is_empty() {
                return None;
            }
            RawCell::Text(text.clone())
        }
        Data::Int(number) => RawCell::Number(*number as f64),
        Data::Float(number) if number.is_finite() => RawCell::Number(*number),
        Data::DateTime(moment) if moment.as_f64().is_finite() => {
            RawCell::Date(serial(moment, late_epoch))
        }
        Data::Float(_) | Data::DateTime(_) => RawCell::Error("#NUM!".to_owned()),
        Data::Bool(flag) => RawCell::Flag(*flag),
        Data::Error(error) => RawCell::Error(error.to_string()),
    })
}

/// Days since 30/12/1899 also where the workbook counts from 1904.
fn serial(moment: &ExcelDateTime, late_epoch: bool) -> f64 {
    const DAYS_TO_1904: f64 = 1462.0;
    if late_epoch { moment.as_f64() + DAYS_TO_1904 } else { moment.as_f64() }
}
