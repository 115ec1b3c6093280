//! What a node holds, in memory: a few dozen bytes a dossier, rebuilt from the store at start.

use std::{collections::BTreeMap, ops::Bound};

use dossier::{
    ActorId, DossierId, Hash, NodeId, UnitId,
    document::heads_digest,
    plant::{self, Plant},
    unit::UnitTree,
};
use serde::{Deserialize, Serialize};

use super::asides::Asides;
use crate::{
    Fault, Op, Records, Table, codec,
    holding::Holding,
    reconciliation::{ItemId, ScopeSum, item},
};

/// The tiers whose acknowledgement is counted, above the local disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Level {
    /// đã có ở cấp 2.
    Tier2 = 2,
    /// đã có ở cấp 3.
    Tier3 = 3,
}

/// Counts over this node's store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Dossiers held.
    pub dossiers: u64,
    /// Changes in them.
    pub changes: u64,
    /// Changes this node made: each is on its disk.
    pub own: u64,
    /// Of those, acknowledged by a tier-2 node.
    pub own_tier2: u64,
    /// Of those, acknowledged by the tier-3 node.
    pub own_tier3: u64,
    /// Open conflicts.
    pub conflicts: u64,
    /// Parcels kept outside.
    pub quarantined: u64,
}

/// How far a line was acknowledged, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acknowledged {
    pub(super) sequence: u64,
    pub(super) proof: Hash,
}

#[derive(Debug)]
struct Held {
    unit: u32,
    item: ItemId,
    changes: u32,
    conflicts: u32,
    own: u32,
    /// Numbers of the nodes that wrote in it.
    writers: Box<[u32]>,
}

/// One of this node's own lines that a superior has not acknowledged whole.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OwnLine {
    sequence: u64,
    tip: Hash,
    acknowledged: [u64; 2],
}

/// The index in memory.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    units: Vec<UnitId>,
    numbers: BTreeMap<UnitId, u32>,
    held: BTreeMap<DossierId, Held>,
    sums: BTreeMap<UnitId, ScopeSum>,
    writers: BTreeMap<NodeId, u32>,
    /// What each node wrote in, by the custodian and the number of the node.
    written: BTreeMap<(u32, u32), ScopeSum>,
    own: BTreeMap<(DossierId, ActorId), OwnLine>,
    asides: Asides,
    totals: Totals,
}

impl Ledger {
    pub(super) fn read(records: &dyn Records, node: &NodeId) -> Result<Self, Fault> {
        let mut ledger = Self::default();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = records.scan(Table::Dossier, &[], after.as_deref(), 1024)?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.clone());
            for (key, row) in &rows {
                let id = DossierId::from_slice(key)
                    .ok_or_else(|| Fault("a dossier key of another length".to_owned()))?;
                let conflicts = super::queries::listed_conflicts(records, &id)?;
                ledger.set(&id, &Holding::decode(row)?, conflicts, node);
            }
        }
        for (key, row) in records.scan(Table::Acknowledgement, &[], None, usize::MAX)? {
            let stored: Acknowledged = codec::decode(&row)
                .map_err(|error| Fault(format!("acknowledgement row: {error}")))?;
            if let Some((level, dossier, actor)) = read_key(&key) {
                ledger.note(level, &dossier, &actor, stored.sequence);
            }
        }
        if !plant::is(Plant::LoseQuarantine) {
            ledger.asides = Asides::read(records)?;
        }
        Ok(ledger)
    }

    /// Records the new state of a dossier.
    pub(super) fn set(&mut self, id: &DossierId, holding: &Holding, conflicts: u32, node: &NodeId) {
        self.drop_held(id);
        let unit = self.number(&holding.unit);
        let item = item(id, &state_of(holding));
        let mut own = 0;
        for line in holding.lines.iter().filter(|line| line.author.node == *node) {
            own += u32::try_from(line.sequence).unwrap_or(u32::MAX);
            let known = self.own.entry((*id, line.actor)).or_insert(OwnLine {
                sequence: 0,
                tip: Hash::ZERO,
                acknowledged: [0, 0],
            });
            known.sequence = line.sequence;
            known.tip = line.tip;
            let counted = known.acknowledged;
            known.acknowledged = counted.map(|reached| reached.min(line.sequence));
            self.totals.own_tier2 -= counted[0] - known.acknowledged[0];
            self.totals.own_tier3 -= counted[1] - known.acknowledged[1];
        }
        self.drop_lines(id, |actor| holding.line(actor).is_some());
        let writers = self.writers_of(holding);
        for writer in &writers {
            self.written.entry((unit, *writer)).or_default().add(&item);
        }
        let held = Held { unit, item, changes: holding.changes, conflicts, own, writers };
        self.totals.dossiers += 1;
        self.totals.changes += u64::from(held.changes);
        self.totals.conflicts += u64::from(held.conflicts);
        self.totals.own += u64::from(held.own);
        self.sums.entry(holding.unit.clone()).or_default().add(&item);
        self.held.insert(*id, held);
    }

    /// Forgets the own lines that a superior's branch left no place for, with their receipts.
    fn drop_lines(&mut self, id: &DossierId, stays: impl Fn(&ActorId) -> bool) {
        let first = (*id, ActorId::from_bytes([0; 16]));
        let of_dossier = self.own.range(first..).take_while(|((of, _), _)| of == id);
        let gone: Vec<(DossierId, ActorId)> =
            of_dossier.filter(|((_, actor), _)| !stays(actor)).map(|(key, _)| *key).collect();
        for key in gone {
            if let Some(line) = self.own.remove(&key) {
                self.totals.own_tier2 -= line.acknowledged[0];
                self.totals.own_tier3 -= line.acknowledged[1];
            }
        }
    }

    /// A mark of a dossier as it is held, another one when it changed.
    pub(super) fn mark(&self, id: &DossierId) -> Option<Hash> {
        self.held.get(id).map(|held| Hash::from_bytes(held.item))
    }

    /// Forgets a dossier that is not held any more.
    pub(super) fn remove(&mut self, id: &DossierId) {
        self.drop_held(id);
        self.drop_lines(id, |_| false);
    }

    /// Forgets what is known of the acknowledgement of a line.
    pub(super) fn forget_receipts(&mut self, dossier: &DossierId, actor: &ActorId) {
        if let Some(line) = self.own.get_mut(&(*dossier, *actor)) {
            let [tier2, tier3] = std::mem::take(&mut line.acknowledged);
            self.totals.own_tier2 -= tier2;
            self.totals.own_tier3 -= tier3;
        }
    }

    fn drop_held(&mut self, id: &DossierId) {
        let Some(held) = self.held.remove(id) else { return };
        self.totals.dossiers -= 1;
        self.totals.changes -= u64::from(held.changes);
        self.totals.conflicts -= u64::from(held.conflicts);
        self.totals.own -= u64::from(held.own);
        if let Some(sum) = self.sums.get_mut(&self.units[held.unit as usize]) {
            sum.remove(&held.item);
        }
        for writer in held.writers {
            if let Some(sum) = self.written.get_mut(&(held.unit, writer)) {
                sum.remove(&held.item);
            }
        }
    }

    fn writers_of(&mut self, holding: &Holding) -> Box<[u32]> {
        let mut writers = Vec::with_capacity(holding.lines.len());
        for line in &holding.lines {
            let next = u32::try_from(self.writers.len()).expect("a province has few nodes");
            let number = *self.writers.entry(line.author.node).or_insert(next);
            if !writers.contains(&number) {
                writers.push(number);
            }
        }
        writers.into()
    }

    fn number(&mut self, unit: &UnitId) -> u32 {
        if let Some(number) = self.numbers.get(unit) {
            return *number;
        }
        let number = u32::try_from(self.units.len()).expect("a province has few units");
        self.units.push(unit.clone());
        self.numbers.insert(unit.clone(), number);
        number
    }

    /// The custodian unit of a dossier held here.
    pub(super) fn unit(&self, id: &DossierId) -> Option<&UnitId> {
        self.held.get(id).map(|held| &self.units[held.unit as usize])
    }

    /// The dossiers of one unit alone, in the order of ids.
    pub(super) fn of_unit<'a>(&'a self, unit: &UnitId) -> impl Iterator<Item = &'a DossierId> {
        let some = self.sums.get(unit).is_some_and(|sum| sum.dossiers() > 0);
        let number = self.numbers.get(unit).copied().filter(|_| some);
        let all = number.map(|number| self.held.iter().map(move |it| (it, number)));
        let own = all.into_iter().flatten().filter(|((_, held), number)| held.unit == *number);
        own.map(|((id, _), _)| id)
    }

    /// The state of a scope.
    pub(super) fn sum(&self, scope: &UnitId, tree: &UnitTree) -> ScopeSum {
        let mut total = ScopeSum::default();
        for (unit, sum) in &self.sums {
            if tree.is_within(unit, scope) {
                total.merge(sum);
            }
        }
        total
    }

    /// The items of a scope.
    pub(super) fn items(&self, scope: &UnitId, tree: &UnitTree) -> Vec<ItemId> {
        let inside: Vec<bool> = self.units.iter().map(|unit| tree.is_within(unit, scope)).collect();
        self.held.values().filter(|held| inside[held.unit as usize]).map(|held| held.item).collect()
    }

    /// Whether a node wrote in a dossier that is held here.
    pub(super) fn wrote(&self, id: &DossierId, node: &NodeId) -> bool {
        let Some(number) = self.writers.get(node) else { return false };
        self.held.get(id).is_some_and(|held| held.writers.contains(number))
    }

    /// The sum of the dossiers of one custodian that a node wrote in.
    pub(super) fn written_sum(&self, keeper: &UnitId, node: &NodeId) -> ScopeSum {
        let numbers = self.numbers.get(keeper).zip(self.writers.get(node));
        let sum = numbers.and_then(|(unit, writer)| self.written.get(&(*unit, *writer)));
        sum.copied().unwrap_or_default()
    }

    /// The items of the dossiers of some custodians that a node wrote in.
    pub(super) fn written_items(&self, keepers: &[UnitId], node: &NodeId) -> Vec<ItemId> {
        let Some(writer) = self.writers.get(node) else { return Vec::new() };
        let keepers: Vec<u32> =
            keepers.iter().filter_map(|unit| self.numbers.get(unit).copied()).collect();
        self.held
            .values()
            .filter(|held| keepers.contains(&held.unit) && held.writers.contains(writer))
            .map(|held| held.item)
            .collect()
    }

    /// Takes note that `level` holds a line up to `sequence`; `true` when that is news of an own
    /// line.
    pub(super) fn note(
        &mut self,
        level: Level,
        dossier: &DossierId,
        actor: &ActorId,
        sequence: u64,
    ) -> bool {
        let Some(line) = self.own.get_mut(&(*dossier, *actor)) else { return false };
        let place = level as usize - 2;
        let reached = sequence.min(line.sequence);
        let news = reached.saturating_sub(line.acknowledged[place]);
        line.acknowledged[place] = line.acknowledged[place].max(reached);
        match level {
            Level::Tier2 => self.totals.own_tier2 += news,
            Level::Tier3 => self.totals.own_tier3 += news,
        }
        news > 0
    }

    /// Tips of own lines that lack an acknowledgement of `level`, at most `limit`.
    pub(super) fn waiting(&self, level: Level, limit: usize) -> Vec<Hash> {
        self.lacking(level).take(limit).map(|(_, line)| line.tip).collect()
    }

    /// The dossiers with own lines that lack an acknowledgement of `level`.
    pub(super) fn unacknowledged(&self, level: Level) -> impl Iterator<Item = &DossierId> {
        self.lacking(level).map(|((id, _), _)| id)
    }

    fn lacking(&self, level: Level) -> impl Iterator<Item = (&(DossierId, ActorId), &OwnLine)> {
        let place = level as usize - 2;
        self.own.iter().filter(move |(_, line)| line.acknowledged[place] < line.sequence)
    }

    /// The dossiers held here, in the order of ids.
    pub(super) fn ids(&self) -> impl Iterator<Item = &DossierId> {
        self.held.keys()
    }

    pub(super) fn totals(&self) -> Totals {
        Totals { quarantined: self.asides.rows(), ..self.totals }
    }

    /// What lies outside.
    pub(super) fn asides(&self) -> &Asides {
        &self.asides
    }

    pub(super) fn asides_mut(&mut self) -> &mut Asides {
        &mut self.asides
    }

    /// The same after one dossier, each with a mark of its heads.
    pub(super) fn marks<'a>(
        &'a self,
        scope: &'a UnitId,
        tree: &'a UnitTree,
        after: Option<DossierId>,
    ) -> impl Iterator<Item = (DossierId, Hash)> + 'a {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.held
            .range((from, Bound::Unbounded))
            .filter(move |(_, held)| tree.is_within(&self.units[held.unit as usize], scope))
            .map(|(id, held)| (*id, Hash::from_bytes(held.item)))
    }

    /// Dossiers held here of units within `scope`, in the order of ids.
    pub(super) fn within<'a>(
        &'a self,
        scope: &'a UnitId,
        tree: &'a UnitTree,
    ) -> impl Iterator<Item = (&'a DossierId, &'a UnitId)> {
        self.held
            .iter()
            .map(|(id, held)| (id, &self.units[held.unit as usize]))
            .filter(move |(_, unit)| tree.is_within(unit, scope))
    }
}

/// The row that remembers an acknowledged line.
pub(super) fn acknowledged_op(
    level: Level,
    dossier: &DossierId,
    actor: &ActorId,
    row: &Acknowledged,
) -> Op {
    Op::put(Table::Acknowledgement, key(level, dossier, actor), codec::encode(row))
}

/// Key of an acknowledged line: tier, dossier, actor.
pub(super) fn key(level: Level, dossier: &DossierId, actor: &ActorId) -> Vec<u8> {
    let mut key = vec![level as u8];
    key.extend(dossier.as_bytes());
    key.extend(actor.as_bytes());
    key
}

fn read_key(key: &[u8]) -> Option<(Level, DossierId, ActorId)> {
    let level = match key.first()? {
        2 => Level::Tier2,
        3 => Level::Tier3,
        _ => return None,
    };
    Some((level, DossierId::from_slice(key.get(1..17)?)?, ActorId::from_slice(key.get(17..)?)?))
}

/// What two copies are compared by: the ends of the document, and the newest record of a chain that
/// grew, which changes none of them.
fn state_of(holding: &Holding) -> Hash {
    let heads = heads_digest(&holding.heads);
    match holding.custody.split_last() {
        Some((newest, [_, ..])) => {
            let record = newest.hash();
            Hash::tagged("hoso/state/moved/1", &[heads.as_bytes(), record.as_bytes()])
        }
        _ => heads,
    }
}
