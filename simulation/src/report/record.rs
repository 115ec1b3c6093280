//! One run, written down while it is lived.

use std::collections::BTreeMap;

use crate::checker::Violation;
use crate::world::observation::{Condition, Counts};
use crate::world::{Options, Place, World, faults::Planned};

/// Looks there are at most; a picture has no more points.
const LOOKS_MAX: u64 = 480;
/// The shortest time between two looks, in virtual milliseconds.
const STEP_MIN_MS: u64 = 10 * 60_000;
const DAY_MS: u64 = 86_400_000;

/// A machine of the run.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Where it stands.
    pub place: Place,
    /// The machine of its superior.
    pub parent: Option<Place>,
    /// Its tier.
    pub tier: u8,
    /// What people call its unit.
    pub name: String,
    /// Incidents it told by the end.
    pub incidents: usize,
    /// What was seen of it at every look.
    pub looks: Vec<Look>,
}

/// What was seen of a machine at one look.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// How it stood.
    pub condition: Condition,
    /// Whether a copy of it was awake.
    pub copied: bool,
    /// Its counts; while it is off, those of the last look before.
    pub counts: Counts,
}

/// A run.
#[derive(Debug, Clone)]
pub struct Record {
    /// What it was made of.
    pub options: Options,
    /// The machines, every superior before those below it, a tree read from top to bottom.
    pub machines: Vec<Machine>,
    /// When was looked, in virtual milliseconds.
    pub moments: Vec<u64>,
    /// The faults.
    pub faults: Vec<Planned>,
    /// When healing began, in virtual milliseconds.
    pub healed_ms: u64,
    /// What judges said.
    pub violations: Vec<Violation>,
    /// Edits that were acknowledged.
    pub edits: usize,
    /// Digest of everything that happened.
    pub trace: String,
    /// How many events that were.
    pub events: u64,
}

impl Record {
    /// Lives a run, as `simulate run` does, and looks on.
    ///
    /// # Errors
    /// When the province could not be founded.
    pub fn live(options: Options) -> anyhow::Result<Self> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build()?;
        runtime.block_on(async {
            let step_ms = (options.days * DAY_MS / LOOKS_MAX).max(STEP_MIN_MS);
            let mut world = World::found(options.clone()).await?;
            let faults = world.foreseen();
            let mut looks = Looks::default();
            world.live_watched(step_ms, |world| looks.take(world)).await;
            let healed_ms = world.virtual_s() * 1_000;
            world.heal_and_settle().await;
            looks.take(&world);
            let machines = tree_order(&world)
                .into_iter()
                .filter_map(|place| looks.machine(&world, place))
                .collect();
            Ok(Self {
                options,
                machines,
                moments: looks.moments,
                faults,
                healed_ms,
                violations: world.violations().to_vec(),
                edits: world.testimony().count(),
                trace: world.trace().hex(),
                events: world.trace().events(),
            })
        })
    }

    /// The last look, in virtual milliseconds.
    pub fn end_ms(&self) -> u64 {
        self.moments.last().copied().unwrap_or(1).max(1)
    }

    /// A count of all machines together, at every look.
    pub fn sum(&self, count: impl Fn(&Look) -> u64) -> Vec<u64> {
        let at = |look: usize| {
            self.machines.iter().filter_map(|it| it.looks.get(look)).map(&count).sum()
        };
        (0..self.moments.len()).map(at).collect()
    }
}

#[derive(Default)]
struct Looks {
    moments: Vec<u64>,
    by_place: BTreeMap<Place, Vec<Look>>,
}

impl Looks {
    fn take(&mut self, world: &World) {
        let now = world.virtual_s() * 1_000;
        // Healing begins at the moment of the last look: the later state is drawn after it.
        self.moments.push(now);
        for glimpse in world.glimpses() {
            let looks = self.by_place.entry(glimpse.place).or_default();
            let before = looks.last().map(|look: &Look| look.counts);
            let counts = glimpse.counts.or(before).unwrap_or_default();
            looks.push(Look { condition: glimpse.condition, copied: glimpse.copied, counts });
        }
    }

    fn machine(&mut self, world: &World, place: Place) -> Option<Machine> {
        let node = world.machine(place)?;
        Some(Machine {
            place,
            parent: node.parent,
            tier: node.tier.number(),
            name: world.name_of(place),
            incidents: world.incident_count(place),
            looks: self.by_place.remove(&place)?,
        })
    }
}

/// Every machine after its superior, those of one superior together.
fn tree_order(world: &World) -> Vec<Place> {
    let mut below: BTreeMap<Option<Place>, Vec<Place>> = BTreeMap::new();
    for node in world.nodes() {
        below.entry(node.parent).or_default().push(node.place);
    }
    let mut order = Vec::new();
    let mut open: Vec<Place> = below.remove(&None).unwrap_or_default();
    open.reverse();
    while let Some(place) = open.pop() {
        order.push(place);
        open.extend(below.remove(&Some(place)).unwrap_or_default().into_iter().rev());
    }
    order
}
