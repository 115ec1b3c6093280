//! A reorganisation is carried out: the register orders each dossier that an ended unit keeps to its
//! successor, a few at a time, until nothing is left.

use dossier::{DossierId, Hash, UnitId, unit::Tier};

use super::{Core, Reorganisation};
use crate::{Crypto, Fault, Records, custody::Order};

/// Dossiers that are under way at once.
const ABREAST: usize = 64;

impl Core {
    /// Orders what ended units keep and nobody has ordered yet. It is asked at every tick and does
    /// nothing where nothing is left; what arrives later for an ended unit is found the same way.
    pub(in crate::core) fn press_reorganisations(
        &mut self,
        records: &dyn Records,
        crypto: &dyn Crypto,
    ) -> Result<(), Fault> {
        if self.tier != Tier::Three || self.full || self.is_recovering() {
            return Ok(());
        }
        let mut orders: Vec<Order> = Vec::new();
        for it in &self.reorganisations {
            self.gather(it, &mut orders);
        }
        let waiting = orders.iter().filter(|order| self.is_under_way(order)).count();
        let mut left = ABREAST.saturating_sub(waiting);
        for order in orders {
            if left == 0 {
                break;
            }
            if !self.is_under_way(&order) && self.order_succession(order, records, crypto)? {
                left -= 1;
            }
        }
        Ok(())
    }

    fn is_under_way(&self, order: &Order) -> bool {
        matches!(order, Order::Succeed { dossier, .. } if self.is_moving(dossier))
    }

    /// The orders for all that ended units keep still, those that were given among them.
    fn gather(&self, it: &Reorganisation, orders: &mut Vec<Order>) {
        let (Some(issued), Some(second)) = (&it.issued, &it.second) else { return };
        let id = it.id();
        for ending in it.plan.endings().filter(|ending| self.has_ended(&ending.unit)) {
            for dossier in self.ledger.of_unit(&ending.unit) {
                let Some(to) = self.heir(ending.successor_of(dossier)) else { continue };
                orders.push(Order::Succeed {
                    dossier: *dossier,
                    to,
                    basis: it.plan.decision.clone(),
                    officers: [it.first.login.clone(), second.login.clone()],
                    until: issued.until,
                    nonce: nonce(&id, dossier),
                });
            }
        }
    }

    /// Whoever takes over today: a successor may itself have ended since, with one of its own.
    fn heir(&self, successor: Option<&UnitId>) -> Option<UnitId> {
        let mut heir = successor?.clone();
        for _ in 0..=self.tree.tree.len() {
            if !self.has_ended(&heir) {
                return Some(heir);
            }
            heir = self.tree.tree.get(&heir)?.successor.clone()?;
        }
        None
    }
}

/// The same for an order that is given again.
fn nonce(id: &Hash, dossier: &DossierId) -> [u8; 16] {
    let digest = Hash::tagged("hoso/reorg-order/1", &[id.as_bytes(), dossier.as_bytes()]);
    let mut nonce = [0; 16];
    nonce.copy_from_slice(&digest.as_bytes()[..16]);
    nonce
}
