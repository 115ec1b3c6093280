//! The statements themselves.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Check, Report};
use crate::account::{Login, Paper};
use crate::grant::Officer;
use crate::{Hash, LegalBasis, PartialDate, UnitId};

/// The articles that the rules of a body deal with (Điều 15.3).
pub const ARTICLES: RangeInclusive<u8> = 6..=13;

/// The longest text of a ticket or an answer, in bytes.
const TEXT_MAX: usize = 4_000;

/// How much a problem presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Work goes on.
    Minor,
    /// Work is held up.
    Major,
    /// Nothing works, or dossiers are in danger.
    Critical,
}

/// What a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// A problem that came up (Điều 16.4).
    Problem(Severity),
    /// A proposal on the rules or their security (Điều 15.4, 16.3, 17).
    Proposal,
}

/// Something that a person lays before a body above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// What it is.
    pub kind: TicketKind,
    /// The body it is laid before.
    pub to: UnitId,
    /// What it says, for people; no content of a dossier.
    pub text: String,
    /// Who lays it before the body.
    pub by: Officer,
}

/// The rules a body makes for itself on Điều 6 to 13 (Điều 15.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regulation {
    /// The document by which they were made.
    pub document: Paper,
    /// From which day they hold.
    pub in_force: PartialDate,
    /// SHA-256 of the document's file, where one was named.
    pub file: Option<Hash>,
    /// Where each article of the province's regulation is dealt with, e.g. `chương II`.
    pub covers: BTreeMap<u8, String>,
    /// Who enters them.
    pub by: Officer,
}

impl Regulation {
    /// The articles that are dealt with nowhere.
    pub fn open_articles(&self) -> impl Iterator<Item = u8> {
        ARTICLES.filter(|article| !self.covers.contains_key(article))
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConductAct {
    /// A person answers for her duties in a year (Điều 12.3).
    Acknowledge {
        /// Who.
        login: Login,
        /// For which year.
        year: i16,
        /// The text she read, by its digest.
        duties: Hash,
    },
    /// A body publishes its own rules (Điều 15.3).
    Publish(Regulation),
    /// A body closes the check list over its rules.
    Settle {
        /// Which rules.
        regulation: Hash,
        /// Who closes it.
        by: Officer,
    },
    /// Somebody reports a problem, or proposes something.
    Raise(Ticket),
    /// The body says what it thinks or does.
    Answer {
        /// To which ticket.
        ticket: Hash,
        /// What it says.
        text: String,
        /// Who says it.
        by: Officer,
    },
    /// The body lays it before one above itself.
    Pass {
        /// Which ticket.
        ticket: Hash,
        /// The body above.
        to: UnitId,
        /// Why.
        text: String,
        /// Who does.
        by: Officer,
    },
    /// It is settled.
    Close {
        /// Which ticket.
        ticket: Hash,
        /// How.
        text: String,
        /// Who closes it.
        by: Officer,
    },
    /// A unit says what a regular check of its system came to (Điều 8.5).
    Check(Check),
    /// A unit reports on its work of a period (Điều 16.5).
    Report(Report),
    /// The head of the unit accepts its report (Điều 13, 16.5).
    Accept {
        /// Which report.
        report: Hash,
        /// Who accepts it.
        by: Officer,
    },
}

fn speaks(text: &str, max: usize) -> bool {
    !text.trim().is_empty() && text.len() <= max && !text.chars().any(char::is_control)
}

impl ConductAct {
    /// The statement it follows on.
    pub fn about(&self) -> Option<Hash> {
        match self {
            Self::Acknowledge { .. }
            | Self::Publish(_)
            | Self::Raise(_)
            | Self::Check(_)
            | Self::Report(_) => None,
            Self::Settle { regulation, .. } => Some(*regulation),
            Self::Accept { report, .. } => Some(*report),
            Self::Answer { ticket, .. }
            | Self::Pass { ticket, .. }
            | Self::Close { ticket, .. } => Some(*ticket),
        }
    }

    /// Names who makes it; an acknowledgement is the person's of its login.
    pub fn set_by(&mut self, officer: Officer) {
        match self {
            Self::Acknowledge { .. } => {}
            Self::Publish(Regulation { by, .. })
            | Self::Raise(Ticket { by, .. })
            | Self::Settle { by, .. }
            | Self::Check(Check { by, .. })
            | Self::Report(Report { by, .. })
            | Self::Accept { by, .. }
            | Self::Answer { by, .. }
            | Self::Pass { by, .. }
            | Self::Close { by, .. } => *by = officer,
        }
    }

    /// Whether every text says something within its limit and every list is bounded.
    pub(super) fn is_well_formed(&self) -> bool {
        match self {
            Self::Acknowledge { year, .. } => (2014..=9999).contains(year),
            Self::Publish(Regulation { document, in_force, covers, by, .. }) => {
                speaks(&document.number, LegalBasis::TEXT_MAX)
                    && in_force.civil().is_some()
                    && covers.keys().all(|article| ARTICLES.contains(article))
                    && covers.values().all(|place| speaks(place, LegalBasis::TEXT_MAX))
                    && by.is_well_formed()
            }
            Self::Settle { by, .. } | Self::Accept { by, .. } => by.is_well_formed(),
            Self::Check(Check { note, by, .. }) => {
                speaks(note, LegalBasis::TEXT_MAX) && by.is_well_formed()
            }
            Self::Report(report) => {
                let silent = |text: &str| text.trim().is_empty();
                let says = |text: &str| silent(text) || speaks(text, TEXT_MAX);
                report.period.is_well_formed()
                    && report.is_explained()
                    && says(&report.remarks)
                    && says(&report.despite)
                    && report.by.is_well_formed()
            }
            Self::Raise(Ticket { text, by, .. })
            | Self::Answer { text, by, .. }
            | Self::Pass { text, by, .. }
            | Self::Close { text, by, .. } => speaks(text, TEXT_MAX) && by.is_well_formed(),
        }
    }
}
