//! A unit that signs whatever helps it: proposals to everybody, releases that leave changes out,
//! changes in epochs it does not keep, two answers to one proposal.

use std::collections::BTreeMap;

use dossier::{DossierId, Hash};
use protocol::custody::{
    Answer, AnswerCode, Content as _, Entry, Message, Proposal, Release, Road, Said, Statement,
    open_transfers, read_chain, read_receiving, sort,
};

use super::leaf::{Leaf, Leaves};
use super::life::{Life, Packet};
use super::province::{NAMES, decision, named, node, place_of};

impl Life {
    pub(super) fn misbehave(&mut self) {
        let Some(rogue) = self.rogue else { return };
        let dossier = self.dossiers[self.luck.below(self.dossiers.len() as u64) as usize];
        match self.luck.below(5) {
            0 | 1 => self.forge_change(rogue, dossier),
            2 => self.propose_twice(rogue, dossier),
            3 => self.release_falsely(rogue, dossier),
            _ => self.answer_twice(rogue),
        }
        self.note("rogue", rogue);
    }

    fn sign<T: Statement>(&self, rogue: usize, what: T) -> Said<T> {
        Said::issue(node(rogue), what, &self.folk.keys[rogue])
    }

    fn utter(&mut self, to: dossier::NodeId, message: &Message) {
        if let Some(to) = place_of(&to) {
            self.air.push((to, Packet::Message(message.encode())));
        }
    }

    /// A change in whatever epoch: late, forged, or in a frozen dossier.
    fn forge_change(&mut self, rogue: usize, dossier: DossierId) {
        let store = &self.machines[rogue].store;
        let Ok(Some(chain)) = read_chain(store, &dossier) else { return };
        let links: Vec<(u32, Hash)> =
            chain.records().records().map(|(record, hash)| (record.epoch, hash)).collect();
        let under = links[self.luck.below(links.len() as u64) as usize];
        let Ok(entries) = Leaves(store).entries(&dossier) else { return };
        let ids: Vec<Hash> =
            entries.values().filter(|entry| entry.epoch <= under.0).map(|entry| entry.id).collect();
        let mut deps: Vec<Hash> = Vec::new();
        if self.luck.below(2) == 0 {
            deps = self.heads(rogue, &dossier).unwrap_or_default();
        }
        if deps.is_empty() && !ids.is_empty() {
            deps.push(ids[self.luck.below(ids.len() as u64) as usize]);
        }
        self.numbers += 1;
        let leaf = Leaf::new(dossier, under, node(rogue), deps, None, self.numbers);
        let registrar = chain.current().next_registrar;
        self.add(rogue, leaf);
        if let Some(to) = place_of(&registrar) {
            self.share(rogue, to, dossier);
        }
    }

    /// One more proposal of the same epoch.
    fn propose_twice(&mut self, rogue: usize, dossier: DossierId) {
        let Ok(Some(chain)) = read_chain(&self.machines[rogue].store, &dossier) else { return };
        let current = chain.current();
        if current.to.as_str() != NAMES[rogue] {
            return;
        }
        self.numbers += 1;
        let mut nonce = [2; 16];
        nonce[..8].copy_from_slice(&self.numbers.to_le_bytes());
        let to = ["so.a", "so.b", "so", "huyen.c", "huyen"][self.luck.below(5) as usize];
        let proposal = Proposal {
            dossier,
            epoch: current.epoch,
            prev: chain.head(),
            from: current.to.clone(),
            to: named(to),
            registrar: current.next_registrar,
            road: Road::Within,
            basis: decision(self.numbers),
            deadline: self.moment(15),
            nonce,
        };
        let registrar = proposal.registrar;
        let said = self.sign(rogue, proposal);
        self.utter(registrar, &Message::Propose(said));
    }

    /// A release of some transfer that ends the epoch where it likes.
    fn release_falsely(&mut self, rogue: usize, dossier: DossierId) {
        let Ok(Some(chain)) = read_chain(&self.machines[rogue].store, &dossier) else { return };
        let registrar = chain.current().next_registrar;
        let Some(at) = place_of(&registrar) else { return };
        // It hears from everybody which proposals are open.
        let open = open_transfers(&self.machines[at].store).unwrap_or_default();
        let mut tids = open.into_iter().filter(|(of, _)| *of == dossier).map(|(_, tid)| tid);
        let Some(tid) = tids.nth(self.luck.below(3) as usize) else { return };
        let Ok(entries) = Leaves(&self.machines[rogue].store).entries(&dossier) else { return };
        let keep = self.luck.below(entries.len() as u64 + 1) as usize;
        let whole = self.luck.below(2) == 0;
        let shown: BTreeMap<Hash, Entry> =
            if whole { entries } else { entries.into_iter().take(keep).collect() };
        let members = &self.folk.members;
        let serves = |node: &dossier::NodeId, unit: &dossier::UnitId| {
            members.get(node).is_some_and(|member| member.unit == *unit)
        };
        let epoch = chain.current().epoch;
        let closing = sort(chain.records(), &shown, &serves).closing(epoch, &shown);
        let release = Release { dossier, tid, closing, sealed: vec![0; 32] };
        let said = self.sign(rogue, release);
        self.utter(registrar, &Message::Release(said));
    }

    /// ACCEPT and REJECT of one proposal.
    fn answer_twice(&mut self, rogue: usize) {
        let store = &self.machines[rogue].store;
        let mut open = open_transfers(store).unwrap_or_default().into_iter();
        let found = open.find_map(|(dossier, tid)| {
            let row = read_receiving(store, &dossier, &tid).ok()??;
            Some((dossier, tid, row.proposal?.what.registrar))
        });
        let Some((dossier, tid, registrar)) = found else { return };
        for code in [AnswerCode::Accepted, AnswerCode::Other] {
            let said = self.sign(rogue, Answer { dossier, tid, code });
            self.utter(registrar, &Message::Answer(said));
        }
    }
}
