//! «Tra cứu»: one box, conditions row by row, and who was found with the reason.

use askama::Template;

use crate::asset;
use crate::frame::Frame;

/// The page; its form is sent by GET, so that a search is an address.
#[derive(Debug, Template)]
#[template(path = "search.html")]
pub struct Search {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed into the box.
    pub query: String,
    /// Units to search in; empty where there is nothing to choose.
    pub units: Vec<Choice>,
    /// What is asked of fields.
    pub conditions: Vec<Condition>,
    /// Whether one more may be asked.
    pub room: bool,
    /// Whether the conditions are unfolded.
    pub unfolded: bool,
    /// The fields of the form, by its parts.
    pub fields: Vec<Group>,
    /// How a value is compared.
    pub signs: Vec<Sign>,
    /// To what purpose what is covered is searched; empty where it stays so.
    pub purpose: String,
    /// Frequent purposes.
    pub purposes: Vec<&'static str>,
    /// What came of it; `None` where nothing was asked.
    pub found: Option<Found>,
}

/// Something to choose.
#[derive(Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// Its words.
    pub label: String,
    /// Whether it is chosen.
    pub here: bool,
}

/// Fields of one part of the form.
#[derive(Debug)]
pub struct Group {
    /// The part.
    pub name: String,
    /// Id and name of each.
    pub fields: Vec<(String, String)>,
}

/// How a value is compared.
#[derive(Debug)]
pub struct Sign {
    /// What is sent.
    pub value: &'static str,
    /// Its words.
    pub label: &'static str,
}

/// A condition as it was typed.
#[derive(Debug, Default)]
pub struct Condition {
    /// Id of the field.
    pub field: String,
    /// How it is compared.
    pub sign: String,
    /// With what.
    pub value: String,
    /// Values the field knows.
    pub known: Vec<String>,
    /// What is wrong with it.
    pub fault: Option<String>,
}

/// What came of a search.
#[derive(Debug)]
pub struct Found {
    /// Where it looked.
    pub scope: String,
    /// How many there are, and whether that is all.
    pub count: String,
    /// Who was found.
    pub hits: Vec<Hit>,
    /// Where the search goes on.
    pub next: Option<String>,
    /// Words of the link there.
    pub on: &'static str,
    /// Whether everything was looked at and nobody answers.
    pub nobody: bool,
    /// Number of the entry in the log that records it.
    pub number: String,
}

/// Who was found.
#[derive(Debug)]
pub struct Hit {
    /// The dossier's page.
    pub href: String,
    /// The name, with what answered.
    pub name: Vec<Piece>,
    /// Day of birth.
    pub birth: String,
    /// Staff code.
    pub code: String,
    /// The custodian.
    pub unit: String,
    /// The state of the dossier.
    pub status: String,
    /// Why it was found.
    pub why: Vec<Why>,
}

/// An item that answered.
#[derive(Debug)]
pub struct Why {
    /// The item.
    pub label: String,
    /// What it says.
    pub said: Vec<Piece>,
    /// Whether somebody has still to review it.
    pub waits: bool,
}

/// A run of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it answered.
    pub hit: bool,
}
