//! The engine's dealings with the registry office, and this node's own renewal.

use certs::{
    PrivateKey, chain,
    enrolment::{RenewRequest, renew_at},
    key,
};
use dossier::{NodeId, UnitId};
use protocol::{
    Command, ConnId as CoreConn, Event, Records, Table, codec, core::Refused, member::SignedEntry,
    renewal::RenewalAnswer, wire::Frame,
};
use rustls_pki_types::CertificateDer;
use serde_bytes::ByteBuf;
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, refused};
use crate::{
    control::Response,
    environment::entropy::draw,
    home::{IDENTITY, KEYS, KeysFile},
    link::{PeerTls, enrolment::EnrolmentRequest},
    office::Enrolment,
};

/// A request for a new certificate is repeated after this time, in milliseconds.
const RENEWAL_WAIT_MS: u64 = 60_000;

impl Engine {
    pub(super) fn invite(&mut self, unit: &UnitId, online: bool, address: &str) -> Response {
        let secret = draw(&*self.environment.entropy);
        let now = self.environment.clock.now();
        let Some(office) = &mut self.office else { return refused("not-tier-3", unit) };
        match office.invite(&self.core, unit, online, address, secret, now) {
            Ok(issued) => Response::Invited {
                token: issued.token,
                delivery: issued.delivery,
                expires_at: issued.expires_at,
            },
            Err(refusal) => Response::Refused(refusal),
        }
    }

    pub(super) fn revoke(
        &mut self,
        unit: &UnitId,
        reason: String,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        let decided = match &self.office {
            Some(office) => office.revoke(&self.core, unit, reason, now),
            None => Err(Refused { code: "not-tier-3".to_owned(), detail: unit.to_string() }),
        };
        let response = match decided {
            Ok((node, entry)) => {
                self.append(entry)?;
                Response::Revoked { node }
            }
            Err(refusal) => Response::Refused(refusal),
        };
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    /// Appends an entry to the member list; it is spread with the next commit.
    fn append(&mut self, entry: SignedEntry) -> Result<(), EngineError> {
        let command = Box::new(Command::Member(entry));
        // Request 0 is nobody's: the answer is known.
        self.decide(Event::Command { request: 0, command })
    }

    pub(super) fn enrol(&mut self, request: EnrolmentRequest) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        let Some(office) = &mut self.office else { return Ok(()) };
        match office.judge(&self.core, &request.bytes, now) {
            Ok(enrolment) => {
                if let Some(entry) = enrolment.entry.clone() {
                    self.append(entry)?;
                }
                self.pending.push(Pending::Enrolled(Box::new(enrolment), request.reply));
            }
            // The applicant learns nothing but that the door closed.
            Err(refusal) => tracing::warn!(code = refusal.code, "enrolment refused"),
        }
        Ok(())
    }

    pub(super) fn answer_enrolment(
        &mut self,
        enrolment: &Enrolment,
        reply: oneshot::Sender<Vec<u8>>,
    ) {
        let now = self.environment.clock.now();
        let serial = draw(&*self.environment.entropy);
        let Some(office) = &self.office else { return };
        let rows = self.store.scan(Table::Member, &[], None, usize::MAX).unwrap_or_default();
        let members: Vec<SignedEntry> =
            rows.iter().filter_map(|(_, row)| codec::decode(row).ok()).collect();
        match office.answer(&self.core, members, enrolment, serial, now) {
            Ok(answer) => drop(reply.send(answer)),
            Err(refusal) => tracing::error!(code = refusal.code, "enrolment not answered"),
        }
    }

    pub(super) fn issue_renewal(
        &mut self,
        conn: CoreConn,
        node: NodeId,
        request: &[u8],
    ) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        let serial = draw(&*self.environment.entropy);
        let Some(office) = &self.office else { return Ok(()) };
        let Some(member) = self.core.members().get(&node) else { return Ok(()) };
        match office.renew(&self.core, member, request, serial, now) {
            Ok((entry, chain)) => {
                self.append(entry)?;
                let chain = chain.into_iter().map(ByteBuf::from).collect();
                let frame = Frame::RenewAnswer(RenewalAnswer { node, chain }).encode();
                let send = protocol::Effect::Send { conn, frame };
                self.pending.push(Pending::Effect(send));
            }
            Err(refusal) => tracing::warn!(code = refusal.code, %node, "renewal refused"),
        }
        Ok(())
    }

    /// Asks for a new certificate once half of the present one's life is over.
    pub(super) fn renew_when_due(&mut self) -> Result<(), EngineError> {
        let identity = &self.resident.identity;
        let jitter = identity.spki_hash.as_bytes()[0];
        let due = renew_at(identity.not_before, identity.not_after, jitter);
        let now = self.environment.clock.now();
        if now < due {
            return Ok(());
        }
        if self.office.is_some() {
            return self.renew_own();
        }
        let waiting = self
            .renewal_asked
            .is_some_and(|asked| now.as_millis().abs_diff(asked.as_millis()) < RENEWAL_WAIT_MS);
        let connected = self
            .core
            .sessions()
            .any(|session| session.relation() == protocol::core::Relation::Upper);
        if waiting || !connected {
            return Ok(());
        }
        self.renewal_asked = Some(now);
        let seed = draw(&*self.environment.entropy);
        let key = self.renewal.get_or_insert_with(|| PrivateKey::from_seed(seed));
        let request = serde_json::to_vec(&RenewRequest::new(key)).expect("a request is JSON");
        let command = Box::new(Command::Renew(request));
        self.decide(Event::Command { request: 0, command })
    }

    /// The tier-3 node renews its own certificate at its own office.
    fn renew_own(&mut self) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        let entropy = &*self.environment.entropy;
        let (seed, serial) = (draw(entropy), draw(entropy));
        let key = PrivateKey::from_seed(seed);
        let request = serde_json::to_vec(&RenewRequest::new(&key)).expect("a request is JSON");
        let node = self.core.identity().node;
        let (Some(office), Some(member)) = (&self.office, self.core.members().get(&node)) else {
            return Ok(());
        };
        match office.renew(&self.core, member, &request, serial, now) {
            Ok((entry, chain)) => {
                self.append(entry)?;
                self.renewal = Some(key);
                self.install_renewal(&chain);
            }
            Err(refusal) => tracing::error!(code = refusal.code, "own renewal refused"),
        }
        Ok(())
    }

    /// Takes the new certificate into use: files first, then handshakes.
    pub(super) fn install_renewal(&mut self, chain: &[Vec<u8>]) {
        let Some(key) = self.renewal.take() else { return };
        if let Err(reason) = self.try_install(chain, &key) {
            tracing::warn!(reason, "renewed certificate not taken");
        }
    }

    fn try_install(&mut self, chain: &[Vec<u8>], key: &PrivateKey) -> Result<(), &'static str> {
        let chain: Vec<CertificateDer<'static>> =
            chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
        let now = self.environment.clock.now();
        let at = chain::unix_time(now);
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
        let mut resident = self.resident.clone();
        resident.file.chain = chain::to_pem(&chain);
        let disk = &*self.environment.disk;
        let seed = |key: &PrivateKey| dossier::Hash::from_bytes(*key.seed());
        let keys = |tls, tls_next| KeysFile { tls, tls_next, change: seed(&resident.change) };
        // A kill between any two of these leaves a certificate and the key it names.
        let both = keys(seed(&resident.tls), Some(seed(key)));
        self.home.write(disk, KEYS, &both).map_err(|_| "keys could not be written")?;
        self.home
            .write(disk, IDENTITY, &resident.file)
            .map_err(|_| "certificate could not be written")?;
        if let Err(error) = self.home.write(disk, KEYS, &keys(seed(key), None)) {
            tracing::warn!(%error, "the former key stays beside the present one");
        }
        resident.chain = chain;
        resident.identity = identity;
        resident.tls = key.clone();
        self.resident = resident;
        let tls = PeerTls::new(&self.door(), &self.tls_identity());
        tls.map_err(|_| "TLS refused it")
            .and_then(|tls| self.link.renew(tls).map_err(|_| "the link refused it"))
    }
}
