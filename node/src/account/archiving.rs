//! Who archives at tier 3, and who looks into the archive (Điều 7.3, 11.1).

use dossier::{
    DossierId, Role,
    grant::Officer,
    permission::{self, Action, Actor, Authority, Granted},
};
use protocol::{Fault, core::Refused};

use super::{Porter, Token, View, door::keeper, porter::refused};

impl Porter {
    /// The officer who archives a dossier.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why nobody may.
    pub fn archivist(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        claimed: &str,
        dossier: &DossierId,
    ) -> Result<Result<Officer, Refused>, Fault> {
        let Some(keeper) = keeper(view, dossier)? else {
            return Ok(Err(refused("unknown-dossier", dossier)));
        };
        let officer = match self.officer(view, token, claimed)? {
            Ok(officer) => officer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // An officer of the node's unit, whichever of the two: the law asks no more of her here.
        let (unit, role) = (view.unit.clone(), Role::Administrator);
        let actor = Actor { node: view.node, unit, role, person: officer.signature() };
        let authority = Authority {
            tree: view.tree,
            custodian: Some(&keeper),
            allow_optional_holders: false,
            granted: &Granted::NOTHING,
        };
        let judged = permission::authorize(&Action::Archive, &actor, &authority);
        Ok(judged.map(|()| officer).map_err(|refusal| refused(refusal.code(), "no right")))
    }

    /// The officer who looks into the archive.
    ///
    /// # Errors
    /// As [`Porter::archivist`].
    pub fn archive_reader(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        claimed: &str,
    ) -> Result<Result<Officer, Refused>, Fault> {
        self.officer(view, token, claimed)
    }
}
