//! The province's authority: an offline root, an issuing authority that runs without it, and the
//! charter that ties the member list to the root.

mod charter;
mod issuing;
mod root;
mod template;

pub use charter::{Charter, ForeignCharter};
pub use issuing::IssuingCa;
pub use root::{RootCa, RootKeyError, SealSalt};

use dossier::Timestamp;

use crate::identity::{IdentityError, SERIAL_LENGTH};
use crate::name::{NameError, ProvinceName};

/// One day, in milliseconds.
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How far every certificate is dated back, for clocks that lag, in milliseconds.
const BACKDATE_MS: i64 = 10 * 60 * 1000;

fn dated_back(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_sub(BACKDATE_MS))
}

fn after(now: Timestamp, days: i64) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_add(days * DAY_MS))
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The unit id cannot be written as a DNS name.
    #[error("the name does not fit a certificate")]
    Name(#[from] NameError),
    /// The clock stands outside the years 1970 to 2500.
    #[error("the clock is outside the range of certificates")]
    Clock,
    /// The issuing authority is past its own end of validity.
    #[error("the issuing authority has expired")]
    IssuingExpired,
    /// The key does not belong to the certificate.
    #[error("the key does not belong to the certificate")]
    KeyMismatch,
    /// The issuing certificate does not lead to the root.
    #[error("the issuing certificate does not lead to this root")]
    NotOurs(#[source] rustls::Error),
    /// The certificate does not parse.
    #[error("the certificate is not readable")]
    Certificate(#[from] IdentityError),
    /// The certificate could not be encoded.
    #[error("the certificate could not be encoded")]
    Encoding(#[from] rcgen::Error),
}

/// The entropy that the founding of a province consumes.
pub struct CaSeeds {
    /// Seed of the root key.
    pub root_key: [u8; 32],
    /// Seed of the issuing key.
    pub issuing_key: [u8; 32],
    /// Serial number of the root certificate.
    pub root_serial: [u8; SERIAL_LENGTH],
    /// Serial number of the issuing certificate.
    pub issuing_serial: [u8; SERIAL_LENGTH],
}

/// A province on the day of its founding. The root is sealed and put away afterwards.
#[derive(Debug)]
pub struct ProvinceCa {
    /// The root, to be sealed under a passphrase and kept apart.
    pub root: RootCa,
    /// The issuing authority, to be kept by the node of tier 3.
    pub issuing: IssuingCa,
    /// The charter, published to every node.
    pub charter: Charter,
}

impl ProvinceCa {
    /// Founds a province: root for ten years, issuing authority for three, charter for
    /// `register_key`, the key that will sign the member list.
    ///
    /// # Errors
    /// [`AuthorityError::Clock`] or [`AuthorityError::Encoding`].
    pub fn init(
        province: &ProvinceName,
        seeds: &CaSeeds,
        register_key: [u8; 32],
        now: Timestamp,
    ) -> Result<Self, AuthorityError> {
        let root = RootCa::create(province, seeds.root_key, seeds.root_serial, now)?;
        let issuing =
            root.appoint_issuing(province, seeds.issuing_key, seeds.issuing_serial, now)?;
        let charter = root.charter(province, register_key, now);
        Ok(Self { root, issuing, charter })
    }
}
