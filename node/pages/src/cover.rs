//! What is covered until its reader says a purpose, and what opens by a document alone.

use askama::Template;

use crate::asset;
use crate::frame::Frame;

/// The box in which a purpose is said.
#[derive(Debug)]
pub struct Cover {
    /// Where it is sent.
    pub action: String,
    /// The page that is shown then.
    pub back: String,
    /// How many items are covered.
    pub covered: usize,
    /// What was said, or is usually said.
    pub purpose: String,
    /// What is often said.
    pub purposes: Vec<&'static str>,
    /// Whether the page is uncovered.
    pub open: bool,
}

/// A dossier that its reader has no right to without a document.
#[derive(Debug, Template)]
#[template(path = "outside.html")]
pub struct Outside {
    /// What stands around it.
    pub frame: Frame,
    /// Where purpose and document are sent.
    pub action: String,
    /// The purpose, as far as it was said.
    pub purpose: String,
    /// Number of the document, as far as it was said.
    pub document: String,
    /// What is often said.
    pub purposes: Vec<&'static str>,
    /// The code of the refusal.
    pub code: String,
}
