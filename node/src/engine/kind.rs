//! The engine's dealings with the catalog of kinds of change: tier 3 adds to it, everyone is told.

use dossier::{change_kind::NewKind, permission::Action};
use protocol::{admission::Grants as _, core::Refused, notice::Saying};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view, refused};
use crate::control::{KindAnswer, KindOrder, Response};

impl Engine {
    /// An order or a question about the catalog.
    pub(super) fn order_kind(
        &mut self,
        order: KindOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let response = match order {
            KindOrder::List => {
                let added = self.core.board().kinds().added();
                let list = added.map(|(code, kind)| (code.clone(), kind.clone())).collect();
                Response::Kind(KindAnswer::List(list))
            }
            KindOrder::Add(_) if self.office.is_none() => refused("not-tier-3", "no office"),
            KindOrder::Add(kind) => {
                self.add_kind(*kind)?.map_or_else(Response::Refused, Response::Kind)
            }
        };
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn add_kind(&mut self, kind: NewKind) -> Result<Result<KindAnswer, Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let (token, claimed) = (self.bearer.as_ref(), self.claimed().to_owned());
        let own = [seen.unit];
        let by = match self.porter.signer(seen, token, &claimed, &Action::ManageKinds, own)? {
            Ok(officer) => officer.full_name,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let said = self.say(Saying::ChangeKind(Box::new(NewKind { by, ..kind })))?;
        Ok(said.map(KindAnswer::Added))
    }
}
