//! Member list and org tree: read at start, taken from peers, spread to them.
//!
//! Each is a linear, signed log with a number; whoever has the newer number sends what the other
//! lacks, whatever the direction.

use dossier::Hash;

use super::{
    ConnId, Core, Effect, Relation, Session,
    former::{former_op, read_former},
    waiting::Late,
};
use crate::{
    Crypto, Fault, Op, PublicKey, Records, Table, codec,
    control::SignedTree,
    limits::LIMITS,
    member::{MemberAct, MemberList, SignedEntry},
    wire::{Frame, Hello, RefusalCode},
};

/// Key of the org tree among the control records.
pub(super) const TREE: &[u8] = b"tree";

pub(super) fn read_tree(records: &dyn Records) -> Result<Option<SignedTree>, Fault> {
    let row = records.get(Table::Control, TREE)?;
    row.map(|bytes| decode_tree(&bytes)).transpose()
}

pub(super) fn decode_tree(row: &[u8]) -> Result<SignedTree, Fault> {
    codec::decode(row).map_err(|error| Fault(format!("org tree: {error}")))
}

pub(super) fn read_members(
    records: &dyn Records,
    register: &PublicKey,
    crypto: &dyn Crypto,
) -> Result<MemberList, Fault> {
    let rows = records.scan(Table::Member, &[], None, usize::MAX)?;
    let entries: Result<Vec<SignedEntry>, _> =
        rows.iter().map(|(_, row)| codec::decode(row)).collect();
    let entries = entries.map_err(|error| Fault(format!("member entry: {error}")))?;
    MemberList::read(&entries, register, crypto)
        .map_err(|error| Fault(format!("member list: {error}")))
}

impl Core {
    /// The TLS keys of members that were shut out.
    pub fn barred(&self) -> Vec<Hash> {
        let revoked = self.members.iter().filter(|member| !member.is_active());
        revoked.flat_map(|member| member.tls_keys.iter().copied()).collect()
    }

    /// Takes entries of the member list; those already known are passed over.
    pub(super) fn take_members(
        &mut self,
        entries: &[SignedEntry],
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<bool, Fault> {
        let known = self.members.number();
        let mut ops = Vec::new();
        let mut sound = true;
        let mut barred = Vec::new();
        for signed in entries {
            if signed.entry.number <= self.members.number() {
                continue;
            }
            if self.members.push(signed, &self.identity.register_key, crypto).is_err() {
                sound = false;
                break;
            }
            let key = signed.entry.number.to_be_bytes();
            ops.push(Op::put(Table::Member, key, codec::encode(signed)));
            if let MemberAct::Revoke { node, .. } = &signed.entry.act
                && let Some(member) = self.members.get(node)
            {
                barred.extend(member.tls_keys.iter().copied());
            }
        }
        let late = match self.members.number() > known {
            true => self.retry_all(records, crypto, &mut ops)?,
            false => Late::new(),
        };
        self.commit(ops);
        if !barred.is_empty() {
            self.hang_up_on(&barred);
            self.effects.push(Effect::Bar(barred));
        }
        self.acknowledge_late(late, crypto);
        Ok(sound)
    }

    fn hang_up_on(&mut self, tls_keys: &[Hash]) {
        let barred: Vec<ConnId> = self
            .sessions
            .values()
            .filter(|session| tls_keys.contains(&session.tls_key))
            .map(|session| session.conn)
            .collect();
        for conn in barred {
            self.refuse(conn, RefusalCode::Revoked, "the member was shut out");
        }
    }

    /// Takes an org tree that is signed by the register: as the present one when it is newer, else
    /// among those of the past when it was not known.
    pub(super) fn take_tree(
        &mut self,
        tree: SignedTree,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<bool, Fault> {
        if tree.version < self.tree.version {
            return self.take_former(tree, records, crypto);
        }
        if tree.version == self.tree.version {
            return Ok(true);
        }
        let known = tree.tree.get(&self.identity.unit).map(|unit| unit.tier);
        let Some(tier) = known else { return Ok(false) };
        if !tree.is_signed_by(&self.identity.register_key, crypto) {
            return Ok(false);
        }
        let mut ops =
            vec![former_op(&self.tree), Op::put(Table::Control, TREE, codec::encode(&tree))];
        self.tier = tier;
        self.former.add(&self.tree, &tree);
        self.tree = tree;
        let late = self.retry_all(records, crypto, &mut ops)?;
        self.commit(ops);
        self.note_issued();
        // Another tree makes other notices concern both sides: they are compared again.
        self.sessions.values_mut().for_each(|session| session.notices_said = None);
        self.part_from_strangers();
        self.acknowledge_late(late, crypto);
        Ok(true)
    }

    fn take_former(
        &mut self,
        tree: SignedTree,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<bool, Fault> {
        if read_former(records, tree.version)?.is_some() {
            return Ok(true);
        }
        if !tree.is_signed_by(&self.identity.register_key, crypto) {
            return Ok(false);
        }
        let mut ops = vec![former_op(&tree)];
        self.former.add(&tree, &self.tree);
        let late = self.retry_all(records, crypto, &mut ops)?;
        self.commit(ops);
        self.acknowledge_late(late, crypto);
        Ok(true)
    }

    /// Ends the sessions whose peer is not a neighbour under the present tree.
    fn part_from_strangers(&mut self) {
        let strangers: Vec<ConnId> = self
            .sessions
            .values()
            .filter(|session| session.node.is_some())
            .filter(|session| self.relation_to(&session.unit) != Some(session.relation))
            .map(|session| session.conn)
            .collect();
        for conn in strangers {
            self.refuse(conn, RefusalCode::NotNeighbour, "the org tree changed");
        }
    }

    /// Ends the sessions with those above the superior: a node calls them while its superior has no
    /// node, and that one is here.
    pub(super) fn part_from_those_further_up(&mut self, conn: ConnId) {
        let superior = self.members.superior_of(&self.identity.unit, &self.tree.tree);
        let superior = superior.map(|member| member.node);
        let node = self.sessions.get(&conn).and_then(|session| session.node);
        if superior.is_none() || node != superior {
            return;
        }
        let above = |session: &&Session| {
            session.relation == Relation::Upper && session.node.is_some_and(|it| Some(it) != node)
        };
        let further: Vec<ConnId> =
            self.sessions.values().filter(above).map(|session| session.conn).collect();
        for conn in further {
            self.refuse(conn, RefusalCode::NotNeighbour, "the superior is connected");
        }
    }

    /// Sends the peer what it lacks of member list and org tree.
    pub(super) fn spread_control(
        &mut self,
        conn: ConnId,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        if session.node.is_none() {
            return Ok(());
        }
        let members = session.members_sent;
        let reached = self.say_members(conn, members, records)?;
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.members_sent = session.members_sent.max(reached);
        }
        self.say_trees(conn, records)?;
        // A peer that does not know this node yet hears nothing else before it does.
        self.spread_accounts(conn, records)?;
        self.spread_notices(conn);
        Ok(())
    }

    /// Says what of member list and org trees lies beyond what a HELLO says is known. The list comes
    /// first: it tells where a superior is reached that a tree names.
    pub(super) fn say_control(
        &mut self,
        conn: ConnId,
        hello: &Hello,
        records: &dyn Records,
    ) -> Result<(), Fault> {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.trees.known = hello.tree;
        }
        self.say_members(conn, hello.members, records)?;
        self.say_trees(conn, records)
    }

    /// Says what of the member list lies beyond `from`; answers how far it was said.
    fn say_members(
        &mut self,
        conn: ConnId,
        mut from: u64,
        records: &dyn Records,
    ) -> Result<u64, Fault> {
        while from < self.members.number() {
            let after = from.to_be_bytes();
            let rows = records.scan(Table::Member, &[], Some(&after), LIMITS.members_max / 4)?;
            let mut entries: Vec<SignedEntry> = Vec::with_capacity(rows.len());
            for (_, row) in &rows {
                let entry =
                    codec::decode(row).map_err(|error| Fault(format!("member entry: {error}")))?;
                entries.push(entry);
            }
            let Some(last) = entries.last() else { break };
            from = last.entry.number;
            self.say(conn, &Frame::Members(entries));
        }
        Ok(from)
    }

    /// Says the org trees the peer does not have and was not told. The newest comes first: whoever
    /// was moved often parts once, and not at every move. One of the past that is not known here yet
    /// is said when it has come.
    fn say_trees(&mut self, conn: ConnId, records: &dyn Records) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        let (from, newest) = (session.trees.known, self.tree.version);
        if from >= newest {
            return Ok(());
        }
        let mut said = session.trees.said.clone();
        for version in std::iter::once(newest).chain(from + 1..newest) {
            let tree = match version {
                _ if said.contains(&version) => None,
                _ if version == newest => Some(self.tree.clone()),
                _ => read_former(records, version)?,
            };
            if let Some(tree) = tree {
                said.insert(version);
                self.say(conn, &Frame::Tree(tree));
            }
        }
        let complete = self.former.complete();
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.trees.known = from.max(complete);
            said.retain(|version| *version > session.trees.known);
            session.trees.said = said;
        }
        Ok(())
    }
}
