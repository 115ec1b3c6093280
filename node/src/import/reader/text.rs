//! Cells of text with separators, in UTF-8, UTF-16 or the bytes of an old code page.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1258};

use super::{Batch, Gauge, Sink};
use crate::import::error::ReadFailure;
use crate::import::legacy;
use crate::import::sheet::{Frame, RawCell};

/// Separators people use, the likeliest first.
const SEPARATORS: [u8; 3] = [b';', b',', b'\t'];

/// Bytes looked at to tell the encoding and the separator.
const SAMPLE: usize = 64 * 1024;

/// The first characters of a text; `None` for bytes that are no text at all.
pub(super) fn beginning(bytes: &[u8]) -> Option<String> {
    let sample = &bytes[..bytes.len().min(1024)];
    let encoding = byte_order(sample);
    if encoding.is_none() && sample.iter().any(|byte| matches!(byte, 0..=8 | 14..=26)) {
        return None;
    }
    Some(encoding.unwrap_or(WINDOWS_1252).decode(sample).0.into_owned())
}

pub(super) fn read(bytes: &[u8], gauge: &mut Gauge<'_>, sink: Sink<'_>) -> Result<(), ReadFailure> {
    let text = decode(bytes);
    if text.contains('\0') {
        return Err(ReadFailure::UnknownFormat);
    }
    sink(Frame::Sheet { name: String::new(), merges: Vec::new() })?;
    let (separator, first_row, body) = separator(&text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(body.as_bytes());
    let mut batch = Batch::new(gauge, sink);
    let mut record = csv::StringRecord::new();
    let mut row = first_row;
    loop {
        let line = reader.position().line();
        if !reader.read_record(&mut record).map_err(|_| ReadFailure::Damaged)? {
            break;
        }
        row += blank_lines(line, reader.position().line(), &record);
        for (column, cell) in record.iter().enumerate() {
            if !cell.is_empty() {
                let column = u32::try_from(column).unwrap_or(u32::MAX);
                batch.push(row, column, RawCell::Text(cell.to_owned()))?;
            }
        }
        row = row.saturating_add(1);
    }
    batch.flush()
}

/// Empty lines before a record: a spreadsheet counts them as rows, the parser skips them.
fn blank_lines(before: u64, after: u64, record: &csv::StringRecord) -> u32 {
    let inside: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
    let lines = after.saturating_sub(before);
    u32::try_from(lines.saturating_sub(1 + inside as u64)).unwrap_or(u32::MAX)
}

fn byte_order(bytes: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Some(encoding);
    }
    // Without a mark, UTF-16 shows as a zero in every second byte of the ASCII letters.
    let zeros =
        |odd: usize| bytes.iter().take(512).skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let half = bytes.len().min(512) / 2;
    match (even * 2 > half, odd * 2 > half) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}

fn decode(bytes: &[u8]) -> String {
    if let Some(encoding) = byte_order(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => old_code_page(bytes).decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The code page in which more words are Vietnamese. TCVN3 and VNI come as Western letters, and
/// are converted where the cells are read.
fn old_code_page(bytes: &[u8]) -> &'static Encoding {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let western = WINDOWS_1252.decode_without_bom_handling(sample).0;
    let vietnamese = WINDOWS_1258.decode_without_bom_handling(sample).0;
    let score = |text: &str| {
        let words = text.split(|c: char| !c.is_alphabetic() && !is_mark(c));
        words.filter(|word| !word.is_ascii() && legacy::is_syllable(word)).count()
    };
    let converted = [legacy::Encoding::Tcvn3, legacy::Encoding::Vni]
        .map(|encoding| score(&encoding.convert(&western)));
    if score(&vietnamese) > converted[0].max(converted[1]) { WINDOWS_1258 } else { WINDOWS_1252 }
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{323}')
}

/// The separator, the index of the first row, and the text from there.
///
/// Excel itself writes and reads a first line `sep=;`; else the separator that cuts the first
/// lines into the most columns wins.
fn separator(text: &str) -> (u8, u32, &str) {
    let line = text.lines().next().unwrap_or_default();
    if let Some(stated) = line.strip_prefix("sep=").filter(|rest| rest.len() == 1) {
        let body = text.split_once('\n').map_or("", |(_, body)| body);
        return (stated.as_bytes()[0], 1, body);
    }
    let columns = |separator: u8| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(text.as_bytes());
        reader.records().take(40).flatten().map(|record| record.len()).sum::<usize>()
    };
    let best = SEPARATORS.into_iter().rev().max_by_key(|separator| columns(*separator));
    (best.unwrap_or(b';'), 0, text)
}
