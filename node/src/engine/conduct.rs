//! The engine's dealings with how the regulation is kept: duties, internal rules, problems, proposals.

mod figures;
mod upkeep;

use dossier::{
    Hash, UnitId,
    conduct::{ConductAct, KeptRegulation, KeptTicket, Severity, TicketKind},
    unit::UnitTree,
};
use protocol::{core::Refused, notice::Saying};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view};
pub(super) use figures::Counting;

use crate::control::{ConductAnswer, ConductOrder, RegulationShown, Response, TicketShown};

impl Engine {
    /// An order or a question about them.
    pub(super) fn order_conduct(
        &mut self,
        order: ConductOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let outcome = match order {
            // What is counted is counted by the node.
            ConductOrder::Act(act)
                if matches!(*act, ConductAct::Check(_) | ConductAct::Report(_)) =>
            {
                let detail = "checks and reports have orders of their own".to_owned();
                Err(Refused { code: "request".to_owned(), detail })
            }
            ConductOrder::Act(act) => self.act_on_conduct(*act)?,
            ConductOrder::Waiting => Ok(self.waiting_tickets()),
            ConductOrder::Check(kind) => self.check(kind)?,
            ConductOrder::Tried(trial) => self.note_trial(trial)?,
            ConductOrder::Report(order) => self.report(order)?,
            question => self.answer_about_conduct(&question)?,
        };
        let response = outcome.map_or_else(Response::Refused, Response::Conduct);
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn act_on_conduct(
        &mut self,
        mut act: ConductAct,
    ) -> Result<Result<ConductAnswer, Refused>, EngineError> {
        let claimed = self.claimed().to_owned();
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        if let Err(refusal) = self.porter.speak(seen, self.bearer.as_ref(), &claimed, &mut act)? {
            return Ok(Err(refusal));
        }
        let about = act.about();
        let said = match &act {
            ConductAct::Acknowledge { login, .. } => {
                // Who answered has her way in, and leaves the reserve to others.
                let seen = view(&self.core, &self.store, self.environment.clock.now());
                if self.room.is_full() && !self.porter.owes(seen, login) {
                    return Ok(Err(Refused {
                        code: "disk-full".to_owned(),
                        detail: "answered before".to_owned(),
                    }));
                }
                self.say_from_reserve(Saying::Conduct(Box::new(act)))?
            }
            _ => self.say(Saying::Conduct(Box::new(act)))?,
        };
        Ok(said.map(|id| ConductAnswer::Said(about.unwrap_or(id))))
    }

    /// What waits for the answer of this unit: laid before it, or passed to it.
    fn waiting_tickets(&self) -> ConductAnswer {
        let own = &self.core.identity().unit;
        let known = self.core.board().conduct();
        let tickets = known.tickets().map(|(_, kept)| kept);
        let waiting: Vec<&KeptTicket> = tickets.filter(|kept| kept.waits_for(own)).collect();
        let presses = TicketKind::Problem(Severity::Critical);
        let critical = waiting.iter().filter(|kept| kept.ticket.kind == presses).count();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let checks = self.checks_due();
        ConductAnswer::Waiting { all: count(waiting.len()), critical: count(critical), checks }
    }

    fn answer_about_conduct(
        &mut self,
        question: &ConductOrder,
    ) -> Result<Result<ConductAnswer, Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        if let Err(refusal) = self.porter.open_records(seen, self.bearer.as_ref())? {
            return Ok(Err(refusal));
        }
        match question {
            ConductOrder::Checks => return Ok(Ok(ConductAnswer::Checks(self.checks_shown()))),
            ConductOrder::Reports => return Ok(Ok(ConductAnswer::Reports(self.reports_shown()))),
            _ => {}
        }
        let (known, tree) = (self.core.board().conduct(), &self.core.tree().tree);
        Ok(Ok(if matches!(question, ConductOrder::Regulations) {
            let all = known.regulations().map(|(id, kept)| regulation(*id, kept));
            let mut all: Vec<RegulationShown> = all.collect();
            all.sort_by_key(|it| std::cmp::Reverse((it.at, it.id)));
            ConductAnswer::Regulations(all)
        } else {
            let all = known.tickets().map(|(id, kept)| ticket(*id, kept, tree));
            let mut all: Vec<TicketShown> = all.collect();
            all.sort_by_key(|it| std::cmp::Reverse((it.at, it.id)));
            ConductAnswer::Tickets(all)
        }))
    }
}

fn regulation(id: Hash, kept: &KeptRegulation) -> RegulationShown {
    RegulationShown {
        id,
        unit: kept.origin.unit.clone(),
        at: kept.origin.at,
        regulation: kept.regulation.clone(),
        settled: kept.settled,
    }
}

fn ticket(id: Hash, kept: &KeptTicket, tree: &UnitTree) -> TicketShown {
    let mut bodies: Vec<UnitId> = kept.bodies().cloned().collect();
    bodies.sort_by_key(|unit| tree.get(unit).map(|unit| unit.tier));
    bodies.dedup();
    let acts = kept.after.values();
    let mut after: Vec<_> =
        acts.map(|(origin, act)| (origin.at, origin.unit.clone(), act.clone())).collect();
    after.sort_by_key(|(at, ..)| *at);
    TicketShown {
        id,
        unit: kept.origin.unit.clone(),
        at: kept.origin.at,
        ticket: kept.ticket.clone(),
        bodies,
        after,
        standing: kept.standing().to_owned(),
    }
}
