//! The counter persons come to: slow evaluations happen here, away from the engine.

use protocol::core::Refused;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{
    AccountAnswer, AccountOrder, Code, Knock, Purpose, Riddle, Secret, Settled, Token, Verifier,
    judge_password, porter::refused,
};
use crate::{
    audit::Caller,
    control::Response,
    engine::{AtDoor, Input},
};

/// Evaluations at once: each takes 64 MiB and a core.
static EVALUATIONS: Semaphore = Semaphore::const_new(2);

/// Where orders come from: each account of the operating system is a source, and so are the pages.
fn source(caller: &Caller) -> String {
    match caller.account {
        Some(account) => format!("control socket, uid {account}"),
        None if caller.page => "the pages".to_owned(),
        None => "the node itself".to_owned(),
    }
}

/// What is to be evaluated against a riddle.
struct Typed {
    /// The present password; empty with a one-time code.
    present: Option<Secret>,
    next: Option<Secret>,
    second: Option<Secret>,
}

/// Answers an order about accounts.
pub(crate) async fn answer(
    inputs: &mpsc::Sender<Input>,
    caller: &Caller,
    token: Option<Token>,
    order: AccountOrder,
) -> Response {
    let counter = Counter { inputs, source: source(caller) };
    let outcome = match order {
        AccountOrder::Activate { login, code, password } => {
            counter.activate(login, &code, password).await
        }
        AccountOrder::SignIn { login, password, second } => {
            let typed = Typed { present: Some(password), next: None, second };
            counter.prove(login, Purpose::SignIn, typed).await
        }
        AccountOrder::Change { old, new } => counter.change(token, old, new).await,
        AccountOrder::Second { password } => counter.second(token, password).await,
        other => Ok(pass(inputs, token, other).await),
    };
    outcome.unwrap_or_else(Response::Refused)
}

fn judge(password: &Secret, login: &str) -> Result<(), Refused> {
    // A login that is none is refused like one that nobody has, after the same steps.
    let Ok(login) = login.trim().parse() else { return Ok(()) };
    judge_password(password, &login).map_err(|fault| refused(&fault.to_string(), "policy"))
}

/// Where one source asks.
struct Counter<'a> {
    inputs: &'a mpsc::Sender<Input>,
    source: String,
}

impl Counter<'_> {
    async fn activate(
        self,
        login: String,
        code: &Secret,
        password: Secret,
    ) -> Result<Response, Refused> {
        // What cannot be a code is a slip of the pen, and no guess.
        let code: Code =
            code.as_str().parse().map_err(|error| refused("activation-typo", error))?;
        judge(&password, &login)?;
        let typed = Typed { present: None, next: Some(password), second: None };
        self.prove(login, Purpose::Activate(code), typed).await
    }

    async fn change(
        self,
        token: Option<Token>,
        old: Secret,
        new: Secret,
    ) -> Result<Response, Refused> {
        let (token, login) = match self.bearer(token).await? {
            Ok(bearer) => bearer,
            Err(other) => return Ok(other),
        };
        judge(&new, &login)?;
        let typed = Typed { present: Some(old), next: Some(new), second: None };
        self.prove(login, Purpose::Change(token), typed).await
    }

    async fn second(self, token: Option<Token>, password: Secret) -> Result<Response, Refused> {
        let (token, login) = match self.bearer(token).await? {
            Ok(bearer) => bearer,
            Err(other) => return Ok(other),
        };
        let typed = Typed { present: Some(password), next: None, second: None };
        self.prove(login, Purpose::Second(token), typed).await
    }

    /// The session and its login; the inner error is the answer where there is none.
    async fn bearer(
        &self,
        token: Option<Token>,
    ) -> Result<Result<(Token, String), Response>, Refused> {
        let token = token.ok_or_else(|| refused("session-needed", "no token"))?;
        Ok(match pass(self.inputs, Some(token), AccountOrder::Who).await {
            Response::Account(AccountAnswer::Who(who)) => Ok((token, who.login.to_string())),
            other => Err(other),
        })
    }

    /// One guess: a riddle, its evaluation, and what the porter makes of it.
    async fn prove(
        self,
        login: String,
        purpose: Purpose,
        typed: Typed,
    ) -> Result<Response, Refused> {
        let Self { inputs, source } = self;
        let stopped = || refused("stopping", "the node goes down");
        let (reply, riddle) = oneshot::channel();
        let knock = Knock { login, source, purpose };
        inputs.send(Input::Account(AtDoor::Knock(knock, reply))).await.map_err(|_| stopped())?;
        let riddle = riddle.await.map_err(|_| stopped())??;
        let permit = EVALUATIONS.acquire().await.map_err(|_| stopped())?;
        let settled = tokio::task::spawn_blocking(move || evaluate(&riddle, typed)).await;
        drop(permit);
        let settled = settled.map_err(|_| stopped())?;
        let (reply, answer) = oneshot::channel();
        inputs.send(Input::Account(AtDoor::Settle(settled, reply))).await.map_err(|_| stopped())?;
        Ok(answer.await.unwrap_or(Response::Stopping))
    }
}

fn evaluate(riddle: &Riddle, typed: Typed) -> Settled {
    let Typed { present, next, second } = typed;
    let matched = present.as_ref().is_some_and(|text| riddle.present.matches(text));
    let code = present.as_ref().and_then(|text| text.as_str().parse().ok());
    let spent = next.as_ref().is_some_and(|text| riddle.spent.iter().any(|old| old.matches(text)));
    let renewed = next.as_ref().map(|text| Verifier::of(text, riddle.salt, riddle.cost));
    Settled { id: riddle.id, matched, spent, renewed, second, code }
}

async fn pass(inputs: &mpsc::Sender<Input>, token: Option<Token>, order: AccountOrder) -> Response {
    let (reply, answer) = oneshot::channel();
    let input = Input::Account(AtDoor::Order(order, reply));
    let input = match token {
        Some(token) => Input::As(token, Box::new(input)),
        None => input,
    };
    if inputs.send(input).await.is_err() {
        return Response::Stopping;
    }
    answer.await.unwrap_or(Response::Stopping)
}
