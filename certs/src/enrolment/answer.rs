//! The province's answer to a request, and the joining node's judgement of it.

use aws_lc_rs::hmac;
use dossier::{Hash, Timestamp};
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use super::invite::Invite;
use super::request::{Accepted, EnrolRequest, mac_key};
use super::signing_request;
use super::token::InviteToken;
use crate::authority::{AuthorityError, Charter, IssuingCa};
use crate::chain::{self, ChainError};
use crate::encoding::{self, DocumentError, bytes};
use crate::identity::{IdentityError, NodeIdentity, SERIAL_LENGTH};
use crate::key;
use crate::tls::DoorRefusal;

/// The longest answer that is read, in bytes of JSON; the bundle takes nearly all of it.
const ANSWER_MAX: usize = 32 * 1024 * 1024;

/// What an enrolled node receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolAnswer {
    /// Its certificate and the issuing one, PEM.
    pub chain: String,
    /// The root certificate, PEM.
    pub root: String,
    /// The charter of the province.
    pub charter: Charter,
    /// Member list, unit tree and whatever else the node gives along; opaque here.
    #[serde(with = "bytes")]
    pub bundle: Vec<u8>,
    /// HMAC-SHA256 under the token over the request and everything above.
    #[serde(with = "bytes")]
    pub mac: [u8; 32],
}

impl EnrolAnswer {
    /// Issues the certificate of an accepted request and packs the answer.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue(
        authority: &IssuingCa,
        invite: &Invite,
        accepted: &Accepted,
        charter: Charter,
        bundle: Vec<u8>,
        serial: [u8; SERIAL_LENGTH],
        now: Timestamp,
    ) -> Result<Self, AuthorityError> {
        let chain =
            authority.issue(&accepted.unit, accepted.node, &accepted.tls_key, serial, now)?;
        let mut answer = Self {
            chain: chain::to_pem(&chain),
            root: chain::to_pem(std::slice::from_ref(authority.root())),
            charter,
            bundle,
            mac: [0; 32],
        };
        let mac = hmac::sign(&mac_key(&invite.mac_key), answer.digest(accepted.request).as_bytes());
        answer.mac.copy_from_slice(mac.as_ref());
        Ok(answer)
    }

    /// Writes the answer as a file.
    pub fn to_json(&self) -> String {
        encoding::to_json(self)
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn from_json(text: &[u8]) -> Result<Self, DocumentError> {
        encoding::from_json(text, ANSWER_MAX)
    }

    fn digest(&self, request: Hash) -> Hash {
        let parts: [&[u8]; 5] = [
            request.as_bytes(),
            self.chain.as_bytes(),
            self.root.as_bytes(),
            &self.charter.signature,
            &self.bundle,
        ];
        Hash::tagged("hoso/enrol-answer/1", &parts)
    }
}

/// What a joining node may keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Who it is from this moment on.
    pub identity: NodeIdentity,
    /// The chain to present, leaf first, without the root.
    pub chain: Vec<CertificateDer<'static>>,
    /// The root that the token pinned.
    pub root: CertificateDer<'static>,
    /// The verified charter.
    pub charter: Charter,
    /// The opaque bundle.
    pub bundle: Vec<u8>,
}

/// Why an answer is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// The answer is to another request, or not from the holder of the invite.
    #[error("the answer is not authenticated by the token")]
    WrongToken,
    /// Root or chain are not readable.
    #[error("the certificates are not readable")]
    Chain(#[from] ChainError),
    /// The root is not the one whose fingerprint the token carries.
    #[error("the root is not the one of the token")]
    WrongRoot,
    /// The root did not sign the charter.
    #[error("the charter is not of this root")]
    WrongCharter,
    /// The chain does not lead to the root, or is not valid at this hour.
    #[error("the certificate is refused")]
    Certificate(DoorRefusal),
    /// The certificate has not the shape of a node's.
    #[error("the certificate is not one of a node")]
    Identity(#[from] IdentityError),
    /// The certificate is for another key or names another node.
    #[error("the certificate is for another key")]
    WrongKey,
    /// The certificate names another unit than the request.
    #[error("the certificate is for another unit")]
    WrongUnit,
}

/// Judges an answer on the joining side: pinned root, charter, chain, our key, our unit.
///
/// # Errors
/// [`AnswerRefusal`]; nothing of the answer may be kept then.
pub fn check_answer(
    token: &InviteToken,
    request: &EnrolRequest,
    answer: EnrolAnswer,
    now: Timestamp,
) -> Result<Enrolled, AnswerRefusal> {
    let root = chain::one_from_pem(&answer.root)?;
    if chain::fingerprint(&root) != token.root_fingerprint() {
        return Err(AnswerRefusal::WrongRoot);
    }
    let digest = answer.digest(request.digest());
    hmac::verify(&mac_key(&token.mac_key()), digest.as_bytes(), &answer.mac)
        .map_err(|_| AnswerRefusal::WrongToken)?;
    answer.charter.verify(&root).map_err(|_| AnswerRefusal::WrongCharter)?;
    let chain = chain::from_pem(&answer.chain)?;
    chain::verify(&chain, &root, chain::unix_time(now))
        .map_err(|error| AnswerRefusal::Certificate(DoorRefusal::of(&error)))?;
    let identity = NodeIdentity::from_chain(&chain, &answer.charter.province)?;
    let tls_key = signing_request::proven_key(&request.csr).map_err(|_| AnswerRefusal::WrongKey)?;
    if identity.spki_hash != key::spki_hash(&tls_key)
        || identity.node != key::node_id(&request.change_key)
    {
        return Err(AnswerRefusal::WrongKey);
    }
    if identity.unit != request.unit {
        return Err(AnswerRefusal::WrongUnit);
    }
    Ok(Enrolled { identity, chain, root, charter: answer.charter, bundle: answer.bundle })
}
