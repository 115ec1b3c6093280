//! Pictures: whole, and not too large to be shown.

use dossier::attachment::{PAGES_MAX, PIXELS_MAX};

use super::UnfitFile;

/// Judges the size a picture says it has.
fn judge_size(bytes: &[u8]) -> Result<(), UnfitFile> {
    let size = imagesize::blob_size(bytes).map_err(|_| UnfitFile::Damaged)?;
    judge_pixels(size.width as u64, size.height as u64)
}

fn judge_pixels(width: u64, height: u64) -> Result<(), UnfitFile> {
    match width.saturating_mul(height) {
        0 => Err(UnfitFile::Damaged),
        pixels if pixels > PIXELS_MAX => Err(UnfitFile::TooManyPixels),
        _ => Ok(()),
    }
}

/// A JPEG: markers from the first to the picture, and its end.
pub(super) fn judge_jpeg(bytes: &[u8]) -> Result<(), UnfitFile> {
    let mut rest = &bytes[2..];
    loop {
        let [0xff, marker, after @ ..] = rest else { return Err(UnfitFile::Damaged) };
        match marker {
            // Filling.
            0xff => {
                rest = &rest[1..];
                continue;
            }
            0xda => break,
            0xd8 | 0xd9 | 0x00 => return Err(UnfitFile::Damaged),
            _ => {}
        }
        let length = after.first_chunk().map(|length| u16::from_be_bytes(*length) as usize);
        let length = length.filter(|length| *length >= 2).ok_or(UnfitFile::Damaged)?;
        rest = after.get(length..).ok_or(UnfitFile::Damaged)?;
    }
    if !rest.windows(2).any(|pair| pair == [0xff, 0xd9]) {
        return Err(UnfitFile::Damaged);
    }
    judge_size(bytes)
}

/// A PNG: chunks from the header to the end, and nothing behind it.
pub(super) fn judge_png(bytes: &[u8]) -> Result<(), UnfitFile> {
    let mut rest = &bytes[8..];
    let mut first = true;
    loop {
        let (Some(length), Some(kind)) = (rest.first_chunk::<4>(), rest.get(4..8)) else {
            return Err(UnfitFile::Damaged);
        };
        if first != (kind == b"IHDR") {
            return Err(UnfitFile::Damaged);
        }
        first = false;
        let whole = (u32::from_be_bytes(*length) as usize).saturating_add(12);
        let ends = kind == b"IEND";
        rest = rest.get(whole..).ok_or(UnfitFile::Damaged)?;
        if ends {
            break;
        }
    }
    if rest.is_empty() { judge_size(bytes) } else { Err(UnfitFile::Polyglot) }
}

/// A TIFF: its pages one after another, none met twice.
pub(super) fn judge_tiff(bytes: &[u8]) -> Result<(), UnfitFile> {
    let little = bytes[0] == b'I';
    let short = |at: usize| {
        let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let long = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    };
    let mut next = long(4).ok_or(UnfitFile::Damaged)? as usize;
    let mut pages = 0;
    while next != 0 {
        pages += 1;
        if pages > PAGES_MAX {
            return Err(UnfitFile::TooManyPages);
        }
        let entries = short(next).ok_or(UnfitFile::Damaged)? as usize;
        let (mut width, mut height) = (0, 0);
        for entry in 0..entries {
            let at = next + 2 + entry * 12;
            // A SHORT stands in the front half of the value's place.
            let value = match short(at + 2) {
                Some(3) => short(at + 8).map(u64::from),
                Some(_) => long(at + 8).map(u64::from),
                None => None,
            };
            match (short(at).ok_or(UnfitFile::Damaged)?, value.ok_or(UnfitFile::Damaged)?) {
                (256, value) => width = value,
                (257, value) => height = value,
                _ => {}
            }
        }
        judge_pixels(width, height)?;
        next = long(next + 2 + entries * 12).ok_or(UnfitFile::Damaged)? as usize;
    }
    if pages == 0 { Err(UnfitFile::Damaged) } else { Ok(()) }
}
