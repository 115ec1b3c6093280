//! «Điều chuyển»: hand-overs of dossiers (Điều 10), as both sides see them.

use askama::Template;

use crate::asset;
use crate::dossier::Fact;
use crate::frame::Frame;

/// The hand-overs in which this node has a part.
#[derive(Debug, Template)]
#[template(path = "transfers.html")]
pub struct Transfers {
    /// What stands around it.
    pub frame: Frame,
    /// By what they wait for.
    pub groups: Vec<Group>,
    /// Changes of former custodians that came late and wait for a word.
    pub late: usize,
}

/// Hand-overs that wait for the same side.
#[derive(Debug)]
pub struct Group {
    /// What they have in common.
    pub title: &'static str,
    /// The hand-overs.
    pub lines: Vec<Line>,
}

/// A hand-over in the list.
#[derive(Debug)]
pub struct Line {
    /// Its page.
    pub href: String,
    /// Whose dossier.
    pub name: String,
    /// Who gives it up.
    pub from: String,
    /// Who is to keep it.
    pub to: String,
    /// How far it is.
    pub stage: String,
    /// The clocks of the law.
    pub clocks: Vec<String>,
}

/// A stage of a hand-over.
#[derive(Debug)]
pub struct Step {
    /// Its words.
    pub label: &'static str,
    /// Whether it was reached.
    pub reached: bool,
}

/// What this node may do with a hand-over as it stands.
#[derive(Debug, Default)]
pub struct Choices {
    /// Take the dossier, or send it back.
    pub answer: bool,
    /// Close the dossier and give it at once.
    pub release: bool,
    /// Take the proposal back.
    pub withdraw: bool,
}

impl Choices {
    /// Whether nothing is left to do here.
    pub fn is_none(&self) -> bool {
        !(self.answer || self.release || self.withdraw)
    }
}

/// A reason for which a dossier is sent back.
#[derive(Debug)]
pub struct Reason {
    /// As it is sent.
    pub code: &'static str,
    /// As it is read.
    pub label: &'static str,
}

/// One hand-over.
#[derive(Debug, Template)]
#[template(path = "transfer.html")]
pub struct Transfer {
    /// What stands around it.
    pub frame: Frame,
    /// Whose dossier.
    pub name: String,
    /// The dossier's page, where it can be read.
    pub dossier: Option<String>,
    /// Its stages.
    pub steps: Vec<Step>,
    /// How far it is, in words.
    pub stage: String,
    /// From whom to whom, on what document, until when.
    pub facts: Vec<Fact>,
    /// What may be done.
    pub choices: Choices,
    /// Where a choice is sent.
    pub action: String,
    /// Why a dossier may be sent back.
    pub reasons: Vec<Reason>,
}

/// A unit that may be meant.
#[derive(Debug)]
pub struct Candidate {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A proposal as it is typed, and read once more before it is sent.
#[derive(Debug, Template)]
#[template(path = "propose.html")]
pub struct Propose {
    /// What stands around it.
    pub frame: Frame,
    /// Whose dossier.
    pub name: String,
    /// The dossier's page.
    pub back: String,
    /// Where the form is sent.
    pub action: String,
    /// What keeps the dossier where it is.
    pub obstacles: Vec<&'static str>,
    /// What the receiver will read of it.
    pub cover: String,
    /// What is not in order with it, and does not keep it.
    pub open: Vec<String>,
    /// The receiving unit, as it was typed or chosen.
    pub to: String,
    /// Units that may be meant by it; the chosen one alone once it is clear.
    pub candidates: Vec<Candidate>,
    /// Number of the decision.
    pub number: String,
    /// Who signed it.
    pub issuer: String,
    /// The day it was signed.
    pub signed: String,
    /// What is wrong with the form.
    pub fault: Option<String>,
    /// All of it once more, before it is sent.
    pub summary: Option<Vec<Fact>>,
}
