//! Persons with accounts: assigned at tier 3, signed in at the node where they sit.

use dossier::{
    Hash, Role, Timestamp,
    account::{AccountAct, Activation, Assigning, Decision, Paper, Person, Right, Rights},
    conduct::{ConductAct, duties},
    validity::Validity,
};
use node::{
    account::{AccountAnswer, AccountOrder, Secret, Seed, Token},
    audit::Claim,
    control::{Client, ConductAnswer, ConductOrder, Request, Response},
};

use crate::stage::{Stage, unit, until};

const PASSWORD: &str = "năm con trâu đi qua";

pub(crate) fn paper(number: &str) -> Paper {
    Paper { number: number.to_owned(), signed_on: "2025-01-05".parse().expect("a day") }
}

/// Asks the node in a directory, in a session where there is one.
pub(crate) async fn ask(
    stage: &Stage,
    name: &str,
    token: Option<Token>,
    claim: &Claim,
    request: Request,
) -> Response {
    let (data_dir, claim) = (stage.at(name), claim.clone());
    let request = match token {
        Some(token) => Request::InSession { token, request: Box::new(request) },
        None => request,
    };
    let asked = move || {
        let mut client = Client::connect(&data_dir).expect("the node listens");
        assert_eq!(client.call(&Request::Claim(claim)).expect("claimed"), Response::Claimed);
        client.call(&request).expect("answers")
    };
    tokio::task::spawn_blocking(asked).await.expect("joins")
}

/// An order about accounts.
async fn order(
    stage: &Stage,
    name: &str,
    token: Option<Token>,
    order: AccountOrder,
) -> Result<AccountAnswer, String> {
    match ask(stage, name, token, &Claim::default(), Request::Account(order)).await {
        Response::Account(answer) => Ok(answer),
        Response::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

/// The office of tier 3, and the session of its administrator where it has one.
pub(crate) struct Office<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) administrator: Option<Token>,
}

impl<'a> Office<'a> {
    /// The office by the delegation of UBND tỉnh.
    pub(crate) async fn delegated(stage: &'a Stage) -> Self {
        let office = Self { stage, administrator: None };
        let (document, scope) = (paper("1/UQ"), "toàn tỉnh".to_owned());
        office.act(AccountAct::DelegateAdministration { document, scope }).await;
        office
    }

    pub(crate) async fn act(&self, act: AccountAct) -> Option<Secret> {
        let act = AccountOrder::Act(Box::new(act));
        match order(self.stage, "p", self.administrator, act).await.expect("lawful") {
            AccountAnswer::Acted { code, .. } => code,
            other => panic!("{other:?}"),
        }
    }

    /// Gives a unit its account.
    pub(crate) async fn issue(&self, id: &str, rights: &[Right]) {
        let rights = Rights { acts: rights.iter().copied().collect(), ..Rights::default() };
        self.act(AccountAct::Issue { unit: unit(id), rights, agreement: None }).await;
    }

    /// Gives the account of a unit more rights.
    pub(crate) async fn widen(&self, id: &str, rights: &[Right]) {
        let rights = Rights { acts: rights.iter().copied().collect(), ..Rights::default() };
        self.act(AccountAct::Widen { unit: unit(id), rights }).await;
    }

    /// Assigns a person, who signs in at the node in the directory `name`; she answered for nothing.
    pub(crate) async fn seat(&self, name: &str, id: &str, login: &str, role: Role) -> Token {
        self.seat_with_second(name, id, login, role).await.0
    }

    /// The same, with what her telephone reads, where a second factor is asked for.
    pub(crate) async fn seat_with_second(
        &self,
        name: &str,
        id: &str,
        login: &str,
        role: Role,
    ) -> (Token, Option<Seed>) {
        let assigning = Assigning {
            unit: unit(id),
            person: Person {
                login: login.parse().expect("login"),
                full_name: format!("Người {login}"),
                role,
            },
            decision: Decision {
                number: format!("{login}/QĐ"),
                signed_on: "2025-01-05".parse().expect("a day"),
                issuer: "Sở Nội vụ".to_owned(),
            },
            validity: Validity::ALWAYS,
            activation: Activation { code: Hash::ZERO, until: Timestamp::from_millis(0) },
        };
        let code = self.act(AccountAct::Assign(assigning)).await.expect("a code");
        until("the assignment is known where she sits", async || {
            let Ok(AccountAnswer::List(list)) =
                order(self.stage, name, None, AccountOrder::List).await
            else {
                panic!("no list")
            };
            let mut persons = list.accounts.iter().flat_map(|account| &account.persons);
            persons.any(|person| person.login.as_str() == login)
        })
        .await;
        let password = Secret::new(PASSWORD.to_owned());
        let activate = AccountOrder::Activate { login: login.to_owned(), code, password };
        let second = match order(self.stage, name, None, activate).await {
            Ok(AccountAnswer::Activated { second }) => second,
            other => panic!("{other:?}"),
        };
        let now = self.stage.environment().clock.now();
        let seed = second.map(|address| Seed::read(address.as_str()).expect("a seed"));
        let second = seed.as_ref().map(|seed| Secret::new(seed.shown(now)));
        let (login, password) = (login.to_owned(), Secret::new(PASSWORD.to_owned()));
        let sign_in = AccountOrder::SignIn { login, password, second };
        match order(self.stage, name, None, sign_in).await {
            Ok(AccountAnswer::SignedIn { token, .. }) => (token, seed),
            other => panic!("{other:?}"),
        }
    }
}

/// The person of a session answers for her duties of the year.
pub(crate) async fn acknowledge(stage: &Stage, name: &str, token: Token) {
    let login = "khong-ai".parse().expect("login");
    let act = ConductAct::Acknowledge { login, year: 2014, duties: duties() };
    let order = Request::Conduct(ConductOrder::Act(Box::new(act)));
    let answer = ask(stage, name, Some(token), &Claim::default(), order).await;
    assert!(matches!(answer, Response::Conduct(ConductAnswer::Said(_))), "{answer:?}");
}
