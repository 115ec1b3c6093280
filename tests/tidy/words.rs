//! Words that do not belong in code, comments or prose.

use tests::repository::{self, TextFile};

/// Code that is unfinished, or that hides a test.
const UNFINISHED: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("db", "g!("),
    concat!("#[ig", "nore"),
];

/// Words that tell the story of a change, or that put work off. Comments outlive the change.
const PASSING: &[&str] = &[
    "no longer",
    "instead of the old",
    "for now",
    "used to be",
    "hack",
    "xxx",
    "fixme",
    "todo",
    "temporary workaround",
    "skeleton.",
    "later.",
];

/// Folders of one machine.
const MACHINE: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

const PROSE: &[&str] = &[".rs", ".md", ".toml", ".txt", ".csv"];

#[test]
fn nothing_is_left_unfinished_or_hidden() {
    for file in repository::files(&[".rs"]) {
        for (number, line) in file.text.lines().enumerate() {
            for word in UNFINISHED {
                assert!(!line.contains(word), "{}:{}: {word}", file.path, number + 1);
            }
        }
    }
}

#[test]
fn comments_outlive_the_change_that_brought_them() {
    for file in repository::files(&[".rs"]) {
        for (number, comment) in comments(&file) {
            let comment = comment.to_lowercase();
            for phrase in PASSING {
                assert!(!has_phrase(&comment, phrase), "{}:{number}: {phrase:?}", file.path);
            }
        }
    }
}

#[test]
fn nothing_points_into_the_folders_of_one_machine() {
    for file in repository::files(PROSE) {
        for (number, line) in file.text.lines().enumerate() {
            for folder in MACHINE {
                assert!(!line.contains(folder), "{}:{}: {folder}", file.path, number + 1);
            }
        }
    }
    let temporary = concat!("/tm", "p/");
    for file in repository::files(&[".rs"]) {
        for (number, comment) in comments(&file) {
            assert!(!comment.contains(temporary), "{}:{number}: {temporary}", file.path);
        }
    }
}

/// The comments of a Rust file with their line numbers.
fn comments(file: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    file.text.lines().enumerate().filter_map(|(at, line)| {
        let start = line.match_indices("//").map(|(start, _)| start).find(|&start| {
            let before = &line[..start];
            before.trim().is_empty()
                || (before.ends_with(' ') && before.matches('"').count() % 2 == 0)
        })?;
        Some((at + 1, &line[start..]))
    })
}

/// Whether `phrase` stands in `text` between word boundaries.
fn has_phrase(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let ends = phrase.ends_with('.') || !letter(text[at + phrase.len()..].chars().next());
        let opens = !letter(text[..at].chars().next_back());
        // A sentence that is one word long stands alone in its comment.
        let alone = text.trim_start_matches(['/', '!']).trim() == phrase;
        opens && ends && (!phrase.ends_with('.') || alone)
    })
}

#[test]
fn the_scan_finds_words_and_only_words() {
    assert!(has_phrase("// this is for now.", "for now"));
    assert!(!has_phrase("// asked for nowhere", "for now"));
    assert!(!has_phrase("// read it later.", "later."));
    assert!(has_phrase("//! later.", "later."));
}
