//! The list written back with a column «Lỗi»: all rows in their order, so that the clerk mends it
//! and imports it again.
//!
//! Text that a spreadsheet would run gets an apostrophe in front and is written as text.

use std::collections::BTreeMap;
use std::path::Path;

use dossier::finding::{Finding, FindingKind, Level};
use rust_xlsxwriter::{Color, Format, Workbook, Worksheet, XlsxError};

use super::clean::CleanSheet;
use super::error::ImportError;
use super::plan::{ImportPlan, SheetReport};
use super::rows::IgnoredRow;
use super::sheet::{Book, FileKind, RawCell};

/// Heading of the added column.
pub const HEADING: &str = "Lỗi";

/// Name of the sheet with the counts.
const SUMMARY: &str = "Tổng hợp";

/// The most characters of one row's findings; a cell takes 32,767.
const SENTENCES_MAX: usize = 32_000;

/// Writes the list with its findings: a workbook for workbooks, text for text.
///
/// # Errors
/// [`ImportError::ErrorFile`] when the file can't be made or written.
pub fn write(path: &Path, book: &Book, plan: &ImportPlan) -> Result<(), ImportError> {
    let bytes = to_bytes(book, plan)?;
    std::fs::write(path, bytes).map_err(|error| ImportError::ErrorFile(error.into()))
}

/// The bytes of the list with its findings.
///
/// # Errors
/// [`ImportError::ErrorFile`] when a workbook can't be made of it.
pub fn to_bytes(book: &Book, plan: &ImportPlan) -> Result<Vec<u8>, ImportError> {
    match book.kind {
        FileKind::Csv => text(book, plan),
        FileKind::Xlsx | FileKind::Xls => {
            workbook(book, plan).map_err(|error| ImportError::ErrorFile(error.into()))
        }
    }
}

/// The sentences of each row of a sheet.
fn sentences(plan: &ImportPlan, sheet: &str) -> BTreeMap<u32, String> {
    let mut rows: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for finding in &plan.findings {
        if let (Some(found), Some(row)) = (&finding.path.sheet, finding.path.row)
            && found == sheet
        {
            rows.entry(row - 1).or_default().push(&finding.message_vi);
        }
    }
    rows.into_iter()
        .map(|(row, list)| (row, list.join("\n").chars().take(SENTENCES_MAX).collect()))
        .collect()
}

fn report<'a>(plan: &'a ImportPlan, sheet: &str) -> Option<&'a SheetReport> {
    plan.sheets.iter().find(|report| report.sheet == sheet && report.header_row.is_some())
}

/// An apostrophe before what a spreadsheet would run.
pub fn harmless(text: &str) -> String {
    let runs =
        text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']);
    if runs { format!("'{text}") } else { text.to_owned() }
}

fn text(book: &Book, plan: &ImportPlan) -> Result<Vec<u8>, ImportError> {
    let failed = |error: csv::Error| ImportError::ErrorFile(error.into());
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer("\u{feff}".as_bytes().to_vec());
    for sheet in book.sheets.iter().map(CleanSheet::new) {
        let findings = sentences(plan, &sheet.name);
        let header = report(plan, &sheet.name).and_then(|report| report.header_row);
        let width = width(&sheet);
        let last = sheet.rows.keys().next_back().copied().unwrap_or(0);
        for row in 0..=last {
            let mut record: Vec<String> = (0..width)
                .map(|column| {
                    sheet.cell(row, column).map_or_else(String::new, |c| harmless(&c.raw.shown()))
                })
                .collect();
            record.push(match header {
                Some(header) if header == row + 1 => HEADING.to_owned(),
                _ => findings.get(&row).map_or_else(String::new, |text| harmless(text)),
            });
            writer.write_record(&record).map_err(failed)?;
        }
    }
    writer.into_inner().map_err(|error| ImportError::ErrorFile(anyhow::anyhow!("{error}")))
}

fn width(sheet: &CleanSheet) -> u32 {
    sheet.rows.values().filter_map(|row| row.keys().next_back()).max().map_or(0, |last| last + 1)
}

/// Formats of the written workbook.
struct Formats {
    day: Format,
    error: Format,
    heading: Format,
}

fn workbook(book: &Book, plan: &ImportPlan) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let formats = Formats {
        day: Format::new().set_num_format("dd/mm/yyyy"),
        error: Format::new().set_font_color(Color::Red).set_text_wrap(),
        heading: Format::new().set_bold().set_font_color(Color::Red),
    };
    for sheet in book.sheets.iter().map(CleanSheet::new) {
        let target = workbook.add_worksheet().set_name(&sheet.name)?;
        write_sheet(target, &sheet, plan, &formats)?;
    }
    let taken = |name: &str| book.sheets.iter().any(|sheet| sheet.name.eq_ignore_ascii_case(name));
    let names = std::iter::once(SUMMARY.to_owned()).chain((2..).map(|n| format!("{SUMMARY} {n}")));
    let name = names.into_iter().find(|name| !taken(name)).unwrap_or_else(|| SUMMARY.to_owned());
    write_summary(workbook.add_worksheet().set_name(name)?, plan, &formats)?;
    workbook.save_to_buffer()
}

fn write_sheet(
    target: &mut Worksheet,
    sheet: &CleanSheet,
    plan: &ImportPlan,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let plain = Format::new();
    for merge in &sheet.merges {
        let (Ok(left), Ok(right)) = (u16::try_from(merge.left), u16::try_from(merge.right)) else {
            continue;
        };
        // Overlapping or one-cell merges of a damaged list are only looks.
        let _ = target.merge_range(merge.top, left, merge.bottom, right, "", &plain);
    }
    for (row, cells) in &sheet.rows {
        for (column, cell) in cells {
            let Ok(column) = u16::try_from(*column) else { continue };
            match &cell.raw {
                RawCell::Number(number) => target.write_number(*row, column, *number)?,
                RawCell::Date(days) => {
                    target.write_number_with_format(*row, column, *days, &formats.day)?
                }
                RawCell::Flag(flag) => target.write_boolean(*row, column, *flag)?,
                other => target.write_string(*row, column, harmless(&other.shown()))?,
            };
        }
    }
    let added = u16::try_from(width(sheet)).unwrap_or(u16::MAX);
    if let Some(header) = report(plan, &sheet.name).and_then(|report| report.header_row) {
        target.write_string_with_format(header - 1, added, HEADING, &formats.heading)?;
        target.set_column_width(added, 80)?;
    }
    for (row, text) in sentences(plan, &sheet.name) {
        target.write_string_with_format(row, added, harmless(&text), &formats.error)?;
    }
    Ok(())
}

fn write_summary(
    target: &mut Worksheet,
    plan: &ImportPlan,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let mut lines = Lines { target, row: 0 };
    let held = plan.people.iter().filter(|person| person.held_back).count();
    lines.pair("Danh sách", &plan.list)?;
    lines.pair("Số người", &plan.people.len().to_string())?;
    lines.pair("Nhập được", &(plan.people.len() - held).to_string())?;
    lines.pair("Phải sửa trước khi nhập", &held.to_string())?;
    lines.heading("Theo loại lỗi", formats)?;
    for (kind, (count, level)) in by_kind(&plan.findings) {
        let grade = if level == Level::Error { "lỗi" } else { "cảnh báo" };
        lines.pair(kind.code(), &format!("{count} ({grade})"))?;
    }
    lines.heading("Mục bắt buộc mà danh sách không có cột", formats)?;
    for field in &plan.not_asked {
        lines.pair(field.as_str(), "")?;
    }
    lines.heading("Cột không nhập", formats)?;
    for column in &plan.unmapped {
        lines.pair(
            &format!("{} / {}", column.sheet, column.heading),
            &format!("{} ô", column.filled),
        )?;
    }
    lines.heading("Dòng không nhập", formats)?;
    for IgnoredRow { sheet, row, text, .. } in &plan.ignored {
        lines.pair(&format!("{sheet} / dòng {row}"), text)?;
    }
    Ok(())
}

fn by_kind(findings: &[Finding]) -> BTreeMap<FindingKind, (usize, Level)> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        counts.entry(finding.kind).or_insert((0, finding.level)).0 += 1;
    }
    counts
}

/// Writes a summary line by line.
struct Lines<'a> {
    target: &'a mut Worksheet,
    row: u32,
}

impl Lines<'_> {
    fn pair(&mut self, name: &str, value: &str) -> Result<(), XlsxError> {
        self.target.write_string(self.row, 0, harmless(name))?;
        self.target.write_string(self.row, 1, harmless(value))?;
        self.row += 1;
        Ok(())
    }

    fn heading(&mut self, name: &str, formats: &Formats) -> Result<(), XlsxError> {
        self.row += 1;
        self.target.write_string_with_format(self.row, 0, name, &formats.heading)?;
        self.row += 1;
        Ok(())
    }
}
