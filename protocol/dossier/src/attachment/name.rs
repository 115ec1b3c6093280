//! Names of files as they may be shown and written: one harmless word of any system.

use unicode_normalization::UnicodeNormalization as _;

use super::{MediaType, WORDS_BYTES_MAX};

/// A name for a file whose own name says nothing.
const NAMELESS: &str = "tai-lieu";

/// Words that name devices on some systems, whatever follows a dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Cleans the name a file came with: the last part of a path, in NFC, without control characters,
/// marks that turn the direction of writing, and characters some system forbids; with the ending of
/// what the file is. Cleaning a cleaned name changes nothing.
pub fn clean_name(name: &str, media: MediaType) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .nfc()
        .filter(|letter| !is_hidden(*letter))
        .map(|letter| match letter {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            letter if letter.is_whitespace() => ' ',
            letter => letter,
        })
        .collect();
    let (stem, ending) = split(&kept, media);
    let room = WORDS_BYTES_MAX - ending.len() - 1;
    let mut stem = clip(trim(stem), room);
    if is_device(stem) {
        stem = "";
    }
    let stem = if stem.is_empty() { NAMELESS } else { stem };
    format!("{stem}.{ending}")
}

/// The name without an ending that fits, and the ending it gets.
fn split(name: &str, media: MediaType) -> (&str, &'static str) {
    let fitting = media.extensions();
    if let Some((stem, ending)) = name.trim_end().rsplit_once('.')
        && let Some(known) = fitting.iter().find(|known| ending.eq_ignore_ascii_case(known))
    {
        return (stem, known);
    }
    (name, fitting[0])
}

fn trim(stem: &str) -> &str {
    stem.trim_matches(|letter: char| letter == '.' || letter.is_whitespace())
}

fn clip(stem: &str, room: usize) -> &str {
    let end = (0..=room.min(stem.len())).rev().find(|at| stem.is_char_boundary(*at)).unwrap_or(0);
    trim(&stem[..end])
}

fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let word = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
    DEVICES.contains(&word) && first.len() <= 4
}

/// Characters that are not seen, or turn the direction of what follows.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Whether a text may be shown as it is.
pub(super) fn is_plain(text: &str) -> bool {
    !text.chars().any(|letter| is_hidden(letter) && letter != '\n')
}
