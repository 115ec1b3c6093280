//! What of a text answered a search: folded words, found again in the text as it is written.

use dossier::fold;
use dossier::fold::tidy;
use pages::search::Piece;

/// The text in runs, those that hold one of the folded words marked.
pub(super) fn marked(text: &str, words: &[&str]) -> Vec<Piece> {
    let letters: Vec<char> = tidy(text).chars().collect();
    // The folded text, and for each byte of it the letter it came from.
    let (mut folded, mut from) = (String::new(), Vec::new());
    for (at, letter) in letters.iter().enumerate() {
        let before = folded.len();
        match letter {
            ' ' => folded.push(' '),
            letter => folded.push_str(&fold(letter.encode_utf8(&mut [0; 4]))),
        }
        from.extend(std::iter::repeat_n(at, folded.len() - before));
    }
    let mut hits = vec![false; letters.len()];
    for word in words.iter().filter(|word| !word.is_empty()) {
        for (at, _) in folded.match_indices(word) {
            for letter in &from[at..at + word.len()] {
                hits[*letter] = true;
            }
        }
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (letter, hit) in letters.into_iter().zip(hits) {
        match pieces.last_mut() {
            Some(piece) if piece.hit == hit => piece.text.push(letter),
            _ => pieces.push(Piece { text: letter.into(), hit }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, words: &[&str]) -> String {
        let pieces = marked(text, words);
        pieces
            .iter()
            .map(|it| if it.hit { format!("[{}]", it.text) } else { it.text.clone() })
            .collect()
    }

    #[test]
    fn what_answered_is_marked_as_it_is_written() {
        assert_eq!(shown("Bùi Thị Hòa", &["hoa", "bui"]), "[Bùi] Thị [Hòa]");
        assert_eq!(shown("Bùi Thị Hoà", &["thi h"]), "Bùi [Thị H]oà");
        assert_eq!(shown("Đặng  Đức ĐẠT", &["dat", "da"]), "[Đặ]ng Đức [ĐẠT]");
        assert_eq!(shown("Bu\u{300}i", &["bui"]), "[Bùi]", "marks that stand alone");
        assert_eq!(shown("<b>Ẫ</b>", &["a"]), "<b>[Ẫ]</b>");
        assert_eq!(shown("", &["a"]), "");
        assert_eq!(shown("Hà", &[]), "Hà");
    }
}
