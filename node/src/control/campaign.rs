//! What is asked of a node about campaigns of declarations, and what it answers (Điều 9.2 b).

use dossier::{
    Hash, Timestamp, UnitId,
    campaign::{Campaign, CampaignAct},
};
use serde::{Deserialize, Serialize};

/// An order or a question about campaigns and requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CampaignOrder {
    /// An act of the node's unit. Who enters it is the person of the session.
    Act(Box<CampaignAct>),
    /// Every campaign this node knows.
    List,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CampaignAnswer {
    /// The act is signed, durable and on its way; the campaign it is about.
    Acted(Hash),
    /// Every campaign, the newest first.
    List(Vec<CampaignShown>),
}

/// A campaign as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignShown {
    /// Its id.
    pub id: Hash,
    /// The body that opened it.
    pub unit: UnitId,
    /// When.
    pub at: Timestamp,
    /// What is asked.
    pub campaign: Campaign,
    /// Reminders, the newest last.
    pub reminders: Vec<(Timestamp, String)>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
}
