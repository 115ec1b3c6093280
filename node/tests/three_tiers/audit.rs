//! The log of three nodes: recorded, witnessed above, exported, judged together.

use std::path::PathBuf;

use config::Profile;
use node::{
    audit::{
        Claim, OpeningCode,
        package::{Exported, export},
        verify::{Options, verify},
    },
    control::{AuditAnswer, AuditOrder, Client, Request, Response},
};
use protocol::{Answer, Command, audit::Kept};

use crate::stage::{DEPARTMENT, SCHOOL, Stage, unit, until};

/// Asks several things over one connection, as one person.
async fn ask_as(stage: &Stage, name: &str, claim: Claim, requests: Vec<Request>) -> Vec<Response> {
    let data_dir = stage.at(name);
    let asked = move || {
        let mut client = Client::connect(&data_dir).expect("the node listens");
        assert_eq!(client.call(&Request::Claim(claim)).expect("claimed"), Response::Claimed);
        let answers = requests.iter().map(|request| client.call(request).expect("answers"));
        answers.collect::<Vec<_>>()
    };
    tokio::task::spawn_blocking(asked).await.expect("joins")
}

async fn kept(stage: &Stage, name: &str) -> Vec<Kept> {
    let order = Request::Audit(AuditOrder::Kept { after: None });
    let answers = ask_as(stage, name, Claim::default(), vec![order]).await;
    match answers.into_iter().next() {
        Some(Response::Audit(AuditAnswer::Kept(rows))) => {
            rows.into_iter().map(|(_, kept)| kept).collect()
        }
        other => panic!("{other:?}"),
    }
}

async fn exported(stage: &Stage, name: &str) -> (PathBuf, Exported) {
    let (data_dir, path) = (stage.at(name), stage.at(&format!("{name}.audit")));
    let out = path.clone();
    let written = move || {
        let mut client = Client::connect(&data_dir).expect("the node listens");
        let file = std::fs::File::create(out).expect("a file");
        let ask = |order| match client.call(&Request::Audit(order)) {
            Ok(Response::Audit(answer)) => Ok(answer),
            other => Err(format!("{other:?}")),
        };
        export(ask, "12/QĐ-SNV", file).expect("exported")
    };
    (path, tokio::task::spawn_blocking(written).await.expect("joins"))
}

// every reading is recorded with its purpose, every refusal too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_at_a_school_is_witnessed_by_both_above_and_proved_from_files_alone() {
    let stage = Stage::found();
    let top = stage.start_top().await;
    stage.join(&top, "so", DEPARTMENT).await;
    stage.join(&top, "truong", SCHOOL).await;
    let middle = stage.start_below("so", Profile::Department, &top).await;
    let bottom = stage.start_below("truong", Profile::Unit, &middle).await;
    stage.write(1).await;
    let dossier = stage.enter("truong", SCHOOL, "Hà Thị Mai").await;

    let claim = Claim {
        person: "Bùi Văn Hoà".to_owned(),
        purpose: "bổ nhiệm".to_owned(),
        document: "7/KH".to_owned(),
        ..Claim::default()
    };
    let list = Command::List { after: None, limit: 10, query: "ha thi".to_owned() };
    let unknown = dossier::DossierId::from_bytes([7; 16]);
    let commands = [Command::Show(dossier), list, Command::Show(unknown), Command::Sync];
    let requests = commands.into_iter().map(Request::Core).collect();
    let answers = ask_as(&stage, "truong", claim, requests).await;
    assert!(matches!(answers[0], Response::Core(Answer::Shown(_))));

    until("both superiors witness the school's log", async || {
        let own = kept(&stage, "truong").await;
        own.iter().any(|kept| kept.cosigned.len() == 2)
    })
    .await;
    let school = kept(&stage, "truong").await[0].signed.checkpoint.node;
    let held = kept(&stage, "p").await;
    assert!(held.iter().any(|kept| kept.signed.checkpoint.node == school), "tier 3 keeps it");

    let mut files = Vec::new();
    let mut codes: Vec<OpeningCode> = Vec::new();
    for name in ["truong", "so", "p"] {
        let (path, written) = exported(&stage, name).await;
        files.push(path);
        codes.push(written.code.parse().expect("a code"));
    }
    let verdict = verify(&files, &Options { codes, root: None }).expect("readable");
    assert_eq!(verdict.count, 0, "{:?}", verdict.findings);
    let log = &verdict.packages[0].logs[0];
    assert_eq!(verdict.packages[0].unit, unit(SCHOOL));
    assert!(log.compared > 0, "what was kept above was compared");
    let counts = log.reading.persons["Bùi Văn Hoà"];
    assert_eq!((counts.readings, counts.lists, counts.refused), (2, 1, 1));
    assert_eq!(log.reading.persons["Nguyễn Văn A"].writings, 2);

    // The log goes on in the next run.
    let before = log.size;
    stage.stop("truong", bottom).await;
    let bottom = stage.start_below("truong", Profile::Unit, &middle).await;
    let (path, _) = exported(&stage, "truong").await;
    let again = verify(&[path], &Options::default()).expect("readable");
    assert_eq!(again.count, 0, "{:?}", again.findings);
    assert_eq!(again.packages[0].logs.len(), 1);
    assert!(again.packages[0].logs[0].size >= before + 3, "stopped, started, exported");
    for (name, node) in [("truong", bottom), ("so", middle), ("p", top)] {
        stage.stop(name, node).await;
    }
}
