//! What the register changes while the province works: units move, nodes are shut out and replaced.
//!
//! The register acts only where people would let it: at a tier-3 node that is up and in touch. A
//! node that has just gone back in time learns of its later acts from those below before it signs.

use std::time::Duration;

use dossier::{
    DossierId, Hash, UnitId,
    unit::{Tier, Unit, UnitTree},
};
use node::control::{Request, Response};
use node::environment::entropy::SplitMix64;
use node::home::HomeError;
use tokio::time::timeout;

use super::agenda::Act;
use super::disasters::MINUTE_MS;
use super::disk::NodeDisk;
use super::network::{PEER_PORT, address};
use super::node::SimulatedNode;
use super::{Place, World, province};
use crate::checker::changes;

/// How long people try to enrol a node, virtual.
const ENROLMENT: Duration = Duration::from_secs(600);

impl World {
    /// Whether a machine is off on purpose.
    pub(super) fn is_off(&self, place: Place) -> bool {
        self.blackouts > 0 || self.dark.contains(&place) || self.shut_out.contains(&place)
    }

    /// Whether the register may act: tier 3 runs and hears the province.
    fn register_acts(&self) -> bool {
        let top = &self.nodes[&self.top()];
        let heard = |engine: &node::engine::Engine| {
            let below = self.nodes.values().filter(|node| {
                node.parent == Some(top.place) && !self.shut_out.contains(&node.place)
            });
            let below = below.count();
            let live = engine.core().sessions().filter(|session| session.is_live()).count();
            live * 2 >= below
        };
        top.is_up() && top.engine().is_some_and(|engine| heard(&engine))
    }

    /// Puts the unit of a machine under another department, as tier 3 decides it.
    pub(super) async fn decree_move(&mut self, place: Place, luck: &mut SplitMix64) {
        let parent = self.nodes[&place].parent;
        let departments: Vec<Place> = self
            .nodes
            .values()
            .filter(|node| node.tier == Tier::Two && Some(node.place) != parent)
            .map(|node| node.place)
            .collect();
        let chosen = departments.get(luck.below(departments.len() as u64) as usize).copied();
        let Some(superior) = chosen.filter(|_| self.register_acts()) else { return };
        let (unit, above) = (self.unit_of(place).clone(), self.unit_of(superior).clone());
        let moved = |old: &Unit| {
            let parent = if old.id == unit { Some(above.clone()) } else { old.parent.clone() };
            Unit { parent, ..old.clone() }
        };
        let Ok(tree) = UnitTree::new(self.plan.tree.units().map(moved).collect()) else { return };
        let top = self.top();
        let reached = address(superior, PEER_PORT).to_string();
        let request = Request::Address { unit: above.clone(), address: reached };
        // Nobody is put under a unit whose node cannot be named: it has been shut out.
        if self.nodes[&top].ask(request).await != Some(Response::Addressed) {
            return;
        }
        self.nodes[&top].ask(Request::NextTree { tree, dry_run: false }).await;
        self.follow_register();
    }

    /// Takes note of the org tree that tier 3 has issued.
    pub(super) fn follow_register(&mut self) {
        let top = &self.nodes[&self.top()];
        let engine = top.engine().filter(|_| top.is_up());
        let Some(signed) = engine.map(|engine| engine.core().tree().clone()) else { return };
        // A node that went back in time shows an old tree, until those below bring it the new one,
        // or, when nobody had heard of that, until it issues the same version anew.
        let stale = signed.version < self.tree_version && self.trees.contains(&signed.tree);
        if stale || signed.tree == self.plan.tree {
            return;
        }
        self.fabric.note("the org tree changed");
        self.tree_version = signed.version;
        self.trees.push(signed.tree.clone());
        self.plan.tree = signed.tree;
        let places: Vec<(UnitId, Place)> =
            self.nodes.values().map(|node| (node.unit.clone(), node.place)).collect();
        for node in self.nodes.values_mut() {
            let above = self.plan.tree.ancestors(&node.unit);
            node.parent = above
                .filter_map(|above| places.iter().find(|(unit, _)| *unit == above.id))
                .map(|(_, place)| *place)
                .next();
        }
        self.widen_scopes();
    }

    /// A new superior stands for what those below it were told is held at its level, and does not
    /// hold it yet.
    fn widen_scopes(&mut self) {
        let dossiers: Vec<(DossierId, UnitId)> = self
            .testimony
            .dossiers()
            .filter_map(|(id, _)| Some((*id, self.testimony.unit(id)?.clone())))
            .collect();
        for (dossier, keeper) in dossiers {
            let held: Vec<Hash> = self.copies(&dossier).iter().flat_map(changes).collect();
            for place in self.nodes.keys().copied().collect::<Vec<_>>() {
                let known = self.known.entry(place).or_default();
                let within = self.plan.tree.is_within(&keeper, &self.nodes[&place].unit);
                if within && !known.contains(&dossier) {
                    known.push(dossier);
                    self.testimony.owe(place, held.iter().map(|change| (dossier, *change)));
                }
            }
        }
    }

    /// Shuts out the node of a machine, whose disk is gone; it is replaced later.
    pub(super) async fn decree_revocation(&mut self, place: Place, for_ms: u64) {
        let busy = self.rogues.contains_key(&place) || self.shut_out.contains(&place);
        if place == self.top() || busy || !self.register_acts() {
            return;
        }
        let unit = self.unit_of(place).clone();
        let request = Request::Revoke { unit, reason: "máy bị mất".to_owned() };
        let answer = self.nodes[&self.top()].ask(request).await;
        if !matches!(answer, Some(Response::Revoked { .. })) {
            return;
        }
        if let Some(mut clone) = self.clones.remove(&place) {
            clone.end(&self.fabric).await;
        }
        self.backups.retain(|(owner, _), _| *owner != place);
        self.shut_out.insert(place);
        if let Some(node) = self.nodes.get_mut(&place) {
            node.end(&self.fabric).await;
            node.disk = NodeDisk::default();
        }
        self.note_all_lost(place);
        self.after(for_ms, Act::Replace(place));
    }

    /// Enrols a new node for a unit whose old one was shut out; tries again later where it cannot.
    pub(super) async fn replace_member(&mut self, place: Place) {
        if !self.shut_out.contains(&place) {
            return;
        }
        let seed = self.random.next_u64();
        let online = self.random.below(2) == 0;
        if self.blackouts == 0 && self.register_acts() {
            let old = &self.nodes[&place];
            let (unit, places) = (old.unit.clone(), (place, old.parent));
            let fresh = SimulatedNode::new(unit.clone(), old.tier, places, self.era, seed);
            let top = &self.nodes[&self.top()];
            let listed = top
                .engine()
                .is_some_and(|engine| engine.core().members().active_for(&unit).is_some());
            if listed {
                // Tier 3 went back behind its own act, and nobody else had heard of it.
                let reason = "máy bị mất".to_owned();
                top.ask(Request::Revoke { unit: unit.clone(), reason }).await;
            }
            let joined =
                timeout(ENROLMENT, province::join(top, &fresh, &self.fabric, online)).await;
            let home = fresh.disk.home().map_err(HomeError::from);
            let home = home.and_then(|home| home.resident(&*fresh.disk.seam()));
            if let (Ok(Ok(())), Ok(resident)) = (joined, home) {
                self.members.insert(resident.to_core().node, unit);
                self.shut_out.remove(&place);
                self.nodes.insert(place, fresh);
                self.start(place);
                return;
            }
            self.fabric.silence(place);
        }
        self.after(60 * MINUTE_MS, Act::Replace(place));
    }
}
