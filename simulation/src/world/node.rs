//! One simulated node: the production node on simulated seams, started, stopped, crashed, restored.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use config::{IndexKind, Profile, Settings};
use dossier::{UnitId, unit::Tier};
use node::{
    control::{Request, Response},
    engine::Engine,
    environment::{Environment, SeededEntropy},
    link::LinkLimits,
    node::{Desk, Node, Options, ServeError},
};
use protocol::{Answer, Command};
use tokio::time::{sleep, timeout};

use super::clock::{Era, VirtualClock};
use super::disk::{DATA, NodeDisk, store_options};
use super::network::{ENROL_PORT, Fabric, Group, PEER_PORT, Place, SimulatedNetwork, address};

/// How long a person waits for the own node, virtual.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bounds of links in a world: keep-alives so far apart that an idle week costs nothing.
pub fn link_limits() -> LinkLimits {
    LinkLimits {
        idle_time: Duration::from_secs(15 * 60),
        keep_alive: Duration::from_secs(5 * 60),
        ..LinkLimits::default()
    }
}

/// A machine with a node on it.
#[derive(Debug)]
pub struct SimulatedNode {
    /// The unit it serves.
    pub unit: UnitId,
    /// Its tier.
    pub tier: Tier,
    /// Where its machine stands.
    pub place: Place,
    /// The machine of its superior.
    pub parent: Option<Place>,
    /// The machine its settings name as its superior's; nobody goes there when the unit moves.
    configured: Option<Place>,
    /// Its wall clock.
    pub clock: Arc<VirtualClock>,
    /// Its disk.
    pub disk: NodeDisk,
    entropy: Arc<SeededEntropy>,
    /// How long its disk takes to make a batch durable, in virtual microseconds: usually, and at
    /// present.
    pace_us: (u64, Arc<AtomicU64>),
    running: Option<Running>,
}

/// One run of a node.
struct Running {
    desk: Desk,
    engine: Arc<Mutex<Engine>>,
    group: Group,
    /// Why the engine stopped by itself.
    fault: Arc<Mutex<Option<String>>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("desk", &self.desk).finish_non_exhaustive()
    }
}

impl SimulatedNode {
    /// A machine with an empty disk. Everything random about it follows from `seed`.
    pub fn new(
        unit: UnitId,
        tier: Tier,
        places: (Place, Option<Place>),
        era: Era,
        seed: u64,
    ) -> Self {
        let pace_us = 1_000 + seed % 8_000;
        Self {
            unit,
            tier,
            place: places.0,
            parent: places.1,
            configured: places.1,
            clock: Arc::new(VirtualClock::new(era)),
            disk: NodeDisk::default(),
            entropy: Arc::new(SeededEntropy::new(seed)),
            pace_us: (pace_us, Arc::new(AtomicU64::new(pace_us))),
            running: None,
        }
    }

    /// A second machine with a copy of this one's disk, elsewhere.
    #[must_use]
    pub fn cloned(&self, place: Place, era: Era, seed: u64) -> Self {
        let places = (place, self.parent);
        let mut clone = Self::new(self.unit.clone(), self.tier, places, era, seed);
        clone.disk = self.disk.copy();
        clone
    }

    /// The seams of the machine; its tasks belong to `group`.
    pub fn environment(&self, fabric: &Fabric, group: &Group) -> Environment {
        let network = SimulatedNetwork::new(fabric.clone(), self.place, group.clone());
        Environment {
            clock: Arc::clone(&self.clock) as _,
            entropy: Arc::clone(&self.entropy) as _,
            disk: self.disk.seam(),
            network: Arc::new(network),
        }
    }

    fn settings(&self) -> Settings {
        let profile = match self.tier {
            Tier::Three => Profile::Province,
            Tier::Two => Profile::Department,
            Tier::One | Tier::Province => Profile::Unit,
        };
        Settings {
            profile,
            province: "hoabinh".parse().expect("a unit id"),
            data_dir: DATA.into(),
            listen_peer: address(self.place, PEER_PORT),
            listen_enrol: (profile == Profile::Province).then(|| address(self.place, ENROL_PORT)),
            listen_pages: None,
            parent_address: self.configured.map(|parent| address(parent, PEER_PORT).to_string()),
            storage_index: IndexKind::Sled,
            accounts: config::AccountSettings::default(),
            seal: config::SealSettings::default(),
            secret_attachments: false,
            deadlines: dossier::deadline::Profile::default(),
            communes_hold_dossiers: true,
        }
    }

    /// Starts the node; it runs until it is stopped or its disk fails.
    ///
    /// # Errors
    /// Why the node of this disk does not open.
    pub fn start(&mut self, fabric: &Fabric) -> Result<(), ServeError> {
        if self.running.is_some() {
            return Ok(());
        }
        let group = Group::default();
        let environment = self.environment(fabric, &group);
        let options =
            Options { limits: link_limits(), store: store_options(), ..Options::default() };
        let opened = Node::open(&environment, &self.settings(), &options);
        let Node { engine, mut inputs, desk } = match opened {
            Ok(node) => node,
            Err(error) => {
                fabric.silence(self.place);
                return Err(error);
            }
        };
        let engine = Arc::new(Mutex::new(engine));
        let fault = Arc::new(Mutex::new(None));
        let (driven, told) = (Arc::clone(&engine), Arc::clone(&fault));
        let pace_us = Arc::clone(&self.pace_us.1);
        group.spawn(async move {
            while let Some(batch) = inputs.next_batch().await {
                sleep(Duration::from_micros(pace_us.load(Ordering::Relaxed))).await;
                if let Err(error) = lock(&driven).turn(batch) {
                    *lock(&told) = Some(error.to_string());
                    return;
                }
            }
        });
        self.running = Some(Running { desk, engine, group, fault });
        Ok(())
    }

    /// Lets its disk take so many virtual microseconds for every batch, or its usual time again.
    pub fn set_pace(&self, us: Option<u64>) {
        self.pace_us.1.store(us.unwrap_or(self.pace_us.0), Ordering::Relaxed);
    }

    /// Whether the node runs.
    pub fn is_up(&self) -> bool {
        self.running.as_ref().is_some_and(|running| lock(&running.fault).is_none())
    }

    /// Why the node stopped by itself, if it did.
    pub fn fault(&self) -> Option<String> {
        self.running.as_ref().and_then(|running| lock(&running.fault).clone())
    }

    /// The engine of the running node, between two turns.
    pub fn engine(&self) -> Option<MutexGuard<'_, Engine>> {
        self.running.as_ref().map(|running| lock(&running.engine))
    }

    /// Connections of the running node.
    pub fn connections(&self) -> u32 {
        self.running.as_ref().map_or(0, |running| running.desk.link().connections())
    }

    /// Asks the node as its people do; `None` when it does not answer.
    pub async fn ask(&self, request: Request) -> Option<Response> {
        let desk = self.running.as_ref()?.desk.clone();
        let response = timeout(PATIENCE, desk.answer(request)).await.ok()?;
        (response != Response::Stopping).then_some(response)
    }

    /// Asks the node's core.
    pub async fn command(&self, command: Command) -> Option<Answer> {
        match self.ask(Request::Core(command)).await? {
            Response::Core(answer) => Some(answer),
            _ => None,
        }
    }

    /// Stops the node in good order.
    pub async fn stop(&mut self, fabric: &Fabric) {
        if let Some(running) = &self.running {
            running.desk.part("the office closes").await;
        }
        self.end(fabric).await;
    }

    /// Cuts the power: every task stops where it stands, and of what was not synced only what
    /// `seed` says survives.
    pub async fn crash(&mut self, fabric: &Fabric, seed: u64) {
        self.end(fabric).await;
        self.disk.raw().crash(seed);
    }

    /// Stops every task at once; the disk stays as the operating system has it.
    pub async fn end(&mut self, fabric: &Fabric) {
        fabric.silence(self.place);
        if let Some(running) = self.running.take() {
            running.group.abort().await;
        }
    }

    /// Where its data lies.
    pub fn data_dir(&self) -> &'static Path {
        Path::new(DATA)
    }
}

pub(crate) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
