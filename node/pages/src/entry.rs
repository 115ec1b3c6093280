//! The small form in which a part of a dossier, a row or a new dossier is typed.

use askama::Template;

use crate::asset;
use crate::cover::Cover;
use crate::dossier::Side;
use crate::frame::Frame;

/// A form to type into.
#[derive(Debug, Template)]
#[template(path = "entry.html")]
pub struct Entry {
    /// What stands around it.
    pub frame: Frame,
    /// What is typed.
    pub heading: String,
    /// Whose dossier, for the link that leads back.
    pub whose: String,
    /// Where one goes without saving.
    pub back: String,
    /// Where it is sent.
    pub action: String,
    /// Words of the one button.
    pub save: &'static str,
    /// Whether what is shown can be taken out of the dossier.
    pub removable: bool,
    /// What is about to happen, where there is more to it than what is typed.
    pub lead: String,
    /// Where a purpose uncovers what is sensitive.
    pub cover: Option<Cover>,
    /// What is typed into.
    pub inputs: Vec<Input>,
    /// On what ground.
    pub basis: Basis,
}

/// A place to type into.
#[derive(Debug)]
pub struct Input {
    /// Name and element.
    pub name: String,
    /// Its words.
    pub label: String,
    /// What to keep in mind.
    pub help: String,
    /// Whether the form asks for it.
    pub required: bool,
    /// What stands in it.
    pub value: String,
    /// What stood in it when the page was made.
    pub was: String,
    /// The change that had written that.
    pub seen: String,
    /// How it is typed.
    pub kind: Kind,
    /// What is wrong with it.
    pub fault: Option<String>,
    /// What somebody else has written there since.
    pub theirs: Option<Side>,
}

/// How something is typed.
#[derive(Debug)]
pub enum Kind {
    /// One line.
    Line,
    /// A number.
    Number,
    /// A day, a month or a year.
    Day,
    /// Several lines.
    Long,
    /// One of these.
    Choice(Vec<String>),
    /// One line, with these at hand.
    Suggested(Vec<String>),
}

/// On what ground something is written; all as typed.
#[derive(Debug, Clone, Default)]
pub struct Basis {
    /// `decision`, `declaration` or `correction`; empty where none is chosen.
    pub kind: String,
    /// Number of the decision.
    pub number: String,
    /// Who issued it.
    pub issuer: String,
    /// When it, or the declaration, was signed.
    pub signed: String,
    /// When it takes effect.
    pub effective: String,
    /// Why something is corrected.
    pub reason: String,
    /// Whether it is that of the save before.
    pub remembered: bool,
    /// What is wrong with it.
    pub fault: Option<String>,
}
