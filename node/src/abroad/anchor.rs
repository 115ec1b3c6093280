//! The anchor of a province: who it is and to which keys packages for it are sealed, signed by its
//! register. Trust goes no further than packages and words on them, never to replication.

use age::x25519;
use dossier::{Hash, Timestamp, UnitId};
use protocol::{Crypto, PublicKey};
use serde::{Deserialize, Serialize};

use super::{PapersFile, Unsound, spoken};
use crate::audit::{package::Hex, verify::Verifier};

/// The version of the file.
const VERSION: u16 = 1;
/// The longest life of an anchor, in milliseconds: five years.
pub const LIFE_MAX_MS: i64 = 5 * 366 * 24 * 3_600_000;
/// The most keys of units in one anchor.
const OPENERS_MAX: usize = 2_000;
/// The longest name, in bytes.
const NAME_MAX: usize = 200;

/// Who opens packages: a unit, and the age recipient of its node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opener {
    /// The unit.
    pub unit: UnitId,
    /// `age1…`.
    pub recipient: String,
}

/// What a province says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// What people call it.
    pub name: String,
    /// Its short name in certificates.
    pub province: String,
    /// SHA-256 of its root certificate.
    pub root: Hash,
    /// The key that the province itself opens packages with.
    pub recipient: String,
    /// Those of its units, which receive.
    pub units: Vec<Opener>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends.
    pub valid_until: Timestamp,
}

impl Anchor {
    /// The key of a unit.
    pub fn opener(&self, unit: &UnitId) -> Option<&Opener> {
        self.units.iter().find(|it| it.unit == *unit)
    }

    fn is_well_formed(&self) -> bool {
        let life = self.valid_until.as_millis().saturating_sub(self.made_at.as_millis());
        let mut keys = self.units.iter().map(|it| &it.recipient).chain([&self.recipient]);
        let mut units: Vec<&UnitId> = self.units.iter().map(|it| &it.unit).collect();
        units.sort_unstable();
        units.dedup();
        (1..=LIFE_MAX_MS).contains(&life)
            && !self.name.trim().is_empty()
            && self.name.len() <= NAME_MAX
            && (1..=OPENERS_MAX).contains(&self.units.len())
            && units.len() == self.units.len()
            && keys.all(|key| key.parse::<x25519::Recipient>().is_ok())
    }

    fn digest(&self) -> Hash {
        let text = serde_json::to_vec(self).expect("texts and numbers are JSON");
        Hash::tagged("hoso/anchor/1", &[&text])
    }
}

/// The file that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorFile {
    /// The version of the format, beside its name.
    hoso_anchor: u16,
    /// What is said.
    anchor: Anchor,
    /// The register's signature.
    signature: Hex,
    /// The papers that name the register.
    papers: PapersFile,
    /// SHA-256 of the same object with zeros here.
    digest: Hash,
}

impl AnchorFile {
    /// Signs an anchor with the key of the register.
    ///
    /// # Errors
    /// [`Unsound`] when it says what no anchor may.
    pub fn issue(
        anchor: Anchor,
        papers: PapersFile,
        register: &dyn Crypto,
    ) -> Result<Self, Unsound> {
        if !anchor.is_well_formed() {
            return Err(Unsound("anchor"));
        }
        let signature = Hex(register.sign(anchor.digest().as_bytes()).to_bytes().to_vec());
        let file = Self { hoso_anchor: VERSION, anchor, signature, papers, digest: Hash::ZERO };
        let digest = Hash::of(file.to_text().as_bytes());
        Ok(Self { digest, ..file })
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

    /// Reads a file and checks all that it says.
    ///
    /// # Errors
    /// [`Unsound`]: the first thing that does not hold.
    pub fn read(text: &[u8]) -> Result<Self, Unsound> {
        let file: Self = serde_json::from_slice(text).map_err(|_| Unsound("form"))?;
        if file.hoso_anchor != VERSION {
            return Err(Unsound("version"));
        }
        let blank = Self { digest: Hash::ZERO, ..file.clone() };
        if file.to_text().as_bytes() != text || Hash::of(blank.to_text().as_bytes()) != file.digest
        {
            return Err(Unsound("digest"));
        }
        let judged = file.papers.judge()?;
        if judged.root != file.anchor.root || !file.is_signed_by(&judged.register_key) {
            return Err(Unsound("signature"));
        }
        if file.anchor.is_well_formed() { Ok(file) } else { Err(Unsound("anchor")) }
    }

    fn is_signed_by(&self, register: &PublicKey) -> bool {
        let signed = self.anchor.digest();
        let holds = |it| Verifier.verify(register, signed.as_bytes(), &it);
        self.signature.signature().is_some_and(holds)
    }

    /// What it says.
    pub fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// The words that two people compare.
    pub fn words(&self) -> String {
        spoken::words(&self.anchor.digest())
    }

    /// Whether somebody typed its words.
    pub fn is_called(&self, typed: &str) -> bool {
        spoken::are_of(typed, &self.anchor.digest())
    }
}
