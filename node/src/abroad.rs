//! Between provinces (Điều 10.3): a dossier leaves as one signed file, and another signed file says
//! what became of it. `abroad/README.md` tells the formats and how to read them without this program.
//!
//! **Invariants:** whoever holds a file checks it without a network and without our other files; no
//! byte of it is free; what is inside is sealed to the province and the unit that are named outside and
//! inside; a province is believed when two persons have compared its words by another road.

pub mod anchor;
pub mod package;
mod papers;
pub mod payload;
pub mod sealing;
pub mod spoken;
pub mod word;

pub use anchor::{Anchor, AnchorFile, Opener};
pub use package::{Header, Manifest, PackageShown, Recipient};
pub use papers::PapersFile;
pub use payload::{Enclosed, EnclosedFile, LeftOut, Payload};
pub use word::{Verdict, WordFile, WordShown};

/// Why a file of another province, or for one, is not taken: the name of what does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file does not hold: {0}")]
pub struct Unsound(pub &'static str);

impl From<crate::proof::Unproven> for Unsound {
    fn from(unproven: crate::proof::Unproven) -> Self {
        Self(unproven.0)
    }
}

/// Limits of what comes from outside.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The first line of a package, and any other file between provinces, in bytes.
    pub header_bytes_max: u64,
    /// What is sealed in a package, in bytes.
    pub sealed_bytes_max: u64,
    /// Readers named in the head of an age file.
    pub stanzas_max: usize,
    /// The head of an age file, in bytes.
    pub age_head_bytes_max: usize,
    /// Files in a package beside the three that are always there.
    pub files_max: usize,
    /// The dossier itself as JSON, in bytes.
    pub dossier_bytes_max: u64,
}

/// The limits.
pub const LIMITS: Limits = Limits {
    header_bytes_max: 64 * 1024 * 1024,
    sealed_bytes_max: 256 * 1024 * 1024,
    stanzas_max: 16,
    age_head_bytes_max: 8 * 1024,
    files_max: 512,
    dossier_bytes_max: 16 * 1024 * 1024,
};
