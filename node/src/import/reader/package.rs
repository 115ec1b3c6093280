//! The outside of an .xlsx: the directory of its zip, and what its parts unpack to.
//!
//! The sizes a zip claims are checked first, then every part is unpacked into nothing and counted,
//! because a zip may lie.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::import::error::ReadFailure;
use crate::import::limits::Limits;

/// Refuses a package that would hurt the parser behind it.
pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<(), ReadFailure> {
    if directory_entries(bytes)? > limits.zip_entries {
        return Err(ReadFailure::UnsafePackage);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ReadFailure::Damaged)?;
    let mut names = BTreeSet::new();
    let mut claimed = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| ReadFailure::Damaged)?;
        judge_name(&entry.name().map_err(|_| ReadFailure::Damaged)?, &mut names)?;
        if entry.encrypted() {
            return Err(ReadFailure::Encrypted);
        }
        claimed = claimed.saturating_add(entry.size());
    }
    let most = limits.unzipped_bytes.min((bytes.len() as u64).saturating_mul(limits.ratio));
    if claimed > most {
        return Err(ReadFailure::Unpacked);
    }
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| ReadFailure::Damaged)?;
        unpacked += scan_part(entry, most - unpacked, limits)?;
    }
    Ok(())
}

/// Entries by the count of headers in the directory itself, before any table is made of them.
fn directory_entries(bytes: &[u8]) -> Result<usize, ReadFailure> {
    let tail = bytes.len().saturating_sub(66_000);
    let end = bytes[tail..]
        .windows(4)
        .rposition(|window| window == b"PK\x05\x06")
        .ok_or(ReadFailure::Damaged)?;
    let count = bytes.get(tail + end + 10..tail + end + 12).ok_or(ReadFailure::Damaged)?;
    Ok(usize::from(u16::from_le_bytes([count[0], count[1]])))
}

fn judge_name(name: &str, names: &mut BTreeSet<String>) -> Result<(), ReadFailure> {
    let lower = name.to_lowercase();
    if lower.ends_with("vbaproject.bin") {
        return Err(ReadFailure::Macros);
    }
    let escapes = name.starts_with('/')
        || name.contains(['\\', ':', '\0'])
        || name.split('/').any(|step| step == "..");
    let nested = [".zip", ".xlsx", ".xlsm", ".jar"].iter().any(|end| lower.ends_with(end));
    if escapes || nested || !names.insert(lower) {
        return Err(ReadFailure::UnsafePackage);
    }
    Ok(())
}

/// Unpacks a part into nothing; answers its size.
fn scan_part(
    mut part: zip::read::ZipFile<'_, Cursor<&[u8]>>,
    most: u64,
    limits: &Limits,
) -> Result<u64, ReadFailure> {
    let name = part.name().map_err(|_| ReadFailure::Damaged)?.to_lowercase();
    let markup = name.ends_with(".xml") || name.ends_with(".rels") || name.ends_with(".vml");
    let shared = name.ends_with("sharedstrings.xml");
    let (mut size, mut strings) = (0_u64, 0_u64);
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut kept = 0;
    loop {
        let read = part.read(&mut buffer[kept..]).map_err(|_| ReadFailure::Damaged)?;
        if read == 0 {
            return Ok(size);
        }
        size += read as u64;
        let window = &buffer[..kept + read];
        if size > most {
            return Err(ReadFailure::Unpacked);
        }
        if markup && contains(window, b"<!DOCTYPE") {
            return Err(ReadFailure::DocumentType);
        }
        if shared {
            strings += starts_of(window, b"<si", kept);
            if strings > limits.shared_strings || size > limits.shared_string_bytes {
                return Err(ReadFailure::SharedStrings);
            }
        }
        kept = keep_tail(&mut buffer, kept + read);
    }
}

/// Bytes of the last window that a tag may have begun in.
const OVERLAP: usize = 8;

fn keep_tail(buffer: &mut [u8], filled: usize) -> usize {
    let kept = filled.min(OVERLAP);
    buffer.copy_within(filled - kept..filled, 0);
    kept
}

fn contains(window: &[u8], tag: &[u8]) -> bool {
    window.windows(tag.len()).any(|bytes| bytes.eq_ignore_ascii_case(tag))
}

/// How often a tag ends in the window, past the bytes that were counted with the window before.
fn starts_of(window: &[u8], tag: &[u8], kept: usize) -> u64 {
    let ends = window.windows(tag.len()).enumerate();
    ends.filter(|(start, bytes)| *bytes == tag && start + tag.len() > kept).count() as u64
}
