//! The word on a package: a receipt, which closes the case, or a refusal, which sends the dossier
//! back. Signed by the node that answers for the unit it was sent to, with the papers of its province.

use dossier::{DossierId, Hash, NodeId, Timestamp, UnitId};
use protocol::{Crypto, custody::AnswerCode};
use serde::{Deserialize, Serialize};

use super::{AnchorFile, PapersFile, Unsound};
use crate::audit::{package::Hex, verify::Verifier};

/// The version of the file.
const VERSION: u16 = 1;

/// What a province says of a package that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The dossier.
    pub dossier: DossierId,
    /// Hash of the record of EXPORT.
    pub record: Hash,
    /// Digest of the manifest of the package.
    pub manifest: Hash,
    /// Taken, or why not.
    pub code: AnswerCode,
    /// The unit it was sent to.
    pub unit: UnitId,
    /// The node that says so.
    pub by: NodeId,
    /// When, by its clock.
    pub at: Timestamp,
}

impl Verdict {
    fn digest(&self) -> Hash {
        let text = serde_json::to_vec(self).expect("texts and numbers are JSON");
        Hash::tagged("hoso/package-word/1", &[&text])
    }
}

/// The file that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordFile {
    /// The version of the format, beside its name.
    hoso_package_word: u16,
    /// What is said.
    verdict: Verdict,
    /// The node's signature.
    signature: Hex,
    /// The papers that name the node.
    papers: PapersFile,
    /// SHA-256 of the same object with zeros here.
    digest: Hash,
}

/// A word that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordShown {
    /// What is said.
    pub verdict: Verdict,
    /// SHA-256 of the root certificate of the province that says it.
    pub root: Hash,
    /// The digest of what was signed.
    pub digest: Hash,
}

impl WordFile {
    /// Signs a verdict as the node it names.
    pub fn issue(verdict: Verdict, papers: PapersFile, crypto: &dyn Crypto) -> Self {
        let signature = Hex(crypto.sign(verdict.digest().as_bytes()).to_bytes().to_vec());
        let file =
            Self { hoso_package_word: VERSION, verdict, signature, papers, digest: Hash::ZERO };
        let digest = Hash::of(file.to_text().as_bytes());
        Self { digest, ..file }
    }

    /// The file.
    ///
    /// # Panics
    /// Never: the fields are texts and numbers.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("texts and numbers are JSON");
        text.push('\n');
        text
    }

    /// Reads a file and checks all that it says; whether its province is trusted is another question.
    ///
    /// # Errors
    /// [`Unsound`]: the first thing that does not hold.
    pub fn read(text: &[u8]) -> Result<WordShown, Unsound> {
        let file: Self = serde_json::from_slice(text).map_err(|_| Unsound("form"))?;
        if file.hoso_package_word != VERSION {
            return Err(Unsound("version"));
        }
        let blank = Self { digest: Hash::ZERO, ..file.clone() };
        if file.to_text().as_bytes() != text || Hash::of(blank.to_text().as_bytes()) != file.digest
        {
            return Err(Unsound("digest"));
        }
        let judged = file.papers.judge()?;
        let verdict = &file.verdict;
        let member = judged.members.get(&verdict.by).ok_or(Unsound("signature"))?;
        // The unit's own node, or that of a body above, which holds in trust.
        let speaks = judged.tree.tree.is_within(&verdict.unit, &member.unit);
        let digest = verdict.digest();
        let holds = |it| Verifier.verify(&member.change_key, digest.as_bytes(), &it);
        let signed = file.signature.signature().is_some_and(holds);
        if !speaks || !signed || !member.is_active() {
            return Err(Unsound("signature"));
        }
        Ok(WordShown { verdict: file.verdict, root: judged.root, digest })
    }
}

impl WordShown {
    /// Whether a province that is trusted says it, and not before its anchor or after its end.
    pub fn is_trusted(&self, anchors: &[AnchorFile], now: Timestamp) -> bool {
        anchors
            .iter()
            .any(|file| file.anchor().root == self.root && now <= file.anchor().valid_until)
    }
}
