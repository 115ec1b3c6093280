//! What is asked of a node about how the regulation is kept, and what it answers (Điều 12.3, 15.3,
//! 15.4, 16.3, 16.4).

use dossier::{
    Hash, Timestamp, UnitId,
    conduct::{Check, CheckKind, ConductAct, Period, Regulation, Report, Ticket},
};
use serde::{Deserialize, Serialize};

use super::Response;
use crate::account::Doubt;

/// An order or a question about duties, internal rules, problems and proposals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConductOrder {
    /// A statement of the node's unit. Who makes it is the person of the session.
    Act(Box<ConductAct>),
    /// Every problem and proposal this node knows.
    Tickets,
    /// The rules of bodies this node knows.
    Regulations,
    /// How many problems and proposals were laid before the node's unit and wait for its answer, and
    /// how its checks stand; that tells nothing of anybody, so no session is needed.
    Waiting,
    /// Makes a regular check (Điều 8.5).
    Check(CheckKind),
    /// Notes what the trial of a backup came to.
    Tried(Trial),
    /// The newest checks of every unit this node knows.
    Checks,
    /// Counts and signs the report of the node's unit (Điều 16.5).
    Report(ReportOrder),
    /// Every report this node knows.
    Reports,
}

/// What the trial of a backup came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Whether it opened and held what it should.
    pub passed: bool,
    /// Dossiers that were read in it.
    pub dossiers: u64,
    /// What was found, for people.
    pub note: String,
}

/// A report that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportOrder {
    /// The period.
    pub period: Period,
    /// What the person adds.
    pub remarks: String,
    /// Why it is made without units that have not reported; empty where that is not wanted.
    pub despite: String,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConductAnswer {
    /// The statement is signed, durable and on its way; what it is about.
    Said(Hash),
    /// Problems and proposals, the newest first.
    Tickets(Vec<TicketShown>),
    /// Rules of bodies, the newest first.
    Regulations(Vec<RegulationShown>),
    /// How many wait, and of these how many are critical.
    Waiting {
        /// All that wait.
        all: u32,
        /// Those where nothing works, or dossiers are in danger.
        critical: u32,
        /// How the checks of the node's unit stand.
        checks: Vec<CheckDue>,
    },
    /// The check or the report goes on: it is asked for again until it is signed.
    Underway {
        /// Transactions, or entries of the log, that were read.
        looked: u64,
        /// How many there are.
        of: u64,
    },
    /// The check is signed.
    Checked {
        /// What it came to.
        check: Check,
        /// What a review of access asks about.
        doubts: Vec<Doubt>,
    },
    /// The newest checks of units, by kind.
    Checks(Vec<CheckShown>),
    /// The report is signed and on its way.
    Reported {
        /// Its id.
        id: Hash,
        /// The report.
        report: Report,
    },
    /// Reports, the newest first.
    Reports(Vec<ReportShown>),
}

impl Response {
    /// Whether what was asked is not done yet and is to be asked again.
    pub(crate) fn goes_on(&self) -> bool {
        match self {
            Self::Conduct(ConductAnswer::Underway { .. }) => true,
            Self::Owed(page) => page.unfinished,
            _ => false,
        }
    }
}

/// How a kind of check stands at a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDue {
    /// Which kind.
    pub kind: CheckKind,
    /// When the last one was.
    pub last: Option<Timestamp>,
    /// Whether the last one failed.
    pub failed: bool,
    /// Whether the next one is due.
    pub due: bool,
}

/// A check as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckShown {
    /// The unit.
    pub unit: UnitId,
    /// When, by that unit's clock.
    pub at: Timestamp,
    /// What it came to.
    pub check: Check,
}

/// A report as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportShown {
    /// Its id.
    pub id: Hash,
    /// The unit.
    pub unit: UnitId,
    /// When it was made, by that unit's clock.
    pub at: Timestamp,
    /// The report.
    pub report: Report,
    /// When it was accepted for the unit, and by whom.
    pub accepted: Option<(Timestamp, String)>,
}

/// A problem or proposal as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketShown {
    /// Its id.
    pub id: Hash,
    /// The unit it comes from.
    pub unit: UnitId,
    /// When, by that unit's clock.
    pub at: Timestamp,
    /// What it says.
    pub ticket: Ticket,
    /// The bodies it was laid before, in the order of tiers.
    pub bodies: Vec<UnitId>,
    /// What followed, in the order of the clocks that signed it, and from which unit.
    pub after: Vec<(Timestamp, UnitId, ConductAct)>,
    /// How it stands, as a stable code.
    pub standing: String,
}

/// The rules of a body as people see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegulationShown {
    /// Their id.
    pub id: Hash,
    /// The body.
    pub unit: UnitId,
    /// When they were entered, by that body's clock.
    pub at: Timestamp,
    /// The rules.
    pub regulation: Regulation,
    /// When the check list over them was closed.
    pub settled: Option<Timestamp>,
}
