//! The registry office of the tier-3 node: invites, enrolments, revocations, renewals, the org tree.
//!
//! It holds the issuing CA and the register key. What it decides becomes an entry of the member
//! list, and nobody hears of it before that entry is durable.

mod abroad;
mod account;
mod late;
mod tree;

use std::sync::Arc;

use certs::{
    AuthorityError, Charter, IssuingCa, NodeIdentity, PrivateKey, RevokedKeys, chain,
    enrolment::{
        Delivery, EnrolAnswer, EnrolRefusal, EnrolRequest, Invite, InviteToken, MAIL_LIFE_MS,
        ONLINE_LIFE_MS, RenewRequest, check_renewal, check_request,
    },
    key,
};
use dossier::{Hash, NodeId, Timestamp, UnitId};
use protocol::{
    Core, PublicKey, codec,
    core::Refused,
    member::{Member, MemberAct, SignedEntry},
};

use crate::{
    crypto::KeyCrypto,
    enrolment::Bundle,
    environment::Disk,
    home::{AUTHORITY, AuthorityFile, Home, HomeError, Resident},
};

pub use tree::TreeReport;

/// Open invites kept at once.
const INVITES_MAX: usize = 4_096;

/// The office.
pub struct Office {
    home: Home,
    disk: Arc<dyn Disk>,
    file: AuthorityFile,
    ca: IssuingCa,
    register: KeyCrypto,
    charter: Charter,
    revoked: Arc<RevokedKeys>,
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Office").field("invites", &self.file.invites.len()).finish_non_exhaustive()
    }
}

/// An invite as it leaves the office.
#[derive(Debug)]
pub struct Issued {
    /// The token, for people.
    pub token: String,
    /// The delivery file.
    pub delivery: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// An enrolment to be made durable and then answered.
pub struct Enrolment {
    /// The entry to append; `None` when the same request was answered before.
    pub entry: Option<SignedEntry>,
    invite: Invite,
    accepted: certs::enrolment::Accepted,
}

impl Office {
    /// Opens the office of a tier-3 node; `None` at any other node.
    ///
    /// # Errors
    /// [`HomeError`] when the authority file is unreadable.
    pub fn open(
        home: &Home,
        disk: Arc<dyn Disk>,
        resident: &Resident,
        revoked: Arc<RevokedKeys>,
        now: Timestamp,
    ) -> Result<Option<Self>, HomeError> {
        let file: AuthorityFile = match home.read_sealed(&*disk, AUTHORITY) {
            Ok(file) => file,
            Err(HomeError::Missing(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let damaged = HomeError::Damaged(AUTHORITY);
        let Ok(certificate) = chain::one_from_pem(&file.issuing) else { return Err(damaged) };
        let province = resident.file.province.clone();
        let seed = *file.issuing_key.as_bytes();
        let ca = IssuingCa::open(province, resident.root.clone(), certificate, seed, now);
        let ca =
            ca.map_err(|error| if is_untimely(&error) { HomeError::Clock } else { damaged })?;
        let register = KeyCrypto::new(PrivateKey::from_seed(*file.register_key.as_bytes()));
        let charter = resident.file.charter.clone();
        Ok(Some(Self { home: home.clone(), disk, file, ca, register, charter, revoked }))
    }

    /// Invites a node for `unit`; kept before it is told.
    ///
    /// # Errors
    /// A refusal for people, or the disk's.
    pub fn invite(
        &mut self,
        core: &Core,
        unit: &UnitId,
        online: bool,
        address: &str,
        secret: [u8; 16],
        now: Timestamp,
    ) -> Result<Issued, Refused> {
        let Some(found) = core.tree().tree.get(unit) else {
            return Err(refuse("unknown-unit", unit));
        };
        if core.members().active_for(unit).is_some() {
            return Err(refuse("has-node", unit));
        }
        self.file.invites.retain(|invite| invite.expires_at > now);
        if self.file.invites.len() >= INVITES_MAX {
            return Err(refuse("too-many-invites", INVITES_MAX));
        }
        let life = if online { ONLINE_LIFE_MS } else { MAIL_LIFE_MS };
        let expires_at = Timestamp::from_millis(now.as_millis() + life);
        let token = InviteToken::new(secret, chain::fingerprint(self.ca.root()));
        self.file.invites.push(Invite::new(&token, unit.clone(), found.tier.number(), expires_at));
        self.store()?;
        let delivery = Delivery {
            token: token.text(),
            unit: unit.clone(),
            province: self.ca.province().clone(),
            root_certificate: chain::to_pem(std::slice::from_ref(self.ca.root())),
            address: address.to_owned(),
            expires_at,
        };
        Ok(Issued { token: token.text(), delivery: delivery.to_json(), expires_at })
    }

    fn store(&self) -> Result<(), Refused> {
        let written = self.home.write_sealed(&*self.disk, AUTHORITY, &self.file);
        written.map_err(|error| refuse("disk", error))
    }

    /// Judges an enrolment request. The invite's new state is on disk when this returns.
    ///
    /// # Errors
    /// A refusal for the log; the applicant learns only that it was refused.
    pub fn judge(
        &mut self,
        core: &Core,
        request: &[u8],
        now: Timestamp,
    ) -> Result<Enrolment, Refused> {
        let request = EnrolRequest::from_json(request).map_err(|error| refuse("request", error))?;
        let place = self.file.invites.iter().position(|invite| invite.id == request.invite);
        let invite = place
            .map(|place| &mut self.file.invites[place])
            .ok_or_else(|| refuse("invite", EnrolRefusal::UnknownInvite))?;
        let judged = check_request(invite, &request, now);
        let invite = invite.clone();
        self.store()?;
        let accepted = judged.map_err(|error| refuse("invite", error))?;
        let entry = match core.members().get(&accepted.node) {
            Some(member) if accepted.repeated && member.is_active() => None,
            Some(_) => return Err(refuse("known-node", accepted.node)),
            None if core.members().active_for(&accepted.unit).is_some() => {
                return Err(refuse("has-node", &accepted.unit));
            }
            None => Some(self.sign(
                core,
                now,
                MemberAct::Enrol {
                    node: accepted.node,
                    unit: accepted.unit.clone(),
                    change_key: PublicKey(accepted.change_key),
                    tls_key: key::spki_hash(&accepted.tls_key),
                },
            )),
        };
        Ok(Enrolment { entry, invite, accepted })
    }

    /// The answer to an enrolment whose entry is on the list.
    ///
    /// # Errors
    /// When the issuing CA has ended.
    pub fn answer(
        &self,
        core: &Core,
        members: Vec<SignedEntry>,
        enrolment: &Enrolment,
        serial: [u8; 16],
        now: Timestamp,
    ) -> Result<Vec<u8>, Refused> {
        let bundle = Bundle {
            members,
            tree: core.tree().clone(),
            optional_holders: core.identity().optional_holders,
        };
        let answer = EnrolAnswer::issue(
            &self.ca,
            &enrolment.invite,
            &enrolment.accepted,
            self.charter.clone(),
            codec::encode(&bundle),
            serial,
            now,
        );
        answer.map(|answer| answer.to_json().into_bytes()).map_err(|error| refuse("ca", error))
    }

    /// The entry that shuts out the node of `unit`.
    ///
    /// # Errors
    /// A refusal for people.
    pub fn revoke(
        &self,
        core: &Core,
        unit: &UnitId,
        reason: String,
        now: Timestamp,
    ) -> Result<(NodeId, SignedEntry), Refused> {
        let member = core.members().active_for(unit).ok_or_else(|| refuse("no-node", unit))?;
        let node = member.node;
        if node == core.identity().node {
            return Err(refuse("own-node", unit));
        }
        Ok((node, self.sign(core, now, MemberAct::Revoke { node, reason })))
    }

    /// Judges a renewal request of an active member, and signs the entry with its new key; there
    /// is none when the key was entered before and only the answer was lost.
    ///
    /// # Errors
    /// A refusal for the log.
    pub fn renew(
        &self,
        core: &Core,
        member: &Member,
        request: &[u8],
        serial: [u8; 16],
        now: Timestamp,
    ) -> Result<(Option<SignedEntry>, Vec<Vec<u8>>), Refused> {
        let request: RenewRequest =
            serde_json::from_slice(request).map_err(|error| refuse("request", error))?;
        // The request came through other nodes, signed with the change key: what is known of the
        // asker is the list, whose keys are shut out together.
        let identity = NodeIdentity {
            unit: member.unit.clone(),
            node: member.node,
            spki_hash: member.tls_keys.first().copied().unwrap_or(Hash::ZERO),
            not_before: now,
            not_after: now,
            serial,
        };
        let tls_key = check_renewal(&identity, &request, &self.revoked, now)
            .map_err(|error| refuse("renewal", error))?;
        if Self::is_taken(core, member, &key::spki_hash(&tls_key)) {
            return Err(refuse("renewal", "the key is listed already"));
        }
        self.certify(core, member, &tls_key, serial, now)
    }

    /// Whether a key is listed, other than as the newest one of `member`.
    fn is_taken(core: &Core, member: &Member, spki: &Hash) -> bool {
        core.members().by_tls_key(spki).is_some() && member.tls_keys.last() != Some(spki)
    }

    /// Issues a certificate over a key that is not taken, and signs its entry unless it is listed.
    fn certify(
        &self,
        core: &Core,
        member: &Member,
        tls_key: &[u8; 32],
        serial: [u8; 16],
        now: Timestamp,
    ) -> Result<(Option<SignedEntry>, Vec<Vec<u8>>), Refused> {
        let spki = key::spki_hash(tls_key);
        let repeated = member.tls_keys.last() == Some(&spki);
        let chain = self
            .ca
            .issue(&member.unit, member.node, tls_key, serial, now)
            .map_err(|error| refuse("ca", error))?;
        let act = MemberAct::Renew { node: member.node, tls_key: spki };
        let chain = chain.into_iter().map(|der| der.as_ref().to_vec()).collect();
        Ok(((!repeated).then(|| self.sign(core, now, act)), chain))
    }

    fn sign(&self, core: &Core, now: Timestamp, act: MemberAct) -> SignedEntry {
        SignedEntry::issue(core.members().next(act, now), &self.register)
    }
}

/// Whether a certificate is sound and only not valid now: then the clock is to be looked at.
fn is_untimely(error: &AuthorityError) -> bool {
    use rustls::{CertificateError as Flaw, Error};

    match error {
        AuthorityError::Clock | AuthorityError::IssuingExpired => true,
        AuthorityError::NotOurs(Error::InvalidCertificate(flaw)) => matches!(
            flaw,
            Flaw::NotValidYet
                | Flaw::NotValidYetContext { .. }
                | Flaw::Expired
                | Flaw::ExpiredContext { .. }
        ),
        _ => false,
    }
}

fn refuse(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}
