//! What leaves the system: who may take a copy of a dossier out, and the second proof that it asks
//! for at every tier (Điều 5, 8.1, 12.1).

use dossier::{
    DossierId,
    account::{Login, Right},
    grant::{GrantKind, Grantee},
    permission::{Action, Granted, Sections},
};
use protocol::{Fault, core::Refused};

use super::{
    AccountAnswer, Decided, Porter, Secret, Seed, Token, View,
    credential::{Gate, read_credential},
    door::{Reach, keeper, law},
    porter::refused,
    session::digest,
};
use crate::grant::Passage;

impl Porter {
    /// Judges a copy that is to leave: by the law, and outside the person's reach by the number of a
    /// consent to the whole dossier.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why there is no copy.
    pub fn open_copy(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        dossier: &DossierId,
        action: &Action,
        document: &str,
    ) -> Result<Result<Passage, Refused>, Fault> {
        if view.accounts.unit(view.unit).is_none() && token.is_none() {
            return Ok(Ok(Passage::default()));
        }
        let today = self.today(view)?;
        let assignment = match self.admit(view, token)? {
            Ok((_, assignment)) => assignment,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(account) = view.accounts.unit(&assignment.unit) else {
            return Ok(Err(refused("account-standing", "revoked")));
        };
        let right = if *action == Action::Export { Right::Export } else { Right::Print };
        if !account.rights.acts.contains(&right) {
            return Ok(Err(refused("account-right", "not carried")));
        }
        let reach = Reach { view, assignment, rights: &account.rights };
        let Some(unit) = reach.keeper(dossier)? else {
            return Ok(Err(refused("unknown-dossier", dossier)));
        };
        let (mut granted, mut passage) = (Granted::NOTHING, Passage::default());
        if !reach.covers(&unit) {
            if document.is_empty() {
                return Ok(Err(refused("consent-needed", "no number")));
            }
            let login = &assignment.person.login;
            let consent = view.grants.readings(&unit, dossier, today, view.tree).find(|(_, it)| {
                it.giving.kind == GrantKind::Consent
                    && it.giving.document.number == document
                    && matches!(&it.giving.grantee, Grantee::Person { login: who, .. } if who == login)
            });
            let Some((_, consent)) = consent else {
                return Ok(Err(refused("consent-unknown", "no such document holds")));
            };
            let opened = consent.terms.sections.clone().map_or(Sections::All, Sections::Only);
            granted.consent = Some(opened);
            passage.document = Some(document.to_owned());
        }
        let judged = law(view, assignment, action, &unit, &granted);
        Ok(judged.map(|()| passage).map_err(|refusal| refused(refusal.code(), "no right")))
    }

    /// Asks the person of a session for the digits on her telephone, which nothing leaves without and
    /// nobody takes a dossier over without: counted like any guess. Nobody is asked where the unit has no account.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn confirm(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        digits: Option<&Secret>,
    ) -> Decided<()> {
        let refuse = |code: &str, detail: String| Ok((Vec::new(), Err(refused(code, detail))));
        if view.accounts.unit(view.unit).is_none() && token.is_none() {
            return Ok((Vec::new(), Ok(())));
        }
        let login = match self.admit(view, token)? {
            Ok((_, assignment)) => assignment.person.login.clone(),
            Err(refusal) => return Ok((Vec::new(), Err(refusal))),
        };
        let Some(mut credential) = read_credential(view.records, &login)? else {
            return refuse("session-ended", "no credential".to_owned());
        };
        let Some(seed) = credential.seed.clone() else {
            return refuse("second-unset", "no second factor".to_owned());
        };
        let Some(digits) = digits else {
            return refuse("second-needed", "no digits".to_owned());
        };
        let gate = Gate::Login(login.clone());
        let mut guard = gate.read(view.records)?;
        if let Err(until) = guard.admits(view.now) {
            return refuse("account-locked", until.as_millis().to_string());
        }
        guard.note_guess(view.now);
        let Some(step) = seed.accept(digits.as_str(), view.now, credential.step) else {
            return Ok((vec![gate.op(&guard)], Err(refused("second-wrong", "no match"))));
        };
        guard.note_success();
        credential.step = step;
        Ok((vec![gate.op(&guard), credential.op(&login)], Ok(())))
    }

    /// The number of the approval of Sở Nội vụ by which a dossier may leave beside many others, by
    /// whoever asks: a person, or her unit (Điều 5.3).
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn bulk_approval(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        dossier: &DossierId,
    ) -> Result<Option<String>, Fault> {
        let today = self.today(view)?;
        let (unit, login) = match self.admit(view, token)? {
            Ok((_, assignment)) => (&assignment.unit, Some(&assignment.person.login)),
            Err(_) if view.accounts.unit(view.unit).is_none() && token.is_none() => {
                (view.unit, None)
            }
            Err(_) => return Ok(None),
        };
        let Some(keeper) = keeper(view, dossier)? else { return Ok(None) };
        let approval = view.grants.bulk_copies((unit, login), (&keeper, dossier), today, view.tree);
        Ok(approval.map(|grant| grant.giving.document.number.clone()))
    }

    /// A second factor for a person who has none; she proved her password.
    pub(super) fn give_second(
        &mut self,
        view: View<'_>,
        login: &Login,
        token: &Token,
        fresh: [u8; 52],
    ) -> Decided<AccountAnswer> {
        let refuse = |code: &str| Ok((Vec::new(), Err(refused(code, "second factor"))));
        let (Some(mut credential), true) =
            (read_credential(view.records, login)?, self.sessions.contains_key(&digest(token)))
        else {
            return refuse("session-ended");
        };
        if credential.seed.is_some() {
            return refuse("second-set");
        }
        let seed = Seed::of(&fresh);
        let second = Some(Secret::new(seed.address(login)));
        (credential.seed, credential.step) = (Some(seed), 0);
        Ok((vec![credential.op(login)], Ok(AccountAnswer::Activated { second })))
    }
}
