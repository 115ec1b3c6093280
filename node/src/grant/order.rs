//! What is asked of a node about rights given by document, and what it answers.

use dossier::{
    DossierId, Hash, Timestamp, UnitId,
    account::{Login, Paper},
    grant::{Access, GrantAct, GrantKind, Grantee, Officer, Period, Reach, Scope},
    inspection::{Finding, InspectAct},
};
use protocol::notice::{AlertKind, SignedNotice};
use serde::{Deserialize, Serialize};

/// An order or a question about rights given by document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantOrder {
    /// An act of the node's unit. Who enters it is the person of the session; units that are not
    /// said are those that keep the dossiers.
    Act(Box<GrantAct>),
    /// Every grant this node knows.
    List,
    /// Who may see a dossier?
    Who(DossierId),
    /// What may this person see?
    What(Login),
    /// The alerts of this node and of those below it.
    Alerts,
    /// To what purpose the session reads from here on.
    Purpose(String),
    /// A finding of an inspection, its answer or its end. Who enters it is the person of the session.
    Inspect(Box<InspectAct>),
    /// What inspections found.
    Findings,
    /// Signed notices after this one, to be carried by hand.
    Papers(Option<Hash>),
    /// Signed notices that were carried by hand.
    Deliver(Vec<SignedNotice>),
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantAnswer {
    /// The act is signed, durable and on its way.
    Acted {
        /// The grant it is about.
        id: Hash,
        /// How the grant stands, as a stable code.
        standing: String,
    },
    /// Every grant.
    List(Vec<GrantShown>),
    /// Who may see the dossier.
    Who {
        /// The unit that keeps it.
        unit: UnitId,
        /// Who, on what ground.
        access: Vec<Access>,
    },
    /// What the person may see.
    What(Vec<Reach>),
    /// Alerts, the newest first.
    Alerts(Vec<AlertShown>),
    /// The purpose is noted.
    Noted,
    /// The word on an inspection is signed, durable and on its way.
    Recorded {
        /// The finding it is about.
        id: Hash,
    },
    /// What inspections found, the newest first.
    Findings(Vec<FindingShown>),
    /// The notices that were asked for.
    Papers(Vec<SignedNotice>),
    /// What was carried is taken.
    Delivered {
        /// How many were new.
        new: u32,
        /// Whether none was refused.
        whole: bool,
    },
}

/// A finding of an inspection as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingShown {
    /// Its id.
    pub id: Hash,
    /// The body that recorded it.
    pub by_unit: UnitId,
    /// When, by that body's clock.
    pub at: Timestamp,
    /// What was found, of which unit, by which day to be put right.
    pub finding: Finding,
    /// What followed, in the order of the clocks that signed it.
    pub after: Vec<(Timestamp, InspectAct)>,
    /// How it stands, as a stable code.
    pub standing: String,
}

/// A grant as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantShown {
    /// Its id.
    pub id: Hash,
    /// What it is.
    pub kind: GrantKind,
    /// The unit whose node signed it.
    pub unit: UnitId,
    /// The document.
    pub document: Paper,
    /// The body that signed the document.
    pub issuer: String,
    /// Who entered it.
    pub by: Officer,
    /// Who got the right.
    pub grantee: Grantee,
    /// What it still reaches.
    pub scope: Scope,
    /// On which days it still holds.
    pub period: Period,
    /// To what purpose.
    pub purpose: String,
    /// How it stands today, as a stable code.
    pub standing: String,
}

/// An alert as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertShown {
    /// The unit whose node raised it.
    pub unit: UnitId,
    /// When, by that node's clock.
    pub at: Timestamp,
    /// What.
    pub kind: AlertKind,
    /// The person, for whoever is signed in; empty for anybody else.
    pub person: String,
}
