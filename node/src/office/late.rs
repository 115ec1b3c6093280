//! Nodes that come back after their certificate ended.

use certs::{
    chain,
    enrolment::{LateAnswer, LateRefusal, LateRequest, LateRoad, LateTerms, LateVerdict},
    key,
};
use dossier::{Hash, Timestamp};
use protocol::{
    Core, Crypto,
    core::Refused,
    member::{Member, SignedEntry},
};
use rustls_pki_types::CertificateDer;

use super::Office;

impl Office {
    /// Judges a late request, and signs the entry with the new key; there is none when the key was
    /// entered before and only the answer was lost.
    ///
    /// # Errors
    /// When the issuing CA has ended; the applicant is told nothing then.
    pub fn readmit(
        &self,
        core: &Core,
        request: &LateRequest,
        road: LateRoad,
        serial: [u8; 16],
        now: Timestamp,
    ) -> Result<(Option<SignedEntry>, LateVerdict), Refused> {
        let (member, tls_key) = match self.recognise(core, request, road, now) {
            Ok(found) => found,
            Err(refusal) => return Ok((None, LateVerdict::Refused(refusal))),
        };
        let (entry, chain) = self.certify(core, member, &tls_key, serial, now)?;
        let chain: Vec<CertificateDer<'static>> =
            chain.into_iter().map(CertificateDer::from).collect();
        Ok((entry, LateVerdict::Granted(chain::to_pem(&chain))))
    }

    /// The member that asks, and the key it asks for.
    fn recognise<'a>(
        &self,
        core: &'a Core,
        request: &LateRequest,
        road: LateRoad,
        now: Timestamp,
    ) -> Result<(&'a Member, [u8; 32]), LateRefusal> {
        let terms = LateTerms {
            province: self.ca.province(),
            root: self.ca.root(),
            revoked: &self.revoked,
            road,
            now,
        };
        let claim = certs::enrolment::check_late_request(request, terms)?;
        let identity = &claim.identity;
        let member = core.members().get(&identity.node).filter(|member| {
            member.unit == identity.unit
                && member.change_key.0 == claim.change_key
                && member.tls_keys.contains(&identity.spki_hash)
        });
        let member = member.ok_or(LateRefusal::Unlisted)?;
        if !member.is_active() {
            return Err(LateRefusal::Revoked);
        }
        if Self::is_taken(core, member, &key::spki_hash(&claim.tls_key)) {
            return Err(LateRefusal::NoProof);
        }
        Ok((member, claim.tls_key))
    }

    /// Signs the answer to the request of this digest.
    pub fn answer_late(&self, request: Hash, now: Timestamp, verdict: LateVerdict) -> LateAnswer {
        LateAnswer::issue(request, now, verdict, |bytes| self.register.sign(bytes).to_bytes())
    }
}
