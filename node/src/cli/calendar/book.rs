//! The calendar of this program with what the running node knows beyond it.

use dossier::calendar::{Calendar, Decisions};

use crate::calendar::{CalendarAnswer, CalendarOrder, gather};
use crate::cli::ask::Asker;
use crate::cli::desk::Desk;
use crate::cli::error::CliError;
use crate::control::{Request, Response};

/// The program's own years, and the signed decisions over them.
pub(crate) struct Book {
    pub(in crate::cli) base: Calendar,
    pub(in crate::cli) decisions: Decisions,
}

impl Book {
    /// As the running node knows it; where none runs, as the program does.
    pub(in crate::cli) fn of(desk: &Desk<'_>) -> Result<Self, CliError> {
        match desk.ask() {
            Ok(mut asker) => Self::asked(&mut asker),
            Err(_) => Self::load(Decisions::default()),
        }
    }

    /// As this node knows it.
    pub(crate) fn asked(asker: &mut Asker) -> Result<Self, CliError> {
        Self::load(Self::decisions(asker))
    }

    /// What was decided on the calendar, as far as this node tells.
    pub(crate) fn decisions(asker: &mut Asker) -> Decisions {
        match asker.call(&Request::Calendar(CalendarOrder::Decided)) {
            Ok(Response::Calendar(CalendarAnswer::Decided(list))) => gather(list),
            _ => Decisions::default(),
        }
    }

    /// With these decisions.
    pub(crate) fn load(decisions: Decisions) -> Result<Self, CliError> {
        let base = config::load_calendar(&config::Files::embedded())?;
        Ok(Self { base, decisions })
    }

    /// The newest of every year.
    pub(crate) fn in_force(&self) -> Calendar {
        self.decisions.over(&self.base)
    }
}
