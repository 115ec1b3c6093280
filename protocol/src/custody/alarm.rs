//! What custody tells people beside its rows.

use dossier::DossierId;

use super::TransferId;

/// What a person must see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// Custody moved, and the receipt is overdue.
    NoReceipt(DossierId, TransferId),
    /// Two records of one epoch count: nobody works on the dossier (R12).
    Forked(DossierId),
    /// A dossier was proposed to this unit.
    Invited(DossierId, TransferId),
    /// A transfer came to nothing.
    Aborted(DossierId, TransferId),
    /// The dossier is this unit's.
    Arrived(DossierId),
}
