//! The engine's dealings with incidents of the system: tier 3 records them, everyone is told.

use dossier::{disruption::DisruptionAct, permission::Action};
use protocol::{core::Refused, notice::Saying};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view, refused};
use crate::control::{DisruptionAnswer, DisruptionOrder, Response};

impl Engine {
    /// An order or a question about incidents.
    pub(super) fn order_disruption(
        &mut self,
        order: DisruptionOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let response = match order {
            DisruptionOrder::List => {
                let known = self.core.board().disruptions().iter();
                let list = known.map(|(id, kept)| (*id, kept.clone())).collect();
                Response::Disruption(DisruptionAnswer::List(list))
            }
            DisruptionOrder::Act(_) if self.office.is_none() => refused("not-tier-3", "no office"),
            DisruptionOrder::Act(act) => {
                let acted = self.act_on_disruptions(*act)?;
                acted.map_or_else(Response::Refused, Response::Disruption)
            }
        };
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn act_on_disruptions(
        &mut self,
        mut act: DisruptionAct,
    ) -> Result<Result<DisruptionAnswer, Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let (token, claimed) = (self.bearer.as_ref(), self.claimed().to_owned());
        let own = [seen.unit];
        match self.porter.signer(seen, token, &claimed, &Action::AnnounceIncident, own)? {
            Ok(officer) => act.set_by(officer.full_name),
            Err(refusal) => return Ok(Err(refusal)),
        }
        let about = act.disruption();
        let said = self.say(Saying::Disruption(Box::new(act)))?;
        Ok(said.map(|id| DisruptionAnswer::Acted(about.unwrap_or(id))))
    }
}
