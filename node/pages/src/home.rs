//! «Việc cần làm», and how far the work has come in detail.

use askama::Template;

use crate::asset;
use crate::frame::Frame;

/// «Việc cần làm».
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct Home {
    /// What stands around it.
    pub frame: Frame,
    /// The counters, each a filter of the list.
    pub counters: Vec<Counter>,
    /// What is to be done, the most urgent first.
    pub tasks: Vec<Task>,
    /// Tasks that are not on the page.
    pub hidden: usize,
    /// What is said where there is nothing to do.
    pub empty: String,
    /// By which rules it was counted.
    pub rules: String,
}

/// A counter.
#[derive(Debug)]
pub struct Counter {
    /// How many.
    pub count: usize,
    /// Of what.
    pub label: &'static str,
    /// The list of them.
    pub href: &'static str,
    /// Class of its box; empty for a plain one.
    pub kind: &'static str,
    /// Whether that list is shown.
    pub here: bool,
}

/// Something to be done.
#[derive(Debug)]
pub struct Task {
    /// How it stands, in two or three words.
    pub chip: String,
    /// Class of the chip.
    pub kind: &'static str,
    /// Its last day.
    pub due: String,
    /// What is to be done.
    pub what: String,
    /// The document it follows from.
    pub document: String,
    /// Whose dossier.
    pub whom: String,
    /// Article, and from when it counts.
    pub law: String,
    /// The beginning of its id.
    pub code: String,
    /// Where it is done.
    pub href: Option<String>,
}

/// «Đồng bộ».
#[derive(Debug, Template)]
#[template(path = "sync.html")]
pub struct Sync {
    /// What stands around it.
    pub frame: Frame,
    /// One honest sentence.
    pub verdict: String,
    /// Counts and neighbours.
    pub lines: Vec<String>,
}
