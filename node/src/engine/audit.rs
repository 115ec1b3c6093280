//! The engine's part in the audit log: every request is recorded with what came of it, in the
//! transaction that its answer waits for.

mod reading;

pub(super) use reading::Back;

use dossier::{Hash, Timestamp, permission::Action};
use protocol::{
    Effect, Event, Records, Table,
    audit::{self, Act, Closed, Log, Record},
    codec,
    core::{Identity, Incident},
    member::SignedEntry,
};
use serde_bytes::ByteBuf;
use tokio::sync::oneshot;

use super::{AtDoor, Engine, EngineError, Input, Pending, grant, refused};
use crate::{
    account::AccountOrder,
    audit::{AuditKey, Caller, Came, Deed, OpeningCode, deed},
    calendar::CalendarOrder,
    control::{
        AuditAnswer, AuditOrder, CampaignOrder, ConductOrder, DisruptionOrder, ExportPlan,
        KindOrder, Response,
    },
    environment::entropy::draw,
    grant::GrantOrder,
    seal::KeyDeed,
    store::{Store, StoreError},
};

/// Bytes of sealed entries in one answer.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Checkpoints in one answer.
const PAGE_KEPT: usize = 2_000;

/// The log, and what it is sealed with.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(super) log: Log,
    pub(super) key: AuditKey,
    start: Start,
}

/// How far the log knows that this run began, and what was done to the keys before it.
#[derive(Debug, Clone, Copy)]
enum Start {
    Unknown,
    /// Staged, with so many deeds on keys; a batch that is taken back takes it along.
    Staged(usize),
    /// Durable; so many deeds are still to be forgotten by the vault.
    Durable(usize),
}

impl Recorder {
    /// Opens the log that the store holds.
    ///
    /// # Errors
    /// The store's, or that the key does not open the log.
    pub(crate) fn open(
        identity: &Identity,
        core: &protocol::Core,
        store: &Store,
        key: AuditKey,
    ) -> Result<Self, protocol::Fault> {
        let (node, unit) = (identity.node, identity.unit.clone());
        let log = Log::open(node, unit, core.incarnation(), store, &key)?;
        Ok(Self { log, key, start: Start::Unknown })
    }
}

impl Engine {
    /// Takes an input and records it.
    pub(super) fn take_and_record(&mut self, input: Input) -> Result<(), EngineError> {
        let (caller, input) = match input {
            Input::For(caller, input) => (*caller, *input),
            input => (Caller::default(), input),
        };
        let (bearer, input) = match input {
            Input::As(token, input) => (Some(token), *input),
            input => (None, input),
        };
        self.bearer = bearer;
        let outcome = self.take_from(caller, input);
        self.bearer = None;
        outcome
    }

    fn take_from(&mut self, mut caller: Caller, input: Input) -> Result<(), EngineError> {
        let Some(input) = self.turn_away(input) else { return Ok(()) };
        let bearer = self.bearer_named()?;
        self.sitting.begin(&caller, bearer.as_ref());
        if let Some(person) = &bearer {
            caller.claim.person.clone_from(person);
        }
        if caller.claim.purpose.is_empty()
            && let Some(purpose) = self.porter.purpose(self.bearer.as_ref())
        {
            purpose.clone_into(&mut caller.claim.purpose);
        }
        if let Input::Audit(order, reply) = input {
            return self.take_audit(order, reply, &caller);
        }
        if let Input::Copy(order, reply) = input {
            return self.take_copy(&order, reply, &caller);
        }
        if let Input::Search(order, reply) = input {
            return self.take_search(&order, reply, &caller);
        }
        let deed = self.deed_of(&input, &caller).map(|deed| match &bearer {
            Some(person) => deed.by(person),
            None => deed,
        });
        let (before, staged) = (self.pending.len(), self.store.staged());
        let opened = match &input {
            Input::Ask(command, _) => grant::opens(command).copied(),
            _ => None,
        };
        self.take(input)?;
        self.cover_answers(before);
        let Some(deed) = deed else { return Ok(()) };
        if self.pending[before..].iter().any(goes_on) {
            return Ok(());
        }
        let deed = deed.through(self.sitting.passage(), self.sitting.unmasked());
        let reader = deed.person().to_owned();
        let reading = deed.reading && self.store.staged() == staged;
        let came = self.pending[before..].iter().find_map(came_of).unwrap_or(Came::Done);
        let refused =
            matches!(came, Came::Refused(_) | Came::Answered(protocol::Answer::Refused(_)));
        if let Came::Answered(answer) = came {
            self.sitting.note_found(answer);
        }
        if self.sitting.compares() && !refused {
            return Ok(());
        }
        let record = deed.ended(came, &self.audit.key);
        if let Some(dossier) = opened.filter(|_| !refused) {
            self.watch_opening(&reader, dossier)?;
        }
        match self.record(record) {
            Err(EngineError::Store(error)) if reading && error.is_disk_full() => {
                tracing::warn!(%error, "no room to record a reading, it is refused");
                self.pending[before..].iter_mut().for_each(refuse);
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn deed_of(&self, input: &Input, caller: &Caller) -> Option<Deed> {
        let act = |act| Some(Deed::new(act, caller, false));
        match input {
            Input::Ask(command, _) => Deed::of_command(command, caller, &self.audit.key),
            Input::Invite(unit, ..) => act(Act::Invited { unit: unit.clone() }),
            Input::Revoke(unit, ..) => act(Act::Revoked { unit: unit.clone() }),
            Input::Address(unit, ..) => act(Act::Addressed { unit: unit.clone() }),
            Input::NextTree(..) => act(Act::TreeDrawn),
            Input::Enrol(_) => act(Act::Enrolled),
            Input::Certificate(order, _) => Deed::of_certificate(order, caller),
            Input::Account(at_door) => self.deed_at_door(at_door, caller),
            Input::Survey(order, _) if order.begins() => {
                let people = u32::try_from(self.core.totals().dossiers).unwrap_or(u32::MAX);
                Some(Deed::new(Act::Counted { people }, caller, true))
            }
            Input::Calendar(CalendarOrder::Decide { year, document, .. }, _) => {
                let mut deed = Deed::new(Act::CalendarDecided { year: *year }, caller, false);
                deed.rests_on(document);
                Some(deed)
            }
            Input::Grant(GrantOrder::Act(act), _) => Some(Deed::of_grant(act, caller)),
            Input::Grant(GrantOrder::Inspect(act), _) => Some(Deed::of_inspection(act, caller)),
            Input::Campaign(CampaignOrder::Act(act), _) => Some(Deed::of_campaign(act, caller)),
            Input::Conduct(ConductOrder::Act(act), _) => Some(Deed::of_conduct(act, caller)),
            Input::Conduct(order, _) => Deed::of_upkeep(order, caller),
            Input::Archive(order, _) => Deed::of_archive(order, caller, &self.audit.key),
            Input::Disruption(DisruptionOrder::Act(act), _) => {
                Some(Deed::of_disruption(act, caller))
            }
            Input::Kind(KindOrder::Add(kind), _) => Some(Deed::of_kind(kind, caller)),
            Input::Link(_)
            | Input::ShowTree(_)
            | Input::Late(_)
            | Input::Content(..)
            | Input::Abroad(..)
            | Input::Tick
            | Input::Grant(..)
            | Input::Campaign(..)
            | Input::Disruption(..)
            | Input::Kind(..)
            | Input::Calendar(..)
            | Input::Survey(..)
            | Input::Search(..)
            | Input::Audit(..)
            | Input::Copy(..)
            | Input::As(..)
            | Input::For(..) => None,
        }
    }

    fn deed_at_door(&self, at_door: &AtDoor, caller: &Caller) -> Option<Deed> {
        match at_door {
            AtDoor::Order(AccountOrder::Act(act), _) => {
                let record = Hash::tagged("hoso/audit/account/1", &[&codec::encode(&**act)]);
                Some(Deed::new(Act::AccountChanged { record }, caller, false))
            }
            AtDoor::Order(AccountOrder::SignOut, _) => Some(Deed::new(Act::LogOut, caller, false)),
            AtDoor::Settle(settled, _) => {
                let mut caller = caller.clone();
                caller.claim.person = self.porter.guessed_for(settled.id).to_owned();
                Some(Deed::new(Act::LogIn, &caller, false))
            }
            AtDoor::Order(..) | AtDoor::Knock(..) => None,
        }
    }

    /// Appends a record to the log; it is durable with the next commit. Nothing is appended when
    /// the store takes no more.
    pub(super) fn record(&mut self, record: Record) -> Result<(), EngineError> {
        let before = self.audit.log.clone();
        let now = self.environment.clock.now();
        let ops = {
            let log = &mut self.audit.log;
            let mut ops = Vec::new();
            if log.incarnation() != self.core.incarnation() {
                let life = self.core.incarnation();
                ops = log.begin_life(life, now, &self.audit.key, &self.crypto);
            }
            ops.extend(log.append(now, record, &self.audit.key));
            ops
        };
        if let Err(error) = self.store.stage_from_reserve(&ops) {
            self.audit.log = before;
            return Err(error.into());
        }
        if self.audit.log.open_entries() >= audit::CHECKPOINT_ENTRIES {
            self.sign_log()?;
        }
        Ok(())
    }

    /// Records what writes of the core tell by themselves.
    pub(super) fn record_writes(&mut self, ops: &[protocol::Op]) -> Result<(), EngineError> {
        let records = deed::of_writes(ops, &self.audit.key);
        records.into_iter().try_for_each(|record| self.record(record))
    }

    pub(super) fn record_incident(&mut self, incident: &Incident) -> Result<(), EngineError> {
        self.record(deed::of_incident(incident, &self.audit.key))
    }

    /// Records, once there is room, that the program runs.
    pub(super) fn record_start(&mut self) -> Result<(), EngineError> {
        if !matches!(self.audit.start, Start::Unknown) || self.room.is_full() {
            return Ok(());
        }
        self.recall_openings()?;
        self.record(Record::of(Act::Started))?;
        let deeds = self.key_deeds();
        for deed in &deeds {
            let purpose = format!("{}, khóa thứ {}", deed.act.vietnamese(), deed.generation);
            self.record(Record { purpose, ..Record::of(Act::KeyAct) })?;
        }
        self.audit.start = Start::Staged(deeds.len());
        Ok(())
    }

    /// What was done to the keys of this directory while the node was down.
    fn key_deeds(&self) -> Vec<KeyDeed> {
        self.home.vault().map(|vault| vault.deeds()).unwrap_or_default()
    }

    /// Takes note that what was staged is durable.
    pub(super) fn note_durable(&mut self) {
        if let Start::Staged(deeds) = self.audit.start {
            self.audit.start = Start::Durable(deeds);
        }
    }

    /// Lets the vault forget what was done to the keys, once it is durable in the log. A kill before
    /// it records them twice.
    pub(super) fn forget_key_deeds(&mut self) {
        let Start::Durable(recorded @ 1..) = self.audit.start else { return };
        let forgotten = self.home.vault().and_then(|vault| vault.forget_deeds(recorded));
        match forgotten {
            Ok(()) => self.audit.start = Start::Durable(0),
            Err(error) => tracing::warn!(%error, "what was done to the keys is recorded twice"),
        }
    }

    /// Signs the log as it stands, if anything is new in it; superiors are shown it once the
    /// signature is durable.
    pub(super) fn sign_log(&mut self) -> Result<(), EngineError> {
        if !self.audit.log.has_open() || self.room.is_full() {
            return Ok(());
        }
        let before = self.audit.log.clone();
        let ops = self.audit.log.checkpoint(self.environment.clock.now(), &self.crypto);
        if let Err(error) = self.store.stage(&ops) {
            self.audit.log = before;
            return Err(error.into());
        }
        self.decide(Event::Checkpointed)
    }

    pub(super) fn sign_log_when_due(&mut self) -> Result<(), EngineError> {
        if self.audit.log.is_due(self.environment.clock.now()) { self.sign_log() } else { Ok(()) }
    }

    /// How long until the log is to be signed.
    pub(super) fn signing_rest(&self, now: Timestamp) -> Option<std::time::Duration> {
        self.audit.log.rest(now).map(std::time::Duration::from_millis)
    }

    /// Reads the log again after staged writes were taken back.
    pub(super) fn reopen_log(&mut self) -> Result<(), EngineError> {
        let key = self.audit.key.clone();
        let start = self.audit.start;
        let identity = self.core.identity();
        self.audit = Recorder::open(identity, &self.core, &self.store, key)?;
        // A start that was taken back is recorded with the next act.
        if let Start::Durable(_) = start {
            self.audit.start = start;
        }
        Ok(())
    }

    /// Ends the log of this run. A disk that takes no more keeps no node from stopping.
    pub(super) fn end_log(&mut self) -> Result<(), StoreError> {
        let ended = self.record(Record::of(Act::Stopped)).and_then(|()| self.sign_log());
        match ended.and_then(|()| Ok(self.store.commit().map(|_| ())?)) {
            Ok(()) => Ok(()),
            Err(EngineError::Store(error)) if error.is_disk_full() => {
                tracing::warn!(%error, "the end of this run is not recorded");
                self.store.discard()
            }
            Err(EngineError::Store(error)) => Err(error),
            Err(error) => {
                tracing::warn!(%error, "the end of this run is not recorded");
                Ok(())
            }
        }
    }

    fn take_audit(
        &mut self,
        order: AuditOrder,
        reply: oneshot::Sender<Response>,
        caller: &Caller,
    ) -> Result<(), EngineError> {
        let action = match order {
            AuditOrder::Show { .. } => Action::ShowAudit,
            _ => Action::ExportAudit,
        };
        let mut opened = self.guard_log(&action)?;
        if opened.is_ok() && matches!(order, AuditOrder::Export { .. }) {
            opened = self.confirm()?;
        }
        if let Some(deed) = Deed::of_audit(&order, caller, self.audit.log.size()) {
            let came = opened.as_ref().map_or_else(Came::Refused, |()| Came::Done);
            match self.record(deed.ended(came, &self.audit.key)) {
                Err(EngineError::Store(error)) if error.is_disk_full() => {
                    let response = refused("disk-full", "no room to record it");
                    self.pending.push(Pending::Respond(reply, response));
                    return Ok(());
                }
                outcome => outcome?,
            }
        }
        if let Err(refusal) = opened {
            self.pending.push(Pending::Respond(reply, Response::Refused(refusal)));
            return Ok(());
        }
        let answer = match order {
            AuditOrder::Show { dossier, person, since, after } => {
                let wanted = dossier.map(|id| self.audit.key.dossier(&id));
                let person = dossier::fold(&person);
                self.page(after, |entry| {
                    since.is_none_or(|since| entry.at >= since)
                        && wanted.is_none_or(|it| entry.record.dossiers.contains(&it))
                        && dossier::fold(&entry.record.person).contains(&person)
                })?
            }
            AuditOrder::Export { .. } => {
                self.sign_log()?;
                AuditAnswer::Plan(Box::new(self.plan()?))
            }
            AuditOrder::Entries { log, after } => {
                let rows = audit::entries_after(&self.store, log, after, PAGE_BYTES / 1_024)?;
                AuditAnswer::Entries(
                    rows.into_iter().map(|(at, sealed)| (at, ByteBuf::from(sealed))).collect(),
                )
            }
            AuditOrder::Kept { after } => {
                let after = after.as_ref().map(|key| key.as_slice());
                let rows = audit::all_kept(&self.store, after, PAGE_KEPT)?;
                AuditAnswer::Kept(
                    rows.into_iter().map(|(key, kept)| (ByteBuf::from(key), kept)).collect(),
                )
            }
            AuditOrder::Seal { digest, lines } => {
                let digest = deed::package_digest(&digest, lines);
                let signature = protocol::Crypto::sign(&self.crypto, digest.as_bytes());
                AuditAnswer::Sealed(signature)
            }
        };
        self.pending.push(Pending::Respond(reply, Response::Audit(answer)));
        Ok(())
    }

    /// Every log of the node, the present one last.
    fn logs(&self) -> Vec<Closed> {
        let log = &self.audit.log;
        let (incarnation, size, head) = (log.incarnation(), log.size(), log.head());
        let present = Closed { generation: log.generation(), incarnation, size, head };
        log.former().iter().cloned().chain([present]).collect()
    }

    fn plan(&self) -> Result<ExportPlan, EngineError> {
        let rows = self.store.scan(Table::Member, &[], None, usize::MAX)?;
        let members: Vec<SignedEntry> =
            rows.iter().filter_map(|(_, row)| codec::decode(row).ok()).collect();
        let code = OpeningCode::from_bytes(draw(&*self.environment.entropy));
        let file = &self.resident.file;
        Ok(ExportPlan {
            node: self.core.identity().node,
            unit: self.core.identity().unit.clone(),
            at: self.environment.clock.now(),
            root: file.root.clone(),
            chain: file.chain.clone(),
            charter: serde_json::to_string(&file.charter).expect("a charter is JSON"),
            members,
            logs: self.logs(),
            key: ByteBuf::from(self.audit.key.wrap(&code)),
            code: code.text(),
        })
    }
}

/// What came of the request whose answer waits here, if one does.
fn came_of(pending: &Pending) -> Option<Came<'_>> {
    match pending {
        Pending::Respond(_, Response::Refused(refused)) => Some(Came::Refused(refused)),
        Pending::Respond(..) => Some(Came::Done),
        Pending::Effect(Effect::Answer { answer, .. }) => Some(Came::Answered(answer)),
        _ => None,
    }
}

/// Whether the request is asked again until it is done: it is recorded then.
fn goes_on(pending: &Pending) -> bool {
    let answer = |response: &Response| response.goes_on();
    matches!(pending, Pending::Respond(_, response) if answer(response))
}

/// Takes back an answer that could not be recorded.
fn refuse(pending: &mut Pending) {
    let no = || protocol::core::Refused {
        code: "disk-full".to_owned(),
        detail: "no room to record the reading".to_owned(),
    };
    match pending {
        Pending::Respond(_, response) => *response = Response::Refused(no()),
        Pending::Effect(Effect::Answer { answer, .. }) => {
            **answer = protocol::Answer::Refused(no());
        }
        _ => {}
    }
}
