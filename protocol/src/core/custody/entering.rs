//! Whether something may be entered into a dossier here, as far as custody has a say (R4, R7, R9, R12).

use dossier::{DossierId, NodeId, UnitId};

use super::Core;
use crate::{core::Refused, custody::Refusal};

impl Core {
    /// Refuses an entry into a dossier that is frozen, forked, not whole here or left behind by a unit
    /// that ended, and any entry while this node waits for its superior's word.
    pub(in crate::core) fn heed_custody(&self, id: &DossierId) -> Result<(), Refused> {
        let halted = self.custodies.halted.get(id).copied();
        let waits = self.custodies.recovering.then_some(Refusal::Recovering);
        let ended = self.ledger.unit(id).filter(|unit| self.has_ended(unit));
        let ended = ended.map(|_| Refusal::UnitEnded);
        match waits.or(ended).or(halted) {
            Some(refusal) => Err(refused(refusal)),
            None => Ok(()),
        }
    }

    /// Whether a unit existed and exists no more.
    pub fn has_ended(&self, unit: &UnitId) -> bool {
        self.custody_province().is_some_and(|province| province.has_ended(unit))
    }

    /// The same for what is said again after the store went back in time: it waits for nobody.
    pub(in crate::core) fn heed_freezing(&self, id: &DossierId) -> Result<(), Refused> {
        self.custodies.halted.get(id).map_or(Ok(()), |refusal| Err(refused(*refusal)))
    }

    /// The node that registers the close of an epoch at a unit: that of the body above it, the
    /// province's for a body; this node's own where nobody is above.
    pub(in crate::core) fn registrar_of(&self, unit: &UnitId) -> NodeId {
        let province = self.custody_province();
        province.map_or(self.identity.node, |province| province.registrar(unit))
    }

    /// Whether a transfer of the dossier is under way here.
    pub(in crate::core) fn is_moving(&self, id: &DossierId) -> bool {
        self.custodies.moving.contains_key(id)
    }
}

/// What a rule of custody is told as; the words belong to the shell.
pub(super) fn refused(refusal: Refusal) -> Refused {
    Refused::new(refusal.code(), refusal.article())
}
