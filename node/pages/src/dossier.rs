//! «Hồ sơ»: the list, and one dossier in the order of the paper form.

use askama::Template;

use crate::asset;
use crate::cover::Cover;
use crate::frame::Frame;

/// The list of dossiers.
#[derive(Debug, Template)]
#[template(path = "dossiers.html")]
pub struct Dossiers {
    /// What stands around it.
    pub frame: Frame,
    /// What was asked for.
    pub query: String,
    /// What was found.
    pub rows: Vec<Row>,
    /// Where the list goes on.
    pub next: Option<String>,
    /// Whether the person may begin a dossier.
    pub may_enter: bool,
}

/// A dossier of the list.
#[derive(Debug)]
pub struct Row {
    /// Its page.
    pub href: String,
    /// Name.
    pub name: String,
    /// Day of birth.
    pub birth: String,
    /// Staff code.
    pub code: String,
    /// The custodian.
    pub unit: String,
    /// Its status.
    pub status: String,
    /// Whether the name waits for review.
    pub unreviewed: bool,
    /// Items two places changed at once.
    pub conflicts: u32,
}

/// One dossier.
#[derive(Debug, Template)]
#[template(path = "dossier.html")]
pub struct Dossier {
    /// What stands around it.
    pub frame: Frame,
    /// Who it is.
    pub head: Head,
    /// Where its hand-over is proposed; `None` for who proposes none.
    pub transfer: Option<String>,
    /// Where a purpose uncovers what is sensitive.
    pub cover: Option<Cover>,
    /// What waits for a choice.
    pub conflicts: Vec<Conflict>,
    /// The parts of the form in paper order.
    pub parts: Vec<Part>,
    /// Who wrote what on which ground, each once, in the order of their numbers from 1.
    pub sources: Vec<String>,
}

/// Who a dossier is of, and where it stands.
#[derive(Debug)]
pub struct Head {
    /// Her name.
    pub name: String,
    /// A few facts.
    pub facts: Vec<Fact>,
}

/// A fact of the head.
#[derive(Debug)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// In words.
    pub value: String,
}

/// An item that two places changed without knowing of each other.
#[derive(Debug)]
pub struct Conflict {
    /// The element of the page where it stands.
    pub at: String,
    /// The item.
    pub label: String,
    /// What each wrote.
    pub sides: Vec<Side>,
}

/// What somebody wrote.
#[derive(Debug, Clone)]
pub struct Side {
    /// The value.
    pub value: String,
    /// Who, where, when, on what basis.
    pub source: String,
    /// Where it is chosen, for whoever may.
    pub keep: Option<String>,
}

/// A part of the form.
#[derive(Debug)]
pub struct Part {
    /// Its element.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How much of it is there.
    pub state: String,
    /// Where its single items are changed.
    pub edit: Option<String>,
    /// Its content.
    pub blocks: Vec<Block>,
}

/// A run of a part.
#[derive(Debug)]
pub enum Block {
    /// Single items.
    Items(Vec<Item>),
    /// A table.
    Table(Table),
}

/// A single item.
#[derive(Debug)]
pub struct Item {
    /// Its element: the field's id.
    pub id: String,
    /// Its name.
    pub label: String,
    /// The value; empty where there is none.
    pub value: String,
    /// How it stands to its review.
    pub chip: Option<Chip>,
    /// How far it is held above, in words.
    pub level: &'static str,
    /// The source it came from, by its number; 0 where none is known.
    pub source: usize,
}

/// A table of the form.
#[derive(Debug)]
pub struct Table {
    /// Its element: the table's name.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<TableRow>,
    /// Where a row is added.
    pub add: Option<String>,
}

/// A row of a table.
#[derive(Debug)]
pub struct TableRow {
    /// Its element.
    pub id: String,
    /// Its cells, one for each column.
    pub cells: Vec<String>,
    /// How it stands to its review.
    pub chip: Option<Chip>,
    /// Where it is changed.
    pub edit: Option<String>,
}

/// A word in a shape.
#[derive(Debug)]
pub struct Chip {
    /// Class of the shape.
    pub kind: &'static str,
    /// The word.
    pub text: String,
}
