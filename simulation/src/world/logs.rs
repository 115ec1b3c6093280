//! The judge of audit logs in the world: what superiors were told, and what lies on the disks.

use node::audit::AuditKey;
use node::environment::Clock as _;
use node::store::Store;
use protocol::member::MemberList;

use super::{Place, World};
use crate::checker::logs::{Package, inspect};

/// The machine's logs, apart from the machine.
struct Shelf {
    place: Place,
    node: dossier::NodeId,
    key: AuditKey,
    store: Store,
}

impl World {
    /// What an inspector finds in the logs of all machines, and what people were told of them.
    pub fn judge_logs(&mut self) {
        let accused: Vec<String> = self
            .nodes
            .keys()
            .filter(|place| self.incidents_at(**place).iter().any(|kind| kind == "AuditForked"))
            .map(|place| format!("a log was called forked, at {place}"))
            .collect();
        self.violate("logs", accused);
        let shelves: Vec<Shelf> =
            self.nodes.keys().filter_map(|place| self.shelf(*place)).collect();
        let Some(members) = self.register_members() else { return };
        let packages: Vec<Package<'_>> = shelves
            .iter()
            .map(|shelf| Package {
                node: shelf.node,
                at: self.nodes[&shelf.place].clock.now(),
                records: &shelf.store,
                sealer: &shelf.key,
            })
            .collect();
        match inspect(&members, &packages) {
            Ok((findings, departures)) => {
                self.departures = departures.len();
                self.violate("logs", findings.iter().map(|finding| format!("{finding:?}")));
            }
            Err(fault) => self.violate("logs", [format!("a log cannot be read: {fault}")]),
        }
    }

    /// How many logs ended because a store went back in time, as the last judgement found.
    pub fn departures(&self) -> usize {
        self.departures
    }

    fn shelf(&self, place: Place) -> Option<Shelf> {
        let disk = &self.nodes[&place].disk;
        let resident = disk.home().ok()?.resident(&*disk.seam()).ok()?;
        let (node, key) = (resident.identity.node, resident.audit?);
        Some(Shelf { place, node, key, store: disk.look().ok()? })
    }

    fn register_members(&self) -> Option<MemberList> {
        Some(self.nodes[&self.top()].engine()?.core().members().clone())
    }
}
