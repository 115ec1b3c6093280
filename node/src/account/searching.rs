//! How far a person searches and counts (Điều 7, 12.1).

use dossier::{UnitId, account::Right, permission::Action, permission::Granted};
use protocol::{Fault, core::Refused};

use super::{Porter, Token, View, door::law, porter::refused};

impl Porter {
    /// The units whose dossiers, with those under them, a person may search or count.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why she may not.
    pub fn search_scope(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        action: &Action,
    ) -> Result<Result<Vec<UnitId>, Refused>, Fault> {
        if view.accounts.unit(view.unit).is_none() && token.is_none() {
            return Ok(Ok(vec![view.tree.root().id.clone()]));
        }
        let assignment = match self.admit(view, token)? {
            Ok((_, assignment)) => assignment,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(account) = view.accounts.unit(&assignment.unit) else {
            return Ok(Err(refused("account-standing", "revoked")));
        };
        if !account.rights.acts.contains(&Right::Read) {
            return Ok(Err(refused("account-right", "not carried")));
        }
        let own = &assignment.unit;
        let within = account.rights.scope.iter().filter(|unit| view.tree.is_within(unit, own));
        let mut scope: Vec<UnitId> = within.cloned().collect();
        if account.rights.scope.is_empty() {
            scope.push(own.clone());
        }
        for unit in &scope {
            if let Err(refusal) = law(view, assignment, action, unit, &Granted::NOTHING) {
                return Ok(Err(refused(refusal.code(), "no right")));
            }
        }
        Ok(Ok(scope))
    }
}
