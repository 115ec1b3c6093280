//! The engine's dealings with the calendar: a year that tier 3 decided is signed and told to all.

use config::Files;
use dossier::{
    calendar::{CalendarYear, Decision, SpecialDay},
    permission::Action,
};
use protocol::{core::Refused, notice::Saying};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view, refused};
use crate::{
    calendar::{CalendarAnswer, CalendarOrder},
    control::Response,
};

impl Engine {
    /// An order or a question about the calendar.
    pub(super) fn order_calendar(
        &mut self,
        order: CalendarOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let response = match order {
            CalendarOrder::Decided => {
                let known = self.core.board().calendar().iter();
                let list = known.map(|(id, decided)| (*id, decided.clone())).collect();
                Response::Calendar(CalendarAnswer::Decided(list))
            }
            CalendarOrder::Decide { .. } if self.office.is_none() => {
                refused("not-tier-3", "no office")
            }
            CalendarOrder::Decide { year, document, days } => {
                let decided = self.decide_year(year, document, days)?;
                decided.map_or_else(Response::Refused, Response::Calendar)
            }
        };
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn decide_year(
        &mut self,
        year: i16,
        document: String,
        days: Vec<SpecialDay>,
    ) -> Result<Result<CalendarAnswer, Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let (token, claimed, own) = (self.bearer.as_ref(), &self.sitting.person(), [seen.unit]);
        let by = match self.porter.signer(seen, token, claimed, &Action::ManageCalendar, own)? {
            Ok(officer) => officer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let malformed = |why: String| Ok(Err(Refused { code: "calendar".to_owned(), detail: why }));
        let base = match config::load_calendar(&Files::embedded()) {
            Ok(base) => base,
            Err(error) => return malformed(error.to_string()),
        };
        let version = self.core.board().calendar().next_version(year, &base);
        let year = match CalendarYear::new(year, version, document, days) {
            Ok(year) => year,
            Err(error) => return malformed(error.to_string()),
        };
        let said = self.say(Saying::CalendarYear(Box::new(Decision { year, by })))?;
        Ok(said.map(|id| CalendarAnswer::Taken { id, version }))
    }
}
