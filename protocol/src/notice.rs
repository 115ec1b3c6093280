//! Notices: what one node says to all whom it concerns, signed with its change key.
//!
//! Rights given by document and alerts are nobody's chain: any unit may give a consent while it is
//! cut off. Each is a signed statement that stands by itself; together they are a set that only
//! grows, so two nodes need nothing but the difference. A notice goes to the units it names, to
//! all that stand above them, and down to the units a grant reaches; a year of the calendar to all.
//!
//! **Invariant:** a notice that is refused leaves the board as it was, and what a notice comes to
//! does not depend on when or from where it came.

mod board;

use dossier::{
    Hash, NodeId, Timestamp, calendar::Decision, campaign::CampaignAct, change_kind::NewKind,
    conduct::ConductAct, disruption::DisruptionAct, grant::GrantAct, inspection::InspectAct,
};
use serde::{Deserialize, Serialize};

use crate::{
    codec,
    limits::LIMITS,
    signature::{Crypto, PublicKey, Signature},
};

pub use board::{Board, KeptAlert, NoticeRefusal};

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Saying {
    /// An act on rights given by document.
    Grant(Box<GrantAct>),
    /// Something the bodies above must look at.
    Alert(Alert),
    /// What an inspection found, what the unit answered, and its end.
    Inspection(Box<InspectAct>),
    /// An act on a campaign of declarations, or on a request (Điều 9.2 b).
    Campaign(Box<CampaignAct>),
    /// What Sở Nội vụ decided for a year of the calendar; it goes to everyone.
    CalendarYear(Box<Decision>),
    /// How persons and bodies keep the regulation: duties, internal rules, problems, proposals (Điều
    /// 12.3, 15.3, 15.4, 16.4).
    Conduct(Box<ConductAct>),
    /// An incident of the system, and the notice of it (Điều 14.7); it goes to everyone.
    Disruption(Box<DisruptionAct>),
    /// A kind of change that Sở Nội vụ adds to the catalog (Điều 9.2 a); it goes to everyone.
    ChangeKind(Box<NewKind>),
}

/// Something the bodies above must look at.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What.
    pub kind: AlertKind,
    /// The person it is about, as the node's audit log names her.
    pub person: String,
}

/// Logs name no persons.
impl std::fmt::Debug for Alert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Alert({:?})", self.kind)
    }
}

/// Kinds of alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// One person opened many dossiers within an hour.
    ManyOpened {
        /// How many, when the alert was raised.
        opened: u32,
    },
}

/// What one node says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The node.
    pub node: NodeId,
    /// Number of the newest entry of the member list it knew: who is shut out later said this
    /// before.
    pub members: u64,
    /// When, by its clock.
    pub at: Timestamp,
    /// What.
    pub saying: Saying,
}

/// A notice with its node's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedNotice {
    /// The notice.
    pub notice: Notice,
    /// The node's signature over [`SignedNotice::id`].
    pub signature: Signature,
}

impl SignedNotice {
    /// Signs `notice` with the change key behind `crypto`.
    pub fn issue(notice: Notice, crypto: &dyn Crypto) -> Self {
        let id = Self::digest(&notice);
        Self { notice, signature: crypto.sign(id.as_bytes()) }
    }

    /// The digest that is signed and by which it is named.
    pub fn id(&self) -> Hash {
        Self::digest(&self.notice)
    }

    /// Whether the holder of `key` signed it.
    pub fn is_signed_by(&self, key: &PublicKey, crypto: &dyn Crypto) -> bool {
        crypto.verify(key, self.id().as_bytes(), &self.signature)
    }

    /// Whether it is within the limits of a notice.
    pub fn is_within_limits(&self) -> bool {
        let saying = match &self.notice.saying {
            Saying::Grant(_)
            | Saying::Inspection(_)
            | Saying::Campaign(_)
            | Saying::Conduct(_)
            | Saying::Disruption(_)
            | Saying::ChangeKind(_) => true,
            Saying::Alert(Alert { person, .. }) => person.len() <= LIMITS.person_bytes_max,
            Saying::CalendarYear(decision) => {
                let name = decision.by.full_name.as_str();
                !name.trim().is_empty() && name.len() <= LIMITS.person_bytes_max
            }
        };
        saying && codec::encode(self).len() <= LIMITS.notice_bytes_max
    }

    /// Whether a person answers for her duties by it (Điều 12.3): a full disk takes that too.
    pub fn is_of_duties(&self) -> bool {
        matches!(&self.notice.saying, Saying::Conduct(act)
            if matches!(**act, ConductAct::Acknowledge { .. }))
    }

    fn digest(notice: &Notice) -> Hash {
        Hash::tagged("hoso/notice/1", &[&codec::encode(notice)])
    }
}

/// What two nodes say to each other about the notices that concern both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Posting {
    /// Digest over the ids of all the speaker holds, in their order.
    Held(Hash),
    /// The ids themselves, in order.
    Ids(Vec<Hash>),
    /// Notices the other side lacks; a giving comes before what follows on it.
    Some(Vec<SignedNotice>),
    /// Some of the ids, in order, where there are more than one frame takes.
    Page {
        /// The ids.
        ids: Vec<Hash>,
        /// Whether these are the last.
        ends: bool,
    },
}

impl Posting {
    /// Whether it is within the limits of a frame.
    pub fn is_within_limits(&self) -> bool {
        match self {
            Self::Held(_) => true,
            Self::Ids(ids) | Self::Page { ids, .. } => ids.len() <= LIMITS.notice_ids_max,
            Self::Some(notices) => {
                notices.len() <= LIMITS.notices_max
                    && notices.iter().all(SignedNotice::is_within_limits)
            }
        }
    }
}
