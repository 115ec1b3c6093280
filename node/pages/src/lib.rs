//! What a browser is shown: one view and one template for each screen, and the files they need.
//!
//! A view is a plain struct of words that are ready to be read; [`render`] makes the page of it. The
//! room knows no node, no request and no clock, so that a page can be read and tested by itself.
//!
//! **Invariants:** every word of a view is escaped; no page names anything outside the node, and
//! none carries a script or a style of its own.

pub mod asset;
pub mod cover;
pub mod dossier;
pub mod entry;
pub mod frame;
pub mod home;
pub mod review;
pub mod search;
pub mod sign_in;
pub mod transfer;

pub use askama::Template as View;

/// The page of a view.
///
/// # Errors
/// None that a view of this room gives; the templates are checked when they are compiled.
pub fn render(view: &impl View) -> Result<String, askama::Error> {
    view.render()
}

#[cfg(test)]
mod tests;
