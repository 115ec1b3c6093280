//! What Sở Nội vụ takes away is gone at a connected node within five seconds.

use std::collections::BTreeSet;
use std::time::Duration;

use config::Profile;
use dossier::Role;
use dossier::account::{AccountAct, Agreement, Right, Rights};
use node::account::Token;
use node::audit::Claim;
use node::control::{Request, Response};
use protocol::{Answer, Command};
use tokio::time::Instant;

use crate::persons::{Office, acknowledge, ask};
use crate::stage::{DEPARTMENT, SCHOOL, Stage, unit};

/// The time in which a revocation must be at work (Điều 3.4, 6.2).
const WITHIN: Duration = Duration::from_secs(5);

/// What becomes of a question in a session: `open`, or the code of the refusal.
async fn list(stage: &Stage, name: &str, token: Token) -> String {
    let list = Command::List { after: None, limit: 1, query: String::new() };
    match ask(stage, name, Some(token), &Claim::default(), Request::Core(list)).await {
        Response::Core(Answer::List(_)) => "open".to_owned(),
        Response::Core(Answer::Refused(refused)) | Response::Refused(refused) => refused.code,
        other => panic!("{other:?}"),
    }
}

// a person whose account is revoked, and one whose assignment ends, are out at once, two tiers down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_away_is_gone_within_five_seconds() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let so = stage.start_below("so", Profile::Department, &top).await;
    let school = stage.start_below("truong", Profile::Unit, &so).await;
    let office = Office::delegated(&stage).await;
    let reason = || "kiểm tra".to_owned();
    let places = [("so", DEPARTMENT, "tu.hv"), ("truong", SCHOOL, "lan.bt")];
    for (name, id, login) in places {
        let rights = Rights { acts: [Right::Read, Right::Enter].into(), ..Rights::default() };
        let agreement = Agreement {
            number: "3/TT".to_owned(),
            signed_on: "2025-01-05".parse().expect("a day"),
            signers: vec!["Bùi Thị Lan".to_owned(), "Hà Văn Tú".to_owned()],
            list: BTreeSet::from([unit(id)]),
            scan: None,
        };
        let agreement = (id == SCHOOL).then_some(agreement);
        office.act(AccountAct::Issue { unit: unit(id), rights, agreement }).await;
        let token = office.seat(name, id, login, Role::Clerk).await;
        acknowledge(&stage, name, token).await;
        assert_eq!(list(&stage, name, token).await, "open");
        let act = if name == "so" {
            AccountAct::Revoke { unit: unit(id), reason: reason() }
        } else {
            let login = login.parse().expect("login");
            AccountAct::EndAssignment { unit: unit(id), login, reason: reason() }
        };
        office.act(act).await;
        let begun = Instant::now();
        let refused = loop {
            match list(&stage, name, token).await {
                open if open == "open" => {}
                refused => break refused,
            }
            assert!(begun.elapsed() < WITHIN, "{login} still sits at {name}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(refused, "session-ended", "{login}");
    }
    for (name, node) in [("truong", school), ("so", so), ("p", top)] {
        stage.stop(name, node).await;
    }
}
