//! The door to everything else: which orders need a session, and who is named in them.
//!
//! While the node's unit has no account, as in a province that is being set up, orders pass as they
//! are. Once it has one, nothing about a dossier is read or written without a session, and person
//! and role of a change are the session's, whatever the order says.

use dossier::{
    DossierId, Role, UnitId,
    account::{Assignment, Login, Right, Rights, Standing},
    permission::{self, Action, Actor, Authority, Granted, Refusal},
};
use protocol::{
    Command, Fault, Table,
    core::{CustodyQuestion, DocketQuestion, ListRow, Refused, TransferOrder},
    envelope::Meta,
};

use super::{Porter, Token, View, WhoShown, porter::refused};

impl Porter {
    /// Judges an order on dossiers, and writes the person of the session into it.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why the order is refused.
    pub fn open_for(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        command: &mut Command,
    ) -> Result<Result<(), Refused>, Fault> {
        let Some(right) = right_for(command) else { return Ok(Ok(())) };
        // Whoever shows a session is held to it, also where the node's own unit has no account.
        if view.accounts.unit(view.unit).is_none() && token.is_none() {
            return Ok(Ok(()));
        }
        let assignment = match self.admit(view, token)? {
            Ok((_, assignment)) => assignment,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(account) = view.accounts.unit(&assignment.unit) else {
            return Ok(Err(refused("account-standing", "revoked")));
        };
        let carried = right.is_none_or(|right| account.rights.acts.contains(&right));
        if !carried {
            return Ok(Err(refused("account-right", "not carried")));
        }
        let reach = Reach { view, assignment, rights: &account.rights };
        if let Some(action) = act_of(command) {
            let keeper = reach.keeper_of(command)?;
            let custodian = keeper.as_ref().unwrap_or(view.unit);
            if let Err(refusal) = law(view, assignment, &action, custodian, &Granted::NOTHING) {
                return Ok(Err(refused(refusal.code(), "no right")));
            }
        }
        match command {
            Command::Enter(entries) => {
                if !entries.iter().all(|it| reach.covers(&it.unit) || reach.enters_for(&it.unit)) {
                    return Ok(Err(refused("account-scope", "another unit")));
                }
                entries.iter_mut().for_each(|entry| sign(&mut entry.meta, assignment));
            }
            Command::Many(all) => {
                for editing in all {
                    if let Err(refusal) = reach.covers_dossier(&editing.dossier)? {
                        return Ok(Err(refusal));
                    }
                    sign(&mut editing.meta, assignment);
                }
            }
            Command::Transfer { dossier, order, meta } => {
                let covered = match order.as_ref() {
                    // What arrives from another province is nobody's here yet.
                    TransferOrder::Arrive(arrival) if reach.covers(&arrival.unit) => Ok(()),
                    TransferOrder::Arrive(_) => Err(refused("account-scope", "another unit")),
                    _ => reach.covers_dossier(dossier)?,
                };
                if let Err(refusal) = covered {
                    return Ok(Err(refusal));
                }
                sign(meta, assignment);
                if let TransferOrder::TakeOver(step) = order.as_mut()
                    && let Some(login) = step.login_mut()
                {
                    login.clone_from(&assignment.person.login);
                }
            }
            Command::Reorganise { order, meta } => {
                if !reach.covers(view.unit) {
                    return Ok(Err(refused("account-scope", "the whole node")));
                }
                sign(meta, assignment);
                if let Some(login) = order.login_mut() {
                    login.clone_from(&assignment.person.login);
                }
            }
            Command::Edit { dossier, meta, .. }
            | Command::Docket { dossier, meta, .. }
            | Command::Attach { dossier, meta, .. }
            | Command::Detach { dossier, meta, .. } => {
                if let Err(refusal) = reach.covers_dossier(dossier)? {
                    return Ok(Err(refusal));
                }
                sign(meta, assignment);
            }
            other => match read_of(other) {
                Some(dossier) => return reach.covers_dossier(dossier),
                None if !reach.covers(view.unit) => {
                    return Ok(Err(refused("account-scope", "the whole node")));
                }
                None => {}
            },
        }
        Ok(Ok(()))
    }

    /// Whose session it is.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why there is no session.
    pub fn who(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
    ) -> Result<Result<WhoShown, Refused>, Fault> {
        let admitted = self.admit_any(view, token)?;
        Ok(admitted.map(|(session, assignment)| self.shown(view, &session, assignment)))
    }

    /// Judges a question or an order about the audit log: by the session, once the unit has an
    /// account (Điều 8.5, 14.4).
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why it is refused.
    pub fn open_log(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        action: &Action,
    ) -> Result<Result<(), Refused>, Fault> {
        if view.accounts.unit(view.unit).is_none() && token.is_none() {
            return Ok(Ok(()));
        }
        Ok(self.admit(view, token)?.and_then(|(_, assignment)| {
            law(view, assignment, action, view.unit, &Granted::NOTHING)
                .map_err(|refusal| refused(refusal.code(), "no right"))
        }))
    }

    /// Judges an act of Sở Nội vụ: once it has an administrator, by the session of one (Điều 6.2).
    /// `reissued` is who gets a new code by the act. Where that is the only administrator, nobody
    /// else could do it: the two reports of Điều 16.6 must do, and the act stands in the signed
    /// list for everyone to see.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer; the inner error says why the act is refused.
    pub fn open_office(
        &mut self,
        view: View<'_>,
        token: Option<&Token>,
        reissued: Option<&Login>,
        action: &Action,
    ) -> Result<Result<(), Refused>, Fault> {
        let administrators: Vec<&Login> = view
            .accounts
            .persons()
            .filter(|(login, known)| {
                known.unit == *view.unit
                    && known.person.role == Role::Administrator
                    && matches!(view.accounts.standing(login, view.today()), Standing::Active(_))
            })
            .map(|(login, _)| login)
            .collect();
        match (administrators.as_slice(), reissued) {
            ([], _) => return Ok(Ok(())),
            ([only], Some(login)) if *only == login => return Ok(Ok(())),
            _ => {}
        }
        Ok(self.admit(view, token)?.and_then(|(_, assignment)| {
            law(view, assignment, action, view.unit, &Granted::NOTHING)
                .map_err(|refusal| refused("account-right", refusal.code()))
        }))
    }
}

/// The right an order needs: `None` where no session is needed, an inner `None` where the role
/// alone decides, which the law does in the core.
fn right_for(command: &Command) -> Option<Option<Right>> {
    match command {
        Command::Enter(_)
        | Command::Edit { .. }
        | Command::Many(_)
        | Command::Docket { .. }
        | Command::Transfer { .. }
        | Command::Reorganise { .. }
        | Command::Attach { .. }
        | Command::Detach { .. } => Some(None),
        Command::List { .. }
        | Command::Show(_)
        | Command::History(..)
        | Command::Chronicle(_)
        | Command::Life(_)
        | Command::Parity(_)
        | Command::Attachments(_)
        | Command::ReadAttachment { .. }
        | Command::Conflicts
        | Command::AskDocket(_)
        | Command::AskCustody(_)
        | Command::Quarantine => Some(Some(Right::Read)),
        Command::Imported(_) => Some(None),
        // Counts, digests and signed records tell nothing of a person.
        Command::Incidents
        | Command::AskReorg(_)
        | Command::Members
        | Command::Status
        | Command::Digests
        | Command::Sync
        | Command::Member(_)
        | Command::Tree(_)
        | Command::Renew(_)
        | Command::Accounts(_)
        | Command::Notices(_) => None,
    }
}

/// The one dossier that an order reads.
fn read_of(command: &Command) -> Option<&DossierId> {
    match command {
        Command::Show(dossier)
        | Command::Chronicle(dossier)
        | Command::Life(dossier)
        | Command::Parity(dossier)
        | Command::History(dossier, _)
        | Command::Attachments(dossier)
        | Command::ReadAttachment { dossier, .. }
        | Command::AskDocket(
            DocketQuestion::Reviews(dossier)
            | DocketQuestion::Forms(dossier)
            | DocketQuestion::Choices(dossier),
        )
        | Command::AskCustody(CustodyQuestion::Late(Some(dossier))) => Some(dossier),
        _ => None,
    }
}

/// The act that an order is, where the core does not ask the law about it.
fn act_of(command: &Command) -> Option<Action> {
    match command {
        Command::Show(_)
        | Command::History(..)
        | Command::Chronicle(_)
        | Command::Life(_)
        | Command::Parity(_)
        | Command::Conflicts
        | Command::AskCustody(CustodyQuestion::Late(Some(_)))
        | Command::AskDocket(_) => Some(Action::ReadDossier),
        // By post or mission every file is read; a consent is held against the file's own sections
        // where the file is known.
        Command::Attachments(_) | Command::ReadAttachment { .. } => {
            Some(Action::ReadAttachment { section: String::new() })
        }
        Command::AskCustody(_) => Some(Action::List),
        Command::List { query, .. } if query.is_empty() => Some(Action::List),
        Command::List { .. } => Some(Action::Search),
        Command::Quarantine => Some(Action::ReadStatus),
        _ => None,
    }
}

/// Asks the law for the person of a session, with what she holds beside her post.
pub(super) fn law(
    view: View<'_>,
    assignment: &Assignment,
    action: &Action,
    custodian: &UnitId,
    granted: &Granted,
) -> Result<(), Refusal> {
    let person = &assignment.person;
    let (unit, role) = (assignment.unit.clone(), person.role);
    let actor = Actor { node: view.node, unit, role, person: person.signature() };
    let authority = Authority {
        tree: view.tree,
        custodian: Some(custodian),
        // No act that is asked about here opens a dossier.
        allow_optional_holders: false,
        granted,
    };
    permission::authorize(action, &actor, &authority)
}

fn sign(meta: &mut Meta, assignment: &Assignment) {
    meta.person = assignment.person.signature();
    meta.role = assignment.person.role;
}

/// How far a person's rights reach (Điều 6.2, 16.1).
pub(super) struct Reach<'a> {
    pub(super) view: View<'a>,
    pub(super) assignment: &'a Assignment,
    pub(super) rights: &'a Rights,
}

impl Reach<'_> {
    pub(super) fn covers(&self, unit: &UnitId) -> bool {
        let tree = self.view.tree;
        let scope = &self.rights.scope;
        tree.is_within(unit, &self.assignment.unit)
            && (scope.is_empty() || scope.iter().any(|scope| tree.is_within(unit, scope)))
    }

    /// Điều 15.1: a body above lets the person's unit enter for it.
    fn enters_for(&self, body: &UnitId) -> bool {
        let View { grants, now, .. } = self.view;
        grants.delegations(&self.assignment.unit, body, None, now).next().is_some()
    }

    /// A dossier this node does not know is for the core to refuse.
    fn covers_dossier(&self, id: &DossierId) -> Result<Result<(), Refused>, Fault> {
        let covered = self.keeper(id)?.is_none_or(|unit| self.covers(&unit));
        Ok(if covered { Ok(()) } else { Err(refused("account-scope", "another unit")) })
    }

    /// The unit that keeps the dossier an order is about.
    fn keeper_of(&self, command: &Command) -> Result<Option<UnitId>, Fault> {
        read_of(command).map_or(Ok(None), |dossier| self.keeper(dossier))
    }

    pub(super) fn keeper(&self, id: &DossierId) -> Result<Option<UnitId>, Fault> {
        keeper(self.view, id)
    }
}

/// The unit that keeps a dossier; `None` for one this node does not know.
pub(super) fn keeper(view: View<'_>, id: &DossierId) -> Result<Option<UnitId>, Fault> {
    let row = view.records.get(Table::Listing, id.as_bytes())?;
    let row = row.map(|row| ListRow::decode(&row)).transpose()?;
    Ok(row.map(|row| row.unit))
}
