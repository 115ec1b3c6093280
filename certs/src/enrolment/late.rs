//! Late renewal: a node whose certificate ended while it was away asks tier 3 for the next one.
//!
//! **Invariants:** both the key of the certificate that ended and the change key sign the request,
//! over a challenge that ties it to one connection of the renewal door or to one piece of paper; a
//! copy is worth nothing elsewhere. The answer is signed by the register key and carries its
//! instant, so that a node whose clock is wrong learns that first.

use dossier::{Hash, Timestamp, UnitId};
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use super::invite::MAIL_LIFE_MS;
use super::renewal::{RenewRefusal, RenewRequest, check_renewal};
use super::signing_request;
use crate::authority::Charter;
use crate::chain;
use crate::encoding::{self, DocumentError, bytes};
use crate::identity::{self, NodeIdentity};
use crate::key::{self, PrivateKey};
use crate::name::ProvinceName;
use crate::tls::RevokedKeys;

/// How far a clock may be off before a person is told to look at it, in milliseconds: one hour.
pub const CLOCK_FAR_MS: i64 = 60 * 60 * 1000;

/// The longest request that is read, in bytes of JSON.
const REQUEST_MAX: usize = 40 * 1024;

/// The longest answer that is read, in bytes of JSON.
const ANSWER_MAX: usize = 40 * 1024;

/// Where a request is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LateRoad {
    /// On the connection of the renewal door whose secret this is derived from.
    Door(Hash),
    /// On a file that a person carries; it counts for 72 hours, and also before the end.
    Paper,
}

impl LateRoad {
    /// The road of a connection, from the exporter of its handshake (RFC 8446 section 7.5).
    pub fn door(exporter: &[u8; 32]) -> Self {
        Self::Door(Hash::tagged("hoso/late-door/1", &[exporter]))
    }

    fn challenge(self) -> Hash {
        match self {
            Self::Door(challenge) => challenge,
            Self::Paper => Hash::tagged("hoso/late-paper/1", &[]),
        }
    }
}

/// What a node whose certificate ended asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateRequest {
    /// The unit that the node serves.
    pub unit: UnitId,
    /// The certificate that ended and the issuing one, PEM.
    pub chain: String,
    /// Signing request for the new TLS key, DER.
    #[serde(with = "bytes")]
    pub csr: Vec<u8>,
    /// The change key, which names the node.
    #[serde(with = "bytes")]
    pub change_key: [u8; 32],
    /// When it was asked, by the node's own clock.
    pub made_at: Timestamp,
    /// Signature by the key of the certificate that ended.
    #[serde(with = "bytes")]
    pub tls_proof: [u8; 64],
    /// Signature by the change key.
    #[serde(with = "bytes")]
    pub change_proof: [u8; 64],
}

/// The keys that a late request is made with.
#[derive(Debug, Clone, Copy)]
pub struct LateKeys<'a> {
    /// Of the certificate that ended.
    pub tls: &'a PrivateKey,
    /// For the certificate to come.
    pub next: &'a PrivateKey,
    /// The change key.
    pub change: &'a PrivateKey,
}

impl LateRequest {
    /// Asks on `road` for the holder of `chain`.
    pub fn new(
        unit: UnitId,
        chain: &[CertificateDer<'_>],
        keys: LateKeys<'_>,
        road: LateRoad,
        made_at: Timestamp,
    ) -> Self {
        let mut request = Self {
            unit,
            chain: chain::to_pem(chain),
            csr: signing_request::create(keys.next),
            change_key: *keys.change.public(),
            made_at,
            tls_proof: [0; 64],
            change_proof: [0; 64],
        };
        let claim = request.claim(road);
        request.tls_proof = keys.tls.sign(claim.as_bytes());
        request.change_proof = keys.change.sign(claim.as_bytes());
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

    /// Names the request: what the answer is signed over.
    pub fn digest(&self, road: LateRoad) -> Hash {
        let claim = self.claim(road);
        let parts: [&[u8]; 3] = [claim.as_bytes(), &self.tls_proof, &self.change_proof];
        Hash::tagged("hoso/late-request/1", &parts)
    }

    /// What both keys sign.
    fn claim(&self, road: LateRoad) -> Hash {
        let (challenge, made_at) = (road.challenge(), self.made_at.as_millis().to_be_bytes());
        let parts: [&[u8]; 6] = [
            challenge.as_bytes(),
            self.unit.as_str().as_bytes(),
            self.chain.as_bytes(),
            &self.csr,
            &self.change_key,
            &made_at,
        ];
        Hash::tagged("hoso/late-claim/1", &parts)
    }
}

/// Why a late renewal is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LateRefusal {
    /// The node or its key is shut out.
    #[error("the node is revoked")]
    Revoked,
    /// The certificate ended more than [`super::RENEW_GRACE_DAYS`] ago; a new invite is needed.
    #[error("the certificate is too old to be renewed")]
    TooOld,
    /// The certificate has not ended: renewal goes over the live session.
    #[error("the certificate has not ended")]
    NotEnded,
    /// No member of the list has this node's id, unit and keys.
    #[error("the node is not on the member list")]
    Unlisted,
    /// The paper is older than 72 hours, or from the future.
    #[error("the request is too old or from the future")]
    Stale,
    /// The certificate names another unit than the request.
    #[error("the certificate is for another unit")]
    WrongUnit,
    /// The certificate is not of this province, a key is not proven, or the new key is not new.
    #[error("possession of the keys is not proven")]
    NoProof,
}

impl From<RenewRefusal> for LateRefusal {
    fn from(refusal: RenewRefusal) -> Self {
        match refusal {
            RenewRefusal::Revoked => Self::Revoked,
            RenewRefusal::TooOld => Self::TooOld,
            RenewRefusal::NoProof | RenewRefusal::SameKey => Self::NoProof,
        }
    }
}

/// What a late request is judged against.
#[derive(Debug, Clone, Copy)]
pub struct LateTerms<'a> {
    /// The province.
    pub province: &'a ProvinceName,
    /// Its root certificate.
    pub root: &'a CertificateDer<'static>,
    /// The keys that are shut out.
    pub revoked: &'a RevokedKeys,
    /// Where the request came from.
    pub road: LateRoad,
    /// The instant of the judgement.
    pub now: Timestamp,
}

/// Who proved to be the holder of a certificate, and for which new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateClaim {
    /// As the certificate says.
    pub identity: NodeIdentity,
    /// The change key, whose hash is the node's id.
    pub change_key: [u8; 32],
    /// The new TLS key, whose possession is proven.
    pub tls_key: [u8; 32],
}

/// Judges a late request by itself; that the node is on the member list, with these keys, is for
/// the caller to check.
///
/// # Errors
/// [`LateRefusal`].
pub fn check_late_request(
    request: &LateRequest,
    terms: LateTerms<'_>,
) -> Result<LateClaim, LateRefusal> {
    let LateTerms { province, root, revoked, road, now } = terms;
    let foreign = LateRefusal::NoProof;
    let row = chain::from_pem(&request.chain).map_err(|_| foreign)?;
    chain::verify_in_life(&row, root, chain::unix_time(now)).map_err(|_| foreign)?;
    let identity = NodeIdentity::from_chain(&row, province).map_err(|_| foreign)?;
    let certified = identity::certified_key(&row[0]).map_err(|_| foreign)?;
    let claim = request.claim(road);
    let proven = key::verify(&certified, claim.as_bytes(), &request.tls_proof)
        && key::verify(&request.change_key, claim.as_bytes(), &request.change_proof)
        && key::node_id(&request.change_key) == identity.node;
    if !proven {
        return Err(LateRefusal::NoProof);
    }
    if request.unit != identity.unit {
        return Err(LateRefusal::WrongUnit);
    }
    let asked = RenewRequest { csr: request.csr.clone() };
    let tls_key = check_renewal(&identity, &asked, revoked, now)?;
    match road {
        LateRoad::Door(_) if now <= identity.not_after => return Err(LateRefusal::NotEnded),
        LateRoad::Paper if !is_fresh(request.made_at, now) => return Err(LateRefusal::Stale),
        LateRoad::Door(_) | LateRoad::Paper => {}
    }
    Ok(LateClaim { identity, change_key: request.change_key, tls_key })
}

fn is_fresh(made_at: Timestamp, now: Timestamp) -> bool {
    let age = now.as_millis().saturating_sub(made_at.as_millis());
    (-CLOCK_FAR_MS..=MAIL_LIFE_MS).contains(&age)
}

/// What tier 3 says to a late request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LateVerdict {
    /// The new certificate and the issuing one, PEM.
    Granted(String),
    /// None, and why.
    Refused(LateRefusal),
}

/// The signed answer to a late request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateAnswer {
    /// When it was given, by tier 3's clock.
    pub at: Timestamp,
    /// What it says.
    pub verdict: LateVerdict,
    /// Signature of the register key over the request and all of the above.
    #[serde(with = "bytes")]
    pub signature: [u8; 64],
}

impl LateAnswer {
    /// Answers the request of this digest; `sign` is the register key's.
    pub fn issue(
        request: Hash,
        at: Timestamp,
        verdict: LateVerdict,
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Self {
        let mut answer = Self { at, verdict, signature: [0; 64] };
        answer.signature = sign(answer.digest(request).as_bytes());
        answer
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
        let verdict = encoding::to_json(&self.verdict);
        let at = self.at.as_millis().to_be_bytes();
        let parts: [&[u8]; 3] = [request.as_bytes(), &at, verdict.as_bytes()];
        Hash::tagged("hoso/late-answer/1", &parts)
    }

    /// The signed verdict of an answer that the register of `charter` gave to `request`; `None`
    /// when it did not, and nothing of the answer counts.
    pub fn verdict(&self, request: Hash, charter: &Charter) -> Option<&LateVerdict> {
        let digest = self.digest(request);
        key::verify(&charter.register_key, digest.as_bytes(), &self.signature)
            .then_some(&self.verdict)
    }
}

/// How far the own clock is ahead of the one that signed an answer, in milliseconds, when a person
/// must look at it; `asked` and `heard` are instants of the own clock around the answer.
pub fn clock_error(asked: Timestamp, answered: Timestamp, heard: Timestamp) -> Option<i64> {
    let ahead = asked.as_millis().saturating_sub(answered.as_millis());
    let behind = answered.as_millis().saturating_sub(heard.as_millis());
    if ahead > CLOCK_FAR_MS {
        Some(ahead)
    } else if behind > CLOCK_FAR_MS {
        Some(-behind)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_when_the_answer_lies_outside_of_the_wait() {
        const HOUR: i64 = CLOCK_FAR_MS;
        let error = |asked: i64, answered: i64, heard: i64| {
            let at = |hours: i64| Timestamp::from_millis(hours * HOUR);
            clock_error(at(asked), at(answered), at(heard)).map(|off| off / HOUR)
        };
        assert_eq!(error(10, 10, 10), None);
        assert_eq!(error(10, 60, 80), None, "a courier takes days");
        assert_eq!(error(10, 8, 10), Some(2));
        assert_eq!(error(10, 12, 10), Some(-2));
        assert_eq!(error(10, 11, 10), None);
    }

    #[test]
    fn paper_counts_for_three_days() {
        let at = Timestamp::from_millis;
        assert!(is_fresh(at(0), at(MAIL_LIFE_MS)));
        assert!(!is_fresh(at(0), at(MAIL_LIFE_MS + 1)));
        assert!(is_fresh(at(CLOCK_FAR_MS), at(0)));
        assert!(!is_fresh(at(CLOCK_FAR_MS + 1), at(0)));
        assert!(!is_fresh(at(i64::MAX), at(i64::MIN)));
    }
}
