//! Golden files: the bytes of every format, as they were when the format was decided.
//!
//! A format never changes under its name. When it must change, its new version gets a file of its
//! own beside the old one, and the old one stays readable.

use std::path::PathBuf;

use crate::repository;

/// Set to `1` to write the files that do not exist yet.
pub const BLESS: &str = "HOSO_BLESS";

/// Compares `made` with the golden file `name`. The first time, with [`BLESS`] set, writes it.
///
/// # Panics
/// When the file is missing or holds something else.
pub fn compare(name: &str, made: &str) {
    let path = path(name);
    match std::fs::read_to_string(&path) {
        Ok(stored) if stored == made => {}
        Ok(stored) => panic!(
            "tests/golden/{name} holds another value than this program makes.\n\
             A stored or sent format is never changed in place: keep this file and the code that \
             reads it,\ngive the new format the next version number and a golden file of its own \
             (e.g. `{}`),\nand write it with {BLESS}=1 cargo test -p tests --test golden.\n{}",
            next_version(name),
            first_difference(&stored, made)
        ),
        Err(_) if std::env::var(BLESS).is_ok_and(|set| set == "1") => {
            std::fs::write(&path, made).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        Err(error) => panic!("tests/golden/{name}: {error}; write it once with {BLESS}=1"),
    }
}

/// The stored text of the golden file `name`, for formats that need not be made byte for byte the
/// same, only read. The first time, with [`BLESS`] set, writes what `make` makes.
///
/// # Panics
/// When it is missing.
pub fn stored(name: &str, make: impl FnOnce() -> String) -> String {
    let path = path(name);
    if !path.exists() {
        compare(name, &make());
    }
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("tests/golden/{name}: {error}"))
}

/// Bytes as lines of 64 hex digits.
pub fn hex_lines(bytes: &[u8]) -> String {
    let digits = hex::encode(bytes);
    let mut text = String::with_capacity(digits.len() + digits.len() / 64 + 1);
    for (at, digit) in digits.char_indices() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    text.push('\n');
    text
}

/// The bytes of what [`hex_lines`] wrote.
///
/// # Panics
/// When the text is no hex.
pub fn bytes_of(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    hex::decode(digits).expect("a golden file holds hex digits")
}

fn path(name: &str) -> PathBuf {
    repository::root().join("tests/golden").join(name)
}

fn next_version(name: &str) -> String {
    match name.split_once("-v1") {
        Some((front, back)) => format!("{front}-v2{back}"),
        None => format!("v2-{name}"),
    }
}

fn first_difference(stored: &str, made: &str) -> String {
    let mut lines = stored.lines().zip(made.lines()).enumerate();
    match lines.find(|(_, (stored, made))| stored != made) {
        Some((at, (stored, made))) => {
            format!("line {}:\n  stored {stored}\n  made   {made}", at + 1)
        }
        None => format!("lengths differ: stored {}, made {}", stored.len(), made.len()),
    }
}
