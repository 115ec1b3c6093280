//! Text of the fonts used before Unicode: TCVN3 (ABC) and VNI-Windows.
//!
//! Such fonts draw Vietnamese letters in the places of Western ones, and a spreadsheet keeps only
//! the Western characters. The same characters also occur in honest text (`§`, `é`), so a cell is
//! converted when its words become Vietnamese syllables that they were not before, or when the
//! rest of its row is plainly in that encoding.

mod syllable;
mod tcvn3;
mod vni;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

pub use syllable::is_syllable;

/// An encoding that only the name of a font told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Encoding {
    /// TCVN3 (ABC), fonts `.VnTime`, `.VnArial`: one byte a letter.
    Tcvn3,
    /// VNI-Windows, fonts `VNI-Times`, `VNI-Helve`: one or two bytes a letter.
    Vni,
}

impl Encoding {
    /// The name people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcvn3 => "TCVN3 (ABC)",
            Self::Vni => "VNI-Windows",
        }
    }

    /// Text in Unicode NFC; characters outside the encoding stay as they are.
    pub fn convert(self, text: &str) -> String {
        match self {
            Self::Tcvn3 => tcvn3::convert(text),
            Self::Vni => vni::convert(text),
        }
        .nfc()
        .collect()
    }
}

/// What the characters of one cell say about its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Only ASCII, or nothing that speaks for either side.
    Silent,
    /// Vietnamese letters that exist only in Unicode.
    Unicode,
    /// Becomes Vietnamese by conversion and was none before.
    Legacy(Encoding),
    /// Western characters that prove nothing alone: Vietnamese both ways, an abbreviation, or no
    /// word of either.
    Either,
}

/// Decides for each cell of one row whether, and from which encoding, it is to be converted.
///
/// The answer has one entry a cell. A cell that could be read both ways follows the plain cells
/// of its row, and stays Unicode where the row holds Unicode letters or nothing plain.
pub fn detect_row(cells: &[&str]) -> Vec<Option<Encoding>> {
    let verdicts: Vec<Verdict> = cells.iter().map(|cell| judge(cell)).collect();
    let row = row_encoding(&verdicts);
    verdicts
        .into_iter()
        .map(|verdict| match verdict {
            Verdict::Legacy(encoding) => Some(match row {
                Some(row) if row != encoding => row,
                _ => encoding,
            }),
            Verdict::Either => row,
            Verdict::Silent | Verdict::Unicode => None,
        })
        .zip(cells)
        .map(|(encoding, cell)| encoding.filter(|encoding| encoding.convert(cell) != **cell))
        .collect()
}

/// The encoding most plain cells of a row are in; none where Unicode cells are not fewer.
fn row_encoding(verdicts: &[Verdict]) -> Option<Encoding> {
    let mut plain: BTreeMap<Encoding, usize> = BTreeMap::new();
    let mut unicode = 0;
    for verdict in verdicts {
        match verdict {
            Verdict::Legacy(encoding) => *plain.entry(*encoding).or_default() += 1,
            Verdict::Unicode => unicode += 1,
            Verdict::Silent | Verdict::Either => {}
        }
    }
    plain
        .into_iter()
        .max_by_key(|(encoding, count)| (*count, std::cmp::Reverse(*encoding)))
        .filter(|(_, count)| *count > unicode)
        .map(|(encoding, _)| encoding)
}

fn judge(text: &str) -> Verdict {
    if text.is_ascii() {
        return Verdict::Silent;
    }
    let high = |c: char| matches!(c, '\u{A1}'..='\u{FF}');
    if text.chars().any(|c| vietnamese_only(c) || matches!(c, '\u{300}'..='\u{323}')) {
        return Verdict::Unicode;
    }
    if !text.chars().any(high) {
        return Verdict::Silent;
    }
    let symbols = text.chars().any(|c| high(c) && !c.is_alphabetic());
    if !symbols && reads(text) != Reading::No {
        return Verdict::Either;
    }
    let plain = [Encoding::Tcvn3, Encoding::Vni]
        .into_iter()
        .find(|encoding| reads_converted(*encoding, text) == Reading::Vietnamese);
    plain.map_or(Verdict::Either, Verdict::Legacy)
}

/// Letters that stand outside Latin-1, so that no old font could have drawn them.
fn vietnamese_only(c: char) -> bool {
    matches!(c, '\u{102}' | '\u{103}' | '\u{110}' | '\u{111}' | '\u{128}' | '\u{129}')
        || matches!(c, '\u{168}' | '\u{169}' | '\u{1A0}' | '\u{1A1}' | '\u{1AF}' | '\u{1B0}')
        || matches!(c, '\u{1EA0}'..='\u{1EF9}')
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    No,
    Abbreviation,
    Vietnamese,
}

fn reads_converted(encoding: Encoding, text: &str) -> Reading {
    let converted = encoding.convert(text);
    let undone = converted.chars().any(|c| matches!(c, '\u{A1}'..='\u{BF}' | '\u{D7}' | '\u{F7}'));
    if undone || converted == text { Reading::No } else { reads(&converted) }
}

/// Whether every word with a letter beyond ASCII is a syllable, or at least an abbreviation.
fn reads(text: &str) -> Reading {
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_ascii());
    let mut reading = Reading::Abbreviation;
    for word in words {
        if is_syllable(word) {
            reading = Reading::Vietnamese;
        } else if !is_abbreviation(word) {
            return Reading::No;
        }
    }
    reading
}

/// Capitals such as `QĐ`, `ĐH`, `TĐKT`.
fn is_abbreviation(word: &str) -> bool {
    word.chars().count() <= 6 && word.chars().all(|c| c.is_ascii_uppercase() || c == 'Đ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_the_examples_of_both_encodings() {
        assert_eq!(Encoding::Tcvn3.convert("NguyÔn V¨n §¹t"), "Nguyễn Văn Đạt");
        assert_eq!(Encoding::Tcvn3.convert("M\u{AD}êng"), "Mường");
        assert_eq!(Encoding::Tcvn3.convert("NguyÔn ThÞ ¸nh"), "Nguyễn Thị ánh");
        assert_eq!(Encoding::Vni.convert("Nguyeãn Vaên Ñaït"), "Nguyễn Văn Đạt");
        assert_eq!(Encoding::Vni.convert("Möôøng"), "Mường");
        assert_eq!(Encoding::Vni.convert("Coâng chöùc"), "Công chức");
    }

    #[test]
    fn plain_cells_are_found_alone() {
        let detect = |text: &str| detect_row(&[text])[0];
        for text in ["NguyÔn V¨n §¹t", "nguyÔn v¨n ®¹t", "M\u{AD}êng", "§¶ng ñy x·"] {
            assert_eq!(detect(text), Some(Encoding::Tcvn3), "{text}");
        }
        for text in ["Nguyeãn Vaên Ñaït", "Möôøng", "Uyû ban nhaân daân"] {
            assert_eq!(detect(text), Some(Encoding::Vni), "{text}");
        }
        for text in ["§ 12", "Café Müller", "Hùng", "Lý Tú", "12/12", "", "Nguyễn Văn Đạt", "±5"]
        {
            assert_eq!(detect(text), None, "{text}");
        }
    }

    #[test]
    fn cells_that_read_both_ways_follow_their_row() {
        let old = detect_row(&["NguyÔn V¨n", "Tó", "C§", "DH"]);
        assert_eq!(
            old,
            [Some(Encoding::Tcvn3), Some(Encoding::Tcvn3), Some(Encoding::Tcvn3), None]
        );
        let mixed = detect_row(&["NguyÔn V¨n", "Tó", "Mường", "Đà Bắc", "Xã Hòa"]);
        assert_eq!(mixed, [Some(Encoding::Tcvn3), None, None, None, None]);
    }
}
