//! The last look at all nodes: what each holds, whether they agree, whether anything is missing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use dossier::{DossierId, Hash, UnitId};
use protocol::{Answer, Command, core::SyncState};
use serde::Serialize;

use super::{
    abroad::Abroad,
    handover::{CustodianCounts, TransferCounts},
    province::{Province, TOP, unit},
    story::{Kept, Story},
    words,
};

/// The figures of a demonstration; with `--json` they are its answer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Report {
    /// Whether everything that was told held.
    pub(super) held: bool,
    /// What did not hold.
    pub(super) failure: Option<String>,
    nodes: Vec<NodeReport>,
    /// Whether every dossier has one digest at every node that must hold it.
    pub(super) converged: bool,
    /// Dossiers of the province, as tier 3 counts them.
    dossiers: u64,
    /// Changes in them, as tier 3 counts them.
    changes: u64,
    acknowledged: AcknowledgedReport,
    /// Transfers by what became of them.
    transfers: TransferCounts,
    /// Dossiers by how many nodes say that they keep them.
    custodians: CustodianCounts,
    /// Acknowledged changes that a node which must have them has not.
    pub(super) lost: u64,
    /// Open conflicts, as tier 3 counts them.
    conflicts: u64,
    /// Parcels kept outside, over all nodes.
    pub(super) quarantined: u64,
    /// Bytes of datagrams sent, over all nodes.
    wire_bytes: u64,
    elapsed_s: f64,
    seed: u64,
    /// What became of dossiers that left the province; `None` while none was sent.
    pub(super) abroad: Option<Abroad>,
}

#[derive(Debug, Clone, Serialize)]
struct NodeReport {
    unit: UnitId,
    tier: u8,
    dossiers: u64,
    digest: Hash,
    revoked: bool,
}

/// Changes by how far they are held, over the nodes that made them.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct AcknowledgedReport {
    local: u64,
    tier2: u64,
    tier3: u64,
    /// Of all, those whose node has handed the dossier over since.
    departed: u64,
}

/// What each node holds: dossier and digest.
type Held = BTreeMap<UnitId, BTreeMap<DossierId, Hash>>;

impl Story<'_> {
    /// Waits until every node and the one above it hold the same, and all is acknowledged.
    pub(super) fn settle(&self) -> anyhow::Result<()> {
        let province = &*self.province;
        for node in province.nodes.values().filter(|node| node.tier < 3) {
            if !province.is_connected(&node.unit)? {
                continue;
            }
            province.until(&format!("máy {} khớp với cấp trên", node.unit), || {
                let answer = province.ask(&node.unit, Command::Sync)?;
                let totals = province.status(&node.unit)?.totals;
                let settled =
                    answer == Answer::Synced(Some(true)) && totals.own_tier3 == totals.own;
                Ok(settled.then_some(()))
            })?;
        }
        Ok(())
    }

    /// The closing act: compares all nodes, and tells.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        self.narrator.say(&words::act(10, words::ACT_CHECK));
        self.settle()
    }
}

/// Asks all nodes for the figures; `began` is when the demonstration did, in milliseconds.
pub(super) fn gather(
    province: &Province,
    kept: &Kept,
    began: i64,
    seed: u64,
) -> anyhow::Result<Report> {
    let held = all_digests(province)?;
    let mut states: BTreeMap<UnitId, SyncState> = BTreeMap::new();
    let mut wire_bytes = 0;
    for id in province.nodes.keys() {
        states.insert(id.clone(), province.status(id)?);
        wire_bytes += province.sent_bytes(id)?;
    }
    let members = match province.ask(&unit(TOP), Command::Members)? {
        Answer::Members(members) => members,
        other => bail!("tier 3 does not tell its members: {other:?}"),
    };
    let revoked = |id: &UnitId| members.iter().all(|member| member.unit != *id || !member.active);
    let nodes = province.nodes.values().map(|node| NodeReport {
        unit: node.unit.clone(),
        tier: node.tier,
        dossiers: states[&node.unit].totals.dossiers,
        digest: scope_digest(&held[&node.unit]),
        revoked: revoked(&node.unit),
    });
    let mut acknowledged = AcknowledgedReport::default();
    for state in states.values() {
        acknowledged.local += state.totals.own;
        acknowledged.tier2 += state.totals.own_tier2;
        acknowledged.tier3 += state.totals.own_tier3;
    }
    acknowledged.departed = departed(province, kept);
    let top = states[&unit(TOP)].totals;
    let elapsed = province.environment.clock.now().as_millis() - began;
    Ok(Report {
        held: true,
        failure: None,
        nodes: nodes.collect(),
        converged: converged(province, &held)?,
        dossiers: top.dossiers,
        changes: top.changes,
        acknowledged,
        transfers: province.count_transfers()?,
        custodians: province.count_custodians()?,
        lost: lost(province, kept, &held)?,
        conflicts: top.conflicts,
        quarantined: states.values().map(|state| state.totals.quarantined).sum(),
        wire_bytes,
        elapsed_s: f64::from(i32::try_from(elapsed).unwrap_or(i32::MAX)) / 1_000.0,
        seed,
        abroad: None,
    })
}

/// Asks all nodes at once: each opens every dossier it holds.
fn all_digests(province: &Province) -> anyhow::Result<Held> {
    std::thread::scope(|scope| {
        let nodes = province.nodes.keys();
        let asking: Vec<_> =
            nodes.map(|id| (id, scope.spawn(move || digests(province, id)))).collect();
        let mut held = Held::new();
        for (id, asked) in asking {
            let answer = asked.join().map_err(|_| anyhow::anyhow!("asking {id} failed"))?;
            held.insert(id.clone(), answer?);
        }
        Ok(held)
    })
}

fn digests(province: &Province, id: &UnitId) -> anyhow::Result<BTreeMap<DossierId, Hash>> {
    match province.ask(id, Command::Digests)? {
        Answer::Digests(rows) => {
            Ok(rows.into_iter().map(|(dossier, _, digest)| (dossier, digest)).collect())
        }
        other => bail!("{id} does not tell its digests: {other:?}"),
    }
}

/// One digest over all dossiers of a node; the order in which they are told has no part in it.
fn scope_digest(held: &BTreeMap<DossierId, Hash>) -> Hash {
    let parts: Vec<u8> = held
        .iter()
        .flat_map(|(id, digest)| [&id.as_bytes()[..], digest.as_bytes()].concat())
        .collect();
    Hash::tagged("hoso demo scope v1", &[&parts])
}

/// Whether every dossier any node holds has the same digest at every node that must hold it.
fn converged(province: &Province, held: &Held) -> anyhow::Result<bool> {
    let mut custodians: BTreeMap<DossierId, UnitId> = BTreeMap::new();
    for id in province.nodes.keys() {
        for row in province.list(id)? {
            custodians.insert(row.dossier, row.unit);
        }
    }
    Ok(custodians.iter().all(|(dossier, custodian)| {
        let found = province.holders(custodian).into_iter().map(|node| held[&node].get(dossier));
        let different: BTreeSet<Option<&Hash>> = found.collect();
        different.len() == 1 && !different.contains(&None)
    }))
}

/// Counts acknowledged changes whose node has given the dossier up.
fn departed(province: &Province, kept: &Kept) -> u64 {
    let gone = |(id, author): &(&DossierId, &UnitId)| {
        let custodian = kept.custodian(id);
        custodian.is_some_and(|unit| !province.tree.is_within(unit, author))
    };
    kept.written().filter(gone).count() as u64
}

/// Counts acknowledged changes that are missing at a node which must have them.
fn lost(province: &Province, kept: &Kept, held: &Held) -> anyhow::Result<u64> {
    let mut lost = 0;
    for (dossier, first) in &kept.entered {
        let holders = province.holders(kept.custodian(dossier).unwrap_or(first));
        lost += u64::from(!holders.iter().all(|node| held[node].contains_key(dossier)));
    }
    for edit in &kept.edits {
        let mut missing = false;
        for node in province.holders(kept.custodian(&edit.dossier).unwrap_or(&edit.author)) {
            let history = province.history(&node, edit.dossier, &edit.path)?;
            let by = history.iter().filter_map(|write| write.provenance.as_ref());
            missing |= !by.into_iter().any(|by| by.change == edit.change);
        }
        lost += u64::from(missing);
    }
    Ok(lost)
}

impl Report {
    /// What does not hold in these figures.
    pub(super) fn judge(&self) -> Option<String> {
        let written = self.acknowledged.local + self.acknowledged.departed;
        let wrong = [
            (!self.converged, "có máy giữ nội dung khác".to_owned()),
            (self.lost > 0, format!("mất {} thay đổi đã xác nhận", self.lost)),
            (self.quarantined > 0, format!("{} gói bị để riêng", self.quarantined)),
            (self.conflicts != 1, format!("{} mâu thuẫn thay vì một", self.conflicts)),
            (
                written != self.changes,
                format!("{written} thay đổi đã ghi, cấp 3 có {}", self.changes),
            ),
            (
                self.transfers != TransferCounts { committed: 3, aborted: 1, open: 0 },
                format!("các lần chuyển hồ sơ: {:?}", self.transfers),
            ),
            (
                self.custodians
                    != CustodianCounts { exactly_one: self.dossiers, ..Default::default() },
                format!("hồ sơ không có đúng một đơn vị giữ: {:?}", self.custodians),
            ),
            (
                self.acknowledged.tier3 != self.acknowledged.local,
                format!("cấp 3 mới xác nhận {}", self.acknowledged.tier3),
            ),
        ];
        let said: Vec<String> =
            wrong.into_iter().filter(|(wrong, _)| *wrong).map(|(_, text)| text).collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// The figures as lines for people.
    pub(super) fn lines(&self, province: &Province) -> Vec<String> {
        let mut lines: Vec<String> = self
            .nodes
            .iter()
            .map(|node| {
                let digest: String = node.digest.to_string().chars().take(12).collect();
                let name = province.name(&node.unit);
                words::held(node.tier, &name, node.dossiers, &digest, node.revoked)
            })
            .collect();
        let AcknowledgedReport { local, tier2, tier3, .. } = self.acknowledged;
        lines.push(words::totals(self.dossiers, self.changes, [local, tier2, tier3]));
        lines.push(words::agreement(self.converged, self.lost, self.conflicts, self.quarantined));
        let TransferCounts { committed, aborted, open } = self.transfers;
        let CustodianCounts { exactly_one, none, more } = self.custodians;
        lines.push(words::custody([committed, aborted, open], [exactly_one, none, more]));
        lines.push(words::cost(self.wire_bytes, self.elapsed_s));
        lines
    }
}
