//! What the province keeps of an invite, and what it hands over.

use std::fmt;

use dossier::{Hash, Timestamp, UnitId};
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use super::token::{InviteToken, TokenError};
use crate::chain::{self, ChainError};
use crate::encoding::{self, DocumentError};
use crate::name::ProvinceName;

/// Life of an invite that travels by hand: 72 hours, in milliseconds.
pub const MAIL_LIFE_MS: i64 = 72 * 60 * 60 * 1000;

/// Life of an invite read out over the phone: 600 seconds, in milliseconds.
pub const ONLINE_LIFE_MS: i64 = 600 * 1000;

/// The longest delivery file that is read, in bytes.
const DELIVERY_MAX: usize = 32 * 1024;

/// What the province keeps of an invite; the key in it is as secret as the token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Names the invite in a request.
    pub id: Hash,
    /// The only unit it opens.
    pub unit: UnitId,
    /// Tier of the node to be; opaque here.
    pub tier: u8,
    /// Key of the message authentication codes.
    pub(super) mac_key: Hash,
    /// From this instant on it is void.
    pub expires_at: Timestamp,
    /// Wrong codes so far.
    pub attempts: u8,
    /// Digest of the request that used it up.
    pub used_by: Option<Hash>,
}

impl Invite {
    /// Writes an invite for `unit`; the token goes to the unit and is then forgotten.
    pub fn new(token: &InviteToken, unit: UnitId, tier: u8, expires_at: Timestamp) -> Self {
        Self {
            id: token.invite_id(),
            unit,
            tier,
            mac_key: token.mac_key(),
            expires_at,
            attempts: 0,
            used_by: None,
        }
    }
}

impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invite")
            .field("id", &self.id)
            .field("unit", &self.unit)
            .field("attempts", &self.attempts)
            .field("used_by", &self.used_by)
            .finish_non_exhaustive()
    }
}

/// The file that a courier carries to the unit; whoever holds it can enrol as the unit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The token as printed.
    pub token: String,
    /// The unit it is for.
    pub unit: UnitId,
    /// The province.
    pub province: ProvinceName,
    /// The root certificate, PEM.
    pub root_certificate: String,
    /// Where the enrolment door stands, `host:port`; empty when only files go back and forth.
    pub address: String,
    /// When the invite ends.
    pub expires_at: Timestamp,
}

/// A delivery file that contradicts itself or does not parse.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Too long, or not JSON of this kind.
    #[error("the delivery file is not readable")]
    Document(#[from] DocumentError),
    /// The token inside is none.
    #[error("the token in the delivery file is not valid")]
    Token(#[from] TokenError),
    /// The root inside is not one certificate in PEM.
    #[error("the root in the delivery file is not readable")]
    Root(#[from] ChainError),
    /// The root inside is not the one that the token names.
    #[error("the root in the delivery file is not the one of the token")]
    Fingerprint,
}

impl Delivery {
    /// Writes the file.
    pub fn to_json(&self) -> String {
        encoding::to_json(self)
    }

    /// Reads a file and checks that its root is the one its token pins.
    ///
    /// # Errors
    /// Any [`DeliveryError`].
    pub fn open(
        text: &[u8],
    ) -> Result<(Self, InviteToken, CertificateDer<'static>), DeliveryError> {
        let delivery: Self = encoding::from_json(text, DELIVERY_MAX)?;
        let token: InviteToken = delivery.token.parse()?;
        let root = chain::one_from_pem(&delivery.root_certificate)?;
        if chain::fingerprint(&root) != token.root_fingerprint() {
            return Err(DeliveryError::Fingerprint);
        }
        Ok((delivery, token, root))
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("unit", &self.unit)
            .field("province", &self.province)
            .finish_non_exhaustive()
    }
}
