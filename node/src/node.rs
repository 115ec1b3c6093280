//! A node that is open: what lives in a data directory, connected, waiting to be driven.
//!
//! Tasks around the engine only carry: link events, questions, enrolments and the hours go into
//! one bounded queue, and the engine takes them in batches. Whatever is slow in the outside world
//! holds back its own source and nothing else. [`serve`] drives a node as production does: engine
//! on a thread of its own, control socket, signals. The simulation drives the same node inline.
//!
//! **Invariant:** every task of an open node runs through [`crate::environment::Network::runtime`],
//! so that a double of it can stop the node dead; an open node itself needs no thread, no control
//! socket and no signal.

mod attachment;
mod carrier;
mod desk;
mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use certs::{Door, RevokedKeys, TlsIdentity};
use config::Settings;
use dossier::{UnitId, deadline::Profile};
use protocol::{Core, Moment, core::OpenError};
use tokio::sync::{Notify, mpsc, watch};

use crate::{
    account::{Rules, Secret},
    attachment::{counter::Counter, courier::Courier, holding::Holds},
    crypto::KeyCrypto,
    engine::{BATCH_MAX, Engine, EngineError, Input, Parts, Recorder},
    environment::{Environment, Network, entropy::draw},
    errand::run_errands,
    home::{Home, HomeError},
    link::{
        Link, LinkError, LinkLimits, LinkSeed, PeerTls,
        enrolment::{EnrolmentDoor, EnrolmentRequest, serve_enrolment},
    },
    office::Office,
    seal::Means,
    store::{IndexKind, Store, StoreError, StoreOptions},
    tls_time::TlsTime,
};
use carrier::Carrier;
pub use desk::Desk;
pub use serve::serve;

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
    /// Where this machine reaches it, once [`serve`] listens there.
    pub control: PathBuf,
    /// Where browsers of this machine reach it, once [`serve`] listens there.
    pub pages: Option<SocketAddr>,
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
    /// The form that is part of the program.
    #[error(transparent)]
    Data(#[from] config::DataError),
    /// The link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The TLS configuration.
    #[error("the certificate or key cannot be used")]
    Tls,
    /// The control socket.
    #[error("the control socket cannot be opened")]
    Control(#[source] std::io::Error),
    /// The pages.
    #[error("no port is free for the pages")]
    Pages(#[source] std::io::Error),
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

/// How a node is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Bounds of its link.
    pub limits: LinkLimits,
    /// How its store is opened.
    pub store: StoreOptions,
    /// The bounds its persons live by.
    pub rules: Rules,
    /// How the words of the deadlines are read (Điều 9, 13).
    pub deadlines: Profile,
    /// What opens its vault; the key file that the settings name, where nothing is said.
    pub means: Option<Means>,
    /// Whether attachments that are marked secret are taken (Điều 5.3).
    pub secret_attachments: bool,
}

/// What opens the vault of these settings.
pub fn means_of(settings: &Settings, passphrase: Option<Secret>) -> Means {
    let means = match &settings.seal.key_file {
        Some(path) => Means::key_file(path),
        None => Means::beside(&settings.data_dir),
    };
    Means { passphrase, ..means }
}

impl Options {
    /// What `settings` ask for, with these bounds of the link.
    pub fn of(settings: &Settings, limits: LinkLimits) -> Self {
        let index = match settings.storage_index {
            config::IndexKind::Sled => IndexKind::Sled,
            config::IndexKind::Redb => IndexKind::Redb,
        };
        let store = StoreOptions { index, ..StoreOptions::default() };
        let rules = Rules::of(settings.accounts);
        let (deadlines, secret_attachments) = (settings.deadlines, settings.secret_attachments);
        Self { limits, store, rules, deadlines, means: None, secret_attachments }
    }
}

/// What waits for the engine.
#[derive(Debug)]
pub struct Inputs(mpsc::Receiver<Input>);

impl Inputs {
    /// Waits for the next batch, at most [`BATCH_MAX`] inputs; `None` once nobody can send more.
    pub async fn next_batch(&mut self) -> Option<Vec<Input>> {
        let first = self.0.recv().await?;
        Some(self.with_waiting(first))
    }

    /// As [`Inputs::next_batch`], for a thread outside the runtime.
    pub fn blocking_batch(&mut self) -> Option<Vec<Input>> {
        let first = self.0.blocking_recv()?;
        Some(self.with_waiting(first))
    }

    /// What waits at this moment; `None` where nothing does.
    pub fn waiting_batch(&mut self) -> Option<Vec<Input>> {
        let first = self.0.try_recv().ok()?;
        Some(self.with_waiting(first))
    }

    fn with_waiting(&mut self, first: Input) -> Vec<Input> {
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX {
            match self.0.try_recv() {
                Ok(input) => batch.push(input),
                Err(_) => break,
            }
        }
        batch
    }
}

/// A node that is open. Whoever opened it passes batches of [`Node::inputs`] to
/// [`Engine::turn`], and ends with [`Engine::close`] and [`Desk::part`].
#[derive(Debug)]
pub struct Node {
    /// Core and store.
    pub engine: Engine,
    /// What waits for the engine.
    pub inputs: Inputs,
    /// Asks the node.
    pub desk: Desk,
}

impl Node {
    /// Opens the node of `settings.data_dir` and connects it. To be called within a runtime that
    /// drives the tasks of `environment.network`.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn open(
        environment: &Environment,
        settings: &Settings,
        options: &Options,
    ) -> Result<Self, ServeError> {
        let means = options.means.clone().unwrap_or_else(|| means_of(settings, None));
        let (disk, store_at) = (&*environment.disk, Home::at(&settings.data_dir).store());
        // Whoever holds the store may be locking the vault anew. Nothing is left where none lives.
        let there = disk.list(&store_at).is_ok();
        let held = there.then(|| Store::hold(disk, &store_at)).transpose()?;
        let home = Home::open(environment, &settings.data_dir, &means)?;
        let mut resident = home.resident(&*environment.disk)?;
        let revoked = Arc::new(RevokedKeys::default());
        let now = environment.clock.now();
        let disk = Arc::clone(&environment.disk);
        let office = Office::open(&home, disk, &resident, Arc::clone(&revoked), now)?;

        let disk = Arc::clone(&environment.disk);
        let vault = home.vault().map_err(HomeError::from)?;
        let held = held.ok_or_else(|| StoreError::Missing(store_at.clone()))?;
        let store = Store::open_held(disk, &store_at, vault, options.store.clone(), held)?;
        let crypto = KeyCrypto::new(resident.change.clone());
        let seed = draw(&*environment.entropy);
        let boot = u64::from_le_bytes(draw(&*environment.entropy));
        let sides = Arc::new(config::load_sides()?);
        let moment = Moment { now, seed };
        let mut core = Core::open(resident.to_core(), sides, boot, moment, &store, &crypto)?;
        core.declare_fit_for_secrets(options.secret_attachments);
        core.count_by(config::load_calendar(&config::Files::embedded())?);
        let fresh = || draw(&*environment.entropy);
        let key = home.audit_key(&*environment.disk, &mut resident, fresh)?;
        let audit = Recorder::open(core.identity(), &core, &store, key).map_err(OpenError::from)?;

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
        let network = &*environment.network;
        let limits = options.limits.clone();
        let (link, events) = Link::open(network, tls, Some(settings.listen_peer), limits, seed)?;

        let (inputs, queue) = mpsc::channel(QUEUE);
        let enrolment = match settings.listen_enrol.filter(|_| office.is_some()) {
            Some(address) => {
                let tls = Arc::new(door.entrance(&own).map_err(|_| ServeError::Tls)?);
                let seed = draw(&*environment.entropy);
                Some(open_door(network, tls, address, seed, inputs.clone())?)
            }
            None => None,
        };
        let ready = Ready {
            unit: resident.identity.unit.clone(),
            listen: link.local_addr().map_err(|error| ServeError::Link(LinkError::Bind(error)))?,
            enrol: enrolment.as_ref().and_then(|door| door.local_addr().ok()),
            control: home.control_socket(),
            pages: None,
        };

        let shelf = attachment::shelf(environment, &home, &options.store, &core, &store)?;
        let has_office = office.is_some();
        let (errands, sent) = mpsc::channel(1);
        let (engine, wishes) = Engine::new(Parts {
            core,
            store,
            crypto,
            environment: environment.clone(),
            home,
            resident,
            link: link.clone(),
            revoked,
            office,
            audit,
            enrolment,
            errands,
            rules: options.rules,
            deadlines: options.deadlines,
        });
        let hurry = Arc::new(Notify::new());
        let (stop, stopped) = watch::channel(false);
        let holds = Holds::default();
        let courier = Courier {
            link: link.clone(),
            inputs: inputs.clone(),
            shelf: shelf.clone(),
            holds: holds.clone(),
            work: engine.content_work(),
            stopped: stopped.clone(),
        };
        let carrier = Carrier {
            link: link.clone(),
            events,
            inputs: inputs.clone(),
            wishes,
            parent: settings.parent_address.clone(),
            hurry: Arc::clone(&hurry),
            stopped,
            entropy: Arc::clone(&environment.entropy),
        };
        let runtime = network.runtime();
        runtime.spawn(Box::pin(carrier.carry()));
        runtime.spawn(Box::pin(run_errands(sent, inputs.clone(), environment.clone())));
        runtime.spawn(Box::pin(courier.carry()));
        let entropy = Arc::clone(&environment.entropy);
        let counter = Arc::new(Counter::new(shelf, holds, entropy, options.secret_attachments));
        let desk = Desk::new(inputs, link, ready, stop, hurry, has_office, counter);
        Ok(Self { engine, inputs: Inputs(queue), desk })
    }
}

fn open_door(
    network: &dyn Network,
    tls: Arc<rustls::ServerConfig>,
    address: SocketAddr,
    seed: [u8; 32],
    inputs: mpsc::Sender<Input>,
) -> Result<EnrolmentDoor, ServeError> {
    let (sender, mut requests) = mpsc::channel::<EnrolmentRequest>(16);
    let door = serve_enrolment(network, tls, address, sender, seed)?;
    network.runtime().spawn(Box::pin(async move {
        while let Some(request) = requests.recv().await {
            if inputs.send(Input::Enrol(request)).await.is_err() {
                return;
            }
        }
    }));
    Ok(door)
}
