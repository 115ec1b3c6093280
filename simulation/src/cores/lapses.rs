//! What a body let in while its machine had forgotten what the body itself had said.
//!
//! A disk that goes back behind its machine's back may lack the end of a delegation, and nothing in it
//! tells. What a delegate brings then is let in by all that the body knows, and what a body let in
//! stands. So such an entry is judged without what was forgotten; by everything else it must be lawful.
//! A machine that has noticed that it went back, and one that took another's place, has its superior
//! tell it first: what the superior knows excuses nothing.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{Hash, Incarnation, grant::GrantAct};
use protocol::Table;

use super::life::Life;
use super::province::PROVINCE;
use super::reading::holdings;
use super::store::Memory;
use super::world::Standing;

/// Steps after which it is left to the world to say that nothing settles.
const STEPS_MAX: usize = 10_000;

/// A machine that does not know what its body said.
#[derive(Debug)]
struct Lapse {
    place: usize,
    /// The life it went back into; `None` for a machine that took the place of another.
    life: Option<Incarnation>,
    forgotten: BTreeSet<Hash>,
    /// Changes it held before.
    had: BTreeSet<Hash>,
}

/// What was forgotten, and what was let in meanwhile.
#[derive(Debug, Default)]
pub(super) struct Lapses {
    open: Vec<Lapse>,
    /// What the body did not know when it let each change in.
    pub(super) excused: BTreeMap<Hash, BTreeSet<Hash>>,
}

impl Life {
    /// The machine at `next` serves a unit in the place of the disk `was`, of the same machine, which
    /// went back in time, or of the one before it.
    pub(super) fn forget_papers(&mut self, next: usize, was: &Memory, same: bool) {
        let node = &self.world.nodes[next];
        let known = |id: &Hash| {
            let row = |store: &Memory| store.row(Table::Notice, id.as_bytes()).is_some();
            row(was) && !row(&node.store)
        };
        let papers = self.office.papers.known(known);
        let ends = papers.iter().filter(|paper| {
            paper.by == node.identity.unit && !matches!(paper.act, GrantAct::Give(_))
        });
        let forgotten: BTreeSet<Hash> = ends.map(|paper| paper.id).collect();
        if forgotten.is_empty() {
            return;
        }
        let life = same.then(|| node.core.incarnation());
        let had = if same { self.changes_in(was) } else { BTreeSet::new() };
        self.lapses.open.push(Lapse { place: next, life, forgotten, had });
        self.note_lapses();
    }

    fn changes_in(&mut self, store: &Memory) -> BTreeSet<Hash> {
        let held = holdings(store).unwrap_or_default();
        let readings = held.iter().filter_map(|(id, _)| self.readings.of(store, id).ok().flatten());
        readings.flat_map(|reading| reading.changes.iter().copied().collect::<Vec<_>>()).collect()
    }

    /// Looks whether a machine knows again, or should: what it has let in until then is excused.
    pub(super) fn note_lapses(&mut self) {
        for mut lapse in std::mem::take(&mut self.lapses.open) {
            let node = &self.world.nodes[lapse.place];
            let knows = |at: usize, id: &Hash| {
                self.world.nodes[at].store.row(Table::Notice, id.as_bytes()).is_some()
            };
            let notices = lapse.life != Some(node.core.incarnation());
            let is_over = |id: &Hash| {
                knows(lapse.place, id)
                    || notices && knows(PROVINCE, id)
                    || node.standing != Standing::Active
            };
            let (over, open) = lapse.forgotten.iter().copied().partition(is_over);
            let over: BTreeSet<Hash> = over;
            lapse.forgotten = open;
            if !over.is_empty() {
                let store = node.store.clone();
                for change in self.changes_in(&store).difference(&lapse.had) {
                    self.lapses.excused.entry(*change).or_default().extend(&over);
                }
            }
            if !lapse.forgotten.is_empty() {
                self.lapses.open.push(lapse);
            }
        }
    }

    /// Delivers until nothing is under way.
    pub(super) fn settle(&mut self) {
        for _ in 0..STEPS_MAX {
            if self.lapses.open.is_empty() || !self.world.step() {
                break;
            }
            self.note_lapses();
        }
        self.world.settle();
    }
}
