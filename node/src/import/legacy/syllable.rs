//! Whether a word is a Vietnamese syllable: an onset, a rime, at most one tone.

use unicode_normalization::UnicodeNormalization;

/// Onsets, longest first, so that `ngh` is not read as `ng` and `h`.
const ONSETS: [&str; 28] = [
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g",
    "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
];

/// Vowel groups a rime may have.
const NUCLEI: &str = " a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iê iêu iu oa oai oay \
    oao oă oe oeo oi oo ôi ơi ua uâ uây uê ui uô uôi uơ uy uya uyê uyu ưa ươ ươi ươu ưi ưu yê yêu ôô ";

/// Closing consonants.
const CODAS: [&str; 9] = ["", "ch", "ng", "nh", "c", "m", "n", "p", "t"];

/// Whether the word could be written as one Vietnamese syllable, in any case and either form of
/// Unicode.
pub fn is_syllable(word: &str) -> bool {
    let Some(bare) = without_tone(word) else { return false };
    ONSETS.iter().any(|onset| {
        bare.strip_prefix(onset).is_some_and(is_rime)
            || (*onset == "gi" && bare.strip_prefix('g').is_some_and(is_rime))
    })
}

fn is_rime(rime: &str) -> bool {
    CODAS.iter().any(|coda| {
        rime.strip_suffix(coda).is_some_and(|nucleus| {
            !nucleus.is_empty() && NUCLEI.split(' ').any(|known| known == nucleus)
        })
    })
}

/// The word in lower case without its tone mark; `None` where it has two.
fn without_tone(word: &str) -> Option<String> {
    let mut tones = 0;
    let bare: String = word
        .to_lowercase()
        .nfd()
        .filter(|c| {
            let tone = matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}');
            tones += usize::from(tone);
            !tone
        })
        .nfc()
        .collect();
    (tones <= 1 && !bare.is_empty()).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_and_other_words() {
        for word in [
            "Nguyễn", "Văn", "Đạt", "Mường", "quốc", "giàng", "gì", "Khuyên", "thuở", "XUYẾN", "ỷ",
            "yêu", "Huệ", "oanh", "nghiêng", "Sếnh", "loong", "khoèo",
        ] {
            assert!(is_syllable(word), "{word}");
        }
        for word in
            ["NguyÔn", "Vn", "café", "Müller", "Nguyeãn", "Möôøng", "họàc", "", "Cafộ", "zô"]
        {
            assert!(!is_syllable(word), "{word}");
        }
    }
}
