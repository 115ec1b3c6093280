//! The shapes of the lines of a package.

use dossier::{Hash, Incarnation, NodeId, Timestamp, UnitId};
use protocol::{
    Signature,
    audit::{Checkpoint, Cosignature, Kept, SignedCheckpoint},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The version of packages this program writes and reads.
pub const VERSION: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// What the package is.
    Package(Box<Head>),
    /// An entry of the member list, as it is stored.
    Member(Hex),
    /// A log begins.
    Log(LogLine),
    /// A sealed entry.
    Entry(EntryLine),
    /// A checkpoint of this log.
    Checkpoint(CheckpointLine),
    /// A checkpoint of another node's log.
    Witness(CheckpointLine),
    /// The package ends.
    End(EndLine),
}

/// What a package is, and what its signatures lead back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// [`VERSION`].
    pub version: u32,
    /// The node it comes from.
    pub node: NodeId,
    /// The node's unit.
    pub unit: UnitId,
    /// When it was made, by the node's clock.
    pub at: Timestamp,
    /// Number of the mission document.
    pub mission: String,
    /// The province's root certificate, PEM.
    pub root: String,
    /// The root's word on the key that signs the member list, JSON.
    pub charter: String,
    /// The node's certificate and the issuing one, PEM.
    pub chain: String,
    /// The audit key, wrapped under a code that travels apart.
    pub key: Hex,
}

/// A log begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// Its node.
    pub node: NodeId,
    /// The life it belongs to.
    pub incarnation: Incarnation,
    /// Its entries.
    pub entries: u64,
}

/// A sealed entry at its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryLine {
    /// Its number, from 1.
    #[serde(rename = "n")]
    pub number: u64,
    /// The sealed bytes.
    pub sealed: Hex,
    /// The chain head after it.
    pub head: Hash,
}

/// A checkpoint with its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointLine {
    /// The node whose log it is.
    pub node: NodeId,
    /// The life the log belongs to.
    pub incarnation: Incarnation,
    /// Entries so far.
    pub size: u64,
    /// Root of the tree of RFC 6962.
    pub root: Hash,
    /// Chain head.
    pub head: Hash,
    /// When, by the node's clock.
    pub at: Timestamp,
    /// The node's signature.
    pub signature: Hex,
    /// The words of witnesses.
    pub cosigned: Vec<CosignatureLine>,
}

/// The word of a witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CosignatureLine {
    /// The witness.
    pub by: NodeId,
    /// When, by its clock.
    pub at: Timestamp,
    /// Its signature.
    pub signature: Hex,
}

/// The package ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndLine {
    /// Lines before this one.
    pub lines: u64,
    /// SHA-256 of their bytes.
    pub digest: Hash,
    /// The node's signature over both.
    pub signature: Hex,
}

impl CheckpointLine {
    /// The line of a kept checkpoint.
    pub fn of(kept: &Kept) -> Self {
        let Checkpoint { node, incarnation, size, root, head, at } = kept.signed.checkpoint;
        let hex = |signature: Signature| Hex(signature.to_bytes().to_vec());
        let word = |it: &Cosignature| CosignatureLine {
            by: it.by,
            at: it.at,
            signature: hex(it.signature),
        };
        let signature = hex(kept.signed.signature);
        let cosigned = kept.cosigned.iter().map(word).collect();
        Self { node, incarnation, size, root, head, at, signature, cosigned }
    }

    /// The checkpoint of the line; `None` when it has no signatures of the right length, or too
    /// many.
    pub fn kept(&self) -> Option<Kept> {
        let Self { node, incarnation, size, root, head, at, .. } = *self;
        let checkpoint = Checkpoint { node, incarnation, size, root, head, at };
        if self.cosigned.len() > Cosignature::MOST {
            return None;
        }
        let words = self.cosigned.iter().map(|it| {
            Some(Cosignature { by: it.by, at: it.at, signature: it.signature.signature()? })
        });
        let signed = SignedCheckpoint { checkpoint, signature: self.signature.signature()? };
        Some(Kept { signed, cosigned: words.collect::<Option<_>>()? })
    }
}

/// Bytes in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl Hex {
    /// The signature these bytes are, if there are 64 of them.
    pub fn signature(&self) -> Option<Signature> {
        Some(Signature::from_bytes(self.0.as_slice().try_into().ok()?))
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl de::Visitor<'_> for Digits {
            type Value = Hex;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Hex, E> {
                hex::decode(text).map(Hex).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Digits)
    }
}
