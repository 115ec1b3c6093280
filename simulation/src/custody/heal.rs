//! After the troubles: everything said arrives, months pass, and what is settled is judged.

use std::collections::BTreeMap;

use dossier::{DossierId, Hash};
use protocol::Records as _;
use protocol::custody::{
    Content as _, Desk, Event, Message, open_transfers, read_chain, read_fork, read_receipt,
    read_receiving, read_registering, read_sending, recovering,
};

use super::leaf::Leaves;
use super::life::{Life, Packet};
use super::province::{A, B, K, NAMES, P, node, place_of};
use super::walk::{DAY, Machine};
use crate::checker::custody::{Shelf, differences, unfinished};

/// Rounds in which all is to settle.
const ROUNDS: usize = 60;
/// Times that months pass.
const MONTHS: usize = 3;
/// Packets of one round; more means that something never ends.
const PACKETS_MAX: usize = 20_000;

impl Life {
    pub(super) fn heal(&mut self) {
        self.healing = true;
        self.upstream = true;
        if !self.settle() {
            self.violate("L1", "it never settles");
        }
        self.judge_settled();
    }

    /// Lets everything arrive until nothing changes, again after each leap of time.
    pub(super) fn settle(&mut self) -> bool {
        let mut shared = BTreeMap::new();
        let mut leaps = 0;
        for _ in 0..ROUNDS {
            let before = self.state();
            self.now += 3_600_000;
            for place in 0..NAMES.len() {
                self.happen(place, Event::Tick);
            }
            self.order_succession();
            self.share_all(&mut shared);
            if !self.deliver_all() {
                return false;
            }
            if self.state() == before {
                if leaps == MONTHS {
                    return true;
                }
                leaps += 1;
                self.now += 45 * DAY;
            }
        }
        false
    }

    fn share_all(&mut self, shared: &mut BTreeMap<(usize, usize, DossierId), (Hash, Hash)>) {
        let head = |machine: &Machine| machine.store.feed_head().digest;
        for (below, above) in Self::neighbours() {
            for dossier in self.dossiers.clone() {
                for (from, to) in [(below, above), (above, below)] {
                    let now = (head(&self.machines[from]), head(&self.machines[to]));
                    if shared.insert((from, to, dossier), now) != Some(now) {
                        self.share(from, to, dossier);
                    }
                }
            }
        }
    }

    pub(super) fn deliver_all(&mut self) -> bool {
        for _ in 0..PACKETS_MAX {
            if self.air.is_empty() {
                return true;
            }
            let number = self.luck.below(self.air.len() as u64) as usize;
            let (to, packet) = self.air.swap_remove(number);
            self.receive(to, packet);
        }
        false
    }

    fn judge_settled(&mut self) {
        for place in 0..NAMES.len() {
            let store = &self.machines[place].store;
            let mut told = Vec::new();
            if recovering(store).ok().flatten().is_some() {
                told.push(("L1", "it never ends to recover".to_owned()));
            }
            for (dossier, tid) in open_transfers(store).unwrap_or_default() {
                let rows = (
                    read_sending(store, &dossier, &tid).ok().flatten(),
                    read_receiving(store, &dossier, &tid).ok().flatten(),
                    read_registering(store, &dossier, &tid).ok().flatten(),
                );
                told.extend(unfinished(rows.0.as_ref(), rows.1.as_ref(), rows.2.as_ref()));
            }
            for (judge, words) in told {
                self.violate(judge, format!("{words}, at {place}"));
            }
        }
        self.judge_receipts();
        for dossier in self.dossiers.clone() {
            self.judge_dossier_settled(&dossier);
        }
    }

    /// L3: every record led to a receipt, or people were told that none came.
    fn judge_receipts(&mut self) {
        let mut told = Vec::new();
        for record in self.judge.closings() {
            let Some(at) = place_of(&record.registrar) else { continue };
            let store = &self.machines[at].store;
            let receipt = read_receipt(store, &record.dossier, record.epoch).ok().flatten();
            let tid = protocol::custody::TransferId(record.tid.unwrap_or(Hash::ZERO));
            if receipt.is_none() && !self.judge.overdue.contains(&tid) {
                told.push(("L3", format!("epoch {} of {}", record.epoch, record.dossier)));
            }
        }
        self.tell(told);
    }

    fn shelf(&self, place: usize, dossier: &DossierId) -> Option<Shelf> {
        let chain = read_chain(&self.machines[place].store, dossier).ok()??;
        let sorting = self.with_desk(place, |desk| desk.sorting(dossier)).ok()??;
        Some(Shelf {
            place,
            records: chain.records().records().map(|(_, hash)| hash).collect(),
            places: sorting.places().clone(),
        })
    }

    fn judge_dossier_settled(&mut self, dossier: &DossierId) {
        let keeper = self.judge.keeper(dossier).cloned();
        let Some(keeper) = keeper else { return };
        let unit = NAMES.iter().position(|name| *name == keeper.as_str());
        let registrar = place_of(&self.folk.province().registrar(&keeper));
        let mut places = vec![P];
        places.extend(registrar);
        places.extend(unit);
        let shelves: Vec<Shelf> =
            places.iter().filter_map(|place| self.shelf(*place, dossier)).collect();
        if shelves.len() != places.len() {
            self.violate("C1", format!("{dossier} is not known at all of {places:?}"));
        }
        for words in differences(&shelves) {
            self.violate("C1", words);
        }
        let forked = places
            .iter()
            .any(|place| read_fork(&self.machines[*place].store, dossier).ok().flatten().is_some());
        if forked {
            self.violate("I1", format!("{dossier} is forked"));
        }
        // Somebody can work: the custodian, and nobody else.
        for place in 0..P {
            let works = self.with_desk(place, |desk| desk.may_edit(dossier));
            let works = matches!(works, Ok(Ok(_)));
            if works != (Some(place) == unit) && !forked {
                self.violate("L2", format!("{dossier} of {unit:?}: {place} may edit: {works}"));
            }
        }
        self.judge_order(dossier, shelves.first());
    }

    /// C2: whoever hears everything in another order comes to the same.
    fn judge_order(&mut self, dossier: &DossierId, expected: Option<&Shelf>) {
        let Some(expected) = expected.cloned() else { return };
        let store = &self.machines[P].store;
        let Ok(Some(chain)) = read_chain(store, dossier) else { return };
        let Ok(mut leaves) = Leaves(store).of(dossier) else { return };
        let mut links = chain.links().to_vec();
        let Some(first) = links.first().and_then(|link| link.signed()).cloned() else { return };
        for place in [A, B, K] {
            let kept = std::mem::take(&mut self.machines[place].store);
            self.machines[place].store.append(vec![Desk::found(&first)]);
            let air = std::mem::take(&mut self.air);
            let seen = self.judge.set_aside();
            for _ in 0..=links.len() {
                shuffle(&mut self.luck, &mut links);
                for link in links.clone() {
                    self.happen(place, Event::Message(Box::new(Message::Chain(vec![link]))));
                }
            }
            shuffle(&mut self.luck, &mut leaves);
            for leaf in leaves.clone() {
                let packet =
                    Packet::Content { dossier: *dossier, leaves: vec![leaf], links: Vec::new() };
                self.receive(place, packet);
            }
            let made = self.shelf(place, dossier);
            let entries = Leaves(&self.machines[place].store).entries(dossier);
            let whole = entries.is_ok_and(|entries| entries.len() == leaves.len());
            self.judge.put_back(seen);
            self.machines[place].store = kept;
            self.air = air;
            let same = made.map(|made| Shelf { place: expected.place, ..made });
            if !whole || same.as_ref() != Some(&expected) {
                let by = node(place);
                self.violate("C2", format!("{dossier} heard in another order by {by}"));
            }
        }
    }
}

/// Puts things into an order drawn from the seed.
pub(super) fn shuffle<T>(luck: &mut node::environment::entropy::SplitMix64, list: &mut [T]) {
    for last in (1..list.len()).rev() {
        list.swap(last, luck.below(last as u64 + 1) as usize);
    }
}
