//! Every limit two nodes hold each other to, in one place (security.md 7.1 of the design papers).
//!
//! Senders stay inside them and receivers check them before decoding.

/// Limits of frames, parcels and sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest frame on the wire, in bytes.
    pub frame_bytes_max: usize,
    /// Size at which a sender closes an `Items` frame, in bytes.
    pub batch_bytes: usize,
    /// Bytes a sender leaves unacknowledged before it waits.
    pub window_bytes: usize,
    /// Largest parcel, in bytes; a dossier that would not fit in one is refused at the edit.
    pub parcel_bytes_max: usize,
    /// Changes in one parcel of single changes.
    pub parcel_changes_max: usize,
    /// Author lines of one dossier.
    pub lines_max: usize,
    /// Items in one frame.
    pub items_max: usize,
    /// Tips in one acknowledgement or inquiry.
    pub tips_max: usize,
    /// Dossiers in one `Want` frame.
    pub wants_max: usize,
    /// Bytes of one reconciliation message.
    pub reconcile_bytes_max: usize,
    /// Quarantined parcels of one dossier; beyond it parcels are refused.
    pub quarantine_per_dossier_max: usize,
    /// Bytes of quarantined parcels that one neighbour brought; beyond it parcels are refused.
    pub quarantine_bytes_per_node_max: usize,
    /// Member entries in one frame.
    pub members_max: usize,
    /// Checkpoints of audit logs, or words about them, in one frame.
    pub checkpoints_max: usize,
    /// One signed notice, in bytes.
    pub notice_bytes_max: usize,
    /// Notices in one frame.
    pub notices_max: usize,
    /// Ids of notices in one frame.
    pub notice_ids_max: usize,
    /// Ids of notices in all pages of one telling.
    pub notice_ids_total_max: usize,
    /// Name of a person or unit inside an envelope, in bytes.
    pub person_bytes_max: usize,
    /// Refused frames or parcels after which a peer is hung up on.
    pub strikes_max: u32,
    /// Time a peer has for its HELLO, in milliseconds.
    pub hello_timeout_ms: i64,
    /// Time to tell a peer that it stands elsewhere, in milliseconds: a whole org tree on a slow line.
    pub guidance_timeout_ms: i64,
    /// Time a challenged session has to prove that it lives, in milliseconds.
    pub challenge_timeout_ms: i64,
    /// Longest time between two comparisons with the superior, in milliseconds.
    pub check_interval_ms: i64,
    /// Shortest time between two inquiries about unacknowledged changes, in milliseconds.
    pub inquiry_interval_ms: i64,
    /// The longest such time: it doubles while nothing is news, in milliseconds.
    pub inquiry_interval_ms_max: i64,
    /// Tips in one inquiry; the rest is asked about next time.
    pub inquiry_tips_max: usize,
    /// Shortest time between two reconciliations of one session, in milliseconds.
    pub repair_interval_ms: i64,
    /// Shortest time between two new lives on the word of nodes below, in milliseconds.
    pub renewal_interval_ms: i64,
    /// Shortest time between two tellings that count of a log that contradicts itself, in milliseconds.
    pub dispute_interval_ms: i64,
    /// Shortest time between two tellings of the same incident with the same node, in milliseconds.
    pub incident_interval_ms: i64,
}

/// The limits every node of this version runs with.
pub const LIMITS: Limits = Limits {
    frame_bytes_max: 5 * 1024 * 1024,
    batch_bytes: 256 * 1024,
    window_bytes: 4 * 1024 * 1024,
    parcel_bytes_max: 4 * 1024 * 1024,
    parcel_changes_max: 4_096,
    lines_max: 1_024,
    items_max: 1_024,
    tips_max: 16_384,
    wants_max: 4_096,
    reconcile_bytes_max: 2 * 1024 * 1024,
    quarantine_per_dossier_max: 256,
    quarantine_bytes_per_node_max: 256 * 1024 * 1024,
    members_max: 1_024,
    checkpoints_max: 1_024,
    notice_bytes_max: 32 * 1024,
    notices_max: 128,
    notice_ids_max: 65_536,
    notice_ids_total_max: 1_048_576,
    person_bytes_max: 128,
    strikes_max: 10,
    hello_timeout_ms: 5_000,
    guidance_timeout_ms: 120_000,
    challenge_timeout_ms: 5_000,
    check_interval_ms: 24 * 60 * 60 * 1000,
    inquiry_interval_ms: 2_000,
    inquiry_interval_ms_max: 3_600_000,
    inquiry_tips_max: 512,
    repair_interval_ms: 600_000,
    renewal_interval_ms: 600_000,
    dispute_interval_ms: 60_000,
    incident_interval_ms: 3_600_000,
};
