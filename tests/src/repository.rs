//! The repository as a list of text files, without what git ignores.

use std::path::{Path, PathBuf};

/// One text file of the repository.
#[derive(Debug, Clone)]
pub struct TextFile {
    /// Path from the root, with slashes.
    pub path: String,
    /// Its text; bytes that are no UTF-8 are replaced.
    pub text: String,
}

/// The root of the repository.
///
/// # Panics
/// When the package was moved out of the workspace.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the package lies in the workspace").to_owned()
}

/// Names at the top of the repository, sorted, without what is ignored.
///
/// # Panics
/// When the root cannot be listed.
pub fn top_level() -> Vec<String> {
    names(&root())
}

/// Every file whose name ends in one of `endings`, sorted by path.
///
/// # Panics
/// When a directory or file cannot be read.
pub fn files(endings: &[&str]) -> Vec<TextFile> {
    let mut found = Vec::new();
    walk(&root(), "", endings, &mut found);
    found
}

/// One file by its path from the root.
///
/// # Panics
/// When it cannot be read.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn walk(directory: &Path, path: &str, endings: &[&str], found: &mut Vec<TextFile>) {
    for name in names(directory) {
        let at = directory.join(&name);
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        if at.is_dir() {
            walk(&at, &path, endings, found);
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let bytes = std::fs::read(&at).unwrap_or_else(|error| panic!("{path}: {error}"));
            found.push(TextFile { path, text: String::from_utf8_lossy(&bytes).into_owned() });
        }
    }
}

fn names(directory: &Path) -> Vec<String> {
    let listed = std::fs::read_dir(directory).expect("a directory of the repository");
    let mut names: Vec<String> = listed
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != ".git" && name != "target" && !name.ends_with(".swp"))
        .collect();
    names.sort();
    names
}
