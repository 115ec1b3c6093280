//! The register's acts in layer 1: members come and go, units move.

use dossier::{Hash, Timestamp, unit::UnitTree};
use protocol::{
    Answer, Command,
    control::SignedTree,
    member::{MemberAct, MemberEntry, SignedEntry},
};

use super::notary::Notary;
use super::province::{PROVINCE, node_id};
use super::world::World;

impl World {
    /// Enrols one more machine, `name`, which the register has told nobody of; answers its place
    /// and its entry of the member list.
    pub fn join(&mut self, unit: &str, name: &str) -> (usize, SignedEntry) {
        let entry = self.enrol(unit, name);
        self.found(unit, name);
        (self.nodes.len() - 1, entry)
    }

    pub(super) fn enrol(&mut self, unit: &str, name: &str) -> SignedEntry {
        let act = MemberAct::Enrol {
            node: node_id(name),
            unit: unit.parse().expect("a unit of the tree"),
            change_key: Notary::new(name).public(),
            tls_key: Hash::of(name.as_bytes()),
        };
        self.append_member(act)
    }

    fn append_member(&mut self, act: MemberAct) -> SignedEntry {
        let previous = self.entries.last().map_or(Hash::ZERO, SignedEntry::hash);
        let number = self.entries.len() as u64 + 1;
        let at = Timestamp::from_millis(self.now);
        let signed = SignedEntry::issue(MemberEntry { number, previous, at, act }, &self.register);
        self.entries.push(signed.clone());
        signed
    }

    /// Shuts out the machine at `place`.
    pub fn revoke(&mut self, place: usize) {
        let node = self.nodes[place].identity.node;
        self.register(MemberAct::Revoke { node, reason: "x".into() });
    }

    /// The register enters an act into the member list.
    ///
    /// # Panics
    /// When tier 3 does not take it.
    pub fn register(&mut self, act: MemberAct) {
        self.append_member(act);
        self.tell_members();
    }

    /// Tells tier 3 every entry it lacks; a restored one has forgotten some.
    pub(super) fn tell_members(&mut self) {
        let known = self.nodes[PROVINCE].core.members().number() as usize;
        let lacking: Vec<SignedEntry> = self.entries.iter().skip(known).cloned().collect();
        for signed in lacking {
            assert_eq!(self.order(PROVINCE, Command::Member(signed)), Answer::Done);
        }
    }

    /// The register issues the next org tree.
    ///
    /// # Panics
    /// When tier 3 does not take it.
    pub fn replant(&mut self, tree: UnitTree) {
        let at = Timestamp::from_millis(self.now);
        let signed = SignedTree::issue(self.tree.version + 1, at, tree, &self.register);
        self.trees.push(std::mem::replace(&mut self.tree, signed));
        self.tell_trees();
    }

    /// The register issues the tree of a reorganisation whose day has come; answers whether there was one.
    pub fn issue_due(&mut self) -> bool {
        let now = Timestamp::from_millis(self.now);
        let due = self.nodes[PROVINCE].core.tree_due(now);
        let issues = due.is_some();
        if let Some(tree) = due {
            self.replant(tree);
        }
        issues
    }

    /// Tells tier 3 every org tree that is newer than its own; a restored one has forgotten some.
    pub fn tell_trees(&mut self) {
        let known = self.nodes[PROVINCE].core.tree().version;
        let all = self.trees.iter().chain([&self.tree]);
        let lacking: Vec<SignedTree> = all.filter(|tree| tree.version > known).cloned().collect();
        for signed in lacking {
            assert_eq!(self.order(PROVINCE, Command::Tree(signed)), Answer::Done);
        }
    }
}
