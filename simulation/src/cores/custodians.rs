//! A dossier has one custodian: of each epoch one record is known, what one machine says of a
//! transfer no other denies, and in the end one unit writes and every other is refused.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{DossierId, Hash, UnitId};
use protocol::{
    Answer, Command,
    core::{TransferShown, TransferStage},
    custody::TransferId,
};

use super::life::Life;
use super::province::{meta, set};
use super::reading::holdings;
use super::transfers::is_open;
use super::world::{Fate, Standing};

/// What any machine ever said of custody.
#[derive(Debug, Default)]
pub(super) struct Custodians {
    /// The record of each epoch, with the unit that keeps the dossier from then on.
    chains: BTreeMap<DossierId, Vec<(Hash, UnitId)>>,
    /// Whether a transfer brought the dossier over, of those that ended.
    ends: BTreeMap<TransferId, bool>,
}

impl Custodians {
    /// The unit that kept a dossier in an epoch.
    pub(super) fn of_epoch(&self, dossier: &DossierId, epoch: u32) -> Option<&UnitId> {
        let chain = self.chains.get(dossier)?;
        chain.get(epoch as usize).map(|(_, unit)| unit)
    }

    /// Times a dossier passed to another unit.
    pub(super) fn moved(&self) -> usize {
        self.chains.values().map(|chain| chain.len().saturating_sub(1)).sum()
    }
}

impl Life {
    /// Reads on every disk who keeps what: no two of them know different records of one epoch.
    pub(super) fn note_custody(&mut self) {
        if !self.transfers {
            return;
        }
        for place in 0..self.world.nodes.len() {
            for (dossier, holding) in holdings(&self.world.nodes[place].store).unwrap_or_default() {
                let chain = self.custodians.chains.entry(dossier).or_default();
                for (epoch, signed) in holding.custody.iter().enumerate() {
                    let record = signed.hash();
                    match chain.get(epoch) {
                        None => chain.push((record, signed.record.to.clone())),
                        Some((known, _)) if *known == record => {}
                        Some((known, _)) => {
                            let words = format!(
                                "epoch {epoch} of {dossier} is {known} and, at {place}, {record}"
                            );
                            self.world.violate("custody", words);
                        }
                    }
                }
                if let Some((_, unit)) = chain.last() {
                    self.chronicle.keepers.insert(dossier, unit.clone());
                }
            }
        }
    }

    /// What a machine says to be decided no other machine decides otherwise.
    pub(super) fn note_stage(&mut self, place: usize, transfer: &TransferShown) {
        let moved = match transfer.stage {
            TransferStage::Moved | TransferStage::Done => true,
            TransferStage::Ended(_) => false,
            _ => return,
        };
        let known = *self.custodians.ends.entry(transfer.tid).or_insert(moved);
        if known != moved {
            let words = format!("transfer {:?} came to both ends, at {place}", transfer.tid);
            self.world.violate("custody", words);
        }
    }

    /// Transfers that hang after their receiver took them. Two kinds wait lawfully: one of a dossier
    /// that was lost with the disks of all who held it, so that nobody can close or fetch it; and one
    /// of a dossier that its keeper froze for another transfer, which a person has not answered (R3:
    /// only an outcome ends that, at the latest when its time is over).
    pub(super) fn hanging(&mut self) -> Vec<String> {
        let places: Vec<usize> = self.places().filter(|_| self.transfers).collect();
        let mut all: Vec<(usize, TransferShown)> = Vec::new();
        let mut held = BTreeSet::new();
        for place in places {
            let there = self.transfers_at(place);
            all.extend(there.into_iter().map(|transfer| (place, transfer)));
            let holdings = holdings(&self.world.nodes[place].store).unwrap_or_default();
            held.extend(holdings.into_iter().map(|(dossier, _)| dossier));
        }
        let waits = |it: &TransferShown| {
            all.iter().any(|(_, other)| {
                let frozen = other.parts[0] && other.stage == TransferStage::Released;
                frozen && other.dossier == it.dossier && other.tid != it.tid
            })
        };
        let hangs = |it: &TransferShown| match it.stage {
            TransferStage::Accepted => !waits(it),
            TransferStage::Asked | TransferStage::Moved => true,
            _ => false,
        };
        let hanging = all.iter().filter(|(_, it)| held.contains(&it.dossier) && hangs(it));
        let tell = |(place, it): &(usize, TransferShown)| {
            let TransferShown { dossier, from, to, stage, .. } = it;
            format!("the transfer of {dossier} from {from} to {to} is {stage:?} at {place}")
        };
        hanging.map(tell).collect()
    }

    /// Once all has settled: every machine tells the same of each transfer, and the unit that keeps a
    /// dossier writes in it, alone.
    pub(super) fn judge_custody(&mut self) {
        if !self.transfers {
            return;
        }
        let places: Vec<usize> = self.places().collect();
        let mut open = BTreeSet::new();
        for place in places.iter().copied() {
            for transfer in self.transfers_at(place) {
                self.note_stage(place, &transfer);
                if is_open(transfer.stage) {
                    open.insert(transfer.dossier);
                }
            }
        }
        for dossier in self.chronicle.dossiers.clone() {
            for place in places.iter().copied() {
                self.judge_custodian(place, dossier, open.contains(&dossier));
            }
        }
    }

    /// The machine of the keeper lets a clerk write, the others of units without a right do not.
    fn judge_custodian(&mut self, place: usize, dossier: DossierId, is_moving: bool) {
        let Some(keeper) = self.chronicle.keepers.get(&dossier).cloned() else { return };
        let node = &self.world.nodes[place];
        let (unit, name) = (node.identity.unit.clone(), node.name.clone());
        let keeps = unit == keeper;
        let above = self.world.tree.tree.is_within(&keeper, &unit);
        if above != keeps
            || node.standing != Standing::Active
            || self.readings_lack(place, &dossier)
        {
            return;
        }
        let edits = vec![set("phone", "điện thoại cuối")];
        // A correction, which is written in dossiers of people who left as well (Điều 11).
        let command = Command::Edit { dossier, edits, meta: meta(&name) };
        let answer = self.world.try_order(place, command, Fate::Lives);
        let writes = matches!(answer, Some(Answer::Edited { .. }));
        if writes != keeps && !(keeps && is_moving) {
            let words = format!("{unit} writes in {dossier} of {keeper}: {writes}, {answer:?}");
            self.world.violate("custody", words);
        }
    }

    /// Whether the keeper's machine has nothing of a dossier, as after a replacement that lost it.
    fn readings_lack(&mut self, place: usize, dossier: &DossierId) -> bool {
        let unit = &self.world.nodes[place].identity.unit;
        self.chronicle.keepers.get(dossier) == Some(unit) && self.read(place, dossier).is_none()
    }
}
