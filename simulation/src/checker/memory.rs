//! Bounded: what a node keeps grows with its dossiers, changes and neighbours, and nothing else.

use protocol::LIMITS;

/// What one node kept at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Sessions of its core.
    pub sessions: usize,
    /// Connections of its link.
    pub connections: u32,
    /// Nodes directly above and below it.
    pub neighbours: usize,
    /// Dossiers it holds.
    pub dossiers: u64,
    /// Changes in them.
    pub changes: u64,
    /// The most parcels that one dossier keeps outside.
    pub outside_max: usize,
    /// Entries of its member list.
    pub members: u64,
    /// Bytes of its journal.
    pub journal_bytes: u64,
}

/// Connections a neighbour may have at once: the present one, one that has not noticed its end, one
/// of a clone, one that knocks.
const PER_NEIGHBOUR: usize = 4;

/// Bytes a journal may have for nothing: first life, org tree, incidents.
const JOURNAL_BASE: u64 = 4 * 1024 * 1024;
/// Bytes it may have for each change: the parcel, its rows, its receipts, its share of the copies.
const JOURNAL_PER_CHANGE: u64 = 64 * 1024;
/// Bytes it may have for each member entry.
const JOURNAL_PER_MEMBER: u64 = 2 * 1024;

/// What is beyond its bound.
pub fn excess(sample: &Sample) -> Vec<String> {
    let connections = sample.neighbours * PER_NEIGHBOUR;
    let journal =
        JOURNAL_BASE + sample.changes * JOURNAL_PER_CHANGE + sample.members * JOURNAL_PER_MEMBER;
    let bounds = [
        ("sessions", sample.sessions as u64, connections as u64),
        ("connections", u64::from(sample.connections), connections as u64),
        (
            "parcels outside one dossier",
            sample.outside_max as u64,
            LIMITS.quarantine_per_dossier_max as u64,
        ),
        ("bytes of journal", sample.journal_bytes, journal),
    ];
    bounds
        .iter()
        .filter(|(_, found, max)| found > max)
        .map(|(what, found, max)| format!("{found} {what}, at most {max} for {}", sample.dossiers))
        .collect()
}
