//! Shapes of answers: what a node can say of its dossiers, and how far they are held above.

use dossier::{
    DossierId, FieldPath, Hash, NodeId, RowId, Timestamp, UnitId, Value,
    attachment::Attachment,
    docket::{ReviewState, Status},
};
use serde::{Deserialize, Serialize};

use super::{
    BegunShown, ChoiceShown, ContentTotals, CustodyAnswer, DecidedShown, FilingShown, FormsShown,
    Incident, LifeShown, ParityShown, RaisedShown, ReorgAnswer, ReviewShown, Totals,
};
use crate::{Fault, admission::Outside, codec, envelope::Meta};

/// An answer to a [`super::Command`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Done, durable.
    Done,
    /// Refused; nothing was changed.
    Refused(Refused),
    /// For every entry its dossier and whether it is new.
    Entered(Vec<Result<(DossierId, bool), Refused>>),
    /// The edit is durable.
    Edited {
        /// Which dossier.
        dossier: DossierId,
        /// The change that was made.
        change: Hash,
    },
    /// Rows of the list.
    List(Vec<ListRow>),
    /// One dossier.
    Shown(Box<DossierShown>),
    /// Writings of one place, earliest first.
    History(Vec<ChangeShown>),
    /// Open conflicts.
    Conflicts(Vec<ConflictShown>),
    /// What is kept outside: dossier, digest, since when, why.
    Quarantine(Vec<(DossierId, Hash, Timestamp, Outside)>),
    /// What people must see, oldest first.
    Incidents(Vec<Incident>),
    /// The members of the list.
    Members(Vec<MemberShown>),
    /// Counts and neighbours.
    Status(Box<SyncState>),
    /// Digest of each dossier.
    Digests(Vec<(DossierId, UnitId, Hash)>),
    /// Whether the superior holds the same; `None` when none is connected.
    Synced(Option<bool>),
    /// For every import key its dossier, where there is one.
    Imported(Vec<Option<DossierId>>),
    /// The attachments of a dossier.
    Attachments(Box<AttachmentsShown>),
    /// Writings of every place that was ever written, earliest first.
    Chronicle(Vec<(FieldPath, Vec<ChangeShown>)>),
    /// How a dossier stands.
    Life(Box<LifeShown>),
    /// How a dossier agrees with its paper.
    Parity(Box<ParityShown>),
    /// One attachment whose content is here.
    Attachment(Box<AttachmentShown>),
    /// All edits of one order are durable: the change of each.
    EditedAll(Vec<(DossierId, Hash)>),
    /// What was entered into a dossier, with its verdicts.
    Reviews(Vec<ReviewShown>),
    /// A page of what waits for review.
    Waiting {
        /// Changes that wait.
        list: Vec<ReviewShown>,
        /// Continue after this dossier; `None` at the end.
        next: Option<DossierId>,
    },
    /// The phiếu of a dossier.
    Forms(Box<FormsShown>),
    /// What one decision changed.
    ByDecision(Vec<DecidedShown>),
    /// Whether each dossier of a page has answered a campaign or a request.
    Filed {
        /// The dossiers.
        list: Vec<FilingShown>,
        /// Continue after this one; `None` at the end.
        next: Option<DossierId>,
    },
    /// What was done about the conflicts of a dossier, earliest first.
    Choices(Vec<ChoiceShown>),
    /// The phiếu that are being filled in here for persons without a dossier.
    Begun(Vec<BegunShown>),
    /// About custody.
    Custody(CustodyAnswer),
    /// Reorganisations, or a tree of the past.
    Reorg(Box<ReorgAnswer>),
}

/// The attachments of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentsShown {
    /// Which dossier.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// Its attachments, in the order of their keys.
    pub attachments: Vec<AttachmentShown>,
    /// Rows that are no attachment this program can read.
    pub unreadable: u32,
}

/// One attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentShown {
    /// The key of its row.
    pub row: RowId,
    /// What it is.
    pub attachment: Attachment,
    /// Who attached it.
    pub provenance: Option<Provenance>,
    /// Whether its content is on this machine.
    pub here: bool,
    /// Whether tier 2, tier 3 hold the content, by their word.
    pub held_above: [bool; 2],
}

/// A node of the province.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberShown {
    /// Which.
    pub node: NodeId,
    /// Its unit.
    pub unit: UnitId,
    /// Whether it may speak.
    pub active: bool,
    /// Where the nodes below reach it, if the register says.
    pub address: Option<String>,
}

/// Why an order was refused. The code is stable; the text for people belongs to the shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Stable code.
    pub code: String,
    /// Where it came from, in English, for logs.
    pub detail: String,
}

impl Refused {
    /// Where a refusal by the law comes from.
    pub(super) const NO_RIGHT: &str = "no right";

    /// Whether it was the law that refused, which every node asks.
    pub(super) fn is_by_law(&self) -> bool {
        self.detail == Self::NO_RIGHT
    }

    pub(super) fn new(code: &str, detail: impl std::fmt::Display) -> Self {
        Self { code: code.to_owned(), detail: detail.to_string() }
    }
}

/// A dossier in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// Which.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// Họ và tên.
    pub name: String,
    /// Số hiệu.
    pub staff_code: String,
    /// Ngày sinh, as written `YYYY[-MM[-DD]]`.
    pub birth_date: String,
    /// Changes so far.
    pub changes: u32,
    /// Open conflicts.
    pub conflicts: u32,
    /// What was last recorded in the life of the dossier (Điều 11).
    pub status: Option<Status>,
    /// Whether the name was not reviewed (Điều 15.1); `None` only as it is stored, where the document was
    /// not asked.
    pub unreviewed: Option<bool>,
}

impl ListRow {
    /// Reads a stored row; an older one knows no status.
    ///
    /// # Errors
    /// [`Fault`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        if let Ok(row) = codec::decode(bytes) {
            return Ok(row);
        }
        let fault = |error| Fault(format!("list row: {error}"));
        let (dossier, unit, name, staff_code, birth_date, changes, conflicts) =
            codec::decode(bytes).map_err(fault)?;
        let (status, unreviewed) = (None, None);
        Ok(Self {
            dossier,
            unit,
            name,
            staff_code,
            birth_date,
            changes,
            conflicts,
            status,
            unreviewed,
        })
    }
}

/// Who wrote a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The change.
    pub change: Hash,
    /// The node.
    pub node: NodeId,
    /// The node's unit.
    pub unit: Option<UnitId>,
    /// Seconds since the Unix epoch by the writer's clock.
    pub at_seconds: i64,
    /// Person, role, basis.
    pub meta: Meta,
    /// Acknowledged by tier 2, by tier 3.
    pub held_above: [bool; 2],
}

/// A value and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldShown {
    /// Where it stands.
    pub path: FieldPath,
    /// The value.
    pub value: Value,
    /// Who wrote it.
    pub provenance: Option<Provenance>,
    /// How it stands to its review; what does not count stands in no statistic (Điều 15.1).
    pub review: ReviewState,
    /// The number of the phiếu it came from (Điều 3.2).
    pub form: Option<u32>,
}

/// A dossier as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DossierShown {
    /// Which.
    pub dossier: DossierId,
    /// Custodian.
    pub unit: UnitId,
    /// The form it was opened under.
    pub form: String,
    /// Digest of the canonical dump.
    pub digest: Hash,
    /// Its values.
    pub fields: Vec<FieldShown>,
    /// Its open conflicts.
    pub conflicts: Vec<ConflictShown>,
    /// Changes so far.
    pub changes: u32,
    /// What was last recorded in its life.
    pub status: Option<Status>,
    /// Whether it takes nothing but corrections (Điều 11.3).
    pub closed: bool,
}

/// One writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeShown {
    /// What was written; `None` for a clearing.
    pub value: Option<Value>,
    /// By whom.
    pub provenance: Option<Provenance>,
}

/// Values that met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictShown {
    /// Which dossier.
    pub dossier: DossierId,
    /// Where.
    pub path: FieldPath,
    /// Both sides, the shown one last.
    pub candidates: Vec<ChangeShown>,
    /// The changes that wrote them, in the same order.
    pub sides: Vec<Hash>,
    /// Whether it was passed up, and why.
    pub raised: Option<RaisedShown>,
}

/// Counts and neighbours of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncState {
    /// This node.
    pub node: NodeId,
    /// Its unit.
    pub unit: UnitId,
    /// Its tier.
    pub tier: u8,
    /// Counts.
    pub totals: Totals,
    /// Transactions in its journal.
    pub sequence: u64,
    /// Order-free digest over (dossier, heads) of all it holds.
    pub fingerprint: [u8; 16],
    /// Members of the list.
    pub members: u64,
    /// Version of the org tree.
    pub tree: u64,
    /// Connected neighbours: unit, whether above, whether live, whether drained, last agreement.
    pub neighbours: Vec<NeighbourShown>,
    /// Incidents so far.
    pub incidents: u64,
    /// The newest refusal by a superior since one last let this node in.
    pub refused: Option<RefusalShown>,
    /// Whether the disk has no room for new work.
    pub disk_full: bool,
    /// Counts of contents of attachments.
    pub contents: ContentTotals,
}

/// A superior that did not let this node in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalShown {
    /// Its unit.
    pub unit: UnitId,
    /// The [`crate::wire::RefusalCode`] it gave.
    pub code: u16,
    /// When, by this node's clock.
    pub at: Timestamp,
}

/// A connected neighbour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeighbourShown {
    /// Its unit.
    pub unit: UnitId,
    /// Whether it is above.
    pub upper: bool,
    /// Whether the feed flows.
    pub live: bool,
    /// Whether all that was offered was answered.
    pub drained: bool,
    /// When both sides last compared, and whether they held the same.
    pub agreed: Option<(Timestamp, bool)>,
    /// When it was last heard.
    pub last_heard: Timestamp,
    /// How far its clock was ahead of this node's when it connected, in milliseconds.
    pub clock_ahead_ms: i64,
}
