//! Reads the bytes of a list into cells, within limits, in whatever process it is called.
//!
//! Nothing here opens a file or a socket. A workbook's package is inspected before a parser sees
//! it, and cells are streamed: a parser is never asked for a whole sheet of an .xlsx.

mod package;
mod text;
mod workbook;

use super::error::ReadFailure;
use super::limits::Limits;
use super::sheet::{Assembly, Book, FileKind, Frame, RawCell};

/// Where frames go; an error means that nobody listens.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Frame) -> Result<(), ReadFailure>;

/// Reads a file in this process; for small trusted bytes and for tests of the parsers.
///
/// # Errors
/// The [`ReadFailure`] that refuses the file.
pub fn read_here(bytes: &[u8], limits: &Limits) -> Result<Book, ReadFailure> {
    let mut assembly = Assembly::default();
    let mut outcome = None;
    read(bytes, limits, &mut |frame| {
        outcome = assembly.take(frame);
        match &outcome {
            Some(Err(failure)) => Err(failure.clone()),
            _ => Ok(()),
        }
    })?;
    outcome.unwrap_or(Err(ReadFailure::Garbled))
}

/// Reads a file and hands its content over frame by frame.
pub(super) fn read(bytes: &[u8], limits: &Limits, sink: Sink<'_>) -> Result<(), ReadFailure> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(ReadFailure::FileTooLarge { limit: limits.file_bytes });
    }
    let kind = recognise(bytes)?;
    sink(Frame::Kind(kind))?;
    let mut gauge = Gauge::new(limits);
    match kind {
        FileKind::Xlsx => {
            package::inspect(bytes, limits)?;
            workbook::read_xlsx(bytes, limits, &mut gauge, sink)?;
        }
        FileKind::Xls => workbook::read_xls(bytes, limits, &mut gauge, sink)?,
        FileKind::Csv => text::read(bytes, &mut gauge, sink)?,
    }
    sink(Frame::Done)
}

/// Tells the kind of file by its first bytes; the name is never asked.
fn recognise(bytes: &[u8]) -> Result<FileKind, ReadFailure> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(FileKind::Xlsx);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let encrypted = bytes.windows(name.len()).any(|window| window == name);
        return if encrypted { Err(ReadFailure::Encrypted) } else { Ok(FileKind::Xls) };
    }
    let start = text::beginning(bytes).ok_or(ReadFailure::UnknownFormat)?;
    let start = start.trim_start().to_lowercase();
    let page = ["<html", "<!doctype", "<?xml", "<table", "<body"];
    if page.iter().any(|tag| start.starts_with(tag)) || start.contains("<table") {
        return Err(ReadFailure::MarkupFile);
    }
    Ok(FileKind::Csv)
}

/// Counts what was read against the limits, over all sheets.
pub(super) struct Gauge<'a> {
    limits: &'a Limits,
    rows: u64,
    cells: u64,
    text: u64,
}

impl<'a> Gauge<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self { limits, rows: 0, cells: 0, text: 0 }
    }

    /// Judges where a cell stands; row and column count from 0.
    fn place(&self, row: u32, column: u32) -> Result<(), ReadFailure> {
        if row >= self.limits.rows {
            let limit = self.limits.rows;
            return Err(ReadFailure::TooManyRows { row: u64::from(row) + 1, limit });
        }
        if column >= self.limits.columns {
            let limit = self.limits.columns;
            return Err(ReadFailure::TooManyColumns { row: u64::from(row) + 1, limit });
        }
        Ok(())
    }

    /// Counts a cell that is to be kept.
    fn cell(&mut self, row: u32, cell: &RawCell) -> Result<(), ReadFailure> {
        let bytes = cell.text_bytes();
        if bytes > self.limits.cell_bytes {
            let limit = self.limits.cell_bytes;
            return Err(ReadFailure::CellTooLong { row: u64::from(row) + 1, limit });
        }
        self.cells += 1;
        self.text += bytes as u64;
        if self.cells > self.limits.cells || self.text > self.limits.text_bytes {
            return Err(ReadFailure::TooMuchContent);
        }
        Ok(())
    }

    fn row(&mut self, row: u32) -> Result<(), ReadFailure> {
        self.rows += 1;
        if self.rows > u64::from(self.limits.rows) {
            let limit = self.limits.rows;
            return Err(ReadFailure::TooManyRows { row: u64::from(row) + 1, limit });
        }
        Ok(())
    }
}

/// Collects cells into rows and rows into frames.
pub(super) struct Batch<'a, 'b, 'c> {
    gauge: &'a mut Gauge<'b>,
    sink: Sink<'c>,
    rows: Vec<(u32, Vec<(u32, RawCell)>)>,
    bytes: usize,
}

impl<'a, 'b, 'c> Batch<'a, 'b, 'c> {
    /// Bytes and rows after which a frame is sent; far below the limit of a frame.
    const FRAME_BYTES: usize = 256 * 1024;
    const FRAME_ROWS: usize = 512;

    fn new(gauge: &'a mut Gauge<'b>, sink: Sink<'c>) -> Self {
        Self { gauge, sink, rows: Vec::new(), bytes: 0 }
    }

    fn push(&mut self, row: u32, column: u32, cell: RawCell) -> Result<(), ReadFailure> {
        self.gauge.place(row, column)?;
        self.gauge.cell(row, &cell)?;
        self.bytes += cell.text_bytes() + 32;
        match self.rows.last_mut() {
            Some((last, cells)) if *last == row => cells.push((column, cell)),
            _ => {
                self.gauge.row(row)?;
                if self.bytes > Self::FRAME_BYTES || self.rows.len() >= Self::FRAME_ROWS {
                    self.flush()?;
                }
                self.rows.push((row, vec![(column, cell)]));
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ReadFailure> {
        self.bytes = 0;
        if self.rows.is_empty() {
            return Ok(());
        }
        (self.sink)(Frame::Rows(std::mem::take(&mut self.rows)))
    }
}
