//! What clerks ask of the nodes of layer 1, and what they read in the answers.

use std::collections::BTreeMap;

use dossier::{DossierId, Hash, Value};
use protocol::{Answer, Command, Event, core::Entry};

use super::province::{PROVINCE, SO, UNITS, meta, set};
use super::world::{Fate, World};

impl World {
    /// Asks, lets everything arrive, and answers.
    ///
    /// # Panics
    /// When nobody answers.
    pub fn ask(&mut self, place: usize, command: Command) -> Answer {
        let request = self.put(place, command, Fate::Lives);
        self.settle();
        self.nodes[place].answers.remove(&request).expect("an answer once all has arrived")
    }

    /// Asks what is answered at once.
    ///
    /// # Panics
    /// When nobody answers.
    pub fn order(&mut self, place: usize, command: Command) -> Answer {
        self.try_order(place, command, Fate::Lives).expect("an answer at once")
    }

    /// Asks; the machine may die over it.
    pub(super) fn try_order(
        &mut self,
        place: usize,
        command: Command,
        fate: Fate,
    ) -> Option<Answer> {
        let request = self.put(place, command, fate);
        self.nodes[place].answers.remove(&request)
    }

    fn put(&mut self, place: usize, command: Command, fate: Fate) -> u64 {
        self.requests += 1;
        let request = self.requests;
        self.turn(place, [Event::Command { request, command: Box::new(command) }], fate);
        request
    }

    /// Begins a dossier of `unit`.
    ///
    /// # Panics
    /// When it is refused.
    pub fn create(&mut self, place: usize, unit: &str, name: &str) -> DossierId {
        let entry = Entry {
            key: None,
            unit: unit.parse().expect("a unit of the tree"),
            edits: vec![set("full_name", name)],
            meta: meta(&self.nodes[place].name),
        };
        match self.order(place, Command::Enter(vec![entry])) {
            Answer::Entered(made) => made[0].clone().expect("entered").0,
            other => panic!("{other:?}"),
        }
    }

    /// Writes one field.
    pub fn edit(&mut self, place: usize, dossier: DossierId, field: &str, text: &str) -> Answer {
        let meta = meta(&self.nodes[place].name);
        self.order(place, Command::Edit { dossier, edits: vec![set(field, text)], meta })
    }

    /// What a field shows.
    pub fn text(&mut self, place: usize, dossier: DossierId, field: &str) -> Option<String> {
        match self.order(place, Command::Show(dossier)) {
            Answer::Shown(shown) => {
                shown.fields.into_iter().find(|shown| shown.path.field.as_str() == field).map(
                    |shown| match shown.value {
                        Value::Text(text) => text,
                        other => format!("{other:?}"),
                    },
                )
            }
            _ => None,
        }
    }

    /// The digest of every dossier a node holds.
    ///
    /// # Panics
    /// When the node does not tell.
    pub fn digests(&mut self, place: usize) -> BTreeMap<DossierId, Hash> {
        match self.order(place, Command::Digests) {
            Answer::Digests(all) => all.into_iter().map(|(id, _, digest)| (id, digest)).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// Checks that every dossier is equal at every node that must hold it, and that no judge had
    /// anything to say.
    ///
    /// # Panics
    /// When it is not.
    pub fn assert_converged(&mut self) {
        assert_eq!(self.violations, [], "nobody complains");
        let Answer::Digests(all) = self.order(PROVINCE, Command::Digests) else {
            panic!("the province does not tell its digests")
        };
        let province: BTreeMap<DossierId, Hash> =
            all.iter().map(|(id, _, digest)| (*id, *digest)).collect();
        let tree = self.nodes[PROVINCE].core.tree().tree.clone();
        for (place, name) in UNITS.into_iter().enumerate().skip(SO) {
            let mine = self.digests(place);
            let scope = self.nodes[place].identity.unit.clone();
            for (id, digest) in &mine {
                assert_eq!(province.get(id), Some(digest), "{id} at {name}");
            }
            for (id, unit, _) in &all {
                if tree.is_within(unit, &scope) {
                    assert!(mine.contains_key(id), "{id} is missing at {name}");
                }
            }
        }
    }
}
