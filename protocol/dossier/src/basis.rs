//! The legal basis every change carries (Điều 8.3, 9.2 of the regulation), and who made it.

use serde::{Deserialize, Serialize};

use crate::{Hash, value::PartialDate};

/// On what document or declaration a change rests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LegalBasis {
    /// A decision of a state body (Điều 9.2 a).
    Decision {
        /// Body that signed it.
        issuer: String,
        /// Number and symbol, e.g. `45/QĐ-UBND`.
        number: String,
        /// Day of signing.
        signed_on: PartialDate,
        /// Day it takes effect, where another than the day of signing.
        effective_on: Option<PartialDate>,
        /// Hash of the scanned paper.
        scan: Option<Hash>,
    },
    /// The person's own declaration (Điều 9.2 b).
    Declaration {
        /// Day the person signed.
        signed_on: PartialDate,
    },
    /// Correction of an entry error.
    Correction {
        /// Why, in the clerk's words.
        reason: String,
    },
    /// A list taken over with approval.
    Import {
        /// Name of the list as the clerk knows it.
        list: String,
        /// Hash of the file's bytes.
        file: Hash,
        /// Row in the list, as the spreadsheet counts.
        row: u32,
    },
    /// An act of office that enters nothing: a review, a comparison with the paper (Điều 8.3, 15.1).
    Office,
    /// The person's own declaration, with the day the unit received it (Điều 9.2 b).
    Received {
        /// Day the person signed.
        signed_on: PartialDate,
        /// Day the unit received it, never before that.
        received_on: PartialDate,
    },
    /// A decision that names its kind of change, by the catalog of Sở Nội vụ (Điều 9.2 a).
    OfKind {
        /// Code of the kind, e.g. `nang_luong`.
        kind: String,
        /// Body that signed it.
        issuer: String,
        /// Number and symbol.
        number: String,
        /// Day of signing.
        signed_on: PartialDate,
        /// Day it takes effect, where another than the day of signing.
        effective_on: Option<PartialDate>,
        /// Hash of the scanned paper.
        scan: Option<Hash>,
    },
}

/// What a decision says, whether or not it names its kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<'a> {
    /// Code of the kind of change.
    pub kind: Option<&'a str>,
    /// Body that signed it.
    pub issuer: &'a str,
    /// Number and symbol.
    pub number: &'a str,
    /// Day of signing.
    pub signed_on: PartialDate,
    /// Day it takes effect, where another than the day of signing.
    pub effective_on: Option<PartialDate>,
}

impl LegalBasis {
    /// The longest text inside a basis, in bytes.
    pub const TEXT_MAX: usize = 512;

    /// The days a declaration was signed and received on; it counts as received on the day of signing
    /// where nothing else is recorded.
    pub fn declared(&self) -> Option<(PartialDate, PartialDate)> {
        match self {
            Self::Declaration { signed_on } => Some((*signed_on, *signed_on)),
            Self::Received { signed_on, received_on } => Some((*signed_on, *received_on)),
            Self::Decision { .. }
            | Self::OfKind { .. }
            | Self::Correction { .. }
            | Self::Import { .. }
            | Self::Office => None,
        }
    }

    /// The decision of a state body it rests on, if it is one.
    pub fn decision(&self) -> Option<Decided<'_>> {
        match self {
            Self::Decision { issuer, number, signed_on, effective_on, .. } => Some(Decided {
                kind: None,
                issuer,
                number,
                signed_on: *signed_on,
                effective_on: *effective_on,
            }),
            Self::OfKind { kind, issuer, number, signed_on, effective_on, .. } => Some(Decided {
                kind: Some(kind),
                issuer,
                number,
                signed_on: *signed_on,
                effective_on: *effective_on,
            }),
            _ => None,
        }
    }

    /// The same decision with its kind of change; any other basis as it is.
    pub fn of_kind(self, kind: &str) -> Self {
        match self {
            Self::Decision { issuer, number, signed_on, effective_on, scan }
            | Self::OfKind { issuer, number, signed_on, effective_on, scan, .. } => {
                let kind = kind.to_owned();
                Self::OfKind { kind, issuer, number, signed_on, effective_on, scan }
            }
            other => other,
        }
    }

    /// Whether every text is within [`Self::TEXT_MAX`], none that must speak is empty, and nothing was
    /// received before it was signed.
    pub fn is_well_formed(&self) -> bool {
        let speaks = |text: &str| !text.trim().is_empty() && text.len() <= Self::TEXT_MAX;
        match self {
            Self::Decision { issuer, number, .. } => speaks(issuer) && speaks(number),
            Self::OfKind { kind, issuer, number, .. } => {
                crate::change_kind::is_code(kind) && speaks(issuer) && speaks(number)
            }
            Self::Declaration { .. } | Self::Office => true,
            Self::Received { signed_on, received_on } => {
                let days = signed_on.civil().zip(received_on.civil());
                days.is_none_or(|(signed, received)| signed <= received)
            }
            Self::Correction { reason } => speaks(reason),
            Self::Import { list, .. } => speaks(list),
        }
    }
}

/// In what capacity a person made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Enters and keeps dossiers (cán bộ nhập liệu).
    Clerk,
    /// Reviews and approves (người duyệt).
    Approver,
    /// Runs the system at Sở Nội vụ (quản trị).
    Administrator,
    /// Inspects for Sở Nội vụ by mission, and changes nothing (thanh tra, Điều 14.4).
    Inspector,
}

/// Whether a change waits for review by the delegating body (Điều 15.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Review {
    /// Entered by the body that answers for the dossier.
    NotRequired,
    /// Entered under delegation, not reviewed (chưa duyệt).
    Awaiting,
}
