//! What is asked of the node about packages between provinces, and what it answers (Điều 10.3).

use dossier::{DossierId, Hash, UnitId};
use protocol::custody::AnswerCode;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::abroad::{Opener, sealing::Wrapped};

/// An order or a question about packages between provinces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AbroadOrder {
    /// The recipient that packages for this node are sealed to; made when it is first asked for.
    Recipient,
    /// The anchor of this province, signed; only the tier-3 node can.
    Anchor {
        /// What people call the province.
        name: String,
        /// For how many days it holds.
        days: u32,
        /// The recipients that units brought, besides this node's own.
        units: Vec<Opener>,
    },
    /// Trusts the anchor of another province, whose words two persons compared.
    Trust {
        /// The file.
        file: ByteBuf,
        /// The words as they were read out.
        words: String,
        /// The other person.
        second: String,
    },
    /// The provinces that are trusted.
    Provinces,
    /// Signs the manifest of a package of a dossier that is outside; answers its first line.
    Sign {
        /// The manifest, JSON.
        manifest: ByteBuf,
    },
    /// Every change of a dossier that is outside, as it is stored.
    History(DossierId),
    /// Asks whether a package may be taken in here.
    Welcome {
        /// Its first line.
        line: ByteBuf,
    },
    /// Unwraps the key of a file that is sealed to this node.
    Unwrap(Wrapped),
    /// Gives this node's word on a package: once, and the same ever after.
    Give {
        /// Its first line.
        line: ByteBuf,
        /// Taken, or why not.
        code: AnswerCode,
    },
    /// Reads the word of another province on a package of this one.
    Hear {
        /// The file.
        file: ByteBuf,
    },
    /// Notes the paper by which a body without this program receipted (Điều 10.3).
    HearPaper {
        /// The dossier.
        dossier: DossierId,
        /// Number of the receipt.
        number: String,
        /// The other person who saw it.
        second: String,
    },
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AbroadAnswer {
    /// The recipient of this node.
    Recipient {
        /// Its unit.
        unit: UnitId,
        /// `age1…`.
        recipient: String,
    },
    /// A file to be carried.
    Paper(String),
    /// An anchor is trusted from here on.
    Trusted {
        /// SHA-256 of the root certificate.
        root: Hash,
        /// The name of the province.
        name: String,
    },
    /// The anchors that are trusted, as files.
    Provinces(Vec<ByteBuf>),
    /// The first line of a package.
    Line(String),
    /// Changes as they are stored.
    History(ByteBuf),
    /// The package may be taken in.
    Welcome {
        /// The name of the province it comes from.
        province: String,
        /// The word that was given on it before.
        given: Option<String>,
    },
    /// The file key.
    Key([u8; 16]),
    /// A word that holds.
    Heard {
        /// The dossier.
        dossier: DossierId,
        /// Taken, or why not.
        code: AnswerCode,
        /// The digest of what was signed.
        digest: Hash,
    },
}
