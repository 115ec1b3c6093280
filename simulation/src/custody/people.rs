//! What people do: enter changes, propose, answer, take back, take over, settle what came late.

use dossier::{DossierId, Hash};
use protocol::custody::{
    AnswerCode, Content as _, Fate, Order, Place, Road, Settling, Verdict, open_transfers,
    read_chain,
};

use super::leaf::{Leaf, Leaves};
use super::life::Life;
use super::province::{A, B, C, D, K, NAMES, P, decision, named, node};

/// Places that keep dossiers.
const KEEPERS: [usize; 5] = [A, B, C, K, D];

impl Life {
    fn some_dossier(&mut self) -> DossierId {
        self.dossiers[self.luck.below(self.dossiers.len() as u64) as usize]
    }

    fn some_keeper(&mut self) -> usize {
        KEEPERS[self.luck.below(KEEPERS.len() as u64) as usize]
    }

    /// Where a machine believes a dossier is kept.
    fn keeper(&self, place: usize, dossier: &DossierId) -> Option<usize> {
        let chain = read_chain(&self.machines[place].store, dossier).ok()??;
        let unit = chain.current().to.clone();
        NAMES.iter().position(|name| *name == unit.as_str())
    }

    pub(super) fn edit_somewhere(&mut self) {
        let dossier = self.some_dossier();
        let place = self.some_keeper();
        self.edit(place, dossier);
        self.note("edit", place);
    }

    /// A clerk enters something, where the desk lets her.
    pub(super) fn edit(&mut self, place: usize, dossier: DossierId) {
        let Ok(Ok(under)) = self.with_desk(place, |desk| desk.may_edit(&dossier)) else { return };
        let late = self.waiting(place, &dossier);
        let settles = late.filter(|_| self.luck.below(2) == 0).map(|late| {
            let adopts = self.luck.below(2) == 0;
            let verdict = if adopts { Verdict::Adopted } else { Verdict::Dismissed };
            Settling { late, verdict }
        });
        let Some(deps) = self.heads(place, &dossier) else { return };
        self.numbers += 1;
        let leaf = Leaf::new(dossier, under, node(place), deps, settles, self.numbers);
        let told = self.judge.entered(place, dossier, under.0);
        self.tell(told);
        let id = leaf.entry.id;
        self.add(place, leaf);
        // The page says that it is on this machine's disk.
        self.judge.acknowledged((place, 1), dossier, &[id].into());
    }

    /// A late change that nobody has looked at.
    fn waiting(&self, place: usize, dossier: &DossierId) -> Option<Hash> {
        let sorting = self.with_desk(place, |desk| desk.sorting(dossier)).ok()??;
        let mut places = sorting.places().iter();
        places.find(|(_, place)| **place == Place::Late(Fate::Waiting)).map(|(id, _)| *id)
    }

    /// The ends of what a machine holds, and what the epoch began with.
    pub(super) fn heads(&self, place: usize, dossier: &DossierId) -> Option<Vec<Hash>> {
        let store = &self.machines[place].store;
        let entries = Leaves(store).entries(dossier).ok()?;
        let sorting = self.with_desk(place, |desk| desk.sorting(dossier)).ok()??;
        let epoch = read_chain(store, dossier).ok()??.current().epoch;
        Some(sorting.closing(epoch, &entries).heads)
    }

    pub(super) fn act_of_office(&mut self) {
        match self.luck.below(20) {
            0..11 => self.propose(),
            11..17 => self.answer(),
            17..19 => self.withdraw(),
            _ => self.take_over(),
        }
    }

    fn propose(&mut self) {
        let dossier = self.some_dossier();
        let place = self.some_keeper();
        let Some(from) = self.keeper(place, &dossier) else { return };
        let Ok(Some(chain)) = read_chain(&self.machines[place].store, &dossier) else { return };
        let of_so = |place| matches!(place, A | B | K);
        let case = chain.current().case_id.map(protocol::custody::CaseId);
        let to = self.some_keeper();
        let (road, to) = if of_so(from) == of_so(to) {
            match case.filter(|_| matches!(from, K | D)) {
                Some(case) => (Road::Forward(case), to),
                None => (Road::Within, to),
            }
        } else {
            (Road::Between, if of_so(to) { K } else { D })
        };
        self.numbers += 1;
        let basis = match road {
            Road::Forward(_) => chain.current().basis.clone(),
            _ => decision(self.numbers),
        };
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.numbers.to_le_bytes());
        let days = 5 + self.luck.below(20) as i64;
        let deadline = self.moment(days);
        let to = named(NAMES[to]);
        let order = Order::Propose { dossier, to, road, basis, deadline, nonce };
        let taken = self.order(place, order).is_ok();
        self.note(if taken { "proposed" } else { "not proposed" }, place);
    }

    fn answer(&mut self) {
        for place in KEEPERS {
            for (dossier, tid) in open_transfers(&self.machines[place].store).unwrap_or_default() {
                let code = match self.luck.below(8) {
                    0 => AnswerCode::WrongPerson,
                    _ => AnswerCode::Accepted,
                };
                if self.order(place, Order::Answer { dossier, tid, code }).is_ok() {
                    self.note("answered", place);
                    return;
                }
            }
        }
    }

    fn withdraw(&mut self) {
        let place = self.some_keeper();
        let open = open_transfers(&self.machines[place].store).unwrap_or_default();
        let Some((dossier, tid)) = open.first().copied() else { return };
        let taken = self.order(place, Order::Withdraw { dossier, tid }).is_ok();
        self.note(if taken { "withdrew" } else { "did not withdraw" }, place);
    }

    fn take_over(&mut self) {
        let dossier = self.some_dossier();
        let place = if self.luck.below(2) == 0 { K } else { D };
        let to = self.some_keeper();
        self.numbers += 1;
        let mut nonce = [1; 16];
        nonce[..8].copy_from_slice(&self.numbers.to_le_bytes());
        let officers = ["an.nv", "binh.tt"].map(|login| login.parse().expect("a login"));
        let to = named(NAMES[to]);
        let basis = decision(self.numbers);
        let order = Order::TakeOver { dossier, to, basis, officers, nonce };
        let taken = self.order(place, order).is_ok();
        self.note(if taken { "took over" } else { "did not take over" }, place);
    }

    /// How many changes came late by what the register holds, and how many of them were settled.
    pub(super) fn late(&self) -> (usize, usize) {
        let mut counts = (0, 0);
        for dossier in &self.dossiers {
            let sorting = self.with_desk(P, |desk| desk.sorting(dossier));
            let Ok(Some(sorting)) = sorting else { continue };
            for place in sorting.places().values() {
                if let Place::Late(fate) = place {
                    counts.0 += 1;
                    counts.1 += usize::from(*fate != Fate::Waiting);
                }
            }
        }
        counts
    }
}
