//! How written Vietnamese is compared. The only place that decides when two texts are the same.
//!
//! Two strengths: [`written`] forgives what a keyboard does by itself (composition, case, blanks,
//! `Hòa` and `Hoà`), [`fold`] also forgets every tone and vowel mark, for search and suggestions.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// The key under which a text is searched: no marks, `đ` as `d`, lower case, single blanks.
pub fn fold(text: &str) -> String {
    single_blanks(text)
        .nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .map(|letter| if letter == 'đ' { 'd' } else { letter })
        .collect()
}

/// The key under which a text counts as written the same way: NFC, lower case, single blanks, and
/// the tone mark of `oa`, `oe`, `uy` on the second vowel. A wrong mark stays wrong.
pub fn written(text: &str) -> String {
    let mut letters: Vec<char> = single_blanks(text).nfd().flat_map(char::to_lowercase).collect();
    for position in 0..letters.len().saturating_sub(2) {
        let pair = (letters[position], letters[position + 2]);
        let movable = matches!(pair, ('o', 'a' | 'e') | ('u', 'y'));
        let bare = letters.get(position + 3).is_none_or(|mark| !is_combining_mark(*mark));
        if movable && bare && TONES.contains(&letters[position + 1]) {
            letters.swap(position + 1, position + 2);
        }
    }
    letters.into_iter().nfc().collect()
}

/// NFC with blanks at the ends removed and every run of blanks, no-break ones included, as one.
pub fn tidy(text: &str) -> String {
    single_blanks(text).nfc().collect()
}

fn single_blanks(text: &str) -> String {
    let mut words = text.split_whitespace();
    let mut single = words.next().unwrap_or_default().to_owned();
    for word in words {
        single.push(' ');
        single.push_str(word);
    }
    single
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_forgets_marks_case_and_blanks() {
        for text in ["Đường  Hòa Bình", "ĐƯỜNG HOÀ BÌNH ", "đường\u{a0}hoa binh"] {
            assert_eq!(fold(text), "duong hoa binh");
        }
        assert_eq!(fold("Nguyễn Thị Ánh".nfd().collect::<String>().as_str()), "nguyen thi anh");
    }

    #[test]
    fn both_schools_of_tone_marks_are_one_writing() {
        for (old, new) in
            [("Hòa Bình", "Hoà Bình"), ("Ủy ban", "Uỷ ban"), ("KHỎE", "khoẻ"), ("Thúy", "Thuý")]
        {
            assert_eq!(written(old), written(new), "{old}");
        }
        assert_eq!(written("  Mường "), written("MƯỜNG"));
    }

    #[test]
    fn a_wrong_mark_is_not_the_same_writing() {
        for (right, wrong) in [("Mường", "Mừơng"), ("Mường", "Mương"), ("Hoàn", "Hoan")]
        {
            assert_ne!(written(right), written(wrong), "{wrong}");
            assert_eq!(fold(right), fold(wrong), "{wrong}");
        }
    }
}
