//! A digest as words that two people read to one another: proquints (arXiv 0901.4016), each of 16 bits,
//! alternating consonants and vowels, without marks.

use dossier::Hash;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";
/// Words that are read out: 128 bits.
const WORDS: usize = 8;

/// The words of a digest.
pub fn words(digest: &Hash) -> String {
    let pairs = digest.as_bytes().chunks_exact(2).take(WORDS);
    let words: Vec<String> =
        pairs.map(|pair| word(u16::from_be_bytes([pair[0], pair[1]]))).collect();
    words.join("-")
}

/// Whether somebody typed the words of a digest; spaces, dashes and capitals do not count.
pub fn are_of(typed: &str, digest: &Hash) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|it| it.is_ascii_alphabetic())
            .map(|it| it.to_ascii_lowercase())
            .collect()
    };
    letters(typed) == letters(&words(digest))
}

fn word(bits: u16) -> String {
    let consonant = |shift: u16| char::from(CONSONANTS[usize::from((bits >> shift) & 15)]);
    let vowel = |shift: u16| char::from(VOWELS[usize::from((bits >> shift) & 3)]);
    [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_published_example() {
        // 127.0.0.1 is lusab-babad, 63.84.220.193 is gutih-tugad.
        assert_eq!(word(0x7F00), "lusab");
        assert_eq!(word(0x0001), "babad");
        assert_eq!(word(0x3F54), "gutih");
        assert_eq!(word(0xDCC1), "tugad");
    }

    #[test]
    fn another_digest_has_other_words() {
        let (one, other) = (Hash::of(b"one"), Hash::of(b"other"));
        assert!(are_of(&words(&one).to_uppercase().replace('-', " "), &one));
        assert!(!are_of(&words(&other), &one));
        assert!(!are_of("", &one));
    }
}
