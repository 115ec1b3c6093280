//! What the regulation asks of the software, and the tests that prove it.
//!
//! The list of tests is written from the tests' own markers, and a test keeps it so.

use super::table;
use super::{DataError, Files};

const FILE: &str = "requirements.csv";

/// One requirement of the regulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its id, e.g. `R-9.2a`.
    pub id: String,
    /// The article it comes from.
    pub article: String,
    /// `function`, `non-functional`, `open-point`, or `not-software`.
    pub kind: String,
    /// The tests that carry its id, as `file::name`.
    pub tests: Vec<String>,
}

/// Loads the requirements in the order of the articles.
///
/// # Errors
/// [`DataError`] when an overriding file is no such table; the embedded one always is.
pub fn load_requirements(files: &Files<'_>) -> Result<Vec<Requirement>, DataError> {
    let rows = table::read(FILE, &files.text(FILE)?)?;
    let read = |row: &table::Row| Requirement {
        id: row.get("id").to_owned(),
        article: row.get("article").to_owned(),
        kind: row.get("kind").to_owned(),
        tests: row.get("tests").split_whitespace().map(str::to_owned).collect(),
    };
    Ok(rows.iter().map(read).collect())
}
