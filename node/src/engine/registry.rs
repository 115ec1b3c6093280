//! The engine's dealings with the registry office.

use std::collections::BTreeMap;

use certs::enrolment::{LateRequest, LateRoad, LateVerdict};
use dossier::{NodeId, UnitId, unit::UnitTree};
use protocol::{
    Command, ConnId as CoreConn, Event, Records, Table, codec,
    core::{ListRow, Refused},
    member::SignedEntry,
    renewal::RenewalAnswer,
    wire::Frame,
};
use serde_bytes::ByteBuf;
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, refused};
use crate::{
    control::Response,
    environment::entropy::draw,
    link::enrolment::{EnrolmentRequest, Guest},
    office::Enrolment,
};

/// Rows of the list of dossiers read at a time.
const LISTING_ROWS: usize = 5_000;

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
        // Of a unit that lives on a machine may be lost or stolen; that of an ended one may hold what
        // nobody else has.
        let ended = self.core.has_ended(unit);
        let held = if ended { self.dossiers_by_unit()?.remove(unit) } else { None };
        let decided = match &self.office {
            Some(_) if held.is_some() => Err(Refused {
                code: "node-still-holds".to_owned(),
                detail: format!("{unit} ({})", held.unwrap_or_default()),
            }),
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

    /// A request at the door of the office, or on paper.
    pub(super) fn receive(&mut self, request: EnrolmentRequest) -> Result<(), EngineError> {
        match request.guest {
            Guest::Newcomer => self.enrol(request),
            Guest::Late(road) => self.readmit(road, request),
        }
    }

    fn readmit(&mut self, road: LateRoad, request: EnrolmentRequest) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        let serial = draw(&*self.environment.entropy);
        let Some(office) = &self.office else { return Ok(()) };
        let Ok(asked) = LateRequest::from_json(&request.bytes) else {
            tracing::warn!("late request not readable");
            return Ok(());
        };
        let unit = &asked.unit;
        match office.readmit(&self.core, &asked, road, serial, now) {
            Ok((entry, verdict)) => {
                match &verdict {
                    LateVerdict::Granted(_) => tracing::info!(%unit, "late renewal"),
                    LateVerdict::Refused(why) => tracing::warn!(%unit, %why, "no late renewal"),
                }
                let answer = office.answer_late(asked.digest(road), now, verdict);
                entry.map_or(Ok(()), |entry| self.append(entry))?;
                self.pending.push(Pending::Late(Box::new(answer), request.reply));
            }
            Err(refusal) => tracing::error!(code = refusal.code, "late renewal not answered"),
        }
        Ok(())
    }

    fn enrol(&mut self, request: EnrolmentRequest) -> Result<(), EngineError> {
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

    /// The org tree in force.
    pub(super) fn show_tree(
        &mut self,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let signed = self.core.tree();
        let (version, tree) = (signed.version, signed.tree.clone());
        self.pending.push(Pending::Respond(reply, Response::OrgTree { version, tree }));
        Ok(())
    }

    /// Judges the next org tree and, unless it is a dry run, issues it.
    pub(super) fn next_tree(
        &mut self,
        tree: UnitTree,
        dry_run: bool,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let dossiers = self.dossiers_by_unit()?;
        let now = self.environment.clock.now();
        let Some(office) = &self.office else {
            let unit = &self.resident.identity.unit;
            self.pending.push(Pending::Respond(reply, refused("not-tier-3", unit)));
            return Ok(());
        };
        let judged = office.judge_tree(&self.core, &tree, &dossiers).and_then(|report| {
            let next = (!dry_run && !report.changes.is_empty())
                .then(|| office.issue_tree(&self.core, tree, now))
                .transpose()?;
            Ok((report, next))
        });
        let response = match judged {
            Ok((mut report, next)) => {
                if let Some(next) = next {
                    (report.version, report.issued) = (next.version, true);
                    let command = Box::new(Command::Tree(next));
                    // Request 0 is nobody's: the answer is known.
                    self.decide(Event::Command { request: 0, command })?;
                }
                Response::NextTree(report)
            }
            Err(refusal) => Response::Refused(refusal),
        };
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    /// Issues the tree of a reorganisation whose day has come.
    pub(super) fn issue_when_due(&mut self) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        let Some(office) = &self.office else { return Ok(()) };
        let Some(tree) = self.core.tree_due(now) else { return Ok(()) };
        match office.issue_tree(&self.core, tree, now) {
            Ok(next) => {
                let command = Box::new(Command::Tree(next));
                // Request 0 is nobody's: the answer is known.
                self.decide(Event::Command { request: 0, command })
            }
            Err(refused) => {
                tracing::warn!(code = refused.code, "the tree of a reorganisation is not issued");
                Ok(())
            }
        }
    }

    fn dossiers_by_unit(&self) -> Result<BTreeMap<UnitId, u64>, EngineError> {
        let mut counts = BTreeMap::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = self.store.scan(Table::Listing, &[], after.as_deref(), LISTING_ROWS)?;
            for (_, row) in &rows {
                let row = ListRow::decode(row)?;
                *counts.entry(row.unit).or_default() += 1;
            }
            let Some((last, _)) = rows.into_iter().next_back() else { return Ok(counts) };
            after = Some(last);
        }
    }

    /// Puts the address of a unit's node on the list.
    pub(super) fn address(
        &mut self,
        unit: &UnitId,
        address: &str,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let now = self.environment.clock.now();
        let decided = match &self.office {
            Some(office) => office.address(&self.core, unit, address, now),
            None => Err(Refused { code: "not-tier-3".to_owned(), detail: unit.to_string() }),
        };
        let response = match decided {
            Ok(entry) => {
                self.append(entry)?;
                Response::Addressed
            }
            Err(refusal) => Response::Refused(refusal),
        };
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }
}
