//! The province on stage: ten units, their processes, and how they are asked.
//!
//! **Invariant:** nodes are asked over their control socket alone, as every program of the machine
//! asks them; the demonstration never opens a store.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use dossier::{
    UnitId,
    unit::{Tier, UnitTree},
};

use super::child::{NodeSettings, Process, free_address, free_page};
use crate::{
    control::{Request, Response},
    enrolment::{Ticket, enrol_online, finish, request, ticket_from_delivery},
    environment::{Environment, entropy::draw},
    province::{InitOptions, init},
    seal::Founding,
    store::IndexKind,
};

/// Name of the province.
pub(super) const PROVINCE: &str = "hoabinh";
/// The unit of tier 3.
pub(super) const TOP: &str = "tier3";
/// UBND huyện Đà Bắc.
pub(super) const DISTRICT: &str = "d150";
/// Sở Giáo dục và Đào tạo.
pub(super) const EDUCATION: &str = "sgddt";
/// Sở Y tế.
pub(super) const HEALTH: &str = "syt";
/// The commune that goes offline.
pub(super) const COMMUNE: &str = "d150.04849";
/// The commune next to it.
pub(super) const NEIGHBOUR: &str = "d150.04858";
/// Two schools of Sở Giáo dục.
pub(super) const SCHOOLS: [&str; 2] = ["sgddt.thpt-chuyen-hoang-van-thu", "sgddt.thpt-da-bac"];
/// The hospital.
pub(super) const HOSPITAL: &str = "syt.benh-vien-da-khoa-tinh";
/// The health centre that is shut out.
pub(super) const CENTRE: &str = "syt.trung-tam-y-te-da-bac";

/// Units with a node, a unit before those below it.
const UNITS: [&str; 10] = [
    TOP, DISTRICT, EDUCATION, HEALTH, COMMUNE, NEIGHBOUR, SCHOOLS[0], SCHOOLS[1], HOSPITAL, CENTRE,
];

/// Where the pages of the first node are, if it is free.
const PAGES: u16 = 8_888;

/// A unit with its process.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) unit: UnitId,
    pub(super) tier: u8,
    settings: NodeSettings,
    pub(super) process: Option<Process>,
    /// Bytes sent by processes of this node that have ended.
    sent_before: u64,
}

/// The province.
#[derive(Debug)]
pub(super) struct Province {
    pub(super) directory: PathBuf,
    pub(super) environment: Environment,
    pub(super) tree: UnitTree,
    pub(super) nodes: BTreeMap<UnitId, Node>,
}

/// A unit's identifier, of one of the names above.
pub(super) fn unit(id: &str) -> UnitId {
    id.parse().expect("the units of the demonstration are written well")
}

impl Province {
    /// The units that have a node.
    pub(super) fn with_node(&self) -> BTreeSet<UnitId> {
        self.nodes.keys().cloned().collect()
    }

    /// Founds the province in an empty directory, enrols nine nodes, one over the network and the
    /// others by hand, and starts all ten; `joined` hears of each as it comes up.
    pub(super) fn found(directory: &Path, joined: impl FnMut(&UnitId)) -> anyhow::Result<Self> {
        Self::found_as(directory, PROVINCE, &UNITS, joined)
    }

    /// Founds a province of this name with a node for each of these units, tier 3 first.
    pub(super) fn found_as(
        directory: &Path,
        name: &str,
        units: &[&str],
        mut joined: impl FnMut(&UnitId),
    ) -> anyhow::Result<Self> {
        let environment = Environment::real();
        let tree = config::load_tree(&config::Files::embedded())?;
        for folder in ["may", "cau-hinh", "nhat-ky"] {
            std::fs::create_dir_all(directory.join(folder))?;
        }
        let mut province =
            Self { directory: directory.to_owned(), environment, tree, nodes: BTreeMap::new() };
        let door = free_address()?;
        for id in units {
            province.plan(&unit(id), door)?;
        }
        let top = unit(TOP);
        let options = InitOptions {
            province: name.parse().context("the province's name")?,
            tree: province.tree.clone(),
            // Nobody opens this root again: a province is played once.
            passphrase: hex::encode(draw::<16>(&*province.environment.entropy)),
            optional_holders: true,
            index: IndexKind::Sled,
            seal: Founding::beside(&province.data_dir(&top)),
        };
        init(&province.environment, &province.data_dir(&top), &directory.join("goc"), &options)?;
        province.start(&top)?;
        province.wait_until_up(&top)?;
        joined(&top);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        for id in units.iter().skip(1).map(|id| unit(id)) {
            // The door takes one try a second from one address, and here all have the same: one
            // node comes through it, the others as nodes without a network do.
            if id == unit(DISTRICT) {
                runtime.block_on(province.enrol_online(&id, door))?;
            } else {
                province.enrol_by_hand(&id)?;
            }
            province.start(&id)?;
            joined(&id);
        }
        for id in units.iter().skip(1).map(|id| unit(id)) {
            province.wait_until_connected(&id)?;
        }
        Ok(province)
    }

    /// Chooses the place and the ports of a unit's node.
    fn plan(&mut self, id: &UnitId, door: SocketAddr) -> anyhow::Result<()> {
        let found = self.tree.get(id).with_context(|| format!("{id} is not in the tree"))?;
        let tier = found.tier.number();
        let profile = match tier {
            3 => config::Profile::Province,
            2 => config::Profile::Department,
            _ => config::Profile::Unit,
        };
        let above = self.tree.parent(id).and_then(|above| self.nodes.get(&above.id));
        let taken = self.nodes.values().map(|node| node.settings.pages.port()).max();
        let settings = NodeSettings {
            profile,
            data_dir: self.directory.join("may").join(id.as_str()),
            listen: free_address()?,
            enrol: (tier == 3).then_some(door),
            pages: free_page(taken.map_or(PAGES, |port| port.saturating_add(1)))?,
            parent: above.map(|above| above.settings.listen),
        };
        let node = Node { unit: id.clone(), tier, settings, process: None, sent_before: 0 };
        self.nodes.insert(id.clone(), node);
        Ok(())
    }

    async fn enrol_online(&self, id: &UnitId, door: SocketAddr) -> anyhow::Result<()> {
        let ticket = self.invite(id, true)?;
        let data_dir = self.data_dir(id);
        let seal = Founding::beside(&data_dir);
        let how = (IndexKind::Sled, &seal);
        enrol_online(&self.environment, &data_dir, how, &ticket, door).await?;
        Ok(())
    }

    /// Request and answer go as files would, from hand to hand.
    fn enrol_by_hand(&self, id: &UnitId) -> anyhow::Result<()> {
        let ticket = self.invite(id, false)?;
        let data_dir = self.data_dir(id);
        let seal = Founding::beside(&data_dir);
        let request = request(&self.environment, &data_dir, &ticket, &seal)?.0.to_json();
        let Response::Enrolled { answer } = self.call(&unit(TOP), &Request::Enrol { request })?
        else {
            bail!("{id} was not enrolled");
        };
        let how = (IndexKind::Sled, &seal.means);
        finish(&self.environment, &data_dir, how, answer.as_bytes())?;
        Ok(())
    }

    fn invite(&self, id: &UnitId, online: bool) -> anyhow::Result<Ticket> {
        let invite = Request::Invite { unit: id.clone(), online };
        let Response::Invited { delivery, .. } = self.call(&unit(TOP), &invite)? else {
            bail!("{id} was not invited");
        };
        Ok(ticket_from_delivery(delivery.as_bytes())?.0)
    }

    /// Where the pages of every node are, in the order of their ports.
    pub(super) fn pages(&self) -> Vec<(UnitId, SocketAddr)> {
        let mut pages: Vec<(UnitId, SocketAddr)> =
            self.nodes.values().map(|node| (node.unit.clone(), node.settings.pages)).collect();
        pages.sort_by_key(|(_, address)| address.port());
        pages
    }

    /// Where a unit's node lives.
    pub(super) fn data_dir(&self, id: &UnitId) -> PathBuf {
        self.node(id).settings.data_dir.clone()
    }

    fn node(&self, id: &UnitId) -> &Node {
        self.nodes.get(id).expect("only units with a node are asked")
    }

    pub(super) fn node_mut(&mut self, id: &UnitId) -> &mut Node {
        self.nodes.get_mut(id).expect("only units with a node are asked")
    }

    /// A unit's name in Vietnamese; tier 3 without what it does there.
    pub(super) fn name(&self, id: &UnitId) -> String {
        let Some(unit) = self.tree.get(id) else { return id.to_string() };
        let name = unit.name.as_str();
        let short = if unit.tier == Tier::Three { name.split(" - ").next() } else { None };
        short.unwrap_or(name).to_owned()
    }

    /// The nodes that must hold the dossiers of a unit.
    pub(super) fn holders(&self, custodian: &UnitId) -> Vec<UnitId> {
        let held = |id: &&UnitId| self.tree.is_within(custodian, id);
        self.nodes.keys().filter(held).cloned().collect()
    }

    /// Starts a node's process with its settings.
    pub(super) fn start(&mut self, id: &UnitId) -> anyhow::Result<()> {
        let file = self.directory.join("cau-hinh").join(format!("{id}.toml"));
        let log = self.directory.join("nhat-ky").join(format!("{id}.log"));
        let node = self.node_mut(id);
        std::fs::write(&file, node.settings.to_toml()?)?;
        node.process = Some(Process::start(&file, &log)?);
        Ok(())
    }

    /// Starts a node that has nobody to call: it works, alone.
    pub(super) fn start_alone(&mut self, id: &UnitId) -> anyhow::Result<()> {
        let parent = self.node_mut(id).settings.parent.take();
        let started = self.start(id);
        self.node_mut(id).settings.parent = parent;
        started?;
        self.wait_until_up(id)
    }

    /// Stops a node in order.
    pub(super) fn stop(&mut self, id: &UnitId) -> anyhow::Result<()> {
        self.keep_traffic(id)?;
        let process = self.node_mut(id).process.take().context("the node does not run")?;
        process.stop()
    }

    /// Takes a node's process away as a power cut would.
    pub(super) fn kill(&mut self, id: &UnitId) -> anyhow::Result<()> {
        self.keep_traffic(id)?;
        let process = self.node_mut(id).process.take().context("the node does not run")?;
        process.kill()
    }

    /// Stops all nodes in order, those of tier 1 first.
    pub(super) fn stop_all(&mut self) {
        for node in self.nodes.values() {
            node.process.iter().for_each(Process::ask_to_stop);
        }
        for node in self.nodes.values_mut() {
            if let Some(process) = node.process.take() {
                // A node that does not stop in order is killed with its handle.
                let _ = process.stop();
            }
        }
    }

    fn keep_traffic(&mut self, id: &UnitId) -> anyhow::Result<()> {
        let sent = self.sent_bytes(id)?;
        self.node_mut(id).sent_before = sent;
        Ok(())
    }

    /// Bytes of datagrams this node has sent, over all its processes.
    pub(super) fn sent_bytes(&self, id: &UnitId) -> anyhow::Result<u64> {
        match self.call(id, &Request::Traffic)? {
            Response::Traffic { sent_bytes, .. } => Ok(self.node(id).sent_before + sent_bytes),
            other => bail!("{id} does not tell its traffic: {other:?}"),
        }
    }
}
