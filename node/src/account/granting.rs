//! The door beside the door: readings that rest on a document, and who signs one.

use std::collections::BTreeSet;

use dossier::{
    DossierId, Hash, Role, UnitId,
    account::{Assignment, Person, Right},
    grant::{Grant, GrantKind, Grantee, Grants, Officer, Today},
    permission::{Action, Granted, Refusal, Sections},
    unit::Tier,
};
use protocol::{
    Fault, Table,
    core::{ListRow, Refused},
};

use super::{Porter, Token, View, door::law, porter::refused};
use crate::grant::{DUTY, Passage};

impl Porter {
    /// What day it is for grants: the clock's, held against when a superior was last heard.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn today(&mut self, view: View<'_>) -> Result<Today, Fault> {
        let top = view.tree.get(view.unit).is_some_and(|unit| unit.tier == Tier::Three);
        let heard = self.heard(view)?.filter(|_| !top);
        Ok(Today::between(view.now, heard, self.rules.offline_ms))
    }

    /// Judges a reading outside a person's reach: it rests on the number of a document that holds
    /// for her, for this dossier, today (Điều 8.1, 14.4).
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why there is no way.
    pub fn open_by_document(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        dossier: &DossierId,
        document: &str,
        grants: &Grants,
    ) -> Result<Result<Passage, Refused>, Fault> {
        let today = self.today(view)?;
        let assignment = match self.admit(view, token)? {
            Ok((_, assignment)) => assignment,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let login = &assignment.person.login;
        let Some(row) = view.records.get(Table::Listing, dossier.as_bytes())? else {
            return Ok(Err(refused("account-scope", "another unit")));
        };
        let row = ListRow::decode(&row)?;
        if document.is_empty() {
            return Ok(Err(refused("consent-needed", "no number")));
        }
        let holding = grants.readings(&row.unit, dossier, today, view.tree).filter(|(_, it)| {
            let hers =
                matches!(&it.giving.grantee, Grantee::Person { login: who, .. } if who == login);
            hers && it.giving.document.number == document
        });
        // One document may be behind several grants: what any of them opens is open, and the first
        // refusal is told when none opens anything.
        let mut opened: Option<Option<BTreeSet<String>>> = None;
        let mut shut = None;
        for (_, grant) in holding {
            match reads(view, assignment, &row.unit, grant) {
                Ok(()) => opened = Some(both(opened, grant.terms.sections.as_ref())),
                Err(refusal) => {
                    shut.get_or_insert_with(|| refused(refusal.code(), "no right"));
                }
            }
        }
        let Some(sections) = opened else {
            let unknown = || refused("consent-unknown", "no such document holds");
            return Ok(Err(shut.unwrap_or_else(unknown)));
        };
        let document = Some(document.to_owned());
        Ok(Ok(Passage { document, sections, ..Passage::default() }))
    }

    /// Who signs an act on grants: the person of the session, of this unit, with the role to
    /// answer for it. Where the unit has no account, who says so.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why nobody may.
    pub fn officer(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        claimed: &str,
    ) -> Result<Result<Officer, Refused>, Fault> {
        if view.accounts.unit(view.unit).is_none() && token.is_none() {
            let officer = Officer { full_name: claimed.to_owned(), login: None };
            let named = !claimed.trim().is_empty();
            return Ok(if named { Ok(officer) } else { Err(refused("person-needed", "no name")) });
        }
        Ok(self.admit(view, token)?.and_then(|(_, assignment)| {
            if assignment.unit != *view.unit {
                return Err(refused("account-scope", "another unit"));
            }
            match assignment.person.role {
                Role::Approver | Role::Administrator => Ok(Officer {
                    full_name: assignment.person.full_name.clone(),
                    login: Some(assignment.person.login.clone()),
                }),
                Role::Clerk | Role::Inspector => {
                    Err(refused("account-right", "neither approver nor administrator"))
                }
            }
        }))
    }

    /// Who signs an act of the node's body: the person of the session, by what the law says of her role
    /// for each unit it is about. Where the unit has no account, who says so.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why nobody may.
    pub fn signer<'a>(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        claimed: &str,
        action: &Action,
        about: impl IntoIterator<Item = &'a UnitId>,
    ) -> Result<Result<Officer, Refused>, Fault> {
        if view.accounts.unit(view.unit).is_none() && token.is_none() {
            return self.officer(view, token, claimed);
        }
        Ok(self.admit(view, token)?.and_then(|(_, assignment)| {
            if assignment.unit != *view.unit {
                return Err(refused("account-scope", "another unit"));
            }
            for unit in about {
                law(view, assignment, action, unit, &Granted::NOTHING)
                    .map_err(|refusal| refused(refusal.code(), unit))?;
            }
            let Person { full_name, login, .. } = assignment.person.clone();
            Ok(Officer { full_name, login: Some(login) })
        }))
    }

    /// Who speaks of an inspection: an officer of the node's unit, or a member of the mission a
    /// finding is recorded on, while it lasts (Điều 14.4).
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why nobody may.
    pub fn inspector(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        claimed: &str,
        mission: Option<&Hash>,
    ) -> Result<Result<Officer, Refused>, Fault> {
        let today = self.today(view)?;
        let mission = mission.and_then(|id| view.grants.get(id)).filter(|it| it.terms.holds(today));
        if let (Some(mission), Ok((_, assignment))) = (mission, self.admit(view, token)?) {
            let person = &assignment.person;
            let hers = matches!(&mission.giving.grantee, Grantee::Person { login, .. } if *login == person.login);
            if hers && person.role == Role::Inspector {
                let full_name = person.full_name.clone();
                return Ok(Ok(Officer { full_name, login: Some(person.login.clone()) }));
            }
        }
        self.officer(view, token, claimed)
    }

    /// Whether whoever asks may look at the records of grants: anybody where the unit has no
    /// account, else who may read.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why not.
    pub fn open_records(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
    ) -> Result<Result<(), Refused>, Fault> {
        if view.accounts.unit(view.unit).is_none() && token.is_none() {
            return Ok(Ok(()));
        }
        Ok(self.admit(view, token)?.and_then(|(_, assignment)| {
            let account = view.accounts.unit(&assignment.unit);
            let reads = account.is_some_and(|it| it.rights.acts.contains(&Right::Read));
            if reads { Ok(()) } else { Err(refused("account-right", "not carried")) }
        }))
    }

    /// To what purpose a session reads, where an order says nothing: the duty, or what its person
    /// said when she began. `None` without a session.
    pub fn purpose(&self, token: Option<&Token>) -> Option<&str> {
        let session = self.sessions.get(&super::session::digest(token?))?;
        Some(session.purpose.as_deref().unwrap_or(DUTY))
    }

    /// Notes to what purpose a session reads; `false` when there is no such session.
    pub fn note_purpose(&mut self, token: Option<&Token>, purpose: &str) -> bool {
        let session = token.and_then(|it| self.sessions.get_mut(&super::session::digest(it)));
        let said = (!purpose.is_empty()).then(|| purpose.to_owned());
        session.map(|session| session.purpose = said).is_some()
    }
}

/// The sections that what is open so far and another grant open together; `None` for all.
fn both(
    opened: Option<Option<BTreeSet<String>>>,
    more: Option<&BTreeSet<String>>,
) -> Option<BTreeSet<String>> {
    let more = more?.clone();
    match opened {
        None => Some(more),
        Some(opened) => opened.map(|opened| opened.union(&more).cloned().collect()),
    }
}

/// Asks the law with the grant: for the whole dossier, or for each section that it opens.
fn reads(
    view: View<'_>,
    assignment: &Assignment,
    keeper: &UnitId,
    grant: &Grant,
) -> Result<(), Refusal> {
    let (opened, actions) = match &grant.terms.sections {
        None => (Sections::All, vec![Action::ReadDossier]),
        Some(sections) => {
            let one = |section: &String| Action::ReadSection { section: section.clone() };
            (Sections::Only(sections.clone()), sections.iter().map(one).collect())
        }
    };
    let granted = Granted {
        consent: (grant.giving.kind == GrantKind::Consent).then_some(opened),
        mission: grant.giving.kind == GrantKind::Mission,
        ..Granted::NOTHING
    };
    actions.iter().try_for_each(|action| law(view, assignment, action, keeper, &granted))
}
