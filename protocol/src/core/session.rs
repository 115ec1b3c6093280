//! One conversation with one neighbour: what it is, what was sent, what is owed.

use std::collections::{BTreeSet, VecDeque};

use dossier::{DossierId, Hash, Incarnation, NodeId, Timestamp, UnitId};

use super::ConnId;
use crate::{
    FeedPosition,
    envelope::Author,
    limits::LIMITS,
    reconciliation::Reconciliation,
    wire::{Frame, Hello},
};

/// How a neighbour stands to this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It is above: it acknowledges.
    Upper,
    /// It is below: it is acknowledged.
    Lower,
}

/// What repair owes the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owed {
    /// A dossier without what the peer has of it: so much of each of these lines.
    Dossier(DossierId, Vec<(Author, u64)>),
    /// A dossier as one saved document with every line from its first.
    Whole(DossierId),
    /// What lies outside a dossier in this row.
    Aside(Vec<u8>),
    /// The word that all of the repair was sent, up to this place of the feed.
    Done(FeedPosition),
    /// The word that no more will be wanted.
    LastWant,
}

/// A repair in progress.
#[derive(Debug, Default)]
pub(super) struct Repair {
    /// The reconciliation, while rounds go on.
    pub(super) machine: Option<Reconciliation>,
    /// The head of this node's feed when repair began.
    pub(super) head: Option<FeedPosition>,
    /// What is offered although it was not in the scope when repair began.
    pub(super) beyond: Vec<Owed>,
}

/// Where the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The peer has not said HELLO.
    Greeting,
    /// The peer is known; its cursor does not fit and is being repaired.
    Repairing,
    /// The feed flows.
    Live,
}

/// The org trees a peer has, as far as they are known here.
#[derive(Debug, Default)]
pub(super) struct Trees {
    /// It has them all up to this version.
    pub(super) known: u64,
    /// Those beyond that it was told.
    pub(super) said: BTreeSet<u64>,
}

/// One conversation.
#[derive(Debug)]
pub struct Session {
    pub(super) conn: ConnId,
    pub(super) tls_key: Hash,
    pub(super) certified: UnitId,
    pub(super) dialled: bool,
    pub(super) since: Timestamp,
    pub(super) stage: Stage,
    pub(super) relation: Relation,
    pub(super) node: Option<NodeId>,
    pub(super) unit: UnitId,
    pub(super) incarnation: Option<Incarnation>,
    pub(super) boot: u64,
    /// Last transaction of this node's feed that was offered.
    pub(super) sent: u64,
    /// Sizes of `Items` frames not yet answered.
    pub(super) unanswered: VecDeque<usize>,
    pub(super) unanswered_bytes: usize,
    pub(super) owed: VecDeque<Owed>,
    pub(super) repair: Option<Repair>,
    pub(super) last_repair: Option<Timestamp>,
    pub(super) strikes: u32,
    pub(super) members_sent: u64,
    pub(super) trees: Trees,
    /// How far the peer's account list reaches, once it said so.
    pub(super) accounts_heard: Option<u64>,
    /// How far this node last said that its own reaches.
    pub(super) accounts_said: u64,
    /// Digest over the ids of notices that was last said, and whether the ids were.
    pub(super) notices_said: Option<(Hash, bool)>,
    /// Ids of notices the peer told in pages, before the last.
    pub(super) notices_told: Vec<Hash>,
    /// Fingerprints of the ids that were last compared: the peer's, and this node's.
    pub(super) notices_answered: Option<(Hash, Hash)>,
    /// Notices that the peer holds and this node has not been given, once it told all of them.
    pub(super) notices_awaited: Option<BTreeSet<Hash>>,
    /// Commands that wait for a comparison.
    pub(super) checks: Vec<u64>,
    /// End of this node's journal when the comparison under way was begun.
    pub(super) checking: Option<u64>,
    pub(super) agreed: Option<(Timestamp, bool)>,
    /// How long to wait before comparing again after a difference, in milliseconds; doubles while
    /// repair does not help.
    pub(super) mend_wait_ms: i64,
    pub(super) challenged: Option<(Timestamp, ConnId)>,
    /// How far the neighbour's clock was ahead of this node's at its HELLO, in milliseconds.
    pub(super) clock_ahead_ms: i64,
    /// When own unacknowledged tips were last asked about.
    pub(super) inquired: Option<Timestamp>,
    /// How long to wait before asking again, in milliseconds; doubles while nothing is news.
    pub(super) inquiry_wait_ms: i64,
    pub(super) last_heard: Timestamp,
    /// Dossiers asked for as a whole since the last repair began, so that one that cannot be mended is
    /// not asked for twice.
    pub(super) asked: BTreeSet<DossierId>,
    /// Dossiers of which the peer, who is not above them any more, was told how a line goes here.
    pub(super) told_late: BTreeSet<DossierId>,
    /// A HELLO that cannot be judged before the control records it announces have come.
    pub(super) parked: Option<Hello>,
    /// What a newcomer said while it waits for a challenge: a clone must not be listened to.
    pub(super) withheld: Vec<Frame>,
    pub(super) withheld_bytes: usize,
    /// It stands elsewhere by a newer org tree and is being told so; until it leaves, nothing else
    /// it says is listened to.
    pub(super) guided: bool,
    /// The HELLO of a newcomer that waits for a challenge.
    pub(super) greeting: Option<Hello>,
    /// Entries of the own audit log that the neighbour is known to have signed as a witness.
    pub(super) witnessed: u64,
}

impl Session {
    pub(super) fn new(
        conn: ConnId,
        tls_key: Hash,
        unit: UnitId,
        dialled: bool,
        now: Timestamp,
    ) -> Self {
        Self {
            conn,
            tls_key,
            certified: unit.clone(),
            dialled,
            since: now,
            stage: Stage::Greeting,
            relation: Relation::Upper,
            node: None,
            unit,
            incarnation: None,
            boot: 0,
            sent: 0,
            unanswered: VecDeque::new(),
            unanswered_bytes: 0,
            owed: VecDeque::new(),
            repair: None,
            last_repair: None,
            strikes: 0,
            members_sent: 0,
            trees: Trees::default(),
            accounts_heard: None,
            accounts_said: 0,
            notices_said: None,
            notices_told: Vec::new(),
            notices_answered: None,
            notices_awaited: None,
            checks: Vec::new(),
            checking: None,
            agreed: None,
            mend_wait_ms: LIMITS.repair_interval_ms,
            challenged: None,
            clock_ahead_ms: 0,
            inquired: None,
            inquiry_wait_ms: LIMITS.inquiry_interval_ms,
            last_heard: now,
            asked: BTreeSet::new(),
            told_late: BTreeSet::new(),
            parked: None,
            withheld: Vec::new(),
            withheld_bytes: 0,
            guided: false,
            greeting: None,
            witnessed: 0,
        }
    }

    /// The connection it is on.
    pub fn conn(&self) -> ConnId {
        self.conn
    }

    /// The neighbour, once it has said HELLO.
    pub fn node(&self) -> Option<NodeId> {
        self.node
    }

    /// The neighbour's unit.
    pub fn unit(&self) -> &UnitId {
        &self.unit
    }

    /// How it stands to this node; meaningful once [`Session::node`] is known.
    pub fn relation(&self) -> Relation {
        self.relation
    }

    /// Whether the feed flows.
    pub fn is_live(&self) -> bool {
        self.stage == Stage::Live
    }

    /// When something was last heard from it.
    pub fn last_heard(&self) -> Timestamp {
        self.last_heard
    }

    /// Whether this node dialled.
    pub fn dialled(&self) -> bool {
        self.dialled
    }

    /// The unit whose dossiers both sides share: the lower one's subtree.
    pub(super) fn scope<'a>(&'a self, own: &'a UnitId) -> &'a UnitId {
        match self.relation {
            Relation::Upper => own,
            Relation::Lower => &self.unit,
        }
    }

    /// Whose unit of the two stands above.
    pub(super) fn above<'a>(&'a self, own: &'a UnitId) -> &'a UnitId {
        match self.relation {
            Relation::Upper => &self.unit,
            Relation::Lower => own,
        }
    }

    /// How long it may stay without a HELLO that stands, in milliseconds.
    pub(super) fn hello_wait_ms(&self) -> i64 {
        if self.guided { LIMITS.guidance_timeout_ms } else { LIMITS.hello_timeout_ms }
    }

    /// How long after a comparison the next one is due, in milliseconds.
    pub(super) fn check_wait_ms(&self) -> i64 {
        match self.agreed {
            Some((_, false)) => self.mend_wait_ms,
            _ => LIMITS.check_interval_ms,
        }
    }

    pub(super) fn has_window(&self) -> bool {
        self.unanswered_bytes < LIMITS.window_bytes
    }

    pub(super) fn note_sent(&mut self, bytes: usize) {
        self.unanswered.push_back(bytes);
        self.unanswered_bytes += bytes;
    }

    /// Whether everything offered was answered and nothing is owed.
    pub(super) fn is_drained(&self, head: u64) -> bool {
        self.stage == Stage::Live
            && self.unanswered.is_empty()
            && self.owed.is_empty()
            && self.repair.is_none()
            && self.sent >= head
    }
}
