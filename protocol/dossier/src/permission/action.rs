//! What somebody wants to do: every act whose right the regulation decides.

use std::collections::BTreeSet;

use crate::UnitId;
use crate::basis::{LegalBasis, Review};

/// On what kind of basis an act rests; a basis that does not speak is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grounds {
    /// Nothing, or nothing well-formed.
    Missing,
    /// A decision of a state body (Điều 9.2 a).
    Decision,
    /// The person's own declaration (Điều 9.2 b).
    Declaration,
    /// A stated reason to put an entry right.
    Correction,
    /// An approved list of those present (Điều 9.1 a).
    Import,
    /// An act of office, which puts nothing in.
    Office,
}

impl Grounds {
    /// What kind of basis this is.
    pub fn of(basis: &LegalBasis) -> Self {
        match basis {
            _ if !basis.is_well_formed() => Self::Missing,
            LegalBasis::Decision { .. } | LegalBasis::OfKind { .. } => Self::Decision,
            LegalBasis::Declaration { .. } | LegalBasis::Received { .. } => Self::Declaration,
            LegalBasis::Correction { .. } => Self::Correction,
            LegalBasis::Import { .. } => Self::Import,
            LegalBasis::Office => Self::Office,
        }
    }
}

/// Data that is put into a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entering {
    /// On what it rests.
    pub grounds: Grounds,
    /// Sections of the form it touches; a field no form here knows stands in the section ``.
    pub sections: BTreeSet<String>,
    /// Whether it waits for the review of the body that answers for the dossier.
    pub review: Review,
}

/// An entry as its review asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// Who entered it.
    pub by: String,
    /// The unit that entered it under delegation.
    pub delegated_to: Option<UnitId>,
    /// Whether it proposes to take the dossier out of sight (Điều 12.2).
    pub proposes: bool,
}

impl Entered {
    /// What a person entered at the body that answers for the dossier.
    pub fn by(person: &str) -> Self {
        Self { by: person.to_owned(), delegated_to: None, proposes: false }
    }
}

/// A written authority of somebody over dossiers, beyond his post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantAct {
    /// Entry delegated to a lower unit (Điều 15.1).
    Delegation {
        /// The unit that will enter.
        to: UnitId,
    },
    /// Consent to read (Điều 8.1).
    Consent,
    /// A mission of inspection (Điều 14.4).
    Mission,
    /// An order to correct (Điều 7.3).
    CorrectionOrder(Officers),
    /// Copies by the dozen (Điều 5.3).
    BulkCopies(Officers),
}

/// Which of the two officers an act for two acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Officers {
    /// The one who begins it.
    First,
    /// The one who confirms it.
    Second {
        /// The person who began it.
        first: String,
    },
}

/// A step in the life of an account (Điều 6, 14.3, 16.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountStep {
    /// Issue it.
    Issue,
    /// Take rights away.
    Restrict,
    /// Add rights.
    Widen,
    /// End it.
    Revoke,
    /// Assign a person to it, or end the assignment.
    Assign,
    /// Give a new one-time code.
    Reissue,
}

/// What someone wants to do. Acts on a dossier ask for its custodian in the
/// [`Authority`](super::Authority); acts on the whole of a unit name it there in the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// See heads, counts and lateness, without content (Điều 7.2, 13).
    ReadStatus,
    /// Read the whole content of a dossier (Điều 8.1).
    ReadDossier,
    /// Read one section of it (Điều 8.1).
    ReadSection {
        /// The section's id.
        section: String,
    },
    /// Open a stored file of it (Điều 8.1).
    ReadAttachment {
        /// The section the file stands in.
        section: String,
    },
    /// List the dossiers of a unit (Điều 12.1).
    List,
    /// Search in them (Điều 12.1).
    Search,
    /// Draw statistics from them (Điều 7.2, 12.1).
    Statistics,
    /// Print a dossier (Điều 12.1).
    Print,
    /// Take a copy of a dossier out of the system (Điều 12.2).
    Export,

    /// Open a dossier kept at `unit` (Điều 9.1).
    CreateDossier {
        /// Unit that will keep it.
        unit: UnitId,
        /// Whether it waits for review.
        review: Review,
    },
    /// Change what a state body decides (Điều 9.2 a).
    EditState(Entering),
    /// Change what the person declares (Điều 9.2 b).
    EditPersonal(Entering),
    /// Put an entry right, whichever side it is of (Điều 7.2, 7.3).
    Correct(Entering),
    /// Store a file (Điều 3.1).
    Attach(Entering),
    /// Take a file off the list; its bytes stay (Điều 12.2).
    RemoveAttachment(Entering),
    /// Choose where values met, or undo a choice (Điều 7.2, 9).
    Resolve(Entering),
    /// Pass a conflict up to the body above (Điều 7.2).
    RaiseConflict,
    /// Note that the data agrees with the paper (Điều 8.3).
    VerifyPaper,
    /// Say why something was done late (Điều 9.1 b).
    ExplainLateness,
    /// Enter a version of the phiếu, or feed the dossier from one (Điều 3.2, 9.1 b).
    EnterForm(Entering),
    /// Approve what somebody entered (Điều 15.1).
    Approve(Entered),
    /// Give it back with a reason (Điều 15.1).
    Return(Entered),

    /// Give a grant.
    Give(GrantAct),
    /// End a grant before its time.
    End(GrantAct),

    /// Close a dossier where it is (Điều 11.3).
    Retire,
    /// Open it again (Điều 11.3).
    Reopen,
    /// Take it into the long-term archive (Điều 7.3, 11.1).
    Archive,
    /// Take it away, reversibly (Điều 12.2).
    Tombstone(Officers),
    /// Propose that another unit keeps it (Điều 10).
    ProposeTransfer {
        /// The unit that will keep it.
        to: UnitId,
    },
    /// Record that the person leaves the system, and the dossier with her (Điều 10.3).
    SendOut,
    /// Record that a dossier was handed over or received (Điều 10).
    RecordHandover,
    /// Accept or refuse a dossier that is proposed (Điều 10.2).
    AnswerTransfer {
        /// The unit that will keep it.
        to: UnitId,
    },
    /// Give up a dossier whose transfer was accepted (Điều 10).
    Release,
    /// Take a dossier from a unit that cannot act (Điều 7.3).
    TakeOver(Officers),
    /// Rename, move and end units by a decision, with their dossiers (Điều 7.3).
    Reorganise(Officers),
    /// Ask a unit's persons for declarations: open a campaign, remind, close it (Điều 9.2 b).
    RunCampaign,
    /// Make the report of a unit (Điều 13, 16.5).
    MakeReport,
    /// Approve the report of a unit (Điều 13).
    ApproveReport {
        /// Who made it.
        made_by: String,
    },

    /// Answer for one's duties for a year (Điều 12.3).
    AcknowledgeDuties,
    /// Report a problem of one's unit, or propose something (Điều 15.4, 16.3, 16.4).
    ReportProblem,
    /// Answer what a unit below reported or proposed (Điều 15.4, 16.4).
    AnswerProblem,
    /// Make the rules of a body for Điều 6 to 13 (Điều 15.3).
    MakeRules,

    /// A step in the life of an account (Điều 6.2, 14.3, 16.6).
    Account(AccountStep),
    /// Add, renew or remove nodes of the federation (Điều 7.3).
    ManageMembers,
    /// Publish the organisation tree (Điều 7.3).
    ManageTree,
    /// Publish a year of the calendar (Điều 7.3, 9).
    ManageCalendar,
    /// Add a kind of change to the catalog (Điều 9.2 a).
    ManageKinds,
    /// Record an incident of the system and the notice of it (Điều 14.7).
    AnnounceIncident,
    /// Read the log of a unit's node (Điều 8.5, 14.4).
    ShowAudit,
    /// Take a package of that log out, for an inspector (Điều 14.4).
    ExportAudit,
    /// Check such a package (Điều 14.4).
    VerifyAudit,
    /// Back the store of a unit's node up, or try a backup (Điều 8.5, 11.2).
    Backup,
    /// Renew or recover the keys of a unit's node (Điều 11.2).
    ManageKeys,
}
