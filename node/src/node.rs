//! A running node: opens what lives in a data directory, keeps it connected, answers this machine.
//!
//! Tasks around the engine only carry: link events, control requests, enrolments and seconds go
//! into one bounded queue; the engine's thread takes them in batches. Whatever is slow in the
//! outside world holds back its own source and nothing else.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use certs::{
    Door, RevokedKeys, TlsIdentity,
    enrolment::{LateAnswer, LateRoad, LateVerdict},
};
use config::Settings;
use dossier::UnitId;
use protocol::{
    Command, Core, Moment,
    core::{OpenError, Refused},
};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use crate::{
    control::{self, Request, Response},
    crypto::KeyCrypto,
    engine::{BATCH_MAX, Engine, EngineError, Input, Parts, Upper, late},
    environment::{Environment, entropy::draw},
    errand::run_errands,
    home::{Home, HomeError},
    link::{
        Link, LinkError, LinkEvent, LinkLimits, LinkSeed, PeerTls,
        dialler::Dialler,
        enrolment::{EnrolmentDoor, EnrolmentRequest, Guest, serve_enrolment},
    },
    office::Office,
    store::{IndexKind, Store, StoreError, StoreOptions},
    tls_time::TlsTime,
};

/// Inputs that may wait for the engine.
const QUEUE: usize = 1_024;

/// A node that is up.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Its unit.
    pub unit: UnitId,
    /// Where peers reach it.
    pub listen: SocketAddr,
    /// Where joining nodes reach it, at tier 3.
    pub enrol: Option<SocketAddr>,
    /// Where this machine reaches it.
    pub control: PathBuf,
}

/// Why a node did not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store's content.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The TLS configuration.
    #[error("the certificate or key cannot be used")]
    Tls,
    /// The control socket.
    #[error("the control socket cannot be opened")]
    Control(#[source] std::io::Error),
    /// The engine stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The parent's address is not `host:port`.
    #[error("the parent's address cannot be resolved")]
    Parent(#[source] std::io::Error),
    /// A thread could not be started.
    #[error("a thread could not be started")]
    Thread(#[source] std::io::Error),
}

/// Runs the node of `settings.data_dir` until it is told to stop; `ready` is called once it is up.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    environment: Environment,
    settings: &Settings,
    limits: LinkLimits,
    ready: impl FnOnce(&Ready),
) -> Result<(), ServeError> {
    let home = Home::at(&settings.data_dir);
    let resident = home.resident(&*environment.disk)?;
    let revoked = Arc::new(RevokedKeys::default());
    let now = environment.clock.now();
    let office =
        Office::open(&home, Arc::clone(&environment.disk), &resident, Arc::clone(&revoked), now)?;

    let index = match settings.storage_index {
        config::IndexKind::Sled => IndexKind::Sled,
        config::IndexKind::Redb => IndexKind::Redb,
    };
    let options = StoreOptions { index, ..StoreOptions::default() };
    let store = Store::open(Arc::clone(&environment.disk), &home.store(), options)?;
    let crypto = KeyCrypto::new(resident.change.clone());
    let seed = draw(&*environment.entropy);
    let boot = u64::from_le_bytes(draw(&*environment.entropy));
    let core = Core::open(resident.to_core(), boot, Moment { now, seed }, &store, &crypto)?;

    let door = Door {
        province: resident.file.province.clone(),
        root: resident.root.clone(),
        revoked: Arc::clone(&revoked),
        clock: Arc::new(TlsTime::new(Arc::clone(&environment.clock))),
    };
    let own = TlsIdentity { chain: resident.chain.clone(), key: resident.tls.clone() };
    let tls = PeerTls::new(&door, &own).map_err(|_| ServeError::Tls)?;
    // The change key stays when certificates are renewed, and only this endpoint uses it so.
    let lasting = Some(*resident.change.seed());
    let seed = LinkSeed { fresh: draw(&*environment.entropy), lasting };
    let network = Arc::clone(&environment.network);
    let (link, events) = Link::open(&*network, tls, Some(settings.listen_peer), limits, seed)?;

    let (inputs, queue) = mpsc::channel(QUEUE);
    let has_office = office.is_some();
    let (enrolment, enrol) = match settings.listen_enrol.filter(|_| has_office) {
        Some(address) => {
            let tls = Arc::new(door.entrance(&own).map_err(|_| ServeError::Tls)?);
            let seed = draw(&*environment.entropy);
            let (opened, bound) = open_door(&*network, tls, address, seed, inputs.clone())?;
            (Some(opened), bound)
        }
        None => (None, None),
    };
    let control_listener = control::listen(&settings.data_dir).map_err(ServeError::Control)?;
    let shown = Ready {
        unit: resident.identity.unit.clone(),
        listen: link.local_addr().map_err(|error| ServeError::Link(LinkError::Bind(error)))?,
        enrol,
        control: home.control_socket(),
    };

    let (errands, sent) = mpsc::channel(1);
    let (engine, upper) = Engine::new(Parts {
        core,
        store,
        crypto,
        environment: environment.clone(),
        home,
        resident,
        link: link.clone(),
        revoked,
        office,
        enrolment,
        errands,
    });
    let (stop, stopped) = watch::channel(false);
    let stop = Arc::new(stop);
    let enrol_address = shown.enrol.map(|address| address.to_string()).unwrap_or_default();
    let hurry = Arc::new(Notify::new());
    let callers = Callers {
        inputs: inputs.clone(),
        link: link.clone(),
        stop,
        hurry: Arc::clone(&hurry),
        enrol_address,
        has_office,
    };
    let control = tokio::spawn(control::serve_control(control_listener, move |request| {
        callers.clone().answer(request)
    }));
    let errands = tokio::spawn(run_errands(sent, inputs.clone(), environment.clone()));
    let carried = tokio::spawn(carry(
        Carrier {
            link: link.clone(),
            events,
            inputs,
            upper,
            parent: settings.parent_address.clone(),
            hurry,
        },
        environment.clone(),
    ));
    ready(&shown);
    let result = run(engine, queue, stopped).await;
    control.abort();
    link.shutdown("the node goes down").await;
    carried.abort();
    errands.abort();
    result
}

/// Runs the engine on a thread of its own until told to stop, then closes the store.
async fn run(
    mut engine: Engine,
    mut queue: mpsc::Receiver<Input>,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let (done, mut result) = oneshot::channel();
    let (quit, mut quitting) = oneshot::channel::<()>();
    let thread = std::thread::Builder::new().name("hoso-engine".to_owned()).spawn(move || {
        let outcome = loop {
            let Some(first) = queue.blocking_recv() else { break Ok(()) };
            let mut batch = vec![first];
            while batch.len() < BATCH_MAX {
                match queue.try_recv() {
                    Ok(input) => batch.push(input),
                    Err(_) => break,
                }
            }
            if let Err(error) = engine.turn(batch) {
                break Err(error);
            }
            if quitting.try_recv().is_ok() {
                break Ok(());
            }
        };
        let closed = match outcome {
            Ok(()) => engine.close().map_err(EngineError::from),
            Err(error) => Err(error),
        };
        drop(done.send(closed));
    });
    thread.map_err(ServeError::Thread)?;
    let told = tokio::select! {
        biased;
        outcome = &mut result => Some(outcome),
        () = asked_to_stop(&mut stopped) => None,
    };
    let outcome = match told {
        Some(outcome) => outcome,
        None => {
            // The thread may have ended by itself; its result tells.
            let _ = quit.send(());
            result.await
        }
    };
    outcome.map_or(Ok(()), |closed| closed.map_err(ServeError::from))
}

async fn asked_to_stop(stopped: &mut watch::Receiver<bool>) {
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let terminated = async {
        match terminate.as_mut() {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending::<()>().await,
        }
    };
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stop| *stop) => {}
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn open_door(
    network: &dyn crate::environment::Network,
    tls: Arc<rustls::ServerConfig>,
    address: SocketAddr,
    seed: [u8; 32],
    inputs: mpsc::Sender<Input>,
) -> Result<(EnrolmentDoor, Option<SocketAddr>), ServeError> {
    let (sender, mut requests) = mpsc::channel::<EnrolmentRequest>(16);
    let door = serve_enrolment(network, tls, address, sender, seed)?;
    let bound = door.local_addr().ok();
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            if inputs.send(Input::Enrol(request)).await.is_err() {
                return;
            }
        }
    });
    Ok((door, bound))
}

/// Serves the control socket.
#[derive(Clone)]
struct Callers {
    inputs: mpsc::Sender<Input>,
    link: Link,
    stop: Arc<watch::Sender<bool>>,
    /// Tells the dialler that somebody waits for the superior.
    hurry: Arc<Notify>,
    enrol_address: String,
    has_office: bool,
}

impl Callers {
    async fn answer(self, request: Request) -> Response {
        let (reply, answer) = oneshot::channel();
        let input = match request {
            Request::Core(command) => {
                if command == Command::Sync {
                    self.hurry.notify_one();
                }
                Input::Ask(command, reply)
            }
            Request::Invite { unit, online } => {
                Input::Invite(unit, online, self.enrol_address.clone(), reply)
            }
            Request::Revoke { unit, reason } => Input::Revoke(unit, reason, reply),
            Request::Readmit { .. } | Request::Enrol { .. } if !self.has_office => {
                return refused("not-tier-3", "no office");
            }
            Request::Readmit { request } => return self.readmit(request).await,
            Request::Enrol { request } => return self.enrol(request).await,
            Request::Certificate(order) => Input::Certificate(order, reply),
            Request::OrgTree => Input::ShowTree(reply),
            Request::NextTree { tree, dry_run } => Input::NextTree(Box::new(tree), dry_run, reply),
            Request::Address { unit, address } => Input::Address(unit, address, reply),
            Request::Traffic => {
                let totals = self.link.totals();
                return Response::Traffic {
                    sent_bytes: totals.sent_bytes,
                    received_bytes: totals.received_bytes,
                    connections: self.link.connections(),
                };
            }
            Request::Shutdown => {
                self.stop.send_replace(true);
                return Response::Stopping;
            }
        };
        if self.inputs.send(input).await.is_err() {
            return Response::Stopping;
        }
        answer.await.unwrap_or(Response::Stopping)
    }

    /// A request that was carried by hand goes the way of the enrolment door.
    async fn enrol(self, request: String) -> Response {
        let Some(answer) = self.present(Guest::Newcomer, request).await else {
            return refused("enrolment", "no invite fits");
        };
        Response::Enrolled { answer }
    }

    /// So does a late one; the person who carries it is told at once what is wrong with it.
    async fn readmit(self, request: String) -> Response {
        let Some(answer) = self.present(Guest::Late(LateRoad::Paper), request).await else {
            return refused("late-request", "no answer");
        };
        match LateAnswer::from_json(answer.as_bytes()).map(|answer| answer.verdict) {
            Ok(LateVerdict::Refused(refusal)) => Response::Refused(late(refusal)),
            _ => Response::Enrolled { answer },
        }
    }

    async fn present(self, guest: Guest, request: String) -> Option<String> {
        let (reply, answer) = oneshot::channel();
        let source = SocketAddr::from(([127, 0, 0, 1], 0));
        let request = EnrolmentRequest { guest, bytes: request.into(), source, reply };
        self.inputs.send(Input::Enrol(request)).await.ok()?;
        answer.await.ok().and_then(|bytes| String::from_utf8(bytes).ok())
    }
}

fn refused(code: &str, detail: &str) -> Response {
    Response::Refused(Refused { code: code.to_owned(), detail: detail.to_owned() })
}

/// What carries link events and seconds, and keeps the upper neighbour dialled.
struct Carrier {
    link: Link,
    events: mpsc::Receiver<LinkEvent>,
    inputs: mpsc::Sender<Input>,
    upper: watch::Receiver<Option<Upper>>,
    parent: Option<String>,
    hurry: Arc<Notify>,
}

async fn carry(mut carrier: Carrier, environment: Environment) {
    let started = Instant::now();
    let random = || u64::from_le_bytes(draw(&*environment.entropy));
    let mut dialler = Dialler::new(Duration::ZERO, Duration::from_millis(500), random());
    let mut dialled = None;
    let mut tries = 0;
    // Whom to dial at first is no news; the first dials are spread.
    carrier.upper.borrow_and_update();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        let somebody = carrier.upper.borrow().is_some();
        let due = dialler.poll_timeout().map(|due| started + due).filter(|_| somebody);
        let wait = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        let input = tokio::select! {
            biased;
            event = carrier.events.recv() => {
                let Some(event) = event else { return };
                if let LinkEvent::Opened { dialled: true, .. } = event {
                    tries = 0;
                }
                follow(&event, &mut dialler, &mut dialled, started.elapsed(), random());
                Input::Link(event)
            }
            Ok(()) = carrier.upper.changed() => {
                tries = 0;
                dialler.handle_request(started.elapsed());
                continue;
            }
            () = carrier.hurry.notified() => {
                dialler.handle_request(started.elapsed());
                continue;
            }
            _ = second.tick() => Input::Tick,
            () = wait => {
                if dialler.handle_timeout(started.elapsed()) {
                    let called = dial(&carrier, tries).await;
                    tries = tries.wrapping_add(1);
                    if !called {
                        dialler.handle_ended(started.elapsed(), random());
                    }
                }
                continue;
            }
        };
        if carrier.inputs.send(input).await.is_err() {
            return;
        }
    }
}

/// Tells the dialler what became of its call.
fn follow(
    event: &LinkEvent,
    dialler: &mut Dialler,
    dialled: &mut Option<crate::link::ConnId>,
    now: Duration,
    random: u64,
) {
    match event {
        LinkEvent::Opened { conn, dialled: true, .. } => {
            *dialled = Some(*conn);
            dialler.handle_opened(now);
        }
        LinkEvent::Closed { conn, .. } if *dialled == Some(*conn) => {
            *dialled = None;
            dialler.handle_ended(now, random);
        }
        LinkEvent::DialFailed { .. } => dialler.handle_ended(now, random),
        LinkEvent::Opened { .. } | LinkEvent::Closed { .. } | LinkEvent::Frame { .. } => {}
    }
}

/// Dials the upper neighbour, at the address of the signed list and in turn at the one of the
/// settings: a mistake in either must not cut the node off. `false` when there is nobody to dial.
async fn dial(carrier: &Carrier, tries: usize) -> bool {
    let Some(Upper { unit, address }) = carrier.upper.borrow().clone() else { return false };
    let known: Vec<String> = address.into_iter().chain(carrier.parent.clone()).collect();
    let Some(address) = known.iter().cycle().nth(tries % known.len().max(1)) else { return false };
    let found = tokio::net::lookup_host(address).await;
    match found.ok().and_then(|mut addresses| addresses.next()) {
        Some(address) => {
            carrier.link.dial(address, unit);
            true
        }
        None => {
            tracing::warn!("the superior's address does not resolve");
            false
        }
    }
}
