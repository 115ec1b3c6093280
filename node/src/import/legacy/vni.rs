//! The letters of VNI-Windows: a base letter, then a mark; some letters alone.

/// Characters that are a letter alone.
const ALONE: [(char, char); 9] = [
    ('ñ', 'đ'),
    ('ô', 'ơ'),
    ('ö', 'ư'),
    ('í', 'í'),
    ('ì', 'ì'),
    ('æ', 'ỉ'),
    ('ó', 'ĩ'),
    ('ò', 'ị'),
    ('î', 'ỵ'),
];

/// Tone marks after a, e, o, u, y, ơ, ư, as combining characters.
const TONES: [(char, &str); 5] =
    [('ù', "\u{301}"), ('ø', "\u{300}"), ('û', "\u{309}"), ('õ', "\u{303}"), ('ï', "\u{323}")];

/// Marks with the circumflex, after a, e, o.
const CIRCUMFLEX: [(char, &str); 6] = [
    ('â', "\u{302}"),
    ('á', "\u{302}\u{301}"),
    ('à', "\u{302}\u{300}"),
    ('å', "\u{302}\u{309}"),
    ('ã', "\u{302}\u{303}"),
    ('ä', "\u{302}\u{323}"),
];

/// Marks with the breve, after a.
const BREVE: [(char, &str); 6] = [
    ('ê', "\u{306}"),
    ('é', "\u{306}\u{301}"),
    ('è', "\u{306}\u{300}"),
    ('ú', "\u{306}\u{309}"),
    ('ü', "\u{306}\u{303}"),
    ('ë', "\u{306}\u{323}"),
];

/// Reads a base letter with its mark first, then a letter alone; other characters stay.
pub(super) fn convert(text: &str) -> String {
    let mut result = String::with_capacity(text.len() * 2);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let marked = characters.peek().and_then(|mark| marked(c, *mark));
        result.push(alone(c).unwrap_or(c));
        if let Some(marks) = marked {
            result.push_str(marks);
            characters.next();
        }
    }
    result
}

fn marked(base: char, mark: char) -> Option<&'static str> {
    let (base, mark) = (lower(base), lower(mark));
    let find = |table: &[(char, &'static str)]| {
        table.iter().find(|(code, _)| *code == mark).map(|(_, marks)| *marks)
    };
    let tone = || "aeouyôö".contains(base).then(|| find(&TONES)).flatten();
    let circumflex = || "aeo".contains(base).then(|| find(&CIRCUMFLEX)).flatten();
    let breve = || (base == 'a').then(|| find(&BREVE)).flatten();
    tone().or_else(circumflex).or_else(breve)
}

fn alone(c: char) -> Option<char> {
    let letter = ALONE.iter().find(|(code, _)| *code == lower(c)).map(|(_, letter)| *letter)?;
    Some(if c.is_uppercase() { letter.to_uppercase().next().unwrap_or(letter) } else { letter })
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn capitals_and_long_matches() {
        let pairs = [
            ("AÙ", "Á"),
            ("TRAÀN THÒ HUEÄ", "TRẦN THỊ HUỆ"),
            ("oâ ô ô", "ô ơ ơ"),
            ("Huyønh Kyø", "Huỳnh Kỳ"),
            ("Löông Quoác Höõu", "Lương Quốc Hữu"),
            ("Laëng leõ", "Lặng lẽ"),
        ];
        for (old, wanted) in pairs {
            assert_eq!(convert(old).nfc().collect::<String>(), wanted);
        }
    }
}
