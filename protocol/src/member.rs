//! The member list: the second lock on the door.
//!
//! A certificate proves "from our CA"; only an entry of this list proves "a node of this province,
//! active". The list is a chain signed by the province's register key, so it can only grow, any
//! peer may carry it, and an old or shortened copy is recognised by its number. It takes the place
//! of an X.509 revocation list, which trusts order and forgets time.

use std::collections::BTreeMap;

use dossier::{Hash, NodeId, Timestamp, UnitId, unit::UnitTree};
use serde::{Deserialize, Serialize};

use crate::{
    codec,
    signature::{Crypto, PublicKey, Signature},
};

/// One act on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberAct {
    /// A node joins.
    Enrol {
        /// Its id for life.
        node: NodeId,
        /// The unit it serves.
        unit: UnitId,
        /// The key its changes are signed with.
        change_key: PublicKey,
        /// SHA-256 of its TLS public key (SPKI).
        tls_key: Hash,
    },
    /// A member's certificate was renewed with a new TLS key.
    Renew {
        /// The member.
        node: NodeId,
        /// SHA-256 of its new TLS public key.
        tls_key: Hash,
    },
    /// A member is shut out.
    Revoke {
        /// The member.
        node: NodeId,
        /// Why, for people.
        reason: String,
    },
    /// Where the nodes below a member reach it from here on.
    Address {
        /// The member.
        node: NodeId,
        /// `host:port`, at most [`ADDRESS_BYTES_MAX`] bytes.
        address: String,
    },
}

/// The longest address on the list, in bytes: a DNS name and a port.
pub const ADDRESS_BYTES_MAX: usize = 260;

/// An act with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberEntry {
    /// Place, from 1.
    pub number: u64,
    /// Digest of the entry before; [`Hash::ZERO`] for the first.
    pub previous: Hash,
    /// When the register signed, for people.
    pub at: Timestamp,
    /// What happened.
    pub act: MemberAct,
}

/// An entry with the register's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEntry {
    /// The entry.
    pub entry: MemberEntry,
    /// The register's signature over [`SignedEntry::hash`].
    pub signature: Signature,
}

impl SignedEntry {
    /// Signs `entry` with the key behind `register`.
    pub fn issue(entry: MemberEntry, register: &dyn Crypto) -> Self {
        let hash = Self::digest(&entry);
        Self { entry, signature: register.sign(hash.as_bytes()) }
    }

    /// The digest that is signed and linked.
    pub fn hash(&self) -> Hash {
        Self::digest(&self.entry)
    }

    fn digest(entry: &MemberEntry) -> Hash {
        Hash::tagged("hoso/member/1", &[&codec::encode(entry)])
    }
}

/// A node of the province as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub node: NodeId,
    /// The unit it serves.
    pub unit: UnitId,
    /// The key its changes are signed with.
    pub change_key: PublicKey,
    /// SHA-256 of its TLS public keys, newest last.
    pub tls_keys: Vec<Hash>,
    /// Where the nodes below reach it, if the register says.
    pub address: Option<String>,
    /// Number of the entry that shut it out, and why.
    pub revoked: Option<(u64, String)>,
}

impl Member {
    /// Whether the member may speak.
    pub fn is_active(&self) -> bool {
        self.revoked.is_none()
    }
}

/// Why an entry was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemberRefusal {
    /// Not the next number.
    #[error("entry is not the next of the list")]
    Gap,
    /// Does not link to the entry before: two lists exist.
    #[error("entry does not link to the list")]
    Fork,
    /// Not signed by the register.
    #[error("entry is not signed by the register")]
    Signature,
    /// Enrols a known node, acts on an unknown or revoked one, or names no address.
    #[error("entry contradicts the list")]
    Contradiction,
}

fn verify(
    signed: &SignedEntry,
    hash: &Hash,
    register: &PublicKey,
    crypto: &dyn Crypto,
) -> Result<(), MemberRefusal> {
    let holds = crypto.verify(register, hash.as_bytes(), &signed.signature);
    if holds { Ok(()) } else { Err(MemberRefusal::Signature) }
}

/// The list as one node knows it.
#[derive(Debug, Clone, Default)]
pub struct MemberList {
    members: BTreeMap<NodeId, Member>,
    /// The active member of each unit that has one.
    active: BTreeMap<UnitId, NodeId>,
    number: u64,
    head: Option<Hash>,
}

impl MemberList {
    /// Number of the newest entry; 0 for the empty list.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Digest of the newest entry.
    pub fn head(&self) -> Hash {
        self.head.unwrap_or(Hash::ZERO)
    }

    /// The member with this id, revoked or not.
    pub fn get(&self, node: &NodeId) -> Option<&Member> {
        self.members.get(node)
    }

    /// The member that holds this TLS key, revoked or not.
    pub fn by_tls_key(&self, tls_key: &Hash) -> Option<&Member> {
        self.members.values().find(|member| member.tls_keys.contains(tls_key))
    }

    /// The active member that serves `unit`.
    pub fn active_for(&self, unit: &UnitId) -> Option<&Member> {
        self.active.get(unit).and_then(|node| self.members.get(node))
    }

    /// The active member of the nearest unit above `unit` that has one: whom its node dials.
    pub fn superior_of(&self, unit: &UnitId, tree: &UnitTree) -> Option<&Member> {
        tree.ancestors(unit)
            .filter(|above| above.id != *unit)
            .find_map(|above| self.active_for(&above.id))
    }

    /// Every member, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// The next entry for `act`, unsigned.
    pub fn next(&self, act: MemberAct, at: Timestamp) -> MemberEntry {
        MemberEntry { number: self.number + 1, previous: self.head(), at, act }
    }

    /// Reads the list out of the own store. Each entry was verified when it was taken, and the
    /// entries are linked: the signature of the newest vouches for all before it.
    ///
    /// # Errors
    /// [`MemberRefusal`].
    pub fn read(
        entries: &[SignedEntry],
        register: &PublicKey,
        crypto: &dyn Crypto,
    ) -> Result<Self, MemberRefusal> {
        let mut list = Self::default();
        for signed in entries {
            list.link(signed, |_| Ok(()))?;
        }
        if let Some(newest) = entries.last() {
            verify(newest, &list.head(), register, crypto)?;
        }
        Ok(list)
    }

    /// Takes the next entry of the chain.
    ///
    /// # Errors
    /// [`MemberRefusal`]; the list is then as before.
    pub fn push(
        &mut self,
        signed: &SignedEntry,
        register: &PublicKey,
        crypto: &dyn Crypto,
    ) -> Result<(), MemberRefusal> {
        self.link(signed, |hash| verify(signed, hash, register, crypto))
    }

    fn link(
        &mut self,
        signed: &SignedEntry,
        judge: impl FnOnce(&Hash) -> Result<(), MemberRefusal>,
    ) -> Result<(), MemberRefusal> {
        let entry = &signed.entry;
        if entry.number != self.number + 1 {
            return Err(MemberRefusal::Gap);
        }
        if entry.previous != self.head() {
            return Err(MemberRefusal::Fork);
        }
        let hash = signed.hash();
        judge(&hash)?;
        self.apply(entry)?;
        self.number = entry.number;
        self.head = Some(hash);
        Ok(())
    }

    fn apply(&mut self, entry: &MemberEntry) -> Result<(), MemberRefusal> {
        match &entry.act {
            MemberAct::Enrol { node, unit, change_key, tls_key } => {
                if self.members.contains_key(node) || self.active_for(unit).is_some() {
                    return Err(MemberRefusal::Contradiction);
                }
                let member = Member {
                    node: *node,
                    unit: unit.clone(),
                    change_key: *change_key,
                    tls_keys: vec![*tls_key],
                    address: None,
                    revoked: None,
                };
                self.members.insert(*node, member);
                self.active.insert(unit.clone(), *node);
            }
            MemberAct::Renew { node, tls_key } => {
                self.active_mut(node)?.tls_keys.push(*tls_key);
            }
            MemberAct::Revoke { node, reason } => {
                let member = self.active_mut(node)?;
                member.revoked = Some((entry.number, reason.clone()));
                let unit = member.unit.clone();
                self.active.remove(&unit);
            }
            MemberAct::Address { node, address } => {
                let sound = (1..=ADDRESS_BYTES_MAX).contains(&address.len());
                let member = self.active_mut(node)?;
                if !sound {
                    return Err(MemberRefusal::Contradiction);
                }
                member.address = Some(address.clone());
            }
        }
        Ok(())
    }

    fn active_mut(&mut self, node: &NodeId) -> Result<&mut Member, MemberRefusal> {
        self.members
            .get_mut(node)
            .filter(|member| member.is_active())
            .ok_or(MemberRefusal::Contradiction)
    }
}
