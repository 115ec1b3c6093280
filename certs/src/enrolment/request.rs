//! The request of a joining node, and the decision over it.

use aws_lc_rs::hmac;
use dossier::{Hash, NodeId, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

use super::invite::Invite;
use super::signing_request;
use super::token::InviteToken;
use super::words::comparison_words;
use crate::encoding::{self, DocumentError, bytes};
use crate::key::{self, PrivateKey};

/// Wrong codes after which an invite is void.
pub const ATTEMPTS_MAX: u8 = 5;

/// The longest request that is read, in bytes of JSON.
const REQUEST_MAX: usize = 16 * 1024;

/// What a joining node asks, over the network or as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// Names the invite.
    pub invite: Hash,
    /// The unit that the node expects to serve.
    pub unit: UnitId,
    /// Signing request for the TLS key, DER.
    #[serde(with = "bytes")]
    pub csr: Vec<u8>,
    /// Public key that will sign changes.
    #[serde(with = "bytes")]
    pub change_key: [u8; 32],
    /// Signature of the change key over everything above.
    #[serde(with = "bytes")]
    pub change_proof: [u8; 64],
    /// HMAC-SHA256 under the token over everything above.
    #[serde(with = "bytes")]
    pub mac: [u8; 32],
}

impl EnrolRequest {
    /// Asks for `unit` with keys made on this machine. Equal arguments give an equal request, so
    /// that a request whose answer was lost can be repeated.
    pub fn new(
        token: &InviteToken,
        unit: UnitId,
        tls_key: &PrivateKey,
        change_key: &PrivateKey,
    ) -> Self {
        let mut request = Self {
            invite: token.invite_id(),
            unit,
            csr: signing_request::create(tls_key),
            change_key: *change_key.public(),
            change_proof: [0; 64],
            mac: [0; 32],
        };
        request.change_proof = change_key.sign(request.claim().as_bytes());
        let mac = hmac::sign(&mac_key(&token.mac_key()), request.digest().as_bytes());
        request.mac.copy_from_slice(mac.as_ref());
        request
    }

    /// Writes the request as a file.
    pub fn to_json(&self) -> String {
        encoding::to_json(self)
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn from_json(text: &[u8]) -> Result<Self, DocumentError> {
        encoding::from_json(text, REQUEST_MAX)
    }

    /// What the change key signs.
    fn claim(&self) -> Hash {
        let parts: [&[u8]; 4] =
            [self.invite.as_bytes(), self.unit.as_str().as_bytes(), &self.csr, &self.change_key];
        Hash::tagged("hoso/enrol-claim/1", &parts)
    }

    /// Names the request: what the token authenticates.
    pub(super) fn digest(&self) -> Hash {
        Hash::tagged("hoso/enrol-request/1", &[self.claim().as_bytes(), &self.change_proof])
    }
}

/// The key of the codes that request and answer carry.
pub(super) fn mac_key(key: &Hash) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())
}

/// Who may be enrolled, and under which keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Unit of the invite.
    pub unit: UnitId,
    /// Tier of the invite.
    pub tier: u8,
    /// The node, named by its change key.
    pub node: NodeId,
    /// TLS key whose possession is proven.
    pub tls_key: [u8; 32],
    /// Change key whose possession is proven.
    pub change_key: [u8; 32],
    /// Digest of the request.
    pub request: Hash,
    /// Set when the very same request was accepted before and is to be answered again.
    pub repeated: bool,
}

impl Accepted {
    /// The six words for the screen of the province.
    pub fn words(&self, root_fingerprint: Hash) -> [&'static str; 6] {
        comparison_words(root_fingerprint, &self.tls_key, &self.change_key)
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolRefusal {
    /// The request names another invite.
    #[error("the request names another invite")]
    UnknownInvite,
    /// The invite is past its end.
    #[error("the invite has expired")]
    Expired,
    /// Another request has used the invite.
    #[error("the invite is used")]
    Used,
    /// Five wrong codes were offered.
    #[error("too many wrong attempts")]
    TooManyAttempts,
    /// The code does not fit the token.
    #[error("the request is not authenticated by the token")]
    WrongToken,
    /// The node expects another unit than the invite opens.
    #[error("the invite is for another unit")]
    WrongUnit,
    /// The possession of the TLS key or of the change key is not proven.
    #[error("possession of a key is not proven")]
    NoProof,
}

/// Decides over a request. A wrong code is counted in the invite and an acceptance marks it as
/// used; the caller stores the invite before it answers, whatever the outcome.
///
/// # Errors
/// [`EnrolRefusal`]; tell the peer nothing but that it was refused.
pub fn check_request(
    invite: &mut Invite,
    request: &EnrolRequest,
    now: Timestamp,
) -> Result<Accepted, EnrolRefusal> {
    if request.invite != invite.id {
        return Err(EnrolRefusal::UnknownInvite);
    }
    if now >= invite.expires_at {
        return Err(EnrolRefusal::Expired);
    }
    if invite.attempts >= ATTEMPTS_MAX {
        return Err(EnrolRefusal::TooManyAttempts);
    }
    let digest = request.digest();
    if hmac::verify(&mac_key(&invite.mac_key), digest.as_bytes(), &request.mac).is_err() {
        invite.attempts += 1;
        return Err(EnrolRefusal::WrongToken);
    }
    let repeated = match invite.used_by {
        None => false,
        Some(used_by) if used_by == digest => true,
        Some(_) => return Err(EnrolRefusal::Used),
    };
    if request.unit != invite.unit {
        return Err(EnrolRefusal::WrongUnit);
    }
    if !key::verify(&request.change_key, request.claim().as_bytes(), &request.change_proof) {
        return Err(EnrolRefusal::NoProof);
    }
    let tls_key = signing_request::proven_key(&request.csr).map_err(|_| EnrolRefusal::NoProof)?;
    invite.used_by = Some(digest);
    Ok(Accepted {
        unit: invite.unit.clone(),
        tier: invite.tier,
        node: key::node_id(&request.change_key),
        tls_key,
        change_key: request.change_key,
        request: digest,
        repeated,
    })
}
