//! Six words that both sides read to each other over the phone.

use dossier::Hash;

/// 256 short syllables, different even without their marks; one byte names one word.
const WORDS: &str = include_str!("../words.txt");

/// Six words from the root's fingerprint and both keys of the joining node: 48 bits, equal on
/// both screens only if both sides saw the same keys.
pub fn comparison_words(
    root_fingerprint: Hash,
    tls_key: &[u8; 32],
    change_key: &[u8; 32],
) -> [&'static str; 6] {
    let parts: [&[u8]; 3] = [root_fingerprint.as_bytes(), tls_key, change_key];
    let digest = Hash::tagged("hoso/comparison-words/1", &parts);
    std::array::from_fn(|place| {
        let index = usize::from(digest.as_bytes()[place]);
        WORDS.lines().nth(index).expect("the list has a word for every byte")
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn list_has_a_different_word_for_every_byte() {
        let words: BTreeSet<&str> = WORDS.lines().collect();
        assert_eq!(WORDS.lines().count(), 256);
        assert_eq!(words.len(), 256);
        assert!(words.iter().all(|word| (2..=6).contains(&word.chars().count())));
    }

    #[test]
    fn words_follow_every_key() {
        let root = Hash::of(b"root");
        let words = comparison_words(root, &[1; 32], &[2; 32]);
        assert_eq!(words, comparison_words(root, &[1; 32], &[2; 32]));
        assert_ne!(words, comparison_words(Hash::of(b"other"), &[1; 32], &[2; 32]));
        assert_ne!(words, comparison_words(root, &[3; 32], &[2; 32]));
        assert_ne!(words, comparison_words(root, &[1; 32], &[3; 32]));
    }
}
