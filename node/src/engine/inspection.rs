//! What inspections find and units answer, and notices that are carried by hand.

use dossier::{Hash, inspection::InspectAct};
use protocol::{
    Answer, Command, Effect, Event, Records, Table, codec,
    core::Refused,
    notice::{Board, Saying, SignedNotice},
};

use super::{Engine, EngineError, Pending, account::view};
use crate::grant::{FindingShown, GrantAnswer};

/// Notices given out at once.
const PAPERS_MAX: usize = 512;

impl Engine {
    pub(super) fn act_on_inspection(
        &mut self,
        mut act: InspectAct,
    ) -> Result<Result<GrantAnswer, Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let (token, claimed) = (self.bearer.as_ref(), &self.sitting.claim.person);
        let mission = match &act {
            InspectAct::Find(finding) => Some(finding.mission),
            _ => None,
        };
        let officer = match self.porter.inspector(seen, token, claimed, mission.as_ref())? {
            Ok(officer) => officer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        act.set_by(officer);
        let about = act.finding();
        let said = self.say(Saying::Inspection(Box::new(act)))?;
        Ok(said.map(|id| GrantAnswer::Recorded { id: about.unwrap_or(id) }))
    }

    pub(super) fn findings_shown(&self) -> Vec<FindingShown> {
        let all = self.core.board().findings().iter();
        let mut shown: Vec<FindingShown> = all
            .map(|(id, it)| FindingShown {
                id: *id,
                by_unit: it.origin.unit.clone(),
                at: it.origin.at,
                finding: it.finding.clone(),
                after: it.after.values().map(|(origin, act)| (origin.at, act.clone())).collect(),
                standing: it.standing().to_owned(),
            })
            .collect();
        shown.iter_mut().for_each(|it| it.after.sort_by_key(|(at, _)| *at));
        shown.sort_by_key(|it| std::cmp::Reverse(it.at));
        shown
    }

    /// Signed notices after one, to be carried by hand.
    pub(super) fn notice_papers(
        &self,
        after: Option<Hash>,
    ) -> Result<Result<GrantAnswer, Refused>, EngineError> {
        let after = after.as_ref().map(|id| id.as_bytes().as_slice());
        let rows = self.store.scan(Table::Notice, &[], after, PAPERS_MAX)?;
        let read = |(_, row): &(Vec<u8>, Vec<u8>)| codec::decode::<SignedNotice>(row).ok();
        Ok(Ok(GrantAnswer::Papers(rows.iter().filter_map(read).collect())))
    }

    /// Takes notices that were carried by hand; each is judged like one that came by the network.
    pub(super) fn deliver_notices(
        &mut self,
        mut notices: Vec<SignedNotice>,
    ) -> Result<Result<GrantAnswer, Refused>, EngineError> {
        notices.sort_by_key(Board::depth);
        let held = self.core.board().len();
        let before = self.pending.len();
        let command = Box::new(Command::Notices(notices));
        self.decide(Event::Command { request: 0, command })?;
        let refused = self.pending[before..].iter().find_map(|pending| match pending {
            Pending::Effect(Effect::Answer { request: 0, answer }) => match answer.as_ref() {
                Answer::Refused(refusal) => Some(refusal.clone()),
                _ => None,
            },
            _ => None,
        });
        let new = u32::try_from(self.core.board().len() - held).unwrap_or(u32::MAX);
        Ok(match refused {
            Some(refusal) if new == 0 => Err(refusal),
            refusal => Ok(GrantAnswer::Delivered { new, whole: refusal.is_none() }),
        })
    }
}
