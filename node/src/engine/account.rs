//! The engine's dealings with the porter and with the account list.

use dossier::{Timestamp, UnitId, account::AccountAct, permission::Action};
use protocol::{
    Command, Core, Event, Op, Records, Table,
    account::SignedAccountEntry,
    core::{Refused, Relation, ReorgOrder, TransferOrder, decode_account_entry},
};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Input, Pending};
use crate::{
    account::{
        AccountAnswer, AccountOrder, AccountShown, AccountsShown, Knock, PersonShown, Riddle,
        Secret, Settled, View,
    },
    calendar::CalendarOrder,
    control::Response,
    environment::entropy::draw,
    store::Store,
};

/// The most signed entries given out to be carried by hand.
const PAPERS_MAX: usize = 8_192;

pub(super) fn view<'a>(core: &'a Core, store: &'a Store, now: Timestamp) -> View<'a> {
    View {
        accounts: core.accounts().book(),
        number: core.accounts().number(),
        tree: &core.tree().tree,
        members: core.members(),
        node: core.identity().node,
        unit: &core.identity().unit,
        grants: core.board().grants(),
        conduct: core.board().conduct(),
        records: store,
        now,
    }
}

/// What the porter is asked.
#[derive(Debug)]
pub enum AtDoor {
    /// An order that needs no slow evaluation.
    Order(AccountOrder, oneshot::Sender<Response>),
    /// Somebody wants in.
    Knock(Knock, oneshot::Sender<Result<Riddle, Refused>>),
    /// A guess that was evaluated.
    Settle(Settled, oneshot::Sender<Response>),
}

impl Engine {
    pub(super) fn attend(&mut self, at_door: AtDoor) -> Result<(), EngineError> {
        match at_door {
            AtDoor::Order(order, reply) => self.order_account(order, reply),
            AtDoor::Knock(knock, reply) => self.knock(knock, reply),
            AtDoor::Settle(settled, reply) => self.settle_guess(settled, reply),
        }
    }

    /// A question or an order to the core, as far as the door is open for it.
    pub(super) fn ask(
        &mut self,
        mut command: Command,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let opened = self.porter.open_for(seen, self.bearer.as_ref(), &mut command)?;
        // Điều 7.3: who takes a dossier over is asked once more who she is.
        let opened = match opened {
            Ok(()) if takes_over(&command) => self.confirm()?,
            opened => opened,
        };
        if let Err(refusal) = self.open_reading(&command, opened.err())? {
            self.pending.push(Pending::Respond(reply, Response::Refused(refusal)));
            return Ok(());
        }
        self.requests += 1;
        let request = self.requests;
        self.asking.insert(request, reply);
        self.decide(Event::Command { request, command: Box::new(command) })
    }

    /// The person in whose session an input comes.
    pub(super) fn bearer_named(&mut self) -> Result<Option<String>, EngineError> {
        let Some(token) = self.bearer.as_ref() else { return Ok(None) };
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let who = self.porter.who(seen, Some(token))?;
        Ok(who.ok().map(|who| format!("{} ({})", who.full_name, who.login)))
    }

    /// Refuses acts of the office to whoever is not its administrator.
    pub(super) fn guard_office(&mut self, input: Input) -> Result<Option<Input>, EngineError> {
        let action = match &input {
            Input::Invite(..) | Input::Revoke(..) | Input::Address(..) => Action::ManageMembers,
            Input::NextTree(_, false, _) => Action::ManageTree,
            Input::Calendar(CalendarOrder::Decide { .. }, _) => Action::ManageCalendar,
            _ => return Ok(Some(input)),
        };
        if self.office.is_none() {
            return Ok(Some(input));
        }
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let mut opened = self.porter.open_office(seen, self.bearer.as_ref(), None, &action)?;
        if opened.is_ok() && seen.number > 0 && seen.accounts.delegation().is_none() {
            opened = Err(rule("not_delegated"));
        }
        let Err(refusal) = opened else { return Ok(Some(input)) };
        match input {
            Input::Invite(_, _, _, reply)
            | Input::Revoke(_, _, reply)
            | Input::NextTree(_, _, reply)
            | Input::Calendar(_, reply)
            | Input::Address(_, _, reply) => {
                self.pending.push(Pending::Respond(reply, Response::Refused(refusal)));
                Ok(None)
            }
            other => Ok(Some(other)),
        }
    }

    /// Whether the log opens to whoever asks.
    pub(super) fn guard_log(
        &mut self,
        action: &Action,
    ) -> Result<Result<(), Refused>, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        Ok(self.porter.open_log(seen, self.bearer.as_ref(), action)?)
    }

    /// Somebody at the door.
    fn knock(
        &mut self,
        knock: Knock,
        reply: oneshot::Sender<Result<Riddle, Refused>>,
    ) -> Result<(), EngineError> {
        self.note_heard()?;
        let salt = draw(&*self.environment.entropy);
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let (ops, riddle) = self.porter.knock(seen, knock, salt)?;
        self.stage(&ops)?;
        if let Err(refusal) = &riddle {
            tracing::warn!(code = refusal.code, "nobody let in");
        }
        self.pending.push(Pending::Riddle(reply, riddle));
        Ok(())
    }

    /// An evaluated guess.
    fn settle_guess(
        &mut self,
        settled: Settled,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let fresh = draw(&*self.environment.entropy);
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let (ops, outcome) = self.porter.settle(seen, settled, fresh)?;
        self.stage(&ops)?;
        if let Err(refusal) = &outcome {
            tracing::warn!(code = refusal.code, "nobody let in");
        }
        let response = outcome.map_or_else(Response::Refused, Response::Account);
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    /// An order about accounts that needs no slow evaluation.
    fn order_account(
        &mut self,
        order: AccountOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let outcome = match order {
            AccountOrder::Act(act) => self.act(*act)?,
            AccountOrder::Deliver(entries) => self.deliver(entries)?,
            AccountOrder::Papers(after) => self.papers(after)?,
            AccountOrder::List => Ok(AccountAnswer::List(self.accounts_shown()?)),
            AccountOrder::SignOut => match &self.bearer {
                Some(token) if self.porter.sign_out(token) => Ok(AccountAnswer::SignedOut),
                _ => Err(refusal("session-ended", "no session")),
            },
            AccountOrder::Who => {
                let seen = view(&self.core, &self.store, self.environment.clock.now());
                self.porter.who(seen, self.bearer.as_ref())?.map(AccountAnswer::Who)
            }
            AccountOrder::Second { .. }
            | AccountOrder::Activate { .. }
            | AccountOrder::SignIn { .. }
            | AccountOrder::Change { .. } => Err(refusal("request", "to be asked at the counter")),
        };
        let response = outcome.map_or_else(Response::Refused, Response::Account);
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn act(&mut self, act: AccountAct) -> Result<Result<AccountAnswer, Refused>, EngineError> {
        let now = self.environment.clock.now();
        let Some(office) = &self.office else {
            return Ok(Err(refusal("accounts-tier-3", "not the register")));
        };
        let seen = view(&self.core, &self.store, now);
        let reissued = match &act {
            AccountAct::Reissue { login, .. } => Some(login),
            _ => None,
        };
        let action = Action::Account(act.step());
        let opened = self.porter.open_office(seen, self.bearer.as_ref(), reissued, &action)?;
        if let Err(refusal) = opened {
            return Ok(Err(refusal));
        }
        let secret = draw(&*self.environment.entropy);
        let acted = match office.act(&self.core, act, secret, now) {
            Ok(acted) => acted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let number = acted.entry.entry.number;
        self.append_accounts(vec![acted.entry])?;
        let until = acted.code.as_ref().map(|(_, until)| *until);
        let code = acted.code.map(|(code, _)| Secret::new(code.text().to_string()));
        Ok(Ok(AccountAnswer::Acted { number, code, until }))
    }

    fn append_accounts(&mut self, entries: Vec<SignedAccountEntry>) -> Result<(), EngineError> {
        let command = Box::new(Command::Accounts(entries));
        // Request 0 is nobody's: the number of the list is the answer.
        self.decide(Event::Command { request: 0, command })
    }

    /// What was carried by hand is a superior's word, of the day it was signed.
    fn deliver(
        &mut self,
        entries: Vec<SignedAccountEntry>,
    ) -> Result<Result<AccountAnswer, Refused>, EngineError> {
        let before = self.core.accounts().number();
        let last = entries.last().map(|signed| (signed.entry.number, signed.entry.at));
        self.append_accounts(entries)?;
        let number = self.core.accounts().number();
        match last {
            Some((last, at)) if number == last && number > before => self.note_word(Some(at))?,
            Some((last, _)) if number < last => {
                return Ok(Err(refusal("accounts-gap", number)));
            }
            _ => {}
        }
        Ok(Ok(AccountAnswer::Delivered { number }))
    }

    fn papers(&mut self, after: u64) -> Result<Result<AccountAnswer, Refused>, EngineError> {
        let after = after.to_be_bytes();
        let rows = self.store.scan(Table::Account, &[], Some(&after), PAPERS_MAX)?;
        let entries: Result<Vec<_>, _> =
            rows.iter().map(|(_, row)| decode_account_entry(row)).collect();
        Ok(Ok(AccountAnswer::Papers(entries?)))
    }

    fn accounts_shown(&mut self) -> Result<AccountsShown, EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        let heard = self.porter.heard(seen)?;
        let accounts = seen.accounts;
        let persons_of = |unit: &UnitId| {
            let of_unit = accounts.persons().filter(|(_, known)| known.unit == *unit);
            of_unit
                .map(|(login, known)| PersonShown {
                    login: login.clone(),
                    full_name: known.person.full_name.clone(),
                    role: known.person.role,
                    decision: known.decision.number.clone(),
                    acknowledged: seen.conduct.last_acknowledged(login),
                    standing: accounts.standing(login, seen.today()).code().to_owned(),
                })
                .collect()
        };
        let shown = accounts.units().map(|(unit, account)| AccountShown {
            unit: unit.clone(),
            rights: account.rights.clone(),
            agreement: account.agreement.as_ref().map(|agreement| agreement.number.clone()),
            revoked: account.revoked.clone(),
            persons: persons_of(unit),
        });
        Ok(AccountsShown {
            number: seen.number,
            delegation: accounts.delegation().map(|document| document.number.clone()),
            heard,
            accounts: shown.collect(),
        })
    }

    /// Notes when a superior was last heard, and ends sessions whose time is over.
    pub(super) fn note_heard(&mut self) -> Result<(), EngineError> {
        let above = self
            .core
            .sessions()
            .filter(|session| session.node().is_some() && session.relation() == Relation::Upper);
        let heard = above.map(|session| session.last_heard()).max();
        self.note_word(heard)
    }

    fn note_word(&mut self, at: Option<Timestamp>) -> Result<(), EngineError> {
        let seen = view(&self.core, &self.store, self.environment.clock.now());
        self.porter.sweep(seen);
        let ops = self.porter.note_heard(seen, at)?;
        self.stage(&ops)
    }

    /// Stages what lets persons in; without it nobody may read, so it comes from the reserve.
    pub(super) fn stage(&mut self, ops: &[Op]) -> Result<(), EngineError> {
        if ops.is_empty() { Ok(()) } else { Ok(self.store.stage_from_reserve(ops)?) }
    }
}

/// Whether two officers of tier 3 order it, each of whom is asked once more who she is.
fn takes_over(command: &Command) -> bool {
    if let Command::Reorganise { order, .. } = command {
        return !matches!(**order, ReorgOrder::Drop { .. });
    }
    let Command::Transfer { order, .. } = command else { return false };
    matches!(**order, TransferOrder::TakeOver(_))
}

fn refusal(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}

fn rule(fault: &str) -> Refused {
    refusal("account-rule", fault)
}
