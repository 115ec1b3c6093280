//! Renewal: a fresh TLS key for a node that is known, over its live session.

use dossier::Timestamp;
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use super::signing_request;
use crate::authority::{AuthorityError, DAY_MS, IssuingCa};
use crate::encoding::bytes;
use crate::identity::{NodeIdentity, SERIAL_LENGTH};
use crate::key::{self, PrivateKey};
use crate::tls::RevokedKeys;

/// Days after its end in which a certificate still proves who asks for renewal.
pub const RENEW_GRACE_DAYS: i64 = 60;

/// The longest life that is believed, in days.
const LIFE_MAX_DAYS: i64 = 3653;

/// Asks for a certificate of the same names over a new key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewRequest {
    /// Signing request for the new TLS key, DER.
    #[serde(with = "bytes")]
    pub csr: Vec<u8>,
}

impl RenewRequest {
    /// Asks for `tls_key`, made on this machine.
    pub fn new(tls_key: &PrivateKey) -> Self {
        Self { csr: signing_request::create(tls_key) }
    }
}

/// Why a renewal is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RenewRefusal {
    /// The key of the session is revoked.
    #[error("the key is revoked")]
    Revoked,
    /// The certificate ended more than [`RENEW_GRACE_DAYS`] ago; a new invite is needed.
    #[error("the certificate is too old to be renewed")]
    TooOld,
    /// The possession of the new key is not proven.
    #[error("possession of the new key is not proven")]
    NoProof,
    /// The new key is the old one, or a revoked one.
    #[error("a renewal needs a new key")]
    SameKey,
}

/// Decides over a renewal asked by `identity`, as its session proved it; gives the new key. The
/// caller has checked that the node is still on the member list.
///
/// # Errors
/// [`RenewRefusal`].
pub fn check_renewal(
    identity: &NodeIdentity,
    request: &RenewRequest,
    revoked: &RevokedKeys,
    now: Timestamp,
) -> Result<[u8; 32], RenewRefusal> {
    if revoked.contains(&identity.spki_hash) {
        return Err(RenewRefusal::Revoked);
    }
    let last = identity.not_after.as_millis().saturating_add(RENEW_GRACE_DAYS * DAY_MS);
    if now.as_millis() > last {
        return Err(RenewRefusal::TooOld);
    }
    let tls_key = signing_request::proven_key(&request.csr).map_err(|_| RenewRefusal::NoProof)?;
    let fresh = key::spki_hash(&tls_key);
    if fresh == identity.spki_hash || revoked.contains(&fresh) {
        return Err(RenewRefusal::SameKey);
    }
    Ok(tls_key)
}

impl IssuingCa {
    /// Issues the certificate of a renewal that [`check_renewal`] allowed; unit and node stay
    /// those of `identity`.
    ///
    /// # Errors
    /// As [`IssuingCa::issue`].
    pub fn renew(
        &self,
        identity: &NodeIdentity,
        tls_key: &[u8; 32],
        serial: [u8; SERIAL_LENGTH],
        now: Timestamp,
    ) -> Result<Vec<CertificateDer<'static>>, AuthorityError> {
        self.issue(&identity.unit, identity.node, tls_key, serial, now)
    }
}

/// When to renew: half of the life, earlier or later by up to a tenth of that half. `jitter` is a
/// random byte, so that nodes enrolled in one hour do not renew in one hour.
pub fn renew_at(not_before: Timestamp, not_after: Timestamp, jitter: u8) -> Timestamp {
    let life = not_after.as_millis().saturating_sub(not_before.as_millis());
    let half = life.clamp(0, LIFE_MAX_DAYS * DAY_MS) / 2;
    let offset = half / 10 * (2 * i64::from(jitter) - 255) / 255;
    Timestamp::from_millis(not_before.as_millis().saturating_add(half).saturating_add(offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewal_falls_on_half_life_within_a_tenth() {
        let at = |jitter| {
            let end = Timestamp::from_millis(45 * DAY_MS);
            renew_at(Timestamp::from_millis(0), end, jitter).as_millis()
        };
        let half = 45 * DAY_MS / 2;
        assert_eq!(at(0), half - half / 10);
        assert_eq!(at(255), half + half / 10);
        assert!((at(127) - half).abs() < half / 1000);
        assert!((0..255).all(|jitter| at(jitter) < at(jitter + 1)));
    }

    #[test]
    fn a_life_turned_round_does_not_overflow() {
        let (early, late) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        assert_eq!(renew_at(late, early, 9), late);
        assert!(renew_at(early, late, 255) > early);
    }
}
