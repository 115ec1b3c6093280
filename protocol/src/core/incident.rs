//! What a person must see: kept in the store, told once, and not again at every dial of a peer.

use dossier::{DossierId, NodeId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Core, Effect};
use crate::{Op, Table, codec, limits::LIMITS};

/// Something a person must see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: IncidentKind,
    /// The other node, where there is one.
    pub node: Option<NodeId>,
}

/// Kinds of incident.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum IncidentKind {
    /// This node's store went back in time; it began a new life.
    RolledBack,
    /// A neighbour began a new life.
    NeighbourRenewed,
    /// The same node is connected twice.
    Cloned,
    /// A node speaks in a life that was replaced.
    StaleIncarnation,
    /// Both feeds were drained and the contents differ.
    Diverged,
    /// An author wrote two histories of a dossier.
    Forked(DossierId),
    /// A neighbour was hung up on for refused parcels.
    Strikes,
    /// Own edits that had been lost from sight were made again under the new life.
    Reissued(DossierId),
    /// A node showed an audit log that does not continue the one it showed before.
    AuditForked,
    /// So much lies outside a dossier that more was turned away: the neighbour keeps it.
    Overfull(DossierId),
    /// What a delegate entered in a dossier of this node's unit came after its grant had ended here.
    LateEntry(DossierId),
    /// A dossier was handed over, and nobody said in time that it arrived (Điều 10).
    NoReceipt(DossierId),
    /// Two records of one custody epoch count: register and witness are not to be believed.
    CustodyForked(DossierId),
}

impl Core {
    /// The row of an incident, and its alarm. What a neighbour causes at every dial is told once in
    /// [`crate::Limits::incident_interval_ms`], so that nobody fills this node's journal by dialling.
    pub(super) fn incident(&mut self, kind: IncidentKind, node: Option<NodeId>) -> Option<Op> {
        let now = self.moment.now;
        if let Some(node) = node {
            self.told.retain(|_, at| {
                let past = now.as_millis().saturating_sub(at.as_millis());
                (0..LIMITS.incident_interval_ms).contains(&past)
            });
            let entry = (node, kind.clone());
            if self.told.contains_key(&entry) {
                return None;
            }
            self.told.insert(entry, now);
        }
        let incident = Incident { at: now, kind, node };
        self.incidents += 1;
        let op = Op::put(Table::Incident, self.incidents.to_be_bytes(), codec::encode(&incident));
        self.effects.push(Effect::Alarm(incident));
        Some(op)
    }
}
