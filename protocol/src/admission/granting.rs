//! The seam to the records of grants: admission asks what an author held, and knows no record.

use std::fmt;
use std::sync::LazyLock;

use dossier::{
    DossierId, UnitId,
    change_kind::ChangeKinds,
    permission::{Actor, Granted},
};

/// For whom, for what and when a grant is looked up.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who acts.
    pub actor: &'a Actor,
    /// On which dossier; `None` where the act is about the whole of a unit.
    pub dossier: Option<&'a DossierId>,
    /// Unit that keeps the dossier, in the epoch of the act.
    pub custodian: &'a UnitId,
    /// When, in seconds since the Unix epoch: of a change, the latest time that it or anything it
    /// builds on names.
    pub at_seconds: i64,
    /// Whether the custodian, or a unit above it, has let the act in before.
    pub let_in: bool,
}

/// The records of grants, as far as they have reached this node.
pub trait Grants: fmt::Debug + Sync {
    /// The grants that hold for what is asked; the same at every node that has the same records.
    fn held(&self, asked: &Asked<'_>) -> Granted;

    /// The catalog of the kinds of change, as far as it has reached this node.
    fn kinds(&self) -> &ChangeKinds;
}

/// No records: nobody holds anything beyond his post.
#[derive(Debug, Clone, Copy)]
pub struct NoGrants;

impl Grants for NoGrants {
    fn held(&self, _: &Asked<'_>) -> Granted {
        Granted::NOTHING
    }

    fn kinds(&self) -> &ChangeKinds {
        static OF_REGULATION: LazyLock<ChangeKinds> = LazyLock::new(ChangeKinds::default);
        &OF_REGULATION
    }
}
