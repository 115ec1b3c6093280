//! What offices do beside editing: they give rights by document, review, take in phiếu, record who
//! leaves, compare with the paper, attach files, decide years of the calendar and ask for declarations.
//!
//! Some of it nobody has the right to do; the model of the law says which, and the node must say the
//! same.

mod docket;
mod files;
mod grants;
mod notices;

use std::collections::BTreeMap;

use node::environment::entropy::SplitMix64;

use super::life::Life;
use crate::checker::authority::Papers;

/// A kind of office work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Business {
    /// Rights by document.
    Grants,
    /// Verdicts on what was entered.
    Reviews,
    /// Versions of the phiếu.
    Forms,
    /// Who leaves and comes back, what is taken away.
    Statuses,
    /// Comparisons with the paper.
    Papers,
    /// Attached files.
    Files,
    /// Years of the calendar and campaigns.
    Decrees,
}

const ALL: [Business; 7] = [
    Business::Grants,
    Business::Reviews,
    Business::Forms,
    Business::Statuses,
    Business::Papers,
    Business::Files,
    Business::Decrees,
];

/// The office work of a life.
#[derive(Debug, Default)]
pub(super) struct Office {
    kinds: Vec<Business>,
    /// What was given by document, and what followed on it.
    pub(super) papers: Papers,
    /// When each was said in truth, in milliseconds.
    pub(super) said: BTreeMap<dossier::Hash, i64>,
    /// Campaigns that were opened.
    campaigns: Vec<dossier::Hash>,
    /// Decisions on a year of the calendar, in the order of their versions, each with the one day it
    /// takes away.
    pub(super) decisions: Vec<(dossier::Hash, &'static str)>,
}

impl Office {
    /// About half of the kinds, and none in every fourth life: people who only write meet more often.
    /// Where dossiers move, no rights are given by document.
    pub(super) fn draw(luck: &mut SplitMix64, transfers: bool) -> Self {
        let draw = luck.next_u64();
        let kept = |place: usize| draw >> 62 != 0 && (draw >> place) & 1 == 1;
        let kinds = ALL.into_iter().enumerate().filter(|(place, _)| kept(*place));
        let kinds = kinds.map(|(_, kind)| kind);
        let kinds = kinds.filter(|kind| !transfers || *kind != Business::Grants);
        Self { kinds: kinds.collect(), ..Self::default() }
    }

    /// Whether rights are given by document.
    pub(super) fn gives(&self) -> bool {
        self.kinds.contains(&Business::Grants)
    }
}

impl Life {
    /// Somebody does some office work.
    pub(super) fn work(&mut self) {
        let kinds = self.office.kinds.len() as u64;
        let kind = self.office.kinds.get(self.luck.below(kinds) as usize).copied();
        match kind {
            None => self.edit(),
            Some(Business::Grants) => self.deal_with_grants(),
            Some(Business::Reviews) => self.review(),
            Some(Business::Forms) => self.deal_with_forms(),
            Some(Business::Statuses) => self.record_status(),
            Some(Business::Papers) => self.compare_with_paper(),
            Some(Business::Files) => self.deal_with_files(),
            Some(Business::Decrees) => self.decree(),
        }
    }
}
