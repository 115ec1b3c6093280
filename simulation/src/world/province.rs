//! The province of a world: which units have nodes, founded and enrolled by the production code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};
use dossier::{
    UnitId,
    unit::{Holding, Tier, Unit, UnitTree},
};
use node::{
    control::{Request, Response},
    enrolment::{self, enrol_online, ticket_from_delivery},
    environment::entropy::SplitMix64,
    province::{InitOptions, init},
    seal::Founding,
    store::IndexKind,
};

use super::clock::Era;
use super::network::{Fabric, Group, Place};
use super::node::SimulatedNode;

/// The units that have a node, superiors before those below, and the tree they stand in.
#[derive(Debug)]
pub(super) struct Plan {
    /// The units of the province.
    pub(super) tree: UnitTree,
    /// The units with a node, tier 3 first.
    pub(super) units: Vec<UnitId>,
}

impl Plan {
    /// Draws a province of `nodes` nodes from the org tree: tier 3, departments, and under each of
    /// them units that keep dossiers. Three nodes are the fewest; all units the most.
    ///
    /// # Errors
    /// When the org tree cannot be read.
    pub(super) fn draw(nodes: usize, random: &mut SplitMix64) -> anyhow::Result<Self> {
        let whole = config::load_tree(&config::Files::embedded())?;
        let top = whole.units().find(|unit| unit.tier == Tier::Three).context("no tier 3")?;
        let mut departments: Vec<&Unit> =
            whole.units().filter(|unit| unit.tier == Tier::Two).collect();
        // Those with most units below come first, so that every department drawn has some.
        let below = |unit: &Unit| whole.children(&unit.id).filter(|unit| keeps(unit)).count();
        departments.sort_by_key(|unit| (std::cmp::Reverse(below(unit)), unit.id.clone()));
        // Few large departments or many small ones; the smallest and largest provinces have one shape.
        let is_usual = (8..whole.len() / 2).contains(&nodes);
        let size = if is_usual { 4 + random.below(8) as usize } else { 6 };
        let count = nodes.div_ceil(size).clamp(1, departments.len());
        let rooms = departments.len().min(count * 2);
        shuffle(&mut departments[..rooms], random);
        departments.truncate(count);
        let mut units = vec![top.id.clone()];
        units.extend(departments.iter().map(|unit| unit.id.clone()));
        let mut leaves: Vec<Vec<UnitId>> = Vec::new();
        for department in &departments {
            let all = nodes > whole.len() / 2;
            let wanted = whole.children(&department.id).filter(|unit| all || keeps(unit));
            let mut children: Vec<&Unit> = wanted.collect();
            shuffle(&mut children, random);
            leaves.push(children.iter().map(|unit| unit.id.clone()).collect());
        }
        while units.len() < nodes && leaves.iter().any(|left| !left.is_empty()) {
            for left in &mut leaves {
                if units.len() < nodes {
                    units.extend(left.pop());
                }
            }
        }
        let mut kept: BTreeSet<UnitId> = units.iter().cloned().collect();
        kept.insert(whole.root().id.clone());
        let list = whole.units().filter(|unit| kept.contains(&unit.id)).cloned().collect();
        let tree = UnitTree::new(list).context("the drawn units form no tree")?;
        Ok(Self { tree, units })
    }
}

fn keeps(unit: &Unit) -> bool {
    unit.holds_dossiers != Holding::No
}

fn shuffle<T>(list: &mut [T], random: &mut SplitMix64) {
    for end in (1..list.len()).rev() {
        list.swap(end, random.below(end as u64 + 1) as usize);
    }
}

/// Founds the province of `plan` and enrols every node, over the network or by files as `random`
/// has it. All nodes run in the end.
///
/// # Errors
/// Whatever kept a node from coming up: founding happens on a good day.
pub(super) async fn found(
    plan: &Plan,
    fabric: &Fabric,
    era: Era,
    random: &mut SplitMix64,
) -> anyhow::Result<Vec<SimulatedNode>> {
    let mut places: BTreeMap<UnitId, Place> = BTreeMap::new();
    let mut nodes: Vec<SimulatedNode> = Vec::new();
    for (unit, place) in plan.units.iter().zip(1..) {
        let tier = plan.tree.get(unit).context("a unit of the plan")?.tier;
        let above = plan.tree.ancestors(unit).filter(|above| above.id != *unit);
        let parent = above.filter_map(|above| places.get(&above.id)).next().copied();
        places.insert(unit.clone(), place);
        let seed = random.next_u64();
        let mut node = SimulatedNode::new(unit.clone(), tier, (place, parent), era, seed);
        match nodes.first() {
            None => {
                begin(&node, plan, fabric)?;
                node.start(fabric)?;
            }
            Some(top) => join(top, &node, fabric, random.below(2) == 0).await?,
        }
        nodes.push(node);
    }
    for node in &mut nodes {
        node.start(fabric)?;
    }
    Ok(nodes)
}

fn begin(top: &SimulatedNode, plan: &Plan, fabric: &Fabric) -> anyhow::Result<()> {
    let options = InitOptions {
        province: "hoabinh".parse()?,
        tree: plan.tree.clone(),
        passphrase: "một câu dài để niêm phong".to_owned(),
        optional_holders: true,
        index: IndexKind::Memory,
        seal: Founding::beside(top.data_dir()),
    };
    let environment = top.environment(fabric, &Group::default());
    init(&environment, top.data_dir(), Path::new("/root"), &options)?;
    Ok(())
}

/// Enrols the node of a machine with an empty disk.
///
/// # Errors
/// What kept it out.
pub(super) async fn join(
    top: &SimulatedNode,
    node: &SimulatedNode,
    fabric: &Fabric,
    online: bool,
) -> anyhow::Result<()> {
    let invited = top.ask(Request::Invite { unit: node.unit.clone(), online }).await;
    let Some(Response::Invited { delivery, .. }) = invited else {
        bail!("{} was not invited: {invited:?}", node.unit);
    };
    let (ticket, delivery) = ticket_from_delivery(delivery.as_bytes())?;
    let group = Group::default();
    let environment = node.environment(fabric, &group);
    let seal = Founding::beside(node.data_dir());
    if online {
        let door = delivery.address.parse().context("the door's address")?;
        let data_dir = node.data_dir();
        let how = (IndexKind::Memory, &seal);
        enrol_online(&environment, data_dir, how, &ticket, door).await?;
    } else {
        let (request, _) = enrolment::request(&environment, node.data_dir(), &ticket, &seal)?;
        let answer = top.ask(Request::Enrol { request: request.to_json() }).await;
        let Some(Response::Enrolled { answer }) = answer else {
            bail!("{} was not enrolled: {answer:?}", node.unit);
        };
        let how = (IndexKind::Memory, &seal.means);
        enrolment::finish(&environment, node.data_dir(), how, answer.as_bytes())?;
    }
    group.abort().await;
    fabric.silence(node.place);
    Ok(())
}
