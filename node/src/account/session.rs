//! Sessions: tokens that stand for a person who proved herself, held in memory alone.

use dossier::{
    Hash, Timestamp,
    account::{Assignment, Login, Standing},
};
use protocol::{Fault, core::Refused};

use super::{Porter, Rules, Token, View, WhoShown, porter::refused};

/// A session of a person.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) login: Login,
    begun: Timestamp,
    used: Timestamp,
    /// Number of the account list when it began.
    number: u64,
    /// To what purpose it reads, where its person said so.
    pub(super) purpose: Option<String>,
}

impl Session {
    pub(super) fn begin(login: &Login, view: View<'_>) -> Self {
        Self {
            login: login.clone(),
            begun: view.now,
            used: view.now,
            number: view.number,
            purpose: None,
        }
    }
}

impl Porter {
    /// The session of a token whose person may work: she answered for her duties of this year, where
    /// that is asked for (Điều 12.3).
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why she may not.
    pub(super) fn admit<'a>(
        &mut self,
        view: View<'a>,
        token: Option<&Token>,
    ) -> Result<Result<(Session, &'a Assignment), Refused>, Fault> {
        Ok(self.admit_any(view, token)?.and_then(|(session, assignment)| {
            if self.owes_duties(view, assignment) {
                Err(refused("acknowledge-first", view.today().year()))
            } else {
                Ok((session, assignment))
            }
        }))
    }

    /// The session of a token, judged on the accounts of this moment; it counts as used.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why there is no session.
    pub(super) fn admit_any<'a>(
        &mut self,
        view: View<'a>,
        token: Option<&Token>,
    ) -> Result<Result<(Session, &'a Assignment), Refused>, Fault> {
        let Some(token) = token else { return Ok(Err(refused("session-needed", "no token"))) };
        self.sweep(view);
        let Some(session) = self.sessions.get_mut(&digest(token)) else {
            return Ok(Err(refused("session-ended", "unknown token")));
        };
        session.used = view.now;
        let session = session.clone();
        if let Err(refusal) = self.in_touch(view)? {
            return Ok(Err(refusal));
        }
        Ok(stand(view, &session.login).map(|assignment| (session, assignment)))
    }

    /// Ends every session whose time is over or whose person was taken something.
    pub fn sweep(&mut self, view: View<'_>) {
        let Rules { idle_ms, session_ms, .. } = self.rules;
        let since = |at: Timestamp| view.now.as_millis() - at.as_millis();
        self.sessions.retain(|_, session| {
            let fresh =
                (0..idle_ms).contains(&since(session.used)) && since(session.begun) < session_ms;
            let limited = view.accounts.limited(&session.login) > session.number;
            let stands =
                matches!(view.accounts.standing(&session.login, view.today()), Standing::Active(_));
            fresh && !limited && stands
        });
    }

    /// How many sessions there are.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// Ends a session; `false` when there was none.
    pub fn sign_out(&mut self, token: &Token) -> bool {
        self.sessions.remove(&digest(token)).is_some()
    }

    pub(super) fn end_all(&mut self, login: &Login) {
        self.sessions.retain(|_, session| session.login != *login);
    }

    pub(super) fn shown(
        &self,
        view: View<'_>,
        session: &Session,
        assignment: &Assignment,
    ) -> WhoShown {
        let after = |at: Timestamp, span: i64| Timestamp::from_millis(at.as_millis() + span);
        let until = after(session.begun, self.rules.session_ms);
        WhoShown {
            login: session.login.clone(),
            full_name: assignment.person.full_name.clone(),
            unit: assignment.unit.clone(),
            role: assignment.person.role,
            owes_duties: self.owes_duties(view, assignment),
            idle_until: after(session.used, self.rules.idle_ms).min(until),
            until,
        }
    }
}

/// Điều 15.2: whose assignment does not stand today has no way in; nor who sits elsewhere.
pub(super) fn stand<'a>(view: View<'a>, login: &Login) -> Result<&'a Assignment, Refused> {
    match view.accounts.standing(login, view.today()) {
        Standing::Active(assignment) if view.serves(&assignment.unit) => Ok(assignment),
        Standing::Active(assignment) => Err(refused("account-elsewhere", &assignment.unit)),
        other => Err(refused("account-standing", other.code())),
    }
}

/// A token as it is kept: who reads the memory of a session has none.
pub(super) fn digest(token: &Token) -> Hash {
    Hash::tagged("hoso/session/1", &[&token.0])
}
