//! The engine's dealings with campaigns of declarations: orders and what is known of them.

use dossier::{
    campaign::{CampaignAct, Kept},
    permission::Action,
};
use protocol::{core::Refused, notice::Saying};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view};
use crate::control::{CampaignAnswer, CampaignOrder, CampaignShown, Response};

impl Engine {
    /// An order or a question about campaigns.
    pub(super) fn order_campaign(
        &mut self,
        order: CampaignOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let outcome = match order {
            CampaignOrder::Act(act) => self.act_on_campaigns(*act)?,
            CampaignOrder::List => self.list_campaigns()?,
        };
        let response = outcome.map_or_else(Response::Refused, Response::Campaign);
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn act_on_campaigns(
        &mut self,
        mut act: CampaignAct,
    ) -> Result<Result<CampaignAnswer, Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let token = self.bearer.as_ref();
        let claimed = self.claimed().to_owned();
        let about = act.campaign();
        let opened = match &act {
            CampaignAct::Open(campaign) => Some(campaign),
            CampaignAct::Remind { campaign, .. } | CampaignAct::Close { campaign, .. } => {
                self.core.board().campaigns().get(campaign).map(|kept| &kept.campaign)
            }
        };
        // Of a campaign that is not known nobody is asked: the board refuses the act.
        let units = opened.map_or_else(Default::default, |it| it.units.clone());
        match self.porter.signer(seen, token, &claimed, &Action::RunCampaign, &units)? {
            Ok(officer) => act.set_by(officer.full_name),
            Err(refusal) => return Ok(Err(refusal)),
        }
        let said = self.say(Saying::Campaign(Box::new(act)))?;
        Ok(said.map(|id| CampaignAnswer::Acted(about.unwrap_or(id))))
    }

    fn list_campaigns(&mut self) -> Result<Result<CampaignAnswer, Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        if let Err(refusal) = self.porter.open_records(seen, self.bearer.as_ref())? {
            return Ok(Err(refusal));
        }
        let known = self.core.board().campaigns();
        let mut list: Vec<CampaignShown> =
            known.iter().map(|(id, kept)| shown(*id, kept)).collect();
        list.sort_by_key(|it| std::cmp::Reverse((it.at, it.id)));
        Ok(Ok(CampaignAnswer::List(list)))
    }
}

fn shown(id: dossier::Hash, kept: &Kept) -> CampaignShown {
    let mut reminders: Vec<_> = kept.reminders.values().cloned().collect();
    reminders.sort();
    CampaignShown {
        id,
        unit: kept.unit.clone(),
        at: kept.at,
        campaign: kept.campaign.clone(),
        reminders,
        closed: kept.closed,
    }
}
