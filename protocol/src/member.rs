//! The member list: the second lock on the door.
//!
//! A certificate proves "from our CA"; only an entry of this list proves "a node of this province,
//! active". The list is a chain signed by the province's register key, so it can only grow, any
//! peer may carry it, and an old or shortened copy is recognised by its number. It takes the place
//! of an X.509 revocation list, which trusts order and forgets time.

use std::collections::BTreeMap;

use dossier::{Hash, NodeId, UnitId, unit::UnitTree};
use serde::{Deserialize, Serialize};

use crate::{
    chain::{Act, Book, Chain, Entry, LinkRefusal, Signed},
    signature::PublicKey,
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

impl Act for MemberAct {
    const TAG: &'static str = "hoso/member/1";
}

/// An act with its place in the chain.
pub type MemberEntry = Entry<MemberAct>;

/// An entry with the register's signature.
pub type SignedEntry = Signed<MemberAct>;

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
    /// Where the nodes below reach it, if the register says; from the unit's node before it, until
    /// the register says otherwise.
    pub address: Option<String>,
    /// Number of the entry by which it joined.
    pub since: u64,
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

impl From<LinkRefusal> for MemberRefusal {
    fn from(refusal: LinkRefusal) -> Self {
        match refusal {
            LinkRefusal::Gap => Self::Gap,
            LinkRefusal::Fork => Self::Fork,
            LinkRefusal::Signature => Self::Signature,
        }
    }
}

/// The members and whom they serve.
#[derive(Debug, Clone, Default)]
pub struct Members {
    members: BTreeMap<NodeId, Member>,
    /// The active member of each unit that has one.
    active: BTreeMap<UnitId, NodeId>,
}

/// The list as one node knows it.
pub type MemberList = Chain<Members>;

impl MemberList {
    /// The member with this id, revoked or not.
    pub fn get(&self, node: &NodeId) -> Option<&Member> {
        self.book.members.get(node)
    }

    /// The member that holds this TLS key, revoked or not.
    pub fn by_tls_key(&self, tls_key: &Hash) -> Option<&Member> {
        self.book.members.values().find(|member| member.tls_keys.contains(tls_key))
    }

    /// The active member that serves `unit`.
    pub fn active_for(&self, unit: &UnitId) -> Option<&Member> {
        self.book.active.get(unit).and_then(|node| self.book.members.get(node))
    }

    /// The active member of the nearest unit above `unit` that has one: whom its node dials.
    pub fn superior_of(&self, unit: &UnitId, tree: &UnitTree) -> Option<&Member> {
        tree.ancestors(unit)
            .filter(|above| above.id != *unit)
            .find_map(|above| self.active_for(&above.id))
    }

    /// Every member, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.book.members.values()
    }
}

impl Book for Members {
    type Act = MemberAct;
    type Refusal = MemberRefusal;

    fn apply(&mut self, entry: &MemberEntry) -> Result<(), MemberRefusal> {
        match &entry.act {
            MemberAct::Enrol { node, unit, change_key, tls_key } => {
                if self.members.contains_key(node) || self.active.contains_key(unit) {
                    return Err(MemberRefusal::Contradiction);
                }
                let member = Member {
                    node: *node,
                    unit: unit.clone(),
                    change_key: *change_key,
                    tls_keys: vec![*tls_key],
                    address: self.last_address(unit),
                    since: entry.number,
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
}

impl Members {
    /// Where the last node of a unit was reached: its successor stands in its place until the
    /// register says otherwise, or whoever was put under the unit could not reach it.
    fn last_address(&self, unit: &UnitId) -> Option<String> {
        let former = self.members.values().filter(|member| member.unit == *unit);
        let last = former.max_by_key(|member| member.revoked.as_ref().map(|(number, _)| *number));
        last.and_then(|member| member.address.clone())
    }

    fn active_mut(&mut self, node: &NodeId) -> Result<&mut Member, MemberRefusal> {
        self.members
            .get_mut(node)
            .filter(|member| member.is_active())
            .ok_or(MemberRefusal::Contradiction)
    }
}
