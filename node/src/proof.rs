//! The custody chain of a dossier as a file that anybody checks without a network and without us.
//!
//! One JSON object: root certificate and charter of the province, its member list and org tree, the
//! links of the chain, the receipts; binary values are lower-case hexadecimal. What is signed is
//! signed over the encoded bytes. **Invariant:** every byte is covered: the object has one spelling,
//! and its last field is the SHA-256 of all the others.

use certs::{Charter, chain};
use dossier::{Hash, custody::CustodyKind};
use protocol::{
    PublicKey, codec,
    control::SignedTree,
    custody::{Chain, Link, Province, Receipt, Said, Signers},
    member::{MemberList, SignedEntry},
};
use serde::{Deserialize, Serialize};

use crate::{
    audit::{package::Hex, verify::Verifier},
    home::IdentityFile,
};

/// The version of the file.
const VERSION: u16 = 1;
/// The largest file that is read, in bytes.
pub const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Entries of a member list that are read.
const MEMBERS_MAX: usize = 200_000;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofFile {
    /// The version of the format, beside its name.
    hoso_custody: u16,
    /// The root certificate, PEM.
    root: String,
    /// The charter that names the register key, JSON.
    charter: String,
    /// The entries of the member list.
    members: Vec<Hex>,
    /// The org tree.
    tree: Hex,
    /// The links of the chain, oldest first.
    links: Vec<Hex>,
    /// What custodians said they received.
    receipts: Vec<Hex>,
    /// SHA-256 of the same object with zeros here.
    digest: Hash,
}

/// What a file proves.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The chain.
    pub chain: Chain,
    /// The epochs whose custodian said that all arrived.
    pub received: Vec<u32>,
    /// SHA-256 of the root certificate, to be compared with the paper.
    pub root: Hash,
}

/// Why a file proves nothing: the name of what does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold: {0}")]
pub struct Unproven(pub &'static str);

/// The papers of a province that a proof rests on.
#[derive(Debug, Clone)]
pub struct Papers {
    /// The root certificate, PEM.
    pub root: String,
    /// The charter, JSON.
    pub charter: String,
    /// The member list.
    pub members: Vec<SignedEntry>,
    /// The org tree.
    pub tree: SignedTree,
}

impl Papers {
    /// The papers as a node has them.
    ///
    /// # Errors
    /// A charter that cannot be written as JSON.
    pub fn of(
        identity: IdentityFile,
        members: Vec<SignedEntry>,
        tree: SignedTree,
    ) -> serde_json::Result<Self> {
        let charter = serde_json::to_string(&identity.charter)?;
        Ok(Self { root: identity.root, charter, members, tree })
    }
}

impl ProofFile {
    /// Puts a proof together.
    pub fn new(papers: Papers, links: &[Link], receipts: &[Said<Receipt>]) -> Self {
        let file = Self {
            hoso_custody: VERSION,
            root: papers.root,
            charter: papers.charter,
            members: papers.members.iter().map(|entry| Hex(codec::encode(entry))).collect(),
            tree: Hex(codec::encode(&papers.tree)),
            links: links.iter().map(|link| Hex(codec::encode(link))).collect(),
            receipts: receipts.iter().map(|said| Hex(codec::encode(said))).collect(),
            digest: Hash::ZERO,
        };
        let digest = Hash::of(&file.to_bytes());
        Self { digest, ..file }
    }

    /// The bytes of the file.
    ///
    /// # Panics
    /// Never: the fields are texts and numbers.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("texts and numbers are JSON");
        bytes.push(b'\n');
        bytes
    }
}

/// Checks a file; needs nothing else.
///
/// # Errors
/// [`Unproven`]: the first thing that does not hold.
pub fn verify(bytes: &[u8]) -> Result<Proven, Unproven> {
    let file: ProofFile = serde_json::from_slice(bytes).map_err(|_| Unproven("form"))?;
    if file.hoso_custody != VERSION {
        return Err(Unproven("version"));
    }
    let blank = ProofFile { digest: Hash::ZERO, ..file.clone() };
    if file.to_bytes() != bytes || Hash::of(&blank.to_bytes()) != file.digest {
        return Err(Unproven("digest"));
    }
    let judged = judge(&file.root, &file.charter, &file.members, &file.tree)?;
    let signers = judged.signers()?;
    let links: Vec<Link> = decoded(&file.links).ok_or(Unproven("links"))?;
    let proven = Chain::verify(&links, &signers, &Verifier).map_err(|_| Unproven("chain"))?;
    let receipts: Vec<Said<Receipt>> = decoded(&file.receipts).ok_or(Unproven("receipts"))?;
    let mut received = Vec::new();
    for said in &receipts {
        if !is_due(said, &proven, &signers) {
            return Err(Unproven("receipts"));
        }
        received.push(said.what.epoch);
    }
    Ok(Proven { chain: proven, received, root: judged.root })
}

/// A province as its papers show it, every signature of the register checked.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// SHA-256 of the root certificate.
    pub(crate) root: Hash,
    /// The key that signs its lists.
    pub(crate) register_key: PublicKey,
    /// Its members.
    pub(crate) members: MemberList,
    /// Its org tree.
    pub(crate) tree: SignedTree,
}

impl Judged {
    /// Whose signatures a custody chain rests on.
    pub(crate) fn signers(&self) -> Result<Signers<'_>, Unproven> {
        let notaries = Province::notaries(&self.members, &self.tree.tree);
        let (register, witness) = notaries.ok_or(Unproven("register"))?;
        Ok(Signers { members: &self.members, register, witness })
    }
}

/// Checks the papers of a province against one another.
pub(crate) fn judge(
    root: &str,
    charter: &str,
    entries: &[Hex],
    tree: &Hex,
) -> Result<Judged, Unproven> {
    let root = chain::one_from_pem(root).map_err(|_| Unproven("root"))?;
    let charter: Charter = serde_json::from_str(charter).map_err(|_| Unproven("charter"))?;
    charter.verify(&root).map_err(|_| Unproven("charter"))?;
    let register_key = PublicKey(charter.register_key);
    let members = members(entries, &register_key)?;
    let tree: SignedTree = codec::decode(&tree.0).map_err(|_| Unproven("tree"))?;
    if !tree.is_signed_by(&register_key, &Verifier) {
        return Err(Unproven("tree"));
    }
    Ok(Judged { root: chain::fingerprint(&root), register_key, members, tree })
}

fn members(entries: &[Hex], register: &PublicKey) -> Result<MemberList, Unproven> {
    let mut members = MemberList::default();
    if entries.len() > MEMBERS_MAX {
        return Err(Unproven("members"));
    }
    for entry in entries {
        let entry: SignedEntry = codec::decode(&entry.0).map_err(|_| Unproven("members"))?;
        members.push(&entry, register, &Verifier).map_err(|_| Unproven("members"))?;
    }
    Ok(members)
}

pub(crate) fn decoded<T: serde::de::DeserializeOwned>(all: &[Hex]) -> Option<Vec<T>> {
    all.iter().map(|one| codec::decode(&one.0).ok()).collect()
}

/// Whether a receipt is the new custodian's, for exactly what closed the epoch before.
pub(crate) fn is_due(said: &Said<Receipt>, chain: &Chain, signers: &Signers<'_>) -> bool {
    let Receipt { dossier, tid, epoch, closing } = &said.what;
    let Some(record) = chain.records().record(*epoch) else { return false };
    let before = epoch.checked_sub(1).and_then(|before| chain.closing(before));
    *dossier == chain.dossier()
        && record.tid == Some(tid.0)
        && before.as_ref() == Some(closing)
        && signers.speaks_for(&said.by, &record.to, &record.next_registrar)
        && (record.kind != CustodyKind::Export
            || signers.stands_for(&said.by, &record.next_registrar))
        && said.holds(signers, &Verifier)
}
