//! Frames: all that two nodes say to each other over one connection, in order.
//!
//! Wire types are not domain types: what a frame carries is encoded parcels, signed records and
//! positions. Every frame is decoded under [`LIMITS`]; an unknown frame ends the session.

use dossier::{ActorId, DossierId, Hash, Incarnation, NodeId, Timestamp, UnitId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    FeedPosition,
    account::SignedAccountEntry,
    acknowledgement::SignedAcknowledgement,
    audit::{Cosignature, LogId, SignedCheckpoint},
    codec::{self, DecodeError},
    control::SignedTree,
    custody::Message,
    limits::LIMITS,
    member::SignedEntry,
    notice::Posting,
    parcel::Hint,
    renewal::{RENEWAL_BYTES_MAX, RenewalAnswer, RenewalRequest},
};

/// Version of the conversation; both sides must speak the same.
pub const PROTOCOL_VERSION: u16 = 2;

/// One thing said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame {
    /// First frame of both sides.
    Hello(Hello),
    /// The session ends, and why.
    Refuse(Refusal),
    /// Entries of the member list the other side lacks.
    Members(Vec<SignedEntry>),
    /// A newer org tree.
    Tree(SignedTree),
    /// Data, with the place in the sender's feed it reaches, or none during repair.
    Items {
        /// Cursor to store with the data.
        cursor: Option<FeedPosition>,
        /// The data, in order.
        items: Vec<Item>,
    },
    /// The oldest unanswered `Items` frame is on disk.
    Taken(Taken),
    /// Your cursor does not fit my feed; the lower side begins repair.
    RepairNeeded,
    /// A round of set reconciliation over the scope: its message.
    Reconcile(ByteBuf),
    /// Dossiers wanted, with what the sender has of each.
    Want {
        /// What is wanted.
        wants: Vec<Want>,
        /// Whether this is the last of the repair.
        last: bool,
    },
    /// All was sent that was wanted; the receiver's cursor becomes this place.
    Repaired(FeedPosition),
    /// Which of these tips are held? Each is named by the front of its digest.
    Inquire {
        /// Asked of the receiver.
        here: Vec<Hint>,
        /// Asked of the tier above the receiver.
        above: Vec<Hint>,
    },
    /// Acknowledgements in answer to an inquiry.
    Acknowledged(Vec<SignedAcknowledgement>),
    /// Do we hold the same?
    Check(ScopeState),
    /// The answer to a check: the other side's state.
    Checked(ScopeState),
    /// Prove that this session lives: another node claims to be you.
    Challenge,
    /// It lives.
    Alive,
    /// A request for a new certificate, on its way up.
    RenewRequest(RenewalRequest),
    /// The new certificate chain, on its way down.
    RenewAnswer(RenewalAnswer),
    /// Checkpoints of audit logs, on their way up.
    Checkpoints(Vec<Offer>),
    /// Words of witnesses that keep checkpoints, on their way down.
    Cosigned(Vec<Witnessed>),
    /// Show how your audit log goes on from this size.
    Prove {
        /// The log.
        log: LogId,
        /// Entries the speaker has seen signed.
        from: u64,
    },
    /// How far the account list reaches here, with entries the other side lacks.
    Accounts {
        /// Number of the speaker's newest entry.
        known: u64,
        /// Entries in order; none when the speaker only tells how far it has come.
        entries: Vec<SignedAccountEntry>,
    },
    /// About the notices that concern both sides.
    Notices(Posting),
    /// What a node says to another one about custody, on its way along the tree.
    Custody {
        /// Whom it is for.
        to: NodeId,
        /// An encoded [`crate::custody::Message`].
        message: ByteBuf,
    },
}

/// A checkpoint that is shown to a superior.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The size of the checkpoint that the proof begins at; 0 without one.
    pub from: u64,
    /// The consistency proof of RFC 6962 from there.
    pub proof: Vec<Hash>,
    /// The checkpoint.
    pub signed: SignedCheckpoint,
}

/// A witness's word for one checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witnessed {
    /// The log.
    pub log: LogId,
    /// Which of its checkpoints.
    pub size: u64,
    /// The word.
    pub cosignature: Cosignature,
}

/// Who speaks, and what it knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL_VERSION`].
    pub version: u16,
    /// The speaker.
    pub node: NodeId,
    /// The unit it serves.
    pub unit: UnitId,
    /// Its life.
    pub incarnation: Incarnation,
    /// Random number of this run of the program; two at once are a cloned node.
    pub boot: u64,
    /// Number of its newest member entry.
    pub members: u64,
    /// Version of its org tree.
    pub tree: u64,
    /// How far it has read the other side's feed.
    pub cursor: Option<Cursor>,
    /// Its wall clock, so that a wrong one is noticed.
    pub at: Timestamp,
}

/// A place in a peer's feed, bound to that feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The life of the node whose feed it is.
    pub incarnation: Incarnation,
    /// The place.
    pub position: FeedPosition,
}

/// One datum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// An encoded [`crate::parcel::Parcel`].
    Parcel(ByteBuf),
    /// An acknowledgement of a superior, passed down.
    Proof(SignedAcknowledgement),
}

/// The receipt for one `Items` frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// A superior's signed word for what it took.
    pub acknowledgement: Option<SignedAcknowledgement>,
    /// Digests of parcels that were not admitted, and why.
    pub refused: Vec<(Hash, u16)>,
}

/// How far a node's copy of one line reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineEnd {
    /// Whose line.
    pub actor: ActorId,
    /// Sequence of the newest change.
    pub sequence: u64,
    /// Front of the digest of the newest envelope: tells two histories apart, proves nothing.
    pub tip: Hint,
}

/// What a node wants of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The dossier.
    pub dossier: DossierId,
    /// How far each line it has reaches; empty for all.
    pub lines: Vec<LineEnd>,
    /// Whether it has changes the other side may lack.
    pub mutual: bool,
    /// Whether it wants the saved document with every line from its first, whatever it has.
    pub whole: bool,
}

impl Want {
    /// The saved document with every line from its first.
    pub fn whole(dossier: DossierId) -> Self {
        Self { dossier, lines: Vec::new(), mutual: false, whole: true }
    }
}

/// What a node holds of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeState {
    /// Order-free digest over (dossier, heads).
    pub fingerprint: [u8; 16],
    /// How many dossiers.
    pub dossiers: u64,
    /// End of the feed.
    pub sequence: u64,
    /// Whether all of the feed was offered and answered.
    pub drained: bool,
}

/// Why a session ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable number, see [`RefusalCode`].
    pub code: u16,
    /// For the log of the other side.
    pub message: String,
}

/// Stable numbers of refusals on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum RefusalCode {
    /// Another version of the conversation.
    Version = 1,
    /// Not on the member list.
    Unlisted = 2,
    /// Shut out.
    Revoked = 3,
    /// The HELLO contradicts certificate or member list.
    Identity = 4,
    /// Neither above nor below this node.
    NotNeighbour = 5,
    /// A life that was replaced.
    StaleIncarnation = 6,
    /// The same node is connected already.
    Clone = 7,
    /// Malformed or oversized frame, or one out of place.
    Protocol = 8,
    /// Too many refused parcels.
    Strikes = 9,
    /// No HELLO in time.
    Timeout = 10,
    /// The speaker starts a new life and will call again.
    Renewing = 11,
    /// Replaced by a newer connection of the same node.
    Replaced = 12,
    /// No room on the disk; to be called again later.
    Full = 13,
}

impl Frame {
    /// Encodes the frame.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Decodes a frame and checks its limits.
    ///
    /// # Errors
    /// [`DecodeError`] for anything that is no frame of this version within [`LIMITS`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > LIMITS.frame_bytes_max {
            return Err(DecodeError::Malformed);
        }
        let frame: Self = codec::decode(bytes)?;
        if frame.is_within_limits() { Ok(frame) } else { Err(DecodeError::Malformed) }
    }

    fn is_within_limits(&self) -> bool {
        match self {
            Self::Members(entries) => entries.len() <= LIMITS.members_max,
            Self::Items { items, .. } => items.len() <= LIMITS.items_max,
            Self::Reconcile(message) => message.len() <= LIMITS.reconcile_bytes_max,
            Self::Want { wants, .. } => {
                wants.len() <= LIMITS.wants_max
                    && wants.iter().all(|want| want.lines.len() <= LIMITS.lines_max)
            }
            Self::Inquire { here, above } => here.len() + above.len() <= LIMITS.tips_max,
            Self::Acknowledged(all) => {
                all.len() <= LIMITS.items_max
                    && all.iter().all(|signed| signed.said.tips.len() <= LIMITS.tips_max)
            }
            Self::Taken(taken) => {
                taken.refused.len() <= LIMITS.items_max
                    && taken
                        .acknowledgement
                        .as_ref()
                        .is_none_or(|signed| signed.said.tips.len() <= LIMITS.tips_max)
            }
            Self::RenewRequest(asked) => asked.request.len() <= RENEWAL_BYTES_MAX,
            Self::RenewAnswer(answer) => {
                answer.chain.len() <= 3
                    && answer.chain.iter().all(|der| der.len() <= RENEWAL_BYTES_MAX)
            }
            Self::Notices(posting) => posting.is_within_limits(),
            Self::Accounts { entries, .. } => entries.len() <= LIMITS.members_max,
            Self::Custody { message, .. } => message.len() <= Message::BYTES_MAX,
            Self::Refuse(refusal) => refusal.message.len() <= 1024,
            Self::Checkpoints(offers) => {
                offers.len() <= LIMITS.checkpoints_max
                    && offers.iter().all(|offer| offer.proof.len() <= 64)
            }
            Self::Cosigned(words) => words.len() <= LIMITS.checkpoints_max,
            Self::Hello(_)
            | Self::Tree(_)
            | Self::RepairNeeded
            | Self::Repaired(_)
            | Self::Check(_)
            | Self::Checked(_)
            | Self::Challenge
            | Self::Alive
            | Self::Prove { .. } => true,
        }
    }
}
