//! The engine's dealings with the registry office.

use dossier::{NodeId, UnitId};
use protocol::{
    Command, ConnId as CoreConn, Event, Records, Table, codec, core::Refused, member::SignedEntry,
    renewal::RenewalAnswer, wire::Frame,
};
use serde_bytes::ByteBuf;
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, refused};
use crate::{
    control::Response, environment::entropy::draw, link::enrolment::EnrolmentRequest,
    office::Enrolment,
};

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
    pub(super) fn append(&mut self, entry: SignedEntry) -> Result<(), EngineError> {
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
                entry.map_or(Ok(()), |entry| self.append(entry))?;
                let chain = chain.into_iter().map(ByteBuf::from).collect();
                let frame = Frame::RenewAnswer(RenewalAnswer { node, chain }).encode();
                let send = protocol::Effect::Send { conn, frame };
                self.pending.push(Pending::Effect(send));
            }
            Err(refusal) => tracing::warn!(code = refusal.code, %node, "renewal refused"),
        }
        Ok(())
    }
}
