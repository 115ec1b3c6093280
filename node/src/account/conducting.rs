//! Who speaks of how the regulation is kept: a person for herself, her unit, or a body (Điều 12.3, 15.3,
//! 15.4, 16.3, 16.4).

use dossier::{
    Hash, UnitId,
    account::{Assignment, Login},
    conduct::{ConductAct, duties},
    grant::Officer,
    permission::{Action, Granted},
};
use protocol::{Fault, core::Refused};

use super::{Porter, Token, View, door::law, porter::refused};

impl Porter {
    /// Whether a person may not work before she answers for her duties of this year.
    pub(super) fn owes_duties(&self, view: View<'_>, assignment: &Assignment) -> bool {
        let (login, year) = (&assignment.person.login, view.today().year());
        self.rules.acknowledge
            && !view.conduct.acknowledged(login, &assignment.unit, year, view.tree)
    }

    /// Whether the person of a login owes an answer for her duties of this year.
    pub fn owes(&self, view: View<'_>, login: &Login) -> bool {
        view.accounts.person(login).is_some_and(|assignment| self.owes_duties(view, assignment))
    }

    /// Makes a statement that of whoever may make it; an acknowledgement that of the person of the
    /// session, for this year.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why nobody may.
    pub fn speak(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        claimed: &str,
        act: &mut ConductAct,
    ) -> Result<Result<(), Refused>, Fault> {
        if let ConductAct::Acknowledge { login, year, duties: read } = act {
            if *read != duties() {
                return Ok(Err(refused("acknowledge-other", "another text")));
            }
            return Ok(self.admit_any(view, token)?.and_then(|(_, assignment)| {
                allow(view, assignment, &Action::AcknowledgeDuties, &assignment.unit)?;
                login.clone_from(&assignment.person.login);
                *year = view.today().year();
                Ok(())
            }));
        }
        if view.accounts.unit(view.unit).is_none() && token.is_none() {
            act.set_by(Officer { full_name: claimed.to_owned(), login: None });
            let named = !claimed.trim().is_empty();
            return Ok(if named { Ok(()) } else { Err(refused("person-needed", "no name")) });
        }
        let reporter = |ticket: &Hash| {
            view.conduct.ticket(ticket).map_or(view.unit, |known| &known.origin.unit)
        };
        Ok(self.admit(view, token)?.and_then(|(_, assignment)| {
            let (action, about) = match act {
                ConductAct::Acknowledge { .. } | ConductAct::Raise(_) => {
                    (Action::ReportProblem, &assignment.unit)
                }
                // Điều 8.5: who may back a node up or try a backup answers for its checks.
                ConductAct::Check(_) => (Action::Backup, view.unit),
                ConductAct::Report(_) => (Action::MakeReport, view.unit),
                ConductAct::Accept { report, .. } => {
                    let mut reports = view.conduct.reports();
                    let made = reports.find(|(id, _)| *id == report);
                    let made_by = made.map(|(_, kept)| kept.report.by.signature());
                    let made_by = made_by.unwrap_or_default();
                    (Action::ApproveReport { made_by }, view.unit)
                }
                ConductAct::Publish(_) | ConductAct::Settle { .. } => {
                    (Action::MakeRules, view.unit)
                }
                ConductAct::Close { ticket, .. } if reporter(ticket) == view.unit => {
                    (Action::ReportProblem, view.unit)
                }
                ConductAct::Answer { ticket, .. }
                | ConductAct::Pass { ticket, .. }
                | ConductAct::Close { ticket, .. } => (Action::AnswerProblem, reporter(ticket)),
            };
            allow(view, assignment, &action, about)?;
            act.set_by(Officer {
                full_name: assignment.person.full_name.clone(),
                login: Some(assignment.person.login.clone()),
            });
            Ok(())
        }))
    }
}

fn allow(
    view: View<'_>,
    assignment: &Assignment,
    action: &Action,
    about: &UnitId,
) -> Result<(), Refused> {
    let judged = law(view, assignment, action, about, &Granted::NOTHING);
    judged.map_err(|refusal| refused(refusal.code(), "no right"))
}
