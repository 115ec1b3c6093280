//! PDF, as far as it can be judged without reading it: what lies in streams is skipped.

use dossier::attachment::PAGES_MAX;

use super::UnfitFile;

/// Names that say that a document does something or carries files.
const ACTIVE: [&[u8]; 8] = [
    b"JavaScript",
    b"JS",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"RichMedia",
    b"SubmitForm",
    b"ImportData",
];

/// The word that ends a stream.
const END: &[u8] = b"endstream";

/// Bytes at the end in which the last line stands.
const TAIL: usize = 2048;

/// Judges a file that begins as a PDF.
pub(super) fn judge(bytes: &[u8]) -> Result<(), UnfitFile> {
    let versioned = matches!(bytes.get(5..8), Some([b'1' | b'2', b'.', b'0'..=b'9']));
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    if !versioned || find(tail, b"%%EOF").is_none() || find(bytes, b"startxref").is_none() {
        return Err(UnfitFile::Damaged);
    }
    let mut pages = 0;
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'/' | b's')) {
        rest = &rest[at..];
        let before = &bytes[..bytes.len() - rest.len()];
        if let Some(inside) = stream(rest).filter(|_| ends_dictionary(before)) {
            let end = find(inside, END).ok_or(UnfitFile::Damaged)?;
            rest = &inside[end + END.len()..];
            continue;
        }
        if rest[0] == b's' {
            rest = &rest[1..];
            continue;
        }
        let (name, after) = name(&rest[1..]);
        match name.as_slice() {
            b"Encrypt" if is_reference(after) => return Err(UnfitFile::Encrypted),
            active if ACTIVE.contains(&active) => return Err(UnfitFile::Active),
            b"Type" => {
                let value = after.trim_ascii_start();
                pages += usize::from(
                    value.first() == Some(&b'/') && self::name(&value[1..]).0 == b"Page",
                );
                if pages > PAGES_MAX {
                    return Err(UnfitFile::TooManyPages);
                }
            }
            _ => {}
        }
        rest = after;
    }
    Ok(())
}

/// What follows the word that begins a stream.
fn stream(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"stream")?;
    rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))
}

/// Whether a dictionary ends here, outside any comment: a stream follows nothing else, and what is
/// no stream is not skipped.
fn ends_dictionary(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let line = before.rsplit(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or(before);
    before.ends_with(b">>") && !line.contains(&b'%')
}

/// Whether a dictionary or a reference to one follows.
fn is_reference(bytes: &[u8]) -> bool {
    let rest = bytes.trim_ascii_start();
    rest.starts_with(b"<<") || rest.first().is_some_and(u8::is_ascii_digit)
}

/// A name with its escapes resolved, and what follows it.
fn name(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    const NAME_MAX: usize = 64;
    let mut name = Vec::new();
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        let ends = byte.is_ascii_whitespace()
            || matches!(
                byte,
                0 | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
            );
        if ends || name.len() == NAME_MAX {
            break;
        }
        rest = after;
        match (byte, after) {
            (b'#', [high, low, after @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or_default();
                name.push((digit(high) * 16 + digit(low)) as u8);
                rest = after;
            }
            _ => name.push(*byte),
        }
    }
    (name, rest)
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == word[0]) {
        if bytes[from + at..].starts_with(word) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}
