//! Parcels that stay outside: set aside where people see them, and judged again when what they wait
//! for has come.
//!
//! **Invariant:** a parcel that is admitted late is acknowledged to the neighbour that brought it,
//! like one that is admitted at once.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    DossierId, Hash, NodeId, Timestamp,
    plant::{self, Plant},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Core, IncidentKind, Relation};
use crate::{
    Crypto, Fault, Op, Records, Table,
    admission::{self, Outside, QuarantineReason, Verdict},
    codec,
    holding::Opened,
    limits::LIMITS,
    parcel::Parcel,
    wire::Frame,
};

/// A parcel outside, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Aside {
    pub(super) since: Timestamp,
    /// The neighbour that brought it.
    pub(super) from: Option<NodeId>,
    pub(super) outside: Outside,
    pub(super) parcel: ByteBuf,
}

impl Aside {
    /// The row it lies in.
    pub(super) fn key(&self, id: &DossierId) -> Vec<u8> {
        [id.as_bytes().as_slice(), Parcel::digest(&self.parcel).as_bytes()].concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        codec::decode(bytes).map_err(|error| Fault(format!("quarantine row: {error}")))
    }
}

/// Places outside a dossier for copies of this node that had to go.
const RESERVED: usize = 16;

/// Tips that were admitted late, by the neighbour that brought them.
pub(super) type Late = BTreeMap<NodeId, Vec<Hash>>;

/// A parcel that waits: its row, and what it says.
struct Waiting {
    key: Vec<u8>,
    aside: Aside,
    parcel: Parcel,
}

impl Core {
    /// Keeps a parcel that was not admitted where people see it; `false`, and people are told, when
    /// too much of the dossier lies there already.
    pub(super) fn set_aside(
        &mut self,
        id: &DossierId,
        aside: &Aside,
        records: &dyn Records,
        ops: &mut Vec<Op>,
    ) -> Result<bool, Fault> {
        let key = aside.key(id);
        let staged = ops.iter().any(|op| op.table == Table::Quarantine && op.key == key);
        if staged || records.get(Table::Quarantine, &key)?.is_some() {
            return Ok(true);
        }
        let brings = |node| self.ledger.asides().may_bring(node, aside.parcel.len());
        let bearable = aside.from.as_ref().is_none_or(brings) || plant::is(Plant::IgnoreOrphanCap);
        if !bearable || !self.has_room_aside(id, aside.from.is_none()) {
            let full = self.incident(IncidentKind::Overfull(*id), aside.from);
            ops.extend(full);
            return Ok(false);
        }
        ops.push(Op::put(Table::Quarantine, key, codec::encode(aside)));
        self.ledger.asides_mut().add(id, aside);
        Ok(true)
    }

    /// Whether one more parcel may be set aside. Neighbours cannot fill the last places: they are
    /// for what this node itself answers for.
    pub(super) fn has_room_aside(&self, id: &DossierId, own: bool) -> bool {
        let most = LIMITS.quarantine_per_dossier_max;
        let open = if own { most } else { most - RESERVED };
        self.ledger.asides().of(id) < open || plant::is(Plant::IgnoreOrphanCap)
    }

    /// Judges again what waited for `moved`, dossiers that have just moved on; answers the tips that
    /// were admitted.
    pub(super) fn retry_held(
        &mut self,
        moved: &BTreeSet<DossierId>,
        records: &dyn Records,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
    ) -> Result<Late, Fault> {
        self.judge_all_again(moved, is_held, records, crypto, ops)
    }

    fn judge_all_again(
        &mut self,
        moved: &BTreeSet<DossierId>,
        waits: fn(&Outside) -> bool,
        records: &dyn Records,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
    ) -> Result<Late, Fault> {
        let mut late = Late::new();
        for id in moved {
            if self.ledger.asides().of(id) == 0 {
                continue;
            }
            let mut waiting = waiting_for(id, waits, records, ops)?;
            if waiting.is_empty() {
                continue;
            }
            let mut opened = self.cache.take(records, id)?;
            loop {
                let before = waiting.len();
                let mut still = Vec::new();
                for held in waiting {
                    still.extend(self.judge_again(held, &mut opened, crypto, ops, &mut late));
                }
                waiting = still;
                // One that was admitted may be what another waits for.
                if waiting.is_empty() || waiting.len() == before {
                    break;
                }
            }
            if let Some(opened) = opened {
                self.cache.put(opened);
            }
        }
        Ok(late)
    }

    /// Judges again everything that waits or lacks a right, after the member list, the org tree or
    /// what was given by document has moved on; answers the tips that were admitted.
    ///
    /// What has moved on and what comes of it are one transaction: nobody looks again at what a power
    /// cut between the two would leave outside.
    pub(super) fn retry_all(
        &mut self,
        records: &dyn Records,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
    ) -> Result<Late, Fault> {
        let all: BTreeSet<DossierId> = self.ledger.asides().dossiers().copied().collect();
        self.judge_all_again(&all, may_become_lawful, records, crypto, ops)
    }

    /// Tells those below that what they brought earlier is held. Whoever is not connected asks
    /// when it is.
    pub(super) fn acknowledge_late(&mut self, late: Late, crypto: &dyn Crypto) {
        for (node, tips) in late {
            let below = self
                .sessions
                .values()
                .find(|session| session.node == Some(node) && session.relation == Relation::Lower);
            let Some(conn) = below.map(|session| session.conn) else { continue };
            if let Some(signed) = self.acknowledge(tips, crypto) {
                self.say(conn, &Frame::Acknowledged(vec![signed]));
            }
        }
    }

    /// Judges one parcel again; answers it when it still waits.
    fn judge_again(
        &mut self,
        held: Waiting,
        opened: &mut Option<Opened>,
        crypto: &dyn Crypto,
        ops: &mut Vec<Op>,
        late: &mut Late,
    ) -> Option<Waiting> {
        let before = opened.as_ref().map(|known| known.holding.lines.clone()).unwrap_or_default();
        let brought = held.aside.from.and_then(|node| self.members.get(&node));
        let by = brought.map(|member| &member.unit);
        let verdict = admission::admit(&held.parcel, opened, self.authority_on(by), crypto);
        let outside = match verdict {
            Verdict::Admitted { tips, kept, .. } => {
                let from = held.aside.from;
                if let Some(known) = opened.as_mut() {
                    self.keep(known, kept, &held.aside.parcel, from, &before, ops);
                }
                if let Some(from) = from {
                    late.entry(from).or_default().extend(tips);
                }
                self.take_back(&held, ops);
                return None;
            }
            Verdict::Held(reason) => Outside::Held(reason),
            Verdict::Quarantined(reason) => Outside::Quarantined(reason),
            Verdict::Forked(_) => Outside::Quarantined(QuarantineReason::Fork),
            Verdict::Rejected(_) => {
                // Not genuine, as can be seen of it at last.
                self.take_back(&held, ops);
                return None;
            }
        };
        if outside == held.aside.outside {
            return Some(held);
        }
        let waits = is_held(&outside);
        let aside = Aside { outside, ..held.aside };
        ops.push(Op::put(Table::Quarantine, held.key.clone(), codec::encode(&aside)));
        waits.then_some(Waiting { aside, ..held })
    }

    fn take_back(&mut self, held: &Waiting, ops: &mut Vec<Op>) {
        ops.push(Op::remove(Table::Quarantine, held.key.clone()));
        self.ledger.asides_mut().remove(&held.parcel.dossier, &held.aside);
    }
}

fn is_aside_of(op: &Op, id: &DossierId) -> bool {
    op.table == Table::Quarantine && op.key.starts_with(id.as_bytes())
}

/// Whether a parcel waits for something to arrive.
fn is_held(outside: &Outside) -> bool {
    matches!(outside, Outside::Held(_))
}

/// Whether a parcel waits, or was without a right that a later word may turn out to have given.
fn may_become_lawful(outside: &Outside) -> bool {
    let lacks = |reason: &QuarantineReason| {
        matches!(reason, QuarantineReason::NoRight(_) | QuarantineReason::Custody)
    };
    match outside {
        Outside::Held(_) => true,
        Outside::Quarantined(reason) => lacks(reason),
    }
}

/// What of a dossier lies outside and `waits`, earlier changes first; what this event has set aside
/// is not in the store yet.
fn waiting_for(
    id: &DossierId,
    waits: fn(&Outside) -> bool,
    records: &dyn Records,
    ops: &[Op],
) -> Result<Vec<Waiting>, Fault> {
    let most = LIMITS.quarantine_per_dossier_max;
    let stored = records.scan(Table::Quarantine, id.as_bytes(), None, most)?;
    let mut rows: BTreeMap<Vec<u8>, Option<Vec<u8>>> =
        stored.into_iter().map(|(key, row)| (key, Some(row))).collect();
    for op in ops.iter().filter(|op| is_aside_of(op, id)) {
        rows.insert(op.key.clone(), op.value.clone());
    }
    let mut waiting = Vec::new();
    for (key, row) in rows {
        let Some(row) = row else { continue };
        let aside = Aside::decode(&row)?;
        if waits(&aside.outside)
            && let Ok(parcel) = Parcel::decode(&aside.parcel)
        {
            waiting.push(Waiting { key, aside, parcel });
        }
    }
    waiting.sort_by_key(|held| held.parcel.lines.iter().map(|line| line.first).max());
    Ok(waiting)
}
