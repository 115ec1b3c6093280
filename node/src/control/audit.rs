//! Orders and answers about the audit log.

use dossier::{DossierId, Hash, NodeId, Timestamp, UnitId};
use protocol::{
    Signature,
    audit::{Closed, Entry, Kept},
    member::SignedEntry,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// A question or an order about the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuditOrder {
    /// A page of the log, read.
    Show {
        /// Only entries that concern this dossier.
        dossier: Option<DossierId>,
        /// Only entries of the person whose folded name contains this; empty for all.
        person: String,
        /// Only entries made since.
        since: Option<Timestamp>,
        /// Number of the log and entry to go on from.
        after: Option<(u32, u64)>,
    },
    /// Begins an export: signs the log as it stands and hands out what an inspector needs.
    Export {
        /// Number of the mission document.
        mission: String,
    },
    /// Sealed entries of one of the logs, after one.
    Entries {
        /// Number of the log.
        log: u32,
        /// Continue after this entry.
        after: u64,
    },
    /// Kept checkpoints, after the key of one.
    Kept {
        /// Continue after this key.
        after: Option<ByteBuf>,
    },
    /// Signs a finished package.
    Seal {
        /// SHA-256 of all its bytes before the last line.
        digest: Hash,
        /// How many lines those are.
        lines: u64,
    },
}

/// An answer about the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuditAnswer {
    /// Entries, and from where to go on when there may be more.
    Page {
        /// The entries that were asked for.
        entries: Vec<Entry>,
        /// Where to go on.
        next: Option<(u32, u64)>,
    },
    /// What a package begins with.
    Plan(Box<ExportPlan>),
    /// Sealed entries in order; none at the end.
    Entries(Vec<(u64, ByteBuf)>),
    /// Checkpoints with their keys, in the order of logs; none at the end.
    Kept(Vec<(ByteBuf, Kept)>),
    /// The signature over a package.
    Sealed(Signature),
}

/// What a package begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPlan {
    /// The node.
    pub node: NodeId,
    /// Its unit.
    pub unit: UnitId,
    /// When, by the node's clock.
    pub at: Timestamp,
    /// The root certificate, PEM.
    pub root: String,
    /// The node's certificates, PEM.
    pub chain: String,
    /// The root's word on the register key, JSON.
    pub charter: String,
    /// The member list.
    pub members: Vec<SignedEntry>,
    /// The node's logs, the present one last.
    pub logs: Vec<Closed>,
    /// The audit key, wrapped under [`ExportPlan::code`].
    pub key: ByteBuf,
    /// The code, to be carried apart.
    pub code: String,
}
