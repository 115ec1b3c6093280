//! The porter: lets persons in by code or password, and keeps their sessions.
//!
//! A guess goes through two hands. [`Porter::knock`] looks whether one may be made, writes it down
//! as failed and gives out a [`Riddle`]; the slow evaluation is done elsewhere; [`Porter::settle`]
//! takes the result. A login that nobody has gets a riddle too, with no answer: it costs the same
//! and is refused in the same words.

use std::collections::BTreeMap;

use dossier::{
    Hash, Timestamp,
    account::{Assignment, Login, Standing},
    unit::Tier,
};
use protocol::{Fault, Op, core::Refused};

use super::{
    AccountAnswer, Code, Cost, Rules, SecondSession, Secret, Seed, Token, Verifier, View,
    credential::{Credential, Gate, heard_op, read_credential, read_heard},
    session::{Session, digest, stand},
};

/// Riddles given out and not yet settled; the oldest is forgotten beyond it.
const RIDDLES: usize = 64;
/// The longest login that is looked at, in bytes.
const TYPED_MAX: usize = 64;
/// How old the note of a superior's word may get before it is written anew, in milliseconds.
const HEARD_EVERY_MS: i64 = 10 * 60 * 1000;

/// Somebody at the door.
#[derive(Debug)]
pub struct Knock {
    /// The login as it was typed.
    pub login: String,
    /// Where it comes from: guesses are counted by source too.
    pub source: String,
    /// What is wanted.
    pub purpose: Purpose,
}

/// What somebody at the door wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To set a first password by this code.
    Activate(Code),
    /// To change the password of this session.
    Change(Token),
    /// To get a second factor for the person of this session.
    Second(Token),
}

/// What is to be evaluated for a guess.
#[derive(Debug, Clone)]
pub struct Riddle {
    /// Names it in [`Settled`].
    pub id: u64,
    /// Whom the present password must match.
    pub present: Verifier,
    /// Passwords the new one must not match.
    pub spent: Vec<Verifier>,
    /// Salt of the new one.
    pub salt: [u8; 16],
    /// Cost of the new one.
    pub cost: Cost,
}

/// A riddle with its answer.
#[derive(Debug)]
pub struct Settled {
    /// Which.
    pub id: u64,
    /// Whether the present password was right.
    pub matched: bool,
    /// Whether the new password is one of the spent ones.
    pub spent: bool,
    /// The new password.
    pub renewed: Option<Verifier>,
    /// The digits of the second factor.
    pub second: Option<Secret>,
    /// What was given as the password, where it reads as a code.
    pub code: Option<Code>,
}

struct Open {
    /// `None` when nobody has the login.
    login: Option<Login>,
    gate: Gate,
    source: Gate,
    purpose: Purpose,
}

/// What the porter decided, with the rows to write before it is told.
pub type Decided<T> = Result<(Vec<Op>, Result<T, Refused>), Fault>;

/// The porter.
pub struct Porter {
    pub(super) rules: Rules,
    pub(super) sessions: BTreeMap<Hash, Session>,
    open: BTreeMap<u64, Open>,
    riddles: u64,
    heard: Option<Timestamp>,
}

impl std::fmt::Debug for Porter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Porter").field("sessions", &self.sessions.len()).finish_non_exhaustive()
    }
}

impl Porter {
    /// A porter without sessions: they do not outlive the run of the program.
    pub fn new(rules: Rules) -> Self {
        Self { rules, sessions: BTreeMap::new(), open: BTreeMap::new(), riddles: 0, heard: None }
    }

    /// The login that a guess under evaluation is for; empty when nobody has it.
    pub fn guessed_for(&self, id: u64) -> &str {
        let login = self.open.get(&id).and_then(|open| open.login.as_ref());
        login.map_or("", Login::as_str)
    }

    /// Takes note that a superior was heard `at`; the row to write, once in a while. The first
    /// note is taken whether or not one was: the account list itself came from above.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn note_heard(&mut self, view: View<'_>, at: Option<Timestamp>) -> Result<Vec<Op>, Fault> {
        let known = self.heard(view)?;
        let at = match (at, known) {
            (Some(at), _) => at.min(view.now),
            (None, None) if view.number > 0 => view.now,
            (None, _) => return Ok(Vec::new()),
        };
        let news = known.is_none_or(|known| at.as_millis() - known.as_millis() > HEARD_EVERY_MS);
        if view.number == 0 || !news {
            return Ok(Vec::new());
        }
        self.heard = Some(at);
        Ok(vec![heard_op(at)])
    }

    /// When a superior was last heard.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn heard(&mut self, view: View<'_>) -> Result<Option<Timestamp>, Fault> {
        if self.heard.is_none() {
            self.heard = read_heard(view.records)?;
        }
        Ok(self.heard)
    }

    /// Whether accounts are usable: at tier 3, and where a superior was heard lately enough.
    pub(super) fn in_touch(&mut self, view: View<'_>) -> Result<Result<(), Refused>, Fault> {
        let top = view.tree.get(view.unit).is_some_and(|unit| unit.tier == Tier::Three);
        let heard = self.heard(view)?.unwrap_or(view.now);
        let away = view.now.as_millis().saturating_sub(heard.as_millis());
        let days = self.rules.offline_ms / (24 * 60 * 60 * 1000);
        let usable = top || away <= self.rules.offline_ms;
        Ok(if usable { Ok(()) } else { Err(refused("account-offline", days)) })
    }

    /// Somebody wants in: a riddle to evaluate, unless no guess may be made. The guess is written
    /// down as failed.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn knock(&mut self, view: View<'_>, knock: Knock, salt: [u8; 16]) -> Decided<Riddle> {
        let typed: String = knock.login.trim().chars().take(TYPED_MAX).collect();
        let login = typed.parse::<Login>().ok();
        let login = login.filter(|login| view.accounts.person(login).is_some());
        let gate = login.clone().map_or_else(|| Gate::of_stranger(&typed), Gate::Login);
        let source = Gate::Source(knock.source);
        let mut guards = [gate.read(view.records)?, source.read(view.records)?];
        if let Some(until) = guards.iter().filter_map(|guard| guard.admits(view.now).err()).max() {
            return Ok((Vec::new(), Err(refused("account-locked", until.as_millis()))));
        }
        guards.iter_mut().for_each(|guard| guard.note_guess(view.now));
        let ops = vec![gate.op(&guards[0]), source.op(&guards[1])];
        if let Purpose::Activate(code) = &knock.purpose
            && let Err(refusal) = may_activate(view, login.as_ref(), code)?
        {
            return Ok((ops, Err(refusal)));
        }
        let credential = login.as_ref().map(|login| read_credential(view.records, login));
        let credential = credential.transpose()?.flatten();
        // A password of before the newest code is dead (Điều 16.6).
        let assignment = login.as_ref().and_then(|login| view.accounts.person(login));
        let lives =
            |known: &&Credential| Some(known.activated) == assignment.map(|it| it.activated);
        let nobody = Verifier::of_nobody(salt, self.rules.cost);
        let present = credential.as_ref().filter(lives).map(|known| known.verifier.clone());
        let spent = credential
            .iter()
            .filter(|_| knock.purpose != Purpose::SignIn)
            .flat_map(|known| std::iter::once(&known.verifier).chain(&known.former))
            .cloned()
            .collect();
        self.riddles += 1;
        let id = self.riddles;
        if self.open.len() >= RIDDLES {
            self.open.pop_first();
        }
        self.open.insert(id, Open { login, gate, source, purpose: knock.purpose });
        let present = present.unwrap_or(nobody);
        Ok((ops, Ok(Riddle { id, present, spent, salt, cost: self.rules.cost })))
    }

    /// Takes the answer to a riddle. `fresh` becomes the token or the second factor.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot answer.
    pub fn settle(
        &mut self,
        view: View<'_>,
        settled: Settled,
        fresh: [u8; 52],
    ) -> Decided<AccountAnswer> {
        let Some(open) = self.open.remove(&settled.id) else {
            return Ok((Vec::new(), Err(refused("sign-in", "forgotten"))));
        };
        let Some(login) = open.login.clone() else {
            return Ok((Vec::new(), Err(refused("sign-in", "no match"))));
        };
        let decided = match &open.purpose {
            Purpose::Activate(code) => match may_activate(view, Some(&login), code)? {
                Ok(assignment) => self.activate(view, assignment, settled, fresh)?,
                Err(refusal) => (Vec::new(), Err(refusal)),
            },
            _ if !settled.matched => {
                (Vec::new(), Err(unmatched(view, &login, settled.code.as_ref())?))
            }
            Purpose::SignIn => self.sign_in(view, &login, &settled, fresh)?,
            Purpose::Change(token) => self.change(view, &login, token, settled)?,
            Purpose::Second(token) => self.give_second(view, &login, token, fresh)?,
        };
        let (mut ops, outcome) = decided;
        if outcome.is_ok() {
            for gate in [open.gate, open.source] {
                let mut guard = gate.read(view.records)?;
                guard.note_success();
                ops.push(gate.op(&guard));
            }
        }
        Ok((ops, outcome))
    }

    fn activate(
        &mut self,
        view: View<'_>,
        assignment: &Assignment,
        settled: Settled,
        fresh: [u8; 52],
    ) -> Decided<AccountAnswer> {
        let Some(verifier) = settled.renewed.filter(|_| !settled.spent) else {
            return Ok((Vec::new(), Err(refused("password-used", "one of the last five"))));
        };
        let login = &assignment.person.login;
        let seed = needs_second(view, assignment).then(|| Seed::of(&fresh));
        let second = seed.as_ref().map(|seed| Secret::new(seed.address(login)));
        let credential = match read_credential(view.records, login)? {
            Some(mut known) => {
                known.replace(verifier);
                Credential { activated: assignment.activated, seed, step: 0, ..known }
            }
            None => Credential {
                activated: assignment.activated,
                verifier,
                former: Vec::new(),
                seed,
                step: 0,
                sign_ins: Vec::new(),
            },
        };
        self.end_all(login);
        Ok((vec![credential.op(login)], Ok(AccountAnswer::Activated { second })))
    }

    fn sign_in(
        &mut self,
        view: View<'_>,
        login: &Login,
        settled: &Settled,
        fresh: [u8; 52],
    ) -> Decided<AccountAnswer> {
        let refuse = |refusal| Ok((Vec::new(), Err(refusal)));
        let assignment = match stand(view, login) {
            Ok(assignment) => assignment,
            Err(refusal) => return refuse(refusal),
        };
        if let Err(refusal) = self.in_touch(view)? {
            return refuse(refusal);
        }
        let Some(mut credential) = read_credential(view.records, login)? else {
            return refuse(refused("sign-in", "no credential"));
        };
        if let Some(seed) = &credential.seed {
            let Some(digits) = &settled.second else {
                return refuse(refused("second-missing", "the tier asks for it"));
            };
            let Some(step) = seed.accept(digits.as_str(), view.now, credential.step) else {
                return refuse(refused("sign-in", "second factor"));
            };
            credential.step = step;
        }
        self.sweep(view);
        let another = self.sessions.values().any(|session| session.login == *login);
        if another && self.rules.second_session == SecondSession::IsRefused {
            return refuse(refused("signed-in-elsewhere", "one session a person"));
        }
        self.end_all(login);
        let before = credential.sign_in(view.now);
        let mut token = [0; 32];
        token.copy_from_slice(&fresh[..32]);
        let session = Session::begin(login, view);
        let who = self.shown(view, &session, assignment);
        self.sessions.insert(digest(&Token(token)), session);
        let answer =
            AccountAnswer::SignedIn { token: Token(token), who, before, ended_another: another };
        Ok((vec![credential.op(login)], Ok(answer)))
    }

    fn change(
        &mut self,
        view: View<'_>,
        login: &Login,
        token: &Token,
        settled: Settled,
    ) -> Decided<AccountAnswer> {
        let Some(verifier) = settled.renewed.filter(|_| !settled.spent) else {
            return Ok((Vec::new(), Err(refused("password-used", "one of the last five"))));
        };
        let (Some(mut credential), true) =
            (read_credential(view.records, login)?, self.sessions.contains_key(&digest(token)))
        else {
            return Ok((Vec::new(), Err(refused("session-ended", "while the password was read"))));
        };
        credential.replace(verifier);
        let own = digest(token);
        self.sessions.retain(|key, session| session.login != *login || *key == own);
        Ok((vec![credential.op(login)], Ok(AccountAnswer::Changed)))
    }
}

/// Whether `code` is the newest of this login, not ended and not used at this node.
fn may_activate<'a>(
    view: View<'a>,
    login: Option<&Login>,
    code: &Code,
) -> Result<Result<&'a Assignment, Refused>, Fault> {
    let wrong = || refused("activation", "no match");
    let assignment = login.and_then(|login| Some((login, view.accounts.person(login)?)));
    let Some((login, assignment)) = assignment else { return Ok(Err(wrong())) };
    if code.digest(login) != assignment.activation.code {
        return Ok(Err(wrong()));
    }
    let known = read_credential(view.records, login)?;
    if known.is_some_and(|known| known.activated >= assignment.activated) {
        return Ok(Err(refused("activation-used", "one password was set by it")));
    }
    if assignment.activation.until <= view.now {
        return Ok(Err(refused("activation-ended", assignment.activation.until.as_millis())));
    }
    // Whoever is assigned from a day to come may set her password before it.
    Ok(match view.accounts.standing(login, view.today()) {
        Standing::NotYet(_) if view.serves(&assignment.unit) => Ok(assignment),
        _ => stand(view, login),
    })
}

/// The words for a password that did not match. Who gives the code for a password is told to set
/// one: the code is good for nothing else (Điều 16.1).
fn unmatched(view: View<'_>, login: &Login, code: Option<&Code>) -> Result<Refused, Fault> {
    let given = view.accounts.person(login).map(|assignment| assignment.activation.code);
    Ok(match code {
        Some(code) if Some(code.digest(login)) == given => {
            refused("activate-first", "a code is no password")
        }
        _ => refused("sign-in", "no match"),
    })
}

/// Tier 2 and 3 prove themselves twice.
fn needs_second(view: View<'_>, assignment: &Assignment) -> bool {
    let tier = view.tree.get(&assignment.unit).map(|unit| unit.tier);
    tier.is_some_and(|tier| tier >= Tier::Two)
}

pub(super) fn refused(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}
