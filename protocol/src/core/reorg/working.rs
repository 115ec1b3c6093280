//! A reorganisation is carried out: the register orders each dossier that an ended unit keeps to its
//! successor, a few at a time, until nothing is left.

use dossier::{
    DossierId, Hash, Timestamp, UnitId,
    unit::{Ending, Tier},
};

use super::{Core, Reorganisation};
use crate::{Crypto, Fault, Records, core::custody::day, custody::Order};

/// Dossiers that are under way at once.
const ABREAST: usize = 64;
/// How long what can't be ordered rests before it is looked at again, in milliseconds.
const LOOK_AGAIN_MS: i64 = 60_000;

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
        for it in &self.reorganisations.all {
            self.gather(it, &mut orders);
        }
        let waiting = orders.iter().filter(|order| self.is_under_way(order)).count();
        let mut left = ABREAST.saturating_sub(waiting);
        let mut rests = true;
        for order in orders {
            if left == 0 {
                rests = false;
                break;
            }
            if !self.is_under_way(&order) && self.order_succession(order, records, crypto)? {
                (left, rests) = (left - 1, false);
            }
        }
        self.reorganisations.rested = rests.then_some(self.moment.now);
        Ok(())
    }

    /// When a tick has something to do for a reorganisation, by the wall clock in milliseconds.
    pub(in crate::core) fn reorganisations_due(&self, now: Timestamp) -> i64 {
        let today = day(now);
        let keeps = |ending: &Ending| self.ledger.of_unit(&ending.unit).next().is_some();
        let waits = |it: &Reorganisation| {
            today.is_some_and(|today| it.waits_for_tree(today))
                || (it.issued.is_some() && it.plan.endings().any(keeps))
        };
        if !self.reorganisations.all.iter().any(waits) {
            return i64::MAX;
        }
        let rested = self.reorganisations.rested;
        rested.map_or(i64::MIN, |at| at.as_millis().saturating_add(LOOK_AGAIN_MS))
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
