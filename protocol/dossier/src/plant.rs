//! Faults planted in the product, to prove that the simulation's judges see them.
//!
//! **Invariant:** without the feature `planted`, which nothing but the simulation turns on, [`is`] is
//! the constant `false` and every gate compiles to nothing.

/// A fault and where it is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plant {
    /// The journal is written and not synced.
    SkipSync,
    /// Frames and answers leave before the commit.
    SendBeforeCommit,
    /// A line's signature is not verified.
    SkipSignature,
    /// A receipt's signature is not verified.
    SkipReceiptSignature,
    /// Of a neighbour's cursor only the number is compared, not the digest of the chain.
    SkipCursorDigest,
    /// A restored node goes on in its old life.
    ReuseLife,
    /// Any number of orphans lie outside a dossier.
    IgnoreOrphanCap,
    /// What was taken is acknowledged and not kept.
    AcknowledgeUnkept,
    /// A page shows a change as held above because a request for its dossier was answered.
    ShowUnsignedLevel,
    /// Nobody asks whether the author had the right.
    SkipRights,
    /// A dossier of another unit is taken from whoever brings it.
    SkipScope,
    /// A HELLO is believed whatever TLS key says it.
    SkipMemberKey,
    /// A member that was shut out may speak.
    AcceptShutOut,
    /// A life that was replaced may speak.
    AcceptOldLife,
    /// The cursor is committed before the data it stands for.
    CursorBeforeData,
    /// Of values that met one side is kept.
    DropConflicts,
    /// A change may overwrite something else than what stood there.
    SkipOverwrites,
    /// Two histories of one line are not told apart.
    SkipForks,
    /// Who waits outside is forgotten at a restart.
    LoseQuarantine,
    /// What is admitted late is not acknowledged, and questions go unanswered.
    ForgetInquiries,
    /// What is written down is not sealed.
    SkipSealing,
    /// The body above enters into what a unit below it keeps.
    TierTwoEdits,
    /// Nobody asks which side brings a change about.
    SkipSides,
    /// The registrar's word alone ends a transfer (R1).
    NoWitness,
    /// The registrar's word alone ends a transfer in an abort (R2).
    AbortsUnwitnessed,
    /// The register asks what became of a transfer, not of an epoch (R1).
    RegisterByTransfer,
    /// A frozen dossier is worked on again when the deadline is over (R3).
    UnfreezeByTimer,
    /// A frozen dossier is worked on (R4).
    EditAfterRelease,
    /// A release that leaves changes out counts (R5).
    StaleRelease,
    /// What a closed epoch leaves out stays in the dossier (R8).
    NoRetraction,
    /// Nobody asks whether the author of a change kept the dossier.
    SkipCustodian,
    /// A register whose store went back signs without reading its log back (R9).
    SkipReread,
}

impl Plant {
    /// Those of custody: each takes away one rule of the hand-over.
    pub const CUSTODY: [Self; 9] = [
        Self::NoWitness,
        Self::AbortsUnwitnessed,
        Self::RegisterByTransfer,
        Self::UnfreezeByTimer,
        Self::EditAfterRelease,
        Self::StaleRelease,
        Self::NoRetraction,
        Self::SkipCustodian,
        Self::SkipReread,
    ];

    /// Every fault with its name.
    pub const ALL: [(Self, &'static str); 32] = [
        (Self::SkipSync, "skip-sync"),
        (Self::SendBeforeCommit, "send-before-commit"),
        (Self::SkipSignature, "skip-signature"),
        (Self::SkipReceiptSignature, "skip-receipt-signature"),
        (Self::SkipCursorDigest, "skip-cursor-digest"),
        (Self::ReuseLife, "reuse-life"),
        (Self::IgnoreOrphanCap, "ignore-orphan-cap"),
        (Self::AcknowledgeUnkept, "acknowledge-unkept"),
        (Self::ShowUnsignedLevel, "show-unsigned-level"),
        (Self::SkipRights, "skip-rights"),
        (Self::SkipScope, "skip-scope"),
        (Self::SkipMemberKey, "skip-member-key"),
        (Self::AcceptShutOut, "accept-shut-out"),
        (Self::AcceptOldLife, "accept-old-life"),
        (Self::CursorBeforeData, "cursor-before-data"),
        (Self::DropConflicts, "drop-conflicts"),
        (Self::SkipOverwrites, "skip-overwrites"),
        (Self::SkipForks, "skip-forks"),
        (Self::LoseQuarantine, "lose-quarantine"),
        (Self::ForgetInquiries, "forget-inquiries"),
        (Self::SkipSealing, "skip-sealing"),
        (Self::TierTwoEdits, "tier-two-edits"),
        (Self::SkipSides, "skip-sides"),
        (Self::NoWitness, "no-witness"),
        (Self::AbortsUnwitnessed, "aborts-unwitnessed"),
        (Self::RegisterByTransfer, "register-by-transfer"),
        (Self::UnfreezeByTimer, "unfreeze-by-timer"),
        (Self::EditAfterRelease, "edit-after-release"),
        (Self::StaleRelease, "stale-release"),
        (Self::NoRetraction, "no-retraction"),
        (Self::SkipCustodian, "skip-custodian"),
        (Self::SkipReread, "skip-reread"),
    ];
}

/// Whether this fault is planted.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub const fn is(_plant: Plant) -> bool {
    false
}

#[cfg(feature = "planted")]
pub use planted::{is, set};

#[cfg(feature = "planted")]
mod planted {
    use std::cell::Cell;

    use super::Plant;

    thread_local! {
        static PLANTED: Cell<Option<Plant>> = const { Cell::new(None) };
    }

    /// Whether this fault is planted in this thread.
    pub fn is(plant: Plant) -> bool {
        PLANTED.get() == Some(plant)
    }

    /// Plants a fault in this thread, or none.
    pub fn set(plant: Option<Plant>) {
        PLANTED.set(plant);
    }
}
