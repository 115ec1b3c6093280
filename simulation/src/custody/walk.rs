//! One step: a machine hears, is ordered or fetches; its rows are written, its words go into the air.

use std::collections::BTreeSet;

use dossier::{DossierId, Hash, Incarnation, Timestamp};
use protocol::{
    Fault, Op, Records as _, Table, codec,
    custody::{
        Alarm, Clock, Desk, Effect, Event, Message, Order, Refusal, Said, TransferId, read_chain,
    },
};

use super::leaf::{Leaf, Leaves};
use super::life::{Life, Packet};
use super::province::{D, K, P, node, place_of};
use super::trouble::Trouble;
use crate::checker::custody::Step;
use crate::cores::Memory;

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;

/// One machine.
#[derive(Debug, Default)]
pub struct Machine {
    /// Its disk.
    pub store: Memory,
    /// Transfers whose content key it was handed.
    pub keys: BTreeSet<TransferId>,
}

impl Life {
    /// Lets a machine decide something at its desk.
    pub(super) fn with_desk<T>(&self, place: usize, ask: impl FnOnce(&Desk<'_>) -> T) -> T {
        let store = &self.machines[place].store;
        let leaves = Leaves(store);
        let now = Timestamp::from_millis(self.now);
        ask(&Desk {
            me: node(place),
            province: self.folk.province(),
            clock: Clock {
                now,
                receipt_due: Timestamp::from_millis(self.now + 3 * DAY),
                key_ends: Timestamp::from_millis(self.now + 30 * DAY),
            },
            upstream: self.upstream,
            records: store,
            content: &leaves,
            crypto: &self.folk.keys[place],
        })
    }

    /// Something happens to a machine.
    pub(super) fn happen(&mut self, place: usize, event: Event) {
        match self.with_desk(place, |desk| desk.handle(event)) {
            Ok(effects) => self.carry_out(place, effects),
            Err(fault) => self.fault(place, &fault),
        }
    }

    /// Somebody orders something; whether it was taken.
    pub(super) fn order(&mut self, place: usize, order: Order) -> Result<(), Option<Refusal>> {
        match self.with_desk(place, |desk| desk.order(order)) {
            Ok(Ok(effects)) => {
                self.carry_out(place, effects);
                Ok(())
            }
            Ok(Err(refusal)) => Err(Some(refusal)),
            Err(fault) => {
                self.fault(place, &fault);
                Err(None)
            }
        }
    }

    fn fault(&mut self, place: usize, fault: &Fault) {
        let words = format!("{fault}, at {place}");
        self.violate("fault", words);
    }

    fn carry_out(&mut self, place: usize, effects: Vec<Effect>) {
        let fate = if self.troubles.has(Trouble::Crashes) && !self.healing {
            self.luck.below(60)
        } else {
            2
        };
        // The power is cut before the commit.
        if fate == 0 {
            return;
        }
        for effect in effects {
            match effect {
                Effect::Commit(ops) => {
                    self.write(place, ops);
                    // The power is cut after it, before anything went out.
                    if fate == 1 {
                        return;
                    }
                }
                Effect::Send { to, message } => {
                    if let Some(to) = place_of(&to) {
                        self.air.push((to, Packet::Message(message.encode())));
                    }
                }
                Effect::Sync { dossier, with } => {
                    if let Some(with) = place_of(&with) {
                        self.share(place, with, dossier);
                        self.share(with, place, dossier);
                    }
                }
                // What is asked again anyway may be forgotten.
                Effect::Later(_) => {}
                Effect::Unseal { dossier, tid, to, .. } => {
                    if let Some(to) = place_of(&to) {
                        self.machines[to].keys.insert(tid);
                        let handed = (dossier, tid, to);
                        let told = self.judge.key_handed(handed);
                        self.tell(told);
                    }
                }
                Effect::DestroyKey(dossier) => {
                    let told = self.judge.key_destroyed(dossier, place);
                    self.tell(told);
                }
                Effect::Alarm(alarm) => {
                    if let Alarm::NoReceipt(_, tid) = alarm {
                        self.judge.overdue.insert(tid);
                    }
                }
            }
        }
    }

    /// Writes rows, and lets the judges look at what they change.
    pub(super) fn write(&mut self, place: usize, ops: Vec<Op>) {
        let told = self.judge.rows_written(&self.machines[place].store, &ops);
        self.tell(told);
        let dossiers: BTreeSet<DossierId> = ops
            .iter()
            .filter(|op| matches!(op.table, Table::Custody | Table::Parcel))
            .filter_map(|op| DossierId::from_slice(op.key.get(..DossierId::LENGTH)?))
            .collect();
        self.machines[place].store.append(ops);
        for dossier in dossiers {
            self.judge_dossier(place, dossier);
        }
    }

    fn judge_dossier(&mut self, place: usize, dossier: DossierId) {
        let chain = read_chain(&self.machines[place].store, &dossier);
        let sorting = self.with_desk(place, |desk| desk.sorting(&dossier));
        let (Ok(Some(chain)), Ok(Some(sorting))) = (chain, sorting) else { return };
        let step = Step { place, chain: &chain, sorting: &sorting };
        let told = self.judge.dossier_changed(&step);
        self.tell(told);
    }

    pub(super) fn tell(&mut self, told: Vec<(&'static str, String)>) {
        for (judge, words) in told {
            self.violate(judge, words);
        }
    }

    /// Sends everything a machine holds of a dossier to another one.
    pub(super) fn share(&mut self, from: usize, to: usize, dossier: DossierId) {
        if from == to {
            return;
        }
        let store = &self.machines[from].store;
        let Ok(leaves) = Leaves(store).of(&dossier) else { return };
        let links = read_chain(store, &dossier).ok().flatten();
        let links = links.map_or_else(Vec::new, |chain| chain.links().to_vec());
        self.air.push((to, Packet::Content { dossier, leaves, links }));
    }

    /// Something arrives.
    pub(super) fn receive(&mut self, to: usize, packet: Packet) {
        match packet {
            Packet::Message(bytes) => match Message::decode(&bytes) {
                Ok(message) => self.happen(to, Event::Message(Box::new(message))),
                Err(error) => self.violate("codec", format!("{error}, at {to}")),
            },
            Packet::Content { dossier, leaves, links } => {
                if !links.is_empty() {
                    self.happen(to, Event::Message(Box::new(Message::Chain(links))));
                }
                self.take_leaves(to, dossier, leaves);
            }
        }
    }

    fn take_leaves(&mut self, to: usize, dossier: DossierId, leaves: Vec<Said<Leaf>>) {
        let store = &self.machines[to].store;
        let known = read_chain(store, &dossier).ok().flatten().is_some();
        let signers = self.folk.province().signers;
        let mut ops = Vec::new();
        for said in leaves {
            let row = Leaf::row(&said);
            let new = store.get(Table::Parcel, &row.key).ok().flatten().is_none();
            if known && new && Leaf::is_sound(&said, &signers, &self.folk.keys[to]) {
                ops.push(row);
            }
        }
        if ops.is_empty() {
            return;
        }
        self.write(to, ops);
        self.happen(to, Event::Content(dossier));
        self.acknowledge(to, dossier);
    }

    /// A superior tells what it holds.
    fn acknowledge(&mut self, place: usize, dossier: DossierId) {
        let level = match place {
            K | D => 2,
            P => 3,
            _ => return,
        };
        let Ok(vouched) = self.with_desk(place, |desk| desk.vouched(&dossier)) else { return };
        self.judge.acknowledged((place, level), dossier, &vouched);
    }

    /// A machine adds a change of its own to what it holds.
    pub(super) fn add(&mut self, place: usize, leaf: Leaf) {
        self.judge.made(leaf.dossier, &leaf.entry);
        let said = Said::issue(node(place), leaf, &self.folk.keys[place]);
        let dossier = said.what.dossier;
        self.write(place, vec![Leaf::row(&said)]);
        self.acknowledge(place, dossier);
    }

    /// A disk goes back in time.
    pub(super) fn restore(&mut self, place: usize, store: Memory) {
        self.machines[place].store = store;
        self.judge.went_back(place);
        let mut life = [0; 16];
        life[..8].copy_from_slice(&self.luck.next_u64().to_le_bytes());
        life[8..].copy_from_slice(&self.luck.next_u64().to_le_bytes());
        self.happen(place, Event::Restored(Incarnation::from_bytes(life)));
        self.note("restored", place);
    }

    /// Digest of every row that custody wrote, at every machine.
    pub(super) fn state(&self) -> Hash {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for machine in &self.machines {
            parts.push(codec::encode(&machine.store.feed_head()));
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        Hash::tagged("hoso/walked-state/1", &parts)
    }
}
