//! A world that a story drives: its units are named, nothing happens unless the story says so, and
//! every judge listens as in any other world.

use anyhow::Context;
use dossier::{
    DossierId, Edit, FieldPath, NodeId, Role, UnitId,
    unit::{Unit, UnitTree},
};
use node::control::{Request, Response};
use node::environment::entropy::SplitMix64;
use protocol::{
    Answer, Command,
    core::{DossierShown, SyncState},
    envelope::Meta,
};

use super::disk::NodeDisk;
use super::network::{Fabric, PEER_PORT, address};
use super::node::SimulatedNode;
use super::people::correction;
use super::province::{Plan, join};
use super::rogue::{Evil, Rogue};
use super::{Faults, Options, Place, World};
use crate::cores::grounds;

impl World {
    /// Founds a province of these units, superiors first, tier 3 the very first. Nobody works in it
    /// unasked.
    ///
    /// # Errors
    /// Whatever kept the province from being founded.
    pub async fn stage(seed: u64, tree: UnitTree, units: Vec<UnitId>) -> anyhow::Result<Self> {
        let faults = Faults::default().only(|_| false);
        let options = Options { seed, days: 0, nodes: units.len(), faults };
        Self::found_upon(options, Some(Plan { tree, units })).await
    }

    /// The machine of a unit.
    pub fn place_of(&self, unit: &UnitId) -> Option<Place> {
        self.nodes.values().find(|node| node.unit == *unit).map(|node| node.place)
    }

    /// A machine.
    pub fn machine(&self, place: Place) -> Option<&SimulatedNode> {
        self.nodes.get(&place)
    }

    /// The second life of a machine's disk.
    pub fn copy_of(&self, place: Place) -> Option<&SimulatedNode> {
        self.clones.get(&place)
    }

    /// Every member that ever was, and its unit.
    pub fn members(&self) -> impl Iterator<Item = (&NodeId, &UnitId)> {
        self.members.iter()
    }

    /// The lines between machines.
    pub fn fabric(&self) -> &Fabric {
        &self.fabric
    }

    /// The machine of tier 3.
    pub fn capital(&self) -> Place {
        self.top()
    }

    /// Who writes at a machine, in this role or in the usual one of its tier: into its own unit's
    /// dossier each side on its own basis, into another's a correction.
    pub fn hand(
        &self,
        place: Place,
        role: Option<Role>,
        dossier: Option<&DossierId>,
        edits: &[Edit],
    ) -> Meta {
        let usual = match self.nodes[&place].tier {
            dossier::unit::Tier::Three => Role::Administrator,
            _ => Role::Clerk,
        };
        let role = role.unwrap_or(usual);
        let own = &self.nodes[&place].unit;
        let keeper = dossier.and_then(|dossier| self.testimony.unit(dossier));
        let above = self.nodes[&place].tier == dossier::unit::Tier::Two;
        let corrects = above && keeper.is_some_and(|keeper| keeper != own);
        let basis = if role == Role::Administrator || corrects {
            correction()
        } else {
            grounds(crate::cores::sides().of_edits("2c-bnv-2008", edits).personal)
        };
        let person = format!("cán bộ {own}");
        Meta { person, role, basis, review: dossier::Review::NotRequired }
    }

    /// The judges hear that a node acknowledged a text.
    pub fn testify(
        &mut self,
        place: Place,
        unit: &UnitId,
        dossier: DossierId,
        path: FieldPath,
        text: &str,
    ) {
        self.remember(place, unit, dossier, path, text.to_owned());
    }

    /// The judges see a page that was shown at a machine.
    pub fn witness_page(&mut self, place: Place, shown: &DossierShown) {
        self.judge_page(place, shown);
    }

    /// The judges see a status that was shown at a machine.
    pub fn witness_status(&mut self, place: Place, state: &SyncState) {
        self.judge_status(place, state);
    }

    /// Has a machine compare itself with its superior; what it answers must be so.
    pub async fn compare(&mut self, place: Place) -> Option<Option<bool>> {
        let before = self.own_changes(place);
        let answer = self.nodes.get(&place)?.command(Command::Sync).await?;
        let Answer::Synced(equal) = answer else { return None };
        if equal == Some(true) {
            self.judge_synced(place, &before);
        }
        Some(equal)
    }

    /// Switches a machine off in good order; it stays off.
    pub async fn switch_off(&mut self, place: Place) {
        if let Some(node) = self.nodes.get_mut(&place) {
            node.stop(&self.fabric).await;
        }
    }

    /// Switches a machine on; what it acknowledged must be there.
    ///
    /// # Errors
    /// Why its node does not open.
    pub fn switch_on(&mut self, place: Place) -> Result<(), String> {
        let Some(node) = self.nodes.get_mut(&place) else { return Ok(()) };
        if !node.is_up() {
            node.start(&self.fabric).map_err(|error| error.to_string())?;
            self.judge_restart(place);
        }
        Ok(())
    }

    /// Puts an old state of its disk back; the machine is off after it.
    pub async fn put_back(&mut self, place: Place, disk: &NodeDisk) {
        self.power_cut(place, 1).await;
        self.restore(place, disk);
    }

    /// Starts a copy of a machine's disk elsewhere; whether it came up.
    pub fn wake_copy(&mut self, place: Place) -> bool {
        self.clone_machine(place, &mut SplitMix64::new(1));
        self.clones.contains_key(&place)
    }

    /// Switches the copy off for good.
    pub async fn end_copy(&mut self, place: Place) {
        if let Some(mut copy) = self.clones.remove(&place) {
            copy.end(&self.fabric).await;
        }
    }

    /// Puts a machine into wrong hands, which say one thing.
    ///
    /// # Errors
    /// When its disk is of no use to them.
    pub async fn fall(&mut self, place: Place, evil: Evil) -> anyhow::Result<()> {
        let node = self.nodes.get_mut(&place).context("a machine")?;
        node.stop(&self.fabric).await;
        let rogue = Rogue::begin(node, &self.fabric, 1, Some(evil))?;
        self.rogues.insert(place, rogue);
        Ok(())
    }

    /// Takes a machine out of wrong hands; its own node runs again.
    pub async fn free(&mut self, place: Place) {
        self.end_rogue(place).await;
    }

    /// Shuts the node of a unit out of the province.
    pub async fn revoke(&mut self, unit: &UnitId, reason: &str) -> Option<Response> {
        let request = Request::Revoke { unit: unit.clone(), reason: reason.to_owned() };
        self.nodes[&self.top()].ask(request).await
    }

    /// Takes a machine away for good. What it alone held is lost lawfully.
    pub async fn retire(&mut self, place: Place) {
        if let Some(mut node) = self.nodes.remove(&place) {
            node.end(&self.fabric).await;
            self.note_all_lost(place);
            self.known.remove(&place);
        }
    }

    /// Gives a unit whose node was shut out a new one, with an empty disk, on the same machine.
    ///
    /// # Errors
    /// What kept it out.
    pub async fn replace(&mut self, place: Place) -> anyhow::Result<()> {
        let old = self.nodes.get_mut(&place).context("a machine")?;
        old.end(&self.fabric).await;
        let places = (place, old.parent);
        let seed = self.random.next_u64();
        let fresh = SimulatedNode::new(old.unit.clone(), old.tier, places, self.era, seed);
        join(&self.nodes[&self.top()], &fresh, &self.fabric, true).await?;
        self.restore(place, &fresh.disk);
        self.start(place);
        let node = self.nodes[&place].engine().context("it runs")?.core().identity().node;
        let unit = self.unit_of(place).clone();
        self.members.insert(node, unit);
        Ok(())
    }

    /// Puts a unit under another superior, as tier 3 decides it.
    ///
    /// # Errors
    /// When the units form no tree then.
    pub async fn move_unit(
        &mut self,
        unit: &UnitId,
        superior: Place,
    ) -> anyhow::Result<Option<Response>> {
        let above = self.unit_of(superior).clone();
        let moved = |old: &Unit| {
            let parent = if old.id == *unit { Some(above.clone()) } else { old.parent.clone() };
            Unit { parent, ..old.clone() }
        };
        let tree = UnitTree::new(self.plan.tree.units().map(moved).collect())?;
        let top = self.top();
        let address = address(superior, PEER_PORT).to_string();
        self.nodes[&top].ask(Request::Address { unit: above.clone(), address }).await;
        let request = Request::NextTree { tree, dry_run: false };
        let response = self.nodes[&top].ask(request).await;
        if let Some(Response::NextTree(report)) = &response
            && report.issued
        {
            self.follow_register();
        }
        Ok(response)
    }
}
