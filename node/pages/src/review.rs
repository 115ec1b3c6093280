//! «Kiểm duyệt»: what waits for a verdict, each change with what it changed and nothing else.

use askama::Template;

use crate::asset;
use crate::cover::Cover;
use crate::dossier::Chip;
use crate::frame::Frame;

/// The queue.
#[derive(Debug, Template)]
#[template(path = "reviews.html")]
pub struct Reviews {
    /// What stands around it.
    pub frame: Frame,
    /// The changes, those that wait longest first.
    pub reviews: Vec<Review>,
    /// Where a purpose uncovers what is sensitive.
    pub cover: Option<Cover>,
    /// Changes that are not on the page.
    pub hidden: usize,
    /// Whether the person gives verdicts.
    pub may_approve: bool,
}

/// A change that waits.
#[derive(Debug)]
pub struct Review {
    /// Its element.
    pub id: String,
    /// The dossier's page.
    pub href: String,
    /// Whose dossier.
    pub name: String,
    /// The custodian.
    pub unit: String,
    /// What was done.
    pub what: String,
    /// Who did it, when.
    pub writer: String,
    /// On what ground.
    pub basis: String,
    /// What it changed.
    pub items: Vec<Item>,
    /// Whether some of it is covered.
    pub hidden: bool,
    /// Where the verdict is sent.
    pub action: String,
}

/// An item that a change touched.
#[derive(Debug)]
pub struct Item {
    /// Its name.
    pub label: String,
    /// What names it in a verdict, where it waits for one.
    pub key: Option<String>,
    /// What stands in the dossier; empty where nothing does.
    pub before: String,
    /// What was written.
    pub after: String,
    /// How it stands.
    pub chip: Option<Chip>,
}
