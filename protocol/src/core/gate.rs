//! By whose word this node judges what is brought to it.

use dossier::UnitId;

use super::Core;
use crate::admission::Authority;

impl Core {
    pub(super) fn authority(&self) -> Authority<'_> {
        Authority {
            members: &self.members,
            tree: &self.tree.tree,
            former: self.former.trees(),
            optional_holders: self.identity.optional_holders,
            grants: &self.board,
            sides: &self.sides,
            relayed: true,
            let_in_by: None,
            unheard: self.lives.unheard.then_some(&self.identity.unit),
        }
    }

    /// The same for what the node of a unit brought.
    pub(super) fn authority_on<'a>(&'a self, let_in_by: Option<&'a UnitId>) -> Authority<'a> {
        Authority { let_in_by, ..self.authority() }
    }
}
