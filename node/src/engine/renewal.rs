//! This node's own certificate: asked for at half life, taken into use without a break.
//!
//! **Invariant:** the key of the certificate on disk is on disk. The new key is written beside the
//! old one before anybody sees it, the new certificate replaces the old one in one step, and which
//! key is in use follows from the certificate. A crash in between costs a repeated question, which
//! the office answers with another certificate for the same key and without another entry.

use std::sync::Arc;
use std::time::Duration;

use certs::{
    Door, PrivateKey, TlsIdentity, chain,
    enrolment::{RenewRequest, renew_at},
    key,
};
use dossier::Timestamp;
use protocol::{Command, Event, core::Relation};
use rustls_pki_types::CertificateDer;

use super::{Engine, EngineError, Pending};
use crate::{environment::entropy::draw, home::HomeError, link::PeerTls, tls_time::TlsTime};

/// How long an answer is waited for, in milliseconds, before the question is put again.
const ASK_AGAIN_MS: u64 = 60_000;

impl Engine {
    /// Asks for a new certificate once half of the present one's life is over.
    pub(super) fn renew_when_due(&mut self) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        if now < self.renewal_due() || !self.may_ask(now) {
            return Ok(());
        }
        self.renewal_asked = Some(now);
        let key = match self.next_key() {
            Ok(key) => key,
            // It is tried again while the old certificate lasts, and `hoso status` tells how long.
            Err(HomeError::Io { action, source, .. }) => {
                tracing::warn!(action, error = %source, "the disk kept no key for a new certificate");
                return Ok(());
            }
            Err(error) => {
                tracing::error!(%error, "no key for a new certificate");
                return Ok(());
            }
        };
        let request = serde_json::to_vec(&RenewRequest::new(&key)).expect("a request is JSON");
        if self.office.is_some() {
            return self.renew_own(&request);
        }
        let command = Box::new(Command::Renew(request));
        // Request 0 is nobody's: the answer comes as a certificate.
        self.decide(Event::Command { request: 0, command })
    }

    fn renewal_due(&self) -> Timestamp {
        let identity = &self.resident.identity;
        renew_at(identity.not_before, identity.not_after, identity.spki_hash.as_bytes()[0])
    }

    /// How long until the next certificate is to be asked for, if somebody is there to be asked.
    pub(super) fn renewal_rest(&self, now: Timestamp) -> Option<Duration> {
        let due = self.renewal_due().as_millis();
        let again = self.renewal_asked.map_or(due, |asked| asked.as_millis() + ASK_AGAIN_MS as i64);
        let rest = due.max(again).saturating_sub(now.as_millis());
        let rest = Duration::from_millis(u64::try_from(rest).unwrap_or_default());
        self.has_whom_to_ask().then_some(rest)
    }

    fn has_whom_to_ask(&self) -> bool {
        let mut sessions = self.core.sessions();
        self.office.is_some() || sessions.any(|session| session.relation() == Relation::Upper)
    }

    /// Whether somebody is there to be asked and was not asked a moment ago. The clock may have
    /// been set back in between.
    fn may_ask(&self, now: Timestamp) -> bool {
        let waited = self
            .renewal_asked
            .is_none_or(|asked| now.as_millis().abs_diff(asked.as_millis()) >= ASK_AGAIN_MS);
        waited && self.has_whom_to_ask()
    }

    /// The key that the next certificate is for; on disk before it is used.
    pub(super) fn next_key(&mut self) -> Result<PrivateKey, HomeError> {
        if let Some(key) = &self.resident.next_tls {
            return Ok(key.clone());
        }
        let key = PrivateKey::from_seed(draw(&*self.environment.entropy));
        let disk = &*self.environment.disk;
        self.resident = self.home.keep_next_key(disk, &self.resident, &key)?;
        Ok(key)
    }

    /// The tier-3 node asks its own office; the certificate waits for its entry to be durable.
    fn renew_own(&mut self, request: &[u8]) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        let serial = draw(&*self.environment.entropy);
        let node = self.core.identity().node;
        let (Some(office), Some(member)) = (&self.office, self.core.members().get(&node)) else {
            return Ok(());
        };
        match office.renew(&self.core, member, request, serial, now) {
            Ok((entry, chain)) => {
                entry.map_or(Ok(()), |entry| self.append(entry))?;
                self.pending.push(Pending::Install(chain));
            }
            Err(refusal) => tracing::error!(code = refusal.code, "own renewal refused"),
        }
        Ok(())
    }

    /// Takes the new certificate into use: files first, then handshakes.
    pub(super) fn install_renewal(&mut self, chain: &[Vec<u8>]) {
        let chain = chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
        match self.try_install(chain, self.environment.clock.now()) {
            Ok(()) => {
                let until = self.resident.identity.not_after.as_millis();
                tracing::info!(until_ms = until, "certificate renewed");
            }
            Err(reason) => tracing::warn!(reason, "renewed certificate not taken"),
        }
    }

    /// Takes a chain into use that was issued by `at`, which tells the time where the own clock may
    /// be wrong.
    pub(super) fn try_install(
        &mut self,
        chain: Vec<CertificateDer<'static>>,
        at: Timestamp,
    ) -> Result<(), &'static str> {
        let key = self.resident.next_tls.clone().ok_or("not asked for")?;
        let at = chain::unix_time(at);
        chain::verify(&chain, &self.resident.root, at).map_err(|_| "not of this province")?;
        let identity = certs::NodeIdentity::from_chain(&chain, &self.resident.file.province)
            .map_err(|_| "not a node's certificate")?;
        let own = &self.resident.identity;
        let fits = identity.node == own.node
            && identity.unit == own.unit
            && identity.spki_hash == key::spki_hash(key.public());
        if !fits {
            return Err("for another node or key");
        }
        let disk = &*self.environment.disk;
        let (resident, tidied) = self
            .home
            .install(disk, &self.resident, (chain, identity, key))
            .map_err(|_| "certificate could not be written")?;
        self.resident = resident;
        self.renewal_asked = None;
        self.show_certificate()?;
        // Without this step, too, the next start finds the key of the certificate.
        tidied.map_err(|_| "in use, but the old key could not be removed")
    }

    /// Presents the certificate in use at both doors; live sessions go on.
    fn show_certificate(&self) -> Result<(), &'static str> {
        let (door, own) = (self.door(), self.tls_identity());
        let tls = PeerTls::new(&door, &own).map_err(|_| "TLS refused it")?;
        self.link.renew(tls).map_err(|_| "the link refused it")?;
        let Some(enrolment) = &self.enrolment else { return Ok(()) };
        let tls = door.entrance(&own).map_err(|_| "TLS refused it")?;
        enrolment.renew(Arc::new(tls)).map_err(|_| "the enrolment door refused it")
    }

    fn door(&self) -> Door {
        Door {
            province: self.resident.file.province.clone(),
            root: self.resident.root.clone(),
            revoked: Arc::clone(&self.revoked),
            clock: Arc::new(TlsTime::new(Arc::clone(&self.environment.clock))),
        }
    }

    fn tls_identity(&self) -> TlsIdentity {
        TlsIdentity { chain: self.resident.chain.clone(), key: self.resident.tls.clone() }
    }
}
