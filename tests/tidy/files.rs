//! The shape of the repository: what stands at the top, how long files are, what each opens with.

use std::path::Path;

use tests::repository::{self, TextFile};

/// What a visitor sees at the top.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "certs",
    "config",
    "node",
    "protocol",
    "simulation",
    "tests",
];

/// Lines a Rust file may have.
const LINES_MAX: usize = 500;

#[test]
fn the_top_of_the_repository_is_the_floor_plan() {
    let seen: Vec<String> =
        repository::top_level().into_iter().filter(|name| !name.starts_with('.')).collect();
    assert_eq!(seen, TOP);
}

#[test]
fn no_rust_file_is_too_long_to_read() {
    let long: Vec<String> = repository::files(&[".rs"])
        .into_iter()
        .filter(|file| file.text.lines().count() > LINES_MAX)
        .map(|file| format!("{} has {} lines", file.path, file.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "split by idea, at most {LINES_MAX} lines:\n{}", long.join("\n"));
}

#[test]
fn no_file_gathers_what_belongs_nowhere() {
    for file in repository::files(&[".rs"]) {
        for name in file.path.split('/') {
            let stem = name.trim_end_matches(".rs");
            let vague = matches!(stem, "util" | "utils" | "common" | "helper" | "helpers" | "misc");
            assert!(!vague, "{}: name the idea", file.path);
        }
    }
}

#[test]
fn every_public_room_says_what_it_is() {
    let files = repository::files(&[".rs"]);
    let mut rooms = 0;
    for file in &files {
        if file.path.ends_with("src/lib.rs") {
            assert_header(file);
            rooms += 1;
        }
        for line in file.text.lines() {
            let name = line.trim().strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';'));
            let Some(name) = name else { continue };
            let room = room_file(&file.path, name, &files);
            assert_header(room.unwrap_or_else(|| panic!("{}: no file for {name}", file.path)));
            rooms += 1;
        }
    }
    assert!(rooms > 30, "{rooms} rooms were found");
}

fn room_file<'a>(parent: &str, name: &str, files: &'a [TextFile]) -> Option<&'a TextFile> {
    let parent = Path::new(parent);
    let directory = parent.parent()?;
    let stem = parent.file_stem()?.to_str()?;
    let directory = match stem {
        "lib" | "main" | "mod" => directory.to_owned(),
        _ => directory.join(stem),
    };
    let candidates = [directory.join(format!("{name}.rs")), directory.join(name).join("mod.rs")];
    files.iter().find(|file| candidates.iter().any(|path| Path::new(&file.path) == path))
}

fn assert_header(file: &TextFile) {
    let header: String =
        file.text.lines().map_while(|line| line.strip_prefix("//!")).collect::<Vec<_>>().join("");
    let words = header.split_whitespace().count();
    assert!(words >= 2, "{} opens with no sentence that says what it is", file.path);
}

#[test]
fn licence_and_changelog_are_what_the_manifest_says() {
    assert!(repository::read("LICENSE").contains("Apache License"));
    assert!(repository::read("Cargo.toml").contains("license = \"Apache-2.0\""));
    assert!(repository::read("CHANGELOG.md").contains("## [Unreleased]"));
}
