//! The node's loop body: inputs in, one group commit, then everything that waited for it goes out.
//!
//! One owner: the engine alone holds core and store. It takes what is waiting (at most
//! [`BATCH_MAX`] inputs), stages their writes, makes them durable with one sync and only then
//! sends frames and answers. In production it runs on a thread of its own; a simulation calls
//! [`Engine::turn`] inline.

mod abroad;
mod account;
mod archive;
mod attachment;
mod audit;
mod calendar;
mod campaign;
mod conduct;
mod copies;
mod disk;
mod disruption;
mod grant;
mod inspection;
mod kind;
mod late;
mod registry;
mod renewal;
mod search;
mod survey;
mod wishes;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use certs::{NodeIdentity, RevokedKeys, enrolment::LateAnswer};
use dossier::{Timestamp, UnitId, deadline::Profile, unit::UnitTree};
use protocol::{
    Command, ConnId as CoreConn, Core, Effect, Event, Fault, Moment,
    audit::{Act, Record},
    core::{ContentWork, Incident, OpenError, Refused},
    plant::{self, Plant},
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::{
    account::{Porter, Riddle, Rules, Token},
    audit::Caller,
    calendar::CalendarOrder,
    control::{
        AbroadOrder, ArchiveOrder, AuditOrder, CampaignOrder, CertificateOrder, ConductOrder,
        CopyOrder, DisruptionOrder, KindOrder, Response,
    },
    crypto::KeyCrypto,
    environment::{Environment, entropy::draw},
    errand::{Errand, Heard},
    grant::GrantOrder,
    home::{Home, Resident},
    link::{
        CloseCode, ConnId, Link, LinkEvent, Unsent,
        enrolment::{EnrolmentDoor, EnrolmentRequest},
    },
    office::Office,
    search::SearchOrder,
    store::{Store, StoreError},
    survey::SurveyOrder,
};

pub use self::account::AtDoor;
pub use self::attachment::{ContentAsk, ContentReply};
pub(crate) use self::audit::Recorder;
use self::late::Late;
pub(crate) use self::late::late;
pub use self::wishes::{Upper, Wishes};

/// Inputs taken into one commit.
pub const BATCH_MAX: usize = 64;

/// Staged bytes at which a batch is committed before its next input.
const BATCH_BYTES: usize = 32 * 1024 * 1024;

/// What the engine is asked or told.
#[derive(Debug)]
pub enum Input {
    /// From the link.
    Link(LinkEvent),
    /// From the control socket.
    Ask(Command, oneshot::Sender<Response>),
    /// Invite a node: unit, online, address of the enrolment door.
    Invite(UnitId, bool, String, oneshot::Sender<Response>),
    /// Shut out the node of a unit.
    Revoke(UnitId, String, oneshot::Sender<Response>),
    /// The org tree in force.
    ShowTree(oneshot::Sender<Response>),
    /// The next org tree, and whether only to tell what it changes.
    NextTree(Box<UnitTree>, bool, oneshot::Sender<Response>),
    /// Where the node of a unit is reached.
    Address(UnitId, String, oneshot::Sender<Response>),
    /// A request at the enrolment door or the renewal door, or on paper.
    Enrol(EnrolmentRequest),
    /// About this node's own certificate.
    Certificate(CertificateOrder, oneshot::Sender<Response>),
    /// What came back from the renewal door of tier 3.
    Late(Heard),
    /// About the audit log.
    Audit(AuditOrder, oneshot::Sender<Response>),
    /// An input, and on whose behalf.
    For(Box<Caller>, Box<Input>),
    /// About rights given by document.
    Grant(GrantOrder, oneshot::Sender<Response>),
    /// A copy of a dossier that is to leave the system.
    Copy(CopyOrder, oneshot::Sender<Response>),
    /// About campaigns of declarations.
    Campaign(CampaignOrder, oneshot::Sender<Response>),
    /// About duties, internal rules, problems and proposals.
    Conduct(ConductOrder, oneshot::Sender<Response>),
    /// About incidents of the system.
    Disruption(DisruptionOrder, oneshot::Sender<Response>),
    /// About the catalog of kinds of change.
    Kind(KindOrder, oneshot::Sender<Response>),
    /// About the calendar.
    Calendar(CalendarOrder, oneshot::Sender<Response>),
    /// About all dossiers of a unit.
    Survey(SurveyOrder, oneshot::Sender<Response>),
    /// A search, or a table.
    Search(SearchOrder, oneshot::Sender<Response>),
    /// About packages between provinces.
    Abroad(AbroadOrder, oneshot::Sender<Response>),
    /// About the long-term archive.
    Archive(ArchiveOrder, oneshot::Sender<Response>),
    /// From whoever carries contents of attachments.
    Content(ContentAsk, oneshot::Sender<ContentReply>),
    /// For the porter.
    Account(AtDoor),
    /// One of the others, in a session.
    As(Token, Box<Input>),
    /// The moment of [`Wishes::tick_at`] has come.
    Tick,
}

/// Why the engine stopped. The node must be opened again.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store refused to write.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store could not answer.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The store's content.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Something that waits for the commit.
enum Pending {
    Effect(Effect),
    Enrolled(Box<crate::office::Enrolment>, oneshot::Sender<Vec<u8>>),
    Respond(oneshot::Sender<Response>, Response),
    Install(Vec<Vec<u8>>),
    Late(Box<LateAnswer>, oneshot::Sender<Vec<u8>>),
    Riddle(oneshot::Sender<Result<Riddle, Refused>>, Result<Riddle, Refused>),
    Content(oneshot::Sender<ContentReply>, ContentReply),
}

/// The loop body.
pub struct Engine {
    core: Core,
    store: Store,
    crypto: KeyCrypto,
    environment: Environment,
    home: Home,
    resident: Resident,
    link: Link,
    revoked: Arc<RevokedKeys>,
    office: Option<Office>,
    audit: Recorder,
    porter: Porter,
    /// The session of the input that is being taken.
    bearer: Option<Token>,
    sitting: grant::Sitting,
    /// Made when somebody first asks about all dossiers.
    readers: survey::Readers,
    peers: BTreeMap<ConnId, NodeIdentity>,
    asking: BTreeMap<u64, oneshot::Sender<Response>>,
    requests: u64,
    pending: Vec<Pending>,
    enrolment: Option<EnrolmentDoor>,
    /// When a certificate was last asked for.
    renewal_asked: Option<Timestamp>,
    late: Late,
    errands: mpsc::Sender<Errand>,
    ticked: Instant,
    hurries: u32,
    room: disk::Room,
    wishes: watch::Sender<Wishes>,
    contents: watch::Sender<ContentWork>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("core", &self.core).finish_non_exhaustive()
    }
}

/// What an engine is made of.
pub struct Parts {
    /// The decisions.
    pub core: Core,
    /// The store they were rebuilt from.
    pub store: Store,
    /// The change key.
    pub crypto: KeyCrypto,
    /// The seams.
    pub environment: Environment,
    /// The data directory.
    pub home: Home,
    /// Who lives there.
    pub resident: Resident,
    /// The connections.
    pub link: Link,
    /// The TLS keys that are refused.
    pub revoked: Arc<RevokedKeys>,
    /// The registry office, at tier 3.
    pub office: Option<Office>,
    /// The audit log.
    pub(crate) audit: Recorder,
    /// Its enrolment door, when it is open.
    pub enrolment: Option<EnrolmentDoor>,
    /// Who goes to the renewal door of tier 3.
    pub errands: mpsc::Sender<Errand>,
    /// The bounds persons live by.
    pub rules: Rules,
    /// How the words of the deadlines are read.
    pub deadlines: Profile,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("core", &self.core).finish_non_exhaustive()
    }
}

impl Engine {
    /// Puts an engine together. The receiver tells whom to dial and when to tick.
    pub fn new(parts: Parts) -> (Self, watch::Receiver<Wishes>) {
        let ticked = Instant::now();
        let (wishes, receiver) =
            watch::channel(Wishes { upper: None, hurries: 0, tick_at: ticked });
        parts.revoked.replace(parts.core.barred());
        let contents = watch::Sender::new(parts.core.content_work());
        let engine = Self {
            core: parts.core,
            store: parts.store,
            crypto: parts.crypto,
            environment: parts.environment,
            home: parts.home,
            resident: parts.resident,
            link: parts.link,
            revoked: parts.revoked,
            office: parts.office,
            audit: parts.audit,
            porter: Porter::new(parts.rules),
            bearer: None,
            sitting: grant::Sitting::default(),
            readers: survey::Readers::new(parts.deadlines),
            peers: BTreeMap::new(),
            asking: BTreeMap::new(),
            requests: 0,
            pending: Vec::new(),
            enrolment: parts.enrolment,
            renewal_asked: None,
            late: Late::default(),
            errands: parts.errands,
            ticked,
            hurries: 0,
            room: disk::Room::default(),
            wishes,
            contents,
        };
        engine.wish();
        (engine, receiver)
    }

    /// Takes a batch of inputs: decides, commits once, lets the results out. A full disk ends
    /// nothing: what could not be written is refused, and the engine goes on.
    ///
    /// # Errors
    /// [`EngineError`]: nothing of the batch was acknowledged; the node must stop.
    pub fn turn(&mut self, inputs: impl IntoIterator<Item = Input>) -> Result<(), EngineError> {
        self.watch_disk()?;
        let begun = self.record_start();
        self.survive(begun)?;
        for input in inputs {
            let taken = self.take_and_record(input).and_then(|()| {
                if self.store.staged_bytes() < BATCH_BYTES { Ok(()) } else { self.commit() }
            });
            self.survive(taken)?;
        }
        let committed = self.commit();
        self.survive(committed)?;
        self.forget_key_deeds();
        self.release();
        self.wish();
        self.tell_courier();
        Ok(())
    }

    /// Makes durable what is staged and lets out what waited for it, until nothing is staged.
    fn commit(&mut self) -> Result<(), EngineError> {
        while self.store.staged() > 0 {
            let head = self.store.commit()?;
            self.note_durable();
            self.store.told_to_peers(head);
            self.release();
            self.decide(Event::Committed)?;
        }
        Ok(())
    }

    /// Closes the store in good order.
    ///
    /// # Errors
    /// The store's.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.end_log()?;
        self.store.close().map(|_| ())
    }

    fn take(&mut self, input: Input) -> Result<(), EngineError> {
        let Some(input) = self.guard_office(input)? else { return Ok(()) };
        match input {
            Input::Link(event) => self.take_link(event),
            Input::Ask(command, reply) => {
                if command == Command::Sync {
                    self.sign_log()?;
                }
                self.ask(command, reply)
            }
            Input::Account(at_door) => self.attend(at_door),
            Input::Grant(order, reply) => self.order_grant(order, reply),
            Input::Campaign(order, reply) => self.order_campaign(order, reply),
            Input::Conduct(order, reply) => self.order_conduct(order, reply),
            Input::Disruption(order, reply) => self.order_disruption(order, reply),
            Input::Kind(order, reply) => self.order_kind(order, reply),
            Input::Calendar(order, reply) => self.order_calendar(order, reply),
            Input::Abroad(order, reply) => self.order_abroad(order, reply),
            Input::Archive(order, reply) => self.order_archive(order, reply),
            Input::Survey(order, reply) => self.order_survey(&order, reply),
            Input::Content(ask, reply) => self.take_content(ask, reply),
            Input::Invite(unit, online, address, reply) => {
                let response = self.invite(&unit, online, &address);
                self.pending.push(Pending::Respond(reply, response));
                Ok(())
            }
            Input::Revoke(unit, reason, reply) => self.revoke(&unit, reason, reply),
            Input::ShowTree(reply) => self.show_tree(reply),
            Input::NextTree(tree, dry_run, reply) => self.next_tree(*tree, dry_run, reply),
            Input::Address(unit, address, reply) => self.address(&unit, &address, reply),
            Input::Enrol(request) => self.receive(request),
            Input::Certificate(order, reply) => self.order_certificate(order, reply),
            Input::Late(heard) => {
                self.take_late(heard);
                Ok(())
            }
            Input::Tick => {
                self.ticked = Instant::now();
                if !self.room.is_full() {
                    self.sign_log_when_due()?;
                    self.note_heard()?;
                    self.renew_when_due()?;
                    self.come_back_when_due();
                    self.issue_when_due()?;
                }
                self.decide(Event::Tick)
            }
            // These were taken apart before.
            Input::Audit(..)
            | Input::Copy(..)
            | Input::Search(..)
            | Input::For(..)
            | Input::As(..) => Ok(()),
        }
    }

    fn take_link(&mut self, event: LinkEvent) -> Result<(), EngineError> {
        match event {
            LinkEvent::Opened { conn, peer, dialled, .. } => {
                let (tls_key, unit) = (peer.spki_hash, peer.unit.clone());
                self.peers.insert(conn, peer);
                if dialled {
                    self.sign_log()?;
                }
                self.decide(Event::Opened { conn: CoreConn(conn.0), tls_key, unit, dialled })
            }
            LinkEvent::Frame { conn, bytes } => {
                self.decide(Event::Frame { conn: CoreConn(conn.0), bytes: bytes.to_vec() })
            }
            LinkEvent::Closed { conn, why } => {
                tracing::info!(%conn, %why, "connection closed");
                self.late.closed(&why);
                self.peers.remove(&conn);
                let refused = why.refusal();
                self.decide(Event::Closed { conn: CoreConn(conn.0), refused })
            }
            LinkEvent::DialFailed { unit, addr, why } => {
                tracing::debug!(%unit, %addr, %why, "dial failed");
                self.late.dial_failed(&why);
                match why.refusal() {
                    Some(code) => self.decide(Event::Refused { unit, code }),
                    None => Ok(()),
                }
            }
        }
    }

    fn moment(&self) -> Moment {
        Moment { now: self.environment.clock.now(), seed: draw(&*self.environment.entropy) }
    }

    fn decide(&mut self, event: Event) -> Result<(), EngineError> {
        let moment = self.moment();
        for effect in self.core.handle(moment, event, &self.store, &self.crypto)? {
            match effect {
                Effect::Commit(ops) => {
                    self.record_writes(&ops)?;
                    self.stage_writes(&ops)?;
                }
                Effect::IssueRenewal { conn, node, request } => {
                    self.issue_renewal(conn, node, &request)?;
                }
                Effect::InstallRenewal { chain } => {
                    self.record(Record::of(Act::KeyAct))?;
                    self.pending.push(Pending::Install(chain));
                }
                Effect::Alarm(incident) => {
                    self.record_incident(&incident)?;
                    self.pending.push(Pending::Effect(Effect::Alarm(incident)));
                }
                early if plant::is(Plant::SendBeforeCommit) => self.perform(early),
                other => self.pending.push(Pending::Effect(other)),
            }
        }
        Ok(())
    }

    /// Lets out what waited for the commit.
    fn release(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            match pending {
                Pending::Effect(effect) => self.perform(effect),
                Pending::Enrolled(enrolment, reply) => self.answer_enrolment(&enrolment, reply),
                // A caller that has gone away needs no answer.
                Pending::Respond(reply, response) => drop(reply.send(response)),
                Pending::Install(chain) => self.install_renewal(&chain),
                Pending::Riddle(reply, riddle) => drop(reply.send(riddle)),
                Pending::Content(reply, answer) => drop(reply.send(answer)),
                Pending::Late(answer, reply) => drop(reply.send(answer.to_json().into_bytes())),
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Send { conn, frame } => {
                let conn = ConnId(conn.0);
                match self.link.send(conn, Bytes::from(frame)) {
                    Ok(()) | Err(Unsent::Closed) => {}
                    Err(Unsent::Backlogged | Unsent::Size) => {
                        self.link.close(conn, CloseCode::BUSY, "the peer does not keep up");
                    }
                }
            }
            Effect::Close { conn, code } => {
                let code_number = CloseCode(CloseCode::APPLICATION.0 + u32::from(code as u16));
                self.link.close(ConnId(conn.0), code_number, &format!("{code:?}"));
            }
            Effect::Bar(keys) => {
                for key in &keys {
                    self.revoked.insert(*key);
                }
                let revoked = Arc::clone(&self.revoked);
                self.link.close_revoked(&|peer| revoked.contains(&peer.spki_hash));
            }
            Effect::Answer { request, answer } => {
                if let Some(reply) = self.asking.remove(&request) {
                    drop(reply.send(Response::Core(*answer)));
                }
            }
            Effect::Alarm(Incident { kind, node, .. }) => {
                tracing::warn!(?kind, ?node, "incident");
            }
            Effect::Commit(_) | Effect::IssueRenewal { .. } | Effect::InstallRenewal { .. } => {
                unreachable!("done when it was decided")
            }
        }
    }
}

fn refused(code: &str, detail: impl std::fmt::Display) -> Response {
    Response::Refused(Refused { code: code.to_owned(), detail: detail.to_string() })
}
