//! Office documents: zips of known parts, which may lie about their sizes.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use dossier::attachment::MediaType;
use zip::ZipArchive;

use super::UnfitFile;

/// Parts of one document.
const PARTS_MAX: usize = 2_000;
/// Bytes of all parts unpacked.
const UNPACKED_MAX: u64 = 200 * 1024 * 1024;
/// How many times larger a document may become when it is unpacked.
const RATIO_MAX: u64 = 100;
/// A small document may be packed as well as it likes.
const UNPACKED_FREE: u64 = 4 * 1024 * 1024;

/// Endings of parts that do something when they are opened.
const ACTIVE: [&str; 12] = [
    "vbaproject.bin",
    ".exe",
    ".dll",
    ".js",
    ".vbs",
    ".bat",
    ".cmd",
    ".ps1",
    ".lnk",
    ".jar",
    ".hta",
    ".scr",
];

/// Says which document a zip is.
pub(super) fn judge(bytes: &[u8]) -> Result<MediaType, UnfitFile> {
    let end = directory(bytes).ok_or(UnfitFile::Damaged)?;
    if end.entries > PARTS_MAX {
        return Err(UnfitFile::Bomb);
    }
    if end.trailing {
        return Err(UnfitFile::Polyglot);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| UnfitFile::Damaged)?;
    let mut names = BTreeSet::new();
    let (mut claimed, mut packed) = (0_u64, 0_u64);
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(|_| UnfitFile::Damaged)?;
        let name = part.name().map_err(|_| UnfitFile::Damaged)?.to_lowercase();
        judge_name(&name)?;
        if part.encrypted() {
            return Err(UnfitFile::Encrypted);
        }
        claimed = claimed.saturating_add(part.size());
        packed = packed.saturating_add(part.compressed_size());
        if !names.insert(name) {
            return Err(UnfitFile::Damaged);
        }
    }
    let most = (bytes.len() as u64).saturating_mul(RATIO_MAX).clamp(UNPACKED_FREE, UNPACKED_MAX);
    // Parts that share their bytes are how a small zip becomes a large one.
    if claimed > most || packed > bytes.len() as u64 {
        return Err(UnfitFile::Bomb);
    }
    let media = kind(&names).ok_or(UnfitFile::Archive)?;
    let mut room = most;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| UnfitFile::Damaged)?;
        let name = part.name().map_err(|_| UnfitFile::Damaged)?.to_lowercase();
        let first = read_part(&mut part, &name, &mut room)?;
        if name == "mimetype" && first != MediaType::Odt.mime().as_bytes() {
            return Err(UnfitFile::Archive);
        }
        if name == "[content_types].xml" && holds(&first, b"macroEnabled") {
            return Err(UnfitFile::Active);
        }
    }
    Ok(media)
}

/// The document that has these parts.
fn kind(names: &BTreeSet<String>) -> Option<MediaType> {
    let has = |name: &str| names.contains(name);
    let office = has("[content_types].xml");
    if office && has("word/document.xml") {
        Some(MediaType::Docx)
    } else if office && has("xl/workbook.xml") {
        Some(MediaType::Xlsx)
    } else if has("mimetype") && has("content.xml") && has("meta-inf/manifest.xml") {
        Some(MediaType::Odt)
    } else {
        None
    }
}

fn judge_name(name: &str) -> Result<(), UnfitFile> {
    let escapes = name.starts_with('/')
        || name.contains(['\\', ':', '\0'])
        || name.split('/').any(|step| step == "..");
    if escapes {
        return Err(UnfitFile::Damaged);
    }
    let scripts = ["basic/", "scripts/"].iter().any(|front| name.starts_with(front));
    if scripts || name.contains("/activex/") || ACTIVE.iter().any(|end| name.ends_with(end)) {
        return Err(UnfitFile::Active);
    }
    Ok(())
}

/// Unpacks a part into nothing, within what is left of the room; answers its beginning.
fn read_part(part: &mut impl Read, name: &str, room: &mut u64) -> Result<Vec<u8>, UnfitFile> {
    const FIRST: usize = 256 * 1024;
    let markup = name.ends_with(".xml") || name.ends_with(".rels") || name.ends_with(".vml");
    let mut buffer = vec![0; 64 * 1024];
    let mut first = Vec::new();
    loop {
        let read = part.read(&mut buffer).map_err(|_| UnfitFile::Damaged)?;
        if read == 0 {
            break;
        }
        *room = room.checked_sub(read as u64).ok_or(UnfitFile::Bomb)?;
        let wanted = FIRST.saturating_sub(first.len()).min(read);
        first.extend_from_slice(&buffer[..wanted]);
    }
    // Entities are declared before the first element, and no office document has any.
    let head = &first[..first.len().min(4096)];
    if markup && (holds(head, b"<!DOCTYPE") || holds(head, b"<!ENTITY")) {
        return Err(UnfitFile::Active);
    }
    Ok(first)
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// The end of a zip's directory.
pub(super) struct Directory {
    entries: usize,
    /// Something follows it.
    trailing: bool,
}

/// Finds the directory of a zip that ends within a file, wherever the zip begins.
pub(super) fn directory(bytes: &[u8]) -> Option<Directory> {
    const END: usize = 22;
    let start = bytes.len().saturating_sub(END + 65_535);
    let tail = &bytes[start..];
    for at in (0..tail.len().saturating_sub(END - 1)).rev() {
        if !tail[at..].starts_with(b"PK\x05\x06") {
            continue;
        }
        let short = |offset: usize| {
            usize::from(u16::from_le_bytes([tail[at + offset], tail[at + offset + 1]]))
        };
        let long = |offset: usize| short(offset) | (short(offset + 2) << 16);
        let (entries, size, comment) = (short(10), long(12), short(20));
        let begins = (start + at).checked_sub(size);
        let listed = begins.is_some_and(|begins| bytes[begins..].starts_with(b"PK\x01\x02"));
        if entries > 0 && listed {
            return Some(Directory { entries, trailing: at + END + comment != tail.len() });
        }
    }
    None
}
