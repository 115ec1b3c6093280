//! The package: one line of JSON that anybody can check, then what is sealed, in the age format.
//!
//! The line holds the manifest with both signatures, the custody chain to the record of EXPORT, and the
//! papers of the province. **Invariants:** the line has one spelling and its last field is the SHA-256
//! of the others; the manifest, signed by the province, names the SHA-256 of every byte behind the
//! line; the unit's signature is its release, which names what the dossier ended with and, by the
//! transfer's name, to whom it was sent.

use std::io::{self, BufRead, Read};

use dossier::{DossierId, Hash, LegalBasis, NodeId, Timestamp, UnitId};
use protocol::{
    codec,
    custody::{Addressee, Chain, Evidence, Link, Receipt, Release, Said, Signers},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{LIMITS, PapersFile, Unsound};
use crate::{
    audit::{package::Hex, verify::Verifier},
    proof,
};

/// The version of the file.
const VERSION: u16 = 1;
/// The signature algorithm; there is no other.
const ED25519: &str = "ed25519";
/// The most readers of a package.
const RECIPIENTS_MAX: usize = 2;

/// To whose key a package is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The unit; `None` for the receiving body as a whole.
    pub unit: Option<UnitId>,
    /// `age1…`.
    pub key: String,
}

/// What the province signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The dossier.
    pub dossier: DossierId,
    /// Hash of the record of EXPORT.
    pub record: Hash,
    /// Who gives it up.
    pub from: UnitId,
    /// Who is to receive it.
    pub addressee: Addressee,
    /// On what document.
    pub basis: LegalBasis,
    /// To whose keys it is sealed.
    pub recipients: Vec<Recipient>,
    /// The number of the entry that records that it was taken out.
    pub copy: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it may be taken in: the deadline of the case.
    pub open_until: Timestamp,
    /// What lies behind the first line, in bytes.
    pub sealed_bytes: u64,
    /// Its SHA-256.
    pub sealed_sha256: Hash,
    /// What is inside, in bytes.
    pub payload_bytes: u64,
    /// Its SHA-256.
    pub payload_sha256: Hash,
}

impl Manifest {
    /// What the province signs.
    ///
    /// # Panics
    /// Never: the fields are texts and numbers.
    pub fn digest(&self) -> Hash {
        let text = serde_json::to_vec(self).expect("texts and numbers are JSON");
        Hash::tagged("hoso/package/1", &[&text])
    }
}

/// Who signed, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureShown {
    /// For whom: `unit` or `province`.
    role: String,
    /// How.
    algorithm: String,
    /// The node.
    by: NodeId,
    /// The signature.
    signature: Hex,
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the format, beside its name.
    hoso_package: u16,
    /// What is signed.
    manifest: Manifest,
    /// That of the unit, then that of the province.
    signatures: Vec<SignatureShown>,
    /// The links of the chain, oldest first.
    links: Vec<Hex>,
    /// What custodians said they received.
    receipts: Vec<Hex>,
    /// The papers that all signatures rest on.
    papers: PapersFile,
    /// SHA-256 of the same object with zeros here.
    digest: Hash,
}

/// A package that holds.
#[derive(Debug, Clone)]
pub struct PackageShown {
    /// What the province says of it.
    pub manifest: Manifest,
    /// The digest of that.
    pub digest: Hash,
    /// The chain to the record of EXPORT.
    pub chain: Chain,
    /// SHA-256 of the root certificate of the province that sent it.
    pub root: Hash,
}

impl Header {
    /// Puts the first line together; `signature` is the province's over [`Manifest::digest`].
    ///
    /// # Errors
    /// [`Unsound`] when the chain does not end with a record of EXPORT.
    pub fn new(
        manifest: Manifest,
        (by, signature): (NodeId, Vec<u8>),
        links: &[Link],
        receipts: &[Said<Receipt>],
        papers: PapersFile,
    ) -> Result<Self, Unsound> {
        let release = released(links).ok_or(Unsound("chain"))?;
        let shown = |role: &str, by: NodeId, signature: Vec<u8>| SignatureShown {
            role: role.to_owned(),
            algorithm: ED25519.to_owned(),
            by,
            signature: Hex(signature),
        };
        let unit = shown("unit", release.by, release.signature.to_bytes().to_vec());
        let header = Self {
            hoso_package: VERSION,
            manifest,
            signatures: vec![unit, shown("province", by, signature)],
            links: links.iter().map(|link| Hex(codec::encode(link))).collect(),
            receipts: receipts.iter().map(|said| Hex(codec::encode(said))).collect(),
            papers,
            digest: Hash::ZERO,
        };
        let digest = Hash::of(header.to_line().as_bytes());
        Ok(Self { digest, ..header })
    }

    /// The line, with its end.
    ///
    /// # Panics
    /// Never: the fields are texts and numbers.
    pub fn to_line(&self) -> String {
        let mut line = serde_json::to_string(self).expect("texts and numbers are JSON");
        line.push('\n');
        line
    }

    /// Reads the line and checks all that it says.
    ///
    /// # Errors
    /// [`Unsound`]: the first thing that does not hold.
    pub fn check(line: &[u8]) -> Result<PackageShown, Unsound> {
        let header: Self = serde_json::from_slice(line).map_err(|_| Unsound("form"))?;
        if header.hoso_package != VERSION {
            return Err(Unsound("version"));
        }
        let blank = Self { digest: Hash::ZERO, ..header.clone() };
        if header.to_line().as_bytes() != line
            || Hash::of(blank.to_line().as_bytes()) != header.digest
        {
            return Err(Unsound("digest"));
        }
        let judged = header.papers.judge()?;
        let signers = judged.signers()?;
        let links: Vec<Link> = proof::decoded(&header.links).ok_or(Unsound("links"))?;
        let chain = Chain::verify(&links, &signers, &Verifier).map_err(|_| Unsound("chain"))?;
        let receipts: Vec<Said<Receipt>> =
            proof::decoded(&header.receipts).ok_or(Unsound("receipts"))?;
        if !receipts.iter().all(|said| proof::is_due(said, &chain, &signers)) {
            return Err(Unsound("receipts"));
        }
        header.fits(&chain)?;
        header.is_signed(&links, &chain, &signers)?;
        let Self { manifest, .. } = header;
        Ok(PackageShown { digest: manifest.digest(), manifest, chain, root: judged.root })
    }

    /// Whether the manifest says what the record of EXPORT says.
    fn fits(&self, chain: &Chain) -> Result<(), Unsound> {
        let (manifest, current) = (&self.manifest, chain.current());
        let same = chain.is_outside()
            && manifest.dossier == chain.dossier()
            && manifest.record == chain.head()
            && manifest.from == current.to
            && manifest.basis == current.basis
            && chain.addressee() == Some(&manifest.addressee)
            && chain.open_until() == Some(manifest.open_until);
        if !same {
            return Err(Unsound("manifest"));
        }
        let readers = &manifest.recipients;
        let named = match &manifest.addressee.unit {
            // Another province reads, and the unit that is named; nobody else.
            Some(unit) => {
                let units: Vec<Option<&UnitId>> =
                    readers.iter().map(|it| it.unit.as_ref()).collect();
                units == [None, Some(unit)]
            }
            None => readers.len() == 1 && readers[0].unit.is_none(),
        };
        if named && readers.len() <= RECIPIENTS_MAX { Ok(()) } else { Err(Unsound("recipients")) }
    }

    /// Both signatures, each by whom it must be.
    fn is_signed(
        &self,
        links: &[Link],
        chain: &Chain,
        signers: &Signers<'_>,
    ) -> Result<(), Unsound> {
        let [unit, province] = self.signatures.as_slice() else {
            return Err(Unsound("signatures"));
        };
        let known = |it: &SignatureShown, role| it.role == role && it.algorithm == ED25519;
        if !known(unit, "unit") || !known(province, "province") {
            return Err(Unsound("signatures"));
        }
        let release = released(links).ok_or(Unsound("chain"))?;
        let by_unit = unit.by == release.by
            && unit.signature.signature() == Some(release.signature)
            && release.holds(signers, &Verifier);
        let digest = self.manifest.digest();
        let by_register = signers.stands_for(&province.by, &chain.current().next_registrar);
        let signed = province
            .signature
            .signature()
            .is_some_and(|it| signers.has_signed(&province.by, &digest, &it, &Verifier));
        if by_unit && by_register && signed { Ok(()) } else { Err(Unsound("signatures")) }
    }
}

/// The release by which the unit let go of the dossier.
fn released(links: &[Link]) -> Option<&Said<Release>> {
    let Some(Link::Closed(valid)) = links.last() else { return None };
    match &valid.entry.what.request.what.evidence {
        Evidence::Outside { release, .. } => Some(release),
        _ => None,
    }
}

/// Reads the first line of a file, within its limit.
///
/// # Errors
/// The file's; a line without end, or over the limit, is [`Unsound`].
pub fn first_line(file: &mut impl BufRead) -> io::Result<Result<Vec<u8>, Unsound>> {
    let mut line = Vec::new();
    file.take(LIMITS.header_bytes_max).read_until(b'\n', &mut line)?;
    Ok(if line.last() == Some(&b'\n') { Ok(line) } else { Err(Unsound("form")) })
}

/// Checks a whole package, byte by byte, and hands what is sealed in it to `take`.
///
/// # Errors
/// The file's, or [`Unsound`]: the first thing that does not hold.
pub fn check(
    file: &mut impl BufRead,
    mut take: impl FnMut(&[u8]),
) -> io::Result<Result<PackageShown, Unsound>> {
    let line = match first_line(file)? {
        Ok(line) => line,
        Err(unsound) => return Ok(Err(unsound)),
    };
    let shown = match Header::check(&line) {
        Ok(shown) => shown,
        Err(unsound) => return Ok(Err(unsound)),
    };
    let said = shown.manifest.sealed_bytes;
    if said > LIMITS.sealed_bytes_max {
        return Ok(Err(Unsound("size")));
    }
    let (mut digest, mut left) = (Sha256::new(), said);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(next) = left.checked_sub(read as u64) else { return Ok(Err(Unsound("size"))) };
        if read == 0 {
            break;
        }
        left = next;
        digest.update(&buffer[..read]);
        take(&buffer[..read]);
    }
    let found = Hash::from_bytes(digest.finalize().into());
    let same = left == 0 && found == shown.manifest.sealed_sha256;
    Ok(if same { Ok(shown) } else { Err(Unsound("sealed")) })
}
