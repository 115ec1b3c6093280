//! A settings file as a flat list of keys and values with their lines.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ProblemKind;

/// The largest file, in bytes.
pub(super) const SIZE_MAX: usize = 256 * 1024;
/// The most tables within one another.
pub(super) const DEPTH_MAX: usize = 8;

/// A value as the file writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Raw {
    Text(String),
    Flag(bool),
    /// Any other type, named in Vietnamese.
    Other(&'static str),
}

#[derive(Debug)]
pub(super) struct Entry {
    /// Key with its tables, e.g. `storage.index`.
    pub(super) key: String,
    pub(super) value: Raw,
    pub(super) line: usize,
}

type Fault = (usize, ProblemKind);

/// Reads bytes from outside: size, encoding, syntax and depth are checked in this order.
pub(super) fn entries(bytes: &[u8]) -> Result<Vec<Entry>, Fault> {
    let text = decode(bytes)?;
    let table = DeTable::parse(text).map_err(|error| syntax(text, &error))?;
    let mut entries = Vec::new();
    flatten(text, "", table.get_ref(), 1, &mut entries)?;
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

fn decode(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.len() > SIZE_MAX {
        return Err((1, ProblemKind::TooLarge));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err((1, ProblemKind::Encoding { utf16: true }));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let lines = |end: usize| 1 + bytes[..end].iter().filter(|byte| **byte == b'\n').count();
    if let Some(position) = bytes.iter().position(|byte| *byte == 0) {
        // Every second byte NUL is UTF-16 without its mark.
        let half = bytes.iter().filter(|byte| **byte == 0).count() * 3 > bytes.len();
        let kind = if half { ProblemKind::Encoding { utf16: true } } else { ProblemKind::Nul };
        return Err((lines(position), kind));
    }
    std::str::from_utf8(bytes)
        .map_err(|error| (lines(error.valid_up_to()), ProblemKind::Encoding { utf16: false }))
}

fn syntax(text: &str, error: &toml::de::Error) -> Fault {
    let line = line_of(text, error.span().map_or(0, |span| span.start));
    let message = error.message();
    let kind = if message.contains("recurs") {
        ProblemKind::TooDeep
    } else if message.contains("duplicate") {
        ProblemKind::Duplicate
    } else {
        ProblemKind::Syntax(message.lines().next().unwrap_or_default().to_owned())
    };
    (line, kind)
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

fn flatten(
    text: &str,
    prefix: &str,
    table: &DeTable<'_>,
    depth: usize,
    entries: &mut Vec<Entry>,
) -> Result<(), Fault> {
    for (name, value) in table {
        let line = line_of(text, name.span().start);
        if depth > DEPTH_MAX || array_depth(value, depth) > DEPTH_MAX {
            return Err((line, ProblemKind::TooDeep));
        }
        let name = name.get_ref();
        let key = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => {
                flatten(text, &key, inner, depth + 1, entries)?;
            }
            // An empty table says nothing.
            DeValue::Table(_) => {}
            other => entries.push(Entry { key, value: raw(other), line }),
        }
    }
    Ok(())
}

/// How deep the arrays of a value go; the parser has bounded them before.
fn array_depth(value: &Spanned<DeValue<'_>>, depth: usize) -> usize {
    match value.get_ref() {
        DeValue::Array(items) => {
            items.iter().map(|item| array_depth(item, depth + 1)).max().unwrap_or(depth)
        }
        DeValue::Table(table) => {
            table.values().map(|item| array_depth(item, depth + 1)).max().unwrap_or(depth)
        }
        _ => depth,
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Integer(_) | DeValue::Float(_) => Raw::Other("số"),
        DeValue::Datetime(_) => Raw::Other("ngày giờ"),
        DeValue::Array(_) => Raw::Other("danh sách"),
        DeValue::Table(_) => Raw::Other("bảng"),
    }
}
