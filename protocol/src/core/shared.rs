//! What both sides of a conversation are to hold alike: the scope of the lower one, and of bodies
//! outside it the dossiers that its node entered into by delegation (Điều 15.1).
//!
//! **Invariant:** both sides reckon it from what they both know: the org tree, what was given by
//! document, and who wrote in a dossier.

use dossier::{DossierId, NodeId, UnitId};

use super::{ConnId, Core, Relation};
use crate::reconciliation::{ItemId, ScopeSum};

/// A scope, and what was lent to it.
#[derive(Debug)]
pub(super) struct Shared {
    scope: UnitId,
    /// Bodies outside the scope that delegated entry to its unit.
    lenders: Vec<UnitId>,
    /// The node that entered.
    writer: Option<NodeId>,
}

impl Core {
    /// What this node and a neighbour share.
    pub(super) fn shared(&self, conn: ConnId) -> Option<Shared> {
        let session = self.sessions.get(&conn)?;
        let scope = session.scope(&self.identity.unit).clone();
        let above = session.above(&self.identity.unit);
        let tree = &self.tree.tree;
        let outside = |body: &&UnitId| tree.is_within(body, above) && !tree.is_within(body, &scope);
        let lenders = self.board.grants().delegators(&scope).filter(outside).cloned().collect();
        let writer = match session.relation {
            Relation::Upper => Some(self.identity.node),
            Relation::Lower => session.node,
        };
        Some(Shared { scope, lenders, writer })
    }

    /// The sum of what is held here of it.
    pub(super) fn shared_sum(&self, shared: &Shared) -> ScopeSum {
        let mut sum = self.ledger.sum(&shared.scope, &self.tree.tree);
        if let Some(writer) = &shared.writer {
            for lender in &shared.lenders {
                sum.merge(&self.ledger.written_sum(lender, writer));
            }
        }
        sum
    }

    /// What is held here of it.
    pub(super) fn shared_items(&self, shared: &Shared) -> Vec<ItemId> {
        let mut items = self.ledger.items(&shared.scope, &self.tree.tree);
        if let Some(writer) = shared.writer.as_ref().filter(|_| !shared.lenders.is_empty()) {
            items.extend(self.ledger.written_items(&shared.lenders, writer));
        }
        items
    }

    /// Whether a dossier held here is part of it.
    pub(super) fn is_shared(&self, shared: &Shared, id: &DossierId) -> bool {
        let Some(unit) = self.ledger.unit(id) else { return false };
        self.tree.tree.is_within(unit, &shared.scope)
            || (shared.lenders.contains(unit)
                && shared.writer.as_ref().is_some_and(|writer| self.ledger.wrote(id, writer)))
    }
}
