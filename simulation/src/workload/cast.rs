//! Who writes and who replicates: four nodes in one line of the tree, with keys and lives.

use certs::PrivateKey;
use dossier::{
    Hash, Incarnation, NodeId, Timestamp, UnitId,
    unit::{Holding, Tier, Unit, UnitTree},
    validity::Validity,
};
use protocol::{
    Crypto, PublicKey, Signature,
    control::SignedTree,
    core::Identity,
    envelope::Author,
    member::{MemberAct, MemberEntry, SignedEntry},
};

/// The place of the tier-2 node among the members.
pub const HUB: usize = 0;
/// The place of the tier-1 node that keeps the dossiers.
pub const LEAF: usize = 3;

/// Units with a node, each within the one before.
const UNITS: [&str; 4] = ["so", "so.khoi", "so.khoi.cum", "so.khoi.cum.truong"];
const ABOVE: [(&str, Option<&str>, Tier); 2] =
    [("tinh", None, Tier::Province), ("snv", Some("tinh"), Tier::Three)];

/// 1 March 2026.
const FOUNDED: Timestamp = Timestamp::from_millis(1_772_323_200_000);

/// A key that signs and checks as a node does.
#[derive(Debug)]
pub struct Signer(PrivateKey);

impl Signer {
    fn named(purpose: &str, name: &str) -> Self {
        let seed = Hash::tagged(purpose, &[name.as_bytes()]);
        Self(PrivateKey::from_seed(*seed.as_bytes()))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(*self.0.public())
    }
}

impl Crypto for Signer {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        certs::key::verify(&key.0, message, &signature.to_bytes())
    }

    fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message))
    }
}

/// A node of the benchmark.
#[derive(Debug)]
pub struct Member {
    /// Its unit.
    pub unit: UnitId,
    /// Its id.
    pub node: NodeId,
    /// The key its changes are signed with.
    pub change_key: Signer,
}

/// All nodes, the tree they stand in and the member list.
#[derive(Debug)]
pub struct Cast {
    /// The nodes, the highest first.
    pub members: Vec<Member>,
    /// The org tree.
    pub tree: SignedTree,
    /// The member list.
    pub entries: Vec<SignedEntry>,
    register: PublicKey,
}

impl Cast {
    /// Makes the cast; it is the same every time.
    ///
    /// # Errors
    /// A mistake in the names above.
    pub fn new() -> anyhow::Result<Self> {
        let register = Signer::named("bench/register", "");
        let mut members = Vec::new();
        let mut entries: Vec<SignedEntry> = Vec::new();
        for unit in UNITS {
            let change_key = Signer::named("bench/change", unit);
            let node = certs::key::node_id(&change_key.public().0);
            let act = MemberAct::Enrol {
                node,
                unit: unit.parse()?,
                change_key: change_key.public(),
                tls_key: certs::key::spki_hash(Self::tls_key(unit).public()),
            };
            let previous = entries.last().map_or(Hash::ZERO, SignedEntry::hash);
            let number = entries.len() as u64 + 1;
            let entry = MemberEntry { number, previous, at: FOUNDED, act };
            entries.push(SignedEntry::issue(entry, &register));
            members.push(Member { unit: unit.parse()?, node, change_key });
        }
        let tree = SignedTree::issue(1, FOUNDED, tree()?, &register);
        Ok(Self { members, tree, entries, register: register.public() })
    }

    /// The TLS key of the node of `unit`.
    pub fn tls_key(unit: &str) -> PrivateKey {
        PrivateKey::from_seed(*Hash::tagged("bench/tls", &[unit.as_bytes()]).as_bytes())
    }

    /// Who the member at `place` is, as its own core is told.
    pub fn identity(&self, place: usize) -> Identity {
        let member = &self.members[place];
        Identity {
            node: member.node,
            unit: member.unit.clone(),
            change_key: member.change_key.public(),
            register_key: self.register,
            optional_holders: true,
        }
    }

    /// The present life of the member at `place`, in which it has written nothing yet.
    pub fn present_life(place: usize) -> Incarnation {
        life("bench/present", place as u64)
    }

    /// The member behind a device and the author it writes as.
    pub fn device(&self, device: u64) -> (&Member, Author) {
        let count = self.members.len() as u64;
        let member = &self.members[(device % count) as usize];
        let incarnation = life("bench/life", device / count);
        (member, Author { node: member.node, incarnation, epoch: 0 })
    }
}

fn life(purpose: &str, number: u64) -> Incarnation {
    let digest = Hash::tagged(purpose, &[&number.to_be_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    Incarnation::from_bytes(bytes)
}

fn tree() -> anyhow::Result<UnitTree> {
    let mut units = Vec::new();
    for (id, parent, tier) in ABOVE {
        units.push(unit(id, parent, tier)?);
    }
    let mut parent = "snv";
    for (place, id) in UNITS.into_iter().enumerate() {
        let tier = if place == LEAF { Tier::One } else { Tier::Two };
        units.push(unit(id, Some(parent), tier)?);
        parent = id;
    }
    Ok(UnitTree::new(units)?)
}

fn unit(id: &str, parent: Option<&str>, tier: Tier) -> anyhow::Result<Unit> {
    Ok(Unit {
        id: id.parse()?,
        parent: parent.map(str::parse).transpose()?,
        tier,
        name: id.to_owned(),
        kind: "don_vi".to_owned(),
        holds_dossiers: Holding::Yes,
        validity: Validity::default(),
        successor: None,
    })
}
