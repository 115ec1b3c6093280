//! What the signatures of a package lead back to: root, charter, register, member list.

use certs::{Charter, NodeIdentity, chain, key};
use dossier::Hash;
use protocol::{
    Crypto, PublicKey, Signature, codec,
    member::{MemberList, SignedEntry},
};

use crate::audit::package::{Head, VERSION};

/// Entries of a member list that are read.
const MEMBERS_MAX: u64 = 200_000;

/// Verifies signatures and makes none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verifier;

impl Crypto for Verifier {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        key::verify(&key.0, message, &signature.to_bytes())
    }

    fn sign(&self, _: &[u8]) -> Signature {
        Signature::from_bytes([0; 64])
    }
}

/// The keys a package names, as far as they lead back to its root.
pub(super) struct Trust {
    pub(super) head: Head,
    /// SHA-256 of the root certificate.
    pub(super) root: Hash,
    pub(super) members: MemberList,
    register: PublicKey,
    /// Digests of the entries of the member list.
    entries: Vec<Hash>,
}

impl Trust {
    /// Follows root, charter and certificates of a package; the error is the name of what fails.
    pub(super) fn of(head: Head) -> Result<Self, &'static str> {
        if head.version != VERSION {
            return Err("version");
        }
        let root = chain::one_from_pem(&head.root).map_err(|_| "root")?;
        let charter: Charter = serde_json::from_str(&head.charter).map_err(|_| "charter")?;
        charter.verify(&root).map_err(|_| "charter")?;
        Ok(Self {
            root: chain::fingerprint(&root),
            register: PublicKey(charter.register_key),
            members: MemberList::default(),
            entries: Vec::new(),
            head,
        })
    }

    /// Takes the next entry of the member list.
    pub(super) fn member(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        let entry: SignedEntry = codec::decode(bytes).map_err(|_| "member")?;
        if entry.entry.number > MEMBERS_MAX {
            return Err("member");
        }
        self.members.push(&entry, &self.register, &Verifier).map_err(|_| "member")?;
        self.entries.push(entry.hash());
        Ok(())
    }

    /// The whole list was taken: the node of the package is on it, under its own certificate.
    pub(super) fn settle(&self) -> Result<(), &'static str> {
        let head = &self.head;
        let member = self.members.get(&head.node).ok_or("not-a-member")?;
        let charter: Charter = serde_json::from_str(&head.charter).map_err(|_| "charter")?;
        let root = chain::one_from_pem(&head.root).map_err(|_| "root")?;
        let certificates = chain::from_pem(&head.chain).map_err(|_| "certificate")?;
        let at = chain::unix_time(head.at);
        chain::verify_in_life(&certificates, &root, at).map_err(|_| "certificate")?;
        let identity = NodeIdentity::from_chain(&certificates, &charter.province)
            .map_err(|_| "certificate")?;
        let fits = identity.node == head.node
            && identity.unit == head.unit
            && member.unit == head.unit
            && member.tls_keys.contains(&identity.spki_hash);
        if fits { Ok(()) } else { Err("certificate") }
    }

    /// Whether the package's node signed `digest`.
    pub(super) fn has_signed(&self, digest: &Hash, signature: &Signature) -> bool {
        let member = self.members.get(&self.head.node);
        member.is_some_and(|it| Verifier.verify(&it.change_key, digest.as_bytes(), signature))
    }
}

/// Whether two packages carry member lists that are not one the continuation of the other.
pub(super) fn disagree<'a>(all: impl Iterator<Item = &'a Trust>) -> bool {
    let mut longest: &[Hash] = &[];
    let mut disagree = false;
    for trust in all {
        disagree |= longest.iter().zip(&trust.entries).any(|(one, other)| one != other);
        if trust.entries.len() > longest.len() {
            longest = &trust.entries;
        }
    }
    disagree
}
