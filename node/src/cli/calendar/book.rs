//! The calendar of this program with what the running node knows beyond it.

use dossier::calendar::{Calendar, Decisions};

use crate::calendar::{CalendarAnswer, CalendarOrder, gather};
use crate::cli::desk::Desk;
use crate::cli::error::CliError;
use crate::control::{Request, Response};

/// The program's own years, and the signed decisions over them.
pub(in crate::cli) struct Book {
    pub(in crate::cli) base: Calendar,
    pub(in crate::cli) decisions: Decisions,
}

impl Book {
    /// As the running node knows it; where none runs, as the program does.
    pub(in crate::cli) fn of(desk: &Desk<'_>) -> Result<Self, CliError> {
        let base = config::load_calendar(&config::Files::embedded())?;
        let order = Request::Calendar(CalendarOrder::Decided);
        let asked = desk.ask().and_then(|mut asker| asker.call(&order));
        let decisions = match asked {
            Ok(Response::Calendar(CalendarAnswer::Decided(list))) => gather(list),
            _ => Decisions::default(),
        };
        Ok(Self { base, decisions })
    }

    /// The newest of every year.
    pub(in crate::cli) fn in_force(&self) -> Calendar {
        self.decisions.over(&self.base)
    }
}
